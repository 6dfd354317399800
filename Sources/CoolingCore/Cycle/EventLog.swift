/// What changed in a cycle, for the shell to journal once. Steady state is silent.
public struct CycleEvent: Sendable {
  public enum Kind: UInt8, Sendable {
    case causeActivated, causeCleared
    case modeChanged
    case pumpStarted, pumpStopped
    case overrideTaken, overrideReleased, overrideExpired
    /// A cause was put out of service by command (value: for how long, s), and is in service again.
    case bypassTaken, bypassEnded
    /// An alarm that comes three times a minute; a shelved one that is shown again.
    case alarmChattering, alarmUnshelved
    /// Another layer gives the setpoints (index), for this reason (value: `SetpointGuide.Reason`).
    case layerChanged
  }
  public var kind: Kind
  /// For causes.
  public var instance: CauseInstance?
  /// Pump or actuator index, or the new mode's raw value.
  public var index = 0
  public var value = 0.0
  public var limit = 0.0
  /// For causes: the alarm was shelved, suppressed or out of service.
  public var isHidden = false
}

/// The events of one cycle; more than it holds are counted, not kept.
public struct EventLog: Sendable {
  /// Six causes of each of 32 racks, when all buses of a row return at once.
  public static let capacity = 192
  public private(set) var count = 0
  public private(set) var dropped = 0
  private var events: InlineArray<192, CycleEvent> = .init(repeating: CycleEvent(kind: .modeChanged))
  public init() {}
  public subscript(_ i: Int) -> CycleEvent { events[i] }

  mutating func clear() {
    count = 0
    dropped = 0
  }
  mutating func add(_ event: CycleEvent) {
    guard count < EventLog.capacity else {
      dropped += 1
      return
    }
    events[count] = event
    count += 1
  }
  mutating func add(
    _ kind: CycleEvent.Kind, _ instance: CauseInstance, value: Double, limit: Double, isHidden: Bool = false
  ) {
    add(CycleEvent(kind: kind, instance: instance, value: value, limit: limit, isHidden: isHidden))
  }
  mutating func add(_ kind: CycleEvent.Kind, index: Int, value: Double = 0) {
    add(CycleEvent(kind: kind, index: index, value: value))
  }
}
