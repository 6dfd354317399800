/// The simulator's control socket: one text line in, one JSON line out. `inject FAULT`, `clear FAULT`, `clear all`,
/// `faults`, `state`. Replies are `{"done":"…"}`, `{"error":"…"}`, `{"faults":[…]}` or `{"state":{…}}`.
internal import FoundationEssentials
internal import Glibc

/// What one request line gets back.
struct ControlReply: Encodable {
  /// A longer line without an end closes the connection.
  static let lineMax = 4096

  private var done: String?
  private var error: String?
  private var faults: [String]?
  private var state: TwinState?

  init(to line: String, of twin: Twin) {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    do {
      switch (words.first, words.count) {
      case ("inject", 2):
        let fault = try Fault(words[1])
        try twin.inject(fault)
        done = "injected \(fault)"
      case ("clear", 2) where words[1] == "all":
        twin.clearAllFaults()
        done = "no fault is active"
      case ("clear", 2):
        try twin.clear(key: words[1])
        done = "cleared \(words[1])"
      case ("faults", 1): faults = twin.faults.map(\.description)
      case ("state", 1): state = TwinState(of: twin)
      default: error = "unknown request '\(line)'; there are inject FAULT, clear FAULT, clear all, faults, state"
      }
    } catch let refusal {
      error = "\(refusal)"
    }
  }

  /// The reply as it goes over the socket.
  var line: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return try [UInt8](encoder.encode(self)) + [UInt8(ascii: "\n")]
    } catch {
      return [UInt8]("{\"error\":\"the state holds a number JSON cannot carry\"}\n".utf8)
    }
  }
}

/// A client of the control socket, one request per connection.
public enum ControlClient {
  /// Longest reply accepted, bytes.
  static let replyMax = 1 << 20
  /// How long an answer may take, s.
  static let patienceS = 5

  /// Sends one line and returns the reply line. Throws where nothing listens at `path` or it does not answer.
  public static func ask(_ line: String, path: String) throws(ServerError) -> String {
    let socket = try Socket.connected(path: path)
    var patience = timeval(tv_sec: patienceS, tv_usec: 0)
    _ = unsafe setsockopt(
      socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    guard socket.send([UInt8]((line + "\n").utf8)) else { throw ServerError("cannot send to \(path)", code: errno) }
    var reply: [UInt8] = []
    var scratch = [UInt8](repeating: 0, count: 65_536)
    while reply.last != UInt8(ascii: "\n") {
      let before = reply.count
      guard socket.receive(into: &reply, scratch: &scratch), reply.count > before, reply.count <= replyMax else {
        throw ServerError("\(path) gave no whole answer")
      }
    }
    return String(decoding: reply.dropLast(), as: UTF8.self)
  }
}
