import RowAPI

/// One entry of the history as one line.
enum HistoryText {
  static func line(_ entry: HistoryEntry) -> String {
    let time = "\(entry.time.prefix(10)) \(StatusText.clock(entry.time))"
    let name = [entry.cause, entry.subject].compactMap(\.self).joined(separator: " ")
    let facts = [name.isEmpty ? nil : name, measured(entry), entry.who.map { "by \($0)" }, entry.reason]
    return "\(time)  \(entry.kind.rawValue.left(20))\(facts.compactMap(\.self).joined(separator: "; "))"
  }

  private static func measured(_ entry: HistoryEntry) -> String? {
    guard let value = entry.value else { return nil }
    let unit = entry.unit.map { " \($0)" } ?? ""
    return Figure.text(value) + unit + (entry.limit.map { ", limit \(Figure.text($0))\(unit)" } ?? "")
  }
}
