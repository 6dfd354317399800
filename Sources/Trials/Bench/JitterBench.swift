import CoolingCore
import FieldIO
import Foundation
import RowRuntime
import Synchronization

/// How punctually the loop's thread wakes at 10 Hz, in short blocks alternating with `cyclictest` of the same class and
/// interval, so that the machine's drift hits both.
extension Bench {
  static let jitterPeriod = Duration.milliseconds(100)
  /// Times cyclictest's p99.
  static let jitterTarget = 2.0
  /// Hogs on top of what runs anyway.
  static let hogs = 4

  func measureJitter(into report: inout BenchReport) throws {
    guard let cyclictest = ChildProgram.find("cyclictest") else {
      report.add(BenchRow("Loop wake-up", "", .leftOut("cyclictest is missing: apt package rt-tests")))
      return
    }
    let recording = try RecordedRow(loaded)
    for isHogged in [false, true] {
      let stress = ChildProgram.find("stress-ng")
      guard !isHogged || stress != nil else {
        report.add(BenchRow("Loop wake-up under hogs", "", .leftOut("stress-ng is missing: apt package stress-ng")))
        return
      }
      for isRealTime in [false, true] {
        let name =
          "Loop wake-up at 10 Hz, \(isRealTime ? "real-time" : "normal") class, "
          + (isHogged ? "\(Self.hogs) hogs" : "idle")
        progress(name)
        let hogs = try isHogged ? stress.map { try ChildProgram($0, ["--quiet", "--cpu", "\(Self.hogs)"]) } : nil
        defer { hogs?.stop() }
        report.add(try jitter(name, isRealTime: isRealTime, recording, cyclictest))
      }
    }
  }

  private func jitter(
    _ name: String, isRealTime: Bool, _ recording: RecordedRow, _ cyclictest: String
  ) throws -> BenchRow {
    let blocks = isQuick ? 2 : 3
    let blockS = isQuick ? 5 : 20
    var ours: [Double] = []
    var floors: [Double] = []
    for _ in 0..<blocks {
      guard let lateness = try latenessUs(seconds: blockS, isRealTime: isRealTime, recording) else {
        return BenchRow(name, "", .leftOut("the real-time class is not granted here"))
      }
      ours += lateness
      floors += try cyclictestUs(cyclictest, seconds: blockS, isRealTime: isRealTime)
    }
    let loop = Samples(ours)
    let floor = Samples(floors)
    guard !floor.isEmpty else { return BenchRow(name, "", .leftOut("cyclictest measured nothing")) }
    let ratio = loop.percentile(99) / max(floor.percentile(99), 1)
    return BenchRow(
      name,
      "p50 \(number(loop.median)) µs, p99 \(number(loop.percentile(99))) µs: \(number(ratio, 2)) × the floor's p99",
      floor: "cyclictest p50 \(number(floor.median)) µs, p99 \(number(floor.percentile(99))) µs",
      target: "p99 ≤ \(number(Self.jitterTarget)) × cyclictest's",
      ratio <= Self.jitterTarget
        ? .reached
        : .missed(
          "p99 of \(loop.count) wake-ups each; the loop's includes entering the control queue, cyclictest's does not"))
  }

  /// How late each cycle began, the production step inside it; nil where the real-time class is refused.
  private func latenessUs(seconds: Int, isRealTime: Bool, _ recording: RecordedRow) throws -> [Double]? {
    let probe = LatenessProbe(recording, capacity: seconds * 20)
    let thread = LoopThread(period: Self.jitterPeriod) { due, _ in probe.cycle(due: due) }
    let granted = try thread.start(isRealTimeWanted: isRealTime)
    Thread.sleep(forTimeInterval: Double(seconds))
    thread.stop()
    return granted == isRealTime ? probe.latenessUs : nil
  }

  private func cyclictestUs(_ path: String, seconds: Int, isRealTime: Bool) throws -> [Double] {
    let periodUs = Int(Self.jitterPeriod.inSeconds * 1e6)
    // --default-system: as it is for the daemon, without holding the processor out of its sleep states.
    let text = try ChildProgram(
      path,
      ["--quiet", "--mlockall", "--default-system", "--interval=\(periodUs)", "--histogram=\(periodUs)"]
        + ["--loops=\(seconds * 1_000_000 / periodUs)"]
        + (isRealTime ? ["--policy=fifo", "--priority=50"] : ["--policy=other"]), readsOutput: true
    ).finish()
    var latencies: [Double] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let us = Double(words[0]), let times = Int(words[1]) else { continue }
      latencies += Array(repeating: us, count: times)
    }
    return latencies
  }
}

/// What the loop's thread does while it is measured: note how late it is, then decide.
private final class LatenessProbe: Sendable {
  private struct State {
    var core: ControlCycle
    var us: [Double] = []
  }
  private let recording: RecordedRow
  private let state: Mutex<State>

  init(_ recording: RecordedRow, capacity: Int) {
    self.recording = recording
    state = Mutex(State(core: recording.core))
    state.withLock { $0.us.reserveCapacity(capacity) }
  }

  var latenessUs: [Double] { state.withLock(\.us) }

  func cycle(due: Duration) {
    let lateness = MonotonicClock.now() - due
    state.withLock { state in
      let scan = state.us.count % recording.scans.count
      state.us.append(lateness.inSeconds * 1e6)
      state.core.step(recording.scans[scan], elapsedS: Bench.jitterPeriod.inSeconds)
    }
  }
}
