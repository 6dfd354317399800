public import CoolingCore
import RowAPI

// The core's enumerations in the words of the interface and the journal.

extension RowMode {
  /// Manual is Auto with at least one override.
  func wire(isOverridden: Bool) -> Mode {
    switch self {
    case .off: .off
    case .standby: .standby
    case .starting: .starting
    case .auto: isOverridden ? .manual : .auto
    case .shutdown: .shutdown
    case .tripped: .tripped
    }
  }
}

extension ModeReason {
  var text: String {
    switch self {
    case .daemonStarted: "the daemon has started and waits for evidence"
    case .takenOver: "took over the running plant"
    case .evidenceComplete: "flow and supply temperature are proven"
    case .commanded: "commanded by an operator"
    case .heatGone: "the racks' heat has gone"
    case .heatBack: "the racks draw power again"
    case .stopInterlock: "an interlock has stopped the pumps"
    case .tripReset: "a trip was reset"
    case .permissiveLost: "the building no longer lets the row run"
    }
  }
}

extension Doubt {
  var text: String {
    switch self {
    case .notConfigured: "not configured"
    case .neverReceived: "never received"
    case .communication: "no communication"
    case .deviceInvalid: "device has no value"
    case .outOfRange: "out of range"
    case .rateOfChange: "changes too fast"
    case .frozen: "frozen"
    case .stale: "stale"
    case .disagreement: "instruments disagree"
    case .commonCause: "two on one module disagree with the third"
    case .implausible: "contradicted by other instruments"
    case .lostRedundancy: "redundancy lost"
    case .estimated: "estimated"
    }
  }
}

extension CoolingCore.DeviceStatus {
  var wire: RowAPI.DeviceStatus {
    switch self {
    case .failure: .failure
    case .functionCheck: .functionCheck
    case .outOfSpecification: .outOfSpecification
    case .maintenanceRequired: .maintenanceRequired
    }
  }
}

extension PumpGroup.Redundancy {
  var wire: Redundancy {
    switch self {
    case .nPlusOne: .nPlusOne
    case .n: .n
    case .degraded: .degraded
    }
  }
}

extension CoolingCore.Quality {
  var wire: RowAPI.Quality {
    switch self {
    case .good: .good
    case .uncertain: .uncertain
    case .bad: .bad
    }
  }
  /// Why it is not good.
  var doubt: Doubt? {
    switch self {
    case .good: nil
    case .uncertain(let doubt), .bad(let doubt): doubt
    }
  }
}

extension Actuation.Owner {
  var wire: ActuatorOwner {
    switch self {
    case .control: .control
    case .startUp: .startUp
    case .operatorOverride: .override
    case .safeguard: .safeguard
    case .shutdown: .shutdown
    case .takeOver: .takeOver
    }
  }
}

extension Priority {
  var wire: AlarmPriority {
    switch self {
    case .low: .low
    case .medium: .medium
    case .high: .high
    case .critical: .critical
    }
  }
}

extension InterlockState {
  var wire: AlarmState {
    switch alarm.state {
    case .normal: .normal
    case .unacknowledged: .unacknowledged
    case .acknowledged: .acknowledged
    case .returnedUnacknowledged: .returnedUnacknowledged
    case .latchedUnacknowledged: .latchedUnacknowledged
    case .latchedAcknowledged: .latched
    case .shelved: .shelved
    case .suppressedByDesign: .suppressed
    case .outOfService: .outOfService
    }
  }
}

extension Cause {
  /// Unit of the evidence kept with the cause.
  var unit: String? {
    switch self {
    case .supplyHighHigh, .supplyHigh, .supplyLow, .supplyNearDewPoint, .returnHighHigh, .chipHigh, .chipHighHigh: "°C"
    case .modelDivergence: "K"
    case .flowLoss, .rackFlowLow: "L/min"
    case .rackIgnoresPermit: "kW"
    case .overPressure, .filterClogged, .manifoldDpLow, .manifoldDpHigh, .pumpCavitation: "kPa"
    case .levelLow, .levelLowLow, .levelFalling, .coilFouling, .rackValveDeviation, .fanFault, .pumpSpeedDeviation,
      .facilityValveDeviation, .coilValveDeviation:
      "%"
    case .leakConfirmed, .rackLeak, .coilLeak, .coolingLost, .suctionLost: "votes"
    case .pumpRedundancyLost: "pumps"
    case .fansFailed: "fans"
    case .supplyTemperatureLost, .hydraulicsLost, .dewPointLost, .controllerOverrun, .sensorRedundancyLost,
      .protectionDegraded, .startIncomplete, .isolationRefused, .emergencyStop, .permissiveLost,
      .facilityOutputRefused, .pumpFault, .pumpNotRunning, .pumpSilent, .pumpNotRemote, .pumpOutputRefused,
      .rackFlowLost, .rackPowerLost, .rackOutputRefused, .fanSilent, .fanOutputRefused, .leakDetected,
      .leakDetectorFault, .busLost:
      nil
    }
  }
}

extension CauseInstance {
  /// What the cause is about: `pump.1`, `rack.3`; nil for the row itself.
  var subject: String? {
    switch cause.scope {
    case .row: nil
    case .pump: "pump.\(index + 1)"
    case .rack: "rack.\(index + 1)"
    case .fan: "fan.\(index + 1)"
    case .leakZone: "leak.\(index + 1)"
    case .bus: "bus.\(index + 1)"
    }
  }
}

extension CauseInstance {
  /// Identifier and subject, as in `PUMP_FAULT pump.2`.
  public var text: String {
    "\(CauseAndEffect.definition(of: cause).id)" + (subject.map { " \($0)" } ?? "")
  }
}

extension PID.Working.Limit {
  var text: String? {
    switch self {
    case .none: nil
    case .low: "low"
    case .high: "high"
    }
  }
}
