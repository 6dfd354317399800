import QPBench
import Testing

@testable import CoolingCore

/// The MPC's solver: small problems by hand, random ones by a certificate, answers of independent solvers, bad data.
@Suite struct MPCSolverTests {
  // MARK: By hand

  /// ½ (u² + r (u − before)² + x²) − 3 x with x = u: u = (3 + r before)/(2 + r).
  private static func scalar(before: Double = 0, moveWeight: Double = 0, ramp: Double = 100) -> SolverProblem {
    var problem = SolverProblem(states: 1, inputs: 1, horizon: 1)
    problem.dynamics = [1]
    problem.influence = [1]
    problem.statePrice = [-3]
    problem.finalWeight = [1]
    problem.inputWeight = [1]
    problem.moveWeight = [moveWeight]
    problem.inputBefore = [before]
    problem.inputMin = [-100]
    problem.inputMax = [100]
    problem.ramp = [ramp]
    return problem
  }

  @Test func freeInputIsWhereTheGradientVanishes() {
    #expect(abs(Solved(Self.scalar()).inputs[0] - 1.5) < 1e-12)
    #expect(abs(Solved(Self.scalar(before: 4, moveWeight: 2)).inputs[0] - 2.75) < 1e-12)
  }

  @Test func boxLimitHoldsAndItsPriceIsTheGradient() {
    var problem = Self.scalar()
    problem.inputMax = [1]
    let solved = Solved(problem)
    #expect(solved.inputs == [1])
    #expect(abs(solved.inputPrices[0] - 1) < 1e-12)
    problem.inputMax = [100]
    problem.inputMin = [2]
    #expect(Solved(problem).inputs == [2])
    #expect(abs(Solved(problem).inputPrices[0] + 1) < 1e-12)
  }

  @Test func rampHoldsOnBothSides() {
    #expect(abs(Solved(Self.scalar(before: 1, ramp: 0.25)).inputs[0] - 1.25) < 1e-12)
    #expect(abs(Solved(Self.scalar(before: 2, ramp: 0.25)).inputs[0] - 1.75) < 1e-12)
  }

  /// ½ u² + ½ x² − 3x + ½·8 (x − 1)² for x = u > 1: 10 u = 11.
  @Test func softBoundIsPricedNotEnforced() {
    var problem = Self.scalar()
    problem.softWeight = [8]
    problem.stateMax = [1]
    let solved = Solved(problem)
    #expect(abs(solved.inputs[0] - 1.1) < 1e-12)
    #expect(abs(solved.statePrices[0] - 0.8) < 1e-12)
    problem.stateMax = [1.5]
    #expect(abs(Solved(problem).inputs[0] - 1.5) < 1e-12)
  }

  @Test func objectiveIsTheProblemsOwn() {
    #expect(abs(Solved(Self.scalar()).result.objective - (1.125 + 1.125 - 4.5)) < 1e-12)
  }

