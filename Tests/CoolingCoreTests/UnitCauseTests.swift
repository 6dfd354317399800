import Testing

@testable import CoolingCore

/// Every cause of a pump, rack, fan or leak detector; the neighbours of the one that trips stay quiet.
struct UnitCauseTests {
  // SAF-020
  @Test func pumpFaultTripsAtOnceAndClearsAtOnce() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.pumpFault, 1, start: { $0[.pump(1, .fault)] = 1 })
    #expect(!bench.isActive(.pumpFault, 0) && !bench.isActive(.pumpFault, 2))
  }
  // SAF-020
  @Test func pumpFaultDoesNotTripOnALostFaultBit() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.pumpFault, 0) { $0.lose(.pump(0, .fault)) }
    #expect(bench.runningPumps == [0, 1])
  }

  // SAF-021
  @Test func pumpNotRunningTripsAfterFiveSecondsAndLatches() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.pumpNotRunning, 0, start: { $0[.pump(0, .running)] = 0 })
  }
  // SAF-021
  @Test func pumpNotRunningDoesNotTripDuringAStartNorInHandNorWhenTripped() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.pumpNotRunning, 0, for: 5) { $0[.pump(0, .running)] = 0 }
    bench.expectQuiet(.pumpNotRunning, 0, for: 5) { $0.heal() }
    bench.expectQuiet(.pumpNotRunning, 2) { $0[.pump(2, .running)] = 0 }
    bench.expectQuiet(.pumpNotRunning, 0, for: 5) {
      $0[.pump(0, .running)] = 0
      $0[.pump(0, .remote)] = 0
    }
    bench.expectQuiet(.pumpNotRunning, 1) {
      $0[.pump(1, .running)] = 0
      $0[.pump(1, .fault)] = 1
    }
  }

  // SAF-022
  @Test func pumpSilentTripsWhenTheDriveStopsAnswering() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.pumpSilent, 0, lead: 3, start: { $0.lose(.pump(0, .running)) })
  }
  // SAF-022
  @Test func pumpSilentDoesNotTripOnThreeSecondsOfSilence() {
    var bench = RowBench.inAuto()
    for _ in 0..<10 {
      bench.expectQuiet(.pumpSilent, 0, for: 3) { $0.lose(.pump(0, .running)) }
      bench.expectQuiet(.pumpSilent, 0, for: 1) { $0.heal() }
    }
  }

  // SAF-023
  @Test func pumpNotRemoteTripsInHand() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.pumpNotRemote, 1, start: { $0[.pump(1, .remote)] = 0 })
  }
  // SAF-023
  @Test func pumpNotRemoteDoesNotTripWhereTheDriveDoesNotSay() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.pumpNotRemote, 1) { $0.lose(.pump(1, .remote)) }
  }

  // SAF-030
  @Test func chipHighTripsAbove85AndClearsBelow82() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.chipHigh, 3, inside: 85, outside: 85.1, hysteresis: 82.1, clear: 81.9) {
      $0[.rack(3, .chipTemperature)] = $1
    }
    #expect(!bench.isActive(.chipHigh, 2))
  }
  // SAF-030
  @Test func chipHighDoesNotTripOnLostTelemetryOfACoolRack() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.chipHigh, 3) { $0.lose(.rack(3, .chipTemperature)) }
  }

  // SAF-031
  @Test func rackFlowLowTripsBelowThreeQuartersAndClearsAboveNineTenths() {
    var bench = RowBench.inAuto()
    // The setpoint is 1.3 · 80 kW = 104 L/min.
    bench.expectLimit(.rackFlowLow, 1, inside: 78.1, outside: 77.9, hysteresis: 93.5, clear: 93.7) {
      $0[.rack(1, .flow)] = $1
    }
    #expect(!bench.isActive(.rackFlowLow, 0))
  }
  // SAF-031
  @Test func rackFlowLowDoesNotTripWhileTheRowStarts() {
    var bench = RowBench()
    bench.lose(redundant: InputSlot.supplyTemperature)
    bench.expectQuiet(.rackFlowLow, 1) { $0[.rack(1, .flow)] = 0 }
    #expect(bench.core.mode == .starting)
  }

  // SAF-032
  @Test func rackFlowLostTripsWhenTheMeterIsLost() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.rackFlowLost, 2, lead: 3, start: { $0.lose(.rack(2, .flow)) })
  }
  // SAF-032
  @Test func rackFlowLostDoesNotTripWhereThereIsNoMeter() {
    var settings = Settings.bench
    settings.signals[.rack(2, .flow)] = SignalLimits()
    var bench = RowBench.inAuto(settings)
    bench.expectQuiet(.rackFlowLost, 2) { _ in }
  }

  // SAF-033
  @Test func rackPowerLostTripsWhenTheMeterIsLost() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.rackPowerLost, 0, lead: 3, start: { $0.lose(.rack(0, .power)) })
  }
  // SAF-033
  @Test func rackPowerLostDoesNotTripWhileAMeterRestarts() {
    var bench = RowBench.inAuto()
    for _ in 0..<5 {
      bench.expectQuiet(.rackPowerLost, 0, for: 13) { $0.lose(.rack(0, .power)) }
      bench.expectQuiet(.rackPowerLost, 0, for: 1) { $0.heal() }
    }
  }

  // SAF-034
  @Test(arguments: [10.1, -10.1]) func rackValveDeviationTripsTenPercentOffBothWays(off: Double) {
    var bench = RowBench.inAuto()
    let position = bench.sent.rackValves[0]
    bench.expectTimeline(.rackValveDeviation, 0, start: { $0[.rack(0, .valvePosition)] = position + off })
    bench.expectTimeline(.rackValveDeviation, 0, start: { $0[.rack(0, .valveFault)] = 1 })
  }
  // SAF-034
  @Test(arguments: [9.9, -9.9]) func rackValveDeviationDoesNotTripWithinTenPercent(off: Double) {
    var bench = RowBench.inAuto()
    let position = bench.sent.rackValves[0]
    bench.expectQuiet(.rackValveDeviation, 0) { $0[.rack(0, .valvePosition)] = position + off }
  }

  // SAF-040
  @Test func fanFaultTripsOnTheBitAndOnAFanThatStands() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.fanFault, 0, start: { $0[.fan(0, .fault)] = 1 })
    bench.expectTimeline(.fanFault, 3, start: { $0[.fan(3, .speed)] = 0 })
  }
  // SAF-040
  @Test func fanFaultDoesNotTripAboveHalfSpeedNorOnAFanToldToStop() {
    var bench = RowBench.inAuto()
    let demanded = bench.sent.fans[2]
    #expect(demanded > 0)
    bench.expectQuiet(.fanFault, 2, for: 60) { $0[.fan(2, .speed)] = demanded * 0.75 }
    #expect(bench.core.apply(.override(.fan(2), value: 0, leaseS: 600)) == .accepted)
    bench.expectQuiet(.fanFault, 2) { $0[.fan(2, .speed)] = 0 }
  }

  // SAF-041
  @Test func fanSilentTripsWhenTheFanStopsAnswering() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.fanSilent, 1, lead: 3, start: { $0.lose(.fan(1, .speed)) })
  }
  // SAF-041
  @Test func fanSilentDoesNotTripOnALostFaultBit() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.fanSilent, 1) { $0.lose(.fan(1, .fault)) }
  }

  // SAF-050
  @Test func leakDetectedTripsOnAWetDetector() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.leakDetected, 1, start: { $0[.leak(1, .alarm)] = 1 })
  }
  // SAF-050
  @Test func leakDetectedDoesNotTripOnABrokenRope() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.leakDetected, 1) { $0[.leak(1, .fault)] = 1 }
    bench.expectQuiet(.leakDetected, 1) { $0.lose(.leak(1, .alarm)) }
  }

  // SAF-051
  @Test func leakDetectorFaultTripsOnItsBitAndOnSilence() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.leakDetectorFault, 0, start: { $0[.leak(0, .fault)] = 1 })
    bench.expectTimeline(.leakDetectorFault, 2, lead: 3, start: { $0.lose(.leak(2, .alarm)) })
  }
  // SAF-051
  @Test func leakDetectorFaultDoesNotTripOnAWetDetector() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.leakDetectorFault, 0) { $0[.leak(0, .alarm)] = 1 }
  }

  // SAF-024
  @Test(arguments: [5.1, -5.1]) func pumpSpeedDeviationTripsFivePercentOffBothWays(off: Double) {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.pumpSpeedDeviation, 0, start: { $0[.pump(0, .speed)] = $0.sent.pumps[0].speed + off })
  }
  // SAF-024
  @Test func pumpSpeedDeviationDoesNotTripWithinFivePercentNorInHandNorOnALostSpeed() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.pumpSpeedDeviation, 0, for: 60) { $0[.pump(0, .speed)] = $0.sent.pumps[0].speed + 4.9 }
    bench.expectQuiet(.pumpSpeedDeviation, 0, for: 60) { $0.lose(.pump(0, .speed)) }
    bench.expectQuiet(.pumpSpeedDeviation, 1, for: 60) {
      $0[.pump(1, .speed)] = 10
      $0[.pump(1, .remote)] = 0
    }
  }

  // SAF-025
  @Test(arguments: [OutputSlot.pumpRun(1), OutputSlot.pumpSpeed(1)])
  func pumpOutputRefusedTripsOnEitherOutput(slot: Int) {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.pumpOutputRefused, 1, start: { $0.set(write: slot, .refused) })
    bench.expectTimeline(.pumpOutputRefused, 1, start: { $0.set(write: slot, .contradicted) })
    #expect(!bench.isActive(.pumpOutputRefused, 0))
  }
  // SAF-025
  @Test func pumpOutputRefusedDoesNotTripOnASilentDrive() {
    var bench = RowBench.inAuto()
    bench.lose(.pump(0, .running))
    bench.step(5)
    bench.expectQuiet(.pumpOutputRefused, 0, for: 60) { $0.set(write: OutputSlot.pumpRun(0), .silent) }
    bench.expectQuiet(.pumpOutputRefused, 1, for: 60) { $0.set(write: OutputSlot.pumpRun(1), .accepted) }
  }

  // SAF-035
  @Test func chipHighHighTripsThreeKelvinAboveAndWithdrawsThatPermit() {
    var bench = RowBench.inAuto()
    bench[.rack(1, .chipTemperature)] = 88
    bench.step(30)
    #expect(!bench.isActive(.chipHighHigh, 1) && bench.sent.permits[1])
    bench[.rack(1, .chipTemperature)] = 88.1
    bench.step(3)
    #expect(bench.isActive(.chipHighHigh, 1) && !bench.sent.permits[1] && bench.sent.permits[0])
    bench.heal()
    bench.step(60)
    #expect(!bench.sent.permits[1], "it latches")
    #expect(bench.core.apply(.reset(CauseInstance(cause: .chipHighHigh, index: 1))) == .accepted)
    bench.step()
    #expect(bench.sent.permits[1])
  }
  // SAF-035
  @Test func chipHighHighDoesNotTripOnLostTelemetryOfACoolRack() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.chipHighHigh, 3, for: 60) { $0.lose(.rack(3, .chipTemperature)) }
  }

  // SAF-036
  @Test func rackOutputRefusedTripsOnTheValve() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.rackOutputRefused, 0, start: { $0.set(write: OutputSlot.rackValve(0), .refused) })
  }
  // SAF-036
  @Test func rackOutputRefusedTripsOnSilenceOnlyOfAValveThatIsHeard() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.rackOutputRefused, 0, start: { $0.set(write: OutputSlot.rackValve(0), .silent) })
    var lost = RowBench.inAuto()
    lost.lose(.rack(0, .valvePosition))
    lost.step(5)
    lost.expectQuiet(.rackOutputRefused, 0, for: 60) { $0.set(write: OutputSlot.rackValve(0), .silent) }
  }
  // SAF-018
  @Test func protectionDegradedTripsOnAPermitThatIsNotAccepted() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.protectionDegraded, start: { $0.set(write: OutputSlot.permit(3), .silent) })
  }
  // SAF-036
  @Test func rackOutputRefusedDoesNotTripForAPermitThatTheRackDoesNotHave() {
    var settings = Settings.bench
    settings.hasPermit[3] = false
    var bench = RowBench.inAuto(settings)
    bench.expectQuiet(.rackOutputRefused, 3, for: 60) { $0.set(write: OutputSlot.permit(3), .refused) }
  }

  // SAF-038
  @Test func rackIgnoresPermitTripsWhereARackDrawsPowerWithoutIt() {
    var bench = RowBench.inAuto()
    bench[.rack(1, .chipTemperature)] = 90
    bench.step(3)
    #expect(!bench.sent.permits[1])
    bench[.rack(1, .power)] = 6.1
    bench.step(15)
    #expect(!bench.isActive(.rackIgnoresPermit, 1))
    bench.step()
    #expect(bench.isActive(.rackIgnoresPermit, 1) && !bench.isActive(.rackIgnoresPermit, 0))
    bench.lose(.rack(1, .power))
    bench.step(30)
    #expect(bench.isActive(.rackIgnoresPermit, 1), "what is not metered is not over")
    bench[.rack(1, .power)] = 6
    bench.step(11)
    #expect(!bench.isActive(.rackIgnoresPermit, 1) && !bench.sent.permits[1])
  }
  // SAF-038
  @Test func rackIgnoresPermitTripsOnARackThatWasNeverGivenOne() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    bench.step()
    bench.expectTimeline(
      .rackIgnoresPermit, 2, start: { $0[.rack(2, .power)] = 6.1 }, stop: { $0[.rack(2, .power)] = 0 })
  }
  // SAF-038
  @Test func rackIgnoresPermitDoesNotTripOnARackThatMayOrIsNotMeteredOrHasNone() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.rackIgnoresPermit, 1) { $0[.rack(1, .power)] = 120 }
    bench.lose(.rack(2, .power))
    bench.step(5)
    bench.expectQuiet(.rackIgnoresPermit, 2) { $0[.rack(2, .chipTemperature)] = 90 }
    #expect(!bench.sent.permits[2])
    var settings = Settings.bench
    settings.hasPermit[1] = false
    var without = RowBench.inAuto(settings)
    without.expectQuiet(.rackIgnoresPermit, 1) { $0[.rack(1, .chipTemperature)] = 90 }
  }

  // SAF-042
  @Test func fanOutputRefusedTripsOnTheFanAndOnItsCoilsValve() {
    var settings = Settings.bench
    settings.hasCoilValve[2] = true
    var bench = RowBench.inAuto(settings)
    bench.expectTimeline(.fanOutputRefused, 0, start: { $0.set(write: OutputSlot.fan(0), .refused) })
    bench.expectTimeline(.fanOutputRefused, 2, start: { $0.set(write: OutputSlot.coilValve(2), .contradicted) })
  }
  // SAF-042
  @Test func fanOutputRefusedDoesNotTripOnASilentFan() {
    var bench = RowBench.inAuto()
    bench.lose(.fan(0, .speed))
    bench.step(5)
    bench.expectQuiet(.fanOutputRefused, 0, for: 60) { $0.set(write: OutputSlot.fan(0), .silent) }
  }

  // SAF-043
  @Test func coilValveDeviationTripsOffItsDemandAndSilent() {
    var settings = Settings.bench
    settings.hasCoilValve[2] = true
    var bench = RowBench.inAuto(settings)
    bench.expectTimeline(.coilValveDeviation, 2, start: { $0[.fan(2, .valvePosition)] = 89 })
    bench.expectTimeline(.coilValveDeviation, 2, lead: 3, start: { $0.lose(.fan(2, .valvePosition)) })
  }
  // SAF-043
  @Test func coilValveDeviationDoesNotTripWithinTenPercentNorWithoutAValve() {
    var settings = Settings.bench
    settings.hasCoilValve[2] = true
    var bench = RowBench.inAuto(settings)
    bench.expectQuiet(.coilValveDeviation, 2) { $0[.fan(2, .valvePosition)] = 91 }
    bench.expectQuiet(.coilValveDeviation, 1, for: 100) { $0[.fan(1, .valvePosition)] = 0 }
  }

  // SAF-052
  @Test func busLostTripsAfterTwoSeconds() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.busLost, 1, start: { $0.set(bus: 1, isLost: true) })
  }
  // SAF-052
  @Test func busLostDoesNotTripOnDevicesThatAreSilentByThemselves() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.busLost, 0, for: 60) { $0.lose(.pump(0, .running), .fan(0, .speed)) }
  }
}
