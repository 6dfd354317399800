import RowConfig
import RowTwin

/// One controller in one scenario.
public struct EnergyRun: Sendable {
  public var scenario: String
  public var controller: String
  public var figures: EnergyFigures
  /// Pump and fan power of each minute, kW.
  public var minutesKw: [Double] = []

  /// - Parameter loaded: the shipped row of the scenario.
  static func play(
    _ scenario: EnergyScenario, _ controller: EnergyController, _ loaded: LoadedSite,
    variant: EnergyController.Variant? = nil
  ) throws -> EnergyRun {
    let own = controller.site(from: loaded, variant)
    let plant = scenario.mismatch.plant(own.site, seed: scenario.seed)
    let row = try VirtualRow(own, seed: scenario.seed, load: scenario.load, plant: plant)
    row.twin.settle(loadPercent: 60)
    var companion = controller.companion?(own.site)
    var meter = EnergyMeter(own.site)
    let startS = EnergyScenario.commissioningS
    let cycles = Int(startS + scenario.hours * 3600)
    for second in 0..<cycles {
      let atS = Double(second) - startS
      if second % 60 == 0 {
        let sinkC = scenario.sinkC(loaded.site, atS: atS)
        row.twin.conditions.hallTemperatureC = own.site.fans == nil ? EnergyScenario.airC : sinkC
        row.twin.conditions.facilityTemperatureC = sinkC
      }
      companion?.step(row, isCommissioning: atS < 0)
      row.step()
      guard atS >= 0 else { continue }
      let setpointC = companion?.setpointC ?? row.core.rejection.working.setpoint.celsius
      meter.look(
        row.truth, row.twin.positions, setpointC: setpointC, isDown: row.core.mode != .auto, dt: 1)
    }
    return EnergyRun(
      scenario: scenario.name, controller: controller.name, figures: meter.figures, minutesKw: meter.minutesKw)
  }
}
