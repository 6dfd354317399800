import CoolingCore
import RowAPI
import Testing

@testable import RowRuntime

/// What the state file holds of a row, and what a new daemon makes of it.
@Suite struct RetainedStateTests {
  private func restarted(_ state: RetainedState, nowMs: Int64 = 0, site: String = "row.demo.yaml") throws -> Bench {
    let bench = try Bench(site)
    bench.loop.restore(state.retained(for: bench.loop.core, nowMs: nowMs).kept)
    return bench
  }

  private func kept(_ bench: Bench, nowMs: Int64 = 0) throws -> RetainedState {
    let bytes = try #require(RetainedState(bench.loop.core, nowMs: nowMs).bytes)
    return try #require(RetainedState(bytes))
  }

  @Test func rowComesBackToTheModeAndSetpointsItHad() throws {
    let before = try Bench()
    before.run()
    #expect(before.apply(.setSetpoint(name: "supply_c", value: 38)) == .success(.done))
    #expect(before.apply(.setSetpoint(name: "dp_kpa", value: 110)) == .success(.done))
    #expect(before.apply(.setMode(.shutdown)) == .success(.done))
    let after = try restarted(try kept(before))
    after.run()
    #expect(after.loop.core.mode == .shutdown && after.loop.core.modeReason == .commanded)
    #expect(after.loop.core.supplySetpoint.celsius == 38)
    #expect(after.loop.core.pumpGroup.working.dpSetpoint.kilopascals == 110)
  }

  @Test func latchedCauseComesBackByItsNameWithItsEvidence() throws {
    let before = try Bench()
    before.run(cycles: 3)
    before.field.values["row.emergency_stop"] = 1
    before.run(cycles: 5)
    #expect(before.loop.core.mode == .tripped)
    let state = try kept(before)
    let entry = try #require(state.causes?.first { $0.id == "EMERGENCY_STOP" })
    #expect(entry.latched == true && entry.firstOut == true && entry.unacknowledged == true)
    let after = try restarted(state)
    after.run(cycles: 3)
    #expect(after.loop.core.mode == .tripped)
    #expect(after.report.state.alarms.contains { $0.id == "EMERGENCY_STOP" && $0.firstOut })
    #expect(after.report.state.pumps.allSatisfy { $0.demandPercent == 0 })
    #expect(after.apply(.resetTrip(id: "EMERGENCY_STOP", subject: nil)) == .success(.done))
  }

  /// ALM-002.
  @Test func shelfEndsWhenItWouldHaveEndedWithoutTheRestart() throws {
    let before = try Bench()
    before.run(cycles: 3)
    let shelve = RowCommand.shelve(id: "PUMP_FAULT", subject: "pump.1", minutes: 30, reason: "known")
    #expect(before.apply(shelve) == .success(.done))
    let state = try kept(before, nowMs: 1_000_000)
    before.run(cycles: 2)
    #expect(try kept(before, nowMs: 1_002_000) == state, "a shelf that runs down is not written again")
    let minutes: Int64 = 60_000
    for (downMs, leftMin) in [(10 * minutes, 20.0...21), (40 * minutes, 0.0...0)] {
      let after = try restarted(state, nowMs: 1_000_000 + downMs)
      let slot = after.loop.core.interlocks.slot(.pumpFault, 0)
      #expect(leftMin.contains(after.loop.core.interlocks.states[slot].alarm.shelvedS / 60))
    }
    let astray = try restarted(state, nowMs: -100 * 86_400_000)
    let slot = astray.loop.core.interlocks.slot(.pumpFault, 0)
    #expect(astray.loop.core.interlocks.states[slot].alarm.shelvedS <= 2 * 3600, "whatever the clock says")
  }

  @Test func whatThisRowDoesNotKnowIsSaidAndLeftOut() throws {
    var state = RetainedState(mode: .shutdown)
    state.modeReason = "whim"
    state.causes = [
      .init(id: "TEA_COLD"), .init(id: "PUMP_FAULT", subject: "pump.9"), .init(id: "FAN_FAULT", subject: "fan.1"),
    ]
    state.causes?[2].outOfService = true
    state.isolated = ["rack.99", "fan.2"]
    state.pumpHours = ["pump.1": 12.5, "pump.7": 1]
    let bench = try Bench()
    let (kept, unknown) = state.retained(for: bench.loop.core, nowMs: 0)
    #expect(Set(unknown) == ["whim", "TEA_COLD", "PUMP_FAULT pump.9", "rack.99", "pump.7"])
    #expect(kept.mode == .shutdown && kept.pumpHours[0] == 12.5 && kept.isolatedCoils[1])
    #expect(kept.causes[bench.loop.core.interlocks.slot(.fanFault, 0)].isOutOfService)
  }

  @Test func fieldsMayBeAddedAndTakenAway() {
    #expect(RetainedState(Array("{}".utf8)) == RetainedState())
    #expect(RetainedState(Array(#"{"mode":"off","unheard_of":[1]}"#.utf8)) == RetainedState(mode: .off))
    #expect(RetainedState(Array(#"{"mode":"sideways"}"#.utf8)) == nil)
    #expect(RetainedState([]) == nil)
  }
}
