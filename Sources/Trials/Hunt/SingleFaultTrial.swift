public import CoolingCore
public import RowConfig
import RowRuntime
public import RowTwin

/// One fault in a steady row: does it stay safe, is it said, and does the row come back when the fault ends?
public struct SingleFaultTrial {
  public struct Report: Sendable, CustomStringConvertible {
    public var fault: Fault
    public var loadPercent: Double
    public var violations: [Oracle.Violation]
    /// In the order they were raised, `CAUSE subject`.
    public var alarms: [String]
    public var chipMarginK: Double
    /// Supply temperature error and mode at the end, long after the fault.
    public var endErrorK: Double
    public var endMode: RowMode
    public var description: String {
      let found = violations.map(\.description).joined(separator: "; ")
      return "\(fault) at \(Int(loadPercent)) %: alarms \(alarms), chip margin \(chipMarginK.rounded()) K, "
        + "end \(endMode) \(endErrorK) K \(found)"
    }
    /// Nothing was violated, the row came back, and nobody was flooded.
    public var isSafe: Bool { violations.isEmpty && isBack && alarms.count <= 5 }
    public var isBack: Bool { endMode == .auto && abs(endErrorK) <= 1 }
  }

  static let beforeS = 300.0
  static let duringS = 1500.0
  static let afterS = 1500.0

  public static func run(_ loaded: LoadedSite, _ fault: Fault, loadPercent: Double) throws -> Report {
    let row = try VirtualRow(loaded, seed: 11, load: .steady(percent: loadPercent))
    row.twin.settle(loadPercent: loadPercent)
    row.run(seconds: beforeS)
    var oracle = Oracle(row: row, blockedRacks: blockedRacks(fault))
    var alarms: [String] = []
    func watch(_ row: VirtualRow) {
      oracle.look(row)
      let events = row.loop.core.events
      for i in 0..<events.count where events[i].kind == .causeActivated {
        guard let instance = events[i].instance else { continue }
        alarms.append("\(CauseAndEffect.definition(of: instance.cause).id) \(instance.index + 1)")
      }
    }
    try row.twin.inject(fault)
    row.run(seconds: duringS, each: watch)
    row.twin.clearAllFaults()
    // What an operator does once it is repaired.
    row.run(seconds: 30, each: watch)
    _ = row.loop.apply(.resetTrip)
    row.run(seconds: afterS, each: watch)
    return Report(
      fault: fault, loadPercent: loadPercent, violations: oracle.violations, alarms: alarms,
      chipMarginK: oracle.hottestMargin, endErrorK: row.truth.supplyTemperatureC - row.site.supply.setpointC,
      endMode: row.core.mode)
  }

  private static func blockedRacks(_ fault: Fault) -> Set<Int> {
    switch fault {
    case .rackBlocked(let n, _), .rackLeak(let n, _): [n - 1]
    default: []
    }
  }
}
