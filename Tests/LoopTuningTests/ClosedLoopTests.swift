import RowConfig
import RowTwin
import Testing
import Trials

@testable import LoopTuning

/// What is suggested, in command: the loop closed over the twin that was stepped, and driven to where the predicted
/// gain margin ends.
@Suite struct ClosedLoopTests {
  struct Loop: Sendable {
    var kind: TunedLoop.Kind
    var settleS = 240.0
    var holdS: Double?
    /// What the loop may swing by in its calm and what it swings by at least when unstable, peak to peak, in units of
    /// the measurement. A valve's slew limits how far it gets.
    var calm: Double
    var unstable: Double
  }

  /// The demonstration row with other gains of one loop.
  private static func site(_ loop: TunedLoop, _ suggested: Suggestion.Gains, factor: Double) throws -> LoadedSite {
    var loaded = try TunedRow.site()
    func change(_ gains: inout Site.Gains) {
      gains.gain = factor * suggested.gain
      (gains.integralTimeS, gains.derivativeTimeS) = (suggested.integralTimeS, 0)
    }
    switch loop.kind {
    case .pump: change(&loaded.site.pumps.gains)
    case .fans:
      var fans = try #require(loaded.site.fans)
      change(&fans.gains)
      loaded.site.fans = fans
    case .valve: change(&loaded.site.racks.gains)
    }
    return loaded
  }

  /// Peak to peak of what the loop measures, four minutes after another rack went to its rated power.
  private static func swing(_ loaded: LoadedSite, _ kind: TunedLoop.Kind) throws -> Double {
    let row = try VirtualRow(loaded, load: .step(rack: 1, atSecond: 420, othersPercent: 60))
    row.twin.settle(loadPercent: 60)
    row.run(seconds: 660)
    let seen = (0..<100).map { _ in
      row.run(seconds: 1)
      return switch kind {
      case .pump: row.truth.manifoldDpKpa
      case .fans: row.truth.supplyTemperatureC
      case .valve(let rack): row.truth.rackFlowLpm[rack]
      }
    }
    return (seen.max() ?? 0) - (seen.min() ?? 0)
  }

  /// OPS-064.
  @Test(arguments: [
    Loop(kind: .pump, calm: 4, unstable: 15), Loop(kind: .valve(2), calm: 1, unstable: 2),
    Loop(kind: .fans, settleS: 600, holdS: 100, calm: 0.2, unstable: 3),
  ])
  func whatIsSuggestedIsCalmAndItsGainMarginIsTheTwins(_ loop: Loop) throws {
    let tuned = try TunedRow(loop.kind, loadPercent: 70, settleS: loop.settleS, holdS: loop.holdS)
    let gains = try #require(SessionTests.finished(tuned).suggested)
    let margin = try #require(gains.margins.gainMargin)
    func swing(_ factor: Double) throws -> Double {
      try Self.swing(Self.site(tuned.loop, gains, factor: factor), loop.kind)
    }
    #expect(try swing(1) < loop.calm)
    // A valve's gain doubles with the dP that its rack finds.
    #expect(try swing(margin / 3) < loop.calm)
    #expect(try swing(1.4 * margin) > loop.unstable)
  }
}
