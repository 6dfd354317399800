import Foundation
import RowRuntime
import Testing

/// What is published is what the code says.
struct GeneratedTextTests {
  private func published(_ path: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  @Test func causeTableIsTheOneOfTheCode() throws {
    let text = try published("docs/cause-and-effect.md")
    #expect(text == CauseTableText.markdown(), "run `irhxd cause-and-effect > docs/cause-and-effect.md`")
  }

  @Test func alarmPhilosophyIsTheOneOfTheCode() throws {
    let text = try published("docs/alarm-philosophy.md")
    #expect(text == AlarmPhilosophyText.markdown(), "run `irhxd alarm-philosophy > docs/alarm-philosophy.md`")
  }

  @Test func catalogEndsWithTheAlarmsOfTheCode() throws {
    let text = try published("systemd/irhxd.catalog")
    let alarms = try #require(text.range(of: AlarmCatalogText.heading))
    #expect(text[alarms.lowerBound...] == AlarmCatalogText.catalog(), "renew it from `irhxd alarm-catalog`")
  }
}
