import Testing

@testable import CoolingCore

/// CTL-035, CTL-036: what physics says of an instrument that is gone, or lies.
struct SoftSensorTests {
  private func lost(_: Double) -> Double? { nil }

  private func near(_ value: Double?, _ truth: Double?, _ tolerance: Double) -> Bool {
    guard let value, let truth else { return false }
    return abs(value - truth) <= tolerance
  }

  // CTL-035
  @Test func lostSupplySensorsAreReplacedByTheHeatBalanceLeaningWarm() {
    var row = LivingRow()
    for i in 0..<3 { row.lies[InputSlot.supplyTemperature + i] = lost }
    row.step(10)
    let soft = row.core.estimate.supplyTemperature
    #expect(row.core.measurements.supplyTemperature.isLost)
    #expect(soft.quality == .uncertain(.estimated) && near(soft.value?.celsius, 40.5, 0.3), "\(soft)")
    row.supplyC = 42
    row.step(10)
    #expect(near(row.core.estimate.supplyTemperature.value?.celsius, 42.5, 0.3))
    // The law goes on by it.
    #expect(near(row.core.rejection.working.pid.measurement, 42.5, 0.3))
  }

  // CTL-035
  @Test(arguments: [20.0, 115]) func movingLoadNeverMakesTheSoftSupplyTemperatureCold(load: Double) {
    var row = LivingRow()
    for i in 0..<3 { row.lies[InputSlot.supplyTemperature + i] = lost }
    row.step(10)
    row.powerKw = .init(repeating: load, count: RowBench.racks)
    for _ in 0..<300 {
      row.step()
      #expect((row.core.estimate.supplyTemperature.value?.celsius ?? 0) > 39.9)
    }
  }

  // CTL-035
  @Test func lostDpIsThePressuresDifferenceElseTheCurves() {
    var row = LivingRow()
    for i in 0..<3 { row.lies[InputSlot.manifoldDp + i] = lost }
    row.step(10)
    #expect(near(row.core.estimate.manifoldDp.value?.kilopascals, row.truth[InputSlot.manifoldDp].map { 0.95 * $0 }, 6))
    row.lies[InputSlot.returnPressure] = lost
    row.step(60)
    let estimate = row.core.estimate.manifoldDp
    #expect(near(estimate.value?.kilopascals, row.truth[InputSlot.manifoldDp].map { 0.95 * $0 }, 6), "\(estimate)")
    row.lies[InputSlot.rowFlow] = lost
    row.lies[.rack(0, .flow)] = lost
    row.step(60)
    #expect(near(row.core.estimate.manifoldDp.value?.kilopascals, row.truth[InputSlot.manifoldDp].map { 0.95 * $0 }, 6))
  }

