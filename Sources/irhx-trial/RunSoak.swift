import ArgumentParser
import Trials

/// Runs the real programs for a long time.
struct RunSoak: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Run daemons against simulators over real Modbus for hours, with one fault after the other.",
    discussion: """
      Needs irhxd, irhx-sim and irhxctl beside this program. Exit status: 0 memory and descriptors stayed flat, no \
      cycle was late and no watchdog hungry; 1 otherwise.
      """)

  @Option(help: ArgumentHelp("Site file.", valueName: "file"))
  var site = "config/row.demo.yaml"
  @Option(help: "Real hours.")
  var hours = 1.0
  @Option(help: "Daemons at the same time, each with a simulator of its own.")
  var rows = 1
  @Option(help: "The same seed draws the same faults.")
  var seed: UInt64 = 1
  @Flag(help: "Nothing goes wrong.")
  var faultless = false

  func validate() throws {
    guard hours > 0, rows > 0 else { throw ValidationError("--hours and --rows must be above 0") }
  }

  func run() throws {
    var soak = Soak(
      try loadSite(site), programFolder: programFolder(), rows: rows, seconds: 3600 * hours, seed: seed,
      injectsFaults: !faultless, progress: { say("irhx-trial: \($0)") })
    let findings = try soak.run()
    for finding in findings {
      let verdict = finding.holds.map { $0 ? "holds" : "FAILED" } ?? ""
      print("\(finding.what): \(finding.figure)\(verdict.isEmpty ? "" : ", \(verdict)")")
    }
    guard findings.allSatisfy({ $0.holds != false }) else { throw ExitCode.failure }
  }
}
