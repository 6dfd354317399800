public import FoundationEssentials

/// A call as it arrived: the envelope read, the parameters still to be read as the type the method expects.
public struct VarlinkCall: Sendable {
  /// Full name, such as `org.irhx.Row.GetState`.
  public let method: String
  /// The caller takes any number of replies.
  public let more: Bool
  /// The caller takes no reply.
  public let oneway: Bool
  /// The JSON text of the whole call.
  public let text: Data

  /// Name of the interface: everything before the last dot.
  public var interface: Substring { method.lastIndex(of: ".").map { method[..<$0] } ?? "" }
  /// Name of the method within its interface.
  public var member: Substring { method.lastIndex(of: ".").map { method[method.index(after: $0)...] } ?? method[...] }

  /// Reads one frame without its NUL. Throws `invalidParameter` when it is no call.
  init(frame: some Collection<UInt8>) throws(VarlinkError) {
    text = Data(frame)
    do {
      let envelope = try JSONDecoder().decode(CallHeader.self, from: text)
      (method, more, oneway) = (envelope.method, envelope.more ?? false, envelope.oneway ?? false)
    } catch {
      throw .invalidParameter(Self.parameter(in: error) ?? "method")
    }
  }

  /// The parameters as `type`. Throws `invalidParameter` naming the first one missing or of the wrong type.
  public func parameters<P: Decodable>(_ type: P.Type) throws(VarlinkError) -> P {
    do {
      let given = try JSONDecoder().decode(ParametersEnvelope<P>.self, from: text).parameters
      return try given ?? JSONDecoder().decode(P.self, from: Data("{}".utf8))
    } catch {
      throw .invalidParameter(Self.parameter(in: error) ?? "parameters")
    }
  }

  /// The key a decoding error is about, nil when the text is not JSON.
  private static func parameter(in error: any Error) -> String? {
    switch error {
    case DecodingError.keyNotFound(let key, _): key.stringValue
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      context.codingPath.last?.stringValue
    default: nil
    }
  }
}

/// A Varlink error: a name and its parameters, as an interface defines them.
public struct VarlinkError: Error, Sendable, Equatable {
  public var name: String
  public var parameters: [String: JSONValue]

  public init(_ name: String, _ parameters: [String: JSONValue] = [:]) {
    self.name = name
    self.parameters = parameters
  }

  /// The errors of `org.varlink.service`, which every Varlink service can answer with.
  public static func interfaceNotFound(_ interface: some StringProtocol) -> VarlinkError {
    VarlinkError("org.varlink.service.InterfaceNotFound", ["interface": .string(String(interface))])
  }
  public static func methodNotFound(_ method: some StringProtocol) -> VarlinkError {
    VarlinkError("org.varlink.service.MethodNotFound", ["method": .string(String(method))])
  }
  public static func methodNotImplemented(_ method: some StringProtocol) -> VarlinkError {
    VarlinkError("org.varlink.service.MethodNotImplemented", ["method": .string(String(method))])
  }
  public static func invalidParameter(_ parameter: some StringProtocol) -> VarlinkError {
    VarlinkError("org.varlink.service.InvalidParameter", ["parameter": .string(String(parameter))])
  }
  public static let expectedMore = VarlinkError("org.varlink.service.ExpectedMore")
}

/// Writes messages as the bytes that go on the wire: JSON text and a closing NUL.
public enum VarlinkFrame {
  /// A reply. Throws when `parameters` hold what JSON cannot (a number that is not finite).
  public static func reply(_ parameters: some Encodable, continues: Bool = false) throws -> [UInt8] {
    reply(text: try encode(parameters), continues: continues)
  }

  /// A reply whose parameters are JSON text already: one encoding serves any number of receivers.
  static func reply(text: Data, continues: Bool) -> [UInt8] {
    var frame = [UInt8]()
    frame.reserveCapacity(text.count + 40)
    frame += #"{"parameters":"#.utf8
    frame += text
    frame += (continues ? #","continues":true}"# : "}").utf8
    frame.append(0)
    return frame
  }

  public static func failure(_ failure: VarlinkError) -> [UInt8] {
    do {
      return Array(try encode(ErrorEnvelope(error: failure.name, parameters: failure.parameters))) + [0]
    } catch {
      // A parameter that JSON cannot hold: the name alone still says what happened.
      return Array(#"{"error":"\#(failure.name)"}"#.utf8) + [0]
    }
  }

  static func call(
    _ method: String, _ parameters: some Encodable, more: Bool = false, oneway: Bool = false
  ) throws -> [UInt8] {
    let call = CallEnvelope(
      method: method, parameters: parameters, more: more ? true : nil, oneway: oneway ? true : nil)
    return Array(try encode(call)) + [0]
  }

  /// JSON with sorted keys: the same value is the same text, which tests and people comparing lines rely on.
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }
}

private struct CallHeader: Decodable {
  var method: String
  var more: Bool?
  var oneway: Bool?
}

private struct ParametersEnvelope<P: Decodable>: Decodable {
  var parameters: P?
}

private struct CallEnvelope<P: Encodable>: Encodable {
  let method: String
  let parameters: P
  let more: Bool?
  let oneway: Bool?
}

private struct ErrorEnvelope: Encodable {
  let error: String
  let parameters: [String: JSONValue]
}
