import CSQLite

/// The history's database file: one table, the oldest entries go first. Used by one thread at a time.
///
/// Write-ahead logging with synchronous=NORMAL: a killed process loses nothing that was committed, a power failure at
/// most the last seconds, and neither harms the file (sqlite.org/wal.html, section 3).
final class HistoryFile {
  /// Format of the table; a file of another format is set aside like a damaged one.
  static let version = 1
  /// 'irhx': what file(1) shows.
  static let applicationID = 0x6972_6878
  /// Entries deleted in one transaction: keeps the write-ahead log small.
  static let trimChunk: Int64 = 4096
  static let trimChunksMax = 64

  struct Fault: Error, Equatable {
    enum Kind { case full, damaged, other }
    var kind: Kind
    var message: String
  }

  private let database: Database
  private let bounds: HistoryBounds
  private let insertion: Statement
  private let selection: Statement

  /// Opens or creates the file and looks through it once. After a throw nothing is left open.
  init(path: String, bounds: HistoryBounds) throws(Fault) {
    self.bounds = bounds
    database = try Database(path: path)
    try database.execute(
      """
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA journal_size_limit = \(HistoryBounds.logBytesMax);
      PRAGMA max_page_count = \(bounds.databaseBytesMax / 4096);
      """)
    guard try database.text("PRAGMA quick_check(1)") == "ok" else {
      throw Fault(kind: .damaged, message: "the database is not sound")
    }
    switch try database.number("PRAGMA user_version") {
    case Int64(Self.version): break
    case 0: try database.execute(Self.schema)
    case let other: throw Fault(kind: .damaged, message: "the database has format \(other), not \(Self.version)")
    }
    insertion = try database.prepare(
      """
      INSERT INTO event (time_ms, cycle, kind, cause, subject, value, "limit", unit, priority, who, reason)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
      """)
    selection = try database.prepare(
      """
      SELECT id, time_ms, cycle, kind, cause, subject, value, "limit", unit, priority, who, reason FROM event
      WHERE id < ?1 AND time_ms >= ?2 AND time_ms < ?3 AND (?4 IS NULL OR cause = ?4) AND (?5 IS NULL OR subject = ?5)
      ORDER BY id DESC LIMIT ?6
      """)
  }

  private static let schema = """
    BEGIN;
    CREATE TABLE event (
      id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, cycle INTEGER NOT NULL, kind TEXT NOT NULL,
      cause TEXT, subject TEXT, value REAL, "limit" REAL, unit TEXT, priority TEXT, who TEXT, reason TEXT
    ) STRICT;
    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(version);
    COMMIT;
    """

  /// Adds all of them or, when it throws, none; then the oldest make room.
  func append(_ entries: some Sequence<HistoryEntry>) throws(Fault) {
    try database.execute("BEGIN IMMEDIATE")
    do throws(Fault) {
      for entry in entries { try insert(entry) }
      try database.execute("COMMIT")
    } catch {
      // ignoring: most failures have ended the transaction already.
      do throws(Fault) { try database.execute("ROLLBACK") } catch {}
      throw error
    }
    try trim()
  }

  private func insert(_ entry: HistoryEntry) throws(Fault) {
    defer { insertion.reset() }
    insertion.bind(1, entry.timeMs)
    insertion.bind(2, Int64(clamping: entry.cycle))
    insertion.bind(3, entry.kind.rawValue)
    insertion.bind(4, entry.cause)
    insertion.bind(5, entry.subject)
    insertion.bind(6, entry.value)
    insertion.bind(7, entry.limit)
    insertion.bind(8, entry.unit)
    insertion.bind(9, entry.priority)
    insertion.bind(10, entry.who)
    insertion.bind(11, entry.reason)
    _ = try insertion.step()
  }

  /// The newest first; entries of a kind that this program does not know are left out.
  func read(_ query: HistoryQuery) throws(Fault) -> [HistoryEntry] {
    defer { selection.reset() }
    selection.bind(1, query.before ?? .max)
    selection.bind(2, query.sinceMs ?? .min)
    selection.bind(3, query.untilMs ?? .max)
    selection.bind(4, query.cause)
    selection.bind(5, query.subject)
    selection.bind(6, Int64(min(max(query.limit, 1), HistoryQuery.limitMax)))
    var entries: [HistoryEntry] = []
    while try selection.step() {
      guard let kind = selection.text(3).flatMap(HistoryEntry.Kind.init) else { continue }
      var entry = HistoryEntry(
        timeMs: selection.number(1), cycle: UInt64(clamping: selection.number(2)), kind: kind,
        cause: selection.text(4), subject: selection.text(5), value: selection.real(6), limit: selection.real(7),
        unit: selection.text(8), priority: selection.text(9), who: selection.text(10), reason: selection.text(11))
      entry.id = selection.number(0)
      entries.append(entry)
    }
    return entries
  }

  /// How many entries there are. Their ids have no gaps: only the oldest are ever deleted.
  func count() throws(Fault) -> Int {
    Int(try database.number("SELECT coalesce(max(id) - min(id) + 1, 0) FROM event"))
  }

  /// Bytes in use, without the write-ahead log.
  func bytes() throws(Fault) -> Int {
    let pages = try database.number("PRAGMA page_count") - database.number("PRAGMA freelist_count")
    return Int(try pages * database.number("PRAGMA page_size"))
  }

  /// A tenth of the file stays free, so that a batch never meets the page limit.
  private func trim() throws(Fault) {
    for _ in 0..<Self.trimChunksMax {
      let excess = Int64(try count() - bounds.entriesMax)
      let isLarge = try bytes() > bounds.databaseBytesMax / 10 * 9
      guard excess > 0 || isLarge else { return }
      let chunk = max(min(excess, Self.trimChunk), isLarge ? min(Int64(try count() / 16 + 1), Self.trimChunk) : 0)
      try database.execute("DELETE FROM event WHERE id < (SELECT min(id) FROM event) + \(chunk)")
    }
  }
}

/// How much is kept.
public struct HistoryBounds: Sendable {
  public var entriesMax: Int
  /// Of the database file with its write-ahead log.
  public var bytesMax: Int
  /// The write-ahead log is cut back to this.
  static let logBytesMax = 4 << 20
  var databaseBytesMax: Int { max(bytesMax - Self.logBytesMax, 1 << 20) }
  /// Between attempts to write when something is in the way.
  public var retry: Duration

  /// Years of a calm row, months of a restless one with 5,000 entries a day.
  public static let standard = HistoryBounds(entriesMax: 1_000_000, bytesMax: 200 << 20, retry: .seconds(30))

  public init(entriesMax: Int, bytesMax: Int, retry: Duration) {
    self.entriesMax = entriesMax
    self.bytesMax = bytesMax
    self.retry = retry
  }
}
