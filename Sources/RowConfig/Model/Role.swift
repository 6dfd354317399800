/// The words with which a site file says what a signal or an actuator *is*. Code knows roles; tags (`TT-101`) are
/// configuration. `RoleCatalogue` lists every role, its unit and how many of it a row may have.
public struct Role: Sendable, Equatable {
  public enum Direction: String, Sendable { case input, output }
  /// The pattern: `#` stands for a number from 1, as in `rack.#.flow`.
  public var pattern: String
  public var unit: Unit
  public var direction: Direction
  /// Highest number `#` may take (1 where the pattern has none).
  public var count: Int
  public var meaning: String
}

/// Units a value may have once it has left the codec. Everything is converted to one of these at the edge.
public enum Unit: String, Sendable, CaseIterable {
  case celsius = "°C"
  case kelvin = "K"
  case kilopascal = "kPa"
  case litrePerMinute = "L/min"
  case percent = "%"
  case kilowatt = "kW"
  case hertz = "Hz"
  case rpm
  case milliampere = "mA"
  case hours = "h"
  case kilowattHour = "kWh"
  /// 0 or 1.
  case boolean = "0/1"
  case none = ""
}

public enum RoleCatalogue {
  public static let racksMax = 32
  public static let pumpsMax = 4
  public static let fansMax = 16
  public static let leakZonesMax = 56

  public static let all: [Role] = {
    func input(_ pattern: String, _ unit: Unit, _ count: Int, _ meaning: String) -> Role {
      Role(pattern: pattern, unit: unit, direction: .input, count: count, meaning: meaning)
    }
    func output(_ pattern: String, _ unit: Unit, _ count: Int, _ meaning: String) -> Role {
      Role(pattern: pattern, unit: unit, direction: .output, count: count, meaning: meaning)
    }
    return [
      input("supply.temperature.#", .celsius, 3, "coolant supplied to the racks; up to three, voted"),
      input("return.temperature.#", .celsius, 3, "coolant returning from the racks; up to three, voted"),
      input("manifold.dp.#", .kilopascal, 3, "supply header minus return header; up to three, voted"),
      input("supply.pressure", .kilopascal, 1, "gauge pressure of the supply header"),
      input("return.pressure", .kilopascal, 1, "gauge pressure of the return header"),
      input("row.flow", .litrePerMinute, 1, "total flow to the racks"),
      input("filter.dp", .kilopascal, 1, "pressure drop of the filter"),
      input("reservoir.level", .percent, 1, "coolant level"),
      input("hall.temperature", .celsius, 1, "air entering the fan coils"),
      input("hall.humidity", .percent, 1, "relative humidity of the hall's air"),
      input("hall.dew_point", .celsius, 1, "dew point of the hall's air"),
      input("facility.temperature", .celsius, 1, "facility water entering the plate heat exchanger"),
      input("facility.flow", .litrePerMinute, 1, "facility water through the plate heat exchanger"),
      input("facility.valve.position", .percent, 1, "facility valve as it stands"),
      input("row.emergency_stop", .boolean, 1, "somebody has pressed the emergency stop"),
      input("row.permissive", .boolean, 1, "the building lets the row run"),
      input("leak.#.alarm", .boolean, leakZonesMax, "leak detector: liquid found"),
      input("leak.#.fault", .boolean, leakZonesMax, "leak detector: cable broken or contaminated, nothing known"),
      input("pump.#.speed", .percent, pumpsMax, "speed as the drive measures it"),
      input("pump.#.running", .boolean, pumpsMax, "the drive turns the motor"),
      input("pump.#.fault", .boolean, pumpsMax, "the drive has tripped"),
      input("pump.#.ready", .boolean, pumpsMax, "the drive would start when told"),
      input("pump.#.remote", .boolean, pumpsMax, "the drive obeys the bus (not in Hand)"),
      input("pump.#.power", .kilowatt, pumpsMax, "electrical power"),
      input("rack.#.flow", .litrePerMinute, racksMax, "coolant flow through the rack"),
      input("rack.#.power", .kilowatt, racksMax, "electrical power of the rack"),
      input("rack.#.chip_temperature", .celsius, racksMax, "hottest telemetered chip, where there is one"),
      input("rack.#.return_temperature", .celsius, racksMax, "coolant leaving the rack"),
      input("rack.#.valve.position", .percent, racksMax, "rack valve as it stands"),
      input("rack.#.valve.fault", .boolean, racksMax, "rack valve reports a blocked or failed actuator"),
      input("fan.#.speed", .percent, fansMax, "fan speed as the fan measures it"),
      input("fan.#.fault", .boolean, fansMax, "fan reports a fault"),
      input("fan.#.power", .kilowatt, fansMax, "electrical power"),
      input("fan.#.valve.position", .percent, fansMax, "isolating valve of the coil as it stands"),
      input("cdu.flow", .litrePerMinute, 1, "flow as the cooling unit measures it"),
      input("cdu.running", .boolean, 1, "the cooling unit says that it cools"),
      input("cdu.fault", .boolean, 1, "the cooling unit reports a fault"),
      input("cdu.remote", .boolean, 1, "the cooling unit follows its targets (not in local)"),
      input("cdu.power", .kilowatt, 1, "electrical power of the cooling unit"),
      input("cdu.temperature_target", .celsius, 1, "supply temperature target as the cooling unit holds it"),
      output("pump.#.run", .boolean, pumpsMax, "run command"),
      output("pump.#.speed_demand", .percent, pumpsMax, "speed demand"),
      output("rack.#.valve.demand", .percent, racksMax, "rack valve position demand"),
      output("fan.#.speed_demand", .percent, fansMax, "fan speed demand; 0 stops the fan"),
      output("facility.valve.demand", .percent, 1, "facility valve position demand"),
      output("fan.#.valve.demand", .percent, fansMax, "isolating valve position demand of the coil, where it has one"),
      output("cdu.run", .boolean, 1, "the cooling unit's standby command, where it has one: 0 stops it"),
      output("cdu.flow_demand", .litrePerMinute, 1, "flow target"),
      output("cdu.temperature_demand", .celsius, 1, "supply temperature target"),
      output("rack.#.permit", .boolean, racksMax, "the rack may draw power"),
    ]
  }()
}
