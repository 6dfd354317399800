/// The cheap sweeps along the horizon once it is factorised: linear terms backwards, the trajectory forwards, and the
/// costates backwards, whose gradient rows are the limits' multipliers and the proof of the answer.
extension MPCMemory {
  /// The linear part of the value functions and the factored linear terms of stages `last` … 0. Each stage is
  /// evaluated at the point (x, u₋₁) = 0 with held inputs at their constant part, so that no Hessian need be kept.
  ///
  /// For a step instead of a trajectory nothing drifts.
  func sweepLinear(from last: Int, isStep: Bool = false) {
    if last == horizon &- 1 {
      let end = valueLinear.from(last &* nv)
      Kernels.copy(xLinear.from(last &* nx), to: end, nx)
      Kernels.clear(end.from(nx), nu)
    }
    let point = vector
    let gradient = vector.from(nv)
    let inputGradient = vector.from(2 &* nv)
    var stage = last
    while stage >= 0 {
      let held = heldInputs(stage)
      let constant = self.held.from(stage &* nu)
      if isStep { Kernels.clear(point, nx) } else { Kernels.copy(drift.from(stage &* nx), to: point, nx) }
      Kernels.copy(constant, to: point.from(nx), nu)
      held.all.forEachBit { f in
        for i in 0..<states { point[i] += b[i &* nu &+ f] * constant[f] }
      }
      multiplyValue(stage, point, held.all, into: gradient)
      multiplyInputGradient(stage, gradient, constant, into: inputGradient)
      substitute(stage, held, gradient, inputGradient)
      stage &-= 1
    }
  }

  /// gradient = V₊ point + linear part.
  @inline(__always) private func multiplyValue(
    _ stage: Int, _ point: Doubles, _ held: UInt64, into gradient: Doubles
  ) {
    let next = value.from(stage &* nv &* nv)
    Kernels.copy(valueLinear.from(stage &* nv), to: gradient, nv)
    for i in 0..<states { Kernels.add(point[i], next.from(i &* nv), to: gradient, nv) }
    held.forEachBit { f in Kernels.add(point[nx &+ f], next.from((nx &+ f) &* nv), to: gradient, nv) }
  }

  /// gᵤ + move terms + (H + R) ū + Bᵀ gradientₓ + gradientᵤ.
  @inline(__always) private func multiplyInputGradient(
    _ stage: Int, _ gradient: Doubles, _ constant: Doubles, into out: Doubles
  ) {
    let at = stage &* nu
    var i = 0
    while i < nu {
      out[four: i] =
        uLinear[four: at &+ i] + moveLinear[four: at &+ i] + gradient[four: nx &+ i]
        + (uDiagonal[four: at &+ i] + moveDiagonal[four: at &+ i]) * constant[four: i]
      i &+= 4
    }
    for i in 0..<states { Kernels.add(gradient[i], b.from(i &* nu), to: out, nu) }
  }

  /// Solves for the free inputs' linear part, and writes the value function's linear part of the stage before.
  @inline(__always) private func substitute(
    _ stage: Int, _ held: HeldInputs, _ gradient: Doubles, _ inputGradient: Doubles
  ) {
    let rows = factor.from(stage &* nu &* nf)
    let solved = factorLinear.from(stage &* nu)
    let free = free(held)
    var count = 0
    free.forEachBit { f in
      solved[count] = inputGradient[f]
      count &+= 1
    }
    for j in 0..<count {
      let row = rows.from(j &* nf)
      let pivoted = solved[j] * row[j]
      solved[j] = pivoted
      var i = j &+ 1
      while i < count {
        solved[i] -= row[i] * pivoted
        i &+= 1
      }
    }
    guard stage > 0 else { return }
    let out = valueLinear.from((stage &- 1) &* nv)
    for i in 0..<nx { out[i] = xLinear[(stage &- 1) &* nx &+ i] }
    for i in 0..<states {
      let list = i &* nx
      var t = 0
      let entries = Int(truncatingIfNeeded: columnCount[bits: i])
      while t < entries {
        out[i] += columnEntry[list &+ t] * gradient[Int(truncatingIfNeeded: columnRow[bits: list &+ t])]
        t &+= 1
      }
    }
    let constant = self.held.from(stage &* nu)
    for i in 0..<nu {
      let at = stage &* nu &+ i
      let move = moveLinear[at] + moveDiagonal[at] * constant[i]
      out[nx &+ i] = held.ramped[i] ? inputGradient[i] - move : -move
    }
    for j in 0..<count { Kernels.add(-solved[j], rows.from(j &* nf &+ nu), to: out, nv) }
  }

