/// A quantity over time, drawn with braille dots. Every column shows from the least to the most that there was in its
/// time, so that a short peak is seen however long the time.
struct Chart {
  /// Characters.
  let width: Int
  let height: Int
  /// Least and most by column of dots; nil where nothing is known.
  private var columns: [(least: Double, most: Double)?]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    columns = Array(repeating: nil, count: 2 * width)
  }

  /// - Parameter position: 0 ..< 1 from the left.
  mutating func add(_ value: Double, at position: Double) {
    guard value.isFinite, position >= 0, position < 1 else { return }
    let column = Int(position * Double(columns.count))
    guard let known = columns[column] else {
      columns[column] = (value, value)
      return
    }
    columns[column] = (min(known.least, value), max(known.most, value))
  }

  /// nil where there is nothing to draw.
  var bounds: (least: Double, most: Double)? {
    let known = columns.compactMap(\.self)
    guard let least = known.map(\.least).min(), let most = known.map(\.most).max() else { return nil }
    return (least, most)
  }

  /// From the top.
  var lines: [String] {
    guard let (least, most) = bounds else { return Array(repeating: "", count: height) }
    let rows = 4 * height
    let scale = most > least ? Double(rows - 1) / (most - least) : 0
    var braille = Braille(width: width, height: height)
    func row(_ value: Double) -> Int { rows - 1 - Int(((value - least) * scale).rounded()) }
    for (column, range) in columns.enumerated() {
      guard let range else { continue }
      for dot in row(range.most)...row(range.least) { braille.dot(column: column, row: dot) }
    }
    return braille.lines
  }
}
