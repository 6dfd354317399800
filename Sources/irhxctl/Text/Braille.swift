/// Dots drawn with braille characters, two columns and four rows of them in each.
struct Braille {
  private let width: Int
  private var cells: [UInt8]

  /// - Parameters: size in characters.
  init(width: Int, height: Int) {
    self.width = width
    cells = Array(repeating: 0, count: width * height)
  }

  /// - Precondition: it lies inside; `row` counts from the top.
  mutating func dot(column: Int, row: Int) { cells[row / 4 * width + column / 2] |= Self.bit(column % 2, row % 4) }

  /// From the top.
  var lines: [String] {
    stride(from: 0, to: cells.count, by: width).map { start in
      let scalars = cells[start..<(start + width)].compactMap { Unicode.Scalar(0x2800 + UInt32($0)) }
      return String(String.UnicodeScalarView(scalars))
    }
  }

  /// Dots 1 to 3 and 4 to 6 go down the columns, 7 and 8 stand below.
  private static func bit(_ column: Int, _ row: Int) -> UInt8 {
    row < 3 ? 1 << UInt8(row + 3 * column) : 1 << UInt8(6 + column)
  }
}
