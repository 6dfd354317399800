import RowAPI

/// What asks for somebody, and what people have changed: alarms, overrides, bypasses. One line each.
struct Notices {
  private let state: RowState
  private let selected: TopItem?
  private let lines: [Line]

  private struct Line {
    var item: TopItem
    var mark: String
    var name: String
    var standing: String
    var age: String
    var detail: String
    /// What the operator is to do; nil where nobody is asked.
    var response: String?
    var ink: Ink
  }

  init(_ state: RowState, selected: TopItem?) {
    self.state = state
    self.selected = selected
    let alarms = state.alarmsByUrgency.map { Self.line($0, state) }
    lines = alarms + state.overridden.map(Self.line) + state.bypasses.map(Self.line)
  }

  var count: Int { lines.count }

  /// Of those, the ones that ask for a response.
  var asking: Int { lines.count { $0.response != nil } }

  /// Draws the title and `height` lines below it.
  func draw(on canvas: inout Canvas, y: Int, height: Int, responses: Bool) {
    canvas.fill("─", 0, y, width: canvas.width, .dim)
    canvas.put(" \(title) ", 1, y, .bold, limit: canvas.width - 2)
    guard !lines.isEmpty else { return canvas.put("nothing asks for anybody", 2, y + 1, .dim) }
    let nameWidth = min(lines.map(\.name.count).reduce(12, max), canvas.width < 100 ? 28 : 40) + 1
    let heights = lines.map { responses && $0.response != nil ? 2 : 1 }
    let index = lines.firstIndex { $0.item == selected } ?? 0
    // What is selected is in sight.
    let first = (0...index).first { heights[$0...index].reduce(0, +) <= height } ?? index
    var line = first
    var used = 0
    while line < lines.count, used + heights[line] <= height {
      draw(lines[line], on: &canvas, y: y + 1 + used, nameWidth, responses)
      used += heights[line]
      line += 1
    }
    if first > 0 { canvas.put("▲", canvas.width - 1, y + 1, .bold) }
    if line < lines.count { canvas.put(" ▼ \(lines.count - line) more ", canvas.width - 12, y, .bold) }
  }

  private func draw(_ line: Line, on canvas: inout Canvas, y: Int, _ nameWidth: Int, _ responses: Bool) {
    let isSelected = line.item == selected
    var ink = line.ink
    if isSelected { ink.isReverse = true }
    let text = line.mark.left(5) + line.name.name(nameWidth) + line.standing.left(13) + line.age.figure(6)
    canvas.put(((isSelected ? "▶" : " ") + text + "  " + line.detail).left(canvas.width - 1), 0, y, ink)
    if responses, let response = line.response { canvas.put("→ \(response)".left(canvas.width - 8), 6, y + 1) }
  }

  private var title: String {
    let shown = state.alarms.filter { !$0.state.isHidden }
    let asking = shown.count(where: \.asksForAcknowledgement)
    let hidden = state.alarms.count - shown.count
    let load = state.alarmLoad.last10Min
    let parts = [
      shown.isEmpty ? "NO ALARMS" : shown.count == 1 ? "1 ALARM" : "\(shown.count) ALARMS",
      asking > 0 ? "\(asking) not acknowledged" : nil, hidden > 0 ? "\(hidden) hidden" : nil,
      state.overridden.isEmpty ? nil : "\(state.overridden.count) by hand",
      state.bypasses.isEmpty ? nil : "\(state.bypasses.count) bypassed",
      load > 10 ? "\(load) in 10 min are a flood: see to the first" : nil,
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }

  private static func line(_ alarm: Alarm, _ state: RowState) -> Line {
    let ink = alarm.state.isHidden ? .dim : ink(alarm.priority)
    return Line(
      item: alarm.item, mark: mark(alarm.priority), name: alarm.name, standing: standing(alarm),
      age: Age.text(state.age(of: alarm.since)), detail: (alarm.firstOut ? "first out: " : "") + alarm.statement,
      response: alarm.state.isHidden ? nil : alarm.response, ink: ink)
  }

  private static func ink(_ priority: AlarmPriority) -> Ink {
    switch priority {
    case .critical, .high: .red
    case .medium: .yellow
    case .low: .plain
    }
  }

  private static func mark(_ priority: AlarmPriority) -> String {
    switch priority {
    case .critical: "CRIT"
    case .high: "HIGH"
    case .medium: "MED"
    case .low: "low"
    }
  }

  private static func standing(_ alarm: Alarm) -> String {
    switch alarm.state {
    case .normal: "normal"
    case .unacknowledged: "NEW"
    case .acknowledged: "acknowledged"
    case .returnedUnacknowledged: "GONE, NEW"
    case .latchedUnacknowledged: "LATCHED, NEW"
    case .latched: "latched"
    case .shelved: "shelved \(Figure.text(alarm.shelfRemainingS.map { $0 / 60 }, decimals: 0))m"
    case .suppressed: "suppressed"
    case .outOfService: "out of serv."
    }
  }

  private static func line(_ held: ActuatorState) -> Line {
    let value = "\(Figure.text(held.demand)) \(held.unit)"
    let why = [held.overrideOwner, held.overrideReason].compactMap(\.self).joined(separator: ": ")
    return Line(
      item: .override(held.role), mark: "HAND", name: held.role, standing: value, age: Age.text(held.leaseRemainingS),
      detail: "left; \(why)", ink: .yellow)
  }

  private static func line(_ bypass: BypassState) -> Line {
    let name = bypass.id + (bypass.subject.map { " \($0)" } ?? "")
    let why = [bypass.owner, bypass.reason].compactMap(\.self).joined(separator: ": ")
    return Line(
      item: .bypass(id: bypass.id, subject: bypass.subject), mark: "BYP", name: name, standing: "does not act",
      age: Age.text(bypass.remainingS), detail: "left; \(why)", ink: .yellow)
  }

  /// All that is known of one of them.
  func details(_ item: TopItem) -> [String] {
    guard let alarm = state.alarm(item) else {
      let line = lines.first { $0.item == item }
      return line.map { ["\($0.name), \($0.standing)", "\($0.age) \($0.detail)"] } ?? ["it has gone"]
    }
    let unit = alarm.unit.map { " \($0)" } ?? ""
    let limit = alarm.limit.map { ", limit \(Figure.text($0))\(unit)" } ?? ""
    let value = alarm.value.map { ["value \(Figure.text($0))\(unit)\(limit)"] } ?? []
    let standing = alarm.state.rawValue.split(separator: "_").joined(separator: " ")
    let shelf = alarm.shelfRemainingS.map { ", shown again in \(Age.text($0))" } ?? ""
    let since = "\(alarm.since.prefix(10)) \(StatusText.clock(alarm.since)) UTC"
    return [
      "\(alarm.name), \(alarm.priority.rawValue)", alarm.statement, "",
      "standing \(standing)\(shelf)\(alarm.firstOut ? ", first out: it came first in this disturbance" : "")",
      "since \(since), \(Age.text(state.age(of: alarm.since)))",
    ] + value + ["", "What to do: \(alarm.response)"]
  }
}
