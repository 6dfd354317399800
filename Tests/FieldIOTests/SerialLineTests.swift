import Dispatch
import FieldIO
import Foundation
import Glibc
import RowConfig
import Testing

/// Modbus RTU on a pseudo-terminal, with a peer that computes its own CRC.
@Suite struct SerialLineTests {
  /// Answers the requests of one line, in turn, with scripted frames.
  private final class Line: Sendable {
    let path: String
    private let peer: Int32

    /// Each frame of `replies` answers one request; an empty one is silence, and goes out before the next reply.
    init(_ replies: [[UInt8]]) throws {
      peer = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
      // ioctl_tty(2): TIOCSPTLCK unlocks the other end, TIOCGPTN tells its number.
      var lock: CInt = 0
      var number: CInt = 0
      guard unsafe ioctl(peer, 0x4004_5431, &lock) == 0, unsafe ioctl(peer, 0x8004_5430, &number) == 0 else {
        throw NoTerminal()
      }
      path = "/dev/pts/\(number)"
      let peer = self.peer
      DispatchQueue(label: "line").async {
        for reply in replies {
          var request = [UInt8]()
          while request.count < 8 {
            var byte: UInt8 = 0
            guard unsafe Glibc.read(peer, &byte, 1) == 1 else { return }
            request.append(byte)
          }
          _ = unsafe Glibc.write(peer, reply, reply.count)
        }
      }
    }

    deinit {
      close(peer)
    }

    func send(_ frame: [UInt8]) {
      _ = unsafe Glibc.write(peer, frame, frame.count)
    }

    struct NoTerminal: Error {}
  }

  /// Modbus over Serial Line V1.02, 6.2.2: polynomial 0xA001, sent low byte first.
  private static func withCRC(_ frame: [UInt8]) -> [UInt8] {
    var crc: UInt16 = 0xFFFF
    for byte in frame {
      crc ^= UInt16(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1 }
    }
    return frame + [UInt8(crc & 0xFF), UInt8(crc >> 8)]
  }

  private static func link(_ line: Line, timeoutMs: Int = 5000) throws -> LibmodbusLink {
    var bus = Site.Bus(name: "b", link: .serial(path: line.path, baud: 115_200, parity: .none, stopBits: 1))
    bus.timeoutMs = timeoutMs
    return try #require(LibmodbusLink(bus))
  }

  private static func read(_ link: LibmodbusLink) -> Result<UInt16, ModbusFault> {
    var buffer: [UInt16] = [0]
    do throws(ModbusFault) {
      try link.read(.input, unit: 7, address: 1, count: 1, into: &buffer)
      return .success(buffer[0])
    } catch {
      return .failure(error)
    }
  }

  @Test func registersAndRefusalsArriveOverASerialLine() throws {
    let line = try Line([Self.withCRC([7, 4, 2, 0x12, 0x34]), Self.withCRC([7, 0x84, 2])])
    let link = try Self.link(line)
    #expect(Self.read(link) == .success(0x1234))
    #expect(Self.read(link) == .failure(.exception(2)))
  }

  /// OPS-050.
  @Test func aWrongCRCOrUnitIsAViolation() throws {
    let wrong: [[UInt8]] = [[7, 4, 2, 0x12, 0x34, 0, 0], Self.withCRC([8, 4, 2, 0x12, 0x34])]
    for frame in wrong {
      let line = try Line([frame, Self.withCRC([7, 4, 2, 0, 1])])
      let link = try Self.link(line)
      #expect(Self.read(link) == .failure(.protocolViolation))
      #expect(Self.read(link) == .success(1))
    }
  }

  /// The adapter is unplugged in the middle and comes back under the same name, as another terminal.
  @Test func aLineThatDisappearsIsATransportFaultAndIsFoundAgainWhenItReturns() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "irhx-line-\(getpid())").path
    let answer = Self.withCRC([7, 4, 2, 0x12, 0x34])
    var line: Line? = try Line([answer])
    func plug() {
      _ = unsafe unlink(path)
      #expect(unsafe symlink(line?.path ?? "", path) == 0)
    }
    plug()
    defer { _ = unsafe unlink(path) }
    var bus = Site.Bus(name: "b", link: .serial(path: path, baud: 115_200, parity: .none, stopBits: 1))
    bus.timeoutMs = 1000
    let link = try #require(LibmodbusLink(bus))
    #expect(Self.read(link) == .success(0x1234))
    line = nil
    for _ in 0..<2 {
      guard case .failure(.transport) = Self.read(link) else {
        Issue.record("a line that is gone still answers")
        return
      }
    }
    #expect(!link.isConnected)
    line = try Line([answer])
    plug()
    let deadline = MonotonicClock.now() + .seconds(6)
    var found = Self.read(link)
    while found != .success(0x1234), MonotonicClock.now() < deadline {
      usleep(20_000)
      found = Self.read(link)
    }
    #expect(found == .success(0x1234))
  }

  /// Two requests in a row: the second frame begins no sooner than 3.5 characters after the first reply.
  @Test func framesAreApartByTheSilenceThatDevicesTellThemApartBy() throws {
    let answer = Self.withCRC([7, 4, 2, 0, 1])
    let line = try Line(Array(repeating: answer, count: 10))
    let link = try Self.link(line)
    #expect(Self.read(link) == .success(1))
    let start = MonotonicClock.now()
    for _ in 0..<9 { #expect(Self.read(link) == .success(1)) }
    #expect(MonotonicClock.now() - start >= .microseconds(9 * 1750))
  }

  /// A serial server: the line's frames over TCP. Its framing is checked as that of a line.
  @Test func serialFramesTravelOverTCP() throws {
    let peer = try FramePeer([
      Self.withCRC([7, 4, 2, 0x12, 0x34]), Self.withCRC([7, 0x84, 2]), [7, 4, 2, 0x12, 0x34, 0, 0],
      Self.withCRC([7, 4, 2, 0, 9]),
    ])
    var bus = Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: peer.port))
    bus.framing = .rtu
    bus.requestsInFlight = 4
    bus.timeoutMs = 5000
    let link = try #require(LibmodbusLink(bus))
    #expect(link.requestsInFlight == 1)
    #expect(Self.read(link) == .success(0x1234))
    #expect(Self.read(link) == .failure(.exception(2)))
    #expect(Self.read(link) == .failure(.protocolViolation))
    #expect(!link.isConnected)
    #expect(Self.read(link) == .success(9))
    #expect(peer.requests == Array(repeating: Self.withCRC([7, 4, 0, 1, 0, 1]), count: 4))
  }

  @Test func aLateReplyIsFlushedBeforeTheNextRequest() throws {
    let line = try Line([[], Self.withCRC([7, 4, 2, 0, 2])])
    let link = try Self.link(line, timeoutMs: 200)
    #expect(Self.read(link) == .failure(.timeout))
    line.send(Self.withCRC([7, 4, 2, 0, 1]))
    #expect(Self.read(link) == .success(2))
  }

  @Test func aScanFindsTheUnitThatAnswersOnALine() throws {
    let value = Self.withCRC([2, 3, 2, 0, 7])
    let line = try Line([[], value, value])
    var scan = BusScan(
      Site.Bus(name: "line", link: .serial(path: line.path, baud: 19_200, parity: .none, stopBits: 1)),
      link: try Self.link(line, timeoutMs: 300), profiles: [Fixture.meter])
    #expect(try scan.find(1) == nil)
    let found = try #require(try scan.find(2))
    #expect(found.matches.map(\.profile) == ["test/meter"] && found.matches.map(\.answered) == [1])
  }
}
