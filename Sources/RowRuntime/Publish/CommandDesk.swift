import CoolingCore
public import RowAPI
import RowConfig
public import RowHistory
import Synchronization

/// Takes operators' commands from the socket's thread and hands them to the loop at its own pace; answers go back on
/// the publisher's thread. Bounded: a flood of commands is refused, not queued. Commands of those who may give none
/// take the same way to the journal, on a list of their own: they cannot crowd out an operator's. The history is read
/// on its own thread and devices are asked on their bus's, past the loop; what was written to one is answered after the
/// next cycle, when the journal and the history have it.
public final class CommandDesk: RowCommandHandler {
  /// More than any person or script gives in one cycle.
  static let capacity = 16

  struct Pending: Sendable {
    var command: RowCommand
    var peer: Peer
    /// Why the peer may not give it; it has been told so already.
    var refusal: String?
    /// What came of it already, past the loop.
    var result: Result<RowReply, RowError>?
    var reply: @Sendable (Result<RowReply, RowError>) -> Void
  }
  private let pending = Mutex<(permitted: [Pending], refused: [Pending])>(([], []))

  private let history: History
  private let devices: DeviceDesk

  public init(history: History, devices: DeviceDesk) {
    self.history = history
    self.devices = devices
  }

  public func submit(
    _ command: RowCommand, from peer: Peer, reply: @escaping @Sendable (Result<RowReply, RowError>) -> Void
  ) {
    switch command {
    case .history(let request): return read(request, reply)
    case .devices: return reply(.success(.devices(devices.infos)))
    case .probe(let device, let point): return devices.probe(device, point, reply)
    case .setPoint(let device, let point, let value, _):
      return devices.set(device, point, to: value) { result in
        let done = Pending(command: command, peer: peer, result: result, reply: reply)
        // No more than the buses take up at once: not counted against the capacity.
        self.pending.withLock { $0.permitted.append(done) }
      }
    case .acknowledgeAlarm, .shelve, .unshelve, .setOutOfService, .setMode, .setSetpoint, .override, .release,
      .resetTrip, .bypass, .endBypass, .changeOver, .setControl, .explain:
      break
    }
    let isTaken = pending.withLock { pending in
      guard pending.permitted.count < Self.capacity else { return false }
      pending.permitted.append(Pending(command: command, peer: peer, reply: reply))
      return true
    }
    if !isTaken { reply(.failure(.refused(reason: "too many commands in one cycle"))) }
  }

  private func read(_ request: HistoryRequest, _ reply: @escaping @Sendable (Result<RowReply, RowError>) -> Void) {
    history.read(HistoryQuery(request)) { result in
      switch result {
      case .success(let entries): reply(.success(.history(entries.compactMap(\.wire))))
      case .failure(let error): reply(.failure(.refused(reason: "there is no history: \(error.reason)")))
      }
    }
  }

  /// Refusals beyond the capacity are not noted: the journal has the first ones of that cycle.
  public func noteRefusal(_ command: RowCommand, from peer: Peer, reason: String) {
    pending.withLock { pending in
      guard pending.refused.count < Self.capacity else { return }
      pending.refused.append(Pending(command: command, peer: peer, refusal: reason, reply: { _ in }))
    }
  }

  /// What has come in since the last call; nil where nothing has, without allocating.
  func take() -> [Pending]? {
    pending.withLock { pending in
      guard !pending.permitted.isEmpty || !pending.refused.isEmpty else { return nil }
      defer { pending = ([], []) }
      return pending.permitted + pending.refused
    }
  }
}

/// A command with what came of it, on its way to whoever gave it and to the journal.
struct AnsweredCommand: Sendable {
  var pending: CommandDesk.Pending
  /// nil for `explain`, which is answered from the snapshot.
  var result: Result<RowReply, RowError>?
}

/// Translates commands on the wire to the core's, and its outcomes back.
struct CommandTranslator {
  let roles: RoleMap
  let settings: Settings

  /// A refused command is answered without touching the loop.
  func answer(_ pending: CommandDesk.Pending, from loop: RowLoop) -> AnsweredCommand {
    if let reason = pending.refusal {
      return AnsweredCommand(pending: pending, result: .failure(.notPermitted(reason: reason)))
    }
    if let result = pending.result { return AnsweredCommand(pending: pending, result: result) }
    return AnsweredCommand(pending: pending, result: apply(pending.command, to: loop))
  }

