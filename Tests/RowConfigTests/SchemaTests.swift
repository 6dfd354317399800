/// The generated files are what the declaration says today, and an independent JSON Schema validator agrees with them
/// about the shipped files and about broken ones. `IRHX_REGENERATE=1` writes the generated files anew.

import Foundation
import RowConfig
import Testing

@Suite struct SchemaTests {
  @Test(arguments: ConfigurationFormat.allCases)
  func generatedSchemaIsTheShippedOne(format: ConfigurationFormat) throws {
    try expectGenerated(format.jsonSchema(), at: "\(Shipped.config)/schema/\(format.rawValue).schema.json")
  }

  @Test(arguments: [(ConfigurationFormat.site, "site-file.md"), (.profile, "profiles.md")])
  func generatedReferenceIsTheDocumentsLastPart(format: ConfigurationFormat, name: String) throws {
    let marker = "<!-- From here on generated from the declaration in Sources/RowConfig/Sections. -->\n\n"
    let path = "\(Shipped.root)/docs/\(name)"
    let document = try String(contentsOfFile: path, encoding: .utf8)
    let head = try #require(document.components(separatedBy: marker).first)
    try expectGenerated(head + marker + format.reference(), at: path)
  }

  @Test func validatorAcceptsEveryShippedFile() throws {
    let rows = Shipped.rows.map { ("site", "\(Shipped.config)/\($0)") }
    let profiles = try Shipped.profilePaths().map { ("profile", $0) }
    guard let verdicts = try validate(rows + profiles) else { return }
    #expect(verdicts == Array(repeating: "ok", count: rows.count + profiles.count))
  }

  @Test func validatorRefusesWhatTheLoaderRefuses() throws {
    let edits: [(String, Any?)] = [
      ("supply.setpoint_c", 75), ("supply.setpoint_c", "40"), ("supply.setpoint_c", nil), ("supply.colour", "blue"),
      ("row.topology", "air"), ("row.name", "my row"), ("irhx", 2), ("racks.units", [Any]()),
      ("devices[0].unit", 0), ("devices[0].unit", 1.5), ("buses[0].serial", ["path": "/dev/ttyS0"]),
      ("devices[5].channels.rtd_0.at_4ma", "zero"), ("pumps.minimum_running", 5), ("fans", 1), ("devices", nil),
      ("devices[5].channels.rtd_0.inverted", "yes"), ("leak_zones", [["zone": 57]]), ("leak_zones", [["zone": 1.5]]),
      ("leak_zones", [["zone": 1, "critical": 1]]),
    ]
    let scratch = try Scratch()
    var files: [(String, String)] = []
    for (index, (path, value)) in edits.enumerated() {
      var document = try SmallRow.document()
      document.set(path, value)
      #expect(throws: ConfigurationFaults.self, "\(path)") { try SmallRow.load(document) }
      files.append(("site", try scratch.write("\(index).yaml", document.text)))
    }
    guard let verdicts = try validate(files) else { return }
    for (verdict, edit) in zip(verdicts, edits) { #expect(verdict == "refused", "\(edit.0)") }
  }

  /// The verdict of Python's jsonschema on each file; nil where Python or its packages are not installed.
  private func validate(_ files: [(schema: String, file: String)]) throws -> [String]? {
    let script = """
      import sys
      try:
          import json, yaml, jsonschema
      except ImportError:
          sys.exit(3)
      for schema, path in zip(sys.argv[2::2], sys.argv[3::2]):
          with open(f"{sys.argv[1]}/{schema}.schema.json") as f:
              checker = jsonschema.Draft202012Validator(json.load(f))
          checker.check_schema(checker.schema)
          with open(path) as f:
              print("ok" if checker.is_valid(yaml.safe_load(f)) else "refused")
      """
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["python3", "-c", script, "\(Shipped.config)/schema"] + files.flatMap { [$0.schema, $0.file] }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    // 127: no python3; 3: not its packages.
    guard ![3, 127].contains(process.terminationStatus) else { return nil }
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func expectGenerated(_ text: String, at path: String) throws {
    if ProcessInfo.processInfo.environment["IRHX_REGENERATE"] != nil {
      try Data(text.utf8).write(to: URL(filePath: path))
    }
    let shipped = try String(contentsOfFile: path, encoding: .utf8)
    #expect(shipped == text, "\(path) is not what the declaration says; IRHX_REGENERATE=1 writes it anew")
  }
}
