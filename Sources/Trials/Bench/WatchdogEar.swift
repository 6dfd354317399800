import Glibc

/// Listens where a daemon feeds its watchdog, as systemd would (sd_notify(3)).
final class WatchdogEar {
  private let descriptor: Int32
  private(set) var isReady = false
  private(set) var longestGapS = 0.0
  private var lastS: Double?

  /// - Throws: `RunningRow.Missing` where the socket cannot be made.
  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = path.utf8CString
    guard bytes.count <= MemoryLayout.size(ofValue: address.sun_path) else {
      throw RunningRow.Missing(description: "the path of a socket is too long: \(path)")
    }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
      unsafe bytes.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
    }
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else { throw RunningRow.Missing(description: "\(path) cannot be made: error \(errno)") }
  }

  deinit { close(descriptor) }

  /// Takes what has come since the last call.
  func listen(nowS: Double) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { break }
      for line in String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n") {
        if line == "READY=1" { isReady = true }
        if line == "WATCHDOG=1" { lastS = nowS }
      }
    }
    if let lastS { longestGapS = max(longestGapS, nowS - lastS) }
  }
}
