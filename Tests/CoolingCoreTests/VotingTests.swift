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

  @Test func medianIsTheMiddleOfEveryOrder() {
    for a in [1.0, 2, 3] {
      for b in [1.0, 2, 3] {
        for c in [1.0, 2, 3] { #expect(median(a, b, c) == [a, b, c].sorted()[1]) }
      }
    }
  }
}
