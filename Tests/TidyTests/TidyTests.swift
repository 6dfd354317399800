import Testing

/// The source tree keeps its own rules.
struct TidyTests {
  private func expectNone(_ rule: (SourceTree.File) -> [Breach], in folders: [String]) throws {
    let found = try folders.flatMap { try SourceTree.files(in: $0) }.flatMap(rule)
    #expect(found.isEmpty, "\(found.map(\.description).joined(separator: "\n"))")
  }

  @Test func linesAreAtMost120Columns() throws { try expectNone(TidyRules.longLines, in: ["Sources", "Tests"]) }

  @Test func sourceFilesAreAtMost450Lines() throws {
    let found = try SourceTree.files(in: "Sources").filter(TidyRules.tooLong).map(\.path)
    #expect(found.isEmpty, "\(found)")
  }

  @Test func noErrorIsForcedOrSilentlyDropped() throws {
    try expectNone(TidyRules.forcedTries, in: ["Sources"])
    try expectNone(TidyRules.silentTries, in: ["Sources"])
  }

  @Test func whatTheCompilerIsToldToTrustComesWithItsProof() throws {
    try expectNone(TidyRules.unprovenClaims, in: ["Sources"])
  }

  @Test func coreIsPure() throws { try expectNone(TidyRules.impurities, in: ["Sources/CoolingCore"]) }

  @Test func loopReadsNoWallClock() throws {
    try expectNone(TidyRules.wallClocks, in: ["Sources/CoolingCore", "Sources/FieldIO", "Sources/RowRuntime/Loop"])
  }

  @Test func nothingIsLeftUnfinished() throws {
    let found = try SourceTree.everything().flatMap(TidyRules.unfinished)
    #expect(found.isEmpty, "\(found.map(\.description).joined(separator: "\n"))")
  }

  @Test func noFileNamesAFolderOfSomeMachine() throws {
    let found = try SourceTree.everything().flatMap(TidyRules.machinePaths)
    #expect(found.isEmpty, "\(found.map(\.description).joined(separator: "\n"))")
  }
}

/// Requirements, causes and tests name each other.
struct TraceTests {
  private func tests() throws -> String {
    try SourceTree.files(in: "Tests").filter { !$0.path.contains("TidyTests") }.map(\.text).joined()
  }

  @Test func everyRequirementHasATestAndEveryTestedOneIsWritten() throws {
    let written = TidyRules.requirements(try SourceTree.file("docs/control-narrative.md").text)
    let tested = TidyRules.requirements(try tests())
    #expect(written.count > 80)
    #expect(written.subtracting(tested).isEmpty, "without test: \(written.subtracting(tested).sorted())")
    #expect(tested.subtracting(written).isEmpty, "not in the narrative: \(tested.subtracting(written).sorted())")
  }

  @Test func narrativeHasExactlyTheSafeguardsOfTheTable() throws {
    func safeguards(_ text: String) -> Set<String> {
      TidyRules.requirements(text).filter { $0.hasPrefix("SAF") }
    }
    let files = try SourceTree.files(in: "Sources/CoolingCore/Safeguard").filter { $0.path.contains("CauseAndEffect") }
    let table = safeguards(files.map(\.text).joined())
    #expect(safeguards(try SourceTree.file("docs/control-narrative.md").text) == table)
    #expect(table.count == 56)
  }

  /// `func <cause>Trips…` and `func <cause>DoesNotTrip…` in the core's tests.
  @Test func everyCauseHasATripTestAndANoTripTest() throws {
    let declaration = try SourceTree.file("Sources/CoolingCore/Safeguard/Cause.swift").text
    let causes = declaration.prefix { $0 != "}" }.split(separator: "\n")
      .filter { $0.hasPrefix("  case ") }.map { $0.dropFirst(7) }
    #expect(causes.count == 56)
    let text = try SourceTree.files(in: "Tests/CoolingCoreTests").map(\.text).joined()
    for cause in causes {
      #expect(text.contains("func \(cause)Trips"), "no trip test: \(cause)")
      #expect(text.contains("func \(cause)DoesNotTrip"), "no no-trip test: \(cause)")
    }
  }
}

