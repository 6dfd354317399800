import ArgumentParser
import FlightRecorder
import RowConfig
import RowRuntime
import Trials

/// Records a virtual row, as the daemon records a real one.
struct RunRecord: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record", abstract: "Run a row on a virtual clock and record every cycle.",
    discussion: """
      The folder can be read with irhxctl record, trend and replay, also while it is written.
      """)
  @Argument(help: "Site file.")
  var site: String
  @Argument(help: "Folder to record into.")
  var folder: String
  @Option(help: "Simulated hours.")
  var hours: Double = 1
  @Option(help: "The same seed gives the same plant, noise and load.")
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Bound of what is kept.", valueName: "MB"))
  var maxMb = 256

  func validate() throws {
    guard hours > 0, hours <= 10_000 else { throw ValidationError("--hours must be above 0 and at most 10000") }
    guard maxMb > 0 else { throw ValidationError("--max-mb must be at least 1") }
  }

  func run() throws {
    let loaded = try loadSite(site)
    let recorder = FlightRecorder(
      folder: folder, bytesMax: maxMb * 1_000_000, header: RecordingHeader(loaded, roles: RoleMap(site: loaded.site)))
    let row = try VirtualRow(loaded, seed: seed, load: .aiMix, recorder: recorder.mailbox)
    row.twin.settle(loadPercent: 60)
    for cycle in 0..<Int(hours * 3_600_000 / Double(loaded.site.cycle.periodMs)) {
      row.step()
      if cycle % 8 == 0 { recorder.drain() }
    }
    recorder.close(withinS: 10)
    let state = recorder.state
    print("\(folder): \(state.cycles) cycles, \(state.bytes) bytes, \(state.lost) lost")
    if let trouble = state.trouble {
      say("irhx-trial: \(trouble)")
      throw ExitStatus.cannotCreate
    }
  }
}
