import RowAPI

/// The picture of a model on a screen of any size: a title, the mimic, trends, what asks for somebody, the loop's
/// health, and a last line for keys, questions and answers. Pure: the same model gives the same picture.
struct TopScreen {
  static let widthMin = 60
  static let heightMin = 16

  private let model: TopModel
  private let nowS: Double
  private var state: RowState { model.state }

  init(_ model: TopModel, nowS: Double) {
    self.model = model
    self.nowS = nowS
  }

  func canvas(width: Int, height: Int) -> Canvas {
    var canvas = Canvas(width: width, height: height)
    guard width >= Self.widthMin, height >= Self.heightMin else {
      tooSmall(on: &canvas)
      return canvas
    }
    let selected = model.selected
    let mimic = Mimic(state, selected: model.pane == .notices ? nil : selected)
    let notices = Notices(state, selected: model.pane == .notices ? selected : nil)
    let layout = Layout(height: height, mimic: mimic.lines, notices, buses: state.buses.count)
    mimic.draw(on: &canvas, y: 1, height: layout.mimic + 2)
    var y = 1 + layout.mimic + 2
    trends(on: &canvas, y: y, height: layout.trends)
    y += layout.trends + 1
    notices.draw(on: &canvas, y: y, height: layout.notices, responses: layout.hasResponses)
    y += layout.notices + 1
    y = health(on: &canvas, y: y)
    buses(on: &canvas, y: y, height: layout.buses)
    if model.isStale(nowS: nowS) { canvas.fade() }
    title(on: &canvas)
    dialog(on: &canvas)
    footer(on: &canvas)
    return canvas
  }

  /// How the lines between title and footer are shared out. What needs somebody has its place even when nothing does,
  /// so that an alarm moves nothing.
  struct Layout {
    var mimic: Int
    var trends = 1
    var notices: Int
    var buses = 0
    var hasResponses = false

    init(height: Int, mimic wanted: Int, _ list: Notices, buses busCount: Int) {
      // Title, two pipes, labels of the trends, title of the notices, two lines of health, footer.
      var spare = height - 8 - trends
      notices = min(max(3, spare / 3), max(4, list.count))
      mimic = min(wanted, spare - notices)
      spare -= notices + mimic
      let taller = min(spare, 4)
      trends += taller
      spare -= taller
      if spare >= list.asking, list.asking > 0 {
        hasResponses = true
        notices += list.asking
        spare -= list.asking
      }
      if spare > busCount {
        buses = busCount + 1
        spare -= buses
      }
      notices += spare
    }
  }

  private func tooSmall(on canvas: inout Canvas) {
    let asking = state.alarms.count { $0.asksForAcknowledgement }
    let lines = [
      "\(state.row) \(state.mode.rawValue.uppercased())", "\(asking) alarms not acknowledged",
      "this view wants \(Self.widthMin) columns and \(Self.heightMin) lines", "q quits",
    ]
    for (y, line) in lines.enumerated() { canvas.put(line, 0, y) }
  }

  // MARK: - Title and health

  private func title(on canvas: inout Canvas) {
    let name = state.row.shortened(24)
    let mode = " \(state.mode.rawValue.uppercased()) "
    canvas.put(name, 1, 0, .bold)
    canvas.put(mode, name.count + 3, 0, Ink(colour: colour, isBold: true, isReverse: true))
    let x = name.count + mode.count + 4
    guard model.isStale(nowS: nowS) else {
      let time = "\(state.time.prefix(10)) \(StatusText.clock(state.time)) UTC"
      canvas.put(state.modeReason.left(max(1, canvas.width - x - time.count - 2)), x, 0)
      canvas.put(time, canvas.width - time.count - 1, 0)
      return
    }
    let age = Age.text(nowS - model.stateS)
    let since = "NO CONTACT since \(StatusText.clock(state.time)) UTC, \(age): these values are old"
    let why = model.trouble.map { " (\($0))" } ?? " (the row is silent)"
    canvas.put(" \(since)\(why)".left(canvas.width - x), x, 0, Ink(colour: .red, isBold: true, isReverse: true))
  }

  private var colour: Ink.Colour {
    switch state.mode {
    case .auto: .green
    case .tripped: .red
    case .off, .standby, .starting, .manual, .shutdown: .yellow
    }
  }

