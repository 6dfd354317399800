import CPlatform
import CoolingCore
import Dispatch
import FieldIO
import FlightRecorder
import RowAPI
import RowConfig
import RowHistory
import Synchronization

/// Everything that happens with a cycle's result off the loop: state for clients, journal entries on change, the
/// history, what a restart must not forget, answers to commands, the status line for systemd. Runs on its own
/// thread, woken by the loop.
final class Publisher: Sendable {
  private let site: Site
  private let roles: RoleMap
  private let mailbox: SnapshotMailbox
  private let journal: Journal
  private let field: @Sendable () -> [BusStatistics]
  private let server: RowServer
  private let wakeUp = DispatchSemaphore(value: 0)
  /// Held while something is published.
  private let isPublishing = Mutex(())
  private let history: History
  private let keeper: StateKeeper
  private let recorder: FlightRecorder?
  private let said = Mutex(Said())
  private let kept = Mutex(Kept())
  private let isWoken = Atomic<Bool>(false)

  /// What has been said once and is not repeated until it changes.
  private struct Said {
    var missing: Set<Int> = []
    var droppedEvents = 0
    var contradicted: Set<Int> = []
    var setUp: [FieldIO.SetUpFinding] = []
    var overruns = 0
    var status = ""
  }

  /// What is remembered from cycle to cycle.
  private struct Kept {
    var ledger = OverrideLedger()
    var load = AlarmLoadMeter()
  }

  init(
    site: Site, roles: RoleMap, mailbox: SnapshotMailbox, journal: Journal, server: RowServer, history: History,
    keeper: StateKeeper, recorder: FlightRecorder?, field: @escaping @Sendable () -> [BusStatistics]
  ) {
    self.site = site
    self.roles = roles
    self.mailbox = mailbox
    self.journal = journal
    self.server = server
    self.history = history
    self.keeper = keeper
    self.recorder = recorder
    self.field = field
  }

  /// Called by the loop: never waits, and never has more than one block waiting, however long the journal takes.
  func wake() {
    if !isWoken.exchange(true, ordering: .acquiringAndReleasing) { wakeUp.signal() }
  }

