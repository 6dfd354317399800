import ArgumentParser
import Trials

/// One trial drawn from a seed.
struct RunSeed: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seed", abstract: "Run the trial that a seed draws, and explain how it fails.",
    discussion: "Exit status: 0 every rule held, 1 one did not.")

  @Argument(help: "Draws row, plant, load and everything that goes wrong.")
  var seed: UInt64
  @Option(help: "Simulated hours.")
  var hours: Double = 6
  @Option(help: ArgumentHelp("Folder of the shipped site files.", valueName: "folder"))
  var config = "config"
  @Option(help: ArgumentHelp("Who commands: pid, pid+optimiser or mpc; else the site files.", valueName: "mode"))
  var control: ControlMode?
  @Flag(help: "Print a line a minute.")
  var trace = false
  @Flag(help: "Do not look for the shortest schedule that fails.")
  var asDrawn = false

  func run() throws {
    let plan = try TrialPlan.drawn(seed: seed, from: try loadSites(config, control), hours: hours)
    print(plan.text)
    if trace { print(RowLine.header) }
    let report = try Trial.run(plan) { row in
      if trace && Int(row.seconds) % 60 == 0 { print(RowLine.text(row)) }
    }
    print("alarms: \(report.alarms.isEmpty ? "none" : report.alarms.joined(separator: ", "))")
    print("least chip margin \(report.chipMarginK) K, state hash \(String(report.stateHash, radix: 16))")
    for loss in report.beyondSaving { print("nobody could have saved \(loss)") }
    for violation in report.violations { print(violation) }
    guard let first = report.violations.first else { return }
    if !asDrawn {
      print("shortest schedule that still fails:")
      print(try FailureText.explain(plan, first))
    }
    throw ExitCode.failure
  }
}

/// Many of them.
struct RunSeeds: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seeds", abstract: "Run many seeded trials on all cores.",
    discussion: "Exit status: 0 every rule held in every trial, 1 one did not.")

  @Option(help: "How many.")
  var count: Int = 1000
  @Option(help: "The first seed; the others follow it.")
  var first: UInt64 = 1
  @Option(help: "Simulated hours of each.")
  var hours: Double = 6
  @Option(help: ArgumentHelp("Folder of the shipped site files.", valueName: "folder"))
  var config = "config"
  @Option(help: ArgumentHelp("Who commands: pid, pid+optimiser or mpc; else the site files.", valueName: "mode"))
  var control: ControlMode?
  @Flag(help: "Print every trial's state hash: the same on any machine and in any build.")
  var hashes = false
  @OptionGroup var campaign: Campaign

  func run() throws {
    let sites = try loadSites(config, control)
    let (first, hours, hashes) = (first, hours, hashes)
    try campaign.run(count) {
      "seed \(first + UInt64($0))"
    } plan: { index in
      try TrialPlan.drawn(seed: first + UInt64(index), from: sites, hours: hours)
    } each: { index, report in
      if hashes { print("seed \(first + UInt64(index)) hash \(String(report.stateHash, radix: 16))") }
    }
  }
}