  /// The factored law's input at a stage, unclipped, for state `x` and the input before it.
  @inline(__always) func applyLaw(_ stage: Int, _ x: Doubles, _ before: Doubles, into out: Doubles) {
    let held = heldInputs(stage)
    let rows = factor.from(stage &* nu &* nf)
    let solved = factorLinear.from(stage &* nu)
    let point = vector
    Kernels.copy(x, to: point, nx)
    Kernels.copy(before, to: point.from(nx), nu)
    let free = free(held)
    let count = free.nonzeroBitCount
    let y = vector.from(nv)
    var j = count &- 1
    while j >= 0 {
      let row = rows.from(j &* nf)
      var sum = solved[j] + Kernels.dot(row.from(nu), point, nv)
      var i = j &+ 1
      while i < count {
        sum += row[i] * y[i]
        i &+= 1
      }
      y[j] = -sum * row[j]
      j &-= 1
    }
    var c = 0
    free.forEachBit { f in
      out[f] = y[c]
      c &+= 1
    }
    let constant = self.held.from(stage &* nu)
    held.all.forEachBit { f in out[f] = constant[f] + (held.ramped[f] ? before[f] : 0) }
  }

  /// x₊ = A x + B u + c.
  @inline(__always) func advance(_ stage: Int, _ x: Doubles, _ u: Doubles, into next: Doubles) {
    advance(stage, x, u, drift: drift.from(stage &* nx), into: next)
  }

  @inline(__always) func advance(_ stage: Int, _ x: Doubles, _ u: Doubles, drift: Doubles, into next: Doubles) {
    Kernels.copy(drift, to: next, nx)
    for i in 0..<states {
      let list = i &* nx
      let value = x[i]
      let entries = Int(truncatingIfNeeded: columnCount[bits: i])
      var t = 0
      while t < entries {
        next[Int(truncatingIfNeeded: columnRow[bits: list &+ t])] += columnEntry[list &+ t] * value
        t &+= 1
      }
      next[i] += Kernels.dot(b.from(i &* nu), u, nu)
    }
  }

  /// The input sent before a stage.
  @inline(__always) func before(_ stage: Int) -> Doubles {
    stage == 0 ? inputBefore : u.from((stage &- 1) &* nu)
  }

  /// Whose multipliers a trajectory is to be optimal with.
  enum Multipliers { case activeSet, interiorPoint }

  /// Costates along (u, x) give each input's gradient; the limits' multipliers must balance it. Those of the active set
  /// are whatever balances it where a limit holds; the interior point has its own. `price` keeps them.
  /// - Returns: the largest gradient that stays unbalanced, counted only as far as the next limit lets it be followed,
  ///   and the largest before balancing.
  func sweepCostates(_ multipliers: Multipliers) -> (residual: Double, largest: Double) {
    let costate = vector
    let carry = vector.from(nv)
    let earlier = vector.from(2 &* nv)
    Kernels.clear(costate, nx)
    Kernels.clear(carry, nu)
    var residual = 0.0
    var largest = 0.0
    var stage = horizon &- 1
    while stage >= 0 {
      addStateGradient(stage, multipliers, earlier, to: costate)
      let at = stage &* nu
      let before = before(stage)
      let gradient = price.from(at)
      var i = 0
      while i < nu {
        let move = moveWeight[four: i] * (u[four: at &+ i] - before[four: i])
        gradient[four: i] =
          inputWeight[four: i] * u[four: at &+ i] + inputPrice[four: at &+ i] + move + carry[four: i]
        carry[four: i] = -move
        i &+= 4
      }
      for i in 0..<states { Kernels.add(costate[i], b.from(i &* nu), to: gradient, nu) }
      for i in 0..<inputs { largest = max(largest, abs(gradient[i])) }
      let unbalanced =
        switch multipliers {
        case .activeSet: balance(stage, gradient, carry, before)
        case .interiorPoint: balanceInterior(stage, gradient, carry)
        }
      residual = unbalanced.isFinite ? max(residual, unbalanced) : .infinity
      transposeCostate(costate, into: earlier)
      stage &-= 1
    }
    if multipliers == .activeSet { addChainPrices() }
    return (residual, largest)
  }

