import CoolingCore
import RowAPI

/// Says why an actuator stands where it does, in sentences with numbers, from the working of the last cycle.
struct Explainer {
  let report: StateReport

  init(report: StateReport) {
    self.report = report
  }

  /// One line: who determined the value, and by what.
  func headline(_ actuator: Actuator) -> String {
    switch report.core.actuation.owner(of: actuator) {
    case .takeOver: return "as found; nothing is driven yet"
    case .shutdown: return "left safe at shutdown, or the row is off"
    case .operatorOverride: return "overridden by an operator"
    case .safeguard: return safeguardReason(actuator)
    case .startUp: return "starting: waiting for flow and supply temperature"
    case .control: return lawName(actuator)
    }
  }

  func explain(_ actuator: Actuator) -> Explanation {
    var lines = [headline(actuator)]
    switch actuator {
    case .pump where report.roles.unit != nil, .facilityValve where report.roles.unit != nil:
      lines += unit(actuator)
    case .pump(let i): lines += pump(i)
    case .rackValve(let i): lines += rackValve(i)
    case .fan, .facilityValve: lines += rejection()
    case .coilValve(let i): lines.append(coilValve(i))
    }
    if case .coilValve = actuator {} else { lines += ControlText(report: report).because }
    if let lease = report.core.overrides[actuator] {
      let own = report.roles.unit?.scale(of: actuator)
      let value = "\(number(own?.scale.value(of: lease.value) ?? lease.value)) \(own?.unit.rawValue ?? "%")"
      lines.append("override \(value) for another \(number(lease.remainingS)) s")
    }
    return Explanation(actuator: report.actuator(actuator), because: lines)
  }

  private func lawName(_ actuator: Actuator) -> String {
    switch actuator {
    case .pump where report.roles.unit != nil: "told the flow that the racks need"
    case .facilityValve where report.roles.unit != nil: "told the supply setpoint"
    case .pump: report.site.pumps.control == .flow ? "holds row flow" : "holds manifold dP"
    case .rackValve: "holds rack flow"
    case .fan, .facilityValve:
      report.core.guide.commands == .mpc ? "follows the plan for supply temperature" : "holds supply temperature"
    case .coilValve: "open: nothing to isolate"
    }
  }

  /// The actuator's own interlock where it has one, else the row's first-out.
  private func safeguardReason(_ actuator: Actuator) -> String {
    let own: CauseInstance? =
      switch actuator {
      case .pump(let i):
        Self.pumpCauses.first { report.core.interlocks.isActive($0, i) }.map { .init(cause: $0, index: i) }
      case .rackValve(let i):
        Self.rackCauses.first { report.core.interlocks.isActive($0, i) }.map { .init(cause: $0, index: i) }
      case .fan, .facilityValve, .coilValve: nil
      }
    if let leak = isolatingCause(actuator) { return "isolated by \(leak.text); reset it to open it again" }
    guard let cause = own ?? report.core.interlocks.firstOut else {
      return report.core.mode == .tripped ? "the row is tripped" : "a floor of the safeguards"
    }
    return "interlock \(CauseAndEffect.definition(of: cause.cause).id)" + (cause.subject.map { " on \($0)" } ?? "")
  }

  private func isolatingCause(_ actuator: Actuator) -> CauseInstance? {
    switch actuator {
    case .rackValve(let i) where report.core.isolation.racks[i]: CauseInstance(cause: .rackLeak, index: i)
    case .fan(let i) where report.core.isolation.coils[i], .coilValve(let i) where report.core.isolation.coils[i]:
      CauseInstance(cause: .coilLeak, index: i)
    case .rackValve, .fan, .coilValve, .pump, .facilityValve: nil
    }
  }

  /// A rack's permit: given, or withheld and by what.
  func explainPermit(rack: Int) -> Explanation {
    let isGiven = report.core.actuation.demand.permits[rack]
    let reason = isGiven ? "the rack may draw power" : withheld(rack)
    return Explanation(
      actuator: ActuatorState(
        role: "rack.\(rack + 1).permit", tag: report.roles.tag("rack.\(rack + 1).permit"), demand: isGiven ? 1 : 0,
        unit: "", owner: isGiven ? .control : .safeguard, reason: reason),
      because: [reason])
  }

  /// The causes that withhold a rack's permit, its own first; else the row's mode does.
  private func withheld(_ rack: Int) -> String {
    var own: [String] = []
    var rows: [String] = []
    report.core.interlocks.forEach(report.core.settings) { cause, index, state in
      guard state.isActive else { return }
      let text = CauseInstance(cause: cause, index: index).text
      switch CauseAndEffect.definition(of: cause).effect {
      case .withdrawPermit, .isolateRack: if index == rack { own.append(text) }
      case .withdrawPermits, .shutDown, .isolateRow, .stopPumps: rows.append(text)
      default: break
      }
    }
    let causes = own + rows
    guard causes.isEmpty else { return "permit withheld by \(causes.joined(separator: ", "))" }
    if report.core.mode == .auto { return waiting(rack) }
    return "permit withheld until the row is in auto; it is \(report.core.mode.wire(isOverridden: false).rawValue)"
  }

  private func waiting(_ rack: Int) -> String {
    let stands =
      report.core.measurements.racks[rack].valvePosition.value?.percent ?? report.core.actuation.demand.rackValves[rack]
    return "permit withheld until the rack's valve stands at \(number(report.core.settings.rackFlow.valveFloor)) %; "
      + "it stands at \(number(stands)) %"
  }

