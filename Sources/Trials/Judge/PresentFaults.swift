import RowTwin

/// What is wrong with the row, and what lately was.
struct PresentFaults: Sendable {
  struct Entry: Sendable {
    var fault: Fault
    var startS: Double
    /// nil while it lasts.
    var endS: Double?
  }
  /// A cause may stay active, and a valve or a level take its time, so long after its fault has gone.
  static let aftermathS = 900.0

  private(set) var entries: [Entry] = []
  init() {}

  mutating func begin(_ fault: Fault, atS: Double) {
    entries.append(Entry(fault: fault, startS: atS, endS: nil))
  }
  /// A trip alone lasts until somebody resets it: it counts as present until the end.
  mutating func end(_ fault: Fault, atS: Double) {
    if case .pumpTrip = fault { return }
    for index in entries.indices where entries[index].fault == fault { entries[index].endS = atS }
  }
  mutating func endAll(atS: Double) {
    for index in entries.indices where entries[index].endS == nil { entries[index].endS = atS }
  }

  /// Those present now or within the aftermath; all of them as long as a latch of theirs has not been reset.
  func recent(atS: Double, isAnyLatched: Bool = false) -> [Entry] {
    entries.filter { $0.endS.map { isAnyLatched || atS - $0 < Self.aftermathS } ?? true }
  }
}
