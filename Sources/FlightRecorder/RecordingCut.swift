import CoolingCore
import Glibc

/// Part of a recording as a file of its own, from any cycle on: the state to begin with is computed by replaying up to
/// there. A run of another core is cut where a recorded state is.
public final class RecordingCut {
  private let range: Range<Int64>
  private let replay = Replay()
  private var header = RecordingHeader()
  /// Of the run that is being cut; nil: none has begun.
  private var isOpen = false
  private var nextCycle: UInt64 = 0
  private var checkpoint: (cycle: UInt64, state: [UInt8])?
  private var block = ColumnBlock()
  private var words = [UInt64](repeating: 0, count: CycleLayout.count)
  public private(set) var bytes: [UInt8] = []
  public private(set) var cycles = 0

  /// - Parameter range: wall time, ms since 1970.
  public init(_ range: Range<Int64>) { self.range = range }

  public func take(_ piece: Recording.Piece) {
    switch piece {
    case .header(let header): self.header = header
    case .checkpoint(let cycle, let state): checkpoint = (cycle, state)
    case .cycles(let block):
      for row in 0..<block.count { take(block, row) }
      return
    }
    replay.take(piece)
  }

  /// Ends the last block.
  public func finish() { endBlock() }

  private func take(_ block: CycleBlock, _ row: Int) {
    let cycle = block.word(CycleLayout.cycle, row: row)
    // The cycle that a state is of, or one that follows on what the core has replayed, is where a file can begin.
    if range.contains(block.timeMs(row: row)) {
      if !isOpen || cycle != nextCycle { open(at: cycle) }
      if isOpen { append(block, row, cycle) }
    }
    replay.take(block, row)
  }

  private func open(at cycle: UInt64) {
    isOpen = false
    if let checkpoint, checkpoint.cycle == cycle {
      begin(checkpoint.state, after: checkpoint.cycle)
    } else if let state = replay.state(before: cycle) {
      begin(state, after: cycle - 1)
    }
  }

  private func begin(_ state: [UInt8], after cycle: UInt64) {
    endBlock()
    bytes += RecordingWriter.head(header, state, cycle: cycle)
    isOpen = true
  }

  private func append(_ source: CycleBlock, _ row: Int, _ cycle: UInt64) {
    source.copyCoded(row: row, into: &words)
    block.append(words)
    cycles += 1
    nextCycle = cycle + 1
    if block.rows == block.capacity { endBlock() }
  }

  private func endBlock() {
    guard block.rows > 0 else { return }
    bytes += Chunk.bytes(.block, block.encoded())
    block.rows = 0
  }

  /// Writes what was cut to a file; nothing of it is there after a throw but what was there before.
  public func write(to path: String) throws(RecorderFault) {
    let file = try RecorderFile(path: path + ".new", truncated: true)
    try file.write(bytes, at: 0)
    try file.sync()
    guard unsafe rename(path + ".new", path) == 0 else { throw RecorderFault(path: path, errno: errno) }
  }
}
