import RowAPI
import Testing

@testable import irhxctl

/// Bytes from and to the terminal, and curves as characters.
@Suite struct TerminalTextTests {
  // MARK: - Keys

  @Test func bytesAreKeysWholeOrInPieces() {
    var decoder = KeyDecoder()
    #expect(decoder.keys(Array("jé\r".utf8)) == [.character("j"), .character("é"), .enter])
    #expect(decoder.keys([0x1B, 0x5B, 0x41, 0x1B, 0x4F, 0x42]) == [.up, .down])
    #expect(decoder.keys(Array("\u{1B}[5~\u{1B}[Z\u{1B}[1;5C".utf8)) == [.pageUp, .backTab, .right])
    #expect(decoder.keys([0x1B]) == [] && decoder.isWaiting)
    #expect(decoder.keys([0x5B]) == [] && decoder.isWaiting)
    #expect(decoder.keys([0x43]) == [.right] && !decoder.isWaiting)
    #expect(decoder.keys([0x03, 0x1A, 0x7F, 0x09]) == [.control("c"), .control("z"), .backspace, .tab])
  }

  @Test func anEscapeAloneIsTheEscapeKeyAfterAWhile() {
    var decoder = KeyDecoder()
    #expect(decoder.keys([0x1B]) == [])
    #expect(decoder.flush() == [.escape])
    #expect(decoder.keys([0x1B, 0x71]) == [.escape, .character("q")])
  }

  @Test func garbageIsDroppedAndNeverHoldsTheKeysAfterIt() {
    var decoder = KeyDecoder()
    #expect(decoder.keys([0xFF, 0x80, 0x71]) == [.character("q")])
    #expect(decoder.keys([0xC3, 0x28, 0x71]).last == .character("q"))
    #expect(decoder.keys([0x1B, 0x5B] + Array(repeating: 0x31, count: 40)).isEmpty)
    #expect(decoder.keys(Array("q".utf8)) == [.character("q")])
    for seed in 0..<200 {
      var fuzzed = KeyDecoder()
      var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
      let bytes = (0..<64).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
      }
      _ = fuzzed.keys(bytes)
      _ = fuzzed.flush()
      #expect(fuzzed.keys(Array("q".utf8)) == [.character("q")])
    }
  }

  // MARK: - Cells

  @Test func whatIsNoCellOfItsOwnIsAQuestionMark() {
    var canvas = Canvas(width: 12, height: 1)
    canvas.put("a\u{1B}[2J\u{7}é水👍e\u{301}°", 0, 0)
    #expect(canvas.lines == ["a?[2J?é???° "])
  }

  @Test func textIsCutAtTheEdges() {
    var canvas = Canvas(width: 5, height: 2)
    canvas.put("abcdef", 3, 0)
    canvas.put("xyz", 0, 1, limit: 2)
    canvas.put("out", 0, 2)
    canvas.put("out", 9, 0)
    #expect(canvas.lines == ["   ab", "xy   "])
  }

  @Test func onlyWhatDiffersIsSent() {
    var painter = Painter(coloured: true)
    var canvas = Canvas(width: 20, height: 3)
    canvas.put("supply 40.1", 0, 1)
    let whole = painter.changes(to: canvas)
    #expect(whole.hasPrefix("\u{1B}[0m\u{1B}[2J") && whole.contains("supply 40.1"))
    #expect(painter.changes(to: canvas).isEmpty)
    canvas.put("40.2", 7, 1)
    #expect(painter.changes(to: canvas) == "\u{1B}[2;11H\u{1B}[0m2")
    painter.forget()
    #expect(painter.changes(to: canvas).contains("supply 40.2"))
    #expect(painter.changes(to: Canvas(width: 21, height: 3)).hasPrefix("\u{1B}[0m\u{1B}[2J"))
  }

  @Test func namesKeepTheirEndsAndNumbersAreNeverCut() {
    #expect("rack-north-07".name(7) == "r…th-07")
    #expect("R07".name(5) == "R07  ")
    #expect("coil-12".name(3) == "-12")
    #expect("12345.6".figure(6) == "######")
    #expect("–".figure(4) == "   –")
  }

  @Test func barsFillByTheEighth() {
    #expect(Panel.bar(50, 4) == "██··")
    #expect(Panel.bar(53, 4) == "██▏·")
    #expect(Panel.bar(nil, 3) == "···")
    #expect(Panel.bar(140, 3) == "███")
    #expect(Panel.bar(-5, 3) == "···")
  }

  @Test func agesAreInOneUnit() {
    let ages = [0, 119, 120, 7199, 7200, 172_799, 172_800].map { Age.text($0) }
    #expect(ages == ["0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"])
    #expect(Age.text(nil) == "–")
    #expect(Age.text(-3) == "0 s")
  }

  // MARK: - Trends

  private func trends(_ values: [Double?]) -> Trends {
    var trends = Trends([Trends.Line(name: "t", decimals: 1, rangeMin: 1) { $0.supplyC }])
    for (second, value) in values.enumerated() {
      var state = SampleRow.state()
      state.supplyC = value
      trends.add(state, nowS: Double(second))
    }
    return trends
  }

  @Test func aRisingCurveRisesAndEndsAtTheRight() {
    let trends = trends((0..<60).map { Double($0) })
    #expect(trends.braille(0, columns: 4, rows: 1) == ["⡠⠤⠒⠊"])
    #expect(trends.range(0) == 0...59)
    #expect(trends.spanS == 60)
  }

  @Test func noiseBelowTheLeastRangeIsFlat() {
    let trends = trends((0..<60).map { $0 % 2 == 0 ? 40 : 40.1 })
    #expect(trends.braille(0, columns: 10, rows: 1) == [String(repeating: "⠤", count: 10)])
    #expect(trends.braille(0, columns: 3, rows: 2) == ["⠀⠀⠀", "⠉⠉⠉"])
  }

  @Test func aStepIsDrawnThrough() {
    #expect(trends((0..<60).map { $0 < 30 ? 0 : 10 }).braille(0, columns: 2, rows: 1) == ["⣀⠏"])
  }

  @Test func whatWasNotMeasuredIsAGap() {
    let trends = trends((0..<60).map { (20..<40).contains($0) ? nil : 5 })
    let text = trends.braille(0, columns: 6, rows: 1)[0]
    #expect(text.map { $0 == "⠀" } == [false, false, true, true, false, false])
    let apart = self.trends((0..<60).map { (20..<40).contains($0) ? nil : $0 < 20 ? 0 : 10 })
    #expect(apart.braille(0, columns: 6, rows: 1) == ["⣀⣀⠀⠀⠉⠉"])
  }

  @Test func secondsWithoutContactAreGapsAndTheSpanGrows() {
    var trends = trends(Array(repeating: 5, count: 60))
    trends.add(SampleRow.state(supplyC: 5), nowS: 500)
    #expect(trends.spanS == 600)
    #expect(trends.means(0, count: 600).compactMap(\.self).count == 61)
    trends.add(SampleRow.state(supplyC: 6), nowS: 1_000_000)
    #expect(trends.samples[0].count == Trends.secondsMax)
    #expect(trends.range(0) == 6...6)
  }

  @Test func statesOfOneSecondAreAveraged() {
    var trends = trends([10])
    trends.add(SampleRow.state(supplyC: 20), nowS: 0.5)
    #expect(trends.samples[0] == [15])
  }
}
