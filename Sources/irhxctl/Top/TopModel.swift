import RowAPI

/// All that `irhxctl top` knows, and what it does about what happens. Pure: an event goes in, effects come out. Times
/// are seconds since the program started.
struct TopModel {
  enum Event {
    case state(RowState)
    /// The connection broke, or there is none; with the reason.
    case lost(String)
    case replied(TopCommand, Result<RowReply, RowClient.Failure>)
    case explained(String, Result<RowReply, RowClient.Failure>)
    case key(Key)
    /// Time has passed.
    case tick
  }

  enum Effect: Equatable {
    case send(TopCommand)
    case explain(String)
    case redraw, suspend, quit
  }

  enum Dialog: Equatable {
    case none, help
    /// Nothing has been said yet where the lines are nil.
    case explanation(role: String, lines: [String]?)
    case notice(TopItem)
    case form(TopForm)
    case confirm(TopCommand)
  }

  struct Message: Equatable {
    var text: String
    var isError = false
    var sinceS: Double
  }

  /// How long a message stays that is no error; an error stays until the next key.
  private static let messageS = 8.0
  /// Without a state for as many periods, and at least 3 s, what is shown is old.
  private static let quietPeriods = 3.0

  private(set) var state: RowState
  private(set) var trends = Trends()
  /// When the last state came.
  private(set) var stateS: Double
  /// Why there is no contact.
  private(set) var trouble: String?
  private(set) var pane = TopPane.pumps
  private var selections: [TopPane: TopItem] = [:]
  private(set) var dialog = Dialog.none
  /// First line shown of a pane that is longer than the screen.
  private(set) var scroll = 0
  private(set) var message: Message?
  /// A command was sent and is not answered.
  private(set) var isWaiting = false
  private var isExplaining = false

  init(_ state: RowState, nowS: Double) {
    self.state = state
    stateS = nowS
    trends.add(state, nowS: nowS)
    if !state.alarms.isEmpty { pane = .notices }
    settle()
  }

  var selected: TopItem? { selections[pane] }

  func isStale(nowS: Double) -> Bool {
    trouble != nil || nowS - stateS > max(3, Self.quietPeriods * Double(state.health.periodMs) / 1000)
  }

  mutating func handle(_ event: Event, nowS: Double) -> [Effect] {
    switch event {
    case .state(let new): return take(new, nowS: nowS)
    case .lost(let reason): trouble = reason
    case .replied(let command, .success(let reply)):
      isWaiting = false
      message = Message(text: command.words(reply), sinceS: nowS)
    case .replied(_, .failure(let failure)):
      isWaiting = false
      message = Message(text: "\(failure)", isError: true, sinceS: nowS)
    case .explained(let role, let result): explained(role, result)
    case .key(let key): return press(key, nowS: nowS)
    case .tick: trends.advance(to: Int(nowS))
    }
    if let message, !message.isError, nowS - message.sinceS > Self.messageS { self.message = nil }
    return []
  }

  private mutating func take(_ new: RowState, nowS: Double) -> [Effect] {
    if trouble != nil {
      let away = Age.text(nowS - stateS)
      let restarted = new.cycle < state.cycle ? "; the daemon has started anew" : ""
      message = Message(text: "contact again after \(away)\(restarted)", sinceS: nowS)
    }
    (state, stateS, trouble) = (new, nowS, nil)
    trends.add(new, nowS: nowS)
    settle()
    guard case .explanation(let role, _) = dialog, !isExplaining else { return [] }
    isExplaining = true
    return [.explain(role)]
  }

  private mutating func explained(_ role: String, _ result: Result<RowReply, RowClient.Failure>) {
    isExplaining = false
    guard case .explanation(role, _) = dialog else { return }
    switch result {
    case .success(.explanation(let explanation)):
      dialog = .explanation(role: role, lines: ExplanationText.lines(explanation))
    case .success: break
    case .failure(let failure): dialog = .explanation(role: role, lines: ["\(failure)"])
    }
  }

  /// Every pane keeps its selection while what was selected is there; else the first takes its place.
  private mutating func settle() {
    for pane in TopPane.allCases {
      let items = state.items(in: pane)
      if selections[pane].map(items.contains) != true { selections[pane] = items.first }
    }
    if selected == nil { pane = TopPane.allCases.first { selections[$0] != nil } ?? .racks }
  }

  // MARK: - Keys

  private mutating func press(_ key: Key, nowS: Double) -> [Effect] {
    if key == .control("c") { return [.quit] }
    if key == .control("z") { return [.suspend] }
    if key == .control("l") { return [.redraw] }
    message = nil
    switch dialog {
    case .none: return command(key, nowS: nowS)
    case .help, .explanation, .notice: read(key)
    case .form(var form):
      switch form.press(key) {
      case .goesOn: dialog = .form(form)
      case .isLeft: leave(saying: "nothing was changed", nowS: nowS)
      case .isComplete(let command): dialog = .confirm(command)
      }
    case .confirm(let command):
      guard key == .character("y") else {
        leave(saying: "nothing was changed", nowS: nowS)
        return []
      }
      dialog = .none
      return send(command, nowS: nowS)
    }
    return []
  }

  private mutating func leave(saying text: String, nowS: Double) {
    dialog = .none
    message = Message(text: text, sinceS: nowS)
  }

