import RowAPI

/// A state as text for a terminal 80 columns wide: the row, its alarms, then its equipment.
struct StatusText {
  /// Columns of the narrowest terminal this is made for.
  static let columns = 80

  private let state: RowState
  private let style: Style

  init(_ state: RowState, style: Style) {
    self.state = state
    self.style = style
  }

  var lines: [String] {
    var lines = heading + balance
    let alarms = state.alarms.filter { !$0.state.isHidden }
    if !alarms.isEmpty { lines += [""] + AlarmText(alarms, style: style).lines }
    if !state.history.recording, let trouble = state.history.trouble {
      lines += ["", style.paint(trimmed("no history is recorded: \(trouble)".left(Self.columns)), .yellow)]
    }
    if let trouble = state.recorder.trouble {
      lines += ["", style.paint(trimmed("no cycle is recorded: \(trouble)".left(Self.columns)), .yellow)]
    }
    if !overrides.isEmpty { lines += [""] + overrides }
    if !bypasses.isEmpty { lines += [""] + bypasses }
    if let unit = state.coolingUnit { lines += [""] + coolingUnit(unit) }
    if !state.pumps.isEmpty { lines += [""] + pumps }
    if !state.racks.isEmpty { lines += [""] + racks }
    if !state.fans.isEmpty { lines += [""] + fans }
    if !setUp.isEmpty { lines += [""] + setUp }
    if !instruments.isEmpty { lines += [""] + instruments }
    return lines
  }

  /// One line for a log or a pipe.
  static func line(_ state: RowState) -> String {
    let running = state.pumps.count { $0.running == true }
    let pumps = state.pumps.isEmpty ? "–" : "\(running)/\(state.pumps.count)"
    let alarms = state.alarms.count { !$0.state.isHidden }
    return [
      "\(clock(state.time)) \(state.mode.rawValue)",
      "supply \(Figure.text(state.supplyC)) °C", "setpoint \(Figure.text(state.effectiveSetpointC)) °C",
      "flow \(Figure.text(state.flowLpm)) L/min", "dp \(Figure.text(state.dpKpa)) kPa",
      "heat \(Figure.text(state.heatKw)) kW", "pumps \(pumps)", "alarms \(alarms)",
    ].joined(separator: "  ")
  }

  /// The time of day in an RFC 3339 time.
  static func clock(_ time: String) -> String { String(time.dropFirst(11).prefix(8)) }

  private var heading: [String] {
    let mode = state.mode.rawValue.uppercased()
    let time = "\(state.time.prefix(10)) \(Self.clock(state.time)) UTC"
    let title = "\(state.row.left(min(state.row.count, 24)))  \(style.paint(mode, colour(of: state.mode)))"
    let width = min(state.row.count, 24) + 2 + mode.count
    return [title + time.right(Self.columns - width)] + state.modeReason.wrapped(Self.columns - 2).map { "  " + $0 }
  }

  private func colour(of mode: Mode) -> Style.Colour {
    switch mode {
    case .auto: .green
    case .tripped: .red
    case .off, .standby, .starting, .manual, .shutdown: .yellow
    }
  }

  private var balance: [String] {
    func figure(_ name: String, _ value: Double?, _ unit: String) -> String {
      name.left(11) + Figure.text(value).right(7) + " " + unit.left(5)
    }
    func row(_ parts: String...) -> String { trimmed(parts.joined(separator: "  ")) }
    let limited = state.effectiveSetpointC != state.setpointC && state.control.layer == "pid"
    let wanted = limited ? ["  setpoint raised from \(Figure.text(state.setpointC)) °C for the dew point"] : []
    return [
      "",
      row(
        figure("supply", state.supplyC, "°C"), figure("flow", state.flowLpm, "L/min"),
        figure("heat", state.heatKw, "kW")),
      row(
        figure("setpoint", state.effectiveSetpointC, "°C"), figure("dP", state.dpKpa, "kPa"),
        figure("pump power", state.pumpPowerKw, "kW")),
      row(
        figure("return", state.returnC, "°C"), figure("hottest", state.chipHottestC, "°C"),
        figure("fan power", state.fanPowerKw, "kW")),
      row(figure("dew point", state.dewPointC, "°C")),
    ] + wanted + layer
  }

  /// Said only where the constants do not command alone.
  private var layer: [String] {
    let control = state.control
    guard control.mode != "pid" || control.shadow != "none" else { return [] }
    let isShadow = control.layer == "pid" && control.mode == "pid"
    let saves = control.optimum.map { Figure.text($0.constantsPowerKw - $0.pumpPowerKw - $0.fanPowerKw) }
    let worth = saves.map { isShadow ? "; \(control.shadow) would save \($0) kW" : ", which saves \($0) kW" } ?? ""
    let words = "\(control.layer) gives the setpoints" + worth
    let why = control.layer == control.mode ? "" : ": \(control.reason)"
    return (words + why).wrapped(Self.columns - 2).map { "  " + $0 }
  }

