/// Checks each signal by itself, before voting: was it received, is it a possible value, can the process have moved so
/// fast, is the instrument alive, how old is it. A doubtful value is replaced by the last credible one for a
/// short while and is missing after that; a doubt is never silently a number.
public struct SignalConditioner: Sendable {
  /// How long the last credible value stands in for a doubtful one. Short against every thermal time of the loop (the
  /// fastest, a chip's, is 2–20 s).
  static let holdS = 3.0

  private var credible: Double?
  private var sinceCredibleS = 0.0
  private var lastRaw = Double.nan
  private var unchangedS = 0.0

  public init() {}

  public mutating func step(_ signal: Signal, limits: SignalLimits, dt: Double) -> ConditionedSignal {
    guard limits.isConfigured else { return ConditionedSignal() }
    guard signal.outcome != .never else {
      return ConditionedSignal(value: nil, quality: .bad(.neverReceived))
    }
    if signal.outcome == .invalidValue { return hold(.deviceInvalid, signal, dt) }
    let raw = signal.value
    guard raw.isFinite, raw >= limits.low, raw <= limits.high else { return hold(.outOfRange, signal, dt) }
    // A device that does not answer is lost when its last answer is stale; one that is merely read seldom, later.
    if signal.outcome != .good && signal.ageS > limits.staleAfterS { return lose(.communication, signal) }
    if signal.ageS > 3 * limits.staleAfterS { return lose(.stale, signal) }
    if let last = credible, movedTooFast(raw, last, limits, dt) { return hold(.rateOfChange, signal, dt) }

    credible = raw
    sinceCredibleS = 0
    if limits.frozenAfterS > 0, isFrozen(raw, limits, dt) {
      return ConditionedSignal(value: raw, quality: .uncertain(.frozen), ageS: signal.ageS)
    }
    if signal.ageS > limits.staleAfterS {
      return ConditionedSignal(value: raw, quality: .uncertain(.stale), ageS: signal.ageS)
    }
    return ConditionedSignal(value: raw, quality: .good, ageS: signal.ageS)
  }

  /// A jump is doubted until it has stood for the hold time; then the process has really moved.
  private func movedTooFast(_ raw: Double, _ last: Double, _ limits: SignalLimits, _ dt: Double) -> Bool {
    guard sinceCredibleS + dt <= SignalConditioner.holdS else { return false }
    let reach = limits.slewMax * (sinceCredibleS + dt)
    return raw > last + reach || raw < last - reach
  }

  private mutating func isFrozen(_ raw: Double, _ limits: SignalLimits, _ dt: Double) -> Bool {
    unchangedS = raw == lastRaw ? unchangedS + dt : 0
    lastRaw = raw
    return unchangedS > limits.frozenAfterS
  }

  private mutating func hold(_ doubt: Doubt, _ signal: Signal, _ dt: Double) -> ConditionedSignal {
    sinceCredibleS += dt
    guard sinceCredibleS <= SignalConditioner.holdS, let credible else { return lose(doubt, signal) }
    return ConditionedSignal(value: credible, quality: .uncertain(doubt), ageS: signal.ageS)
  }

  private mutating func lose(_ doubt: Doubt, _ signal: Signal) -> ConditionedSignal {
    credible = nil
    sinceCredibleS = SignalConditioner.holdS
    return ConditionedSignal(value: nil, quality: .bad(doubt), ageS: signal.ageS)
  }
}
