import Dispatch
import Glibc
import Synchronization

/// A TCP peer on loopback that answers each request with the bytes the test has scripted for it: an independent,
/// possibly ill-behaved Modbus server. It never sleeps.
final class ScriptedPeer: Sendable {
  /// What to do with one request frame (MBAP header and PDU).
  enum Reply: Sendable {
    case send([UInt8])
    /// Say nothing.
    case silence
    /// Reset the connection.
    case reset
  }
  typealias Script = @Sendable (_ request: [UInt8], _ number: Int, _ connection: Int) -> Reply

  let port: Int
  private let listener: Int32
  private let script: Script
  private let seen = Mutex<(requests: [[UInt8]], connections: Int)>(([], 0))

  init(_ script: @escaping Script) throws {
    self.script = script
    (listener, port) = try listenOnLoopback()
    DispatchQueue(label: "peer").async { self.serve() }
  }

  var connections: Int { seen.withLock { $0.connections } }
  var requests: [[UInt8]] { seen.withLock { $0.requests } }

  /// Ends the server; the connection that is open, if any, ends when its client closes.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private func serve() {
    while true {
      let connection = accept(listener, nil, nil)
      if connection < 0 { break }
      let number = seen.withLock {
        $0.connections += 1
        return $0.connections - 1
      }
      DispatchQueue(label: "peer.connection").async { self.converse(connection, number) }
    }
    close(listener)
  }

  private func converse(_ connection: Int32, _ connectionNumber: Int) {
    defer { close(connection) }
    while let header = receive(connection, 6), let body = receive(connection, Int(header[5])) {
      let request = header + body
      let number = seen.withLock {
        $0.requests.append(request)
        return $0.requests.count - 1
      }
      switch script(request, number, connectionNumber) {
      case .silence: continue
      case .send(let bytes): _ = unsafe send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      case .reset:
        var abort = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        _ = unsafe setsockopt(connection, SOL_SOCKET, SO_LINGER, &abort, size)
        return
      }
    }
  }

  private func receive(_ connection: Int32, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let received = unsafe recv(connection, &bytes, count, Int32(MSG_WAITALL))
    return received == count ? bytes : nil
  }
}

/// Frames as the Modbus specification has them.
enum Frame {
  /// The reply to `request` with another PDU.
  static func reply(_ request: [UInt8], _ pdu: [UInt8], unit: UInt8? = nil, transaction: UInt16? = nil) -> [UInt8] {
    let id = transaction ?? UInt16(request[0]) << 8 | UInt16(request[1])
    return [UInt8(id >> 8), UInt8(id & 0xFF), 0, 0, 0, UInt8(pdu.count + 1), unit ?? request[6]] + pdu
  }

  /// The right reply to a read of registers: every register holds `value`.
  static func registers(_ request: [UInt8], _ value: UInt16) -> [UInt8] {
    let count = Int(request[11])
    let words = Array(repeating: [UInt8(value >> 8), UInt8(value & 0xFF)], count: count).flatMap { $0 }
    return reply(request, [request[7], UInt8(2 * count)] + words)
  }
}
