internal import CPlatform
import Glibc

/// A failed system call: what was tried, and errno.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
  public let what: String
  public let errno: Int32

  public var description: String { "\(what): \(unsafe String(cString: strerror(errno)))" }
}

/// One end of a connected stream socket. Closes its descriptor when it goes.
struct Socket: ~Copyable {
  let fd: Int32

  /// Takes over the descriptor.
  init(adopting fd: Int32) {
    self.fd = fd
  }

  /// Connects to the Unix socket at `path`.
  init(connectingTo path: String) throws(SystemError) {
    let outcome = unsafe cplatform_connect(path)
    guard outcome >= 0 else { throw SystemError(what: "connect to \(path)", errno: -outcome) }
    fd = outcome
  }

  deinit { close(fd) }

  enum Received {
    case bytes([UInt8])
    case nothingYet
    /// The peer sends no more, though it may still read.
    case ended
    case failed
  }

  func receive(atMost limit: Int) -> Received {
    var count = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
      count = unsafe recv(fd, buffer.baseAddress, limit, 0)
      initialized = max(count, 0)
    }
    if count > 0 { return .bytes(bytes) }
    if count == 0 { return .ended }
    return errno == EAGAIN || errno == EINTR ? .nothingYet : .failed
  }

  struct Gone: Error {}

  /// Sends what the socket takes now: the number of bytes, 0 when it is full. Throws when the peer has gone.
  func send(_ bytes: UnsafeRawBufferPointer) throws(Gone) -> Int {
    let count = unsafe Glibc.send(fd, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    if count >= 0 { return count }
    if errno == EAGAIN || errno == EINTR { return 0 }
    throw Gone()
  }
}
