/// What the row as a whole is doing.
public enum RowMode: UInt8, Sendable {
  /// Everything at rest.
  case off
  /// One pump keeps the coolant moving; the racks draw nothing.
  case standby
  /// Pumps at a fixed speed until measurements prove that the loop can be controlled.
  case starting
  case auto
  /// Cooling goes on until the racks' heat has gone, then off.
  case shutdown
  /// The pumps were stopped by a safeguard and stay so until a person resets it.
  case tripped

  /// The row is responsible for heat being carried away.
  public var isCooling: Bool {
    switch self {
    case .starting, .auto, .shutdown: true
    case .off, .standby, .tripped: false
    }
  }
}

/// Why the row is in its mode.
public enum ModeReason: UInt8, Sendable {
  case daemonStarted, takenOver, evidenceComplete, commanded, heatGone, heatBack, stopInterlock, tripReset,
    permissiveLost
}

/// The mode's state machine: State × Evidence in one switch. Starts safe (`starting`) and leaves by evidence.
struct ModeMachine: Sendable {
  /// Evidence must hold this long before Auto: longer than every sensor's settling but the flow's fill time.
  static let evidenceS = 5.0
  /// Heat below this share of rated power for this long counts as gone.
  static let heatGoneShare = 0.03
  static let heatGoneS = 60.0
  /// Heat above this share of rated power for this long has come back: Standby ends.
  static let heatBackShare = 0.06
  static let heatBackS = 10.0

  struct Inputs {
    var isStopDemanded: Bool
    /// The row is to shut down in order.
    var isShutdownDemanded: Bool
    /// A pump runs, flow and supply temperature are known and there is flow.
    var isControllable: Bool
    var heatShare: Double
    /// It ran already when `starting` began.
    var isRunningPlant: Bool
  }

  private(set) var mode = RowMode.starting
  private(set) var reason = ModeReason.daemonStarted
  private var evidence = OnDelay()
  private var heatGone = OnDelay()
  private var heatBack = OnDelay()

  mutating func step(_ inputs: Inputs, dt: Double) {
    if inputs.isStopDemanded && mode != .tripped && mode != .off {
      enter(.tripped, .stopInterlock)
      return
    }
    if inputs.isShutdownDemanded {
      switch mode {
      case .starting, .auto, .standby: return enter(.shutdown, .permissiveLost)
      case .off, .shutdown, .tripped: break
      }
    }
    switch mode {
    case .starting:
      if inputs.isRunningPlant && inputs.isControllable {
        enter(.auto, .takenOver)
      } else if evidence.step(inputs.isControllable, delayS: ModeMachine.evidenceS, dt: dt) {
        enter(.auto, .evidenceComplete)
      }
    case .shutdown:
      let isGone = inputs.heatShare < ModeMachine.heatGoneShare
      if heatGone.step(isGone, delayS: ModeMachine.heatGoneS, dt: dt) { enter(.off, .heatGone) }
    case .standby:
      let isBack = inputs.heatShare > ModeMachine.heatBackShare
      if heatBack.step(isBack, delayS: ModeMachine.heatBackS, dt: dt) { enter(.starting, .heatBack) }
    case .off, .auto, .tripped: break
    }
  }

  mutating func enter(_ next: RowMode, _ why: ModeReason) {
    mode = next
    reason = why
    evidence = OnDelay()
    heatGone = OnDelay()
    heatBack = OnDelay()
  }
}
