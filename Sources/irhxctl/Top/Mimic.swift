import RowAPI

/// The row as its piping: where the heat goes on the left, the pumps or the cooling unit, and the racks. Above them the
/// supply leads to the racks, below them the return leads back.
struct Mimic {
  private let state: RowState
  private let selected: TopItem?
  /// Subjects of alarms that ask for somebody.
  private let troubled: Set<String>
  private let held: [String: ActuatorOwner]

  init(_ state: RowState, selected: TopItem?) {
    self.state = state
    self.selected = selected
    troubled = Set(state.alarms.filter { !$0.state.isHidden }.compactMap(\.subject))
    held = Dictionary(state.actuators.map { ($0.role, $0.owner) }) { first, _ in first }
  }

  private var hasSink: Bool { !state.items(in: .sink).isEmpty }

  /// Lines between the two pipes, headings included, that show everything at its widest.
  var lines: Int { 1 + [sink(16), pumps(20), racks(40)].map(\.lines).reduce(1, max) }

  /// Draws into lines `y` to `y + height - 1`, the pipes being the first and the last of them.
  func draw(on canvas: inout Canvas, y: Int, height: Int) {
    let (width, extra) = (canvas.width, max(0, canvas.width - 80))
    let bottom = y + height - 1
    pipe(on: &canvas, y, "┌", "┐", "▶", supplyFigures)
    pipe(on: &canvas, bottom, "└", "┘", "◀", returnFigures)
    var widths = [16 + min(10, extra / 6), 20 + min(10, extra / 6)]
    var panels = [sink, pumps]
    if !hasSink { (widths, panels) = ([widths[1] + 6], [pumps]) }
    widths.append(width - widths.reduce(0, +) - widths.count - 2)
    panels.append(racks)
    var x = 0
    for (panel, width) in zip(panels, widths) {
      for line in (y + 1)..<bottom { canvas.put("│", x, line, .dim) }
      panel(width).draw(on: &canvas, x: x + 1, y: y + 1, width: width, height: height - 3, selected: selected)
      x += width + 1
    }
    for line in (y + 1)..<bottom { canvas.put("│", x, line, .dim) }
  }

  private func pipe(
    on canvas: inout Canvas, _ y: Int, _ left: String, _ right: String, _ flow: Character, _ figures: [String]
  ) {
    canvas.fill("─", 1, y, width: canvas.width - 2, .dim)
    canvas.put(left, 0, y, .dim)
    canvas.put(right, canvas.width - 1, y, .dim)
    var x = 2
    for figure in figures where x + figure.count + 3 < canvas.width {
      canvas.put(" \(figure) ", x, y)
      x += figure.count + 2
      canvas.put("─\(flow)─", x, y, .dim)
      x += 3
    }
  }

  private var supplyFigures: [String] {
    let isRaised = state.effectiveSetpointC != state.setpointC
    let set = isRaised ? " (set \(Figure.text(state.setpointC)))" : ""
    let wanted = "wanted \(Figure.text(state.effectiveSetpointC))\(set)"
    let dp = state.dpKpa.map { ["dP \(Figure.text($0)) kPa"] } ?? []
    return ["supply \(Figure.text(state.supplyC)) °C, \(wanted)", "flow \(Figure.text(state.flowLpm)) L/min"] + dp
  }

  private var returnFigures: [String] {
    let pumps = state.pumpPowerKw.map { ["pumps \(Figure.text($0)) kW"] } ?? []
    let fans = state.fanPowerKw.map { ["fans \(Figure.text($0)) kW"] } ?? []
    let power = pumps + fans
    return ["return \(Figure.text(state.returnC)) °C", "heat \(Figure.text(state.heatKw)) kW"]
      + (power.isEmpty ? [] : [power.joined(separator: ", ")])
  }

  // MARK: - What stands in the row

  /// Two cells: `H` held by a person, `S` by a safeguard, `s` starting or stopping; `!` an alarm is about it.
  private func marks(_ role: String, _ subject: String) -> String {
    let owner =
      switch held[role] {
      case .override: "H"
      case .safeguard: "S"
      case .startUp, .shutdown, .takeOver: "s"
      case .control, nil: " "
      }
    return owner + (troubled.contains(subject) ? "!" : " ")
  }

