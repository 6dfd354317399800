import ProfileImport
import RowConfig
import Testing

/// Telegraf's Modbus sections become drafts, one a device, in each of its three styles.
@Suite struct TelegrafImportTests {
  private static let registerStyle = """
    [agent]
      interval = "10s"
    [[inputs.modbus]]
      name = "Heat Meter"
      slave_id = 3
      controller = "tcp://localhost:502"
      configuration_type = "register"
      discrete_inputs = [ { name = "alarm", address = [4] } ]
      coils = [ { name = "enable", address = [0] } ]
      holding_registers = [
        { name = "power_factor", byte_order = "AB",   data_type = "FIXED",        scale = 0.01, address = [8] },
        { name = "energy",       byte_order = "ABCD", data_type = "UFIXED",       scale = 0.1,  address = [5, 6] },
        { name = "flow",         byte_order = "CDAB", data_type = "FLOAT32-IEEE", scale = 1.0,  address = [10, 11] },
        { name = "serial",       byte_order = "AB",   data_type = "STRING",       address = [20, 21, 22] },
      ]
      input_registers = [
        { name = "level", byte_order = "BA",       data_type = "INT16",        scale = 1.0, address = [0] },
        { name = "total", byte_order = "ABCDEFGH", data_type = "FLOAT64-IEEE", scale = 1.0, address = [2, 3, 4, 5] },
      ]
    """

  @Test func registerStyleIsReadByRegisterType() throws {
    let map = TelegrafImport.read(Self.registerStyle, file: "telegraf.conf")
    #expect(map.refusals == [])
    let profile = try #require(map.profiles.first).profile
    #expect(profile.name == "telegraf/heat_meter" && profile.status == .draft && profile.confidence == .low)
    let points = profile.points
    #expect(points.map(\.name) == ["alarm", "enable", "power_factor", "energy", "flow", "serial", "level", "total"])
    #expect(points.map(\.area) == [.discrete, .coil, .holding, .holding, .holding, .holding, .input, .input])
    #expect(points.map(\.address) == [4, 0, 8, 5, 10, 20, 0, 2])
    #expect(points.map(\.format) == [.bool, .bool, .int16, .uint32, .float32, .string, .int16, .float64])
    #expect(points[2].scale == 0.01 && points[3].scale == 0.1 && points[5].length == 3)
    #expect(points[4].wordOrder == .little && points[4].byteOrder == .big)
    #expect(points[6].byteOrder == .little && points[7].wordOrder == .big)
  }

  @Test func requestAndMetricStylesAreReadFieldByField() throws {
    let map = TelegrafImport.read(
      """
      [[inputs.modbus]]
        name = "gateway"
        configuration_type = "request"
        [[inputs.modbus.request]]
          slave_id = 1
          byte_order = "DCBA"
          register = "holding"
          fields = [
            { address = 0, name = "voltage", type = "INT16", scale = 0.1 },
            { address = 1, name = "current", type = "INT32" },
            { address = 3, name = "skipped", type = "UINT32", omit = true },
            { address = 5, name = "energy", type = "FLOAT32", scale = 0.001 },
          ]
        [[inputs.modbus.request]]
          slave_id = 2
          register = "coil"
          fields = [ { address = 7, name = "running" } ]
      [[inputs.modbus]]
        name = "drive"
        slave_id = 9
        configuration_type = "metric"
        [[inputs.modbus.metric]]
          slave_id = 9
          byte_order = "BADC"
          measurement = "drive"
          fields = [
            { register = "input", address = 0, name = "speed", type = "UINT32" },
            { register = "holding", address = 2, name = "fault", type = "BIT", bit = 3 },
            { register = "holding", address = 2, name = "code", type = "UINT8H" },
            { register = "holding", address = 9, name = "type", type = "STRING", length = 4 },
          ]
      """, file: "t.conf")
    #expect(map.refusals == [])
    #expect(map.profiles.map(\.profile.name) == ["telegraf/gateway-1", "telegraf/gateway-2", "telegraf/drive"])
    let one = map.profiles[0].profile.points
    #expect(one.map(\.name) == ["voltage", "current", "energy"] && one.map(\.format) == [.int16, .int32, .float32])
    #expect(one.allSatisfy { $0.wordOrder == .little && $0.byteOrder == .little })
    #expect(map.profiles[1].profile.points.map(\.area) == [.coil])
    let drive = map.profiles[2].profile.points
    #expect(drive.map(\.area) == [.input, .holding, .holding, .holding])
    #expect(drive[0].byteOrder == .little && drive[0].wordOrder == .big)
    #expect(drive[1].bit == 3 && drive[1].unit == .boolean && drive[2].bit == 8 && drive[2].bitCount == 8)
    #expect(drive[3].length == 4)
  }

