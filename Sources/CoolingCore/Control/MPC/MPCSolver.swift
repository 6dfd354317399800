/// Solves the problem in a lent workspace. It keeps nothing itself: data, answer and warm start are in the memory.
///
/// Bounded: at most `newtonMax` active-set iterations, then, where the set has not settled, at most `interiorMax`
/// interior-point iterations, which leave the set for the next solve to start from. One iteration is one Riccati
/// factorisation, in the active set only of the stages up to the last one changed.
public struct MPCSolver: Sendable {
  /// Of a row's problems with filtered feed-forward 99 in 100 settle in 17; more rarely pays than the fallback costs.
  public static let newtonMax = 20
  /// The most ever seen is 24, in dense random problems of the largest size; the rest is reserve.
  public static let interiorMax = 40
  /// Clipping longer makes more problems of a row with valves cycle, less lets more of them wander.
  static let clippedMax = 6

  public let workspace: MPCWorkspace

  public init(_ workspace: MPCWorkspace) { self.workspace = workspace }

  /// Solves; the answer is in the memory's input, state and price places unless the result says failed.
  /// - Parameter memory: at least `workspace.doubles`, zero before its first use, and lent to one solver only.
  public func solve(_ memory: inout MutableSpan<Double>) -> MPCResult {
    precondition(memory.count >= workspace.doubles, "the lent workspace is too small for this problem")
    return unsafe memory.withUnsafeMutableBufferPointer { unsafe solve(MPCMemory(workspace, $0)) }
  }

  /// Forgets the warm start: the next solve begins with no limit holding.
  public func forget(_ memory: inout MutableSpan<Double>) {
    for index in workspace.setStart..<workspace.scratchStart { memory[index] = 0 }
  }

  private func solve(_ memory: MPCMemory) -> MPCResult {
    var result = MPCResult()
    guard memory.isSound else { return result }
    memory.openBox()
    _ = memory.mendChains()
    memory.listColumns()
    let tolerance = memory.tolerance()
    let newton = memory.solveActiveSet(
      iterationsMax: Self.newtonMax, clippedMax: Self.clippedMax, tolerance: tolerance)
    result.newtonIterations = newton.iterations
    if newton.converged && memory.finish(.activeSet, tolerance, &result) {
      result.status = .converged
      return result
    }
    let interior = memory.solveInteriorPoint(iterationsMax: Self.interiorMax, scale: tolerance.gradient)
    result.interiorIterations = interior.iterations
    if interior.converged && memory.finish(.interiorPoint, tolerance, &result) { result.status = .fallbackConverged }
    return result
  }
}

/// What a solve came to.
public struct MPCResult: Sendable, Equatable {
  public enum Status: Sendable, Equatable {
    /// No answer: the data are not finite or contradict each other, or no method settled. Nothing may be used.
    case failed
    /// The active set settled; the answer is exact to rounding.
    case converged
    /// The interior point settled; the answer is exact to about 10⁻⁶ of the inputs' range.
    case fallbackConverged
  }
  public var status = Status.failed
  public var newtonIterations = 0
  public var interiorIterations = 0
  /// The problem's objective at the answer.
  public var objective = 0.0
  /// Largest gradient of an input that no limit holds, as a share of the problem's gradients.
  public var residual = Double.infinity

  public init() {}
}

/// When two numbers count as equal.
struct Tolerance {
  /// Soft bounds, in the state's unit.
  static let soft = 1e-10
  /// Inputs, in their own unit.
  var primal: Double
  /// Multipliers.
  var dual: Double
  /// The size of this problem's gradients.
  var gradient: Double
  /// Largest residual of an answer, as a share of `gradient`.
  static let residual = 1e-5
}

