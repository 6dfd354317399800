/// What many trials came to.
public struct Tally: Sendable {
  public private(set) var trials = 0
  public private(set) var simulatedS = 0.0
  public private(set) var beyondSaving = 0
  public private(set) var byKind: [Violation.Kind: Int] = [:]
  /// What failed, by name, in the order in which it ended.
  public private(set) var failures: [(name: String, violations: [Violation])] = []
  public init() {}

  public mutating func add(_ name: String, _ report: Trial.Report) {
    trials += 1
    simulatedS += report.simulatedS
    if !report.beyondSaving.isEmpty { beyondSaving += 1 }
    for violation in report.violations { byKind[violation.kind, default: 0] += 1 }
    if !report.isSafe { failures.append((name, report.violations)) }
  }

  public var isSafe: Bool { failures.isEmpty }

  /// - Parameters:
  ///   - wallS: what it took.
  ///   - processorS: of all threads; less than `wallS · threads` where others had the cores too.
  public func text(wallS: Double, processorS: Double, threads: Int) -> String {
    var lines = [
      "\(trials) trials, \(number(simulatedS / 3600)) simulated hours in \(number(wallS, 1)) s: "
        + "\(number(simulatedS / max(wallS, 0.001))) × real time on \(threads) threads "
        + "(\(number(simulatedS * Double(threads) / max(processorS, 0.001))) × by processor time)",
      "\(beyondSaving) trials had racks that nobody could have saved",
      failures.isEmpty ? "no violation" : "\(failures.count) trials failed:",
    ]
    for kind in Violation.Kind.allCases {
      guard let count = byKind[kind] else { continue }
      lines.append("  \(count) × \(kind.rawValue)")
    }
    return lines.joined(separator: "\n")
  }
}
