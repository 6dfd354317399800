import ArgumentParser

/// The operator's program: shows one row of racks and commands it, over the daemon's socket.
@main
struct Irhxctl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "irhxctl",
    abstract: "Show and command one row of liquid-cooled racks.",
    discussion: """
      The row is found at --socket PATH or --row NAME, else at $IRHX_SOCKET, else at the only socket in /run/irhx.
      Exit status: 0 done, 1 the daemon refused, 64 wrong usage, 69 no daemon there, 77 not permitted.
      """,
    subcommands: [
      Status.self, Watch.self, Top.self, Alarms.self, Acknowledge.self, Shelve.self, Unshelve.self, OutOfService.self,
      IntoService.self, BypassCause.self, Unbypass.self, SetMode.self, SetSetpoint.self, Override.self,
      Release.self, Reset.self, Pumps.self, Control.self, Explain.self, HistoryCommand.self, Probe.self, Point.self,
      Record.self, Trend.self, ReplayCommand.self, Tune.self, Info.self,
    ])
}
