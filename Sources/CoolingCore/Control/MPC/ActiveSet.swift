/// Which limits hold, as bit masks a stage. Kept between solves: the next one starts from it.
///
/// An input is held by at most one limit. Where a box limit and the ramp into it hold both, the ramp is booked on the
/// input before, which it then holds: that input is constant too.
enum ActiveSet {
  static let words = 8
  static let atMin = 0
  static let atMax = 1
  static let rampDown = 2
  static let rampUp = 3
  /// uₖ = uₖ₊₁ + r, and uₖ₊₁ is constant.
  static let beforeDown = 4
  /// uₖ = uₖ₊₁ − r, and uₖ₊₁ is constant.
  static let beforeUp = 5
  static let softMin = 6
  static let softMax = 7
  static let inputModes = 6
}

/// The inputs that a limit holds at one stage, and those among them that follow u₋₁.
struct HeldInputs {
  let all: UInt64
  let ramped: UInt64
}

/// Primal-dual active set (a semismooth Newton method on the optimality conditions): solve with the present set's
/// limits as equations, take in limits that the answer breaks, let go those whose multiplier has the wrong sign, repeat
/// until the set stands. Hintermüller, Ito, Kunisch, SIAM J. Optim. 13 (2003), 865–888. An answer whose set stands
/// satisfies the optimality conditions to rounding.
extension MPCMemory {
  @inline(__always) func heldInputs(_ stage: Int) -> HeldInputs {
    let at = stage &* ActiveSet.words
    let ramped = set[bits: at &+ ActiveSet.rampDown] | set[bits: at &+ ActiveSet.rampUp]
    return HeldInputs(all: ramped | constant(stage), ramped: ramped)
  }

  /// Inputs whose value no other stage decides.
  @inline(__always) func constant(_ stage: Int) -> UInt64 {
    let at = stage &* ActiveSet.words
    return set[bits: at &+ ActiveSet.atMin] | set[bits: at &+ ActiveSet.atMax] | chained(stage)
  }

  /// Inputs that the ramp into the next stage's constant input holds.
  @inline(__always) private func chained(_ stage: Int) -> UInt64 {
    let at = stage &* ActiveSet.words
    return set[bits: at &+ ActiveSet.beforeDown] | set[bits: at &+ ActiveSet.beforeUp]
  }

  @inline(__always) func free(_ held: HeldInputs) -> UInt64 {
    ((1 &<< UInt64(truncatingIfNeeded: inputs)) &- 1) & ~held.all
  }

  /// Iterates from the kept set. Trajectories of the first `clippedMax` iterations are clipped into the limits as they
  /// roll out, which keeps one wrong early stage from upsetting all later ones.
  func solveActiveSet(iterationsMax: Int, clippedMax: Int, tolerance: Tolerance) -> (converged: Bool, iterations: Int) {
    writeQuadratic()
    startValue()
    var changed = horizon &- 1
    for iteration in 1...iterationsMax {
      guard factorise(from: changed) else { return (false, iteration) }
      sweepLinear(from: changed)
      let isClipped = iteration <= clippedMax
      changed = rollOut(clipped: isClipped)
      let residual = sweepCostates(.activeSet).residual
      guard residual < .infinity else { return (false, iteration) }
      changed = max(changed, updateSet(tolerance))
      if changed < 0 { return (true, iteration) }
    }
    return (false, iterationsMax)
  }

  /// Diagonals, linear terms and held values that the present set stands for.
  func writeQuadratic() {
    var stage = horizon &- 1
    while stage >= 0 {
      defer { stage &-= 1 }
      let at = stage &* nu
      Kernels.copy(inputWeight, to: uDiagonal.from(at), nu)
      Kernels.copy(moveWeight, to: moveDiagonal.from(at), nu)
      Kernels.copy(inputPrice.from(at), to: uLinear.from(at), nu)
      Kernels.clear(moveLinear.from(at), nu)
      Kernels.clear(held.from(at), nu)
      for i in 0..<inputs { writeHeld(stage, i) }
      let isLast = stage == horizon &- 1
      Kernels.copy(isLast ? finalWeight : stateWeight, to: xDiagonal.from(stage &* nx), nx)
      Kernels.copy(statePrice.from(stage &* nx), to: xLinear.from(stage &* nx), nx)
      let word = stage &* ActiveSet.words
      set[bits: word &+ ActiveSet.softMin].forEachBit { i in
        xDiagonal[stage &* nx &+ i] += softWeight[i]
        xLinear[stage &* nx &+ i] -= softWeight[i] * stateMin[i]
      }
      set[bits: word &+ ActiveSet.softMax].forEachBit { i in
        xDiagonal[stage &* nx &+ i] += softWeight[i]
        xLinear[stage &* nx &+ i] -= softWeight[i] * stateMax[i]
      }
    }
  }

