import FoundationEssentials
import Glibc

/// A blocking Varlink client on one connection: a call and its reply, or a call and its stream of replies. Every wait
/// has a deadline.
public struct VarlinkClient: ~Copyable {
  /// Largest reply taken: a hundred times the state of the largest row.
  private static let replyBytesMax = 4 * 1024 * 1024

  private let socket: Socket
  private var input = FrameBuffer(frameBytesMax: replyBytesMax)

  public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nobody listens there, or the connection broke.
    case unreachable(String)
    /// The socket's file does not let us connect.
    case forbidden(String)
    /// No reply in time.
    case timeout
    /// The reply is not what the interface promises.
    case malformed(String)
    /// The service answered with an error.
    case answered(VarlinkError)

    public var description: String {
      switch self {
      case .unreachable(let why), .forbidden(let why): why
      case .timeout: "no answer in time"
      case .malformed(let why): "unexpected answer: \(why)"
      case .answered(let error): error.name
      }
    }
  }

  /// Connects to the Unix socket at `path`.
  public init(path: String) throws(Failure) {
    do {
      socket = try Socket(connectingTo: path)
    } catch {
      let why = error.description
      throw error.errno == EACCES || error.errno == EPERM ? .forbidden(why) : .unreachable(why)
    }
  }

  /// Calls and waits for the one reply.
  public mutating func call<Reply: Decodable>(
    _ method: String, _ parameters: some Encodable, returning reply: Reply.Type, within limit: Duration
  ) throws(Failure) -> Reply {
    try send(method, parameters, more: false)
    return try next(reply, deadline: .now + limit).parameters
  }

  /// Calls with "more" and gives each reply to `receive` until it says false or the service ends the stream. `limit` is
  /// the longest wait for one reply, `deadline` the end of waiting for any.
  public mutating func stream<Reply: Decodable>(
    _ method: String, _ parameters: some Encodable, of reply: Reply.Type, each limit: Duration,
    deadline: ContinuousClock.Instant? = nil, receive: (Reply) throws(Failure) -> Bool
  ) throws(Failure) {
    try send(method, parameters, more: true)
    while true {
      let quiet = ContinuousClock.now + limit
      let message = try next(reply, deadline: deadline.map { min($0, quiet) } ?? quiet)
      guard try receive(message.parameters), message.continues == true else { return }
    }
  }

  private func send(_ method: String, _ parameters: some Encodable, more: Bool) throws(Failure) {
    let frame: [UInt8]
    do {
      frame = try VarlinkFrame.call(method, parameters, more: more)
    } catch {
      throw .malformed("\(error)")
    }
    var outbox = Outbox()
    outbox.appendReply(frame)
    // A blocking socket with the send timeout it was connected with: 0 means that the service takes no calls.
    do {
      try unsafe outbox.flush { bytes throws(Socket.Gone) in try unsafe socket.send(bytes) }
    } catch {
      throw .unreachable("the service closed the connection")
    }
    if !outbox.isEmpty { throw .timeout }
  }

  private mutating func next<Reply: Decodable>(
    _ type: Reply.Type, deadline: ContinuousClock.Instant
  ) throws(Failure) -> ReplyEnvelope<Reply> {
    let text = Data(try nextFrame(deadline: deadline))
    do {
      let header = try JSONDecoder().decode(ErrorHeader.self, from: text)
      if let name = header.error { throw Failure.answered(VarlinkError(name, header.details ?? [:])) }
      return try JSONDecoder().decode(ReplyEnvelope<Reply>.self, from: text)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw .malformed("\(error)")
    }
  }

  private mutating func nextFrame(deadline: ContinuousClock.Instant) throws(Failure) -> [UInt8] {
    while true {
      if let frame = input.next() { return frame }
      if input.isOversize { throw .malformed("longer than \(Self.replyBytesMax) bytes") }
      try waitForInput(deadline: deadline)
      switch socket.receive(atMost: min(input.room, 64 * 1024)) {
      case .bytes(let bytes): input.append(bytes)
      case .nothingYet: continue
      case .ended, .failed: throw .unreachable("the service closed the connection")
      }
    }
  }

  private func waitForInput(deadline: ContinuousClock.Instant) throws(Failure) {
    while true {
      let left = deadline - .now
      guard left > .zero else { throw .timeout }
      var polled = pollfd(fd: socket.fd, events: Int16(POLLIN), revents: 0)
      let outcome = unsafe poll(&polled, 1, Int32(min(left / .milliseconds(1) + 1, 60_000)))
      if outcome > 0 { return }
    }
  }
}

private struct ReplyEnvelope<Reply: Decodable>: Decodable {
  var parameters: Reply
  var continues: Bool?
}

private struct ErrorHeader: Decodable {
  var error: String?
  /// Only read of an error: a large reply is not decoded twice.
  var details: [String: JSONValue]?

  private enum CodingKeys: String, CodingKey {
    case error
    case details = "parameters"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    error = try container.decodeIfPresent(String.self, forKey: .error)
    details = error == nil ? nil : try container.decodeIfPresent([String: JSONValue].self, forKey: .details)
  }
}
