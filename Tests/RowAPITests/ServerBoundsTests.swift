import Testing

@testable import RowAPI

/// What the server does about clients that are slow, silent, too many or hostile.
@Suite struct ServerBoundsTests {
  @Test(arguments: ["hello", "", "{}", #"{"method":1}"#, "\u{FF}", #"["method"]"#])
  func garbageIsAnsweredWithAnErrorAndTheConnectionClosed(garbage: String) throws {
    try withRig { rig in
      let client = try rig.connect()
      try client.send(garbage + "\0")
      #expect(try client.reply().error == "org.varlink.service.InvalidParameter")
      #expect(try client.next() == nil)
      #expect(try rig.connect().call("org.irhx.Row.GetInfo").error == nil)
      eventually("it was counted") { rig.server.counters.violations == 1 }
    }
  }

  @Test func frameAtTheLimitIsTakenAndOneByteMoreIsNot() throws {
    try withRig { rig in
      let call = #"{"method":"org.irhx.Row.GetInfo"}"#
      let limit = VarlinkLimits().frameBytesMax
      let fitting = try rig.connect()
      try fitting.send(call + String(repeating: " ", count: limit - call.utf8.count) + "\0")
      #expect(try fitting.reply().error == nil)

      let oversize = try rig.connect()
      try oversize.send(call + String(repeating: " ", count: limit - call.utf8.count + 1))
      #expect(try oversize.reply().error == "org.varlink.service.InvalidParameter")
      #expect(try oversize.next() == nil)
    }
  }

  @Test func frameThatNeverEndsIsCutOffWhileAnIdleClientStays() throws {
    try withRig(limits: VarlinkLimits(frameTime: .milliseconds(30))) { rig in
      let idle = try rig.connect()
      #expect(try idle.call("org.irhx.Row.GetInfo").error == nil)
      let stalled = try rig.connect()
      try stalled.send(#"{"method":"#)
      #expect(try stalled.next() == nil)
      #expect(try idle.call("org.irhx.Row.GetInfo").error == nil)
    }
  }

  @Test func slowWatcherLosesTheOldestStatesAndNobodyElseLosesAny() throws {
    try withRig { rig in
      rig.server.publish(Self.bigState(cycle: 0))
      let slow = try rig.connect()
      try slow.send(#"{"method":"org.irhx.Row.WatchState","more":true}"# + "\0")
      let fast = try rig.connect()
      try fast.send(#"{"method":"org.irhx.Row.WatchState","more":true}"# + "\0")
      #expect(try fast.cycle() == 0)
      eventually("both watch") { rig.server.counters.calls == 2 }

      let last = 60
      for cycle in 1...last {
        rig.server.publish(Self.bigState(cycle: cycle))
        #expect(try fast.cycle() == cycle)
      }
      eventually("the last state was offered to the slow one") { rig.server.counters.droppedStates > 0 }

      var seen: [Int] = []
      while seen.last != last {
        seen.append(try slow.cycle())
      }
      #expect(seen == seen.sorted())
      eventually("every state was seen or counted") {
        seen.count + rig.server.counters.droppedStates == last + 1
      }
    }
  }

  @Test func clientThatDoesNotReadItsAnswersIsNotReadFrom() throws {
    try withRig { rig in
      rig.server.publish(Self.bigState(cycle: 1))
      let deaf = try rig.connect()
      let call = #"{"method":"org.irhx.Row.GetState"}"# + "\0"
      try deaf.send(String(repeating: call, count: 100))
      eventually("the server has begun") { rig.server.counters.calls > 3 }
      #expect(try rig.connect().call("org.irhx.Row.GetInfo").error == nil)
      #expect(rig.server.counters.calls < 50)
      for _ in 0..<100 { #expect(try deaf.next()?.hasPrefix(#"{"parameters":{"state":"#) == true) }
    }
  }

  @Test func thousandConnectionsLeaveNothingBehind() throws {
    try withRig { rig in
      for _ in 0..<1000 {
        let client = try rig.connect()
        #expect(try client.call("org.irhx.Row.GetInfo").error == nil)
      }
      eventually("all are gone") { rig.server.counters.clients == 0 }
      #expect(rig.server.counters.accepted == 1000)
      #expect(rig.server.counters.refused == 0)
    }
  }

  @Test func clientBeyondTheLastPlaceIsRefusedWhileAllAreInUse() throws {
    try withRig(limits: VarlinkLimits(clientsMax: 2)) { rig in
      let clients = [try rig.connect(), try rig.connect()]
      for client in clients { #expect(try client.call("org.irhx.Row.GetInfo").error == nil) }
      #expect(try rig.connect().next() == nil)
      eventually("it was counted") { rig.server.counters.refused == 1 }
      for client in clients { #expect(try client.call("org.irhx.Row.GetInfo").error == nil) }
    }
  }

  @Test func silentClientYieldsItsPlaceAndAWatcherKeepsIts() throws {
    try withRig(limits: VarlinkLimits(clientsMax: 2, idleYield: .zero)) { rig in
      rig.server.publish(Sample.state())
      let watcher = try rig.connect()
      #expect(try watcher.call("org.irhx.Row.WatchState", more: true).error == nil)
      let silent = try rig.connect()
      #expect(try silent.call("org.irhx.Row.GetInfo").error == nil)
      #expect(try rig.connect().call("org.irhx.Row.GetInfo").error == nil)
      #expect(try silent.next() == nil)
      rig.server.publish(Sample.state())
      #expect(try watcher.reply().error == nil)
    }
  }

  @Test func serverStopsWhileClientsWatchAndRemovesItsSocket() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let watcher = try rig.connect()
      #expect(try watcher.call("org.irhx.Row.WatchState", more: true).error == nil)
      rig.server.stop()
      #expect(try watcher.next() == nil)
      #expect(throws: SystemError.self) { try rig.connect() }
    }
  }

  /// Turns the server's loop by hand, so that the answer and the order to stop meet in one turn.
  @Test func answerGivenJustBeforeTheServerStopsIsSent() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let mailbox = try Mailbox()
    let handler = Recorder { _ in nil }
    let service = RowService(info: Sample.info, access: AccessRule(), handler: handler)
    let listening = try ListeningSocket.atPath(directory.path("row.sock"))
    defer { listening.close() }
    var loop = ServerLoop(
      listening: listening, interface: service, limits: VarlinkLimits(),
      peerOf: { _ in Peer(uid: 0, gid: 0, pid: 1) }, mailbox: mailbox)
    let client = try RawClient(path: directory.path("row.sock"))
    try client.send(#"{"method":"org.irhx.Row.ResetTrip"}"# + "\0")
    while handler.commands.isEmpty { _ = loop.turn() }
    VarlinkExchange(client: 1, call: 1, mailbox: mailbox).answer(try VarlinkFrame.reply(["done": true]))
    mailbox.stop()
    let goesOn = loop.turn()
    #expect(!goesOn)
    #expect(try client.reply()["parameters"] == .object(["done": .bool(true)]))
  }

  @Test func watcherThatNeverReadsYieldsItsPlaceToo() throws {
    try withRig(limits: VarlinkLimits(clientsMax: 1, idleYield: .zero)) { rig in
      rig.server.publish(Self.bigState(cycle: 0))
      let deaf = try rig.connect()
      try deaf.send(#"{"method":"org.irhx.Row.WatchState","more":true}"# + "\0")
      eventually("it watches") { rig.server.counters.calls == 1 }
      eventually("it is too slow") {
        rig.server.publish(Self.bigState(cycle: 1))
        return rig.server.counters.droppedStates > 0
      }
      let next = try rig.connect()
      #expect(try next.call("org.irhx.Row.GetInfo").error == nil)
    }
  }

  /// As long as a large row's: about 50 KB.
  static func bigState(cycle: Int) -> RowState {
    var state = Sample.state(cycle: cycle)
    state.signals = (0..<400).map { number in
      SignalState(
        role: "rack.\(number).flow", tag: "FT-\(number)", value: 12.5, unit: "L/min", quality: .good, ageMs: 12)
    }
    return state
  }
}
