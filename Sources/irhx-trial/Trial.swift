import ArgumentParser
import Glibc
import RowConfig
import Trials

/// `irhx-trial`: the production loop, codec and core against the simulated plant on a virtual clock, and the measuring
/// of it.
@main
struct Trial: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "irhx-trial",
    abstract: "Run a row on a virtual clock, or measure what the project promises in figures.",
    discussion:
      "Exit status: 0 done, 64 wrong usage, 73 a file cannot be written, 78 the site file or a profile has faults.",
    subcommands: [RunRow.self, RunHunt.self, RunBench.self])
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

/// One line on standard error.
func say(_ text: String) {
  let line = text + "\n"
  // ignoring: nobody is left to tell when standard error is gone.
  _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
}
