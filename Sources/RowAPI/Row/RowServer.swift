/// Serves `org.irhx.Row` on a socket: what the daemon starts, publishes to once a cycle, and stops.
public final class RowServer: Sendable {
  private let service: RowService
  private let server: VarlinkServer

  /// Takes over the socket. Throws when the process is out of descriptors.
  public init(
    listening: ListeningSocket, info: RowInfo, access: AccessRule, handler: any RowCommandHandler
  ) throws(SystemError) {
    service = RowService(info: info, access: access, handler: handler)
    server = try VarlinkServer(
      listening: listening, interface: service, limits: Self.limits(periodMs: info.periodMs), peerOf: Peer.of)
  }

  /// For tests: other bounds, and other peers than this machine's accounts provide.
  init(
    listening: ListeningSocket, info: RowInfo, access: AccessRule, handler: any RowCommandHandler,
    limits: VarlinkLimits, peerOf: @escaping @Sendable (Int32) -> Peer?
  ) throws(SystemError) {
    service = RowService(info: info, access: access, handler: handler)
    server = try VarlinkServer(listening: listening, interface: service, limits: limits, peerOf: peerOf)
  }

  /// A command waits up to one period for a cycle to begin, and is answered when that cycle has ended; a device that is
  /// asked may take three seconds more, and one is for the way there and back.
  static func limits(periodMs: Int) -> VarlinkLimits {
    VarlinkLimits(answerTime: .milliseconds(2 * periodMs + 4000))
  }

  /// Starts the server's thread. Call once.
  public func start() { server.start() }

  /// Makes `state` the one that reads return, and wakes the watchers' thread. Constant time, from any thread: swaps a
  /// value under a lock held only for swaps, and rings a bell. Encoding and sending happen elsewhere.
  public func publish(_ state: RowState) {
    service.publish(state)
    server.announce()
  }

  /// Closes every connection, removes our socket file, and returns when the thread has ended.
  public func stop() { server.stop() }

  public var counters: VarlinkCounters { server.counters }
}