  @inline(__always) func mode(_ stage: Int, _ input: Int) -> Int? {
    let word = stage &* ActiveSet.words
    for mode in 0..<ActiveSet.inputModes where set[bits: word &+ mode][input] { return mode }
    return nil
  }

  @inline(__always) func setMode(_ stage: Int, _ input: Int, _ mode: Int?) {
    let word = stage &* ActiveSet.words
    let bit = UInt64(1) &<< UInt64(truncatingIfNeeded: input)
    for other in 0..<ActiveSet.inputModes { set[bits: word &+ other] &= ~bit }
    if let mode { set[bits: word &+ mode] |= bit }
    writeHeld(stage, input)
  }

  @inline(__always) private func writeHeld(_ stage: Int, _ input: Int) {
    let at = stage &* nu &+ input
    switch mode(stage, input) {
    case ActiveSet.atMin?: held[at] = low[at]
    case ActiveSet.atMax?: held[at] = high[at]
    case ActiveSet.rampDown?: held[at] = -ramp[input]
    case ActiveSet.rampUp?: held[at] = ramp[input]
    case ActiveSet.beforeDown?: held[at] = held[at &+ nu] + ramp[input]
    case ActiveSet.beforeUp?: held[at] = held[at &+ nu] - ramp[input]
    default: held[at] = 0
    }
  }

  /// Rolls the law out from x₀. - Returns: the last stage where clipping changed the set, −1 for none.
  private func rollOut(clipped: Bool) -> Int {
    var changed = -1
    Kernels.copy(stateNow, to: x, nx)
    for stage in 0..<horizon {
      let own = u.from(stage &* nu)
      let before = before(stage)
      applyLaw(stage, x.from(stage &* nx), before, into: own)
      if clipped && clip(stage, own, before) { changed = stage }
      advance(stage, x.from(stage &* nx), own, into: x.from((stage &+ 1) &* nx))
    }
    return changed
  }

  @inline(__always) private func clip(_ stage: Int, _ own: Doubles, _ before: Doubles) -> Bool {
    var isChanged = false
    for i in 0..<inputs {
      let at = stage &* nu &+ i
      let (up, down) = (before[i] + ramp[i], before[i] - ramp[i])
      let upper = min(high[at], up)
      let lower = max(low[at], down)
      if own[i] > upper {
        let wanted = high[at] <= up ? ActiveSet.atMax : ActiveSet.rampUp
        if own[i] > upper + 1e-12 && mode(stage, i) != wanted {
          setMode(stage, i, wanted)
          isChanged = true
        }
        own[i] = upper
      } else if own[i] < lower {
        let wanted = low[at] >= down ? ActiveSet.atMin : ActiveSet.rampDown
        if own[i] < lower - 1e-12 && mode(stage, i) != wanted {
          setMode(stage, i, wanted)
          isChanged = true
        }
        own[i] = lower
      }
    }
    return isChanged
  }

  /// Takes in what the trajectory breaks, lets go what its multipliers refuse.
  /// - Returns: the last stage that changed, −1 for none.
  private func updateSet(_ tolerance: Tolerance) -> Int {
    var changed = -1
    // The first stage has none before it.
    var constantBefore = ~UInt64(0)
    for stage in 0..<horizon {
      let before = before(stage)
      let constantHere = constant(stage)
      for i in 0..<inputs where !fixed[bits: stage][i] {
        let now = mode(stage, i)
        let canHoldBefore = constantHere[i] && !constantBefore[i]
        let wanted = wantedMode(stage, i, before[i], now, canHoldBefore, tolerance)
        if canHoldBefore && wanted == now && holdBefore(stage, i, before[i], tolerance) {
          changed = max(changed, stage &- 1)
        }
        guard wanted != now else { continue }
        setMode(stage, i, wanted)
        changed = stage
      }
      for i in 0..<states where softWeight[i] > 0 {
        if updateSoft(stage, i) { changed = stage }
      }
      constantBefore = constantHere
    }
    return max(changed, mendChains())
  }

