/// The two file formats, described for editors (JSON Schema) and for people (a reference in Markdown). Both come from
/// the same declaration that reads the files.
public enum ConfigurationFormat: String, Sendable, CaseIterable {
  case site, profile

  /// A JSON Schema, draft 2020-12. It says what one value alone can be; what several must mean together is for
  /// `SiteLoader`.
  public func jsonSchema() -> String {
    let title = self == .site ? "irhx site file" : "irhx device profile"
    let head: [(String, JSON)] = [
      ("$schema", .text("https://json-schema.org/draft/2020-12/schema")), ("title", .text(title)),
    ]
    return JSON.object(head + Self.members(of: shape)).rendered + "\n"
  }

  /// Every key with its values, default and meaning.
  public func reference() -> String {
    var written: Set<String> = []
    return Self.reference(of: shape, at: "", &written)
  }

  private var shape: SectionShape {
    switch self {
    case .site: Section<Site>.site.shape
    case .profile: Section<DeviceProfile>.profile.shape
    }
  }

  // MARK: JSON Schema

  private static func members(of section: SectionShape) -> [(String, JSON)] {
    let required = section.fields.filter { if case .required = $0.presence { true } else { false } }
    var members: [(String, JSON)] = [
      ("description", .text(section.doc)), ("type", .text("object")), ("additionalProperties", .raw("false")),
      ("properties", .object(section.fields.map { ($0.key, schema(of: $0)) })),
    ]
    if !required.isEmpty { members.append(("required", .array(required.map { .text($0.key) }))) }
    if !section.exactlyOne.isEmpty {
      let choices = section.exactlyOne.map { JSON.object([("required", .array([.text($0)]))]) }
      members.append(("oneOf", .array(choices)))
    }
    return members
  }

  private static func schema(of field: FieldShape) -> JSON {
    var members = members(of: field.shape).filter { $0.0 != "description" }
    let unit = field.shape.unit.isEmpty ? "" : " In \(field.shape.unit)."
    members.insert(("description", .text(field.doc + unit)), at: 0)
    if case .optional(let standing?) = field.presence {
      members.append(("default", field.shape.isQuoted ? .text(standing) : .raw(standing)))
    }
    return .object(members)
  }

  private static func members(of shape: Shape) -> [(String, JSON)] {
    switch shape {
    case .number(let range, _):
      [
        ("type", .text("number")), ("minimum", .raw(plain(range.lowerBound))),
        ("maximum", .raw(plain(range.upperBound))),
      ]
    case .integer(let range, _):
      [
        ("type", .text("integer")), ("minimum", .raw("\(range.lowerBound)")), ("maximum", .raw("\(range.upperBound)")),
      ]
    case .pattern:
      [("type", .text("integer")), ("minimum", .raw("0"))]
    case .flag:
      [("type", .text("boolean"))]
    case .text(let wording):
      [
        ("type", .text("string")), ("minLength", .raw("1")), ("maxLength", .raw("\(wording.lengthMax)")),
        ("pattern", .text(wording.regularExpression)),
      ]
    case .choice(let words):
      [("enum", .array(words.map { .text($0) }))]
    case .list(let element, _, let count):
      [
        ("type", .text("array")), ("minItems", .raw("\(count.lowerBound)")), ("maxItems", .raw("\(count.upperBound)")),
        ("items", .object(members(of: element))),
      ]
    case .table(let section, _, let count):
      [
        ("type", .text("object")), ("minProperties", .raw("\(count.lowerBound)")),
        ("maxProperties", .raw("\(count.upperBound)")),
        ("propertyNames", .object(members(of: .text(.name)))),
        ("additionalProperties", .object(members(of: section))),
      ]
    case .section(let section):
      members(of: section)
    }
  }

  // MARK: Reference

  /// A table of the section's keys, then its subsections; one that occurs again is written once.
  private static func reference(of section: SectionShape, at path: String, _ written: inout Set<String>) -> String {
    guard written.insert(section.doc).inserted else { return "" }
    var text = "### \(path.isEmpty ? "Top level" : "`\(path)`")\n\n\(section.doc)\n\n"
    text += "| key | value | when left out | meaning |\n|---|---|---|---|\n"
    for field in section.fields {
      text += "| `\(field.key)` | \(field.shape.brief) | \(field.presence.brief) | \(field.doc) |\n"
    }
    text += "\n"
    for field in section.fields where field.key != "unit_defaults" {
      let place = Reading.join(path, field.key)
      switch field.shape {
      case .section(let inner): text += reference(of: inner, at: place, &written)
      case .list(.section(let inner), _, _): text += reference(of: inner, at: "\(place)[]", &written)
      case .table(let inner, _, _): text += reference(of: inner, at: "\(place).<name>", &written)
      case .list, .number, .integer, .pattern, .flag, .text, .choice: break
      }
    }
    return text
  }
}

extension Shape {
  fileprivate var unit: String {
    switch self {
    case .number(_, let unit), .integer(_, let unit): unit
    case .pattern, .flag, .text, .choice, .list, .table, .section: ""
    }
  }

  fileprivate var isQuoted: Bool {
    switch self {
    case .number, .integer, .flag: false
    case .pattern, .text, .choice, .list, .table, .section: true
    }
  }

  /// For a table cell.
  fileprivate var brief: String {
    switch self {
    case .number(let range, let unit): span(range, unit: unit)
    case .integer(let range, let unit):
      range.count == 1
        ? "\(range.lowerBound)"
        : "whole, \(range.lowerBound) … \(range.upperBound)" + (unit.isEmpty ? "" : " \(unit)")
    case .pattern: "whole, from 0"
    case .flag: "`true`, `false`"
    case .text(let wording): wording.noun
    case .choice(let words): words.map { $0.isEmpty ? "`\"\"`" : "`\($0)`" }.joined(separator: ", ")
    case .list(_, let of, let count): "list of \(count.lowerBound) … \(count.upperBound) \(of)"
    case .table(_, let keys, _): "mapping by \(keys)"
    case .section: "section"
    }
  }
}

extension FieldShape.Presence {
  fileprivate var brief: String {
    switch self {
    case .required: "required"
    case .requiredOrShared: "required, here or in `unit_defaults`"
    case .optional(let standing?): standing.isEmpty ? "`\"\"`" : standing
    case .optional(nil): "none"
    }
  }
}
