import CoolingCore
import RowAPI
import RowConfig

/// The layers above the control loops, in words and on the wire.
struct ControlText {
  let report: StateReport
  private var guide: SetpointGuide { report.core.guide }

  var state: ControlState {
    let guide = guide
    let learnt = guide.observer.maintenance
    let chips = (0..<report.core.settings.rackCount).compactMap { report.core.estimate.racks[$0].chip.value?.celsius }
    return ControlState(
      mode: guide.layers.commands.name, layer: guide.commands.name, reason: guide.reason.text,
      shadow: guide.layers.shadow?.name ?? "none", optimum: guide.optimiser.result.map(OptimumState.init),
      prediction: guide.predictive.plan.map(PredictionState.init), because: because, savedKwh: guide.savedKwh,
      chipMeanC: chips.isEmpty ? nil : chips.reduce(0, +) / Double(chips.count),
      model: ModelState(
        health: guide.observer.health.text, coilInnovationK: guide.observer.coilInnovationK,
        coilFactor: learnt.coilFactor, loopFactor: learnt.loopFactor, filterShare: learnt.filterShare,
        pumpPowerFactor: learnt.pumpPowerFactor, fanPowerFactor: learnt.fanPowerFactor, heatFactor: learnt.heatFactor,
        racks: (0..<guide.model.rackCount).map { i in
          RackModelState(
            chipBiasK: guide.model.racks[i].chipBiasK, marginK: guide.model.racks[i].marginK,
            doubted: guide.observer.chips[i].isDoubted)
        }))
  }

  /// Who commands, what the optimum is, what holds it, and what a kelvin is worth.
  var because: [String] {
    var lines = [layer]
    guard let result = guide.optimiser.result else { return lines }
    let best = result.best
    lines.append(
      "the optimum is \(number(best.supplyC)) °C supply, \(number(best.flowPerKw)) L/min per kW and "
        + "\(number(best.dpKpa)) kPa: \(number(best.powerKw)) kW of pumps and fans, the constants would take "
        + "\(number(result.constants.powerKw)) kW")
    lines.append("\(rack(best.tightest))'s \(best.reason.text) holds the flow" + price(ofChip: result))
    lines.append(supply(result))
    if let plan = guide.predictive.plan { lines += foresight(plan) }
    if best.shortfall > 0 { lines.append("not every limit can be kept: the row is short of flow, pressure or coils") }
    return lines
  }

  private var layer: String {
    let shadow = guide.layers.shadow.map { "; \($0.name) runs in shadow" } ?? ""
    let what = guide.commands == .mpc ? "gives the setpoints and the fans' speed" : "gives the setpoints"
    return "\(guide.commands.name) \(what): \(guide.reason.text)\(shadow)"
  }

  /// What is planned for the next minute, and which limits it meets.
  private func foresight(_ plan: PredictiveLaw.Plan) -> [String] {
    let last = PredictionState.stages - 1
    func way(_ values: InlineArray<20, Double>) -> String { "\(number(values[0])) to \(number(values[last]))" }
    let isAir = report.site.fans != nil
    var lines = [
      "in the next minute: supply \(way(plan.supplyC)) °C, hottest chip \(way(plan.chipC)) °C, "
        + "\(isAir ? "fans" : "facility valve") \(way(plan.actuators)) %, manifold dP \(way(plan.dpsKpa)) kPa; "
        + "it comes to rest at \(number(plan.restingKw)) kW"
    ]
    if plan.chipWPerK >= 1 {
      lines.append(
        "\(rack(plan.dearestRack))'s chip limit is met on the way; one kelvin of it is worth \(watts(plan.chipWPerK))")
    }
    if plan.supplyWPerK.magnitude >= 1 {
      let bound = plan.supplyWPerK > 0 ? "highest" : "lowest"
      lines.append("the supply's \(bound) is met on the way; one kelvin is worth \(watts(plan.supplyWPerK.magnitude))")
    }
    if plan.dpHeld != 0 { lines.append("manifold dP is held at its \(plan.dpHeld > 0 ? "most" : "least")") }
    if plan.actuatorHeld != 0 {
      let end = plan.actuatorHeld > 0 ? "most" : "least"
      lines.append("\(isAir ? "the fans are" : "the facility valve is") held at \(end) or at full slew")
    }
    return lines
  }

