import Testing

@testable import CoolingCore

/// CTL-100: the row model against hand calculations.
struct LoopModelTests {
  private func isNear(_ a: Double, _ b: Double, _ tolerance: Double = 1e-6) -> Bool { abs(a - b) <= tolerance * abs(b) }

  @Test func chipStandsAboveSupplyByTheResistanceOfItsPlate() {
    var rack = LoopModel.Rack()
    // 96 of 120 kW at 120 L/min: 0.8 · (16.2 + 8.4 / 1) K.
    #expect(isNear(rack.chipRise(flowLpm: 120, powerKw: 96), 19.68))
    rack.chipBiasK = 2
    rack.plateFactor = 1.1
    #expect(isNear(rack.chipRise(flowLpm: 120, powerKw: 96), 1.1 * 19.68 + 2))
    #expect(isNear(rack.flow(forChipRise: 1.1 * 19.68 + 2, powerKw: 96), 120))
    #expect(rack.flow(forChipRise: 10, powerKw: 96) == .infinity)
    #expect(rack.flow(forChipRise: 10, powerKw: 0) == 0)
  }

  @Test func flowIsWherePumpsAndLoopMeet() {
    let hydraulics = LoopModel.Hydraulics()
    // a = (320 − 250)/624² kPa/(L/min)², two pumps: a/4; loop 5.5e-5; manifold 1/100².
    let a = 70.0 / (624 * 624) / 4
    let expected = 0.8 * (320 / (a + 5.5e-5 + 1e-4)).squareRoot()
    let flow = hydraulics.flow(speed: 80, conductance: 100)
    #expect(isNear(flow, expected))
    // And back: the dP that this flow makes in the manifold needs that speed.
    #expect(isNear(hydraulics.speed(flowLpm: flow, dpKpa: (flow / 100) * (flow / 100)), 80))
  }

  @Test func racksShareTheFlowByConductanceAndValve() {
    var model = LoopModel()
    model.rackCount = 3
    model.racks[0].conductance = 20
    model.racks[1].conductance = 20
    model.racks[2].isServed = false
    var shares: PerRack<Double> = .init(repeating: 1)
    shares[1] = 0.25
    var flows: PerRack<Double> = .init(repeating: 0)
    let total = model.flows(speed: 60, valveShares: shares.span, into: &flows)
    #expect(isNear(total, model.hydraulics.flow(speed: 60, conductance: 25)))
    #expect(isNear(flows[0], 0.8 * total) && isNear(flows[1], 0.2 * total) && flows[2] == 0)
  }

  @Test func pumpsAtTheirDutyPointDrawWhatTheirPlateSays() {
    let hydraulics = LoopModel.Hydraulics()
    #expect(isNear(hydraulics.powerKw(flowLpm: 1248, speed: 100), 11))
    // By the affinity laws an eighth of the shaft power at half speed and half flow.
    let half = 11 * (0.975 / 8 + 0.01 + 0.005)
    #expect(isNear(hydraulics.powerKw(flowLpm: 624, speed: 50), half))
  }

  @Test func fanPowerIsCubicAndFewerFansTurnBelowTheLeastSpeed() {
    let coil = LoopModel.Coil()
    #expect(isNear(coil.powerKw(actuator: 100), 19.2))
    #expect(isNear(coil.powerKw(actuator: 50), 19.2 * (0.995 / 8 + 0.005)))
    #expect(isNear(coil.powerKw(actuator: 5), coil.powerKw(actuator: 10) / 2))
    #expect(coil.powerKw(actuator: 0) == 0)
  }

  @Test func coilGivesTheEffectivenessOfItsMapTimesWhatWasLearnt() {
    var model = LoopModel()
    model.coil.map = .saturating
    model.coil.factor = 0.9
    model.coil.healthy = 0.5
    // The map at full flow share and 50 %: 0.5 / (0.5 + 0.5).
    let outlet = model.coilOutlet(inletC: 52, sinkC: 27, flowLpm: 1248, actuator: 50)
    #expect(isNear(outlet, 52 - 0.9 * 0.5 * 0.5 * 25, 1e-3))
    #expect(isNear(model.coil.actuator(effectiveness: 0.225, flowLpm: 1248), 50, 0.02))
  }

  @Test func modelIsDifferentiableWhereTheRowRuns() {
    // Central differences of both widths agree: what linearises it may use either.
    let hydraulics = LoopModel.Hydraulics()
    func slope(_ h: Double) -> Double {
      (hydraulics.flow(speed: 60 + h, conductance: 90) - hydraulics.flow(speed: 60 - h, conductance: 90)) / (2 * h)
    }
    #expect(isNear(slope(0.01), slope(1), 1e-6))
    let rack = LoopModel.Rack()
    func chip(_ h: Double) -> Double {
      (rack.chipRise(flowLpm: 120 + h, powerKw: 100) - rack.chipRise(flowLpm: 120 - h, powerKw: 100)) / (2 * h)
    }
    // d/dq of P · 8.4 / q.
    #expect(isNear(chip(0.01), -100.0 * 8.4 / (120 * 120), 1e-5))
  }

  @Test func designNumbersComeFromTheSettings() {
    let model = LoopModel(.bench)
    #expect(model.rackCount == RowBench.racks && model.racks[3].designLpm == 156)
    #expect(model.hydraulics.dpMaxKpa == 200 && model.coil.designLpm == 624)
  }
}
