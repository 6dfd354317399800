/// Bytes received from one peer, cut into frames at their NULs. Holds at most one frame's worth of bytes: a peer that
/// sends more without a NUL has sent an oversize frame, and a peer that pipelines more waits in its own socket.
struct FrameBuffer {
  private var bytes: [UInt8] = []
  /// Bytes before this offset hold no NUL.
  private var searched = 0
  private let frameBytesMax: Int

  init(frameBytesMax: Int) {
    self.frameBytesMax = frameBytesMax
  }

  /// Bytes that may still be received: a frame and its NUL.
  var room: Int { frameBytesMax + 1 - bytes.count }
  var isEmpty: Bool { bytes.isEmpty }
  /// Full, and still no end of the frame in sight. Ask after `next` has returned nil.
  var isOversize: Bool { room == 0 && searched == bytes.count }

  mutating func append(_ received: some Collection<UInt8>) {
    precondition(received.count <= room, "more received than there was room for")
    bytes += received
  }

  /// The oldest complete frame without its NUL, or nil when none is complete.
  mutating func next() -> [UInt8]? {
    guard let end = bytes[searched...].firstIndex(of: 0) else {
      searched = bytes.count
      return nil
    }
    let frame = Array(bytes[..<end])
    bytes.removeSubrange(...end)
    searched = 0
    return frame
  }
}
