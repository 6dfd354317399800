import CoolingCore
import RowAPI
import RowConfig
import RowTwin
import Testing

@testable import LoopTuning

@Suite struct SessionTests {
  static func finished(_ tuned: TunedRow) throws -> Suggestion {
    tuned.run()
    guard case .finished(let record) = tuned.session.ending else {
      throw Unfinished(ending: "\(String(describing: tuned.session.ending))")
    }
    return try #require(Suggestion(record, tuned.loop, plan: tuned.session.plan))
  }
  struct Unfinished: Error { var ending: String }

  /// OPS-064. At two points of operation.
  @Test(arguments: [60.0, 85.0])
  func whatIsIdentifiedOfAPumpIsTheTwins(_ load: Double) throws {
    let tuned = try TunedRow(.pump, loadPercent: load)
    let found = try Self.finished(tuned)
    #expect(abs(found.fit.model.gain / tuned.trueGain - 1) < 0.15)
    let suggested = try #require(found.suggested)
    #expect(suggested.margins.sensitivityMax < 1.7 && suggested.margins.gainMargin ?? 9 > 2.5)
    #expect(found.siteLine?.hasPrefix("gains: {gain: 0.") == true)
  }

  @Test(arguments: [70.0, 85.0])
  func whatIsIdentifiedOfAValveIsTheTwins(_ load: Double) throws {
    let tuned = try TunedRow(.valve(2), loadPercent: load)
    let found = try Self.finished(tuned)
    #expect(abs(found.fit.model.gain / tuned.trueGain - 1) < 0.15)
    // The meter's own lag, one second, is not in the truth.
    #expect(abs(found.fit.model.residenceTimeS / (tuned.trueResidenceS + 1) - 1) < 0.15)
  }

  @Test(arguments: [60.0, 80.0])
  func fansAreIdentifiedInTheTermsOfTheirTrim(_ load: Double) throws {
    let tuned = try TunedRow(.fans, loadPercent: load, settleS: 600, holdS: 100)
    let found = try Self.finished(tuned)
    // A kelvin of coil outlet is about a kelvin of supply, whatever the load.
    #expect(abs(found.fit.model.gain + 1) < 0.15)
    #expect(found.suggested != nil)
  }

  /// OPS-064. One line of the file changes, and nothing else of the site.
  @Test func whatIsSuggestedGoesIntoTheSiteFileAsOneLine() throws {
    let loaded = try TunedRow.site()
    for kind in [TunedLoop.Kind.pump, .valve(2)] {
      let found = try Self.finished(TunedRow(kind, loadPercent: 70))
      let site = found.applied(to: loaded.site)
      #expect(site != loaded.site)
      let line = try #require(found.siteLine)
      func edited(_ text: String) throws -> Site? {
        try found.edited(text).map {
          try SiteLoader.load(text: $0, path: loaded.path, profileDirectories: TunedRow.profiles).site
        }
      }
      let text = try #require(found.edited(loaded.text))
      let (before, after) = (loaded.text.split(separator: "\n"), text.split(separator: "\n"))
      #expect(before.count == after.count && zip(before, after).count { $0 != $1 } == 1)
      #expect(try edited(loaded.text) == site)
      // Without gains of its own, with a remark, and in ways that are a person's to change.
      #expect(try edited(text.replacing("  \(line)\n", with: "")) == site)
      #expect(found.edited(text.replacing(line, with: "gains: {gain: 9} # mine"))?.contains("\(line) # mine") == true)
      #expect(found.edited(text.replacing(line, with: "gains:\n    gain: 9")) == nil)
      #expect(found.edited("\(found.loop.section): {\(line)}\n") == nil)
    }
  }
}
