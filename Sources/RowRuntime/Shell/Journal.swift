import CSystemd
import Glibc

/// Structured log entries: the message is constant, data travel in fields, and a stable message identifier leads to the
/// catalog (`systemd/irhxd.catalog`), which tells the operator what to do. Without a journal the entry goes to standard
/// error as one line.
public struct Journal: Sendable {
  /// syslog(3) levels.
  public enum Level: Int, Sendable {
    case critical = 2, error = 3, warning = 4, notice = 5, info = 6
  }

  /// Identifiers of the catalog but for those of the alarms, which `AlarmCatalogText` makes. Never re-used for anything
  /// else; …5164 was every alarm's once.
  public enum Message: String, Sendable, CaseIterable {
    case started = "5e1b0c4f7d2a4e6b9a0c1d2e3f405161"
    case stopped = "5e1b0c4f7d2a4e6b9a0c1d2e3f405162"
    case handedOver = "5e1b0c4f7d2a4e6b9a0c1d2e3f40517f"
    case modeChanged = "5e1b0c4f7d2a4e6b9a0c1d2e3f405163"
    case alarmCleared = "5e1b0c4f7d2a4e6b9a0c1d2e3f405165"
    case pumpStarted = "5e1b0c4f7d2a4e6b9a0c1d2e3f405166"
    case pumpStopped = "5e1b0c4f7d2a4e6b9a0c1d2e3f405167"
    case overrideChanged = "5e1b0c4f7d2a4e6b9a0c1d2e3f405168"
    case commandGiven = "5e1b0c4f7d2a4e6b9a0c1d2e3f405169"
    case overrun = "5e1b0c4f7d2a4e6b9a0c1d2e3f40516a"
    case roleMissing = "5e1b0c4f7d2a4e6b9a0c1d2e3f40516b"
    case configuration = "5e1b0c4f7d2a4e6b9a0c1d2e3f40516c"
    case deviceContradicts = "5e1b0c4f7d2a4e6b9a0c1d2e3f40516d"
    case eventsLost = "5e1b0c4f7d2a4e6b9a0c1d2e3f40516e"
    case historyChanged = "5e1b0c4f7d2a4e6b9a0c1d2e3f40516f"
    case alarmChanged = "5e1b0c4f7d2a4e6b9a0c1d2e3f405171"
    case stateKept = "5e1b0c4f7d2a4e6b9a0c1d2e3f405170"
    case setUpDiffers = "5e1b0c4f7d2a4e6b9a0c1d2e3f405172"
    case bypassChanged = "5e1b0c4f7d2a4e6b9a0c1d2e3f405173"
    case layerChanged = "5e1b0c4f7d2a4e6b9a0c1d2e3f405174"
    case recorderChanged = "5e1b0c4f7d2a4e6b9a0c1d2e3f40517a"
    case identityDiffers = "5e1b0c4f7d2a4e6b9a0c1d2e3f405178"
  }

  public let row: String
  private let isPresent: Bool

  public init(row: String) {
    self.row = row
    isPresent = cs_journal_is_present()
  }

  /// - Parameter fields: names without the prefix, upper case, ending in their unit; at most 16.
  public func log(_ level: Level, _ message: Message, _ text: String, _ fields: KeyValuePairs<String, String> = [:]) {
    log(level, message.rawValue, text, fields)
  }

  /// - Parameter message: an identifier of the catalog.
  func log(_ level: Level, _ message: String, _ text: String, _ fields: KeyValuePairs<String, String>) {
    var entries = [
      "MESSAGE=\(text)", "PRIORITY=\(level.rawValue)", "MESSAGE_ID=\(message)", "SYSLOG_IDENTIFIER=irhxd",
      "IRHX_ROW=\(row)",
    ]
    for (name, value) in fields.prefix(16) { entries.append("IRHX_\(name)=\(value)") }
    guard isPresent, send(entries) == 0 else {
      let line = line(level, text, fields)
      // ignoring: nobody is left to tell when standard error is gone.
      _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
      return
    }
  }

  /// One line whatever the fields hold: some of it comes from clients.
  func line(_ level: Level, _ text: String, _ fields: KeyValuePairs<String, String>) -> String {
    let data = fields.map { " \($0.key.lowercased())=\($0.value.withoutControlCharacters)" }.joined()
    return "<\(level.rawValue)>irhxd[\(row)]: \(text)\(data)\n"
  }

  private func send(_ entries: [String]) -> Int32 {
    let copies = unsafe entries.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    let fields = unsafe copies.map { unsafe UnsafePointer($0) }
    return unsafe fields.withUnsafeBufferPointer { unsafe cs_journal_send($0.baseAddress, $0.count) }
  }
}

extension String {
  fileprivate var withoutControlCharacters: String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
  }
}
