import Testing

@testable import CoolingCore

/// CTL-043 … CTL-048: how many pumps, which, and how fast.
struct PumpGroupTests {
  // CTL-043
  @Test func trippedPumpIsReplacedAndTheOthersRerateInTheSameCycle() {
    var bench = RowBench.inAuto()
    bench[.pump(0, .fault)] = 1
    bench.step()
    #expect(bench.runningPumps == [1, 2])
    #expect(bench.core.pumpGroup.working.lead == 1)
    #expect(bench.events.contains { $0.kind == .pumpStarted && $0.index == 2 })
    #expect(bench.events.contains { $0.kind == .pumpStopped && $0.index == 0 })
  }

  /// By the curve: two pumps at 60 % carry 208 L/min each against 107.4 kPa; one alone must make that at 416 L/min:
  /// √((107.4 + 31.1)/320) = 65.8 %.
  // CTL-043
  @Test func withoutStandbyTheRestGoToTheSpeedOfTheCurve() {
    var bench = RowBench.inAuto()
    bench[.pump(2, .fault)] = 1
    bench.step(3)
    let before = bench.sent.pumps[1].speed
    #expect(abs(before - 60) < 0.5)
    bench[.pump(0, .fault)] = 1
    bench.step()
    #expect(bench.runningPumps == [1])
    #expect(abs(bench.sent.pumps[1].speed - 65.8) < 0.7)
  }

  // CTL-046
  @Test func autoStartsFromTheDpThatTheStartMade() {
    var bench = RowBench()
    bench.set(redundant: InputSlot.manifoldDp, 60)
    bench.takeOver(pumps: [])
    bench.set(redundant: InputSlot.manifoldDp, 150)
    _ = bench.step(until: { $0.core.mode == .auto }, atMost: 120)
    #expect(bench.core.mode == .auto)
    #expect(bench.core.pumpGroup.working.dpSetpoint.kilopascals > 145)
  }

  // CTL-044
  @Test func excludedPumpIsNotRequestedUntilItIsBack() {
    var bench = RowBench.inAuto()
    bench[.pump(0, .fault)] = 1
    bench.step(10)
    #expect(bench.runningPumps == [1, 2])
    bench.heal()
    bench.step(30)
    #expect(bench.runningPumps == [1, 2], "a pump that comes back becomes the standby")
    bench[.pump(1, .fault)] = 1
    bench.step()
    #expect(bench.runningPumps == [0, 2])
  }

  // CTL-044
  @Test func pumpInHandIsToldWhatItDoesAndGoesOnSoWhenItIsGivenBack() {
    var bench = RowBench.inAuto()
    bench[.pump(0, .remote)] = 0
    bench[.pump(0, .running)] = 1
    bench[.pump(0, .speed)] = 74
    bench.step(20)
    #expect(bench.sent.pumps[0].run && bench.sent.pumps[0].speed == 74)
    bench[.pump(0, .speed)] = 5
    bench.step(10)
    #expect(bench.sent.pumps[0].speed == bench.core.settings.pumps.speedMin)
    bench[.pump(0, .speed)] = 74
    bench.step(30)
    bench.heal()
    for _ in 0..<20 {
      bench.step()
      #expect(bench.sent.pumps[0].run && bench.sent.pumps[0].speed > 60, "the row's flow hangs on it")
    }
    bench[.pump(0, .remote)] = 0
    bench[.pump(0, .running)] = 0
    bench.step(20)
    #expect(!bench.sent.pumps[0].run, "a person has stopped it")
  }

  // CTL-046
  @Test func racksThatAskForMoreDpEndWhereTheHeaderNearsItsPressureLimit() {
    var bench = RowBench.inAuto()
    func setpoint() -> Double { bench.core.pumpGroup.working.dpSetpoint.kilopascals }
    _ = bench.core.apply(.setDpSetpoint(Pressure(kilopascals: 150)))
    bench.set(redundant: InputSlot.manifoldDp, 150)
    bench.step(5)
    #expect(setpoint() > 149)
    // 5 kPa below 98 % of 450.
    bench[InputSlot.supplyPressure] = 446
    bench.step(20)
    #expect(abs(setpoint() - 145) < 1, "\(setpoint())")
    // One that reads far too high.
    bench[InputSlot.supplyPressure] = 600
    bench.step(200)
    #expect(setpoint() == bench.core.settings.pumps.dpSetpoint.kilopascals)
  }

  // CTL-044
  @Test func silentPumpIsReplacedAndLeftRunningSoThatTheFirstWordItHearsAgainDoesNotStopIt() {
    var bench = RowBench.inAuto()
    bench.lose(.pump(0, .running), .pump(0, .speed))
    bench.step(10)
    #expect(bench.runningPumps == [0, 1, 2])
    #expect(bench.sent.pumps[0].speed > bench.core.settings.pumps.safeSpeed - 1)
    #expect(bench.sent.pumps[1].speed < 70, "it does not lead the others")
    bench.heal()
    bench.step(6)
    #expect(bench.runningPumps == [0, 1, 2], "it goes on, and leaves while its flow is taken over")
    bench.step(60)
    #expect(bench.runningPumps == [1, 2])
    // One that is switched off, or has tripped, is not told to run.
    bench[.pump(1, .fault)] = 1
    bench.step(5)
    bench.lose(.pump(1, .running), .pump(1, .speed), .pump(1, .fault))
    bench.step(10)
    #expect(!bench.sent.pumps[1].run)
  }

