/// Words that differ from what they were before: how many stayed the same, then the bits that changed. For a single
/// cycle of the running block, and for a core's state against nothing at all.
enum SparseCoder {
  static func encode(_ words: Span<UInt64>, after before: Span<UInt64>, into out: inout ByteWriter) {
    var same: UInt64 = 0
    for index in 0..<words.count {
      let changed = words[index] ^ before[index]
      if changed == 0 {
        same += 1
      } else {
        out.varint(same)
        // What changes in a number is at its lower end, in a text or a flag at either: the shorter way round.
        let low = changed.byteSwapped
        let isSwapped = ByteWriter.varintLength(low) < ByteWriter.varintLength(changed)
        out.byte(isSwapped ? 1 : 0)
        out.varint(isSwapped ? low : changed)
        same = 0
      }
    }
    out.varint(same)
  }

  /// Brings `words` from what they were before to what they are.
  static func decode(_ bytes: ArraySlice<UInt8>, into words: inout [UInt64]) throws(FormatFault) {
    var input = ByteReader(bytes)
    var index = 0
    while true {
      index += try input.count(atMost: words.count - index)
      guard index < words.count else { break }
      let isSwapped = try input.byte() == 1
      let changed = try input.varint()
      words[index] ^= isSwapped ? changed.byteSwapped : changed
      index += 1
    }
    guard input.isAtEnd else { throw FormatFault() }
  }

  static func encode(image bytes: [UInt8]) -> [UInt8] {
    var words = [UInt64](repeating: 0, count: (bytes.count + 7) / 8)
    for (index, byte) in bytes.enumerated() { words[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8)) }
    var out = ByteWriter()
    out.varint(UInt64(bytes.count))
    encode(words.span, after: [UInt64](repeating: 0, count: words.count).span, into: &out)
    return out.bytes
  }

  static func image(_ coded: ArraySlice<UInt8>) throws(FormatFault) -> [UInt8] {
    var input = ByteReader(coded)
    let count = try input.count(atMost: 16 << 20)
    var words = [UInt64](repeating: 0, count: (count + 7) / 8)
    try decode(input.rest, into: &words)
    return (0..<count).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(8 * ($0 % 8))) }
  }
}
