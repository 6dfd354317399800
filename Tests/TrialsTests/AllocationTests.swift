import CAllocationProbe
import CoolingCore
import FlightRecorder
import RowConfig
import RowRuntime
import RowTwin
import QPBench
import Testing
import Trials

/// Between scan and actuate nothing may ask the heap for memory. Unoptimised Swift allocates for almost anything, so
/// what a build without optimisation can show is only that the probe sees.
@Suite struct AllocationTests {
  @Test(.enabled(if: ap_counts(), "a sanitizer has the heap to itself"))
  func probeSeesAPlantedAllocation() {
    ap_arm()
    let planted = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 16)
    let requests = ap_disarm()
    unsafe planted.deallocate()
    #expect(requests >= 1)
  }

  @Test(.enabled(if: ap_counts(), "a sanitizer has the heap to itself"))
  func probeCountsNothingWhileDisarmed() {
    ap_arm()
    _ = ap_disarm()
    let array = [Int](repeating: 1, count: Int.random(in: 1000...1001))
    #expect(array.count >= 1000)
    #expect(ap_disarm() == 0)
  }

  #if !DEBUG
    /// CTL-114, CTL-124: the optimiser with its searches under way, the predictive law with a problem solved every
    /// other cycle.
    @Test(arguments: Site.Control.Mode.allCases)
    func aWarmCoreStepAsksTheHeapForNothing(mode: Site.Control.Mode) throws {
      let row = try Self.warmRow(mode)
      var core = row.core
      let scan = row.loop.scan
      core.step(scan, elapsedS: 1)
      ap_arm()
      for _ in 0..<100 { core.step(scan, elapsedS: 1) }
      #expect(ap_disarm() == 0)
    }

    @Test(arguments: Site.Control.Mode.allCases)
    func aWarmScanStepAndActuateAskTheHeapForNothing(mode: Site.Control.Mode) throws {
      let row = try Self.warmRow(mode)
      var requests: UInt64 = 0
      var now = row.now
      for _ in 0..<100 {
        row.twin.advance(seconds: 1)
        now += row.period
        ap_arm()
        row.loop.runCycle(due: now)
        requests += ap_disarm()
      }
      #expect(requests == 0)
      #expect("\(row.core.guide.commands)" == "\(mode)")
    }

    /// The loop hands its cycle over; also when nobody takes it and there is no room left.
    @Test func aRecordedCycleAsksTheHeapForNothing() throws {
      let config = #filePath.replacing("Tests/TrialsTests/AllocationTests.swift", with: "config")
      let loaded = try SiteLoader.load(path: "\(config)/row.demo.yaml", profileDirectories: ["\(config)/profiles"])
      let mailbox = CycleMailbox()
      let row = try VirtualRow(loaded, seed: 1, load: .aiMix)
      row.run(seconds: 600)
      var core = row.core
      var scan = row.loop.scan
      mailbox.put(&core, &scan, startNs: 1, elapsedS: 1, isLate: false)
      ap_arm()
      for _ in 0..<100 {
        mailbox.note(.resetTrip)
        mailbox.put(&core, &scan, startNs: 1, elapsedS: 1, isLate: false)
      }
      #expect(ap_disarm() == 0)
      #expect(mailbox.lost == 101 - 64)
    }

    @Test func aWarmVirtualCycleWithItsPlantAsksTheHeapForNothing() throws {
      let row = try Self.warmRow(.pid)
      ap_arm()
      for _ in 0..<100 { row.step() }
      // Five reads across registers that a device does not have are tried whole again each minute and refused: at each
      // throw the test library takes a backtrace, and asks once for it.
      #expect(ap_disarm() <= 10)
    }

    @Test(arguments: SolverSize.allCases)
    func theModelPredictiveControllersSolverAsksTheHeapForNothing(size: SolverSize) {
      var requests: UInt64 = 0
      var run = SolverRun()
      run.beforeSolve = { ap_arm() }
      run.afterSolve = { requests += ap_disarm() }
      let byFallback = FeedForward.allCases.flatMap { run.run(.row(size, $0, seed: 1), count: 40) }
        .count { $0.result.status == .fallbackConverged }
      #expect(requests == 0)
      #expect(size == .small || byFallback > 0, "the fallback must be among what is measured")
    }

    /// A row in control for ten minutes, so that every device has been spoken to and written.
    private static func warmRow(_ mode: Site.Control.Mode) throws -> VirtualRow {
      let config = #filePath.replacing("Tests/TrialsTests/AllocationTests.swift", with: "config")
      var loaded = try SiteLoader.load(path: "\(config)/row.demo.yaml", profileDirectories: ["\(config)/profiles"])
      loaded.site.control.mode = mode
      let row = try VirtualRow(loaded, seed: 1, load: .aiMix)
      row.run(seconds: 600)
      try #require(row.core.mode == .auto)
      return row
    }
  #endif
}
