/// The rationalised alarms (ANSI/ISA-18.2-2016, clause 9): what comes of a cause to which nobody responds, how bad that
/// is and how long a person has. The priority follows from the last two; what has happened and what to do about it
/// stand with the cause's definition. `docs/alarm-philosophy.md` is generated from both.
public struct AlarmDefinition: Sendable {
  public enum Severity: UInt8, Sendable {
    /// Costs some energy or comfort.
    case minor
    /// Costs redundancy, or the quality of control.
    case moderate
    /// Costs a rack's service, or the row its next failure.
    case major
    /// Costs the row's service, or does lasting damage.
    case severe
  }

  /// How long a person has before the consequence is there.
  public enum ResponseTime: UInt8, Sendable {
    /// A minute.
    case immediate
    /// Ten minutes.
    case prompt
    /// An hour.
    case soon
    /// A shift of eight hours.
    case shift
  }

  public var severity: Severity
  public var time: ResponseTime
  public var consequence: StaticString

  public var priority: Priority { AlarmDefinition.priority(severity, time) }

  /// The matrix of the philosophy.
  public static func priority(_ severity: Severity, _ time: ResponseTime) -> Priority {
    switch (severity, time) {
    case (.severe, .immediate), (.severe, .prompt), (.major, .immediate): .critical
    case (.severe, .soon), (.major, .prompt), (.moderate, .immediate): .high
    case (.severe, .shift), (.major, .soon), (.major, .shift), (.moderate, .prompt), (.moderate, .soon),
      (.minor, .immediate):
      .medium
    case (.moderate, .shift), (.minor, .prompt), (.minor, .soon), (.minor, .shift): .low
    }
  }

  /// Longest time an alarm of a priority may be shelved, s: nobody may forget a critical one.
  public static func shelfMaxS(_ priority: Priority) -> Double {
    switch priority {
    case .critical: 1800
    case .high: 2 * 3600
    case .medium: 8 * 3600
    case .low: 24 * 3600
    }
  }
}

public enum AlarmTable {
  public static func definition(of cause: Cause) -> AlarmDefinition {
    switch cause.scope {
    case .row: row(cause)
    case .pump: pump(cause)
    case .rack: rack(cause)
    case .fan: fan(cause)
    case .leakZone: leakZone(cause)
    case .bus: define(.major, .prompt, "Nobody sees or drives what is behind the bus")
    }
  }

  private static func row(_ cause: Cause) -> AlarmDefinition {
    switch cause {
    case .flowLoss: define(.severe, .immediate, "Chips reach their limit in seconds and shut down")
    case .supplyHighHigh: define(.severe, .prompt, "All chips throttle, then shut down")
    case .supplyHigh: define(.major, .prompt, "Chips lose their margin; a further rise throttles them")
    case .supplyNearDewPoint: define(.major, .prompt, "Water condenses on manifolds and boards")
    case .returnHighHigh: define(.severe, .prompt, "Hoses and couplings age and may burst")
    case .supplyTemperatureLost: define(.major, .prompt, "The row runs blind at its safe fan speed")
    case .hydraulicsLost: define(.major, .prompt, "The row runs blind at its safe pump speed")
    case .overPressure: define(.major, .prompt, "The relief valve opens and coolant is lost")
    case .manifoldDpLow: define(.major, .prompt, "The racks farthest away get too little flow")
    case .manifoldDpHigh: define(.major, .prompt, "Pumps heat up against shut valves, racks get no flow")
    case .pumpCavitation: define(.major, .prompt, "Impellers and seals wear out; flow is lost next")
    case .coolingLost: define(.severe, .immediate, "Every rack shuts down")
    default: rowInventory(cause)
    }
  }

  private static func rowInventory(_ cause: Cause) -> AlarmDefinition {
    switch cause {
    case .levelLow: define(.major, .soon, "The pumps lose suction when the level falls on")
    case .levelLowLow: define(.major, .prompt, "The pumps are about to lose suction")
    case .suctionLost: define(.severe, .immediate, "The row is without cooling until it is refilled")
    case .leakConfirmed: define(.severe, .immediate, "Coolant reaches electronics; the row stops")
    case .levelFalling: define(.major, .shift, "The loop runs low, and coolant goes where it should not")
    case .isolationRefused: define(.severe, .prompt, "Coolant goes on leaking at the last coil")
    case .emergencyStop: define(.severe, .immediate, "The row is without cooling until it is reset")
    case .permissiveLost: define(.major, .prompt, "The racks are off; the row rests when their heat has gone")
    default: rowEquipment(cause)
    }
  }

