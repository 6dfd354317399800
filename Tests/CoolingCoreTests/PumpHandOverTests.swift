import Testing

@testable import CoolingCore

/// CTL-049, CTL-140 … CTL-143: how pumps change over, by whose hours, and what ends it.
struct PumpHandOverTests {
  /// In Auto long enough for a steady load.
  private static let steadyRow = {
    var bench = RowBench.inAuto()
    bench.step(700)
    return bench
  }()
  private static func steady() -> RowBench { steadyRow }

  private func shares(_ bench: RowBench) -> [Double] {
    (0..<RowBench.pumps).map {
      bench.core.pumpGroup.members[$0].stage == .sharing ? bench.core.pumpGroup.members[$0].share : 0
    }
  }

  // CTL-049
  @Test func incomingPumpStartsJustBelowTheSpeedAtWhichItsCheckValveOpens() {
    var bench = Self.steady()
    #expect(bench.core.apply(.changeOver) == .accepted)
    bench.step()
    let curve = PumpCurve()
    let speed = bench.sent.pumps[1].speed
    let head = curve.head(speed: speed, flow: Flow(litresPerMinute: 208))
    let zeroFlow = curve.speed(head: head, flow: Flow(litresPerMinute: 0))
    #expect(bench.runningPumps == [0, 1, 2])
    #expect(abs(bench.sent.pumps[2].speed - 0.97 * zeroFlow) < 0.01)
    #expect(bench.sent.pumps[0].speed == speed, "the outgoing pump waits")
  }

  /// By the curve the flow of three pumps at their speeds against the common head is what two carried.
  // CTL-049
  @Test func demandedSpeedsCarryTheSameFlowAtEveryMomentOfTheSwap() {
    var bench = Self.steady()
    let curve = PumpCurve()
    #expect(bench.core.apply(.changeOver) == .accepted)
    bench.step(2)
    var seconds = 0
    while bench.core.pumpGroup.working.isHandingOver && seconds < 100 {
      bench.step()
      seconds += 1
      let speed = bench.sent.pumps[1].speed
      let head = curve.head(speed: speed, flow: Flow(litresPerMinute: 208))
      var flow = 0.0
      for i in 0..<RowBench.pumps where bench.sent.pumps[i].run {
        flow += curve.flow(head: head, speed: bench.sent.pumps[i].speed).litresPerMinute
      }
      #expect(abs(flow - 416) < 1, "after \(seconds) s: \(flow)")
    }
    #expect((28...34).contains(seconds), "\(seconds)")
    #expect(bench.runningPumps == [1, 2] && bench.core.pumpGroup.working.lead == 2)
  }

  // CTL-049
  @Test func outgoingPumpWaitsUntilTheIncomingOneIsThere() {
    var bench = Self.steady()
    _ = bench.core.apply(.changeOver)
    bench[.pump(2, .speed)] = 20
    bench.step(29)
    #expect(shares(bench)[0] == 1 && bench.core.pumpGroup.members[2].stage == .approaching)
    bench.heal()
    bench.step(3)
    #expect(shares(bench)[0] < 1 && shares(bench)[2] > 0)
  }

  // CTL-049
  @Test func incomingPumpThatNeverArrivesEndsTheHandOverWithBothRunning() {
    var bench = Self.steady()
    _ = bench.core.apply(.changeOver)
    bench[.pump(2, .speed)] = 20
    bench.step(40)
    #expect(shares(bench)[0] == 1 && bench.runningPumps == [0, 1, 2])
    #expect(bench.core.pumpGroup.working.wanted == 3)
  }

