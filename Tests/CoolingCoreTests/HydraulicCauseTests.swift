import Testing

@testable import CoolingCore

/// Causes about pressure, flow and what the racks draw, on both sides of their limits.
struct HydraulicCauseTests {
  // SAF-060
  @Test func manifoldDpLowTripsBelowThreeQuartersOfItsLeastSetpoint() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.manifoldDpLow, inside: 30.1, outside: 29.9, clear: 30.1) {
      $0.set(redundant: InputSlot.manifoldDp, $1)
    }
  }
  // SAF-060
  @Test func manifoldDpLowDoesNotTripWhereThePumpsHoldFlow() {
    var settings = Settings.bench
    settings.pumps.control = .flow
    var bench = RowBench.inAuto(settings)
    bench.expectQuiet(.manifoldDpLow) { $0.set(redundant: InputSlot.manifoldDp, 25) }
  }

  // SAF-061
  @Test func manifoldDpHighTripsAboveSixFifthsAndOpensEveryRackValve() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.manifoldDpHigh, inside: 240, outside: 240.1, hysteresis: 216.1, clear: 215.9) {
      $0.set(redundant: InputSlot.manifoldDp, $1)
    }
    bench.set(redundant: InputSlot.manifoldDp, 250)
    bench.step(60)
    for i in 0..<RowBench.racks { #expect(bench.sent.rackValves[i] == 100) }
  }
  /// Pumps at 60 % make 115.2 kPa without flow.
  // SAF-061
  @Test func manifoldDpHighTripsOnThePumpsWholeHeadWithoutFlowThoughAnInterlockRaisesThem() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.pumps { bench[.pump(i, .speed)] = 60 }
    bench.set(flow: 30)
    bench.step(5)
    #expect(bench.isActive(.flowLoss))
    bench.expectLimit(.manifoldDpHigh, inside: 103, outside: 104, clear: 103) {
      $0.set(redundant: InputSlot.manifoldDp, $1)
    }
  }
  // SAF-061
  @Test func manifoldDpHighTripsOnOnePumpsWholeHeadWithoutFlow() {
    var bench = RowBench()
    bench.takeOver(pumps: [0])
    bench[InputSlot.rowFlow] = 300
    bench.step(20)
    for i in 1..<RowBench.pumps { bench[.pump(i, .running)] = 0 }
    bench[.pump(0, .speed)] = 60
    bench.set(flow: 30)
    bench.set(redundant: InputSlot.manifoldDp, 110)
    bench.step(25)
    #expect(bench.isActive(.manifoldDpHigh))
    let state = bench.core.interlocks.states[bench.core.interlocks.slot(.manifoldDpHigh)]
    #expect(abs(state.limit - 0.9 * 115.2) < 1e-9)
  }
  // SAF-061
  @Test func manifoldDpHighDoesNotTripWhileMaximumCoolingAsksForIt() {
    var bench = RowBench.inAuto()
    bench[.rack(0, .chipTemperature)] = 90
    bench.step(5)
    bench.expectQuiet(.manifoldDpHigh) { $0.set(redundant: InputSlot.manifoldDp, 300) }
  }

  // SAF-063
  @Test func supplyLowTripsTwoKelvinBelowTheLowestSetpoint() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.supplyLow, inside: 18, outside: 17.9, hysteresis: 18.9, clear: 19.1) {
      $0.set(redundant: InputSlot.supplyTemperature, $1)
    }
  }
  // SAF-063
  @Test func supplyLowDoesNotTripWhileTheRowIsOff() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    bench.expectQuiet(.supplyLow) { $0.set(redundant: InputSlot.supplyTemperature, 10) }
  }

  /// Two pumps at 60 % and 416 L/min make 107 kPa by their curve; half of that is 53.7.
  // SAF-064
  @Test func pumpCavitationTripsOnHalfTheHeadAtLowReturnPressure() {
    var bench = RowBench.inAuto()
    for i in 0..<2 { bench[.pump(i, .speed)] = 60 }
    bench[InputSlot.returnPressure] = 39
    bench.expectLimit(.pumpCavitation, inside: 39 + 54, outside: 39 + 53, clear: 39 + 54) {
      $0[InputSlot.supplyPressure] = $1
    }
  }
  // SAF-064
  @Test func pumpCavitationDoesNotTripOnOneOfBoth() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.pumpCavitation) { $0[InputSlot.supplyPressure] = 160 }
    bench.heal()
    bench.expectQuiet(.pumpCavitation) {
      $0[InputSlot.returnPressure] = 39
      $0[InputSlot.supplyPressure] = 180
    }
  }

  // SAF-065
  @Test func coolingLostTripsOnTwoProofsAndLatches() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.coolingLost, start: { $0.set(flow: 31) })
    bench.expectTimeline(
      .coolingLost,
      start: { bench in
        bench.set(redundant: InputSlot.manifoldDp, 9.9)
        for i in 0..<RowBench.pumps { bench[.pump(i, .running)] = 0 }
      })
  }
  // SAF-065
  @Test func coolingLostDoesNotTripOnOneDeadMeterNorWithoutHeat() {
    for slot in [InputSlot.rowFlow, InputSlot.rack(0, .flow)] {
      var bench = RowBench.inAuto()
      bench.expectQuiet(.coolingLost) { $0[slot] = 0 }
    }
    var quarter = RowBench.inAuto()
    quarter.expectQuiet(.coolingLost) { $0.set(flow: 32) }
    var cold = RowBench.inAuto()
    for i in 0..<RowBench.racks { cold[.rack(i, .power)] = 1 }
    cold.step(60)
    cold.expectQuiet(.coolingLost) { $0.set(flow: 0) }
  }

  // SAF-069
  @Test func fansFailedTripsOnTheSecondAndRaisesTheOthers() {
    var bench = RowBench.inAuto()
    bench[.fan(0, .fault)] = 1
    bench[.fan(1, .fault)] = 1
    bench.step(22)
    #expect(bench.isActive(.fansFailed))
    bench.step(30)
    #expect(bench.sent.fans[2] >= 90 - 1e-6 && bench.sent.fans[3] >= 90 - 1e-6)
    bench.heal()
    bench.step(25)
    #expect(!bench.isActive(.fansFailed))
  }
  // SAF-069
  @Test func fansFailedDoesNotTripOnOne() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.fansFailed) { $0[.fan(0, .fault)] = 1 }
  }

  // SAF-070
  @Test func facilityValveDeviationTripsOffItsDemandAndSilent() {
    var bench = RowBench.inAuto(.facilityBench)
    bench.expectTimeline(
      .facilityValveDeviation, start: { $0[InputSlot.facilityValvePosition] = $0.sent.facilityValve + 25 })
    bench.expectTimeline(.facilityValveDeviation, lead: 3, start: { $0.lose(InputSlot.facilityValvePosition) })
  }
  // SAF-070
  @Test func facilityValveDeviationDoesNotTripInARowWithoutOne() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.facilityValveDeviation) { $0[InputSlot.facilityValvePosition] = 60 }
  }

  // SAF-071
  @Test(arguments: [WriteOutcome.refused, .contradicted, .silent])
  func facilityOutputRefusedTripsOnWhateverIsNotAcceptance(outcome: WriteOutcome) {
    var bench = RowBench.inAuto(.facilityBench)
    bench.expectTimeline(.facilityOutputRefused, start: { $0.set(write: OutputSlot.facilityValve, outcome) })
  }
  // SAF-071
  @Test func facilityOutputRefusedDoesNotTripOnASilentDevice() {
    var bench = RowBench.inAuto(.facilityBench)
    bench.lose(InputSlot.facilityValvePosition)
    bench.step(5)
    bench.expectQuiet(.facilityOutputRefused) { $0.set(write: OutputSlot.facilityValve, .silent) }
  }

  // SAF-072
  @Test func emergencyStopTripsAtOnceStopsThePumpsAndLatches() {
    var bench = RowBench.inAuto()
    bench[InputSlot.emergencyStop] = 1
    bench.step()
    #expect(bench.core.mode == .tripped && bench.runningPumps.isEmpty && !bench.sent.permits[0])
    bench.heal()
    bench.step(60)
    #expect(bench.core.mode == .tripped && bench.isActive(.emergencyStop))
    #expect(bench.core.apply(.resetTrip) == .accepted)
    bench.step(10)
    #expect(bench.core.mode == .auto && bench.sent.permits[0])
  }
  // SAF-072
  @Test func emergencyStopDoesNotTripOnABrokenWire() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.emergencyStop) { $0.lose(InputSlot.emergencyStop) }
    #expect(bench.runningPumps == [0, 1])
  }

  // SAF-073
  @Test func permissiveLostTripsAndShutsTheRowDownInOrder() {
    var bench = RowBench.inAuto()
    bench[InputSlot.permissive] = 0
    bench.step(10)
    #expect(bench.core.mode == .auto && bench.sent.permits[0])
    bench.step()
    #expect(bench.core.mode == .shutdown && bench.core.modeReason == .permissiveLost)
    #expect(!bench.sent.permits[0] && bench.runningPumps == [0, 1])
    #expect(bench.core.apply(.setMode(.auto)) == .refused(.permissiveMissing))
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    bench.step(120)
    #expect(bench.core.mode == .off && bench.runningPumps.isEmpty)
    bench.heal(InputSlot.permissive)
    bench.step(20)
    #expect(bench.core.mode == .off, "a person orders auto")
    #expect(bench.core.apply(.setMode(.auto)) == .accepted)
    bench.step(20)
    #expect(bench.core.mode == .auto && bench.sent.permits[0])
  }
  // SAF-073
  @Test func permissiveLostDoesNotTripOnABrokenWireNorWhereThereIsNone() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.permissiveLost) { $0.lose(InputSlot.permissive) }
    var settings = Settings.bench
    settings.signals[InputSlot.permissive] = SignalLimits()
    var without = RowBench.inAuto(settings)
    without.expectQuiet(.permissiveLost) { $0[InputSlot.permissive] = 0 }
  }
}
