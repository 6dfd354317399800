import RowTwin
import Testing

@testable import Trials

/// Trials as they are drawn, judged, kept and shortened.
@Suite struct SeededTrialTests {
  @Test(arguments: KeptSeed.all)
  func aSeedThatEverFailedHoldsNow(kept: KeptSeed) throws {
    var sites = try Rows.all()
    if let mode = kept.mode { for i in sites.indices { sites[i].site.control.mode = mode } }
    let report = try Trial.run(.drawn(seed: kept.seed, from: sites, hours: kept.hours))
    #expect(report.isSafe, "\(report.violations)")
  }

  @Test func theSameSeedDrawsTheSameTrialAndEndsInTheSameState() throws {
    let sites = try Rows.all()
    func hash() throws -> UInt64 { try Trial.run(try .drawn(seed: 4, from: sites, hours: 1.2)).stateHash }
    #expect(try hash() == hash())
    func text(_ seed: UInt64) throws -> String { try TrialPlan.drawn(seed: seed, from: sites).text }
    #expect(try text(4) == text(4))
    #expect(try text(4) != text(5))
  }

  @Test func everyScheduleReadsBackAsItIsWritten() throws {
    let sites = try Rows.all()
    for seed in UInt64(1)...200 {
      let plan = try TrialPlan.drawn(seed: seed, from: sites)
      #expect(try TrialEvent.schedule(plan.text) == plan.events)
      #expect(plan.events.allSatisfy { $0.startS <= $0.endS && $0.endS <= plan.quietFromS })
    }
  }

  @Test(arguments: [
    "at x pump.1.trip", "at 5 until 4 pump.1.trip", "at 5 pump.1.trip", "at 5 until 9 nonsense", "at 5 setpoint warm",
    "600 acknowledge",
  ])
  func aLineThatIsNoEventIsRefusedWithItsNumber(line: String) {
    #expect(throws: ScheduleError.self) { try TrialEvent.schedule("# first\n" + line) }
    do { _ = try TrialEvent.schedule("# first\n" + line) } catch { #expect(error.description.hasPrefix("line 2")) }
  }

  @Test(arguments: [(2, 2), (3, 3), (8, 4)])
  func aRowCutToAnySizeHoldsItsSetpoint(racks: Int, pumps: Int) throws {
    let size = RowSize(racks: racks, pumps: pumps, fans: max(3, (3 * racks + 1) / 2))
    let plan = TrialPlan(
      site: try Rows.site("demo"), size: size, seed: 3, load: .aiMix, settledPercent: 60, events: [], quietFromS: 0,
      endS: 7200)
    let report = try Trial.run(plan)
    #expect(report.isSafe, "\(report.violations)")
    #expect(report.alarms.isEmpty)
  }

  /// Both pumps of a small row break: nobody could save it, and the judge says so instead of blaming the controller.
  @Test func whatNobodyCouldHavePreventedIsNoViolationOfTheChipLimit() throws {
    let site = try Rows.site("demo").resized(to: RowSize(racks: 2, pumps: 2, fans: 3))
    let plan = TrialPlan.steady(site, faults: [.pumpBroken(1), .pumpBroken(2)], loadPercent: 100)
    let report = try Trial.run(plan)
    #expect(!report.violations.contains { $0.kind == .chipLimit })
  }

  /// A judge that never failed anything is no evidence: an alarm that belongs to no fault is found.
  @Test func anAlarmThatBelongsToNoFaultIsFound() throws {
    var plan = TrialPlan.steady(try Rows.site("demo"), faults: [.filterClogged(1.1)], loadPercent: 50)
    plan.endS = 600
    var row: VirtualRow?
    let report = try Trial.run(plan) { now in
      guard row == nil else { return }
      row = now
      // Behind the judge's back.
      do { try now.twin.inject(.leakWet(1)) } catch { Issue.record(error) }
    }
    #expect(report.violations.contains { $0.kind == .alarmWithoutCause })
  }

  @Test func aFailingScheduleIsReducedToWhatMatters() throws {
    // Six racks on rated load with the setpoint's sink gone: only the leak stops the row.
    var plan = TrialPlan.steady(
      try Rows.site("demo").resized(to: RowSize(racks: 2, pumps: 3, fans: 3)), faults: [.leakWet(1)], loadPercent: 50)
    plan.events += [
      TrialEvent(100, .acknowledge), TrialEvent(350, until: 900, .fault(.hallHumidity(60))),
      TrialEvent(400, until: 1000, .fault(.leakCableBroken(2))),
    ]
    plan.events.sort { $0.startS < $1.startS }
    // The rule that one wet detector breaks here: its alarm, as if nothing wet were known.
    let violation = Violation(kind: .alarmWithoutCause, seconds: 302, detail: "")
    let (shortest, _) = try Shrinker.shrink(plan, violation) { plan in
      plan.events.contains { $0.fault == .leakWet(1) } ? violation : nil
    }
    #expect(shortest.events.map(\.fault) == [.leakWet(1)])
    #expect(shortest.endS < plan.endS)
  }
}
