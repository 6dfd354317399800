/// One alarm.
public struct Alarm: Codable, Sendable, Equatable {
  /// Kind of alarm, such as `PUMP_FAULT`.
  public var id: String
  /// What it is about, such as `pump.2`, where the kind alone does not say.
  public var subject: String?
  /// Its name in the site file, such as `P2`; of a leak detector, that of what it watches.
  public var equipment: String?
  /// How soon a person must act.
  public var priority: AlarmPriority
  /// Where the alarm stands.
  public var state: AlarmState
  /// What is wrong.
  public var text: String
  /// What the operator is to do.
  public var response: String
  /// When the alarm was raised, RFC 3339, UTC.
  public var since: String
  /// Value that raised it, in `unit`.
  public var value: Double?
  /// Limit it crossed, in `unit`.
  public var limit: Double?
  /// Unit of value and limit.
  public var unit: String?
  /// First cause of the present trip.
  public var firstOut: Bool
  /// Time until a shelved alarm is shown again, s.
  public var shelfRemainingS: Double?

  public init(
    id: String, subject: String? = nil, equipment: String? = nil, priority: AlarmPriority, state: AlarmState,
    text: String, response: String, since: String, value: Double? = nil, limit: Double? = nil, unit: String? = nil,
    firstOut: Bool, shelfRemainingS: Double? = nil
  ) {
    self.id = id
    self.subject = subject
    self.equipment = equipment
    self.priority = priority
    self.state = state
    self.text = text
    self.response = response
    self.since = since
    self.value = value
    self.limit = limit
    self.unit = unit
    self.firstOut = firstOut
    self.shelfRemainingS = shelfRemainingS
  }

  private enum CodingKeys: String, CodingKey {
    case id, subject, equipment, priority, state, text, response, since, value, limit, unit
    case firstOut = "first_out"
    case shelfRemainingS = "shelf_remaining_s"
  }
}

/// A cause out of service: neither its interlock nor its alarm acts.
public struct BypassState: Codable, Sendable, Equatable {
  /// Kind of alarm, such as `PUMP_SILENT`.
  public var id: String
  /// What it is about, such as `pump.2`.
  public var subject: String?
  /// Time until it acts again, s.
  public var remainingS: Double
  /// Who did it.
  public var owner: String?
  /// Why, in the owner's words.
  public var reason: String?

  public init(id: String, subject: String? = nil, remainingS: Double, owner: String? = nil, reason: String? = nil) {
    self.id = id
    self.subject = subject
    self.remainingS = remainingS
    self.owner = owner
    self.reason = reason
  }

  private enum CodingKeys: String, CodingKey {
    case id, subject
    case remainingS = "remaining_s"
    case owner, reason
  }
}

/// How soon a person must act.
public enum AlarmPriority: String, Codable, Sendable, CaseIterable {
  case low, medium, high, critical
}

/// Where an alarm stands (ISA-18.2).
public enum AlarmState: String, Codable, Sendable, CaseIterable {
  case normal, unacknowledged, acknowledged
  /// Gone, and nobody has acknowledged it.
  case returnedUnacknowledged = "returned_unacknowledged"
  case latchedUnacknowledged = "latched_unacknowledged"
  case latched
  /// Silenced by an operator for a time.
  case shelved
  /// Silenced by design while the row's state makes it meaningless.
  case suppressed
  case outOfService = "out_of_service"

  /// Nobody is asked to respond.
  public var isHidden: Bool {
    switch self {
    case .shelved, .suppressed, .outOfService: true
    case .normal, .unacknowledged, .acknowledged, .returnedUnacknowledged, .latchedUnacknowledged, .latched: false
    }
  }
}
