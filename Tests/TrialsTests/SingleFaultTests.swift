import RowTwin
import Synchronization
import Testing
import Trials

/// Single faults, one of each kind, at three loads: the row stays safe by the plant's truth, the right alarm comes
/// first, at most five come, and the row comes back. The whole catalogue is tried by `irhx-trial hunt`.
@Suite struct SingleFaultTests {
  /// Kinds of fault that still break a rule, and which. A kind leaves this list when it is repaired.
  static let open: [String: Set<Violation.Kind>] = [
    // Half a minute passes before the pumps stop; level, leak and suction each say their part.
    "row.leak": [.alarmFlood],
    // The lost spare is said after 2 s, the drive in Hand after 5 s.
    "pump.#.local": [.wrongAlarmFirst],
    // The chips are hot before the valve's own time is over.
    "rack.#.valve.closed": [.wrongAlarmFirst],
    // The rack's valve is still opening when it is back in service.
    "rack.#.leak": [.alarmWithoutCause],
    // Each rack that is still hot when the pumps stop says so.
    "emergency-stop": [.alarmFlood],
    // The operator of a trial does not order the row back.
    "permissive.lost": [.notBack],
    // The devices behind a bus are said to be silent a moment before the bus is.
    "bus dead": [.alarmFlood],
    "bus flaky": [.alarmFlood],
    "bus flaky=0.3": [.alarmFlood],
  ]

  @Test(arguments: [30.0, 65, 100])
  func everyKindOfFaultIsSafeAndSaidAndRepaired(load: Double) throws {
    let site = try Rows.site("demo")
    let faults = try FaultCatalogue.oneOfEach(of: site)
    let failures = Mutex<[String]>([])
    try Fleet.run(count: faults.count, threads: 2) { index in
      try Trial.run(.steady(site, faults: [faults[index]], loadPercent: load))
    } done: { index, report in
      let open = Self.open[FaultCatalogue.kind(of: faults[index])] ?? []
      let found = report.violations.filter { !open.contains($0.kind) }
      if !found.isEmpty { failures.withLock { $0.append("\(faults[index]): \(found), alarms \(report.alarms)") } }
    }
    let failed = failures.withLock { $0 }
    #expect(failed.isEmpty, "\(failed.joined(separator: "\n"))")
  }

  /// A nuisance alarm is one too many; thirty days are run by `irhx-trial nuisance`.
  @Test func twoDaysWithoutAFaultRaiseNoAlarm() throws {
    let site = try Rows.site("demo")
    try Fleet.run(count: 2, threads: 2) { index in
      try Trial.run(.uneventful(site, seed: UInt64(index + 1)))
    } done: { _, report in
      #expect(report.alarms.isEmpty)
      #expect(report.isSafe, "\(report.violations)")
    }
  }
}
