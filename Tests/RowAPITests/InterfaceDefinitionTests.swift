import Foundation
import Testing

@testable import RowAPI

/// The definition's text, our types and the document say the same.
@Suite struct InterfaceDefinitionTests {
  private let definition: InterfaceDefinition

  init() throws { definition = try InterfaceDefinition(RowInterfaceDefinition.text) }

  @Test func definitionNamesEveryMethod() {
    #expect(
      definition.methods == [
        "GetInfo", "GetState", "WatchState", "ListAlarms", "AcknowledgeAlarm", "Shelve", "Unshelve",
        "SetOutOfService", "SetMode", "SetSetpoint", "Override", "Release", "ResetTrip", "Bypass", "EndBypass",
        "ChangeOver", "SetControl", "Explain", "GetHistory", "ListDevices", "Probe", "SetPoint",
      ])
  }

  @Test func samplesHaveTheDefinitionsFieldsAndNoOthers() throws {
    var seen: Set<String> = []
    try check(Sample.state(), "RowState", &seen)
    try check(Sample.info, "RowInfo", &seen)
    try check(Sample.explanation, "Explanation", &seen)
    try check(Sample.entry, "HistoryEntry", &seen)
    try check(Sample.report, "DeviceReport", &seen)
    try check(Sample.written, "PointWrite", &seen)
    for member in definition.members {
      guard case .type(.structure(let fields)) = member.kind else { continue }
      for field in fields {
        #expect(seen.contains("\(member.name).\(field.name)"), "the samples lack \(member.name).\(field.name)")
      }
    }
  }

  @Test func enumerationsHaveTheDefinitionsCases() {
    expectCases(Mode.self)
    expectCases(Redundancy.self)
    expectCases(DeviceStatus.self)
    expectCases(Quality.self)
    expectCases(ActuatorOwner.self)
    expectCases(AlarmPriority.self)
    expectCases(AlarmState.self)
    expectCases(HistoryKind.self)
    expectCases(PointOutcome.self)
  }

  @Test(arguments: [
    RowError.notPermitted(reason: "r"), .unknownName("a", nearest: "b"), .unknownName("a", nearest: nil),
    .outOfRange(name: "supply_c", value: 60, minimum: 15.5, maximum: 40, unit: "°C"), .refused(reason: "r"), .notReady,
  ])
  func errorsCarryTheDefinitionsParametersAndComeBackTheSame(error: RowError) throws {
    let wire = error.varlink
    let member = try #require(definition.members.first { "org.irhx.Row.\($0.name)" == wire.name })
    guard case .error(let fields) = member.kind else {
      Issue.record("\(wire.name) is not defined as an error")
      return
    }
    #expect(Set(fields.map(\.name)) == Set(wire.parameters.keys))
    #expect(RowError(wire) == error)
  }

  @Test func documentIsMadeFromTheDefinition() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = root.deletingLastPathComponent().appending(path: "docs/api.md")
    let expected = try InterfaceDocument.markdown(of: RowInterfaceDefinition.text)
    if ProcessInfo.processInfo.environment["IRHX_WRITE_DOCS"] != nil {
      try expected.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == expected, "renew docs/api.md with IRHX_WRITE_DOCS=1")
  }

  @Test(arguments: [
    ("interface org", "a reverse-domain name"), ("interface a.b\ntype x (a: int)", "a name with a capital"),
    ("interface a.b\ntype X (a: int, b)", "a type for every field"), ("interface a.b\ntype X (a int)", "',' or ')'"),
    ("interface a.b\nmethod X() (a: int)", "'->'"),
    ("interface a.b\nmethod X() -> (a: [int]int)", "'[]' or '[string]'"),
    ("interface a.b\nsignal X ()", "'type', 'method' or 'error'"), ("service a.b", "'interface'"),
  ])
  func brokenDefinitionSaysWhatWasExpected(text: String, expected: String) {
    let error = #expect(throws: InterfaceSyntaxError.self) { try InterfaceDefinition(text) }
    #expect(error?.expected == expected)
  }

  private func expectCases<E: CaseIterable & RawRepresentable<String>>(_ type: E.Type) {
    let member = definition.members.first { $0.name == "\(type)" }
    #expect(member?.kind == .type(.enumeration(type.allCases.map(\.rawValue))))
  }

  private func check(_ value: some Encodable, _ type: String, _ seen: inout Set<String>) throws {
    let json = try JSONDecoder().decode(JSONValue.self, from: try VarlinkFrame.encode(value))
    check(json, .named(type), at: type, &seen)
  }

  private func check(
    _ value: JSONValue, _ shape: InterfaceDefinition.Shape, at place: String, _ seen: inout Set<String>
  ) {
    switch (shape, value) {
    case (.bool, .bool), (.int, .int), (.float, .double), (.float, .int), (.string, .string), (.object, _): break
    case (.optional(let wrapped), _): check(value, wrapped, at: place, &seen)
    case (.array(let element), .array(let values)):
      for value in values { check(value, element, at: place, &seen) }
    case (.enumeration(let names), .string(let name)): #expect(names.contains(name), "\(place)")
    case (.structure(let fields), .object(let members)):
      #expect(Set(members.keys).isSubset(of: fields.map(\.name)), "\(place)")
      for field in fields {
        if let value = members[field.name] {
          seen.insert("\(place).\(field.name)")
          check(value, field.type, at: "\(place).\(field.name)", &seen)
        } else if case .optional = field.type {
          continue
        } else {
          Issue.record("\(place).\(field.name) is missing")
        }
      }
    case (.named(let name), _):
      guard let member = definition.members.first(where: { $0.name == name }), case .type(let shape) = member.kind
      else {
        Issue.record("\(place): there is no type \(name)")
        return
      }
      check(value, shape, at: name, &seen)
    default: Issue.record("\(place): \(value) is not \(shape)")
    }
  }
}
