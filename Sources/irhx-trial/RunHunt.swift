import ArgumentParser
import Trials

/// Tries every single fault in a steady row and judges it on the plant's truth.
struct RunHunt: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hunt",
    abstract: "Try every single fault of a row: does it stay safe, is it said, does the row come back?",
    discussion: "Exit status: 0 no fault was unsafe, 1 one was.")

  @Argument(help: "Site file.")
  var site: String
  @Option(help: ArgumentHelp("Steady load in percent of rated power.", valueName: "percent"))
  var load: Double = 100
  @Option(help: ArgumentHelp("Only faults whose name contains this.", valueName: "text"))
  var only: String = ""

  func run() throws {
    let loaded = try loadSite(site)
    var unsafe = 0
    var tried = 0
    for fault in FaultCatalogue.all(of: loaded.site, bindings: loaded.bindings)
    where only.isEmpty || "\(fault)".contains(only) {
      let report = try SingleFaultTrial.run(loaded, fault, loadPercent: load)
      tried += 1
      if !report.isSafe { unsafe += 1 }
      print(report.isSafe ? "safe  " : "UNSAFE", report)
    }
    print("\(tried) faults tried, \(unsafe) unsafe")
    if unsafe > 0 { throw ExitCode.failure }
  }
}
