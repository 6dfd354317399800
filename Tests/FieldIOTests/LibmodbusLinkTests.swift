import FieldIO
import Glibc
import RowConfig
import Testing

/// The C shim against peers that answer late, wrongly, partly or not at all.
@Suite struct LibmodbusLinkTests {
  private static func link(_ port: Int, timeoutMs: Int = 5000) throws -> LibmodbusLink {
    var bus = Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: port))
    bus.timeoutMs = timeoutMs
    return try #require(LibmodbusLink(bus))
  }

  private static func read(
    _ link: LibmodbusLink, _ area: DeviceProfile.Area = .holding, count: Int = 2
  ) -> Result<[UInt16], ModbusFault> {
    var buffer = Array(repeating: UInt16(0xDEAD), count: 16)
    do throws(ModbusFault) {
      try link.read(area, unit: 7, address: 0x1234, count: count, into: &buffer)
      return .success(Array(buffer[..<count]))
    } catch {
      return .failure(error)
    }
  }

  private static func write(_ link: LibmodbusLink, _ area: DeviceProfile.Area, _ block: RegisterBlock) -> ModbusFault? {
    do throws(ModbusFault) {
      try link.write(area, unit: 7, address: 0x0010, registers: block)
      return nil
    } catch {
      return error
    }
  }

  /// What one read yields when the peer answers it with `reply`, and whether the connection survived.
  private static func outcome(
    timeoutMs: Int = 5000, _ reply: @escaping @Sendable ([UInt8]) -> ScriptedPeer.Reply
  ) throws -> (result: Result<[UInt16], ModbusFault>, isConnected: Bool) {
    let peer = try ScriptedPeer { request, _, _ in reply(request) }
    defer { peer.stop() }
    let link = try link(peer.port, timeoutMs: timeoutMs)
    let result = read(link)
    return (result, link.isConnected)
  }

  @Test func aReadSendsTheStandardFrameAndYieldsTheRegisters() throws {
    let peer = try ScriptedPeer { request, _, _ in .send(Frame.reply(request, [3, 4, 0x12, 0x34, 0xAB, 0xCD])) }
    defer { peer.stop() }
    let link = try Self.link(peer.port)
    #expect(Self.read(link) == .success([0x1234, 0xABCD]))
    #expect(peer.requests == [[0, 1, 0, 0, 0, 6, 7, 3, 0x12, 0x34, 0, 2]])
  }

  @Test func bitsArriveAsZeroAndOne() throws {
    let peer = try ScriptedPeer { request, _, _ in .send(Frame.reply(request, [request[7], 2, 0b1010_0101, 0b10])) }
    defer { peer.stop() }
    let link = try Self.link(peer.port)
    #expect(Self.read(link, .discrete, count: 10) == .success([1, 0, 1, 0, 0, 1, 0, 1, 0, 1]))
    #expect(Self.read(link, .coil, count: 10) == .success([1, 0, 1, 0, 0, 1, 0, 1, 0, 1]))
    #expect(peer.requests.map { $0[7] } == [2, 1])
  }

  @Test func writesUseTheSingleFormForOneValueAndTheMultipleFormForMore() throws {
    let peer = try ScriptedPeer { request, _, _ in .send(Frame.reply(request, Array(request[7..<12]))) }
    defer { peer.stop() }
    let link = try Self.link(peer.port)
    #expect(Self.write(link, .holding, RegisterBlock(pattern: 0x047C, count: 1)) == nil)
    #expect(Self.write(link, .holding, RegisterBlock(pattern: 0x4120_0001, count: 2, wordOrder: .little)) == nil)
    #expect(Self.write(link, .coil, RegisterBlock(pattern: 1, count: 1)) == nil)
    #expect(
      peer.requests.map { Array($0[7...]) } == [
        [6, 0, 0x10, 0x04, 0x7C], [16, 0, 0x10, 0, 2, 4, 0x00, 0x01, 0x41, 0x20], [5, 0, 0x10, 0xFF, 0],
      ])
  }

  @Test func aWriteEchoedDifferentlyIsAViolation() throws {
    let peer = try ScriptedPeer { request, _, _ in .send(Frame.reply(request, [6, 0, 0x10, 0, 0])) }
    defer { peer.stop() }
    let link = try Self.link(peer.port)
    #expect(Self.write(link, .holding, RegisterBlock(pattern: 0x047C, count: 1)) == .protocolViolation)
    #expect(!link.isConnected)
  }

  /// OPS-050.
  @Test func lateReplyIsNeverTakenForTheNextAnswer() throws {
    let peer = try ScriptedPeer { request, number, _ in
      number == 0 ? .silence : .send(Frame.registers(request, 2))
    }
    defer { peer.stop() }
    let link = try Self.link(peer.port, timeoutMs: 300)
    #expect(Self.read(link) == .failure(.timeout))
    #expect(!link.isConnected, "whatever was asked on this connection can no longer be heard")
    #expect(Self.read(link) == .success([2, 2]))
    #expect(peer.connections == 2)
  }

  @Test func lateReplyThatAGatewayCarriesOverToTheNewConnectionIsAViolation() throws {
    let peer = try ScriptedPeer { request, number, _ in
      switch number {
      case 0: .silence
      case 1: .send(Frame.reply(request, [3, 4, 0, 9, 0, 9], transaction: 1) + Frame.registers(request, 2))
      default: .send(Frame.registers(request, 3))
      }
    }
    defer { peer.stop() }
    let link = try Self.link(peer.port, timeoutMs: 300)
    #expect(Self.read(link) == .failure(.timeout))
    #expect(Self.read(link) == .failure(.protocolViolation))
    #expect(Self.read(link) == .success([3, 3]))
  }

  @Test func aReplyFromTheWrongTransactionUnitOrFunctionIsAViolation() throws {
    let data: [UInt8] = [3, 4, 0, 1, 0, 1]
    let wrong: [@Sendable ([UInt8]) -> [UInt8]] = [
      { Frame.reply($0, data, transaction: 99) },
      { Frame.reply($0, data, unit: 8) },
      { Frame.reply($0, [4, 4, 0, 1, 0, 1]) },
      { Frame.reply($0, [0x84, 2]) },
      { Frame.reply($0, [3, 2, 0, 1]) },
      { Frame.reply($0, [3, 6, 0, 1, 0, 1, 0, 1]) },
      { request in Frame.reply(request, data).enumerated().map { $0 == 2 ? 1 : $1 } },
      { request in Frame.reply(request, data).enumerated().map { $0 == 5 ? 9 : $1 } },
    ]
    for frame in wrong {
      let (result, isConnected) = try Self.outcome { .send(frame($0)) }
      #expect(result == .failure(.protocolViolation))
      #expect(!isConnected)
    }
  }

  @Test func aShortOrHalfFrameFollowedBySilenceIsATimeout() throws {
    for length in [1, 5, 9, 12] {
      let (result, isConnected) = try Self.outcome(timeoutMs: 100) { .send(Array(Frame.registers($0, 1)[..<length])) }
      #expect(result == .failure(.timeout))
      #expect(!isConnected)
    }
  }

  @Test func aDevicesRefusalCarriesItsCodeAndKeepsTheConnection() throws {
    let (result, isConnected) = try Self.outcome { .send(Frame.reply($0, [0x83, 2])) }
    #expect(result == .failure(.exception(2)))
    #expect(isConnected)
  }

  @Test func aResetConnectionIsATransportFaultAndTheNextUseReconnects() throws {
    let peer = try ScriptedPeer { request, number, _ in number == 0 ? .reset : .send(Frame.registers(request, 1)) }
    defer { peer.stop() }
    let link = try Self.link(peer.port)
    #expect(Self.read(link) == .failure(.transport(errno: ECONNRESET)))
    #expect(Self.read(link) == .success([1, 1]))
  }

  @Test func aPeerThatClosedWhileIdleIsATransportFaultAndNoSignal() throws {
    let peer = try ScriptedPeer { request, number, _ in
      number == 0 ? .send(Frame.registers(request, 1)) : number == 1 ? .reset : .send(Frame.registers(request, 2))
    }
    defer { peer.stop() }
    let link = try Self.link(peer.port)
    #expect(Self.read(link) == .success([1, 1]))
    for _ in 0..<2 {
      let result = Self.read(link)
      #expect(result == .failure(.transport(errno: ECONNRESET)) || result == .success([2, 2]))
    }
    #expect(Self.read(link) == .success([2, 2]))
  }

  @Test func aRefusedConnectIsATransportFaultAndIsNotRepeatedAtOnce() throws {
    let peer = try ScriptedPeer { _, _, _ in .silence }
    peer.stop()
    let link = try Self.link(peer.port)
    for _ in 0..<1000 {
      guard case .failure(.transport) = Self.read(link) else {
        Issue.record("a link to nobody answered")
        return
      }
    }
    #expect(!link.isConnected)
  }

  @Test func aHostGivenByNameIsFoundAndFoundAgain() throws {
    let peer = try ScriptedPeer { request, number, _ in number == 0 ? .reset : .send(Frame.registers(request, 1)) }
    defer { peer.stop() }
    let link = try #require(LibmodbusLink(Site.Bus(name: "b", link: .tcp(host: "localhost", port: peer.port))))
    #expect(Self.read(link) == .failure(.transport(errno: ECONNRESET)))
    #expect(Self.read(link) == .success([1, 1]))
  }

  @Test func aPortThatIsNoneGivesNoLink() {
    for port in [-1, 65536] {
      #expect(LibmodbusLink(Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: port))) == nil)
    }
    let line = Site.Bus.Link.serial(path: "/dev/null", baud: 9600, parity: .even, stopBits: 3)
    #expect(LibmodbusLink(Site.Bus(name: "b", link: line)) == nil)
  }

  @Test func aSerialLineThatDoesNotExistIsATransportFault() throws {
    let bus = Site.Bus(
      name: "b", link: .serial(path: "/nonexistent/tty", baud: 9600, parity: .even, stopBits: 1))
    let link = try #require(LibmodbusLink(bus))
    #expect(Self.read(link) == .failure(.transport(errno: ENOENT)))
  }
}
