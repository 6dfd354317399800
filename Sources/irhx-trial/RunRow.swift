import ArgumentParser
import Glibc
import Trials

/// Runs a row and prints how it stands now and then.
struct RunRow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a row from a cold start on a virtual clock and print a line now and then.")

  @Argument(help: "Site file.")
  var site: String
  @Option(help: "Simulated hours.")
  var hours: Double = 1
  @Option(help: ArgumentHelp("ai-mix, steady=PERCENT, or step (rack 1, 15 to 100 % after 5 min).", valueName: "load"))
  var load: RowLoad = .aiMix
  @Option(help: "The same seed gives the same plant, noise and load.")
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Simulated seconds between two lines.", valueName: "s"))
  var every: Double = 60

  func validate() throws {
    guard hours > 0, hours <= 10_000 else { throw ValidationError("--hours must be above 0 and at most 10000") }
    guard every >= 1 else { throw ValidationError("--every must be at least 1") }
  }

  func run() throws {
    let row = try VirtualRow(loadSite(site), seed: seed, load: load.kind)
    print(RowLine.header)
    var next = every
    row.run(seconds: hours * 3600) { row in
      guard row.seconds >= next else { return }
      next += every
      print(RowLine.text(row))
    }
  }
}
