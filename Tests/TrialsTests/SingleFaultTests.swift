import RowTwin
import Synchronization
import Testing
import Trials

/// Single faults, one of each kind, at three loads: the row stays safe by the plant's truth, the right alarm comes
/// first, at most five come, and the row comes back. The whole catalogue is tried by `irhx-trial hunt`.
@Suite struct SingleFaultTests {
  @Test(arguments: [30.0, 65, 100])
  func everyKindOfFaultIsSafeAndSaidAndRepaired(load: Double) throws {
    let site = try Rows.site("demo")
    let faults = try FaultCatalogue.oneOfEach(of: site)
    let failures = Mutex<[String]>([])
    try Fleet.run(count: faults.count, threads: 2) { index in
      try Trial.run(.steady(site, faults: [faults[index]], loadPercent: load))
    } done: { index, report in
      guard !report.violations.isEmpty else { return }
      failures.withLock { $0.append("\(faults[index]): \(report.violations), alarms \(report.alarms)") }
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
