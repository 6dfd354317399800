import Testing

@testable import CoolingCore

/// The alarm of a cause through its states (ANSI/ISA-18.2-2016): what a person sees, and that hiding it changes nothing
/// in the plant.
struct AlarmTests {
  private func alarm(_ bench: RowBench, _ cause: Cause, _ index: Int = 0) -> CauseAlarm.State {
    bench.core.interlocks.states[bench.core.interlocks.slot(cause, index)].alarm.state
  }
  private let rope = CauseInstance(cause: .leakDetected, index: 0)
  private let hot = CauseInstance(cause: .supplyHigh, index: 0)

  /// Supply temperature above its high limit and below high-high, long enough for the alarm.
  private func hotBench() -> RowBench {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.supplyTemperature, 44)
    bench.step(25)
    return bench
  }

  // ALM-001
  @Test func alarmsFollowTheirConditionAndAcknowledgement() {
    var bench = RowBench.inAuto()
    bench[.leak(0, .alarm)] = 1
    bench.step(5)
    #expect(alarm(bench, .leakDetected) == .unacknowledged)
    bench.heal()
    bench.step(20)
    #expect(alarm(bench, .leakDetected) == .returnedUnacknowledged)
    #expect(bench.core.apply(.acknowledge(rope)) == .acknowledged(1))
    #expect(alarm(bench, .leakDetected) == .normal)
    #expect(bench.core.apply(.acknowledge(rope)) == .acknowledged(0))
    bench[.leak(0, .alarm)] = 1
    bench.step(5)
    #expect(bench.core.apply(.acknowledge(nil)) == .acknowledged(1))
    #expect(alarm(bench, .leakDetected) == .acknowledged && bench.isActive(.leakDetected, 0))
    bench.heal()
    bench.step(20)
    #expect(alarm(bench, .leakDetected) == .normal)
  }

  // ALM-001
  @Test func aLatchedAlarmSaysThatOnlyItsLatchIsLeft() {
    var bench = RowBench.inAuto()
    bench[InputSlot.reservoirLevel] = 10
    bench[InputSlot.returnPressure] = 5
    bench.step(10)
    #expect(alarm(bench, .suctionLost) == .unacknowledged)
    bench.heal()
    bench.step(2)
    #expect(alarm(bench, .suctionLost) == .latchedUnacknowledged)
    _ = bench.core.apply(.acknowledge(nil))
    #expect(alarm(bench, .suctionLost) == .latchedAcknowledged)
    #expect(bench.core.apply(.resetTrip) == .accepted)
    bench.step()
    #expect(alarm(bench, .suctionLost) == .normal)
  }

  // ALM-002
  @Test func aShelvedAlarmIsHiddenUntilItExpires() {
    var bench = hotBench()
    #expect(alarm(bench, .supplyHigh) == .unacknowledged)
    #expect(bench.core.apply(.shelve(hot, seconds: 60)) == .accepted)
    #expect(alarm(bench, .supplyHigh) == .shelved)
    bench.step(59)
    #expect(alarm(bench, .supplyHigh) == .shelved)
    #expect(bench.core.apply(.acknowledge(nil)) == .acknowledged(0))
    bench.step()
    #expect(alarm(bench, .supplyHigh) == .unacknowledged)
    #expect(bench.events.contains { $0.kind == .alarmUnshelved && $0.instance == hot })
  }

  // ALM-002
  @Test func whatWasOverBeforeAnybodySawItNeedsNoAcknowledgement() {
    var bench = hotBench()
    _ = bench.core.apply(.shelve(hot, seconds: 300))
    bench.heal()
    bench.step(60)
    #expect(bench.core.apply(.unshelve(hot)) == .accepted)
    #expect(alarm(bench, .supplyHigh) == .normal)
    #expect(bench.core.apply(.unshelve(hot)) == .refused(.notShelved))
  }

  // ALM-002
  @Test(arguments: [
    (Cause.leakDetected, 1800.0), (.supplyHigh, 7200), (.levelLow, 28800), (.filterClogged, 86400),
  ])
  func theMoreUrgentTheShorterTheShelf(cause: Cause, high: Double) {
    var bench = RowBench.inAuto()
    let instance = CauseInstance(cause: cause, index: 0)
    #expect(bench.core.apply(.shelve(instance, seconds: high)) == .accepted)
    for seconds in [high + 1, 0.5, 0, -1, .nan, .infinity] {
      #expect(bench.core.apply(.shelve(instance, seconds: seconds)) == .outOfRange(low: 1, high: high))
    }
  }

  // ALM-003
  @Test func hidingAnAlarmNeverHidesItsInterlock() {
    for hide in [OperatorCommand.shelve(.init(cause: .supplyHighHigh, index: 0), seconds: 600)] {
      var bench = RowBench.inAuto()
      #expect(bench.core.apply(hide) == .accepted)
      bench.set(redundant: InputSlot.supplyTemperature, 47.5)
      bench.step(10)
      #expect(alarm(bench, .supplyHighHigh) == .shelved && bench.isActive(.supplyHighHigh))
      #expect(bench.core.interlocks.effects.isCoolingMaximum)
      #expect(bench.events.contains { $0.kind == .causeActivated && $0.isHidden })
    }
    var bench = RowBench.inAuto()
    let fault = CauseInstance(cause: .pumpFault, index: 0)
    #expect(bench.core.apply(.setOutOfService(fault, true)) == .accepted)
    bench[.pump(0, .fault)] = 1
    bench.step()
    #expect(alarm(bench, .pumpFault) == .outOfService && !bench.sent.pumps[0].run && bench.sent.pumps[2].run)
    #expect(bench.core.apply(.setOutOfService(fault, false)) == .accepted)
    #expect(alarm(bench, .pumpFault) == .unacknowledged)
  }

  // ALM-003
  @Test func aCriticalAlarmIsNeverTakenOutOfService() {
    var bench = RowBench.inAuto()
    #expect(bench.core.apply(.setOutOfService(rope, true)) == .refused(.isCritical))
    #expect(bench.core.apply(.shelve(.init(cause: .pumpFault, index: 9), seconds: 60)) == .refused(.noSuchAlarm))
    #expect(bench.core.apply(.setOutOfService(.init(cause: .fanFault, index: -1), true)) == .refused(.noSuchAlarm))
  }

  // ALM-004
  @Test func threeAlarmsInAMinuteAreChatterAndAreHeld() {
    var bench = RowBench.inAuto()
    var chatter: [Int] = []
    var raised = 0
    for second in 0..<600 {
      // A detector that drips: wet for 4 s of every 16.
      bench[.leak(0, .alarm)] = second % 16 < 4 ? 1 : 0
      let before = bench.events.count
      bench.step()
      for event in bench.events[before...] where event.instance == rope {
        if event.kind == .alarmChattering { chatter.append(second) }
        if event.kind == .causeActivated { raised += 1 }
      }
    }
    #expect(chatter.count == 1 && chatter[0] < 40 && raised == 3)
    #expect(bench.core.interlocks.states[bench.core.interlocks.slot(.leakDetected)].alarm.isChattering)
    bench.heal()
    bench.step(700)
    #expect(!bench.core.interlocks.states[bench.core.interlocks.slot(.leakDetected)].alarm.isChattering)
  }

  // ALM-005
  @Test func everyPriorityFollowsFromSeverityAndTimeToRespond() {
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      let alarm = AlarmTable.definition(of: cause)
      #expect(alarm.priority == CauseAndEffect.definition(of: cause).priority, "\(cause)")
      #expect(alarm.consequence.utf8CodeUnitCount > 10)
    }
  }
}