  func apply(_ command: RowCommand, to loop: RowLoop) -> Result<RowReply, RowError>? {
    do throws(RowError) {
      switch command {
      case .explain, .history, .devices, .probe, .setPoint: return nil
      case .acknowledgeAlarm(let id, let subject):
        return .success(try acknowledge(id, subject, loop))
      case .shelve(let id, let subject, let minutes, _):
        let outcome = loop.apply(.shelve(try alarm(id, subject), seconds: minutes * 60))
        if case .outOfRange(_, let highS) = outcome {
          throw .outOfRange(name: "minutes", value: minutes, minimum: 1 / 60, maximum: highS / 60, unit: "min")
        }
        try check(outcome, name: id, value: minutes, unit: "min")
      case .unshelve(let id, let subject):
        try check(loop.apply(.unshelve(try alarm(id, subject))), name: id, value: 0, unit: "")
      case .setOutOfService(let id, let subject, let isOut, _):
        try check(loop.apply(.setOutOfService(try alarm(id, subject), isOut)), name: id, value: 0, unit: "")
      case .setMode(let mode):
        guard let requested = RequestedMode(mode) else {
          throw .refused(reason: "\(mode.rawValue) is reached by evidence, not by command")
        }
        try check(loop.apply(.setMode(requested)), name: "mode", value: 0, unit: "")
      case .setSetpoint(let name, let value):
        try setSetpoint(name, value, loop)
      case .override(let name, let value, let leaseS, _):
        try override(try actuator(name), name, value, leaseS, loop)
      case .release(let name): try check(loop.apply(.release(try actuator(name))), name: name, value: 0, unit: "")
      case .resetTrip(let id, let subject): try reset(id, subject, loop)
      case .bypass(let id, let subject, let leaseS, _):
        guard leaseS != 0 else {
          throw .outOfRange(name: "lease_s", value: 0, minimum: 1, maximum: Overrides.leaseMaxS, unit: "s")
        }
        let outcome = loop.apply(.bypass(try alarm(id, subject), leaseS: leaseS))
        try check(outcome, name: "lease_s", value: leaseS, unit: "s")
      case .endBypass(let id, let subject):
        let instance = try alarm(id, subject)
        let slot = loop.core.interlocks.slot(instance.cause, instance.index)
        guard loop.core.interlocks.states[slot].bypassRemainingS > 0 else {
          throw .refused(reason: "it is not bypassed")
        }
        try check(loop.apply(.bypass(instance, leaseS: 0)), name: id, value: 0, unit: "")
      case .setControl(let mode, let shadow): try setControl(mode, shadow, loop)
      case .changeOver: try check(loop.apply(.changeOver), name: "change-over", value: 0, unit: "")
      }
      return .success(.done)
    } catch {
      return .failure(error)
    }
  }

  /// Percent, or the quantity that a cooling unit is told.
  private func override(
    _ actuator: Actuator, _ name: String, _ value: Double, _ leaseS: Double, _ loop: RowLoop
  ) throws(RowError) {
    let own = roles.unit?.scale(of: actuator)
    let percent = own?.scale.percent(of: value) ?? value
    let outcome = loop.apply(.override(actuator, value: percent, leaseS: leaseS))
    guard case .outOfRange(_, let high) = outcome else {
      return try check(outcome, name: name, value: value, unit: "%")
    }
    if high > 100 { try check(outcome, name: "lease_s", value: leaseS, unit: "s") }
    guard let own else { return try check(outcome, name: name, value: value, unit: "%") }
    let ends = [own.scale.value(of: 0), own.scale.value(of: 100)].sorted()
    throw .outOfRange(name: name, value: value, minimum: ends[0], maximum: ends[1], unit: own.unit.rawValue)
  }

  private func setSetpoint(_ name: String, _ value: Double, _ loop: RowLoop) throws(RowError) {
    switch name {
    case "supply_c":
      try check(loop.apply(.setSupplySetpoint(Temperature(celsius: value))), name: name, value: value, unit: "°C")
    case "dp_kpa":
      try check(loop.apply(.setDpSetpoint(Pressure(kilopascals: value))), name: name, value: value, unit: "kPa")
    default: throw .unknownName(name, nearest: nearest(to: name, among: ["supply_c", "dp_kpa"]))
    }
  }

  /// Both names are looked at before either acts.
  private func setControl(_ mode: String?, _ shadow: String?, _ loop: RowLoop) throws(RowError) {
    let layer = try mode.map { name throws(RowError) in try ControlLayer(named: name) }
    let beside = try shadow.map { name throws(RowError) in name == "none" ? nil : try ControlLayer(named: name) }
    if roles.unit != nil, (layer ?? .pid) != .pid || (beside ?? nil) != nil {
      throw .refused(reason: "the cooling unit of this row controls itself; there is nothing to optimise or plan")
    }
    if let layer { try check(loop.apply(.setLayer(layer)), name: "mode", value: 0, unit: "") }
    if let beside { try check(loop.apply(.setShadow(beside)), name: "shadow", value: 0, unit: "") }
  }

