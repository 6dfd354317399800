import RowConfig
import RowTwin

/// The row all plant tests use: 8 racks of 120 kW, 3 pumps of which two carry the design flow, 12 fan coils or one
/// plate exchanger.
enum PlantSite {
  static func liquidToAir() -> Site {
    var site = bare(.liquidToAir)
    site.fans = Site.Fans(
      gains: Site.Gains(gain: 1, integralTimeS: 60),
      units: (1...12).map {
        Site.Fans.Unit(
          name: "F\($0)", ratedKw: 90, ratedAirFlowM3PerH: 20_000, ratedPowerKw: 1.6, designFlowLpm: 104)
      })
    return site
  }

  static func facilityWater() -> Site {
    var site = bare(.facilityWater)
    site.facilityValve = Site.FacilityValve(
      ratedKw: 1000, designLoopFlowLpm: 1248, designFacilityFlowLpm: 1400,
      gains: Site.Gains(gain: 1, integralTimeS: 60))
    return site
  }

  private static func bare(_ topology: Site.Topology) -> Site {
    let gains = Site.Gains(gain: 1, integralTimeS: 10)
    return Site(
      name: "row", topology: topology,
      supply: Site.Supply(setpointC: 40, setpointMinC: 25, setpointMaxC: 45),
      pumps: Site.Pumps(
        dpSetpointKpa: 120, dpMinKpa: 40, dpMaxKpa: 160, gains: gains,
        units: (1...3).map {
          Site.Pumps.Unit(
            name: "P\($0)", ratedFlowLpm: 624, ratedHeadKpa: 250, shutoffHeadKpa: 320, ratedPowerKw: 5.5)
        }),
      racks: Site.Racks(
        gains: gains,
        units: (1...8).map {
          Site.Racks.Unit(name: "R\($0)", ratedKw: 120, designFlowLpm: 156, designDpKpa: 80)
        }),
      buses: [], devices: [])
  }

  /// A nominal plant at rest.
  static func nominal(_ site: Site = liquidToAir(), at temperatureC: Double = 25) -> Plant {
    Plant(site: site, parameters: PlantParameters(site: site, seed: 0, spread: 0), at: temperatureC)
  }

  static func actuators(pumps: [Double], valves: Double, fans: Double, facility: Double = 0) -> ActuatorPositions {
    var positions = ActuatorPositions(liquidToAir())
    positions.pumpSpeed = pumps
    positions.rackValve = Array(repeating: valves, count: 8)
    positions.fanSpeed = Array(repeating: fans, count: 12)
    positions.facilityValve = facility
    return positions
  }

  static func conditions(rackKw: Double) -> PlantConditions {
    var conditions = PlantConditions(liquidToAir())
    conditions.rackPowerKw = Array(repeating: rackKw, count: 8)
    return conditions
  }
}
