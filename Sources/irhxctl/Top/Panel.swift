/// A list of equipment in a part of the screen. Its lines come in several forms, the widest first; shown is the widest
/// in which all fit, in columns, else the narrowest, of which the part around the selection.
struct Panel {
  struct Row {
    /// nil: it cannot be selected.
    var item: TopItem?
    /// One text a form.
    var texts: [String]
    var ink = Ink.plain
  }

  /// One a form; each text of that form is as wide.
  var headings: [String]
  var rows: [Row]

  /// Lines that the widest form wants.
  var lines: Int { rows.count }

  /// One cell before each text is for the mark of the selection.
  private func columns(_ form: Int, _ width: Int) -> Int { max(1, width / (headings[form].count + 1)) }

  private func form(_ width: Int, _ height: Int) -> Int {
    let fitting = headings.indices.first { form in
      headings[form].count < width && columns(form, width) * height >= rows.count
    }
    return fitting ?? headings.count - 1
  }

  /// Draws the heading and `height` lines below it.
  func draw(on canvas: inout Canvas, x: Int, y: Int, width: Int, height: Int, selected: TopItem?) {
    guard height > 0, !headings.isEmpty else { return }
    let form = form(width, height)
    let columns = columns(form, width)
    let capacity = columns * height
    let index = rows.firstIndex { $0.item != nil && $0.item == selected }
    let first = rows.count <= capacity ? 0 : min(max((index ?? 0) - capacity / 2, 0), rows.count - capacity)
    let shown = rows[first..<min(first + capacity, rows.count)]
    let columnWidth = headings[form].count + 1
    for column in 0..<columns where column * height < shown.count {
      canvas.put(headings[form], x + column * columnWidth + 1, y, .bold, limit: width - column * columnWidth - 1)
    }
    for (offset, row) in shown.enumerated() {
      let left = x + offset / height * columnWidth
      let isSelected = row.item != nil && row.item == selected
      var ink = row.ink
      if isSelected { ink.isReverse = true }
      canvas.put((isSelected ? "▶" : " ") + row.texts[form], left, y + 1 + offset % height, ink, limit: width)
    }
    // Said on the first and last line's edge, where the text has least to lose.
    if first > 0 { canvas.put("▲", x + width - 1, y + 1, .bold) }
    if first + capacity < rows.count { canvas.put("▼", x + width - 1, y + height, .bold) }
  }

  /// A share of 100 as blocks, to an eighth of one.
  static func bar(_ percent: Double?, _ width: Int) -> String {
    let eighths = Int((min(max(percent ?? 0, 0), 100) / 100 * Double(width * 8)).rounded())
    let full = String(repeating: "█", count: eighths / 8)
    let text = full + (eighths % 8 == 0 ? "" : Self.parts[eighths % 8 - 1])
    return text + String(repeating: "·", count: width - text.count)
  }

  private static let parts = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
}