  private func coolingUnit(_ unit: CoolingUnitState) -> [String] {
    let notes = [
      unit.fault == true ? "FAULT" : nil, unit.remote == false ? "in local" : nil,
      unit.stoppable ? nil : "stopped by hand only",
    ]
    let running = unit.running.map { $0 ? "cooling" : "not cooling" } ?? "unknown"
    let flow = "\(Figure.text(unit.flowLpm))/\(Figure.text(unit.flowTargetLpm))"
    let temperature = "\(Figure.text(unit.temperatureC))/\(Figure.text(unit.temperatureTargetC))"
    let heads = "UNIT".left(16) + "STATE".left(12) + "L/min, target".right(14) + "°C, target".right(13) + "   NOTE"
    let line =
      unit.name.left(16) + running.left(12) + flow.right(14) + temperature.right(13) + "   "
      + notes.compactMap(\.self).joined(separator: ", ")
    return [title(heads), style.paint(trimmed(line), unit.fault == true || unit.running == false ? .red : nil)]
  }

  private var pumps: [String] {
    [title("PUMP".left(16) + "STATE".left(12) + "SPEED %".right(9) + "DEMAND %".right(11) + "   NOTE")]
      + state.pumps.map { pump in
        let notes = [
          pump.lead ? "lead" : nil, pump.fault == true ? "FAULT" : nil, pump.remote == false ? "in Hand" : nil,
        ]
        let running = pump.running.map { $0 ? "running" : "stopped" } ?? "unknown"
        let line =
          pump.name.left(16) + running.left(12) + Figure.text(pump.speedPercent).right(9)
          + Figure.text(pump.demandPercent).right(11) + "   " + notes.compactMap(\.self).joined(separator: ", ")
        return style.paint(trimmed(line), pump.fault == true ? .red : nil)
      } + reserve
  }

  /// Said only where there is none, or while a pump comes or goes.
  private var reserve: [String] {
    let reserve: String? =
      switch state.redundancy {
      case .nPlusOne: nil
      case .n: "the loss of a pump would cost flow"
      case .degraded: "too few pumps for the flow that the racks want"
      }
    let change = state.handingOver ? "a pump is being handed over" : nil
    let words = [reserve, change].compactMap(\.self).joined(separator: "; ")
    return words.isEmpty ? [] : [style.paint("  " + words, state.redundancy == .nPlusOne ? nil : .yellow)]
  }

  private var bypasses: [String] {
    guard !state.bypasses.isEmpty else { return [] }
    return [title("BYPASSED".left(32) + "LEFT s".right(9) + "   WHO AND WHY")]
      + state.bypasses.map { bypass in
        let name = [bypass.id, bypass.subject].compactMap(\.self).joined(separator: " ").left(32)
        let why = [bypass.owner, bypass.reason].compactMap(\.self).joined(separator: ": ")
        let left = Figure.text(bypass.remainingS, decimals: 0).right(9)
        return style.paint(trimmed((name + left + "   " + why).left(Self.columns)), .yellow)
      }
  }

  /// Devices that would not go to their safe output if the daemon fell silent, or are not the ones expected.
  private var setUp: [String] {
    let findings = state.buses.flatMap(\.setUp)
    guard !findings.isEmpty else { return [] }
    return [title("DEVICES THAT ARE NOT AS THEIR PROFILES WANT THEM")]
      + findings.map { finding in
        let low = Figure.text(finding.expectedLow)
        let range = finding.expectedLow == finding.expectedHigh ? low : "\(low) to \(Figure.text(finding.expectedHigh))"
        let text = "\(finding.device) \(finding.point): \(Figure.text(finding.found)), should be \(range)"
        return style.paint(trimmed(text.left(Self.columns)), .yellow)
      }
  }

  /// Instruments that want somebody (NAMUR NE 107), the first of them.
  private var instruments: [String] {
    let doubtful = state.signals.filter { $0.status != nil }
    guard !doubtful.isEmpty else { return [] }
    let shown = doubtful.prefix(8).map { signal in
      let status = signal.status?.rawValue.split(separator: "_").joined(separator: " ") ?? ""
      return trimmed((signal.role.left(26) + status.left(22) + (signal.reason ?? "")).left(Self.columns))
    }
    let more = doubtful.count > 8 ? ["… \(doubtful.count - 8) more"] : []
    return [title("INSTRUMENT".left(26) + "STATUS".left(22) + "REASON")] + shown + more
  }

