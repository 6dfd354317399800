/// Every reason for which the controller may act on its own or ask for a person, in one list. `CauseAndEffect`
/// defines each; `Interlocks` keeps their states.
public enum Cause: UInt8, Sendable {
  // One per row.
  case flowLoss
  case supplyHighHigh
  case supplyHigh
  case supplyLow
  case supplyNearDewPoint
  case returnHighHigh
  case supplyTemperatureLost
  case hydraulicsLost
  case manifoldDpLow
  case manifoldDpHigh
  case overPressure
  case levelLow
  case levelLowLow
  case levelFalling
  case suctionLost
  case pumpCavitation
  case coolingLost
  case leakConfirmed
  case isolationRefused
  case filterClogged
  case coilFouling
  case modelDivergence
  case dewPointLost
  case pumpRedundancyLost
  case fansFailed
  case facilityValveDeviation
  case facilityOutputRefused
  case controllerOverrun
  case sensorRedundancyLost
  case protectionDegraded
  case startIncomplete
  case emergencyStop
  case permissiveLost
  // One per pump.
  case pumpFault
  case pumpNotRunning
  case pumpSilent
  case pumpNotRemote
  case pumpSpeedDeviation
  case pumpOutputRefused
  // One per rack.
  case chipHigh
  case chipHighHigh
  case rackFlowLow
  case rackFlowLost
  case rackPowerLost
  case rackValveDeviation
  case rackOutputRefused
  case rackLeak
  case rackIgnoresPermit
  // One per fan, with its coil.
  case fanFault
  case fanSilent
  case fanOutputRefused
  case coilValveDeviation
  case coilLeak
  // One per leak detector.
  case leakDetected
  case leakDetectorFault
  // One per bus.
  case busLost

  public static let count = 56
  public enum Scope: Sendable { case row, pump, rack, fan, leakZone, bus }

  public var scope: Scope {
    switch self {
    case .flowLoss, .supplyHighHigh, .supplyHigh, .supplyLow, .supplyNearDewPoint, .returnHighHigh,
      .supplyTemperatureLost, .hydraulicsLost, .manifoldDpLow, .manifoldDpHigh, .overPressure, .levelLow,
      .levelLowLow, .levelFalling, .suctionLost, .pumpCavitation, .coolingLost, .leakConfirmed,
      .isolationRefused, .filterClogged, .coilFouling, .modelDivergence, .dewPointLost, .pumpRedundancyLost,
      .fansFailed, .facilityValveDeviation, .facilityOutputRefused, .controllerOverrun,
      .sensorRedundancyLost, .protectionDegraded, .startIncomplete, .emergencyStop, .permissiveLost:
      .row
    case .pumpFault, .pumpNotRunning, .pumpSilent, .pumpNotRemote, .pumpSpeedDeviation, .pumpOutputRefused:
      .pump
    case .chipHigh, .chipHighHigh, .rackFlowLow, .rackFlowLost, .rackPowerLost, .rackValveDeviation,
      .rackOutputRefused, .rackLeak, .rackIgnoresPermit:
      .rack
    case .fanFault, .fanSilent, .fanOutputRefused, .coilValveDeviation, .coilLeak: .fan
    case .leakDetected, .leakDetectorFault: .leakZone
    case .busLost: .bus
    }
  }

  public var capacity: Int {
    switch scope {
    case .row: 1
    case .pump: Capacity.pumps
    case .rack: Capacity.racks
    case .fan: Capacity.fans
    case .leakZone: Capacity.leakZones
    case .bus: Capacity.buses
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
  /// Every rack's valve does.
  case openRackValves
  /// Fans or facility valve at their safe position at least, coil valves open.
  case safeRejection
  /// Running pumps at their safe speed at least.
  case safePumps
  /// Every available pump and fan at maximum, every rack valve open.
  case maximumCooling
  /// This rack may draw no power.
  case withdrawPermit
  /// No rack may; cooling goes on.
  case withdrawPermits
  /// No rack may; the row cools until the heat has gone, then rests.
  case shutDown
  /// This coil's valve shuts and its fan stops, unless it is the last one.
  case isolateCoil
  /// This rack may draw no power; its valve shuts when it draws none, or after 10 s.
  case isolateRack
  /// No rack may draw power; the pumps stop when the heat has gone, or after 30 s.
  case isolateRow
  /// No rack may draw power and the pumps stop at once.
  case stopPumps

  public static func < (a: Effect, b: Effect) -> Bool { a.rawValue < b.rawValue }

  /// The row as a whole leaves the control of its laws: such a cause can be the first-out of a disturbance.
  public var isOfRow: Bool {
    switch self {
    case .alarmOnly, .excludePump, .openRackValve, .openRackValves, .withdrawPermit, .isolateCoil, .isolateRack: false
    case .safeRejection, .safePumps, .maximumCooling, .withdrawPermits, .shutDown, .isolateRow, .stopPumps: true
    }
  }

  /// A person may put the cause out of service for a while: only where no cooling of the row rests on it.
  public var isBypassable: Bool { self <= .openRackValves }
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
  /// How many of what must say so.
  public var votes: StaticString
  /// What has happened, what to do about it, and why the numbers are what they are.
  public var text: StaticString
  public var response: StaticString
  public var reason: StaticString
}

/// What of a definition the interlock looks at in every cycle: the texts stay behind.
struct CauseAction: Sendable {
  var onDelayS = 0.0
  var offDelayS = 0.0
  var effect = Effect.alarmOnly
  var latches = false
}

extension CauseAction {
  init(_ definition: CauseDefinition) {
    self.init(
      onDelayS: definition.onDelayS, offDelayS: definition.offDelayS, effect: definition.effect,
      latches: definition.latches)
  }
}
