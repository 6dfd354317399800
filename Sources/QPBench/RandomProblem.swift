/// Problems with nothing of a row in them: dense stable dynamics, limits that start violated, inputs without play,
/// ramps of zero and targets far outside the box.
public enum RandomProblem {
  public static func make(seed: UInt64) -> SolverProblem {
    var random = SeededNumbers(seed: seed &+ 1000)
    for _ in 0..<8 { _ = random.next(0...1) }
    let sizes = (Int(random.next(1...10.99)), Int(random.next(1...7.99)), Int(random.next(1...20.99)))
    return make(states: sizes.0, inputs: sizes.1, horizon: sizes.2, &random)
  }

  public static func make(states: Int, inputs: Int, horizon: Int, _ random: inout SeededNumbers) -> SolverProblem {
    var problem = SolverProblem(states: states, inputs: inputs, horizon: horizon)
    for index in problem.dynamics.indices {
      let isDiagonal = index / states == index % states
      problem.dynamics[index] = (isDiagonal ? 0.6 : 0) + random.next(-0.4...0.4) / Double(states).squareRoot()
    }
    for index in problem.influence.indices { problem.influence[index] = random.nextNormal() }
    for index in problem.drift.indices { problem.drift[index] = 0.2 * random.nextNormal() }
    for index in problem.statePrice.indices { problem.statePrice[index] = random.nextNormal() }
    for index in problem.inputPrice.indices { problem.inputPrice[index] = 2 * random.nextNormal() }
    for state in 0..<states {
      problem.stateNow[state] = 2 * random.nextNormal()
      problem.stateWeight[state] = random.next(0...1)
      problem.finalWeight[state] = random.next(0...5)
      guard random.next(0...1) < 0.6 else { continue }
      problem.softWeight[state] = random.next(1...100)
      problem.stateMax[state] = random.next(0...2)
      if random.next(0...1) < 0.5 { problem.stateMin[state] = problem.stateMax[state] - random.next(0...3) }
    }
    for input in 0..<inputs {
      problem.inputWeight[input] = random.next(0.05...2)
      problem.moveWeight[input] = random.next(0...2)
      problem.inputMax[input] = random.next(0...1)
      problem.inputMin[input] = problem.inputMax[input] - random.next(0.1...2)
      problem.inputBefore[input] = random.next(problem.inputMin[input]...problem.inputMax[input])
      problem.ramp[input] = random.next(0.02...0.5)
      let fate = random.next(0...1)
      if fate < 0.05 { problem.ramp[input] = 0 }
      if fate > 0.95 { problem.inputMin[input] = problem.inputMax[input] }
      if fate > 0.9 { problem.inputBefore[input] = problem.inputMax[input] + 0.7 }
    }
    return problem
  }
}
