import RowTwin

/// Reduces a failing trial to the shortest schedule that still breaks the same rule: nothing after the breach and
/// little before it, then fewer events, then shorter and smaller ones.
public struct Shrinker {
  /// Trials it may run: a schedule holds at most some fifteen events, each is dropped twice and halved a few times.
  static let trialsMax = 120

  private let kind: Violation.Kind
  private let failure: (TrialPlan) throws -> Violation?
  private var trialsLeft = Shrinker.trialsMax
  public private(set) var plan: TrialPlan
  public private(set) var violation: Violation

  /// - Returns: the shortest plan found, and how it fails.
  public static func shrink(_ plan: TrialPlan, _ violation: Violation) throws -> (TrialPlan, Violation) {
    try shrink(plan, violation) { try Trial.run($0).violations.first { $0.kind == violation.kind } }
  }

  /// - Parameter failure: how a candidate breaks the same rule; nil where it does not.
  static func shrink(
    _ plan: TrialPlan, _ violation: Violation, failure: @escaping (TrialPlan) throws -> Violation?
  ) throws -> (TrialPlan, Violation) {
    var shrinker = Shrinker(plan, violation, failure)
    try shrinker.run()
    return (shrinker.plan, shrinker.violation)
  }

  private init(_ plan: TrialPlan, _ violation: Violation, _ failure: @escaping (TrialPlan) throws -> Violation?) {
    self.plan = plan
    self.violation = violation
    self.failure = failure
    kind = violation.kind
  }

  private mutating func run() throws {
    try shortenTrial()
    try dropHalves()
    try dropOnes()
    try shortenEvents()
    try lowerSizes()
    try dropOnes()
    try shortenTrial()
  }

  /// Keeps the candidate if it fails in the same way.
  private mutating func keeps(_ candidate: TrialPlan) throws -> Bool {
    guard trialsLeft > 0 else { return false }
    trialsLeft -= 1
    guard let found = try failure(candidate) else { return false }
    plan = candidate
    violation = found
    return true
  }

  private mutating func dropHalves() throws {
    var size = plan.events.count / 2
    while size > 1 {
      var start = 0
      while start < plan.events.count {
        var candidate = plan
        candidate.events.removeSubrange(start..<min(start + size, plan.events.count))
        if try !keeps(candidate) { start += size }
      }
      size /= 2
    }
  }

  private mutating func dropOnes() throws {
    for index in plan.events.indices.reversed() {
      var candidate = plan
      candidate.events.remove(at: index)
      _ = try keeps(candidate)
    }
  }

  private mutating func shortenEvents() throws {
    for index in plan.events.indices {
      while plan.events[index].endS - plan.events[index].startS > 10 {
        var candidate = plan
        candidate.events[index].endS -= (plan.events[index].endS - plan.events[index].startS) / 2
        guard try keeps(candidate) else { break }
      }
    }
  }

  private mutating func lowerSizes() throws {
    for index in plan.events.indices {
      guard let fault = plan.events[index].fault else { continue }
      var candidate = plan
      candidate.events[index].action = .fault(FaultCatalogue.scaled(fault, by: 0.5))
      if candidate.events != plan.events { _ = try keeps(candidate) }
    }
  }

  /// A rule of the first phase needs nothing after its breach; one of the second needs no wait before it.
  private mutating func shortenTrial() throws {
    var candidate = plan
    if kind == .notBack {
      let lastS = plan.events.map(\.endS).max() ?? 0
      candidate.quietFromS = lastS + 1
      candidate.endS = lastS + 1 + TrialPlan.quietS
    } else {
      candidate.endS = min(plan.endS, Int(violation.seconds) + 2)
      candidate.events.removeAll { $0.startS >= candidate.endS }
    }
    if candidate.endS < plan.endS { _ = try keeps(candidate) }
    guard let first = plan.events.map(\.startS).min(), first > 120 else { return }
    candidate = plan
    let earlier = first - 60
    for index in candidate.events.indices {
      candidate.events[index].startS -= earlier
      candidate.events[index].endS -= earlier
    }
    candidate.quietFromS -= earlier
    candidate.endS -= earlier
    _ = try keeps(candidate)
  }
}
