public import CoolingCore
import RowConfig
import RowRuntime
import RowTwin

/// Plays one plan against the production loop and judges it: phase 1, *safety*, under whatever the schedule brings;
/// phase 2, *liveness*, once nothing is wrong any more.
public struct Trial {
  public struct Report: Sendable {
    public var violations: [Violation]
    /// In the order they were raised, `CAUSE number`.
    public var alarms: [String]
    public var chipMarginK: Double
    /// What nobody could have prevented.
    public var beyondSaving: [String]
    public var endMode: RowMode
    /// Over the plant's truth and what was sent, once a minute: the same for the same plan on every machine and in
    /// every build.
    public var stateHash: UInt64
    public var simulatedS: Double
    public var isSafe: Bool { violations.isEmpty }
  }

  /// How long after the last fault an operator resets what is latched, and tries again.
  static let resetAfterS = 30
  static let resetEveryS = 60

  private let plan: TrialPlan
  private let row: VirtualRow
  private var oracle: Oracle
  private var hash = StateHash()
  private var nextStart = 0
  private var running: [TrialEvent] = []
  private var deadUntilS = 0
  private var isQuiet = false

  public init(_ plan: TrialPlan) throws {
    self.plan = plan
    row = try VirtualRow(plan.site, seed: plan.seed, load: plan.load)
    if let settled = plan.settledPercent { row.twin.settle(loadPercent: settled) }
    oracle = Oracle(row: row, plan: plan)
  }

  /// - Parameters:
  ///   - endsAtFirst: stop at the first violation.
  ///   - each: looks at the row after every second.
  public static func run(
    _ plan: TrialPlan, endsAtFirst: Bool = false, each: (VirtualRow) -> Void = { _ in }
  ) throws -> Report {
    var trial = try Trial(plan)
    while Int(trial.row.seconds) < plan.endS {
      try trial.step()
      each(trial.row)
      if endsAtFirst && !trial.oracle.isClean { break }
    }
    return trial.report
  }

  private mutating func step() throws {
    let second = Int(row.seconds)
    if nextStart < plan.events.count || !running.isEmpty { try schedule(second) }
    if second >= plan.quietFromS { clearUp(second) }
    if second < deadUntilS { row.stepWithoutDaemon() } else { row.step() }
    oracle.look(row, isDead: second < deadUntilS)
    if second % 60 == 0 { hash.add(row) }
  }

  private var report: Report {
    var hash = hash
    hash.add(row)
    return Report(
      violations: oracle.violations, alarms: oracle.alarms.raised.map { Oracle.name($0.instance) },
      chipMarginK: oracle.hottestMarginK, beyondSaving: oracle.beyondSaving, endMode: row.loop.core.mode,
      stateHash: hash.value, simulatedS: row.seconds)
  }
}

// MARK: - What happens

extension Trial {
  private mutating func schedule(_ second: Int) throws {
    for event in running where event.endS <= second { try end(event, second) }
    running.removeAll { $0.endS <= second }
    while nextStart < plan.events.count, plan.events[nextStart].startS <= second {
      try begin(plan.events[nextStart], second)
      nextStart += 1
    }
  }

  private mutating func begin(_ event: TrialEvent, _ second: Int) throws {
    switch event.action {
    case .fault(let fault):
      try row.twin.inject(fault)
      oracle.begin(fault, row)
    case .restart: deadUntilS = max(deadUntilS, event.endS)
    case .setpoint(let celsius): _ = row.loop.apply(.setSupplySetpoint(Temperature(celsius: celsius)))
    case .acknowledge: _ = row.loop.apply(.acknowledge(nil))
    case .reset: _ = row.loop.apply(.resetTrip)
    case .override(let index, let percent):
      guard let actuator = Actuator(index: index) else { return }
      let leaseS = Double(max(event.endS - second, 1))
      _ = row.loop.apply(.override(actuator, value: percent, leaseS: leaseS))
      oracle.overridden(untilS: Double(event.endS))
    }
    if event.endS > second { running.append(event) }
  }

  private mutating func end(_ event: TrialEvent, _ second: Int) throws {
    switch event.action {
    case .fault(let fault):
      // A trip ends by a reset, not by itself.
      if row.twin.faults.contains(where: { $0.key == fault.key }) { try row.twin.clear(fault) }
      oracle.end(fault, atS: row.seconds)
    case .restart:
      row.restart()
      oracle.restarted(atS: row.seconds)
    case .setpoint, .acknowledge, .reset, .override: break
    }
  }

  /// Phase 2: everything is repaired; an operator resets what is latched, and starts a row that a lost permissive shut
  /// down.
  private mutating func clearUp(_ second: Int) {
    let quietForS = second - plan.quietFromS
    if !isQuiet {
      isQuiet = true
      row.twin.clearAllFaults()
      oracle.endAll(atS: row.seconds)
    }
    guard quietForS >= Self.resetAfterS, quietForS <= Int(Liveness.backWithinS) else { return }
    guard quietForS % Self.resetEveryS == Self.resetAfterS else { return }
    _ = row.loop.apply(.resetTrip)
    if row.loop.core.mode == .off { _ = row.loop.apply(.setMode(.auto)) }
  }
}

/// FNV-1a over the twin's state, the mode and the pumps' demands.
struct StateHash {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  private mutating func add(_ bits: UInt64) { value = (value ^ bits) &* 0x100_0000_01b3 }

  mutating func add(_ row: VirtualRow) {
    add(row.twin.stateHash)
    add(UInt64(row.loop.core.mode.rawValue))
    for i in row.site.pumps.units.indices { add(row.loop.core.actuation.demand.pumps[i].speed.bitPattern) }
  }
}
