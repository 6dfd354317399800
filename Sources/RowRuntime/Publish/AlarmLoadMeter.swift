import RowAPI

/// Counts alarms as they are raised: how many an operator was given, and which of them chatter. Of constant size: one
/// count a minute for a day, three times for each alarm there is.
struct AlarmLoadMeter: Sendable {
  /// EEMUA 191 and ISA-18.2 rate an alarm system by ten minutes and by the day.
  static let windowMinutes = 10
  static let dayMinutes = 24 * 60
  /// ISA-18.2: an alarm that comes three times or more within a minute chatters.
  static let chatterCount = 3
  static let chatterS = 60.0

  private struct Raised {
    var times: [Double] = []
    var chatteredAtS: Double?
  }

  private var counts = Array(repeating: 0, count: AlarmLoadMeter.dayMinutes)
  /// The minute that `counts` has come to.
  private var minute = 0
  private var raised: [String: Raised] = [:]

  /// - Parameters:
  ///   - alarm: identifier and subject; there are as many as the row has.
  ///   - nowS: monotonic time, s; never less than before.
  mutating func raise(_ alarm: String, nowS: Double) {
    advance(nowS)
    counts[minute % Self.dayMinutes] += 1
    var record = raised[alarm] ?? Raised()
    record.times.append(nowS)
    if record.times.count > Self.chatterCount { record.times.removeFirst() }
    if record.times.count == Self.chatterCount, nowS - record.times[0] <= Self.chatterS { record.chatteredAtS = nowS }
    raised[alarm] = record
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
    let windowS = Double(Self.windowMinutes) * 60
    let chattering = raised.filter { $0.value.chatteredAtS.map { nowS - $0 <= windowS } ?? false }
    return AlarmLoad(
      last10Min: window, last24H: counts.reduce(0, +), peak10Min: peak,
      chattering: chattering.keys.sorted())
  }

  private mutating func advance(_ nowS: Double) {
    let next = Int(nowS / 60)
    for passed in 0..<min(max(0, next - minute), Self.dayMinutes) { counts[(next - passed) % Self.dayMinutes] = 0 }
    minute = max(minute, next)
  }
}
