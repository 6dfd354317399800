import CoolingCore

/// One quantity of a recording by the name that people know: a role of the site file, or one of `CycleLayout.Working`.
public struct RecordedColumn: Sendable, Equatable {
  public let name: String
  public let unit: String
  public let column: Int
  /// Where the outcome of its last reading stands; nil: it was decided, not read.
  private let outcome: Int?
  private let isCount: Bool

  /// Every quantity of the run: what is read, what is sent, and the working, in this order.
  public static func all(_ header: RecordingHeader) -> [RecordedColumn] {
    let inputs = header.inputs.sorted { $0.key < $1.key }
      .map { slot, role in
        RecordedColumn(
          name: role.name, unit: role.unit, column: CycleLayout.values + slot, outcome: CycleLayout.outcomes + slot,
          isCount: false)
      }
    let outputs = header.outputs.sorted { $0.key < $1.key }
      .map { slot, role in
        RecordedColumn(
          name: role.name, unit: role.unit, column: CycleLayout.demands + slot, outcome: nil,
          isCount: slot < Capacity.pumps || slot >= OutputSlot.permit(0))
      }
    let working = CycleLayout.Working.all.map {
      RecordedColumn(name: $0.name, unit: "", column: CycleLayout.working + $0.rawValue, outcome: nil, isCount: false)
    }
    return inputs + outputs + working
  }

  public func value(_ words: [UInt64]) -> Double? {
    if let outcome, words[outcome] == UInt64(Signal.Outcome.never.rawValue) { return nil }
    return value(words[column])
  }

  public func value(_ block: CycleBlock, row: Int) -> Double? {
    if let outcome, block.word(outcome, row: row) == UInt64(Signal.Outcome.never.rawValue) { return nil }
    return value(block.word(column, row: row))
  }

  public func value(_ word: UInt64) -> Double? {
    guard word != CycleLayout.none else { return nil }
    return isCount ? Double(word) : Double(bitPattern: word)
  }

  /// What a word of a decision is, for a report: its name and its value as text.
  public static func describe(_ column: Int, _ word: UInt64, _ header: RecordingHeader) -> (name: String, text: String)
  {
    if let known = all(header).first(where: { $0.column == column }) {
      return (known.name, known.value(word).map { "\($0) \(known.unit)" } ?? "none")
    }
    let places = [
      (CycleLayout.events, "event"), (CycleLayout.eventCount, "number of events"), (CycleLayout.driven, "driven"),
      (CycleLayout.reason, "reason of the mode"), (CycleLayout.mode, "mode"), (CycleLayout.owners, "owner of actuator"),
      (CycleLayout.demands, "demand of slot"),
    ]
    let place = places.first { column >= $0.0 } ?? (CycleLayout.cycle, "input word")
    return ("\(place.1) \(column - place.0)", String(word))
  }
}
