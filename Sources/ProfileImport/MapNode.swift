internal import Yams

/// A value of a map's tree, asked for what it should be.
struct MapNode {
  let node: Node

  /// The tree of a JSON text (which is YAML).
  static func tree(of json: String) throws(Unreadable) -> MapNode {
    let root: Node?
    do {
      root = try Yams.compose(yaml: json)
    } catch let error as YamlError {
      switch error {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        throw Unreadable(why: problem, line: mark.line)
      default: throw Unreadable(why: "\(error)", line: nil)
      }
    } catch {
      throw Unreadable(why: "\(error)", line: nil)
    }
    guard let root else { throw Unreadable(why: "the file is empty", line: nil) }
    return MapNode(node: root)
  }

  struct Unreadable: Error {
    var why: String
    var line: Int?
  }

  /// A value that is missing or of another kind; the text says which and what is expected.
  struct Wrong: Error { var why: String }

  var line: Int? { node.mark?.line }
  var list: [MapNode]? { node.sequence?.map { MapNode(node: $0) } }
  var isMapping: Bool { node.mapping != nil }
  var text: String? { node.scalar?.string }
  /// Of an unquoted value: a quoted 5 is a text.
  private var plain: String? { node.scalar.flatMap { $0.style == .plain ? $0.string : nil } }
  var integer: Int? { plain.flatMap { Int($0) } }
  var number: Double? { plain.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }

  subscript(_ key: String) -> MapNode? { node.mapping?[key].map { MapNode(node: $0) } }

  func text(_ key: String) throws(Wrong) -> String {
    guard let value = self[key] else { throw Wrong(why: "no \(key)") }
    guard let text = value.text else { throw Wrong(why: "\(key) is not a text") }
    return text
  }

  func integer(_ key: String, _ range: ClosedRange<Int>, standing: Int? = nil) throws(Wrong) -> Int {
    guard let value = self[key] else {
      if let standing { return standing }
      throw Wrong(why: "no \(key)")
    }
    guard let number = value.integer, range.contains(number) else {
      let expected = "expected a whole number \(range.lowerBound) … \(range.upperBound)"
      throw Wrong(why: "\(key) is \(value.text ?? "a list or a mapping"); \(expected)")
    }
    return number
  }

  func number(_ key: String, standing: Double) throws(Wrong) -> Double {
    guard let value = self[key] else { return standing }
    guard let number = value.number else {
      throw Wrong(why: "\(key) is \(value.text ?? "a list or a mapping"); expected a number")
    }
    return number
  }

  func flag(_ key: String) throws(Wrong) -> Bool {
    guard let value = self[key] else { return false }
    guard let flag = value.plain.flatMap({ Bool($0) }) else {
      throw Wrong(why: "\(key) is \(value.text ?? "a list or a mapping"); expected true or false")
    }
    return flag
  }
}
