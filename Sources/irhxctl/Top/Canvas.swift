/// A screen as cells, and what must be sent to a terminal so that it shows them. Nothing here touches a terminal: what
/// is drawn can be read back as text.
struct Canvas: Equatable {
  let width: Int
  let height: Int
  private(set) var cells: [Cell]

  struct Cell: Equatable {
    var character: Character = " "
    var ink = Ink.plain
  }

  init(width: Int, height: Int) {
    self.width = max(1, width)
    self.height = max(1, height)
    cells = Array(repeating: Cell(), count: self.width * self.height)
  }

  /// Writes text from a cell to the right; what is beyond `limit` cells or the edge is cut. Every character takes one
  /// cell: what would not is shown as `?`, so that no text moves another, nor reaches the terminal as a command.
  mutating func put(_ text: String, _ x: Int, _ y: Int, _ ink: Ink = .plain, limit: Int = .max) {
    guard (0..<height).contains(y) else { return }
    for (offset, character) in text.prefix(min(limit, max(0, width - x))).enumerated() where x + offset >= 0 {
      cells[y * width + x + offset] = Cell(character: character.isOneCell ? character : "?", ink: ink)
    }
  }

  mutating func fill(_ character: Character, _ x: Int, _ y: Int, width: Int, _ ink: Ink = .plain) {
    put(String(repeating: character, count: max(0, width)), x, y, ink)
  }

  /// Everything drawn so far, fainter: it is old.
  mutating func fade() {
    for i in cells.indices { cells[i].ink.isDim = true }
  }

  /// Every character by the nearest one of ASCII.
  mutating func useASCII() {
    for i in cells.indices { cells[i].character = cells[i].character.nearestASCII }
  }

  /// What stands in a line.
  func line(_ y: Int) -> String { String(cells[(y * width)..<((y + 1) * width)].map(\.character)) }

  var lines: [String] { (0..<height).map(line) }
}

/// How a character looks. Never the only carrier of a fact.
struct Ink: Equatable {
  enum Colour: Int {
    case red = 31
    case green = 32
    case yellow = 33
  }

  var colour: Colour?
  var isBold = false
  var isDim = false
  var isReverse = false

  static let plain = Ink()
  static let bold = Ink(isBold: true)
  static let dim = Ink(isDim: true)
  static let reverse = Ink(isReverse: true)
  static let red = Ink(colour: .red, isBold: true)
  static let yellow = Ink(colour: .yellow)
  static let green = Ink(colour: .green)

  /// The sequence that selects it (ECMA-48, SGR).
  func sequence(coloured: Bool) -> String {
    var codes = [0]
    if isBold { codes.append(1) }
    if isDim { codes.append(2) }
    if isReverse { codes.append(7) }
    if coloured, let colour { codes.append(colour.rawValue) }
    return "\u{1B}[\(codes.map(String.init).joined(separator: ";"))m"
  }
}

/// Remembers what a terminal shows, and says what must be sent to change that.
struct Painter {
  let coloured: Bool
  private var shown: Canvas?

  init(coloured: Bool) {
    self.coloured = coloured
  }

  /// The terminal shows something else, or nothing: the next picture is sent whole.
  mutating func forget() { shown = nil }

  /// The cells that differ, each run of them after a move of the cursor.
  mutating func changes(to canvas: Canvas) -> String {
    let old = shown.flatMap { $0.width == canvas.width && $0.height == canvas.height ? $0 : nil }
    var text = old == nil ? "\u{1B}[0m\u{1B}[2J" : ""
    var ink: Ink?
    for y in 0..<canvas.height {
      var isHere = false
      for x in 0..<canvas.width {
        let cell = canvas.cells[y * canvas.width + x]
        if let old, old.cells[y * canvas.width + x] == cell {
          isHere = false
          continue
        }
        if !isHere { text += "\u{1B}[\(y + 1);\(x + 1)H" }
        isHere = true
        if ink != cell.ink { text += cell.ink.sequence(coloured: coloured) }
        ink = cell.ink
        text.append(cell.character)
      }
    }
    shown = canvas
    return text
  }
}
