import FieldIO
import RowConfig
import Testing

/// Several requests under way at once: whose answer is whose, and what one that is missing costs.
@Suite struct PipelineTests {
  private static func link(_ peer: ScriptedPeer, inFlight: Int, timeoutMs: Int = 5000) throws -> LibmodbusLink {
    var bus = Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: peer.port))
    bus.timeoutMs = timeoutMs
    bus.requestsInFlight = inFlight
    return try #require(LibmodbusLink(bus))
  }

  /// One register each; unit and address are the order's number.
  private static func orders(_ count: Int) -> [ReadOrder] {
    (0..<count).map { ReadOrder(area: .holding, unit: UInt8($0 + 1), address: $0, count: 1, offset: $0) }
  }

  /// Says a hundred times its unit.
  private static func answer(_ request: [UInt8]) -> [UInt8] { Frame.registers(request, 100 * UInt16(request[6])) }

  private static func answer(_ unit: UInt8, _ number: Int) -> [UInt8] {
    [0, UInt8(number), 0, 0, 0, 5, unit, 3, 2, UInt8((100 * Int(unit)) >> 8), UInt8((100 * Int(unit)) & 0xFF)]
  }

  @Test func repliesInAnyOrderGoToTheirOwnRequests() throws {
    // Ids are counted from 1; nothing is said until all four have come, then all at once.
    let peer = try ScriptedPeer { _, number, _ in
      number < 3 ? .silence : .send([4, 2, 1, 3].flatMap { Self.answer(UInt8($0), $0) })
    }
    let link = try Self.link(peer, inFlight: 4)
    var orders = Self.orders(4)
    var buffer = [UInt16](repeating: 0, count: 4)
    link.read(together: &orders, into: &buffer, timeoutsMax: 3)
    #expect(orders.allSatisfy { $0.outcome == .good })
    #expect(buffer == [100, 200, 300, 400])
    #expect(peer.connections == 1)
  }

  @Test func moreOrdersThanMayBeUnderWayFollowAsRepliesCome() throws {
    let peer = try ScriptedPeer { request, _, _ in .send(Self.answer(request)) }
    let link = try Self.link(peer, inFlight: 3)
    var orders = Self.orders(40)
    var buffer = [UInt16](repeating: 0, count: 40)
    for _ in 0..<3 {
      link.read(together: &orders, into: &buffer, timeoutsMax: 3)
      #expect(buffer == (1...40).map { 100 * $0 })
    }
  }

  @Test(arguments: [1, 3, 16])
  func aPeerThatSaysNothingIsNeverAskedMoreThanMayBeUnderWay(_ inFlight: Int) throws {
    let peer = try ScriptedPeer { _, _, _ in .silence }
    let link = try Self.link(peer, inFlight: inFlight, timeoutMs: 50)
    var orders = Self.orders(20)
    var buffer = [UInt16](repeating: 0, count: 20)
    link.read(together: &orders, into: &buffer, timeoutsMax: 1)
    #expect(orders[0].outcome == .failed(.timeout))
    #expect(orders.dropFirst().allSatisfy { $0.outcome == .notAsked })
    #expect(peer.requests.count <= inFlight)
    #expect(!link.isConnected)
  }

  /// The second of four is lost. The others keep their own values, in this batch and in the next.
  @Test func aLostReplyNeverShiftsTheNextAnswer() throws {
    let peer = try ScriptedPeer { request, number, _ in number == 1 ? .silence : .send(Self.answer(request)) }
    let link = try Self.link(peer, inFlight: 4, timeoutMs: 100)
    var orders = Self.orders(4)
    var buffer = [UInt16](repeating: 0, count: 4)
    link.read(together: &orders, into: &buffer, timeoutsMax: 3)
    #expect(orders.map(\.outcome) == [.good, .failed(.timeout), .good, .good])
    #expect(buffer == [100, 0, 300, 400])
    link.read(together: &orders, into: &buffer, timeoutsMax: 3)
    #expect(buffer == [100, 200, 300, 400])
    #expect(peer.connections == 2, "what may still have come went with the first connection")
  }

  /// The first answer comes after its time, with the answers of those behind it.
  @Test func aLateReplyIsRecognisedAndDropped() throws {
    let peer = try ScriptedPeer { request, number, _ in
      switch number {
      case 0, 1: .silence
      case 2: .send(Self.answer(1, 1) + Self.answer(3, 3) + Self.answer(2, 2))
      default: .send(Self.answer(request))
      }
    }
    let link = try Self.link(peer, inFlight: 2, timeoutMs: 100)
    var orders = Self.orders(4)
    var buffer = [UInt16](repeating: 0, count: 4)
    link.read(together: &orders, into: &buffer, timeoutsMax: 3)
    #expect(orders.map(\.outcome) == [.failed(.timeout), .good, .good, .good])
    #expect(buffer == [0, 200, 300, 400])
  }

  @Test func aRefusalConcernsOneRequestOnly() throws {
    let peer = try ScriptedPeer { request, number, _ in
      .send(number == 2 ? Frame.reply(request, [0x83, 2]) : Self.answer(request))
    }
    let link = try Self.link(peer, inFlight: 4)
    var orders = Self.orders(4)
    var buffer = [UInt16](repeating: 0, count: 4)
    link.read(together: &orders, into: &buffer, timeoutsMax: 3)
    #expect(orders.map(\.outcome) == [.good, .good, .failed(.exception(2)), .good])
    #expect(link.isConnected)
  }

  @Test(arguments: ["transaction", "unit", "function", "count", "length"])
  func aReplyThatBelongsToNoRequestEndsTheBatchAndTheConnection(_ what: String) throws {
    let peer = try ScriptedPeer { request, number, _ in
      guard number == 1 else { return .send(Self.answer(request)) }
      return switch what {
      case "transaction": .send(Frame.reply(request, [3, 2, 0, 9], transaction: 77))
      case "unit": .send(Frame.reply(request, [3, 2, 0, 9], unit: 9))
      case "function": .send(Frame.reply(request, [4, 2, 0, 9]))
      case "count": .send(Frame.reply(request, [3, 4, 0, 9, 0, 9]))
      default: .send([0, 2, 0, 0, 9, 9, 1, 3])
      }
    }
    let link = try Self.link(peer, inFlight: 2)
    var orders = Self.orders(6)
    var buffer = [UInt16](repeating: 0, count: 6)
    link.read(together: &orders, into: &buffer, timeoutsMax: 3)
    #expect(orders[0].outcome == .good && buffer[0] == 100)
    #expect(orders[1].outcome == .failed(.protocolViolation))
    #expect(orders[5].outcome == .notAsked)
    #expect(!link.isConnected)
    link.read(together: &orders, into: &buffer, timeoutsMax: 3)
    #expect(buffer == [100, 200, 300, 400, 500, 600])
  }

  @Test func aConnectionThatEndsIsATransportFaultOfWhatWasUnderWay() throws {
    let peer = try ScriptedPeer { request, number, _ in number == 2 ? .reset : .send(Self.answer(request)) }
    let link = try Self.link(peer, inFlight: 1)
    var orders = Self.orders(4)
    var buffer = [UInt16](repeating: 0, count: 4)
    link.read(together: &orders, into: &buffer, timeoutsMax: 3)
    #expect(orders.map(\.outcome).prefix(2) == [.good, .good])
    for order in orders.dropFirst(2) {
      guard case .failed(.transport) = order.outcome else { Issue.record("\(order.outcome)"); continue }
    }
  }

  @Test func aSerialLineIsNeverPipelined() throws {
    var bus = Site.Bus(name: "b", link: .serial(path: "/dev/null", baud: 9600, parity: .even, stopBits: 1))
    bus.requestsInFlight = 8
    #expect(try #require(LibmodbusLink(bus)).requestsInFlight == 1)
    bus.link = .tcp(host: "127.0.0.1", port: 1)
    #expect(try #require(LibmodbusLink(bus)).requestsInFlight == 8)
    #expect(try #require(LibmodbusLink(Site.Bus(name: "b", link: bus.link))).requestsInFlight == 1)
  }
}

