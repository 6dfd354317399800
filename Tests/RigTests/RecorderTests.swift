import CoolingCore
import FlightRecorder
import Glibc
import RowAPI
import Testing

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
  }
}
