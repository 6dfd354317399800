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

  func validate() throws {
    if paths.isEmpty { throw ValidationError("give a file or a folder") }
  }

  func run() throws {
    if let site { return try aside(site) }
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

/// What was sent beside what would have been, output by output.
final class Comparison {
  private struct Output {
    var column: RecordedColumn
    var differing = 0
    var recorded = 0.0
    var computed = 0.0
    var most = 0.0
    var mostAtCycle: UInt64 = 0
  }

  private var outputs: [Output] = []
  private var cycles = 0
  private var modes = 0
  private var causes: (recorded: Set<String>, computed: Set<String>) = ([], [])

  func begin(_ header: RecordingHeader) {
    guard outputs.isEmpty else { return }
    outputs = RecordedColumn.all(header)
      .filter { $0.column >= CycleLayout.demands && $0.column < CycleLayout.owners }.map { Output(column: $0) }
  }

  func take(_ recorded: [UInt64], _ computed: [UInt64]) {
    noteCauses(recorded, \.recorded)
    noteCauses(computed, \.computed)
    // Until the plant is known nothing is sent.
    guard recorded[CycleLayout.driven] & 1 == 1, computed[CycleLayout.driven] & 1 == 1 else { return }
    cycles += 1
    if recorded[CycleLayout.mode] != computed[CycleLayout.mode] { modes += 1 }
    for index in outputs.indices {
      let column = outputs[index].column
      guard let was = column.value(recorded), let would = column.value(computed) else { continue }
      outputs[index].recorded += was
      outputs[index].computed += would
      if was != would { outputs[index].differing += 1 }
      if abs(would - was) > outputs[index].most {
        (outputs[index].most, outputs[index].mostAtCycle) = (abs(would - was), recorded[CycleLayout.cycle])
      }
    }
  }

  private func noteCauses(
    _ words: [UInt64], _ set: WritableKeyPath<(recorded: Set<String>, computed: Set<String>), Set<String>>
  ) {
    for event in CycleWords.events(words) where event.kind == .causeActivated {
      if let instance = event.instance { causes[keyPath: set].insert(instance.text) }
    }
  }

  func lines(_ path: String, _ site: String, _ result: Replay.Result) -> [String] {
    var lines = [
      "\(path): what \(site) would have decided. OPEN LOOP: the plant did not follow it.",
      "\(cycles) cycles compared, \(modes) in another mode",
      "", "output".left(26) + ["mean sent", "mean else", "most apart", "at cycle"].map { $0.right(13) }.joined(),
    ]
    for output in outputs where output.differing > 0 {
      let count = Double(max(cycles, 1))
      lines.append(
        output.column.name.left(26) + Figure.text(output.recorded / count, decimals: 2).right(13)
          + Figure.text(output.computed / count, decimals: 2).right(13)
          + Figure.text(output.most, decimals: 2).right(13) + "\(output.mostAtCycle)".right(13))
    }
    let same = outputs.count { $0.differing == 0 }
    lines.append("\(same) of \(outputs.count) outputs would have been the same")
    let (missing, new) = (causes.recorded.subtracting(causes.computed), causes.computed.subtracting(causes.recorded))
    if !missing.isEmpty { lines.append("would not have come: \(missing.sorted().joined(separator: ", "))") }
    if !new.isEmpty { lines.append("would have come: \(new.sorted().joined(separator: ", "))") }
    return lines
  }
}
