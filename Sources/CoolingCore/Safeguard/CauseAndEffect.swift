/// The cause-and-effect table: one definition per cause. `docs/cause-and-effect.md` is generated from it.
///
/// Its principles: a failed sensor or wire means more cooling, never less; the last running pump is never stopped for a
/// sensor or communication fault; one wet sensor, one broken rope, one dead meter stops no row.
public enum CauseAndEffect {
  public static func definition(of cause: Cause) -> CauseDefinition {
    switch cause.scope {
    case .row: row(cause)
    case .pump: pump(cause)
    case .rack: rack(cause)
    case .fan, .leakZone: unit(cause)
    }
  }

  private static func row(_ cause: Cause) -> CauseDefinition {
    switch cause {
    case .flowLoss:
      define(
        "FLOW_LOSS", "SAF-001", .critical, on: 2, off: 30, .maximumCooling,
        "Row flow is below the least the racks need",
        "Check pumps, isolation valves and filter; prepare to shed rack load",
        "A 1.2 kW chip loses its margin 5-16 s after flow stops: 2 s leaves time to act")
    case .supplyHighHigh:
      define(
        "SUPPLY_HIGH_HIGH", "SAF-002", .critical, on: 3, off: 30, .maximumCooling,
        "Supply temperature is above its high-high limit",
        "Check fans or facility water; reduce rack load if it does not fall",
        "3 s outlasts a noise spike; 30 s below the limit less 3 K proves recovery")
    case .supplyHigh:
      define(
        "SUPPLY_HIGH", "SAF-003", .high, on: 20, off: 20, .alarmOnly,
        "Supply temperature is above its high limit",
        "Check fans, hall air temperature and coil fouling",
        "A load step may overshoot for some seconds without need for a person")
    case .supplyNearDewPoint:
      define(
        "SUPPLY_NEAR_DEW_POINT", "SAF-004", .high, on: 30, off: 30, .alarmOnly,
        "Supply temperature is within 1 K of the hall's dew point",
        "Look for condensation; raise the supply setpoint or dry the hall",
        "The setpoint already keeps the full margin; 1 K left means that control cannot")
    case .returnHighHigh:
      define(
        "RETURN_HIGH_HIGH", "SAF-005", .critical, on: 3, off: 30, .maximumCooling,
        "Return temperature is above its limit", "Check row flow and rack load",
        "65 C is the usual limit of hoses and quick couplings")
    case .supplyTemperatureLost:
      define(
        "SUPPLY_TEMPERATURE_LOST", "SAF-006", .high, on: 0, off: 10, .safeRejection,
        "No supply temperature sensor is usable", "Repair the sensors; fans stay at their safe speed",
        "Conditioning has already bridged 3 s")
    case .hydraulicsLost:
      define(
        "HYDRAULICS_LOST", "SAF-007", .high, on: 0, off: 10, .safePumps,
        "The pressure or flow that the pumps are controlled by is not usable",
        "Repair the transmitters; pumps stay at their safe speed or above",
        "Conditioning has already bridged 3 s")
    case .overPressure:
      define(
        "OVER_PRESSURE", "SAF-008", .high, on: 2, off: 10, .alarmOnly,
        "Supply header pressure is above its limit", "Check for shut valves; check the expansion vessel",
        "The relief valve protects the loop; stopping the pumps would cost the chips")
    default: rowInventory(cause)
    }
  }

  private static func rowInventory(_ cause: Cause) -> CauseDefinition {
    switch cause {
    case .levelLow:
      define(
        "LEVEL_LOW", "SAF-009", .medium, on: 10, off: 30, .alarmOnly, "Reservoir level is low",
        "Look for leaks; top up coolant", "Sloshing at pump starts lasts seconds")
    case .levelLowLow:
      define(
        "LEVEL_LOW_LOW", "SAF-010", .high, on: 5, off: 30, .alarmOnly, "Reservoir level is very low",
        "Top up at once: the pumps will soon lose suction", "Alone a level may be a failed sensor: it stops nothing")
    case .suctionLost:
      define(
        "SUCTION_LOST", "SAF-011", .critical, on: 3, off: 10, .stopPumps, latches: true,
        "Level is very low and return pressure is gone: pumps would run dry",
        "Find the leak, refill, vent, then reset", "Two independent measurements prove it; 3 s outlasts a transient")
    case .leakConfirmed:
      define(
        "LEAK_CONFIRMED", "SAF-012", .critical, on: 3, off: 10, .stopPumps, latches: true,
        "Two detectors, or one and a low level, say that coolant leaks",
        "Isolate the leak, dry the detectors, then reset", "Two votes; one wet rope alone only alarms")
    case .filterClogged:
      define(
        "FILTER_CLOGGED", "SAF-013", .low, on: 60, off: 60, .alarmOnly, "Filter pressure drop is high",
        "Clean the filter", "It clogs over days")
    case .dewPointLost:
      define(
        "DEW_POINT_LOST", "SAF-014", .low, on: 10, off: 10, .alarmOnly, "The hall's dew point is not known",
        "Repair the sensor; 17 C is assumed", "Dew point moves over minutes")
    case .pumpRedundancyLost:
      define(
        "PUMP_REDUNDANCY_LOST", "SAF-015", .medium, on: 2, off: 10, .alarmOnly,
        "No standby pump is available", "Repair the pump that is out of service",
        "Gives the pump's own alarm precedence")
    case .sensorRedundancyLost:
      define(
        "SENSOR_REDUNDANCY_LOST", "SAF-017", .low, on: 30, off: 30, .alarmOnly,
        "Redundant instruments disagree, or one of them is lost", "Compare the instruments of the role; repair the odd one",
        "Two healthy instruments may differ for seconds while the process moves")
    case .protectionDegraded:
      define(
        "PROTECTION_DEGRADED", "SAF-018", .medium, on: 10, off: 10, .alarmOnly,
        "An instrument that a safeguard looks at is lost", "See which signals are bad and repair them",
        "Conditioning has already bridged 3 s")
    case .startIncomplete:
      define(
        "START_INCOMPLETE", "SAF-019", .high, on: 5, off: 5, .alarmOnly,
        "The row has been starting for a minute and a half and is not proven controllable",
        "Check pumps, valves, flow meter and supply sensors", "A rack valve's full stroke, and half as much again")
    default:
      define(
        "CONTROLLER_OVERRUN", "SAF-016", .medium, on: 10, off: 60, .alarmOnly,
        "Control cycles start late or take longer than their period", "Look for other load on the controller's machine",
        "One late cycle is harmless; ten seconds of them is a fault")
    }
  }

