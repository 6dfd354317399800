/// Which characters a cell can hold, and what stands for them where a terminal only has ASCII.
extension Character {
  /// One scalar that every terminal draws one cell wide: no control, no mark that joins what is before it, and nothing
  /// of the wide scripts and pictures of East Asian Width.
  var isOneCell: Bool {
    guard let scalar = unicodeScalars.first, unicodeScalars.count == 1 else { return false }
    switch scalar.value {
    case 0x20...0x7E: return true
    case 0xA1...0x2FF, 0x370...0x10FF, 0x2010...0x2027, 0x2030...0x205E, 0x20A0...0x20CF, 0x2100...0x2BFF:
      let category = scalar.properties.generalCategory
      let isJoined = category == .nonspacingMark || category == .enclosingMark || category == .format
      return !isJoined && !scalar.properties.isEmojiPresentation
    default: return false
    }
  }

  var nearestASCII: Character {
    if isASCII { return self }
    if let dots = braille { return Self.ascii(ofBraille: dots) }
    switch self {
    case "─", "━", "–", "—", "−": return "-"
    case "│", "┃": return "|"
    case "┌", "┐", "└", "┘", "├", "┤", "┬", "┴", "┼": return "+"
    case "█", "▉", "▊", "▋", "▌": return "#"
    case "▍", "▎", "▏", "·": return "."
    case "▶", "→", "›": return ">"
    case "◀", "←", "‹": return "<"
    case "▲", "↑": return "^"
    case "▼", "↓": return "v"
    case "…": return "~"
    case "°": return " "
    case "µ", "μ": return "u"
    case "²": return "2"
    case "³": return "3"
    default: return "?"
    }
  }

  /// The dots of a braille cell, one bit each.
  private var braille: UInt32? {
    guard let value = unicodeScalars.first?.value, (0x2800...0x28FF).contains(value) else { return nil }
    return value - 0x2800
  }

  /// By the height of its highest dot.
  private static func ascii(ofBraille dots: UInt32) -> Character {
    if dots & 0x09 != 0 { return "\"" }
    if dots & 0x12 != 0 { return "-" }
    if dots & 0x24 != 0 { return "." }
    return dots == 0 ? " " : "_"
  }
}

extension String {
  /// At most `width` characters: the first, an ellipsis and the end, since names differ at their ends.
  func shortened(_ width: Int) -> String {
    guard count > width else { return self }
    return width < 5 ? String(suffix(max(0, width))) : prefix(1) + "…" + suffix(width - 2)
  }

  /// Shortened or padded to exactly `width` characters.
  func name(_ width: Int) -> String { shortened(width).left(width) }

  /// Padded on the left to exactly `width`; what does not fit is a row of `#`, never a number that is cut.
  func figure(_ width: Int) -> String { count > width ? String(repeating: "#", count: width) : right(width) }
}
