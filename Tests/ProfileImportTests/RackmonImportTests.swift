import ProfileImport
import RowConfig
import Testing

/// Rackmon's register maps become drafts; what is wrong in one is said entry by entry, and the rest imported.
@Suite struct RackmonImportTests {
  private static func map(_ registers: String, _ head: String = "") -> ImportedMap {
    RackmonImport.read(
      """
      {"name": "ACME_Pump", "address_range": [[12, 12]], "baudrate": 19200, \(head)
       "registers": [
      \(registers)
       ]}
      """, file: "acme.json")
  }

  private static func points(_ registers: String) throws -> [DeviceProfile.Point] {
    let map = map(registers)
    #expect(map.refusals == [])
    return try #require(map.profiles.first).profile.points
  }

  @Test func headOfTheMapBecomesADraft() throws {
    let map = Self.map(
      #"{"begin": 5, "length": 1, "name": "A"}"#, #""max_span_length": 30, "special_handlers": [{"reg": 1}],"#)
    let imported = try #require(map.profiles.first)
    #expect(imported.profile.name == "rackmon/acme_pump")
    #expect(imported.profile.status == .draft && imported.profile.confidence == .low)
    #expect(imported.profile.maxRead == 30 && imported.profile.sources == ["acme.json"])
    #expect(imported.text.contains("# 19200 Bd, parity EVEN."))
    #expect(imported.text.contains("# What rackmon writes to the device from time to time is not imported."))
  }

  @Test(
    arguments: [
      (#""length": 1, "format": "INTEGER""#, .uint16), (#""length": 1, "format": "INTEGER", "sign": true"#, .int16),
      (#""length": 2, "format": "INTEGER""#, .uint32), (#""length": 2, "format": "INTEGER", "sign": true"#, .int32),
      (#""length": 4, "format": "LONG""#, .uint64), (#""length": 4, "format": "LONG", "sign": true"#, .int64),
      (#""length": 1"#, .uint16), (#""length": 2, "format": "RAW""#, .uint32),
      (#""length": 8, "format": "STRING""#, .string),
    ] as [(String, DeviceProfile.Format)])
  func formatAndLengthSayTheType(_ keys: String, _ format: DeviceProfile.Format) throws {
    let point = try #require(try Self.points(#"{"begin": 36864, "name": "X_1", \#(keys)}"#).first)
    #expect(point.format == format && point.area == .holding && point.address == 36864)
    #expect(point.name == "x_1" && point.doc == "36864 X_1")
    #expect(point.length == (format == .string ? 8 : nil))
  }

  @Test func fixedPointIsScaledByItsPrecisionAndShifted() throws {
    let point = try #require(
      try Self.points(
        #"{"begin": 1, "length": 1, "name": "V", "format": "FLOAT", "precision": 11, "scale": 0.5, "shift": -3}"#
      ).first)
    #expect(point.format == .uint16 && point.scale == 0.5 / 2048 && point.offset == -3)
  }

  @Test func littleEndianReversesWordsAndBytesOfAnIntegerOnly() throws {
    let keys = #""begin": 1, "length": 2, "name": "L", "endian": "L""#
    let integer = try #require(try Self.points(#"{\#(keys), "format": "INTEGER"}"#).first)
    #expect(integer.wordOrder == .little && integer.byteOrder == .little)
    let float = try #require(try Self.points(#"{\#(keys), "format": "FLOAT", "precision": 0}"#).first)
    #expect(float.wordOrder == .big && float.byteOrder == .big)
  }

  @Test func flagsCountFromTheLastRegister() throws {
    let points = try Self.points(
      #"{"begin": 100, "length": 2, "format": "FLAGS", "flags": [[0, "low"], [15, "mid"], [16, "high"]], "name": "F"}"#)
    #expect(points.map(\.name) == ["low", "mid", "high"])
    #expect(points.map(\.address) == [101, 101, 100] && points.map(\.bit) == [0, 15, 0])
    #expect(points.allSatisfy { $0.format == .bits16 && $0.unit == .boolean })
  }

  @Test(
    arguments: [
      ("Watts", .kilowatt, 0.0001), ("Pascals", .kilopascal, 0.0001), ("DegreesC", .celsius, 0.1),
      ("Percent", .percent, 0.1), ("RPMS", .rpm, 0.1), ("Volts", .none, 0.1),
    ] as [(String, Unit, Double)])
  func unitBecomesOursWhereThereIsOne(_ word: String, _ unit: Unit, _ scale: Double) throws {
    let point = try #require(
      try Self.points(
        #"{"begin": 1, "length": 1, "name": "W", "format": "FLOAT", "precision": 0, "scale": 0.1, "unit": "\#(word)"}"#
      ).first)
    #expect(point.unit == unit && abs(point.scale - scale) < 1e-12)
  }

  @Test func malformedEntriesAreNamedAndTheRestImported() throws {
    let map = Self.map(
      """
      {"begin": 1, "length": 1, "name": "good"},
      {"begin": 2, "length": 3, "name": "three", "format": "INTEGER"},
      {"begin": 70000, "length": 1, "name": "far"},
      {"length": 1, "name": "nowhere"},
      {"begin": 4, "length": 1},
      {"begin": 5, "length": 1, "name": "odd", "format": "DOUBLE"},
      {"begin": 6, "length": 1, "name": "flags", "format": "FLAGS", "flags": [[16, "beyond"]]},
      {"begin": 7, "length": 1, "name": "fixed", "format": "FLOAT"},
      17,
      {"begin": 8, "length": 2, "name": "wide", "format": "INTEGER"},
      {"begin": 9, "length": 1, "name": "inside", "format": "INTEGER"},
      {"begin": 20, "length": 1, "name": "last", "interval": 30}
      """)
    #expect(map.profiles.first?.profile.points.map(\.name) == ["good", "wide", "last"])
    #expect(map.profiles.first?.profile.points.last?.intervalS == 30)
    #expect(
      map.refusals.map(\.description) == [
        "line 4: registers[1] \"three\": 3 registers are no number; expected 1, 2 or 4",
        "line 5: registers[2] \"far\": begin is 70000; expected a whole number 0 … 65535",
        "line 6: registers[3] \"nowhere\": no begin",
        "line 7: registers[4]: no name",
        "line 8: registers[5] \"odd\": format is DOUBLE; expected RAW, STRING, INTEGER, LONG, FLOAT or FLAGS",
        "line 9: registers[6] \"flags\": flag beyond is at position 16 of 16",
        "line 10: registers[7] \"fixed\": no precision",
        "line 11: registers[8]: not a mapping",
        "line 13: registers[10] \"inside\": overlaps wide, uint32 at 8, with another format or start",
      ])
  }

  @Test func likeNamesStayApartAndStrangeOnesBecomeNames() throws {
    let long = String(repeating: "L", count: 40)
    let points = try Self.points(
      """
      {"begin": 1, "length": 1, "name": "Fan speed (rpm)"}, {"begin": 2, "length": 1, "name": "Fan speed [rpm]"},
      {"begin": 3, "length": 1, "name": "\(long)1"}, {"begin": 4, "length": 1, "name": "\(long)2"},
      {"begin": 5, "length": 1, "name": "say \\"when\\""}
      """)
    let l28 = String(repeating: "l", count: 28)
    #expect(points.map(\.name) == ["fan_speed__rpm_", "fan_speed__rpm__2", l28 + "llll", l28 + "_2", "say__when_"])
    #expect(points.last?.doc == "5 say \"when\"")
  }

  @Test(
    arguments: [
      ("", "the file: the file is empty"), ("{\"name\": \"x\"}", "the file: no list of registers: not a register map"),
      ("[1, 2]", "the file: no list of registers"), ("{\"registers\": [}", "line 1: the file: did not find"),
      ("{\"registers\": []}", "rackmon/device: nothing in it could be imported"),
    ])
  func whatIsNoMapIsRefusedWhole(_ json: String, _ why: String) {
    let map = RackmonImport.read(json, file: "x.json")
    #expect(map.profiles.isEmpty)
    #expect(map.refusals.first?.description.hasPrefix(why) == true, "\(map.refusals)")
  }

  @Test func noTruncatedMapTraps() {
    let text =
      #"{"name": "a", "registers": [{"begin": 1, "length": 2, "name": "b", "format": "FLAGS", "#
      + #""flags": [[3, "c"]]}, {"begin": 9, "length": 1, "name": "d", "format": "FLOAT", "precision": 3}]}"#
    for end in 0...text.count {
      let map = RackmonImport.read(String(text.prefix(end)), file: "x.json")
      #expect(map.profiles.isEmpty == (end < text.count))
    }
  }
}
