import CoolingCore
import RowTwin

/// Every fault that matters is said in its time, nothing is said without a cause, and nobody is flooded.
struct AlarmJudge {
  struct Raised: Sendable, Equatable {
    var seconds: Double
    var instance: CauseInstance
    var isCaused: Bool
  }
  /// More than enough to judge by; a flood is counted on.
  static let keptMax = 200
  /// A daemon that has just started, or stopped being overridden, may say what it finds for this long.
  static let unsettledS = 120.0

  private(set) var raised: [Raised] = []
  /// What must have been raised by when.
  private var due: [(byS: Double, fault: Fault, startS: Double, expected: ExpectedAlarms)] = []
  private var nextDueS = Double.infinity
  private var unsettledUntilS = 0.0

  mutating func begin(_ fault: Fault, _ expected: ExpectedAlarms, atS: Double) {
    // A valve that sticks now is not shut any more, a cable that breaks is not heard as wet: the later fault takes the
    // earlier's place.
    switch fault {
    case .rackValve(let rack, _): due.removeAll { if case .rackValve(rack, _) = $0.fault { true } else { false } }
    case .leakCableBroken(let zone): due.removeAll { $0.fault == .leakWet(zone) }
    default: break
    }
    nextDueS = due.map(\.byS).min() ?? .infinity
    guard let withinS = expected.withinS else { return }
    due.append((atS + withinS, fault, atS, expected))
    nextDueS = min(nextDueS, atS + withinS)
  }
  /// A fault that ends before its alarm is due owes none.
  mutating func end(_ fault: Fault) {
    due.removeAll { $0.fault == fault }
    nextDueS = due.map(\.byS).min() ?? .infinity
  }
  /// What is owed is owed no more, and what is said now may be a consequence.
  mutating func unsettle(untilS: Double) {
    forgive()
    unsettledUntilS = max(unsettledUntilS, untilS)
  }

  /// A row that stands still has nothing to show a fault by.
  mutating func forgive() {
    due.removeAll()
    nextDueS = .infinity
  }

  /// - Parameter isCooling: a row that does not was put there by something else, however long ago: no fault is alone.
  /// - Returns: an alarm that belongs to nothing.
  mutating func hear(
    _ instance: CauseInstance, atS: Double, faults: [PresentFaults.Entry], isTripped: Bool, isCooling: Bool,
    expected: (Fault) -> ExpectedAlarms
  ) -> CauseInstance? {
    let isCaused =
      isTripped || atS < unsettledUntilS
      || faults.contains { expected($0.fault).allows(instance, isAlone: faults.count == 1 && isCooling) }
    if raised.count < Self.keptMax { raised.append(Raised(seconds: atS, instance: instance, isCaused: isCaused)) }
    return isCaused ? nil : instance
  }

  /// - Returns: a fault whose alarm is missing.
  mutating func overdue(atS: Double, isActive: (CauseInstance) -> Bool) -> Fault? {
    guard atS >= nextDueS, let index = due.firstIndex(where: { $0.byS <= atS }) else { return nil }
    let owed = due.remove(at: index)
    nextDueS = due.map(\.byS).min() ?? .infinity
    let isSaid = owed.expected.first.contains { pattern in
      raised.contains { $0.seconds >= owed.startS && pattern.matches($0.instance) }
        || (0..<(pattern.index.map { $0 + 1 } ?? pattern.cause.capacity)).contains { candidate in
          let instance = CauseInstance(cause: pattern.cause, index: candidate)
          return pattern.matches(instance) && isActive(instance)
        }
    }
    return isSaid ? nil : owed.fault
  }
}