  // CTL-140
  @Test(arguments: [0, 1, 2]) func tripDuringAHandOverLeavesBothOthersAtTheGroupsSpeed(tripped: Int) {
    var bench = Self.steady()
    _ = bench.core.apply(.changeOver)
    bench.step(15)
    #expect(shares(bench)[2] > 0.2 && shares(bench)[2] < 0.8)
    bench[.pump(tripped, .fault)] = 1
    bench.step()
    let others = [0, 1, 2].filter { $0 != tripped }
    #expect(bench.runningPumps == others)
    for i in others { #expect(shares(bench)[i] == 1) }
    bench.step(3)
    #expect(bench.sent.pumps[others[0]].speed == bench.sent.pumps[others[1]].speed)
    bench.step(60)
    #expect(bench.runningPumps == others)
  }

  // CTL-140
  @Test func interlockOrLostFlowDuringAHandOverLeavesAllRunning() {
    for disturb: (inout RowBench) -> Void in [
      { $0.lose(redundant: InputSlot.supplyTemperature) },
      { $0.lose(InputSlot.rowFlow, .rack(0, .flow)) },
    ] {
      // So new that no soft sensor has learnt to stand in for a meter.
      var bench = RowBench.inAuto()
      _ = bench.core.apply(.changeOver)
      bench.step(15)
      disturb(&bench)
      bench.step(6)
      #expect(bench.runningPumps == [0, 1, 2] && shares(bench) == [1, 1, 1])
      #expect(bench.core.pumpGroup.working.wanted == 3)
    }
  }
  // CTL-140
  @Test func handOverGoesOnWherePhysicsStandsInForALostMeter() {
    var bench = Self.steady()
    _ = bench.core.apply(.changeOver)
    bench.step(15)
    bench.lose(InputSlot.rowFlow, .rack(0, .flow))
    bench.step(40)
    #expect(bench.runningPumps == [1, 2] && shares(bench) == [0, 1, 1])
  }

  // CTL-140
  @Test func overrideDuringAHandOverLeavesTheOthersAtTheGroupsSpeed() {
    var bench = Self.steady()
    _ = bench.core.apply(.changeOver)
    bench.step(15)
    #expect(bench.core.apply(.override(.pump(2), value: 50, leaseS: 600)) == .accepted)
    bench.step(5)
    #expect(bench.sent.pumps[2].speed == 50)
    #expect(shares(bench)[0] == 1 && shares(bench)[1] == 1)
  }

  // CTL-141
  @Test func changeOverIsRefusedWithoutASpareOrWhileOneIsUnderWay() {
    var bench = Self.steady()
    #expect(bench.core.apply(.changeOver) == .accepted)
    bench.step()
    #expect(bench.core.apply(.changeOver) == .refused(.changeOverUnderWay))
    bench.step(60)
    #expect(bench.runningPumps == [1, 2])
    bench[.pump(0, .ready)] = 0
    bench.step(2)
    #expect(bench.core.apply(.changeOver) == .refused(.noSparePump))
    bench.heal()
    bench[.pump(0, .fault)] = 1
    bench.step(2)
    #expect(bench.core.apply(.changeOver) == .refused(.noSparePump))
    bench.heal()
    bench[.rack(0, .chipTemperature)] = 90
    bench.step(6)
    #expect(bench.core.apply(.changeOver) == .refused(.flowNotHeld))
  }

  // CTL-141
  @Test func pumpThatHasRunAWeekLongerHandsOverAndNoSooner() {
    for (hours, expected) in [(168.3, [1, 2]), (167.5, [0, 1])] {
      var bench = RowBench.inAuto()
      var all = PerPump<Double>(repeating: 0)
      all[0] = hours
      all[1] = 100
      bench.core.pumpGroup.runHours = all
      bench.step(500, dt: 3)
      #expect(bench.runningPumps == expected, "\(hours)")
      #expect(abs(bench.core.pumpGroup.runHours[1] - 100 - 1500 / 3600.0) < 1e-6)
    }
  }

  // CTL-141
  @Test func rotationWaitsForASteadyLoadAndForHealthyPumps() {
    var all = PerPump<Double>(repeating: 0)
    all[0] = 200
    var swinging = RowBench.inAuto()
    swinging.core.pumpGroup.runHours = all
    for i in 0..<150 {
      swinging.set(flow: i.isMultiple(of: 2) ? 400 : 432)
      swinging.step(5, dt: 2)
    }
    #expect(swinging.runningPumps == [0, 1])
    swinging.heal()
    swinging.step(200, dt: 2)
    #expect(swinging.runningPumps == [1, 2])

    var interlocked = RowBench.inAuto()
    interlocked.core.pumpGroup.runHours = all
    interlocked.lose(redundant: InputSlot.supplyTemperature)
    interlocked.step(500, dt: 3)
    #expect(interlocked.runningPumps == [0, 1])
  }

  // CTL-141
  @Test func rotationNeverHunts() {
    var bench = RowBench.inAuto()
    var all = PerPump<Double>(repeating: 0)
    all[0] = 200
    bench.core.pumpGroup.runHours = all
    bench.step(2400, dt: 3)
    #expect(bench.events.filter { $0.kind == .pumpStarted }.count == 1)
    #expect(bench.runningPumps == [1, 2])
  }

  // CTL-142
  @Test func overriddenPumpCountsWithWhatItDelivers() {
    for (value, isHigher) in [(45.0, true), (75.0, false)] {
      var bench = RowBench.inAuto()
      bench.step(60)
      let before = bench.sent.pumps[1].speed
      #expect(bench.core.apply(.override(.pump(0), value: value, leaseS: 600)) == .accepted)
      bench.step(4)
      #expect(bench.sent.pumps[0].speed == value)
      #expect((bench.sent.pumps[1].speed > before + 1) == isHigher, "\(bench.sent.pumps[1].speed) from \(before)")
      #expect((bench.sent.pumps[1].speed < before - 1) == !isHigher, "\(bench.sent.pumps[1].speed) from \(before)")
    }
  }

  // CTL-142
  @Test func pumpStoppedByOverrideIsReplaced() {
    var bench = RowBench.inAuto()
    #expect(bench.core.apply(.override(.pump(0), value: 0, leaseS: 60)) == .accepted)
    bench.step()
    #expect(bench.runningPumps == [1, 2])
    bench.step(120)
    #expect(bench.runningPumps == [1, 2])
  }

  // CTL-142
  @Test func pumpInHandKeepsItsFlowAndTheStandbyComesWithoutABump() {
    var bench = RowBench.inAuto()
    bench.step(60)
    let before = bench.sent.pumps[1].speed
    bench[.pump(0, .remote)] = 0
    bench[.pump(0, .running)] = 1
    bench[.pump(0, .speed)] = before
    bench.step(8)
    #expect(bench.sent.pumps[2].run && bench.sent.pumps[2].speed < before)
    bench.step(40)
    #expect(bench.sent.pumps[1].speed < before - 1, "three carry the flow of two")
  }

  // CTL-142
  @Test func pumpThatIsNotReadyIsStartedOnlyWhereNoOtherCan() {
    var settings = Settings.bench
    settings.pumpCount = 3
    var bench = RowBench(settings)
    bench.takeOver(pumps: [0], speed: 80)
    bench[.pump(1, .ready)] = 0
    bench[.pump(0, .fault)] = 1
    bench.step()
    #expect(bench.sent.pumps[2].run && !bench.sent.pumps[0].run)
    var alone = RowBench(settings)
    alone.takeOver(pumps: [0], speed: 80)
    alone[.pump(1, .ready)] = 0
    alone[.pump(2, .fault)] = 1
    alone[.pump(0, .fault)] = 1
    alone.step()
    #expect(alone.sent.pumps[1].run)
  }

  // CTL-143
  @Test func redundancyIsNamed() {
    var bench = RowBench.inAuto()
    bench.step(3)
    func named() -> PumpGroup.Redundancy { bench.core.pumpGroup.working.redundancy }
    #expect(named() == .nPlusOne)
    bench[.pump(2, .fault)] = 1
    bench.step(3)
    #expect(named() == .nPlusOne, "at this flow one pump is enough")
    bench[.pump(1, .fault)] = 1
    bench.step(3)
    #expect(named() == .n)
    bench.set(redundant: InputSlot.manifoldDp, 20)
    bench.step(120)
    #expect(named() == .degraded)
  }

  // CTL-143
  @Test func speedDeviationIsMeasuredAgainstTheDrivesRamp() {
    var bench = RowBench.inAuto()
    bench.step(20)
    #expect(bench.core.pumpGroup.speedDeviation[0].map { abs($0) < 1 } ?? false)
    bench[.pump(0, .speed)] = 40
    bench.step(2)
    #expect(bench.core.pumpGroup.speedDeviation[0].map { $0 < -15 } ?? false)
    #expect(bench.core.pumpGroup.speedDeviation[2] == nil, "a pump at rest deviates from nothing")
  }

  /// A pump that waits below its check valve's opening is there, and begins to share: 3 % of its speed.
  // CTL-140
  @Test(arguments: [(56.2, 2.0), (58.6, 0.5)])
  func takeOverInTheMiddleOfAHandOverGoesOnFromThere(speed: Double, within: Double) {
    var bench = RowBench()
    bench[.pump(2, .speed)] = speed
    for i in 0..<3 { bench[.pump(i, .running)] = 1 }
    for i in 0..<2 { bench[.pump(i, .speed)] = 60 }
    for i in 0..<RowBench.racks { bench[.rack(i, .valvePosition)] = 70 }
    for i in 0..<RowBench.fans { bench[.fan(i, .speed)] = 50 }
    bench.step()
    bench.heal()
    #expect(bench.core.mode == .auto)
    #expect(abs(bench.sent.pumps[2].speed - speed) < within && abs(bench.sent.pumps[0].speed - 60) < 1)
    bench.step(60)
    #expect(bench.sent.pumps[2].speed == bench.sent.pumps[0].speed)
  }
}
