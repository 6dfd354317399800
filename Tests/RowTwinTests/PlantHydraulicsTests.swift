import RowTwin
import Testing

@Suite struct PlantHydraulicsTests {
  /// a of H = 320 − a·q² through 250 kPa at 624 L/min.
  private static let curve = 70.0 / (624 * 624)

  private func running(_ pumps: [Double], valves: Double = 0.87) -> Plant {
    var plant = PlantSite.nominal(at: 40)
    var conditions = PlantSite.conditions(rackKw: 0)
    conditions.hallTemperatureC = 40
    plant.settle(
      seconds: 60, actuators: PlantSite.actuators(pumps: pumps, valves: valves, fans: 0), conditions: conditions)
    return plant
  }

  @Test func twoPumpsAtTheirDutyPointMakeTheRatedHead() {
    let plant = running([1, 1, 0], valves: 0.8)
    let flow = plant.truth.pumpFlowLpm[0]
    let head = 320 - Self.curve * flow * flow
    // At 40 °C header, filter and coils take 12 + 6 + 18 % of 250 kPa at 1248 L/min; the manifold has the rest.
    let shared = 90 * (2 * flow / 1248) * (2 * flow / 1248)
    #expect(abs(plant.truth.manifoldDpKpa - (head - shared)) < 0.5)
    #expect(abs(plant.truth.rowFlowLpm - 2 * flow) < 1e-6)
  }

  @Test func halfSpeedGivesHalfTheFlowAndAnEighthOfThePower() {
    let full = running([1, 1, 1]).truth
    let half = running([0.5, 0.5, 0.5]).truth
    // The plates' exponent of 1.875 keeps the ratios just off the affinity laws' 2 and 8.
    #expect(abs(half.rowFlowLpm / full.rowFlowLpm - 0.5) < 0.01)
    let ratio = half.rowFlowLpm * half.manifoldDpKpa / (full.rowFlowLpm * full.manifoldDpKpa)
    #expect(abs(ratio - 0.125) < 0.01)
  }

  @Test func aRackBranchTakesItsDesignDropAtDesignFlow() {
    // All valves open: 80 kPa and 156 L/min belong together; elsewhere dP/80 = 0.7·x^1.875 + 0.3·x².
    let truth = running([0.8, 0.8, 0], valves: 1).truth
    let relative = truth.rackFlowLpm[0] / 156
    let turbulent = relative * relative / relative.squareRoot().squareRoot().squareRoot()
    let expected = 80 * (0.7 * turbulent + 0.3 * relative * relative)
    #expect(abs(truth.manifoldDpKpa - expected) < 0.5)
  }

  @Test func aTripLeavesTheFlowThatTwoPumpsHoldAgainstTheSameLoop() {
    var plant = running([0.9, 0.9, 0.9])
    let before = plant.truth.rowFlowLpm
    let dead = 320 * 0.81
    let resistance = (dead - Self.curve * before * before / 9) / (before * before)
    // Two pumps: dead − a·(q/2)² = k·q².
    let expected = (dead / (resistance + Self.curve / 4)).squareRoot()
    var conditions = PlantSite.conditions(rackKw: 0)
    conditions.hallTemperatureC = 40
    plant.settle(
      seconds: 30, actuators: PlantSite.actuators(pumps: [0.9, 0, 0.9], valves: 0.87, fans: 0),
      conditions: conditions)
    #expect(abs(plant.truth.rowFlowLpm / expected - 1) < 0.01)
    #expect(plant.truth.rowFlowLpm < 0.97 * before)
    #expect(plant.truth.pumpFlowLpm[1] == 0 && plant.truth.pumpPowerKw[1] == 0)
  }

  @Test func aSlowPumpIsHeldShutByTheOthers() {
    let truth = running([0.9, 0.9, 0.5]).truth
    #expect(truth.pumpFlowLpm[2] == 0)
    #expect(truth.pumpPowerKw[2] > 0)
  }

  @Test func allPumpsStoppedLeaveNoFlow() {
    #expect(running([0, 0, 0]).truth.rowFlowLpm < 1e-6)
  }

  @Test func closingEveryValveAtOnceNeverExceedsTheDeadHead() {
    var plant = running([1, 1, 1])
    var highest = 0.0
    for _ in 0..<400 {
      plant.step(
        seconds: 0.05, actuators: PlantSite.actuators(pumps: [1, 1, 1], valves: 0, fans: 0),
        conditions: PlantSite.conditions(rackKw: 0))
      highest = max(highest, plant.truth.manifoldDpKpa)
    }
    #expect(plant.truth.rowFlowLpm < 0.02 * 1248)
    #expect(highest < 320 * 1.25)
    #expect(abs(plant.truth.manifoldDpKpa - 320) < 2)
  }

  @Test func aCloggedFilterTakesFlowAndShowsInItsOwnDrop() {
    let clean = running([0.9, 0.9, 0.9])
    var clogged = clean
    var conditions = PlantSite.conditions(rackKw: 0)
    conditions.hallTemperatureC = 40
    conditions.filterClogging = 4
    clogged.settle(
      seconds: 30, actuators: PlantSite.actuators(pumps: [0.9, 0.9, 0.9], valves: 0.87, fans: 0),
      conditions: conditions)
    #expect(clogged.truth.filterDpKpa > 3 * clean.truth.filterDpKpa)
    #expect(clogged.truth.rowFlowLpm < 0.95 * clean.truth.rowFlowLpm)
  }

  @Test func oneBlockedRackLosesFlowAndItsNeighboursGainSome() {
    let clean = running([0.9, 0.9, 0.9])
    var blocked = clean
    var conditions = PlantSite.conditions(rackKw: 0)
    conditions.hallTemperatureC = 40
    conditions.rackConductance[3] = 0.3
    blocked.settle(
      seconds: 30, actuators: PlantSite.actuators(pumps: [0.9, 0.9, 0.9], valves: 0.87, fans: 0),
      conditions: conditions)
    #expect(blocked.truth.rackFlowLpm[3] < 0.5 * clean.truth.rackFlowLpm[3])
    #expect(blocked.truth.rackFlowLpm[2] > 1.01 * clean.truth.rackFlowLpm[2])
  }

  @Test func aLeakLowersLevelAndPressureUntilThePumpsDrawAir() {
    var plant = running([0.9, 0.9, 0.9])
    let before = plant.truth
    var conditions = PlantSite.conditions(rackKw: 0)
    conditions.hallTemperatureC = 40
    conditions.leakRacksLpm[2] = 4
    conditions.leakRowLpm = 2
    let actuators = PlantSite.actuators(pumps: [0.9, 0.9, 0.9], valves: 0.87, fans: 0)
    plant.settle(seconds: 180, actuators: actuators, conditions: conditions)
    // Some 6 L/min for 3 min out of a vessel of 62.4 L, more at the rack, which stands above 200 kPa.
    let lostL = (before.levelPercent - plant.truth.levelPercent) / 100 * 62.4
    #expect((17...22).contains(lostL))
    #expect(plant.truth.returnPressureKpa < before.returnPressureKpa - 20)
    #expect(abs(plant.truth.rowFlowLpm / before.rowFlowLpm - 1) < 1e-3)
    plant.settle(seconds: 600, actuators: actuators, conditions: conditions)
    #expect(plant.truth.levelPercent < 1)
    #expect(plant.truth.rowFlowLpm < 1)
  }
}
