import Dispatch
import Synchronization

/// Keeps the newest content of a state file on the disk, on a thread of its own: written when it has changed, at most
/// once in `interval`, and at the end. A disk that fails is said once when that begins and once when it ends.
final class StateKeeper: Sendable {
  /// The disk is written at most so often.
  static let interval = Duration.seconds(1)

  enum Notice: Sendable, Equatable {
    case trouble(String)
    case recovered
  }

  private struct Work {
    var written: [UInt8]?
    var writtenAt: ContinuousClock.Instant?
    var isTroubled = false
  }

  private let file: StateFile
  private let interval: Duration
  private let say: @Sendable (Notice) -> Void
  private let queue = DispatchQueue(label: "irhx.state", qos: .utility)
  private let newest = Mutex<[UInt8]?>(nil)
  /// Touched by the queue only.
  private let work: Mutex<Work>
  private let isWoken = Atomic<Bool>(false)

  /// - Parameter found: what the file holds.
  init(
    _ file: StateFile, found: [UInt8]?, interval: Duration = StateKeeper.interval,
    say: @escaping @Sendable (Notice) -> Void
  ) {
    self.file = file
    self.interval = interval
    self.say = say
    work = Mutex(Work(written: found))
  }

  /// Hands over what is to be kept; called every cycle. Never waits.
  func keep(_ content: [UInt8]) {
    newest.withLock { $0 = content }
    guard !isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
    queue.async {
      self.isWoken.store(false, ordering: .releasing)
      self.write(isLast: false)
    }
  }

  /// Writes what there is; a disk that hangs is not waited for longer.
  func close(withinS limitS: Double) {
    let isWritten = DispatchSemaphore(value: 0)
    queue.async {
      self.write(isLast: true)
      isWritten.signal()
    }
    // ignoring: a disk that hangs keeps the generation it has.
    _ = isWritten.wait(timeout: .now() + limitS)
  }

  private func write(isLast: Bool) {
    guard let content = newest.withLock(\.self) else { return }
    work.withLock { work in
      guard content != work.written else { return }
      if let before = work.writtenAt, !isLast, .now - before < interval { return }
      work.writtenAt = .now
      do throws(StateFile.Fault) {
        try file.write(content)
        work.written = content
        if work.isTroubled { say(.recovered) }
        work.isTroubled = false
      } catch {
        if !work.isTroubled { say(.trouble(error.description)) }
        work.isTroubled = true
      }
    }
  }
}
