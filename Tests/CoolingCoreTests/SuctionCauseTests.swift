import Testing

@testable import CoolingCore

/// The only loss that stops the pumps without a leak: they have nothing to pump.
struct SuctionCauseTests {
  // SAF-011
  @Test func suctionLostTripsOnLevelAndReturnPressureTogetherAndLatches() {
    var bench = RowBench.inAuto()
    bench[InputSlot.returnPressure] = 19.9
    bench.expectTimeline(
      .suctionLost, start: { $0[InputSlot.reservoirLevel] = 19.9 }, stop: { $0[InputSlot.returnPressure] = 20 })
  }
  // SAF-011
  @Test func suctionLostDoesNotTripOnOneOfBoth() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.suctionLost) { $0[InputSlot.reservoirLevel] = 0 }
    #expect(bench.runningPumps == [0, 1])
    bench.heal()
    bench.expectQuiet(.suctionLost) { $0[InputSlot.returnPressure] = -40 }
    bench.expectQuiet(.suctionLost) { $0[InputSlot.reservoirLevel] = 20 }
    #expect(bench.runningPumps == [0, 1])
  }

  /// Two pumps at 60 % make 115 kPa without flow; a quarter is 28.8, a twentieth of design flow 31.2 L/min.
  private static func drain(_ bench: inout RowBench, flow: Double = 31, dp: Double = 28) {
    for i in 0..<RowBench.pumps { bench[.pump(i, .speed)] = 60 }
    bench.set(flow: flow)
    bench.set(redundant: InputSlot.manifoldDp, dp)
  }
  // SAF-011
  @Test(arguments: [InputSlot.reservoirLevel, InputSlot.returnPressure])
  func suctionLostTripsWithOneInstrumentLostOnceThePumpsMakeNeitherFlowNorHead(lost: Int) {
    var bench = RowBench.inAuto()
    let left = lost == InputSlot.reservoirLevel ? InputSlot.returnPressure : InputSlot.reservoirLevel
    bench.lose(lost)
    bench[left] = 5
    bench.step(60)
    #expect(!bench.isActive(.suctionLost) && bench.runningPumps == [0, 1], "one alone stops nothing")
    Self.drain(&bench)
    bench.step(5)
    #expect(bench.isActive(.suctionLost) && bench.runningPumps.isEmpty && bench.core.mode == .tripped)
    // The pumps stand and prove nothing any more; what is left still says so.
    for i in 0..<RowBench.pumps { bench.heal(.pump(i, .speed)) }
    bench.step(30)
    #expect(bench.core.apply(.resetTrip) == .refused(.conditionPersists))
    bench[left] = 100
    bench.step(15)
    #expect(bench.core.apply(.resetTrip) == .accepted)
  }
  // SAF-011
  @Test func suctionLostDoesNotTripOnPumpsAloneNorWhileTheyMakeFlowOrHead() {
    var bench = RowBench.inAuto()
    bench.lose(InputSlot.reservoirLevel)
    bench.lose(InputSlot.returnPressure)
    bench.expectQuiet(.suctionLost) { Self.drain(&$0) }
    bench.heal(InputSlot.returnPressure)
    bench.step(10)
    bench.expectQuiet(.suctionLost) { Self.drain(&$0) }
    bench[InputSlot.returnPressure] = 5
    bench.expectQuiet(.suctionLost) { Self.drain(&$0, flow: 32) }
    bench.expectQuiet(.suctionLost) { Self.drain(&$0, dp: 29) }
    #expect(!bench.runningPumps.isEmpty)
  }
  // SAF-011
  @Test func suctionLostTripsWithTheRowsMeterLostOnceNoRackHasFlow() {
    var bench = RowBench.inAuto()
    bench[InputSlot.returnPressure] = 5
    bench.lose(InputSlot.rowFlow)
    bench.lose(InputSlot.reservoirLevel)
    for i in 0..<RowBench.pumps { bench[.pump(i, .speed)] = 60 }
    bench.set(redundant: InputSlot.manifoldDp, 28)
    bench.step(20)
    #expect(!bench.isActive(.suctionLost), "the racks' meters show flow")
    for i in 0..<RowBench.racks { bench[.rack(i, .flow)] = 1 }
    bench.step(5)
    #expect(bench.isActive(.suctionLost))
  }
  // SAF-011
  @Test func suctionLostTripsOnTheRowsMeterThoughRackMetersShowFlow() {
    var bench = RowBench.inAuto()
    bench[InputSlot.returnPressure] = 5
    Self.drain(&bench)
    for i in 0..<RowBench.racks { bench[.rack(i, .flow)] = 104 }
    bench.step(5)
    #expect(bench.isActive(.suctionLost))
  }
  /// At 21 % a pump makes 14.1 kPa without flow, at 19 % 11.6 kPa; a quarter must be more than 3 kPa to be told from
  /// none.
  // SAF-011
  @Test(arguments: [(21.0, true), (19.0, false)])
  func suctionLostTripsOnPumpsOnlyWhereTheirHeadCouldBeSeen(speed: Double, trips: Bool) {
    var bench = RowBench.inAuto()
    bench[InputSlot.returnPressure] = 5
    Self.drain(&bench, dp: 2)
    for i in 0..<RowBench.pumps { bench[.pump(i, .speed)] = speed }
    bench.step(5)
    #expect(bench.isActive(.suctionLost) == trips)
  }
  // SAF-011
  @Test func suctionLostTripsOnOnePumpThatTurnsAndSaysOfHowManyVotes() {
    var bench = RowBench()
    bench.takeOver(pumps: [0])
    bench[InputSlot.rowFlow] = 300
    bench.step(20)
    bench[.pump(1, .running)] = 0
    bench[.pump(2, .running)] = 0
    bench[InputSlot.returnPressure] = 5
    Self.drain(&bench)
    bench.step(5)
    #expect(bench.isActive(.suctionLost))
    let state = bench.core.interlocks.states[bench.core.interlocks.slot(.suctionLost)]
    #expect(state.value == 2 && state.limit == 2)
  }
}
