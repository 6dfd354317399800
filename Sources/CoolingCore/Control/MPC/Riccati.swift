/// The Riccati recursion over z = (x, u₋₁), where u₋₁ enters a stage only through the diagonal R. Nothing of size
/// (nx + nu)³ is formed: what u₋₁ couples to is known in advance.
///
/// With the value function V₊(x₊, u) = ½ [x₊ u] [P S; Sᵀ T] [x₊ u]ᵀ + p ᵀx₊ + tᵀu of the stage after, a stage's
/// Hessian over (u, x) is
///
///     Mᵤᵤ = H + R + BᵀPB + BᵀS + SᵀB + T,   Mₓᵤ = Aᵀ(PB + S),   Mₓₓ = AᵀPA
///
/// and u splits into free inputs F, inputs held at a value (a box limit), and inputs held at u₋₁ ± r (a ramp, C).
/// Held inputs are substituted, not penalised. With Mꜰꜰ = UᵀU and D = U⁻ᵀ [Mꜰₓ | −Rꜰ on F, Mꜰᴄ on C]:
///
///     V = [Mₓₓ, Mₓᴄ; ·, R on F and box-held, Mᴄᴄ − R on C] − DᵀD
extension MPCMemory {
  /// Lists A's entries by columns: a row's A is mostly zeros, since a rack's chip warms nothing but its own return.
  func listColumns() {
    for column in 0..<states {
      var count = 0
      for row in 0..<states {
        let entry = a[row &* nx &+ column]
        if entry == 0 { continue }
        columnRow[bits: column &* nx &+ count] = UInt64(truncatingIfNeeded: row)
        columnEntry[column &* nx &+ count] = entry
        count &+= 1
      }
      columnCount[bits: column] = UInt64(truncatingIfNeeded: count)
    }
  }

  /// V_N, which is the weight on x_N alone.
  func startValue() {
    let last = value.from((horizon &- 1) &* nv &* nv)
    Kernels.clear(last, nv &* nv)
    for i in 0..<states { last[i &* nv &+ i] = xDiagonal[(horizon &- 1) &* nx &+ i] }
  }

  /// Factorises stages `last` … 0 with the present active set and diagonals. False where a stage is not positive
  /// definite or not finite: the data are then worthless.
  func factorise(from last: Int) -> Bool {
    var stage = last
    while stage >= 0 {
      multiplyStage(stage)
      let held = heldInputs(stage)
      let free = free(held)
      gatherFactor(stage, free, ramped: held.ramped)
      guard eliminate(stage, free, ramped: held.ramped) else { return false }
      if stage > 0 { writeValue(stage, free, ramped: held.ramped) }
      stage &-= 1
    }
    return true
  }

  /// Mᵤᵤ, Mₓᵤ and, but for the first stage, Mₓₓ.
  private func multiplyStage(_ stage: Int) {
    let next = value.from(stage &* nv &* nv)
    // coupled = PB + S, half = PB/2 + S: then Mᵤᵤ = Bᵀhalf + halfᵀB + T + H + R in one product.
    var i = 0
    while i < nx {
      var c = 0
      while c < nu {
        let pb = Kernels.tile(next.from(i), nv, b.from(c), nu, from: 0, to: states)
        let s = Kernels.load(next.from(i &* nv &+ nx &+ c), nv)
        let at = i &* nu &+ c
        Kernels.store((pb.0 + s.0, pb.1 + s.1, pb.2 + s.2, pb.3 + s.3), coupled.from(at), nu)
        let h = (0.5 * pb.0, 0.5 * pb.1, 0.5 * pb.2, 0.5 * pb.3)
        Kernels.store((h.0 + s.0, h.1 + s.1, h.2 + s.2, h.3 + s.3), half.from(at), nu)
        c &+= 4
      }
      i &+= 4
    }
    multiplyInputs(next)
    for i in 0..<inputs {
      inputHessian[i &* nu &+ i] += uDiagonal[stage &* nu &+ i] + moveDiagonal[stage &* nu &+ i]
    }
    multiplyByColumns(coupled, nu, into: crossed, nu, width: nu)
    if stage > 0 { multiplyStates(next) }
  }

