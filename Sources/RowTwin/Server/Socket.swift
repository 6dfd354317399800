/// Thin wrappers over the socket calls the simulator needs. Errors carry errno as it was right after the call.
internal import Glibc

/// Why the simulator could not be put on the network, in one line.
public struct ServerError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String
  /// errno of the call that failed; 0 where none did.
  public var code: Int32
  init(_ description: String, code: Int32 = 0) {
    let reason = unsafe String(cString: strerror(code))
    self.description = code == 0 ? description : description + ": " + reason
    self.code = code
  }
  /// The same failure, said with more of its context.
  init(_ description: String, from cause: ServerError) {
    self.description = description
    code = cause.code
  }
}

/// One open descriptor, closed with its last owner.
final class Socket: Sendable {
  let descriptor: Int32
  init(_ descriptor: Int32) { self.descriptor = descriptor }
  deinit { close(descriptor) }

  /// socket(2), bind(2) and listen(2) on an IPv4 address; port 0 takes any free one.
  static func listening(host: String, port: Int) throws(ServerError) -> Socket {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    guard unsafe inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
      throw ServerError("'\(host)' is no IPv4 address of this machine")
    }
    guard (0...65_535).contains(port) else { throw ServerError("\(port) is no TCP port") }
    address.sin_port = UInt16(port).bigEndian
    let socket = try open(AF_INET)
    var yes: Int32 = 1
    _ = unsafe setsockopt(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(socket.descriptor, $0, size)
      }
    }
    guard bound == 0, listen(socket.descriptor, 16) == 0 else {
      throw ServerError("cannot listen on \(host):\(port)", code: errno)
    }
    return socket
  }

  /// A listening socket at a path of the file system, for its owner alone. Takes over the path of a dead one.
  static func listening(path: String) throws(ServerError) -> Socket {
    switch reach(path) {
    case 0: throw ServerError("a simulator already listens at \(path)")
    case ECONNREFUSED: unsafe unlink(path)
    default: break  // ignoring: bind says what is wrong, if anything
    }
    let socket = try open(AF_UNIX)
    var address = try unixAddress(path)
    let mask = umask(0o077)
    let bound = unsafe withAddress(&address) { unsafe bind(socket.descriptor, $0, $1) }
    let code = errno
    umask(mask)
    guard bound == 0 else { throw ServerError("cannot bind \(path)", code: code) }
    guard listen(socket.descriptor, 8) == 0 else { throw ServerError("cannot listen at \(path)", code: errno) }
    return socket
  }

  /// 0 if somebody listens at `path`, else errno of the attempt.
  private static func reach(_ path: String) -> Int32 {
    do throws(ServerError) {
      _ = try connected(path: path)
      return 0
    } catch {
      return error.code
    }
  }

  static func connected(path: String) throws(ServerError) -> Socket {
    let socket = try open(AF_UNIX)
    var address = try unixAddress(path)
    let result = unsafe withAddress(&address) { unsafe connect(socket.descriptor, $0, $1) }
    guard result == 0 else { throw ServerError("cannot connect to \(path)", code: errno) }
    return socket
  }

  /// pipe(2): a byte written at one end wakes a poll on the other.
  static func pipe() throws(ServerError) -> (read: Socket, write: Socket) {
    var ends: [Int32] = [0, 0]
    guard unsafe Glibc.pipe(&ends) == 0 else { throw ServerError("cannot open a pipe", code: errno) }
    return (Socket(ends[0]), Socket(ends[1]))
  }

  /// The next waiting connection, non-blocking; nil if there is none.
  func accepted() -> Socket? {
    let accepted = accept(descriptor, nil, nil)
    guard accepted >= 0 else { return nil }
    _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
    _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
    return Socket(accepted)
  }

  /// Local port of a TCP socket.
  var port: Int {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &size)
      }
    }
    return result == 0 ? Int(UInt16(bigEndian: address.sin_port)) : 0
  }

  /// Appends what has arrived; false at the end of the stream or on an error.
  func receive(into buffer: inout [UInt8], scratch: inout [UInt8]) -> Bool {
    let count = unsafe read(descriptor, &scratch, scratch.count)
    if count > 0 { buffer.append(contentsOf: scratch[..<count]) }
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
  }

  func write(_ bytes: [UInt8]) -> Bool { unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count }

  /// Sends all or fails: a client that does not read its short answers is not worth a buffer.
  func send(_ bytes: [UInt8]) -> Bool {
    unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  private static func open(_ family: Int32) throws(ServerError) -> Socket {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw ServerError("cannot open a socket", code: errno) }
    return Socket(descriptor)
  }

  private static func unixAddress(_ path: String) throws(ServerError) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard path.utf8.count < room.count else { return false }
      unsafe room.copyBytes(from: path.utf8)
      return true
    }
    guard fits else { throw ServerError("the socket path \(path) is too long") }
    return address
  }

  private static func withAddress(
    _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    return unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, size) }
    }
  }
}