  private static func rowEquipment(_ cause: Cause) -> AlarmDefinition {
    switch cause {
    case .supplyLow: define(.minor, .shift, "Energy is wasted; pipes may sweat")
    case .coilFouling: define(.moderate, .shift, "Fans spend more power; a hot day finds no reserve")
    case .modelDivergence: define(.moderate, .shift, "A meter is wrong that control and safeguards rest on")
    case .fansFailed: define(.major, .prompt, "The supply temperature rises on the next hot hour or load step")
    case .facilityValveDeviation: define(.moderate, .prompt, "The supply temperature cannot be held")
    case .facilityOutputRefused: define(.moderate, .prompt, "The supply temperature cannot be held")
    case .filterClogged: define(.moderate, .shift, "Pumps spend more power; the racks farthest away get less flow")
    case .dewPointLost: define(.moderate, .shift, "The supply setpoint rests on an assumed dew point")
    case .pumpRedundancyLost: define(.moderate, .soon, "The next pump that fails costs flow")
    case .controllerOverrun: define(.moderate, .soon, "Control and safeguards act late")
    case .sensorRedundancyLost: define(.moderate, .shift, "The next sensor that fails blinds the row")
    case .protectionDegraded: define(.moderate, .soon, "A safeguard cannot see what it guards")
    case .startIncomplete: define(.major, .prompt, "The racks stay without proven cooling")
    default: preconditionFailure("a cause of the row is not rationalised")
    }
  }

  private static func pump(_ cause: Cause) -> AlarmDefinition {
    switch cause {
    case .pumpFault, .pumpNotRunning: define(.major, .prompt, "The next pump that fails costs the row its flow")
    case .pumpSilent: define(.moderate, .soon, "The pump runs at its own safe speed and obeys nobody")
    case .pumpSpeedDeviation: define(.moderate, .soon, "The others carry its share; it is no full spare")
    case .pumpOutputRefused: define(.moderate, .soon, "The pump does what it did last, whatever the row needs")
    case .pumpNotRemote: define(.moderate, .shift, "The pump is no spare while a person holds it")
    default: preconditionFailure("a cause of a pump is not rationalised")
    }
  }

  private static func rack(_ cause: Cause) -> AlarmDefinition {
    switch cause {
    case .chipHigh: define(.major, .immediate, "The rack's chips throttle, then shut down")
    case .chipHighHigh: define(.major, .immediate, "The rack is off until somebody has found out why")
    case .rackLeak: define(.severe, .prompt, "Coolant reaches the rack's electronics; the rack is off")
    case .rackIgnoresPermit: define(.severe, .immediate, "The rack heats without proven cooling, or wet")
    case .rackOutputRefused: define(.moderate, .soon, "The rack's flow or permit cannot be changed")
    case .rackFlowLow: define(.major, .soon, "The rack's chips lose their margin at the next load step")
    case .rackFlowLost: define(.moderate, .soon, "The rack is over-pumped; a blockage would not be seen")
    case .rackPowerLost: define(.minor, .shift, "Rated power is assumed: the rack is over-pumped")
    case .rackValveDeviation: define(.moderate, .soon, "The rack's flow cannot be changed")
    default: preconditionFailure("a cause of a rack is not rationalised")
    }
  }

  private static func fan(_ cause: Cause) -> AlarmDefinition {
    switch cause {
    case .fanFault: define(.moderate, .soon, "The other coils work harder; the next failure costs supply temperature")
    case .coilLeak: define(.severe, .prompt, "Coolant leaks into the air stream; one coil less cools the row")
    case .coilValveDeviation: define(.moderate, .soon, "The coil cannot be shut off when it leaks")
    case .fanOutputRefused: define(.minor, .soon, "The fan does what it did last; the others make up for it")
    case .fanSilent: define(.minor, .soon, "The fan runs at its own safe speed")
    default: preconditionFailure("a cause of a fan is not rationalised")
    }
  }

  private static func leakZone(_ cause: Cause) -> AlarmDefinition {
    switch cause {
    case .leakDetected: define(.severe, .prompt, "Coolant reaches electronics")
    case .leakDetectorFault: define(.moderate, .shift, "A leak there would not be seen")
    default: preconditionFailure("a cause of a leak detector is not rationalised")
    }
  }

  private static func define(
    _ severity: AlarmDefinition.Severity, _ time: AlarmDefinition.ResponseTime, _ consequence: StaticString
  ) -> AlarmDefinition {
    AlarmDefinition(severity: severity, time: time, consequence: consequence)
  }
}
