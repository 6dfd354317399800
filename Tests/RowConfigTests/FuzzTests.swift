import Foundation
import Fuzzing
import RowConfig
import Testing

/// Files that are almost right: every one is taken or refused with a reason, and none ends the program.
@Suite struct FuzzTests {
  private static let tokens = [
    ": ", "\n", "- ", "[", "]", "{", "}", "&a ", "*a", "!!str ", "|", "~", ".nan", "-.inf", "1e400", "-1", "0x7fffffff",
    "9223372036854775808", "\u{FEFF}", "<<", "'", "\"", "#", "\t", "%YAML 9.9\n", "---\n",
  ]

  private func samples(_ paths: [String]) throws -> [[UInt8]] {
    try paths.map { try [UInt8](Data(contentsOf: URL(filePath: $0))) }
  }

  @Test func siteFilesThatAreAlmostRightAreTakenOrRefusedWithReasons() throws {
    let rows = try samples(Shipped.rows.map { "\(Shipped.config)/\($0)" })
    var refused = 0
    try Fuzzing("site", samples: rows, tokens: Self.tokens, share: 0.2).run { input in
      guard let text = String(validating: input, as: UTF8.self) else { return }
      do throws(ConfigurationFaults) {
        _ = try SiteLoader.load(text: text, path: "row.yaml", profileDirectories: [Shipped.profiles])
      } catch {
        refused += 1
        #expect(!error.faults.isEmpty && error.faults.allSatisfy { !$0.description.isEmpty })
      }
    }
    #expect(refused > 0)
  }

  @Test func profilesThatAreAlmostRightAreTakenOrRefusedWithReasons() throws {
    let profiles = try samples(Shipped.profilePaths())
    var refused = 0
    try Fuzzing("profile", samples: profiles, tokens: Self.tokens).run { input in
      guard let text = String(validating: input, as: UTF8.self) else { return }
      do throws(ConfigurationFaults) {
        _ = try SiteLoader.loadProfile(text: text)
      } catch {
        refused += 1
        #expect(!error.faults.isEmpty && error.faults.allSatisfy { !$0.description.isEmpty })
      }
    }
    #expect(refused > 0)
  }
}
