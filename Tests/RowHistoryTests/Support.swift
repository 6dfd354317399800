import Foundation
import Synchronization
import Testing

@testable import RowHistory

/// A history in a folder of its own, with what it said.
final class Bench {
  let folder: URL
  private let said = Said()

  final class Said: Sendable {
    let notices = Mutex<[History.Notice]>([])
  }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "irhx-history-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    // ignoring: what cannot be removed from the folder for temporary files is removed by the system.
    try? FileManager.default.removeItem(at: folder)
  }

  var notices: [History.Notice] { said.notices.withLock(\.self) }
  var file: String { folder.appending(path: History.fileName).path }

  func history(_ directory: String? = nil, _ bounds: HistoryBounds = .test) -> History {
    History(directory: directory ?? folder.path, bounds: bounds) { [said] notice in
      said.notices.withLock { $0.append(notice) }
    }
  }
}

extension HistoryBounds {
  /// Without a pause before it is tried again.
  static let test = HistoryBounds(entriesMax: 1_000_000, bytesMax: 200 << 20, retry: .zero)
}

extension History {
  /// Everything recorded before has been dealt with when this returns.
  func entries(_ query: HistoryQuery = HistoryQuery(limit: 500)) throws -> [HistoryEntry] {
    let answer = Mutex<Result<[HistoryEntry], Unavailable>?>(nil)
    let isThere = DispatchSemaphore(value: 0)
    read(query) { result in
      answer.withLock { $0 = result }
      isThere.signal()
    }
    isThere.wait()
    let result = answer.withLock(\.self)
    return try #require(result).get()
  }
}

/// The nth of a long series, an alarm each second.
func entry(_ n: Int, cause: String? = "PUMP_FAULT", reason: String? = nil) -> HistoryEntry {
  HistoryEntry(
    timeMs: 1_800_000_000_000 + Int64(n) * 1000, cycle: UInt64(n), kind: .alarmRaised, cause: cause,
    subject: "pump.\(n % 4 + 1)", value: Double(n) / 3, limit: nil, unit: "°C", priority: "high", reason: reason)
}
