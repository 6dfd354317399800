/// Whatever a file contains, it is refused with one clear fault, in bounded time and memory.

import Foundation
import RowConfig
import Testing

@Suite struct GarbageTests {
  private func refusal(_ text: String) -> [String] {
    do {
      _ = try SiteLoader.load(text: text, path: "row.yaml", profileDirectories: [])
      return []
    } catch {
      return error.faults.map(\.description)
    }
  }

  private func refusal(ofFile path: String) -> [String] {
    do {
      _ = try SiteLoader.load(path: path, profileDirectories: [])
      return []
    } catch {
      return error.faults.map { "\($0.problem)" }
    }
  }

  @Test func missingFileIsOneFault() {
    #expect(refusal(ofFile: "/nowhere/row.yaml") == ["cannot be read: No such file or directory"])
  }

  @Test func directoryIsOneFault() {
    #expect(refusal(ofFile: "/") == ["cannot be read: not a regular file"])
  }

  @Test func endlessDeviceIsRefusedUnread() {
    #expect(refusal(ofFile: "/dev/zero") == ["cannot be read: not a regular file"])
  }

  @Test func tenMegabytesAreRefusedUnread() throws {
    let scratch = try Scratch()
    let path = try scratch.write("row.yaml", String(repeating: "# filler\n", count: 1_200_000))
    #expect(refusal(ofFile: path) == ["10800000 bytes; expected at most 1048576"])
  }

  @Test func emptyFileIsOneFault() {
    #expect(refusal("") == ["row.yaml: the file is empty"])
    #expect(refusal("# only a comment\n") == ["row.yaml: the file is empty"])
  }

  @Test func binaryIsOneFault() throws {
    let scratch = try Scratch()
    let path = try scratch.write("row.yaml", "")
    try Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167) }).write(to: URL(filePath: path))
    #expect(refusal(ofFile: path) == ["not UTF-8 text"])
  }

  @Test func syntaxErrorIsOneFaultWithItsPlace() {
    #expect(
      refusal("irhx: 1\nrow: {name: a\nsupply:\n  x: [\n") == [
        "row.yaml:3:7: not valid YAML: while parsing a flow mapping (line 2): did not find expected ',' or '}'"
      ])
    #expect(
      refusal("irhx: 1\n\tsupply: 2\n") == [
        "row.yaml:2:1: not valid YAML: while scanning a plain scalar (line 1): "
          + "found a tab character that violates indentation"
      ])
  }

  @Test func keyGivenTwiceIsOneFaultWithItsPlace() {
    #expect(
      refusal("irhx: 1\nrow:\n  name: a\n  topology: liquid-to-air\n  name: b\n") == [
        "row.yaml:3:3: name: this key is given twice; first at line 3"
      ])
  }

  @Test func secondDocumentIsRefused() {
    #expect(refusal("irhx: 1\n---\nirhx: 1\n").count == 1)
  }

  @Test func undefinedAliasIsOneFault() {
    #expect(refusal("irhx: *version\n") == ["row.yaml:1:7: not valid YAML: found undefined alias"])
  }

  @Test func deepNestingIsRefused() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(refusal(deep).count == 1)
    #expect(refusal(String(repeating: "[", count: 900) + String(repeating: "]", count: 900)).count == 1)
    #expect(refusal(String(repeating: "{a: ", count: 100_000)).count == 1)
  }

  @Test func aliasesThatMultiplyAreRefusedBeforeTheyDo() {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n"
    }
    #expect(refusal(bomb) == ["row.yaml: not valid YAML: more than 8 aliases (*name)"])
  }

  @Test func aliasesThatMultiplyInsideAKeyAreRefusedBeforeTheyDo() {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...40 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(refusal(bomb + "? *a40\n: 1\n") == ["row.yaml: not valid YAML: more than 8 aliases (*name)"])
  }

  @Test func fewAliasesOfALargeListAreRefusedByTheirSize() {
    let large = "a: &a [\(Array(repeating: "1", count: 30_000).joined(separator: ","))]\n"
    #expect(
      refusal(large + "b: [*a, *a, *a, *a]\n") == [
        "row.yaml: not valid YAML: more than 100000 values once aliases are followed"
      ])
  }

  @Test func anchorAndAliasAreFollowed() throws {
    let shared = try SmallRow.document().text
      .replacing(
        "\"gains\":{\"gain\":10,\"integral_time_s\":50}", with: "\"gains\": &g {gain: 10, integral_time_s: 50}"
      )
      .replacing("\"gains\":{\"gain\":0.5,\"integral_time_s\":20}", with: "\"gains\": *g")
    let loaded = try SiteLoader.load(text: shared, profileDirectories: [Shipped.profiles])
    #expect(loaded.site.racks.gains == loaded.site.fans?.gains)
  }

  @Test func everyTruncationOfTheDemoRowIsRefusedInGoodOrder() throws {
    let text = try String(contentsOfFile: "\(Shipped.config)/row.demo.yaml", encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for count in stride(from: 0, to: lines.count - 3, by: 7) {
      let cut = lines[..<count].joined(separator: "\n")
      #expect(!refusal(cut).isEmpty, "first \(count) lines")
    }
  }
}
