/// A piece of a recording's file that is there as a whole or not at all:
///
///     length of kind and content, 4 bytes · CRC-32 of both, 4 bytes · kind, 1 byte · content
///
/// The first that does not hold ends the file: nothing after it was ever complete.
struct Chunk {
  enum Kind: UInt8 {
    /// Begins a run: `RecordingHeader`.
    case header = 0x52
    /// The core's state after a cycle.
    case checkpoint = 0x53
    /// Cycles, as `ColumnBlock`.
    case block = 0x42
    /// One cycle of the running block, in the tail's file.
    case row = 0x54
  }
  /// Far more than the largest block.
  static let lengthMax = 64 << 20

  var kind: Kind
  var content: ArraySlice<UInt8>

  static func bytes(_ kind: Kind, _ content: [UInt8]) -> [UInt8] {
    var out = ByteWriter()
    out.half(UInt32(content.count + 1))
    out.half(Checksum.of([kind.rawValue] + content))
    out.byte(kind.rawValue)
    out.bytes(content)
    return out.bytes
  }

  /// The chunk at `at`, which then stands behind it; nil where none is whole.
  static func next(_ bytes: [UInt8], _ at: inout Int) -> Chunk? {
    guard at + 9 <= bytes.count else { return nil }
    var head = ByteReader(bytes[at..<(at + 8)])
    guard let length = try? head.half(), let sum = try? head.half() else { return nil }  // never short
    let end = at + 8 + Int(length)
    guard length >= 1, length <= lengthMax, end <= bytes.count else { return nil }
    guard Checksum.of(bytes[(at + 8)..<end]) == sum, let kind = Kind(rawValue: bytes[at + 8]) else { return nil }
    defer { at = end }
    return Chunk(kind: kind, content: bytes[(at + 9)..<end])
  }
}

/// One cycle of the running block, and which: tells it from what an earlier block has left in the tail's file.
struct TailRow {
  var segment: UInt64
  var block: UInt64
  var row: UInt64
  var changes: ArraySlice<UInt8>

  static func chunk(segment: UInt64, block: UInt64, row: UInt64, _ words: Span<UInt64>, after before: Span<UInt64>)
    -> [UInt8]
  {
    var out = ByteWriter()
    out.varint(segment)
    out.varint(block)
    out.varint(row)
    SparseCoder.encode(words, after: before, into: &out)
    return Chunk.bytes(.row, out.bytes)
  }

  init(_ chunk: Chunk) throws(FormatFault) {
    guard chunk.kind == .row else { throw FormatFault() }
    var input = ByteReader(chunk.content)
    segment = try input.varint()
    block = try input.varint()
    row = try input.varint()
    changes = input.rest
  }
}

/// The running block as far as it is on the disk.
struct Tail {
  var segment: UInt64
  var block: UInt64
  var cycles: ColumnBlock

  /// nil where there is none.
  init?(_ bytes: [UInt8]) {
    (segment, block, cycles) = (0, 0, ColumnBlock())
    var at = 0
    var words = [UInt64](repeating: 0, count: CycleLayout.count)
    while cycles.rows < cycles.capacity, let chunk = Chunk.next(bytes, &at) {
      // ignoring: what cannot be read ends the tail like what is torn.
      guard let row = try? TailRow(chunk), row.row == UInt64(cycles.rows) else { break }
      if row.row == 0 { (segment, block) = (row.segment, row.block) }
      guard row.segment == segment, row.block == block else { break }
      // ignoring: as above.
      guard (try? SparseCoder.decode(row.changes, into: &words)) != nil else { break }
      cycles.append(words)
    }
    if cycles.rows == 0 { return nil }
  }
}
