import Foundation

/// The files of the source tree, as text.
struct SourceTree {
  struct File {
    /// Relative to the root.
    var path: String
    var text: String
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func file(_ path: String) throws -> File {
    File(path: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
  }

  /// Every file below a folder whose name ends so, in order.
  static func files(in folder: String, ending: String = ".swift") throws -> [File] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
    return try names.filter { $0.hasSuffix(ending) }.sorted().map { try file("\(folder)/\($0)") }
  }

  /// Every text file that belongs to the project.
  static func everything() throws -> [File] {
    var found = try FileManager.default.contentsOfDirectory(atPath: root.path)
      .filter { name in name == "Makefile" || [".md", ".swift"].contains { name.hasSuffix($0) } }
      .map { try file($0) }
    let endings = [".swift", ".c", ".h", ".md", ".yaml", ".json", ".service", ".socket", ".catalog", ".sh"]
    for folder in ["Sources", "Tests", "config", "docs", "systemd"] {
      guard FileManager.default.fileExists(atPath: root.appending(path: folder).path) else { continue }
      for ending in endings { found += try files(in: folder, ending: ending) }
    }
    return found
  }
}

/// One line that breaks a rule; prints as `path:line: text`.
struct Breach: Equatable, CustomStringConvertible {
  var path: String
  var line: Int
  var text: String
  var description: String { "\(path):\(line): \(text)" }
}
