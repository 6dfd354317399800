import Dispatch
import Glibc
import Synchronization

/// A TCP peer on loopback that answers each request of so many bytes with the next of its frames.
final class FramePeer: Sendable {
  let port: Int
  private let listener: Int32
  private let seen = Mutex<[[UInt8]]>([])

  init(_ replies: [[UInt8]], requestBytes: Int = 8) throws {
    (listener, port) = try listenOnLoopback()
    DispatchQueue(label: "frames").async { self.serve(replies, requestBytes) }
  }

  var requests: [[UInt8]] { seen.withLock { $0 } }

  private func serve(_ replies: [[UInt8]], _ bytes: Int) {
    var left = replies[...]
    while !left.isEmpty {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { break }
      var request = [UInt8](repeating: 0, count: bytes)
      while let reply = left.first, unsafe recv(connection, &request, bytes, Int32(MSG_WAITALL)) == bytes {
        seen.withLock { $0.append(request) }
        left.removeFirst()
        _ = unsafe send(connection, reply, reply.count, Int32(MSG_NOSIGNAL))
      }
      close(connection)
    }
    close(listener)
  }
}