  // CTL-035
  @Test func lostRackMeterIsReplacedByValveAndDpAndItsLawGoesOn() {
    var row = LivingRow()
    row.lies[.rack(2, .flow)] = lost
    row.step(10)
    let flow = row.core.estimate.racks[2].flow
    #expect(flow.quality == .uncertain(.estimated))
    #expect(near(flow.value?.litresPerMinute, row.truth[.rack(2, .flow)].map { 0.95 * $0 }, 3), "\(flow)")
    #expect(row.core.rackFlow.working(2).measurement == flow.value?.litresPerMinute)
    row.powerKw[2] = 110
    row.step(300)
    #expect(
      near(
        row.core.estimate.racks[2].flow.value?.litresPerMinute, row.truth[.rack(2, .flow)].map { 0.95 * $0 }, 6))
  }

  // CTL-035
  @Test func rowFlowOutlivesItsMeterAndARacks() {
    var row = LivingRow()
    row.lies[InputSlot.rowFlow] = lost
    row.lies[.rack(1, .flow)] = lost
    row.step(10)
    let total = row.truth[InputSlot.rowFlow] ?? 0
    #expect(near(row.core.estimate.rowFlow.value?.litresPerMinute, 0.99 * total, 0.02 * total))
    for i in 0..<RowBench.racks {
      row.lies[.rack(i, .flow)] = lost
      row.lies[.rack(i, .valvePosition)] = lost
    }
    row.step(10)
    let flow = row.core.estimate.rowFlow
    #expect(flow.quality == .uncertain(.estimated))
    #expect(near(flow.value?.litresPerMinute, row.truth[InputSlot.rowFlow].map { 0.95 * $0 }, 0.03 * total))
  }

  // CTL-035
  @Test func lostPowerMeterIsReplacedByTheRacksHeat() {
    var row = LivingRow()
    row.lies[.rack(0, .power)] = lost
    row.step(60)
    #expect(near(row.core.estimate.racks[0].power.value?.kilowatts, 80 / 0.95, 2))
  }

  // CTL-035
  @Test func nothingIsInventedBeforeItWasLearnt() {
    var bench = RowBench.inAuto()
    bench.lose(redundant: InputSlot.supplyTemperature)
    bench.lose(redundant: InputSlot.manifoldDp)
    bench.lose(.rack(0, .flow), InputSlot.supplyPressure, InputSlot.rowFlow)
    bench.step(5)
    #expect(bench.core.estimate.supplyTemperature.isLost && bench.core.estimate.manifoldDp.isLost)
    #expect(bench.core.estimate.racks[0].flow.isLost && bench.core.estimate.rowFlow.isLost)
  }

  // CTL-036
  @Test(arguments: [0.06, 0.8, 1.3]) func rowMeterThatLiesIsDoubtedAndBelievedAgain(factor: Double) {
    var row = LivingRow()
    row.lies[InputSlot.rowFlow] = { $0 * factor }
    row.step(15)
    #expect(row.core.measurements.rowFlow.quality == .good)
    row.step(45)
    #expect(row.core.measurements.rowFlow.quality == .uncertain(.implausible))
    let total = row.truth[InputSlot.rowFlow] ?? 0
    #expect(near(row.core.estimate.rowFlow.value?.litresPerMinute, total, 0.02 * total))
    row.lies = [:]
    row.step(60)
    #expect(row.core.measurements.rowFlow.quality == .good && row.core.estimate.rowFlow.quality == .good)
  }

  // CTL-036
  @Test func rackMeterThatSticksAtAPlausibleValueIsDoubted() {
    var row = LivingRow()
    let stuck = row.truth[.rack(3, .flow)] ?? 0
    row.lies[.rack(3, .flow)] = { _ in stuck }
    row.powerKw[3] = 118
    row.step(300)
    #expect(row.core.measurements.racks[3].flow.quality != .good)
    #expect(
      near(
        row.core.estimate.racks[3].flow.value?.litresPerMinute, row.truth[.rack(3, .flow)].map { 0.95 * $0 }, 8))
    row.lies = [:]
    row.step(60)
    #expect(row.core.measurements.racks[3].flow.quality == .good)
  }

  // CTL-036
  @Test func slowlyDriftingRackMeterDoesNotTakeWhatWasLearntWithIt() {
    var row = LivingRow()
    var drift = 0.0
    for _ in 0..<120 where row.core.measurements.racks[1].flow.quality == .good {
      drift += 0.5
      row.lies[.rack(1, .flow)] = { [drift] in $0 + drift }
      row.step(60)
    }
    #expect(row.core.measurements.racks[1].flow.quality == .uncertain(.implausible))
    #expect(drift < 48, "\(drift)")
  }

  // CTL-036
  @Test func powerMeterThatSticksLowIsDoubtedAndTheHeatCounts() {
    var row = LivingRow()
    row.lies[.rack(0, .power)] = { _ in 30 }
    row.powerKw[0] = 110
    row.step(240)
    #expect(row.core.measurements.racks[0].power.quality != .good)
    #expect(near(row.core.estimate.racks[0].power.value?.kilowatts, 110 / 0.95, 4))
  }

  // CTL-036
  @Test func dpThatLiesIsDoubtedWhenPressuresAndCurveAgreeAgainstIt() {
    var row = LivingRow()
    for i in 0..<3 { row.lies[InputSlot.manifoldDp + i] = { $0 + 50 } }
    row.step(60)
    #expect(row.core.measurements.manifoldDp.quality == .uncertain(.implausible))
    let truth = (row.truth[InputSlot.supplyPressure] ?? 0) - (row.truth[InputSlot.returnPressure] ?? 0)
    #expect(near(row.core.estimate.manifoldDp.value?.kilopascals, 0.95 * truth, 6))
  }

  // CTL-036
  @Test func pumpsDoNotFollowADpThatSaysLessThanPressuresAndCurve() {
    var row = LivingRow()
    let before = row.core.actuation.demand.pumps[0].speed
    for i in 0..<3 { row.lies[InputSlot.manifoldDp + i] = { $0 * 0.145 } }
    for _ in 0..<15 {
      row.step(1)
      #expect(abs(row.core.actuation.demand.pumps[0].speed - before) < 5)
    }
    #expect(row.core.measurements.manifoldDp.quality == .good, "it is not doubted yet")
  }

  // SAF-011
  @Test func lostSuctionStopsThePumpsThoughAnotherPressureStandsStill() {
    var bench = RowBench.inAuto()
    bench.step(1200)
    bench.set(flow: 0)
    bench.set(redundant: InputSlot.manifoldDp, 2)
    bench[InputSlot.returnPressure] = 5
    #expect(bench.step(until: { $0.core.mode == .tripped }, atMost: 10) != nil)
    #expect(bench.isActive(.suctionLost))
  }

  // CTL-036
  @Test func oneWayAloneContradictsNobody() {
    var row = LivingRow()
    row.lies[InputSlot.rowFlow] = { $0 * 0.7 }
    row.lies[.rack(0, .flow)] = lost
    for i in 0..<3 { row.lies[InputSlot.manifoldDp + i] = lost }
    row.lies[InputSlot.supplyPressure] = lost
    row.step(120)
    #expect(row.core.measurements.rowFlow.quality == .good)
  }

  // CTL-036
  @Test func twoRackMetersThatWereDoubtedAreBothBelievedAgain() {
    var row = LivingRow()
    for i in 0..<2 { row.lies[.rack(i, .flow)] = { $0 * 0.264 } }
    row.step(60)
    for i in 0..<2 { #expect(row.core.measurements.racks[i].flow.quality == .uncertain(.implausible)) }
    row.lies = [:]
    row.step(120)
    for i in 0..<2 { #expect(row.core.measurements.racks[i].flow.quality == .good) }
  }

  // CTL-036
  @Test func loadStepsContradictNobody() {
    var row = LivingRow()
    for load in [18.0, 120, 18, 120, 60] {
      row.powerKw = .init(repeating: load, count: RowBench.racks)
      for _ in 0..<240 {
        row.step()
        let m = row.core.measurements
        #expect(m.rowFlow.quality == .good && m.manifoldDp.quality == .good && m.supplyTemperature.quality == .good)
        for i in 0..<RowBench.racks { #expect(m.racks[i].flow.quality == .good && m.racks[i].power.quality == .good) }
      }
    }
  }
}
