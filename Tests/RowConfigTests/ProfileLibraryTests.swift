/// The list of shipped profiles in docs/profile-library.md is what the files say; and what may be relied on in each.

import Foundation
import RowConfig
import Testing

@Suite struct ProfileLibraryTests {
  private static func library() throws -> [DeviceProfile] {
    try Shipped.profilePaths().map { try SiteLoader.loadProfile(path: $0) }
  }

  @Test func listOfProfilesIsWhatTheFilesSay() throws {
    let marker = "<!-- From here on generated from config/profiles. -->\n\n"
    let path = "\(Shipped.root)/docs/profile-library.md"
    let document = try String(contentsOfFile: path, encoding: .utf8)
    let head = try #require(document.components(separatedBy: marker).first)
    var text = head + marker + "| profile | device | status | sources | commanded | when the bus falls silent |\n"
    text += "|---|---|---|---|---|---|\n"
    for profile in try Self.library() {
      let signals = profile.commands.compactMap(\.signal)
      let after = profile.communicationLoss.map { String(format: "after %g s: ", $0.timeoutS) + $0.action }
      let commanded = signals.isEmpty ? (profile.commands.isEmpty ? "no" : "by channel") : "yes"
      text += "| `\(profile.name)` | \(profile.kind) | \(profile.status.rawValue) | \(profile.confidence.rawValue) | "
      text += "\(commanded) | \(commanded == "no" ? "" : after ?? "not known") |\n"
    }
    if ProcessInfo.processInfo.environment["IRHX_REGENERATE"] != nil {
      try Data(text.utf8).write(to: URL(filePath: path))
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "IRHX_REGENERATE=1 writes it anew")
  }

  /// Nothing shipped claims more than was done with it.
  @Test func noShippedProfileClaimsToBeVerifiedOnHardware() throws {
    for profile in try Self.library() { #expect(profile.status != .hardwareVerified, "\(profile.name)") }
  }

  @Test func everyShippedDriveStopsRunsAndAcknowledgesInDifferentWords() throws {
    for profile in try Self.library() {
      for command in profile.commands {
        guard case .word(let word) = command.form else { continue }
        #expect(word.run.last?.value != word.stop && word.reset != word.stop, "\(profile.name)")
        #expect(word.run.allSatisfy { $0.value != word.reset }, "\(profile.name)")
      }
    }
  }

  /// A step of take_control that names a word would stop a running pump, or start one that is to stand.
  @Test func noShippedDeviceIsStoppedOrStartedByBeingTaken() throws {
    for profile in try Self.library() {
      let driven = Set(profile.commands.filter { $0.signal != nil }.map(\.name))
      for step in profile.sequences.takeControl {
        guard case .write(let write) = step, driven.contains(write.command) else { continue }
        #expect(write.raw == nil, "\(profile.name): \(write.command)")
      }
    }
  }
}
