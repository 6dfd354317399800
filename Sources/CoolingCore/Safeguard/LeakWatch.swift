/// How good the evidence of a leak is, for the row, each rack and each coil. A detector that is broken or silent is no
/// evidence; one wet detector of the row, however critical, never is enough for the row.
///
/// Votes: a wet detector one, a critical one of a rack or coil two, one that has been wet for ten minutes two; loss of
/// coolant or pressure is one more vote wherever a detector is wet, but for the row while a rack or coil explains it.
/// Two votes confirm.
struct LeakWatch: Sendable {
  /// A spill is wiped up or dries within this time; a leak does not.
  static let minorMaxS = 600.0
  /// From its last wet cycle on an isolated part is the reason this long: a valve's stroke, and what still drips.
  static let isolatedMaxS = 900.0

  struct Verdict: Sendable {
    var votes: UInt8 = 0
    /// Every detector that watches it has a word.
    var isKnown = true

    var condition: Condition {
      var condition = Condition(votes >= 2, value: Double(votes), limit: 2)
      condition.isKnown = isKnown || condition.isMet
      return condition
    }
  }

  private(set) var row = Verdict()
  private(set) var racks: PerRack<Verdict> = .init(repeating: Verdict())
  private(set) var coils: PerFan<Verdict> = .init(repeating: Verdict())
  /// A rack or coil that leaks explains what the loop loses, and what of it reaches a detector of the row, s.
  private var explainedS = 0.0
  private var wetS: PerLeakZone<Double> = .init(repeating: 0)

  /// - Parameter isCorroborated: the loop loses coolant or pressure.
  mutating func step(
    _ leaks: Span<Measurements.Leak>, _ zones: Span<Settings.LeakZone>, count: Int, isCorroborated: Bool, dt: Double
  ) {
    row = Verdict()
    racks = .init(repeating: Verdict())
    coils = .init(repeating: Verdict())
    for i in 0..<count {
      let isWet = leaks[i].isVote
      if isWet { wetS[i] += dt } else if !leaks[i].alarm.isLost { wetS[i] = 0 }
      let isStrong = zones[i].isCritical || wetS[i] > LeakWatch.minorMaxS
      let votes: UInt8 = isWet ? (isStrong ? 2 : 1) : 0
      let isKnown = !leaks[i].alarm.isLost
      switch zones[i].watches {
      case .row: LeakWatch.add(votes > 0 ? 1 : 0, isKnown, to: &row)
      case .rack(let rack): LeakWatch.add(votes, isKnown, to: &racks[rack])
      case .coil(let coil): LeakWatch.add(votes, isKnown, to: &coils[coil])
      }
    }
    if isCorroborated {
      for i in 0..<Capacity.racks where racks[i].votes > 0 { racks[i].votes += 1 }
      for i in 0..<Capacity.fans where coils[i].votes > 0 { coils[i].votes += 1 }
    }
    explainedS = max(0, explainedS - dt)
    for i in 0..<Capacity.racks where racks[i].votes >= 2 { explainedS = LeakWatch.isolatedMaxS }
    for i in 0..<Capacity.fans where coils[i].votes >= 2 { explainedS = LeakWatch.isolatedMaxS }
    if isCorroborated, row.votes > 0, explainedS == 0 { row.votes += 1 }
  }

  @inline(__always)
  private static func add(_ votes: UInt8, _ isKnown: Bool, to verdict: inout Verdict) {
    verdict.votes += votes
    if !isKnown { verdict.isKnown = false }
  }
}
