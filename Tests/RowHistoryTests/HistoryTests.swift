import Foundation
import Testing

@testable import RowHistory

@Suite struct HistoryTests {
  @Test func entryComesBackAsItWasGiven() throws {
    let bench = try Bench()
    let whole = HistoryEntry(
      timeMs: 1, cycle: 2, kind: .command, cause: "A", subject: "fan.1", value: -1.5, limit: 1e300, unit: "°C",
      priority: "low", who: "ada", reason: "it's 'quoted'; DROP TABLE event; – ünïcode")
    let bare = HistoryEntry(timeMs: -1, cycle: 0, kind: .daemonStarted)
    let history = bench.history()
    history.record([whole, bare])
    var found = try history.entries()
    #expect(found.map(\.id) == [2, 1])
    for i in found.indices { found[i].id = 0 }
    #expect(found == [bare, whole])
    #expect(history.state.entries == 2 && history.state.trouble == nil && bench.notices.isEmpty)
  }

  @Test func historySurvivesARestart() throws {
    let bench = try Bench()
    for start in 0..<3 {
      let history = bench.history()
      history.record([entry(start)])
      history.close(withinS: 10)
    }
    #expect(try bench.history().entries().map(\.cycle) == [2, 1, 0])
  }

  @Test func pagesJoinWithoutGapOrRepetition() throws {
    let bench = try Bench()
    let history = bench.history()
    history.record((0..<25).map { entry($0) })
    var found: [UInt64] = []
    var query = HistoryQuery(limit: 10)
    for _ in 0..<4 {
      let page = try history.entries(query)
      found += page.map(\.cycle)
      query.before = page.last?.id
    }
    #expect(found == (0..<25).reversed())
  }

  @Test func queryNarrowsByTimeCauseAndSubject() throws {
    let bench = try Bench()
    let history = bench.history()
    history.record((0..<20).map { entry($0, cause: $0 < 10 ? "FIRST" : nil) })
    func cycles(_ query: HistoryQuery) throws -> [UInt64] { try history.entries(query).map(\.cycle) }
    let start: Int64 = 1_800_000_000_000
    #expect(try cycles(HistoryQuery(sinceMs: start + 5000, untilMs: start + 8000)) == [7, 6, 5])
    #expect(try cycles(HistoryQuery(cause: "FIRST")) == (0..<10).reversed())
    #expect(try cycles(HistoryQuery(cause: "FIRST", subject: "pump.1")) == [8, 4, 0])
    #expect(try cycles(HistoryQuery(cause: "NONE")) == [])
    #expect(try cycles(HistoryQuery(limit: -5)) == [19])
  }

  @Test func oldestEntriesGoFirstBeyondTheirNumber() throws {
    let bench = try Bench()
    let history = bench.history(nil, HistoryBounds(entriesMax: 100, bytesMax: 200 << 20, retry: .zero))
    for start in stride(from: 0, to: 350, by: 50) { history.record((start..<(start + 50)).map { entry($0) }) }
    #expect(try history.entries().map(\.cycle) == (250..<350).reversed())
    #expect(history.state.entries == 100)
  }

  @Test func fileStaysWithinItsBytesWhateverIsWritten() throws {
    let bench = try Bench()
    let bounds = HistoryBounds(entriesMax: 1_000_000, bytesMax: 8 << 20, retry: .zero)
    let history = bench.history(nil, bounds)
    let reason = String(repeating: "why ", count: 50)
    for start in stride(from: 0, to: 60_000, by: 500) {
      history.record((start..<(start + 500)).map { entry($0, reason: reason) })
      _ = try history.entries(HistoryQuery(limit: 1))
    }
    var bytes = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) where !name.hasSuffix("-shm") {
      let path = bench.folder.appending(path: name).path
      bytes += try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }
    #expect(bytes <= bounds.bytesMax, "\(bytes)")
    #expect(history.state.bytes <= bounds.bytesMax)
    #expect(try history.entries().first?.cycle == 59_999)
    #expect(history.state.entries > 10_000 && history.state.entries < 59_000)
    #expect(bench.notices.isEmpty && history.state.lost == 0)
  }

  @Test func whatFindsNoRoomIsCountedAndSaidOnce() throws {
    let bench = try Bench()
    let missing = bench.folder.appending(path: "a/b").path
    let history = bench.history(missing)
    for start in 0..<3 { history.record((0..<History.capacity).map { entry($0 + start * History.capacity) }) }
    #expect(throws: History.Unavailable.self) { try history.entries() }
    #expect(history.state.lost > 0 && history.state.lost <= 2 * History.capacity)
    try FileManager.default.createDirectory(atPath: missing, withIntermediateDirectories: true)
    _ = try history.entries()
    let lost = history.state.lost
    #expect(bench.notices.suffix(2) == [.recovered, .lost(lost)] && bench.notices.count == 3)
    history.record([entry(1_000_000)])
    #expect(try history.entries(HistoryQuery(limit: 1)).first?.cycle == 1_000_000)
    #expect(bench.notices.count == 3)
  }
}
