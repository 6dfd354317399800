import Foundation
import Glibc
import RowAPI
import Testing

extension RigTests {
  /// What the row does when a part of it fails.
  @Suite struct Faults {
    @Test func trippedPumpIsReplacedAndComesBackAfterReset() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let running = try rig.client.state().pumps.map { $0.running == true }
      #expect(running == [true, true, false])

      let inject = try Program.built("irhx-sim", ["inject", "pump.1.trip", "--socket", "sim.sock"], in: rig.folder)
      #expect(try inject.end() == 0)
      let state = try rig.eventually("the standby runs") { $0.pumps[2].running == true && $0.pumps[0].running != true }
      let alarm = try #require(state.alarm("PUMP_FAULT", "pump.1"))
      #expect(alarm.state == .unacknowledged)
      #expect(state.mode == .auto)
      try rig.eventuallyLogs("alarm=PUMP_FAULT", "subject=pump.1")
      try rig.eventuallyLogs("A pump was started", "pump=P3")

      #expect(try rig.client.send(.acknowledgeAlarm(id: "PUMP_FAULT", subject: "pump.1")) == .acknowledged(1))
      #expect(try rig.client.send(.resetTrip()) == .done)
      _ = try rig.eventually("the alarm has gone") { $0.alarm("PUMP_FAULT", "pump.1") == nil }
      #expect(try rig.client.state().pumps[0].fault == false)
    }

    @Test func fansGoToSafeSpeedWhenSupplyTemperatureIsLost() throws {
      let rig = try Rig(edits: ["slew_percent_per_s: 5": "slew_percent_per_s: 20"])
      try rig.startToAuto()
      for number in 1...3 { try rig.inject("supply.temperature.\(number).open") }
      let state = try rig.eventually("safe fans") { state in
        state.fans.allSatisfy { $0.demandPercent >= 90 } && state.alarm("SUPPLY_TEMPERATURE_LOST") != nil
      }
      #expect(state.mode == .auto)
      #expect(state.supplyC == nil)
      #expect(state.pumps.filter { $0.running == true }.count >= 2)
    }

    @Test func deadBusCostsOnlyItsOwnRoles() throws {
      let rig = try Rig()
      try rig.startToAuto()
      try rig.inject("bus coils dead")
      let state = try rig.eventually("no fan is heard") { $0.fans.allSatisfy { $0.speedPercent == nil } }
      for signal in state.signals where !signal.role.hasPrefix("fan.") {
        #expect(signal.value != nil, "\(signal.role)")
      }
      for bus in state.buses { #expect(bus.connected == (bus.name != "coils"), "\(bus.name)") }
      #expect(state.mode == .auto)
      try rig.eventuallyLogs("Roles without a value", "fan.1.speed")
    }

    @Test func daemonStartsWithoutADeviceAndHoldsWhatDependsOnItSafe() throws {
      let rig = try Rig()
      try rig.inject("device AI-A dead")
      try rig.start()
      try rig.eventuallyLogs("Roles without a value", "manifold.dp.1", "supply.pressure")
      let state = try rig.eventually("safe pumps") { state in
        state.alarm("PROTECTION_DEGRADED") != nil && state.supplyC != nil
      }
      #expect(state.pumps.filter { $0.running == true }.count >= 2)
      try rig.clear("device AI-A dead")
      try rig.eventuallyLogs("Every role has a value again")
    }

    /// OPS-052.
    @Test func deviceThatHasLostItsSetUpIsNamedInTheJournal() throws {
      let rig = try Rig()
      try rig.inject("device C01-fan reset")
      try rig.start()
      try rig.eventuallyLogs("A device is not set up for the loss of the daemon", "device=C01-fan", "expected=")
      let state = try rig.eventually("the finding is shown") { $0.buses.contains { !$0.setUp.isEmpty } }
      #expect(Set(state.buses.flatMap(\.setUp).map(\.device)) == ["C01-fan"])
    }

    @Test func absentDriveIsNamedAndTheOthersCarryTheFlow() throws {
      let rig = try Rig()
      try rig.inject("device P1-drive dead")
      try rig.start()
      try rig.eventuallyLogs("Roles without a value", "pump.1.running")
      let state = try rig.eventually("two other pumps") { state in
        state.pumps[1].running == true && state.pumps[2].running == true
      }
      #expect(state.alarm("PUMP_SILENT", "pump.1") != nil)
      #expect(state.actuators.filter { $0.role.hasPrefix("rack") }.allSatisfy { $0.owner != .safeguard })
    }
  }

  /// How the daemon goes.
  @Suite struct Ending {
    @Test func terminatedDaemonLeavesTheRowAtASafeOutputAndSaysSo() throws {
      let rig = try Rig(["--settled", "60", "--load", "steady=60", "--speed", "5"])
      try rig.startToAuto()
      #expect(try rig.truth().fans.allSatisfy { $0.speedPercent < 85 })
      #expect(try rig.terminate() == 0)
      let line = try #require(rig.log.last)
      #expect(line.contains("the plant runs on at a safe output"))
      // At the safe speed or above: drives that waited for the daemon stand at 80.01 %.
      for part in ["P1=80", "P2=80", "fans_min_percent=90", "rack_valves_min_percent=100"] {
        #expect(line.contains(part))
      }
      try rig.eventuallyTrue("pumps, fans and valves stand at their safe positions") { truth in
        truth.pumps.filter { $0.speedPercent >= 79 }.count == 2 && truth.fans.allSatisfy { $0.speedPercent >= 89 }
          && truth.racks.allSatisfy { $0.valvePercent >= 98 }
      }
      #expect(!FileManager.default.fileExists(atPath: rig.client.path))
    }

    @Test func interruptEndsTheDaemonAsTerminateDoes() throws {
      let rig = try Rig()
      try rig.startToAuto()
      rig.daemon?.send(SIGINT)
      #expect(try rig.daemon?.end() == 0)
      #expect(try #require(rig.log.last).contains("the plant runs on at a safe output"))
    }
  }
}
