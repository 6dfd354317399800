/// A table of cycles as an Apache Parquet file: column by column in groups of rows, numbers in dictionaries where they
/// are few, no compression. After the format's own description and `parquet.thrift`
/// (parquet.apache.org/docs/file-format, version 2.11).
///
/// The first columns are `time` (UTC, ms), `cycle` and `mode`; the others are numbers, null where there is none.
public struct ParquetTable {
  /// Of a group, which is held in memory.
  static let groupRows = 4096
  /// A column of a group with more values than this has no dictionary. Indices fit a byte.
  static let dictionaryMax = 256

  /// Of `parquet.thrift`: Type, ConvertedType and Encoding.
  private enum Kind: Int64 {
    case long = 2
    case double = 5
    case text = 6
  }
  private enum Encoding: Int64 {
    case plain = 0
    case levels = 3
    case dictionary = 8
  }
  private enum Page: Int64 {
    case data = 0
    case dictionary = 2
  }

  private struct Column {
    var name: String
    var kind: Kind
    var isOptional = false
    /// ConvertedType: 0 a text in UTF-8, 9 a time in ms.
    var meaning: Int64?
    /// Bits of what there is; of a text its place in `texts`.
    var words: [UInt64] = []
    /// For each row whether there is something.
    var levels: [Int] = []
  }
  private struct Chunk {
    var dictionaryAt: Int?
    var dataAt = 0
    var length = 0
  }
  private struct Group {
    var rows: Int
    var chunks: [Chunk]
  }

  private let write: ([UInt8]) throws -> Void
  private let properties: [(String, String)]
  private var columns: [Column]
  private var texts: [String] = []
  private var groups: [Group] = []
  private var offset = 0
  private var rows: Int { columns[0].levels.count }

  /// - Parameters:
  ///   - names: of the columns of numbers.
  ///   - properties: what a reader should know of the table.
  ///   - write: takes the file's bytes in order.
  public init(
    _ names: [String], properties: [(String, String)] = [], write: @escaping ([UInt8]) throws -> Void
  ) throws {
    self.write = write
    self.properties = properties
    columns =
      [
        Column(name: "time", kind: .long, meaning: 9), Column(name: "cycle", kind: .long),
        Column(name: "mode", kind: .text, meaning: 0),
      ] + names.map { Column(name: $0, kind: .double, isOptional: true) }
    try put(Self.magic)
  }

  private static let magic = Array("PAR1".utf8)

  /// - Parameter values: as many as there are names.
  public mutating func append(timeMs: Int64, cycle: UInt64, mode: String, _ values: [Double?]) throws {
    precondition(values.count == columns.count - 3, "A row has a value for every column.")
    add(UInt64(bitPattern: timeMs), to: 0)
    add(cycle, to: 1)
    let text = texts.firstIndex(of: mode) ?? texts.count
    if text == texts.count { texts.append(mode) }
    add(UInt64(text), to: 2)
    for (index, value) in values.enumerated() { add(value?.bitPattern, to: 3 + index) }
    if rows == Self.groupRows { try endGroup() }
  }

  private mutating func add(_ word: UInt64?, to column: Int) {
    if let word { columns[column].words.append(word) }
    columns[column].levels.append(word == nil ? 0 : 1)
  }

  /// Writes the last group and what a reader needs to find the others.
  public mutating func finish() throws {
    if rows > 0 { try endGroup() }
    let footer = footer()
    var end = ByteWriter()
    end.bytes(footer)
    end.half(UInt32(footer.count))
    end.bytes(Self.magic)
    try put(end.bytes)
  }

  private mutating func put(_ bytes: [UInt8]) throws {
    try write(bytes)
    offset += bytes.count
  }
}

// MARK: - Pages

extension ParquetTable {
  private mutating func endGroup() throws {
    var group = Group(rows: rows, chunks: [])
    for index in columns.indices {
      group.chunks.append(try writeChunk(columns[index]))
      columns[index].words.removeAll(keepingCapacity: true)
      columns[index].levels.removeAll(keepingCapacity: true)
    }
    groups.append(group)
  }

  private mutating func writeChunk(_ column: Column) throws -> Chunk {
    var chunk = Chunk()
    let start = offset
    var content = ByteWriter()
    if column.isOptional {
      let levels = Self.runs(column.levels, width: 1)
      content.half(UInt32(levels.count))
      content.bytes(levels)
    }
    let dictionary = Self.dictionary(column.words)
    if let dictionary {
      chunk.dictionaryAt = offset
      try put(Self.page(.dictionary, plain(dictionary.values, column.kind), count: dictionary.values.count, .plain))
      let width = max(1, Int.bitWidth - (dictionary.values.count - 1).leadingZeroBitCount)
      content.byte(UInt8(width))
      content.bytes(Self.runs(dictionary.indices, width: width))
    } else {
      content.bytes(plain(column.words, column.kind))
    }
    chunk.dataAt = offset
    try put(Self.page(.data, content.bytes, count: column.levels.count, dictionary == nil ? .plain : .dictionary))
    chunk.length = offset - start
    return chunk
  }

  /// nil where there are none, or too many.
  private static func dictionary(_ words: [UInt64]) -> (values: [UInt64], indices: [Int])? {
    var (values, places) = ([] as [UInt64], [:] as [UInt64: Int])
    var indices: [Int] = []
    for word in words {
      let place = places[word] ?? values.count
      if place == values.count {
        if values.count == dictionaryMax { return nil }
        places[word] = place
        values.append(word)
      }
      indices.append(place)
    }
    return values.isEmpty ? nil : (values, indices)
  }