  // CTL-045
  @Test func speedAtItsLimitStagesUpAfterFiveSeconds() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.manifoldDp, 20)
    let full = bench.step(until: { $0.sent.pumps[0].speed > 97 }, atMost: 200)
    #expect(full != nil)
    let staged = bench.step(until: { $0.runningPumps.count == 3 }, atMost: 20)
    #expect(staged.map { $0 >= 4 && $0 <= 7 } ?? false, "\(staged ?? -1)")
  }

  // CTL-045
  @Test func lowFlowStagesDownButNoSoonerThanTheMinimumRunTime() {
    var bench = RowBench.inAuto()
    bench[InputSlot.rowFlow] = 200
    let took = bench.step(until: { $0.runningPumps.count == 1 }, atMost: 2000)
    // 600 s of running and 120 s of advice, less what has passed in `inAuto`, and 30 s in which its flow is taken over.
    #expect(took.map { $0 >= 729 && $0 <= 752 } ?? false, "\(took ?? -1)")
    #expect(bench.runningPumps == [0], "the lead stays")
  }

  // CTL-045
  @Test func neverFewerPumpsThanTheLossOfOneAllowsAtLoad() {
    var bench = RowBench.inAuto()
    bench.step(700, dt: 3)
    // 416 L/min is above 0.55 · 624.
    #expect(bench.runningPumps.count == 2)
  }

  // CTL-046
  @Test func mostOpenValveMovesTheDpSetpointBothWaysAndRestsInTheDeadZone() {
    for (valve, direction) in [(80.0, 1.0), (60, -1), (71.5, 0), (68.5, 0)] {
      var bench = RowBench()
      bench.takeOver(pumps: [0, 1], valves: valve)
      bench.step(30)
      let moved = bench.core.pumpGroup.working.dpSetpoint.kilopascals - 120
      #expect(direction == 0 ? moved == 0 : moved * direction > 0, "\(valve): \(moved)")
    }
  }

  // CTL-046
  @Test func dpSetpointRisesThreeTimesAsFastAsItFallsAndStaysInItsLimits() {
    func moved(_ valve: Double, _ cycles: Int, dt: Double = 1) -> Double {
      var bench = RowBench()
      bench.takeOver(pumps: [0, 1], valves: valve)
      let start = bench.core.pumpGroup.working.dpSetpoint.kilopascals
      bench.step(cycles, dt: dt)
      return bench.core.pumpGroup.working.dpSetpoint.kilopascals - start
    }
    #expect(abs(moved(80, 10) - 3) < 0.31 && abs(moved(60, 10) + 1) < 0.11)
    // A valve that is wide open can ask for no more.
    #expect(abs(moved(100, 10) - 10) < 1.1)
    #expect(abs(moved(90, 300, dt: 3) - 80) < 0.7 && abs(moved(40, 300, dt: 3) + 80) < 0.4)
  }

  // CTL-047
  @Test func pumpsHoldTheFlowSetpointWhereTheyAreControlledByFlow() {
    var settings = Settings.bench
    settings.pumps.control = .flow
    settings.pumps.group.inputHigh = 2000
    var bench = RowBench.inAuto(settings)
    #expect(
      bench.core.pumpGroup.working.pid.setpoint == bench.core.rackFlow.totalSetpoint(settings.rackCount).litresPerMinute
    )
    let before = bench.sent.pumps[0].speed
    bench[InputSlot.rowFlow] = 380
    bench.step(20)
    #expect(bench.sent.pumps[0].speed > before + 1)
  }

  // CTL-048
  @Test func releasedOverrideOfAllPumpsComesBackWithoutABump() {
    var bench = RowBench.inAuto()
    for i in 0..<2 { _ = bench.core.apply(.override(.pump(i), value: 85, leaseS: 600)) }
    bench.step(60)
    #expect(bench.sent.pumps[0].speed == 85)
    bench[.pump(2, .fault)] = 1
    for i in 0..<2 { #expect(bench.core.apply(.release(.pump(i))) == .accepted) }
    let before = bench.sent.pumps[0].speed
    bench.step()
    #expect(abs(bench.sent.pumps[0].speed - before) <= 10)
  }

  // CTL-048
  @Test func endOfAnInterlockDoesNotBumpThePumps() {
    var bench = RowBench.inAuto()
    bench.loseManifoldDp()
    bench.step(60)
    #expect(bench.sent.pumps[0].speed == 80)
    bench.heal()
    bench.step(10)
    #expect(bench.isActive(.hydraulicsLost))
    bench.step(3)
    #expect(!bench.isActive(.hydraulicsLost))
    #expect(abs(bench.sent.pumps[0].speed - 80) < 0.5)
  }
}