  /// The last input wants the top of its box so much that the ramp into it lifts the one before off its own optimum.
  @Test func rampIntoAFullyOpenInputHoldsTheOneBefore() {
    var problem = SolverProblem(states: 1, inputs: 1, horizon: 3)
    problem.influence = [1]
    problem.inputWeight = [1]
    problem.inputMax = [1]
    problem.inputMin = [0]
    problem.ramp = [0.4]
    problem.statePrice = [0, 0, -50]
    let solved = Solved(problem)
    #expect(solved.result.status == .converged)
    for (value, expected) in zip(solved.inputs, [0.2, 0.6, 1]) { #expect(abs(value - expected) < 1e-9) }
    #expect(SolverCertificate(problem, inputs: solved.inputs).imbalance < 1e-9)
  }

  // MARK: Limits at their edges

  @Test func inputOutsideItsBoxComesBackAsFastAsTheRampLets() {
    var problem = SolverProblem(states: 1, inputs: 2, horizon: 4)
    problem.influence = [1, 1]
    problem.inputWeight = [1, 1]
    problem.inputMin = [-1, -1]
    problem.inputMax = [1, 1]
    problem.inputBefore = [2, -2]
    problem.ramp = [0.4, 0.3]
    problem.inputPrice = Array(repeating: [-9.0, 9.0], count: 4).flatMap { $0 }
    let solved = Solved(problem)
    let expected = [1.6, -1.7, 1.2, -1.4, 1, -1.1, 1, -1]
    for (value, expected) in zip(solved.inputs, expected) { #expect(abs(value - expected) < 1e-12) }
  }

  @Test func inputWithoutPlayStaysWhereItIs() {
    var random = SeededNumbers(seed: 5)
    var problem = RandomProblem.make(states: 3, inputs: 3, horizon: 8, &random)
    problem.ramp = [0, 0.3, 0.3]
    problem.inputBefore = [0.123, 0.2, 0.1]
    problem.inputMin = [-1, 0.2, -1]
    problem.inputMax = [1, 0.2, 1]
    let solved = Solved(problem)
    #expect(solved.result.status != .failed)
    for stage in 0..<8 {
      #expect(solved.inputs[stage * 3] == 0.123)
      #expect(solved.inputs[stage * 3 + 1] == 0.2)
    }
    #expect(SolverCertificate(problem, inputs: solved.inputs).imbalance < 1e-6)
  }

  @Test func contradictingLimitsFail() {
    let spoilers: [(inout SolverProblem) -> Void] = [
      { $0.inputMin[0] = $0.inputMax[0] + 0.1 },
      { $0.ramp[0] = -0.1 },
      { ($0.stateMin[0], $0.stateMax[0]) = (1, 0) },
      { $0.stateWeight[0] = -1 },
      { $0.softWeight[0] = -1 },
      { ($0.inputWeight[0], $0.moveWeight[0]) = (0, 0) },
    ]
    for spoil in spoilers {
      var problem = RandomProblem.make(seed: 1)
      spoil(&problem)
      #expect(Solved(problem).result.status == .failed)
    }
  }

  @Test(arguments: [Double.nan, .infinity])
  func dataThatAreNotFiniteFailAndTheNextSolveIsSound(bad: Double) {
    let places: [WritableKeyPath<SolverProblem, [Double]>] = [
      \.dynamics, \.influence, \.drift, \.statePrice, \.inputPrice, \.stateNow, \.stateWeight, \.finalWeight,
      \.softWeight, \.inputBefore, \.inputWeight, \.moveWeight, \.inputMin, \.inputMax,
    ]
    let good = RandomProblem.make(seed: 3)
    var solved = Solved(good)
    let answer = solved.inputs
    for place in places {
      var problem = good
      problem[keyPath: place][problem[keyPath: place].count - 1] = bad
      solved.solve(problem)
      #expect(solved.result.status == .failed)
      solved.solve(good)
      #expect(solved.result.status != .failed)
      for (value, expected) in zip(solved.inputs, answer) { #expect(abs(value - expected) < 1e-9) }
    }
  }

  @Test func notANumberAmongTheBoundsFails() {
    for place in [\SolverProblem.stateMin, \.stateMax, \.ramp, \.softWeight] {
      var problem = RandomProblem.make(seed: 3)
      problem[keyPath: place][0] = .nan
      #expect(Solved(problem).result.status == .failed)
    }
  }

  // MARK: Random problems

  @Test(arguments: 0..<10)
  func everyAnswerIsProvedOptimal(block: Int) {
    for seed in (block * 30)..<(block * 30 + 30) {
      let problem = RandomProblem.make(seed: UInt64(seed))
      let solved = Solved(problem)
      #expect(solved.result.status != .failed, "seed \(seed)")
      #expect(solved.result.newtonIterations <= MPCSolver.newtonMax)
      #expect(solved.result.interiorIterations <= MPCSolver.interiorMax)
      let certificate = SolverCertificate(problem, inputs: solved.inputs)
      #expect(certificate.infeasibility < 1e-12, "seed \(seed)")
      #expect(certificate.imbalance < 1e-6, "seed \(seed) \(solved.result)")
    }
  }

  @Test func certificateRefusesAnInputThatIsSlightlyOff() {
    let problem = RandomProblem.make(seed: 3)
    var inputs = Solved(problem).inputs
    inputs[0] -= 1e-3
    #expect(SolverCertificate(problem, inputs: inputs).imbalance > 1e-5)
  }

  @Test func warmStartFindsTheColdStartsAnswer() {
    for seed in UInt64(0)..<20 {
      let problem = RandomProblem.make(seed: seed)
      var nearby = problem
      for state in 0..<problem.states { nearby.stateNow[state] += 0.1 }
      var warm = Solved(nearby)
      warm.solve(problem)
      let cold = Solved(problem)
      for (value, expected) in zip(warm.inputs, cold.inputs) { #expect(abs(value - expected) < 1e-5, "seed \(seed)") }
    }
  }

  @Test func sameProblemAgainTakesOneIteration() {
    var solved = Solved(Self.scalar(before: 1, ramp: 0.25))
    solved.solve(Self.scalar(before: 1, ramp: 0.25))
    #expect(solved.result.newtonIterations == 1)
    #expect(solved.result.status == .converged)
  }

  @Test func sameMemoryGivesTheSameBits() {
    for seed in UInt64(0)..<10 {
      let problem = RandomProblem.make(seed: seed)
      #expect(Solved(problem).inputs == Solved(problem).inputs)
    }
  }

  @Test func fallbackIsUsedAndProved() {
    let used = (UInt64(1)...30).filter { Solved(RandomProblem.make(seed: $0)).result.status == .fallbackConverged }
    #expect(used.count >= 3)
  }

  /// Objective and first inputs by PIQP 0.7 and Clarabel 0.11, which agree to 1e-7.
  @Test(arguments: [
    (3, 8.157875864, [0.54223974, 0.12989954, 0.32653081, 0.18393138, -0.00926649]),
    (4, 405.082830042, [0.14650849, -0.22634194, 1.05517649, -0.34352069, 0.58841809, -0.30371382, 0.30025800]),
    (10, 9.678190942, [0.52953988, 0.69306858, -0.07279188, -0.42347986]),
    (12, 468.654711451, [-0.18962255, 0.17037927, 0.00632702, 0.46267487, -0.13324774, -0.85231991]),
    (13, -6.211826016, [-0.75468062, -0.51122939, -0.86555090]),
    (17, 1.433188885, [-0.00995258, -0.22112474, 0.75679666, 0.69470947, -0.99542233, 0.62107328]),
    (20, 207.983798428, [0.76100325, 0.52473579, -0.97501121, 0.54911491, 0.47247600]),
    (23, 225.521254070, [0.51738377, -0.70642010, -0.08317666, 0.38614846, 0.27715409]),
  ])
  func answersAreThoseOfIndependentSolvers(seed: Int, objective: Double, first: [Double]) {
    let solved = Solved(RandomProblem.make(seed: UInt64(seed)))
    #expect(abs(solved.result.objective - objective) < 1e-6 * max(1, abs(objective)))
    for (value, expected) in zip(solved.inputs, first) { #expect(abs(value - expected) < 1e-6) }
  }

  // MARK: Rows and sizes

  @Test(arguments: FeedForward.allCases)
  func rowInClosedLoopIsSolvedAtEveryStep(feed: FeedForward) {
    for record in SolverRun().run(.row(.small, feed, seed: 2), count: 8) {
      #expect(record.result.status != .failed)
      let certificate = SolverCertificate(record.problem, inputs: record.inputs)
      #expect(certificate.infeasibility < 1e-12)
      #expect(certificate.imbalance < 1e-6)
    }
  }

  @Test func largestSizeFitsItsWorkspace() throws {
    var random = SeededNumbers(seed: 9)
    let (states, inputs) = (MPCWorkspace.statesMax, MPCWorkspace.inputsMax)
    let problem = RandomProblem.make(states: states, inputs: inputs, horizon: 2, &random)
    #expect(Solved(problem).result.status != .failed)
    let w = try #require(MPCWorkspace(states: states, inputs: inputs, horizon: MPCWorkspace.horizonMax))
    #expect(w.doubles * 8 < 8 << 20)
  }

  @Test func sizesOutOfRangeNeedNoMemory() {
    #expect(MPCWorkspace.doubles(states: 0, inputs: 1, horizon: 1) == 0)
    #expect(MPCWorkspace.doubles(states: 1, inputs: MPCWorkspace.inputsMax + 1, horizon: 1) == 0)
    #expect(MPCWorkspace.doubles(states: 1, inputs: 1, horizon: MPCWorkspace.horizonMax + 1) == 0)
    #expect(MPCWorkspace.doubles(states: 1, inputs: 1, horizon: 1) > 0)
  }
}

/// A problem in a workspace of exactly its size, solved.
private struct Solved {
  private let workspace: MPCWorkspace
  private var memory: [Double]
  private(set) var result = MPCResult()
  private(set) var inputs: [Double] = []
  private(set) var inputPrices: [Double] = []
  private(set) var statePrices: [Double] = []

  init(_ problem: SolverProblem) {
    guard let w = MPCWorkspace(states: problem.states, inputs: problem.inputs, horizon: problem.horizon) else {
      preconditionFailure("a test's problem is out of range")
    }
    workspace = w
    memory = Array(repeating: 0, count: w.doubles)
    solve(problem)
  }

  mutating func solve(_ problem: SolverProblem) {
    let w = workspace
    let record = SolverRun().solve(problem, w, &memory)
    (result, inputs) = (record.result, record.inputs)
    let stages = 0..<w.horizon
    inputPrices = stages.flatMap { stage in (0..<w.inputs).map { memory[w.inputShadowPrice(stage, $0)] } }
    statePrices = stages.flatMap { stage in (0..<w.states).map { memory[w.stateShadowPrice(stage, $0)] } }
  }
}
