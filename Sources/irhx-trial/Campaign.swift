import ArgumentParser
import Glibc
import Synchronization
import Trials

/// Runs many trials on all cores with a line of progress, and says what they came to.
struct Campaign: ParsableArguments {
  @Option(help: "One a core pays.")
  var threads: Int = 2
  @Flag(help: "Explain the first failure: the shortest schedule that still fails, and its last fifty cycles.")
  var explain = false

  /// - Parameter each: sees every result as it comes; never called twice at a time.
  func run(
    _ count: Int, name: @Sendable (Int) -> String, plan: @Sendable (Int) throws -> TrialPlan,
    each: @Sendable (Int, Trial.Report) -> Void = { _, _ in }
  ) throws {
    let state = Mutex((tally: Tally(), saidS: 0.0, firstFailure: Int?.none))
    let start = ContinuousClock.now
    try Fleet.run(count: count, threads: threads) { index in
      try Trial.run(plan(index))
    } done: { index, report in
      let wallS = (ContinuousClock.now - start) / .seconds(1)
      state.withLock { state in
        state.tally.add(name(index), report)
        if !report.isSafe {
          print(name(index), report.violations.map(\.description).joined(separator: "; "))
          if index < state.firstFailure ?? count { state.firstFailure = index }
        }
        guard wallS - state.saidS > 5 else { return }
        state.saidS = wallS
        say("irhx-trial: \(state.tally.trials) of \(count), \(state.tally.failures.count) failed, \(Int(wallS)) s")
      }
      each(index, report)
    }
    let (tally, firstFailure) = state.withLock { ($0.tally, $0.firstFailure) }
    print(
      tally.text(wallS: (ContinuousClock.now - start) / .seconds(1), processorS: Self.processorS(), threads: threads))
    guard let firstFailure else { return }
    if explain {
      let plan = try plan(firstFailure)
      if let violation = try Trial.run(plan).violations.first { print(try FailureText.explain(plan, violation)) }
    }
    throw ExitCode.failure
  }

  /// Processor time of all threads since the program began: what it would have taken with the cores to itself.
  private static func processorS() -> Double {
    var time = timespec()
    // ignoring: clock_gettime(2) cannot fail for a clock that always exists.
    _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
