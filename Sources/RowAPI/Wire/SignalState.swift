/// One measured role.
public struct SignalState: Codable, Sendable, Equatable {
  /// Role, such as `supply.temperature.1`.
  public var role: String
  /// P&ID tag, such as `TT-101`.
  public var tag: String?
  /// Value in `unit`; absent where nothing usable is known.
  public var value: Double?
  /// Unit of the value, such as `°C`.
  public var unit: String
  /// How far the value may be trusted.
  public var quality: Quality
  /// Why the quality is not good.
  public var reason: String?
  /// What that asks of whoever keeps the instrument.
  public var status: DeviceStatus?
  /// Time since the value was read, ms.
  public var ageMs: Int?

  public init(
    role: String, tag: String? = nil, value: Double? = nil, unit: String, quality: Quality, reason: String? = nil,
    status: DeviceStatus? = nil, ageMs: Int? = nil
  ) {
    self.role = role
    self.tag = tag
    self.value = value
    self.unit = unit
    self.quality = quality
    self.reason = reason
    self.status = status
    self.ageMs = ageMs
  }

  private enum CodingKeys: String, CodingKey {
    case role, tag, value, unit, quality, reason, status
    case ageMs = "age_ms"
  }
}

/// What an instrument with a doubtful value wants (NAMUR NE 107).
public enum DeviceStatus: String, Codable, Sendable, CaseIterable {
  case failure
  case functionCheck = "function_check"
  case outOfSpecification = "out_of_specification"
  case maintenanceRequired = "maintenance_required"
}

/// One driven role: what is demanded, by whom and why.
public struct ActuatorState: Codable, Sendable, Equatable {
  /// Name of the actuator: `pump.1`, `rack.3.valve`, `fan.2`, `facility.valve`.
  public var role: String
  /// P&ID tag.
  public var tag: String?
  /// Value last sent, in `unit`.
  public var demand: Double
  /// Value the device reports, in `unit`.
  public var feedback: Double?
  /// Unit of both.
  public var unit: String
  /// Who decides the demand.
  public var owner: ActuatorOwner
  /// Why the demand is what it is.
  public var reason: String
  /// Time until an override expires, s.
  public var leaseRemainingS: Double?
  /// Who holds the override.
  public var overrideOwner: String?
  /// Why, in the owner's words.
  public var overrideReason: String?

  public init(
    role: String, tag: String? = nil, demand: Double, feedback: Double? = nil, unit: String, owner: ActuatorOwner,
    reason: String, leaseRemainingS: Double? = nil, overrideOwner: String? = nil, overrideReason: String? = nil
  ) {
    self.role = role
    self.tag = tag
    self.demand = demand
    self.feedback = feedback
    self.unit = unit
    self.owner = owner
    self.reason = reason
    self.leaseRemainingS = leaseRemainingS
    self.overrideOwner = overrideOwner
    self.overrideReason = overrideReason
  }

  private enum CodingKeys: String, CodingKey {
    case role, tag, demand, feedback, unit, owner, reason
    case leaseRemainingS = "lease_remaining_s"
    case overrideOwner = "override_owner"
    case overrideReason = "override_reason"
  }
}

/// One control loop with its working; terms are in percent of the output's span.
public struct ControlLoop: Codable, Sendable, Equatable {
  /// Name of the loop.
  public var name: String
  /// Unit of setpoint and measurement.
  public var unit: String
  /// Setpoint in use.
  public var setpoint: Double
  /// Filtered measurement.
  public var measurement: Double?
  /// Output, percent.
  public var output: Double
  /// Proportional term.
  public var p: Double
  /// Integral term.
  public var i: Double
  /// Derivative term.
  public var d: Double
  /// Feed-forward term.
  public var feedForward: Double
  /// Limit that acted on the output.
  public var limit: String?
  /// State of the loop: automatic, tracking or held.
  public var state: String

  public init(
    name: String, unit: String, setpoint: Double, measurement: Double? = nil, output: Double, p: Double, i: Double,
    d: Double, feedForward: Double, limit: String? = nil, state: String
  ) {
    self.name = name
    self.unit = unit
    self.setpoint = setpoint
    self.measurement = measurement
    self.output = output
    self.p = p
    self.i = i
    self.d = d
    self.feedForward = feedForward
    self.limit = limit
    self.state = state
  }

  private enum CodingKeys: String, CodingKey {
    case name, unit, setpoint, measurement, output, p, i, d
    case feedForward = "feed_forward"
    case limit, state
  }
}

/// How far a measured value may be trusted.
public enum Quality: String, Codable, Sendable, CaseIterable {
  case good, uncertain, bad
}

/// Who decides an actuator's demand.
public enum ActuatorOwner: String, Codable, Sendable, CaseIterable {
  case control, override, safeguard
  case startUp = "start_up"
  case shutdown
  case takeOver = "take_over"
}
