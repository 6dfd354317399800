import Foundation
import Glibc
import Synchronization
import Testing

@testable import RowRuntime

/// A folder that goes with the test.
private final class Folder {
  let url: URL
  var path: String { url.path }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "irhx-state-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    // ignoring: what cannot be removed from the folder for temporary files is removed by the system.
    try? FileManager.default.removeItem(at: url)
  }

  var state: StateFile { StateFile(path: path + "/state") }
  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url.appending(path: name))) }
  func put(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: url.appending(path: name)) }
}

@Suite struct StateFileTests {
  @Test func contentComesBackAndTheGenerationBeforeIsKept() throws {
    let folder = try Folder()
    #expect(folder.state.read() == StateFile.Found())
    for n in 1...3 { try folder.state.write(Array("content \(n)".utf8)) }
    #expect(folder.state.read() == StateFile.Found(content: Array("content 3".utf8)))
    try FileManager.default.removeItem(atPath: folder.state.path)
    #expect(folder.state.read() == StateFile.Found(content: Array("content 2".utf8)))
  }

  /// OPS-056. Each bit of the file once, and each length it can be cut to.
  @Test func damageOfAnyKindIsSeenAndTheGenerationBeforeIsUsed() throws {
    let folder = try Folder()
    try folder.state.write(Array("old".utf8))
    try folder.state.write(Array("new".utf8))
    let whole = try folder.bytes("state")
    var damaged = whole.indices.map { Array(whole[..<$0]) } + [whole + [0]]
    for bit in 0..<(whole.count * 8) {
      var bytes = whole
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      damaged.append(bytes)
    }
    for bytes in damaged {
      try folder.put("state", bytes)
      let found = folder.state.read()
      // A length or a checksum may be written in another way that means the same: then it is no damage.
      if found.content == Array("new".utf8) { continue }
      #expect(found.content == Array("old".utf8) && found.troubles == ["\(folder.path)/state: damaged"], "\(bytes)")
    }
    try folder.put("state", [])
    try folder.put("state.previous", [1, 2, 3])
    #expect(folder.state.read().content == nil && folder.state.read().troubles.count == 2)
  }

  @Test func writeCutShortLeavesTheGenerationThatWasThere() throws {
    let folder = try Folder()
    try folder.state.write(Array("old".utf8))
    try folder.put("state.new", Array(try folder.bytes("state").dropLast()))
    #expect(folder.state.read() == StateFile.Found(content: Array("old".utf8)))
    try folder.state.write(Array("new".utf8))
    #expect(folder.state.read().content == Array("new".utf8))
  }

  /// OPS-056.
  @Test func fullDiskHarmsNeitherGeneration() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let folder = try Folder()
      try folder.state.write(Array("older".utf8))
      try folder.state.write(Array("old".utf8))
      var limit = rlimit(rlim_cur: 10, rlim_max: 10)
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      #expect(throws: StateFile.Fault(path: "\(folder.path)/state.new", errno: EFBIG)) {
        try folder.state.write(Array("new".utf8))
      }
      #expect(folder.state.read() == StateFile.Found(content: Array("old".utf8)))
    }
  }

  @Test func checksumIsTheOneOfISO3309() {
    #expect(StateFile.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(StateFile.checksum([]) == 0)
  }
}

@Suite struct StateKeeperTests {
  private final class Said: Sendable {
    let notices = Mutex<[StateKeeper.Notice]>([])
  }

  @Test func lastContentIsOnTheDiskAtTheEnd() throws {
    let folder = try Folder()
    let keeper = StateKeeper(folder.state, found: nil) { _ in }
    for n in 1...100 { keeper.keep(Array("\(n)".utf8)) }
    keeper.close(withinS: 10)
    #expect(folder.state.read().content == Array("100".utf8))
  }

  @Test func diskIsLeftAloneWhileNothingChanges() throws {
    let folder = try Folder()
    let content = Array("same".utf8)
    let keeper = StateKeeper(folder.state, found: content, interval: .zero) { _ in }
    for _ in 0..<10 { keeper.keep(content) }
    keeper.close(withinS: 10)
    #expect(!FileManager.default.fileExists(atPath: folder.state.path))
  }

  @Test func changesWaitForTheIntervalToPass() throws {
    let folder = try Folder()
    let keeper = StateKeeper(folder.state, found: nil, interval: .seconds(3600)) { _ in }
    keeper.keep([1])
    while folder.state.read().content == nil { usleep(1000) }
    keeper.keep([2])
    keeper.keep([3])
    keeper.close(withinS: 10)
    #expect(folder.state.read().content == [3])
    try FileManager.default.removeItem(atPath: folder.state.path)
    #expect(folder.state.read().content == [1], "the second was never written")
  }

  @Test func failingDiskIsSaidOnceAndTriedAgain() throws {
    let folder = try Folder()
    let said = Said()
    let path = folder.path + "/later/state"
    let file = StateFile(path: path)
    func keep(_ content: [UInt8]) {
      let keeper = keeper
      keeper.keep(content)
      keeper.close(withinS: 10)
    }
    let keeper = StateKeeper(file, found: nil, interval: .zero) { notice in
      said.notices.withLock { $0.append(notice) }
    }
    for n in 1...3 { keep([UInt8(n)]) }
    try FileManager.default.createDirectory(atPath: folder.path + "/later", withIntermediateDirectories: true)
    keep([4])
    keep([5])
    #expect(
      said.notices.withLock(\.self) == [.trouble("\(path).new: No such file or directory"), .recovered])
    #expect(file.read().content == [5])
  }
}
