import CoolingCore
import FlightRecorder
import Glibc
import RowConfig
import RowRuntime
import RowTwin
import Trials

/// A folder that is gone with the test.
final class Folder {
  let path: String
  init() {
    path = "/tmp/irhx-flight-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    unsafe mkdir(path, 0o700)
  }
  var files: [String] { Folder.names(path).map { "\(path)/\($0)" } }
  static func names(_ path: String) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      names.append(
        unsafe withUnsafePointer(to: &entry.pointee.d_name) {
          unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        })
    }
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }
  deinit {
    for file in files { unsafe unlink(file) }
    unsafe rmdir(path)
  }
}

/// The demonstration row on the virtual clock, with a recorder that writes to a folder of the test.
struct RecordedRow {
  static let config = #filePath.replacing("Tests/FlightRecorderTests/Support.swift", with: "config")
  let folder: Folder
  let row: VirtualRow
  let recorder: FlightRecorder
  var path: String { folder.path }

  static func site(_ name: String = "demo") throws -> LoadedSite {
    try SiteLoader.load(path: "\(config)/row.\(name).yaml", profileDirectories: ["\(config)/profiles"])
  }

  init(
    _ name: String = "demo", bytesMax: Int = 64 << 20, mode: Site.Control.Mode = .pid, folder: Folder = Folder()
  ) throws {
    self.folder = folder
    var loaded = try Self.site(name)
    loaded.site.control.mode = mode
    let header = RecordingHeader(loaded, roles: RoleMap(site: loaded.site))
    recorder = FlightRecorder(folder: folder.path, bytesMax: bytesMax, header: header)
    row = try VirtualRow(loaded, seed: 3, load: .aiMix, recorder: recorder.mailbox)
    row.twin.settle(loadPercent: 60)
  }

  /// Runs with the recorder keeping pace.
  func run(cycles: Int) {
    for cycle in 0..<cycles {
      row.step()
      if cycle % 32 == 31 { recorder.drain() }
    }
    recorder.drain()
  }
}

/// Everything of a recording.
struct Contents {
  var headers: [RecordingHeader] = []
  var checkpoints = 0
  var blocks: [CycleBlock] = []
  var cycles: [UInt64] { blocks.flatMap { block in (0..<block.count).map { block.word(CycleLayout.cycle, row: $0) } } }

  init(_ path: String) throws {
    try Recording(path: path).read { piece in
      switch piece {
      case .header(let header): headers.append(header)
      case .checkpoint: checkpoints += 1
      case .cycles(let block): blocks.append(block)
      }
    }
  }
}

func replay(_ path: String, settings: Settings? = nil) throws -> Replay.Result {
  let replay = Replay(settings: settings)
  try Recording(path: path).read(replay.take)
  return replay.result
}