  /// Two lines: the loop, and what it rests on. The line after them.
  private func health(on canvas: inout Canvas, y: Int) -> Int {
    let health = state.health
    let loop = [
      "cycle \(health.cycle) of \(health.periodMs) ms", "overruns \(health.overruns)",
      "scan \(Figure.text(health.scanMs)), step \(Figure.text(health.stepUs / 1000)), "
        + "write \(Figure.text(health.writeMs)) ms",
      "late \(Figure.text(health.wakeupP99Us / 1000)) ms (p99)", "clients \(health.clients)",
    ]
    canvas.put("LOOP ", 1, y, .bold)
    canvas.put(fitting(loop, canvas.width - 8), 7, y, health.overruns > 0 ? .yellow : .plain)
    let (parts, isWell) = surroundings
    canvas.put("BUSES", 1, y + 1, .bold)
    canvas.put(fitting(parts, canvas.width - 8), 7, y + 1, isWell ? .plain : .yellow)
    return y + 2
  }

  private var surroundings: (parts: [String], isWell: Bool) {
    let lost = state.buses.filter { !$0.connected }.map(\.name)
    let connected = "\(state.buses.count - lost.count) of \(state.buses.count) connected"
    let bad = lost.isEmpty ? [] : ["LOST: \(lost.joined(separator: " "))"]
    let timeouts = "timeouts \(state.buses.map(\.timeouts).reduce(0, +))"
    let shadow = state.control.shadow == "none" ? "" : ", shadow \(state.control.shadow)"
    let findings = state.buses.map(\.setUp.count).reduce(0, +)
    let doubtful = state.signals.count { $0.status != nil }
    let notes = [
      state.history.recording ? nil : "no history is recorded",
      findings > 0 ? "\(findings) settings of devices are wrong" : nil,
      doubtful > 0 ? "\(doubtful) instruments doubtful" : nil,
    ].compactMap(\.self)
    let layer = "\(state.control.layer) gives the setpoints\(shadow)"
    return ([connected] + bad + notes + [layer, timeouts], bad.isEmpty && notes.isEmpty)
  }

  /// As many parts as fit, the first of all in any case.
  private func fitting(_ parts: [String], _ width: Int) -> String {
    parts.dropFirst().reduce(parts.first ?? "") { line, part in
      line.count + part.count + 2 > width ? line : line + "; " + part
    }
  }

  private func buses(on canvas: inout Canvas, y: Int, height: Int) {
    guard height > 1 else { return }
    func line(_ parts: [String]) -> String {
      parts[0].name(16) + parts[1].name(24) + parts[2].left(12) + parts.dropFirst(3).map { $0.figure(10) }.joined()
    }
    canvas.put(line(["BUS", "endpoint", "state", "requests", "timeouts", "refused", "faults", "scan ms"]), 1, y, .bold)
    for (i, bus) in state.buses.prefix(height - 1).enumerated() {
      let counts = [bus.requests, bus.timeouts, bus.exceptions, bus.faults].map(String.init)
      let words = [bus.name, bus.endpoint, bus.connected ? "connected" : "LOST"] + counts + [Figure.text(bus.scanMs)]
      canvas.put(line(words), 1, y + 1 + i, bus.connected ? .plain : .red)
    }
  }

  // MARK: - Trends

  /// A line of labels, each with the least and the most of the time shown, and the curves below.
  private func trends(on canvas: inout Canvas, y: Int, height: Int) {
    let trends = model.trends
    canvas.put("TREND", 1, y, .bold)
    canvas.put("\(trends.spanS / 60) min", 1, y + 1)
    // What this row does not measure has no place.
    let known = trends.lines.indices.filter { trends.range($0) != nil }
    let width = (canvas.width - 8) / max(1, known.count)
    for (place, i) in known.enumerated() {
      let x = 8 + place * width
      let line = trends.lines[i]
      let bounds = trends.range(i).map { range in
        [range.lowerBound, range.upperBound].map { Figure.text($0, decimals: line.decimals) }.joined(separator: "…")
      }
      canvas.put("\(line.name) \(bounds ?? Figure.missing)", x, y, limit: width - 1)
      for (row, text) in trends.braille(i, columns: width - 1, rows: height).enumerated() {
        canvas.put(text, x, y + 1 + row)
      }
    }
  }

