import CoolingCore
import RowConfig
import RowRuntime
import RowTwin
import Testing
import Trials

@testable import FlightRecorder

/// Incidents that were cut from recordings, in `Tests/Recordings`: as long as the core is the one that recorded them
/// every bit must be the same; a later one must at least find every cause again that came then.
@Suite struct KeptRecordingTests {
  private static let folder = #filePath.replacing(
    "FlightRecorderTests/KeptRecordingTests.swift", with: "Recordings")

  @Test func everyKeptRecordingIsDecidedAsItWas() throws {
    for name in Folder.names(Self.folder) where name.hasSuffix(".flight") {
      let faults = try Self.faults("\(Self.folder)/\(name)")
      #expect(faults.isEmpty, "\(name)")
    }
  }

  /// A loss of all supply sensors, from a cycle in the middle of a block on.
  @Test func anIncidentThatWasCutOutIsATestByItself() throws {
    let recorded = try RecordedRow()
    recorded.run(cycles: 150)
    for sensor in 1...3 { try recorded.row.twin.inject(Fault("supply.temperature.\(sensor).open")) }
    recorded.run(cycles: 150)
    let times = try Contents(recorded.path).blocks.flatMap { block in (0..<block.count).map(block.timeMs) }
    let cut = RecordingCut(times[130]..<times[230])
    try Recording(path: recorded.path).read(cut.take)
    cut.finish()
    let path = "\(recorded.path)/incident.cut"
    try cut.write(to: path)
    let result = try replay(path)
    #expect(cut.cycles == 100 && result.cycles == 100 && result.replayed == 100 && result.first == nil)
    #expect(try Self.faults(path).isEmpty)
    #expect(cut.bytes.count < 400_000)

    // The same under a core with other fields, and one that no longer knows a cause that came.
    var pieces: [Recording.Piece] = []
    try Recording(path: path).read { piece in
      guard case .header(var header) = piece else { return pieces.append(piece) }
      header.layout = "another core"
      pieces.append(.header(header))
    }
    let foreign = Replay()
    for piece in pieces { foreign.take(piece) }
    #expect(foreign.result.foreign == 1 && foreign.result.replayed == 0)
    #expect(try Self.missing(pieces, settings(pieces)).isEmpty)
    var blind = try settings(pieces)
    blind.signals[InputSlot.supplyTemperature].isConfigured = false
    blind.signals[InputSlot.supplyTemperature + 1].isConfigured = false
    blind.signals[InputSlot.supplyTemperature + 2].isConfigured = false
    #expect(try !Self.missing(pieces, blind).isEmpty)
  }

  private func settings(_ pieces: [Recording.Piece]) throws -> Settings {
    guard case .header(let header)? = pieces.first else { throw FormatFault() }
    return try Self.settings(header)
  }

  private static func settings(_ header: RecordingHeader) throws -> Settings {
    let loaded = try SiteLoader.load(text: header.siteText, profileDirectories: ["\(RecordedRow.config)/profiles"])
    let roles = RoleMap(site: loaded.site)
    return Settings(loaded.site, roles: roles, plan: try Daemon.draft(loaded, roles))
  }

  /// What is wrong with a kept recording under today's core.
  private static func faults(_ path: String) throws -> [String] {
    var pieces: [Recording.Piece] = []
    try Recording(path: path).read { pieces.append($0) }
    let exact = Replay()
    for piece in pieces { exact.take(piece) }
    guard exact.result.foreign > 0 else {
      if exact.result.replayed == 0 { return ["nothing could be replayed"] }
      return exact.result.first.map { ["differs in cycle \($0.cycle), word \($0.column)"] } ?? []
    }
    guard case .header(let header)? = pieces.first else { return ["it has no header"] }
    return try missing(pieces, settings(header))
  }

  /// Causes that came when it was recorded and do not come now.
  private static func missing(_ pieces: [Recording.Piece], _ settings: Settings) throws -> [String] {
    var (came, comes) = (Set<String>(), Set<String>())
    func causes(_ words: [UInt64]) -> [String] {
      CycleWords.events(words).filter { $0.kind == .causeActivated }.compactMap { $0.instance?.text }
    }
    let replay = Replay(settings: settings)
    replay.each = { recorded, computed in
      came.formUnion(causes(recorded))
      comes.formUnion(causes(computed))
    }
    for piece in pieces { replay.take(piece) }
    return came.subtracting(comes).sorted()
  }
}
