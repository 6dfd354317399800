import ArgumentParser
import FoundationEssentials
import Trials

/// Compares controllers by what they spend.
struct RunEnergy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "energy",
    abstract: "Compare irhx with off-the-shelf control by energy, violations, chip temperature and wear.",
    discussion: """
      The figures are compared with the committed ones (energy.json in --docs); where one is worse by more than 1 %, \
      the exit status is 1 and nothing is written. A recorded day is left out, with a notice, where its folder is \
      absent.
      """)

  @Option(help: ArgumentHelp("Folder with the shipped rows.", valueName: "folder"))
  var config = "config"
  @Option(help: ArgumentHelp("Folder with recorded loads [IRHX_DATA, or ../shared/data].", valueName: "folder"))
  var data: String?
  @Option(
    help: ArgumentHelp("Folder of energy.json; with --write also of the report and its plots.", valueName: "folder"))
  var docs = "docs"
  @Flag(help: "Write energy.md, energy.json and the plots.")
  var write = false
  @Flag(help: "Take the new figures, even where they are worse.")
  var accept = false
  @Flag(help: "A quarter of an hour of two scenarios: for a look; compares and writes nothing.")
  var quick = false
  @Option(help: ArgumentHelp("Only these scenarios; compares and writes nothing.", valueName: "name,…"))
  var scenarios: String?
  @Option(help: ArgumentHelp("Only these controllers; compares and writes nothing.", valueName: "name,…"))
  var controllers: String?
  @Option(help: "One a core pays.")
  var threads = 2

  func run() throws {
    #if DEBUG
      say("irhx-trial: this is a debug build: it takes an hour")
    #endif
    let environment = ProcessInfo.processInfo.environment
    var bench = EnergyBench(
      sites: try loadSites(config), isQuick: quick, dataFolder: data ?? environment["IRHX_DATA"] ?? "../shared/data",
      threads: threads, progress: { say("irhx-trial: \($0)") })
    if let scenarios { bench.onlyScenarios = scenarios.split(separator: ",").map(String.init) }
    if let controllers { bench.onlyControllers = controllers.split(separator: ",").map(String.init) }
    let results = try bench.run()
    guard scenarios == nil, controllers == nil else { return print(results.lines) }
    let committed = quick ? nil : try committedRecord()
    let report = EnergyReport(results, committed: committed)
    print(report.text)
    guard !quick else { return }
    let regressions = committed.map { report.regressions(from: $0) } ?? []
    for regression in regressions { print("REGRESSION", regression) }
    guard regressions.isEmpty || accept else { throw ExitCode.failure }
    if write { try writeAll(report) }
  }

  private func committedRecord() throws -> EnergyRecord? {
    let path = docs + "/energy.json"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try JSONDecoder().decode(EnergyRecord.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      say("irhx-trial: \(path): not a record of this benchmark: \(error)")
      throw ExitStatus.configuration
    }
  }

  private func writeAll(_ report: EnergyReport) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    var files = [("energy.md", Data(report.markdown.utf8)), ("energy.json", try encoder.encode(report.record))]
    files += report.plots.map { ($0.name, Data($0.svg.utf8)) }
    for (name, data) in files {
      do { try data.write(to: URL(filePath: docs + "/" + name), options: .atomic) } catch {
        say("irhx-trial: \(docs)/\(name): cannot be written")
        throw ExitStatus.cannotCreate
      }
    }
  }
}
