import CoolingCore
import RowConfig

/// A quantity as percent of an actuator's span, and back.
public struct PercentScale: Sendable, Equatable {
  /// The quantity at 0 and at 100 %.
  var at0: Double
  var at100: Double
  /// Never sent below, percent: also when the actuator is told to stop.
  var least = 0.0

  func percent(of value: Double) -> Double { 100 * (value - at0) / (at100 - at0) }
  func value(of percent: Double) -> Double { at0 + (at100 - at0) * percent / 100 }
  func target(of percent: Double) -> Double { value(of: max(percent, least)) }
}

/// The cooling unit of a supervised row as the core sees it: one pump, whose speed is the flow target as a share of the
/// highest, and the facility valve, which is 0 at the highest setpoint of the supply temperature and 100 at the lowest.
/// The field speaks L/min and °C; here, and nowhere else, one becomes the other.
struct UnitTargets {
  let flow: PercentScale
  let temperature: PercentScale
  let name: String

  init?(_ site: Site) {
    guard let unit = site.coolingUnit, site.topology == .supervisedCdu else { return nil }
    name = unit.name
    flow = PercentScale(at0: 0, at100: unit.flowMaxLpm, least: site.pumps.speedMinPercent)
    temperature = PercentScale(at0: site.supply.setpointMaxC, at100: site.supply.setpointMinC)
  }

  /// Slot of a role of the unit, for the core's own.
  static func inputSlot(_ pattern: String) -> Int? {
    switch pattern {
    case "cdu.flow": InputSlot.pump(0, .speed)
    case "cdu.running": InputSlot.pump(0, .running)
    case "cdu.fault": InputSlot.pump(0, .fault)
    case "cdu.remote": InputSlot.pump(0, .remote)
    case "cdu.power": InputSlot.pump(0, .power)
    case "cdu.temperature_target": InputSlot.facilityValvePosition
    default: nil
    }
  }

  static func outputSlot(_ pattern: String) -> Int? {
    switch pattern {
    case "cdu.run": OutputSlot.pumpRun(0)
    case "cdu.flow_demand": OutputSlot.pumpSpeed(0)
    case "cdu.temperature_demand": OutputSlot.facilityValve
    default: nil
    }
  }

  /// Roles that the unit's stand in for.
  static func replaces(_ pattern: String) -> Bool {
    pattern.hasPrefix("pump.") || pattern.hasPrefix("fan.") || pattern.hasPrefix("facility.valve")
  }

  func scale(ofInput slot: Int) -> PercentScale? {
    switch slot {
    case InputSlot.pump(0, .speed): flow
    case InputSlot.facilityValvePosition: temperature
    default: nil
    }
  }

  func scale(ofOutput slot: Int) -> PercentScale? {
    switch slot {
    case OutputSlot.pumpSpeed(0): flow
    case OutputSlot.facilityValve: temperature
    default: nil
    }
  }

  func scale(of actuator: Actuator) -> (scale: PercentScale, unit: Unit)? {
    switch actuator {
    case .pump: (flow, .litrePerMinute)
    case .facilityValve: (temperature, .celsius)
    case .rackValve, .fan, .coilValve: nil
    }
  }
}
