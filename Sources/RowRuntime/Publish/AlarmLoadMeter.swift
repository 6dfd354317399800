import RowAPI

/// Counts alarms as they are raised: how many an operator was given. Of constant size: one count a minute for a day.
struct AlarmLoadMeter: Sendable {
  /// EEMUA 191 and ISA-18.2 rate an alarm system by ten minutes and by the day.
  static let windowMinutes = 10
  static let dayMinutes = 24 * 60

  private var counts = Array(repeating: 0, count: AlarmLoadMeter.dayMinutes)
  /// The minute that `counts` has come to.
  private var minute = 0

  /// - Parameter nowS: monotonic time, s; never less than before.
  mutating func raise(nowS: Double) {
    advance(nowS)
    counts[minute % Self.dayMinutes] += 1
  }

  /// The load as it is now. Its windows end with the minute under way, so they are up to a minute short.
  mutating func load(nowS: Double) -> AlarmLoad {
    advance(nowS)
    var window = 0
    var peak = 0
    // From the oldest minute to this one.
    for i in 0..<Self.dayMinutes {
      window += counts[(minute + 1 + i) % Self.dayMinutes]
      if i >= Self.windowMinutes { window -= counts[(minute + 1 + i - Self.windowMinutes) % Self.dayMinutes] }
      peak = max(peak, window)
    }
    return AlarmLoad(last10Min: window, last24H: counts.reduce(0, +), peak10Min: peak)
  }

  private mutating func advance(_ nowS: Double) {
    let next = Int(nowS / 60)
    for passed in 0..<min(max(0, next - minute), Self.dayMinutes) { counts[(next - passed) % Self.dayMinutes] = 0 }
    minute = max(minute, next)
  }
}
