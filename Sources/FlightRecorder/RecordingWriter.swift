import CoolingCore
import Glibc

/// Writes a ring of segments, `00000001.flight` and so on, and beside them the running block in `tail`. Each segment
/// begins with a header and the core's state, so that a replay can begin at any of them; whole blocks follow. The tail
/// holds the cycles since the last whole block and is written over by the next one's: after a kill or a power failure
/// the tail is what is left of the running block, and the next start appends it to its segment.
///
/// Used from one thread. After a throw the segment under way has ended; what was recorded stays readable.
struct RecordingWriter {
  static let suffix = ".flight"
  static let tailName = "tail"
  /// An hour of the usual loop: the core's state weighs little against that many cycles.
  static let cyclesPerSegment = 3600

  private let folder: String
  private let bytesMax: Int
  private let header: RecordingHeader
  private let tail: RecorderFile
  private var segment: RecorderFile?
  private var number = 0
  private var offset = 0
  private var blocks = 0
  private var cyclesInSegment = 0
  private var tailOffset = 0
  private var pending: [UInt8] = []
  private var block = ColumnBlock()
  private var current = [UInt64](repeating: 0, count: CycleLayout.count)
  private var last = [UInt64](repeating: 0, count: CycleLayout.count)
  /// Size of every segment but the running one, by number.
  private var sizes: [Int: Int] = [:]

  /// Opens the folder, mends what the last program has left half done, and begins nothing yet.
  init(folder: String, bytesMax: Int, header: RecordingHeader) throws(RecorderFault) {
    self.folder = folder
    self.bytesMax = bytesMax
    self.header = header
    try RecorderFile.makeFolder(folder)
    let left = try RecorderFile.bytes(of: "\(folder)/\(Self.tailName)").flatMap(Tail.init)
    tail = try RecorderFile(path: "\(folder)/\(Self.tailName)", truncated: false)
    for found in try Self.segments(in: folder) { sizes[found] = RecorderFile.size(of: path(found)) }
    number = sizes.keys.max() ?? 0
    if number > 0 { try mend(left) }
  }

  /// Numbers of the segments in a folder, the oldest first.
  static func segments(in folder: String) throws(RecorderFault) -> [Int] {
    try RecorderFile.names(in: folder).filter { $0.hasSuffix(suffix) }.compactMap { Int($0.dropLast(suffix.count)) }
      .sorted()
  }

  static func path(_ number: Int, in folder: String) -> String {
    let digits = String(number)
    return "\(folder)/" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + suffix
  }

  private func path(_ number: Int) -> String { Self.path(number, in: folder) }

  var bytes: Int { sizes.values.reduce(offset, +) + tailOffset }
  /// A state of the core is needed: to begin with, or because the segment is long enough.
  var wantsState: Bool { segment == nil || cyclesInSegment >= Self.cyclesPerSegment }

  /// - Parameters:
  ///   - state: of the core after this cycle; begins a segment.
  ///   - timeMs: wall time of the cycle.
  /// - Returns: false where the cycle could not be kept, for want of a state to begin with.
  mutating func append(_ cycle: Span<UInt64>, state: [UInt8]?, timeMs: Int64) throws(RecorderFault) -> Bool {
    if let state { try beginSegment(state, cycle: cycle[CycleLayout.cycle]) }
    guard segment != nil else { return false }
    for column in 0..<CycleLayout.count { current[column] = cycle[column] }
    for column in CycleLayout.ages..<CycleLayout.outcomes { current[column] = AgeCode.encode(current[column]) }
    current[CycleLayout.timeMs] = UInt64(bitPattern: timeMs)
    pending += TailRow.chunk(
      segment: UInt64(number), block: UInt64(blocks), row: UInt64(block.rows), current.span, after: last.span)
    swap(&current, &last)
    block.append(last)
    cyclesInSegment += 1
    if block.rows == block.capacity { try ended { writer throws(RecorderFault) in try writer.writeBlock() } }
    return true
  }

