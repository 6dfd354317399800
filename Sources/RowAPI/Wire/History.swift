/// One thing that happened in the row, now or before the daemon's last start.
public struct HistoryEntry: Codable, Sendable, Equatable {
  /// Rises by one from entry to entry.
  public var id: Int
  /// Wall time, RFC 3339, UTC.
  public var time: String
  /// Control cycles since the daemon started.
  public var cycle: Int
  /// What happened.
  public var kind: HistoryKind
  /// Kind of alarm, such as `PUMP_FAULT`.
  public var cause: String?
  /// What it is about, such as `pump.2`.
  public var subject: String?
  /// The evidence, or the value commanded, in `unit`.
  public var value: Double?
  /// Limit it crossed, in `unit`.
  public var limit: Double?
  /// Unit of value and limit.
  public var unit: String?
  /// Of an alarm.
  public var priority: AlarmPriority?
  /// The person.
  public var who: String?
  /// The person's words, or the row's own.
  public var reason: String?

  public init(
    id: Int, time: String, cycle: Int, kind: HistoryKind, cause: String? = nil, subject: String? = nil,
    value: Double? = nil, limit: Double? = nil, unit: String? = nil, priority: AlarmPriority? = nil,
    who: String? = nil, reason: String? = nil
  ) {
    self.id = id
    self.time = time
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

/// What happened.
public enum HistoryKind: String, Codable, Sendable, CaseIterable {
  case daemonStarted = "daemon_started"
  case daemonStopped = "daemon_stopped"
  case modeChanged = "mode_changed"
  case alarmRaised = "alarm_raised"
  case alarmCleared = "alarm_cleared"
  case alarmChattering = "alarm_chattering"
  case alarmUnshelved = "alarm_unshelved"
  /// Another control layer gives the setpoints.
  case layerChanged = "layer_changed"
  case pumpStarted = "pump_started"
  case pumpStopped = "pump_stopped"
  case overrideTaken = "override_taken"
  case overrideReleased = "override_released"
  case overrideExpired = "override_expired"
  case command
  case commandRefused = "command_refused"
}

/// Which entries are wanted.
public struct HistoryRequest: Sendable, Equatable {
  /// Most entries of one answer.
  public static let limitMax = 500

  /// Not earlier than this, milliseconds since 1970.
  public var sinceMs: Int64?
  /// Earlier than this, milliseconds since 1970.
  public var untilMs: Int64?
  /// Older than the entry with this id: the next page.
  public var before: Int?
  /// 1 … `limitMax`.
  public var limit: Int
  public var cause: String?
  public var subject: String?

  public init(
    sinceMs: Int64? = nil, untilMs: Int64? = nil, before: Int? = nil, limit: Int = 100, cause: String? = nil,
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

/// How a recording goes.
public struct HistoryState: Codable, Sendable, Equatable {
  /// Entries are being kept.
  public var recording: Bool
  /// Entries kept.
  public var entries: Int
  /// Size of the store, bytes.
  public var bytes: Int
  /// Entries lost since the daemon started.
  public var lost: Int
  /// Why nothing is being kept.
  public var trouble: String?

  public init(recording: Bool = false, entries: Int = 0, bytes: Int = 0, lost: Int = 0, trouble: String? = nil) {
    self.recording = recording
    self.entries = entries
    self.bytes = bytes
    self.lost = lost
    self.trouble = trouble
  }
}

/// How many alarms an operator is given (ISA-18.2, EEMUA 191), since the daemon started.
public struct AlarmLoad: Codable, Sendable, Equatable {
  /// Alarms raised in the last ten minutes; more than ten are a flood.
  public var last10Min: Int
  /// Alarms raised in the last 24 hours.
  public var last24H: Int
  /// Most alarms raised in any ten minutes of the last 24 hours.
  public var peak10Min: Int
  /// Alarms that came three times within a minute, until ten minutes pass without.
  public var chattering: [String]

  public init(last10Min: Int = 0, last24H: Int = 0, peak10Min: Int = 0, chattering: [String] = []) {
    self.last10Min = last10Min
    self.last24H = last24H
    self.peak10Min = peak10Min
    self.chattering = chattering
  }

  private enum CodingKeys: String, CodingKey {
    case last10Min = "last_10_min"
    case last24H = "last_24_h"
    case peak10Min = "peak_10_min"
    case chattering
  }
}
