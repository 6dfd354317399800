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

  // SAF-062
  @Test func coolantThatCoolsMayFallByWhatItShrinksAndNoMore() {
    // 60 s after the load has gone the loop is 6 K cooler, and its level 2.5 % lower.
    let cooled = findings(after: 290) { inputs, second in
      let gone = min(second / 60, 1)
      inputs.returned = Reading(Temperature(celsius: 52 - 12 * gone), .good)
      inputs.level = level(80 - 2.5 * gone)
    }
    #expect(!cooled.isLossy)
    let lost = findings(after: 290) { inputs, second in
      let gone = min(second / 60, 1)
      inputs.returned = Reading(Temperature(celsius: 52 - 12 * gone), .good)
      inputs.level = level(80 - 4.5 * gone)
    }
    #expect(lost.isLossy)
    #expect(findings(after: 290) { $0.level = level(80 - 2.5 * min($1 / 60, 1)) }.isLossy)
  }

  // SAF-067, SAF-068
  @Test func nothingIsConcludedAboutCoilsAndMetersWhileTheRowIsIdle() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.supplyTemperature, 43)
    bench.set(redundant: InputSlot.returnTemperature, 64)
    bench.step(500)
    #expect(bench.core.trends.findings.heatImbalance > bench.core.trends.findings.heatImbalanceMax)
    // The load goes: what was found last says nothing of now.
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 10 }
    bench.step(3000)
    #expect(!bench.isActive(.coilFouling) && !bench.isActive(.modelDivergence))
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
    let state = bench.core.interlocks.states[bench.core.interlocks.slot(.coilFouling)]
    #expect(abs(state.value - 100 * bench.core.trends.findings.coilShare) < 1 && state.limit == 75)
    // The coils cool by 22 K, and more than they are asked to.
    bench.set(redundant: InputSlot.supplyTemperature, 39.8)
    bench.set(redundant: InputSlot.returnTemperature, 62)
    bench.step(1500, dt: 3)
    #expect(!bench.isActive(.coilFouling), "\(bench.core.trends.findings.coilShare)")
  }
  // SAF-067
  @Test func coilsThatDoAllTheyCanAreNotFouledWhereTheSetpointIsOutOfReach() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.supplyTemperature, 43)
    bench.set(redundant: InputSlot.returnTemperature, 56)
    bench.step(60)
    // At full speed the map expects this of the coils.
    let outlet = bench.core.rejection.working.expected.celsius
    bench.set(redundant: InputSlot.supplyTemperature, outlet)
    #expect(bench.core.apply(.setSupplySetpoint(bench.core.settings.supply.setpointMin)) == .accepted)
    bench.step(3000)
    #expect(bench.core.trends.findings.coilShare > 0.9 && !bench.isActive(.coilFouling))
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

  // SAF-062
  @Test func levelFallingCountsWholeWindowsFromTheFirstReading() {
    func fell(_ seconds: Int) -> Bool {
      findings(after: seconds) { $0.level = level(80 - 5 * max(0, $1 - 310) / 3600) }.isLevelFalling
    }
    #expect(!fell(1200) && fell(1201))
  }

  // SAF-012
  @Test func lossOfCoolantIsOnePercentWithinAWindowAndRemembersTheLastOne() {
    func isLossy(_ seconds: Int, _ drop: Double) -> Bool {
      findings(after: seconds) { $0.level = level($1 < 50 ? 80 : 80 - drop) }.isLossy
    }
    #expect(isLossy(250, 1.1) && !isLossy(250, 0.9))
    #expect(isLossy(400, 1.1) && !isLossy(700, 1.1))
    #expect(!isLossy(301, 0))
  }
  // SAF-012
  @Test func lossOfPressureIsFifteenKilopascalsBelowItsMeanOfAMinuteWhileTheFlowHolds() {
    func isLossy(_ seconds: Int) -> Bool {
      findings(after: seconds) {
        $0.returnPressure = Reading(Pressure(kilopascals: $1 < 300 ? 150 : 130), .good)
      }.isLossy
    }
    #expect(isLossy(310) && !isLossy(322))
    func isLossyAtLessFlow(_ seconds: Int) -> Bool {
      findings(after: seconds) {
        $0.flow = Reading(Flow(litresPerMinute: $1 < 300 ? 416 : 395.2), .good)
        $0.returnPressure = Reading(Pressure(kilopascals: $1 < Double(seconds) - 2 ? 150 : 130), .good)
      }.isLossy
    }
    #expect(!isLossyAtLessFlow(320) && isLossyAtLessFlow(342))
  }

  // SAF-067
  @Test func coilShareIsJudgedFromThreeKelvinAndIsTwoAtTheMost() {
    func share(_ celsius: Double) -> Double {
      findings(after: 1) { inputs, _ in inputs.outlet = Temperature(celsius: celsius) }.coilShare
    }
    #expect(share(47.5) == 2 && share(48.6) == 1)
  }

  // SAF-068
  @Test func heatBalanceIsAveragedOverFiveMinutesAndMeansNothingWithoutFlow() {
    func balance(_ seconds: Int, _ change: @escaping (inout Trends.Inputs, Double) -> Void) -> [Double] {
      let found = findings(after: seconds, change)
      return [found.heatImbalance, found.heatImbalanceMax]
    }
    let warmer = balance(600) { $0.returned = Reading(Temperature(celsius: $1 < 300 ? 51.5 : 61.5), .good) }
    #expect(abs(warmer[0] - 6.28) < 0.1)
    let busier = balance(600) { $0.heat = $1 < 300 ? 320 : 640 }
    #expect(abs(busier[1] - 7.53) < 0.05)
    #expect(abs(balance(1) { inputs, _ in inputs.heat = 280 }[1] - 4.04) < 0.01)
    #expect(balance(1) { inputs, _ in inputs.flow = Reading(Flow(litresPerMinute: 1.5), .good) }[0] != 0)
    #expect(balance(1) { inputs, _ in inputs.flow = Reading(Flow(litresPerMinute: 0.9), .good) }[0] == 0)
  }
}
