import RowAPI
import Testing

@testable import irhxctl

/// What stands on the screen of `irhxctl top`, by the facts a person looks for.
@Suite struct TopScreenTests {
  static let sizes = [(80, 24), (100, 30), (120, 40), (200, 60), (60, 16)]

  /// Words between blanks and frames.
  private func words(_ line: String?) -> [String] {
    (line ?? "").split { " │▶".contains($0) }.map(String.init)
  }

  @Test func aRowOfEightRacksReadsAsOnePicture() {
    var state = SampleRow.state(alarms: [SampleRow.alarm()])
    state.actuators[3].owner = .safeguard
    let desk = Desk(state)
    #expect(desk.screen().map(\.trimmed).joined(separator: "\n") == Self.picture)
  }

  @Test(arguments: 1...24) func everyRackOfARowIsOnTheSmallestScreen(racks: Int) {
    let desk = Desk(SampleRow.state(racks: racks))
    let text = desk.screen(80, 24).joined()
    for number in 1...racks { #expect(text.contains("R\(SampleRow.two(number)) "), "rack \(number) of \(racks)") }
  }

  @Test func twentyFourRacksHaveALineEachOnATallScreen() {
    let desk = Desk(SampleRow.state(racks: 24))
    let line = desk.line("R24", 120, 40)
    #expect(words(line).suffix(7).first == "R24")
    #expect(words(line).contains("84.0"))
    #expect(words(line).contains("124.0"))
    #expect(words(line).last == "74.0")
  }

  @Test func aListLongerThanTheScreenShowsWhatIsSelectedAndThatThereIsMore() {
    var desk = Desk(SampleRow.state(racks: 24))
    desk.press(.tab, .end)
    #expect(desk.line("▶R24", 60, 16) != nil)
    #expect(desk.line("▲", 60, 16) != nil)
    desk.press(.home)
    #expect(desk.line("▶R01", 60, 16) != nil)
    #expect(desk.line("▼", 60, 16) != nil)
  }

  @Test(arguments: sizes) func everyLineIsAsWideAsTheScreenWithNamesOfAnyLength(width: Int, height: Int) {
    let long = String(repeating: "a-very-long-name-", count: 12)
    let alarm = SampleRow.alarm(long, long)
    var state = SampleRow.state(racks: 24, alarms: [alarm], rackName: { long + SampleRow.two($0) })
    (state.row, state.modeReason, state.buses[0].name) = (long, long, long)
    state.pumps[0].name = long
    state.fans[0].name = long
    var desk = Desk(state)
    for keys in [[], [Key.enter], [.escape, .character("?")], [.escape, .character("s")]] as [[Key]] {
      for key in keys { desk.press(key) }
      let screen = desk.screen(width, height)
      #expect(screen.count == height)
      #expect(screen.allSatisfy { $0.count == width })
    }
    for number in 1...24 { #expect(Desk(state).line("e-\(SampleRow.two(number))") != nil) }
  }

  @Test func aRowWithFacilityWaterShowsItsValveAndWater() {
    let desk = Desk(SampleRow.facilityWater())
    #expect(desk.line("FACILITY WATER") != nil)
    #expect(words(desk.line("valve  █")).contains("62"))
    #expect(desk.line("water 24.0 °C") != nil)
    #expect(desk.line("flow 736 L/min") != nil)
  }

  @Test func aSupervisedRowShowsItsUnitAndNoPumps() {
    let desk = Desk(SampleRow.supervised())
    #expect(desk.line("CDU-1 cools") != nil)
    #expect(desk.line("25.6/26.0 L/min") != nil)
    #expect(desk.line("35.9/36.0 °C") != nil)
    #expect(desk.line("stopped by hand only") != nil)
    #expect(desk.line("PUMP") == nil)
    #expect(desk.line("COIL") == nil)
  }

  @Test func whatIsWrongIsAWordAndNotOnlyAColour() {
    var state = SampleRow.state(alarms: [SampleRow.alarm("RACK_LEAK", "rack.2"), SampleRow.alarm("X", "fan.3")])
    state.pumps[1].fault = true
    state.pumps[2].remote = false
    state.racks[1].isolated = true
    state.racks[2].permit = false
    state.fans[2].isolated = true
    state.buses[1].connected = false
    state.redundancy = .n
    let desk = Desk(state)
    #expect(words(desk.line("P2  ")).contains("TRIP"))
    #expect(words(desk.line("P3  ")).contains("local"))
    #expect(words(desk.line("R02 ")).contains("ISOLATED"))
    #expect(desk.line("R03 ")?.contains("NO PERMIT") == true)
    #expect(desk.line("R02")?.contains("R02   !") == true)
    #expect(desk.line("C03", 120, 40)?.contains("SHUT") == true)
    #expect(desk.line("no pump to spare") != nil)
    #expect(desk.line("LOST: coils") != nil)
  }

  @Test func alarmsStandByUrgencyWithTheirStateAndAge() {
    let state = SampleRow.state(alarms: [
      SampleRow.alarm("FILTER_CLOGGED", nil, .low, .shelved),
      SampleRow.alarm("LEVEL_LOW", nil, .medium, .acknowledged, since: "2026-03-01T12:34:26.000Z"),
      SampleRow.alarm("FLOW_LOSS", nil, .critical, .latchedUnacknowledged, since: "2026-02-25T12:34:56.000Z"),
    ])
    let screen = Desk(state).screen()
    let order = ["FLOW_LOSS", "LEVEL_LOW", "FILTER_CLOGGED"].map { id in screen.firstIndex { $0.contains(id) } ?? 0 }
    #expect(order == order.sorted() && order[0] > 0)
    #expect(screen[order[0]].contains("CRIT FLOW_LOSS") && screen[order[0]].contains("LATCHED, NEW"))
    #expect(screen[order[0]].contains(" 4 d  The drive reports a trip"))
    #expect(screen[order[1]].contains("acknowledged") && screen[order[1]].contains(" 30 s"))
    #expect(screen[order[2]].contains("shelved 25m"))
    #expect(screen[order[0] - 1].contains("2 ALARMS, 1 not acknowledged, 1 hidden"))
  }

  @Test func whatIsSelectedOfManyAlarmsIsInSight() {
    var desk = Desk(SampleRow.state(alarms: (10..<40).map { SampleRow.alarm("FAN_FAULT", "fan.\($0)") }))
    #expect(desk.line("▶HIGH FAN_FAULT fan.10 ") != nil)
    #expect(desk.line("▼ 25 more") != nil)
    desk.press(.end)
    #expect(desk.line("▶HIGH FAN_FAULT fan.39 ") != nil)
    #expect(desk.line("fan.10 ") == nil)
    #expect(desk.line("▶HIGH FAN_FAULT fan.39 ", 120, 60) != nil)
  }

  @Test func aFloodIsSaidToBeOne() {
    var state = SampleRow.state(alarms: [SampleRow.alarm()])
    state.alarmLoad.last10Min = 12
    #expect(Desk(state).line("12 in 10 min are a flood") != nil)
  }

  @Test func overridesAndBypassesAreListedWithWhoAndWhy() {
    var state = SampleRow.state()
    state.actuators[0].owner = .override
    state.actuators[0].leaseRemainingS = 583
    (state.actuators[0].overrideOwner, state.actuators[0].overrideReason) = ("ada", "bearing check")
    state.bypasses = [
      BypassState(id: "PUMP_SILENT", subject: "pump.2", remainingS: 1700, owner: "ben", reason: "new drive")
    ]
    let desk = Desk(state)
    #expect(desk.line("HAND pump.1")?.contains("62.4 %") == true)
    #expect(desk.line("HAND pump.1")?.contains("9 min  left; ada: bearing check") == true)
    #expect(desk.line("BYP  PUMP_SILENT pump.2")?.contains("28 min  left; ben: new drive") == true)
    #expect(desk.line("NO ALARMS, 1 by hand, 1 bypassed") != nil)
    #expect(desk.line("P1  H") != nil)
  }

  @Test func aTallScreenSaysWhatToDoAndShowsEachBus() {
    let desk = Desk(SampleRow.state(alarms: [SampleRow.alarm()]))
    #expect(desk.line("→ Read the drive's fault code", 120, 50) != nil)
    #expect(words(desk.line("10.20.0.5:502", 120, 50)).contains("connected"))
    #expect(desk.line("→ Read the drive's fault code", 80, 24) == nil)
  }

  @Test func anAlarmMovesNothingElse() {
    let calm = Desk(SampleRow.state()).screen()
    let alarmed = Desk(SampleRow.state(alarms: [SampleRow.alarm("LEVEL_LOW", nil, .medium)])).screen()
    #expect(calm.firstIndex { $0.hasPrefix("└") } == alarmed.firstIndex { $0.hasPrefix("└") })
    #expect(calm.firstIndex { $0.hasPrefix(" LOOP") } == alarmed.firstIndex { $0.hasPrefix(" LOOP") })
  }

  @Test func aScreenThatIsTooSmallSaysSo() {
    let desk = Desk()
    #expect(desk.line("this view wants 60 columns", 59, 24) != nil)
    #expect(desk.line("this view wants 60 columns", 80, 15) != nil)
    #expect(desk.line("row1 AUTO", 40, 5) != nil)
    #expect(desk.screen(1, 1).count == 1)
  }

  // MARK: - Old values

  @Test func lostContactIsSaidWithTheTimeAndAllIsFaded() {
    var desk = Desk()
    desk.nowS = 23
    _ = desk.model.handle(.lost("no such file"), nowS: 23)
    let canvas = TopScreen(desk.model, nowS: 23).canvas(width: 120, height: 40)
    #expect(canvas.lines[0].contains("NO CONTACT since 12:34:56 UTC, 23 s: these values are old (no such file)"))
    #expect(canvas.cells.dropFirst(120).dropLast(120).allSatisfy { $0.ink.isDim })
    #expect(canvas.lines.contains { $0.contains("806.4") })
  }

  @Test func aSilentRowIsToldEvenWhileItsSocketIsOpen() {
    var desk = Desk()
    desk.nowS = 2.9
    #expect(desk.line("NO CONTACT") == nil)
    desk.nowS = 3.1
    #expect(desk.line("NO CONTACT since 12:34:56 UTC, 3 s: these values are old") != nil)
  }

  @Test func contactAgainIsSaidWithWhatHappenedMeanwhile() {
    var desk = Desk()
    _ = desk.model.handle(.lost("gone"), nowS: 5)
    desk.nowS = 20
    _ = desk.model.handle(.state(SampleRow.state(cycle: 4730)), nowS: 20)
    #expect(desk.lastLine.contains("contact again after 20 s"))
    #expect(!desk.lastLine.contains("anew"))
    _ = desk.model.handle(.lost("gone"), nowS: 21)
    _ = desk.model.handle(.state(SampleRow.state(cycle: 3)), nowS: 24)
    #expect(desk.lastLine.contains("the daemon has started anew"))
    #expect(desk.line("NO CONTACT") == nil)
  }

  // MARK: - Terminals that can less

  @Test func withoutUnicodeEverythingIsASCIIAndNothingMoves() {
    let desk = Desk(SampleRow.state(alarms: [SampleRow.alarm()]))
    var canvas = TopScreen(desk.model, nowS: 0).canvas(width: 80, height: 24)
    canvas.useASCII()
    #expect(canvas.lines.joined().allSatisfy { $0.isASCII })
    #expect(!canvas.lines.joined().contains("?") || canvas.lines.last?.contains("? help") == true)
    #expect(canvas.lines.contains { $0.contains("supply 40.1  C, wanted 40.0") })
    #expect(canvas.lines.contains { $0.contains(">HIGH PUMP_FAULT") })
    #expect(canvas.lines.contains { $0.contains("####") || $0.contains("###.") })
  }

  @Test func noColourIsSentWhereNoneIsWanted() {
    let canvas = TopScreen(Desk(SampleRow.state(alarms: [SampleRow.alarm()])).model, nowS: 0)
      .canvas(width: 80, height: 24)
    var plain = Painter(coloured: false)
    var coloured = Painter(coloured: true)
    #expect(!plain.changes(to: canvas).contains(";3"))
    #expect(coloured.changes(to: canvas).contains(";31m"))
  }

  @Test func theEnvironmentSaysWhatTheTerminalCan() {
    func style(_ variables: [String: String]) -> TerminalStyle {
      TerminalStyle(isColourWanted: true) { variables[$0] }
    }
    #expect(style(["TERM": "xterm-256color", "LANG": "de_DE.UTF-8"]).hasUnicode)
    #expect(style(["TERM": "xterm", "LANG": "de_DE.UTF-8", "LC_ALL": "C"]).hasUnicode == false)
    #expect(style(["TERM": "xterm"]).hasUnicode == false)
    #expect(style(["TERM": "linux", "LANG": "C.utf8"]).hasUnicode == false)
    #expect(style(["TERM": "xterm"]).coloured)
    for terminal in ["vt100", "vt220", "xterm-mono", "ansi-m"] { #expect(!style(["TERM": terminal]).coloured) }
  }

  /// Empty braille is a blank here.
  private static let picture = """
     row1   AUTO  took over the running plant               2026-03-01 12:34:56 UTC
    ┌─ supply 40.1 °C, wanted 40.0 ─▶─ flow 806.4 L/min ─▶─ dP 96.3 kPa ─▶─────────┐
    │ COIL  % COIL  %│ PUMP              %│ RACK      kW L/min  want valve   % chip│
    │ C01  48 C11  48│ P1    lead  █▉·  62│ R01  S  61.0 101.0 105.5 ███··  61 51.0│
    │ C02  48 C12  48│ P2   !runs  █▉·  62│ R02     62.0 102.0 105.5 ███▏·  62 52.0│
    │ C03  48        │ P3    rests ···   0│ R03     63.0 103.0 105.5 ███▏·  63 53.0│
    │ C04  48        │                    │ R04     64.0 104.0 105.5 ███▎·  64 54.0│
    │ C05  48        │                    │ R05     65.0 105.0 105.5 ███▎·  65 55.0│
    │ C06  48        │                    │ R06     66.0 106.0 105.5 ███▎·  66 56.0│
    │ C07  48        │                    │ R07     67.0 107.0 105.5 ███▍·  67 57.0│
    │ C08  48        │                    │ R08     68.0 108.0 105.5 ███▍·  68 58.0│
    │ C09  48        │                    │                                        │
    │ C10  48        │                    │                                        │
    └─ return 50.9 °C ─◀─ heat 548.3 kW ─◀─ pumps 4.2 kW, fans 7.9 kW ─◀───────────┘
     TREND  supply 40.1…40.1  dP 96.3…96.3      flow 806…806      heat 548…548
     1 min                  ⠠                 ⠠                 ⠠                 ⠠
    ─ 1 ALARM, 1 not acknowledged ──────────────────────────────────────────────────
    ▶HIGH PUMP_FAULT pump.2 NEW           4 min  The drive reports a trip



     LOOP  cycle 4711 of 1000 ms; overruns 0; scan 41.5, step 0.0, write 12.4 ms
     BUSES 2 of 2 connected; pid gives the setpoints; timeouts 6
     a ack  s shelve  o override  r release  m mode  e explain  ? help  q quit
    """
}

extension String {
  /// Without blanks at its end; empty braille is one.
  fileprivate var trimmed: String {
    String(map { $0 == "\u{2800}" ? " " : $0 }.reversed().drop { $0 == " " }.reversed())
  }
}
