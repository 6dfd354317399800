import Testing

@testable import CoolingCore

/// Where conditions lie that no single cause's limit shows: what they rest on, what clears them, what a trip remembers.
struct EvidenceTests {
  private func evidence(_ bench: RowBench, _ cause: Cause, _ index: Int = 0) -> [Double] {
    let state = bench.core.interlocks.states[bench.core.interlocks.slot(cause, index)]
    #expect(state.isActive, "\(cause)")
    return [state.value, state.limit]
  }

  // SAF-034
  @Test func tripRemembersTheValueAndTheLimitItCrossed() {
    var bench = RowBench.inAuto()
    bench[.rack(0, .valvePosition)] = bench.sent.rackValves[0] + 25
    bench[.rack(1, .valveFault)] = 1
    bench[.pump(0, .speed)] = bench.sent.pumps[0].speed + 8
    bench[.fan(0, .fault)] = 1
    bench[.fan(1, .fault)] = 1
    bench.lose(.fan(1, .speed))
    bench.step(100)
    #expect(evidence(bench, .rackValveDeviation, 0) == [25, 10])
    #expect(evidence(bench, .rackValveDeviation, 1)[1] == 10)
    #expect(evidence(bench, .pumpSpeedDeviation, 0)[1] == 5)
    #expect(evidence(bench, .fanFault, 1)[0] == 0)
    #expect(evidence(bench, .fansFailed) == [2, 1])
    var dry = RowBench.inAuto()
    dry.set(flow: 0)
    dry.step(5)
    #expect(evidence(dry, .coolingLost) == [2, 2])
  }

