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
    guard RecorderFile.isFolder(path) else {
      guard let bytes = try bytes(of: path) else { throw Fault.nothing(path) }
      guard try read(bytes, path, body) > 0 else { throw Fault.nothing(path) }
      return
    }
    // The tail first: the block that it is about is in its segment by the time that is read, or it is not.
    let tail = try bytes(of: "\(path)/\(RecordingWriter.tailName)").flatMap(Tail.init)
    var chunks = 0
    for number in try segments() {
      let name = RecordingWriter.path(number, in: path)
      guard RecorderFile.modifiedMs(name) >= sinceMs else { continue }
      // A segment that has made room for a newer one meanwhile.
      guard let bytes = try bytes(of: name) else { continue }
      var blocks: UInt64 = 0
      chunks += try read(bytes, name) { piece in
        if case .cycles = piece { blocks += 1 }
        try body(piece)
      }
      if let tail, tail.segment == UInt64(number), tail.block == blocks { try body(.cycles(CycleBlock(tail.cycles))) }
    }
    guard chunks > 0 else { throw Fault.nothing(path) }
  }

  private func segments() throws(Fault) -> [Int] {
    do throws(RecorderFault) { return try RecordingWriter.segments(in: path) } catch { throw .system(error) }
  }

  private func bytes(of path: String) throws(Fault) -> [UInt8]? {
    do throws(RecorderFault) { return try RecorderFile.bytes(of: path) } catch { throw .system(error) }
  }

  /// - Returns: how many chunks were whole.
  private func read(_ bytes: [UInt8], _ path: String, _ body: (Piece) throws -> Void) throws -> Int {
    var (at, count) = (0, 0)
    while let chunk = Chunk.next(bytes, &at) {
      try body(piece(chunk, path))
      count += 1
    }
    return count
  }

  private func piece(_ chunk: Chunk, _ path: String) throws(Fault) -> Piece {
    do throws(FormatFault) {
      switch chunk.kind {
      case .header: return .header(try RecordingHeader(chunk.content))
      case .checkpoint:
        var input = ByteReader(chunk.content)
        return .checkpoint(cycle: try input.word(), state: try SparseCoder.image(input.rest))
      case .block: return .cycles(CycleBlock(try ColumnBlock(chunk.content)))
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
  public var count: Int { columns.rows }

  init(_ columns: ColumnBlock) { self.columns = columns }

  /// One word of one cycle; see `CycleLayout`.
  public func word(_ column: Int, row: Int) -> UInt64 {
    let word = columns.words[column * columns.capacity + row]
    return column >= CycleLayout.ages && column < CycleLayout.outcomes ? AgeCode.decode(word) : word
  }

  public func timeMs(row: Int) -> Int64 { Int64(bitPattern: word(CycleLayout.timeMs, row: row)) }

  /// As it is on the disk, with ages in their code.
  func copyCoded(row: Int, into words: inout [UInt64]) { columns.copy(row: row, into: &words) }

  /// All words of one cycle.
  public func copy(row: Int, into words: inout [UInt64]) {
    columns.copy(row: row, into: &words)
    for column in CycleLayout.ages..<CycleLayout.outcomes { words[column] = AgeCode.decode(words[column]) }
  }
}
