import Testing

@testable import CoolingCore

/// CTL-051 … CTL-056: how the supply temperature is held, and the racks' flows.
struct HeatRejectionTests {
  // CTL-051
  @Test func fansRiseAtOnceWithTheReturnTemperature() {
    var bench = RowBench.inAuto()
    bench.step(60)
    let before = bench.sent.fans[0]
    bench.set(redundant: InputSlot.returnTemperature, 56)
    bench.step(10)
    // ε needed rises from 11.5/24.5 to 16/29.
    #expect(bench.sent.fans[0] > before + 5)
  }

  // CTL-052
  @Test(arguments: [1.0, -1.0]) func aWarmSupplyRaisesTheFansAndAColdOneLowersThem(side: Double) {
    var bench = RowBench.inAuto()
    bench.step(60)
    let before = bench.sent.fans[0]
    bench.set(redundant: InputSlot.supplyTemperature, 40 + side * 1.5)
    bench.step(30)
    #expect(side * (bench.sent.fans[0] - before) > 1)
  }

  // CTL-058
  @Test func hallThatReadsHotterThanTheCoilsCanExplainIsNotFollowed() {
    var bench = RowBench.inAuto()
    bench.step(200)
    // The bench's coolant does not feel the fans: they stay where their map explains it.
    for i in 0..<RowBench.fans {
      #expect(bench.core.apply(.override(.fan(i), value: bench.sent.fans[i], leaseS: 7200)) == .accepted)
    }
    bench[InputSlot.hallTemperature] = 50
    bench.step(900)
    let map = bench.core.settings.rejection.map
    let effect = map.effectiveness(actuator: bench.sent.fans[0], flowShare: 416.0 / 624)
    #expect(abs((bench.core.sinkC ?? 0) - (51.5 - 11.5 / (1.4 * effect))) < 0.2, "\(bench.core.sinkC ?? 0)")
  }

  // CTL-058: what stands in layers was not cooled by a coil.
  @Test func coolantThatStoodSaysNothingOfTheHall() {
    var bench = RowBench()
    bench.takeOver(pumps: [])
    bench.meter(0)
    bench[InputSlot.emergencyStop] = 1
    bench.set(redundant: InputSlot.returnTemperature, 51)
    bench.set(redundant: InputSlot.supplyTemperature, 29)
    bench.step(900)
    for i in 0..<RowBench.fans {
      #expect(bench.core.apply(.override(.fan(i), value: 50, leaseS: 600)) == .accepted)
    }
    bench.step(60)
    #expect(bench.core.sinkC == 27)
  }

  // CTL-059: at rest the air takes heat from a coil's water, more of it than its map says of moving water.
  @Test(arguments: [0, nil]) func aRowThatStoodStartsItsFansByTheMapAlone(flow: Double?) {
    var bench = RowBench()
    bench.meter(flow)
    bench.takeOver(pumps: [])
    #expect(bench.core.rejection.working.outlet.celsius == 40)
  }

  // CTL-059
  @Test(arguments: [0, nil, 416]) func aRowWhosePumpsRunKeepsTheFansAsItFoundThem(flow: Double?) {
    var bench = RowBench()
    bench.meter(flow)
    bench.takeOver(pumps: [0, 1])
    #expect(abs(bench.sent.fans[0] - 50) < 0.5, "\(bench.sent.fans[0])")
  }

  // CTL-059: silence is no standstill.
  @Test func aRowWhosePumpsAreSilentKeepsItsTrim() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.fans {
      #expect(bench.core.apply(.override(.fan(i), value: 50, leaseS: 600)) == .accepted)
    }
    bench.step(60)
    bench.meter(nil)
    for i in 0..<RowBench.pumps { bench.lose(.pump(i, .running)) }
    bench.step(20)
    for i in 0..<RowBench.fans { #expect(bench.core.apply(.release(.fan(i))) == .accepted) }
    bench.step()
    #expect(bench.sent.fans[0] > 48, "\(bench.sent.fans[0])")
  }

