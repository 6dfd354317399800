import Dispatch
import Glibc
import RowAPI
import Synchronization

/// The daemon's side of `irhxctl top`: follows the row and connects again, sends commands, and hands what comes of it
/// to the screen's thread through a box and a byte on a pipe.
final class TopFeed: Sendable {
  /// At most one state in this time: more would only be redrawn.
  static let intervalMs = 500
  /// Between two tries to connect.
  private static let retryS: UInt32 = 1
  /// Without a state for so long the connection is given up: three of the slowest periods.
  private static let quiet = Duration.seconds(15)

  private struct Box {
    /// The newest only: a screen that is slow loses states, not memory.
    var contact: TopModel.Event?
    var answers: [TopModel.Event] = []
  }

  private let client: RowClient
  private let wakeUp: Int32
  private let box = Mutex(Box())
  /// One command after the other, as they were given.
  private let commands = DispatchQueue(label: "irhxctl.top.commands")

  /// Writes a byte to `wakeUp` for whatever comes.
  init(_ client: RowClient, wakeUp: Int32) {
    self.client = client
    self.wakeUp = wakeUp
  }

  /// Follows the row until the program ends.
  func start() {
    DispatchQueue(label: "irhxctl.top.states").async { [self] in
      while true {
        do throws(RowClient.Failure) {
          try client.watch(intervalMs: Self.intervalMs, quiet: Self.quiet) { state in
            put { $0.contact = .state(state) }
            return true
          }
          put { $0.contact = .lost("the daemon ended the stream") }
        } catch {
          let words = "\(error)"
          put { $0.contact = .lost(words) }
        }
        sleep(Self.retryS)
      }
    }
  }

  func send(_ command: TopCommand) {
    ask(command.command) { .replied(command, $0) }
  }

  func explain(_ role: String) {
    ask(.explain(actuator: role)) { .explained(role, $0) }
  }

  /// What has come since the last call.
  func take() -> [TopModel.Event] {
    let box = box.withLock { box in
      defer { box = Box() }
      return box
    }
    return (box.contact.map { [$0] } ?? []) + box.answers
  }

  private func ask(
    _ command: RowCommand, _ event: @escaping @Sendable (Result<RowReply, RowClient.Failure>) -> TopModel.Event
  ) {
    commands.async { [self] in
      let result: Result<RowReply, RowClient.Failure>
      do throws(RowClient.Failure) { result = .success(try client.send(command)) } catch { result = .failure(error) }
      put { $0.answers.append(event(result)) }
    }
  }

  private func put(_ change: (inout Box) -> Void) {
    box.withLock { change(&$0) }
    var byte: UInt8 = 0
    // ignoring: a pipe that is full wakes as well.
    _ = unsafe write(wakeUp, &byte, 1)
  }
}
