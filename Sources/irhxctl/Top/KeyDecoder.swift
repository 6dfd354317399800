/// What a person pressed.
enum Key: Equatable, Sendable {
  case character(Character)
  case control(Character)
  case enter, escape, backspace, tab, backTab
  case up, down, left, right, pageUp, pageDown, home, end
}

/// Bytes of a terminal into keys. A sequence may arrive in pieces, and what is none is dropped.
struct KeyDecoder {
  /// Longer than any sequence of a key.
  private static let sequenceBytesMax = 16

  private var pending: [UInt8] = []

  /// Something has begun that is not complete: an escape key, or the start of a sequence.
  var isWaiting: Bool { !pending.isEmpty }

  mutating func keys(_ bytes: some Sequence<UInt8>) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    while let (key, length) = next() {
      pending.removeFirst(length)
      if let key { keys.append(key) }
    }
    return keys
  }

  /// Nothing has followed for a while: what waits was the escape key, or nothing.
  mutating func flush() -> [Key] {
    defer { pending = [] }
    return pending.first == 0x1B ? [.escape] : []
  }

  /// The first key and its bytes; nil while its end has not come.
  private func next() -> (Key?, Int)? {
    guard let first = pending.first else { return nil }
    switch first {
    case 0x1B: return sequence()
    case 0x0D, 0x0A: return (.enter, 1)
    case 0x09: return (.tab, 1)
    case 0x08, 0x7F: return (.backspace, 1)
    case 0x01...0x1A: return (.control(Character(Unicode.Scalar(first + 0x60))), 1)
    case 0x20...0x7E: return (.character(Character(Unicode.Scalar(first))), 1)
    case 0xC2...0xF4:
      let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      guard pending.count >= length else { return nil }
      let text = String(validating: pending.prefix(length), as: UTF8.self)
      return (text?.first.map(Key.character), text == nil ? 1 : length)
    default: return (nil, 1)
    }
  }

  /// `ESC [` or `ESC O`, numbers, and a final letter (ECMA-48, xterm).
  private func sequence() -> (Key?, Int)? {
    guard pending.count > 1 else { return nil }
    guard pending[1] == 0x5B || pending[1] == 0x4F else { return (.escape, 1) }
    guard let final = pending.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else {
      return pending.count > Self.sequenceBytesMax ? (nil, pending.count) : nil
    }
    let number = String(decoding: pending[2..<final], as: UTF8.self)
    let key: Key? =
      switch (pending[final], number) {
      case (0x41, _): .up
      case (0x42, _): .down
      case (0x43, _): .right
      case (0x44, _): .left
      case (0x48, _), (0x7E, "1"), (0x7E, "7"): .home
      case (0x46, _), (0x7E, "4"), (0x7E, "8"): .end
      case (0x5A, _): .backTab
      case (0x7E, "5"): .pageUp
      case (0x7E, "6"): .pageDown
      default: nil
      }
    return (key, final + 1)
  }
}
