import Glibc

/// The sizes that the solver is judged at.
public enum SolverSize: String, Sendable, CaseIterable {
  /// Eight racks; pump, fan and one bypass valve; a minute ahead.
  case small = "S"
  /// Eight racks, a valve each; 80 s ahead.
  case medium = "M"
  /// Sixteen racks, a valve each; two minutes ahead.
  case large = "L"

  public var racks: Int { self == .large ? 16 : 8 }
  public var states: Int { racks + RowModel.nodes }
  public var inputs: Int { self == .small ? 3 : racks + 2 }
  public var horizon: Int {
    switch self {
    case .small: 30
    case .medium: 40
    case .large: 60
    }
  }
}

/// How rack power is fed forward.
public enum FeedForward: String, Sendable, CaseIterable {
  /// Filtered like the chip does (7 s), then peak-held (90 s): what the controller does.
  case filtered
  /// As measured, with the 6 s ripple of training: what strains the solver.
  case raw
}

/// Problems of a row in closed loop along a load trace: each is linearised at the present state and input, its answer's
/// first input is applied to a plant that differs from the model, and the next problem starts from there.
public struct RowSequence {
  private let model: RowModel
  private var plant: RowModel
  private let horizon: Int
  private let feedForward: FeedForward
  private var random: SeededNumbers
  private var state: [Double]
  private var input: [Double]
  private var filteredKw: [Double]
  private var heldKw: [Double]
  private var step = 0
  private var walk = 0.7

  public init(_ size: SolverSize, _ feedForward: FeedForward, seed: UInt64 = 1) {
    model = RowModel(racks: size.racks, hasRackValves: size != .small)
    plant = model
    plant.coilShare = 0.94
    plant.resistanceShare = 1.05
    horizon = size.horizon
    self.feedForward = feedForward
    random = SeededNumbers(seed: seed)
    state = [40, 40, 40, 48] + Array(repeating: 70, count: size.racks)
    input = [0.7, 0.6] + Array(repeating: size == .small ? 0.1 : 0.9, count: size.inputs - 2)
    filteredKw = Array(repeating: 80, count: size.racks)
    heldKw = filteredKw
  }

  /// The problem of this step, seen through measurement noise.
  public mutating func next() -> SolverProblem {
    let power = powerKw()
    for rack in power.indices {
      filteredKw[rack] += (1 - exp(-RowModel.stepS / 7)) * (power[rack] - filteredKw[rack])
      heldKw[rack] = max(filteredKw[rack], heldKw[rack] * exp(-RowModel.stepS / 90))
    }
    let seen = state.map { $0 + 0.05 * random.nextNormal() }
    var problem = SolverProblem(states: model.states, inputs: model.inputs, horizon: horizon)
    linearise(&problem, seen, feedForward == .filtered ? heldKw : power)
    price(&problem)
    limit(&problem)
    return problem
  }

  /// Applies an input for two seconds.
  public mutating func apply(_ first: [Double]) {
    plant.airC = 27 + 2 * sin(Double(step) / 700) + 0.1 * random.nextNormal()
    state = plant.advance(state, first, powerKw: powerKw())
    input = first
    step += 1
    walk = min(max(walk + 0.02 * random.nextNormal(), 0.3), 1)
  }

  /// Five in eight racks train in step (6 s at 100/55 %, a checkpoint every ten minutes), two in eight serve, one in
  /// eight comes and goes.
  private func powerKw() -> [Double] {
    let seconds = Double(step) * RowModel.stepS
    return (0..<model.racks).map { rack in
      switch rack % 8 {
      case 0...4:
        let isCheckpoint = (seconds + 240).truncatingRemainder(dividingBy: 600) < 60
        let isHigh = seconds.truncatingRemainder(dividingBy: 6) < 3
        return 120 * (isCheckpoint ? 0.18 : isHigh ? 1 : 0.55)
      case 5, 6: return 120 * walk
      default: return 120 * ((seconds + 90).truncatingRemainder(dividingBy: 400) < 200 ? 0.95 : 0.15)
      }
    }
  }

  private func linearise(_ problem: inout SolverProblem, _ seen: [Double], _ powerKw: [Double]) {
    let (a, b) = model.linearised(seen, input, powerKw: powerKw)
    problem.dynamics = a
    problem.influence = b
    problem.stateNow = seen
    let next = model.advance(seen, input, powerKw: powerKw)
    for row in 0..<model.states {
      var linear = 0.0
      for column in 0..<model.states { linear += a[row * model.states + column] * seen[column] }
      for column in 0..<model.inputs { linear += b[row * model.inputs + column] * input[column] }
      for stage in 0..<horizon { problem.drift[stage * model.states + row] = next[row] - linear }
    }
  }

  /// Pump and fan power in kW to second order at the present speeds, valves towards open, supply towards 42 °C, and
  /// 0.15 %/K of chip leakage.
  private func price(_ problem: inout SolverProblem) {
    for i in 0..<model.inputs {
      let rated = i == 0 ? model.pumpKw : i == 1 ? model.fanKw : 0
      let curvature = i < 2 ? 6 * rated * input[i] : 0.5
      let gradient = i < 2 ? 3 * rated * input[i] * input[i] : 0
      let target = i < 2 ? input[i] : model.hasRackValves ? 0.95 : 0.05
      problem.inputWeight[i] = curvature
      problem.moveWeight[i] = i == 0 ? 60 : i == 1 ? 120 : 20
      for stage in 0..<horizon { problem.inputPrice[stage * model.inputs + i] = gradient - curvature * target }
    }
    for state in 0..<model.states {
      let isSupply = state == 2
      problem.stateWeight[state] = isSupply ? 0.2 : 0
      problem.finalWeight[state] = isSupply ? 0.2 : 0
      let leakage = state >= RowModel.nodes ? 0.0015 * heldKw[state - RowModel.nodes] : 0
      for stage in 0..<horizon {
        problem.statePrice[stage * model.states + state] = isSupply ? -0.2 * 42 : leakage
      }
    }
  }

  private func limit(_ problem: inout SolverProblem) {
    problem.inputBefore = input
    for i in 0..<model.inputs {
      switch i {
      case 0: (problem.inputMin[i], problem.inputMax[i], problem.ramp[i]) = (0.3, 1, 0.2)
      case 1: (problem.inputMin[i], problem.inputMax[i], problem.ramp[i]) = (0.2, 1, 0.1)
      default:
        problem.inputMin[i] = model.hasRackValves ? 0.4 : 0
        problem.inputMax[i] = 1
        problem.ramp[i] = RowModel.stepS / 90
      }
    }
    problem.softWeight[2] = 100
    problem.stateMin[2] = 22
    problem.stateMax[2] = 45
    for state in RowModel.nodes..<model.states {
      problem.softWeight[state] = 100
      problem.stateMax[state] = 81
    }
  }
}