  private func multiplyInputs(_ next: Doubles) {
    var i = 0
    while i < nu {
      var c = i
      while c < nu {
        let left = Kernels.tile(b.from(i), nu, half.from(c), nu, from: 0, to: states)
        let right = Kernels.tile(half.from(i), nu, b.from(c), nu, from: 0, to: states)
        let t = Kernels.load(next.from((nx &+ i) &* nv &+ nx &+ c), nv)
        let sum = (
          left.0 + right.0 + t.0, left.1 + right.1 + t.1, left.2 + right.2 + t.2, left.3 + right.3 + t.3
        )
        Kernels.store(sum, inputHessian.from(i &* nu &+ c), nu)
        if c > i { Kernels.store(Kernels.transposed(sum), inputHessian.from(c &* nu &+ i), nu) }
        c &+= 4
      }
      i &+= 4
    }
  }

  /// out = Aᵀ y, by A's columns.
  private func multiplyByColumns(
    _ y: Doubles, _ yStride: Int, into out: Doubles, _ outStride: Int, width: Int
  ) {
    for i in 0..<states {
      let list = i &* nx
      let count = Int(truncatingIfNeeded: columnCount[bits: i])
      var c = 0
      while c < width {
        var sum = SIMD4<Double>.zero
        var t = 0
        while t < count {
          let row = Int(truncatingIfNeeded: columnRow[bits: list &+ t])
          sum += columnEntry[list &+ t] * y[four: row &* yStride &+ c]
          t &+= 1
        }
        out[four: i &* outStride &+ c] = sum
        c &+= 4
      }
    }
  }

  /// stateHessian = AᵀPA, both triangles.
  private func multiplyStates(_ next: Doubles) {
    multiplyByColumns(next, nv, into: stateProduct, nx, width: nx)
    for l in 0..<states {
      let list = l &* nx
      let count = Int(truncatingIfNeeded: columnCount[bits: l])
      for i in 0...l {
        var sum = 0.0
        var t = 0
        while t < count {
          let row = Int(truncatingIfNeeded: columnRow[bits: list &+ t])
          sum += columnEntry[list &+ t] * stateProduct[i &* nx &+ row]
          t &+= 1
        }
        stateHessian[i &* nx &+ l] = sum
        stateHessian[l &* nx &+ i] = sum
      }
    }
  }

  /// Rows [Mꜰꜰ | Mꜰₓ | −Rꜰ, Mꜰᴄ], padded to whole fours by rows of the unit matrix.
  private func gatherFactor(_ stage: Int, _ free: UInt64, ramped: UInt64) {
    let rows = factor.from(stage &* nu &* nf)
    var j = 0
    free.forEachBit { f in
      let row = rows.from(j &* nf)
      Kernels.clear(row, nf)
      var c = 0
      free.forEachBit { g in
        row[c] = inputHessian[f &* nu &+ g]
        c &+= 1
      }
      for i in 0..<states { row[nu &+ i] = crossed[i &* nu &+ f] }
      ramped.forEachBit { g in row[nu &+ nx &+ g] = inputHessian[f &* nu &+ g] }
      row[nu &+ nx &+ f] = -moveDiagonal[stage &* nu &+ f]
      j &+= 1
    }
    while j & 3 != 0 {
      let row = rows.from(j &* nf)
      Kernels.clear(row, nf)
      row[j] = 1
      j &+= 1
    }
  }

  /// The first row of D that is not zero in a vector of columns, so that the triangle left of it is skipped.
  @inline(__always) private func firstRow(_ column: Int, _ free: UInt64, ramped: UInt64) -> Int {
    let input = column &- nu &- nx
    if input < 0 { return 0 }
    let here = UInt64(0b1111) &<< UInt64(truncatingIfNeeded: input)
    if ramped & here != 0 { return 0 }
    if free & here == 0 { return Int.max }
    return (free & ((1 &<< UInt64(truncatingIfNeeded: input)) &- 1)).nonzeroBitCount & ~3
  }