  /// One cell for both: an alarm is what to see first.
  private func mark(_ marks: String) -> String { marks.contains("!") ? "!" : String(marks.prefix(1)) }

  private func percent(_ value: Double?) -> String { Figure.text(value, decimals: 0) }

  private func sink(_ width: Int) -> Panel {
    guard !state.fans.isEmpty else { return plate(width) }
    let name = 4 + min(max(0, width - 26), 6)
    let bar = max(3, width - 1 - name - 2 - 4)
    return Panel(
      headings: ["COIL".left(name + 2) + "fan".left(bar) + "%".right(4), "COIL" + "%".right(3)],
      rows: state.fans.enumerated().map { i, fan in
        let role = "fan.\(i + 1)"
        let marks = marks(role, troubled.contains("coil.\(i + 1)") ? "coil.\(i + 1)" : role)
        let note = fan.isolated ? "SHUT" : fan.fault == true ? "FAIL" : nil
        let speed = note ?? percent(fan.speedPercent)
        return Panel.Row(
          item: .actuator(role),
          texts: [
            fan.name.name(name) + marks + Panel.bar(fan.speedPercent, bar) + speed.figure(4),
            fan.name.name(3) + mark(marks) + (note == nil ? speed : "–").figure(3),
          ], ink: ink(note != nil, marks))
      })
  }

  /// The plate heat exchanger to the facility's water.
  private func plate(_ width: Int) -> Panel {
    guard let valve = state.actuator("facility.valve") else { return Panel(headings: [], rows: []) }
    func signal(_ role: String, _ name: String, _ decimals: Int) -> String {
      let found = state.signals.first { $0.role == role }
      return "\(name) \(Figure.text(found?.value, decimals: decimals)) \(found?.unit ?? "")".left(width - 1)
    }
    let marks = marks("facility.valve", "facility.valve")
    let bar = width - 1 - 5 - 2 - 4
    let text = "valve" + marks + Panel.bar(valve.feedback, bar) + percent(valve.feedback).figure(4)
    let told = "told \(percent(valve.demand)) %".left(width - 1)
    let water = [signal("facility.temperature", "water", 1), signal("facility.flow", "flow", 0)]
    return Panel(
      headings: ["FACILITY WATER".left(width - 1)],
      rows: [Panel.Row(item: .actuator("facility.valve"), texts: [text], ink: ink(false, marks))]
        + ([told] + water).map { Panel.Row(texts: [$0]) })
  }

  private func pumps(_ width: Int) -> Panel {
    if let unit = state.coolingUnit { return self.unit(unit, width) }
    let name = 4 + min(max(0, width - 26), 6)
    let bar = max(2, width - 1 - name - 2 - 6 - 4)
    let reserve: String? =
      switch state.redundancy {
      case .nPlusOne: nil
      case .n: "no pump to spare"
      case .degraded: "too few pumps"
      }
    let change = state.handingOver ? "pumps hand over" : nil
    return Panel(
      headings: ["PUMP".left(name + 2 + 6 + bar) + "%".right(4)],
      rows: state.pumps.enumerated().map { i, pump in
        let role = "pump.\(i + 1)"
        let marks = marks(role, role)
        let isLost = pump.fault == true
        let standing = pump.running.map { $0 ? (pump.lead ? "lead" : "runs") : "rests" } ?? "?"
        let word = isLost ? "TRIP" : pump.remote == false ? "local" : standing
        let speed = pump.running == false ? 0 : pump.speedPercent
        return Panel.Row(
          item: .actuator(role),
          texts: [pump.name.name(name) + marks + word.left(6) + Panel.bar(speed, bar) + percent(speed).figure(4)],
          ink: ink(isLost, marks))
      }
        + [reserve, change].compactMap(\.self).map { note in
          Panel.Row(texts: [note.left(width - 1)], ink: .yellow)
        })
  }