  // MARK: - The last line

  private func footer(on canvas: inout Canvas) {
    let y = canvas.height - 1
    func put(_ text: String, _ ink: Ink) { canvas.put(text.left(canvas.width - 1), 1, y, ink) }
    switch model.dialog {
    case .form(let form):
      // The end of what is written stays in sight.
      let room = max(10, canvas.width - 3)
      let line = form.prompt + form.text
      let shown = line.count > room ? "…" + line.suffix(room - 1) : line
      put(shown, .bold)
      canvas.put("_", 1 + shown.count, y, .reverse)
    case .confirm(let command):
      let room = canvas.width - 10
      put((command.question.count > room ? command.question.left(room) : command.question) + "? y/n", .reverse)
    case .none where model.message != nil:
      let message = model.message ?? TopModel.Message(text: "", sinceS: 0)
      put(message.text, message.isError ? .red : .bold)
    case .none:
      put("a ack  s shelve  o override  r release  m mode  e explain  ? help  q quit", .dim)
    case .help, .explanation, .notice:
      put("j k scroll  any other key closes", .dim)
    }
  }

  // MARK: - Panes over the row

  private func dialog(on canvas: inout Canvas) {
    switch model.dialog {
    case .none, .form, .confirm: break
    case .help: pane(on: &canvas, title: "KEYS AND MARKS", Self.help)
    case .explanation(let role, let lines): pane(on: &canvas, title: "WHY \(role)", lines ?? ["asking the row …"])
    case .notice(let item): pane(on: &canvas, title: "ALARM", Notices(state, selected: nil).details(item))
    }
  }

  /// A frame over the middle of the screen with wrapped lines.
  private func pane(on canvas: inout Canvas, title: String, _ lines: [String]) {
    let width = min(canvas.width - 4, 100)
    let wrapped = lines.flatMap { line -> [String] in
      if line.count <= width - 4 { return [line] }
      let indent = String(line.prefix { $0 == " " })
      let parts = line.wrapped(width - 4 - indent.count - 2)
      return parts.enumerated().map { indent + ($0.offset == 0 ? "" : "  ") + $0.element }
    }
    let height = min(canvas.height - 3, wrapped.count + 2)
    let (x, y) = ((canvas.width - width) / 2, 1)
    let first = min(model.scroll, max(0, wrapped.count - height + 2))
    let shown = wrapped[first..<min(first + height - 2, wrapped.count)]
    for line in 0..<height { canvas.fill(" ", x, y + line, width: width) }
    canvas.put("┌" + "─ \(title) ".padded(width - 2) + "┐", x, y)
    for line in 1..<(height - 1) {
      canvas.put("│", x, y + line)
      canvas.put("│", x + width - 1, y + line)
    }
    for (i, line) in shown.enumerated() { canvas.put(line, x + 2, y + 1 + i, limit: width - 4) }
    let more = wrapped.count - first - shown.count
    canvas.put("└" + (more > 0 ? "─ \(more) more lines: j " : "").padded(width - 2) + "┘", x, y + height - 1)
  }

  private static let help = [
    "arrows, j k    select              Tab, ← →  next part of the screen",
    "e, Enter       why an actuator stands where it does; what to do about",
    "               an alarm",
    "a, A           acknowledge the selected alarm; all of them",
    "s              shelve the selected alarm, or show it again",
    "R              reset the selected latched alarm",
    "o, r           override the selected actuator; release it",
    "m              ask for a mode of the row",
    "q, Ctrl-C      leave               Ctrl-Z    suspend",
    "",
    "H a person holds it    S a safeguard does     s it starts or stops",
    "! an alarm is about it – not known            want: the flow wanted",
    "Bars and % are what devices report. Trends start when this view does.",
    "",
    "What changes the plant is asked about first: y does it, any other key",
    "does not. The row's answer stands in the last line.",
  ]
}

extension String {
  /// Filled with a frame's line to `width` characters.
  fileprivate func padded(_ width: Int) -> String { self + String(repeating: "─", count: max(0, width - count)) }
}
