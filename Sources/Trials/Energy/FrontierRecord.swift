import FoundationEssentials
import RowTwin

/// The day recorded at Frontier (25 coolant distribution units, every 15 s; HewlettPackard/sustain-lc), as a load
/// of this
/// row: each rack follows one unit, as a share of the highest power that any unit had.
enum FrontierRecord {
  static let fileName = "frontier_2024-04-07_25cdu_15s.csv"

  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: where the file is there and is no such record.
  /// - Returns: nil where there is no such file.
  static func load(folder: String, racks: Int) throws -> RecordedLoad? {
    let path = folder + "/" + fileName
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return try parse(text, racks: racks)
  }

  /// Units beyond the 25th begin anew.
  static func parse(_ text: String, racks: Int) throws(Malformed) -> RecordedLoad {
    let lines = text.split(whereSeparator: \.isNewline)
    guard let head = lines.first, lines.count > 2 else { throw Malformed(description: "\(fileName): no record") }
    let units = head.split(separator: ",").enumerated().compactMap { $1.hasPrefix("power[") ? $0 : nil }
    guard !units.isEmpty else { throw Malformed(description: "\(fileName): no column power[…]") }
    var watts: [[Double]] = []
    var times: [Double] = []
    for line in lines.dropFirst() {
      let words = line.split(separator: ",", omittingEmptySubsequences: false)
      let row = units.compactMap { $0 < words.count ? Double(words[$0]) : nil }
      guard row.count == units.count, let time = Double(words[0]) else {
        throw Malformed(description: "\(fileName): not a record: \(line.prefix(40))")
      }
      watts.append(row)
      times.append(time)
    }
    let highest = watts.lazy.flatMap { $0 }.max() ?? 1
    return RecordedLoad(
      stepS: times[1] - times[0],
      shares: watts.map { row in (0..<racks).map { row[$0 % units.count] / highest } })
  }
}
