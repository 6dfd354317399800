import Glibc
import RowConfig

/// Colours, where they help: on a terminal, unless NO_COLOR is set and not empty (no-color.org). Never the only
/// carrier of a fact.
struct Style {
  enum Colour: String {
    case red = "31"
    case yellow = "33"
    case green = "32"
    case bold = "1"
  }

  let coloured: Bool

  static var forOutput: Style {
    let refused = unsafe getenv("NO_COLOR").map { unsafe $0.pointee != 0 } ?? false
    return Style(coloured: isatty(STDOUT_FILENO) == 1 && !refused)
  }

  func paint(_ text: String, _ colour: Colour?) -> String {
    guard coloured, let colour else { return text }
    return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
  }
}

/// Numbers as people read them.
enum Figure {
  static let missing = "–"

  /// Fixed decimals, rounded half away from zero.
  static func text(_ value: Double?, decimals: Int = 1) -> String {
    value.map { RowConfig.decimals($0, decimals) } ?? missing
  }
}

extension String {
  /// Padded on the right to `width` characters; longer text is cut and ends in an ellipsis.
  func left(_ width: Int) -> String {
    count > width ? prefix(width - 1) + "…" : self + String(repeating: " ", count: width - count)
  }

  /// Padded on the left to `width` characters.
  func right(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }

  /// Broken at spaces into lines of at most `width` characters.
  func wrapped(_ width: Int) -> [String] {
    var lines: [String] = []
    for word in split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
