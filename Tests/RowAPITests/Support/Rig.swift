import Dispatch
import Foundation
import Synchronization
import Testing

@testable import RowAPI

/// A server on a socket in a directory of its own; both go when `close` is called.
struct Rig {
  let directory: TemporaryDirectory
  let server: RowServer
  let handler: Recorder
  var path: String { directory.path("row.sock") }

  init(
    access: AccessRule = AccessRule(), peer: Peer? = Peer(uid: 0, gid: 0, pid: 1), handler: Recorder = Recorder(),
    limits: VarlinkLimits = VarlinkLimits()
  ) throws {
    directory = try TemporaryDirectory()
    self.handler = handler
    server = try RowServer(
      listening: try .atPath(directory.path("row.sock")), info: Sample.info, access: access, handler: handler,
      limits: limits, peerOf: { _ in peer })
    server.start()
  }

  func connect() throws -> RawClient { try RawClient(path: path) }

  func close() {
    server.stop()
    directory.remove()
  }
}

/// Runs `body` with a rig and closes it after, whatever happens.
func withRig(
  access: AccessRule = AccessRule(), peer: Peer? = Peer(uid: 0, gid: 0, pid: 1), handler: Recorder = Recorder(),
  limits: VarlinkLimits = VarlinkLimits(), _ body: (Rig) throws -> Void
) throws {
  let rig = try Rig(access: access, peer: peer, handler: handler, limits: limits)
  defer { rig.close() }
  try body(rig)
}

/// Stands in for the control loop: notes each command and refusal, and answers a command from another thread.
final class Recorder: RowCommandHandler {
  private let noted = Mutex<[(RowCommand, Peer)]>([])
  private let refused = Mutex<[String]>([])
  private let answer: @Sendable (RowCommand) -> Result<RowReply, RowError>?

  /// Nil stands for a loop that never answers.
  init(answer: @escaping @Sendable (RowCommand) -> Result<RowReply, RowError>? = { _ in .success(.done) }) {
    self.answer = answer
  }

  var commands: [RowCommand] { noted.withLock { $0.map(\.0) } }
  var refusals: [String] { refused.withLock(\.self) }
  var peers: [Peer] { noted.withLock { $0.map(\.1) } }

  func submit(
    _ command: RowCommand, from peer: Peer, reply: @escaping @Sendable (Result<RowReply, RowError>) -> Void
  ) {
    noted.withLock { $0.append((command, peer)) }
    guard let result = answer(command) else { return }
    DispatchQueue.global().async { reply(result) }
  }

  func noteRefusal(_ command: RowCommand, from peer: Peer, reason: String) {
    refused.withLock { $0.append(reason) }
  }
}

struct TemporaryDirectory {
  let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "irhx-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { root.appending(path: name).path }

  func remove() {
    do { try FileManager.default.removeItem(at: root) } catch { Issue.record(error) }
  }
}

/// A client that sends exactly the bytes it is given.
final class RawClient {
  private let socket: Socket
  private var input = FrameBuffer(frameBytesMax: 4 << 20)

  init(path: String) throws { socket = try Socket(connectingTo: path) }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      sent += try unsafe bytes[sent...].withUnsafeBytes { try unsafe socket.send($0) }
    }
  }

  /// The next frame as text; nil when the server has closed.
  func next() throws -> String? {
    while true {
      if let frame = input.next() { return String(decoding: frame, as: UTF8.self) }
      var polled = pollfd(fd: socket.fd, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&polled, 1, 20_000) == 1 else { throw SystemError(what: "wait for a frame", errno: ETIMEDOUT) }
      switch socket.receive(atMost: 65536) {
      case .bytes(let bytes): input.append(bytes)
      case .nothingYet: continue
      case .ended, .failed: return nil
      }
    }
  }

  /// The next frame as JSON.
  func reply() throws -> JSONValue {
    let text = try #require(try next(), "the server closed the connection")
    return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  /// The next frame, which carries a state: its cycle.
  func cycle() throws -> Int {
    struct Frame: Decodable {
      struct Parameters: Decodable {
        struct State: Decodable {
          var cycle: Int
        }
        var state: State
      }
      var parameters: Parameters
    }
    let text = try #require(try next(), "the server closed the connection")
    return try JSONDecoder().decode(Frame.self, from: Data(text.utf8)).parameters.state.cycle
  }

  func call(_ method: String, _ parameters: String = "{}", more: Bool = false) throws -> JSONValue {
    try send(#"{"method":"\#(method)","parameters":\#(parameters)\#(more ? #","more":true"# : "")}"# + "\0")
    return try reply()
  }

  /// Sends no more, still reads.
  func endOutput() { shutdown(socket.fd, Int32(SHUT_WR)) }
}

extension JSONValue {
  subscript(_ key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var int: Int? { if case .int(let int) = self { int } else { nil } }
  /// Name of the error, if it is one.
  var error: String? { self["error"]?.text }
}

/// Waits until `condition` holds: for effects on another thread that nothing announces.
func eventually(_ what: Comment, _ condition: () -> Bool) {
  let deadline = ContinuousClock.now + .seconds(20)
  while !condition() {
    if ContinuousClock.now > deadline {
      Issue.record("never came true: \(what)")
      return
    }
    usleep(500)
  }
}
