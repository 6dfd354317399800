import ArgumentParser
import Glibc
import RowAPI

/// Follows the row: on a terminal one screen that redraws in place, in a pipe one line a state.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Follow the row.",
    discussion: "With --until, exits 0 when the row reaches that mode, and 1 when --timeout passes first.")
  @OptionGroup var target: Target

  @Option(help: ArgumentHelp("Stop after this many states.", valueName: "n"))
  var count: Int?
  @Option(help: ArgumentHelp("At most one state in this time.", valueName: "ms"))
  var intervalMs: Int?
  @Option(help: "Stop when the row is in this mode.")
  var until: Mode?
  @Option(help: "Stop after this time, such as 60s or 5m.")
  var timeout: Lease?

  /// Without a state for so long, a daemon that should publish every second is taken for gone.
  private static let quietS = 30.0

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count must be at least 1") }
    if let intervalMs, intervalMs < 0 { throw ValidationError("--interval-ms must not be negative") }
  }

  func run() throws {
    let screen = target.json || isatty(STDOUT_FILENO) == 0 ? nil : Screen()
    defer { screen?.restore() }
    let deadline = timeout.map { ContinuousClock.now + .seconds($0.seconds) }
    var isLate: Bool { deadline.map { $0 <= .now } ?? false }
    var shown = 0
    var reached = false
    var broken: (any Error)?
    let quiet = max(Self.quietS, Double(intervalMs ?? 0) / 1000 * 3)
    try target.ask { client throws(RowClient.Failure) in
      do throws(RowClient.Failure) {
        try client.watch(intervalMs: intervalMs, quiet: .seconds(quiet), deadline: deadline) { state in
          do { try show(state, on: screen) } catch { broken = error }
          shown += 1
          reached = state.mode == until
          return broken == nil && !reached && shown != count && !isLate
        }
      } catch {
        guard error == .varlink(.timeout), isLate else { throw error }
      }
    }
    if let broken { throw broken }
    if let until, !reached {
      Target.complain("the row has not reached \(until.rawValue)")
      throw ExitCode(1)
    }
  }

  private func show(_ state: RowState, on screen: Screen?) throws {
    if target.json { return try Target.printJSON(state) }
    if let screen { return screen.draw(StatusText(state, style: .forOutput).lines) }
    print(StatusText.line(state))
    fflush(nil)
  }
}

/// A terminal in which text is redrawn in place. The cursor is hidden meanwhile, and comes back however we end.
struct Screen {
  init() {
    // Only async-signal-safe calls: show the cursor, then die of the signal as if it had not been caught.
    let restoreAndDie: @convention(c) (Int32) -> Void = { signal in
      Screen.write("\u{1B}[?25h\n")
      Glibc.signal(signal, SIG_DFL)
      raise(signal)
    }
    signal(SIGINT, restoreAndDie)
    signal(SIGTERM, restoreAndDie)
    Self.write("\u{1B}[?25l\u{1B}[H\u{1B}[J")
  }

  func draw(_ lines: [String]) {
    var size = winsize()
    let known = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 2
    var shown = lines
    if known, lines.count >= Int(size.ws_row) {
      shown = lines.prefix(Int(size.ws_row) - 2) + ["… \(lines.count - Int(size.ws_row) + 2) more lines"]
    }
    // One write, so that neither a refresh nor Ctrl-C shows half a screen.
    let text = Array(("\u{1B}[H" + shown.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J").utf8)
    // ignoring: a terminal that takes no output shows none.
    _ = unsafe Glibc.write(STDOUT_FILENO, text, text.count)
  }

  func restore() { Self.write("\u{1B}[?25h") }

  private static func write(_ text: StaticString) {
    // ignoring: a terminal that takes no output has no cursor to restore.
    _ = unsafe Glibc.write(STDOUT_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }
}
