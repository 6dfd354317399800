/// What fills the time that a cycle leaves: who devices say they are, slow read groups of those that answer, and probes
/// of those that do not. One request at a time, so that an order from the loop waits for one at most.
extension BusEngine {
  /// Sends one request; false when nothing more is due in this cycle.
  mutating func fill(mayProbe: Bool, _ image: inout MutableSpan<FieldValue>) -> Bool {
    if !selfNaming.isEmpty, identifyNext(filling.nowNs) { return true }
    if let (device, index) = nextSlow() {
      // A device that falls silent here has cost its timeout; the others wait for the next cycle.
      if ask(index, of: device, filling.nowNs, &image) == .silent { filling.isOver = true }
      settleDependents(device, filling.nowNs, &image)
      compareReadBacks(device, filling.nowNs)
      return true
    }
    guard mayProbe, filling.probesLeft > 0, let device = nextProbe(filling.nowNs, failures: 1...Int.max) else {
      return false
    }
    if answersProbe(device, &image) { read(device, filling.nowNs, onlyUrgent: false, &image) }
    if devices[device].failures > 0 { filling.probesLeft -= 1 }
    return true
  }

  private mutating func nextSlow() -> (device: Int, index: Int)? {
    let horizonNs = filling.nowNs + filling.slackNs
    guard !filling.isOver, timeoutsLeft > 0, filling.whenDueNs <= horizonNs else { return nil }
    while filling.device < devices.count {
      let device = filling.device
      if devices[device].failures == 0, devices[device].isConnected {
        for index in devices[device].requests where !requests[index].isUrgent {
          if requests[index].isDue(filling.nowNs, filling.slackNs) { return (device, index) }
          filling.leastNs = min(filling.leastNs, requests[index].dueNs)
        }
      }
      filling.device += 1
    }
    filling.whenDueNs = filling.leastNs
    return nil
  }

  /// Asks a silent device for its first value only, where its first request is longer: a short reply is all that is
  /// waited for, and on a serial line a long one would take as long as the timeout again.
  private mutating func answersProbe(_ device: Int, _ image: inout MutableSpan<FieldValue>) -> Bool {
    let nowNs = filling.nowNs
    devices[device].triedNs = nowNs
    let first = plan.points[plan.devices[device].points.lowerBound]
    guard requests[devices[device].requests.lowerBound].count > first.count else { return true }
    countRequest()
    do throws(ModbusFault) {
      try link.read(
        first.area, unit: plan.devices[device].unit, address: first.address, count: first.count, into: &buffer)
    } catch {
      statistics.count(error)
      // A refusal is an answer.
      guard case .exception = error, !error.isSilence else {
        lose(device, error, nowNs)
        markUnread(device, Outcome(error), nowNs, &image)
        return false
      }
    }
    answered(device)
    return true
  }
}

/// How far the filling of one cycle has got.
struct Filling {
  var nowNs: Int64 = 0
  /// A request is due when it is nearer to this cycle than to the next: intervals keep their grid on a loop that wakes
  /// a little early or late.
  var slackNs: Int64 = 0
  /// How many probes may be in vain: a quarter of the time, at least one.
  var probesLeft = 0
  /// Before this nothing slow is due; 0 when that is not known.
  var whenDueNs: Int64 = 0
  var leastNs = Int64.max
  var device = 0
  var isOver = false

  init() {}

  init(nowNs: Int64, periodNs: Int64, whenDueNs: Int64) {
    self.nowNs = nowNs
    self.whenDueNs = whenDueNs
    slackNs = periodNs / 2
  }
}

/// Spreads probes so that the buses of many rows do not fall into step. A linear congruential generator (Knuth's
/// MMIX constants): chance enough, and the same in every virtual run.
struct Jitter {
  private var state: UInt64 = 1

  /// 0 ..< 256.
  mutating func next() -> Int64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int64(state >> 56)
  }
}
