import ArgumentParser
import FoundationEssentials
import RowTwin
import Synchronization
import Trials

/// Tries every single fault in a steady row and judges it on the plant's truth.
struct RunHunt: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hunt",
    abstract: "Try every single fault of a row: is it safe, is it said rightly, does the row come back?",
    discussion: "Exit status: 0 no fault was unsafe, 1 one was.")

  @Argument(help: "Site file.")
  var site: String
  @Option(help: ArgumentHelp("Steady loads in percent of rated power.", valueName: "percent,…"))
  var load = "30,65,100"
  @Option(help: ArgumentHelp("Only faults whose name contains this.", valueName: "text"))
  var only: String = ""
  @Option(help: ArgumentHelp("Write one line a trial to this file.", valueName: "file"))
  var csv: String?
  @OptionGroup var campaign: Campaign

  func run() throws {
    let loads = load.split(separator: ",").compactMap { Double($0) }
    guard !loads.isEmpty, loads.allSatisfy((0...100).contains) else {
      throw ValidationError("--load must be percentages with commas between")
    }
    let loaded = try loadSite(site)
    let faults = try FaultCatalogue.all(of: loaded)
      .filter { only.isEmpty || "\($0)".contains(only) }
    let cases = loads.flatMap { load in faults.map { (fault: $0, load: load) } }
    let lines = Mutex([String](repeating: "", count: cases.count))
    defer { write(lines.withLock { $0 }) }
    try campaign.run(cases.count) {
      "\(cases[$0].fault) at \(Int(cases[$0].load)) %"
    } plan: { index in
      TrialPlan.steady(loaded, faults: [cases[index].fault], loadPercent: cases[index].load)
    } each: { index, report in
      let (fault, load) = cases[index]
      let violations = report.violations.map(\.kind.rawValue).joined(separator: "; ")
      lines.withLock {
        $0[index] =
          "\(fault),\(load),\(report.isSafe),\(report.alarms.joined(separator: " ")),"
          + "\(report.chipMarginK),\(violations)"
      }
    }
  }

  private func write(_ lines: [String]) {
    guard let csv else { return }
    let text = (["fault,load_percent,safe,alarms,chip_margin_k,violations"] + lines).joined(separator: "\n") + "\n"
    do { try Data(text.utf8).write(to: URL(filePath: csv), options: .atomic) } catch {
      say("irhx-trial: \(csv) cannot be written")
    }
  }
}

/// Samples pairs of faults.
struct RunDoubles: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doubles", abstract: "Try sampled pairs of faults in a steady row.",
    discussion: "Exit status: 0 no survivable pair was unsafe, 1 one was.")

  @Argument(help: "Site file.")
  var site: String
  @Option(help: "How many pairs.")
  var count: Int = 5000
  @Option(help: "Draws the pairs.")
  var seed: UInt64 = 1
  @OptionGroup var campaign: Campaign

  func run() throws {
    let loaded = try loadSite(site)
    let seed = seed
    let kinds = try FaultCatalogue.byKind(of: loaded)
    @Sendable func plan(_ index: Int) -> TrialPlan { TrialPlan.pair(loaded, of: kinds, seed: seed + UInt64(index)) }
    try campaign.run(count) { index in
      plan(index).events.map { "\($0)" }.joined(separator: " + ")
    } plan: {
      plan($0)
    }
  }
}

/// A row to which nothing happens must say nothing.
struct RunNuisance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nuisance", abstract: "Run AI-mix load for days without a fault: every alarm is one too many.",
    discussion: "Each thread takes days of its own, with plants of their own. Exit status: 0 silent, 1 not.")

  @Option(help: "Simulated days altogether.")
  var days: Int = 30
  @Option(help: ArgumentHelp("Site file.", valueName: "file"))
  var site = "config/row.demo.yaml"
  @Option(help: "The first plant and load; the others follow it.")
  var seed: UInt64 = 1
  @OptionGroup var campaign: Campaign

  func run() throws {
    let loaded = try loadSite(site)
    let seed = seed
    try campaign.run(days) {
      "day \($0 + 1)"
    } plan: {
      TrialPlan.uneventful(loaded, seed: seed + UInt64($0))
    }
  }
}
