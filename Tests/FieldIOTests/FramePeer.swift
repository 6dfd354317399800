import Dispatch
import Glibc
import Synchronization

/// A TCP peer on loopback that answers each request of eight bytes with the next of its frames.
final class FramePeer: Sendable {
  let port: Int
  private let listener: Int32
  private let seen = Mutex<[[UInt8]]>([])

  init(_ replies: [[UInt8]]) throws {
    (listener, port) = try listenOnLoopback()
    DispatchQueue(label: "frames").async { self.serve(replies) }
  }

  var requests: [[UInt8]] { seen.withLock { $0 } }

  private func serve(_ replies: [[UInt8]]) {
    var left = replies[...]
    while !left.isEmpty {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { break }
      var request = [UInt8](repeating: 0, count: 8)
      while let reply = left.first, unsafe recv(connection, &request, 8, Int32(MSG_WAITALL)) == 8 {
        seen.withLock { $0.append(request) }
        left.removeFirst()
        _ = unsafe send(connection, reply, reply.count, Int32(MSG_NOSIGNAL))
      }
      close(connection)
    }
    close(listener)
  }
}
