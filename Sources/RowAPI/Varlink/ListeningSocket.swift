internal import CPlatform
import Glibc

/// A Unix socket on which clients may connect: handed over by systemd, or made at a path of our own.
public struct ListeningSocket: Sendable, Equatable {
  /// Connections that may wait to be accepted.
  private static let backlog: Int32 = 64
  /// Owner and group may connect; the group is how a site grants reading.
  private static let mode: UInt32 = 0o660
  /// The first descriptor that systemd passes (sd_listen_fds(3)).
  private static let firstPassed: Int32 = 3

  let fd: Int32
  /// The file we made, and must remove; nil when systemd owns it.
  private let own: OwnFile?

  private struct OwnFile: Sendable, Equatable {
    var path: String
    var device: UInt
    var inode: UInt
  }

  public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    case inUse(path: String)
    case notASocket(path: String)
    /// What systemd passed is not one listening Unix stream socket.
    case badHandover(String)
    case system(SystemError)

    public var description: String {
      switch self {
      case .inUse(let path): "\(path): socket in use by a live daemon"
      case .notASocket(let path): "\(path): exists and is not a socket; remove it or choose another path"
      case .badHandover(let why): "socket activation: \(why)"
      case .system(let error): error.description
      }
    }
  }

  /// The socket systemd passed (`LISTEN_PID`, `LISTEN_FDS`), or nil when it passed none to this process.
  public static func fromSystemd() throws(Failure) -> ListeningSocket? {
    try passed(pid: environment("LISTEN_PID"), count: environment("LISTEN_FDS"), fd: firstPassed)
  }

  static func passed(pid: String?, count: String?, fd: Int32) throws(Failure) -> ListeningSocket? {
    guard let pid, let count, Int32(pid) == getpid() else { return nil }
    guard count == "1" else { throw .badHandover("expected 1 socket (LISTEN_FDS), got \(count)") }
    guard cplatform_is_unix_listener(fd) == 1 else {
      throw .badHandover("descriptor \(fd) is not a listening Unix stream socket")
    }
    let outcome = cplatform_adopt(fd)
    guard outcome >= 0 else { throw .system(SystemError(what: "adopt descriptor \(fd)", errno: -outcome)) }
    return ListeningSocket(fd: fd, own: nil)
  }

  /// Listens at `path`, mode 0660. A socket left behind by a dead daemon is replaced; one that answers is not.
  public static func atPath(_ path: String) throws(Failure) -> ListeningSocket {
    try removeStale(path)
    let fd = unsafe cplatform_listen(path, mode, backlog)
    if fd == -EADDRINUSE { throw .inUse(path: path) }
    guard fd >= 0 else { throw .system(SystemError(what: "listen on \(path)", errno: -fd)) }
    guard let status = status(of: path) else {
      throw .system(SystemError(what: "stat \(path)", errno: errno))
    }
    return ListeningSocket(fd: fd, own: OwnFile(path: path, device: UInt(status.st_dev), inode: UInt(status.st_ino)))
  }

  enum Accepted: ~Copyable {
    case connection(Socket)
    case nobody
    /// The process or the machine has no descriptor to give: later, perhaps.
    case exhausted
  }

  /// The next connection that waits.
  func accept() -> Accepted {
    let outcome = cplatform_accept(fd)
    if outcome >= 0 { return .connection(Socket(adopting: outcome)) }
    return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(-outcome) ? .exhausted : .nobody
  }

  /// Stops listening, and removes the file if it is still the one we made.
  func close() {
    Glibc.close(fd)
    guard let own, let status = Self.status(of: own.path),
      UInt(status.st_dev) == own.device, UInt(status.st_ino) == own.inode
    else { return }
    unsafe unlink(own.path)
  }

  private static func removeStale(_ path: String) throws(Failure) {
    guard let status = status(of: path) else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
    do {
      _ = try Socket(connectingTo: path)
    } catch {
      // Only a refused connection proves that nobody listens; anything else (no permission, backlog full) does not.
      guard error.errno == ECONNREFUSED else { throw error.errno == EAGAIN ? .inUse(path: path) : .system(error) }
      guard unsafe unlink(path) == 0 else { throw .system(SystemError(what: "remove \(path)", errno: errno)) }
      return
    }
    throw .inUse(path: path)
  }

  private static func status(of path: String) -> stat? {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? status : nil
  }

  private static func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
