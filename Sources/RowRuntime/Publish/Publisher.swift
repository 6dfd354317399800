import CoolingCore
import Dispatch
import FieldIO
import RowAPI
import RowConfig
import Synchronization

/// Everything that happens with a cycle's result off the loop: state for clients, journal entries on change, answers to
/// commands, the status line for systemd. Runs on its own queue, woken by the loop.
final class Publisher: Sendable {
  private let site: Site
  private let roles: RoleMap
  private let mailbox: SnapshotMailbox
  private let journal: Journal
  private let field: @Sendable () -> [BusStatistics]
  private let server: RowServer
  private let queue = DispatchQueue(label: "irhx.publish", qos: .utility)
  private let said = Mutex(Said())
  private let isWoken = Atomic<Bool>(false)

  /// What has been said once and is not repeated until it changes.
  private struct Said {
    var missing: Set<Int> = []
    var droppedEvents = 0
    var contradicted: Set<Int> = []
    var overruns = 0
    var status = ""
  }

  init(
    site: Site, roles: RoleMap, mailbox: SnapshotMailbox, journal: Journal, server: RowServer,
    field: @escaping @Sendable () -> [BusStatistics]
  ) {
    self.site = site
    self.roles = roles
    self.mailbox = mailbox
    self.journal = journal
    self.server = server
    self.field = field
  }

  /// Called by the loop: never waits, and never has more than one block waiting, however long the journal takes.
  func wake() {
    guard !isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
    queue.async {
      self.isWoken.store(false, ordering: .releasing)
      self.publish()
    }
  }

  /// Everything handed over so far has been dealt with when this returns.
  func drain() { queue.sync { publish() } }

  private func publish() {
    guard let delivery = mailbox.take() else { return }
    let report = StateReport(site: site, roles: roles, snapshot: delivery.snapshot)
    let state = report.state(
      buses: buses, health: health(delivery), time: timestamp(), alarmTime: { timestamp(secondsAgo: $0) })
    server.publish(state)
    for command in delivery.answered { answer(command, report) }
    let entries = EventJournal(journal: journal, site: site, roles: roles, core: delivery.snapshot.core)
    for event in delivery.events { entries.log(event) }
    said.withLock { said in
      noteMissing(&said, delivery.snapshot.core)
      noteContradictions(&said, delivery.snapshot.writeStates)
      noteOverruns(&said, delivery.snapshot.overruns)
      noteDroppedEvents(&said, delivery.droppedEvents)
      noteStatus(&said, state)
    }
  }

  private var buses: [BusState] {
    zip(site.buses, field()).map { bus, statistics in
      let faults = statistics.transportFaults + statistics.protocolFaults
      return BusState(
        name: bus.name, endpoint: bus.link.text, connected: statistics.isConnected,
        requests: Int(statistics.requests), timeouts: Int(statistics.timeouts), exceptions: Int(statistics.exceptions),
        faults: Int(faults), scanMs: statistics.lastScan.inSeconds * 1000)
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

  private func answer(_ command: AnsweredCommand, _ report: StateReport) {
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
        "PEER_PID": String(peer.pid),
      ])
  }

  private func explain(_ command: RowCommand, _ report: StateReport) -> Result<RowReply, RowError> {
    guard case .explain(let name) = command else { return .failure(.refused(reason: "not a question")) }
    do throws(RowError) {
      let actuator = try CommandTranslator(roles: roles, settings: report.core.settings).actuator(name)
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
      journal.log(
        .warning, .deviceContradicts, "A device does not hold what was written to it",
        ["ROLE": roles.outputs[slot] ?? "", "DEMAND": states[slot].demand.map { number($0) } ?? ""])
    }
    said.contradicted = contradicted
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
    let alarms = state.alarms.count
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
    case .acknowledgeAlarm(let id, let subject): "acknowledge \(id ?? "all") \(subject ?? "")"
    case .setMode(let mode): "mode \(mode.rawValue)"
    case .setSetpoint(let name, let value): "setpoint \(name) \(number(value))"
    case .override(let actuator, let value, let leaseS, let reason):
      "override \(actuator) \(number(value)) for \(number(leaseS)) s \(reason ?? "")"
    case .release(let actuator): "release \(actuator)"
    case .resetTrip: "reset trip"
    case .explain(let actuator): "explain \(actuator)"
    }
  }
}
