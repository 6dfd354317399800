/// Cycles of a block, column by column: `words[column * rows + row]`. Each column is coded in whichever of five ways
/// is shortest, exactly: what was recorded comes back bit for bit.
///
/// Plant data make this short: most columns do not change within a minute, ages of one reply are the same number, a
/// sensor's noise is a handful of values that come again and again, counters and ages move by little, and of the
/// numbers of a control law the leading bits stay.
struct ColumnBlock {
  /// Two minutes of the usual loop: long enough for the dictionaries to pay, short enough to be lost as a whole.
  static let rowsMax = 120

  var rows: Int
  /// A block that is being filled keeps room for `rowsMax` in every column.
  let capacity: Int
  var words: [UInt64]

  init(capacity: Int = rowsMax) {
    rows = 0
    self.capacity = capacity
    words = Array(repeating: 0, count: CycleLayout.count * capacity)
  }

  mutating func append(_ cycle: [UInt64]) {
    for column in 0..<CycleLayout.count { words[column * capacity + rows] = cycle[column] }
    rows += 1
  }

  func copy(row: Int, into cycle: inout [UInt64]) {
    for column in 0..<CycleLayout.count { cycle[column] = words[column * capacity + row] }
  }

  private enum Code: UInt8 { case zeros, constant, same, dictionary, deltas, bits }
  private static let dictionaryMax = 64

  // MARK: Out

  func encoded() -> [UInt8] {
    var out = ByteWriter()
    out.varint(UInt64(rows))
    var zeros: UInt64 = 0
    var seen: [UInt64: Int] = [:]
    for column in 0..<CycleLayout.count {
      let values = words[(column * capacity)..<(column * capacity + rows)]
      let first = values.first ?? 0
      let isConstant = values.allSatisfy { $0 == first }
      if isConstant && first == 0 {
        zeros += 1
        continue
      }
      if zeros > 0 {
        out.byte(Code.zeros.rawValue)
        out.varint(zeros)
        zeros = 0
      }
      if isConstant {
        out.byte(Code.constant.rawValue)
        out.word(first)
        continue
      }
      var hash: UInt64 = 0
      for value in values { hash = (hash ^ value) &* 0x9E37_79B9_7F4A_7C15 }
      if let earlier = seen[hash], words[(earlier * capacity)..<(earlier * capacity + rows)] == values {
        out.byte(Code.same.rawValue)
        out.varint(UInt64(column - earlier))
        continue
      }
      seen[hash] = column
      Self.encode(values, into: &out)
    }
    if zeros > 0 {
      out.byte(Code.zeros.rawValue)
      out.varint(zeros)
    }
    return out.bytes
  }

  private static func encode(_ values: ArraySlice<UInt64>, into out: inout ByteWriter) {
    let first = values[values.startIndex]
    var (last, deltas, bits) = (first, 8, 8)
    for value in values.dropFirst() {
      deltas += ByteWriter.varintLength(zigzag(value &- last))
      bits += ByteWriter.varintLength(value ^ last)
      last = value
    }
    if let dictionary = Dictionary(values), dictionary.byteCount <= min(deltas, bits) {
      out.byte(Code.dictionary.rawValue)
      return dictionary.write(values, into: &out)
    }
    out.byte((deltas < bits ? Code.deltas : .bits).rawValue)
    out.word(first)
    last = first
    for value in values.dropFirst() {
      out.varint(deltas < bits ? zigzag(value &- last) : value ^ last)
      last = value
    }
  }

  private static func zigzag(_ difference: UInt64) -> UInt64 {
    difference << 1 ^ UInt64(bitPattern: Int64(bitPattern: difference) >> 63)
  }

  private static func unzigzag(_ code: UInt64) -> UInt64 { code >> 1 ^ (0 &- (code & 1)) }

  // MARK: In

  init(_ bytes: ArraySlice<UInt8>) throws(FormatFault) {
    var input = ByteReader(bytes)
    self.init(capacity: try input.count(atMost: 4096))
    rows = capacity
    var column = 0
    while column < CycleLayout.count {
      guard let code = Code(rawValue: try input.byte()) else { throw FormatFault() }
      switch code {
      case .zeros: column += try input.count(atMost: CycleLayout.count - column)
      case .same:
        let distance = try input.count(atMost: column)
        for row in 0..<rows { words[column * rows + row] = words[(column - distance) * rows + row] }
        column += 1
      case .constant, .dictionary, .deltas, .bits:
        try read(code, column, from: &input)
        column += 1
      }
    }
    guard input.isAtEnd else { throw FormatFault() }
  }

  private mutating func read(_ code: Code, _ column: Int, from input: inout ByteReader) throws(FormatFault) {
    let start = column * rows
    switch code {
    case .zeros, .same: break
    case .constant:
      let value = try input.word()
      for row in 0..<rows { words[start + row] = value }
    case .dictionary:
      let dictionary = try Dictionary(&input)
      try dictionary.read(rows, from: &input) { words[start + $0] = $1 }
    case .deltas, .bits:
      guard rows > 0 else { return }
      var last = try input.word()
      words[start] = last
      for row in 1..<rows {
        let next = try input.varint()
        last = code == .deltas ? last &+ Self.unzigzag(next) : last ^ next
        words[start + row] = last
      }
    }
  }

  /// The few values of a column, and for each row which.
  private struct Dictionary {
    private var entries: [UInt64] = []
    private var indices: [UInt8] = []
    private var width: Int { 8 - UInt8(entries.count - 1).leadingZeroBitCount }
    var byteCount: Int { 1 + 8 * entries.count + (indices.count * width + 7) / 8 }

    /// nil: too many.
    init?(_ values: ArraySlice<UInt64>) {
      indices.reserveCapacity(values.count)
      for value in values {
        if let index = entries.firstIndex(of: value) {
          indices.append(UInt8(index))
        } else {
          guard entries.count < ColumnBlock.dictionaryMax else { return nil }
          indices.append(UInt8(entries.count))
          entries.append(value)
        }
      }
    }

    func write(_ values: ArraySlice<UInt64>, into out: inout ByteWriter) {
      out.byte(UInt8(entries.count))
      for entry in entries { out.word(entry) }
      var (pending, bits) = (0 as UInt64, 0)
      for index in indices {
        pending |= UInt64(index) << UInt64(bits)
        bits += width
        while bits >= 8 {
          out.byte(UInt8(truncatingIfNeeded: pending))
          (pending, bits) = (pending >> 8, bits - 8)
        }
      }
      if bits > 0 { out.byte(UInt8(truncatingIfNeeded: pending)) }
    }

    init(_ input: inout ByteReader) throws(FormatFault) {
      let count = Int(try input.byte())
      guard count > 0, count <= ColumnBlock.dictionaryMax else { throw FormatFault() }
      for _ in 0..<count { entries.append(try input.word()) }
    }

    func read(_ rows: Int, from input: inout ByteReader, _ set: (Int, UInt64) -> Void) throws(FormatFault) {
      let width = width
      var (pending, bits) = (0 as UInt64, 0)
      for row in 0..<rows {
        while bits < width {
          pending |= UInt64(try input.byte()) << UInt64(bits)
          bits += 8
        }
        let index = Int(pending & ((1 << UInt64(width)) - 1))
        guard index < entries.count else { throw FormatFault() }
        set(row, entries[index])
        (pending, bits) = (pending >> UInt64(width), bits - width)
      }
    }
  }
}
