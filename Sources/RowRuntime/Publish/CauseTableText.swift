import CoolingCore

/// The cause-and-effect table for people.
public enum CauseTableText {
  public static func markdown() -> String {
    var text = """
      # Cause and effect

      Generated from `Sources/CoolingCore/Safeguard/CauseAndEffect.swift` by `irhxd cause-and-effect`. Where several
      causes act on the same actuator the highest effect wins; effects rise from top to bottom of the second table.
      Votes say how many of what must agree. First-out: the cause can be the one that began a disturbance of the row.
      Bypass: a person may put it out of service, for 8 h at most.

      | requirement | cause | scope | priority | votes | on after, s | off after, s | effect | latches | first-out | bypass | what has happened | what to do | why these numbers |
      |---|---|---|---|---|---|---|---|---|---|---|---|---|---|

      """
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      let row = CauseAndEffect.definition(of: cause)
      text +=
        "| \(row.requirement) | \(row.id) | \(cause.scope) | \(row.priority) | \(row.votes) "
        + "| \(number(row.onDelayS)) | \(number(row.offDelayS)) | \(row.effect) "
        + "| \(row.latches ? "until reset" : "no") | \(row.effect.isOfRow ? "yes" : "no") "
        + "| \(row.effect.isBypassable ? "yes" : "no") | \(row.text) | \(row.response) | \(row.reason) |\n"
    }
    text += "\n| effect | meaning |\n|---|---|\n"
    for effect in effects { text += "| \(effect.0) | \(effect.1) |\n" }
    return text
  }

  private static let effects: [(Effect, String)] = [
    (.alarmOnly, "asks for a person, changes nothing"),
    (.excludePump, "this pump is out of service, another takes its place in the same cycle"),
    (.openRackValve, "this rack's valve opens fully"),
    (.openRackValves, "every rack's valve opens fully"),
    (.safeRejection, "fans or facility valve at their safe position at least"),
    (.safePumps, "running pumps at their safe speed at least"),
    (.maximumCooling, "every available pump and fan at maximum, every rack valve open"),
    (.withdrawPermit, "this rack may draw no power"),
    (.withdrawPermits, "no rack may draw power; cooling goes on"),
    (.shutDown, "no rack may draw power; the row cools until the heat has gone, then rests"),
    (.isolateCoil, "this coil's valve shuts and its fan stops, unless it is the last one"),
    (.isolateRack, "this rack may draw no power; its valve shuts when it draws none, or after 10 s"),
    (.isolateRow, "no rack may draw power; the pumps stop when the heat has gone, or after 30 s"),
    (.stopPumps, "no rack may draw power and the pumps stop at once; only for evidence that running them does harm"),
  ]
}
