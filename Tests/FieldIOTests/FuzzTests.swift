import FieldIO
import Fuzzing
import Glibc
import RowConfig
import Testing

/// Replies that are almost right: values come only from frames that are.
@Suite struct FuzzTests {
  private static let timeoutMs = 5

  /// What one read of two registers of unit 7 gives.
  private static func read(_ link: LibmodbusLink) -> [UInt16]? {
    var buffer = [UInt16](repeating: 0, count: 4)
    do throws(ModbusFault) {
      try link.read(.holding, unit: 7, address: 0x1234, count: 2, into: &buffer)
      return Array(buffer[..<2])
    } catch {
      return nil
    }
  }

  /// A request that was given up may reach the peer after its time.
  private static func wait(until isSeen: () -> Bool) {
    for _ in 0..<200 where !isSeen() { usleep(1000) }
  }

  private static func words(_ bytes: ArraySlice<UInt8>) -> [UInt16] {
    let bytes = Array(bytes)
    return stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
  }

  @Test(arguments: [1, 4]) func valuesComeOnlyFromWholeAnswersOverTCP(inFlight: Int) throws {
    // Behind the transaction id, which is the request's own.
    let good: [UInt8] = [0, 0, 0, 7, 7, 3, 4, 0x12, 0x34, 0xAB, 0xCD]
    let replies = Array(Fuzzing("tcp", samples: [good, [0, 0, 0, 3, 7, 0x83, 2]]).inputs)
    let peer = try ScriptedPeer { request, number, _ in
      .send(Array(request[..<2]) + (number < replies.count ? replies[number] : good))
    }
    defer { peer.stop() }
    var bus = Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: peer.port))
    bus.timeoutMs = Self.timeoutMs
    bus.requestsInFlight = inFlight
    let link = try #require(LibmodbusLink(bus))
    while peer.requests.count < replies.count {
      let number = peer.requests.count
      let read = Self.read(link)
      Self.wait { peer.requests.count > number }
      guard let values = read else { continue }
      let reply = replies[number]
      #expect(reply.starts(with: good[..<7]) && values == Self.words(reply[7...].prefix(4)), "\(reply)")
    }
    // The stream is not poisoned: whatever came, the next good answer is taken.
    #expect((0..<5).contains { _ in Self.read(link) == [0x1234, 0xABCD] })
  }

  @Test func valuesComeOnlyFromWholeAnswersInSerialFrames() throws {
    let good: [UInt8] = [7, 3, 4, 0x12, 0x34, 0xAB, 0xCD, 0x66, 0x20]
    let replies = Array(Fuzzing("rtu", samples: [good]).inputs).filter { !$0.isEmpty }
    let peer = try FramePeer(replies + [[UInt8]](repeating: good, count: 5))
    var bus = Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: peer.port))
    bus.timeoutMs = Self.timeoutMs
    bus.framing = .rtu
    let link = try #require(LibmodbusLink(bus))
    while peer.requests.count < replies.count {
      let number = peer.requests.count
      let read = Self.read(link)
      Self.wait { peer.requests.count > number }
      guard let values = read else { continue }
      // The check sum covers the values too.
      #expect(values == [0x1234, 0xABCD] && replies[number].starts(with: good), "\(replies[number])")
    }
    #expect((0..<5).contains { _ in Self.read(link) == [0x1234, 0xABCD] })
  }

  @Test func everyPatternIsANumberOrNone() throws {
    let formats = DeviceProfile.Format.allCases
    let samples = [[0x7F, 0x80, 0, 0, 0x99, 0x99, 0xFF, 0xFF], [UInt8](repeating: 0xFF, count: 8)]
    try Fuzzing("codec", samples: samples).run { input in
      let registers = (Self.words(input[...]) + [0, 0, 0, 0])
      for format in formats where format != .string {
        let pattern = Codec.pattern(registers, at: 0, format: format, wordOrder: .little, byteOrder: .little)
        guard let number = Codec.number(pattern, format: format) else { continue }
        #expect(number.isFinite)
        let again = Codec.pattern(number, format: format).flatMap { Codec.number($0, format: format) }
        #expect(again == number, "\(format) \(pattern)")
      }
      _ = Codec.text(registers, at: 0, count: registers.count)
    }
  }
}
