import RowConfig
import Testing

@testable import FieldIO

/// What devices say of themselves by function 43/14, on the wire and before they are commanded.
@Suite struct IdentificationTests {
  // MARK: On the wire

  /// The objects of the reply that Application Protocol V1.1b3 shows in 6.21.1.
  private static func objects(_ texts: (id: UInt8, text: String)...) -> [UInt8] {
    texts.flatMap { [$0.id, UInt8($0.text.utf8.count)] + Array($0.text.utf8) }
  }
  private static func pdu(more: UInt8 = 0, next: UInt8 = 0, count: UInt8, _ objects: [UInt8]) -> [UInt8] {
    [0x2B, 0x0E, 1, 1, more, next, count] + objects
  }
  private static let whole = pdu(
    count: 3, objects((0, "Company identification"), (1, "Product code XX"), (2, "V2.11")))
  private static let said = DeviceIdentification(
    vendor: "Company identification", product: "Product code XX", revision: "V2.11")

  private static func ask(_ link: LibmodbusLink) -> Result<DeviceIdentification, ModbusFault> {
    do throws(ModbusFault) { return .success(try link.identification(of: 7)) } catch { return .failure(error) }
  }

  private static func link(_ port: Int, framing: Site.Bus.Framing = .modbusTCP, timeoutMs: Int = 5000) throws
    -> LibmodbusLink
  {
    var bus = Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: port))
    bus.framing = framing
    bus.timeoutMs = timeoutMs
    return try #require(LibmodbusLink(bus))
  }

  private static func outcome(
    timeoutMs: Int = 5000, _ reply: @escaping @Sendable ([UInt8]) -> ScriptedPeer.Reply
  ) throws -> Result<DeviceIdentification, ModbusFault> {
    let peer = try ScriptedPeer { request, _, _ in reply(request) }
    defer { peer.stop() }
    return ask(try link(peer.port, timeoutMs: timeoutMs))
  }

  @Test func theBasicObjectsAreAskedForAndUnderstood() throws {
    let peer = try ScriptedPeer { request, _, _ in .send(Frame.reply(request, Self.whole)) }
    defer { peer.stop() }
    #expect(Self.ask(try Self.link(peer.port)) == .success(Self.said))
    #expect(peer.requests == [[0, 1, 0, 0, 0, 5, 7, 0x2B, 0x0E, 1, 0]])
  }

  @Test func whatDoesNotFitOneReplyIsAskedForFromTheNextObjectOn() throws {
    let two = Self.objects((0, "Company identification"), (1, "Product code XX"))
    let first = Self.pdu(more: 0xFF, next: 2, count: 2, two)
    let second = Self.pdu(count: 1, Self.objects((2, "V2.11")))
    let peer = try ScriptedPeer { request, number, _ in .send(Frame.reply(request, number == 0 ? first : second)) }
    defer { peer.stop() }
    #expect(Self.ask(try Self.link(peer.port)) == .success(Self.said))
    #expect(peer.requests.map { $0[10] } == [0, 2])
  }

  @Test func aNextObjectThatLeadsNowhereIsNotAskedForWithoutEnd() throws {
    let round = Self.pdu(more: 0xFF, next: 0, count: 1, Self.objects((0, "A")))
    #expect(try Self.outcome { .send(Frame.reply($0, round)) } == .success(DeviceIdentification(vendor: "A")))
  }

  @Test func aDeviceThatDoesNotKnowTheFunctionRefusesAndIsReadOn() throws {
    let peer = try ScriptedPeer { request, _, _ in
      request[7] == 0x2B ? .send(Frame.reply(request, [0xAB, 1])) : .send(Frame.registers(request, 9))
    }
    defer { peer.stop() }
    let link = try Self.link(peer.port)
    #expect(Self.ask(link) == .failure(.exception(1)))
    var buffer: [UInt16] = [0]
    try link.read(.holding, unit: 7, address: 0, count: 1, into: &buffer)
    #expect(buffer == [9] && peer.connections == 1)
  }

  @Test func aReplyThatIsNoneIsAViolation() throws {
    let wrong: [@Sendable ([UInt8]) -> [UInt8]] = [
      { Frame.reply($0, Self.whole, unit: 8) }, { Frame.reply($0, Self.whole, transaction: 99) },
      { Frame.reply($0, Self.whole + [0]) }, { Frame.reply($0, Array(Self.whole.dropLast())) },
      { Frame.reply($0, [0x2B, 0x0D, 1, 1, 0, 0, 0]) }, { Frame.reply($0, [3, 2, 0, 0]) },
      { Frame.reply($0, Self.whole) + [1] },
    ]
    for reply in wrong { #expect(try Self.outcome { .send(reply($0)) } == .failure(.protocolViolation)) }
  }

  @Test func silenceIsATimeoutAndALateAnswerIsNeverTakenForTheNext() throws {
    let peer = try ScriptedPeer { request, number, _ in
      number == 0 ? .silence : .send(Frame.registers(request, 5))
    }
    defer { peer.stop() }
    let link = try Self.link(peer.port, timeoutMs: 50)
    #expect(Self.ask(link) == .failure(.timeout))
    #expect(!link.isConnected)
    var buffer: [UInt16] = [0]
    try link.read(.holding, unit: 7, address: 0, count: 1, into: &buffer)
    #expect(buffer == [5])
  }

  /// Modbus over Serial Line V1.02, 6.2.2.
  private static func withCRC(_ frame: [UInt8]) -> [UInt8] {
    var crc: UInt16 = 0xFFFF
    for byte in frame {
      crc ^= UInt16(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1 }
    }
    return frame + [UInt8(crc & 0xFF), UInt8(crc >> 8)]
  }

  /// On a line nothing says how long the reply is but its own objects.
  @Test func serialFramesEndWhereTheirObjectsEnd() throws {
    let bad = Self.withCRC([7] + Self.whole).dropLast() + [0xEE]
    let peer = try FramePeer(
      [
        Self.withCRC([7] + Self.whole), Self.withCRC([7, 0xAB, 1]), Array(bad), Self.withCRC([8] + Self.whole),
        Self.withCRC([7] + Self.pdu(count: 0, [])),
      ], requestBytes: 7)
    let link = try Self.link(peer.port, framing: .rtu)
    #expect(Self.ask(link) == .success(Self.said))
    #expect(Self.ask(link) == .failure(.exception(1)))
    #expect(Self.ask(link) == .failure(.protocolViolation))
    #expect(Self.ask(link) == .failure(.protocolViolation))
    #expect(Self.ask(link) == .success(DeviceIdentification()))
    #expect(peer.requests.first == Self.withCRC([7, 0x2B, 0x0E, 1, 0]))
  }

  @Test func textsComeWithoutPaddingAndWithoutWhatATerminalWouldObey() throws {
    var said = DeviceIdentification()
    let reply = Self.pdu(count: 2, Self.objects((0, "  Acme\u{1B}[2J \0\0"), (1, "   ")))
    #expect(try said.take(reply.span, askedFor: 0) == nil)
    #expect(said == DeviceIdentification(vendor: "Acme[2J"))
  }

  /// Seeded: whatever the bytes are, they are refused or understood.
  @Test func noReplyCanDoHarm() {
    var state: UInt64 = 7
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    for _ in 0..<20_000 {
      var reply = Self.whole
      for _ in 0...next() % 4 { reply[Int(next()) % reply.count] = UInt8(truncatingIfNeeded: next()) }
      reply.removeLast(Int(next()) % reply.count)
      var said = DeviceIdentification()
      do throws(ModbusFault) {
        let more = try said.take(reply.span, askedFor: 0)
        #expect(more.map { (1...2).contains($0) } ?? true)
      } catch {
        #expect(error == .protocolViolation)
      }
    }
  }

  // MARK: Before a device is commanded

  private static func bench(_ identity: [DeviceProfile.Identity]) throws -> Bench {
    var profile = Fixture.danfoss
    profile.identity = identity
    let bench = try Bench(
      [Fixture.device("P-101", profile, unit: 1, serves: "pump.1")], [profile],
      inputs: ["pump.1.remote", "pump.1.fault"], outputs: ["pump.1.run", "pump.1.speed_demand"])
    bench.demands.values = [1, 50]
    return bench
  }
  private static let acme: [DeviceProfile.Identity] = [
    .init(object: .vendor, text: "Acme"), .init(object: .product, text: "P-1"),
  ]

  /// OPS-070.
  @Test func aDeviceThatSaysThatItIsSomethingElseIsReadAndNeverCommanded() throws {
    let bench = try Self.bench(Self.acme)
    bench.link.identifications[1] = .success(.init(vendor: "Acme", product: "P-2"))
    for _ in 0..<3 { bench.cycle() }
    #expect(bench.link.writes.isEmpty)
    let finding = try #require(bench.master.statistics.setUp.first)
    #expect(bench.master.statistics.setUp.count == 1 && finding.isIdentity && finding.point == "product")
    #expect(finding.expectedText == "P-1" && finding.foundText == "P-2")
    #expect(bench.link.identificationsAsked.count == 1)
  }

  @Test func aDeviceThatSaysWhatItsProfileExpectsIsCommanded() throws {
    let bench = try Self.bench(Self.acme)
    bench.link.identifications[1] = .success(.init(vendor: "Acme", product: "P-1", revision: "9"))
    for _ in 0..<2 { bench.cycle() }
    #expect(!bench.link.writes.isEmpty && bench.master.statistics.setUp.isEmpty)
  }

  @Test(arguments: [ModbusFault.exception(1), .timeout, .protocolViolation])
  func aDeviceThatDoesNotOfferItIsNoStranger(fault: ModbusFault) throws {
    let bench = try Self.bench(Self.acme)
    bench.link.identifications[1] = .failure(fault)
    for _ in 0..<3 { bench.cycle() }
    #expect(!bench.link.writes.isEmpty)
    #expect(bench.master.statistics.setUp.map(\.isNotOffered) == [true, true])
    #expect(bench.link.identificationsAsked.count == 1)
  }

  /// OPS-070.
  @Test func aDeviceThatWasLostIsAskedAgainBeforeItIsCommanded() throws {
    let bench = try Self.bench(Self.acme)
    bench.link.identifications[1] = .success(.init(vendor: "Acme", product: "P-1"))
    for _ in 0..<2 { bench.cycle() }
    bench.link.deadUnits = [1]
    for _ in 0..<3 { bench.cycle() }
    let before = bench.link.writes.count
    bench.link.identifications[1] = .success(.init(vendor: "Acme", product: "P-2"))
    bench.link.deadUnits = []
    for _ in 0..<12 { bench.cycle() }
    #expect(bench.link.identificationsAsked.count == 2)
    #expect(bench.link.writes.count == before)
  }

  /// OPS-070. It may have been replaced, and the loop's write may come before there was time to ask.
  @Test func aDeviceThatLostAReplyIsNotCommandedBeforeItWasAsked() throws {
    let bench = try Self.bench(Self.acme)
    bench.link.identifications[1] = .success(.init(vendor: "Acme", product: "P-1"))
    for _ in 0..<2 { bench.cycle() }
    bench.link.faults = [bench.link.requests.count: .timeout]
    bench.now += .seconds(1)
    let before = bench.link.writes.count
    bench.master.readUrgent(now: bench.now, into: &bench.image)
    bench.master.write(bench.demands, now: bench.now)
    #expect(bench.link.writes.count == before)
    bench.cycle()
    #expect(bench.link.writes.count > before)
  }

  @Test func aDeviceWhoseProfileDoesNotAskIsNotAsked() throws {
    let bench = try Self.bench([])
    for _ in 0..<3 { bench.cycle() }
    #expect(bench.link.identificationsAsked.isEmpty)
  }

  @Test func aScanShowsWhatUnitsSayOfThemselvesAndTellsThemByIt() throws {
    let link = MemoryLink()
    link.identifications = [3: .success(.init(vendor: "Acme", product: "P-1")), 4: .failure(.timeout)]
    var named = Fixture.profile("t/named", [Fixture.point("flow", 20)])
    named.identity = Self.acme
    let other = Fixture.profile("t/other", [Fixture.point("flow", 20), Fixture.point("power", 22)])
    var scan = BusScan(Fixture.site([]).buses[0], link: link, profiles: [named, other])
    let found = try #require(try scan.find(3))
    #expect(found.said == DeviceIdentification(vendor: "Acme", product: "P-1"))
    #expect(found.matches.map(\.profile) == ["t/named"] && found.matches[0].isIdentified)
    #expect(try scan.find(4)?.said == nil)
  }
}