  // CTL-057
  @Test func higherSetpointIsApproachedAndALowerOneTakenAtOnce() {
    var bench = RowBench.inAuto()
    func setpoint() -> Double { bench.core.rejection.working.setpoint.celsius }
    #expect(bench.core.apply(.setSupplySetpoint(Temperature(celsius: 38))) == .accepted)
    bench.step()
    #expect(setpoint() == 38)
    #expect(bench.core.apply(.setSupplySetpoint(Temperature(celsius: 40))) == .accepted)
    bench.step(20)
    #expect(abs(setpoint() - 39) < 1e-6)
    bench.step(30)
    #expect(setpoint() == 40)
  }

  // CTL-053
  @Test func setpointIsRaisedToDewPointPlusMargin() {
    var bench = RowBench.inAuto()
    #expect(bench.core.rejection.working.setpoint.celsius == 40)
    bench[InputSlot.hallTemperature] = 45
    bench[InputSlot.hallDewPoint] = 37
    bench.step()
    #expect(bench.core.rejection.working.setpoint.celsius == 40 && !bench.core.rejection.working.isRaisedByDewPoint)
    bench[InputSlot.hallDewPoint] = 38.5
    bench.step()
    #expect(bench.core.rejection.working.setpoint.celsius == 41.5 && bench.core.rejection.working.isRaisedByDewPoint)
  }

  // CTL-053
  @Test func unknownDewPointCountsAs17() {
    var settings = Settings.bench
    settings.supply.setpoint = Temperature(celsius: 18)
    var bench = RowBench.inAuto(settings)
    #expect(bench.core.rejection.working.setpoint.celsius == 18)
    bench.lose(InputSlot.hallDewPoint, InputSlot.hallHumidity)
    bench.step(4)
    #expect(bench.core.rejection.working.setpoint.celsius == 20)
  }

  // CTL-054
  @Test func fansThatSayNothingForLongAreTakenOverFromWhatTheyRunAt() {
    for silent in [2, RowBench.fans] {
      var bench = RowBench.inAuto()
      bench.step(60)
      for i in 0..<silent { bench.lose(.fan(i, .speed)) }
      // They run at their own speed, and the supply gets colder than it should be.
      bench.set(redundant: InputSlot.supplyTemperature, 37)
      bench.step(600)
      #expect(bench.sent.fans[0] >= bench.core.settings.rejection.safe)
      for i in 0..<silent { bench.heal(.fan(i, .speed)) }
      bench.set(redundant: InputSlot.supplyTemperature, 40)
      bench.step(10)
      let least = (0..<RowBench.fans).map { bench.sent.fans[$0] }.min() ?? 0
      #expect(least > 30, "the trim has learnt to do without: \(least)")
    }
  }

  // CTL-055
  @Test func belowTheirLeastSpeedFewerFansTurn() {
    var staging = FanStaging()
    func settled(_ mean: Double) -> Int {
      for _ in 0..<100 { _ = staging.step(mean: mean, least: 10, count: 4, dt: 1) }
      return staging.turning
    }
    #expect(settled(30) == 4 && settled(10) == 4 && settled(5) == 2 && settled(2.4) == 1 && settled(0) == 0)
    #expect(settled(7.5) == 3)
    // Between two counts it stays with what it has.
    #expect(settled(6) == 3 && settled(5) == 2 && settled(6.5) == 2)
    // At once where all are needed again.
    #expect(staging.step(mean: 12, least: 10, count: 4, dt: 1) == 4)
    #expect(staging.step(mean: 3, least: 10, count: 2, dt: 1) <= 2)
  }

