import CoolingCore
import FlightRecorder
import RowAPI
import RowConfig
import RowHistory

/// Writes what happened as entries of the history.
struct HistoryLog {
  let site: Site
  let roles: RoleMap
  let core: ControlCycle
  let ledger: OverrideLedger
  /// Wall time of the newest cycle, ms since 1970.
  let nowMs: Int64

  func entry(_ dated: DatedEvent) -> RowHistory.HistoryEntry {
    let event = dated.event
    let age = Int64(core.cycle - min(dated.cycle, core.cycle)) * Int64(site.cycle.periodMs)
    var entry = RowHistory.HistoryEntry(timeMs: nowMs - age, cycle: dated.cycle, kind: event.kind.history)
    switch event.kind {
    case .causeActivated, .causeCleared, .alarmChattering, .alarmUnshelved, .bypassTaken, .bypassEnded:
      guard let instance = event.instance else { break }
      let definition = CauseAndEffect.definition(of: instance.cause)
      entry.cause = definition.id.description
      entry.subject = instance.subject
      entry.priority = definition.priority.wire.rawValue
      entry.unit = instance.cause.unit
      let hasEvidence = event.kind == .causeActivated || event.kind == .causeCleared
      if hasEvidence && entry.unit != nil {
        (entry.value, entry.limit) = (finite(event.value), finite(event.limit))
      }
      entry.reason = definition.text.description
      if event.kind == .bypassTaken, let holder = ledger[instance] {
        (entry.who, entry.reason) = (holder.owner, holder.reason)
      }
    case .modeChanged:
      entry.subject = RowMode(rawValue: UInt8(event.index))?.wire(isOverridden: false).rawValue
      if dated.cycle == core.cycle { entry.reason = core.modeReason.text }
    case .layerChanged:
      entry.subject = ControlLayer(rawValue: UInt8(event.index))?.name
      entry.reason = SetpointGuide.Reason(rawValue: UInt8(event.value))?.text
    case .pumpStarted, .pumpStopped:
      entry.subject = "pump.\(event.index + 1)"
      (entry.value, entry.unit) = (finite(event.value), "%")
    case .overrideTaken, .overrideReleased, .overrideExpired:
      guard let actuator = Actuator(index: event.index) else { break }
      entry.subject = roles.name(of: actuator)
      if event.kind == .overrideTaken {
        let own = roles.unit?.scale(of: actuator)
        entry.value = finite(own?.scale.value(of: event.value) ?? event.value)
        entry.unit = own?.unit.rawValue ?? "%"
      }
      (entry.who, entry.reason) = (ledger[actuator]?.owner, ledger[actuator]?.reason)
    }
    return entry
  }

  /// nil for questions, which change nothing.
  func entry(_ answered: AnsweredCommand, by owner: String) -> RowHistory.HistoryEntry? {
    guard let result = answered.result else { return nil }
    var entry = RowHistory.HistoryEntry(timeMs: nowMs, cycle: core.cycle, kind: .command)
    entry.who = owner
    (entry.cause, entry.subject) = answered.pending.command.target
    entry.reason = answered.pending.command.text
    if case .failure(let error) = result {
      entry.kind = .commandRefused
      entry.reason = "\(answered.pending.command.text): \(error)"
    }
    return entry
  }

  private func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}

extension RowCommand {
  /// The alarm or the actuator that it is about.
  fileprivate var target: (cause: String?, subject: String?) {
    switch self {
    case .acknowledgeAlarm(let id, let subject): (id, subject)
    case .shelve(let id, let subject, _, _), .unshelve(let id, let subject),
      .setOutOfService(let id, let subject, _, _), .bypass(let id, let subject, _, _), .endBypass(let id, let subject):
      (id, subject)
    case .resetTrip(let id, let subject): (id, subject)
    case .override(let actuator, _, _, _), .release(let actuator), .explain(let actuator): (nil, actuator)
    case .setPoint(let device, let point, _, _): (nil, "\(device).\(point)")
    case .setMode, .setSetpoint, .changeOver, .setControl, .history, .devices, .probe: (nil, nil)
    }
  }
}

extension CycleEvent.Kind {
  var history: RowHistory.HistoryEntry.Kind {
    switch self {
    case .causeActivated: .alarmRaised
    case .causeCleared: .alarmCleared
    case .alarmChattering: .alarmChattering
    case .alarmUnshelved: .alarmUnshelved
    case .modeChanged: .modeChanged
    case .layerChanged: .layerChanged
    case .pumpStarted: .pumpStarted
    case .pumpStopped: .pumpStopped
    // A bypass is an override of a cause: the entry names the cause instead of an actuator.
    case .overrideTaken, .bypassTaken: .overrideTaken
    case .overrideReleased, .bypassEnded: .overrideReleased
    case .overrideExpired: .overrideExpired
    }
  }
}

extension RowHistory.HistoryEntry {
  /// As it goes on the wire; nil for what the interface has no word for.
  var wire: RowAPI.HistoryEntry? {
    guard let kind = HistoryKind(rawValue: kind.rawValue) else { return nil }
    return RowAPI.HistoryEntry(
      id: Int(id), time: WireTime.text(ms: timeMs), cycle: Int(clamping: cycle), kind: kind, cause: cause,
      subject: subject, value: value, limit: limit, unit: unit,
      priority: priority.flatMap(AlarmPriority.init(rawValue:)), who: who, reason: reason)
  }
}

extension HistoryQuery {
  init(_ request: HistoryRequest) {
    self.init(
      sinceMs: request.sinceMs, untilMs: request.untilMs, before: request.before.map(Int64.init),
      limit: request.limit, cause: request.cause, subject: request.subject)
  }
}

extension FlightRecorder.State {
  var wire: HistoryState {
    HistoryState(recording: trouble == nil, entries: cycles, bytes: bytes, lost: lost, trouble: trouble)
  }
}

extension History.State {
  var wire: HistoryState {
    HistoryState(recording: trouble == nil, entries: entries, bytes: bytes, lost: lost, trouble: trouble)
  }
}
