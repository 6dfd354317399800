import RowConfig
import RowTwin
import Testing

@testable import Trials

/// The baselines do what they are said to do, and the bound is below everybody.
@Suite struct BaselineTests {
  private static func scenario(_ load: VirtualRow.Load, hours: Double = 0.5) -> EnergyScenario {
    EnergyScenario("test", "test", load: load, seed: 5, hours: hours)
  }

  /// Least and most of each of these over a test: manifold dP, spread of flow per kW over the racks, valves, pumps.
  private struct Seen {
    var dpMinKpa = Double.infinity
    var dpMaxKpa = 0.0
    var balance = 0.0
    var valveMoves = 0.0

    mutating func look(_ row: VirtualRow, _ before: [Double]?) {
      let truth = row.truth
      dpMinKpa = min(dpMinKpa, truth.manifoldDpKpa)
      dpMaxKpa = max(dpMaxKpa, truth.manifoldDpKpa)
      let perKw = zip(truth.rackFlowLpm, row.site.racks.units).map { $0.0 / $0.1.ratedKw }
      balance = max(balance, (perKw.max() ?? 0) / max(perKw.min() ?? 1, 1e-9))
      if let before { valveMoves += zip(row.twin.positions.rackValve, before).reduce(0) { $0 + abs($1.0 - $1.1) } }
    }
  }

  private func watch(_ controller: EnergyController, _ name: String = "demo") throws -> (Seen, Site) {
    let own = controller.site(from: try Rows.site(name))
    let row = try VirtualRow(own, seed: 5, load: .aiMix)
    row.twin.settle(loadPercent: 60)
    var companion = controller.companion?(own.site)
    var seen = Seen()
    var before: [Double]?
    for second in 0..<4800 {
      companion?.step(row, isCommissioning: second < 1500)
      row.step()
      guard second >= 1800 else { continue }
      seen.look(row, before)
      before = row.twin.positions.rackValve
    }
    return (seen, own.site)
  }

  @Test(arguments: ["demo", "mixed-16"])
  func asShippedHoldsItsPressureAndItsValves(name: String) throws {
    let (seen, site) = try watch(.asShipped, name)
    #expect(abs(site.pumps.dpSetpointKpa - site.dpKpa(lpmPerKw: 1.5)) < 1e-9)
    #expect(seen.dpMinKpa > 0.95 * site.pumps.dpSetpointKpa)
    #expect(seen.dpMaxKpa < 1.05 * site.pumps.dpSetpointKpa)
    #expect(seen.valveMoves < 0.01)
    #expect(site.supply.setpointC == 40)
  }

  @Test func handBalanceGivesEveryRackTheSameFlowPerKilowatt() throws {
    let (seen, _) = try watch(.asShipped, "mixed-16")
    #expect(seen.balance < 1.15)
  }

  /// 80 kPa is what a rack needs for its design flow; 42 °C is the highest setpoint.
  @Test func designCalculationIsOfTheNamePlates() throws {
    let (seen, site) = try watch(.designed)
    #expect(abs(site.pumps.dpSetpointKpa - 86.4) < 1e-9)
    #expect(site.supply.setpointC == 41)
    #expect(seen.dpMinKpa > 82 && seen.dpMaxKpa < 91)
  }

  @Test func flowPerKilowattMovesValvesAtConstantPressure() throws {
    let (seen, site) = try watch(.flowPerKilowatt)
    #expect(seen.valveMoves > 0.1)
    #expect(seen.dpMinKpa > 0.9 * site.pumps.dpSetpointKpa)
  }

  @Test func trimAndRespondMovesThePressure() throws {
    let (seen, _) = try watch(.trimAndRespond)
    #expect(seen.dpMaxKpa - seen.dpMinKpa > 3)
  }

  /// 1.5 L/min per kW of 960 kW, with its hysteresis and whole percents.
  @Test func publishedAalcLogicHoldsNameplateFlow() throws {
    let own = try Rows.site("demo")
    let row = try VirtualRow(own, seed: 5, load: .steady(percent: 60))
    row.twin.settle(loadPercent: 60)
    var law = AalcLaw(own.site)
    for _ in 0..<3600 {
      law.step(row, isCommissioning: false)
      row.step()
    }
    #expect(abs(row.truth.rowFlowLpm - 1440) < 60)
    #expect(abs(row.truth.supplyTemperatureC - 40) < 2)
    #expect(row.truth.rackFlowLpm.allSatisfy { $0 > 150 })
    for pump in 0..<3 {
      #expect(row.core.actuation.demand.pumps[pump].speed.rounded() == row.core.actuation.demand.pumps[0].speed)
    }
  }

  /// The same steady point for all: nobody is below the bound.
  @Test(arguments: [40.0, 67, 100])
  func boundIsBelowEveryController(percent: Double) throws {
    let loaded = try Rows.site("demo")
    let scenario = Self.scenario(.steady(percent: percent), hours: 0.25)
    let bound = ClairvoyantBound.play(scenario, loaded).figures
    #expect(bound.coolingKwh > 0)
    let everybody = EnergyController.all + [.fixed(dpKpa: 40, supplyC: 42)]
    for controller in everybody {
      let run = try EnergyRun.play(scenario, controller, loaded)
      #expect(run.figures.coolingKwh >= bound.coolingKwh, "\(controller.name) at \(percent) %")
    }
  }

  /// The bound's model is the plant at rest: where the plant was run, the model is as warm and blows as much (5 %).
  @Test func boundKnowsThePlant() throws {
    let loaded = try Rows.site("demo")
    let row = try VirtualRow(loaded, seed: 5, load: .steady(percent: 80))
    row.twin.settle(loadPercent: 80)
    var companion = HandBalance(EnergyController.fixed(dpKpa: 60, supplyC: 41).site(from: loaded).site)
    for second in 0..<3600 {
      companion.step(row, isCommissioning: second < 1500)
      row.step()
    }
    let truth = row.truth
    var limits = ClairvoyantBound.limits(loaded.site)
    limits.minimumRunning = row.twin.positions.pumpSpeed.count { $0 > 0 }
    limits.valveFloor = 0.05
    let plant = SteadyPlant(row.twin.parameters, limits: limits)
    let power = truth.rackPowerKw
    let point = try #require(
      plant.point(
        supplyC: truth.supplyTemperatureC, lpmPerKw: truth.rowFlowLpm / power.reduce(0, +), powerKw: power,
        sinkC: truth.hallTemperatureC))
    #expect(abs(point.fanKw / truth.fanPowerKw.reduce(0, +) - 1) < 0.05)
    #expect(abs(point.returnC - truth.returnTemperatureC) < 0.3)
    let chips = zip(point.chipC, truth.chipTemperatureC)
    #expect(chips.allSatisfy { abs($0 - $1) < 2 })
  }

  @Test func wholeBenchmarkRunsInMiniature() throws {
    let bench = EnergyBench(
      sites: try Rows.all(), isQuick: true, dataFolder: "/nowhere", threads: 2, progress: { _ in })
    let results = try bench.run()
    let report = EnergyReport(results, committed: nil)
    for name in ["B0", "B1", "B1h", "B2", "B3", "M", "pid", "L"] {
      #expect(report.record.figures["mix-67/\(name)"] != nil, "\(name)")
    }
    #expect(report.markdown.contains("## Bad figures"))
    #expect(report.plots.map(\.name) == ["energy-day.svg", "energy-duration.svg"])
    #expect(report.regressions(from: report.record).isEmpty)
  }
}
