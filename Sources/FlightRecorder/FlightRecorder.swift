import CoolingCore
import Dispatch
import Glibc
import Synchronization

/// Keeps every cycle of a row on the disk: what the core was given and what it made of it, in a ring of bounded size.
/// Runs on a thread of its own, twice a second; whatever is wrong with the disk, the loop does not notice, what was
/// lost is counted, and trouble is said once when it begins and once when it ends.
public final class FlightRecorder: Sendable {
  /// A kill or a power failure loses what came in since the last time.
  static let intervalMs = 500
  /// A disk that failed is tried again so often.
  public static let retry = Duration.seconds(5)
  public static let folderName = "recorder"

  public enum Notice: Sendable, Equatable {
    /// Nothing is being recorded, and why; it is tried again.
    case trouble(String)
    case recovered
    /// Cycles that could not be kept since the start.
    case lost(Int)
  }

  public struct State: Sendable, Equatable {
    /// Since the start.
    public var cycles = 0
    /// All segments.
    public var bytes = 0
    /// Cycles that could not be kept since the start.
    public var lost = 0
    public var trouble: String?
  }

  /// What only the queue touches. The mutex is never contended: it says so to the compiler.
  private struct Work {
    var writer: RecordingWriter?
    var retryAt: ContinuousClock.Instant?
    var cycles = 0
    /// Of these nobody knows yet whether the disk has them.
    var underWay = 0
    /// Of the cycle that was taken last.
    var number: UInt64 = 0
    var lost = 0
    var saidLost = 0
    var trouble: String?
  }

  /// Where the loop puts its cycles.
  public let mailbox = CycleMailbox()
  private let folder: String
  private let bytesMax: Int
  private let header: RecordingHeader
  private let retry: Duration
  private let say: @Sendable (Notice) -> Void
  private let queue = DispatchQueue(label: "irhx.recorder", qos: .utility)
  private let work = Mutex(Work())
  private let published = Mutex(State())
  private let isClosing = Atomic<Bool>(false)

  /// - Parameters:
  ///   - folder: made, with the one above it, if missing.
  ///   - say: called on the recorder's thread.
  public init(
    folder: String, bytesMax: Int, header: RecordingHeader, retry: Duration = FlightRecorder.retry,
    say: @escaping @Sendable (Notice) -> Void = { _ in }
  ) {
    precondition(CoreImage.isPlain, "the core's state is no longer a tree of numbers")
    self.folder = folder
    self.bytesMax = bytesMax
    self.header = header
    self.retry = retry
    self.say = say
  }

  public var state: State { published.withLock(\.self) }

  /// Begins to take what the loop puts.
  public func start() {
    queue.asyncAfter(deadline: .now() + .milliseconds(Self.intervalMs)) { [weak self] in
      guard let self, !isClosing.load(ordering: .relaxed) else { return }
      record(isLast: false)
      start()
    }
  }

  /// What was put until now is on the disk when this returns; for whoever has no thread to wait for.
  public func drain() { queue.sync { record(isLast: false) } }

  /// Writes what is waiting and ends the running block; a disk that hangs is not waited for longer.
  public func close(withinS limitS: Double) {
    isClosing.store(true, ordering: .relaxed)
    let isClosed = DispatchSemaphore(value: 0)
    queue.async {
      self.record(isLast: true)
      isClosed.signal()
    }
    // ignoring: the next start finds what a disk that hangs has taken.
    _ = isClosed.wait(timeout: .now() + limitS)
  }
}

// MARK: - On the recorder's thread

extension FlightRecorder {
  private func record(isLast: Bool) {
    work.withLock { work in
      do throws(RecorderFault) {
        if let retryAt = work.retryAt, retryAt > .now { discard(&work) } else { try write(&work, isLast) }
      } catch {
        work.writer = nil
        work.retryAt = .now + retry
        work.lost += work.underWay
        work.underWay = 0
        mailbox.wantState()
        if work.trouble == nil { say(.trouble(error.description)) }
        work.trouble = error.description
      }
      note(&work)
    }
  }

  private func write(_ work: inout Work, _ isLast: Bool) throws(RecorderFault) {
    if work.writer == nil {
      work.writer = try RecordingWriter(folder: folder, bytesMax: bytesMax, header: header)
    }
    // Wall time is for people: that of the monotonic clock now is good enough for half a second.
    let offsetNs = Self.clock(CLOCK_REALTIME) - Self.clock(CLOCK_MONOTONIC)
    while try takeOne(&work, offsetNs) {}
    try work.writer?.flush()
    if isLast { try work.writer?.close() }
    work.cycles += work.underWay
    work.underWay = 0
    if work.trouble != nil && work.writer?.wantsState == false {
      say(.recovered)
      (work.trouble, work.retryAt) = (nil, nil)
    }
  }

  private func takeOne(_ work: inout Work, _ offsetNs: Int64) throws(RecorderFault) -> Bool {
    try mailbox.take { cycle, state throws(RecorderFault) in
      let hasState = cycle[CycleLayout.flags] & CycleLayout.hasCheckpoint != 0
      let timeMs = (Int64(bitPattern: cycle[CycleLayout.startNs]) + offsetNs) / 1_000_000
      let image = hasState ? unsafe state.withUnsafeBytes { unsafe Array($0) } : nil
      work.underWay += 1
      let before = work.writer?.wantsState
      let isNext = work.number + 1 == cycle[CycleLayout.cycle]
      work.number = cycle[CycleLayout.cycle]
      let isKept = try work.writer?.append(cycle, state: image, timeMs: timeMs) ?? false
      if !isKept {
        work.underWay -= 1
        work.lost += 1
      }
      let isLong = before == false && work.writer?.wantsState == true
      // Behind a gap a replay needs a state to go on from.
      if isLong || !isNext && !hasState { mailbox.wantState() }
    }
  }

  /// While the disk is in trouble; the state that is asked for must be of a cycle that can be kept.
  private func discard(_ work: inout Work) {
    while mailbox.take({ _, _ in work.lost += 1 }) {}
    mailbox.wantState()
  }

  private func note(_ work: inout Work) {
    let lost = work.lost + mailbox.lost
    published.withLock {
      $0 = State(cycles: work.cycles, bytes: work.writer?.bytes ?? $0.bytes, lost: lost, trouble: work.trouble)
    }
    guard lost > work.saidLost, work.trouble == nil else { return }
    work.saidLost = lost
    say(.lost(lost))
  }

  private static func clock(_ id: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(id, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
