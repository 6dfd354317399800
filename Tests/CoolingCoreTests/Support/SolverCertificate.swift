import CoolingCore
import QPBench

/// Proof of optimality that shares nothing with the solver: plain loops for the gradient, and for each input an
/// interval of multipliers handed along the horizon. uₖ's box limit may add a multiplier of its sign where it holds,
/// the ramp into stage k likewise; what is left after stage N−1 must be zero. Multipliers that do this exist if and
/// only if the inputs are optimal. Near a limit a multiplier may be as large as keeps its product with the distance
/// below 10⁻⁷ of the largest gradient: an interior point stops that far off, and the products bound what the optimum
/// could save.
struct SolverCertificate {
  /// Largest break of a hard limit, in input units.
  private(set) var infeasibility = 0.0
  /// Largest multiplier missing, as a share of the largest gradient or price.
  private(set) var imbalance = 0.0

  init(_ problem: SolverProblem, inputs u: [Double]) {
    let gradient = Self.gradient(problem, u)
    let largest = (gradient + problem.inputPrice).reduce(1e-9) { max($0, abs($1)) }
    for input in 0..<problem.inputs { check(problem, u, gradient, input, scale: largest) }
  }

  private mutating func check(
    _ p: SolverProblem, _ u: [Double], _ gradient: [Double], _ i: Int, scale: Double
  ) {
    // What the ramp into stage k may add; none before the first.
    var ramp = 0.0...0.0
    var previous = p.inputBefore[i]
    for stage in 0...p.horizon {
      var allowed = 0.0...0.0
      if stage < p.horizon {
        let move = u[stage * p.inputs + i] - previous
        infeasibility = max(infeasibility, abs(move) - p.ramp[i])
        allowed = Self.multipliers(above: p.ramp[i] - move, below: move + p.ramp[i], scale)
        if stage == 0 { ramp = allowed }
      }
      // Meet of what is needed and what is allowed, or the nearest where they miss each other.
      let low = min(max(ramp.lowerBound, allowed.lowerBound), allowed.upperBound)
      let high = max(min(ramp.upperBound, allowed.upperBound), allowed.lowerBound)
      imbalance = max(imbalance, (ramp.lowerBound - high) / scale, (low - ramp.upperBound) / scale)
      guard stage < p.horizon else { return }
      let value = u[stage * p.inputs + i]
      let reach = Double(stage + 1) * p.ramp[i]
      let boxLow = min(p.inputMin[i], p.inputBefore[i] + reach)
      let boxHigh = max(p.inputMax[i], p.inputBefore[i] - reach)
      infeasibility = max(infeasibility, boxLow - value, value - boxHigh)
      let box = Self.multipliers(above: boxHigh - value, below: value - boxLow, scale)
      let s = gradient[stage * p.inputs + i]
      ramp = (min(low, high) + s + box.lowerBound)...(max(low, high) + s + box.upperBound)
      previous = value
    }
  }

  /// What two limits at these distances may add.
  private static func multipliers(above: Double, below: Double, _ scale: Double) -> ClosedRange<Double> {
    func most(_ distance: Double) -> Double { distance < 1e-9 ? .infinity : 1e-7 * scale / distance }
    return -most(below)...most(above)
  }

  static func states(_ p: SolverProblem, _ u: [Double]) -> [[Double]] {
    var all = [p.stateNow]
    for stage in 0..<p.horizon {
      all.append(
        (0..<p.states).map { row in
          var next = p.drift[stage * p.states + row]
          for column in 0..<p.states { next += p.dynamics[row * p.states + column] * all[stage][column] }
          for input in 0..<p.inputs { next += p.influence[row * p.inputs + input] * u[stage * p.inputs + input] }
          return next
        })
    }
    return all
  }

  private static func gradient(_ p: SolverProblem, _ u: [Double]) -> [Double] {
    let x = states(p, u)
    var gradient = [Double](repeating: 0, count: u.count)
    var costate = [Double](repeating: 0, count: p.states)
    for stage in (0..<p.horizon).reversed() {
      let weights = stage == p.horizon - 1 ? p.finalWeight : p.stateWeight
      var here = costate
      for state in 0..<p.states {
        let value = x[stage + 1][state]
        here[state] += weights[state] * value + p.statePrice[stage * p.states + state]
        if value > p.stateMax[state] { here[state] += p.softWeight[state] * (value - p.stateMax[state]) }
        if value < p.stateMin[state] { here[state] += p.softWeight[state] * (value - p.stateMin[state]) }
      }
      for input in 0..<p.inputs {
        let at = stage * p.inputs + input
        var sum = p.inputWeight[input] * u[at] + p.inputPrice[at]
        let previous = stage == 0 ? p.inputBefore[input] : u[at - p.inputs]
        sum += p.moveWeight[input] * (u[at] - previous)
        if stage + 1 < p.horizon { sum -= p.moveWeight[input] * (u[at + p.inputs] - u[at]) }
        for state in 0..<p.states { sum += p.influence[state * p.inputs + input] * here[state] }
        gradient[at] = sum
      }
      for column in 0..<p.states {
        costate[column] = (0..<p.states).reduce(0) { $0 + p.dynamics[$1 * p.states + column] * here[$1] }
      }
    }
    return gradient
  }
}
