/// Checks each signal by itself, before voting: was it received, is it a possible value, can the process have moved so
/// fast, is the instrument alive, how old is it. A doubtful value is replaced by the last credible one for a
/// short while and is missing after that; a doubt is never silently a number.
public struct SignalConditioner: Sendable {
  /// How long the last credible value stands in for a doubtful one. Short against every thermal time of the loop (the
  /// fastest, a chip's, is 2–20 s).
  static let holdS = 3.0

  private var credible: Double?
  private var sinceCredibleS = 0.0
  private var liveliness = Liveliness()

  public init() {}

  /// - Parameter companion: what should move when this signal's process does, 5 to be a clear move; NaN: nothing.
  public mutating func step(
    _ signal: Signal, limits: SignalLimits, companion: Double = .nan, dt: Double
  ) -> ConditionedSignal {
    guard limits.isConfigured else { return ConditionedSignal() }
    guard signal.outcome != .never else {
      return ConditionedSignal(value: nil, quality: .bad(.neverReceived))
    }
    if signal.outcome == .invalidValue { return hold(.deviceInvalid, signal, dt) }
    let raw = signal.value
    guard raw.isFinite, raw >= limits.low, raw <= limits.high else { return hold(.outOfRange, signal, dt) }
    // A device that does not answer is lost when its last answer is stale; one that is merely read seldom, later.
    let isFresh = signal.ageS <= limits.staleAfterS
    if signal.outcome != .good && !isFresh { return lose(.communication, signal) }
    guard signal.ageS <= 3 * limits.staleAfterS else { return lose(.stale, signal) }
    if let last = credible, movedTooFast(raw, last, limits, dt) { return hold(.rateOfChange, signal, dt) }

    credible = raw
    sinceCredibleS = 0
    guard isFresh else {
      let projected = limits.projected(raw, overdueS: signal.ageS - limits.staleAfterS)
      return ConditionedSignal(value: projected, quality: .uncertain(.stale), ageS: signal.ageS)
    }
    if limits.frozenAfterS > 0, liveliness.isFrozen(raw, companion, limits.frozenAfterS, dt) {
      return ConditionedSignal(value: raw, quality: .uncertain(.frozen), ageS: signal.ageS)
    }
    return ConditionedSignal(value: raw, quality: .good, ageS: signal.ageS)
  }

  /// A jump is doubted until it has stood for the hold time; then the process has really moved.
  private func movedTooFast(_ raw: Double, _ last: Double, _ limits: SignalLimits, _ dt: Double) -> Bool {
    guard sinceCredibleS + dt <= SignalConditioner.holdS else { return false }
    let reach = limits.slewMax * (sinceCredibleS + dt)
    return raw > last + reach || raw < last - reach
  }

  private mutating func hold(_ doubt: Doubt, _ signal: Signal, _ dt: Double) -> ConditionedSignal {
    sinceCredibleS += dt
    guard sinceCredibleS <= SignalConditioner.holdS, let credible else { return lose(doubt, signal) }
    return ConditionedSignal(value: credible, quality: .uncertain(doubt), ageS: signal.ageS)
  }

  private mutating func lose(_ doubt: Doubt, _ signal: Signal) -> ConditionedSignal {
    credible = nil
    sinceCredibleS = SignalConditioner.holdS
    liveliness.interrupt()
    return ConditionedSignal(value: nil, quality: .bad(doubt), ageS: signal.ageS)
  }
}

/// Learns how long an instrument stays silent while it is well: a magnetic flow meter moves with every reading, a
/// coarse level transmitter once an hour. It is frozen when it has been silent for several times as long *and*
/// something else says that the process moved. One whose own noise never rested for more than a few seconds needs no
/// such witness after `frozenAfterS`, unless it says 0: a flow meter below its cut-off does.
struct Liveliness: Sendable {
  /// Moves that make a habit. Until then only `frozenAfterS` and a witness together tell.
  static let movesMin = 20
  /// Silence in multiples of the longest seen, and at the least, s.
  static let silenceRatio = 8.0
  static let silenceMinS = 15.0
  /// What is left of the longest silence after each move: a night's standstill is forgotten within some hundred.
  static let memory = 0.99
  /// An instrument that is never silent for longer than this shows noise of its own, s.
  static let noisyS = 10.0
  /// A companion that has been away this far for so long has moved; see `SignalConditioner.step`. Longer than the lag
  /// between any two instruments of a start.
  static let companionMove = 5.0
  static let companionS = 5.0

  private var last = Double.nan
  private var silentS = 0.0
  private var longestS = 0.0
  private var moves = 0
  private var companionThen = Double.nan
  private var companionAwayS = 0.0
  private var isFrozen = false

  mutating func isFrozen(_ raw: Double, _ companion: Double, _ frozenAfterS: Double, _ dt: Double) -> Bool {
    guard raw == last else {
      noteMove()
      last = raw
      companionThen = companion
      return false
    }
    silentS += dt
    if companionThen.isNaN { companionThen = companion }
    let off = companion - companionThen
    let isAway = off > Liveliness.companionMove || off < -Liveliness.companionMove
    companionAwayS = isAway ? companionAwayS + dt : 0
    let isKnown = moves >= Liveliness.movesMin
    let silence = isKnown ? max(Liveliness.silenceMinS, Liveliness.silenceRatio * longestS) : frozenAfterS
    if silentS > silence && companionAwayS > Liveliness.companionS { isFrozen = true }
    let isNoisy = isKnown && longestS <= Liveliness.noisyS && raw != 0
    if isNoisy && silentS > max(silence, frozenAfterS) { isFrozen = true }
    return isFrozen
  }

  /// The silence of a time without readings is not the instrument's.
  mutating func interrupt() {
    last = .nan
    silentS = 0
    isFrozen = false
  }

  /// A silence that was taken for a fault teaches nothing.
  private mutating func noteMove() {
    longestS *= Liveliness.memory
    if last.isFinite && !isFrozen {
      longestS = max(longestS, silentS)
      if moves < Liveliness.movesMin { moves += 1 }
    }
    silentS = 0
    companionAwayS = 0
    isFrozen = false
  }
}
