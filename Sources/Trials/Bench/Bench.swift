public import RowConfig

/// Measures what the project promises in figures, and what it reports: simulation speed, the cost of a decision, the
/// loop's punctuality, the daemon's share of a machine, a bus transaction. Whatever depends on the machine is measured
/// beside a floor in the same run, and judged by the ratio.
public struct Bench: Sendable {
  /// Counts heap requests of the calling thread; the probe belongs to the program, not to this library.
  public struct HeapProbe: Sendable {
    public var arm: @Sendable () -> Void
    public var disarm: @Sendable () -> Int
    public init(arm: @escaping @Sendable () -> Void, disarm: @escaping @Sendable () -> Int) {
      self.arm = arm
      self.disarm = disarm
    }
  }

  public let loaded: LoadedSite
  /// The largest row that is shipped; nil: what is measured at its size is left out.
  public var largest: LoadedSite?
  /// The row with the most devices; nil: it is left out.
  public var large: LoadedSite?
  /// A tenth of the work: for a look, not for the record.
  public let isQuick: Bool
  public let heap: HeapProbe
  /// Where `irhxd`, `irhx-sim` and `irhxctl` are.
  public let programFolder: String
  /// Says what is being measured now.
  public let progress: @Sendable (String) -> Void

  public init(
    _ loaded: LoadedSite, isQuick: Bool, heap: HeapProbe, programFolder: String,
    progress: @escaping @Sendable (String) -> Void
  ) {
    self.loaded = loaded
    self.isQuick = isQuick
    self.heap = heap
    self.programFolder = programFolder
    self.progress = progress
  }

  /// Only the core's step with a plan.
  public func runPrediction(command: String) throws -> BenchReport {
    var report = BenchReport(command: command)
    try measurePrediction(into: &report)
    return report
  }

  /// Only the flight recorder.
  public func runRecorder(command: String) throws -> BenchReport {
    var report = BenchReport(command: command)
    try measureRecorder(into: &report)
    return report
  }

  /// Measures everything, or the field layer only, one thing after the other.
  public func run(command: String, isFieldOnly: Bool = false) throws -> BenchReport {
    var report = BenchReport(command: command)
    try measureField(into: &report)
    if isFieldOnly { return report }
    try measureSpeed(into: &report)
    try measureDecision(into: &report)
    measurePID(into: &report)
    try measurePrediction(into: &report)
    try measureRecorder(into: &report)
    try measureBus(into: &report)
    try measureJitter(into: &report)
    try measureDaemon(into: &report)
    return report
  }
}

/// One line of the table.
public struct BenchRow: Sendable {
  public enum Verdict: Sendable, Equatable {
    case reached, reported
    /// With what is known of the reason.
    case missed(String)
    /// Not measured, and why.
    case leftOut(String)
  }
  public var what: String
  public var figure: String
  /// What it is compared with, measured in the same run.
  public var floor: String
  public var target: String
  public var verdict: Verdict

  init(_ what: String, _ figure: String, floor: String = "", target: String = "", _ verdict: Verdict = .reported) {
    self.what = what
    self.figure = figure
    self.floor = floor
    self.target = target
    self.verdict = verdict
  }
}

/// Sorted measurements.
struct Samples {
  private let sorted: [Double]

  init(_ values: [Double]) { sorted = values.sorted() }

  var count: Int { sorted.count }
  var isEmpty: Bool { sorted.isEmpty }
  var median: Double { percentile(50) }
  var least: Double { sorted.first ?? 0 }
  var most: Double { sorted.last ?? 0 }

  /// Nearest rank.
  func percentile(_ share: Double) -> Double {
    guard !sorted.isEmpty else { return 0 }
    let rank = (share / 100 * Double(sorted.count)).rounded(.up)
    return sorted[min(max(Int(rank) - 1, 0), sorted.count - 1)]
  }
}

/// `value` with so many decimals, and its thousands apart.
func number(_ value: Double, _ count: Int = 0) -> String {
  let text = decimals(value, count)
  let sign = text.hasPrefix("-") ? "-" : ""
  let parts = text.dropFirst(sign.count).split(separator: ".")
  guard let whole = Int(parts[0]) else { return "\(value)" }
  return sign + ([grouped(whole)] + parts.dropFirst().map(String.init)).joined(separator: ".")
}

/// Thousands apart by a comma.
private func grouped(_ whole: Int) -> String {
  guard whole >= 1000 else { return String(whole) }
  let last = String(whole % 1000)
  return grouped(whole / 1000) + "," + String(repeating: "0", count: 3 - last.count) + last
}
