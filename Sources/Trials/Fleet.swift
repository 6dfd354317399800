import Dispatch
import Synchronization

/// Many trials on all cores: every thread has rows of its own, nothing is shared but the next number and the results.
public enum Fleet {
  /// Runs the trials numbered 0 ..< `count`, and hands each result over in the order in which they end.
  ///
  /// - Parameters:
  ///   - threads: at least 1; a core each pays.
  ///   - trial: runs on any thread.
  ///   - done: never runs twice at a time.
  /// - Throws: the first error of a trial, after all threads have ended.
  public static func run<Result: Sendable>(
    count: Int, threads: Int, trial: @Sendable (Int) throws -> Result, done: @Sendable (Int, Result) -> Void
  ) throws {
    let next = Atomic(0)
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: max(threads, 1)) { _ in
      while failure.withLock({ $0 == nil }) {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard number < count else { return }
        do {
          let result = try trial(number)
          failure.withLock { _ in done(number, result) }
        } catch {
          failure.withLock { $0 = error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