  /// Cholesky of Mꜰꜰ and D at once, by blocks of four rows; the diagonal keeps reciprocals.
  private func eliminate(_ stage: Int, _ free: UInt64, ramped: UInt64) -> Bool {
    let rows = factor.from(stage &* nu &* nf)
    let count = (free.nonzeroBitCount &+ 3) & ~3
    var i = 0
    while i < count {
      guard pivot(rows, i) else { return false }
      let diagonal = rows.from(i &* nf &+ i)
      let (d0, d1, d2, d3) = (diagonal[0], diagonal[nf &+ 1], diagonal[2 &* nf &+ 2], diagonal[3 &* nf &+ 3])
      let (u01, u02, u03) = (diagonal[1], diagonal[2], diagonal[3])
      let (u12, u13, u23) = (diagonal[nf &+ 2], diagonal[nf &+ 3], diagonal[2 &* nf &+ 3])
      var c = i &+ 4
      while c < nf {
        if c >= count && c < nu {
          c = nu
          continue
        }
        let first = c < nu ? 0 : firstRow(c, free, ramped: ramped)
        if first < i &+ 4 {
          let at = rows.from(i &* nf &+ c)
          var t = Kernels.load(at, nf)
          if first < i {
            let product = Kernels.tile(rows.from(i), nf, rows.from(c), nf, from: first, to: i)
            t = (t.0 - product.0, t.1 - product.1, t.2 - product.2, t.3 - product.3)
          }
          t.0 = d0 * t.0
          t.1 = d1 * (t.1 - u01 * t.0)
          t.2 = d2 * (t.2 - u02 * t.0 - u12 * t.1)
          t.3 = d3 * (t.3 - u03 * t.0 - u13 * t.1 - u23 * t.2)
          Kernels.store(t, at, nf)
        }
        c &+= 4
      }
      i &+= 4
    }
    return true
  }

  /// Cholesky of the diagonal block at row `i`.
  private func pivot(_ rows: Doubles, _ i: Int) -> Bool {
    let at = rows.from(i &* nf &+ i)
    if i > 0 {
      let product = Kernels.tile(rows.from(i), nf, rows.from(i), nf, from: 0, to: i)
      let t = Kernels.load(at, nf)
      Kernels.store((t.0 - product.0, t.1 - product.1, t.2 - product.2, t.3 - product.3), at, nf)
    }
    for r in 0..<4 {
      let pivot = at[r &* nf &+ r]
      guard pivot > 0, pivot < .infinity else { return false }
      let reciprocal = 1 / pivot.squareRoot()
      at[r &* nf &+ r] = reciprocal
      var c = r &+ 1
      while c < 4 {
        at[r &* nf &+ c] *= reciprocal
        c &+= 1
      }
      var s = r &+ 1
      while s < 4 {
        var c = s
        while c < 4 {
          at[s &* nf &+ c] -= at[r &* nf &+ s] * at[r &* nf &+ c]
          c &+= 1
        }
        s &+= 1
      }
    }
    return true
  }

  /// V of this stage, at the place of the stage before.
  private func writeValue(_ stage: Int, _ free: UInt64, ramped: UInt64) {
    let own = value.from((stage &- 1) &* nv &* nv)
    writeBase(own, stage, ramped: ramped)
    let rows = factor.from(stage &* nu &* nf)
    let count = (free.nonzeroBitCount &+ 3) & ~3
    var i = 0
    while i < nv {
      let firstLeft = firstRow(nu &+ i, free, ramped: ramped)
      var c = i
      while c < nv {
        let first = max(firstLeft, firstRow(nu &+ c, free, ramped: ramped))
        let at = own.from(i &* nv &+ c)
        var t = Kernels.load(at, nv)
        if first < count {
          let product = Kernels.tile(rows.from(nu &+ i), nf, rows.from(nu &+ c), nf, from: first, to: count)
          t = (t.0 - product.0, t.1 - product.1, t.2 - product.2, t.3 - product.3)
          Kernels.store(t, at, nv)
        }
        if c > i { Kernels.store(Kernels.transposed(t), own.from(c &* nv &+ i), nv) }
        c &+= 4
      }
      i &+= 4
    }
  }

  /// V before −DᵀD; its upper triangle by blocks.
  private func writeBase(_ own: Doubles, _ stage: Int, ramped: UInt64) {
    for i in 0..<nx {
      let row = own.from(i &* nv)
      Kernels.copy(stateHessian.from(i &* nx), to: row, nx)
      Kernels.clear(row.from(nx), nu)
      row[i] += xDiagonal[(stage &- 1) &* nx &+ i]
    }
    for i in 0..<nu { Kernels.clear(own.from((nx &+ i) &* nv &+ nx), nu) }
    for i in 0..<inputs where !ramped[i] {
      own[(nx &+ i) &* nv &+ nx &+ i] = moveDiagonal[stage &* nu &+ i]
    }
    ramped.forEachBit { f in
      for i in 0..<states { own[i &* nv &+ nx &+ f] = crossed[i &* nu &+ f] }
      let row = own.from((nx &+ f) &* nv &+ nx)
      ramped.forEachBit { g in row[g] = inputHessian[f &* nu &+ g] }
      row[f] -= moveDiagonal[stage &* nu &+ f]
    }
  }
}
