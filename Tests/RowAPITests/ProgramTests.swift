import Testing

@testable import RowAPI

/// `irhxctl` as a person or a script meets it: its text, its JSON, its exit status.
@Suite struct ProgramTests {
  private func irhxctl(_ arguments: String..., on rig: Rig) throws -> Program {
    try Program.ours("irhxctl", arguments, environment: ["IRHX_SOCKET": rig.path])
  }

  @Test func statusFitsEightyColumnsAndSaysWhatMatters() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let status = try irhxctl("status", on: rig)
      #expect(status.status == 0)
      #expect(status.output == Self.screen)
      #expect(status.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
  }

  @Test func watchInAPipePrintsOneLineAState() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let watch = try irhxctl("watch", "--count", "1", on: rig)
      #expect(watch.status == 0)
      #expect(
        watch.output == """
          12:34:56 auto  supply 25.1 °C  setpoint 25.0 °C  flow 806.4 L/min  dp 85.0 kPa  heat 548.3 kW  pumps 2/3  \
          alarms 2

          """)
    }
  }

  @Test func watchUntilEndsWellInThatModeAndIllInAnother() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let reached = try irhxctl("watch", "--until", "auto", "--timeout", "60s", on: rig)
      #expect(reached.status == 0)
      let other = try irhxctl("watch", "--until", "tripped", "--count", "1", on: rig)
      #expect(other.status == 1)
      #expect(other.errors == "irhxctl: the row has not reached tripped\n")
    }
  }

  @Test func jsonIsTheWireState() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let text = try irhxctl("status", "--json", on: rig).output
      #expect(text == String(decoding: try VarlinkFrame.encode(Sample.state()), as: UTF8.self) + "\n")
    }
  }

  @Test func commandsArriveAsTheyWereGiven() throws {
    let handler = Recorder { command in
      switch command {
      case .acknowledgeAlarm: .success(.acknowledged(2))
      case .explain: .success(.explanation(Sample.explanation))
      default: .success(.done)
      }
    }
    try withRig(handler: handler) { rig in
      let acknowledged = try irhxctl("ack", "--all", on: rig)
      #expect(acknowledged.output == "2 alarms acknowledged\n")
      #expect(try irhxctl("mode", "standby", on: rig).status == 0)
      #expect(try irhxctl("setpoint", "supply_c", "23.5", on: rig).status == 0)
      #expect(
        try irhxctl("override", "fan.1.speed_demand", "70", "--lease", "10m", "--reason", "noise", on: rig).output
          == "fan.1.speed_demand held at 70.0 for 10m\n")
      #expect(try irhxctl("release", "fan.1.speed_demand", on: rig).status == 0)
      #expect(try irhxctl("reset", on: rig).status == 0)
      #expect(
        try irhxctl("explain", "SC-101", on: rig).output == """
          pump.1.speed_demand (SC-101): 62.4 %, reads back 62.1 %
          decided by override, for another 583 s: held by hand for a bearing check
            because the operator holds it
            because control would demand 58.0 %

          """)
      #expect(
        handler.commands == [
          .acknowledgeAlarm(id: nil, subject: nil), .setMode(.standby), .setSetpoint(name: "supply_c", value: 23.5),
          .override(actuator: "fan.1.speed_demand", value: 70, leaseS: 600, reason: "noise"),
          .release(actuator: "fan.1.speed_demand"), .resetTrip, .explain(actuator: "SC-101"),
        ])
    }
  }

  @Test func refusalExitsWithOneAndSaysWhy() throws {
    let handler = Recorder { _ in
      .failure(.outOfRange(name: "supply_c", value: 60, minimum: 15, maximum: 40, unit: "°C"))
    }
    try withRig(handler: handler) { rig in
      let refused = try irhxctl("setpoint", "supply_c", "60", on: rig)
      #expect(refused.status == 1)
      #expect(refused.errors == "irhxctl: supply_c: 60.0 is out of range, 15.0 to 40.0 °C\n")
    }
  }

  @Test func commandNotPermittedExitsWithSeventySeven() throws {
    try withRig(peer: Peer(uid: 1002, gid: 1002, pid: 1)) { rig in
      let refused = try irhxctl("reset", on: rig)
      #expect(refused.status == 77)
      #expect(refused.errors.contains("commands need user root"))
    }
  }

  @Test func absentDaemonExitsWithSixtyNine() throws {
    let rig = try Rig()
    rig.close()
    let absent = try irhxctl("status", on: rig)
    #expect(absent.status == 69)
    #expect(absent.errors.contains(rig.path))
  }

  @Test(arguments: [
    ["override", "fan.1.speed_demand", "70", "--lease", "soon"], ["mode", "sideways"], ["ack"], ["status", "extra"],
    ["status", "--socket", "/a", "--row", "b"],
  ])
  func wrongUsageExitsWithSixtyFour(arguments: [String]) throws {
    #expect(try Program.ours("irhxctl", arguments).status == 64)
  }

  @Test func completionsAreGenerated() throws {
    let script = try Program.ours("irhxctl", ["--generate-completion-script", "bash"])
    #expect(script.status == 0)
    #expect(script.output.contains("setpoint"))
  }

  private static let screen = """
    """
}
