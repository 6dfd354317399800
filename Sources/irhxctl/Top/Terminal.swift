import Glibc

/// The terminal as a full screen: raw keys, no cursor, the alternate screen. Whatever ends the program, a signal or a
/// trap included, gives it back as it was found; only SIGKILL leaves that to `reset`.
///
/// One at a time: signal handlers reach it without a reference.
enum Terminal {
  /// Signals that end the program. Those of a trap are among them.
  private static let deadly = [
    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGPIPE,
  ]

  nonisolated(unsafe) private static var found = termios()
  // Proof: written by `enter`, on one thread and before any handler is installed; from then on only read.
  nonisolated(unsafe) private static var wakeUp: Int32 = -1
  // Proof: as `found`.

  private static let enterText: StaticString = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l"
  /// A terminal without an alternate screen is left below what was drawn.
  private static let leaveText: StaticString = "\u{1B}[0m\u{1B}[?7h\u{1B}[999;1H\r\n\u{1B}[?25h\u{1B}[?1049l"

  /// Takes the terminal. Changes of its size, and being stopped or continued, arrive as a byte on `wakeUp`. False where
  /// standard input is no terminal.
  static func enter(wakeUp: Int32) -> Bool {
    guard unsafe tcgetattr(STDIN_FILENO, &found) == 0 else { return false }
    unsafe self.wakeUp = wakeUp
    for signal in deadly { Glibc.signal(signal, giveBackAndDie) }
    for signal in [SIGWINCH, SIGTSTP, SIGCONT] { Glibc.signal(signal, tell) }
    take()
    return true
  }

  static func leave() {
    giveBack()
    for signal in deadly + [SIGWINCH, SIGTSTP, SIGCONT] { Glibc.signal(signal, SIG_DFL) }
  }

  /// Stops the program as Ctrl-Z does; returns when it is continued.
  static func suspend() {
    giveBack()
    signal(SIGTSTP, SIG_DFL)
    raise(SIGTSTP)
    signal(SIGTSTP, tell)
    take()
  }

  /// Columns and lines; 80 × 24 where the terminal does not say.
  static var size: (width: Int, height: Int) {
    var size = winsize()
    let isKnown = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
    return isKnown ? (min(Int(size.ws_col), 500), min(Int(size.ws_row), 200)) : (80, 24)
  }

  /// Writes all of it; false where the terminal has gone.
  static func write(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written > 0 { rest = rest.dropFirst(written) }
      if written < 0, errno != EINTR, errno != EAGAIN { return false }
    }
    return true
  }

  /// What has been typed; nil where the terminal has gone.
  static func read() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe Glibc.read(STDIN_FILENO, &bytes, bytes.count)
    if count > 0 { return Array(bytes.prefix(count)) }
    return count < 0 && (errno == EINTR || errno == EAGAIN) ? [] : nil
  }

  private static func take() {
    var raw = unsafe found
    unsafe cfmakeraw(&raw)
    unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw)
    put(enterText)
  }

  /// Only calls that a signal handler may make.
  private static func giveBack() {
    put(leaveText)
    unsafe tcsetattr(STDIN_FILENO, TCSANOW, &found)
  }

  private static func put(_ text: StaticString) {
    // ignoring: a terminal that takes no output has nothing to restore.
    _ = unsafe Glibc.write(STDOUT_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }

  private static let giveBackAndDie: @convention(c) (Int32) -> Void = { signal in
    giveBack()
    Glibc.signal(signal, SIG_DFL)
    raise(signal)
  }

  private static let tell: @convention(c) (Int32) -> Void = { signal in
    let kept = errno
    var byte = UInt8(signal)
    // ignoring: a pipe that is full wakes as well.
    _ = unsafe Glibc.write(unsafe wakeUp, &byte, 1)
    errno = kept
  }
}

/// What the terminal can show, by the names that everybody uses.
struct TerminalStyle {
  let coloured: Bool
  let hasUnicode: Bool

  /// `variable` looks a variable of the environment up; nil where it is not set or empty.
  init(isColourWanted: Bool, _ variable: (String) -> String?) {
    let terminal = variable("TERM") ?? "dumb"
    let isMonochrome = ["dumb", "vt100", "vt102", "vt220"].contains(terminal) || terminal.hasSuffix("-m")
    coloured = isColourWanted && !isMonochrome && !terminal.hasSuffix("-mono")
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(variable).first ?? "C"
    let name = locale.uppercased()
    // The console of Linux has no braille.
    hasUnicode = (name.contains("UTF-8") || name.contains("UTF8")) && terminal != "linux"
  }
}
