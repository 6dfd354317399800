import CoolingCore
import RowConfig
import RowTwin
import Testing
import Trials

@testable import FlightRecorder

/// A recording is enough to compute every decision again.
@Suite struct ReplayTests {
  @Test(arguments: ["demo", "facility-water", "supervised"])
  func aRecordedRowIsReplayedBitForBit(name: String) throws {
    let recorded = try RecordedRow(name)
    recorded.run(cycles: 400)
    let result = try replay(recorded.path)
    #expect(result.first == nil)
    // The first cycle brings the state that the replay begins with.
    #expect(result.cycles == 400 && result.replayed == 399 && result.runs == 1 && result.gaps == 0)
  }

  @Test(arguments: Site.Control.Mode.allCases)
  func faultsAndCommandsAreReplayedBitForBit(mode: Site.Control.Mode) throws {
    let recorded = try RecordedRow(mode: mode)
    recorded.run(cycles: 100)
    try recorded.row.twin.inject(Fault("supply.temperature.1.open"))
    _ = recorded.row.loop.apply(.setSupplySetpoint(Temperature(celsius: 38)))
    _ = recorded.row.loop.apply(.override(.fan(3), value: 55, leaseS: 120))
    recorded.run(cycles: 200)
    try recorded.row.twin.inject(Fault("bus pumps dead"))
    _ = recorded.row.loop.apply(.acknowledge(nil))
    recorded.run(cycles: 200)
    recorded.row.twin.clearAllFaults()
    _ = recorded.row.loop.apply(.resetTrip)
    recorded.run(cycles: 100)
    let result = try replay(recorded.path)
    #expect(result.first == nil && result.replayed == 599)
    #expect(recorded.row.core.supplySetpoint.celsius == 38)
  }

