import FoundationEssentials

/// Any JSON value: the parameters of errors, and of calls whose shape is not known when compiling.
public enum JSONValue: Codable, Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = attempt({ try container.decode(Bool.self) }) {
      self = .bool(value)
    } else if let value = attempt({ try container.decode(Int.self) }) {
      self = .int(value)
    } else if let value = attempt({ try container.decode(Double.self) }) {
      self = .double(value)
    } else if let value = attempt({ try container.decode(String.self) }) {
      self = .string(value)
    } else if let value = attempt({ try container.decode([JSONValue].self) }) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

/// Nil where `decode` throws: the value has another type, and the next one is tried.
private func attempt<T>(_ decode: () throws -> T) -> T? {
  do { return try decode() } catch { return nil }
}
