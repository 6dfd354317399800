/// The journal catalog has one entry for each message the daemon can log, and says what to do.

import CoolingCore
import Foundation
import Testing

@testable import RowRuntime

@Suite struct CatalogTests {
  /// The entries' bodies by message identifier, as catalogs are written: `-- ID`, headers, an empty line, text.
  private let entries: [String: String]
  private let count: Int

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let catalog = try String(contentsOf: root.appending(path: "systemd/irhxd.catalog"), encoding: .utf8)
    let parts = ("\n" + catalog).components(separatedBy: "\n-- ").dropFirst()
    count = parts.count
    entries = Dictionary(parts.map { (String($0.prefix { $0 != "\n" }), $0) }) { first, _ in first }
  }

  @Test func everyMessageHasExactlyOneEntry() {
    let alarms = (0..<Cause.count).compactMap { Cause(rawValue: UInt8($0)) }.map(AlarmCatalogText.messageID)
    #expect(Set(alarms).count == Cause.count)
    #expect(alarms.allSatisfy { $0.count == 32 })
    #expect(Set(entries.keys) == Set(Journal.Message.allCases.map(\.rawValue) + alarms))
    #expect(count == entries.count)
  }

  @Test func alarmsMessageIsMadeOfItsRequirementsNumber() {
    #expect(AlarmCatalogText.messageID(.flowLoss) == "5e1b0c4f7d2a4e6b9a0c1d2e3f400001")
    #expect(AlarmCatalogText.messageID(.coolingLost) == "5e1b0c4f7d2a4e6b9a0c1d2e3f400041")
  }

  @Test func everyEntryNamesTheRowAndExplains() {
    for (id, text) in entries {
      let halves = text.components(separatedBy: "\n\n")
      #expect(halves[0].contains("\nSubject: "), "\(id)")
      #expect(halves[0].contains("@IRHX_ROW@"), "\(id)")
      #expect(halves.count >= 2, "\(id) has no text")
    }
  }
}