  private func plain(_ words: [UInt64], _ kind: Kind) -> [UInt8] {
    var out = ByteWriter()
    for word in words {
      guard kind == .text else {
        out.word(word)
        continue
      }
      let text = Array(texts[Int(word)].utf8)
      out.half(UInt32(text.count))
      out.bytes(text)
    }
    return out.bytes
  }

  /// One run where all are the same, else all in a row of `width` bits each, padded to eight.
  private static func runs(_ values: [Int], width: Int) -> [UInt8] {
    var out = ByteWriter()
    if let first = values.first, values.allSatisfy({ $0 == first }) {
      out.varint(UInt64(values.count) << 1)
      out.byte(UInt8(first))
      return out.bytes
    }
    out.varint(UInt64((values.count + 7) / 8) << 1 | 1)
    var (bits, held) = (0, 0)
    for index in 0..<(values.count + 7) / 8 * 8 {
      bits |= (index < values.count ? values[index] : 0) << held
      held += width
      while held >= 8 {
        out.byte(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
        held -= 8
      }
    }
    return out.bytes
  }

  private static func page(_ page: Page, _ content: [UInt8], count: Int, _ encoding: Encoding) -> [UInt8] {
    var header = ThriftWriter()
    header.number(1, page.rawValue, isLong: false)
    header.number(2, Int64(content.count), isLong: false)
    header.number(3, Int64(content.count), isLong: false)
    header.structure(page == .data ? 5 : 7) { header in
      header.number(1, Int64(count), isLong: false)
      header.number(2, encoding.rawValue, isLong: false)
      guard page == .data else { return }
      header.number(3, Encoding.levels.rawValue, isLong: false)
      header.number(4, Encoding.levels.rawValue, isLong: false)
    }
    return header.ended() + content
  }
}

// MARK: - Footer

extension ParquetTable {
  /// FileMetaData.
  private func footer() -> [UInt8] {
    var out = ThriftWriter()
    out.number(1, 2, isLong: false)
    out.list(2, count: columns.count + 1) { out, index in
      guard index > 0 else {
        out.text(4, "cycles")
        out.number(5, Int64(columns.count), isLong: false)
        return
      }
      let column = columns[index - 1]
      out.number(1, column.kind.rawValue, isLong: false)
      out.number(3, column.isOptional ? 1 : 0, isLong: false)
      out.text(4, column.name)
      if let meaning = column.meaning { out.number(6, meaning, isLong: false) }
    }
    out.number(3, Int64(groups.reduce(0) { $0 + $1.rows }))
    out.list(4, count: groups.count) { out, index in
      let group = groups[index]
      out.list(1, count: columns.count) { out, index in write(columns[index], group.chunks[index], group.rows, &out) }
      out.number(2, Int64(group.chunks.reduce(0) { $0 + $1.length }))
      out.number(3, Int64(group.rows))
    }
    out.list(5, count: properties.count) { out, index in
      out.text(1, properties[index].0)
      out.text(2, properties[index].1)
    }
    out.text(6, "irhxctl")
    return out.ended()
  }

  /// ColumnChunk.
  private func write(_ column: Column, _ chunk: Chunk, _ rows: Int, _ out: inout ThriftWriter) {
    out.number(2, Int64(chunk.dictionaryAt ?? chunk.dataAt))
    out.structure(3) { out in
      out.number(1, column.kind.rawValue, isLong: false)
      let used: [Encoding] = chunk.dictionaryAt == nil ? [.plain, .levels] : [.plain, .levels, .dictionary]
      out.numbers(2, used.map(\.rawValue))
      out.texts(3, [column.name])
      out.number(4, 0, isLong: false)
      out.number(5, Int64(rows))
      out.number(6, Int64(chunk.length))
      out.number(7, Int64(chunk.length))
      out.number(9, Int64(chunk.dataAt))
      if let at = chunk.dictionaryAt { out.number(11, Int64(at)) }
    }
  }
}

/// A structure in Thrift's compact protocol: fields in rising order, each with how far it is from the last.
private struct ThriftWriter {
  private var out = ByteWriter()
  private var last = 0

  mutating func number(_ field: Int, _ value: Int64, isLong: Bool = true) {
    begin(field, isLong ? 6 : 5)
    zigzag(value)
  }

  mutating func text(_ field: Int, _ text: String) {
    begin(field, 8)
    bare(text)
  }

  mutating func structure(_ field: Int, _ body: (inout ThriftWriter) -> Void) {
    begin(field, 12)
    element(body)
  }

  mutating func list(_ field: Int, count: Int, _ body: (inout ThriftWriter, Int) -> Void) {
    listHead(field, 12, count)
    for index in 0..<count { element { body(&$0, index) } }
  }

  mutating func numbers(_ field: Int, _ values: [Int64]) {
    listHead(field, 5, values.count)
    for value in values { zigzag(value) }
  }

  mutating func texts(_ field: Int, _ texts: [String]) {
    listHead(field, 8, texts.count)
    for text in texts { bare(text) }
  }

  func ended() -> [UInt8] { out.bytes + [0] }

  private mutating func begin(_ field: Int, _ type: UInt8) {
    out.byte(UInt8(field - last) << 4 | type)
    last = field
  }

  private mutating func listHead(_ field: Int, _ type: UInt8, _ count: Int) {
    begin(field, 9)
    out.byte(UInt8(min(count, 15)) << 4 | type)
    if count >= 15 { out.varint(UInt64(count)) }
  }

  private mutating func element(_ body: (inout ThriftWriter) -> Void) {
    var inner = ThriftWriter()
    body(&inner)
    out.bytes(inner.ended())
  }

  private mutating func bare(_ text: String) {
    out.varint(UInt64(text.utf8.count))
    out.bytes(text.utf8)
  }

  private mutating func zigzag(_ value: Int64) { out.varint(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }
}
