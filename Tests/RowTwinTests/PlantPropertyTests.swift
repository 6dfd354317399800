import Glibc
import RowConfig
import Testing

@testable import RowTwin

@Suite struct PlantPropertyTests {
  private func temperatures(_ truth: PlantTruth) -> [Double] {
    [truth.supplyTemperatureC, truth.returnTemperatureC, truth.coilAirOutC, truth.facilityReturnTemperatureC]
      + truth.rackReturnTemperatureC + truth.chipTemperatureC
  }

  private func amounts(_ truth: PlantTruth) -> [Double] {
    [truth.rowFlowLpm, truth.manifoldDpKpa, truth.filterDpKpa, truth.levelPercent, truth.facilityFlowLpm]
      + truth.rackFlowLpm + truth.pumpFlowLpm + truth.pumpPowerKw + truth.fanPowerKw + truth.rackPowerKw
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func nothingLeavesItsPhysicalRangeWhateverTheActuatorsDo(seed: UInt64) {
    let site = seed.isMultiple(of: 2) ? PlantSite.liquidToAir() : PlantSite.facilityWater()
    var random = SeededRandom(seed: seed)
    var plant = Plant(site: site, parameters: PlantParameters(site: site, seed: seed, spread: 2))
    var actuators = PlantSite.actuators(pumps: [0, 0, 0], valves: 0, fans: 0)
    var conditions = PlantSite.conditions(rackKw: 0)
    func anything(_ top: Double = 1) -> Double {
      [0, top, random.uniform(0, top)][Int(random.uniform(0, 3))]
    }
    for step in 0..<3000 {
      if step.isMultiple(of: 10) {
        actuators.pumpSpeed[Int(random.uniform(0, 3))] = anything(1.2)
        actuators.rackValve = actuators.rackValve.map { _ in anything() }
        actuators.fanSpeed = actuators.fanSpeed.map { _ in anything() }
        actuators.facilityValve = anything()
        conditions.rackPowerKw = conditions.rackPowerKw.map { _ in anything(130) }
        conditions.pumpHead[0] = anything()
        conditions.coilConductance[0] = anything()
        conditions.rackConductance[0] = anything()
        conditions.filterClogging = 1 + anything(20)
        conditions.facilityPressure = anything()
        conditions.leakRowLpm = step > 2000 ? 30 : 0
      }
      plant.step(seconds: random.uniform(0.05, 0.5), actuators: actuators, conditions: conditions)
      let truth = plant.truth
      #expect(temperatures(truth).allSatisfy { (20...125).contains($0) }, "step \(step)")
      #expect(amounts(truth).allSatisfy { $0.isFinite && $0 >= 0 }, "step \(step)")
      #expect(abs(truth.pumpFlowLpm.reduce(0, +) - truth.rowFlowLpm) < 1e-6 * max(truth.rowFlowLpm, 1))
      #expect(abs(truth.rackFlowLpm.reduce(0, +) - truth.rowFlowLpm) < 1e-6 * max(truth.rowFlowLpm, 1))
    }
  }

  @Test func shortAndLongStepsTellTheSameStory() {
    var short = PlantSite.nominal(at: 40)
    let actuators = PlantSite.actuators(pumps: [0.87, 0.87, 0.87], valves: 0.87, fans: 0.83)
    var conditions = PlantSite.conditions(rackKw: 80)
    short.settle(actuators: actuators, conditions: conditions)
    var long = short
    for second in 0..<300 {
      if second == 30 { conditions.rackPowerKw = Array(repeating: 120, count: 8) }
      for _ in 0..<20 { short.step(seconds: 0.05, actuators: actuators, conditions: conditions) }
      for _ in 0..<2 { long.step(seconds: 0.5, actuators: actuators, conditions: conditions) }
      #expect(abs(short.truth.supplyTemperatureC - long.truth.supplyTemperatureC) < 0.1)
      #expect(abs(short.truth.chipTemperatureC[0] - long.truth.chipTemperatureC[0]) < 0.5)
    }
  }

  @Test func theSameSeedBuildsTheSamePlantAndAnotherSeedAnother() {
    let site = PlantSite.liquidToAir()
    #expect(PlantParameters(site: site, seed: 5) == PlantParameters(site: site, seed: 5))
    #expect(PlantParameters(site: site, seed: 5) != PlantParameters(site: site, seed: 6))
    #expect(PlantParameters(site: site, seed: 5, spread: 0) == PlantParameters(site: site, seed: 6, spread: 0))
  }

  @Test func everySeedVariesPumpsResistancesConductancesAndVolumesWithinTheirRanges() {
    let site = PlantSite.liquidToAir()
    let nominal = PlantParameters(site: site, seed: 0, spread: 0)
    func numbers(_ plant: PlantParameters) -> [Double] {
      guard case .coils(let coils) = plant.rejection else { return [] }
      let (pump, rack, coil, loop) = (plant.pumps[0], plant.racks[0], coils[0], plant.loop)
      return [
        pump.shutoffKpa, pump.curveKpa, pump.bestFlowLpm, pump.efficiencyMax, rack.platesDpKpa, rack.valveDpKpa,
        rack.liquidShare, rack.plateResistance, rack.metalKjPerK, rack.inletVolumeL, rack.plateVolumeL,
        rack.outletVolumeL, coil.flowShare, coil.liquidKwPerK, coil.airKwPerK, coil.airCapacityKwPerK,
        coil.thermalMassKjPerK, loop.headerDpKpa, loop.filterDpKpa, loop.rejectionDpKpa, loop.supplyPipeL,
        loop.returnPipeL, loop.headerSegmentL, loop.reservoirL, loop.rejectionL, loop.inertanceKpaSPerLpm,
      ]
    }
    for seed in 1...20 as ClosedRange<UInt64> {
      for (mine, plain) in zip(numbers(PlantParameters(site: site, seed: seed)), numbers(nominal)) {
        #expect(mine != plain && (0.8...1.2).contains(mine / plain))
      }
    }
  }

  @Test func theExponentialIsThatOfTheMathematicsLibrary() {
    for step in 0...7100 {
      let x = Double(step) / 10
      #expect(abs(Exponential.decay(x) - exp(-x)) <= 1e-9 * exp(-x) + 1e-300)
    }
  }

  @Test func theRandomSourceIsTheReferenceGenerator() {
    // xoshiro256** from SplitMix64(42), computed with an independent program.
    var random = SeededRandom(seed: 42)
    #expect(random.next() == 1_546_998_764_402_558_742)
    #expect(random.next() == 6_990_951_692_964_543_102)
  }

  @Test func dewPointMatchesPsychrometricTables() {
    var plant = PlantSite.nominal()
    var conditions = PlantSite.conditions(rackKw: 0)
    conditions.hallTemperatureC = 25
    conditions.hallHumidityPercent = 50
    plant.step(
      seconds: 0.1, actuators: PlantSite.actuators(pumps: [0, 0, 0], valves: 0, fans: 0), conditions: conditions)
    #expect(abs(plant.truth.hallDewPointC - 13.9) < 0.1)
  }
}
