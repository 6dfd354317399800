import ArgumentParser
import FlightRecorder
import Glibc
import RowAPI

/// What the flight recorder has kept.
struct Record: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look into what the flight recorder has kept, export it, cut a file from it.",
    discussion: """
      The daemon keeps every cycle in its state directory: what it read, what it was told, what it decided and sent. A \
      recording can be read while it is written. Exit status: 65 not in a format that this program reads, 66 nothing \
      was recorded there.
      """,
    subcommands: [RecordShow.self, RecordExport.self, RecordCut.self], defaultSubcommand: RecordShow.self)
}

struct RecordShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what there is: each run, its time, and which quantities it has.")
  @OptionGroup var recording: RecordingOptions
  @Flag(help: "Also list the quantities by name.")
  var names = false

  func run() throws {
    var header = RecordingHeader()
    var (cycles, first, last) = (0, nil as Int64?, nil as Int64?)
    try recording.read { piece in
      switch piece {
      case .header(let next): header = next
      case .checkpoint: break
      case .cycles(let block):
        for row in 0..<block.count where recording.range.contains(block.timeMs(row: row)) {
          cycles += 1
          first = first ?? block.timeMs(row: row)
          last = block.timeMs(row: row)
        }
      }
    }
    print("row       \(header.row), site file \(header.siteFile) (\(header.siteDigest))")
    print("recorded  by version \(header.version), core \(header.layout)\(header.isOfThisCore ? "" : ", not this one")")
    if let first, let last { print("from      \(WireTime.text(ms: first))\nto        \(WireTime.text(ms: last))") }
    print("cycles    \(cycles) of \(header.periodMs) ms")
    let columns = RecordedColumn.all(header)
    print("names     \(columns.count)\(names ? "" : ", listed with --names")")
    guard names else { return }
    for column in columns { print("  \(column.name)\(column.unit.isEmpty ? "" : "  [\(column.unit)]")") }
  }
}

struct RecordExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write cycles as a table: comma-separated values, or an Apache Parquet file.",
    discussion: """
      One row a cycle: time (UTC), cycle, mode, then a column for each quantity; empty, or null, where it has no \
      value. Numbers read back as the same bits. Units are in the Parquet file's properties, as unit.NAME.
      """)
  @OptionGroup var recording: RecordingOptions
  @Flag(help: "Comma-separated values; the default.")
  var csv = false
  @Flag(help: "An Apache Parquet file; needs --output.")
  var parquet = false
  @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file.", valueName: "file"))
  var output: String?
  @Option(help: ArgumentHelp("Only every so many cycles.", valueName: "n"))
  var every = 1
  @Argument(help: "Quantities by name; all when none is given. See record show --names.")
  var names: [String] = []

  func validate() throws {
    if every < 1 { throw ValidationError("--every must be at least 1") }
    if csv && parquet { throw ValidationError("give --csv or --parquet, not both") }
    if parquet && output == nil { throw ValidationError("--parquet needs --output FILE") }
  }

  func run() throws {
    let file = try output.map(OutputFile.init)
    if parquet, let file { return try writeParquet(file) }
    var text = ""
    func put(_ line: String) throws {
      text += line + "\n"
      guard text.utf8.count > 1 << 16 else { return }
      try flush()
    }
    func flush() throws {
      if let file { try file.write(Array(text.utf8)) } else { print(text, terminator: "") }
      text = ""
    }
    try forEachRow { header, columns in
      try put((["time", "cycle", "mode"] + columns.map(\.name)).joined(separator: ","))
    } row: { block, row, columns in
      try put(line(block, row, columns))
    }
    try flush()
  }

  private func writeParquet(_ file: OutputFile) throws {
    var table: ParquetTable?
    try forEachRow { header, columns in
      guard table == nil else {
        Target.complain("the row's quantities change in that time; export them by name, or its parts with --since")
        throw ExitCode(EX_DATAERR)
      }
      let about = [("row", header.row), ("site_file", header.siteFile), ("site_digest", header.siteDigest)]
      let units = columns.filter { !$0.unit.isEmpty }.map { ("unit.\($0.name)", $0.unit) }
      table = try ParquetTable(columns.map(\.name), properties: about + units, write: file.write)
    } row: { block, row, columns in
      try table?.append(
        timeMs: block.timeMs(row: row), cycle: block.word(CycleLayout.cycle, row: row),
        mode: RecordedNames.mode(block.word(CycleLayout.mode, row: row)),
        columns.map { $0.value(block, row: row) })
    }
    try table?.finish()
  }

  /// - Parameters:
  ///   - begin: called before the first row, and where the quantities change.
  ///   - row: called for each row that is wanted.
  private func forEachRow(
    _ begin: (RecordingHeader, [RecordedColumn]) throws -> Void,
    row body: (CycleBlock, Int, [RecordedColumn]) throws -> Void
  ) throws {
    var (columns, header, isBegun, seen) = ([] as [RecordedColumn], RecordingHeader(), false, 0)
    try recording.read { piece in
      switch piece {
      case .header(let next):
        header = next
        let found = try RecordedNames.columns(names, header)
        if found.map(\.name) != columns.map(\.name) { isBegun = false }
        columns = found
      case .checkpoint: break
      case .cycles(let block):
        for row in 0..<block.count where recording.range.contains(block.timeMs(row: row)) {
          defer { seen += 1 }
          guard seen % every == 0 else { continue }
          if !isBegun { try begin(header, columns) }
          isBegun = true
          try body(block, row, columns)
        }
      }
    }
    guard seen > 0 else { throw RecordedNames.nothing() }
  }

  private func line(_ block: CycleBlock, _ row: Int, _ columns: [RecordedColumn]) -> String {
    var line = WireTime.text(ms: block.timeMs(row: row))
    line += ",\(block.word(CycleLayout.cycle, row: row)),\(RecordedNames.mode(block.word(CycleLayout.mode, row: row)))"
    for column in columns { line += column.value(block, row: row).map { ",\($0)" } ?? "," }
    return line
  }
}

