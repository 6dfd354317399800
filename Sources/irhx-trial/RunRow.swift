import ArgumentParser
import FoundationEssentials
import RowConfig
import Trials

/// Runs a row and prints how it stands now and then; with a schedule, judges it too.
struct RunRow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a row on a virtual clock and print a line now and then.",
    discussion: """
      Without a schedule it starts cold and nothing goes wrong. A schedule holds one event a line, such as \
      `at 600 until 900 pump.1.broken`; the row is then judged as in a trial, and the exit status is 1 where it fails.
      """)

  @Argument(help: "Site file.")
  var site: String
  @Option(help: "Simulated hours.")
  var hours: Double = 1
  @Option(
    help: ArgumentHelp(
      "ai-mix, steady=PERCENT, or step=RACK@SECOND (from 15 to 100 %; rack 1 after 5 min).", valueName: "load"))
  var load: RowLoad = .aiMix
  @Option(help: "The same seed gives the same plant, noise and load.")
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Simulated seconds between two lines.", valueName: "s"))
  var every: Double = 60
  @Option(help: ArgumentHelp("Who commands: pid, pid+optimiser or mpc; else the site file.", valueName: "mode"))
  var control: ControlMode?
  @Option(help: ArgumentHelp("Begin with a row that runs at this load.", valueName: "percent"))
  var settled: Double?
  @Option(help: ArgumentHelp("What happens when.", valueName: "file"))
  var schedule: String?
  @Option(help: ArgumentHelp("From this second on the row must come back (an hour before the end).", valueName: "s"))
  var quietFrom: Int?
  @Option(help: ArgumentHelp("Last second, instead of --hours.", valueName: "s"))
  var end: Int?
  @Option(help: "Cut the row to so many racks.")
  var racks: Int?
  @Option(help: "Give it so many pumps.")
  var pumps: Int?
  @Option(help: "Cut it to so many fan coils.")
  var fans: Int?

  func validate() throws {
    guard hours > 0, hours <= 10_000 else { throw ValidationError("--hours must be above 0 and at most 10000") }
    guard every >= 1 else { throw ValidationError("--every must be at least 1") }
  }

  func run() throws {
    var loaded = try loadSite(site)
    if let control { loaded.site.control.mode = control.mode }
    let endS = end ?? Int(hours * 3600)
    let plan = TrialPlan(
      site: loaded, size: size(loaded.site), seed: seed, load: load.kind, settledPercent: settled,
      events: try events(), quietFromS: quietFrom ?? max(endS - 3600, 0), endS: endS)
    print(RowLine.header)
    var next = every
    var meter = RunMeter()
    let report = try Trial.run(plan) { row in
      meter.add(row)
      guard row.seconds >= next else { return }
      next += every
      print(RowLine.text(row))
    }
    print(meter.text)
    guard schedule != nil else { return }
    for violation in report.violations { print(violation) }
    for loss in report.beyondSaving { print("nobody could have saved \(loss)") }
    if !report.isSafe { throw ExitCode.failure }
  }

  private func size(_ site: Site) -> RowSize? {
    guard racks != nil || pumps != nil || fans != nil else { return nil }
    return RowSize(
      racks: racks ?? site.racks.units.count, pumps: pumps ?? site.pumps.units.count,
      fans: fans ?? site.fans?.units.count ?? 0)
  }

  private func events() throws -> [TrialEvent] {
    guard let schedule else { return [] }
    let text: String
    do { text = try String(contentsOfFile: schedule, encoding: .utf8) } catch {
      throw ValidationError("\(schedule) cannot be read")
    }
    do { return try TrialEvent.schedule(text) } catch { throw ValidationError("\(schedule): \(error)") }
  }
}
