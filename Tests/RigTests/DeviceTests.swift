import Foundation
import Glibc
import RowAPI
import Testing

extension RigTests {
  /// Single devices, asked and written while the loop runs.
  @Suite struct Devices {
    private func report(_ rig: Rig, _ device: String, _ point: String? = nil) throws -> DeviceReport {
      guard case .probed(let report) = try rig.client.send(.probe(device: device, point: point)) else {
        throw RigFailure("no report")
      }
      return report
    }

    private func set(_ rig: Rig, _ point: String, _ value: Double) throws -> PointWrite {
      let command = RowCommand.setPoint(device: "DO-A", point: point, value: value, reason: "spare lamp")
      guard case .written(let written) = try rig.client.send(command) else { throw RigFailure("nothing written") }
      return written
    }

    /// Every device of the row, of a dozen profiles, with every point its profile names.
    @Test func everyDeviceOfTheRowAnswersForEveryPointOfItsProfile() throws {
      let rig = try Rig()
      try rig.startToAuto()
      guard case .devices(let devices) = try rig.client.send(.devices) else { throw RigFailure("no devices") }
      #expect(devices.count > 40)
      for device in devices {
        let report = try report(rig, device.name)
        #expect(!report.points.isEmpty)
        let silent = report.points.filter { ![.good, .invalid, .exception].contains($0.outcome) }
        #expect(silent.isEmpty, "\(device.name): \(silent)")
      }
      let meter = try report(rig, "R05-power")
      #expect([meter.vendor, meter.product, meter.revision] == ["Schneider Electric", "A9MEM3255", "V1.4.0"])
      let drive = try report(rig, "P1-drive")
      #expect(drive.vendor == nil)
      let speed = try #require(drive.points.first { $0.name == "speed" })
      let state = try rig.client.state()
      #expect(abs((speed.value ?? 0) - (state.pumps[0].speedPercent ?? 100)) < 5 && speed.role == "pump.1.speed")
      #expect(drive.points.first { $0.name == "frequency" }?.outcome == .good, "the row has no use for it")
      #expect(state.health.overruns == 0)
    }

    @Test func aFreeOutputIsSetReadBackJournaledAndKept() throws {
      let rig = try Rig()
      try rig.startToAuto()
      #expect(
        try set(rig, "do_15", 1) == PointWrite(raw: "0x1", told: 1, accepted: 1, agrees: true, unit: "0/1"))
      #expect(try report(rig, "DO-A", "state_15").points.map(\.value) == [1])
      #expect(try report(rig, "DO-A", "state_14").points.map(\.value) == [0])
      try rig.eventuallyLogs(
        "Command from an operator", "command=set DO-A.do_15 1: spare lamp", "outcome=accepted",
        "peer_user=\(NSUserName())")
      guard case .history(let entries) = try rig.client.send(.history(HistoryRequest(subject: "DO-A.do_15"))) else {
        throw RigFailure("no history")
      }
      #expect(entries.map(\.who) == [NSUserName()])
      #expect(try set(rig, "do_15", 0).accepted == 0)
    }

