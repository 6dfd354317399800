import Testing

@testable import CoolingCore

/// Causes that show over minutes and hours; what they rest on is shown on `Trends` itself, which takes no cycle.
struct SlowCauseTests {
  /// Findings after `seconds`, with readings that a test lets move.
  private func findings(after seconds: Int, _ change: (inout Trends.Inputs, Double) -> Void) -> Trends.Findings {
    var trends = Trends()
    for second in 0..<seconds {
      var inputs = Trends.Inputs(
        level: Reading(Percent(percent: 80), .good), returnPressure: Reading(Pressure(kilopascals: 150), .good),
        flow: Reading(Flow(litresPerMinute: 416), .good), supply: Reading(Temperature(celsius: 40), .good),
        returned: Reading(Temperature(celsius: 51.5), .good), heat: 320, isLoaded: true,
        outlet: Temperature(celsius: 40))
      change(&inputs, Double(second))
      trends.step(inputs, dt: 1)
    }
    return trends.findings
  }

  private func level(_ percent: Double) -> Reading<Percent> { Reading(Percent(percent: percent), .good) }

  // SAF-062
  @Test func levelFallingTripsOnThreePercentAnHourForThreeWindows() {
    var bench = RowBench.inAuto()
    for second in 1...1000 {
      bench[InputSlot.reservoirLevel] = 80 - 4 * Double(second) / 3600
      bench.step()
      if second == 800 { #expect(!bench.isActive(.levelFalling)) }
    }
    #expect(bench.isActive(.levelFalling))
    #expect(findings(after: 950) { $0.level = level(80 - 3.5 * $1 / 3600) }.isLevelFalling)
  }
  // SAF-062
  @Test func levelFallingDoesNotTripOnShrinkingCoolantNorOnSlowEvaporationNorWithoutAGoodReading() {
    for seconds in [650, 950, 2000] {
      let shrunk = findings(after: seconds) { $0.level = level(80 - 30 * min($1, 500) / 3600) }
      #expect(!shrunk.isLevelFalling)
    }
    #expect(!findings(after: 7200) { $0.level = level(80 - 2.8 * $1 / 3600) }.isLevelFalling)
    let doubted = findings(after: 7200) {
      $0.level = Reading(Percent(percent: 80 - 10 * $1 / 3600), .uncertain(.stale))
    }
    #expect(!doubted.isLevelFalling)
  }

  // SAF-067
  @Test func coilFoulingTripsWhenTheCoilsDoTooLittleForHours() {
    var bench = RowBench.inAuto()
    // The map is asked for ever more, and the coils cool by 7.5 K.
    bench.set(redundant: InputSlot.supplyTemperature, 43)
    bench.set(redundant: InputSlot.returnTemperature, 50.5)
    bench.step(1790)
    #expect(!bench.isActive(.coilFouling))
    bench.step(100)
    #expect(bench.isActive(.coilFouling) && bench.core.mode == .auto)
  }
  // SAF-067
  @Test func coilFoulingDoesNotTripWithinTheMapsErrorNorOnATransient() {
    // 11.5 K where the map said 15: 0.77.
    #expect(findings(after: 7200) { inputs, _ in inputs.outlet = Temperature(celsius: 36.5) }.coilShare > 0.75)
    #expect(findings(after: 7200) { inputs, _ in inputs.outlet = Temperature(celsius: 36) }.coilShare < 0.75)
    let transient = findings(after: 3800) { $0.outlet = Temperature(celsius: $1 > 3600 ? 30 : 40) }
    #expect(transient.coilShare > 0.75)
  }

  // SAF-068
  @Test func modelDivergenceTripsWhereHeatAndRiseDoNotBalance() {
    var bench = RowBench.inAuto()
    // 11.5 K are due; 18 K are 56 % more.
    bench.set(redundant: InputSlot.returnTemperature, 58)
    let after = bench.step(until: { $0.isActive(.modelDivergence) }, atMost: 1200)
    #expect(after.map { $0 > 600 } ?? false)
  }
  // SAF-068
  @Test func modelDivergenceDoesNotTripWithinTheMetersErrorsNorOnAStep() {
    func imbalance(_ seconds: Int, _ celsius: @escaping (Double) -> Double) -> Bool {
      let found = findings(after: seconds) { $0.returned = Reading(Temperature(celsius: celsius($1)), .good) }
      return found.heatImbalance.magnitude > found.heatImbalanceMax
    }
    #expect(!imbalance(3600) { _ in 55.5 } && imbalance(3600) { _ in 56.5 } && imbalance(3600) { _ in 46 })
    #expect(!imbalance(3700) { $0 > 3600 ? 62 : 51.5 })
  }
}
