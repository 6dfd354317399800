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
    case .fan: fan(cause)
    case .leakZone, .bus: unit(cause)
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
    case .pumpSpeedDeviation:
      define(
        "PUMP_SPEED_DEVIATION", "SAF-024", .medium, on: 30, off: 10, .alarmOnly,
        "A pump turns more than 5 % faster or slower than it was told",
        "Check the drive's limits, reference source and scaling",
        "The slowest drive ramps its span in 30 s; its flow is missed and made up for by the others")
    case .pumpOutputRefused:
      define(
        "PUMP_OUTPUT_REFUSED", "SAF-025", .medium, on: 10, off: 60, .alarmOnly,
        "A drive does not accept what it is told, or says otherwise when asked",
        "Check the drive's control source and parameter lock",
        "Retries take seconds; what does not obey now and then agrees by chance; a pump that does not run is excluded")
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
    case .chipHighHigh:
      define(
        "CHIP_HIGH_HIGH", "SAF-035", .critical, on: 2, off: 30, .withdrawPermit, latches: true,
        "A rack's hottest chip is 3 K above its limit",
        "Find out why its coolant does not reach it, then reset",
        "HBM throttles at 95 C; at 1.5-5 K/s 2 s are what is left before the chip trips by itself")
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
    case .rackOutputRefused:
      define(
        "RACK_OUTPUT_REFUSED", "SAF-036", .medium, on: 10, off: 60, .alarmOnly,
        "A rack's valve or permit does not accept what it is told",
        "Check the device's set-up and its control source",
        "Retries and a restart of the device take seconds; what does not obey now and then agrees by chance")
    case .rackLeak:
      define(
        "RACK_LEAK", "SAF-037", .critical, on: 3, off: 10, .isolateRack, latches: true, votes: "2 of n",
        "Coolant leaks at a rack",
        "Isolate and dry the rack, repair, then reset this cause to open it again",
        "A critical detector, two, one for 10 min, or one and loss of coolant or pressure; 3 s outlast a splash")
    case .rackIgnoresPermit:
      define(
        "RACK_IGNORES_PERMIT", "SAF-038", .critical, on: 15, off: 10, .alarmOnly,
        "A rack draws power without its permit",
        "Switch the rack off at its power shelf; check its permit's output and wiring",
        "A rack sheds its load within seconds, a meter follows in some more. Nothing here can cut its power off")
    default:
      define(
        "RACK_VALVE_DEVIATION", "SAF-034", .medium, on: 90, off: 10, .alarmOnly,
        "A rack valve does not stand where it should", "Check the actuator for blockage",
        "Half as long again as the slowest stroke")
    }
  }

  private static func fan(_ cause: Cause) -> CauseDefinition {
    switch cause {
    case .fanFault:
      define(
        "FAN_FAULT", "SAF-040", .medium, on: 20, off: 10, .alarmOnly, "A fan reports a fault or does not follow",
        "Replace the fan; the others make up for it", "A fan takes ten seconds to change speed")
    case .fanSilent:
      define(
        "FAN_SILENT", "SAF-041", .low, on: 5, off: 5, .alarmOnly, "A fan does not answer on its bus",
        "Check the bus; the fan runs at its own safe speed", "Conditioning has already bridged 3 s")
    case .fanOutputRefused:
      define(
        "FAN_OUTPUT_REFUSED", "SAF-042", .low, on: 10, off: 60, .alarmOnly,
        "A fan or its coil's valve does not accept what it is told",
        "Check the device's set-up and its control source",
        "Retries and a restart of the device take seconds; what does not obey now and then agrees by chance")
    case .coilValveDeviation:
      define(
        "COIL_VALVE_DEVIATION", "SAF-043", .medium, on: 90, off: 10, .alarmOnly,
        "A coil's valve does not stand where it should, or does not say",
        "Check the actuator for blockage; check its bus",
        "Half as long again as the slowest stroke")
    default:
      define(
        "COIL_LEAK", "SAF-044", .critical, on: 3, off: 10, .isolateCoil, latches: true, votes: "2 of n",
        "Coolant leaks at a coil",
        "Dry the coil, repair, then reset this cause to open it again",
        "As for a rack; the other coils make up for it")
    }
  }

  private static func unit(_ cause: Cause) -> CauseDefinition {
    switch cause {
    case .busLost:
      define(
        "BUS_LOST", "SAF-052", .high, on: 2, off: 5, .alarmOnly,
        "Nothing answers on a bus, or much that is asked there stays without an answer",
        "Check its gateway, cable and termination; what is behind it keeps its own safe speed",
        "One alarm for the bus: those of the devices behind it are suppressed, what they do is not")
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

  static func define(
    _ id: StaticString, _ requirement: StaticString, _ priority: Priority, on: Double, off: Double, _ effect: Effect,
    latches: Bool = false, votes: StaticString = "1oo1", _ text: StaticString, _ response: StaticString,
    _ reason: StaticString
  ) -> CauseDefinition {
    CauseDefinition(
      id: id, requirement: requirement, priority: priority, onDelayS: on, offDelayS: off, effect: effect,
      latches: latches, votes: votes, text: text, response: response, reason: reason)
  }
}
