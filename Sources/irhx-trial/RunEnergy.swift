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
  @Option(help: "One a core pays.")
  var threads = 2

  func run() throws {
    let folder = data ?? ProcessInfo.processInfo.environment["IRHX_DATA"] ?? "../shared/data"
    let bench = EnergyBench(
      sites: try loadSites(config), isQuick: quick, dataFolder: folder, threads: threads, progress: { say($0) })
    let results = try bench.run()
    print(results.debug)
  }
}
