import ArgumentParser
import FoundationEssentials
import Trials

/// Compares controllers by what they spend.
struct RunEnergy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "energy",
    abstract: "Compare irhx with off-the-shelf control by energy, violations, chip temperature and wear.")

  @Option(help: ArgumentHelp("Folder with the shipped rows.", valueName: "folder"))
  var config = "config"
  @Option(help: ArgumentHelp("Folder with recorded loads [IRHX_DATA, or ../shared/data].", valueName: "folder"))
  var data: String?
  @Flag(help: "A quarter of an hour of two scenarios: for a look, not for the record.")
  var quick = false
  @Option(help: "Only scenarios whose name begins so.")
  var only: String?
  @Option(help: "One a core pays.")
  var threads = 2

  func run() throws {
    let folder = data ?? ProcessInfo.processInfo.environment["IRHX_DATA"] ?? "../shared/data"
    var bench = EnergyBench(
      sites: try loadSites(config), isQuick: quick, dataFolder: folder, threads: threads, progress: { say($0) })
    bench.only = only
    let runs = try bench.run()
    for run in runs {
      let f = run.figures
      print(run.scenario, run.controller, "load", f.loadShare, "kW", f.meanKw, "pump", f.pumpKwh / f.hours, "fan", f.fanKwh / f.hours, "KS", f.violationKSPerDay, "chip", f.chipMaxC, f.chipMeanC, "sd", f.supplySdK, f.supplyMaxK, "travel", f.pumpStrokes, f.fanStrokes, f.valveStrokes, f.valveReversals, "dew", f.dewMarginK, "down", f.downS)
    }
  }
}