  private var overrides: [String] {
    let held = state.actuators.filter { $0.leaseRemainingS != nil }
    guard !held.isEmpty else { return [] }
    return [title("OVERRIDE".left(16) + "DEMAND".right(9) + "LEFT s".right(9) + "   WHO AND WHY")]
      + held.map { actuator in
        let why = [actuator.overrideOwner, actuator.overrideReason].compactMap(\.self).joined(separator: ": ")
        let left = Figure.text(actuator.leaseRemainingS, decimals: 0)
        let numbers = Figure.text(actuator.demand).right(9) + left.right(9)
        return style.paint(trimmed((actuator.role.left(16) + numbers + "   " + why).left(Self.columns)), .yellow)
      }
  }

  private var racks: [String] {
    let heads = "RACK".left(14) + "POWER kW".right(9) + "FLOW L/min".right(12) + "WANTED".right(8)
    return [title(heads + "VALVE %".right(9) + "DEMAND".right(8) + "CHIP °C".right(9))]
      + state.racks.map { rack in
        let flow = Figure.text(rack.powerKw).right(9) + Figure.text(rack.flowLpm).right(12)
        let note = rack.isolated ? " ISOLATED" : rack.permit == false ? " NO PERMIT" : ""
        let line =
          rack.name.left(14) + flow + Figure.text(rack.flowSetpointLpm).right(8)
          + Figure.text(rack.valvePercent).right(9) + Figure.text(rack.valveDemandPercent).right(8)
          + Figure.text(rack.chipC).right(9) + note
        return style.paint(line, rack.isolated ? .red : rack.permit == false ? .yellow : nil)
      }
  }

  /// Three fans a line: a row may have sixteen.
  private var fans: [String] {
    let cells = state.fans.map { fan in
      let speed = "\(Figure.text(fan.speedPercent, decimals: 0))/\(Figure.text(fan.demandPercent, decimals: 0))"
      let note = fan.isolated ? " ISOL." : fan.fault == true ? " FAULT" : "      "
      return style.paint(fan.name.left(11) + speed.right(8) + note, fan.isolated || fan.fault == true ? .red : nil)
    }
    let starts = stride(from: 0, to: cells.count, by: 3)
    return [title("FAN, speed/demand %")]
      + starts.map { trimmed(cells[$0..<min($0 + 3, cells.count)].joined(separator: "  ")) }
  }

  private func title(_ text: String) -> String { style.paint(text, .bold) }

  private func trimmed(_ text: String) -> String {
    String(text.reversed().drop { $0 == " " }.reversed())
  }
}

/// Alarms as text, the most urgent first.
struct AlarmText {
  private let alarms: [Alarm]
  private let style: Style

  init(_ alarms: [Alarm], style: Style) {
    let order: [AlarmPriority] = [.critical, .high, .medium, .low]
    self.alarms = order.flatMap { priority in alarms.filter { $0.priority == priority } }
    self.style = style
  }

  var lines: [String] {
    alarms.isEmpty ? ["no alarms"] : alarms.flatMap(text)
  }

  /// More than ten alarms in ten minutes are a flood: more than a person can see to (EEMUA 191, ISA-18.2).
  static func lines(of load: AlarmLoad) -> [String] {
    let flood = load.last10Min > 10 ? "; this is a flood: see to the first of them" : ""
    let chattering = load.chattering.isEmpty ? [] : ["chattering: " + load.chattering.joined(separator: ", ")]
    let peak = "at most \(load.peak10Min) in any 10 minutes"
    return ["raised: \(load.last10Min) in 10 minutes, \(load.last24H) in 24 hours, \(peak)\(flood)"] + chattering
  }

  private func text(_ alarm: Alarm) -> [String] {
    let priority = style.paint(alarm.priority.rawValue.uppercased().left(9), colour(of: alarm.priority))
    let shelf = alarm.shelfRemainingS.map { " \(Figure.text($0 / 60, decimals: 0)) min" } ?? ""
    let standing = alarm.state.rawValue + shelf + (alarm.firstOut ? ", first out" : "")
    let facts = [alarm.statement, measured(alarm)].compactMap(\.self).joined(separator: "; ")
    return [
      priority + alarm.name.left(36) + " " + standing.left(26) + StatusText.clock(alarm.since)
    ] + facts.wrapped(StatusText.columns - 9).map { String(repeating: " ", count: 9) + $0 }
      + alarm.response.wrapped(StatusText.columns - 11).enumerated().map { index, part in
        (index == 0 ? "→ " : "  ").right(11) + part
      }
  }

  private func measured(_ alarm: Alarm) -> String? {
    guard let value = alarm.value else { return nil }
    let unit = alarm.unit.map { " \($0)" } ?? ""
    let limit = alarm.limit.map { ", limit \(Figure.text($0))\(unit)" } ?? ""
    return Figure.text(value) + unit + limit
  }

  private func colour(of priority: AlarmPriority) -> Style.Colour? {
    switch priority {
    case .critical, .high: .red
    case .medium: .yellow
    case .low: nil
    }
  }
}
