import CoolingCore
import RowTwin

/// A virtual row in one line: what is true, what the controller reads, what it sends, what it complains of.
public enum RowLine {
  private static let columns: [(name: String, width: Int)] = [
    ("time_s", 8), ("mode", 9), ("supply_c", 9), ("read_c", 7), ("return_c", 9), ("heat_kw", 8), ("flow_lpm", 9),
    ("dp_kpa", 7), ("pumps", 6), ("pump_%", 7), ("fan_%", 6), ("chip_c", 7), ("  alarms", 0),
  ]

  public static var header: String { line(columns.map(\.name)) }

  public static func text(_ row: VirtualRow) -> String {
    let truth = row.truth
    let core = row.core
    let running = (0..<core.settings.pumpCount).filter { core.actuation.demand.pumps[$0].run }
    let read = core.measurements.supplyTemperature.value.map { number($0.celsius, 2) } ?? "-"
    return line([
      String(Int(row.seconds)), "\(core.mode)", number(truth.supplyTemperatureC, 2), read,
      number(truth.returnTemperatureC, 1), number(truth.rackPowerKw.reduce(0, +)), number(truth.rowFlowLpm),
      number(truth.manifoldDpKpa), String(running.count),
      number(running.map { core.actuation.demand.pumps[$0].speed }.max() ?? 0, 1),
      number(core.actuation.demand.fans[0], 1), number(truth.chipTemperatureC.max() ?? 0, 1), "  " + alarms(core),
    ])
  }

  /// The causes that are active, by name.
  private static func alarms(_ core: ControlCycle) -> String {
    var names: [String] = []
    core.interlocks.forEach(core.settings) { cause, index, state in
      guard state.isActive else { return }
      names.append(cause.scope == .row ? "\(cause)" : "\(cause).\(index + 1)")
    }
    return names.isEmpty ? "-" : names.joined(separator: " ")
  }

  private static func line(_ words: [String]) -> String {
    zip(columns, words).map { column, word in
      String(repeating: " ", count: max(0, column.width - word.count)) + word
    }.joined()
  }
}
