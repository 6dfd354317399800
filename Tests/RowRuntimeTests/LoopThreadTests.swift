import Dispatch
import FieldIO
import Synchronization
import Testing

@testable import RowRuntime

@Suite struct LoopThreadTests {
  private struct Cycle {
    var due: Duration
    var isLate: Bool
    var overruns: Int
  }

  /// The third cycle is held until five more were due. Whatever else the machine does, every cycle is due a whole
  /// number of periods after the one before, and those in between are counted.
  @Test func cyclesKeepAbsoluteDeadlinesAndCountWhatTheyMiss() throws {
    let period = Duration.milliseconds(20)
    let cycles = Mutex<[Cycle]>([])
    let thread = Mutex<LoopThread?>(nil)
    let isHeld = DispatchSemaphore(value: 0)
    let release = DispatchSemaphore(value: 0)
    let isDone = DispatchSemaphore(value: 0)
    let loop = LoopThread(period: period) { due, isLate in
      let overruns = thread.withLock { $0?.overruns ?? 0 }
      let count = cycles.withLock { cycles in
        cycles.append(Cycle(due: due, isLate: isLate, overruns: overruns))
        return cycles.count
      }
      if count == 3 {
        isHeld.signal()
        release.wait()
      }
      if count == 6 { isDone.signal() }
    }
    thread.withLock { $0 = loop }
    _ = try loop.start(isRealTimeWanted: false)
    isHeld.wait()
    let held = cycles.withLock { $0[2].due }
    while MonotonicClock.now() < held + period * 5.5 {}
    release.signal()
    isDone.wait()
    loop.stop()
    let count = cycles.withLock(\.count)

    let seen = cycles.withLock(\.self)
    #expect(seen.count == count, "a cycle ran after stop")
    var missed = 0
    for (before, after) in zip(seen, seen.dropFirst()) {
      let periods = Int((after.due - before.due) / period)
      #expect(after.due - before.due == period * periods && periods >= 1)
      #expect(after.isLate == (periods > 1))
      missed += periods - 1
      #expect(after.overruns == missed)
    }
    #expect(seen[3].due - seen[2].due >= period * 6)
    #expect(seen[3].isLate)
  }

  @Test func stopReturnsWhenTheCycleUnderWayHasEnded() throws {
    let runs = Counter()
    let ends = Counter()
    let loop = LoopThread(period: .milliseconds(5)) { _, _ in
      runs.add()
      for _ in 0..<10_000 { _ = MonotonicClock.now() }
      ends.add()
    }
    _ = try loop.start(isRealTimeWanted: false)
    while runs.count == 0 {}
    loop.stop()
    #expect(runs.count == ends.count)
  }
}