  private func acknowledge(_ id: String?, _ subject: String?, _ loop: RowLoop) throws(RowError) -> RowReply {
    var count = 0
    for instance in try matches(id, subject) {
      if case .acknowledged(let done) = loop.apply(.acknowledge(instance)) { count += done }
    }
    return .acknowledged(count)
  }

  /// Of several causes those are reset that can be; it is refused only where none can.
  private func reset(_ id: String?, _ subject: String?, _ loop: RowLoop) throws(RowError) {
    guard id != nil || subject != nil else {
      return try check(loop.apply(.reset(nil)), name: "trip", value: 0, unit: "")
    }
    let outcomes = try matches(id, subject).map { loop.apply(.reset($0)) }
    if outcomes.contains(.accepted) { return }
    let refusal = outcomes.first { $0 != .refused(.nothingToReset) } ?? .refused(.nothingToReset)
    try check(refusal, name: "trip", value: 0, unit: "")
  }

  private func matches(_ id: String?, _ subject: String?) throws(RowError) -> [CauseInstance] {
    var matches: [CauseInstance] = []
    var known: Set<String> = []
    Interlocks().forEach(settings) { cause, index, _ in
      let name = CauseAndEffect.definition(of: cause).id.description
      known.insert(name)
      let instance = CauseInstance(cause: cause, index: index)
      if (id == nil || id == name) && (subject == nil || subject == instance.subject) { matches.append(instance) }
    }
    if let id, !known.contains(id) { throw .unknownName(id, nearest: nearest(to: id, among: known)) }
    return matches
  }

  /// The one alarm of that identifier and subject.
  private func alarm(_ id: String, _ subject: String?) throws(RowError) -> CauseInstance {
    var found: CauseInstance?
    var known: Set<String> = []
    var subjects: Set<String> = []
    Interlocks().forEach(settings) { cause, index, _ in
      let instance = CauseInstance(cause: cause, index: index)
      let name = CauseAndEffect.definition(of: cause).id.description
      known.insert(name)
      guard id == name else { return }
      if let subject = instance.subject { subjects.insert(subject) }
      if subject == instance.subject { found = instance }
    }
    if let found { return found }
    guard known.contains(id) else { throw .unknownName(id, nearest: nearest(to: id, among: known)) }
    let similar = nearest(to: subject ?? "", among: subjects).map { "\(id) \($0)" }
    throw .unknownName(id + (subject.map { " \($0)" } ?? ""), nearest: similar)
  }

  func actuator(_ name: String) throws(RowError) -> Actuator {
    let actuators = RoleMap.actuators(of: settings)
    if let found = actuators.first(where: { roles.name(of: $0) == name }) { return found }
    throw .unknownName(name, nearest: nearest(to: name, among: actuators.map(roles.name)))
  }

  private func check(_ outcome: CommandOutcome, name: String, value: Double, unit: String) throws(RowError) {
    switch outcome {
    case .accepted, .acknowledged: return
    case .outOfRange(let low, let high):
      throw .outOfRange(name: name, value: value, minimum: low, maximum: high, unit: unit)
    case .refused(.notReady): throw .notReady
    case .refused(let refusal): throw .refused(reason: refusal.text)
    }
  }
}

extension RequestedMode {
  init?(_ mode: Mode) {
    switch mode {
    case .off: self = .off
    case .standby: self = .standby
    case .auto: self = .auto
    case .shutdown: self = .shutdown
    case .manual: self = .manual
    case .starting, .tripped: return nil
    }
  }
}

extension Refusal {
  var text: String {
    switch self {
    case .racksAreHot: "the racks still draw power; order shutdown, which goes off when their heat has gone"
    case .isTripped: "the row is tripped; find the cause, then reset"
    case .conditionPersists: "the condition that latched still holds; see alarms"
    case .nothingToReset: "nothing is latched"
    case .noSuchActuator: "this row has no such actuator"
    case .notOverridden: "it is not overridden"
    case .notBypassable: "the row's cooling rests on this cause; it is not bypassed"
    case .permissiveMissing: "the building does not let the row run; see its permissive"
    case .notShelved: "it is not shelved"
    case .noSuchAlarm: "the row has no such alarm"
    case .isCritical: "a critical alarm is never taken out of service"
    case .flowControlled: "the pumps of this row hold its flow; there is no dP setpoint"
    case .noSparePump: "no pump is at rest that is available and ready to take over"
    case .changeOverUnderWay: "a pump is coming or leaving already; wait until it has"
    case .flowNotHeld: "pumps change over in Auto, without an active interlock and with the row's flow known"
    case .notReady: "the plant's state is not known yet"
    }
  }
}