  // CTL-055
  @Test func aRowThatNeedsLittleCoolingStopsFansOneByOne() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.supplyTemperature, 39)
    bench.set(redundant: InputSlot.returnTemperature, 41)
    var counts: Set<Int> = []
    for _ in 0..<600 {
      bench.step()
      let turning = (0..<RowBench.fans).filter { bench.sent.fans[$0] > 0 }
      for i in turning { #expect(bench.sent.fans[i] >= 10) }
      counts.insert(turning.count)
    }
    #expect(counts.isSuperset(of: [4, 0]) && counts.count > 3, "\(counts)")
  }

  // CTL-064
  @Test func valveOpensWithItsSetpointByItsCharacteristic() {
    for percent in stride(from: 0.0, through: 100, by: 5) {
      #expect(abs(valvePercent(branchFlowShare: branchFlowShare(valvePercent: percent)) - percent) < 0.5)
    }
    #expect(valvePercent(branchFlowShare: 1.5) == 100)
    var bench = RowBench.inAuto()
    bench[.rack(0, .power)] = 20
    bench.step(400)
    let before = bench.sent.rackValves[0]
    // Its meter does not say yet that more flow is needed: the setpoint alone moves the valve.
    bench[.rack(0, .flow)] = bench.core.rackFlow.setpoints[0].litresPerMinute
    bench[.rack(0, .power)] = 110
    bench.step(15)
    #expect(bench.sent.rackValves[0] > before + 15, "\(before)")
  }

  // CTL-054
  @Test func theOtherFansMakeUpForAFaultyOne() {
    var bench = RowBench.inAuto()
    bench.step(60)
    let before = bench.sent.fans[1]
    bench[.fan(0, .fault)] = 1
    bench.step(60)
    #expect(bench.sent.fans[1] > before * 1.2)
  }

  /// The demanded effectiveness of the whole bank stays what it was: ε = a/(a + s/2) of the fans that are left.
  // CTL-054
  @Test(arguments: [1, 2, 3]) func severalLostFansAreMadeUpAsFarAsTheOthersReach(lost: Int) {
    var bench = RowBench.inAuto()
    bench.step(60)
    let needed = bench.core.rejection.working.effectiveness
    for i in 0..<lost { bench[.fan(i, .fault)] = 1 }
    bench.step(60)
    let share = needed * Double(RowBench.fans) / Double(RowBench.fans - lost)
    let flowShare = 416.0 / 624
    let position = share < 1 ? min(100, 100 * share * flowShare / 2 / (1 - share)) : 100
    #expect(abs(bench.sent.fans[3] - position) < 3, "\(bench.sent.fans[3]) for \(position)")
  }

  // CTL-054
  @Test func aSilentFanIsMadeUpForUntilItSpeaksAgain() {
    var bench = RowBench.inAuto()
    bench.step(60)
    let before = bench.sent.fans[1]
    bench.lose(.fan(0, .speed))
    bench.step(60)
    #expect(bench.sent.fans[1] > before * 1.2)
    bench.heal()
    bench.step(60)
    #expect(abs(bench.sent.fans[1] - before) < 1)
  }

  // CTL-054
  @Test(arguments: [(0.0, true), (100.0, false)])
  func theOthersMakeUpForAFanAtAnOperatorsSpeed(value: Double, isHigher: Bool) {
    var bench = RowBench.inAuto()
    bench.step(60)
    let before = bench.sent.fans[1]
    #expect(bench.core.apply(.override(.fan(0), value: value, leaseS: 600)) == .accepted)
    bench.step(60)
    #expect((bench.sent.fans[1] > before * 1.1) == isHigher && (bench.sent.fans[1] < before * 0.9) == !isHigher)
  }

  // CTL-055
  @Test func fansStopWhereNoCoolingIsNeededAndAValveDoesNot() {
    for (settings, expected) in [(Settings.bench, 0.0), (.facilityBench, 10)] {
      var bench = RowBench.inAuto(settings)
      bench.set(redundant: InputSlot.supplyTemperature, 38)
      bench.set(redundant: InputSlot.returnTemperature, 38.2)
      bench.step(120)
      #expect((settings.fanCount > 0 ? bench.sent.fans[0] : bench.sent.facilityValve) == expected)
    }
  }

  // CTL-055
  @Test func unknownSinkCountsAsWarmAndUnknownReturnAsHot() {
    var known = RowBench.inAuto()
    var bench = known
    bench.lose(InputSlot.hallTemperature)
    bench.step(60)
    known.step(60)
    #expect(bench.sent.fans[0] > known.sent.fans[0])
    bench.lose(redundant: InputSlot.returnTemperature)
    bench.lose(InputSlot.rowFlow, .rack(0, .flow))
    // From 27 to 35 °C at 3 K a minute.
    bench.step(180)
    #expect(bench.sent.fans[0] > 80)
  }

  // CTL-056
  @Test func releasedFansComeBackWithoutABump() {
    var bench = RowBench.inAuto()
    bench.step(60)
    for i in 0..<RowBench.fans { _ = bench.core.apply(.override(.fan(i), value: 45, leaseS: 600)) }
    bench.set(redundant: InputSlot.supplyTemperature, 42)
    bench.step(100)
    for i in 0..<RowBench.fans { _ = bench.core.apply(.release(.fan(i))) }
    let before = bench.sent.fans[0]
    bench.step()
    #expect(abs(bench.sent.fans[0] - before) <= 5)
  }
}

