/// The rules, each a pure function of a file, so that each can be shown to fail.
enum TidyRules {
  static let lineLengthMax = 120
  static let fileLinesMax = 450

  static func breaches(_ file: SourceTree.File, where test: ([Substring], Int) -> Bool) -> [Breach] {
    let lines = file.lines
    return lines.indices.filter { test(lines, $0) }
      .map { Breach(path: file.path, line: $0 + 1, text: String(lines[$0].prefix(80))) }
  }

  /// A row of a Markdown table cannot be broken, nor can a line of the generated API document.
  static func longLines(_ file: SourceTree.File) -> [Breach] {
    breaches(file) { lines, i in
      lines[i].count > lineLengthMax && !lines[i].drop { $0 == " " }.hasPrefix("| ")
        && !file.path.hasSuffix("InterfaceDocument.swift")
    }
  }

  static func tooLong(_ file: SourceTree.File) -> Bool { file.lines.count > fileLinesMax }

  static func forcedTries(_ file: SourceTree.File) -> [Breach] {
    breaches(file) { lines, i in code(lines[i]).contains(#/\btry!/#) }
  }

  /// `try?` throws its error away: say why on the line or the one before.
  static func silentTries(_ file: SourceTree.File) -> [Breach] {
    breaches(file) { lines, i in
      guard code(lines[i]).contains(#/\btry\?/#) else { return false }
      return !lines[i].contains("//") && !(i > 0 && lines[i - 1].contains("// ignoring:"))
    }
  }

  /// `@unchecked Sendable` and `nonisolated(unsafe)` are claims: the proof stands on the next line.
  static func unprovenClaims(_ file: SourceTree.File) -> [Breach] {
    let claims = ["@unchecked Sendable", "nonisolated(unsafe)"]
    return breaches(file) { lines, i in
      guard claims.contains(where: code(lines[i]).contains) else { return false }
      return i + 1 == lines.count || !lines[i + 1].drop { $0 == " " }.hasPrefix("// Proof: ")
    }
  }

  static func unfinished(_ file: SourceTree.File) -> [Breach] {
    let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
    return breaches(file) { lines, i in marks.contains { lines[i].contains($0) } }
  }

  static func machinePaths(_ file: SourceTree.File) -> [Breach] {
    let folders = ["/ho" + "me/", "/wo" + "rk/", "/ro" + "ot/"]
    return breaches(file) { lines, i in folders.contains { lines[i].contains($0) } }
  }

  /// The core decides and nothing else: no module, no output, no chance, no state of its own outside a value.
  static func impurities(_ file: SourceTree.File) -> [Breach] {
    breaches(file) { lines, i in
      let code = code(lines[i])
      let words = code.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." }
      if words.contains("import") || code.contains("print(") || code.lowercased().contains("random") { return true }
      if code.hasPrefix("var ") || code.hasPrefix("public var ") || code.hasPrefix("private var ") { return true }
      return code.contains("static var ") && !code.contains("{")
    }
  }

  /// What decides and what paces it live by the monotonic clock: the wall clock may jump.
  static func wallClocks(_ file: SourceTree.File) -> [Breach] {
    let clocks = ["CLOCK_REALTIME", "WireTime", "timestamp(", "Date(", "time(nil", "gettimeofday"]
    return breaches(file) { lines, i in clocks.contains { code(lines[i]).contains($0) } }
  }

  /// A line without its comment.
  static func code(_ line: Substring) -> Substring {
    guard let comment = line.firstRange(of: "//") else { return line }
    return line[..<comment.lowerBound]
  }

  /// `ALM-`, `CTL-`, `OPS-` or `SAF-` with three digits.
  static func requirements(_ text: String) -> Set<String> {
    Set(text.matches(of: #/\b(ALM|CTL|OPS|SAF)-\d{3}\b/#).map { String($0.output.0) })
  }

  /// A row of the hazard analysis: `| H-01 | hazard | cause | safeguard | residual risk | requirements | tests |`.
  struct Hazard {
    var cells: [Substring]
    var requirements: Set<String> { TidyRules.requirements(String(cells[5])) }
    var tests: [String] { cells[6].matches(of: #/`(\w+)`/#).map { String($0.output.1) } }
    var isComplete: Bool { cells.count == 7 && !requirements.isEmpty && !tests.isEmpty && !cells.contains("") }
  }

  static func hazards(_ file: SourceTree.File) -> [Hazard] {
    file.lines.filter { $0.hasPrefix("| H-") }
      .map { line in
        let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        return Hazard(cells: cells.map { $0.trimmingPrefix(while: \.isWhitespace) })
      }
  }

  /// Functions that `@Test` stands before.
  static func testNames(_ file: SourceTree.File) -> [String] {
    file.text.split(separator: "@Test", omittingEmptySubsequences: false).dropFirst()
      .compactMap { $0.firstMatch(of: #/\bfunc (\w+)/#).map { String($0.output.1) } }
  }
}
