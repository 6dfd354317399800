/// Mehrotra's predictor-corrector interior point on the same Riccati recursion, started cold: the fallback for the
/// problems on which the active set does not settle. Every limit's barrier weight is diagonal, on u, on uₖ − uₖ₋₁ or on
/// x, so one iteration is one factorisation and two linear sweeps. Mehrotra, SIAM J. Optim. 2 (1992), 575–601; for the
/// stage structure Rao, Wright, Rawlings, JOTA 99 (1998), 723–757.
///
/// A limit aᵀz − y/Z + t = b with slack t > 0 and multiplier y > 0 (Z = ∞ for a hard one) and the gap ρ still left in
/// that equation is, in the step dz and for the complementarity t y = κ wanted next, a weight y/(t + y/Z) on (aᵀdz)²
/// and a linear term (κ + y (ρ + y/Z))/(t + y/Z) on aᵀdz. Everything is solved for the step and never for the next
/// point: near the end y/t is 10¹⁰ and would magnify the rounding of z itself.
extension MPCMemory {
  /// What a limit bounds.
  private enum Kind { case input, move, state }

  struct InteriorResult {
    var converged: Bool
    var iterations: Int
  }

  /// Leaves the last trajectory in (u, x) and the limits it leans on in the active set.
  func solveInteriorPoint(iterationsMax: Int, scale: Double) -> InteriorResult {
    startInterior(scale)
    var infeasibility = 1.0
    for iteration in 1...iterationsMax {
      let mean = meanComplementarity()
      guard mean.value < .infinity else { return InteriorResult(converged: false, iterations: iteration) }
      if mean.value <= 1e-12 * scale && infeasibility <= 1e-9 {
        readSet()
        return InteriorResult(converged: true, iterations: iteration)
      }
      writeBarrier(weights: true)
      startValue()
      guard factorise(from: horizon &- 1) else { return InteriorResult(converged: false, iterations: iteration) }
      sweepLinear(from: horizon &- 1, isStep: true)
      rollOutStep()
      let affine = predict(mean)
      let ratio = affine / max(mean.value, 1e-300)
      setCorrection(target: min(ratio * ratio * ratio, 1) * mean.value)
      writeBarrier(weights: false)
      sweepLinear(from: horizon &- 1, isStep: true)
      rollOutStep()
      infeasibility *= 1 - step()
    }
    readSet()
    return InteriorResult(converged: false, iterations: iterationsMax)
  }

  // MARK: Limits

  /// Calls `body` with each limit's index, kind, element, sign (+1 above, −1 below), bound in the sign's sense and 1/Z.
  @inline(__always) private func forEachLimit(
    _ stage: Int, _ body: (_ at: Int, _ kind: Kind, _ i: Int, _ sign: Double, _ bound: Double, _ give: Double) -> Void
  ) {
    let start = stage &* 2 &* (nu &+ nv)
    let fixedHere = fixed[bits: stage]
    for i in 0..<inputs where !fixedHere[i] {
      let at = stage &* nu &+ i
      body(start &+ i, .input, i, 1, high[at], 0)
      body(start &+ nu &+ i, .input, i, -1, -low[at], 0)
      if hasRamp(stage, i) {
        body(start &+ 2 &* nu &+ i, .move, i, 1, ramp[i], 0)
        body(start &+ 3 &* nu &+ i, .move, i, -1, ramp[i], 0)
      }
    }
    for i in 0..<states where softWeight[i] > 0 {
      let give = 1 / softWeight[i]
      if stateMax[i] < .infinity { body(start &+ 4 &* nu &+ i, .state, i, 1, stateMax[i], give) }
      if stateMin[i] > -.infinity { body(start &+ 4 &* nu &+ nx &+ i, .state, i, -1, -stateMin[i], give) }
    }
  }

  @inline(__always) private func amount(_ kind: Kind, _ stage: Int, _ i: Int) -> Double {
    switch kind {
    case .input: u[stage &* nu &+ i]
    case .move: u[stage &* nu &+ i] - before(stage)[i]
    case .state: x[(stage &+ 1) &* nx &+ i]
    }
  }

  // MARK: Steps

