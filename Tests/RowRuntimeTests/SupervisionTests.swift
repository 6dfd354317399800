import Glibc
import Testing

@testable import RowRuntime

/// What systemd hears from the loop, and that the loop never waits for systemd to hear. The supervisor's name is read
/// once in a process: each test has its own.
@Suite struct SupervisionTests {
  /// OPS-053.
  @Test func aFullSupervisorNeitherHoldsTheLoopNorMissesThatItIsReady() async {
    await #expect(processExitsWith: .success) {
      let supervisor = try Supervisor()
      unsafe setenv("WATCHDOG_USEC", "4000000", 1)
      unsafe unsetenv("WATCHDOG_PID")
      var supervision = Supervision()
      #expect(supervisor.heard() == ["STATUS=starting"])
      let before = supervisor.fill()
      supervision.cycleEnded(isGood: true, now: .seconds(1))
      #expect(supervisor.heard().count == before, "nothing fitted in")
      supervision.cycleEnded(isGood: false, now: .seconds(1.5))
      #expect(supervisor.heard() == [])
      supervision.cycleEnded(isGood: true, now: .seconds(2))
      #expect(supervisor.heard() == ["READY=1", "WATCHDOG=1"])
      supervision.cycleEnded(isGood: true, now: .seconds(2.9))
      #expect(supervisor.heard() == [])
      supervision.cycleEnded(isGood: true, now: .seconds(3))
      #expect(supervisor.heard() == ["WATCHDOG=1"])
    }
  }

  @Test func aLoopWithoutSupervisorRunsOn() async {
    await #expect(processExitsWith: .success) {
      unsafe unsetenv("NOTIFY_SOCKET")
      var supervision = Supervision()
      supervision.cycleEnded(isGood: true, now: .seconds(1))
    }
  }
}

/// The receiving end, in the abstract namespace: no file is left behind.
private struct Supervisor {
  private let socket: Int32
  private var address = sockaddr_un()
  private let size: socklen_t

  struct NoSocket: Error {}

  init() throws {
    let name = "irhx-notify-\(getpid())"
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
      for (index, byte) in name.utf8.enumerated() { unsafe path[index + 1] = byte }
    }
    size = socklen_t(2 + 1 + name.utf8.count)
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    let (socket, size) = (socket, size)
    let isBound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(socket, $0, size) == 0 }
    }
    guard isBound else { throw NoSocket() }
    unsafe setenv("NOTIFY_SOCKET", "@\(name)", 1)
  }

  /// Messages waiting, in order.
  func heard() -> [String] {
    var messages: [String] = []
    var bytes = [UInt8](repeating: 0, count: 256)
    while true {
      let count = unsafe recv(socket, &bytes, bytes.count, 0)
      guard count >= 0 else { return messages }
      messages.append(String(decoding: bytes[..<count], as: UTF8.self))
    }
  }

  /// Sends until the queue takes no more and returns how many that were: from a new socket each, so that it is this
  /// queue that is full and not the sender's buffer.
  func fill() -> Int {
    var sent = 0
    while sent < 100_000 {
      let sender = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
      defer { close(sender) }
      let count = unsafe withUnsafePointer(to: address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe sendto(sender, "x", 1, Int32(MSG_NOSIGNAL), $0, size)
        }
      }
      if count < 0 { break }
      sent += 1
    }
    return sent
  }
}