  private func unit(_ unit: CoolingUnitState, _ width: Int) -> Panel {
    func row(_ role: String, _ name: String, _ is: Double?, _ wanted: Double, _ unit: String) -> Panel.Row {
      let marks = marks(role, "cdu")
      let text = name.left(5) + marks + "\(Figure.text(`is`))/\(Figure.text(wanted)) \(unit)"
      return Panel.Row(item: .actuator(role), texts: [text.left(width - 1)], ink: ink(false, marks))
    }
    let word = unit.running.map { $0 ? "cools" : "DOES NOT COOL" } ?? "silent"
    let isLost = unit.fault == true || unit.running == false
    let notes = [
      unit.fault == true ? "FAULT" : nil, unit.remote == false ? "in local" : nil,
      unit.stoppable ? nil : "stopped by hand only",
    ]
    return Panel(
      headings: ["UNIT, is/told".left(width - 1)],
      rows: [Panel.Row(texts: ["\(unit.name.shortened(12)) \(word)".left(width - 1)], ink: isLost ? .red : .plain)]
        + [
          row("cdu.flow", "flow", unit.flowLpm, unit.flowTargetLpm, "L/min"),
          row("cdu.temperature", "temp", unit.temperatureC, unit.temperatureTargetC, "°C"),
        ] + notes.compactMap(\.self).map { Panel.Row(texts: [$0.left(width - 1)]) })
  }

  /// Wide, with what fills the panel; as at 80 columns; and two short forms for many racks.
  private func racks(_ width: Int) -> Panel {
    let extra = min(max(0, width - 40), 36)
    let longest = state.racks.map(\.name.count).reduce(5, max)
    let name = min(longest, 5 + extra / 2, 14)
    let bar = 5 + max(0, extra - (name - 5))
    return Panel(
      headings: [
        heading(name, bar), heading(5, 5), "RACK ".left(6) + "L/min".right(5) + "%".right(4) + "chip".right(5),
        "RACK".left(5) + "flow".right(4) + " °C",
      ],
      rows: state.racks.enumerated().map { i, rack in
        let marks = marks("rack.\(i + 1).valve", "rack.\(i + 1)")
        let flow = rack.flowLpm
        let out = rack.isolated ? "ISOLATED" : rack.permit == false ? "NO PERMIT" : nil
        let medium = Figure.text(flow, decimals: (flow ?? 0) < 1000 ? 1 : 0)
        let chip = Figure.text(rack.chipC)
        return Panel.Row(
          item: .actuator("rack.\(i + 1).valve"),
          texts: [
            text(rack, name, bar, marks, out), text(rack, 5, 5, marks, out),
            rack.name.name(4) + marks
              + (out.map { " " + $0.left(13) }
                ?? medium.figure(5) + percent(rack.valvePercent).figure(4) + chip.figure(5)),
            rack.name.name(4) + mark(marks)
              + (out.map { rack.isolated ? "  ISOL." : $0.replacing("PERMIT", with: "PERM") } ?? percent(flow).figure(4)
                + percent(rack.chipC).figure(3)),
          ], ink: ink(rack.isolated, marks, isWarned: rack.permit == false))
      })
  }

  private func heading(_ name: Int, _ bar: Int) -> String {
    "RACK".left(name + 2) + "kW".right(5) + "L/min".right(6) + "want".right(6) + " "
      + "valve".left(bar) + "%".right(4) + "chip".right(5)
  }

  private func text(_ rack: RackState, _ name: Int, _ bar: Int, _ marks: String, _ out: String?) -> String {
    let flow = Figure.text(rack.flowLpm).figure(6) + Figure.text(rack.flowSetpointLpm).figure(6)
    let valve = Panel.bar(rack.valvePercent, bar) + percent(rack.valvePercent).figure(4)
    return rack.name.name(name) + marks + Figure.text(rack.powerKw).figure(5) + flow + " "
      + (out?.left(bar + 4) ?? valve) + Figure.text(rack.chipC).figure(5)
  }

  private func ink(_ isLost: Bool, _ marks: String, isWarned: Bool = false) -> Ink {
    isLost ? .red : isWarned || marks != "  " ? .yellow : .plain
  }
}