struct RecordCut: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cut", abstract: "Make a file of its own from a part of the recording.",
    discussion: """
      The file holds all that a replay needs: irhxctl replay FILE computes every decision in it again. An incident \
      that was cut out is a test of the version that recorded it, and a question to every later one.
      """)
  @OptionGroup var recording: RecordingOptions
  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  func run() throws {
    let cut = RecordingCut(recording.range)
    try recording.read(cut.take)
    cut.finish()
    guard cut.cycles > 0 else { throw RecordedNames.nothing() }
    do throws(RecorderFault) { try cut.write(to: output) } catch {
      Target.complain(error.description)
      throw ExitCode(EX_CANTCREAT)
    }
    print("\(output): \(cut.cycles) cycles, \(cut.bytes.count) bytes")
  }
}

/// Names in a recording.
enum RecordedNames {
  /// The asked-for quantities of a run; all where none is asked for.
  static func columns(_ names: [String], _ header: RecordingHeader) throws -> [RecordedColumn] {
    let all = RecordedColumn.all(header)
    if names.isEmpty { return all }
    return try names.map { name in
      guard let column = all.first(where: { $0.name == name }) else {
        Target.complain("\(name) was not recorded; irhxctl record show --names lists what was")
        throw ExitCode(EX_USAGE)
      }
      return column
    }
  }

  static func nothing() -> ExitCode {
    Target.complain("nothing was recorded in that time")
    return ExitCode(EX_NOINPUT)
  }

  static func mode(_ word: UInt64) -> String {
    let modes = ["off", "standby", "starting", "auto", "shutdown", "tripped"]
    return word < UInt64(modes.count) ? modes[Int(word)] : "\(word)"
  }
}

/// A file that is written piece by piece.
final class OutputFile {
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw refuse() }
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8]) throws {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes[written...].withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw refuse() }
      written += count
    }
  }

  private func refuse() -> ExitCode {
    Target.complain("\(path): cannot be written")
    return ExitCode(EX_CANTCREAT)
  }
}
