import ArgumentParser
import CAllocationProbe
import CPlatform
import FoundationEssentials
import Glibc
import Trials

/// Measures and reports.
struct RunBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure speed, decision cost, punctuality and footprint, each beside its floor.",
    discussion: """
      Needs a release build of irhxd, irhx-sim and irhxctl beside this program, and cyclictest (apt package rt-tests) \
      and stress-ng; what is missing is said and left out. Takes about twenty minutes.
      """)

  @Option(help: ArgumentHelp("Site file.", valueName: "file"))
  var site = "config/row.demo.yaml"
  @Option(help: ArgumentHelp("Site file of the largest row, for what a plan costs there.", valueName: "file"))
  var largest = "config/row.mixed-16.yaml"
  @Flag(help: "Only what a plan costs.")
  var plan = false
  @Flag(help: "Only the flight recorder.")
  var recorder = false
  @Flag(help: "A fraction of the work, in two to three minutes: for a look, not for the record.")
  var quick = false
  @Flag(help: "Only the field layer: Modbus over loopback, its faults and its peers.")
  var field = false
  @Option(help: ArgumentHelp("Also write the report to this file, such as docs/benchmarks.md.", valueName: "file"))
  var write: String?

  func run() throws {
    #if DEBUG
      say("irhx-trial: this is a debug build: its figures mean nothing")
    #endif
    // ignoring: where memory may not be locked the daemon's cannot either, and is measured as it is.
    _ = cp_lock_memory()
    let heap = Bench.HeapProbe(arm: { ap_arm() }, disarm: { Int(ap_disarm()) })
    var bench = Bench(
      try loadSite(site), isQuick: quick, heap: heap, programFolder: programFolder(),
      progress: { say("irhx-trial: \($0) …") })
    bench.largest = try loadSite(largest)
    bench.large = try loadSite("config/row.large.yaml")
    let command = "irhx-trial bench --site \(site)" + (quick ? " --quick" : "") + (field ? " --field" : "")
    if recorder { return print(try bench.runRecorder(command: command + " --recorder").text) }
    let report =
      try plan ? bench.runPrediction(command: command + " --plan") : bench.run(command: command, isFieldOnly: field)
    print(report.text)
    guard let write else { return }
    do {
      try Data((report.markdown + solverSection(write)).utf8).write(to: URL(filePath: write), options: .atomic)
    } catch {
      say("irhx-trial: \(write): cannot be written")
      throw ExitStatus.cannotCreate
    }
  }

  /// What `make bench-qp` has written at the end of the file, to be kept.
  private func solverSection(_ path: String) -> String {
    // ignoring: a report that does not exist has no such section.
    let old = (try? String(contentsOf: URL(filePath: path), encoding: .utf8)) ?? ""
    return old.range(of: "\n## MPC solver").map { String(old[$0.lowerBound...]) } ?? ""
  }
}
