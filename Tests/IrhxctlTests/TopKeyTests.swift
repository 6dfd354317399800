import RowAPI
import Testing

@testable import irhxctl

/// What a key does: to the selection, to the row, to the screen.
@Suite struct TopKeyTests {
  private let alarmed = SampleRow.state(alarms: [
    SampleRow.alarm(), SampleRow.alarm("LEVEL_LOW", nil, .medium), SampleRow.alarm("X_SHELVED", nil, .low, .shelved),
  ])

  private func sent(_ effects: [TopModel.Effect]) -> [RowCommand] {
    effects.compactMap { if case .send(let command) = $0 { command.command } else { nil } }
  }

  // MARK: - Selection

  @Test func alarmsAreSelectedFirstWhereThereAreAny() {
    #expect(Desk(alarmed).model.selected == .alarm(id: "PUMP_FAULT", subject: "pump.2"))
    #expect(Desk().model.selected == .actuator("pump.1"))
  }

  @Test func arrowsAndLettersMoveAndStopAtTheEnds() {
    var desk = Desk()
    desk.press(.down, .character("j"), .down, .down)
    #expect(desk.model.selected == .actuator("pump.3"))
    desk.press(.up, .character("k"), .up, .up)
    #expect(desk.model.selected == .actuator("pump.1"))
    desk.press(.end)
    #expect(desk.model.selected == .actuator("pump.3"))
    desk.press(.home)
    #expect(desk.model.selected == .actuator("pump.1"))
  }

  @Test func tabGoesRoundTheParts() {
    var desk = Desk(alarmed)
    desk.press(.tab)
    #expect(desk.model.selected == .actuator("fan.1"))
    desk.press(.right, .right)
    #expect(desk.model.selected == .actuator("rack.1.valve"))
    desk.press(.backTab, .left, .left)
    #expect(desk.model.pane == .notices)
  }

  @Test func aNewAlarmDoesNotTakeTheSelectionFromUnderTheHand() {
    var desk = Desk(alarmed)
    desk.press(.down)
    var more = alarmed
    more.alarms.append(SampleRow.alarm("FLOW_LOSS", nil, .critical))
    _ = desk.model.handle(.state(more), nowS: 1)
    #expect(desk.model.selected == .alarm(id: "LEVEL_LOW", subject: nil))
    more.alarms.removeAll { $0.id == "LEVEL_LOW" }
    _ = desk.model.handle(.state(more), nowS: 2)
    #expect(desk.model.selected == .alarm(id: "FLOW_LOSS", subject: nil))
  }

  // MARK: - Alarms

  @Test func acknowledgingSendsTheSelectedAlarmAtOnceAndTellsTheAnswer() {
    var desk = Desk(alarmed)
    let effects = desk.press(.character("a"))
    #expect(sent(effects) == [.acknowledgeAlarm(id: "PUMP_FAULT", subject: "pump.2")])
    #expect(desk.lastLine.contains("asking the row"))
    guard case .send(let command)? = effects.first else { return }
    _ = desk.model.handle(.replied(command, .success(.acknowledged(1))), nowS: 1)
    #expect(desk.lastLine.contains("1 alarm acknowledged"))
  }

  @Test func acknowledgingWithoutAnAlarmSelectedOnlySelectsOne() {
    var desk = Desk(alarmed)
    desk.press(.tab)
    #expect(sent(desk.press(.character("a"))).isEmpty)
    #expect(desk.lastLine.contains("PUMP_FAULT pump.2 is selected now"))
    #expect(sent(desk.press(.character("a"))) == [.acknowledgeAlarm(id: "PUMP_FAULT", subject: "pump.2")])
    var calm = Desk()
    #expect(sent(calm.press(.character("a"))).isEmpty)
    #expect(calm.lastLine.contains("there is no alarm"))
  }

  @Test func acknowledgingAllIsAskedAboutFirst() {
    var desk = Desk(alarmed)
    #expect(desk.press(.character("A")).isEmpty)
    #expect(desk.lastLine.contains("acknowledge all 2 alarms? y/n"))
    #expect(sent(desk.press(.character("y"))) == [.acknowledgeAlarm(id: nil, subject: nil)])
  }

