/// One thing that happened in the row.
public struct HistoryEntry: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case daemonStarted = "daemon_started"
    case daemonStopped = "daemon_stopped"
    case modeChanged = "mode_changed"
    case alarmRaised = "alarm_raised"
    case alarmCleared = "alarm_cleared"
    case alarmChattering = "alarm_chattering"
    /// The time of a shelved alarm is over.
    case alarmUnshelved = "alarm_unshelved"
    case layerChanged = "layer_changed"
    case pumpStarted = "pump_started"
    case pumpStopped = "pump_stopped"
    case overrideTaken = "override_taken"
    case overrideReleased = "override_released"
    case overrideExpired = "override_expired"
    case command
    case commandRefused = "command_refused"
  }

  /// Given by the store, rising by one; 0 before.
  public var id: Int64 = 0
  /// Wall time, milliseconds since 1970, UTC.
  public var timeMs: Int64
  /// Control cycles since the daemon started: the order of things where the wall clock was set meanwhile.
  public var cycle: UInt64
  public var kind: Kind
  /// Identifier of the cause, such as `PUMP_FAULT`.
  public var cause: String?
  /// What it is about, such as `pump.2`.
  public var subject: String?
  /// The evidence, or the value commanded, in `unit`.
  public var value: Double?
  public var limit: Double?
  public var unit: String?
  public var priority: String?
  /// The person: a user's name, or `uid 1002`.
  public var who: String?
  /// The person's words, or the row's own.
  public var reason: String?

  public init(
    timeMs: Int64, cycle: UInt64, kind: Kind, cause: String? = nil, subject: String? = nil, value: Double? = nil,
    limit: Double? = nil, unit: String? = nil, priority: String? = nil, who: String? = nil, reason: String? = nil
  ) {
    self.timeMs = timeMs
    self.cycle = cycle
    self.kind = kind
    self.cause = cause
    self.subject = subject
    self.value = value
    self.limit = limit
    self.unit = unit
    self.priority = priority
    self.who = who
    self.reason = reason
  }
}

/// Which entries are wanted: the newest first, and of those before `before` for the next page.
public struct HistoryQuery: Sendable, Equatable {
  /// Most entries of one answer: some 100 KiB.
  public static let limitMax = 500

  /// Not earlier than this, milliseconds since 1970.
  public var sinceMs: Int64?
  /// Earlier than this, milliseconds since 1970.
  public var untilMs: Int64?
  /// Older than the entry with this id.
  public var before: Int64?
  public var limit = 100
  public var cause: String?
  public var subject: String?

  public init(
    sinceMs: Int64? = nil, untilMs: Int64? = nil, before: Int64? = nil, limit: Int = 100, cause: String? = nil,
    subject: String? = nil
  ) {
    self.sinceMs = sinceMs
    self.untilMs = untilMs
    self.before = before
    self.limit = limit
    self.cause = cause
    self.subject = subject
  }
}