  private static func pump(_ cause: Cause) -> CauseDefinition {
    switch cause {
    case .pumpFault:
      define(
        "PUMP_FAULT", "SAF-020", .high, on: 0, off: 0, .excludePump, "The drive reports a trip",
        "Read the drive's fault code, repair, reset", "The drive is certain: the standby starts in the same cycle")
    case .pumpNotRunning:
      define(
        "PUMP_NOT_RUNNING", "SAF-021", .high, on: 5, off: 0, .excludePump, latches: true,
        "The pump was told to run and does not", "Check the drive's local panel and supply, then reset",
        "A drive's start handshake takes up to three cycles; its ramp does not count")
    case .pumpSilent:
      define(
        "PUMP_SILENT", "SAF-022", .medium, on: 0, off: 5, .excludePump, "The drive does not answer on its bus",
        "Check the bus; the drive runs at its own safe speed", "Conditioning has already bridged 3 s")
    default:
      define(
        "PUMP_NOT_REMOTE", "SAF-023", .low, on: 5, off: 5, .excludePump, "The drive is in local (Hand) control",
        "Return it to remote when work is done", "A person at the drive is not fought")
    }
  }

  private static func rack(_ cause: Cause) -> CauseDefinition {
    switch cause {
    case .chipHigh:
      define(
        "CHIP_HIGH", "SAF-030", .critical, on: 3, off: 30, .maximumCooling, "A rack's hottest chip is above its limit",
        "Reduce the rack's load", "Chips throttle by themselves in seconds; more coolant comes first")
    case .rackFlowLow:
      define(
        "RACK_FLOW_LOW", "SAF-031", .medium, on: 60, off: 30, .openRackValve,
        "A rack gets less flow than its heat needs",
        "Check the rack's valve, quick couplings and filter", "A valve's stroke takes up to 60 s")
    case .rackFlowLost:
      define(
        "RACK_FLOW_LOST", "SAF-032", .medium, on: 0, off: 10, .openRackValve, "A rack's flow meter is not usable",
        "Repair the meter; the rack's valve stays open", "Conditioning has already bridged 3 s")
    case .rackPowerLost:
      define(
        "RACK_POWER_LOST", "SAF-033", .low, on: 10, off: 10, .alarmOnly, "A rack's power is not known",
        "Repair the meter; rated power is assumed", "Meters restart within seconds")
    default:
      define(
        "RACK_VALVE_DEVIATION", "SAF-034", .medium, on: 90, off: 10, .alarmOnly,
        "A rack valve does not stand where it should", "Check the actuator for blockage",
        "Half as long again as the slowest stroke")
    }
  }

  private static func unit(_ cause: Cause) -> CauseDefinition {
    switch cause {
    case .fanFault:
      define(
        "FAN_FAULT", "SAF-040", .medium, on: 20, off: 10, .alarmOnly, "A fan reports a fault or does not follow",
        "Replace the fan; the others make up for it", "A fan takes ten seconds to change speed")
    case .fanSilent:
      define(
        "FAN_SILENT", "SAF-041", .low, on: 5, off: 5, .alarmOnly, "A fan does not answer on its bus",
        "Check the bus; the fan runs at its own safe speed", "Conditioning has already bridged 3 s")
    case .leakDetected:
      define(
        "LEAK_DETECTED", "SAF-050", .critical, on: 2, off: 10, .alarmOnly, "A leak detector is wet",
        "Look for coolant at the detector", "One detector stops no row")
    default:
      define(
        "LEAK_DETECTOR_FAULT", "SAF-051", .low, on: 10, off: 10, .alarmOnly,
        "A leak detector's cable is broken or dirty, or it does not answer", "Repair the detector",
        "A broken rope is not a leak")
    }
  }

  private static func define(
    _ id: StaticString, _ requirement: StaticString, _ priority: Priority, on: Double, off: Double, _ effect: Effect,
    latches: Bool = false, _ text: StaticString, _ response: StaticString, _ reason: StaticString
  ) -> CauseDefinition {
    CauseDefinition(
      id: id, requirement: requirement, priority: priority, onDelayS: on, offDelayS: off, effect: effect,
      latches: latches, text: text, response: response, reason: reason)
  }
}
