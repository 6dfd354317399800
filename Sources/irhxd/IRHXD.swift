import ArgumentParser
import Glibc
import RowRuntime

/// Controls one row. Wiring only: options in, the daemon or an answer out.
@main
struct IRHXD: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "irhxd",
    abstract: "Control one row of liquid-cooled racks over Modbus.",
    discussion: """
      Exit status: 0 done, 64 wrong usage, 69 something needed is not available (a socket in use), 71 the system \
      refused, 75 handed over, 78 the site file or a profile has faults.
      """,
    version: Daemon.version,
    subcommands: [
      Run.self, Check.self, Plan.self, Scan.self, Commission.self, Import.self, CauseTable.self, AlarmPhilosophy.self,
      AlarmCatalog.self,
    ],
    defaultSubcommand: Run.self)
}

/// Exit status, see sysexits(3).
enum ExitStatus {
  static let unavailable = ExitCode(69)
  static let systemError = ExitCode(71)
  /// EX_TEMPFAIL: try again.
  static let handedOver = ExitCode(75)
  static let configuration = ExitCode(78)
}

/// One line on standard error.
func say(_ text: String) {
  let line = text + "\n"
  // ignoring: nobody is left to tell when standard error is gone.
  _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
}
