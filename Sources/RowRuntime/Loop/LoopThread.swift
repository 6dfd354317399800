import CPlatform
import Dispatch
import FieldIO
import Synchronization

/// Runs a cycle at absolute deadlines (`due += period`, never `now + period`) on a serial, highest-QoS Dispatch queue
/// that nothing else ever enters. The queue is entered with `sync` from a dedicated thread, real-time class where it is
/// granted: `sync` runs on the calling thread, so the queue gives exclusivity and the thread gives punctuality
/// (a plain Dispatch timer wakes a worker of normal priority). Overruns are counted, never caught up by running twice.
public final class LoopThread: Sendable {
  /// Mid-range: above every normal thread and the workers of the buses, below the kernel's own threads.
  static let fifoPriority = BusWorker.fifoPriority + 1

  private let queue = DispatchQueue(label: "irhx.control", qos: .userInteractive)
  private let isStopping = Atomic<Bool>(false)
  private let ended = DispatchSemaphore(value: 0)
  private let period: Duration
  private let cycle: @Sendable (_ due: Duration, _ missed: Int) -> Void

  /// - Parameter cycle: runs inside the queue; `missed` counts the cycles skipped since the last one, because that had
  ///   not ended.
  public init(period: Duration, cycle: @escaping @Sendable (_ due: Duration, _ missed: Int) -> Void) {
    self.period = period
    self.cycle = cycle
  }

  /// Starts the thread.
  ///
  /// - Returns: whether it runs in the real-time class.
  /// - Throws: errno when no thread can be had.
  public func start(isRealTimeWanted: Bool) throws(ThreadFault) -> Bool {
    var isRealTime = false
    let context = unsafe Unmanaged.passRetained(self)
    let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
      guard let context = unsafe context else { return }
      unsafe Unmanaged<LoopThread>.fromOpaque(context).takeRetainedValue().run()
    }
    let error = unsafe cp_thread_start(
      "irhx-loop", isRealTimeWanted ? Self.fifoPriority : 0, body, context.toOpaque(), &isRealTime)
    guard error == 0 else {
      unsafe context.release()
      throw ThreadFault(errno: error)
    }
    return isRealTime
  }

  /// Returns when the cycle under way has ended and no other will start.
  public func stop() {
    isStopping.store(true, ordering: .releasing)
    ended.wait()
  }

  private func run() {
    var due = MonotonicClock.now() + period
    var missed = 0
    while !isStopping.load(ordering: .acquiring) {
      cp_sleep_until(due.inNanoseconds)
      queue.sync { cycle(due, missed) }
      due += period
      let now = MonotonicClock.now()
      missed = now > due ? Int((now - due) / period) + 1 : 0
      due += period * missed
    }
    ended.signal()
  }
}

public struct ThreadFault: Error, Sendable {
  public let errno: Int32
}

extension Duration {
  var inNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