struct RackFlowTests {
  // CTL-060
  @Test func flowSetpointFollowsHeatBetweenFloorAndDesign() {
    var bench = RowBench.inAuto()
    func setpoint() -> Double { bench.core.rackFlow.setpoints[0].litresPerMinute }
    #expect(abs(setpoint() - 104) < 1e-6)
    bench[.rack(0, .power)] = 110
    bench.step(60)
    #expect(abs(setpoint() - 143) < 0.2)
    bench[.rack(0, .power)] = 300
    bench.step(60)
    #expect(abs(setpoint() - 187.2) < 1e-6)
    bench[.rack(0, .power)] = 0
    bench.step(300)
    #expect(abs(setpoint() - 78) < 1e-6)
  }

  // CTL-061
  @Test func aFallingLoadKeepsItsFlowForTheHoldTime() {
    var bench = RowBench.inAuto()
    bench[.rack(0, .power)] = 10
    bench.step(80)
    #expect(bench.core.rackFlow.setpoints[0].litresPerMinute > 103)
    bench.step(220)
    #expect(abs(bench.core.rackFlow.setpoints[0].litresPerMinute - 78) < 1e-6)
  }

  // CTL-062
  @Test(arguments: [1.0, -1.0]) func valveOpensWhereFlowIsShortAndClosesWhereItIsPlenty(side: Double) {
    var bench = RowBench.inAuto()
    let before = bench.sent.rackValves
    bench[.rack(2, .flow)] = 104 - side * 15
    bench.step(30)
    #expect(side * (bench.sent.rackValves[2] - before[2]) > 2)
    #expect(bench.sent.rackValves[1] == before[1])
  }

  // CTL-062
  @Test func valveNeverClosesBelowItsFloor() {
    var bench = RowBench.inAuto()
    bench[.rack(2, .flow)] = 400
    bench.step(600)
    #expect(bench.sent.rackValves[2] == 20)
  }

  // CTL-063
  @Test func valveRestsInsideItsDeadband() {
    var bench = RowBench.inAuto()
    let before = bench.sent.rackValves[0]
    for i in 0..<60 {
      bench[.rack(0, .flow)] = 104 + (i.isMultiple(of: 2) ? 0.5 : -0.5)
      bench.step()
      #expect(bench.sent.rackValves[0] == before)
    }
  }
}

extension RowBench {
  /// The row's meter reads so many L/min and the racks' say nothing; nil: no meter says anything.
  fileprivate mutating func meter(_ flow: Double?) {
    if let flow { self[InputSlot.rowFlow] = flow } else { lose(InputSlot.rowFlow) }
    for i in 0..<RowBench.racks { lose(.rack(i, .flow)) }
  }
}