  @inline(__always) private func wantedMode(
    _ stage: Int, _ i: Int, _ before: Double, _ now: Int?, _ canHoldBefore: Bool, _ tolerance: Tolerance
  ) -> Int? {
    let at = stage &* nu &+ i
    let value = u[at]
    let (up, down) = (before + ramp[i], before - ramp[i])
    var isRefused = false
    switch now {
    case ActiveSet.atMax?, ActiveSet.rampUp?, ActiveSet.beforeDown?: isRefused = price[at] < -tolerance.dual
    case ActiveSet.atMin?, ActiveSet.rampDown?, ActiveSet.beforeUp?: isRefused = price[at] > tolerance.dual
    default: break
    }
    let mustFollow = isRefused || !canHoldBefore
    if value > high[at] + tolerance.primal || (value > up + tolerance.primal && mustFollow) {
      return high[at] <= up ? ActiveSet.atMax : ActiveSet.rampUp
    }
    if value < low[at] - tolerance.primal || (value < down - tolerance.primal && mustFollow) {
      return low[at] >= down ? ActiveSet.atMin : ActiveSet.rampDown
    }
    return isRefused ? nil : now
  }

  /// Books a broken ramp into a constant input on the input before. - Returns: whether it did.
  @inline(__always) private func holdBefore(
    _ stage: Int, _ i: Int, _ before: Double, _ tolerance: Tolerance
  ) -> Bool {
    let move = u[stage &* nu &+ i] - before
    guard abs(move) > ramp[i] + tolerance.primal else { return false }
    setMode(stage &- 1, i, move > 0 ? ActiveSet.beforeUp : ActiveSet.beforeDown)
    return true
  }

  /// An input held by the ramp into a next one that is constant no more hands the ramp over to it.
  /// - Returns: the last stage that changed, −1 for none.
  func mendChains() -> Int {
    var changed = -1
    var stage = horizon &- 1
    while stage >= 0 {
      let next = stage &+ 1 < horizon ? constant(stage &+ 1) : 0
      chained(stage).forEachBit { i in
        if next[i] {
          writeHeld(stage, i)
        } else {
          let wasUp = set[bits: stage &* ActiveSet.words &+ ActiveSet.beforeUp][i]
          setMode(stage, i, nil)
          changed = max(changed, stage)
          if stage &+ 1 < horizon && mode(stage &+ 1, i) == nil {
            setMode(stage &+ 1, i, wasUp ? ActiveSet.rampUp : ActiveSet.rampDown)
            changed = max(changed, stage &+ 1)
          }
        }
      }
      stage &-= 1
    }
    return changed
  }

  /// Books the ramps into constant inputs on the inputs before, where a set names both limits.
  func splitChains() {
    var stage = horizon &- 1
    while stage >= 0 {
      let at = stage &* ActiveSet.words
      let constantHere = constant(stage)
      if stage > 0 {
        let earlier = at &- ActiveSet.words
        let boxed = set[bits: earlier &+ ActiveSet.atMin] | set[bits: earlier &+ ActiveSet.atMax]
        set[bits: earlier &+ ActiveSet.beforeUp] |= set[bits: at &+ ActiveSet.rampUp] & constantHere & ~boxed
        set[bits: earlier &+ ActiveSet.beforeDown] |= set[bits: at &+ ActiveSet.rampDown] & constantHere & ~boxed
      }
      set[bits: at &+ ActiveSet.rampUp] &= ~constantHere
      set[bits: at &+ ActiveSet.rampDown] &= ~constantHere
      stage &-= 1
    }
  }

  /// Along a chain each input's own multiplier adds to the next one's.
  func addChainPrices() {
    for stage in 0..<(horizon &- 1) {
      chained(stage).forEachBit { i in price[(stage &+ 1) &* nu &+ i] += price[stage &* nu &+ i] }
    }
  }

  /// A soft bound switches its quadratic on or off; the value function is patched where it stands.
  @inline(__always) private func updateSoft(_ stage: Int, _ i: Int) -> Bool {
    let value = x[(stage &+ 1) &* nx &+ i]
    let isOver = switchSoft(stage, i, ActiveSet.softMax, value - stateMax[i], stateMax[i])
    let isUnder = switchSoft(stage, i, ActiveSet.softMin, stateMin[i] - value, stateMin[i])
    return isOver || isUnder
  }

  @inline(__always) private func switchSoft(
    _ stage: Int, _ i: Int, _ word: Int, _ excess: Double, _ bound: Double
  ) -> Bool {
    let at = stage &* ActiveSet.words &+ word
    let wasOn = set[bits: at][i]
    let isOn = excess > (wasOn ? -Tolerance.soft : Tolerance.soft)
    guard wasOn != isOn else { return false }
    set[bits: at] ^= 1 &<< UInt64(truncatingIfNeeded: i)
    let weight = isOn ? softWeight[i] : -softWeight[i]
    xDiagonal[stage &* nx &+ i] += weight
    xLinear[stage &* nx &+ i] -= weight * bound
    value[stage &* nv &* nv &+ i &* nv &+ i] += weight
    valueLinear[stage &* nv &+ i] -= weight * bound
    return true
  }
}
