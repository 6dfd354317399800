import Foundation
import Glibc
import RowAPI
import Testing

extension RigTests {
  /// `irhxctl tune` on a running row.
  @Suite struct Tuning {
    private struct Found: Decodable {
      struct Model: Decodable {
        var gain: Double
      }
      struct Gains: Decodable {
        var gain: Double
      }
      var model: Model
      var explained: Double
      var suggested: Gains?
      var siteLine: String?

      enum CodingKeys: String, CodingKey {
        case model, explained, suggested
        case siteLine = "site_line"
      }
    }

    private func tune(_ rig: Rig, _ more: String...) throws -> Program {
      try Program.built(
        "irhxctl", ["tune", "pump", "--socket", "row.sock", "--profiles", Rig.profiles] + more, in: rig.folder)
    }

    /// OPS-064.
    @Test func pumpsAreIdentifiedOverTheSocketAndGivenBack() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let calm = try rig.eventually("a steady row") { abs(($0.dpKpa ?? 0) - $0.loops[1].setpoint) < 2 }
      #expect(unsafe chmod(rig.path("row.yaml"), 0o640) == 0)
      // Somebody who agrees to everything.
      let tool = try Program.builtPath("irhxctl")
      let words = "pump --socket row.sock --profiles '\(Rig.profiles)' --yes --json --hold 4s --apply"
      let tuning = try Program("/bin/sh", ["-c", "yes | '\(tool)' tune \(words)"], in: rig.folder)
      let held = try rig.eventually("the pumps are held") { $0.actuator("pump.1")?.owner == .override }
      #expect(held.actuator("pump.1")?.overrideReason == "irhxctl tune")
      #expect((held.actuator("pump.1")?.leaseRemainingS ?? 99) <= 10)
      #expect(try tuning.end(within: 60) == 0, "\(tuning.errors)")
      let after = try rig.client.state()
      #expect(after.actuators.allSatisfy { $0.leaseRemainingS == nil })
      let found = try JSONDecoder().decode(Found.self, from: Data(tuning.output.utf8))
      #expect(found.explained > 0.9)
      // dP rises with the square of speed, as long as the valves stand.
      let speed = calm.pumps.map(\.demandPercent).max() ?? 0
      #expect(abs(found.model.gain / (2 * (calm.dpKpa ?? 0) / speed) - 1) < 0.15)
      let line = try #require(found.siteLine)
      #expect(found.suggested != nil && line.hasPrefix("gains: {gain: "))
      #expect(tuning.errors.contains("Write that line into row.yaml?"))
      #expect(try String(contentsOfFile: rig.path("row.yaml"), encoding: .utf8).contains("  \(line)\n"))
      let mode = try FileManager.default.attributesOfItem(atPath: rig.path("row.yaml"))[.posixPermissions]
      #expect((mode as? NSNumber)?.intValue == 0o640)
    }

    /// OPS-064. Refused, declined, interrupted, killed.
    @Test func howeverItEndsTheRowGoesBackToAuto() throws {
      let rig = try Rig()
      try rig.startToAuto()
      // Nobody answers the question.
      let unasked = try tune(rig)
      #expect(try unasked.end() == 1)
      #expect(unasked.errors.contains("nothing was moved"))
      for end in [SIGINT, SIGKILL] {
        _ = try rig.eventually("auto") { $0.mode == .auto }
        let tuning = try tune(rig, "--yes")
        _ = try rig.eventually("the pumps are held") { $0.actuator("pump.1")?.owner == .override }
        tuning.send(end)
        _ = try tuning.end()
        if end == SIGINT { #expect(tuning.errors.contains("aborted and released: interrupted")) }
        let bound = end == SIGINT ? 5.0 : 15
        _ = try rig.eventually("given back", within: bound) { state in
          state.actuators.allSatisfy { $0.leaseRemainingS == nil }
        }
      }
      _ = try rig.client.send(.override(actuator: "fan.1", value: 60, leaseS: 600, reason: "test"))
      let manual = try tune(rig, "--yes")
      #expect(try manual.end() == 1)
      #expect(manual.errors.contains("refused, nothing was moved: the row is in manual"))
    }
  }
}