  @inline(__always) private func balance(
    _ stage: Int, _ gradient: Doubles, _ carry: Doubles, _ before: Doubles
  ) -> Double {
    let held = heldInputs(stage)
    var residual = 0.0
    for i in 0..<inputs {
      let s = gradient[i]
      guard !held.all[i] else {
        gradient[i] = -s
        if held.ramped[i] { carry[i] += s }
        continue
      }
      let followed = min(abs(s), (inputWeight[i] + moveWeight[i]) * room(stage, i, before[i], up: s < 0))
      residual = followed.isFinite ? max(residual, followed) : .infinity
      gradient[i] = 0
    }
    return residual
  }

  @inline(__always) private func balanceInterior(_ stage: Int, _ gradient: Doubles, _ carry: Doubles) -> Double {
    var residual = 0.0
    for i in 0..<inputs {
      let s = gradient[i]
      guard !fixed[bits: stage][i] else {
        gradient[i] = -s
        continue
      }
      let own = interiorMultiplier(stage, i)
      let unbalanced = abs(s + own.box + own.ramp)
      residual = unbalanced.isFinite ? max(residual, unbalanced) : .infinity
      gradient[i] = own.box + own.ramp
      carry[i] -= own.ramp
    }
    return residual
  }

  /// How far an input may move before a limit holds it.
  @inline(__always) private func room(_ stage: Int, _ i: Int, _ before: Double, up: Bool) -> Double {
    let at = stage &* nu &+ i
    let room = up ? min(high[at], before + ramp[i]) - u[at] : u[at] - max(low[at], before - ramp[i])
    return abs(room)
  }

  /// costate += gradient of the stage cost of x at stage + 1; keeps the soft bound's price.
  @inline(__always) private func addStateGradient(
    _ stage: Int, _ multipliers: Multipliers, _ earlier: Doubles, to costate: Doubles
  ) {
    let at = (stage &+ 1) &* nx
    let isLast = stage == horizon &- 1
    for i in 0..<states {
      let value = x[at &+ i]
      let soft =
        if softWeight[i] == 0 {
          0.0
        } else if multipliers == .interiorPoint {
          interiorMultiplier(ofState: i, stage)
        } else {
          softWeight[i] * (max(value - stateMax[i], 0) + min(value - stateMin[i], 0))
        }
      softPrice[stage &* nx &+ i] = soft
      let own = (isLast ? finalWeight[i] : stateWeight[i]) * value + statePrice[stage &* nx &+ i] + soft
      costate[i] = own + (isLast ? 0 : earlier[i])
    }
  }

  /// out = Aᵀ costate.
  @inline(__always) private func transposeCostate(_ costate: Doubles, into out: Doubles) {
    for i in 0..<states {
      let list = i &* nx
      let entries = Int(truncatingIfNeeded: columnCount[bits: i])
      var sum = 0.0
      var t = 0
      while t < entries {
        sum += columnEntry[list &+ t] * costate[Int(truncatingIfNeeded: columnRow[bits: list &+ t])]
        t &+= 1
      }
      out[i] = sum
    }
  }

  /// The problem's objective at (u, x).
  func objective() -> Double {
    var sum = 0.0
    for stage in 0..<horizon {
      let before = before(stage)
      for i in 0..<inputs {
        let value = u[stage &* nu &+ i]
        let move = value - before[i]
        sum += 0.5 * (inputWeight[i] * value * value + moveWeight[i] * move * move)
        sum += inputPrice[stage &* nu &+ i] * value
      }
      for i in 0..<states {
        let value = x[(stage &+ 1) &* nx &+ i]
        let weight = stage == horizon &- 1 ? finalWeight[i] : stateWeight[i]
        sum += (0.5 * weight * value + statePrice[stage &* nx &+ i]) * value
        if softWeight[i] > 0 {
          let over = max(max(value - stateMax[i], stateMin[i] - value), 0)
          sum += 0.5 * softWeight[i] * over * over
        }
      }
    }
    return sum
  }
}
