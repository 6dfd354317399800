import Glibc
import Testing

@testable import RowAPI

/// Who may command, and who may only read.
@Suite struct AccessTests {
  private let rule = AccessRule(uids: [1001], gids: [2001])

  @Test func rootMayCommandWhateverTheRule() {
    #expect(AccessRule().refusal(of: Peer(uid: 0, gid: 5, pid: 1)) == nil)
  }

  @Test(arguments: [
    Peer(uid: 1001, gid: 9, pid: 1), Peer(uid: 9, gid: 2001, pid: 1), Peer(uid: 9, gid: 9, groups: [8, 2001], pid: 1),
  ])
  func listedUserAndMembersOfListedGroupsMayCommand(peer: Peer) {
    #expect(rule.refusal(of: peer) == nil)
  }

  @Test func othersAreToldWhatTheyLack() {
    #expect(
      rule.refusal(of: Peer(uid: 1002, gid: 2002, groups: [2003], pid: 1))
        == "commands need user root or user 1001 or group 2001; user id 1002 with group id 2002 is none of them")
  }

  @Test func namesAreLookedUpOnThisMachine() throws {
    let (rule, unknown) = AccessRule.resolve(users: ["root"], groups: ["root"])
    #expect(rule.uids == [0])
    #expect(rule.gids == [0])
    #expect(unknown.isEmpty)
    let refusal = try #require(rule.refusal(of: Peer(uid: 7, gid: 7, pid: 1)))
    #expect(refusal.contains("group root"))
  }

  @Test func unknownNamesAreSaidPlainlyAndTheOthersKeepTheirRights() throws {
    let (rule, unknown) = AccessRule.resolve(users: ["no-such-user", "daemon"], groups: ["no-such-group"])
    #expect(
      unknown == [
        AccessRule.UnknownAccount(kind: "user", name: "no-such-user", cause: nil),
        AccessRule.UnknownAccount(kind: "group", name: "no-such-group", cause: nil),
      ])
    #expect(unknown.first?.description == "there is no user named no-such-user on this machine")
    #expect(rule.uids.count == 1)
    let refusal = try #require(rule.refusal(of: Peer(uid: 1002, gid: 1002, pid: 1)))
    #expect(refusal.hasPrefix("commands need user root or user daemon; "))
  }

  @Test(arguments: [
    ("SetMode", #"{"mode":"off"}"#), ("SetSetpoint", #"{"name":"supply_c","value":24}"#),
    ("Shelve", #"{"id":"A","minutes":5,"reason":"r"}"#), ("Unshelve", #"{"id":"A"}"#),
    ("SetOutOfService", #"{"id":"A","out":true,"reason":"r"}"#),
    ("Override", #"{"actuator":"fan.1","value":1,"lease_s":1,"reason":"r"}"#), ("Release", #"{"actuator":"fan.1"}"#),
    ("ResetTrip", "{}"), ("AcknowledgeAlarm", "{}"),
  ])
  func commandOfAnUnlistedPeerIsNotedAndNotSubmitted(method: String, parameters: String) throws {
    try withRig(access: rule, peer: Peer(uid: 1002, gid: 2002, pid: 1)) { rig in
      let client = try rig.connect()
      let reply = try client.call("org.irhx.Row.\(method)", parameters)
      #expect(reply.error == "org.irhx.Row.NotPermitted")
      #expect(reply["parameters"]?["reason"]?.text?.contains("group 2001") == true)
      #expect(rig.handler.commands.isEmpty)
      #expect(rig.handler.refusals == [try #require(reply["parameters"]?["reason"]?.text)])
    }
  }

  @Test func unlistedPeerMayRead() throws {
    let handler = Recorder { _ in .success(.explanation(Sample.explanation)) }
    try withRig(access: rule, peer: Peer(uid: 1002, gid: 2002, pid: 1), handler: handler) { rig in
      rig.server.publish(Sample.state())
      let client = try rig.connect()
      for method in ["GetInfo", "GetState", "ListAlarms"] {
        #expect(try client.call("org.irhx.Row.\(method)").error == nil)
      }
      #expect(try client.call("org.irhx.Row.Explain", #"{"actuator":"pump.1"}"#).error == nil)
      #expect(try client.call("org.irhx.Row.WatchState", more: true).error == nil)
      #expect(handler.refusals.isEmpty)
    }
  }

  @Test func handlerLearnsWhoCommands() throws {
    let peer = Peer(uid: 1001, gid: 5, groups: [6], pid: 77)
    try withRig(access: rule, peer: peer) { rig in
      let client = try rig.connect()
      #expect(try client.call("org.irhx.Row.ResetTrip").error == nil)
      #expect(rig.handler.peers == [peer])
    }
  }

  @Test func kernelSaysWhoThePeerIs() throws {
    try withRig { rig in
      let socket = try Socket(connectingTo: rig.path)
      let peer = try #require(Peer.of(socket: socket.fd))
      #expect(peer.uid == geteuid())
      #expect(peer.gid == getegid())
      #expect(peer.pid == getpid())
    }
  }
}
