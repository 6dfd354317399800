import Foundation
import Glibc
import RowAPI
import Testing

extension RigTests {
  /// The real program, which speaks to the devices while the daemon is stopped.
  @Suite struct Commissioning {
    private static let idle = ["--load", "steady=0", "--speed", "10"]
    private static let quick = [
      "valve_stroke_s: 60": "valve_stroke_s: 5", "slew_percent_per_s: 10\n": "slew_percent_per_s: 100\n",
      "slew_percent_per_s: 5\n": "slew_percent_per_s: 100\n",
    ]

    private func commission(_ rig: Rig, _ more: [String]) throws -> Program {
      let options = [
        "--profiles", Rig.profiles, "--endpoints", "endpoints", "--period-ms", "100", "--socket", "row.sock",
      ]
      return try Program.built("irhxd", ["commission", "row.yaml"] + options + more, in: rig.folder)
    }

    private func verify(_ rig: Rig, _ report: String) throws -> (status: Int32, text: String) {
      let program = try Program.built("irhxd", ["commission", "--verify", report], in: rig.folder)
      return (try program.end(), program.output)
    }

    @Test func itIsRefusedWhileTheDaemonOwnsTheRow() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let program = try commission(rig, ["--yes"])
      #expect(try program.end() == 69)
      #expect(program.errors.contains("the daemon of row demo runs and owns its devices; stop it first"))
      #expect(try rig.client.state().mode == .auto)
    }

    @Test func aRowWhoseRacksDrawPowerIsRefused() throws {
      let rig = try Rig()
      let before = try rig.truth().racks.map(\.valvePercent)
      let program = try commission(rig, ["--yes", "--report", "report.md"])
      #expect(try program.end() == 69)
      #expect(program.errors.contains("racks draw power: R01 ("))
      #expect(try rig.truth().racks.map(\.valvePercent) == before)
    }

    /// OPS-061, OPS-062.
    @Test func interruptedItLeavesTheRowSafeAndASealedReport() throws {
      let rig = try Rig(Self.idle, edits: Self.quick)
      let program = try commission(rig, ["--yes", "--skip-loss", "--operator", "Ada", "--report", "report.md"])
      try rig.eventuallyTrue("the walk has begun") { truth in truth.pumps.contains { $0.speedPercent > 40 } }
      program.send(SIGINT)
      #expect(try program.end() == 1)
      try rig.eventuallyTrue("pumps, valves and fans are at their safe output") { truth in
        truth.pumps.allSatisfy { abs($0.speedPercent - 80) < 3 } && truth.racks.allSatisfy { $0.valvePercent > 97 }
          && truth.fans.allSatisfy { abs($0.speedPercent - 90) < 3 }
      }
      #expect(try verify(rig, "report.md").status == 0)
      let report = try String(contentsOfFile: rig.path("report.md"), encoding: .utf8)
      #expect(report.contains("| Result | NOT passed: ended early, interrupted by the operator"))
      #expect(report.contains("| Operator | Ada (not asked: every question was answered with yes) |"))
      try report.replacing("NOT passed", with: "passed").write(
        toFile: rig.path("changed.md"), atomically: true, encoding: .utf8)
      let changed = try verify(rig, "changed.md")
      #expect(changed.status == 1 && changed.text.contains("CHANGED"))
    }

    @Test func whatIsOnlyLookedAtMovesNothingAndPasses() throws {
      let rig = try Rig(Self.idle)
      let program = try commission(rig, ["--only", "AI-A", "--report", "report.md"])
      #expect(try program.end() == 0, "\(program.errors)")
      let report = try String(contentsOfFile: rig.path("report.md"), encoding: .utf8)
      #expect(report.contains("| filter.dp | PDT-106 | value | passed |"))
      #expect(!report.contains("## Asked"))
    }
  }
}