  @Test func malformedEntriesAreNamedAndTheRestImported() throws {
    let map = TelegrafImport.read(
      """
      [[inputs.modbus]]
        name = "m"
        slave_id = 1
        holding_registers = [
          { name = "good",  byte_order = "AB",   data_type = "UINT16", scale = 1.0, address = [0] },
          { name = "gap",   byte_order = "ABCD", data_type = "UINT32", scale = 1.0, address = [1, 3] },
          { name = "short", byte_order = "ABCD", data_type = "UINT32", scale = 1.0, address = [1] },
          { name = "half",  byte_order = "AB",   data_type = "FLOAT16-IEEE", scale = 1.0, address = [5] },
          { name = "order", byte_order = "ACBD", data_type = "UINT32", scale = 1.0, address = [6, 7] },
          { name = "none",  byte_order = "AB",   data_type = "UINT16", scale = 0.0, address = [8] },
          { byte_order = "AB", data_type = "UINT16", scale = 1.0, address = [9] },
          { name = "where", byte_order = "AB",   data_type = "UINT16", scale = 1.0 },
          { name = "last",  byte_order = "AB",   data_type = "INT16",  scale = 1.0, address = [10] },
        ]
      [[inputs.modbus]]
        name = "odd"
        configuration_type = "sometimes"
      [[inputs.modbus]]
        name = "idle"
      """, file: "t.conf")
    #expect(map.profiles.map { $0.profile.points.map(\.name) } == [["good", "last"]])
    #expect(
      map.refusals.map(\.description) == [
        "inputs.modbus[0].holding_registers[1] \"gap\": its registers do not follow each other",
        "inputs.modbus[0].holding_registers[2] \"short\": 1 registers are given for UINT32",
        "inputs.modbus[0].holding_registers[3] \"half\": FLOAT16-IEEE is no type that a profile has",
        "inputs.modbus[0].holding_registers[4] \"order\": byte_order is ACBD; expected ABCD, DCBA, BADC or CDAB",
        "inputs.modbus[0].holding_registers[6]: no name",
        "inputs.modbus[0].holding_registers[7] \"where\": address is not a list of registers",
        "inputs.modbus[0].holding_registers[5] \"none\": 0 makes every value the same; expected any other number",
        "inputs.modbus[1]: configuration_type is sometimes; expected register, request or metric",
        "inputs.modbus[2]: it reads nothing",
      ])
  }

  @Test(
    arguments: [
      ("[[inputs.modbus]\n", "line 1: the file: "), ("", "the file: no section [[inputs.modbus]]"),
      ("[[inputs.cpu]]\n", "the file: no section [[inputs.modbus]]"),
      ("[inputs]\nmodbus = 5\n", "the file: no section"),
    ])
  func whatIsNoConfigurationIsRefusedWhole(_ toml: String, _ why: String) {
    let map = TelegrafImport.read(toml, file: "t.conf")
    #expect(map.profiles.isEmpty)
    #expect(map.refusals.first?.description.hasPrefix(why) == true, "\(map.refusals)")
  }

  @Test func noTruncatedConfigurationTraps() {
    for end in stride(from: 0, to: Self.registerStyle.count, by: 3) {
      let map = TelegrafImport.read(String(Self.registerStyle.prefix(end)), file: "t.conf")
      #expect(!(map.profiles.isEmpty && map.refusals.isEmpty))
    }
  }
}
