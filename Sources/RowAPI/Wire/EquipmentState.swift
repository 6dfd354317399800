/// One rack and its balancing valve.
public struct RackState: Codable, Sendable, Equatable {
  /// Name of the rack.
  public var name: String
  /// Electrical power, kW.
  public var powerKw: Double?
  /// Coolant flow, L/min.
  public var flowLpm: Double?
  /// Flow wanted, L/min.
  public var flowSetpointLpm: Double
  /// Valve as it stands, percent open.
  public var valvePercent: Double?
  /// Valve position demanded, percent open.
  public var valveDemandPercent: Double
  /// Hottest chip the rack reports, °C.
  public var chipC: Double?
  /// Out of the row because it leaks: its valve is shut until the leak is reset.
  public var isolated: Bool
  /// It may draw power; nil where its power shelf obeys no permit of ours.
  public var permit: Bool?

  public init(
    name: String, powerKw: Double? = nil, flowLpm: Double? = nil, flowSetpointLpm: Double, valvePercent: Double? = nil,
    valveDemandPercent: Double, chipC: Double? = nil, isolated: Bool = false, permit: Bool? = nil
  ) {
    self.name = name
    self.powerKw = powerKw
    self.flowLpm = flowLpm
    self.flowSetpointLpm = flowSetpointLpm
    self.valvePercent = valvePercent
    self.valveDemandPercent = valveDemandPercent
    self.chipC = chipC
    self.isolated = isolated
    self.permit = permit
  }

  private enum CodingKeys: String, CodingKey {
    case name
    case powerKw = "power_kw"
    case flowLpm = "flow_lpm"
    case flowSetpointLpm = "flow_setpoint_lpm"
    case valvePercent = "valve_percent"
    case valveDemandPercent = "valve_demand_percent"
    case chipC = "chip_c"
    case isolated, permit
  }
}

/// One pump and its drive.
public struct PumpState: Codable, Sendable, Equatable {
  /// Name of the pump.
  public var name: String
  /// The drive turns the motor.
  public var running: Bool?
  /// Speed as the drive measures it, percent.
  public var speedPercent: Double?
  /// Speed demanded, percent.
  public var demandPercent: Double
  /// The drive has tripped.
  public var fault: Bool?
  /// The drive obeys the bus (it is not in Hand).
  public var remote: Bool?
  /// The pump leads the group.
  public var lead: Bool
  /// How long it has run, h.
  public var runHours: Double

  public init(
    name: String, running: Bool? = nil, speedPercent: Double? = nil, demandPercent: Double, fault: Bool? = nil,
    remote: Bool? = nil, lead: Bool, runHours: Double
  ) {
    self.name = name
    self.running = running
    self.speedPercent = speedPercent
    self.demandPercent = demandPercent
    self.fault = fault
    self.remote = remote
    self.lead = lead
    self.runHours = runHours
  }

  private enum CodingKeys: String, CodingKey {
    case name, running
    case speedPercent = "speed_percent"
    case demandPercent = "demand_percent"
    case fault, remote, lead
    case runHours = "run_hours"
  }
}

/// One coil fan.
public struct FanState: Codable, Sendable, Equatable {
  /// Name of the fan.
  public var name: String
  /// Speed as the fan measures it, percent.
  public var speedPercent: Double?
  /// Speed demanded, percent.
  public var demandPercent: Double
  /// The fan reports a fault.
  public var fault: Bool?
  /// Its coil is out of the row because it leaks.
  public var isolated: Bool

  public init(
    name: String, speedPercent: Double? = nil, demandPercent: Double, fault: Bool? = nil, isolated: Bool = false
  ) {
    self.name = name
    self.speedPercent = speedPercent
    self.demandPercent = demandPercent
    self.fault = fault
    self.isolated = isolated
  }

  private enum CodingKeys: String, CodingKey {
    case name
    case speedPercent = "speed_percent"
    case demandPercent = "demand_percent"
    case fault, isolated
  }
}

/// A cooling unit that controls itself, and what it is told.
public struct CoolingUnitState: Codable, Sendable, Equatable {
  /// Name of the unit.
  public var name: String
  /// It says that it cools.
  public var running: Bool?
  /// It reports a fault.
  public var fault: Bool?
  /// It follows its targets (it is not in local).
  public var remote: Bool?
  /// It can be stopped by command; else only by hand.
  public var stoppable: Bool
  /// Flow target, L/min.
  public var flowTargetLpm: Double
  /// Flow as it measures it, L/min.
  public var flowLpm: Double?
  /// Supply temperature target, °C.
  public var temperatureTargetC: Double
  /// Supply temperature target as it holds it, °C.
  public var heldTemperatureTargetC: Double?
  /// Coolant that it supplies, °C.
  public var temperatureC: Double?

  public init(
    name: String, running: Bool? = nil, fault: Bool? = nil, remote: Bool? = nil, stoppable: Bool = false,
    flowTargetLpm: Double, flowLpm: Double? = nil, temperatureTargetC: Double, heldTemperatureTargetC: Double? = nil,
    temperatureC: Double? = nil
  ) {
    self.name = name
    self.running = running
    self.fault = fault
    self.remote = remote
    self.stoppable = stoppable
    self.flowTargetLpm = flowTargetLpm
    self.flowLpm = flowLpm
    self.temperatureTargetC = temperatureTargetC
    self.heldTemperatureTargetC = heldTemperatureTargetC
    self.temperatureC = temperatureC
  }

  private enum CodingKeys: String, CodingKey {
    case name, running, fault, remote, stoppable
    case flowTargetLpm = "flow_target_lpm"
    case flowLpm = "flow_lpm"
    case temperatureTargetC = "temperature_target_c"
    case heldTemperatureTargetC = "held_temperature_target_c"
    case temperatureC = "temperature_c"
  }
}