  // SAF-001
  @Test func flowLossCountsInStandbyWhileTheRacksAreHeatedOnly() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.standby)) == .accepted)
    bench.expectQuiet(.flowLoss, for: 10) { $0.set(flow: 0) }
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 120 }
    let after = bench.step(until: { $0.isActive(.flowLoss) }, atMost: 12)
    #expect(after != nil && bench.core.mode == .standby)
  }
  // SAF-001
  @Test func aMeterThatDiesWhileTheRowIsOffIsNoLossOfFlow() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 1 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    bench.set(flow: 0)
    bench.expectQuiet(.flowLoss, for: 60) { $0.lose(.rack(0, .power)) }
    #expect(!bench.isActive(.chipHigh, 0), "a rack without a permit is not taken to draw its rated power")
    bench[.rack(1, .power)] = 80
    bench.step(30)
    #expect(bench.isActive(.flowLoss), "a rack that draws power all the same is said")
  }
  // SAF-001
  @Test func flowLossSaysNothingOfATrippedRow() {
    var bench = RowBench.inAuto()
    bench[InputSlot.emergencyStop] = 1
    bench.step()
    bench.expectQuiet(.flowLoss, for: 20) { $0.set(flow: 0) }
    #expect(bench.core.mode == .tripped)
  }

  // SAF-035
  @Test func chipHighHighIsResetBelowTheLimitOnly() {
    var bench = RowBench.inAuto()
    let cause = CauseInstance(cause: .chipHighHigh, index: 1)
    bench[.rack(1, .chipTemperature)] = 88.1
    bench.step(3)
    bench[.rack(1, .chipTemperature)] = 85.1
    bench.step()
    #expect(bench.core.apply(.reset(cause)) == .refused(.conditionPersists))
    bench[.rack(1, .chipTemperature)] = 84.9
    bench.step()
    #expect(bench.core.apply(.reset(cause)) == .accepted)
  }

  // SAF-040
  @Test func fanFaultTripsBelowHalfOfWhatIsAskedHoweverLittle() {
    var bench = RowBench.inAuto()
    bench[.fan(2, .speed)] = 0.45 * bench.sent.fans[2]
    bench.step(30)
    #expect(bench.isActive(.fanFault, 2))
    var slow = RowBench.inAuto()
    #expect(slow.core.apply(.override(.fan(2), value: 1.5, leaseS: 600)) == .accepted)
    slow[.fan(2, .speed)] = 0
    slow.step(60)
    #expect(slow.sent.fans[2] == 1.5 && slow.isActive(.fanFault, 2))
  }

  // SAF-061
  @Test func manifoldDpHighTripsNearShutOffHeadWhereThePumpsHoldFlow() {
    var settings = Settings.bench
    settings.pumps.control = .flow
    var bench = RowBench.inAuto(settings)
    // 0.95 · 320 kPa.
    bench.expectLimit(.manifoldDpHigh, inside: 303.9, outside: 304.1, hysteresis: 273.7, clear: 273.5) {
      $0.set(redundant: InputSlot.manifoldDp, $1)
    }
  }

  /// A row in which one pump turns, at a speed whose head at 190 L/min is 35 kPa (36 %) or 29 kPa (33 %).
  private func onePump(speed: Double, head: Double, suction: Double) -> RowBench {
    var bench = RowBench.inAuto()
    bench.set(flow: 190)
    for i in 1..<RowBench.pumps {
      bench[.pump(i, .running)] = 0
      bench[.pump(i, .speed)] = 0
    }
    bench[.pump(0, .running)] = 1
    bench[.pump(0, .speed)] = speed
    bench[InputSlot.returnPressure] = suction
    bench[InputSlot.supplyPressure] = suction + head
    bench.step(15)
    return bench
  }

  // SAF-064
  @Test func pumpCavitationTripsOnASinglePumpDownToFifteenKilopascals() {
    #expect(onePump(speed: 36, head: 16.5, suction: 39).isActive(.pumpCavitation))
    #expect(!onePump(speed: 36, head: 18.5, suction: 39).isActive(.pumpCavitation))
    #expect(!onePump(speed: 36, head: 16.5, suction: 41).isActive(.pumpCavitation))
    #expect(!onePump(speed: 33, head: 5, suction: 39).isActive(.pumpCavitation))
  }

  // SAF-065
  @Test func coolingLostCountsTheRowMeterBelowATwentiethOfDesignFlow() {
    for (flow, isLost) in [(31.0, true), (32, false)] {
      var bench = RowBench.inAuto()
      bench[InputSlot.rowFlow] = flow
      bench.set(redundant: InputSlot.manifoldDp, 9.9)
      bench.step(6)
      #expect(bench.isActive(.coolingLost) == isLost, "\(flow)")
    }
  }
  // SAF-065
  @Test func coolingLostIsResetWhereTwoProofsAreHeardOnly() {
    var bench = RowBench.inAuto()
    bench.set(flow: 0)
    bench.step(5)
    bench.heal()
    bench.lose(InputSlot.rowFlow, .rack(0, .flow), .rack(0, .valvePosition))
    bench.lose(redundant: InputSlot.manifoldDp)
    bench.lose(InputSlot.supplyPressure)
    bench.step(10)
    let cause = CauseInstance(cause: .coolingLost, index: 0)
    #expect(bench.core.apply(.reset(cause)) == .refused(.conditionPersists))
    bench.heal()
    bench.lose(InputSlot.rowFlow)
    bench.step(10)
    #expect(bench.core.apply(.reset(cause)) == .accepted)
  }

  // CTL-094
  @Test func rowOfOneRackStopsWhenThatIsIsolated() {
    var settings = Settings.bench
    settings.rackCount = 1
    settings.leakZones[0].watches = .rack(0)
    settings.leakZones[0].isCritical = true
    var bench = RowBench.inAuto(settings)
    bench[.leak(0, .alarm)] = 1
    bench.step(20)
    #expect(bench.core.isolation.racks[0] && bench.core.mode == .tripped)
  }
  // CTL-094
  @Test func coilsThatLeakTogetherAreShutTogetherButForOne() {
    var settings = Settings.bench
    settings.leakZoneCount = 4
    settings.hasCoilValve = .init(repeating: true)
    for zone in 0..<4 {
      settings.leakZones[zone].watches = .coil(zone)
      settings.leakZones[zone].isCritical = true
    }
    var bench = RowBench.inAuto(settings)
    for zone in 0..<4 { bench[.leak(zone, .alarm)] = 1 }
    bench.step(4)
    #expect((0..<4).map { bench.core.isolation.coils[$0] } == [true, true, true, false])
  }
}
