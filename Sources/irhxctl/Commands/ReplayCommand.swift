import ArgumentParser
import CoolingCore
import FlightRecorder
import FoundationEssentials
import Glibc
import RowAPI
import RowConfig
import RowRuntime

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Compute the decisions of a recording again, and compare every bit.",
    discussion: """
      Runs the controller of this program over what was recorded. Exit status 1 when a decision is not what was \
      recorded; the first difference is printed. A recording of another version of the controller cannot be compared \
      so: exit status 65.

      With --site the same scans are given to a controller with that site file, started where each run begins, and \
      what it would have sent is set beside what was sent. The plant did not follow it: this is open loop, good for a \
      first decision, not for how it would have gone on.

      With --follow as well it goes on while the daemon records: a controller with that site file beside the one in \
      command, given what that one is given. It begins with the segment that is being written, at most an hour ago.
      """)
  @Argument(help: "The daemon's recorder folder, or a file that was cut from one.", completion: .file())
  var paths: [String]
  @Option(help: ArgumentHelp("Site file to decide by instead.", valueName: "file"), completion: .file())
  var site: String?
  @Option(
    name: .customLong("profiles"),
    help: ArgumentHelp(
      "Folder of device profiles for --site; may be repeated. Default: 'profiles' beside the site file, then the "
        + "installed ones.", valueName: "folder"))
  var profileFolders: [String] = []
  @ArgumentParser.Flag(help: "Print nothing but the first difference.")
  var quiet = false
  @ArgumentParser.Flag(help: "With --site: go on while the daemon records into the folder.")
  var follow = false
  @Option(help: ArgumentHelp("With --follow: stop after this, such as 60s or 5m.", valueName: "time"))
  var timeout: Lease?

  func validate() throws {
    if paths.isEmpty { throw ValidationError("give a file or a folder") }
    if follow && (site == nil || paths.count > 1) { throw ValidationError("--follow takes one folder and --site") }
    if quiet && site != nil { throw ValidationError("--quiet is for an exact replay, without --site") }
    if timeout != nil && !follow { throw ValidationError("--timeout is for --follow") }
  }

  func run() throws {
    if let site { return follow ? try follow(site) : try aside(site) }
    var isSame = true
    for path in paths { isSame = try exactly(path) && isSame }
    if !isSame { throw ExitCode(1) }
  }

  private func exactly(_ path: String) throws -> Bool {
    let replay = Replay()
    var header = RecordingHeader()
    let start = ContinuousClock.now
    try RecordingOptions.read(path) { piece in
      if case .header(let next) = piece, replay.result.first == nil { header = next }
      replay.take(piece)
    }
    let result = replay.result
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    guard result.foreign == 0 else {
      Target.complain(
        "\(path): recorded by version \(header.version) with another controller (\(header.layout)); its decisions "
          + "cannot be compared bit by bit. --site FILE shows what this one would have decided")
      throw ExitCode(EX_DATAERR)
    }
    guard let first = result.first else {
      if !quiet { print("\(path): \(ReplayText.summary(result, seconds: seconds))") }
      guard result.replayed > 0 else {
        Target.complain("\(path): nothing could be replayed")
        throw ExitCode(EX_DATAERR)
      }
      return true
    }
    let recorded = RecordedColumn.describe(first.column, first.recorded, header)
    let computed = RecordedColumn.describe(first.column, first.computed, header)
    print(
      """
      \(path): not the same
        cycle     \(first.cycle), \(WireTime.text(ms: first.timeMs))
        role      \(recorded.name)
        recorded  \(recorded.text)  (\(ReplayText.bits(first.recorded)))
        computed  \(computed.text)  (\(ReplayText.bits(first.computed)))
      """)
    return false
  }

  private func aside(_ site: String) throws {
    let settings = try settings(site)
    for path in paths {
      let comparison = Comparison()
      let replay = Replay(settings: settings)
      replay.each = comparison.take
      try RecordingOptions.read(path) { piece in
        if case .header(let header) = piece { comparison.begin(header) }
        replay.take(piece)
      }
      print(comparison.lines(path, site, replay.result).joined(separator: "\n"))
    }
  }

  /// On a terminal one screen that redraws in place, in a pipe a line for what has come and the whole at the end.
  private func follow(_ site: String) throws {
    let comparison = Comparison()
    let replay = Replay(settings: try settings(site))
    replay.each = comparison.take
    var follower = RecordingFollower(path: paths[0], newestOnly: true)
    func read() throws -> Bool {
      try RecordingOptions.reading {
        try follower.read { piece in
          if case .header(let header) = piece { comparison.begin(header) }
          replay.take(piece)
        }
      }
    }
    var isNew = try read()
    if !isNew { try RecordingOptions.reading { throw Recording.Fault.nothing(paths[0]) } }
    let screen = isatty(STDOUT_FILENO) == 0 ? nil : Screen()
    defer { screen?.restore() }
    let end = timeout.map { ContinuousClock.now + .seconds($0.seconds) }
    while true {
      if let screen {
        screen.draw(comparison.lines(paths[0], site, replay.result, asOfMs: WireTime.nowMs))
      } else if isNew {
        print(comparison.line)
        fflush(nil)
      }
      if let end, end <= .now { break }
      usleep(Self.pauseUs)
      isNew = try read()
    }
    guard screen == nil else { return }
    print(comparison.lines(paths[0], site, replay.result, asOfMs: WireTime.nowMs).joined(separator: "\n"))
  }

  /// The recorder writes twice a second.
  private static let pauseUs: UInt32 = 500_000

  private func settings(_ path: String) throws -> Settings {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let installed = ["/etc/irhx/profiles", "/usr/local/share/irhx/profiles", "/usr/share/irhx/profiles"]
    let folders = profileFolders.isEmpty ? [folder + "profiles"] + installed : profileFolders
    do {
      let loaded = try SiteLoader.load(path: path, profileDirectories: folders)
      let roles = RoleMap(site: loaded.site)
      return Settings(loaded.site, roles: roles, plan: try Daemon.draft(loaded, roles))
    } catch {
      Target.complain("\(error)")
      throw ExitCode(EX_CONFIG)
    }
  }
}

enum ReplayText {
  static func summary(_ result: Replay.Result, seconds: Double) -> String {
    var parts = ["\(result.replayed) cycles decided again, every bit the same"]
    parts.append("\(result.runs == 1 ? "1 run" : "\(result.runs) runs")")
    if result.skipped > 0 { parts.append("\(result.skipped) without a state to begin with") }
    if result.gaps > 0 { parts.append(result.gaps == 1 ? "1 gap" : "\(result.gaps) gaps") }
    if seconds > 0.05 { parts.append("\(Figure.text(Double(result.replayed) / seconds, decimals: 0)) cycles/s") }
    return parts.joined(separator: ", ")
  }

  static func bits(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
  }
}
