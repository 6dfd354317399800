/// Every number of both file formats has a range, and the loader and the schema agree on both of its ends.

import Foundation
import RowConfig
import Testing

@Suite struct RangeTests {
  @Test func everyNumberOfASiteFileIsAcceptedAtBothEndsAndRefusedBeyond() throws {
    let document = try SmallRow.document()
    let ranges = try Range.all(of: .site)
    #expect(ranges.count > 70)
    for range in ranges {
      try range.expectEnds { value in
        var edited = document
        edited.set(range.path, value)
        do {
          _ = try SmallRow.load(edited)
          return []
        } catch let refusal as ConfigurationFaults {
          return refusal.faults
        }
      }
    }
  }

  @Test func everyNumberOfAProfileIsAcceptedAtBothEndsAndRefusedBeyond() throws {
    let scratch = try Scratch()
    let document = try Document(
      json: """
        {"irhx_profile": 1, "name": "a/b", "kind": "test", "status": "draft", "sources": ["none"],
         "points": {"key": {"area": "holding", "address": 5, "format": "uint16"}},
         "commands": {"key": {"area": "holding", "address": 6, "format": "int64",
                              "analog": {"raw_min": 0, "raw_max": 1}}}}
        """)
    let ranges = try Range.all(of: .profile)
    #expect(ranges.count > 15)
    for range in ranges {
      try range.expectEnds { value in
        var edited = document
        edited.set(range.path, value)
        let path = try scratch.write("profile.yaml", edited.text)
        do {
          _ = try SiteLoader.loadProfile(path: path)
          return []
        } catch let refusal as ConfigurationFaults {
          return refusal.faults
        }
      }
    }
  }

  /// Ranges as the schema states them.
  private struct Range {
    let path: String
    let low: Double
    let high: Double
    let step: Double

    static func all(of format: ConfigurationFormat) throws -> [Range] {
      let schema = try JSONSerialization.jsonObject(with: Data(format.jsonSchema().utf8))
      return ranges(in: try #require(schema as? [String: Any]), at: "")
    }

    private static func ranges(in schema: [String: Any], at path: String) -> [Range] {
      if let low = schema["minimum"] as? Double, let high = schema["maximum"] as? Double {
        let whole = schema["type"] as? String == "integer"
        return [Range(path: path, low: low, high: high, step: whole ? 1 : max(0.001, high.ulp))]
      }
      var found: [Range] = []
      for (key, value) in schema["properties"] as? [String: [String: Any]] ?? [:] {
        found += ranges(in: value, at: path.isEmpty ? key : "\(path).\(key)")
      }
      if let items = schema["items"] as? [String: Any] { found += ranges(in: items, at: "\(path)[0]") }
      if let entries = schema["additionalProperties"] as? [String: Any] {
        found += ranges(in: entries, at: "\(path).key")
      }
      return found
    }

    /// Loads with the value at, and just beyond, each end.
    func expectEnds(faults: (_ value: Any) throws -> [ConfigurationFault]) throws {
      for (value, accepted) in [(low, true), (high, true), (low - step, false), (high + step, false)] {
        let number: Any = step == 1 ? Int(value) as Any : value
        let refusals = try faults(number).filter { fault in
          if case .outOfRange = fault.problem { fault.keyPath == path } else { false }
        }
        #expect(refusals.isEmpty == accepted, "\(path) at \(value)")
      }
    }
  }
}