    @Test func whatTheLoopDrivesIsRefusedAndUnmoved() throws {
      let rig = try Rig()
      try rig.startToAuto()
      for device in ["DO-A", "P1-drive", "C01-fan", "R01-valve"] {
        let driven = try report(rig, device).commands.filter { $0.role != nil }
        #expect(!driven.isEmpty)
        for command in driven {
          let answer = #expect(throws: RowClient.Failure.self) {
            try rig.client.send(.setPoint(device: device, point: command.name, value: 0, reason: "test"))
          }
          #expect(answer == .row(.refused(reason: command.refusal ?? "")))
        }
      }
      let state = try rig.client.state()
      #expect(state.mode == .auto && state.racks.allSatisfy { $0.permit == true })
    }

    @Test func aDeviceThatIsOffIsSaidToBeSilentAndTheRowRunsOn() throws {
      let rig = try Rig()
      try rig.startToAuto()
      try rig.inject("device P1-drive dead")
      let drive = try report(rig, "P1-drive")
      #expect(drive.points.allSatisfy { $0.value == nil && [.timeout, .transport].contains($0.outcome) })
      #expect(try report(rig, "P3-drive").points.contains { $0.outcome == .good }, "on another bus")
      #expect(try rig.client.state().health.overruns == 0)
    }

    private struct Scanned: Decodable {
      struct Unit: Decodable {
        struct Match: Decodable {
          var profile: String
          var identified: Bool
        }
        var unit: Int
        var matches: [Match]
      }
      var units: [Unit]
    }

    private func scan(_ rig: Rig, _ bus: String, _ options: [String]) throws -> Program {
      let place = "127.0.0.1:\(try rig.port(ofBus: bus))"
      return try Program.built("irhxd", ["scan", "--tcp", place, "--profiles", Rig.profiles] + options, in: rig.folder)
    }

    /// The simulated devices of one bus, found without knowing what it has.
    @Test func aScanFindsTheUnitsOfABusAndTheProfilesTheyFit() throws {
      let rig = try Rig()
      let scan = try scan(rig, "distribution", ["--units", "1-22", "--timeout-ms", "100", "--json"])
      #expect(try scan.end() == 0, "\(scan.errors)")
      let units = try JSONDecoder().decode(Scanned.self, from: Data(scan.output.utf8)).units
      #expect(units.map(\.unit) == Array(1...8) + Array(11...18) + [20])
      for unit in units {
        let valve = unit.unit <= 4 ? "belimo/actuator-mod" : "siemens/acvatix-mo"
        let expected = unit.unit <= 8 ? valve : "siemens/sitrans-mag6000"
        #expect(unit.matches.contains { $0.profile == expected }, "unit \(unit.unit): \(unit.matches)")
      }
    }

    /// Devices that the simulator plays from their profiles: found, taken over, probed.
    @Test func theProgramsLiveWithDevicesPlayedFromTheirProfiles() throws {
      let others = [
        "danfoss/vlt-fc": "siemens/sinamics-g120", "abb/acs580": "grundfos/cim-epump",
        "belimo/actuator-mod": "belimo/energy-valve", "siemens/acvatix-mo": "belimo/uk24mod",
        "siemens/sitrans-mag6000": "tuf/tuf-2000m", "ebm-papst/ec-fan": "ebm-papst/ec-fan-ace",
      ]
      let rig = try Rig(
        edits: Dictionary(uniqueKeysWithValues: others.map { ("profile: \($0)", "profile: \($1)") }))
      let scan = try scan(rig, "distribution", ["--units", "1-9", "--timeout-ms", "100", "--json"])
      #expect(try scan.end() == 0, "\(scan.errors)")
      let units = try JSONDecoder().decode(Scanned.self, from: Data(scan.output.utf8)).units
      #expect(units.map(\.unit) == Array(1...8))
      for unit in units {
        let valve = unit.unit <= 4 ? "belimo/energy-valve" : "belimo/uk24mod"
        #expect(unit.matches.contains { $0.profile == valve && $0.identified == (unit.unit <= 4) }, "\(unit)")
      }
      try rig.startToAuto()
      guard case .devices(let devices) = try rig.client.send(.devices) else { throw RigFailure("no devices") }
      for device in devices where others.values.contains(device.profile) {
        let points = try report(rig, device.name).points
        #expect(!points.isEmpty && points.allSatisfy { $0.outcome == .good }, "\(device.name): \(points)")
      }
      let state = try rig.client.state()
      #expect(state.mode == .auto && state.alarms.isEmpty, "\(state.alarms)")
    }

    @Test func aBusThatADaemonUsesIsNotScanned() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let refused = try scan(rig, "pumps", ["--units", "1-3", "--socket", "row.sock"])
      #expect(try refused.end() == 69)
      #expect(refused.errors.contains("the daemon of row demo uses it as bus pumps"))
      #expect(refused.output.isEmpty)
    }

    @Test func aBusThatIsNotThereIsSaidToBeSo() throws {
      let rig = try Rig()
      let scan = try Program.built(
        "irhxd", ["scan", "--tcp", "127.0.0.1:1", "--units", "1-3", "--profiles", Rig.profiles], in: rig.folder)
      #expect(try scan.end() == 69)
      #expect(scan.errors.contains("the bus cannot be used"))
    }
  }
}
