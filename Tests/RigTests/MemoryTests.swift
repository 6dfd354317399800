import Foundation
import Glibc
import RowAPI
import Testing

extension RigTests {
  /// What a daemon leaves to the next one.
  @Suite struct Memory {
    @Test func killedDaemonLeavesItsHistoryAndTheOperatorsSetpointToTheNext() throws {
      let rig = try Rig()
      try rig.startToAuto()
      _ = try rig.client.send(.setSetpoint(name: "supply_c", value: 41))
      _ = try rig.client.send(.override(actuator: "fan.1", value: 60, leaseS: 600, reason: "bearing check"))
      let held = try rig.eventually("the override") { $0.actuator("fan.1")?.owner == .override }
      #expect(held.actuator("fan.1")?.overrideOwner == NSUserName())
      #expect(held.actuator("fan.1")?.overrideReason == "bearing check")
      #expect(held.history.recording && held.history.trouble == nil && held.history.lost == 0)
      _ = try rig.eventually("the state file") { _ in
        let text = try? String(contentsOfFile: rig.path("state/state"), encoding: .utf8)  // nil: not there yet
        return text?.contains(#""supply_setpoint_c":41"#) ?? false
      }
      try rig.waitForEntries { $0.contains { $0.kind == .overrideTaken } }
      rig.daemon?.send(SIGKILL)
      _ = try rig.daemon?.end()

      try rig.startToAuto()
      let state = try rig.eventually("the setpoint") { $0.setpointC == 41 }
      #expect(state.actuator("fan.1")?.owner == .control, "an override does not outlive its daemon")
      try rig.eventuallyLogs("The row goes on from what was kept", "supply_setpoint_c=41")
      try rig.waitForEntries { $0.count { $0.kind == .daemonStarted } == 2 }
      let entries = try rig.entries()
      #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.id == $1.id + 1 })
      let taken = try #require(entries.first { $0.kind == .overrideTaken })
      #expect(taken.subject == "fan.1" && taken.value == 60 && taken.who == NSUserName())
      #expect(taken.reason == "bearing check")
      #expect(try rig.terminate() == 0)
    }

    /// OPS-054. At full load a chip has seconds; nobody controls for two of them.
    @Test func killAtFullLoadCostsNoChipItsMarginAndMovesNothing() throws {
      let rig = try Rig(["--settled", "100", "--load", "steady=100"])
      try rig.startToAuto()
      let shelve = RowCommand.shelve(id: "FILTER_CLOGGED", subject: nil, minutes: 30, reason: "ordered")
      #expect(try rig.client.send(shelve) == .done)
      _ = try rig.eventually("the state file") { _ in
        let text = try? String(contentsOfFile: rig.path("state/state"), encoding: .utf8)  // nil: not there yet
        return text?.contains("shelved_until_ms") ?? false
      }
      rig.daemon?.send(SIGKILL)
      _ = try rig.daemon?.end()
      var hottestC = 0.0
      for _ in 0..<20 {
        hottestC = max(hottestC, try rig.truth().racks.map(\.chipTemperatureC).max() ?? .infinity)
        usleep(100_000)
      }
      let before = Outputs(try rig.truth())
      try rig.start()
      try expectNoBump(rig, from: before)
      let state = try rig.eventually("Auto again") { $0.mode == .auto && $0.cycle > 30 }
      hottestC = max(hottestC, try rig.truth().racks.map(\.chipTemperatureC).max() ?? .infinity)
      #expect(hottestC < 85)
      #expect(state.alarm("FILTER_CLOGGED")?.state == .shelved)
      #expect(state.alarms.allSatisfy { $0.priority != .critical }, "\(state.alarms.map(\.id))")
    }

    @Test func trippedRowIsFoundTrippedByTheNextDaemon() throws {
      let rig = try Rig()
      try rig.startToAuto()
      try rig.inject("emergency-stop")
      _ = try rig.eventually("a trip", within: 60) { $0.mode == .tripped }
      _ = try rig.eventually("the state file") { _ in
        let text = try? String(contentsOfFile: rig.path("state/state"), encoding: .utf8)  // nil: not there yet
        return text?.contains(#""mode":"tripped""#) ?? false
      }
      rig.daemon?.send(SIGKILL)
      _ = try rig.daemon?.end()
      try rig.start()
      try rig.eventuallyLogs("The row goes on from what was kept", "mode=tripped", "latched=EMERGENCY_STOP")
      let state = try rig.eventually("the row is driven") { $0.cycle > 30 }
      #expect(state.mode == .tripped && state.pumps.allSatisfy { $0.demandPercent == 0 })
      #expect(try rig.truth().pumps.allSatisfy { $0.speedPercent < 60 })
    }

    @Test func rowIsControlledWithoutAPlaceForItsMemory() throws {
      let rig = try Rig()
      // A file where the folder should be.
      try Data("in the way".utf8).write(to: rig.folder.appending(path: "state"))
      try rig.startToAuto()
      let state = try rig.eventually("trouble") { $0.history.trouble != nil }
      #expect(!state.history.recording)
      try rig.eventuallyLogs("The history is not being recorded")
      #expect(throws: RowClient.Failure.self) { try rig.entries() }
      #expect(try rig.terminate() == 0)
      #expect(rig.log.count { $0.contains("The history is not being recorded") } == 1)
    }
  }
}

extension Rig {
  fileprivate func entries() throws -> [HistoryEntry] {
    guard case .history(let entries) = try client.send(.history(HistoryRequest(limit: 500))) else { return [] }
    return entries
  }

  fileprivate func waitForEntries(_ condition: ([HistoryEntry]) -> Bool) throws {
    _ = try eventually("entries of the history") { _ in
      do { return condition(try entries()) } catch { return false }
    }
  }
}
