import Testing

@testable import CoolingCore

/// CTL-101 … CTL-104, CTL-117: what the observer corrects, what it refuses, and what it says of wear.
struct LoopObserverTests {
  /// A row of two racks whose observer hears what a test plants.
  private struct Plant {
    var observer = LoopObserver()
    var model = LoopModel()
    var racks: PerRack<Measurements.Rack> = .init(repeating: Measurements.Rack())
    var estimates: PerRack<RowEstimate.Rack> = .init(repeating: RowEstimate.Rack())
    var inputs = LoopObserver.Inputs(
      supply: Reading(Temperature(celsius: 40), .good), returned: Reading(Temperature(celsius: 50), .good),
      sink: Reading(Temperature(celsius: 27), .good), flow: Reading(Flow(litresPerMinute: 240), .good), actuator: 50,
      heatShare: 0.8, isFrozen: false, pumpSpeed: 60, pumpPowerKw: nil, fanPowerKw: nil,
      filterDp: .absent, filterDpHigh: 60, designLpm: 312)

    init() {
      model.rackCount = 2
      model.coil.map = .saturating
      model.coil.designLpm = 312
      for i in 0..<2 {
        estimates[i].flow = Reading(Flow(litresPerMinute: 120), .good)
        estimates[i].power = Reading(Power(kilowatts: 96), .good)
      }
      set(chip: 0, 40 + 19.68)
    }

    mutating func set(chip i: Int, _ celsius: Double) {
      racks[i].chipTemperature = Reading(Temperature(celsius: celsius), .good)
    }

    /// Coils that do what the model says, times `factor`.
    mutating func setCoils(factor: Double) {
      let effectiveness = factor * model.coil.map.effectiveness(actuator: 50, flowShare: 240.0 / 312)
      let returned = inputs.returned.value?.celsius ?? 0
      inputs.supply.value = Temperature(celsius: returned - effectiveness * (returned - 27))
    }

    mutating func step(_ seconds: Int) {
      let soft: PerRack<SoftSensors.Rack> = .init(repeating: SoftSensors.Rack())
      let design = Settings.Model()
      for _ in 0..<seconds {
        observer.step(
          inputs, racks: racks.span, estimates: estimates.span, soft: soft.span, as: design, &model, dt: 1)
      }
    }
  }

  // CTL-102
  @Test func chipBiasConvergesToAPlantedOne() {
    var plant = Plant()
    plant.set(chip: 0, 40 + 19.68 + 3)
    plant.step(900)
    #expect(abs(plant.model.racks[0].chipBiasK - 3) < 0.02)
    #expect(abs(plant.observer.chips[0].innovationK) < 0.02)
  }

  // CTL-101
  @Test func marginIsFourKelvinWithoutTelemetryAndEarnedWithIt() {
    var plant = Plant()
    #expect(plant.model.racks[0].marginK == 4)
    plant.step(50)
    #expect(plant.model.racks[0].marginK == 4)
    plant.step(3000)
    #expect(plant.model.racks[0].marginK < 1.1)
    #expect(plant.model.racks[1].marginK == 4)
    plant.racks[0].chipTemperature = Reading(nil, .bad(.communication))
    plant.step(1)
    #expect(plant.model.racks[0].marginK == 4)
  }

  // CTL-101
  @Test func chipThatIsHardToPredictKeepsMoreMargin() {
    var plant = Plant()
    for cycle in 0..<1200 {
      plant.set(chip: 0, 40 + 19.68 + (cycle % 2 == 0 ? 1 : -1))
      plant.step(1)
    }
    // Plus and minus 1 K: σ = 1 K.
    #expect(abs(plant.model.racks[0].marginK - 3) < 0.15)
  }

  // CTL-102: a sensor that reads low must not heat its chip.
  @Test func biasLowersAChipByThreeKelvinAtMost() {
    var plant = Plant()
    plant.set(chip: 0, 40 + 19.68 - 6)
    plant.step(2000)
    #expect(plant.model.racks[0].chipBiasK == -3)
  }

  // CTL-103
  @Test(arguments: [-15.0, 25.0])
  func lyingChipSensorIsRefused(off: Double) {
    var plant = Plant()
    plant.step(2000)
    plant.set(chip: 0, 40 + 19.68 + off)
    plant.step(29)
    #expect(!plant.observer.chips[0].isDoubted)
    plant.step(3)
    #expect(plant.observer.chips[0].isDoubted)
    #expect(plant.model.racks[0].marginK == 4)
    #expect(plant.model.racks[0].chipBiasK > -0.1)
    // All of its kind: the model is poor, nothing rests on it.
    #expect(plant.observer.health == .chipsOff)
    plant.set(chip: 0, 40 + 19.68)
    plant.step(32)
    #expect(!plant.observer.chips[0].isDoubted && plant.observer.health == .good)
  }

  // CTL-104
  @Test func coilFactorConvergesToAPlantedOne() {
    var plant = Plant()
    plant.setCoils(factor: 0.85)
    plant.step(4000)
    #expect(abs(plant.model.coil.factor - 0.85) < 0.002)
    #expect(plant.observer.health == .good)
    #expect(abs(plant.observer.coilInnovationK) < 0.1)
  }

  // CTL-104
  @Test func nothingIsLearntWhereTheModelCannotBeSeen() {
    func factor(after change: (inout Plant) -> Void) -> Double {
      var plant = Plant()
      plant.setCoils(factor: 0.8)
      change(&plant)
      plant.step(600)
      return plant.model.coil.factor
    }
    #expect(factor { $0.inputs.heatShare = 0.15 } == 1)
    #expect(factor { $0.inputs.isFrozen = true } == 1)
    #expect(factor { $0.inputs.actuator = nil } == 1)
    #expect(factor { $0.inputs.actuator = 100 } == 1)
    #expect(factor { $0.inputs.supply.quality = .uncertain(.frozen) } == 1)
    #expect(factor { _ in } < 0.95)
  }

  // CTL-104
  @Test func coilsThatStayFarFromTheModelMakeItPoor() {
    var plant = Plant()
    plant.setCoils(factor: 0.3)
    plant.step(600)
    #expect(plant.model.coil.factor >= 0.6)
    #expect(plant.observer.health == .coilsOff)
  }

  // CTL-117
  @Test func wearIsReportedAgainstNamePlates() {
    var plant = Plant()
    let rated = plant.model.hydraulics.powerKw(flowLpm: 240, speed: 60)
    plant.inputs.pumpPowerKw = 1.2 * rated
    plant.inputs.filterDp = Reading(Pressure(kilopascals: 18), .good)
    plant.step(6000)
    let found = plant.observer.maintenance
    #expect(abs(found.pumpPowerFactor - 1.2) < 0.01)
    // 18 kPa at 240 of 312 L/min, of 60 kPa.
    #expect(abs((found.filterShare ?? 0) - 0.507) < 0.001)
    plant.inputs.pumpPowerKw = 100 * rated
    plant.step(60000)
    #expect(plant.observer.maintenance.pumpPowerFactor == 2)
  }
}
