internal import CPlatform
import Glibc
import Synchronization

/// What other threads leave for the server's thread, and the bell that wakes it. Bounded by what it holds: one flag for
/// any number of announcements, and one answer per call in flight (a connection has at most one).
final class Mailbox: Sendable {
  struct Answer: Sendable {
    var client: UInt64
    var call: UInt64
    var frame: [UInt8]
  }

  struct Contents: Sendable {
    var answers: [Answer] = []
    var announced = false
    var stopping = false
    var isEmpty: Bool { answers.isEmpty && !announced && !stopping }
  }

  private let contents = Mutex(Contents())
  /// An eventfd.
  let bell: Int32

  init() throws(SystemError) {
    bell = cplatform_wakeup()
    guard bell >= 0 else { throw SystemError(what: "create an eventfd", errno: -bell) }
  }

  deinit { close(bell) }

  func post(_ answer: Answer) { change { $0.answers.append(answer) } }
  func announce() { change { $0.announced = true } }
  func stop() { change { $0.stopping = true } }

  /// Everything left since the last call; silences the bell.
  func empty() -> Contents {
    var rings: UInt64 = 0
    // ignoring: EAGAIN only means that nobody has rung.
    _ = unsafe read(bell, &rings, MemoryLayout.size(ofValue: rings))
    return contents.withLock { contents in
      defer { contents = Contents() }
      return contents
    }
  }

  private func change(_ body: (inout sending Contents) -> Void) {
    let wasEmpty = contents.withLock { contents in
      defer { body(&contents) }
      return contents.isEmpty
    }
    guard wasEmpty else { return }
    var ring: UInt64 = 1
    // ignoring: the counter cannot fill up, being rung only when the box was empty.
    _ = unsafe write(bell, &ring, MemoryLayout.size(ofValue: ring))
  }
}
