import CoolingCore
import Foundation
import Glibc
import RowAPI
import Testing

@testable import FlightRecorder

extension RigTests {
  /// The daemon's own recording, over kills.
  @Suite struct Recorder {
    @Test func recordingOfAKilledDaemonIsWholeAndReplaysBitForBit() throws {
      let rig = try Rig()
      var heard = 0
      for _ in 0..<3 {
        try rig.startToAuto()
        _ = try rig.client.send(.setSetpoint(name: "supply_c", value: 39))
        usleep(UInt32.random(in: 900_000...1_500_000))
        heard += try rig.client.state().cycle
        rig.daemon?.send(SIGKILL)
        _ = try rig.daemon?.end()
      }
      let replay = Replay()
      try Recording(path: rig.path("state/recorder")).read(replay.take)
      let result = replay.result
      #expect(result.first == nil && result.runs == 3 && result.gaps == 0)
      // Ten cycles a second: the last second of each at most is missing.
      #expect(result.cycles >= heard - 3 * 10, "\(result.cycles) of \(heard)")
      #expect(result.replayed == result.cycles - 3)
    }

    @Test func stateSaysHowTheRecordingGoes() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let state = try rig.eventually("cycles are recorded") { $0.recorder.entries > 10 }
      #expect(state.recorder.recording && state.recorder.lost == 0 && state.recorder.bytes > 10_000)
      #expect(state.recorder.trouble == nil)
    }

    @Test func siteFileCanSwitchItOff() throws {
      let rig = try Rig(edits: ["supply:\n": "recorder: { max_mb: 0 }\nsupply:\n"])
      try rig.startToAuto()
      let state = try rig.client.state()
      #expect(!state.recorder.recording && state.recorder.trouble == nil)
      #expect(unsafe access(rig.path("state/recorder"), F_OK) != 0)
    }

    /// The programs of an incident, one after the other: draw, cut, replay, decide anew; and a bit that is not right.
    @Test func recordingIsDrawnCutReplayedAndDecidedAnewByTheClient() throws {
      let rig = try Rig()
      try rig.startToAuto()
      _ = try rig.eventually("cycles are recorded") { $0.recorder.entries > 30 }
      let site = try Rig.site(["setpoint_c: 40": "setpoint_c: 36"])
      try site.write(toFile: rig.path("colder.yaml"), atomically: true, encoding: .utf8)
      let else36 = ["--site", "colder.yaml", "--profiles", Rig.profiles]
      let beside = try irhxctl(["replay", "state/recorder", "--follow", "--timeout", "3s"] + else36, rig)
      #expect(beside.split(separator: "\n").count { $0.contains(": auto; ") } >= 3, "\(beside)")
      #expect(beside.contains("OPEN LOOP") && beside.contains("fan.1.speed_demand"))
      rig.daemon?.send(SIGTERM)
      _ = try rig.daemon?.end()
      let from = ["--from", "state/recorder"]
      let trend = try irhxctl(["trend", "row.supply_c", "fan.1.speed_demand", "--height", "3"] + from, rig)
      #expect(trend.contains("fan.1.speed_demand %") && trend.contains("│"))
      _ = try irhxctl(["trend", "row.supply_c", "--svg", "supply.svg"] + from, rig)
      #expect(try String(contentsOfFile: rig.path("supply.svg"), encoding: .utf8).contains("<polyline"))
      _ = try irhxctl(["trend", "row.supply_c", "--png", "supply.png"] + from, rig)
      #expect(try Data(contentsOf: URL(filePath: rig.path("supply.png"))).starts(with: [0x89, 0x50, 0x4E, 0x47]))
      let table = try irhxctl(["record", "export", "--csv", "row.supply_c", "pump.1.run"] + from, rig)
      let lines = table.split(separator: "\n")
      #expect(lines.count > 30 && lines[0] == "time,cycle,mode,row.supply_c,pump.1.run" && lines[20].hasSuffix(",1.0"))
      _ = try irhxctl(["record", "cut", "-o", "cut.flight"] + from, rig)
      #expect(try irhxctl(["replay", "cut.flight"], rig).contains("every bit the same"))
      let anew = try irhxctl(["replay", "cut.flight"] + else36, rig)
      #expect(anew.contains("OPEN LOOP") && anew.contains("fan.1.speed_demand"))
      try plant(bit: 3, in: rig.path("cut.flight"))
      let said = try irhxctl(["replay", "cut.flight"], rig, status: 1)
      #expect(said.contains("role      fan.2.speed_demand") && said.contains("recorded") && said.contains("computed"))
    }

    private func irhxctl(_ arguments: [String], _ rig: Rig, status: Int32 = 0) throws -> String {
      let program = try Program.built("irhxctl", arguments, in: rig.folder)
      let ended = try program.end()
      #expect(ended == status, "\(arguments): \(program.errors)")
      return program.output
    }

    /// Of what was sent to a fan in the twentieth cycle.
    private func plant(bit: Int, in path: String) throws {
      var (bytes, at) = ([] as [UInt8], 0)
      let file = try #require(try RecorderFile.bytes(of: path))
      while let chunk = Chunk.next(file, &at) {
        guard chunk.kind == .block else {
          bytes += Chunk.bytes(chunk.kind, Array(chunk.content))
          continue
        }
        var block = try ColumnBlock(chunk.content)
        let column = CycleLayout.demands + OutputSlot.fan(1)
        if block.rows > 20 { block.words[column * block.rows + 20] ^= 1 << UInt64(bit) }
        bytes += Chunk.bytes(.block, block.encoded())
      }
      try RecorderFile(path: path, truncated: true).write(bytes, at: 0)
    }
  }
}
