/// A Varlink interface definition, read from its text: what the server dispatches by, what `docs/api.md` is made from
/// and what tests hold the Swift types against.
struct InterfaceDefinition: Equatable {
  var name: String
  var documentation: String
  var members: [Member] = []

  struct Member: Equatable {
    var name: String
    var documentation: String
    var kind: Kind
  }

  enum Kind: Equatable {
    case type(Shape)
    case method(input: [Field], output: [Field])
    case error([Field])
  }

  struct Field: Equatable {
    var name: String
    var documentation: String
    var type: Shape
  }

  indirect enum Shape: Equatable {
    case bool, int, float, string, object
    case named(String)
    case array(Shape)
    case dictionary(Shape)
    case optional(Shape)
    case structure([Field])
    case enumeration([String])
  }

  /// Reads a definition; throws where the text departs from the language.
  init(_ text: String) throws(InterfaceSyntaxError) {
    var reader = InterfaceReader(text)
    (documentation, name) = try reader.interface()
    while let member = try reader.member() { members.append(member) }
  }

  /// The methods' names.
  var methods: [String] {
    members.compactMap { if case .method = $0.kind { $0.name } else { nil } }
  }
}

struct InterfaceSyntaxError: Error, Equatable, CustomStringConvertible {
  var line: Int
  var expected: String
  var description: String { "interface definition, line \(line): expected \(expected)" }
}

/// Recursive descent over the definition's text, one character of look-ahead.
private struct InterfaceReader {
  private var rest: Substring
  private var line = 1
  /// Comment lines since the last token that was not one.
  private var comments: [String] = []

  init(_ text: String) { rest = text[...] }

  mutating func interface() throws(InterfaceSyntaxError) -> (documentation: String, name: String) {
    skip()
    guard word() == "interface" else { throw expected("'interface'") }
    let documentation = takeComments()
    skip()
    let name = word(alsoAllowing: ".-")
    guard name.contains(".") else { throw expected("a reverse-domain name") }
    return (documentation, name)
  }

  mutating func member() throws(InterfaceSyntaxError) -> InterfaceDefinition.Member? {
    skip()
    if rest.isEmpty { return nil }
    let keyword = word()
    let documentation = takeComments()
    skip()
    let name = word()
    guard let initial = name.first, initial.isUppercase else { throw expected("a name with a capital") }
    skip()
    switch keyword {
    case "type": return .init(name: name, documentation: documentation, kind: .type(try group()))
    case "error": return .init(name: name, documentation: documentation, kind: .error(try fields()))
    case "method":
      let input = try fields()
      skip()
      guard take("-"), take(">") else { throw expected("'->'") }
      skip()
      return .init(name: name, documentation: documentation, kind: .method(input: input, output: try fields()))
    default: throw expected("'type', 'method' or 'error'")
    }
  }

  private mutating func fields() throws(InterfaceSyntaxError) -> [InterfaceDefinition.Field] {
    guard case .structure(let fields) = try group() else { throw expected("fields with types") }
    return fields
  }

  /// What stands in parentheses: fields, or the names of an enumeration.
  private mutating func group() throws(InterfaceSyntaxError) -> InterfaceDefinition.Shape {
    guard take("(") else { throw expected("'('") }
    var fields: [InterfaceDefinition.Field] = []
    var names: [String] = []
    skip()
    while !take(")") {
      if !(fields.isEmpty && names.isEmpty) {
        guard take(",") else { throw expected("',' or ')'") }
        skip()
      }
      let name = word()
      guard let initial = name.first, initial.isLetter else { throw expected("a field's name") }
      let documentation = takeComments()
      skip()
      if take(":") {
        skip()
        fields.append(.init(name: name, documentation: documentation, type: try shape()))
      } else {
        names.append(name)
      }
      skip()
    }
    guard fields.isEmpty || names.isEmpty else { throw expected("a type for every field") }
    return names.isEmpty ? .structure(fields) : .enumeration(names)
  }

  private mutating func shape() throws(InterfaceSyntaxError) -> InterfaceDefinition.Shape {
    if take("?") { return .optional(try shape()) }
    if take("[") {
      let key = word()
      guard key.isEmpty || key == "string", take("]") else { throw expected("'[]' or '[string]'") }
      return key.isEmpty ? .array(try shape()) : .dictionary(try shape())
    }
    if rest.first == "(" { return try group() }
    let name = word()
    switch name {
    case "bool": return .bool
    case "int": return .int
    case "float": return .float
    case "string": return .string
    case "object": return .object
    default:
      guard let initial = name.first, initial.isUppercase else { throw expected("a type") }
      return .named(name)
    }
  }

  private mutating func word(alsoAllowing extra: String = "_") -> String {
    let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) || extra.contains($0) }
    rest.removeFirst(word.count)
    return String(word)
  }

  private mutating func take(_ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  /// Passes white space and comments, keeping the comments.
  private mutating func skip() {
    while let character = rest.first, character.isWhitespace || character == "#" {
      if character == "#" {
        let comment = rest.prefix { $0 != "\n" }
        comments.append(String(comment.dropFirst().drop { $0 == " " }))
        rest.removeFirst(comment.count)
      } else {
        if character == "\n" { line += 1 }
        rest.removeFirst()
      }
    }
  }

  private mutating func takeComments() -> String {
    defer { comments = [] }
    return comments.joined(separator: "\n")
  }

  private func expected(_ what: String) -> InterfaceSyntaxError { InterfaceSyntaxError(line: line, expected: what) }
}