  private static let pumpCauses: [Cause] = [.pumpFault, .pumpNotRunning, .pumpSilent, .pumpNotRemote]
  private static let rackCauses: [Cause] = [.rackFlowLow, .rackFlowLost]

  private func pump(_ i: Int) -> [String] {
    let group = report.core.pumpGroup.working
    let change = group.isHandingOver ? ", one is being handed over" : ""
    var lines = [
      "\(group.wanted) of \(report.core.settings.pumpCount) pumps wanted, lead is pump.\(group.lead + 1)\(change); "
        + "it has run \(number(report.core.pumpGroup.runHours[i])) h"
    ]
    lines.append(terms(group.pid, report.site.pumps.control == .flow ? "L/min" : "kPa"))
    if report.core.settings.pumps.control == .differentialPressure {
      lines.append(
        report.core.guide.dp == nil
          ? "dP setpoint \(number(group.dpSetpoint.kilopascals)) kPa, trimmed until the most-open rack valve stands at "
            + "\(number(report.core.settings.pumps.mostOpenValve)) %"
          : "dP setpoint \(number(group.dpSetpoint.kilopascals)) kPa, as the racks' flows and chips need it")
    }
    for cause in Self.pumpCauses where report.core.interlocks.isActive(cause, i) {
      lines.append("out of service: \(CauseAndEffect.definition(of: cause).text)")
    }
    return lines
  }

  /// What the unit is told, what it does, and what its target comes from.
  private func unit(_ actuator: Actuator) -> [String] {
    guard let unit = report.unit else { return [] }
    let (flow, temperature) = (number(unit.flowTargetLpm), number(unit.temperatureTargetC))
    if case .pump = actuator {
      let racks = 0..<report.core.settings.rackCount
      let needed = racks.reduce(0) { $0 + report.core.rackFlow.setpoints[$1].litresPerMinute }
      let measured = unit.flowLpm.map { "\(number($0)) L/min" } ?? "no measurement"
      return [
        "flow target \(flow) L/min, measured \(measured); the racks' setpoints add up to \(number(needed)) L/min, the "
          + "target is never below their floors"
      ]
        + Self.pumpCauses.filter { report.core.interlocks.isActive($0, 0) }.map { cause in
          let definition = CauseAndEffect.definition(of: cause)
          return "not relied on: \(report.unitWords?.text(of: definition, cause).text ?? definition.text.description)"
        }
    }
    let held = unit.heldTemperatureTargetC.map { "\(number($0)) °C" } ?? "no target that is known"
    let working = report.core.rejection.working
    return [
      "temperature target \(temperature) °C, the unit holds \(held); setpoint \(number(working.setpoint.celsius)) °C"
        + (working.isRaisedByDewPoint ? ", raised to stay clear of the dew point" : "")
    ]
  }

  private func rackValve(_ i: Int) -> [String] {
    let heat = report.core.estimate.racks[i].heat.kilowatts
    let isWithheld = report.core.settings.hasPermit[i] && !report.core.actuation.demand.permits[i]
    let leastLpm = report.core.guide.leastLpm[i]
    let least = leastLpm > 0 ? ", its chips for \(number(leastLpm)) L/min at least" : ""
    return (isWithheld ? [withheld(i)] : []) + [
      "rack heat \(number(heat)) kW (filtered, peak-held) at \(number(report.core.guide.flowPerKw)) L/min "
        + "per kW\(least) asks for \(number(report.core.rackFlow.setpoints[i].litresPerMinute)) L/min",
      terms(report.core.rackFlow.working(i), "L/min"),
    ]
  }

  private func rejection() -> [String] {
    let working = report.core.rejection.working
    var lines = [terms(working.pid, "°C")]
    lines.append(
      "coil outlet asked for \(number(working.outlet.celsius)) °C, effectiveness needed "
        + "\(number(100 * working.effectiveness)) %")
    if working.isRaisedByDewPoint {
      lines.append("setpoint raised to \(number(working.setpoint.celsius)) °C to stay clear of the dew point")
    }
    return lines
  }

  private func coilValve(_ i: Int) -> String {
    let position = report.core.measurements.fans[i].valvePosition.value.map { "\(number($0.percent)) %" } ?? "not known"
    return
      "sent \(number(report.core.actuation.demand.coilValves[i])) %, position \(position); shut only against a leak"
  }

  private func terms(_ w: PID.Working, _ unit: String) -> String {
    let measured = w.measurement.map { "\(number($0)) \(unit)" } ?? "no measurement"
    let limit = w.limit.text.map { ", at its \($0) limit" } ?? ""
    return "setpoint \(number(w.setpoint)) \(unit), measured \(measured): P \(number(w.proportional)), "
      + "I \(number(w.integral)), D \(number(w.derivative)), output \(number(w.output))\(limit)"
  }
}

/// Two decimals at most, without trailing zeros.
func number(_ value: Double) -> String {
  let hundredths = (value * 100).rounded()
  guard hundredths.magnitude < 1e15 else { return "\(value)" }
  let whole = Int(hundredths)
  let fraction = String((whole.magnitude % 100) + 100).dropFirst()
  let sign = whole < 0 ? "-" : ""
  if fraction == "00" { return "\(sign)\(whole.magnitude / 100)" }
  return "\(sign)\(whole.magnitude / 100).\(fraction.hasSuffix("0") ? fraction.dropLast() : fraction)"
}
