/// Where everything of one MPC problem lies in the memory that the caller lends: data, answer, warm start and scratch.
/// The layout follows from three sizes alone, so whoever lends the memory knows how much before anything is solved.
///
/// The problem, with `u₋₁` the input that was really sent last and all weights diagonal:
///
///     min Σₖ ½ uₖᵀ Hᵤ uₖ + gᵤₖᵀ uₖ + ½ (uₖ − uₖ₋₁)ᵀ R (uₖ − uₖ₋₁)                          k = 0 … N−1
///       + Σₖ ½ xₖᵀ Q xₖ + gₓₖᵀ xₖ + ½ Z |max(0, xₖ − x̄, x̲ − xₖ)|²   (Q_N instead of Q at k = N)   k = 1 … N
///     xₖ₊₁ = A xₖ + B uₖ + cₖ,   u̲ ≤ uₖ ≤ ū,   |uₖ − uₖ₋₁| ≤ r
///
/// A target enters as `g = −H · target`; an economic price is added to `g`. One A and B hold over the horizon and are
/// new in every solve. Where `u₋₁` lies outside the box, the box opens towards it as far as the ramp needs, so the
/// problem always has an answer: the input comes back as fast as the ramp lets it.
public struct MPCWorkspace: Sendable {
  /// Thirty-two racks with the loop's four nodes; pump, fan, two spares and a valve for each of them; a minute at 1 s.
  public static let statesMax = 36
  public static let inputsMax = 36
  public static let horizonMax = 60

  public let states: Int
  public let inputs: Int
  public let horizon: Int
  /// Rows are padded with zeros to whole vectors of four.
  let stateStride: Int
  let inputStride: Int
  /// Stride of a value function's matrix, which is over (x, u₋₁).
  var valueStride: Int { stateStride + inputStride }
  /// Stride of a factor row: the free inputs' triangle, then their rows against (x, u₋₁).
  var factorStride: Int { 2 * inputStride + stateStride }

  /// `nil` unless every size is at least 1 and within its maximum.
  public init?(states: Int, inputs: Int, horizon: Int) {
    guard (1...Self.statesMax).contains(states), (1...Self.inputsMax).contains(inputs),
      (1...Self.horizonMax).contains(horizon)
    else { return nil }
    self.states = states
    self.inputs = inputs
    self.horizon = horizon
    stateStride = (states + 3) / 4 * 4
    inputStride = (inputs + 3) / 4 * 4
  }

  /// How many doubles the lent memory needs, exactly; 0 for sizes out of range.
  public static func doubles(states: Int, inputs: Int, horizon: Int) -> Int {
    MPCWorkspace(states: states, inputs: inputs, horizon: horizon)?.doubles ?? 0
  }

  public var doubles: Int { scratchStart + scratchSize }

  // MARK: Data, written by the caller before each solve. Padding between them stays zero.

  /// A, row by row.
  @inline(__always) public func dynamics(_ row: Int, _ column: Int) -> Int { row * stateStride + column }
  /// B, row by row.
  @inline(__always) public func influence(_ row: Int, _ input: Int) -> Int { bStart + row * inputStride + input }
  /// cₖ: what moves the state besides inputs, such as rack heat.
  @inline(__always) public func drift(_ stage: Int, _ state: Int) -> Int { cStart + stage * stateStride + state }
  /// gₓ of x at stage + 1.
  @inline(__always) public func statePrice(_ stage: Int, _ state: Int) -> Int {
    statePriceStart + stage * stateStride + state
  }
  /// gᵤ.
  @inline(__always) public func inputPrice(_ stage: Int, _ input: Int) -> Int {
    inputPriceStart + stage * inputStride + input
  }
  /// x₀.
  @inline(__always) public func stateNow(_ state: Int) -> Int { perStateStart + state }
  /// Q, ≥ 0.
  @inline(__always) public func stateWeight(_ state: Int) -> Int { perStateStart + stateStride + state }
  /// Q_N, ≥ 0.
  @inline(__always) public func finalWeight(_ state: Int) -> Int { perStateStart + 2 * stateStride + state }
  /// Z, ≥ 0.
  @inline(__always) public func softWeight(_ state: Int) -> Int { perStateStart + 3 * stateStride + state }
  /// x̲; −∞ where there is none.
  @inline(__always) public func stateMin(_ state: Int) -> Int { perStateStart + 4 * stateStride + state }
  /// x̄; +∞ where there is none.
  @inline(__always) public func stateMax(_ state: Int) -> Int { perStateStart + 5 * stateStride + state }
  /// u₋₁.
  @inline(__always) public func inputBefore(_ input: Int) -> Int { perInputStart + input }
  /// Hᵤ, ≥ 0; Hᵤ + R > 0.
  @inline(__always) public func inputWeight(_ input: Int) -> Int { perInputStart + inputStride + input }
  /// R, ≥ 0.
  @inline(__always) public func moveWeight(_ input: Int) -> Int { perInputStart + 2 * inputStride + input }
  /// u̲, finite.
  @inline(__always) public func inputMin(_ input: Int) -> Int { perInputStart + 3 * inputStride + input }
  /// ū, finite.
  @inline(__always) public func inputMax(_ input: Int) -> Int { perInputStart + 4 * inputStride + input }
  /// r per stage, ≥ 0; 0 holds the input where it is.
  @inline(__always) public func ramp(_ input: Int) -> Int { perInputStart + 5 * inputStride + input }

  // MARK: Answer, valid where the solve says so.

  /// uₖ.
  @inline(__always) public func input(_ stage: Int, _ input: Int) -> Int { uStart + stage * inputStride + input }
  /// xₖ, k = 0 … N.
  @inline(__always) public func state(_ stage: Int, _ state: Int) -> Int { xStart + stage * stateStride + state }
  /// What one unit more of the limit that holds uₖ would save (≥ 0), signed by the limit's side: positive at ū or at
  /// the upward ramp, negative at u̲ or the downward ramp, zero where no limit holds.
  @inline(__always) public func inputShadowPrice(_ stage: Int, _ input: Int) -> Int {
    priceStart + stage * inputStride + input
  }
  /// The same for the soft bound of x at stage + 1: positive at x̄, negative at x̲.
  @inline(__always) public func stateShadowPrice(_ stage: Int, _ state: Int) -> Int {
    softPriceStart + stage * stateStride + state
  }

  // MARK: Offsets of the blocks, each following the one before.

  var bStart: Int { stateStride * stateStride }
  var cStart: Int { bStart + stateStride * inputStride }
  var statePriceStart: Int { cStart + perStages(stateStride) }
  var inputPriceStart: Int { statePriceStart + perStages(stateStride) }
  var perStateStart: Int { inputPriceStart + perStages(inputStride) }
  var perInputStart: Int { perStateStart + 6 * stateStride }
  var uStart: Int { perInputStart + 6 * inputStride }
  var xStart: Int { uStart + perStages(inputStride) }
  var priceStart: Int { xStart + perStages(stateStride) + stateStride }
  var softPriceStart: Int { priceStart + perStages(inputStride) }
  /// Active set, as bit masks: what the next solve starts from.
  var setStart: Int { softPriceStart + perStages(stateStride) }
  var scratchStart: Int { setStart + perStages(ActiveSet.words) }
  var scratchSize: Int { MPCMemory.scratchSize(self) }

  @inline(__always) func perStages(_ size: Int) -> Int { horizon * size }
}
