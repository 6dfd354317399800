import CoolingCore
import Glibc
import RowRuntime
import Testing

@testable import FlightRecorder

/// Whatever a kill, a power failure or a disk leaves, what is read is what was recorded.
@Suite struct CrashTests {
  /// A folder with one segment of two blocks and a tail of ten cycles, and what was recorded.
  private struct Left {
    let recorded: RecordedRow
    let segment: [UInt8]
    let tail: [UInt8]
    let truth: [[UInt64]]

    init() throws {
      recorded = try RecordedRow()
      recorded.run(cycles: 250)
      segment = try #require(try RecorderFile.bytes(of: recorded.folder.files[0]))
      tail = try #require(try RecorderFile.bytes(of: recorded.folder.files[1]))
      truth = try Self.cycles(recorded.path)
      #expect(truth.count == 250)
    }

    static func cycles(_ path: String) throws -> [[UInt64]] {
      var cycles: [[UInt64]] = []
      var words = [UInt64](repeating: 0, count: CycleLayout.count)
      do {
        try Recording(path: path).read { piece in
          guard case .cycles(let block) = piece else { return }
          for row in 0..<block.count {
            block.copy(row: row, into: &words)
            cycles.append(words)
          }
        }
      } catch Recording.Fault.nothing {}
      return cycles
    }

    func put(_ segment: [UInt8], _ tail: [UInt8]) throws -> Folder {
      let folder = Folder()
      try RecorderFile(path: "\(folder.path)/00000001.flight", truncated: true).write(segment, at: 0)
      try RecorderFile(path: "\(folder.path)/tail", truncated: true).write(tail, at: 0)
      return folder
    }
  }

  @Test func everyPrefixOfASegmentReadsAsItsFirstCycles() throws {
    let left = try Left()
    for _ in 0..<60 {
      let folder = try left.put(Array(left.segment.prefix(Int.random(in: 0...left.segment.count))), [])
      let found = try Left.cycles(folder.path)
      #expect([0, 120, 240].contains(found.count) && found.elementsEqual(left.truth.prefix(found.count)))
    }
  }

  /// The tail is written over in place: any part of it may be of the block before, or lost.
  @Test func everyStateOfTheTailReadsAsCyclesInARow() throws {
    let left = try Left()
    for _ in 0..<100 {
      var tail = left.tail
      let at = Int.random(in: 0..<tail.count)
      for index in at..<min(tail.count, at + Int.random(in: 1...4096)) { tail[index] = UInt8.random(in: 0...255) }
      if Bool.random() { tail.removeLast(Int.random(in: 0...tail.count)) }
      let folder = try left.put(left.segment, tail)
      let found = try Left.cycles(folder.path)
      #expect(found.count >= 240 && found.elementsEqual(left.truth.prefix(found.count)))
    }
  }

  @Test func oneWrongBitAnywhereIsNeverRead() throws {
    let left = try Left()
    for _ in 0..<60 {
      var segment = left.segment
      segment[Int.random(in: 0..<segment.count)] ^= 1 << UInt8.random(in: 0...7)
      let found = try Left.cycles(try left.put(segment, left.tail).path)
      #expect(found.elementsEqual(left.truth.prefix(found.count)))
    }
  }

  /// The next start cuts off what is torn, keeps the tail, and goes on behind.
  @Test func theNextStartMendsWhatAKillHasLeft() throws {
    let left = try Left()
    let folder = try left.put(left.segment + [1, 2, 3], left.tail)
    let again = try RecordedRow(folder: folder)
    again.run(cycles: 20)
    let found = try Left.cycles(folder.path)
    #expect(found.count == 270 && found.prefix(250).elementsEqual(left.truth))
    let result = try replay(folder.path)
    #expect(result.first == nil && result.runs == 2)
  }

  @Test func nothingThatWasDrainedIsMissingAfterAKill() throws {
    let recorded = try RecordedRow()
    recorded.run(cycles: 77)
    // No close: as if killed here.
    #expect(try Left.cycles(recorded.path).count == 77)
  }

  @Test func itCanBeReadWhileItIsWritten() throws {
    let recorded = try RecordedRow()
    var last = 0
    for _ in 0..<40 {
      recorded.run(cycles: 9)
      let count = try Left.cycles(recorded.path).count
      #expect(count == last + 9)
      last = count
    }
  }

  @Test func theOldestSegmentsMakeRoom() throws {
    let recorded = try RecordedRow(bytesMax: 400_000)
    for _ in 0..<12 {
      recorded.recorder.mailbox.wantState()
      recorded.run(cycles: 60)
    }
    let segments = recorded.folder.files.filter { $0.hasSuffix(".flight") }
    let bytes = segments.reduce(0) { $0 + RecorderFile.size(of: $1) }
    #expect(bytes <= 450_000 && !segments[0].hasSuffix("00000001.flight"))
    let result = try replay(recorded.path)
    #expect(result.first == nil && result.cycles > 60)
  }

  /// `/dev/full` stands for a full disk: it is said and counted, and what came before and comes after is whole.
  @Test func aFullDiskIsSurvivedAndLeft() throws {
    let recorded = try RecordedRow()
    recorded.run(cycles: 30)
    let tail = "\(recorded.path)/tail"
    let full = try FullRow(recorded.folder)
    #expect(unsafe unlink(tail) == 0 && symlink("/dev/full", tail) == 0)
    for _ in 0..<10 { full.put() }
    #expect(full.recorder.state.trouble?.contains("tail") == true)
    #expect(full.recorder.state.cycles == 0 && full.recorder.state.lost == 10)
    #expect(unsafe unlink(tail) == 0)
    for _ in 0..<10 { full.put() }
    #expect(full.recorder.state.trouble == nil && full.recorder.state.cycles >= 9)
    #expect(try Left.cycles(recorded.path).count >= 9)
  }

  /// A core that stands still, and a recorder that tries again at once.
  private final class FullRow {
    let recorder: FlightRecorder
    private var core: ControlCycle
    private var scan = Scan()

    init(_ folder: Folder) throws {
      core = try RecordedRow().row.core
      recorder = FlightRecorder(folder: folder.path, bytesMax: 1 << 24, header: RecordingHeader(), retry: .zero)
    }

    func put() {
      recorder.mailbox.put(&core, &scan, startNs: 0, elapsedS: 1, isLate: false)
      recorder.drain()
    }
  }

  /// It is said, and counted.
  @Test func aFolderThatCannotBeWrittenIsSaidAndCostsOnlyTheRecording() throws {
    let loaded = try RecordedRow.site()
    let file = Folder()
    try RecorderFile(path: "\(file.path)/inTheWay", truncated: true).write([1], at: 0)
    let recorder = FlightRecorder(
      folder: "\(file.path)/inTheWay/recorder", bytesMax: 1 << 20,
      header: RecordingHeader(loaded, roles: RoleMap(site: loaded.site)))
    var row = try RecordedRow().row.core
    var scan = Scan()
    for _ in 0..<10 {
      recorder.mailbox.put(&row, &scan, startNs: 0, elapsedS: 1, isLate: false)
      recorder.drain()
    }
    #expect(recorder.state.trouble?.contains("inTheWay") == true)
    #expect(recorder.state.cycles == 0 && recorder.state.lost >= 9)
  }
}
