/// A recording as it can be read, also while it is being written: a daemon's folder, or a file that was cut from one.
/// Only what is whole is returned, in the order in which it was recorded.
public struct Recording {
  public enum Piece {
    /// Begins a run: what follows needs nothing from before.
    case header(RecordingHeader)
    /// The core's bytes after a cycle.
    case checkpoint(cycle: UInt64, state: [UInt8])
    case cycles(CycleBlock)
  }

  public enum Fault: Error, CustomStringConvertible {
    case system(RecorderFault)
    /// Neither a recording nor a folder with one.
    case nothing(String)
    /// Its checksums hold, and yet it cannot be read: by another program, or a later one.
    case unreadable(String)

    public var description: String {
      switch self {
      case .system(let fault): fault.description
      case .nothing(let path): "\(path): nothing was recorded here"
      case .unreadable(let path): "\(path): not in a format that this program reads"
      }
    }
  }

  public let path: String

  public init(path: String) { self.path = path }

  /// Hands over every piece, the oldest first.
  ///
  /// - Parameter sinceMs: segments of a folder that ended before are passed over; wall time, ms since 1970.
  public func read(sinceMs: Int64 = 0, _ body: (Piece) throws -> Void) throws {
    if RecorderFile.isFolder(path) {
      var follower = RecordingFollower(path: path)
      guard try follower.read(sinceMs: sinceMs, body) else { throw Fault.nothing(path) }
      return
    }
    guard let bytes = try Self.bytes(of: path) else { throw Fault.nothing(path) }
    var at = 0
    while let chunk = Chunk.next(bytes, &at) { try body(Piece(chunk, path)) }
    guard at > 0 else { throw Fault.nothing(path) }
  }

  fileprivate static func bytes(of path: String) throws(Fault) -> [UInt8]? {
    do throws(RecorderFault) { return try RecorderFile.bytes(of: path) } catch { throw .system(error) }
  }
}

/// Reads a daemon's folder on while it is being written: each call hands over what has come since the one before.
public struct RecordingFollower {
  private let path: String
  private let isNewestOnly: Bool
  /// The segment under way, 0 before the first; and how far it was read.
  private var segment = 0
  private var offset = 0
  private var blocks: UInt64 = 0
  /// Cycles of the running block that were handed over from the tail.
  private var rows = 0

  /// - Parameter newestOnly: begins with the segment that is being written, at most an hour of cycles ago.
  public init(path: String, newestOnly: Bool = false) {
    self.path = path
    isNewestOnly = newestOnly
  }

  /// - Parameter sinceMs: segments that ended before are passed over; wall time, ms since 1970.
  /// - Returns: whether there was anything new.
  public mutating func read(sinceMs: Int64 = 0, _ body: (Recording.Piece) throws -> Void) throws -> Bool {
    // The tail first: the block that it is about is in its segment by the time that is read, or it is not.
    let tail = try Recording.bytes(of: "\(path)/\(RecordingWriter.tailName)").flatMap(Tail.init)
    let numbers = try segments()
    // Somebody has emptied the folder.
    if let last = numbers.last, last < segment { (segment, offset, blocks, rows) = (0, 0, 0, 0) }
    if isNewestOnly, segment == 0 { segment = numbers.last ?? 0 }
    var isNew = false
    for number in numbers where number >= segment {
      let name = RecordingWriter.path(number, in: path)
      guard RecorderFile.modifiedMs(name) >= sinceMs else { continue }
      // A segment that has made room for a newer one meanwhile.
      guard let bytes = try Recording.bytes(of: name) else { continue }
      if number > segment { (segment, offset, blocks, rows) = (number, 0, 0, 0) }
      while let chunk = Chunk.next(bytes, &offset) {
        var piece = try Recording.Piece(chunk, name)
        if case .cycles(let block) = piece {
          piece = .cycles(block.dropping(rows))
          let isKnown = block.count <= rows
          (blocks, rows) = (blocks + 1, 0)
          if isKnown { continue }
        }
        isNew = true
        try body(piece)
      }
      if let tail, tail.segment == UInt64(number), tail.block == blocks, tail.cycles.rows > rows {
        isNew = true
        try body(.cycles(CycleBlock(tail.cycles).dropping(rows)))
        rows = tail.cycles.rows
      }
    }
    return isNew
  }

  private func segments() throws(Recording.Fault) -> [Int] {
    do throws(RecorderFault) { return try RecordingWriter.segments(in: path) } catch { throw .system(error) }
  }
}

extension Recording.Piece {
  fileprivate init(_ chunk: Chunk, _ path: String) throws(Recording.Fault) {
    do throws(FormatFault) {
      switch chunk.kind {
      case .header: self = .header(try RecordingHeader(chunk.content))
      case .checkpoint:
        var input = ByteReader(chunk.content)
        self = .checkpoint(cycle: try input.word(), state: try SparseCoder.image(input.rest))
      case .block: self = .cycles(CycleBlock(try ColumnBlock(chunk.content)))
      case .row: throw FormatFault()
      }
    } catch {
      throw .unreadable(path)
    }
  }
}

/// Some cycles, one after the other.
public struct CycleBlock {
  private let columns: ColumnBlock
  /// Rows that are passed over.
  private let first: Int
  public var count: Int { columns.rows - first }

  init(_ columns: ColumnBlock) { self.init(columns, first: 0) }

  private init(_ columns: ColumnBlock, first: Int) {
    self.columns = columns
    self.first = first
  }

  /// Without the first `rows`.
  func dropping(_ rows: Int) -> CycleBlock { CycleBlock(columns, first: min(first + rows, columns.rows)) }

  /// One word of one cycle; see `CycleLayout`.
  public func word(_ column: Int, row: Int) -> UInt64 {
    let word = columns.words[column * columns.capacity + first + row]
    return column >= CycleLayout.ages && column < CycleLayout.outcomes ? AgeCode.decode(word) : word
  }

  public func timeMs(row: Int) -> Int64 { Int64(bitPattern: word(CycleLayout.timeMs, row: row)) }

  /// As it is on the disk, with ages in their code.
  func copyCoded(row: Int, into words: inout [UInt64]) { columns.copy(row: first + row, into: &words) }

  /// All words of one cycle.
  public func copy(row: Int, into words: inout [UInt64]) {
    columns.copy(row: first + row, into: &words)
    for column in CycleLayout.ages..<CycleLayout.outcomes { words[column] = AgeCode.decode(words[column]) }
  }
}
