import Testing

@testable import CoolingCore

/// OPS-001 … OPS-007: what the row does as a whole.
struct ModeTests {
  /// State × evidence, each for longer than every delay of the machine.
  // OPS-001
  @Test func everyStateAndInputHasItsNextState() {
    let modes: [RowMode] = [.off, .standby, .starting, .auto, .shutdown, .tripped]
    for mode in modes {
      for bits in 0..<32 {
        let inputs = ModeMachine.Inputs(
          isStopDemanded: bits & 1 != 0, isShutdownDemanded: bits & 16 != 0, isControllable: bits & 2 != 0,
          heatShare: bits & 4 != 0 ? 0.5 : 0.029,
          isRunningPlant: bits & 8 != 0)
        var machine = ModeMachine()
        machine.enter(mode, .commanded)
        machine.step(inputs, dt: 1)
        let first = machine.mode
        for _ in 0..<100 { machine.step(inputs, dt: 1) }
        let (now, later) = expected(mode, inputs)
        #expect(first == now && machine.mode == later, "\(mode) \(inputs)")
      }
    }
  }

  private func expected(_ mode: RowMode, _ inputs: ModeMachine.Inputs) -> (now: RowMode, later: RowMode) {
    switch mode {
    case .off: return (.off, .off)
    case .tripped: return (.tripped, .tripped)
    case _ where inputs.isStopDemanded: return (.tripped, .tripped)
    case _ where inputs.isShutdownDemanded && mode != .shutdown:
      return (.shutdown, inputs.heatShare < 0.03 ? .off : .shutdown)
    case .starting:
      guard inputs.isControllable else { return (.starting, .starting) }
      return (inputs.isRunningPlant ? .auto : .starting, .auto)
    case .shutdown: return (.shutdown, inputs.heatShare < 0.03 ? .off : .shutdown)
    case .standby where inputs.heatShare > 0.06: return (.standby, inputs.isControllable ? .auto : .starting)
    case .standby, .auto: return (mode, mode)
    }
  }

  // OPS-002
  @Test func coldStartOpensTheValvesThenRunsAtSafeSpeedThenProvesItself() {
    var bench = RowBench()
    bench.takeOver(pumps: [], valves: 0, fans: 0)
    #expect(bench.core.mode == .starting && bench.runningPumps == [0])
    #expect(bench.sent.pumps[0].speed == 30, "valves are still shut")
    bench.set(flow: 0)
    let open = bench.step(until: { $0.sent.pumps[0].speed == 80 }, atMost: 100)
    #expect(open != nil && bench.sent.rackValves[0] > 60)
    bench.step(100)
    #expect(bench.core.mode == .starting, "no flow, no Auto")
    bench.heal()
    bench.step(5)
    #expect(bench.core.mode == .starting)
    bench.step()
    #expect(bench.core.mode == .auto && bench.core.modeReason == .evidenceComplete)
  }

  // OPS-002
  @Test func autoNeedsSupplyTemperatureAndAPumpThatTurns() {
    for fault in [[InputSlot.supplyTemperature, 1, 2], [.pump(0, .running), .pump(1, .running), .pump(2, .running)]] {
      var bench = RowBench()
      for slot in fault { bench.hold(slot, Signal(outcome: .invalidValue)) }
      bench.step(120)
      #expect(bench.core.mode == .starting && !bench.runningPumps.isEmpty)
    }
  }

