import Dispatch
import FieldIO
import Synchronization
import Testing

@testable import RowRuntime

@Suite struct LoopThreadTests {
  private struct Cycle {
    var due: Duration
    var missed: Int
  }

  /// OPS-053.
  /// The third cycle is held until five more were due. Whatever else the machine does, every cycle is due a whole
  /// number of periods after the one before, and those in between are counted.
  @Test func cyclesKeepAbsoluteDeadlinesAndCountWhatTheyMiss() throws {
    let period = Duration.milliseconds(20)
    let cycles = Mutex<[Cycle]>([])
    let isHeld = DispatchSemaphore(value: 0)
    let release = DispatchSemaphore(value: 0)
    let isDone = DispatchSemaphore(value: 0)
    let loop = LoopThread(period: period) { due, missed in
      let count = cycles.withLock { cycles in
        cycles.append(Cycle(due: due, missed: missed))
        return cycles.count
      }
      if count == 3 {
        isHeld.signal()
        release.wait()
      }
      if count == 6 { isDone.signal() }
    }
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
    for (before, after) in zip(seen, seen.dropFirst()) {
      let periods = Int((after.due - before.due) / period)
      #expect(after.due - before.due == period * periods && periods >= 1)
      #expect(after.missed == periods - 1)
    }
    #expect(seen[3].due - seen[2].due >= period * 6)
    #expect(seen[3].missed >= 5)
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
