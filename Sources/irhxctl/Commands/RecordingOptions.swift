import ArgumentParser
import FlightRecorder
import FoundationEssentials
import Glibc
import RowAPI

/// Which recording is meant, and what part of it.
struct RecordingOptions: ParsableArguments {
  @Option(
    name: .customLong("from"),
    help: ArgumentHelp(
      "The daemon's recorder folder, or a file that was cut from one. Default: /var/lib/irhx/ROW/recorder of the only "
        + "row there, or of --row.",
      valueName: "path"), completion: .file())
  var path: String?
  @Option(help: ArgumentHelp("The row whose recording is /var/lib/irhx/NAME/recorder.", valueName: "name"))
  var row: String?
  @Option(
    help: ArgumentHelp("Not earlier than this: an age, such as 90m or 2h, or 2026-03-01T12:30:00Z.", valueName: "time"))
  var since: Moment?
  @Option(help: ArgumentHelp("Earlier than this.", valueName: "time"))
  var until: Moment?

  private static let folder = "/var/lib/irhx"

  var range: Range<Int64> {
    let first = since?.ms ?? 0
    return first..<max(first, until?.ms ?? .max)
  }

  func validate() throws {
    if path != nil && row != nil { throw ValidationError("give --from or --row, not both") }
  }

  /// Hands over the recording's pieces; what cannot be read is printed and becomes the exit status.
  func read(_ body: (Recording.Piece) throws -> Void) throws {
    try Self.read(try found(), sinceMs: range.lowerBound, body)
  }

  static func read(_ path: String, sinceMs: Int64 = 0, _ body: (Recording.Piece) throws -> Void) throws {
    try reading { try Recording(path: path).read(sinceMs: sinceMs, body) }
  }

  static func reading<Read>(_ body: () throws -> Read) throws -> Read {
    do { return try body() } catch let fault as Recording.Fault {
      Target.complain(fault.description)
      throw ExitCode(fault.isAbsence ? EX_NOINPUT : EX_DATAERR)
    }
  }

  private func found() throws -> String {
    if let path { return path }
    if let row { return "\(Self.folder)/\(row)/\(FlightRecorder.folderName)" }
    // ignoring: a folder that is not there holds no row.
    let rows = ((try? FileManager.default.contentsOfDirectory(atPath: Self.folder)) ?? []).sorted()
    if let only = rows.first, rows.count == 1 { return "\(Self.folder)/\(only)/\(FlightRecorder.folderName)" }
    Target.complain(
      rows.isEmpty
        ? "no row's state in \(Self.folder); give --from PATH"
        : "several rows here, choose one with --row: \(rows.joined(separator: ", "))")
    throw ExitCode(rows.isEmpty ? EX_NOINPUT : EX_USAGE)
  }

  /// Writes a file as a whole, or prints.
  static func put(_ text: String, to path: String?) throws {
    guard let path else { return print(text, terminator: "") }
    do { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
      Target.complain("\(path): cannot be written")
      throw ExitCode(EX_CANTCREAT)
    }
  }
}

extension Recording.Fault {
  fileprivate var isAbsence: Bool {
    switch self {
    case .system, .nothing: true
    case .unreadable: false
    }
  }
}
