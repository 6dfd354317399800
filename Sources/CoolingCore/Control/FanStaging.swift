/// Below the least speed of its fans a row runs fewer of them: as many, at that speed, as move the air that is asked
/// for. Switching all of them would swing the supply temperature by more than it may move.
struct FanStaging: Sendable {
  /// Fans more or fewer only once this much of one is wanted: more than half, so that one between two stays.
  static let hysteresis = 0.75
  /// And not before the coil has answered the last change.
  static let holdS = 20.0

  /// How many of `count` fans turn.
  private(set) var turning = 0
  private var heldS = FanStaging.holdS

  /// - Parameters:
  ///   - mean: speed that is asked for as a mean over all fans, percent.
  ///   - least: lowest speed at which a fan turns, percent.
  /// - Returns: how many of `count` fans turn, at `least` or more.
  mutating func step(mean: Double, least: Double, count: Int, dt: Double) -> Int {
    heldS += dt
    guard least > 0, mean < least else {
      turning = count
      heldS = FanStaging.holdS
      return count
    }
    let wanted = mean / least * Double(count)
    if turning > count { turning = count }
    let off = wanted - Double(turning)
    if heldS >= FanStaging.holdS, off > FanStaging.hysteresis || off < -FanStaging.hysteresis {
      turning = Int(wanted + 0.5)
      heldS = 0
    }
    return turning
  }
}