  /// Of what the core was given and of what it made of it.
  @Test func aPlantedBitIsFoundInItsCycle() throws {
    let recorded = try RecordedRow()
    recorded.run(cycles: 130)
    let columns = [
      CycleLayout.values + InputSlot.rack(2, .flow), CycleLayout.demands + OutputSlot.rackValve(2),
      CycleLayout.working + CycleLayout.Working.supplyIntegral.rawValue, CycleLayout.owners + Actuator.fan(1).index,
    ]
    for column in columns {
      let isInput = column < CycleLayout.decision
      for bit in isInput ? [50, 51] : [0, 1] {
        // In its first cycles the row only listens.
        for row in isInput ? [64, 119] : [1, 64, 119] {
          let result = try Planted(recorded.path, column: column, row: row, bit: bit).replay()
          let first = try #require(result.first, "column \(column) row \(row) bit \(bit)")
          if column >= CycleLayout.decision { #expect(first.column == column && first.cycle == UInt64(row + 1)) }
          #expect(first.cycle >= UInt64(row + 1))
          #expect(first.recorded != first.computed)
        }
      }
    }
    #expect(try replay(recorded.path).first == nil)
  }

  /// A daemon that starts again begins a run of its own.
  @Test func aRestartIsReplayedAsTwoRuns() throws {
    let recorded = try RecordedRow()
    recorded.run(cycles: 50)
    let path = recorded.path
    recorded.recorder.close(withinS: 5)
    let again = try RecordedRow(folder: recorded.folder)
    again.run(cycles: 50)
    let result = try replay(path)
    #expect(result.first == nil && result.runs == 2 && result.cycles == 100 && result.replayed == 98)
  }

  /// Segments of one run are one run, and a replay can begin at any of them.
  @Test func everySegmentCanBeReplayedByItself() throws {
    let recorded = try RecordedRow()
    recorded.run(cycles: 300)
    recorded.recorder.mailbox.wantState()
    recorded.run(cycles: 300)
    let whole = try replay(recorded.path)
    #expect(whole.runs == 1 && whole.replayed == 599 && whole.first == nil)
    let second = try replay(recorded.folder.files[1])
    #expect(second.runs == 1 && second.first == nil && second.replayed > 200)
  }

  /// What a loop without room has dropped is a gap, and the rest of the run cannot be replayed until the next state.
  @Test func aGapIsSaidAndNotReplayed() throws {
    let recorded = try RecordedRow()
    recorded.run(cycles: 50)
    for _ in 0..<(CycleMailbox.capacity + 10) { recorded.row.step() }
    #expect(recorded.recorder.mailbox.lost == 10)
    recorded.recorder.drain()
    recorded.run(cycles: 30)
    recorded.run(cycles: 30)
    let result = try replay(recorded.path)
    #expect(result.first == nil && result.gaps == 1 && result.runs == 2)
    #expect(result.cycles == 50 + CycleMailbox.capacity + 60)
    #expect(result.replayed == 49 + CycleMailbox.capacity + 29)
    #expect(recorded.recorder.state.lost == 10)
  }

  /// Whenever it is read while it is written, over the tail, whole blocks, segments and a restart: each cycle once.
  @Test func aRecordingThatIsFollowedGivesEachCycleOnceAndInOrder() throws {
    var recorded = try RecordedRow()
    let path = recorded.path
    var follower = RecordingFollower(path: path)
    let replay = Replay()
    for (index, cycles) in [1, 31, 7, 200, 120, 3, 333].enumerated() {
      if index == 3 { recorded.recorder.mailbox.wantState() }
      if index == 5 {
        recorded.recorder.close(withinS: 5)
        #expect(try !follower.read(replay.take), "its last block was given by the tail")
        recorded = try RecordedRow(folder: recorded.folder)
      }
      recorded.run(cycles: cycles)
      #expect(try follower.read(replay.take))
      #expect(try !follower.read(replay.take), "nothing is given twice")
    }
    let result = replay.result
    #expect(result.cycles == 695 && result.replayed == 693 && result.runs == 2 && result.gaps == 0)
    #expect(result.first == nil)
    var newest = 0
    var late = RecordingFollower(path: path, newestOnly: true)
    _ = try late.read { if case .cycles(let block) = $0 { newest += block.count } }
    #expect(newest == 336)
  }

  @Test func otherSettingsSayWhatTheyWouldHaveDecided() throws {
    let recorded = try RecordedRow()
    recorded.run(cycles: 300)
    var settings = recorded.row.core.settings
    settings.supply.setpoint = Temperature(celsius: 36)
    var colder = 0
    let replay = Replay(settings: settings)
    replay.each = { recorded, computed in
      let fan = CycleLayout.demands + OutputSlot.fan(0)
      if Double(bitPattern: computed[fan]) > Double(bitPattern: recorded[fan]) { colder += 1 }
    }
    try Recording(path: recorded.path).read(replay.take)
    #expect(replay.result.replayed == 299 && replay.result.first == nil)
    #expect(colder > 200)
    #expect(replay.core.supplySetpoint.celsius == 36)
  }
}

/// A recording's first segment with one bit of one cycle changed.
private struct Planted {
  private var pieces: [Recording.Piece] = []

  init(_ path: String, column: Int, row: Int, bit: Int) throws {
    var isPlanted = false
    try Recording(path: path).read { piece in
      guard case .cycles(let block) = piece, !isPlanted else { return pieces.append(piece) }
      isPlanted = true
      var changed = ColumnBlock()
      var words = [UInt64](repeating: 0, count: CycleLayout.count)
      for index in 0..<block.count {
        block.copy(row: index, into: &words)
        if index == row { words[column] ^= 1 << UInt64(bit) }
        for age in CycleLayout.ages..<CycleLayout.outcomes { words[age] = AgeCode.encode(words[age]) }
        changed.append(words)
      }
      pieces.append(.cycles(CycleBlock(changed)))
    }
  }

  func replay() -> Replay.Result {
    let replay = Replay()
    for piece in pieces { replay.take(piece) }
    return replay.result
  }
}
