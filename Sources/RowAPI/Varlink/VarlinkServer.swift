import Glibc
import Synchronization

/// Serves one Varlink interface on a listening socket, on a thread of its own. Nothing a client does, or leaves undone,
/// reaches another thread: calls go to the interface one by one, and `announce` only rings a bell.
public final class VarlinkServer: Sendable {
  private let listening: ListeningSocket
  private let interface: any VarlinkInterface
  private let limits: VarlinkLimits
  private let peerOf: @Sendable (Int32) -> Peer?
  private let mailbox: Mailbox
  private let counted = Mutex(VarlinkCounters())
  private let thread = Mutex(pthread_t?.none)

  /// Throws when the process is out of descriptors. The definition must parse: it is part of the program.
  public convenience init(listening: ListeningSocket, interface: any VarlinkInterface) throws(SystemError) {
    try self.init(listening: listening, interface: interface, limits: VarlinkLimits(), peerOf: Peer.of)
  }

  /// For tests: other bounds, and other peers than this machine's accounts provide.
  init(
    listening: ListeningSocket, interface: any VarlinkInterface, limits: VarlinkLimits,
    peerOf: @escaping @Sendable (Int32) -> Peer?
  ) throws(SystemError) {
    self.listening = listening
    self.interface = interface
    self.limits = limits
    self.peerOf = peerOf
    mailbox = try Mailbox()
  }

  public var counters: VarlinkCounters { counted.withLock { $0 } }

  /// Starts the thread. Call once.
  public func start() {
    thread.withLock { thread in
      precondition(thread == nil, "a server starts once")
      let box = unsafe Unmanaged.passRetained(self).toOpaque()
      var made = pthread_t()
      let outcome = unsafe pthread_create(&made, nil, { unsafe Unmanaged<VarlinkServer>.runThread($0) }, box)
      precondition(outcome == 0, "no thread for the socket server: \(unsafe String(cString: strerror(outcome)))")
      thread = made
    }
  }

  /// Says that the interface has a newer stream message. Constant time, from any thread; any number of announcements
  /// before the server gets round to them are one.
  public func announce() { mailbox.announce() }

  /// Closes every connection and the listening socket, and returns when the thread has ended.
  public func stop() {
    mailbox.stop()
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    // ignoring: joining our own live thread cannot fail.
    if let running { _ = pthread_join(running, nil) }
  }

  fileprivate func run() {
    var loop = ServerLoop(
      listening: listening, interface: interface, limits: limits, peerOf: peerOf, mailbox: mailbox)
    while loop.turn() {
      counted.withLock { $0 = loop.counters }
    }
    counted.withLock { $0 = loop.counters }
    listening.close()
  }
}

extension Unmanaged<VarlinkServer> {
  /// The thread's body; gives back the reference that `start` retained for it.
  fileprivate static func runThread(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let box = unsafe box else { return nil }
    let server = unsafe fromOpaque(box).takeRetainedValue()
    server.run()
    return nil
  }
}
