/// What a client asks of the row beyond its published state. All but `explain`, `history`, `devices` and `probe` are
/// commands, and need permission, which the server has checked before the handler sees them.
public enum RowCommand: Sendable, Equatable {
  /// Nil matches every alarm.
  case acknowledgeAlarm(id: String?, subject: String?)
  /// Hides an alarm for a time, which its priority bounds.
  case shelve(id: String, subject: String?, minutes: Double, reason: String)
  case unshelve(id: String, subject: String?)
  /// Hides an alarm until it is put back.
  case setOutOfService(id: String, subject: String?, isOut: Bool, reason: String)
  case setMode(Mode)
  /// `supply_c` in °C, or `dp_kpa` in kPa.
  case setSetpoint(name: String, value: Double)
  /// `value` in the actuator's unit; `leaseS` in seconds; see `isReason`.
  case override(actuator: String, value: Double, leaseS: Double, reason: String)
  case release(actuator: String)
  /// Nil matches every latched cause.
  case resetTrip(id: String? = nil, subject: String? = nil)
  /// Puts a cause out of service for `leaseS` seconds; see `isReason`.
  case bypass(id: String, subject: String?, leaseS: Double, reason: String)
  case endBypass(id: String, subject: String?)
  case changeOver
  /// Layers by name, such as `pid+optimiser`; shadow may be `none`. Nil leaves as it is.
  case setControl(mode: String?, shadow: String?)
  case explain(actuator: String)
  case history(HistoryRequest)
  case devices
  /// Asks a device for all points of its profile, or for one.
  case probe(device: String, point: String?)
  /// Writes a command that no role drives; `value` in its unit; see `isReason`.
  case setPoint(device: String, point: String, value: Double, reason: String)

  /// A sentence or two.
  public static let reasonLengthMax = 200

  /// One line that says something: it is shown to others as it is.
  public static func isReason(_ text: String) -> Bool {
    let isOneLine = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    return isOneLine && text.contains { !$0.isWhitespace } && text.count <= reasonLengthMax
  }

  var needsPermission: Bool {
    switch self {
    case .explain, .history, .devices, .probe: false
    case .acknowledgeAlarm, .shelve, .unshelve, .setOutOfService, .setMode, .setSetpoint, .override, .release,
      .resetTrip, .bypass, .endBypass, .changeOver, .setControl, .setPoint:
      true
    }
  }
}

/// What came of a command. `done` answers every command that has no answer of its own.
public enum RowReply: Sendable, Equatable {
  case done
  /// Number of alarms acknowledged.
  case acknowledged(Int)
  case explanation(Explanation)
  /// The newest first.
  case history([HistoryEntry])
  /// In the site file's order.
  case devices([DeviceInfo])
  case probed(DeviceReport)
  case written(PointWrite)
}

/// Why a command was not carried out. Nothing has changed then.
public enum RowError: Error, Sendable, Equatable {
  case notPermitted(reason: String)
  case unknownName(String, nearest: String?)
  case outOfRange(name: String, value: Double, minimum: Double, maximum: Double, unit: String)
  case refused(reason: String)
  case notReady
}

/// Carries out commands, usually at the start of the next control cycle.
public protocol RowCommandHandler: Sendable {
  /// Called on the socket server's thread: must not block. `reply` may be called from any thread, once; after two
  /// control periods and a second the caller has been told `notReady`, and a reply goes nowhere.
  func submit(
    _ command: RowCommand, from peer: Peer, reply: @escaping @Sendable (Result<RowReply, RowError>) -> Void)

  /// Told of a command that the peer may not give, instead of `submit` and like it; the server answers the peer.
  func noteRefusal(_ command: RowCommand, from peer: Peer, reason: String)
}

extension RowError {
  private static let prefix = RowInterfaceDefinition.name + "."

  /// The error as it goes on the wire.
  var varlink: VarlinkError {
    switch self {
    case .notPermitted(let reason): VarlinkError(Self.prefix + "NotPermitted", ["reason": .string(reason)])
    case .unknownName(let name, let nearest):
      VarlinkError(
        Self.prefix + "UnknownName", ["name": .string(name), "nearest": nearest.map(JSONValue.string) ?? .null])
    case .outOfRange(let name, let value, let minimum, let maximum, let unit):
      VarlinkError(
        Self.prefix + "OutOfRange",
        [
          "name": .string(name), "value": .double(value), "minimum": .double(minimum), "maximum": .double(maximum),
          "unit": .string(unit),
        ])
    case .refused(let reason): VarlinkError(Self.prefix + "Refused", ["reason": .string(reason)])
    case .notReady: VarlinkError(Self.prefix + "NotReady")
    }
  }

  /// The error a wire error stands for, nil when it is none of ours.
  init?(_ error: VarlinkError) {
    guard error.name.hasPrefix(Self.prefix) else { return nil }
    func text(_ key: String) -> String? {
      if case .string(let text)? = error.parameters[key] { text } else { nil }
    }
    func number(_ key: String) -> Double? {
      switch error.parameters[key] {
      case .double(let number): number
      case .int(let number): Double(number)
      default: nil
      }
    }
    switch error.name.dropFirst(Self.prefix.count) {
    case "NotPermitted": self = .notPermitted(reason: text("reason") ?? "")
    case "UnknownName": self = .unknownName(text("name") ?? "", nearest: text("nearest"))
    case "OutOfRange":
      guard let value = number("value"), let minimum = number("minimum"), let maximum = number("maximum") else {
        return nil
      }
      self = .outOfRange(
        name: text("name") ?? "", value: value, minimum: minimum, maximum: maximum, unit: text("unit") ?? "")
    case "Refused": self = .refused(reason: text("reason") ?? "")
    case "NotReady": self = .notReady
    default: return nil
    }
  }
}

extension RowError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notPermitted(let reason): "not permitted: \(reason)"
    case .unknownName(let name, nil): "there is nothing named \(name)"
    case .unknownName(let name, let nearest?): "there is nothing named \(name); did you mean \(nearest)?"
    case .outOfRange(let name, let value, let minimum, let maximum, let unit):
      "\(name): \(value) is out of range, \(minimum) to \(maximum) \(unit)"
    case .refused(let reason): "refused: \(reason)"
    case .notReady: "the control loop has not answered; it may be starting, try again"
    }
  }
}
