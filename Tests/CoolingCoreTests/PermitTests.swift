import Testing

@testable import CoolingCore

/// CTL-083 … CTL-089: permits, bypass, suppression, and what the safeguards remember.
struct PermitTests {
  // CTL-083
  @Test func permitsComeBackWhenNoInterlockAsksForMaximumCoolingAnyMore() {
    var bench = RowBench.inAuto()
    bench[.rack(1, .chipTemperature)] = 95
    bench.step(10)
    #expect(!bench.sent.permits[1] && bench.sent.permits[0])
    bench[.rack(1, .chipTemperature)] = 60
    bench.set(redundant: InputSlot.supplyTemperature, 47)
    bench.step(40)
    #expect(bench.isActive(.supplyHighHigh))
    #expect(bench.core.apply(.reset(CauseInstance(cause: .chipHighHigh, index: 1))) == .accepted)
    bench.step(5)
    #expect(!bench.sent.permits[1] && bench.sent.permits[0], "what a rack has it keeps")
    bench.heal()
    #expect(bench.step(until: { $0.sent.permits[1] }, atMost: 60) != nil)
  }
  // CTL-083
  @Test func permitsDoNotComeBackToARowThatIsShortOfFlow() {
    var bench = RowBench.inAuto()
    bench[.rack(1, .chipTemperature)] = 95
    bench.step(10)
    #expect(!bench.sent.permits[1])
    bench.set(flow: 100)
    bench[.rack(1, .chipTemperature)] = 60
    #expect(bench.step(until: { $0.isActive(.flowLoss) }, atMost: 20) != nil)
    #expect(bench.core.apply(.reset(CauseInstance(cause: .chipHighHigh, index: 1))) == .accepted)
    bench.step(3)
    #expect(!bench.sent.permits[1])
    bench.heal()
    #expect(bench.step(until: { $0.sent.permits[1] }, atMost: 60) != nil)
  }
  // CTL-083
  @Test func initialDemandGivesNoPermit() {
    #expect(!Demand().permits[0] && !Actuation.none.demand.permits[0])
    var bench = RowBench()
    bench.step(3)
    #expect(bench.core.mode == .starting && !bench.sent.permits[0], "a row at rest proves itself first")
    bench.step(5)
    #expect(bench.core.mode == .auto)
    for i in 0..<RowBench.racks { #expect(bench.sent.permits[i]) }
  }
  // CTL-083
  @Test(arguments: [(-4.9, true), (-5.1, false)])
  func permitWaitsForAValveThatStandsWithinFivePercentOfItsFloor(off: Double, isGiven: Bool) {
    var bench = RowBench()
    for i in 0..<RowBench.racks { bench[.rack(i, .valvePosition)] = Settings.bench.rackFlow.valveFloor + off }
    bench.step(10)
    #expect(bench.core.mode == .auto)
    #expect(bench.sent.permits[0] == isGiven)
  }
  // CTL-083
  @Test func takeOverLeavesRacksThatDrawPowerTheirPermit() {
    var bench = RowBench()
    bench[.rack(3, .power)] = 5.9
    bench[.rack(2, .power)] = 6.1
    bench.lose(redundant: InputSlot.supplyTemperature)
    bench.lose(.rack(1, .power))
    bench.takeOver(pumps: [0, 1])
    #expect(bench.core.mode == .starting)
    #expect((0..<4).map { bench.sent.permits[$0] } == [true, true, true, false])
    bench.step(2)
    #expect(bench.core.mode == .auto && bench.sent.permits[3])
  }
  // CTL-083
  @Test func offTakesPermitsAndStandbyKeepsThem() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.standby)) == .accepted)
    bench.step(5)
    #expect(bench.sent.permits[0])
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    bench.step()
    #expect(!bench.sent.permits[0])
    #expect(bench.core.apply(.setMode(.standby)) == .accepted)
    bench.step(5)
    #expect(!bench.sent.permits[0], "what was withheld is given in Auto only")
  }
  // CTL-083
  @Test func leavingSafeWithdrawsNoPermit() {
    var bench = RowBench.inAuto()
    #expect(bench.core.leaveSafe().demand.permits[0])
  }

  // CTL-084
  @Test func threeFlowLossesInTenMinutesHoldMaximumCoolingForTen() {
    var bench = RowBench.inAuto()
    for loss in 1...3 {
      bench[InputSlot.rowFlow] = 100
      bench.step(4)
      #expect(bench.isActive(.flowLoss))
      bench.heal()
      bench.step(32)
      #expect(bench.isActive(.flowLoss) == (loss == 3))
    }
    bench.step(560)
    #expect(bench.isActive(.flowLoss) && bench.sent.pumps[2].run)
    bench.step(10)
    #expect(!bench.isActive(.flowLoss))
  }

  // CTL-085
  @Test func overrideThatAnInterlockCorrectsForHalfAMinuteIsOver() {
    var bench = RowBench.inAuto()
    _ = bench.core.apply(.override(.rackValve(0), value: 30, leaseS: 3600))
    bench[.rack(1, .chipTemperature)] = 90
    bench.step(3 + 30)
    #expect(bench.core.overrides[.rackValve(0)] != nil)
    bench.step()
    #expect(bench.core.overrides[.rackValve(0)] == nil)
    #expect(bench.events.contains { $0.kind == .overrideReleased && $0.index == Actuator.rackValve(0).index })
  }
  // CTL-085
  @Test func overrideThatIsNotCorrectedStays() {
    var bench = RowBench.inAuto()
    _ = bench.core.apply(.override(.fan(0), value: 100, leaseS: 3600))
    bench[.rack(1, .chipTemperature)] = 90
    bench.step(100)
    #expect(bench.core.overrides[.fan(0)] != nil, "it asks for as much as the interlock")
  }
  // CTL-085
  @Test func pumpForcedToStopAsTheLastOneRunsAndTheOverrideEnds() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.pumps { _ = bench.core.apply(.override(.pump(i), value: 0, leaseS: 3600)) }
    for _ in 0..<60 {
      bench.step()
      #expect(!bench.runningPumps.isEmpty)
    }
    #expect(!bench.core.overrides.any)
  }

  // CTL-086, ALM-002: what is idle is passed over in a cycle, and its time goes on all the same.
  @Test func bypassAndShelfOfAnIdleCauseEndWithTheirTime() {
    var bench = RowBench.inAuto()
    bench.step(10)
    let silent = CauseInstance(cause: .pumpSilent, index: 0)
    let hot = CauseInstance(cause: .supplyHigh, index: 0)
    #expect(bench.core.apply(.bypass(silent, leaseS: 60)) == .accepted)
    #expect(bench.core.apply(.shelve(hot, seconds: 60)) == .accepted)
    bench.step(58)
    #expect(!bench.events.contains { $0.kind == .bypassEnded || $0.kind == .alarmUnshelved })
    bench.step(4)
    #expect(bench.events.contains { $0.kind == .bypassEnded && $0.instance == silent })
    #expect(bench.events.contains { $0.kind == .alarmUnshelved && $0.instance == hot })
  }

  // CTL-086
  @Test func bypassedCauseActsNoMoreUntilItsTimeIsUp() {
    var bench = RowBench.inAuto()
    let silent = CauseInstance(cause: .pumpSilent, index: 0)
    bench.lose(.pump(0, .running))
    bench.step(5)
    #expect(bench.isActive(.pumpSilent, 0) && bench.core.apply(.bypass(silent, leaseS: 60)) == .accepted)
    bench.step(10)
    #expect(!bench.isActive(.pumpSilent, 0))
    bench.step(49)
    #expect(!bench.isActive(.pumpSilent, 0))
    bench.step(2)
    #expect(bench.isActive(.pumpSilent, 0))
    #expect(bench.events.contains { $0.kind == .bypassTaken && $0.instance == silent && $0.value == 60 })
    #expect(bench.events.contains { $0.kind == .bypassEnded && $0.instance == silent })
  }
  // CTL-086
  @Test func bypassEndsByCommandToo() {
    var bench = RowBench.inAuto()
    let silent = CauseInstance(cause: .pumpSilent, index: 0)
    #expect(bench.core.apply(.bypass(silent, leaseS: 3600)) == .accepted)
    #expect(bench.core.apply(.bypass(silent, leaseS: 0)) == .accepted)
    bench.lose(.pump(0, .running))
    bench.step(5)
    #expect(bench.isActive(.pumpSilent, 0))
  }
  // CTL-086
  @Test func nothingThatTheRowsCoolingRestsOnIsBypassed() {
    var bench = RowBench.inAuto()
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      let effect = CauseAndEffect.definition(of: cause).effect
      let isAllowed = [Effect.alarmOnly, .excludePump, .openRackValve, .openRackValves].contains(effect)
      let outcome = bench.core.apply(.bypass(CauseInstance(cause: cause, index: 0), leaseS: 60))
      #expect(outcome == (isAllowed ? .accepted : .refused(.notBypassable)), "\(cause)")
    }
  }
  // CTL-086
  @Test(arguments: [0.5, -1, 28800.1, .nan, .infinity]) func bypassIsRefusedOutsideItsRange(seconds: Double) {
    var bench = RowBench.inAuto()
    let fan = CauseInstance(cause: .fanSilent, index: 0)
    #expect(bench.core.apply(.bypass(fan, leaseS: seconds)) == .outOfRange(low: 1, high: 28800))
    let none = CauseInstance(cause: .fanSilent, index: 4)
    #expect(bench.core.apply(.bypass(none, leaseS: 60)) == .refused(.noSuchAlarm))
  }

  // CTL-087
  @Test func lostBusSuppressesTheAlarmsBehindItAndNotWhatTheyDo() {
    var settings = Settings.bench
    for signal in 0..<6 { settings.signals[.pump(0, .speed) + signal].bus = 1 }
    settings.signals[.rack(2, .flow)].bus = 1
    var bench = RowBench.inAuto(settings)
    func alarm(_ cause: Cause, _ index: Int) -> InterlockState {
      bench.core.interlocks.states[bench.core.interlocks.slot(cause, index)]
    }
    bench.set(bus: 1, isLost: true)
    bench.lose(.pump(0, .running), .pump(0, .speed), .rack(2, .flow), .rack(1, .flow))
    bench.step(10)
    #expect(bench.isActive(.busLost, 1) && alarm(.busLost, 1).alarm.state == .unacknowledged)
    #expect(bench.isActive(.pumpSilent, 0) && bench.sent.pumps[2].run)
    #expect(alarm(.pumpSilent, 0).alarm.state == .suppressedByDesign)
    #expect(bench.isActive(.rackFlowLost, 2) && alarm(.rackFlowLost, 2).alarm.state == .suppressedByDesign)
    #expect(alarm(.rackFlowLost, 1).alarm.state == .unacknowledged, "that one is on another bus")
    #expect(!bench.events.contains { $0.instance?.cause == .pumpSilent && !$0.isHidden })
    bench.set(bus: 1, isLost: false)
    bench.step(20)
    #expect(alarm(.pumpSilent, 0).alarm.state == .unacknowledged, "the bus is back and the drive is not")
    bench.heal()
    bench.step(20)
    #expect(!bench.isActive(.pumpSilent, 0) && !bench.isActive(.busLost, 1))
  }
  // CTL-087
  @Test func redundancyThatABusTookAlongIsItsAlarmsToSay() {
    var settings = Settings.bench
    for signal in 0..<6 { settings.signals[.pump(2, .speed) + signal].bus = 1 }
    var bench = RowBench.inAuto(settings)
    bench.set(bus: 1, isLost: true)
    bench.lose(.pump(2, .running), .pump(2, .speed), .pump(2, .ready))
    bench.step(20)
    #expect(bench.isActive(.pumpRedundancyLost))
    let slot = bench.core.interlocks.slot(.pumpRedundancyLost)
    #expect(bench.core.interlocks.states[slot].alarm.state == .suppressedByDesign)
    bench.set(bus: 1, isLost: false)
    bench.step(20)
    #expect(bench.core.interlocks.states[slot].alarm.state == .unacknowledged, "the bus is back and the pump is not")
  }
  // CTL-087
  @Test func suppressedAlarmGoesAsQuietlyAsItCame() {
    var bench = RowBench.inAuto()
    bench.set(bus: 0, isLost: true)
    bench.lose(.fan(1, .speed))
    bench.step(20)
    #expect(bench.isActive(.fanSilent, 1))
    bench.heal()
    bench.step(20)
    #expect(!bench.isActive(.fanSilent, 1))
    #expect(!bench.events.contains { $0.instance?.cause == .fanSilent && !$0.isHidden })
    #expect(bench.core.interlocks.states[bench.core.interlocks.slot(.fanSilent, 1)].alarm.state == .normal)
  }

  // CTL-088
  @Test func startingAndTrippedDriveNothingBelowTheSafeFloor() {
    var bench = RowBench()
    bench.takeOver(pumps: [], valves: 0, fans: 0)
    bench.set(flow: 100)
    var valve = bench.sent.rackValves[0]
    for _ in 0..<150 {
      bench.step()
      #expect(!bench.runningPumps.isEmpty && bench.sent.pumps[bench.runningPumps[0]].speed >= 30)
      #expect(bench.sent.rackValves[0] >= valve)
      valve = bench.sent.rackValves[0]
    }
    #expect(bench.core.mode == .starting && valve == 100)
    bench[InputSlot.emergencyStop] = 1
    bench.step(100)
    #expect(bench.core.mode == .tripped && bench.runningPumps.isEmpty && bench.sent.rackValves[0] == 100)
    for _ in 0..<5 {
      for i in 0..<RowBench.pumps { _ = bench.core.apply(.override(.pump(i), value: 50, leaseS: 60)) }
      bench.step()
      #expect(bench.runningPumps.isEmpty)
    }
  }

  // CTL-089
  @Test func limitsThatAreNoNumbersAreRefusedAtOnce() async {
    await #expect(processExitsWith: .failure) {
      var settings = Settings()
      settings.limits.supplyHighHigh = Temperature(celsius: .nan)
      _ = ControlCycle(settings: settings)
    }
    #expect(Settings.bench.limits.isComplete)
    var settings = Settings.bench
    settings.limits.filterDpHigh = Pressure(kilopascals: .infinity)
    #expect(!settings.limits.isComplete)
  }
}
