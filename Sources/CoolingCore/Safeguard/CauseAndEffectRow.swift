/// The table's lines that are about the row as a whole.
extension CauseAndEffect {
  static func row(_ cause: Cause) -> CauseDefinition {
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
    case .supplyLow:
      define(
        "SUPPLY_LOW", "SAF-063", .low, on: 60, off: 60, .alarmOnly,
        "Supply temperature is more than 2 K below its lowest setpoint",
        "Check fans or facility valve: one does not throttle",
        "Colder than any setpoint means an actuator stuck open; it harms condensation and energy, not chips")
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
    default: rowHydraulics(cause)
    }
  }

  private static func rowHydraulics(_ cause: Cause) -> CauseDefinition {
    switch cause {
    case .overPressure:
      define(
        "OVER_PRESSURE", "SAF-008", .high, on: 2, off: 30, .alarmOnly,
        "Supply header pressure is above its limit", "Check for shut valves; check the expansion vessel",
        "The relief valve protects the loop; stopping the pumps would cost the chips")
    case .manifoldDpLow:
      define(
        "MANIFOLD_DP_LOW", "SAF-060", .high, on: 30, off: 10, .alarmOnly,
        "Manifold dP is below three quarters of its least setpoint",
        "Check pumps, bypass and isolation valves",
        "The pumps' loop already raises them; 30 s outlasts a pump's ramp. Loss of flow acts sooner")
    case .manifoldDpHigh:
      define(
        "MANIFOLD_DP_HIGH", "SAF-061", .high, on: 20, off: 30, .openRackValves,
        "Manifold dP is a fifth above its highest setpoint unasked, or the pumps' whole head without flow",
        "Look for shut valves between pumps and racks",
        "Pumps near shut valves: opening them relieves it and cools more; 20 s outlast the pumps' ramp")
    case .pumpCavitation:
      define(
        "PUMP_CAVITATION", "SAF-064", .high, on: 10, off: 30, .alarmOnly, votes: "2oo2",
        "Pumps make less than half the head of their curve, at low return pressure",
        "Top up and vent the loop; check the suction strainer",
        "Low head alone may be wear, low pressure alone a filling matter; both are gas in the pumps")
    case .coolingLost:
      define(
        "COOLING_LOST", "SAF-065", .critical, on: 3, off: 30, .withdrawPermits, latches: true, votes: "2 of 4",
        "Heated racks get no coolant",
        "Restore a pump or a valve, then reset; racks may draw no power until then",
        "A chip has 5-16 s: 2 s for the standby to start, then what is left for the rack to shed its load")
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
        "SUCTION_LOST", "SAF-011", .critical, on: 3, off: 10, .stopPumps, latches: true, votes: "2oo3",
        "Two say that pumps run dry: very low level, no return pressure, turning pumps without flow and head",
        "Find the leak, refill, vent, then reset",
        "Two independent measurements prove it, also with one of them lost; 3 s outlasts a transient")
    case .leakConfirmed:
      define(
        "LEAK_CONFIRMED", "SAF-012", .critical, on: 3, off: 10, .isolateRow, latches: true, votes: "2 of n",
        "Two of the row's detectors, or one and the loss of coolant or pressure, say that coolant leaks",
        "Isolate the leak, dry the detectors, then reset",
        "Two votes; one wet rope alone only alarms. 30 s let the racks go first; more coolant would not be there later")
    case .levelFalling:
      define(
        "LEVEL_FALLING", "SAF-062", .medium, on: 0, off: 600, .alarmOnly,
        "Reservoir level falls by more than 3 %/h, in three windows of 5 min one after the other",
        "Look for a slow leak; top up coolant",
        "Coolant that shrinks after a load step does so within two windows; top-up starts the count anew")
    case .isolationRefused:
      define(
        "ISOLATION_REFUSED", "SAF-066", .critical, on: 0, off: 0, .alarmOnly,
        "The last coil leaks and stays open: without it the row has no cooling",
        "Shed the racks' load, shut the row down, then isolate by hand",
        "Heat without any coil costs every chip; the leak costs coolant")
    case .emergencyStop:
      define(
        "EMERGENCY_STOP", "SAF-072", .critical, on: 0, off: 10, .stopPumps, latches: true,
        "Somebody has pressed the emergency stop",
        "Find out why; release the button, then reset",
        "A person knows what no sensor does: at once")
    case .permissiveLost:
      define(
        "PERMISSIVE_LOST", "SAF-073", .high, on: 10, off: 10, .shutDown,
        "The building no longer lets the row run",
        "Ask the building's operator; order auto when it is back",
        "A change-over of building power takes seconds; the racks' heat is still carried away")
    default: rowEquipment(cause)
    }
  }

  private static func rowEquipment(_ cause: Cause) -> CauseDefinition {
    switch cause {
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
        "PUMP_REDUNDANCY_LOST", "SAF-015", .medium, on: 6, off: 10, .alarmOnly,
        "No standby pump is available", "Repair the pump that is out of service",
        "Gives the pump's or its bus's own alarm precedence")
    case .coilFouling:
      define(
        "COIL_FOULING", "SAF-067", .low, on: 1800, off: 1800, .alarmOnly,
        "The coils do less than three quarters of what their map says",
        "Clean the coils; check their air path and venting",
        "Fouling grows over weeks; the share is averaged over 15 min and must stay low for 30")
    case .fansFailed:
      define(
        "FANS_FAILED", "SAF-069", .high, on: 0, off: 10, .safeRejection, votes: "2 of n",
        "More fans have failed than the row has to spare",
        "Replace the fans; reduce rack load if the supply temperature rises",
        "Coils are sized N+1; each fan's own 20 s have passed already")
    case .facilityValveDeviation:
      define(
        "FACILITY_VALVE_DEVIATION", "SAF-070", .medium, on: 90, off: 10, .alarmOnly,
        "The facility valve does not stand where it should, or does not say",
        "Check the actuator for blockage; check its bus",
        "Half as long again as the slowest stroke")
    case .facilityOutputRefused:
      define(
        "FACILITY_OUTPUT_REFUSED", "SAF-071", .medium, on: 10, off: 60, .alarmOnly,
        "The facility valve does not accept its position demand",
        "Check the device's set-up and its control source",
        "Retries and a restart of the device take seconds; what does not obey now and then agrees by chance")
    default: rowInstruments(cause)
    }
  }

  private static func rowInstruments(_ cause: Cause) -> CauseDefinition {
    switch cause {
    case .sensorRedundancyLost:
      define(
        "SENSOR_REDUNDANCY_LOST", "SAF-017", .low, on: 30, off: 30, .alarmOnly,
        "Redundant instruments disagree, or one of them is lost",
        "Compare the instruments of the role; repair the odd one",
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
    case .modelDivergence:
      define(
        "MODEL_DIVERGENCE", "SAF-068", .low, on: 600, off: 600, .alarmOnly,
        "Racks' power and the coolant's temperature rise do not balance",
        "Compare flow, temperature and power meters with a reference",
        "Averaged over 5 min, past any transport delay; 3 K and two fifths of the rise are beyond all meters' errors")
    default:
      define(
        "CONTROLLER_OVERRUN", "SAF-016", .medium, on: 10, off: 60, .alarmOnly,
        "Control cycles start late or take longer than their period", "Look for other load on the controller's machine",
        "One late cycle is harmless; ten seconds of them is a fault")
    }
  }
}
