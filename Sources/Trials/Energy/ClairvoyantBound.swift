import RowConfig
import RowTwin

/// L, the quasi-steady lower bound: at every moment the cheapest state at rest for the load of these two minutes,
/// with
/// the true plant known, no margin, no reserve and no dynamics. Averaging the load only lowers it, since power is
/// convex
/// in heat. It keeps the limits that all must keep: chips, supply, return, valve floors, least pump speed and number.
struct ClairvoyantBound {
  static let name = "L"
  static let title = "clairvoyant bound: cheapest state at rest every two minutes, true plant known, no margin"
  static let stepS = 120.0

  /// - Parameter leakagePerK: price of chip temperature, for the bound at equal chip temperature.
  static func play(_ scenario: EnergyScenario, _ loaded: LoadedSite, leakagePerK: Double = 0) -> EnergyRun {
    let site = loaded.site
    let plant = SteadyPlant(scenario.mismatch.plant(site, seed: scenario.seed), limits: limits(site))
    var load = LoadTrace(scenario.load, ratedKw: site.racks.units.map(\.ratedKw), seed: scenario.seed)
    var powerKw = site.racks.units.map { _ in 0.0 }
    var figures = EnergyFigures()
    var minutesKw: [Double] = []
    var chipKwh = 0.0
    let hoursEach = stepS / 3600
    for step in 0..<Int(scenario.hours * 3600 / stepS) {
      let startS = Double(step) * stepS
      var meanKw = powerKw.map { _ in 0.0 }
      for second in 0..<Int(stepS) {
        load.power(at: EnergyScenario.commissioningS + startS + Double(second), into: &powerKw)
        for rack in powerKw.indices { meanKw[rack] += powerKw[rack] / stepS }
      }
      let sinkC = scenario.sinkC(site, atS: startS)
      guard let point = plant.best(powerKw: meanKw, sinkC: sinkC, leakagePerK: leakagePerK) else {
        // No state at rest meets the limits: nobody can, and it costs the bound nothing.
        figures.downS += stepS
        minutesKw += [0, 0]
        continue
      }
      figures.pumpKwh += point.pumpKw * hoursEach
      figures.fanKwh += point.fanKw * hoursEach
      figures.itKwh += meanKw.reduce(0, +) * hoursEach
      figures.sinkC += sinkC * hoursEach / scenario.hours
      for rack in meanKw.indices {
        chipKwh += meanKw[rack] * point.chipC[rack] * hoursEach
        figures.chipMaxC = max(figures.chipMaxC, point.chipC[rack])
      }
      minutesKw += [point.coolingKw, point.coolingKw]
    }
    figures.hours = scenario.hours
    figures.loadShare = figures.itKwh / scenario.hours / site.racks.units.reduce(0) { $0 + $1.ratedKw }
    figures.chipMeanC = figures.itKwh > 0 ? chipKwh / figures.itKwh : 0
    return EnergyRun(scenario: scenario.name, controller: name, figures: figures, minutesKw: minutesKw)
  }

  static func limits(_ site: Site) -> SteadyPlant.Limits {
    SteadyPlant.Limits(
      chipC: site.racks.units.map(\.chipLimitC), supplyC: site.supply.setpointMinC...site.supply.setpointMaxC,
      returnC: site.limits.returnHighHighC, valveFloor: site.racks.valveFloorPercent / 100,
      pumpSpeedMin: site.pumps.speedMinPercent / 100, minimumRunning: site.pumps.minimumRunning)
  }
}