  // OPS-003
  @Test func runningPlantIsTakenOverWithoutABump() {
    var bench = RowBench()
    bench.takeOver(pumps: [1, 2], speed: 67, valves: 70, fans: 33)
    #expect(bench.core.mode == .auto && bench.core.modeReason == .takenOver)
    #expect(bench.runningPumps == [1, 2] && bench.core.pumpGroup.working.lead == 1)
    bench.step()
    #expect(abs(bench.sent.pumps[1].speed - 67) < 0.1)
    for i in 0..<RowBench.racks { #expect(abs(bench.sent.rackValves[i] - 70) < 0.1) }
    #expect(abs(bench.sent.fans[0] - 33) < 1)
  }

  // OPS-003
  @Test func nothingIsDrivenBeforeThePlantHasSpokenOrFiveSecondsHavePassed() {
    var core = ControlCycle(settings: .bench)
    for _ in 0..<5 {
      core.step(Scan(), elapsedS: 1)
      #expect(!core.actuation.isDriven && core.mode == .starting)
      #expect(core.apply(.setMode(.auto)) == .refused(.notReady))
    }
    core.step(Scan(), elapsedS: 1)
    #expect(core.actuation.isDriven)
    // Silent drives: every pump is told to run at its safe speed.
    for i in 0..<RowBench.pumps { #expect(core.actuation.demand.pumps[i] == Demand.Pump(run: true, speed: 80)) }
  }

  // OPS-003
  @Test func plantFoundRunningThatProvesNothingIsStartedLikeOneAtRest() {
    var bench = RowBench()
    bench.set(flow: 150)
    bench.takeOver(pumps: [0], speed: 30, valves: 40)
    bench.set(flow: 150)
    bench.step(20)
    #expect(bench.core.mode == .starting && bench.sent.pumps[0].speed == 30)
    bench.step(60)
    #expect(bench.sent.pumps[0].speed == 80 && bench.sent.rackValves[0] == 100)
  }

  // OPS-004
  @Test func shutdownCoolsUntilTheHeatIsGoneThenRests() {
    var bench = RowBench.inAuto()
    #expect(bench.core.apply(.setMode(.shutdown)) == .accepted)
    bench.step(200)
    #expect(bench.core.mode == .shutdown && bench.runningPumps == [0, 1])
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 1 }
    let rested = bench.step(until: { $0.core.mode == .off }, atMost: 200)
    // 7 s filter from 320 to 14.4 kW: 24 s, then 60 s.
    #expect(rested.map { $0 > 60 && $0 < 100 } ?? false, "\(rested ?? -1)")
    #expect(bench.runningPumps.isEmpty && bench.core.modeReason == .heatGone)
    bench.step(60)
    #expect(bench.sent.fans[0] == 0)
  }

  // OPS-004
  @Test func shutdownIsTakenBackWithoutABump() {
    var bench = RowBench.inAuto()
    _ = bench.core.apply(.setMode(.shutdown))
    bench.step(30)
    let before = bench.sent
    #expect(bench.core.apply(.setMode(.auto)) == .accepted)
    bench.step(2)
    #expect(bench.core.mode == .auto)
    #expect(abs(bench.sent.pumps[0].speed - before.pumps[0].speed) < 0.5)
    #expect(abs(bench.sent.rackValves[0] - before.rackValves[0]) < 0.5)
  }

  // OPS-005
  @Test func tripStopsThePumpsUntilAPersonResets() {
    var bench = RowBench.inAuto()
    bench[.leak(0, .alarm)] = 1
    bench[.leak(1, .alarm)] = 1
    bench.step(35)
    #expect(bench.core.mode == .tripped && bench.runningPumps.isEmpty)
    #expect(bench.core.apply(.resetTrip) == .refused(.conditionPersists))
    #expect(bench.core.apply(.setMode(.auto)) == .refused(.isTripped))
    #expect(bench.core.apply(.setMode(.manual)) == .refused(.isTripped))
    bench.heal()
    bench.step(300)
    #expect(bench.core.mode == .tripped && bench.runningPumps.isEmpty, "the condition has gone, the trip stays")
    #expect(bench.core.apply(.resetTrip) == .accepted)
    #expect(bench.core.mode == .starting && bench.core.modeReason == .tripReset)
    bench.step()
    #expect(bench.core.actuation.resetsDrives && !bench.runningPumps.isEmpty)
    bench.step(10)
    #expect(bench.core.mode == .auto && bench.core.modeReason == .evidenceComplete)
    #expect(!bench.core.actuation.resetsDrives)
  }

  // OPS-006
  @Test func standbyKeepsOnePumpTurningAtMinimum() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 1 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.standby)) == .accepted)
    bench.step(60)
    #expect(bench.runningPumps == [0] && bench.sent.pumps[0].speed == 30)
  }

  // OPS-006
  @Test func standbyIsLeftThroughAFullStart() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 1 }
    bench.step(60)
    _ = bench.core.apply(.setMode(.standby))
    bench.step(60)
    // One pump at minimum does not give the flow that Auto needs.
    bench.set(flow: 120)
    _ = bench.core.apply(.setMode(.auto))
    bench.step(30)
    #expect(bench.core.mode == .starting && bench.sent.pumps[0].speed == 80)
    bench.heal()
    bench.step(6)
    #expect(bench.core.mode == .auto)
  }

  // OPS-007
  @Test func offIsLeftThroughAFullStart() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 1 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    bench.step(100)
    #expect(bench.runningPumps.isEmpty)
    _ = bench.core.apply(.setMode(.auto))
    bench.step(3)
    #expect(bench.core.mode == .starting && !bench.runningPumps.isEmpty)
    bench.step(10)
    #expect(bench.core.mode == .auto && bench.core.modeReason == .evidenceComplete)
  }
}