  /// Starts the publisher's thread: one of its own, since a worker of Dispatch has too small a stack for copies of a
  /// core. It ends with the process.
  func start() throws(ThreadFault) {
    let context = unsafe Unmanaged.passRetained(self)
    let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
      guard let context = unsafe context else { return }
      unsafe Unmanaged<Publisher>.fromOpaque(context).takeRetainedValue().run()
    }
    var isRealTime = false
    let error = unsafe cp_thread_start("irhx-publish", 0, body, context.toOpaque(), &isRealTime)
    guard error == 0 else {
      unsafe context.release()
      throw ThreadFault(errno: error)
    }
  }

  private func run() -> Never {
    while true {
      wakeUp.wait()
      isWoken.store(false, ordering: .releasing)
      drain()
    }
  }

  /// Everything handed over so far has been dealt with when this returns.
  func drain() { isPublishing.withLock { _ in publish() } }

  private func publish() {
    guard let delivery = mailbox.take() else { return }
    let core = delivery.snapshot.core
    let owners = delivery.answered.map(\.pending.peer.user)
    let (ledger, load) = kept.withLock { note(delivery, owners, &$0) }
    let report = StateReport(site: site, roles: roles, snapshot: delivery.snapshot, ledger: ledger)
    let statistics = field()
    let around = StateReport.Surroundings(
      buses: buses(statistics), health: health(delivery), alarmLoad: load, history: history.state.wire,
      recorder: recorder?.state.wire ?? HistoryState())
    let state = report.state(around, time: timestamp(), alarmTime: { timestamp(secondsAgo: $0) })
    server.publish(state)
    for (command, owner) in zip(delivery.answered, owners) { answer(command, owner, report) }
    let entries = EventJournal(journal: journal, site: site, roles: roles, core: core, ledger: ledger)
    for dated in delivery.events { entries.log(dated.event) }
    let log = HistoryLog(site: site, roles: roles, core: core, ledger: ledger, nowMs: WireTime.nowMs)
    history.record(zip(delivery.answered, owners).compactMap(log.entry) + delivery.events.map(log.entry))
    if core.actuation.isDriven, let content = RetainedState(core, nowMs: WireTime.nowMs).bytes { keeper.keep(content) }
    said.withLock { said in
      noteMissing(&said, delivery.snapshot.core)
      noteContradictions(&said, delivery.snapshot.writeStates)
      noteSetUp(&said, statistics.flatMap(\.setUp))
      noteOverruns(&said, delivery.snapshot.overruns)
      noteDroppedEvents(&said, delivery.droppedEvents)
      noteStatus(&said, state)
    }
  }

  /// The ledger of this delivery knows the holders of overrides that ended in it; the next one's does not.
  private func note(
    _ delivery: SnapshotMailbox.Delivery, _ owners: [String], _ kept: inout Kept
  ) -> (OverrideLedger, AlarmLoad) {
    let core = delivery.snapshot.core
    let actuators = RoleMap.actuators(of: core.settings)
    for (command, owner) in zip(delivery.answered, owners) {
      guard case .success? = command.result else { continue }
      kept.ledger.note(command.pending.command, by: owner, actuators: actuators, roles: roles)
    }
    let ledger = kept.ledger
    kept.ledger.prune(core)
    let nowS = MonotonicClock.now().inSeconds
    for dated in delivery.events
    where dated.event.kind == .causeActivated && !dated.event.isHidden {
      kept.load.raise(nowS: nowS)
    }
    var load = kept.load.load(nowS: nowS)
    core.interlocks.forEach(core.settings) { cause, index, state in
      if state.alarm.isChattering { load.chattering.append(CauseInstance(cause: cause, index: index).text) }
    }
    return (ledger, load)
  }

  private func buses(_ statistics: [BusStatistics]) -> [BusState] {
    zip(site.buses, statistics).map { bus, statistics in
      let faults = statistics.transportFaults + statistics.protocolFaults
      return BusState(
        name: bus.name, endpoint: bus.link.text, connected: statistics.isConnected,
        requests: Int(statistics.requests), timeouts: Int(statistics.timeouts), exceptions: Int(statistics.exceptions),
        faults: Int(faults), scanMs: statistics.lastScan.inSeconds * 1000,
        setUp: statistics.setUp.filter { !$0.isNotOffered }.map(\.wire))
    }
  }

  private func health(_ delivery: SnapshotMailbox.Delivery) -> LoopHealth {
    let timing = delivery.snapshot.timing
    let served = server.counters
    return LoopHealth(
      cycle: Int(delivery.snapshot.core.cycle), periodMs: site.cycle.periodMs, overruns: delivery.snapshot.overruns,
      wakeupP50Us: delivery.latenessP50Us, wakeupP99Us: delivery.latenessP99Us,
      scanMs: timing.scan.inSeconds * 1e3, stepUs: timing.step.inSeconds * 1e6,
      writeMs: timing.write.inSeconds * 1e3, droppedStates: served.droppedStates, clients: served.clients)
  }

  private func answer(_ command: AnsweredCommand, _ owner: String, _ report: StateReport) {
    guard let result = command.result else {
      command.pending.reply(explain(command.pending.command, report))
      return
    }
    command.pending.reply(result)
    let peer = command.pending.peer
    let outcome =
      switch result {
      case .success: "accepted"
      case .failure(let error): error.description
      }
    journal.log(
      .notice, .commandGiven, "Command from an operator",
      [
        "COMMAND": command.pending.command.text, "OUTCOME": outcome, "PEER_UID": String(peer.uid),
        "PEER_USER": owner, "PEER_PID": String(peer.pid),
      ])
  }

  private func explain(_ command: RowCommand, _ report: StateReport) -> Result<RowReply, RowError> {
    guard case .explain(let name) = command else { return .failure(.refused(reason: "not a question")) }
    do throws(RowError) {
      let settings = report.core.settings
      let racks = 0..<settings.rackCount
      if let rack = racks.first(where: { settings.hasPermit[$0] && name == "rack.\($0 + 1).permit" }) {
        return .success(.explanation(Explainer(report: report).explainPermit(rack: rack)))
      }
      let actuator = try CommandTranslator(roles: roles, settings: settings).actuator(name)
      return .success(.explanation(Explainer(report: report).explain(actuator)))
    } catch {
      return .failure(error)
    }
  }

  /// Roles that a device should feed and does not: said when the set changes, once the row has had time to be heard.
  private func noteMissing(_ said: inout Said, _ core: ControlCycle) {
    guard core.actuation.isDriven else { return }
    var missing = Set<Int>()
    for slot in 0..<InputSlot.count where core.settings.signals[slot].isConfigured {
      if core.validator.conditioned[slot].value == nil { missing.insert(slot) }
    }
    let before = said.missing
    guard missing != before else { return }
    said.missing = missing
    let names = missing.sorted().compactMap { roles.inputs[$0] }
    journal.log(
      missing.isSubset(of: before) ? .notice : .warning, .roleMissing,
      missing.isEmpty ? "Every role has a value again" : "Roles without a value",
      ["ROLE_COUNT": String(missing.count), "ROLES": names.prefix(24).joined(separator: " ")])
  }

  private func noteContradictions(_ said: inout Said, _ states: [WriteState]) {
    let contradicted = Set(states.indices.filter { states[$0].contradicted })
    for slot in contradicted.subtracting(said.contradicted) {
      let what =
        switch states[slot].outcome {
        case .exception: "A device refuses what is written to it"
        case .invalidValue: "A device cannot be told what is demanded of it"
        case .overBudget: "A change is held back: the device's writes of this hour are spent"
        default: "A device does not hold what was written to it"
        }
      journal.log(
        .warning, .deviceContradicts, what,
        ["ROLE": roles.outputs[slot] ?? "", "DEMAND": states[slot].demand.map { number($0) } ?? ""])
    }
    said.contradicted = contradicted
  }

  /// What a device would do when the daemon falls silent is said when it is first seen to differ, and when no longer.
  private func noteSetUp(_ said: inout Said, _ findings: [FieldIO.SetUpFinding]) {
    for finding in findings where !said.setUp.contains(finding) {
      if finding.isNotOffered {
        journal.log(
          .info, .identityDiffers, "A device does not say who it is; that it is the one of its profile is believed",
          ["DEVICE": finding.device, "POINT": finding.point])
        continue
      }
      journal.log(
        .warning, finding.isIdentity ? .identityDiffers : .setUpDiffers,
        finding.isIdentity
          ? "A device is not the one its profile describes: it is read and not commanded"
          : "A device is not set up for the loss of the daemon",
        [
          "DEVICE": finding.device, "POINT": finding.point, "EXPECTED": finding.wanted,
          "FOUND": finding.foundText ?? finding.found.map { number($0) } ?? "nothing",
        ])
    }
    for finding in said.setUp
    where !finding.isNotOffered
      && !findings.contains(where: { $0.device == finding.device && $0.point == finding.point })
    {
      journal.log(
        .notice, finding.isIdentity ? .identityDiffers : .setUpDiffers,
        finding.isIdentity
          ? "A device is the one its profile describes" : "A device is set up for the loss of the daemon again",
        ["DEVICE": finding.device, "POINT": finding.point, "EXPECTED": finding.wanted, "FOUND": "as expected"])
    }
    said.setUp = findings
  }

  private func noteOverruns(_ said: inout Said, _ overruns: Int) {
    guard overruns > said.overruns else { return }
    journal.log(
      .warning, .overrun, "Control cycles were skipped", ["OVERRUNS": String(overruns)])
    said.overruns = overruns
  }

  private func noteDroppedEvents(_ said: inout Said, _ dropped: Int) {
    guard dropped > said.droppedEvents else { return }
    journal.log(
      .warning, .eventsLost, "Events were lost because the journal is slow", ["EVENTS": String(dropped)])
    said.droppedEvents = dropped
  }

  private func noteStatus(_ said: inout Said, _ state: RowState) {
    let alarms = state.alarms.count { !$0.state.isHidden }
    let supply = state.supplyC.map { "\(number($0.rounded(toPlaces: 1))) °C" } ?? "unknown"
    let status = "\(state.mode.rawValue), supply \(supply), \(alarms == 1 ? "1 alarm" : "\(alarms) alarms")"
    guard status != said.status else { return }
    said.status = status
    Supervision.status(status)
  }
}