  /// Holds every input inside its box, takes every limit's slack as it is but not below a tenth of its span.
  private func startInterior(_ scale: Double) {
    Kernels.copy(stateNow, to: x, nx)
    for stage in 0..<horizon {
      clearSet(stage)
      for i in 0..<inputs {
        let at = stage &* nu &+ i
        let before = stage == 0 ? inputBefore[i] : u[at &- nu]
        let inset = 0.1 * (high[at] - low[at])
        u[at] = max(low[at] + inset, min(high[at] - inset, before))
      }
      advance(stage, x.from(stage &* nx), u.from(stage &* nu), into: x.from((stage &+ 1) &* nx))
    }
    writeQuadratic()
    for stage in 0..<horizon {
      forEachLimit(stage) { at, kind, i, sign, bound, give in
        let span =
          switch kind {
          case .input: 0.1 * (high[stage &* nu &+ i] - low[stage &* nu &+ i])
          case .move: 0.5 * ramp[i]
          case .state: 1.0
          }
        let free = bound - sign * amount(kind, stage, i)
        slack[at] = max(free, span)
        multiplier[at] = scale / slack[at]
        gap[at] = slack[at] - free - give * multiplier[at]
        correction[at] = 0
      }
    }
  }

  private func clearSet(_ stage: Int) {
    let word = stage &* ActiveSet.words
    for other in 0..<ActiveSet.words { set[bits: word &+ other] = 0 }
    set[bits: word &+ ActiveSet.atMin] = fixed[bits: stage]
  }

  private func meanComplementarity() -> (value: Double, count: Double) {
    var sum = 0.0
    var count = 0.0
    for stage in 0..<horizon {
      forEachLimit(stage) { at, _, _, _, _, _ in
        sum += slack[at] * multiplier[at]
        count += 1
      }
    }
    return (count > 0 ? sum / count : 0, count)
  }

  /// The step's linear terms for the complementarity in `correction`, and its weights where they are new.
  private func writeBarrier(weights: Bool) {
    for stage in 0..<horizon {
      let (at, state) = (stage &* nu, stage &* nx)
      let endWeight = stage == horizon &- 1 ? finalWeight : stateWeight
      writeGradient(stage, endWeight)
      if weights {
        Kernels.copy(inputWeight, to: uDiagonal.from(at), nu)
        Kernels.copy(moveWeight, to: moveDiagonal.from(at), nu)
        Kernels.copy(endWeight, to: xDiagonal.from(state), nx)
      }
      forEachLimit(stage) { limit, kind, i, sign, _, give in
        if weights { correction[limit] = 0 }
        let barrier = barrier(limit, give)
        switch kind {
        case .input:
          uLinear[at &+ i] += sign * barrier.linear
          if weights { uDiagonal[at &+ i] += barrier.weight }
        case .move:
          moveLinear[at &+ i] += sign * barrier.linear
          if weights { moveDiagonal[at &+ i] += barrier.weight }
        case .state:
          xLinear[state &+ i] += sign * barrier.linear
          if weights { xDiagonal[state &+ i] += barrier.weight }
        }
      }
    }
  }

  /// The cost's own gradient at (u, x); held inputs do not move.
  @inline(__always) private func writeGradient(_ stage: Int, _ endWeight: Doubles) {
    let (at, state) = (stage &* nu, stage &* nx)
    let before = before(stage)
    Kernels.clear(held.from(at), nu)
    for i in 0..<inputs {
      uLinear[at &+ i] = inputPrice[at &+ i] + inputWeight[i] * u[at &+ i]
      moveLinear[at &+ i] = moveWeight[i] * (u[at &+ i] - before[i])
    }
    for i in 0..<states { xLinear[state &+ i] = statePrice[state &+ i] + endWeight[i] * x[state &+ nx &+ i] }
  }

  @inline(__always) private func barrier(_ at: Int, _ give: Double) -> (weight: Double, linear: Double) {
    let (t, y) = (slack[at], multiplier[at])
    let room = 1 / (t + y * give)
    return (y * room, (correction[at] + y * (gap[at] + y * give)) * room)
  }

  private func rollOutStep() {
    let zero = vector.from(3 &* nv)
    Kernels.clear(zero, nv)
    Kernels.clear(stepX, nx)
    for stage in 0..<horizon {
      let before = stage == 0 ? zero : stepU.from((stage &- 1) &* nu)
      let own = stepU.from(stage &* nu)
      applyLaw(stage, stepX.from(stage &* nx), before, into: own)
      advance(stage, stepX.from(stage &* nx), own, drift: zero, into: stepX.from((stage &+ 1) &* nx))
    }
  }

  /// The step in slack and multiplier that goes with the step in (u, x).
  @inline(__always) private func direction(
    _ at: Int, _ kind: Kind, _ stage: Int, _ i: Int, _ sign: Double, _ give: Double
  ) -> (slack: Double, multiplier: Double) {
    let (t, y) = (slack[at], multiplier[at])
    let barrier = barrier(at, give)
    let next = barrier.linear + barrier.weight * sign * moved(kind, stage, i)
    return ((correction[at] - t * next) / y, next - y)
  }

