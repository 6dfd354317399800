/// A number learnt from samples while they can be trusted: the plain mean at first, then one that forgets over the
/// horizon.
struct Learnt: Sendable {
  /// Samples of less than this make no knowledge, s.
  static let knownAfterS = 60.0

  private(set) var mean: Double
  private(set) var heardS = 0.0

  init(_ assumed: Double) { mean = assumed }

  /// nil until enough was heard.
  @inline(__always)
  var value: Double? { heardS >= Learnt.knownAfterS ? mean : nil }

  mutating func learn(_ sample: Double, horizonS: Double, dt: Double) {
    mean += (sample - mean) * dt / (heardS + dt)
    if heardS < horizonS { heardS += dt }
  }
}

/// Two independent ways to know what an instrument says: it is contradicted when both find it off to the same side, by
/// more than all errors together, for the delay. Where a way is missing nobody new is contradicted; one way that finds
/// it right is enough to believe it again, or two that are doubted would wait for each other for ever.
struct Contradiction: Sendable {
  /// Deviations are smoothed over this, s: a load step, a pump trip and a valve's stroke reach all meters within it.
  static let smoothS = 5.0
  static let delayS = 20.0

  private var first = FirstOrderLag()
  private var second = FirstOrderLag()
  private var elapsedS = 0.0
  private(set) var isActive = false
  /// Both ways find now that it says too little.
  private(set) var isLow = false

  /// - Parameters:
  ///   - first, second: instrument minus what each way says; nil: not known now.
  ///   - tolerance: of both; half of it when contradicted already.
  mutating func step(_ first: Double?, _ second: Double?, tolerance: Double, delayS: Double, dt: Double) {
    let a = first.map { self.first.step($0, timeConstantS: Contradiction.smoothS, dt: dt) }
    let b = second.map { self.second.step($0, timeConstantS: Contradiction.smoothS, dt: dt) }
    let limit = isActive ? tolerance / 2 : tolerance
    let isOff: Bool
    if let a, let b {
      let low = isLow ? -tolerance / 2 : -limit
      isLow = a < low && b < low
      isOff = (a < -limit && b < -limit) || (a > limit && b > limit)
    } else {
      isLow = false
      guard isActive, let known = a ?? b else { return }
      isOff = known < -limit || known > limit
    }
    elapsedS = isOff == isActive ? 0 : elapsedS + dt
    if elapsedS > delayS {
      isActive = isOff
      elapsedS = 0
    }
  }
}
