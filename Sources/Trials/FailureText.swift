/// A failing trial for a person: the shortest schedule that still fails, how, and the last cycles before it.
public enum FailureText {
  static let cyclesKept = 50

  public static func explain(_ plan: TrialPlan, _ violation: Violation) throws -> String {
    let (shortest, found) = try Shrinker.shrink(plan, violation)
    return (["\(found)", shortest.text, RowLine.header] + (try lastCycles(shortest, until: found.seconds)))
      .joined(separator: "\n")
  }

  /// The last cycles up to `until`, one line each.
  public static func lastCycles(_ plan: TrialPlan, until seconds: Double) throws -> [String] {
    var lines: [String] = []
    var shown = plan
    shown.endS = min(plan.endS, Int(seconds) + 1)
    _ = try Trial.run(shown) { row in
      guard row.seconds > seconds - Double(cyclesKept) else { return }
      lines.append(RowLine.text(row))
    }
    return lines
  }
}
