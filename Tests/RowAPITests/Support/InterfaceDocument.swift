@testable import RowAPI

/// `docs/api.md`, made from the interface definition.
enum InterfaceDocument {
  static func markdown(of text: String) throws -> String {
    let definition = try InterfaceDefinition(text)
    var lines = ["# \(definition.name)", "", preface, "", definition.documentation, "", "## Methods"]
    for member in definition.members {
      guard case .method(let input, let output) = member.kind else { continue }
      let call = "    \(signature(input)) -> \(signature(output))"
      lines += ["", "### \(member.name)", "", call, "", member.documentation]
    }
    lines += ["", "## Errors", "", "| error | parameters | meaning |", "|---|---|---|"]
    for member in definition.members {
      guard case .error(let fields) = member.kind else { continue }
      let parameters = fields.map { "`\($0.name): \(name(of: $0.type))`" }.joined(separator: ", ")
      lines.append("| `\(member.name)` | \(parameters) | \(oneLine(member.documentation)) |")
    }
    lines += ["", "## Types", "", "A `?` marks what may be absent."]
    for member in definition.members {
      guard case .type(let shape) = member.kind else { continue }
      lines += ["", "### \(member.name)", "", oneLine(member.documentation), ""]
      switch shape {
      case .structure(let fields):
        lines += ["| field | type | meaning |", "|---|---|---|"]
        lines += fields.map { "| `\($0.name)` | `\(name(of: $0.type))` | \(oneLine($0.documentation)) |" }
      case let other: lines.append("One of \(name(of: other)).")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let preface = """
    Made from `Sources/RowAPI/Row/RowInterfaceDefinition.swift` by a test of RowAPITests; to renew it after a change, run
    the tests once with `IRHX_WRITE_DOCS=1`. The protocol is Varlink: JSON objects, each ended by a NUL, on a Unix socket.
    Any Varlink client works; `irhxctl` is ours.
    """

  private static func signature(_ fields: [InterfaceDefinition.Field]) -> String {
    "(" + fields.map { "\($0.name): \(name(of: $0.type))" }.joined(separator: ", ") + ")"
  }

  private static func name(of shape: InterfaceDefinition.Shape) -> String {
    switch shape {
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .string: "string"
    case .object: "object"
    case .named(let name): name
    case .array(let element): "[]" + name(of: element)
    case .dictionary(let element): "[string]" + name(of: element)
    case .optional(let wrapped): "?" + name(of: wrapped)
    case .structure(let fields): signature(fields)
    case .enumeration(let names): names.map { "`\($0)`" }.joined(separator: ", ")
    }
  }

  private static func oneLine(_ text: String) -> String { text.split(separator: "\n").joined(separator: " ") }
}
