import RowAPI

/// What can be selected: an actuator of the mimic, or a line below it.
enum TopItem: Hashable, Sendable {
  /// By its role, such as `pump.1`, `rack.3.valve` or `cdu.flow`.
  case actuator(String)
  case alarm(id: String, subject: String?)
  case bypass(id: String, subject: String?)
  /// An override, by the actuator's role.
  case override(String)

  /// The actuator it is about.
  var actuator: String? {
    switch self {
    case .actuator(let role), .override(let role): role
    case .alarm, .bypass: nil
    }
  }
}

/// Where a selection can be, in the order of the screen.
enum TopPane: Int, CaseIterable, Sendable {
  case sink, pumps, racks, notices
}

extension RowState {
  func items(in pane: TopPane) -> [TopItem] {
    switch pane {
    case .sink:
      if !fans.isEmpty { return fans.indices.map { .actuator("fan.\($0 + 1)") } }
      return actuators.filter { $0.role == "facility.valve" }.map { .actuator($0.role) }
    case .pumps:
      if coolingUnit != nil { return actuators.filter { $0.role.hasPrefix("cdu.") }.map { .actuator($0.role) } }
      return pumps.indices.map { .actuator("pump.\($0 + 1)") }
    case .racks: return racks.indices.map { .actuator("rack.\($0 + 1).valve") }
    case .notices:
      return alarmsByUrgency.map(\.item) + overridden.map { .override($0.role) }
        + bypasses.map { .bypass(id: $0.id, subject: $0.subject) }
    }
  }

  /// Those that ask for somebody, the most urgent first, then the hidden ones.
  var alarmsByUrgency: [Alarm] {
    let order: [AlarmPriority] = [.critical, .high, .medium, .low]
    return [false, true].flatMap { isHidden in
      order.flatMap { priority in alarms.filter { $0.priority == priority && $0.state.isHidden == isHidden } }
    }
  }

  /// Actuators that a person holds.
  var overridden: [ActuatorState] { actuators.filter { $0.leaseRemainingS != nil } }

  func actuator(_ role: String) -> ActuatorState? { actuators.first { $0.role == role } }

  func alarm(_ item: TopItem?) -> Alarm? { alarms.first { $0.item == item } }

  /// Seconds from an RFC 3339 time to this state's own.
  func age(of time: String) -> Double? {
    guard let then = WireTime.ms(time), let now = WireTime.ms(self.time) else { return nil }
    return Double(now - then) / 1000
  }
}

extension Alarm {
  var item: TopItem { .alarm(id: id, subject: subject) }
  var name: String { id + (subject.map { " \($0)" } ?? "") }
  /// What is wrong, and with which of them.
  var statement: String { (equipment.map { "\($0): " } ?? "") + text }

  /// Nobody has said that he knows of it.
  var asksForAcknowledgement: Bool {
    switch state {
    case .unacknowledged, .returnedUnacknowledged, .latchedUnacknowledged: true
    case .normal, .acknowledged, .latched, .shelved, .suppressed, .outOfService: false
    }
  }
}

/// A time in one unit, of which it has two or more.
enum Age {
  static func text(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite else { return Figure.missing }
    let whole = Int(min(max(0, seconds), 1e9))
    if whole < 120 { return "\(whole) s" }
    if whole < 7200 { return "\(whole / 60) min" }
    if whole < 172_800 { return "\(whole / 3600) h" }
    return "\(whole / 86_400) d"
  }
}
