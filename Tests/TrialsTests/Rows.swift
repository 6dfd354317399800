import RowConfig
import RowTwin
import Trials

/// The shipped rows on the virtual clock.
enum Rows {
  static let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  static func site(_ name: String) throws -> LoadedSite {
    try SiteLoader.load(
      path: "\(folder)/config/row.\(name).yaml", profileDirectories: ["\(folder)/config/profiles"])
  }

  static func row(_ name: String, load: LoadTrace.Kind, seed: UInt64 = 1, settled: Double? = nil) throws -> VirtualRow {
    let row = try VirtualRow(site(name), seed: seed, load: load)
    if let settled { row.twin.settle(loadPercent: settled) }
    return row
  }

  /// What trials draw from.
  static func all() throws -> [LoadedSite] { try ["demo", "facility-water", "mixed-16"].map(site) }
}
