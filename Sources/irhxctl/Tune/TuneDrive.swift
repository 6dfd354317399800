import Dispatch
import Glibc
import LoopTuning
import RowAPI
import Synchronization

/// A signal that asks for the end has come.
private let isInterrupted = Atomic<Bool>(false)

/// Carries a step test out on a running row: states in, commands out, several at a time, so that a row's fans are
/// commanded within one cycle.
struct TuneDrive {
  private var session: TuneSession
  /// Without a state for so long contact is lost.
  private let quiet: Double

  init(_ session: TuneSession, quiet: Double) {
    self.session = session
    self.quiet = quiet
  }

  /// Follows the row until the course has ended; losing contact ends it as well.
  mutating func run(_ client: RowClient, say: (String) -> Void) -> TuneSession.Ending {
    Self.heedSignals()
    var said = ""
    do throws(RowClient.Failure) {
      try client.watch(quiet: .seconds(quiet)) { state in
        let orders = isInterrupted.load(ordering: .relaxed) ? session.stop("interrupted") : session.step(state)
        if session.progress != said, session.ending == nil { say("  \(session.progress)") }
        said = session.progress
        if let refusal = Self.carryOut(orders, client) {
          // What is left to do is to give back; a row that takes no commands takes back by itself.
          _ = Self.carryOut(session.stop(refusal), client)
        }
        return session.ending == nil
      }
    } catch {
      _ = Self.carryOut(session.stop("contact with the daemon was lost: \(error)"), client)
    }
    return session.ending ?? .aborted("the daemon ended the stream")
  }

  private static func heedSignals() {
    var heeded = sigset_t()
    unsafe sigemptyset(&heeded)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // Only what a handler may do.
      signal(number) { _ in isInterrupted.store(true, ordering: .relaxed) }
      unsafe sigaddset(&heeded, number)
    }
    // Whoever started us may have blocked them.
    unsafe pthread_sigmask(SIG_UNBLOCK, &heeded, nil)
  }

  /// - Returns: why the first of them was not carried out.
  private static func carryOut(_ orders: [TuneSession.Order], _ client: RowClient) -> String? {
    let failure = FirstFailure()
    let answered = DispatchGroup()
    for order in orders {
      // A queue each: every one waits for the next cycle, and a shared one has no more threads than processors.
      DispatchQueue(label: "irhxctl.tune.\(order.role)").async(group: answered) {
        do throws(RowClient.Failure) {
          _ = try client.send(order.command)
        } catch {
          let words = "\(order.role): \(error)"
          failure.words.withLock { $0 = $0 ?? words }
        }
      }
    }
    answered.wait()
    return failure.words.withLock(\.self)
  }
}

/// What several threads may find.
private final class FirstFailure: Sendable {
  let words = Mutex<String?>(nil)
}

extension TuneSession.Order {
  fileprivate var role: String {
    switch self {
    case .override(let role, _, _), .release(let role): role
    }
  }

  fileprivate var command: RowCommand {
    switch self {
    case .override(let role, let value, let leaseS):
      .override(actuator: role, value: value, leaseS: leaseS, reason: "irhxctl tune")
    case .release(let role): .release(actuator: role)
    }
  }
}