  private func price(ofChip result: Optimiser.Result) -> String {
    result.chipWPerK >= 1 ? "; one kelvin of that limit is worth \(watts(result.chipWPerK)) now" : ""
  }

  private func supply(_ result: Optimiser.Result) -> String {
    let isWorth = result.supplyWPerK >= 0
    let worth = "one kelvin \(isWorth ? "warmer" : "colder") would save \(watts(result.supplyWPerK.magnitude)) now"
    switch result.supplyBound {
    case .none:
      return "no limit holds the supply temperature: one kelvin either way saves nothing"
    case .setpointMin: return "setpoint_min_c holds the supply temperature; \(worth)"
    case .setpointMax: return "setpoint_max_c holds the supply temperature; \(worth)"
    case .dewPoint: return "the dew point and its margin hold the supply temperature; \(worth)"
    case .fullLoad:
      return "what full load would need at once holds the supply temperature; \(worth)"
    }
  }

  private func rack(_ i: Int) -> String { "rack \(report.site.racks.units[i].name)" }
  private func watts(_ value: Double) -> String { "\(number(value.rounded())) W" }
}

extension OptimumState {
  init(_ result: Optimiser.Result) {
    self.init(
      supplyC: result.best.supplyC, flowPerKwLpm: result.best.flowPerKw, dpKpa: result.best.dpKpa,
      flowLpm: result.best.flowLpm, pumpPowerKw: result.best.pumpKw, fanPowerKw: result.best.fanKw,
      constantsPowerKw: result.constants.powerKw, supplyWPerK: result.supplyWPerK, chipWPerK: result.chipWPerK,
      feasible: result.best.shortfall == 0)
  }
}

extension PredictionState {
  /// A minute of the plan.
  static let stages = 15

  init(_ plan: PredictiveLaw.Plan) {
    func minute(_ values: InlineArray<20, Double>) -> [Double] { (0..<Self.stages).map { values[$0] } }
    self.init(
      stepS: PredictiveLaw.stageS, supplyC: minute(plan.supplyC), chipC: minute(plan.chipC),
      actuatorPercent: minute(plan.actuators), dpKpa: minute(plan.dpsKpa), restingPowerKw: plan.restingKw,
      chipWPerK: plan.chipWPerK, supplyWPerK: plan.supplyWPerK)
  }
}

extension ControlLayer {
  var name: String {
    switch self {
    case .pid: "pid"
    case .optimiser: "pid+optimiser"
    case .mpc: "mpc"
    }
  }

  init(named name: String) throws(RowError) {
    switch name {
    case ControlLayer.pid.name: self = .pid
    case ControlLayer.optimiser.name: self = .optimiser
    case ControlLayer.mpc.name: self = .mpc
    default:
      let layers: [ControlLayer] = [.pid, .optimiser, .mpc]
      throw .unknownName(name, nearest: nearest(to: name, among: layers.map(\.name)))
    }
  }
}

extension SetpointGuide.Reason {
  var text: String {
    switch self {
    case .asked: "as the site file or a person asks"
    case .preparing: "the optimum is not ready: it needs a minute of good measurements"
    case .notInAuto: "the row is not in auto"
    case .interlocked: "an interlock drives the row"
    case .measurementLost: "a measurement that the optimum rests on is not good"
    case .modelPoor: "the row does not do what its model says"
    case .handingOver: "a pump comes or goes"
    case .overridden: "a person holds an actuator"
    case .notSolved: "the prediction has no answer"
    }
  }
}

extension LoopObserver.Health {
  var text: String {
    switch self {
    case .good: "good"
    case .coilsOff: "the coils do not do what the model says"
    case .chipsOff: "most chip sensors do not say what the model does"
    }
  }
}

extension OperatingPoint.FlowReason {
  fileprivate var text: String {
    switch self {
    case .heat: "heat at the flow per kW"
    case .floor: "flow floor"
    case .valveFloor: "valve floor"
    case .chip: "chip limit"
    case .loadStep: "reserve for a step to rated power"
    }
  }
}
