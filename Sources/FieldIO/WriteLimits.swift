/// How far and how often one output may be changed.
struct WriteLimits: Sendable, Equatable {
  var minIntervalNs: Int64 = 0
  /// In the command's unit: a smaller change is not written.
  var deadband = 0.0
  /// In the command's unit.
  var maxStep: Double?
  var writesPerDay: Int?

  /// Whether a demand differs enough from what the device was last told.
  func isWorthWriting(_ demand: Double, after last: Double?) -> Bool {
    guard deadband > 0, let last else { return true }
    return (demand - last).magnitude >= deadband
  }

  /// The next value on the way from what the device was last told to what is demanded of it.
  func step(from last: Double?, to demand: Double) -> Double {
    guard let last, let maxStep else { return demand }
    return min(max(demand, last - maxStep), last + maxStep)
  }
}

/// Writes that a memory which wears may still take: they fill up evenly, an hour's worth at most, so that no day sees
/// more than 25 hours' worth.
struct WriteBudget: Sendable, Equatable {
  private static let dayNs = 86_400e9
  private var left: Double?
  private var countedNs: Int64 = 0

  /// Whether one more write is allowed; if so, it is counted.
  mutating func spend(perDay: Int, nowNs: Int64) -> Bool {
    let most = max(Double(perDay) / 24, 1)
    let gained = Double(nowNs - countedNs) * Double(perDay) / Self.dayNs
    let now = min((left ?? most) + gained, most)
    countedNs = nowNs
    left = now >= 1 ? now - 1 : now
    return now >= 1
  }
}
