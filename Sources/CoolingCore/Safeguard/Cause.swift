/// Every reason for which the controller may act on its own or ask for a person, in one list. `CauseAndEffect`
/// defines each; `Interlocks` keeps their states.
public enum Cause: UInt8, Sendable {
  // One per row.
  case flowLoss
  case supplyHighHigh
  case supplyHigh
  case supplyNearDewPoint
  case returnHighHigh
  case supplyTemperatureLost
  case hydraulicsLost
  case overPressure
  case levelLow
  case levelLowLow
  case suctionLost
  case leakConfirmed
  case filterClogged
  case dewPointLost
  case pumpRedundancyLost
  case controllerOverrun
  case sensorRedundancyLost
  case protectionDegraded
  case startIncomplete
  // One per pump.
  case pumpFault
  case pumpNotRunning
  case pumpSilent
  case pumpNotRemote
  // One per rack.
  case chipHigh
  case rackFlowLow
  case rackFlowLost
  case rackPowerLost
  case rackValveDeviation
  // One per fan.
  case fanFault
  case fanSilent
  // One per leak detector.
  case leakDetected
  case leakDetectorFault

  public static let count = 32
  public enum Scope: Sendable { case row, pump, rack, fan, leakZone }

  public var scope: Scope {
    switch self {
    case .flowLoss, .supplyHighHigh, .supplyHigh, .supplyNearDewPoint, .returnHighHigh, .supplyTemperatureLost,
      .hydraulicsLost, .overPressure, .levelLow, .levelLowLow, .suctionLost, .leakConfirmed, .filterClogged,
      .dewPointLost, .pumpRedundancyLost, .controllerOverrun, .sensorRedundancyLost, .protectionDegraded,
      .startIncomplete:
      .row
    case .pumpFault, .pumpNotRunning, .pumpSilent, .pumpNotRemote: .pump
    case .chipHigh, .rackFlowLow, .rackFlowLost, .rackPowerLost, .rackValveDeviation: .rack
    case .fanFault, .fanSilent: .fan
    case .leakDetected, .leakDetectorFault: .leakZone
    }
  }

  public var capacity: Int {
    switch scope {
    case .row: 1
    case .pump: Capacity.pumps
    case .rack: Capacity.racks
    case .fan: Capacity.fans
    case .leakZone: Capacity.leakZones
    }
  }
}

/// What a cause does to the plant, in rising order: where several act on the same actuator the highest wins.
public enum Effect: UInt8, Sendable, Comparable {
  /// Asks for a person only.
  case alarmOnly
  /// This pump is out of service; another takes its place.
  case excludePump
  /// This rack's valve opens to its safe position.
  case openRackValve
  /// Fans or facility valve at their safe position at least.
  case safeRejection
  /// Running pumps at their safe speed at least.
  case safePumps
  /// Every available pump and fan at maximum, every rack valve open.
  case maximumCooling
  /// The pumps stop. Only for evidence that running them does harm: a confirmed leak, suction proven lost.
  case stopPumps

  public static func < (a: Effect, b: Effect) -> Bool { a.rawValue < b.rawValue }
}

public enum Priority: UInt8, Sendable, Comparable {
  case low, medium, high, critical
  public static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
}

/// One line of the cause-and-effect table.
public struct CauseDefinition: Sendable {
  /// Stable name, also of the alarm.
  public var id: StaticString
  /// Requirement in `docs/control-narrative.md`.
  public var requirement: StaticString
  public var priority: Priority
  /// The condition must hold this long before the cause is active, and be gone this long before it is not, s.
  public var onDelayS: Double
  public var offDelayS: Double
  public var effect: Effect
  /// Stays active until a person resets it.
  public var latches: Bool
  /// What has happened, what to do about it, and why the numbers are what they are.
  public var text: StaticString
  public var response: StaticString
  public var reason: StaticString
}
