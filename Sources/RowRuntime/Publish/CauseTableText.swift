import CoolingCore

/// The cause-and-effect table for people.
public enum CauseTableText {
  public static func markdown() -> String {
    var text = """
      # Cause and effect

      Generated from `Sources/CoolingCore/Safeguard/CauseAndEffect.swift` by `irhxd cause-and-effect`. Where several
      causes act on the same actuator the highest effect wins; effects rise from top to bottom of the second table.

      | requirement | cause | scope | priority | on after, s | off after, s | effect | latches | what has happened | what to do | why these numbers |
      |---|---|---|---|---|---|---|---|---|---|---|

      """
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      let row = CauseAndEffect.definition(of: cause)
      text +=
        "| \(row.requirement) | \(row.id) | \(cause.scope) | \(row.priority) | \(number(row.onDelayS)) "
        + "| \(number(row.offDelayS)) | \(row.effect) | \(row.latches ? "until reset" : "no") | \(row.text) "
        + "| \(row.response) | \(row.reason) |\n"
    }
    text += "\n| effect | meaning |\n|---|---|\n"
    for effect in effects { text += "| \(effect.0) | \(effect.1) |\n" }
    return text
  }

  private static let effects: [(Effect, String)] = [
    (.alarmOnly, "asks for a person, changes nothing"),
    (.excludePump, "this pump is out of service, another takes its place in the same cycle"),
    (.openRackValve, "this rack's valve opens fully"),
    (.safeRejection, "fans or facility valve at their safe position at least"),
    (.safePumps, "running pumps at their safe speed at least"),
    (.maximumCooling, "every available pump and fan at maximum, every rack valve open"),
    (.stopPumps, "the pumps stop; only for evidence that running them does harm"),
  ]
}
