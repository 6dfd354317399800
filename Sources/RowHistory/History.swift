import Dispatch
import Glibc
import Synchronization

/// The row's memory of what happened, over restarts and power failures. Recording never waits: entries go to a bounded
/// mailbox, a thread of its own writes them. Whatever is wrong with the disk, the daemon goes on; what was lost is
/// counted, and trouble is said once when it begins and once when it ends.
public final class History: Sendable {
  /// Entries waiting for the disk: an hour of a disturbance's worst.
  static let capacity = 4096
  static let fileName = "history.sqlite"

  /// What deserves a word, each once.
  public enum Notice: Sendable, Equatable {
    /// Nothing can be recorded, and why; it is tried again.
    case trouble(String)
    case recovered
    /// A file that could not be read was renamed to this path, and a new one begun.
    case setAside(path: String, reason: String)
    /// Entries that found no room since the start.
    case lost(Int)
  }

  public struct State: Sendable, Equatable {
    public var entries = 0
    public var bytes = 0
    /// Entries that could not be kept since the start.
    public var lost = 0
    /// Why nothing is being recorded; nil while all is well.
    public var trouble: String?
  }

  public struct Unavailable: Error, Sendable, Equatable {
    public let reason: String
  }

  /// Entries on their way to the disk.
  private struct Waiting {
    var entries: [HistoryEntry] = []
    var lost = 0
  }

  /// What only the queue touches. The mutex is never contended: it says so to the compiler.
  private struct Work {
    var file: HistoryFile?
    /// Taken from the mailbox and not yet written.
    var batch: [HistoryEntry] = []
    var retryAt: ContinuousClock.Instant?
    var saidLost = 0
  }

  private let directory: String
  private let bounds: HistoryBounds
  private let say: @Sendable (Notice) -> Void
  private let queue = DispatchQueue(label: "irhx.history", qos: .utility)
  private let waiting = Mutex(Waiting())
  private let work = Mutex(Work())
  private let published = Mutex(State())
  private let isWoken = Atomic<Bool>(false)

  /// - Parameters:
  ///   - directory: where the file is; made if only its last part is missing.
  ///   - say: called on the history's thread.
  public init(
    directory: String, bounds: HistoryBounds = .standard, say: @escaping @Sendable (Notice) -> Void
  ) {
    self.directory = directory
    self.bounds = bounds
    self.say = say
    wake()
  }

  /// Hands entries over, oldest first. Never waits.
  public func record(_ entries: [HistoryEntry]) {
    let isAnyWaiting = waiting.withLock { waiting in
      let room = max(0, Self.capacity - waiting.entries.count)
      waiting.entries += entries.prefix(room)
      waiting.lost += max(0, entries.count - room)
      return !waiting.entries.isEmpty
    }
    if isAnyWaiting || state.trouble != nil { wake() }
  }

  /// Answers on the history's thread, after everything recorded before has been written.
  public func read(_ query: HistoryQuery, reply: @escaping @Sendable (Result<[HistoryEntry], Unavailable>) -> Void) {
    queue.async {
      self.write()
      reply(self.work.withLock { self.answer(query, &$0) })
    }
  }

  public var state: State { published.withLock(\.self) }

  /// Writes what is waiting and closes the file; a disk that hangs is not waited for longer.
  public func close(withinS limitS: Double) {
    let isClosed = DispatchSemaphore(value: 0)
    queue.async {
      self.write()
      self.work.withLock { $0.file = nil }
      isClosed.signal()
    }
    // ignoring: a disk that hangs has been said to be in trouble, or nobody can be told any more.
    _ = isClosed.wait(timeout: .now() + limitS)
  }

  /// Never more than one block waiting, however long the disk takes.
  private func wake() {
    guard !isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
    queue.async {
      self.isWoken.store(false, ordering: .releasing)
      self.write()
    }
  }
}

// MARK: - On the history's thread

extension History {
  private func write() {
    work.withLock { work in
      defer { note(&work) }
      // Twice: what an earlier attempt has left over, then what is waiting.
      for _ in 0..<2 {
        if work.batch.isEmpty {
          work.batch = waiting.withLock { waiting in
            defer { waiting.entries = [] }
            return waiting.entries
          }
        }
        if let retryAt = work.retryAt, retryAt > .now { return }
        do throws(HistoryFile.Fault) {
          try writeBatch(&work)
          work.retryAt = nil
        } catch {
          work.file = nil
          work.retryAt = .now + bounds.retry
          return begin(trouble: error.message)
        }
      }
    }
  }

  /// A damaged file is set aside once; a second one in a row is trouble.
  private func writeBatch(_ work: inout Work) throws(HistoryFile.Fault) {
    do throws(HistoryFile.Fault) {
      try openAndAppend(&work)
    } catch {
      guard error.kind == .damaged else { throw error }
      work.file = nil
      try setAside("\(directory)/\(Self.fileName)", error.message)
      try openAndAppend(&work)
    }
    let (entries, bytes) = (try work.file?.count() ?? 0, try work.file?.bytes() ?? 0)
    let wasTroubled = published.withLock { state in
      defer { state.trouble = nil }
      (state.entries, state.bytes) = (entries, bytes)
      return state.trouble != nil
    }
    if wasTroubled { say(.recovered) }
  }

  private func openAndAppend(_ work: inout Work) throws(HistoryFile.Fault) {
    let file: HistoryFile
    if let open = work.file {
      file = open
    } else {
      if unsafe mkdir(directory, 0o750) != 0 && errno != EEXIST { throw Self.systemFault(directory) }
      file = try HistoryFile(path: "\(directory)/\(Self.fileName)", bounds: bounds)
      work.file = file
    }
    guard !work.batch.isEmpty else { return }
    try file.append(work.batch)
    work.batch = []
  }

  /// One damaged file is kept for whoever wants to look into it; an older one goes.
  private func setAside(_ path: String, _ reason: String) throws(HistoryFile.Fault) {
    let kept = path + ".damaged"
    // The log first: a log without its file is nothing, a file that meets another's log is damaged.
    for suffix in ["-wal", "-shm", ""] {
      if unsafe rename(path + suffix, kept + suffix) != 0 && errno != ENOENT { throw Self.systemFault(path + suffix) }
    }
    say(.setAside(path: kept, reason: reason))
  }

  private static func systemFault(_ path: String) -> HistoryFile.Fault {
    let reason = unsafe String(cString: strerror(errno))
    return HistoryFile.Fault(kind: .other, message: "\(path): \(reason)")
  }

  private func begin(trouble reason: String) {
    let isNew = published.withLock { state in
      defer { state.trouble = reason }
      return state.trouble == nil
    }
    if isNew { say(.trouble(reason)) }
  }

  /// Losses are published at once, and said when writing goes again.
  private func note(_ work: inout Work) {
    let lost = waiting.withLock(\.lost)
    let isWriting = published.withLock { state in
      state.lost = lost
      return state.trouble == nil
    }
    guard isWriting, lost > work.saidLost else { return }
    work.saidLost = lost
    say(.lost(lost))
  }

  private func answer(_ query: HistoryQuery, _ work: inout Work) -> Result<[HistoryEntry], Unavailable> {
    guard let file = work.file else { return .failure(Unavailable(reason: state.trouble ?? "it is closed")) }
    do throws(HistoryFile.Fault) {
      return .success(try file.read(query))
    } catch {
      work.file = nil
      return .failure(Unavailable(reason: error.message))
    }
  }
}
