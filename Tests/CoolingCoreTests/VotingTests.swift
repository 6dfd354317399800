import Testing

@testable import CoolingCore

/// CTL-023, CTL-024: three instruments, one reading.
struct VotingTests {
  private typealias Voted = Reading<Temperature>

  private static let absent = ConditionedSignal()
  private static func good(_ value: Double) -> ConditionedSignal { ConditionedSignal(value: value, quality: .good) }
  private static func doubtful(_ value: Double) -> ConditionedSignal {
    ConditionedSignal(value: value, quality: .uncertain(.stale))
  }
  private static let lost = ConditionedSignal(value: nil, quality: .bad(.communication))

  private func vote(_ signals: [ConditionedSignal], _ side: SafeSide = .high) -> Voted {
    CoolingCore.vote(signals[0], signals[1], signals[2], disagreement: 1.5, safeSide: side)
  }

  /// Every combination of absent, lost, doubtful and good instruments at three temperatures, in every order.
  // CTL-023
  @Test func everyCombinationVotesAsTheRuleSays() {
    let values = [38.0, 39, 45]
    let states =
      [Self.absent, Self.lost] + values.map { Self.good($0) } + values.map { Self.doubtful($0) }
    for a in states {
      for b in states {
        for c in states {
          for side in [SafeSide.high, .low] { check([a, b, c], side) }
        }
      }
    }
  }

  private func check(_ signals: [ConditionedSignal], _ side: SafeSide) {
    let result = vote(signals, side)
    let installed = signals.filter { $0.quality != .bad(.notConfigured) }
    let good = signals.filter { $0.quality == .good }
    let voters = (good.isEmpty ? signals.filter { $0.value != nil } : good).compactMap(\.value).sorted()
    let expected: Double? =
      switch voters.count {
      case 0: nil
      case 1: voters[0]
      case 2 where voters[1] - voters[0] > 1.5: side == .high ? voters[1] : voters[0]
      case 2: (voters[0] + voters[1]) / 2
      default: voters[1]
      }
    #expect(result.value?.celsius == expected)
    let quality: Quality =
      switch voters.count {
      case 0: installed.isEmpty ? .bad(.notConfigured) : .bad(.communication)
      case 2 where voters[1] - voters[0] > 1.5: .uncertain(.disagreement)
      case _ where good.isEmpty: .uncertain(.stale)
      case 3 where voters[2] - voters[0] > 1.5: .uncertain(.disagreement)
      case installed.count: .good
      default: .uncertain(.lostRedundancy)
      }
    #expect(result.quality == quality, "\(signals)")
    #expect(result.isLost == (expected == nil && !installed.isEmpty))
  }

  // CTL-023
  @Test func oneOfThreeThatLiesIsOutvotedBothWays() {
    for lie in [0.0, 95] {
      #expect(vote([Self.good(40), Self.good(lie), Self.good(40.2)]).value?.celsius == (lie > 40 ? 40.2 : 40))
    }
  }

  // CTL-024
  @Test func twoThatDisagreeGiveTheSideThatCoolsMore() {
    let apart = [Self.good(40), Self.good(41.51), Self.absent]
    #expect(vote(apart, .high) == Voted(Temperature(celsius: 41.51), .uncertain(.disagreement)))
    #expect(vote(apart, .low) == Voted(Temperature(celsius: 40), .uncertain(.disagreement)))
    let near = vote([Self.good(40), Self.good(41.5), Self.absent])
    #expect(near == Voted(Temperature(celsius: 40.75), .good))
  }

