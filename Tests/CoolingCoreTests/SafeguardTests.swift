import Testing

@testable import CoolingCore

/// CTL-070 … CTL-076: what the last stage before the plant guarantees, whatever the laws and people want.
struct SafeguardTests {
  // CTL-070
  @Test func failedSensorMeansMoreCoolingNeverLess() {
    let groups: [[Int]] =
      [InputSlot.supplyTemperature, InputSlot.returnTemperature, InputSlot.manifoldDp].map { [$0, $0 + 1, $0 + 2] }
      + [InputSlot.rowFlow, InputSlot.hallTemperature, InputSlot.reservoirLevel, InputSlot.supplyPressure].map { [$0] }
      + [[InputSlot.hallDewPoint, InputSlot.hallHumidity], [.rack(0, .flow)], [.rack(0, .power)]]
      + [[.rack(0, .chipTemperature)], [.rack(0, .valvePosition)], [.fan(0, .speed)], [.leak(0, .alarm)]]
    for group in groups {
      var bench = RowBench.inAuto()
      var untouched = bench
      for slot in group { bench.lose(slot) }
      bench.step(60)
      untouched.step(60)
      for i in 0..<RowBench.pumps where untouched.sent.pumps[i].run {
        #expect(bench.sent.pumps[i].run && bench.sent.pumps[i].speed >= untouched.sent.pumps[i].speed - 1e-9)
      }
      for i in 0..<RowBench.racks { #expect(bench.sent.rackValves[i] >= untouched.sent.rackValves[i] - 1e-9) }
      for i in 0..<RowBench.fans { #expect(bench.sent.fans[i] >= untouched.sent.fans[i] - 1e-9, "\(group)") }
    }
  }

  // CTL-071
  @Test func lastRunningPumpIsNeverStoppedForASensorOrCommunicationFault() {
    let faults: [(String, (inout RowBench, Int) -> Void)] = [
      ("silent", { $0.lose(.pump($1, .running), .pump($1, .speed), .pump($1, .fault)) }),
      ("contact says stopped", { $0[.pump($1, .running)] = 0 }),
      ("not remote", { $0[.pump($1, .remote)] = 0 }),
      ("every bit wrong", { for slot in 0..<5 { $0[.pump($1, .speed) + slot] = 0 } }),
      ("no hydraulics", { bench, _ in bench.lose(InputSlot.manifoldDp, 7, 8, InputSlot.rowFlow) }),
    ]
    for (name, fault) in faults {
      var bench = RowBench.inAuto()
      for pump in 0..<RowBench.pumps { fault(&bench, pump) }
      for _ in 0..<60 {
        bench.step()
        #expect(!bench.runningPumps.isEmpty, "\(name)")
      }
    }
  }

  // CTL-071
  @Test func noOperatorStopsTheLastPump() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.pumps { #expect(bench.core.apply(.override(.pump(i), value: 0, leaseS: 600)) == .accepted) }
    bench.step(10)
    #expect(bench.runningPumps == [0, 1, 2] && bench.sent.pumps[0].speed == 80)
    #expect(bench.owner(.pump(0)) == .safeguard)
  }

  // CTL-072
  @Test func oneWetSensorStopsNoRow() {
    for zone in 0..<RowBench.zones {
      var bench = RowBench.inAuto()
      bench[.leak(zone, .alarm)] = 1
      bench.step(300)
      #expect(bench.core.mode == .auto && bench.runningPumps == [0, 1])
      #expect(bench.isActive(.leakDetected, zone))
    }
  }

  // CTL-072
  @Test func oneDeadFlowMeterStopsNoRow() {
    let faults = [
      Signal(outcome: .invalidValue), Signal(value: 0, outcome: .good), Signal(value: .nan, outcome: .good),
    ]
    for fault in faults {
      for slot in [InputSlot.rowFlow, .rack(0, .flow)] {
        var bench = RowBench.inAuto()
        bench.hold(slot, fault)
        bench.step(300)
        #expect(bench.core.mode == .auto && bench.runningPumps.count >= 2)
      }
    }
  }

  // CTL-073
  @Test func overridesNeverOutrankInterlocks() {
    var bench = RowBench.inAuto()
    for actuator in [Actuator.rackValve(0), .fan(0), .pump(2)] {
      #expect(bench.core.apply(.override(actuator, value: 30, leaseS: 3600)) == .accepted)
    }
    bench.step(60)
    #expect(bench.sent.rackValves[0] == 30 && bench.sent.fans[0] == 30 && bench.sent.pumps[2].speed == 30)
    #expect(bench.owner(.fan(0)) == .operatorOverride)
    bench[.rack(1, .chipTemperature)] = 90
    bench.step(20)
    #expect(bench.owner(.rackValve(0)) == .safeguard && bench.owner(.fan(0)) == .safeguard)
    bench.step(60)
    for i in 0..<RowBench.pumps { #expect(bench.sent.pumps[i] == Demand.Pump(run: true, speed: 100)) }
    for i in 0..<RowBench.racks { #expect(bench.sent.rackValves[i] == 100) }
    for i in 0..<RowBench.fans { #expect(bench.sent.fans[i] == 100) }
    bench[.leak(0, .alarm)] = 1
    bench[.leak(1, .alarm)] = 1
    bench.step(35)
    #expect(bench.runningPumps.isEmpty && bench.owner(.pump(2)) == .safeguard)
  }

  // CTL-073
  @Test func eachEffectReachesItsActuatorsAndNoOthers() {
    var bench = RowBench.inAuto()
    let before = bench.sent
    bench.lose(redundant: InputSlot.supplyTemperature)
    bench.step(40)
    #expect(abs(bench.sent.fans[0] - 90) < 1e-6 && bench.sent.pumps[0].speed < 80)
    #expect(bench.sent.rackValves[0] == before.rackValves[0])

    bench = .inAuto()
    bench.loseManifoldDp()
    bench.step(40)
    #expect(bench.sent.pumps[0].speed == 80 && !bench.sent.pumps[2].run && bench.sent.fans[0] < 90)

    bench = .inAuto()
    bench.lose(.rack(2, .flow))
    bench.step(40)
    #expect(bench.sent.rackValves[2] == 100 && bench.sent.rackValves[1] == before.rackValves[1])
  }

  // CTL-073
  @Test func maximumCoolingStartsThePumpThatRests() {
    var bench = RowBench.inAuto()
    #expect(bench.runningPumps == [0, 1])
    bench[.rack(1, .chipTemperature)] = 90
    bench.step(4)
    #expect(bench.runningPumps == [0, 1, 2] && bench.sent.pumps[2].speed == 100)
  }

  // CTL-073
  @Test func facilityValveObeysTheSameEffects() {
    var bench = RowBench.inAuto(.facilityBench)
    bench.lose(redundant: InputSlot.supplyTemperature)
    bench.step(40)
    #expect(abs(bench.sent.facilityValve - 90) < 1e-6)
    bench[.rack(1, .chipTemperature)] = 90
    bench.step(20)
    #expect(bench.sent.facilityValve == 100)
  }

  // CTL-074
  @Test func actuatorsStayInsideSlewAndSpan() {
    var bench = RowBench.inAuto()
    let targets: [(Actuator, Double)] = [(.pump(0), 100), (.rackValve(1), 100), (.fan(2), 100)]
    for (actuator, value) in targets { _ = bench.core.apply(.override(actuator, value: value, leaseS: 600)) }
    for _ in 0..<30 { checkSlew(&bench) }
    for (actuator, _) in targets { _ = bench.core.apply(.override(actuator, value: 5, leaseS: 600)) }
    for _ in 0..<100 { checkSlew(&bench) }
    #expect(bench.sent.pumps[0].speed == 30 && bench.sent.rackValves[1] == bench.core.settings.rackFlow.valveFloor)
  }

  private func checkSlew(_ bench: inout RowBench) {
    let last = bench.sent
    bench.step()
    let next = bench.sent
    #expect(abs(next.pumps[0].speed - last.pumps[0].speed) <= 10 + 1e-9)
    #expect(abs(next.rackValves[1] - last.rackValves[1]) <= 1.67 + 1e-9)
    #expect(abs(next.fans[2] - last.fans[2]) <= 5 + 1e-9)
  }

  // CTL-074
  @Test func readBackOutsideTheSpanIsNotSentBack() {
    var bench = RowBench()
    bench.takeOver(pumps: [0, 1], speed: 110, valves: 104, fans: 115)
    #expect(bench.sent.pumps[0].speed == 100 && bench.sent.rackValves[0] <= 100 && bench.sent.fans[0] <= 100)
    bench = RowBench()
    bench.takeOver(pumps: [0, 1], speed: 4, valves: -3, fans: -2)
    #expect(bench.sent.pumps[0].speed >= 30 && bench.sent.rackValves[0] >= 0 && bench.sent.fans[0] >= 0)
  }

  // CTL-074
  @Test func fanStartsAtItsMinimumAndStopsFromIt() {
    var bench = RowBench.inAuto()
    _ = bench.core.apply(.override(.fan(0), value: 0, leaseS: 600))
    var speeds: [Double] = []
    for _ in 0..<30 {
      bench.step()
      speeds.append(bench.sent.fans[0])
    }
    #expect(speeds.last == 0 && speeds.allSatisfy { $0 == 0 || $0 >= 10 })
    _ = bench.core.apply(.override(.fan(0), value: 50, leaseS: 600))
    bench.step()
    #expect(bench.sent.fans[0] == 15)
  }

  // CTL-075
  @Test func firstOutIsTheFirstAndOnlyUntilTheDisturbanceIsOver() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.returnTemperature, 70)
    bench.step(10)
    bench.set(redundant: InputSlot.supplyTemperature, 50)
    bench.step(10)
    let returnHigh = CauseInstance(cause: .returnHighHigh, index: 0)
    #expect(bench.core.interlocks.firstOut == returnHigh && firstOuts(bench) == [.returnHighHigh])
    // It clears first and stays the first-out of what it began.
    for i in 0..<3 { bench.heal(InputSlot.returnTemperature + i) }
    bench.step(40)
    #expect(!bench.isActive(.returnHighHigh) && bench.core.interlocks.firstOut == returnHigh)
    bench.heal()
    bench.step(40)
    #expect(bench.core.interlocks.firstOut == nil && firstOuts(bench).isEmpty)
  }

  // CTL-075
  @Test func resetOfATripEndsItsFirstOut() {
    var bench = RowBench.inAuto()
    bench[.leak(0, .alarm)] = 1
    bench[.leak(1, .alarm)] = 1
    bench.step(5)
    #expect(firstOuts(bench) == [.leakConfirmed])
    bench.heal()
    bench.step(20)
    #expect(bench.core.apply(.resetTrip) == .accepted)
    bench.step()
    #expect(firstOuts(bench).isEmpty)
    #expect(bench.events.contains { $0.kind == .causeCleared && $0.instance?.cause == .leakConfirmed })
  }

  private func firstOuts(_ bench: RowBench) -> [Cause] {
    var found: [Cause] = []
    bench.core.interlocks.forEach(bench.core.settings) { cause, _, state in
      if state.isFirstOut { found.append(cause) }
    }
    return found
  }

  // CTL-076
  @Test func evidenceOfATripIsKept() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.supplyTemperature, 47.5)
    bench.step(10)
    let state = bench.core.interlocks.states[bench.core.interlocks.slot(.supplyHighHigh)]
    #expect(state.value == 47.5 && state.limit == 46)
    let event = bench.events.first { $0.kind == .causeActivated && $0.instance?.cause == .supplyHighHigh }
    #expect(event?.value == 47.5 && event?.limit == 46)
  }

  // CTL-077
  @Test func leaveSafeRaisesEverythingAndStopsNothing() {
    var bench = RowBench.inAuto()
    let before = bench.sent
    let left = bench.core.leaveSafe().demand
    #expect(left.pumps[0] == Demand.Pump(run: true, speed: 80) && left.pumps[1].run && !left.pumps[2].run)
    #expect(left.rackValves[0] == 100 && left.fans[0] == 90)
    #expect(before.pumps[0].speed < 80 && before.fans[0] < 90)
    var hot = RowBench.inAuto()
    hot[.rack(1, .chipTemperature)] = 90
    hot.step(60)
    let kept = hot.core.leaveSafe().demand
    #expect(kept.pumps[0].speed == 100 && kept.fans[0] == 100)
  }

  // CTL-073
  @Test func interlocksOpenTheCoilsThatAnOperatorHasShutAndEndTheOverride() {
    var settings = Settings.bench
    settings.hasCoilValve = .init(repeating: true)
    for cause in [Cause.chipHigh, .supplyTemperatureLost] {
      var bench = RowBench.inAuto(settings)
      for coil in 0..<3 {
        #expect(bench.core.apply(.override(.coilValve(coil), value: 0, leaseS: 3600)) == .accepted)
      }
      bench.step(70)
      #expect(bench.sent.coilValves[0] == 0 && bench.owner(.coilValve(0)) == .operatorOverride)
      if cause == .chipHigh {
        bench[.rack(1, .chipTemperature)] = 90
      } else {
        bench.lose(redundant: InputSlot.supplyTemperature)
        bench.lose(redundant: InputSlot.returnTemperature)
      }
      bench.step(70)
      for coil in 0..<RowBench.fans { #expect(bench.sent.coilValves[coil] == 100, "\(cause)") }
      #expect(bench.core.overrides[.coilValve(0)] == nil)
    }
  }

  // CTL-077
  @Test func leaveSafeOpensTheCoilsButNotTheOneThatLeaks() {
    var settings = Settings.bench
    settings.hasCoilValve = .init(repeating: true)
    settings.leakZones[0].watches = .coil(2)
    settings.leakZones[0].isCritical = true
    var bench = RowBench.inAuto(settings)
    #expect(bench.core.apply(.override(.coilValve(0), value: 0, leaseS: 3600)) == .accepted)
    bench[.leak(0, .alarm)] = 1
    bench.step(70)
    #expect(bench.sent.coilValves[0] == 0 && bench.sent.coilValves[2] == 0)
    let left = bench.core.leaveSafe().demand
    #expect(left.coilValves[0] == 100 && left.coilValves[2] == 0 && left.fans[2] == 0)
    bench[.rack(1, .chipTemperature)] = 90
    bench.step(70)
    #expect(bench.sent.coilValves[0] == 100 && bench.sent.coilValves[2] == 0)
  }

  // CTL-077
  @Test func leaveSafeBeforeAnythingIsKnownDrivesNothing() {
    var core = ControlCycle(settings: .bench)
    #expect(!core.leaveSafe().isDriven)
  }

  // CTL-071
  @Test func everyDriveReportingATripAtOnceStopsNoPump() {
    var bench = RowBench.inAuto()
    for pump in 0..<RowBench.pumps { bench[.pump(pump, .fault)] = 1 }
    bench.step()
    #expect(bench.runningPumps == [0, 1, 2], "a gateway that answers ones must not stop the row")
    bench.heal()
    bench.step(5)
    #expect(!bench.runningPumps.isEmpty && bench.sent.pumps[bench.runningPumps[0]].speed >= 50)
  }

  // OPS-005
  @Test func resetOfALeakIsRefusedWhileItsDetectorsAreSilent() {
    var bench = RowBench.inAuto()
    for zone in 0..<2 { bench[.leak(zone, .alarm)] = 1 }
    bench.step(35)
    #expect(bench.core.mode == .tripped)
    bench.lose(.leak(0, .alarm), .leak(1, .alarm))
    bench.step(60)
    #expect(bench.core.apply(.resetTrip) == .refused(.conditionPersists))
    bench.heal()
    bench.step(5)
    #expect(bench.core.apply(.resetTrip) == .accepted)
  }
}