  /// What was appended is on the medium when this returns.
  mutating func flush() throws(RecorderFault) {
    guard !pending.isEmpty else { return }
    try ended { writer throws(RecorderFault) in
      try writer.tail.write(writer.pending, at: writer.tailOffset)
      try writer.tail.sync()
      writer.tailOffset += writer.pending.count
      writer.pending.removeAll(keepingCapacity: true)
    }
  }

  /// Puts the running block into its segment.
  mutating func close() throws(RecorderFault) {
    if block.rows > 0 { try ended { writer throws(RecorderFault) in try writer.writeBlock() } }
  }

  /// A segment that could not be written has ended.
  private mutating func ended(
    _ body: (inout RecordingWriter) throws(RecorderFault) -> Void
  ) throws(RecorderFault) {
    do throws(RecorderFault) { try body(&self) } catch {
      if segment != nil { sizes[number] = RecorderFile.size(of: path(number)) }
      (segment, offset) = (nil, 0)
      startBlock()
      throw error
    }
  }

  private mutating func startBlock() {
    block.rows = 0
    for column in 0..<CycleLayout.count { last[column] = 0 }
    tailOffset = 0
    pending.removeAll(keepingCapacity: true)
  }

  private mutating func writeBlock() throws(RecorderFault) {
    guard let segment else { return }
    let chunk = Chunk.bytes(.block, block.encoded())
    try segment.write(chunk, at: offset)
    try segment.sync()
    offset += chunk.count
    blocks += 1
    startBlock()
    prune()
  }

  private mutating func beginSegment(_ state: [UInt8], cycle: UInt64) throws(RecorderFault) {
    try close()
    if segment != nil { sizes[number] = offset }
    (segment, offset) = (nil, 0)
    number += 1
    (blocks, cyclesInSegment) = (0, 0)
    startBlock()
    let bytes = Self.head(header, state, cycle: cycle)
    let file = try RecorderFile(path: path(number), truncated: true)
    try file.write(bytes, at: 0)
    try file.sync()
    RecorderFile.syncFolder(folder)
    segment = file
    offset = bytes.count
    prune()
  }

  /// What a run begins with.
  static func head(_ header: RecordingHeader, _ state: [UInt8], cycle: UInt64) -> [UInt8] {
    var checkpoint = ByteWriter()
    checkpoint.word(cycle)
    checkpoint.bytes(SparseCoder.encode(image: state))
    return Chunk.bytes(.header, Array(header.text.utf8)) + Chunk.bytes(.checkpoint, checkpoint.bytes)
  }

  /// The oldest segments go first; the running one stays.
  private mutating func prune() {
    while bytes > bytesMax, let oldest = sizes.keys.min() {
      // ignoring: one that cannot be removed is tried again by the next program; the others make room.
      _ = unsafe unlink(path(oldest))
      sizes[oldest] = nil
    }
  }

  /// The last segment ends with its last whole chunk; the tail's cycles, if they follow on that, become a block of it.
  private mutating func mend(_ left: Tail?) throws(RecorderFault) {
    guard let bytes = try RecorderFile.bytes(of: path(number)) else { return }
    var (end, blocks) = (0, 0 as UInt64)
    while let chunk = Chunk.next(bytes, &end) { if chunk.kind == .block { blocks += 1 } }
    guard end > 0 else {
      // ignoring: nothing of it was ever complete; one that cannot be removed is read as empty.
      _ = unsafe unlink(path(number))
      sizes[number] = nil
      return
    }
    let file = try RecorderFile(path: path(number), truncated: false)
    if end < bytes.count { try file.truncate(to: end) }
    sizes[number] = end
    guard let left, left.segment == UInt64(number), left.block == blocks else { return }
    let chunk = Chunk.bytes(.block, left.cycles.encoded())
    try file.write(chunk, at: end)
    try file.sync()
    sizes[number] = end + chunk.count
  }
}
