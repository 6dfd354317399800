internal import CSQLite

/// A connection to a SQLite file; closed when its last statement goes. The handle does not leave this file.
@safe final class Database {
  private let handle: OpaquePointer

  init(path: String) throws(HistoryFile.Fault) {
    var opened: OpaquePointer?
    let outcome = unsafe cq_open(path, &opened)
    guard let handle = unsafe opened else { throw HistoryFile.Fault(kind: .other, message: "out of memory") }
    unsafe self.handle = handle
    if outcome != CQ_DONE { throw fault(outcome) }
  }

  deinit { unsafe cq_close(handle) }

  /// One or more statements; what they return is not looked at.
  func execute(_ sql: String) throws(HistoryFile.Fault) {
    let outcome = unsafe cq_execute(handle, sql)
    if outcome != CQ_DONE { throw fault(outcome) }
  }

  func prepare(_ sql: String) throws(HistoryFile.Fault) -> Statement {
    var prepared: OpaquePointer?
    let outcome = unsafe cq_prepare(handle, sql, &prepared)
    guard outcome == CQ_DONE, let statement = unsafe prepared else { throw fault(outcome) }
    return unsafe Statement(statement, of: self)
  }

  /// The first column of the only row.
  func number(_ sql: String) throws(HistoryFile.Fault) -> Int64 {
    let statement = try prepare(sql)
    return try statement.step() ? statement.number(0) : 0
  }

  func text(_ sql: String) throws(HistoryFile.Fault) -> String? {
    let statement = try prepare(sql)
    return try statement.step() ? statement.text(0) : nil
  }

  func fault(_ outcome: cq_outcome) -> HistoryFile.Fault {
    let message = unsafe String(cString: cq_message(handle))
    return switch outcome {
    case CQ_FULL: HistoryFile.Fault(kind: .full, message: message)
    case CQ_DAMAGED: HistoryFile.Fault(kind: .damaged, message: message)
    default: HistoryFile.Fault(kind: .other, message: message)
    }
  }
}

/// A prepared statement. Parameters count from 1, columns from 0, as in SQLite.
@safe final class Statement {
  private let handle: OpaquePointer
  private let database: Database

  fileprivate init(_ handle: OpaquePointer, of database: Database) {
    unsafe self.handle = handle
    self.database = database
  }

  deinit { unsafe cq_finalize(handle) }

  func bind(_ index: Int32, _ value: Int64) { unsafe cq_bind_int(handle, index, value) }
  func bind(_ index: Int32, _ text: String?) { unsafe cq_bind_text(handle, index, text) }
  func bind(_ index: Int32, _ value: Double?) {
    if let value { unsafe cq_bind_double(handle, index, value) } else { unsafe cq_bind_null(handle, index) }
  }

  /// Whether there is a row.
  func step() throws(HistoryFile.Fault) -> Bool {
    let outcome = unsafe cq_step(handle)
    guard outcome == CQ_ROW || outcome == CQ_DONE else { throw database.fault(outcome) }
    return outcome == CQ_ROW
  }

  func reset() { unsafe cq_reset(handle) }

  func number(_ column: Int32) -> Int64 { unsafe cq_column_int(handle, column) }
  func text(_ column: Int32) -> String? { unsafe cq_column_text(handle, column).map { unsafe String(cString: $0) } }
  func real(_ column: Int32) -> Double? {
    unsafe cq_column_is_null(handle, column) != 0 ? nil : unsafe cq_column_double(handle, column)
  }
}
