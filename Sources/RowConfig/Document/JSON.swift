/// Just enough JSON to write a schema: members keep their order, so that the generated file reads like the format.
indirect enum JSON {
  case object([(String, JSON)])
  case array([JSON])
  case text(String)
  /// A number or a word of JSON.
  case raw(String)

  var rendered: String { rendered(indent: "") }

  private func rendered(indent: String) -> String {
    let inner = indent + "  "
    switch self {
    case .raw(let word): return word
    case .text(let text): return Self.quoted(text)
    case .array(let items):
      // Short lists of words stay on one line.
      return "[" + items.map { $0.rendered(indent: inner) }.joined(separator: ", ") + "]"
    case .object(let members):
      let lines = members.map { "\(inner)\(Self.quoted($0)): \($1.rendered(indent: inner))" }
      return lines.isEmpty ? "{}" : "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..<" ": quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
