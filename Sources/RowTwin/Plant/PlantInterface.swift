public import RowConfig

/// What the field devices and the plant physics say to each other: devices move actuators, the plant answers with
/// the truth, sensors measure the truth. Bare numbers with units in their names, on purpose: the twin shares no type
/// with the controller, so that a unit mistake cannot cancel itself.

/// Where every actuator really stands. Indices follow the site file (pump 1 is index 0).
public struct ActuatorPositions: Sendable, Equatable {
  /// Shaft speed as a fraction of rated speed, 0 … 1.2.
  public var pumpSpeed: [Double]
  /// Stem position, 0 (shut) … 1 (open).
  public var rackValve: [Double]
  /// Fan speed as a fraction of rated speed, 0 … 1.
  public var fanSpeed: [Double]
  /// 0 (shut) … 1 (open); ignored in a liquid-to-air row.
  public var facilityValve: Double
  /// Isolating valve of each coil, 0 (shut) … 1 (open); open where the coil has none.
  public var coilValve: [Double]
  /// Whether each rack may draw power; true where no output withholds it.
  public var rackPermit: [Bool]
  public init(pumps: Int, racks: Int, fans: Int) {
    pumpSpeed = Array(repeating: 0, count: pumps)
    rackValve = Array(repeating: 0, count: racks)
    fanSpeed = Array(repeating: 0, count: fans)
    facilityValve = 0
    coilValve = Array(repeating: 1, count: fans)
    rackPermit = Array(repeating: true, count: racks)
  }
  /// Everything stopped and shut, sized for this row.
  public init(_ site: Site) {
    let fans = site.fans?.units.count ?? (site.coolingUnit == nil ? 0 : 1)
    self.init(pumps: site.pumps.units.count, racks: site.racks.units.count, fans: fans)
  }
}

/// What the world does to the plant besides the actuators; faults change these.
public struct PlantConditions: Sendable, Equatable {
  /// Electrical power of each rack now, kW.
  public var rackPowerKw: [Double]
  /// Hall air entering the coils, and its relative humidity.
  public var hallTemperatureC: Double = 27
  public var hallHumidityPercent: Double = 40
  /// Facility water entering the plate heat exchanger, and whether it flows at all (0 … 1 of its pressure).
  public var facilityTemperatureC: Double = 30
  public var facilityPressure: Double = 1
  /// Share of its head curve each pump still makes, 0 … 1 (wear, cavitation, air).
  public var pumpHead: [Double]
  /// Extra filter resistance as a multiple of the clean filter's.
  public var filterClogging: Double = 1
  /// Share of its clean conductance each coil (or the plate exchanger at index 0) still has.
  public var coilConductance: [Double]
  /// Share of its clean conductance each rack's flow path still has (a blocked quick-connect, a kinked hose).
  public var rackConductance: [Double]
  /// Share of the pumps' head that air in the loop takes, 0 … 1.
  public var airShare: Double = 0
  /// Coolant lost at each place at 200 kPa with its valve open, L/min: per rack, per coil, at the pump cabinet.
  public var leakRacksLpm: [Double]
  public var leakCoilsLpm: [Double]
  public var leakRowLpm: Double = 0
  /// Somebody has pressed the emergency stop; the building lets the row run.
  public var isEmergencyStopped = false
  public var isPermitted = true
  public init(pumps: Int, racks: Int, coils: Int) {
    rackPowerKw = Array(repeating: 0, count: racks)
    pumpHead = Array(repeating: 1, count: pumps)
    coilConductance = Array(repeating: 1, count: coils)
    rackConductance = Array(repeating: 1, count: racks)
    leakRacksLpm = Array(repeating: 0, count: racks)
    leakCoilsLpm = Array(repeating: 0, count: coils)
  }
  /// A sound plant without load, sized for this row.
  public init(_ site: Site) {
    self.init(pumps: site.pumps.units.count, racks: site.racks.units.count, coils: site.fans?.units.count ?? 1)
  }
  @inline(__always)
  var isLeaking: Bool {
    leakRowLpm > 0 || leakRacksLpm.contains { $0 > 0 } || leakCoilsLpm.contains { $0 > 0 }
  }
}

/// The plant as it truly is at one instant. Only sensors and test oracles may look at it.
public struct PlantTruth: Sendable, Equatable {
  /// Coolant at the supply header and at the return header, °C.
  public var supplyTemperatureC: Double = 25
  public var returnTemperatureC: Double = 25
  /// Supply header minus return header, kPa; gauge pressures of both, kPa.
  public var manifoldDpKpa: Double = 0
  public var supplyPressureKpa: Double = 150
  public var returnPressureKpa: Double = 150
  public var filterDpKpa: Double = 0
  public var rowFlowLpm: Double = 0
  /// Level of the reservoir, percent.
  public var levelPercent: Double = 75
  public var rackFlowLpm: [Double]
  public var rackReturnTemperatureC: [Double]
  /// Hottest chip case of each rack, °C.
  public var chipTemperatureC: [Double]
  public var rackPowerKw: [Double]
  public var pumpFlowLpm: [Double]
  /// Electrical power, drive losses included.
  public var pumpPowerKw: [Double]
  public var fanPowerKw: [Double]
  public var hallTemperatureC: Double = 27
  public var hallHumidityPercent: Double = 40
  public var hallDewPointC: Double = 12
  /// Air leaving the coils, mixed.
  public var coilAirOutC: Double = 27
  public var facilityTemperatureC: Double = 30
  public var facilityReturnTemperatureC: Double = 30
  public var facilityFlowLpm: Double = 0
  /// Heat the coolant took from racks and pumps, and gave to air or facility water, in the last step.
  public var heatInKw: Double = 0
  public var heatOutKw: Double = 0
  /// Coolant that leaves the loop now, L/min: less than the leak's rating where a valve isolates it or pressure falls.
  public var leakRacksLpm: [Double]
  public var leakCoilsLpm: [Double]
  public var leakRowLpm: Double = 0
  public init(pumps: Int, racks: Int, fans: Int) {
    rackFlowLpm = Array(repeating: 0, count: racks)
    rackReturnTemperatureC = Array(repeating: 25, count: racks)
    chipTemperatureC = Array(repeating: 25, count: racks)
    rackPowerKw = Array(repeating: 0, count: racks)
    pumpFlowLpm = Array(repeating: 0, count: pumps)
    pumpPowerKw = Array(repeating: 0, count: pumps)
    fanPowerKw = Array(repeating: 0, count: fans)
    leakRacksLpm = Array(repeating: 0, count: racks)
    leakCoilsLpm = Array(repeating: 0, count: fans)
  }
}
