/// Frames waiting for one peer to read them. A reply is never dropped: the next call is not looked at while replies
/// wait, so they stay few. Stream messages are bounded: when the peer is slow the oldest one not yet begun is dropped.
struct Outbox {
  private struct Entry {
    /// Shared with every other receiver of the same message.
    var frame: [UInt8]
    var streams: Bool
  }

  private var entries: [Entry] = []
  /// Bytes of the first entry already sent.
  private var sent = 0

  var isEmpty: Bool { entries.isEmpty }
  /// Bytes still to be sent.
  var bytes: Int { entries.reduce(-sent) { $0 + $1.frame.count } }

  mutating func appendReply(_ frame: [UInt8]) {
    entries.append(Entry(frame: frame, streams: false))
  }

  /// Appends a stream message, keeping at most `limit` of them unsent; returns how many older ones were dropped.
  mutating func appendStream(_ frame: [UInt8], limit: Int) -> Int {
    entries.append(Entry(frame: frame, streams: true))
    let begun = sent > 0 ? 1 : 0
    var dropped = 0
    while entries.dropFirst(begun).count(where: \.streams) > limit,
      let oldest = entries[begun...].firstIndex(where: \.streams)
    {
      entries.remove(at: oldest)
      dropped += 1
    }
    return dropped
  }

  /// Sends as much as `send` takes. `send` gets the unsent bytes and returns how many it took, 0 for "not now".
  mutating func flush<Failure: Error>(
    _ send: (UnsafeRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) {
    while let first = entries.first {
      let taken = try unsafe Self.offer(first.frame, from: sent, to: send)
      if taken == 0 { return }
      sent += taken
      if sent == first.frame.count {
        entries.removeFirst()
        sent = 0
      }
    }
  }

  private static func offer<Failure: Error>(
    _ frame: [UInt8], from offset: Int, to send: (UnsafeRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    let outcome: Result<Int, Failure> = unsafe frame.withUnsafeBytes { all in
      do throws(Failure) {
        return .success(try unsafe send(UnsafeRawBufferPointer(rebasing: all[offset...])))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}
