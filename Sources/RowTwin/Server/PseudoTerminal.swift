/// A pseudo-terminal that stands for a serial line: the simulator has one end, and masters open the other by a path.
internal import Glibc

final class PseudoTerminal: Sendable {
  /// Our end, non-blocking.
  let end: Socket
  /// What a master opens: the link, or, where none was wanted, the terminal's own name.
  let path: String

  /// Kept open, since our end would hang up while no master has the other one.
  private let other: Socket
  private let terminal: String
  private let link: String?

  /// ioctl_tty(2): TIOCSPTLCK and TIOCGPTN, which Swift does not import, nor unlockpt(3) and ptsname(3).
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  /// pts(4), in raw mode, with a symbolic link to it at `link`, where nothing may be yet.
  init(link: String?) throws(ServerError) {
    end = Socket(unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK))
    var lock: CInt = 0
    var number: CInt = 0
    guard end.descriptor >= 0, unsafe ioctl(end.descriptor, Self.setLock, &lock) == 0,
      unsafe ioctl(end.descriptor, Self.getNumber, &number) == 0
    else { throw ServerError("cannot open a pseudo-terminal", code: errno) }
    terminal = "\(Self.folder)\(number)"
    other = Socket(unsafe open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC))
    var settings = termios()
    guard other.descriptor >= 0, unsafe tcgetattr(other.descriptor, &settings) == 0 else {
      throw ServerError("cannot open \(terminal)", code: errno)
    }
    // Else it would echo what comes before a master has set it up.
    unsafe cfmakeraw(&settings)
    // As open to the machine's users as a port on loopback: the daemon is another one.
    guard unsafe tcsetattr(other.descriptor, TCSANOW, &settings) == 0, fchmod(other.descriptor, 0o666) == 0 else {
      throw ServerError("cannot set up \(terminal)", code: errno)
    }
    path = link ?? terminal
    if let link, unsafe symlink(terminal, link) != 0 { throw ServerError("cannot make \(link)", code: errno) }
    self.link = link
  }

  deinit { removeLink() }

  /// Unless somebody has put something else there.
  func removeLink() {
    if let link, Self.destination(of: link) == terminal { unsafe unlink(link) }
  }

  private static let folder = "/dev/pts/"

  /// Removes the link of a simulator that is no more: to a terminal that is gone. Everything else is left alone.
  static func removeStaleLink(at path: String) {
    if destination(of: path)?.hasPrefix(folder) == true, unsafe access(path, F_OK) != 0 { unsafe unlink(path) }
  }

  /// nil where there is no symbolic link.
  private static func destination(of link: String) -> String? {
    var name = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe name.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return -1 }
      return unsafe readlink(link, start.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return count < 0 ? nil : String(decoding: name[..<count], as: UTF8.self)
  }
}
