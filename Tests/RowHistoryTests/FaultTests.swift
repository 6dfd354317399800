import Foundation
import Glibc
import Testing

@testable import RowHistory

/// A disk may do what it likes: the daemon goes on, says so once, and records again when it can.
@Suite struct FaultTests {
  @Test func missingFolderIsTroubleUntilItIsThere() throws {
    let bench = try Bench()
    let folder = bench.folder.appending(path: "a/b").path
    let history = bench.history(folder)
    history.record([entry(1)])
    for _ in 0..<3 { #expect(throws: History.Unavailable.self) { try history.entries() } }
    #expect(bench.notices == [.trouble("\(folder): No such file or directory")])
    #expect(history.state.trouble != nil && history.state.lost == 0)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(try history.entries().map(\.cycle) == [1])
    #expect(bench.notices.last == .recovered && bench.notices.count == 2)
    #expect(history.state.trouble == nil)
  }

  @Test func waitsBeforeItTriesAgain() throws {
    let bench = try Bench()
    let folder = bench.folder.appending(path: "a/b").path
    let history = bench.history(folder, .standard)
    history.record([entry(1)])
    #expect(throws: History.Unavailable.self) { try history.entries() }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(throws: History.Unavailable.self) { try history.entries() }
    #expect(bench.notices.count == 1)
  }

  @Test(arguments: [0, 100, 4096, 20_000]) func fileThatIsNoDatabaseIsSetAside(_ size: Int) throws {
    let bench = try Bench()
    let garbage = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) })
    try garbage.write(to: URL(filePath: bench.file))
    let history = bench.history()
    history.record([entry(1)])
    #expect(try history.entries().map(\.cycle) == [1])
    guard size > 0 else {
      #expect(bench.notices.isEmpty, "an empty file is a new database")
      return
    }
    #expect(bench.notices == [.setAside(path: bench.file + ".damaged", reason: "file is not a database")])
    #expect(try Data(contentsOf: URL(filePath: bench.file + ".damaged")) == garbage)
  }

  @Test func fileDamagedInItsMiddleIsSetAside() throws {
    let bench = try Bench()
    let before = bench.history()
    before.record((0..<2000).map { entry($0) })
    before.close(withinS: 10)
    var bytes = try Data(contentsOf: URL(filePath: bench.file))
    for i in 8192..<20_000 { bytes[i] = 0xA5 }
    try bytes.write(to: URL(filePath: bench.file))
    let history = bench.history()
    history.record([entry(5000)])
    #expect(try history.entries().map(\.cycle) == [5000])
    guard case .setAside = bench.notices.first, bench.notices.count == 1 else {
      Issue.record("\(bench.notices)")
      return
    }
  }

  @Test func fileOfAnotherFormatIsSetAsideAndNotTouched() throws {
    let bench = try Bench()
    let before = bench.history()
    before.close(withinS: 10)
    do {
      let database = try Database(path: bench.file)
      try database.execute("PRAGMA user_version = 9")
    }
    let history = bench.history()
    _ = try history.entries()
    #expect(
      bench.notices == [.setAside(path: bench.file + ".damaged", reason: "the database has format 9, not 1")])
  }

  /// OPS-056.
  /// A file size limit stands for a full disk: it works for every user and on every file system. Closing the file may
  /// make room once more, which ends an episode.
  @Test func fullDiskIsSurvivedAndSaidAndLeft() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let bench = try Bench()
      let history = bench.history()
      _ = try history.entries()
      var limit = rlimit()
      unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let unlimited = limit
      limit.rlim_cur = 256 * 1024
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      for start in stride(from: 0, to: 10_000, by: 100) {
        history.record((start..<(start + 100)).map { entry($0) })
        // ignoring: whether it can be read meanwhile is not the question.
        _ = try? history.entries(HistoryQuery(limit: 1))
      }
      #expect(history.state.trouble != nil)
      let said = bench.notices.map { if case .trouble = $0 { true } else { false } }
      #expect(said.first == true && said.last == true && said.count < 10)
      #expect(history.state.lost > 0)
      limit = unlimited
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      _ = try history.entries(HistoryQuery(limit: 1))
      history.record([entry(20_000)])
      #expect(try history.entries(HistoryQuery(limit: 1)).first?.cycle == 20_000)
      #expect(history.state.trouble == nil)
      #expect(bench.notices.contains(.recovered) && bench.notices.contains(.lost(history.state.lost)))
    }
  }

  /// Root writes everywhere, so the process gives its rights up first.
  @Test func folderThatMayNotBeWrittenIsTrouble() async {
    await #expect(processExitsWith: .success) {
      let bench = try Bench()
      unsafe chmod(bench.folder.path, 0o555)
      if geteuid() == 0 { guard setgid(65534) == 0, setuid(65534) == 0 else { exit(2) } }
      let history = bench.history()
      history.record([entry(1)])
      #expect(throws: History.Unavailable(reason: "unable to open database file")) { try history.entries() }
      #expect(bench.notices == [.trouble("unable to open database file")])
    }
  }

  @Test func fileThatMayOnlyBeReadIsTrouble() async {
    await #expect(processExitsWith: .success) {
      let bench = try Bench()
      let before = bench.history()
      before.record([entry(1)])
      before.close(withinS: 10)
      unsafe chmod(bench.file, 0o444)
      unsafe chmod(bench.folder.path, 0o555)
      if geteuid() == 0 { guard setgid(65534) == 0, setuid(65534) == 0 else { exit(2) } }
      let history = bench.history()
      history.record([entry(2)])
      #expect(throws: History.Unavailable.self) { try history.entries() }
      #expect(bench.notices.count == 1 && history.state.trouble != nil)
    }
  }

  /// What was committed before the kill is there, in order and without a gap; the file needs no mending.
  @Test func killedWriterLeavesASoundFileWithAllItHadWritten() async throws {
    let bench = try Bench()
    let folder = bench.folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
      let history = History(directory: folder, bounds: .test) { _ in exit(4) }
      history.record([entry(0)])
      _ = try history.entries()
      for n in 1... {
        history.record([entry(n)])
        if n == 2000 {
          Thread.detachNewThread {
            usleep(20_000)
            kill(getpid(), SIGKILL)
          }
        }
        usleep(20)
      }
    }
    let history = bench.history()
    let newest = try #require(try history.entries(HistoryQuery(limit: 1)).first)
    #expect(newest.cycle >= 1)
    #expect(history.state.entries == Int(newest.cycle) + 1)
    #expect(newest.id == Int64(newest.cycle) + 1)
    #expect(bench.notices.isEmpty)
    history.record([entry(1_000_000)])
    #expect(try history.entries(HistoryQuery(limit: 2)).map(\.cycle) == [1_000_000, newest.cycle])
  }
}
