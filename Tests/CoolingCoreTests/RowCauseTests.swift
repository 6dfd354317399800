import Testing

@testable import CoolingCore

/// Every cause of the row, on both sides of its limit and of its delays.
struct RowCauseTests {
  // SAF-001
  @Test func flowLossTripsBelowThreeTenthsOfDesignFlow() {
    var bench = RowBench.inAuto()
    // 4 · 156 L/min, floor one half, of that 0.6.
    bench.expectLimit(.flowLoss, inside: 187.3, outside: 187.1, hysteresis: 224, clear: 225) {
      $0[InputSlot.rowFlow] = $1
    }
  }
  // SAF-001
  @Test func flowLossTripsOnManifoldDpWhereNoFlowIsKnown() {
    var bench = RowBench.inAuto()
    bench.lose(InputSlot.rowFlow, .rack(0, .flow))
    bench.step(10)
    bench.expectLimit(.flowLoss, inside: 20.1, outside: 19.9, clear: 20.1) {
      $0.set(redundant: InputSlot.manifoldDp, $1)
    }
  }
  // SAF-001
  @Test func flowLossDoesNotTripOnADeadMeterNorOutsideAuto() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.flowLoss) { $0.lose(InputSlot.rowFlow) }
    var resting = RowBench()
    resting.expectQuiet(.flowLoss, for: 20) { $0.set(flow: 0) }
    #expect(resting.core.mode == .starting)
  }

  // SAF-002
  @Test func supplyHighHighTripsAbove46AndClearsBelow43() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.supplyHighHigh, inside: 46, outside: 46.1, hysteresis: 43.1, clear: 42.9) {
      $0.set(redundant: InputSlot.supplyTemperature, $1)
    }
  }
  // SAF-002
  @Test func supplyHighHighDoesNotTripOnOneHotSensor() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.supplyHighHigh) { $0[InputSlot.supplyTemperature] = 60 }
  }

  // SAF-003
  @Test func supplyHighTripsAbove43AndClearsBelow42() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.supplyHigh, inside: 43, outside: 43.1, hysteresis: 42.1, clear: 41.9) {
      $0.set(redundant: InputSlot.supplyTemperature, $1)
    }
  }
  // SAF-003
  @Test func supplyHighDoesNotTripOnAnOvershootShorterThanItsDelay() {
    var bench = RowBench.inAuto()
    for _ in 0..<5 {
      bench.expectQuiet(.supplyHigh, for: 20) { $0.set(redundant: InputSlot.supplyTemperature, 44) }
      bench.expectQuiet(.supplyHigh, for: 1) { $0.heal() }
    }
  }

  // SAF-004
  @Test func supplyNearDewPointTripsLessThanOneKelvinAboveIt() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.supplyNearDewPoint, inside: 38.9, outside: 39.1, clear: 38.9) {
      $0[InputSlot.hallTemperature] = 45
      $0[InputSlot.hallDewPoint] = $1
    }
  }
  // SAF-004
  @Test func supplyNearDewPointDoesNotTripWhileTheRowIsOff() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    bench.expectQuiet(.supplyNearDewPoint) { $0[InputSlot.hallDewPoint] = 45 }
  }

  // SAF-005
  @Test func returnHighHighTripsAbove65AndClearsBelow62() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.returnHighHigh, inside: 65, outside: 65.1, hysteresis: 62.1, clear: 61.9) {
      $0.set(redundant: InputSlot.returnTemperature, $1)
    }
  }
  // SAF-005
  @Test func returnHighHighDoesNotTripOnOneHotSensor() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.returnHighHigh) { $0[InputSlot.returnTemperature] = 80 }
  }

  // SAF-006
  @Test func supplyTemperatureLostTripsWhenTheLastSensorIsLost() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.supplyTemperatureLost, lead: 3, start: { $0.lose(redundant: InputSlot.supplyTemperature) })
  }
  // SAF-006
  @Test func supplyTemperatureLostDoesNotTripWhileOneSensorWorks() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.supplyTemperatureLost) {
      $0.lose(InputSlot.supplyTemperature, InputSlot.supplyTemperature + 2)
    }
  }

  // SAF-007
  @Test(arguments: [Settings.Pumps.Control.differentialPressure, .flow])
  func hydraulicsLostTripsOnTheSignalThatThePumpsFollow(control: Settings.Pumps.Control) {
    var settings = Settings.bench
    settings.pumps.control = control
    var bench = RowBench.inAuto(settings)
    bench.expectTimeline(
      .hydraulicsLost, lead: 3,
      start: {
        if control == .flow { $0.lose(InputSlot.rowFlow, .rack(0, .flow)) } else { $0.loseManifoldDp() }
      })
  }
  // SAF-007
  @Test(arguments: [Settings.Pumps.Control.differentialPressure, .flow])
  func hydraulicsLostDoesNotTripOnTheOtherSignal(control: Settings.Pumps.Control) {
    var settings = Settings.bench
    settings.pumps.control = control
    var bench = RowBench.inAuto(settings)
    bench.expectQuiet(.hydraulicsLost) {
      if control == .flow { $0.lose(redundant: InputSlot.manifoldDp) } else { $0.lose(InputSlot.rowFlow) }
    }
  }

  // SAF-008
  @Test func overPressureTripsAboveItsLimit() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.overPressure, inside: 450, outside: 450.1, clear: 450) { $0[InputSlot.supplyPressure] = $1 }
  }
  // SAF-008
  @Test func overPressureDoesNotTripOnALostTransmitter() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.overPressure) { $0.lose(InputSlot.supplyPressure) }
  }

  // SAF-009
  @Test func levelLowTripsBelow40AndClearsAbove43() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.levelLow, inside: 40, outside: 39.9, hysteresis: 42.9, clear: 43.1) {
      $0[InputSlot.reservoirLevel] = $1
    }
  }
  // SAF-009
  @Test func levelLowDoesNotTripOnSloshing() {
    var bench = RowBench.inAuto()
    for _ in 0..<10 {
      bench.expectQuiet(.levelLow, for: 10) { $0[InputSlot.reservoirLevel] = 30 }
      bench.expectQuiet(.levelLow, for: 1) { $0.heal() }
    }
  }

  // SAF-010
  @Test func levelLowLowTripsBelow20AndClearsAbove23() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.levelLowLow, inside: 20, outside: 19.9, hysteresis: 22.9, clear: 23.1) {
      $0[InputSlot.reservoirLevel] = $1
    }
  }
  // SAF-010
  @Test func levelLowLowDoesNotTripOnALostTransmitter() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.levelLowLow) { $0.lose(InputSlot.reservoirLevel) }
  }

  // SAF-012
  @Test func leakConfirmedTripsOnTwoDetectorsAndLatches() {
    var bench = RowBench.inAuto()
    bench[.leak(0, .alarm)] = 1
    bench.expectTimeline(.leakConfirmed, start: { $0[.leak(2, .alarm)] = 1 }, stop: { $0[.leak(0, .alarm)] = 0 })
  }
  // SAF-012
  @Test func leakConfirmedTripsOnOneDetectorAndALowLevel() {
    var bench = RowBench.inAuto()
    bench[.leak(1, .alarm)] = 1
    bench.expectTimeline(.leakConfirmed, start: { $0[InputSlot.reservoirLevel] = 39.9 })
  }
  // SAF-012
  @Test func leakConfirmedDoesNotTripOnOneVote() {
    var bench = RowBench()
    bench[InputSlot.reservoirLevel] = 40
    bench.takeOver(pumps: [0, 1])
    bench.expectQuiet(.leakConfirmed) {
      $0[InputSlot.reservoirLevel] = 40
      $0[.leak(0, .alarm)] = 1
    }
    bench.heal(.leak(0, .alarm))
    bench.expectQuiet(.leakConfirmed) { $0[InputSlot.reservoirLevel] = 5 }
    #expect(bench.core.mode == .auto)
  }

  // SAF-013
  @Test func filterCloggedTripsAbove60AndClearsBelow57() {
    var bench = RowBench.inAuto()
    bench.expectLimit(.filterClogged, inside: 60, outside: 60.1, hysteresis: 57.1, clear: 56.9) {
      $0[InputSlot.filterDp] = $1
    }
  }
  // SAF-013
  @Test func filterCloggedDoesNotTripOnALostTransmitter() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.filterClogged) { $0.lose(InputSlot.filterDp) }
  }

  // SAF-014
  @Test func dewPointLostTripsWhenItCanNeitherBeMeasuredNorCalculated() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.dewPointLost, lead: 3, start: { $0.lose(InputSlot.hallDewPoint, InputSlot.hallHumidity) })
  }
  // SAF-014
  @Test func dewPointLostDoesNotTripWhileHumidityGivesIt() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.dewPointLost) { $0.lose(InputSlot.hallDewPoint) }
  }

  // SAF-010
  @Test func lowerLevelSaysItAllAndLostSuctionMoreStill() {
    var bench = RowBench.inAuto()
    func alarm(_ cause: Cause) -> CauseAlarm.State {
      bench.core.interlocks.states[bench.core.interlocks.slot(cause)].alarm.state
    }
    bench[InputSlot.reservoirLevel] = 15
    bench.step(60)
    #expect(bench.isActive(.levelLow) && alarm(.levelLow) == .suppressedByDesign)
    #expect(bench.isActive(.levelLowLow) && alarm(.levelLowLow) == .unacknowledged)
    bench[InputSlot.returnPressure] = 0
    bench.step(10)
    #expect(bench.isActive(.suctionLost) && alarm(.levelLowLow) == .suppressedByDesign)
  }
  // SAF-015
  @Test func pumpRedundancyLostTripsWhenTheStandbyIsOut() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.pumpRedundancyLost, start: { $0[.pump(2, .fault)] = 1 })
  }
  // SAF-015
  @Test func pumpRedundancyLostDoesNotTripWithASpareNorInARowWithoutOne() {
    var bench = RowBench()
    bench.takeOver(pumps: [0])
    // One pump carries half of design flow, and two are left.
    bench.expectQuiet(.pumpRedundancyLost, for: 60) {
      $0[InputSlot.rowFlow] = 300
      $0[.pump(2, .fault)] = 1
    }
    var settings = Settings.bench
    settings.pumps.minimumRunning = 3
    var full = RowBench(settings)
    full.takeOver(pumps: [0, 1, 2])
    full.expectQuiet(.pumpRedundancyLost, for: 60) { $0[.pump(2, .fault)] = 1 }
  }

  // SAF-016
  @Test func controllerOverrunTripsWhenEveryCycleIsLate() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.controllerOverrun, isLate: true)
  }
  // SAF-016
  @Test func controllerOverrunDoesNotTripOnSingleLateCycles() {
    var bench = RowBench.inAuto()
    for _ in 0..<40 {
      bench.step(10, isLate: true)
      bench.step()
      #expect(!bench.isActive(.controllerOverrun))
    }
  }

  // SAF-017
  @Test func sensorRedundancyLostTripsWhenOneOfThreeStandsApart() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.sensorRedundancyLost, start: { $0[InputSlot.supplyTemperature] += 2 })
  }
  // SAF-017
  @Test func sensorRedundancyLostDoesNotTripOnSensorsThatAgree() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.sensorRedundancyLost) { $0[InputSlot.supplyTemperature] += 1 }
  }

  // SAF-018
  @Test func protectionDegradedTripsOnALostLevel() {
    var bench = RowBench.inAuto()
    bench.expectTimeline(.protectionDegraded, lead: 3, start: { $0.lose(InputSlot.reservoirLevel) })
  }
  // SAF-018
  @Test func protectionDegradedTripsOnAnInstrumentThatSaysAlwaysTheSame() {
    var settings = Settings.bench
    settings.signals[InputSlot.returnPressure].frozenAfterS = 20
    var bench = RowBench.inAuto(settings)
    for second in 0..<200 {
      bench[InputSlot.returnPressure] = second % 2 == 0 ? 150 : 150.4
      bench.step()
    }
    #expect(!bench.isActive(.protectionDegraded))
    bench.step(120)
    #expect(bench.core.measurements.returnPressure.quality == .uncertain(.frozen))
    #expect(bench.isActive(.protectionDegraded))
  }
  // SAF-018
  @Test func protectionDegradedDoesNotTripOnLostFansOrRacks() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.protectionDegraded) { $0.lose(InputSlot.fan(0, .speed), InputSlot.rack(0, .flow)) }
  }

  // SAF-019
  @Test func startIncompleteTripsWhereNoFlowIsProven() {
    var bench = RowBench()
    bench.set(flow: 0)
    bench.step(120)
    #expect(bench.core.mode == .starting)
    #expect(bench.isActive(.startIncomplete))
    #expect(bench.isActive(.flowLoss), "no flow at start is said too")
  }
  // SAF-019
  @Test func startIncompleteDoesNotTripOnAStartThatSucceeds() {
    var bench = RowBench()
    bench.expectQuiet(.startIncomplete) { _ in }
    #expect(bench.core.mode == .auto)
  }

  // SAF-002
  @Test func whatIsActiveStaysSoWhenItsSensorDies() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.supplyTemperature, 48)
    bench.step(10)
    #expect(bench.isActive(.supplyHighHigh))
    bench.lose(InputSlot.supplyTemperature, InputSlot.supplyTemperature + 1, InputSlot.supplyTemperature + 2)
    bench.step(120)
    #expect(bench.isActive(.supplyHighHigh))
  }

  // SAF-012
  @Test func leakConfirmedDoesNotTripOnDetectorsThatReportThemselvesBroken() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.leakConfirmed) { bench in
      for zone in 0..<2 {
        bench[InputSlot.leak(zone, .alarm)] = 1
        bench[InputSlot.leak(zone, .fault)] = 1
      }
    }
  }

  // SAF-004
  @Test func impossibleDewPointDoesNotHeatTheRow() {
    var bench = RowBench.inAuto()
    bench[InputSlot.hallDewPoint] = 60
    bench.step(60)
    #expect(bench.core.rejection.working.setpoint.celsius <= bench.core.settings.supply.setpointMax.celsius)
  }
}
