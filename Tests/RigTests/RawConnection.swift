import Foundation
import Glibc

/// A Unix socket that says what it is told to, whether or not that makes sense.
final class RawConnection {
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    try unsafe RawConnection.withAddress(path) { address, length in
      guard unsafe connect(descriptor, address, length) == 0 else { throw RigFailure("connect: errno \(errno)") }
    }
  }

  deinit { close(descriptor) }

  /// Sends what the other side takes; false once it has closed.
  @discardableResult
  func send(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// Everything that is said until `end` is seen or the other side closes.
  func receive(until end: UInt8? = nil, within seconds: Double = 20) throws -> String {
    var heard: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    try wait("the connection answers or closes", within: seconds) {
      let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count > 0 { heard += buffer[..<count] }
      return count == 0 || (count < 0 && errno != EAGAIN) || (end.map(heard.contains) ?? false)
    }
    return String(decoding: heard, as: UTF8.self)
  }

  static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
  ) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = path.utf8CString
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count <= room else { throw RigFailure("path too long: \(path)") }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
      unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }
    try unsafe withUnsafePointer(to: &address) { pointer in
      try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}

/// A datagram socket as systemd would give in NOTIFY_SOCKET.
final class NotifySocket {
  private let descriptor: Int32
  private(set) var messages: [String] = []

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    try unsafe RawConnection.withAddress(path) { address, length in
      guard unsafe bind(descriptor, address, length) == 0 else { throw RigFailure("bind: errno \(errno)") }
    }
  }

  deinit { close(descriptor) }

  /// Takes what has arrived: everything since the start.
  func heard() -> [String] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return messages }
      messages += String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }
  }
}
