/// What a value of a configuration file may look like. One `Shape` drives decoding, the texts of faults, the JSON
/// Schema and the reference table, so that they cannot drift apart.
indirect enum Shape {
  case number(ClosedRange<Double>, unit: String)
  case integer(ClosedRange<Int>, unit: String)
  /// A register's raw pattern, decimal or 0x…
  case pattern
  /// `true` or `false`.
  case flag
  case text(Wording)
  case choice([String])
  case list(Shape, of: String, ClosedRange<Int>)
  /// A mapping whose keys are names that the file itself chooses.
  case table(SectionShape, keys: String, ClosedRange<Int>)
  case section(SectionShape)

  /// As in “expected a number 10 … 60 °C”.
  var expectation: String {
    switch self {
    case .number(let range, let unit): "a number \(span(range, unit: unit))"
    case .integer(let range, let unit):
      "a whole number \(range.lowerBound) … \(range.upperBound)" + (unit.isEmpty ? "" : " \(unit)")
    case .pattern: "a whole number from 0, decimal or 0x…"
    case .flag: "true or false"
    case .text(let wording): wording.expectation
    case .choice(let words): "one of \(words.map { $0.isEmpty ? "\"\"" : $0 }.joined(separator: ", "))"
    case .list(_, let of, let count): "a list of \(count.lowerBound) … \(count.upperBound) \(of)"
    case .table(_, let keys, let count): "a mapping by \(keys), \(count.lowerBound) … \(count.upperBound) of them"
    case .section(let section): "a mapping with the keys \(section.fields.map(\.key).joined(separator: ", "))"
    }
  }
}

/// Which characters a text may have.
struct Wording {
  /// As in “expected a name: …”.
  var noun: String
  /// Allowed besides ASCII letters and digits. nil: any printable text.
  var marks: String?
  var lengthMax: Int

  static let name = Wording(noun: "a name", marks: "_-", lengthMax: 32)
  static let tag = Wording(noun: "a tag", marks: "_-./ ", lengthMax: 32)
  static let dotted = Wording(noun: "a role", marks: "._", lengthMax: 64)
  static let profile = Wording(noun: "a profile name vendor/device", marks: "_-/", lengthMax: 64)
  static let host = Wording(noun: "a host name or address", marks: ".-:", lengthMax: 253)
  static let path = Wording(noun: "a path", marks: "/._-+:@", lengthMax: 100)
  static let sentence = Wording(noun: "a text", marks: nil, lengthMax: 200)

  var expectation: String {
    let size = "\(noun) of 1 … \(lengthMax) characters"
    guard let marks else { return size }
    let allowed = marks.map { $0 == " " ? "space" : String($0) }
    return "\(size): letters, digits, \(allowed.joined(separator: " "))"
  }

  func accepts(_ text: String) -> Bool {
    guard (1...lengthMax).contains(text.unicodeScalars.count) else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
      guard let marks else { return scalar.value >= 0x20 && scalar.value != 0x7F }
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9": return true
      default: return marks.unicodeScalars.contains(scalar)
      }
    }
  }

  /// The same as a regular expression, for the schema.
  var regularExpression: String {
    guard let marks else { return "^[^\\u0000-\\u001F\\u007F]*$" }
    // A hyphen goes last, where it stands for itself; nothing else in our marks is special inside brackets.
    let last = marks.contains("-") ? "-" : ""
    return "^[A-Za-z0-9\(marks.filter { $0 != "-" })\(last)]*$"
  }
}

struct SectionShape {
  /// One sentence.
  var doc: String
  var fields: [FieldShape]
  /// Of these keys exactly one is there.
  var exactlyOne: [String] = []
}

struct FieldShape {
  enum Presence {
    case required
    /// Required in a unit or in what all units share.
    case requiredOrShared
    /// With what holds when the key is absent, as YAML; nil where absence means “none”.
    case optional(standing: String?)
  }
  var key: String
  var doc: String
  var shape: Shape
  var presence: Presence
}
