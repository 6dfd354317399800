import CoolingCore
import Foundation
import RowAPI
import RowHistory
import Testing

@testable import RowRuntime

/// How many alarms an operator was given.
@Suite struct AlarmLoadTests {
  @Test func windowsAreTenMinutesAndADay() {
    var meter = AlarmLoadMeter()
    for n in 0..<5 { meter.raise(nowS: Double(n) * 120) }
    for n in 0..<3 { meter.raise(nowS: 3600 + Double(n) * 61) }
    #expect(meter.load(nowS: 3750) == AlarmLoad(last10Min: 3, last24H: 8, peak10Min: 5))
    #expect(meter.load(nowS: 3600 + 11 * 60) == AlarmLoad(last10Min: 1, last24H: 8, peak10Min: 5))
    #expect(meter.load(nowS: 7200) == AlarmLoad(last10Min: 0, last24H: 8, peak10Min: 5))
    #expect(meter.load(nowS: 86_400 + 1800) == AlarmLoad(last10Min: 0, last24H: 3, peak10Min: 3))
    #expect(meter.load(nowS: 10 * 86_400) == AlarmLoad())
  }

  @Test func peakIsFoundWhereverTenMinutesBegin() {
    var meter = AlarmLoadMeter()
    for minute in [9.0, 10, 11, 12] { for _ in 0..<3 { meter.raise(nowS: minute * 60) } }
    #expect(meter.load(nowS: 3600).peak10Min == 12)
  }

  /// A slow count beside the quick one, over three days of a restless row.
  @Test func countsAgreeWithASlowCount() {
    var meter = AlarmLoadMeter()
    var random = SystemRandomNumberGenerator()
    var minutes: [Int] = []
    var nowS = 0.0
    while nowS < 3 * 86_400 {
      nowS += Double.random(in: 1...600, using: &random)
      meter.raise(nowS: nowS)
      minutes.append(Int(nowS / 60))
    }
    let now = Int(nowS / 60)
    let day = minutes.filter { $0 > now - 1440 }
    let load = meter.load(nowS: nowS)
    #expect(load.last24H == day.count)
    #expect(load.last10Min == day.count { $0 > now - 10 })
    #expect(load.peak10Min == (now - 1439...now).map { end in day.count { $0 > end - 10 && $0 <= end } }.max())
  }
}

/// What becomes of a cycle's events and commands in the history.
@Suite struct HistoryLogTests {
  private func log(_ bench: Bench, _ ledger: OverrideLedger = OverrideLedger()) -> HistoryLog {
    HistoryLog(site: bench.loaded.site, roles: bench.roles, core: bench.loop.core, ledger: ledger, nowMs: 1_000_000)
  }

  @Test func alarmIsKeptWithItsEvidence() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    for n in 1...3 { bench.field.values["return.temperature.\(n)"] = 75 }
    let mailbox = SnapshotMailbox()
    for _ in 0..<40 {
      bench.run()
      mailbox.put(bench.snapshot)
    }
    let events = try #require(mailbox.take()).events
    let dated = try #require(events.first { $0.event.instance?.cause == .returnHighHigh })
    let entry = log(bench).entry(dated)
    #expect(entry.kind == .alarmRaised && entry.cause == "RETURN_HIGH_HIGH" && entry.subject == nil)
    #expect(entry.value == 75 && entry.limit == 65 && entry.unit == "°C" && entry.priority != nil)
    #expect(entry.cycle == dated.cycle && entry.cycle < bench.loop.core.cycle)
    let late = Int64(bench.loop.core.cycle - dated.cycle) * Int64(bench.loaded.site.cycle.periodMs)
    #expect(entry.timeMs == 1_000_000 - late, "the time is the event's, not the publisher's")
  }

  /// OPS-057.
  @Test func commandIsKeptWithWhoGaveItAndWhatCameOfIt() throws {
    let bench = try Bench()
    bench.run()
    func answered(_ command: RowCommand, _ refusal: String? = nil) -> AnsweredCommand {
      let peer = Peer(uid: 0, gid: 0, pid: 1)
      let pending = CommandDesk.Pending(command: command, peer: peer, refusal: refusal, reply: { _ in })
      return bench.translator.answer(pending, from: bench.loop)
    }
    let done = try #require(log(bench).entry(answered(.setSetpoint(name: "supply_c", value: 38)), by: "ada"))
    #expect(done.kind == .command && done.who == "ada" && done.reason == "setpoint supply_c 38")
    let refused = try #require(log(bench).entry(answered(.resetTrip(), "no"), by: "eve"))
    #expect(refused.kind == .commandRefused && refused.who == "eve" && refused.reason?.contains("no") == true)
    #expect(log(bench).entry(answered(.explain(actuator: "fan.1")), by: "ada") == nil)
  }

  /// The two enumerations are one list: nothing that is kept is left out on the wire.
  @Test func everyKindOfEntryHasItsWordOnTheWire() {
    #expect(Set(RowHistory.HistoryEntry.Kind.allCases.map(\.rawValue)) == Set(HistoryKind.allCases.map(\.rawValue)))
    #expect(HistoryQuery.limitMax == HistoryRequest.limitMax)
  }

  @Test func absentHistoryIsRefusedWithItsReason() async throws {
    let desk = try CommandDesk(history: .absent, devices: .unheard())
    let answer = await withCheckedContinuation { continuation in
      desk.submit(.history(HistoryRequest()), from: Peer(uid: 7, gid: 7, pid: 1)) { continuation.resume(returning: $0) }
    }
    guard case .failure(.refused(let reason)) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(reason == "there is no history: /nonexistent/irhx: No such file or directory")
    #expect(desk.take() == nil, "the loop is not asked")
  }
}

