import RowTwin
import Testing

@Suite struct PlantHeatTests {
  private static let atFullLoad = PlantSite.actuators(pumps: [0.87, 0.87, 0.87], valves: 0.87, fans: 0.83)

  private func atFullLoad() -> Plant {
    var plant = PlantSite.nominal(at: 40)
    plant.settle(seconds: 3600, actuators: Self.atFullLoad, conditions: PlantSite.conditions(rackKw: 120))
    return plant
  }

  @Test func heatGivenToAirEqualsHeatTakenInSteadyState() {
    let truth = atFullLoad().truth
    #expect(abs(truth.heatInKw - truth.heatOutKw) < 1e-3 * truth.heatInKw)
    // 4.00 kJ per litre and kelvin, 95 % of 8 · 120 kW.
    let carried = 4.0 / 60 * truth.rowFlowLpm * (truth.returnTemperatureC - truth.supplyTemperatureC)
    #expect(abs(carried - 0.95 * 960) < 0.005 * 912)
  }

  @Test func theRowHoldsFortyDegreesAtFullLoadWithFansBelowFullSpeed() {
    let truth = atFullLoad().truth
    #expect(abs(truth.supplyTemperatureC - 40) < 1.5)
    #expect((100...140).contains(truth.manifoldDpKpa))
    #expect((55...70).contains(truth.chipTemperatureC[0]))
  }

  @Test func aCoilGivesItsRatingAtItsRating() {
    var plant = PlantSite.nominal(at: 40)
    let actuators = PlantSite.actuators(pumps: [0.92, 0.92, 0], valves: 0.888, fans: 1)
    plant.settle(seconds: 3600, actuators: actuators, conditions: PlantSite.conditions(rackKw: 120))
    let truth = plant.truth
    #expect(abs(truth.rowFlowLpm - 1248) < 25)
    let perKelvin = truth.heatOutKw / 12 / (truth.returnTemperatureC - 27)
    #expect(abs(perKelvin - 90.0 / 25) < 0.01 * 3.6)
  }

  /// OCP guideline, 1 kW module on PG25: L/min and case-to-inlet K/W.
  @Test(arguments: [
    (0.5, 0.0325), (0.6, 0.0300), (0.7, 0.0280), (0.8, 0.0265), (1.0, 0.0245), (1.2, 0.0230), (1.4, 0.0220),
    (1.6, 0.0214),
  ])
  func chipsFollowThePublishedColdPlate(flowPerKw: Double, published: Double) {
    var plant = PlantSite.nominal(at: 40)
    var actuators = PlantSite.actuators(pumps: [0.7, 0.7, 0.7], valves: 0.87, fans: 0.9)
    let conditions = PlantSite.conditions(rackKw: 60)
    for _ in 0..<40 {
      plant.settle(seconds: 20, actuators: actuators, conditions: conditions)
      let speed = actuators.pumpSpeed[0] * flowPerKw * 960 / plant.truth.rowFlowLpm
      actuators.pumpSpeed = [speed, speed, speed]
    }
    plant.settle(actuators: actuators, conditions: conditions)
    let rise = plant.truth.chipTemperatureC[0] - plant.truth.supplyTemperatureC
    // 95 % of 60 kW in 120 plates of 1 kW each: 0.475 kW per plate.
    #expect(abs(rise / 475 / published - 1) < 0.05)
  }

  @Test func chipsLoseTheirMarginWithinSecondsOfLostFlow() {
    var plant = atFullLoad()
    let stopped = PlantSite.actuators(pumps: [0, 0, 0], valves: 0.87, fans: 0.83)
    var seconds = 0.0
    while plant.truth.chipTemperatureC[0] < 85 && seconds < 60 {
      plant.step(seconds: 0.1, actuators: stopped, conditions: PlantSite.conditions(rackKw: 120))
      seconds += 0.1
    }
    #expect((5...16).contains(seconds))
    plant.settle(seconds: 600, actuators: stopped, conditions: PlantSite.conditions(rackKw: 120))
    #expect(plant.truth.chipTemperatureC[0] < 121, "chips throttle themselves before they burn")
  }

  @Test func supplyTemperatureRisesWhenFansStopAndFallsWhenTheySpeedUp() {
    let before = atFullLoad()
    for (fans, sign) in [(0.0, 1.0), (1.0, -1.0)] {
      var plant = before
      plant.settle(
        seconds: 180, actuators: PlantSite.actuators(pumps: [0.87, 0.87, 0.87], valves: 0.87, fans: fans),
        conditions: PlantSite.conditions(rackKw: 120))
      #expect(sign * (plant.truth.supplyTemperatureC - before.truth.supplyTemperatureC) > 1)
    }
  }

  @Test func supplyTemperatureFollowsTheFacilityValve() {
    let site = PlantSite.facilityWater()
    var before = PlantSite.nominal(site, at: 40)
    let half = PlantSite.actuators(pumps: [0.87, 0.87, 0.87], valves: 0.87, fans: 0, facility: 0.7)
    before.settle(seconds: 3600, actuators: half, conditions: PlantSite.conditions(rackKw: 90))
    #expect(abs(before.truth.heatInKw - before.truth.heatOutKw) < 0.005 * before.truth.heatInKw)
    let water = 4.15 / 60 * before.truth.facilityFlowLpm * (before.truth.facilityReturnTemperatureC - 30)
    #expect(abs(water - before.truth.heatOutKw) < 0.005 * water)
    for (valve, sign) in [(0.0, 1.0), (1.0, -1.0)] {
      var plant = before
      plant.settle(
        seconds: 120,
        actuators: PlantSite.actuators(pumps: [0.87, 0.87, 0.87], valves: 0.87, fans: 0, facility: valve),
        conditions: PlantSite.conditions(rackKw: 90))
      #expect(sign * (plant.truth.supplyTemperatureC - before.truth.supplyTemperatureC) > 1)
    }
  }

  /// Heat is held back between supply and return header by their volume and the chips' metal, no more and no less:
  /// ∫(T_return − T_supply)·dt = ΔT · (V + C_metal/ρc) / q.
  @Test func aColdFrontArrivesAfterVolumeOverFlow() {
    var plant = PlantSite.nominal(PlantSite.facilityWater(), at: 40)
    var conditions = PlantSite.conditions(rackKw: 0)
    conditions.facilityTemperatureC = 30
    let actuators = PlantSite.actuators(pumps: [0.87, 0.87, 0.87], valves: 0.87, fans: 0, facility: 1)
    var area = 0.0
    var frontS: Double?
    for step in 0..<12_000 {
      plant.step(seconds: 0.1, actuators: actuators, conditions: conditions)
      let truth = plant.truth
      let litresPerS = truth.rowFlowLpm / 60
      area += (truth.returnTemperatureC - truth.supplyTemperatureC) * litresPerS * 0.1
      if frontS == nil && truth.returnTemperatureC < 39.5 { frontS = 0.1 * Double(step) }
    }
    let litres: Double = 272 + 124.8 + 60  // racks, headers, and the metal's 240 kJ/K
    let passed = area / (40 - plant.truth.supplyTemperatureC)
    #expect(abs(passed / litres - 1) < 0.02)
    // 584 L less the exchanger's at 1248 L/min: 25 s on average, the nearest rack some seconds sooner.
    #expect((10...25).contains(frontS ?? 0))
  }
}
