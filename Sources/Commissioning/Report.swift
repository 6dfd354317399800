public import RowConfig
import RowRuntime

/// What is kept of a walk: a Markdown text whose every line can be read without this program. `Seal` closes it.
public struct Report: Sendable {
  /// Who, what and when; the walk knows nothing of these.
  public struct Heading: Sendable {
    public var operatorName: String
    public var siteDigest: String
    /// Of each profile the site names: name and digest.
    public var profiles: [(name: String, status: String)]
    /// As people read them, UTC.
    public var began: String
    public var ended: String
    public init(
      operatorName: String, siteDigest: String, profiles: [(name: String, status: String)], began: String,
      ended: String
    ) {
      self.operatorName = operatorName
      self.siteDigest = siteDigest
      self.profiles = profiles
      self.began = began
      self.ended = ended
    }
  }

  public let heading: Heading
  public let loaded: LoadedSite
  public let options: Walk.Options
  public let findings: Walk.Findings

  public init(_ heading: Heading, _ loaded: LoadedSite, _ options: Walk.Options, _ findings: Walk.Findings) {
    self.heading = heading
    self.loaded = loaded
    self.options = options
    self.findings = findings
  }

  /// Nothing failed, and it was walked to its end.
  public var isPassed: Bool { findings.ending == nil && count(.failed) == 0 }

  private func count(_ verdict: Check.Verdict) -> Int { findings.checks.count { $0.verdict == verdict } }

  /// One line.
  public var summary: String {
    let counts = "\(count(.passed)) passed, \(count(.failed)) failed, \(count(.notApplicable)) not applicable"
    guard let ending = findings.ending else { return counts }
    let astray = findings.notSafe.joined(separator: ", ")
    let left = astray.isEmpty ? "" : "; did not take their safe output: \(astray)"
    return "ended early, \(ending)\(left); until then \(counts)"
  }

  public var markdown: String {
    var lines = ["# Commissioning of row \(loaded.site.name)", "", "| | |", "|---|---|"]
    func row(_ cells: String...) { lines.append("| " + cells.map(Self.cell).joined(separator: " | ") + " |") }
    row("Result", (isPassed ? "passed: " : "NOT passed: ") + summary)
    row("Operator", heading.operatorName)
    row("Began, ended (UTC)", "\(heading.began), \(heading.ended)")
    row("Scope", scope)
    row("Site file", "\(loaded.path), \(loaded.digest), SHA-256 \(heading.siteDigest)")
    row("Program", "irhxd \(Daemon.version)")
    row("Profiles", heading.profiles.map { "\($0.name) (\($0.status))" }.joined(separator: ", "))
    func table(_ title: String, _ checks: [Check]) {
      guard !checks.isEmpty else { return }
      lines += ["", "## \(title)", "", "| what | tag | check | result | seen |", "|---|---|---|---|---|"]
      for check in checks {
        let verdict = check.verdict == .failed ? "FAILED" : check.verdict.rawValue
        row(check.subject, check.tag ?? "", check.what, verdict, check.seen)
      }
    }
    table("Failed", findings.checks.filter { $0.verdict == .failed })
    for part in Check.Part.allCases { table(part.rawValue, findings.checks.filter { $0.part == part }) }
    if !findings.answers.isEmpty {
      lines += ["", "## Asked of the operator", "", "| question | answer |", "|---|---|"]
      for (question, isYes) in findings.answers { row(question, isYes ? "yes" : "no") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var scope: String {
    var parts = [options.only.map { "only \($0)" } ?? "the whole row"]
    if options.skipsLoss { parts.append("without loss of communication") }
    if options.allowsPower { parts.append("racks may draw power") }
    return parts.joined(separator: ", ")
  }

  /// What would end a cell, or the line, is taken out of it.
  private static func cell(_ text: String) -> String {
    text.replacing("|", with: "/").replacing("\n", with: " ").replacing("\r", with: " ")
  }
}
