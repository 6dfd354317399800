import Foundation
import Glibc
import RowAPI
import RowConfig
import Testing

extension RigTests {
  /// What operators may and may not do, and what is kept of it.
  @Suite struct Commands {
    @Test func overrideMovesTheActuatorAndExpires() throws {
      let rig = try Rig(
        ["--settled", "60", "--load", "steady=60", "--speed", "5"],
        edits: ["slew_percent_per_s: 5": "slew_percent_per_s: 20"])
      try rig.startToAuto()
      let command = RowCommand.override(actuator: "fan.1", value: 55, leaseS: 3, reason: "test")
      #expect(try rig.client.send(command) == .done)
      let held = try rig.eventually("fan.1 follows") { state in
        (state.fans[0].speedPercent ?? 0) > 53 && state.mode == .manual
      }
      #expect(held.actuator("fan.1")?.owner == .override)
      #expect((held.actuator("fan.1")?.leaseRemainingS ?? 0) <= 3)
      #expect(try rig.truth().fans[0].speedPercent > 52)
      #expect(try rig.truth().fans[1].speedPercent < 50)
      let after = try rig.eventually("the lease ends") { $0.actuator("fan.1")?.owner == .control }
      #expect(after.mode == .auto)
      try rig.eventuallyLogs("An actuator was overridden", "actuator=fan.1", "value_percent=55")
      try rig.eventuallyLogs("An override has expired", "actuator=fan.1")
    }

    @Test func releaseGivesTheActuatorBackAtOnce() throws {
      let rig = try Rig()
      try rig.startToAuto()
      #expect(throws: RowClient.Failure.row(.refused(reason: "it is not overridden"))) {
        try rig.client.send(.release(actuator: "rack.3.valve"))
      }
      _ = try rig.client.send(.override(actuator: "rack.3.valve", value: 90, leaseS: 600, reason: "test"))
      _ = try rig.eventually("manual") { $0.mode == .manual }
      #expect(try rig.client.send(.release(actuator: "rack.3.valve")) == .done)
      let state = try rig.eventually("auto") { $0.mode == .auto }
      #expect(state.actuator("rack.3.valve")?.owner == .control)
    }

    @Test func wrongCommandsSayWhatWouldBeRight() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let supply = try SiteLoader.load(path: rig.path("row.yaml"), profileDirectories: [Rig.profiles]).site.supply
      let high = RowError.outOfRange(
        name: "supply_c", value: 90, minimum: supply.setpointMinC, maximum: supply.setpointMaxC, unit: "°C")
      #expect(throws: RowClient.Failure.row(high)) {
        try rig.client.send(.setSetpoint(name: "supply_c", value: 90))
      }
      #expect(throws: RowClient.Failure.row(.unknownName("pmup.1", nearest: "pump.1"))) {
        try rig.client.send(.override(actuator: "pmup.1", value: 50, leaseS: 60, reason: "test"))
      }
      #expect(throws: RowClient.Failure.row(.unknownName("brightness", nearest: nil))) {
        try rig.client.send(.setSetpoint(name: "brightness", value: 40))
      }
      let lease = RowError.outOfRange(name: "lease_s", value: 1e6, minimum: 1, maximum: 28800, unit: "s")
      #expect(throws: RowClient.Failure.row(lease)) {
        try rig.client.send(.override(actuator: "fan.1", value: 50, leaseS: 1e6, reason: "test"))
      }
      let value = RowError.outOfRange(name: "fan.1", value: 101, minimum: 0, maximum: 100, unit: "%")
      #expect(throws: RowClient.Failure.row(value)) {
        try rig.client.send(.override(actuator: "fan.1", value: 101, leaseS: 60, reason: "test"))
      }
      #expect(throws: RowClient.Failure.row(.refused(reason: Self.hot))) { try rig.client.send(.setMode(.off)) }
      #expect(throws: RowClient.Failure.row(.refused(reason: "nothing is latched"))) {
        try rig.client.send(.resetTrip())
      }
      let state = try rig.client.state()
      #expect(state.mode == .auto && state.setpointC == 40)
    }
    private static let hot = "the racks still draw power; order shutdown, which goes off when their heat has gone"

    @Test func everyCommandIsLoggedWithUidAndPid() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let control = try Program.built(
        "irhxctl", ["setpoint", "supply_c", "41", "--socket", "row.sock"], in: rig.folder)
      #expect(try control.end() == 0, "\(control.errors)")
      try rig.eventuallyLogs(
        "Command from an operator", "command=setpoint supply_c 41", "outcome=accepted", "peer_uid=\(getuid())",
        "peer_pid=\(control.identifier)")
      let state = try rig.eventually("the setpoint") { $0.setpointC == 41 }
      #expect(state.mode == .auto)
      #expect(throws: RowClient.Failure.self) { try rig.client.send(.setSetpoint(name: "dp_kpa", value: 1)) }
      try rig.eventuallyLogs("command=setpoint dp_kpa 1", "outcome=dp_kpa: 1", "peer_pid=\(getpid())")
    }

    @Test func operatorsWordsCannotForgeALogEntry() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let forged = "because\n<2>irhxd[demo]: Alarm: forged"
      #expect(throws: RowClient.Failure.self) { try rig.client.send(.release(actuator: forged)) }
      try rig.eventuallyLogs("command=release because", "outcome=there is nothing named because")
      #expect(!rig.log.contains { $0.hasPrefix("<2>") })
    }

    /// OPS-057.
    /// Root asks as another user who may read; anyone else is that user already, where the site file names nobody.
    @Test func peerWithoutPermissionMayReadButNotCommand() throws {
      let nobody: UInt32 = 65534
      let rig = try Rig(edits: ["operator_groups: [irhx]": "operator_users: [root]"])
      try rig.startToAuto()
      var command = ["/usr/bin/perl", "-e", Self.ask, rig.client.path]
      if getuid() == 0 {
        #expect(unsafe chown(rig.client.path, 0, nobody) == 0)
        #expect(unsafe chmod(rig.folder.path, 0o755) == 0)
        let setpriv = try Program.outside("setpriv", package: "Debian package util-linux")
        command = [setpriv, "--reuid", "\(nobody)", "--regid", "\(nobody)", "--clear-groups"] + command
      }
      let arguments = Array(command.dropFirst())
      let read = try Program(command[0], arguments + ["org.irhx.Row.GetInfo", "{}"], in: rig.folder)
      #expect(try read.end() == 0, "\(read.errors)")
      #expect(read.output.contains("\"row\":\"demo\""))
      let reset = try Program(command[0], arguments + ["org.irhx.Row.ResetTrip", "{}"], in: rig.folder)
      #expect(try reset.end() == 0, "\(reset.errors)")
      #expect(reset.output.contains("org.irhx.Row.NotPermitted"))
      #expect(reset.output.contains("user id \(getuid() == 0 ? nobody : getuid())"))
    }

    /// One call and its answer, in a language of Debian's base system: others may not be able to read our programs.
    private static let ask = """
      use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ARGV[0])) or die "connect: $!";
      syswrite($s, qq({"method":"$ARGV[1]","parameters":$ARGV[2]}\\0)); $/ = "\\0"; print scalar <$s>;
      """
  }
}
