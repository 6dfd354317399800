import RowTwin
import Testing

@Suite struct PlantHeatTests {
  @Test func heatGivenToAirEqualsHeatTakenInSteadyState() {
    var plant = PlantSite.nominal()
    plant.settle(
      seconds: 3600, actuators: PlantSite.actuators(pumps: [0.9, 0.9, 0.9], valves: 0.85, fans: 0.85),
      conditions: PlantSite.conditions(rackKw: 120))
    let truth = plant.truth
    #expect(abs(truth.heatInKw - truth.heatOutKw) < 0.005 * truth.heatInKw)
  }
}
