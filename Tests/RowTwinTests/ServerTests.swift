import Foundation
import RowConfig
import Testing

@testable import RowTwin

/// A demo row served on free loopback ports from a thread of its own, stopped at the end of the test.
final class ServedRow: Sendable {
  let server: TwinServer
  let controlPath: String

  init() throws {
    controlPath = "/tmp/irhx-sim-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    let site = try DemoRow.site()
    let load = LoadTrace(.steady(percent: 50), ratedKw: site.racks.units.map(\.ratedKw), seed: 1)
    let twin = try Twin(site: site, seed: 1, load: load)
    server = try TwinServer(twin: twin, ports: .any, controlPath: controlPath)
    let server = self.server
    Thread { server.run(speed: 10) }.start()
  }
  deinit { server.stop() }

  func port(_ bus: String) -> Int {
    guard case .tcp(_, let port) = server.endpoints.first(where: { $0.bus == bus })?.address else { return 0 }
    return port
  }
  /// A client connection to the bus, with a receive timeout of five seconds.
  func client(_ bus: String) throws -> Socket { try RawClient.connect(port: port(bus)) }
}

/// Raw bytes to and from a Modbus TCP port.
enum RawClient {
  static func connect(port: Int) throws -> Socket {
    let client = Socket(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(client.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0)
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    _ = unsafe setsockopt(
      client.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    return client
  }

  /// Sends bytes and returns the next whole frame; empty if the server closed instead.
  static func exchange(_ client: Socket, _ bytes: [UInt8]) throws -> [UInt8] {
    try #require(client.send(bytes))
    return receive(client)
  }
  static func receive(_ client: Socket) -> [UInt8] {
    var reply: [UInt8] = []
    var scratch = [UInt8](repeating: 0, count: 512)
    while true {
      if case .frame(let length) = FrameCut(reply[...]), length <= reply.count { return reply }
      let before = reply.count
      guard client.receive(into: &reply, scratch: &scratch), reply.count > before else { return [] }
    }
  }
}

@Suite struct ServerFrameTests {
  @Test func aHeaderIsCutByItsLengthField() {
    let request: [UInt8] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]
    #expect(FrameCut(request[...]) == .frame(12))
    #expect(FrameCut((request + request)[...]) == .frame(12))
    for count in 0..<12 { #expect(FrameCut(request[..<count]) == .incomplete) }
  }

  @Test(
    arguments: [
      [0, 1, 0, 1, 0, 6, 1, 3, 0, 0, 0, 1], [0, 1, 0, 0, 0, 1, 1], [0, 1, 0, 0, 0, 255, 1], [0, 1, 0, 0, 1, 6, 1],
      Array("GET / HTTP/1.1\r\n".utf8),
    ] as [[UInt8]])
  func whatIsNotModbusTcpIsRecognised(_ bytes: [UInt8]) { #expect(FrameCut(bytes[...]) == .notModbus) }

  /// Answers a PDU of unit 1 on a bus of the demo row.
  func answer(_ twin: Twin, _ bus: String, _ pdu: [UInt8], unit: UInt8 = 1) -> [UInt8] {
    var answerer = ModbusAnswerer()
    let frame: [UInt8] = [0x12, 0x34, 0, 0, 0, UInt8(pdu.count + 1), unit] + pdu
    guard answerer.answer(frame[...], bus: twin.bus(bus), twin: twin) != .never else { return [] }
    let reply = answerer.reply
    #expect(Array(reply.prefix(4)) == [0x12, 0x34, 0, 0] && Int(reply[5]) == reply.count - 6 && reply[6] == unit)
    return Array(reply.dropFirst(7))
  }

  @Test func everyFunctionCodeAnswersAsTheStandardSays() throws {
    let twin = try DemoRow.twin()
    #expect(answer(twin, "pumps", [16, 0xC3, 0x4F, 0, 1, 2, 0x04, 0x3C]) == [16, 0xC3, 0x4F, 0, 1])
    #expect(answer(twin, "pumps", [3, 0xC3, 0x4F, 0, 1]) == [3, 2, 0x04, 0x3C])
    #expect(answer(twin, "pumps", [6, 0xC3, 0x59, 0x20, 0x00]) == [6, 0xC3, 0x59, 0x20, 0x00])
    #expect(answer(twin, "pumps", [3, 0xC3, 0x59, 0, 1]) == [3, 2, 0x20, 0x00])
    #expect(answer(twin, "pumps", [1, 0, 0, 0, 11]) == [1, 2, 0x3C, 0x04])
    #expect(answer(twin, "pumps", [5, 0, 6, 0xFF, 0]) == [5, 0, 6, 0xFF, 0])
    #expect(answer(twin, "pumps", [1, 0, 0, 0, 8]) == [1, 1, 0x7C])
    #expect(answer(twin, "pumps", [15, 0, 0, 0, 11, 2, 0x3C, 0x04]) == [15, 0, 0, 0, 11])
    #expect(answer(twin, "pumps", [1, 0, 0, 0, 8]) == [1, 1, 0x3C])
    #expect(answer(twin, "instruments", [4, 0, 2, 0, 1], unit: 4) == [4, 2, 0, 1])
    #expect(answer(twin, "instruments", [2, 0, 0, 0, 1], unit: 4) == [0x82, 2])
  }

  @Test func wrongRequestsGetTheExceptionForWhatIsWrong() throws {
    let twin = try DemoRow.twin()
    #expect(answer(twin, "pumps", [43, 14, 1, 0, 0]) == [0xAB, 1])
    #expect(answer(twin, "pumps", [3, 0xFF, 0xFF, 0, 2]) == [0x83, 2])
    #expect(answer(twin, "pumps", [3, 0, 0, 0, 0]) == [0x83, 3])
    #expect(answer(twin, "pumps", [3, 0, 0, 0, 126]) == [0x83, 3])
    #expect(answer(twin, "pumps", [3, 0, 0]) == [0x83, 3])
    #expect(answer(twin, "pumps", [5, 0, 6, 0x12, 0x34]) == [0x85, 3])
    #expect(answer(twin, "pumps", [16, 0xC3, 0x4F, 0, 2, 2, 4, 0x3C]) == [0x90, 3])
    #expect(answer(twin, "pumps", [3, 0, 0, 0, 1], unit: 77) == [0x83, 0x0B])
  }

  @Test func aSpoiledReplyIsCutShortOrBearsAnotherUnitsNumber() throws {
    let twin = try DemoRow.twin()
    let read: [UInt8] = [0, 1, 0, 0, 0, 6, 1, 3, 0xC4, 0x17, 0, 1]
    func reply(_ kind: String) throws -> [UInt8] {
      try twin.inject(Fault("device P1-drive \(kind)"))
      defer { twin.clearAllFaults() }
      var answerer = ModbusAnswerer()
      #expect(answerer.answer(read[...], bus: twin.bus("pumps"), twin: twin) == .now)
      return answerer.reply
    }
    var answerer = ModbusAnswerer()
    #expect(answerer.answer(read[...], bus: twin.bus("pumps"), twin: twin) == .now)
    let right = answerer.reply
    #expect(try reply("short") == right.dropLast(2))
    #expect(try reply("wrong-unit") == right[..<6] + [2] + right[7...])
    #expect(try reply("bad-crc")[7] == 3 ^ 0x2A && reply("garbage")[7] == 3 ^ 0x2A)
  }

  @Test func anyBytesInAFrameGetAnAnswerOfLegalLength() throws {
    let twin = try DemoRow.twin()
    var random = SeededRandom(seed: 11)
    for _ in 0..<5000 {
      let pdu = (0..<Int(random.uniform(1, 40))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let function = UInt8(random.uniform(0, 20))
      let reply = answer(twin, "pumps", [function] + pdu.dropFirst())
      #expect((2...253).contains(reply.count))
    }
  }
}

/// Over real sockets. Nothing here measures time; waiting has a generous end.
@Suite(.serialized) struct ServerTests {
  static let readStatus: [UInt8] = [0, 7, 0, 0, 0, 6, 1, 3, 0xC4, 0x17, 0, 1]

  @Test func aRequestInPiecesAndTwoInOneAreBothAnswered() throws {
    let row = try ServedRow()
    let client = try row.client("pumps")
    try #require(client.send(Array(Self.readStatus.prefix(5))))
    let first = try RawClient.exchange(client, Array(Self.readStatus.dropFirst(5)))
    #expect(first.count == 11 && first.prefix(2) == [0, 7])
    try #require(client.send(Self.readStatus + Self.readStatus))
    var both: [UInt8] = []
    var scratch = [UInt8](repeating: 0, count: 512)
    while both.count < 22, client.receive(into: &both, scratch: &scratch) {}
    #expect(both.count == 22)
  }

  @Test func garbageClosesItsOwnConnectionAndNoOther() throws {
    let row = try ServedRow()
    let bystander = try row.client("pumps")
    let offender = try row.client("pumps")
    #expect(try RawClient.exchange(offender, Array("GET / HTTP/1.1\r\n\r\n".utf8)).isEmpty)
    #expect(try RawClient.exchange(bystander, Self.readStatus).count == 11)
  }

  @Test func manyClientsAreServedAndOnesTooManyAreTurnedAway() throws {
    let row = try ServedRow()
    var clients: [Socket] = []
    for _ in 0..<TwinServer.clientsMax {
      clients.append(try row.client("pumps"))
      #expect(try RawClient.exchange(try #require(clients.last), Self.readStatus).count == 11)
    }
    #expect(RawClient.receive(try row.client("pumps")).isEmpty)
    clients.removeLast()
    var served = false
    for _ in 0..<100 where !served {
      let client = try row.client("pumps")
      served = client.send(Self.readStatus) && !RawClient.receive(client).isEmpty
    }
    #expect(served)
  }

  @Test func linkFaultsShowOnTheWire() throws {
    let row = try ServedRow()
    let client = try row.client("pumps")
    func inject(_ text: String) throws { try row.server.withTwin { twin in try twin.inject(Fault(text)) } }
    try inject("device P1-drive exception")
    #expect(try RawClient.exchange(client, Self.readStatus).suffix(2) == [0x83, 4])
    try inject("device P1-drive garbage")
    #expect(try RawClient.exchange(client, Self.readStatus)[7] != 3)
    row.server.withTwin { $0.clearAllFaults() }
    try inject("device P1-drive slow")
    // The late answer to 7 comes after the prompt answer to 8 of another unit.
    let prompt: [UInt8] = [0, 8, 0, 0, 0, 6, 2, 3, 0xC4, 0x17, 0, 1]
    #expect(try RawClient.exchange(client, Self.readStatus + prompt)[1] == 8)
    #expect(RawClient.receive(client)[1] == 7)
    row.server.withTwin { $0.clearAllFaults() }
    try inject("device P1-drive dead")
    #expect(try RawClient.exchange(client, Self.readStatus + prompt)[1] == 8)
  }

  @Test func theControlSocketInjectsClearsListsAndShows() throws {
    let row = try ServedRow()
    func ask(_ line: String) throws -> String { try ControlClient.ask(line, path: row.controlPath) }
    #expect(try ask("inject fan.2.fail") == #"{"done":"injected fan.2.fail"}"#)
    #expect(try ask("faults") == #"{"faults":["fan.2.fail"]}"#)
    #expect(try ask("inject fan.99.fail").contains(#""error":"fault 'fan.99.fail': no device serves fan 99""#))
    #expect(try ask("dance").contains("unknown request"))
    #expect(try ask("state").contains(#""supplyTemperatureC""#))
    #expect(try ask("clear fan.2.fail") == #"{"done":"cleared fan.2.fail"}"#)
    #expect(try ask("clear all").contains("no fault"))
  }

  @Test func aPortAndASocketInUseAreRefusedByName() throws {
    let row = try ServedRow()
    func problem(port: Int, path: String? = nil) throws -> String {
      let twin = try DemoRow.twin()
      do {
        _ = try TwinServer(twin: twin, ports: .base(port), controlPath: path)
      } catch {
        return "\(error)"
      }
      return "none"
    }
    #expect(try problem(port: row.port("pumps")).contains("bus pumps: cannot listen on 127.0.0.1:\(row.port("pumps"))"))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/mbpoll"), "mbpoll is not installed"))
  func anIndependentClientReadsAndWritesRegisters() throws {
    let row = try ServedRow()
    func mbpoll(_ arguments: [String]) throws -> String {
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/mbpoll")
      process.arguments = ["-m", "tcp", "-0", "-1"] + arguments
      process.standardOutput = output
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return text
    }
    row.server.withTwin {
      $0.settle(loadPercent: 50)
      $0.advance(seconds: 60)
    }
    let pumps = ["-p", "\(row.port("pumps"))", "-a", "1"]
    #expect(try mbpoll(pumps + ["-r", "50009", "127.0.0.1", "8192"]).contains("Written 1 references"))
    #expect(try mbpoll(pumps + ["-r", "50009", "-c", "1", "127.0.0.1"]).contains("8192"))
    let power = try mbpoll(
      ["-p", "\(row.port("racks"))", "-a", "6", "-t", "4:float", "-B", "-r", "3059", "-c", "1", "127.0.0.1"])
    let value = power.split(separator: "[3059]:").last?.split(whereSeparator: \.isWhitespace).first.flatMap {
      Double($0)
    }
    #expect(abs((value ?? 0) - 60) < 2)
  }
}