/// The hazard analysis names what is there.
struct HazardTests {
  private func hazards() throws -> [TidyRules.Hazard] {
    let found = TidyRules.hazards(try SourceTree.file("docs/hazards.md"))
    #expect(found.count >= 40)
    for hazard in found { try #require(hazard.isComplete, "\(hazard.cells)") }
    return found
  }

  @Test func everyRequirementOfAHazardIsWritten() throws {
    let written = TidyRules.requirements(try SourceTree.file("docs/control-narrative.md").text)
    for hazard in try hazards() {
      #expect(hazard.requirements.isSubset(of: written), "\(hazard.cells[0]): \(hazard.requirements)")
    }
  }

  @Test func everyTestOfAHazardExists() throws {
    let tests = Set(try SourceTree.files(in: "Tests").flatMap(TidyRules.testNames))
    for hazard in try hazards() {
      for test in hazard.tests { #expect(tests.contains(test), "\(hazard.cells[0]): \(test)") }
    }
  }

  @Test func everySafeguardAnswersAHazard() throws {
    let written = TidyRules.requirements(try SourceTree.file("docs/control-narrative.md").text)
    let named = try hazards().reduce(into: Set<String>()) { $0.formUnion($1.requirements) }
    let idle = written.filter { $0.hasPrefix("SAF") }.subtracting(named)
    #expect(idle.isEmpty, "against no hazard: \(idle.sorted())")
  }

  @Test func everyHazardHasANumberOfItsOwn() throws {
    let numbers = try hazards().map(\.cells[0])
    #expect(Set(numbers).count == numbers.count)
  }
}

/// A rule that cannot fail proves nothing: each is shown a line that breaks it and one that does not.
struct TidyRuleTests {
  private func file(_ text: String) -> SourceTree.File { SourceTree.File(path: "a", text: text) }

  @Test func everyRuleFailsOnItsBreachAndOnNothingElse() {
    let long = String(repeating: "x", count: 121)
    let cases: [((SourceTree.File) -> [Breach], String, String)] = [
      (TidyRules.longLines, long, String(long.dropLast())),
      (TidyRules.longLines, "  |" + long, "  | " + long),
      (TidyRules.forcedTries, "let a = try! f()", "// a try! in prose"),
      (TidyRules.silentTries, "_ = try? f()", "// ignoring: it is gone\n_ = try? f()"),
      (TidyRules.silentTries, "let a = try? f()", "let entry: HistoryEntry? = nil"),
      (TidyRules.silentTries, "// Does it.\n_ = try? f()", "_ = try? f()  // the reason"),
      (TidyRules.unprovenClaims, "class A: @unchecked Sendable {\n  // a", "@unchecked Sendable {\n  // Proof: b"),
      (TidyRules.unprovenClaims, "nonisolated(unsafe) var a\nvar b", "nonisolated(unsafe) var a\n// Proof: b"),
      (TidyRules.unfinished, "// TO" + "DO: later", "// to do"),
      (TidyRules.machinePaths, "at /ho" + "me/me", "at the path /etc/irhx"),
      (TidyRules.wallClocks, "let a = timestamp()", "// not CLOCK_REALTIME"),
      (TidyRules.impurities, "import Glibc", "// import nothing"),
      (TidyRules.impurities, "public import Glibc", "let important = 1"),
      (TidyRules.impurities, "  print(a)", "  let printed = a"),
      (TidyRules.impurities, "  Double.random(in: 0...1)", "  let a = 1"),
      (TidyRules.impurities, "var count = 0", "  var count = 0"),
      (TidyRules.impurities, "  static var count = 0", "  static var none: A { A() }"),
    ]
    for (rule, breach, fine) in cases {
      #expect(rule(file(breach)).count == 1, "\(breach)")
      #expect(rule(file(fine)).isEmpty, "\(fine)")
    }
    #expect(TidyRules.tooLong(file(String(repeating: "\n", count: 450))))
    #expect(!TidyRules.tooLong(file(String(repeating: "\n", count: 449))))
    let tests = "@Test(arguments: [1])\n  func a() {}\n func b() {}\n @Test func c()"
    #expect(TidyRules.testNames(file(tests)) == ["a", "c"])
    let row = "| H-01 | a | b | c | d | SAF-001, CTL-002 | `e`, `f` |"
    #expect(TidyRules.hazards(file(row))[0].isComplete && TidyRules.hazards(file(row))[0].tests == ["e", "f"])
    for cell in ["c", "SAF-001, CTL-002", "`e`, `f`"] {
      #expect(!TidyRules.hazards(file(row.replacing(cell, with: "")))[0].isComplete, "without \(cell)")
    }
    #expect(TidyRules.requirements("CTL-001, SAF-0012, OPS-12 and (OPS-123)") == ["CTL-001", "OPS-123"])
  }
}