extension Double {
  func rounded(toPlaces places: Int) -> Double {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    return (self * scale).rounded() / scale
  }
}

extension FieldIO.SetUpFinding {
  fileprivate var wanted: String { expectedText ?? wire.expected }

  var wire: RowAPI.SetUpFinding {
    RowAPI.SetUpFinding(
      device: device, point: point, expectedLow: expected.lowerBound, expectedHigh: expected.upperBound, found: found)
  }
}

extension RowAPI.SetUpFinding {
  fileprivate var expected: String {
    expectedLow == expectedHigh ? number(expectedLow) : "\(number(expectedLow)) to \(number(expectedHigh))"
  }
}

extension Site.Bus.Link {
  var text: String {
    switch self {
    case .tcp(let host, let port): "\(host):\(port)"
    case .serial(let path, let baud, _, _): "\(path) at \(baud) baud"
    }
  }
}

extension RowCommand {
  var text: String {
    switch self {
    case .acknowledgeAlarm(let id, let subject): "acknowledge \(id ?? "all")\(behind(subject))"
    case .shelve(let id, let subject, let minutes, let reason):
      "shelve \(id)\(behind(subject)) for \(number(minutes)) min: \(reason)"
    case .unshelve(let id, let subject): "unshelve \(id)\(behind(subject))"
    case .setOutOfService(let id, let subject, let isOut, let reason):
      "\(isOut ? "out of" : "into") service \(id)\(behind(subject)): \(reason)"
    case .setMode(let mode): "mode \(mode.rawValue)"
    case .setSetpoint(let name, let value): "setpoint \(name) \(number(value))"
    case .override(let actuator, let value, let leaseS, let reason):
      "override \(actuator) \(number(value)) for \(number(leaseS)) s: \(reason)"
    case .release(let actuator): "release \(actuator)"
    case .resetTrip(let id, let subject): "reset \(id ?? "all")\(behind(subject))"
    case .bypass(let id, let subject, let leaseS, let reason):
      "bypass \(id)\(behind(subject)) for \(number(leaseS)) s: \(reason)"
    case .endBypass(let id, let subject): "end bypass \(id)\(behind(subject))"
    case .changeOver: "change over"
    case .setControl(let mode, let shadow): "control \(mode ?? "as it is"), shadow \(shadow ?? "as it is")"
    case .explain(let actuator): "explain \(actuator)"
    case .history: "history"
    case .devices: "devices"
    case .probe(let device, let point): "probe \(device)\(behind(point))"
    case .setPoint(let device, let point, let value, let reason): "set \(device).\(point) \(number(value)): \(reason)"
    }
  }

  private func behind(_ name: String?) -> String { name.map { " \($0)" } ?? "" }
}
