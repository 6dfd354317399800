public import CoolingCore

/// One problem of the MPC solver as plain numbers, so that it can be laid into a workspace, written to a file and read
/// by others. `MPCWorkspace` states the problem; the names here are its names.
public struct SolverProblem: Sendable {
  public let states: Int
  public let inputs: Int
  public let horizon: Int
  /// Row by row.
  public var dynamics: [Double]
  public var influence: [Double]
  /// Stage by stage.
  public var drift: [Double]
  public var statePrice: [Double]
  public var inputPrice: [Double]
  public var stateNow: [Double]
  public var stateWeight: [Double]
  public var finalWeight: [Double]
  public var softWeight: [Double]
  public var stateMin: [Double]
  public var stateMax: [Double]
  public var inputBefore: [Double]
  public var inputWeight: [Double]
  public var moveWeight: [Double]
  public var inputMin: [Double]
  public var inputMax: [Double]
  public var ramp: [Double]

  /// Everything zero but the soft bounds, which are absent.
  public init(states: Int, inputs: Int, horizon: Int) {
    self.states = states
    self.inputs = inputs
    self.horizon = horizon
    dynamics = Array(repeating: 0, count: states * states)
    influence = Array(repeating: 0, count: states * inputs)
    drift = Array(repeating: 0, count: horizon * states)
    statePrice = drift
    inputPrice = Array(repeating: 0, count: horizon * inputs)
    stateNow = Array(repeating: 0, count: states)
    stateWeight = stateNow
    finalWeight = stateNow
    softWeight = stateNow
    stateMin = Array(repeating: -.infinity, count: states)
    stateMax = Array(repeating: .infinity, count: states)
    inputBefore = Array(repeating: 0, count: inputs)
    inputWeight = inputBefore
    moveWeight = inputBefore
    inputMin = inputBefore
    inputMax = inputBefore
    ramp = inputBefore
  }

  /// All numbers in the order a problem file has them.
  public var numbers: [Double] {
    dynamics + influence + drift + statePrice + inputPrice + stateNow + stateWeight + finalWeight + softWeight
      + stateMin + stateMax + inputBefore + inputWeight + moveWeight + inputMin + inputMax + ramp
  }

  /// Writes the data places of a workspace of the same sizes.
  public func lay(into memory: inout MutableSpan<Double>, _ w: MPCWorkspace) {
    for row in 0..<states {
      for column in 0..<states { memory[w.dynamics(row, column)] = dynamics[row * states + column] }
      for input in 0..<inputs { memory[w.influence(row, input)] = influence[row * inputs + input] }
      memory[w.stateNow(row)] = stateNow[row]
      memory[w.stateWeight(row)] = stateWeight[row]
      memory[w.finalWeight(row)] = finalWeight[row]
      memory[w.softWeight(row)] = softWeight[row]
      memory[w.stateMin(row)] = stateMin[row]
      memory[w.stateMax(row)] = stateMax[row]
    }
    for input in 0..<inputs {
      memory[w.inputBefore(input)] = inputBefore[input]
      memory[w.inputWeight(input)] = inputWeight[input]
      memory[w.moveWeight(input)] = moveWeight[input]
      memory[w.inputMin(input)] = inputMin[input]
      memory[w.inputMax(input)] = inputMax[input]
      memory[w.ramp(input)] = ramp[input]
    }
    for stage in 0..<horizon {
      for state in 0..<states {
        memory[w.drift(stage, state)] = drift[stage * states + state]
        memory[w.statePrice(stage, state)] = statePrice[stage * states + state]
      }
      for input in 0..<inputs { memory[w.inputPrice(stage, input)] = inputPrice[stage * inputs + input] }
    }
  }
}

/// Numbers from a seed: xorshift64*, Vigna, ACM TOMS 42 (2016), no. 30.
public struct SeededNumbers: Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// Uniform in `range`.
  public mutating func next(_ range: ClosedRange<Double>) -> Double {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    let unit = Double((state &* 0x2545_F491_4F6C_DD1D) >> 11) / 9_007_199_254_740_992
    return range.lowerBound + unit * (range.upperBound - range.lowerBound)
  }

  /// Nearly normal, mean 0, deviation 1: twelve uniform numbers' sum.
  public mutating func nextNormal() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += next(0...1) }
    return sum
  }
}
