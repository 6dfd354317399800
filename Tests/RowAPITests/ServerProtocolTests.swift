import Testing

@testable import RowAPI

/// What a well-behaved client sees of the protocol, over a real socket.
@Suite struct ServerProtocolTests {
  @Test func serviceNamesItselfAndItsInterfaces() throws {
    try withRig { rig in
      let reply = try rig.connect().call("org.varlink.service.GetInfo")
      #expect(reply["parameters"]?["product"] == .string("irhx"))
      #expect(
        reply["parameters"]?["interfaces"] == .array([.string("org.varlink.service"), .string("org.irhx.Row")]))
    }
  }

  @Test(arguments: ["org.irhx.Row", "org.varlink.service"])
  func descriptionsParseAsTheInterfaceTheyDescribe(name: String) throws {
    try withRig { rig in
      let reply = try rig.connect().call(
        "org.varlink.service.GetInterfaceDescription", #"{"interface":"\#(name)"}"#)
      let text = try #require(reply["parameters"]?["description"]?.text)
      #expect(try InterfaceDefinition(text).name == name)
    }
  }

  @Test func pipelinedCallsAreAnsweredInOrder() throws {
    let handler = Recorder { if case .acknowledgeAlarm = $0 { .success(.acknowledged(3)) } else { .success(.done) } }
    try withRig(handler: handler) { rig in
      let client = try rig.connect()
      try client.send(
        [
          #"{"method":"org.irhx.Row.AcknowledgeAlarm"}"#, #"{"method":"org.irhx.Row.GetInfo"}"#,
          #"{"method":"org.irhx.Row.ResetTrip","parameters":{}}"#, #"{"method":"org.irhx.Row.Nonsense"}"#, "",
        ].joined(separator: "\0"))
      #expect(try client.reply()["parameters"] == .object(["acknowledged": .int(3)]))
      #expect(try client.reply()["parameters"]?["info"]?["row"] == .string("row1"))
      #expect(try client.reply()["parameters"] == .object([:]))
      #expect(try client.reply().error == "org.varlink.service.MethodNotFound")
      #expect(handler.commands == [.acknowledgeAlarm(id: nil, subject: nil), .resetTrip()])
    }
  }

  @Test func callArrivingByteByByteIsOneCall() throws {
    try withRig { rig in
      let client = try rig.connect()
      for character in #"{"method":"org.irhx.Row.GetInfo"}"# { try client.send(String(character)) }
      try client.send("\0")
      #expect(try client.reply().error == nil)
    }
  }

  @Test func onewayCallIsCarriedOutAndNotAnswered() throws {
    try withRig { rig in
      let client = try rig.connect()
      try client.send(#"{"method":"org.irhx.Row.ResetTrip","oneway":true}"# + "\0")
      #expect(try client.call("org.irhx.Row.GetInfo")["parameters"]?["info"] != nil)
      #expect(rig.handler.commands == [.resetTrip()])
    }
  }

  @Test func clientThatHasSentItsLastCallStillGetsItsAnswer() throws {
    try withRig { rig in
      let client = try rig.connect()
      try client.send(#"{"method":"org.irhx.Row.ResetTrip"}"# + "\0")
      client.endOutput()
      #expect(try client.reply()["parameters"] == .object([:]))
      #expect(try client.next() == nil)
    }
  }

  @Test func unknownNamesAreErrorsAndTheConnectionLivesOn() throws {
    try withRig { rig in
      let client = try rig.connect()
      #expect(try client.call("org.irhx.Column.GetInfo").error == "org.varlink.service.InterfaceNotFound")
      #expect(try client.call("nonsense").error == "org.varlink.service.InterfaceNotFound")
      #expect(try client.call("org.irhx.Row.GetNothing").error == "org.varlink.service.MethodNotFound")
      #expect(try client.call("org.varlink.service.GetNothing").error == "org.varlink.service.MethodNotFound")
      #expect(try client.call("org.irhx.Row.GetInfo").error == nil)
    }
  }

  @Test(arguments: [
    (#"{"actuator":"pump.1","value":50}"#, "lease_s"),
    (#"{"actuator":"pump.1","value":"fast","lease_s":60}"#, "value"),
    (#"{"value":50,"lease_s":60}"#, "actuator"), (#"[]"#, "parameters"),
    (#"{"actuator":"pump.1","value":50,"lease_s":60}"#, "reason"),
    (#"{"actuator":"pump.1","value":50,"lease_s":60,"reason":"  "}"#, "reason"),
    (#"{"actuator":"pump.1","value":50,"lease_s":60,"reason":"a\nb"}"#, "reason"),
    (#"{"actuator":"pump.1","value":50,"lease_s":60,"reason":"\#(String(repeating: "ö", count: 201))"}"#, "reason"),
  ])
  func parameterThatIsMissingOrOfTheWrongTypeIsNamed(parameters: String, named: String) throws {
    try withRig { rig in
      let reply = try rig.connect().call("org.irhx.Row.Override", parameters)
      #expect(reply.error == "org.varlink.service.InvalidParameter")
      #expect(reply["parameters"]?["parameter"] == .string(named))
      #expect(rig.handler.commands.isEmpty)
    }
  }

  @Test(arguments: [
    (#"{"since":"yesterday"}"#, "since"), (#"{"until":"2026-03-01"}"#, "until"), (#"{"limit":0}"#, "limit"),
    (#"{"limit":501}"#, "limit"), (#"{"before":"x"}"#, "before"),
  ])
  func historyThatCannotBeAskedForNamesTheParameter(parameters: String, named: String) throws {
    try withRig { rig in
      let reply = try rig.connect().call("org.irhx.Row.GetHistory", parameters)
      #expect(reply["parameters"]?["parameter"] == .string(named))
      #expect(rig.handler.commands.isEmpty)
    }
  }

  @Test func historyIsAnsweredToWhoeverMayRead() throws {
    let handler = Recorder { _ in .success(.history([Sample.entry])) }
    try withRig(peer: Peer(uid: 1002, gid: 1002, pid: 1), handler: handler) { rig in
      let reply = try rig.connect().call("org.irhx.Row.GetHistory", #"{"since":"2026-03-01T12:30:00.5Z"}"#)
      guard case .array(let entries)? = reply["parameters"]?["entries"] else {
        Issue.record("\(reply)")
        return
      }
      #expect(entries.count == 1 && entries[0]["cause"] == .string("SUPPLY_HIGH"))
      #expect(handler.commands == [.history(HistoryRequest(sinceMs: 1_772_368_200_500))])
    }
  }

  @Test func stateIsNotReadyUntilTheFirstOneIsPublished() throws {
    try withRig { rig in
      let client = try rig.connect()
      #expect(try client.call("org.irhx.Row.GetState").error == "org.irhx.Row.NotReady")
      rig.server.publish(Sample.state(cycle: 7))
      #expect(try client.call("org.irhx.Row.GetState")["parameters"]?["state"]?["cycle"] == .int(7))
    }
  }

  @Test func stateThatJSONCannotHoldIsNotReadyAndHarmsNothing() throws {
    try withRig { rig in
      var state = Sample.state(cycle: 1)
      state.supplyC = .nan
      rig.server.publish(state)
      let client = try rig.connect()
      #expect(try client.call("org.irhx.Row.GetState").error == "org.irhx.Row.NotReady")
      rig.server.publish(Sample.state(cycle: 2))
      #expect(try client.call("org.irhx.Row.GetState").error == nil)
    }
  }

  @Test func watchingNeedsMore() throws {
    try withRig { rig in
      let client = try rig.connect()
      #expect(try client.call("org.irhx.Row.WatchState").error == "org.varlink.service.ExpectedMore")
    }
  }

  @Test func watcherGetsTheNewestStateAndThenEachOne() throws {
    try withRig { rig in
      rig.server.publish(Sample.state(cycle: 1))
      let client = try rig.connect()
      let first = try client.call("org.irhx.Row.WatchState", more: true)
      #expect(first["continues"] == .bool(true))
      #expect(first["parameters"]?["state"]?["cycle"] == .int(1))
      for cycle in 2...5 {
        rig.server.publish(Sample.state(cycle: cycle))
        #expect(try client.reply()["parameters"]?["state"]?["cycle"] == .int(cycle))
      }
    }
  }

  @Test func watcherWithAnIntervalIsSparedTheStatesBetween() throws {
    try withRig { rig in
      rig.server.publish(Sample.state(cycle: 1))
      let sparing = try rig.connect()
      #expect(try sparing.call("org.irhx.Row.WatchState", #"{"interval_ms":3600000}"#, more: true).error == nil)
      let every = try rig.connect()
      #expect(try every.call("org.irhx.Row.WatchState", more: true).error == nil)
      for cycle in 2...4 {
        rig.server.publish(Sample.state(cycle: cycle))
        _ = try every.reply()
      }
      rig.server.stop()
      #expect(try sparing.next() == nil)
    }
  }

  @Test func handlerThatNeverAnswersIsNotReadyForTheCaller() throws {
    let silent = Recorder { _ in nil }
    try withRig(handler: silent, limits: VarlinkLimits(answerTime: .milliseconds(20))) { rig in
      let client = try rig.connect()
      #expect(try client.call("org.irhx.Row.ResetTrip").error == "org.irhx.Row.NotReady")
      #expect(try client.call("org.irhx.Row.GetInfo").error == nil)
    }
  }

  @Test func commandMayWaitForTwoPeriodsAndOurClientWaitsLonger() {
    #expect(RowServer.limits(periodMs: 100).answerTime == .milliseconds(4200))
    let slowest = RowServer.limits(periodMs: 5000).answerTime
    #expect(slowest == .seconds(14))
    #expect(RowClient(path: "").patience > slowest)
  }
}
