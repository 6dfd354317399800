import Foundation
import Synchronization

@testable import RowAPI

/// `org.varlink.certification`, the interface with which public clients certify an implementation: each call must carry
/// exactly what the call before returned.
final class Certification: VarlinkInterface {
  let identity = VarlinkIdentity(vendor: "irhx", product: "certification", version: "1", url: "https://varlink.org")
  let silence = VarlinkError.methodNotImplemented("silent")
  /// The member that each client must call next.
  private let expected = Mutex<[String: String]>([:])

  /// Clients that came to the end.
  var certified: Int { ended.withLock(\.self) }
  private let ended = Mutex(0)

  func newestStreamFrame() -> [UInt8]? { nil }

  func answer(_ call: VarlinkCall, from peer: Peer, later: VarlinkExchange) -> VarlinkAnswer {
    do throws(VarlinkError) {
      let member = String(call.member)
      if member == "Start" {
        let id = UUID().uuidString
        expected.withLock { $0[id] = "Test01" }
        return frames([["client_id": .string(id)]])
      }
      let parameters = try call.parameters(JSONValue.self)
      guard let id = parameters["client_id"]?.text else { throw .invalidParameter("client_id") }
      let steps = Self.steps
      guard let index = steps.firstIndex(where: { $0.member == member }),
        expected.withLock({ $0[id] }) == member
      else { throw Self.refusal(wants: .string("the next call in order"), got: .string(member)) }
      let wanted = JSONValue.object(steps[index].takes.merging(["client_id": .string(id)]) { $1 })
      guard parameters.comparable == wanted.comparable else { throw Self.refusal(wants: wanted, got: parameters) }
      guard call.more == (member == "Test10"), call.oneway == (member == "Test11") else {
        throw Self.refusal(wants: .string("more only of Test10, oneway only of Test11"), got: .string(member))
      }
      expected.withLock { $0[id] = index + 1 < steps.count ? steps[index + 1].member : nil }
      if member == "End" { ended.withLock { $0 += 1 } }
      return frames(steps[index].gives)
    } catch {
      return .failure(error)
    }
  }

  private func frames(_ replies: [[String: JSONValue]]) -> VarlinkAnswer {
    do {
      return .frames(
        try replies.enumerated().map { index, reply in
          try VarlinkFrame.reply(reply, continues: index + 1 < replies.count)
        })
    } catch {
      return .failure(.methodNotImplemented("unencodable"))
    }
  }

  private static func refusal(wants: JSONValue, got: JSONValue) -> VarlinkError {
    VarlinkError("org.varlink.certification.CertificationError", ["wants": wants, "got": got])
  }

  private struct Step {
    var member: String
    var takes: [String: JSONValue] = [:]
    var gives: [[String: JSONValue]] = [[:]]
  }

  private static let steps: [Step] = {
    let plain: [String: JSONValue] = [
      "bool": .bool(false), "int": .int(2), "float": .double(.pi), "string": .string("a lot of string"),
    ]
    let map: [String: JSONValue] = ["map": .object(["foo": .string("Foo"), "bar": .string("Bar")])]
    let set: [String: JSONValue] = ["set": .object(["one": .object([:]), "two": .object([:]), "three": .object([:])])]
    let numbered = (1...10).map { JSONValue.string("Reply number \($0)") }
    return [
      Step(member: "Test01", gives: [["bool": .bool(true)]]),
      Step(member: "Test02", takes: ["bool": .bool(true)], gives: [["int": .int(1)]]),
      Step(member: "Test03", takes: ["int": .int(1)], gives: [["float": .double(1)]]),
      Step(member: "Test04", takes: ["float": .double(1)], gives: [["string": .string("ping")]]),
      Step(member: "Test05", takes: ["string": .string("ping")], gives: [plain]),
      Step(member: "Test06", takes: plain, gives: [["struct": .object(plain)]]),
      Step(member: "Test07", takes: ["struct": .object(plain)], gives: [map]),
      Step(member: "Test08", takes: map, gives: [set]),
      Step(member: "Test09", takes: set, gives: [["mytype": mytype]]),
      Step(member: "Test10", takes: ["mytype": mytype], gives: numbered.map { ["string": $0] }),
      Step(member: "Test11", takes: ["last_more_replies": .array(numbered)]),
      Step(member: "End", gives: [["all_ok": .bool(true)]]),
    ]
  }()

  private static let mytype: JSONValue = .object([
    "object": .object([
      "method": .string("org.varlink.certification.Test09"),
      "parameters": .object(["map": .object(["foo": .string("Foo"), "bar": .string("Bar")])]),
    ]),
    "enum": .string("two"),
    "struct": .object(["first": .int(1), "second": .string("2")]),
    "array": .array([.string("one"), .string("two"), .string("three")]),
    "dictionary": .object(["foo": .string("Foo"), "bar": .string("Bar")]),
    "stringset": .object(["one": .object([:]), "two": .object([:]), "three": .object([:])]),
    "nullable": .null,
    "nullable_array_struct": .null,
    "interface": .object([
      "foo": .array([
        .null, .object(["foo": .string("foo"), "bar": .string("bar")]), .null,
        .object(["one": .string("foo"), "two": .string("bar")]),
      ]),
      "anon": .object(["foo": .bool(true), "bar": .bool(false)]),
    ]),
  ])

  let definition = """
    interface org.varlink.certification

    type Interface (foo: ?[]?[string](foo, bar, baz), anon: (foo: bool, bar: bool))

    type MyType (
      object: object,
      enum: (one, two, three),
      struct: (first: int, second: string),
      array: []string,
      dictionary: [string]string,
      stringset: [string](),
      nullable: ?string,
      nullable_array_struct: ?[](first: int, second: string),
      interface: Interface
    )

    method Start() -> (client_id: string)
    method Test01(client_id: string) -> (bool: bool)
    method Test02(client_id: string, bool: bool) -> (int: int)
    method Test03(client_id: string, int: int) -> (float: float)
    method Test04(client_id: string, float: float) -> (string: string)
    method Test05(client_id: string, string: string) -> (bool: bool, int: int, float: float, string: string)
    method Test06(client_id: string, bool: bool, int: int, float: float, string: string)
      -> (struct: (bool: bool, int: int, float: float, string: string))
    method Test07(client_id: string, struct: (bool: bool, int: int, float: float, string: string))
      -> (map: [string]string)
    method Test08(client_id: string, map: [string]string) -> (set: [string]())
    method Test09(client_id: string, set: [string]()) -> (mytype: MyType)
    method Test10(client_id: string, mytype: MyType) -> (string: string)
    method Test11(client_id: string, last_more_replies: []string) -> ()
    method End(client_id: string) -> (all_ok: bool)

    error ClientIdError ()
    error CertificationError (wants: object, got: object)
    """
}

extension JSONValue {
  /// Equal for equal meanings: an absent member and a null one, 1 and 1.0.
  fileprivate var comparable: JSONValue {
    switch self {
    case .int(let value): .double(Double(value))
    case .array(let values): .array(values.map(\.comparable))
    case .object(let members): .object(members.filter { $0.value != .null }.mapValues(\.comparable))
    case .null, .bool, .double, .string: self
    }
  }
}