/// Who holds an override, and why.
@Suite struct OverrideLedgerTests {
  private func taken(_ bench: Bench, _ command: RowCommand, by owner: String, _ ledger: inout OverrideLedger) {
    #expect(bench.apply(command) == .success(.done))
    ledger.note(command, by: owner, actuators: RoleMap.actuators(of: bench.loop.core.settings), roles: bench.roles)
  }

  @Test func holderIsShownWhileTheOverrideLastsAndNotLonger() throws {
    let bench = try Bench()
    bench.run()
    var ledger = OverrideLedger()
    taken(bench, .override(actuator: "fan.1", value: 50, leaseS: 2, reason: "noise"), by: "ada", &ledger)
    bench.run()
    func fan() -> ActuatorState {
      StateReport(site: bench.loaded.site, roles: bench.roles, snapshot: bench.snapshot, ledger: ledger)
        .actuator(.fan(0))
    }
    #expect(fan().overrideOwner == "ada" && fan().overrideReason == "noise")
    bench.run(cycles: 3)
    #expect(fan().overrideOwner == nil && fan().overrideReason == nil)
    ledger.prune(bench.loop.core)
    #expect(ledger[.fan(0)] == nil)
  }

  @Test func lastOneToTakeAnActuatorHoldsIt() throws {
    let bench = try Bench()
    bench.run()
    var ledger = OverrideLedger()
    taken(bench, .override(actuator: "fan.1", value: 50, leaseS: 60, reason: "noise"), by: "ada", &ledger)
    taken(bench, .override(actuator: "fan.1", value: 60, leaseS: 60, reason: "heat"), by: "bob", &ledger)
    #expect(ledger[.fan(0)] == OverrideLedger.Holder(owner: "bob", reason: "heat"))
  }

  private static let bypass = RowCommand.bypass(id: "PUMP_SILENT", subject: "pump.1", leaseS: 20, reason: "new drive")

  /// CTL-086.
  @Test func bypassIsShownWithItsOwnerReasonAndEndAndNotLonger() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    var ledger = OverrideLedger()
    taken(bench, Self.bypass, by: "ada", &ledger)
    bench.run(cycles: 5)
    func bypasses() -> [BypassState] {
      StateReport(site: bench.loaded.site, roles: bench.roles, snapshot: bench.snapshot, ledger: ledger).state.bypasses
    }
    #expect(
      bypasses() == [
        BypassState(id: "PUMP_SILENT", subject: "pump.1", remainingS: 15, owner: "ada", reason: "new drive")
      ])
    ledger.prune(bench.loop.core)
    #expect(bypasses().first?.owner == "ada")
    bench.run(cycles: 16)
    #expect(bypasses().isEmpty)
    ledger.prune(bench.loop.core)
    #expect(ledger[CauseInstance(cause: .pumpSilent, index: 0)] == nil)
  }

  /// OPS-016: the daemon that follows has no bypass, and the history still says whose it was.
  @Test func bypassEndsWithTheDaemonAndItsOwnerStaysInTheHistory() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    var ledger = OverrideLedger()
    taken(bench, Self.bypass, by: "ada", &ledger)
    let mailbox = SnapshotMailbox()
    bench.run()
    mailbox.put(bench.snapshot)
    let dated = try #require(mailbox.take()?.events.first { $0.event.kind == .bypassTaken })
    let log = HistoryLog(
      site: bench.loaded.site, roles: bench.roles, core: bench.loop.core, ledger: ledger, nowMs: 1_000_000)
    let entry = log.entry(dated)
    #expect(entry.kind == .overrideTaken && entry.cause == "PUMP_SILENT" && entry.subject == "pump.1")
    #expect(entry.who == "ada" && entry.reason == "new drive")
    let bytes = try #require(RetainedState(bench.loop.core, nowMs: 0).bytes)
    let next = try Bench()
    next.loop.restore(try #require(RetainedState(bytes)).retained(for: next.loop.core, nowMs: 0).kept)
    next.run(cycles: 3)
    #expect(next.report.state.bypasses.isEmpty)
  }

  @Test func manualModeIsHeldByWhoAskedForIt() throws {
    let bench = try Bench()
    bench.run()
    var ledger = OverrideLedger()
    taken(bench, .setMode(.manual), by: "ada", &ledger)
    ledger.prune(bench.loop.core)
    #expect(ledger[.fan(0)] == OverrideLedger.Holder(owner: "ada", reason: "mode manual"))
    #expect(bench.loop.core.overrides.any)
  }
}