  // CTL-024
  @Test func supplyTemperatureLeansHighAndManifoldDpLeansLow() {
    var settings = Settings.bench
    settings.signals[InputSlot.supplyTemperature + 2] = SignalLimits()
    settings.signals[InputSlot.returnTemperature + 2] = SignalLimits()
    settings.signals[InputSlot.manifoldDp + 2] = SignalLimits()
    var bench = RowBench.inAuto(settings)
    bench[InputSlot.supplyTemperature] = 42
    bench[InputSlot.returnTemperature] = 54
    bench[InputSlot.manifoldDp] = 100
    bench.step()
    #expect(bench.core.measurements.supplyTemperature.value?.celsius == 42)
    #expect(bench.core.measurements.returnTemperature.value?.celsius == 54)
    #expect(bench.core.measurements.manifoldDp.value?.kilopascals == 100)
  }

  /// One by one the odd instrument of three; the pair on one module says 45, the single one 40.
  // CTL-027
  @Test(arguments: [0, 1, 2]) func twoOnOneModuleDoNotOutvoteTheThirdBlindly(odd: Int) {
    var signals = Array(repeating: Self.good(45), count: 3)
    signals[odd] = Self.good(40)
    func value(_ side: SafeSide, expected: Double?) -> Double? {
      let result: Voted = CoolingCore.vote(
        signals[0], signals[1], signals[2], disagreement: 1.5, safeSide: side, odd: odd, expected: expected)
      #expect(result.quality == .uncertain(.commonCause))
      return result.value?.celsius
    }
    #expect(value(.high, expected: nil) == 45 && value(.low, expected: nil) == 40)
    #expect(value(.high, expected: 40.3) == 40 && value(.low, expected: 44) == 45)
    // Between the two physics does not decide.
    #expect(value(.high, expected: 42) == 45 && value(.low, expected: 43) == 40)
  }

  // CTL-027
  @Test func threeThatAgreeOrAPairThatDoesNotVoteByMedian() {
    let agreed: Voted = CoolingCore.vote(
      Self.good(40), Self.good(40.4), Self.good(41), disagreement: 1.5, safeSide: .high, odd: 2, expected: 45)
    #expect(agreed == Voted(Temperature(celsius: 40.4), .good))
    let apart: Voted = CoolingCore.vote(
      Self.good(40), Self.good(45), Self.good(41), disagreement: 1.5, safeSide: .high, odd: 2, expected: 45)
    #expect(apart == Voted(Temperature(celsius: 41), .uncertain(.disagreement)))
    #expect(oddOneOut(1, 1, 2) == 2 && oddOneOut(2, 1, 1) == 0 && oddOneOut(1, 2, 1) == 1)
    #expect(oddOneOut(1, 1, 1) == nil && oddOneOut(1, 2, 3) == nil && oddOneOut(nil, 1, 1) == nil)
  }

  // CTL-027
  @Test(arguments: [-4.0, 4]) func moduleThatDriftsWithTwoSensorsIsFoundByTheHeatBalance(offset: Double) {
    var settings = Settings.bench
    for i in 0..<3 {
      settings.signals[InputSlot.supplyTemperature + i].module = i < 2 ? 1 : 2
      settings.signals[InputSlot.returnTemperature + i].module = 3 + i
    }
    var row = LivingRow(settings)
    for i in 0..<2 { row.lies[InputSlot.supplyTemperature + i] = { $0 + offset } }
    row.step(60)
    let supply = row.core.measurements.supplyTemperature
    #expect(abs((supply.value?.celsius ?? 0) - 40) < 0.3 && supply.quality == .uncertain(.commonCause))
    #expect(row.bench.isActive(.sensorRedundancyLost))
    // A single sensor that drifts is outvoted as before.
    row.lies = [InputSlot.supplyTemperature + 2: { $0 + offset }]
    row.step(5)
    #expect(abs((row.core.measurements.supplyTemperature.value?.celsius ?? 0) - 40) < 0.3)
  }

  @Test func medianIsTheMiddleOfEveryOrder() {
    for a in [1.0, 2, 3] {
      for b in [1.0, 2, 3] {
        for c in [1.0, 2, 3] { #expect(median(a, b, c) == [a, b, c].sorted()[1]) }
      }
    }
  }
}