  @inline(__always) private func moved(_ kind: Kind, _ stage: Int, _ i: Int) -> Double {
    switch kind {
    case .input: stepU[stage &* nu &+ i]
    case .move: stepU[stage &* nu &+ i] - (stage == 0 ? 0 : stepU[(stage &- 1) &* nu &+ i])
    case .state: stepX[(stage &+ 1) &* nx &+ i]
    }
  }

  /// The longest step ≤ 1 that keeps slacks and multipliers positive.
  private func longestStep() -> Double {
    var longest = 1.0
    for stage in 0..<horizon {
      forEachLimit(stage) { at, kind, i, sign, _, give in
        let d = direction(at, kind, stage, i, sign, give)
        if d.slack < 0 { longest = min(longest, -slack[at] / d.slack) }
        if d.multiplier < 0 { longest = min(longest, -multiplier[at] / d.multiplier) }
      }
    }
    return longest
  }

  /// The mean complementarity that the affine step would leave.
  private func predict(_ mean: (value: Double, count: Double)) -> Double {
    let length = longestStep()
    var sum = 0.0
    for stage in 0..<horizon {
      forEachLimit(stage) { at, kind, i, sign, _, give in
        let d = direction(at, kind, stage, i, sign, give)
        sum += (slack[at] + length * d.slack) * (multiplier[at] + length * d.multiplier)
      }
    }
    return mean.count > 0 ? sum / mean.count : 0
  }

  /// Wants t y = target, less what the affine step's own product will add.
  private func setCorrection(target: Double) {
    for stage in 0..<horizon {
      forEachLimit(stage) { at, kind, i, sign, _, give in
        let d = direction(at, kind, stage, i, sign, give)
        correction[at] = target - d.slack * d.multiplier
      }
    }
  }

  /// Goes nearly as far as positivity allows. - Returns: the length.
  private func step() -> Double {
    let length = min(1, 0.995 * longestStep())
    for stage in 0..<horizon {
      forEachLimit(stage) { at, kind, i, sign, _, give in
        let d = direction(at, kind, stage, i, sign, give)
        slack[at] += length * d.slack
        multiplier[at] += length * d.multiplier
        gap[at] *= 1 - length
      }
    }
    for i in 0..<horizon &* nu { u[i] += length * stepU[i] }
    for i in 0..<(horizon &+ 1) &* nx { x[i] += length * stepX[i] }
    return length
  }

  /// The multipliers of an input's box and of the ramp into it, positive at the upper side.
  func interiorMultiplier(_ stage: Int, _ i: Int) -> (box: Double, ramp: Double) {
    let at = stage &* 2 &* (nu &+ nv) &+ i
    let box = multiplier[at] - multiplier[at &+ nu]
    guard hasRamp(stage, i) else { return (box, 0) }
    return (box, multiplier[at &+ 2 &* nu] - multiplier[at &+ 3 &* nu])
  }

  /// The multiplier of the soft bounds of x at stage + 1, positive at the upper one.
  func interiorMultiplier(ofState i: Int, _ stage: Int) -> Double {
    let at = stage &* 2 &* (nu &+ nv) &+ 4 &* nu &+ i
    return (stateMax[i] < .infinity ? multiplier[at] : 0) - (stateMin[i] > -.infinity ? multiplier[at &+ nx] : 0)
  }

  /// Whether the ramp into a stage can hold an input that is not fixed; the first stage's is in its box.
  @inline(__always) private func hasRamp(_ stage: Int, _ i: Int) -> Bool {
    guard stage > 0 else { return false }
    let at = stage &* nu &+ i
    return ramp[i] < max(high[at] - low[at &- nu], high[at &- nu] - low[at])
  }

  /// A limit holds where its multiplier outweighs the gradient that its slack could give.
  private func readSet() {
    for stage in 0..<horizon {
      clearSet(stage)
      let word = stage &* ActiveSet.words
      forEachLimit(stage) { at, kind, i, sign, _, _ in
        let curvature = kind == .state ? softWeight[i] : inputWeight[i] + moveWeight[i]
        guard multiplier[at] > curvature * slack[at] else { return }
        let (below, above) =
          switch kind {
          case .input: (ActiveSet.atMin, ActiveSet.atMax)
          case .move: (ActiveSet.rampDown, ActiveSet.rampUp)
          case .state: (ActiveSet.softMin, ActiveSet.softMax)
          }
        set[bits: word &+ (sign > 0 ? above : below)] |= 1 &<< UInt64(truncatingIfNeeded: i)
      }
    }
    splitChains()
  }
}
