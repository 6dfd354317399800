/// A quantity over time, drawn with braille dots: two columns and four rows of them in each character. Every column
/// shows from the least to the most that there was in its time, so that a short peak is seen however long the time.
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
    var cells = Array(repeating: UInt8(0), count: width * height)
    func row(_ value: Double) -> Int { rows - 1 - Int(((value - least) * scale).rounded()) }
    for (column, range) in columns.enumerated() {
      guard let range else { continue }
      for dot in row(range.most)...row(range.least) {
        cells[dot / 4 * width + column / 2] |= Self.dot(column % 2, dot % 4)
      }
    }
    return (0..<height).map { line in
      String(
        String.UnicodeScalarView(
          cells[(line * width)..<((line + 1) * width)].compactMap { Unicode.Scalar(0x2800 + UInt32($0)) }))
    }
  }

  /// The bit of a dot in a braille character: dots 1 to 3 and 4 to 6 go down the columns, 7 and 8 stand below.
  private static func dot(_ column: Int, _ row: Int) -> UInt8 {
    row < 3 ? 1 << UInt8(row + 3 * column) : 1 << UInt8(6 + column)
  }
}
