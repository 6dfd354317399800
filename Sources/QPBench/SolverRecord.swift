public import CoolingCore
import Glibc

/// A problem, what the solver made of it, and how long that took on its thread.
public struct SolverRecord: Sendable {
  public var problem: SolverProblem
  public var result: MPCResult
  /// Stage by stage.
  public var inputs: [Double]
  /// Processor time of the calling thread, µs.
  public var cpuUs: Double

  /// The file that other solvers read: doubles, little-endian. First 1 (the format) and the number of records; then for
  /// each record states, inputs, horizon, the problem's numbers, status (0 failed, 1 converged, 2 by the fallback),
  /// active-set and interior-point iterations, processor time in µs, objective, and the inputs.
  public static func file(_ records: [SolverRecord]) -> [Double] {
    var numbers = [1, Double(records.count)]
    for record in records {
      let problem = record.problem
      numbers += [Double(problem.states), Double(problem.inputs), Double(problem.horizon)]
      numbers += problem.numbers
      let status: Double =
        switch record.result.status {
        case .failed: 0
        case .converged: 1
        case .fallbackConverged: 2
        }
      numbers += [
        status, Double(record.result.newtonIterations), Double(record.result.interiorIterations), record.cpuUs,
        record.result.objective,
      ]
      numbers += record.inputs
    }
    return numbers
  }
}

/// Where a run's problems come from.
public enum SolverProblems: Sendable {
  /// A row in closed loop, warm-started.
  case row(SolverSize, FeedForward, seed: UInt64)
  /// Random ones of random sizes, each cold.
  case random(firstSeed: UInt64)
}

/// Solves many problems and keeps what came of them.
public struct SolverRun {
  /// Called around each solve: to count heap requests.
  public var beforeSolve: () -> Void = {}
  public var afterSolve: () -> Void = {}

  public init() {}

  public func run(_ problems: SolverProblems, count: Int) -> [SolverRecord] {
    switch problems {
    case .row(let size, let feedForward, let seed): runRow(RowSequence(size, feedForward, seed: seed), size, count)
    case .random(let first):
      (0..<count).compactMap { index in
        let problem = RandomProblem.make(seed: first + UInt64(index))
        guard
          let w = MPCWorkspace(states: problem.states, inputs: problem.inputs, horizon: problem.horizon)
        else { return nil }
        var memory = [Double](repeating: 0, count: w.doubles)
        return solve(problem, w, &memory)
      }
    }
  }

  private func runRow(_ start: RowSequence, _ size: SolverSize, _ count: Int) -> [SolverRecord] {
    guard let w = MPCWorkspace(states: size.states, inputs: size.inputs, horizon: size.horizon) else { return [] }
    var sequence = start
    var memory = [Double](repeating: 0, count: w.doubles)
    return (0..<count).map { _ in
      let problem = sequence.next()
      let record = solve(problem, w, &memory)
      // A row whose solver fails holds its actuators; the next problem is no easier for it.
      let isUsable = record.result.status != .failed
      sequence.apply(isUsable ? Array(record.inputs.prefix(size.inputs)) : problem.inputBefore)
      return record
    }
  }

  /// One problem in a workspace that keeps its warm start.
  public func solve(_ problem: SolverProblem, _ w: MPCWorkspace, _ memory: inout [Double]) -> SolverRecord {
    var span = memory.mutableSpan
    problem.lay(into: &span, w)
    let solver = MPCSolver(w)
    beforeSolve()
    let start = Self.threadUs()
    let result = solver.solve(&span)
    let cpuUs = Self.threadUs() - start
    afterSolve()
    var inputs: [Double] = []
    for stage in 0..<w.horizon {
      for input in 0..<w.inputs { inputs.append(memory[w.input(stage, input)]) }
    }
    return SolverRecord(problem: problem, result: result, inputs: inputs, cpuUs: cpuUs)
  }

  private static func threadUs() -> Double {
    var time = timespec()
    // ignoring: clock_gettime(2) cannot fail for a clock that always exists.
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }
}

/// What many solves came to.
public struct SolverSummary: Sendable {
  public let failed: Int
  public let byFallback: Int
  public let newtonMost: Int
  public let interiorMost: Int
  public let medianUs: Double
  public let p99Us: Double
  public let mostUs: Double
  private let count: Int
  private let newtonMean: Double

  public init(_ records: [SolverRecord]) {
    let times = records.map(\.cpuUs).sorted()
    let newton = records.map(\.result.newtonIterations)
    count = records.count
    failed = records.count { $0.result.status == .failed }
    byFallback = records.count { $0.result.status == .fallbackConverged }
    newtonMost = newton.max() ?? 0
    newtonMean = Double(newton.reduce(0, +)) / Double(max(count, 1))
    interiorMost = records.map(\.result.interiorIterations).max() ?? 0
    func rank(_ percent: Int) -> Double { times.isEmpty ? 0 : times[max((times.count * percent + 99) / 100 - 1, 0)] }
    (medianUs, p99Us, mostUs) = (rank(50), rank(99), rank(100))
  }

  public var text: String {
    "\(count) problems, \(failed) failed, \(byFallback) by the fallback; active-set iterations mean "
      + "\((newtonMean * 10).rounded() / 10), most \(newtonMost), interior-point most \(interiorMost); µs median "
      + "\(Int(medianUs)), p99 \(Int(p99Us)), most \(Int(mostUs))"
  }
}
