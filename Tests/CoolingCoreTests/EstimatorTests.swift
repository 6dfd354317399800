import Testing

@testable import CoolingCore

/// CTL-032 … CTL-034: what stands in for a silent instrument.
struct EstimatorTests {
  // CTL-032
  @Test func unknownRackPowerCountsAsRated() {
    var bench = RowBench.inAuto()
    #expect(abs(bench.core.estimate.heat.kilowatts - 320) < 1e-6)
    bench.lose(.rack(1, .power))
    bench.step(120)
    #expect(abs(bench.core.estimate.racks[1].heat.kilowatts - 120) < 0.1)
    #expect(abs(bench.core.estimate.heat.kilowatts - 360) < 0.1)
  }

  // CTL-033
  @Test func rowFlowFallsBackToTheSumOfTheRacks() {
    var bench = RowBench.inAuto()
    bench[InputSlot.rowFlow] = 400
    bench.step()
    #expect(bench.core.estimate.rowFlow == Reading(Flow(litresPerMinute: 400), .good))
    bench.lose(InputSlot.rowFlow)
    bench.step(4)
    #expect(bench.core.estimate.rowFlow == Reading(Flow(litresPerMinute: 416), .uncertain(.estimated)))
    bench.lose(.rack(2, .flow))
    bench.step(4)
    #expect(bench.core.estimate.rowFlow.isLost)
  }

  // CTL-033
  @Test func returnTemperatureFallsBackToTheHeatBalance() {
    var bench = RowBench.inAuto()
    bench.lose(redundant: InputSlot.returnTemperature)
    bench.step(4)
    let estimated = bench.core.estimate.returnTemperature
    // 40 °C + 320 kW / (4.0 kJ/LK · 416/60 L/s).
    #expect(abs((estimated.value?.celsius ?? 0) - 51.538) < 0.01)
    #expect(estimated.quality == .uncertain(.estimated))
  }

  // CTL-034
  @Test(arguments: [0, 5]) func chipWithoutFlowWarmsAsItsPowerAsksAndNeverStops(meteredLpm: Double) {
    var bench = RowBench.inAuto()
    bench.lose(.rack(0, .chipTemperature))
    bench[.rack(0, .power)] = 15
    bench.step(300)
    let before = bench.core.estimate.racks[0].chip.value?.celsius ?? 0
    // 5 of 104 L/min are a meter's zero error.
    bench[.rack(0, .flow)] = meteredLpm
    bench[InputSlot.rowFlow] = 312
    bench.step(20)
    // 15/120 of 5 K/s.
    let after = bench.core.estimate.racks[0].chip.value?.celsius ?? 0
    #expect((after - before) / 20 > 0.4 && (after - before) / 20 < 0.7, "\(before) \(after)")
    let stopped = bench.step(until: { !$0.sent.permits[0] }, atMost: 120)
    #expect(stopped != nil, "a rack that draws little and has no flow boils all the same")
  }

  // CTL-034
  @Test func shutValveLeavesNoFlowToAChipWhateverTheOtherMetersLeaveOver() {
    var bench = RowBench.inAuto()
    bench.lose(.rack(0, .chipTemperature))
    bench[.rack(0, .power)] = 15
    bench.step(120)
    bench[.rack(0, .valvePosition)] = 0
    bench[.rack(0, .flow)] = 0
    bench[InputSlot.manifoldDp] = 190
    // 8 L/min more than the other racks' meters say.
    bench[InputSlot.rowFlow] = 320
    let stopped = bench.step(until: { !$0.sent.permits[0] }, atMost: 120)
    #expect(stopped != nil)
  }

  // CTL-034
  @Test func chipTemperatureFallsBackToPowerAndFlow() {
    var bench = RowBench.inAuto()
    #expect(bench.core.estimate.racks[0].chip.value?.celsius == 65)
    bench.lose(.rack(0, .chipTemperature))
    bench.step(4)
    // 40 °C + 80/120 · (16.2 + 8.4/(104/120)).
    let chip = bench.core.estimate.racks[0].chip
    #expect(abs((chip.value?.celsius ?? 0) - 57.262) < 0.01 && chip.quality == .uncertain(.estimated))
    bench[.rack(0, .flow)] = 20
    bench.step(40)
    // 40 °C + 80/120 · (16.2 + 8.4/(20/120)) = 84.4 °C, in the end.
    #expect(abs((bench.core.estimate.racks[0].chip.value?.celsius ?? 0) - 84.4) < 2)
  }

  // CTL-034
  @Test func powerThatHasJustFallenDoesNotCoolAChipUnlessItsPermitIsGone() {
    var bench = RowBench.inAuto()
    bench.lose(.rack(0, .chipTemperature))
    bench.step(10)
    func chip() -> Double { bench.core.estimate.racks[0].chip.value?.celsius ?? 0 }
    let before = chip()
    bench[.rack(0, .power)] = 0
    bench.step(60)
    #expect(abs(chip() - before) < 0.5, "a meter that may lie")
    bench.step(240)
    #expect(chip() < 41, "nobody lies for so long unseen")
    var settings = Settings.bench
    settings.leakZones[0].watches = .rack(0)
    settings.leakZones[0].isCritical = true
    var other = RowBench.inAuto(settings)
    other.lose(.rack(0, .chipTemperature))
    other[.leak(0, .alarm)] = 1
    other.step(10)
    #expect(!other.sent.permits[0])
    other[.rack(0, .power)] = 0
    other.step(20)
    #expect(other.core.estimate.racks[0].chip.value.map { $0.celsius < 45 } == true)
  }

  // CTL-034
  @Test func chipIsAsHotAsItCanHaveBecomeWhileNobodyHeardOfItsRack() {
    for (flow, isHot) in [(0.0, true), (104, false)] {
      var bench = RowBench.inAuto()
      bench.lose(.rack(0, .chipTemperature))
      bench.step(10)
      bench.lose(.rack(0, .flow))
      bench.step(60)
      bench[.rack(0, .flow)] = flow
      bench.step(3)
      let chip = bench.core.estimate.racks[0].chip.value?.celsius ?? 0
      #expect(chip > 100 ? isHot : !isHot, "\(flow) L/min: \(chip) °C")
    }
  }
}
