import Commissioning
import FieldIO
import Glibc
import Synchronization

/// Somebody at a terminal. Questions are answered with y or n; no input any more is no.
final class Console: Operator {
  private let answersYes: Bool
  private var typed: [UInt8] = []
  private var isOver = false

  init(answersYes: Bool) { self.answersYes = answersYes }

  func hear(_ line: String) { say(line) }

  func ask(_ question: String) { say("\(question) [y/n]\(answersYes ? " yes" : "")") }

  func answer() -> Bool? {
    if answersYes { return true }
    while let end = typed.firstIndex(of: UInt8(ascii: "\n")) {
      let word = String(decoding: typed[..<end], as: UTF8.self).lowercased().filter { !$0.isWhitespace }
      typed.removeFirst(end + 1)
      switch word {
      case "y", "yes": return true
      case "n", "no": return false
      default: say("please answer y or n")
      }
    }
    if isOver { return false }
    var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&ready, 1, 0) > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
    if count > 0 { typed += bytes[..<count] } else { isOver = true }
    return nil
  }
}

/// The machine's own time. Signals that would end the program, a lost terminal among them, end the walk instead: it
/// leaves the row at its safe output.
final class RealPace: Pace {
  private static let wasSignalled = Atomic<Bool>(false)

  init() {
    var ours = sigset_t()
    unsafe sigemptyset(&ours)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in RealPace.wasSignalled.store(true, ordering: .relaxed) }
      unsafe sigaddset(&ours, number)
    }
    // Whoever started us may have kept them from us.
    unsafe pthread_sigmask(SIG_UNBLOCK, &ours, nil)
    // A report to a pipe that is closed must not end the walk.
    signal(SIGPIPE, SIG_IGN)
  }

  var now: Duration { MonotonicClock.now() }
  var isInterrupted: Bool { Self.wasSignalled.load(ordering: .relaxed) }

  func wait(until deadline: Duration) {
    let left = deadline - now
    guard left > .zero else { return }
    let (seconds, attoseconds) = left.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    // ignoring: a signal wakes it, which is what it is to do.
    _ = unsafe nanosleep(&time, nil)
  }
}