/// A scan on a link with several requests under way gives what one request after the other gives.
@Suite struct TogetherTests {
  private static func pair() throws -> (Bench, Bench) {
    let link = MemoryLink()
    link.requestsInFlight = 4
    let together = try bench(link)
    return (try bench(MemoryLink()), together)
  }

  private static func bench(_ link: MemoryLink) throws -> Bench {
    let points = (0..<100).map { Fixture.point("p\($0)", $0, signal: "s\($0)") }
    let profile = Fixture.profile("t/p", points, maxRead: 25)
    let bench = try Bench(
      (1...4).map { Fixture.device("d\($0)", profile, unit: $0, serves: "rack.\($0)") }, [profile],
      inputs: (1...4).flatMap { rack in (0..<100).map { "rack.\(rack).s\($0)" } }, link: link)
    for unit in 1...4 { bench.link.set(UInt8(unit), 0, (0..<100).map { UInt16(1000 * unit + $0) }) }
    return bench
  }

  @Test func theImageIsTheSameThroughIllegalRegistersDeadDevicesAndTheirReturn() throws {
    let (one, together) = try Self.pair()
    func both(_ change: (MemoryLink) -> Void, cycles: Int) {
      for bench in [one, together] { change(bench.link) }
      for _ in 0..<cycles {
        one.cycle()
        together.cycle()
      }
      #expect(one.image == together.image)
    }
    both({ _ in }, cycles: 3)
    #expect(together.link.batches == [16, 16, 16])
    both({ $0.illegal = [42] }, cycles: 30)
    #expect(one.image[41].outcome == .good && one.image[42].outcome == .exception)
    both({ $0.deadUnits = [3] }, cycles: 20)
    both(
      {
        $0.deadUnits = []; $0.illegal = []
      }, cycles: 120)
    #expect(together.image.allSatisfy { $0.outcome == .good && $0.time == together.now })
  }

  @Test func oneLostReplyIsNotHeldAgainstADeviceThatAnsweredTheRest() throws {
    let (_, together) = try Self.pair()
    together.cycle()
    together.link.faults[together.link.requests.count + 5] = .timeout
    together.cycle()
    #expect(together.image[100..<125].allSatisfy { $0.outcome == .good })
    #expect(together.image[125..<150].allSatisfy { $0.outcome == .timeout })
    #expect(together.image[150...].allSatisfy { $0.outcome == .good })
    together.cycle()
    #expect(together.image.allSatisfy { $0.outcome == .good && $0.time == together.now })
  }

  @Test func whatABatchCouldNotAskComesFirstInTheNext() throws {
    let (_, together) = try Self.pair()
    together.cycle()
    let number = together.link.requests.count
    for lost in 0..<3 { together.link.faults[number + 4 * lost] = .timeout }
    together.cycle()
    let first = together.link.requests.count
    together.cycle()
    #expect(together.link.requests[first] == .read(unit: 4, address: 0, count: 25), "3 is asked last")
    #expect(together.image.allSatisfy { $0.outcome == .good && $0.time == together.now })
  }
}
