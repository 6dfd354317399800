import ArgumentParser
import FoundationEssentials
import Glibc
import RowConfig
import Trials

/// `irhx-trial`: the production loop, codec and core against the simulated plant on a virtual clock, and the measuring
/// of it.
@main
struct TrialProgram: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "irhx-trial",
    abstract: "Run a row on a virtual clock, hunt for its failures, or measure what the project promises in figures.",
    discussion: """
      Exit status: 0 done, 1 something failed, 64 wrong usage, 73 a file cannot be written, 78 the site file or a \
      profile has faults.
      """,
    subcommands: [
      RunRow.self, RunSeed.self, RunSeeds.self, RunHunt.self, RunDoubles.self, RunNuisance.self, RunBench.self,
      RunSoak.self, RunEnergy.self, RunQP.self, RunRecord.self, RunFieldLoad.self,
    ])
}

/// Exit status, see sysexits(3).
enum ExitStatus {
  static let cannotCreate = ExitCode(73)
  static let configuration = ExitCode(78)
}

/// Reads a site file with the profiles beside it; ends the program with every fault listed where it does not hold.
func loadSite(_ path: String) throws -> LoadedSite {
  let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  do throws(ConfigurationFaults) {
    return try SiteLoader.load(path: path, profileDirectories: [folder + "profiles"])
  } catch {
    say(error.description)
    throw ExitStatus.configuration
  }
}

/// The shipped rows that trials draw from; rows of other sizes are cut from the first.
func loadSites(_ folder: String, _ control: ControlMode? = nil) throws -> [LoadedSite] {
  try ["demo", "facility-water", "mixed-16"].map { name in
    var loaded = try loadSite("\(folder)/row.\(name).yaml")
    if let control { loaded.site.control.mode = control.mode }
    return loaded
  }
}

/// A layer as a person names it.
struct ControlMode: ExpressibleByArgument {
  let mode: Site.Control.Mode

  init?(argument: String) {
    guard let mode = Site.Control.Mode(rawValue: argument) else { return nil }
    self.mode = mode
  }

  static var allValueStrings: [String] { Site.Control.Mode.allCases.map(\.rawValue) }
}

/// One line on standard error.
func say(_ text: String) {
  let line = text + "\n"
  // ignoring: nobody is left to tell when standard error is gone.
  _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
}

/// Where this program and those that it runs are.
func programFolder() -> String {
  // ignoring: without /proc the programs are not found, which the report says.
  let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "."
  return own.lastIndex(of: "/").map { String(own[..<$0]) } ?? "."
}