  /// A pane over the row is scrolled, or left.
  private mutating func read(_ key: Key) {
    switch key {
    case .down, .character("j"): scroll += 1
    case .up, .character("k"): scroll = max(0, scroll - 1)
    default: (dialog, scroll) = (.none, 0)
    }
  }

  private mutating func command(_ key: Key, nowS: Double) -> [Effect] {
    switch key {
    case .character("q"): return [.quit]
    case .character("?"), .character("h"): dialog = .help
    case .down, .character("j"): move(1)
    case .up, .character("k"): move(-1)
    case .pageDown: move(10)
    case .pageUp: move(-10)
    case .home: move(-Int.max)
    case .end: move(.max)
    case .right, .tab: changePane(1)
    case .left, .backTab: changePane(-1)
    case .enter, .character("e"): return explain()
    default:
      guard case .character(let letter) = key, "aAsormR".contains(letter) else { return [] }
      return change(letter, nowS: nowS)
    }
    return []
  }

  private mutating func move(_ steps: Int) {
    let items = state.items(in: pane)
    guard let selected, let index = items.firstIndex(of: selected) else { return }
    let (sum, overflow) = index.addingReportingOverflow(steps)
    selections[pane] = items[min(max(overflow ? (steps > 0 ? .max : 0) : sum, 0), items.count - 1)]
  }

  private mutating func changePane(_ step: Int) {
    let panes = TopPane.allCases.filter { selections[$0] != nil }
    guard let index = panes.firstIndex(of: pane) else { return }
    pane = panes[(index + step + panes.count) % panes.count]
  }

  private mutating func explain() -> [Effect] {
    scroll = 0
    guard let selected else { return [] }
    guard let role = selected.actuator else {
      dialog = .notice(selected)
      return []
    }
    (dialog, isExplaining) = (.explanation(role: role, lines: nil), true)
    return [.explain(role)]
  }

  // MARK: - Commands

  /// Keys that command the row. What changes the plant, or hides something from others, is asked about first.
  private mutating func change(_ letter: Character, nowS: Double) -> [Effect] {
    func say(_ text: String) -> Message { Message(text: text, isError: true, sinceS: nowS) }
    if isStale(nowS: nowS) {
      message = say("no contact with the row: nothing can be commanded")
      return []
    }
    let alarm = state.alarm(selected)
    switch (letter, selected) {
    case ("a", .alarm(let id, let subject)):
      return send(
        TopCommand(.acknowledgeAlarm(id: id, subject: subject), question: "", done: ""), nowS: nowS)
    case ("A", _):
      let count = state.alarms.count(where: \.asksForAcknowledgement)
      guard count > 0 else {
        message = say("there is no alarm to acknowledge")
        return []
      }
      dialog = .confirm(
        TopCommand(.acknowledgeAlarm(id: nil, subject: nil), question: "acknowledge all \(count) alarms", done: ""))
    case ("s", .alarm(let id, let subject)) where alarm?.state == .shelved:
      let name = alarm?.name ?? id
      dialog = .confirm(
        TopCommand(
          .unshelve(id: id, subject: subject), question: "show \(name) again", done: "\(name) is shown again"))
    case ("s", .alarm(let id, let subject)): dialog = .form(TopForm(.shelve(id: id, subject: subject)))
    case ("R", .alarm(let id, let subject)):
      let name = alarm?.name ?? id
      dialog = .confirm(
        TopCommand(.resetTrip(id: id, subject: subject), question: "reset \(name)", done: "\(name) reset"))
    case ("m", _): dialog = .form(TopForm(.mode))
    case ("o", let item?) where item.actuator != nil:
      let role = item.actuator ?? ""
      dialog = .form(TopForm(.override(role: role, unit: state.actuator(role)?.unit ?? "%")))
    case ("r", let item?) where item.actuator != nil:
      let role = item.actuator ?? ""
      guard state.actuator(role)?.leaseRemainingS != nil else {
        message = say("\(role) is not overridden")
        return []
      }
      dialog = .confirm(
        TopCommand(.release(actuator: role), question: "give \(role) back to control", done: "\(role) released"))
    case ("r", .bypass(let id, let subject)):
      let name = id + (subject.map { " \($0)" } ?? "")
      dialog = .confirm(
        TopCommand(
          .endBypass(id: id, subject: subject), question: "let \(name) act again", done: "\(name) acts again"))
    case ("a", _), ("s", _), ("R", _): selectFirstAlarm(nowS: nowS)
    default: message = say("select a pump, rack or coil first: Tab, then the arrows")
    }
    return []
  }

  /// A key that is about an alarm, pressed while something else is selected: it selects one, and no more.
  private mutating func selectFirstAlarm(nowS: Double) {
    guard let first = state.alarmsByUrgency.first else {
      message = Message(text: "there is no alarm", sinceS: nowS)
      return
    }
    (pane, selections[.notices]) = (.notices, first.item)
    message = Message(text: "\(first.name) is selected now: a, s or R again", sinceS: nowS)
  }

  private mutating func send(_ command: TopCommand, nowS: Double) -> [Effect] {
    guard !isStale(nowS: nowS), !isWaiting else {
      let why = isWaiting ? "the last command has not been answered" : "no contact with the row"
      message = Message(text: "\(why): nothing was changed", isError: true, sinceS: nowS)
      return []
    }
    isWaiting = true
    message = Message(text: "asking the row …", sinceS: nowS)
    return [.send(command)]
  }
}
