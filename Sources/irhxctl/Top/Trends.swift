import RowAPI

/// What the row's chief measurements did since the program started, an hour at most: one mean a second.
struct Trends {
  static let secondsMax = 3600
  /// Time shown, s: the least of these that holds all there is.
  private static let spans = [60, 120, 300, 600, 1800, 3600]

  let lines: [Line]
  private(set) var samples: [[Double?]]
  private var startS: Int?
  private var sums: [(sum: Double, count: Int)]

  /// One line of the trend.
  struct Line: Sendable {
    let name: String
    let decimals: Int
    /// Less than this is drawn flat: noise is no trend.
    let rangeMin: Double
    let value: @Sendable (RowState) -> Double?
  }

  static let supply = Line(name: "supply", decimals: 1, rangeMin: 1) { $0.supplyC }
  static let dp = Line(name: "dP", decimals: 1, rangeMin: 5) { $0.dpKpa }
  static let flow = Line(name: "flow", decimals: 0, rangeMin: 20) { $0.flowLpm }
  static let heat = Line(name: "heat", decimals: 0, rangeMin: 20) { $0.heatKw }

  init(_ lines: [Line] = [supply, dp, flow, heat]) {
    self.lines = lines
    samples = lines.map { _ in [] }
    sums = lines.map { _ in (0, 0) }
  }

  /// Adds a state that came at `nowS`, in seconds that never go back. Seconds without any are gaps.
  mutating func add(_ state: RowState, nowS: Double) {
    let second = Int(nowS)
    if startS == nil { startS = second }
    advance(to: second)
    for i in lines.indices {
      guard let value = lines[i].value(state) else { continue }
      sums[i] = (sums[i].sum + value, sums[i].count + 1)
      samples[i][samples[i].count - 1] = sums[i].sum / Double(sums[i].count)
    }
  }

  /// Time goes on, with a state or without.
  mutating func advance(to second: Int) {
    guard let startS else { return }
    let missing = second - startS + 1 - samples[0].count
    guard missing > 0 else { return }
    for i in lines.indices {
      samples[i] += Array(repeating: nil, count: min(missing, Self.secondsMax))
      sums[i] = (0, 0)
      let excess = samples[i].count - Self.secondsMax
      if excess > 0 { samples[i].removeFirst(excess) }
    }
    self.startS = second + 1 - samples[0].count
  }

  var spanS: Int { Self.spans.first { $0 >= samples[0].count } ?? Self.secondsMax }

  /// The last `spanS` seconds as `count` means, the newest last; nil where nothing was known.
  func means(_ line: Int, count: Int) -> [Double?] {
    let all = samples[line]
    let first = all.count - spanS
    return (0..<count).map { column in
      let range = (first + column * spanS / count)..<(first + (column + 1) * spanS / count)
      let known = range.clamped(to: 0..<all.count).compactMap { all[$0] }
      // A column narrower than a second repeats the second it lies in.
      guard !range.isEmpty else { return all.indices.contains(range.lowerBound) ? all[range.lowerBound] : nil }
      return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
  }

  /// Least and most in the time shown.
  func range(_ line: Int) -> ClosedRange<Double>? {
    let known = samples[line].compactMap(\.self)
    guard let low = known.min(), let high = known.max() else { return nil }
    return low...high
  }

  /// `columns` by `rows` characters of braille, the top row first. The scale is from the least to the most, and no less
  /// than the line's smallest range.
  func braille(_ line: Int, columns: Int, rows: Int) -> [String] {
    var braille = Braille(width: columns, height: rows)
    let range = range(line) ?? 0...0
    let lowest = rows * 4 - 1
    let height = max(range.upperBound - range.lowerBound, lines[line].rangeMin)
    // A flat curve lies on a dot, not between two, where noise would make it jump.
    let isFlat = range.upperBound - range.lowerBound < lines[line].rangeMin
    let share = isFlat ? Double(lowest / 2) / Double(lowest) : 0.5
    let floor = (range.lowerBound + range.upperBound) / 2 - height * share
    var last: Int?
    for (x, mean) in means(line, count: columns * 2).enumerated() {
      guard let mean else {
        last = nil
        continue
      }
      let level = lowest - min(max(Int(((mean - floor) / height * Double(lowest)).rounded()), 0), lowest)
      // A step is drawn from where the curve was, so that it stays one.
      for fromTop in min(level, last ?? level)...max(level, last ?? level) where fromTop == level || fromTop != last {
        braille.dot(column: x, row: fromTop)
      }
      last = level
    }
    return braille.lines
  }
}
