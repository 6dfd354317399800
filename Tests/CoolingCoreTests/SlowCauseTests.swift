import Testing

@testable import CoolingCore

/// Causes that show over minutes and hours.
struct SlowCauseTests {
  /// Lets the level fall at a rate, percent per hour.
  private func fall(_ bench: inout RowBench, _ rate: Double, seconds: Int, until: Cause? = nil) {
    let start = bench[InputSlot.reservoirLevel]
    for second in 1...seconds {
      bench[InputSlot.reservoirLevel] = start - rate * Double(second) / 3600
      bench.step()
      if let until, bench.isActive(until) { return }
    }
  }

  // SAF-062
  @Test func levelFallingTripsOnThreePercentAnHourForThreeWindows() {
    var bench = RowBench.inAuto()
    fall(&bench, 3.6, seconds: 900)
    #expect(!bench.isActive(.levelFalling))
    fall(&bench, 3.6, seconds: 400)
    #expect(bench.isActive(.levelFalling))
    bench.step(1000)
    #expect(!bench.isActive(.levelFalling), "a level that stands has stopped to fall")
  }
  // SAF-062
  @Test func levelFallingDoesNotTripOnShrinkingCoolantNorOnSlowEvaporation() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.levelFalling, for: 1500) { fall(&$0, 30, seconds: 500) }
    var slow = RowBench.inAuto()
    fall(&slow, 2.4, seconds: 4000, until: .levelFalling)
    #expect(!slow.isActive(.levelFalling))
  }

  /// The coils cool by 11.5 K whatever the map is asked for.
  // SAF-067
  @Test func coilFoulingTripsWhenTheCoilsDoTooLittleForHours() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.supplyTemperature, 44)
    bench.set(redundant: InputSlot.returnTemperature, 51.5)
    #expect(bench.step(until: { $0.isActive(.coilFouling) }, atMost: 7200).map { $0 > 1800 } ?? false)
    #expect(bench.core.mode == .auto)
  }
  // SAF-067
  @Test func coilFoulingDoesNotTripOnCoilsThatDoAsTheirMapSays() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.coilFouling, for: 7200) { bench in
      bench.set(redundant: InputSlot.supplyTemperature, 40.1)
      bench[InputSlot.hallTemperature] = 29
    }
  }

  // SAF-068
  @Test func modelDivergenceTripsWhereHeatAndRiseDoNotBalance() {
    var bench = RowBench.inAuto()
    // 11.5 K are due; 18 K are 56 % more.
    bench.set(redundant: InputSlot.returnTemperature, 58)
    #expect(bench.step(until: { $0.isActive(.modelDivergence) }, atMost: 2000).map { $0 > 600 } ?? false)
  }
  // SAF-068
  @Test func modelDivergenceDoesNotTripWithinTheMetersErrorsNorOnAStep() {
    var bench = RowBench.inAuto()
    bench.expectQuiet(.modelDivergence, for: 3000) { $0.set(redundant: InputSlot.returnTemperature, 55.5) }
    bench.heal()
    bench.expectQuiet(.modelDivergence, for: 300) { $0.set(redundant: InputSlot.returnTemperature, 62) }
    bench.expectQuiet(.modelDivergence, for: 1000) { $0.heal() }
  }
}