extension MPCMemory {
  /// Data are finite, weights are not negative, and no limit contradicts another.
  var isSound: Bool {
    var sum = 0.0
    for i in 0..<states &* nx { sum += a[i] * 0 }
    for i in 0..<states &* nu { sum += b[i] * 0 }
    for i in 0..<horizon &* nx { sum += drift[i] * 0 + statePrice[i] * 0 }
    for i in 0..<horizon &* nu { sum += inputPrice[i] * 0 }
    for i in 0..<states {
      sum += stateNow[i] * 0
      guard stateWeight[i] >= 0, finalWeight[i] >= 0, softWeight[i] >= 0 else { return false }
      guard max(stateWeight[i], max(finalWeight[i], softWeight[i])) < .infinity else { return false }
      guard stateMin[i] <= stateMax[i] else { return false }
    }
    for i in 0..<inputs {
      sum += inputBefore[i] * 0 + inputMin[i] * 0 + inputMax[i] * 0
      guard inputWeight[i] >= 0, moveWeight[i] >= 0, inputWeight[i] + moveWeight[i] > 0 else { return false }
      guard max(inputWeight[i], moveWeight[i]) < .infinity else { return false }
      guard inputMin[i] <= inputMax[i], ramp[i] >= 0 else { return false }
    }
    return sum == 0
  }

  /// The box of each stage, opened towards u₋₁ as far as the ramp needs; at the first stage cut to the ramp. Where that
  /// leaves one value the input is fixed.
  func openBox() {
    for stage in 0..<horizon {
      var mask: UInt64 = 0
      for i in 0..<inputs {
        let at = stage &* nu &+ i
        let reach = Double(stage &+ 1) * ramp[i]
        let (least, most) = (inputBefore[i] - reach, inputBefore[i] + reach)
        low[at] = min(inputMin[i], most)
        high[at] = max(inputMax[i], least)
        if stage == 0 || ramp[i] == 0 {
          low[at] = max(low[at], least)
          high[at] = min(high[at], most)
        }
        let isOutside = most <= inputMin[i] || least >= inputMax[i]
        guard isOutside || high[at] - low[at] <= 1e-9 * max(1, abs(high[at])) else { continue }
        if most <= inputMin[i] { high[at] = most }
        if least >= inputMax[i] { low[at] = least }
        low[at] = high[at]
        mask |= 1 &<< UInt64(truncatingIfNeeded: i)
      }
      fixed[bits: stage] = mask
      settleSet(stage, mask)
    }
  }

  /// Keeps of the warm start what can hold in this problem.
  private func settleSet(_ stage: Int, _ fixedHere: UInt64) {
    let word = stage &* ActiveSet.words
    let own = ((1 &<< UInt64(truncatingIfNeeded: inputs)) &- 1) & ~fixedHere
    for mode in 0..<ActiveSet.inputModes { set[bits: word &+ mode] &= own }
    set[bits: word &+ ActiveSet.atMin] |= fixedHere
    for i in 0..<states where !(softWeight[i] > 0) {
      let bit = UInt64(1) &<< UInt64(truncatingIfNeeded: i)
      set[bits: word &+ ActiveSet.softMin] &= ~bit
      set[bits: word &+ ActiveSet.softMax] &= ~bit
    }
  }

  func tolerance() -> Tolerance {
    var gradient = 1e-12
    for stage in 0..<horizon {
      for i in 0..<inputs {
        let span = max(abs(inputMin[i]), abs(inputMax[i]))
        let own = max(abs(inputPrice[stage &* nu &+ i]), inputWeight[i] * span)
        gradient = max(gradient, own)
      }
    }
    return Tolerance(primal: 1e-9, dual: 1e-9 * gradient, gradient: gradient)
  }

  /// Puts the answer inside its hard limits to the last bit, rolls the states out from it and checks it.
  func finish(_ multipliers: Multipliers, _ tolerance: Tolerance, _ result: inout MPCResult) -> Bool {
    Kernels.copy(stateNow, to: x, nx)
    for stage in 0..<horizon {
      let before = before(stage)
      for i in 0..<inputs {
        let at = stage &* nu &+ i
        let inBox = max(low[at], min(high[at], u[at]))
        u[at] = max(before[i] - ramp[i], min(before[i] + ramp[i], inBox))
      }
      advance(stage, x.from(stage &* nx), u.from(stage &* nu), into: x.from((stage &+ 1) &* nx))
    }
    let balance = sweepCostates(multipliers)
    result.residual = balance.residual / max(balance.largest, tolerance.gradient)
    result.objective = objective()
    return result.residual <= Tolerance.residual && result.objective.isFinite
  }
}
