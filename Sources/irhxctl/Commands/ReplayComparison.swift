import CoolingCore
import FlightRecorder
import RowAPI

/// What was sent beside what would have been, output by output.
final class Comparison {
  private struct Output {
    var column: RecordedColumn
    var differing = 0
    /// Of the last cycle, and sums of all.
    var last = (recorded: 0.0, computed: 0.0)
    var sum = (recorded: 0.0, computed: 0.0)
    var most = 0.0
    var mostAtCycle: UInt64 = 0
  }

  private var outputs: [Output] = []
  private var cycles = 0
  private var modes = 0
  private var last: (timeMs: Int64, cycle: UInt64, recorded: UInt64, computed: UInt64)?
  private var causes: (recorded: Set<String>, computed: Set<String>) = ([], [])

  func begin(_ header: RecordingHeader) {
    let columns = RecordedColumn.all(header)
      .filter { $0.column >= CycleLayout.demands && $0.column < CycleLayout.owners }
    guard columns != outputs.map(\.column) else { return }
    (cycles, modes) = (0, 0)
    outputs = columns.map { Output(column: $0) }
  }

  func take(_ recorded: [UInt64], _ computed: [UInt64]) {
    noteCauses(recorded, \.recorded)
    noteCauses(computed, \.computed)
    last = (
      Int64(bitPattern: recorded[CycleLayout.timeMs]), recorded[CycleLayout.cycle], recorded[CycleLayout.mode],
      computed[CycleLayout.mode]
    )
    // Until the plant is known nothing is sent.
    guard recorded[CycleLayout.driven] & 1 == 1, computed[CycleLayout.driven] & 1 == 1 else {
      for index in outputs.indices { outputs[index].last = (0, 0) }
      return
    }
    cycles += 1
    if recorded[CycleLayout.mode] != computed[CycleLayout.mode] { modes += 1 }
    for index in outputs.indices {
      let column = outputs[index].column
      guard let was = column.value(recorded), let would = column.value(computed) else { continue }
      outputs[index].last = (was, would)
      outputs[index].sum.recorded += was
      outputs[index].sum.computed += would
      if was != would { outputs[index].differing += 1 }
      if abs(would - was) > outputs[index].most {
        (outputs[index].most, outputs[index].mostAtCycle) = (abs(would - was), recorded[CycleLayout.cycle])
      }
    }
  }

  private func noteCauses(
    _ words: [UInt64], _ set: WritableKeyPath<(recorded: Set<String>, computed: Set<String>), Set<String>>
  ) {
    for event in CycleWords.events(words) where event.kind == .causeActivated {
      if let instance = event.instance { causes[keyPath: set].insert(instance.text) }
    }
  }

  /// The last cycle, and in which mode.
  private var position: String {
    guard let last else { return "no cycle to begin with yet" }
    let mode = RecordedNames.mode(last.recorded)
    let text = "\(WireTime.text(ms: last.timeMs)) cycle \(last.cycle): \(mode)"
    return last.computed == last.recorded ? text : "\(text), would be \(RecordedNames.mode(last.computed))"
  }

  /// The last cycle in a line.
  var line: String {
    let apart = outputs.filter { $0.last.recorded != $0.last.computed }
    let text = "\(position); \(apart.count) of \(outputs.count) outputs would differ"
    guard let most = apart.max(by: { Self.apart($0) < Self.apart($1) }) else { return text }
    return text + ", most \(most.column.name): \(Figure.text(most.last.recorded)) sent, "
      + "\(Figure.text(most.last.computed)) else"
  }

  private static func apart(_ output: Output) -> Double { abs(output.last.computed - output.last.recorded) }

  /// - Parameter asOfMs: the recording goes on, and this is now; nil: it was read to its end.
  func lines(_ path: String, _ site: String, _ result: Replay.Result, asOfMs: Int64? = nil) -> [String] {
    let count = Double(max(cycles, 1))
    var columns: [(title: String, text: (Output) -> String)] = [
      ("mean sent", { Figure.text($0.sum.recorded / count, decimals: 2) }),
      ("mean else", { Figure.text($0.sum.computed / count, decimals: 2) }),
      ("most apart", { Figure.text($0.most, decimals: 2) }), ("at cycle", { "\($0.mostAtCycle)" }),
    ]
    if asOfMs != nil {
      columns.removeLast()
      columns.insert(("sent", { Figure.text($0.last.recorded, decimals: 2) }), at: 0)
      columns.insert(("else", { Figure.text($0.last.computed, decimals: 2) }), at: 1)
    }
    let width = 55 / columns.count
    var lines = ["\(path): what \(site) would have decided", "OPEN LOOP: the plant did not follow it."]
    if let asOfMs, let last {
      let age = Figure.text(Double(max(0, asOfMs - last.timeMs)) / 1000, decimals: 0)
      lines.append("\(position), \(age) s ago")
    }
    lines += [
      "\(cycles) cycles compared, \(modes) in another mode, \(result.skipped) without a state to begin with",
      "", "output".left(25) + columns.map { $0.title.right(width) }.joined(),
    ]
    for output in outputs where output.differing > 0 {
      lines.append(output.column.name.left(25) + columns.map { $0.text(output).right(width) }.joined())
    }
    let same = outputs.count { $0.differing == 0 }
    lines.append("\(same) of \(outputs.count) outputs would have been the same")
    let (missing, new) = (causes.recorded.subtracting(causes.computed), causes.computed.subtracting(causes.recorded))
    if !missing.isEmpty { lines.append("would not have come: \(missing.sorted().joined(separator: ", "))") }
    if !new.isEmpty { lines.append("would have come: \(new.sorted().joined(separator: ", "))") }
    return lines
  }
}