  @Test func shelvingAsksForTimeAndReason() {
    var desk = Desk(alarmed)
    desk.type("s2h")
    #expect(desk.lastLine.contains("shelve PUMP_FAULT pump.2, for how long (90s, 10m, 2h): 2h_"))
    desk.press(.enter)
    desk.type("drive is on order")
    desk.press(.enter)
    #expect(desk.lastLine.contains("hide PUMP_FAULT pump.2 for 2h: drive is on order? y/n"))
    #expect(
      sent(desk.type("y")) == [
        .shelve(id: "PUMP_FAULT", subject: "pump.2", minutes: 120, reason: "drive is on order")
      ])
  }

  @Test func aShelvedAlarmIsShownAgainByTheSameKey() {
    var desk = Desk(alarmed)
    desk.press(.end)
    desk.type("s")
    #expect(desk.lastLine.contains("show X_SHELVED again? y/n"))
    #expect(sent(desk.type("y")) == [.unshelve(id: "X_SHELVED", subject: nil)])
  }

  @Test func aLatchedAlarmIsResetAndABypassEnded() {
    var state = alarmed
    state.bypasses = [BypassState(id: "PUMP_SILENT", subject: "pump.2", remainingS: 60)]
    var desk = Desk(state)
    #expect(sent(desk.type("Ry")) == [.resetTrip(id: "PUMP_FAULT", subject: "pump.2")])
    var other = Desk(state)
    other.press(.end)
    #expect(sent(other.type("ry")) == [.endBypass(id: "PUMP_SILENT", subject: "pump.2")])
  }

  // MARK: - The plant

  @Test func anOverrideIsSentOnlyAfterValueTimeReasonAndYes() {
    var desk = Desk()
    #expect(sent(desk.type("o70")).isEmpty)
    #expect(desk.lastLine.contains("override pump.1, value in %: 70_"))
    #expect(sent(desk.press(.enter)).isEmpty)
    desk.type("10m")
    desk.press(.enter)
    desk.type("bearing check")
    #expect(sent(desk.press(.enter)).isEmpty)
    #expect(desk.lastLine.contains("hold pump.1 at 70 % for 10m: bearing check? y/n"))
    #expect(
      sent(desk.type("y")) == [.override(actuator: "pump.1", value: 70, leaseS: 600, reason: "bearing check")])
  }

  @Test(arguments: [Key.character("n"), .enter, .escape, .character("Y"), .down])
  func anythingButYesChangesNothing(key: Key) {
    var desk = Desk()
    desk.type("mshutdown")
    desk.press(.enter)
    #expect(desk.lastLine.contains("mode shutdown? y/n"))
    #expect(sent(desk.press(key)).isEmpty)
    #expect(desk.lastLine.contains("nothing was changed"))
    #expect(sent(desk.type("y")).isEmpty)
  }

  @Test func whatIsNoValueTimeReasonOrModeIsSaidAndAskedAgain() {
    var desk = Desk()
    desk.type("oseventy")
    desk.press(.enter)
    #expect(desk.lastLine.contains("that is no number; value in %"))
    desk.press(.control("u"))
    desk.type("70")
    desk.press(.enter)
    desk.type("-5m")
    desk.press(.enter)
    #expect(desk.lastLine.contains("that is no time"))
    desk.press(.control("u"))
    desk.type("5x")
    desk.press(.backspace)
    desk.type("m")
    desk.press(.enter, .enter)
    #expect(desk.lastLine.contains("a reason is asked for"))
    desk.press(.escape)
    desk.type("mfast")
    desk.press(.enter)
    #expect(desk.lastLine.contains("there is no such mode"))
  }

  @Test func anOverrideIsReleasedFromTheMimicOrFromItsLine() {
    var state = SampleRow.state()
    state.actuators[0].leaseRemainingS = 60
    for keys in [[], [Key.right, .right]] as [[Key]] {
      var desk = Desk(state)
      for key in keys { desk.press(key) }
      #expect(sent(desk.type("ry")) == [.release(actuator: "pump.1")])
    }
    var desk = Desk()
    desk.type("r")
    #expect(desk.lastLine.contains("pump.1 is not overridden"))
  }

  @Test func theDaemonsRefusalStandsThereInItsWords() {
    var desk = Desk(alarmed)
    let refusals: [(RowError, String)] = [
      (.notPermitted(reason: "user ada is no operator"), "not permitted: user ada is no operator"),
      (
        .outOfRange(name: "pump.1", value: 170, minimum: 30, maximum: 100, unit: "%"),
        "pump.1: 170.0 is out of range, 30.0 to 100.0 %"
      ),
      (.refused(reason: "the row is off"), "refused: the row is off"),
    ]
    for (error, words) in refusals {
      let effects = desk.type("Ay")
      guard case .send(let command)? = effects.first else {
        Issue.record("nothing was sent")
        return
      }
      _ = desk.model.handle(.replied(command, .failure(.row(error))), nowS: 1)
      #expect(desk.lastLine.contains(words))
    }
  }

  @Test func oneCommandIsUnderWayAtATime() {
    var desk = Desk(alarmed)
    #expect(sent(desk.type("a")).count == 1)
    #expect(sent(desk.type("a")).isEmpty)
    #expect(desk.lastLine.contains("the last command has not been answered"))
  }

  @Test func nothingIsCommandedOnOldValues() {
    var desk = Desk(alarmed)
    desk.type("m")
    for letter in "auto" { desk.press(.character(letter)) }
    desk.press(.enter)
    _ = desk.model.handle(.lost("gone"), nowS: 0)
    #expect(sent(desk.type("y")).isEmpty)
    #expect(desk.lastLine.contains("no contact with the row: nothing was changed"))
    #expect(sent(desk.type("m")).isEmpty)
    #expect(desk.lastLine.contains("no contact with the row: nothing can be commanded"))
  }

  // MARK: - Panes

  @Test func explainShowsTheDaemonsWordsAndAsksAgainWithEachState() {
    var desk = Desk()
    #expect(desk.type("e") == [.explain("pump.1")])
    let explanation = Explanation(actuator: SampleRow.actuator("pump.1"), because: ["manifold dP is 2 kPa too low"])
    _ = desk.model.handle(.explained("pump.1", .success(.explanation(explanation))), nowS: 0)
    #expect(desk.line("WHY pump.1") != nil)
    #expect(desk.line("because manifold dP is 2 kPa too low") != nil)
    #expect(desk.model.handle(.state(SampleRow.state()), nowS: 1) == [.explain("pump.1")])
    #expect(desk.model.handle(.state(SampleRow.state()), nowS: 2) == [])
    desk.press(.escape)
    #expect(desk.line("WHY pump.1") == nil)
  }

  @Test func anAlarmIsExplainedWithWhatToDo() {
    var desk = Desk(alarmed)
    desk.press(.enter)
    #expect(desk.line("What to do: Read the drive's fault code, repair, reset") != nil)
    #expect(desk.line("value 3.0 A, limit 2.0 A") != nil)
    #expect(desk.line("since 2026-03-01 12:30:01 UTC, 4 min") != nil)
  }

  @Test func aPaneLongerThanTheScreenScrolls() {
    var desk = Desk()
    desk.type("e")
    let lines = (1...60).map { "reason \($0)" }
    let explanation = Explanation(actuator: SampleRow.actuator("pump.1"), because: lines)
    _ = desk.model.handle(.explained("pump.1", .success(.explanation(explanation))), nowS: 0)
    #expect(desk.line("because reason 60") == nil)
    #expect(desk.line("more lines: j") != nil)
    for _ in 0..<60 { desk.type("j") }
    #expect(desk.line("because reason 60") != nil)
  }

  @Test func helpNamesEveryKey() {
    var desk = Desk()
    desk.type("?")
    let text = desk.screen().joined()
    for key in ["j k", "Tab", "Enter", "a, A", "s  ", "R  ", "o, r", "m  ", "q, Ctrl-C", "Ctrl-Z"] {
      #expect(text.contains(key))
    }
    #expect(text.contains("The row's answer stands in the last line."), "the smallest screen holds all of it")
  }

  @Test func quittingIsQuittingFromAnywhere() {
    var desk = Desk()
    #expect(desk.type("q") == [.quit])
    desk.type("o")
    #expect(desk.type("q").isEmpty)
    #expect(desk.press(.control("c")) == [.quit])
    #expect(desk.press(.control("z")) == [.suspend])
  }
}
