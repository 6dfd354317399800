/// What reading one file has found so far: faults, and where each value stands (for the checks that come after).

internal import Yams

struct Reading {
  let file: String
  private(set) var faults: [ConfigurationFault] = []
  private(set) var warnings: [ConfigurationFault] = []
  private var places: [String: (line: Int, column: Int)] = [:]
  private var faulty: Set<String> = []

  init(file: String) { self.file = file }

  // MARK: After reading

  /// Whether the key was given.
  func has(_ path: String) -> Bool { places[path] != nil }

  /// Whether nothing is known to be wrong at these paths, so that a check of their values means something.
  func sound(_ paths: String...) -> Bool { paths.allSatisfy { !faulty.contains($0) } }

  /// `line 12`, for pointing from one fault to another place.
  func line(of path: String) -> String { "line \(place(of: path).line)" }

  mutating func fault(at path: String, _ problem: ConfigurationFault.Problem) {
    faults.append(located(path, problem))
    faulty.insert(path)
  }

  mutating func warn(at path: String, _ text: String) {
    warnings.append(located(path, .contradiction(text)))
  }

  /// Takes over a fault found before there were places.
  mutating func adopt(_ fault: ConfigurationFault) { faults.append(fault) }

  private func located(_ path: String, _ problem: ConfigurationFault.Problem) -> ConfigurationFault {
    let place = place(of: path)
    return ConfigurationFault(
      file: file, line: place.line, column: place.column, keyPath: path, problem: problem)
  }

  /// Where a value stands; for an absent one, its nearest ancestor.
  private func place(of path: String) -> (line: Int, column: Int) {
    var path = path[...]
    while !path.isEmpty {
      if let place = places[String(path)] { return place }
      path = path.lastIndex { $0 == "." || $0 == "[" }.map { path[..<$0] } ?? ""
    }
    return places[""] ?? (1, 1)
  }

  /// Notes that a value is not what was meant, without a fault of its own.
  mutating func doubt(_ path: String) { faulty.insert(path) }

  // MARK: While reading

  /// Notes where the value of a key stands.
  mutating func locate(_ node: Node, at path: String) {
    places[path] = (node.mark?.line ?? 1, node.mark?.column ?? 1)
  }

  /// The same, as the last thing a reader does.
  mutating func note<Value>(_ value: Value, _ node: Node, at path: String) -> Value {
    locate(node, at: path)
    return value
  }

  /// Notes a fault at a node. Returns nil, so that a reader can end with it.
  @discardableResult
  mutating func refuse<Value>(_ node: Node, at path: String, _ problem: ConfigurationFault.Problem) -> Value? {
    refuse(node, at: path, problem) as Void
    return nil
  }

  mutating func refuse(_ node: Node, at path: String, _ problem: ConfigurationFault.Problem) {
    locate(node, at: path)
    fault(at: path, problem)
  }

  @discardableResult
  mutating func refuseType<Value>(_ node: Node, at path: String, expected: Shape) -> Value? {
    refuse(node, at: path, .wrongType(found: Self.text(of: node), expected: expected.expectation))
  }

  mutating func mapping(_ node: Node, at path: String, expected: Shape) -> Node.Mapping? {
    guard let mapping = node.mapping else { return refuseType(node, at: path, expected: expected) }
    return note(mapping, node, at: path)
  }

  /// The text of an unquoted scalar: `"40"` is a text, not a number.
  mutating func plainText(_ node: Node, at path: String, expected: Shape) -> String? {
    guard let scalar = node.scalar, scalar.style == .plain else {
      return refuseType(node, at: path, expected: expected)
    }
    return scalar.string
  }

  /// A node as a person would quote it.
  static func text(of node: Node) -> String {
    switch node {
    case .scalar(let scalar) where scalar.string.isEmpty: "nothing"
    case .scalar(let scalar):
      (scalar.style == .plain ? "" : "\"") + printable(scalar.string) + (scalar.style == .plain ? "" : "\"")
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .alias: "an alias"
    }
  }

  /// A key as it stands in a key path.
  static func word(of key: Node) -> String { key.scalar.map { printable($0.string) } ?? text(of: key) }

  private static func printable(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(60).map { $0.value < 0x20 || $0.value == 0x7F ? "·" : String($0) }.joined()
    return shown + (text.unicodeScalars.count > 60 ? "…" : "")
  }

  static func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// A finite decimal number.
  static func number(_ text: String) -> Double? {
    let allowed = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
    guard allowed, let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// A whole number, decimal or 0x…; no leading zeros, which older YAML takes for octal.
  static func integer<Value: FixedWidthInteger>(_ text: String, as: Value.Type) -> Value? {
    if text.hasPrefix("0x") { return Value(text.dropFirst(2), radix: 16) }
    guard text == "0" || !text.drop(while: { $0 == "-" || $0 == "+" }).hasPrefix("0") else { return nil }
    return Value(text)
  }
}
