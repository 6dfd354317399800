internal import RowConfig
internal import TOMLKit

/// `[[inputs.modbus]]` sections of a Telegraf configuration into profiles, one for each device that they read.
///
/// All three styles: fields by register type (`register`), by request (`request`) and by metric (`metric`). Byte orders
/// ABCD, DCBA, BADC and CDAB are of bytes as they arrive; FIXED and UFIXED are integers of as many registers as given.
public enum TelegrafImport {
  public static func read(_ toml: String, file: String) -> ImportedMap {
    let root: MapNode
    do {
      // Through JSON, so that both importers walk the same kind of tree.
      root = try MapNode.tree(of: TOMLTable(string: toml).convert(to: .json))
    } catch let error as TOMLParseError {
      return .unreadable(error.description, line: error.source.begin.line)
    } catch {
      return .unreadable("\(error)")
    }
    guard let plugins = root["inputs"]?["modbus"]?.list else {
      return .unreadable("no section [[inputs.modbus]]")
    }
    var map = ImportedMap()
    for (index, plugin) in plugins.enumerated() {
      var reader = TelegrafPlugin(plugin, label: "inputs.modbus[\(index)]", file: file)
      reader.run()
      map.refusals += reader.refusals
      for draft in reader.drafts.sorted(by: { $0.key < $1.key }).map(\.value) { map.add(draft) }
    }
    return map
  }
}

/// One section.
private struct TelegrafPlugin {
  let plugin: MapNode
  let label: String
  let file: String
  /// By the unit that is asked.
  var drafts: [Int: ProfileDraft] = [:]
  var refusals: [ImportedMap.Refusal] = []

  init(_ plugin: MapNode, label: String, file: String) {
    self.plugin = plugin
    self.label = label
    self.file = file
  }

  mutating func run() {
    let style = plugin["configuration_type"]?.text ?? "register"
    switch style {
    case "register":
      let unit = plugin["slave_id"]?.integer ?? 0
      for (key, area) in [
        ("discrete_inputs", DeviceProfile.Area.discrete), ("coils", .coil), ("holding_registers", .holding),
        ("input_registers", .input),
      ] {
        for (index, field) in (plugin[key]?.list ?? []).enumerated() {
          add(field, "\(key)[\(index)]", unit) { field throws(MapNode.Wrong) in
            try Self.registerStyle(field, area)
          }
        }
      }
    case "request", "metric":
      for (index, block) in (plugin[style]?.list ?? []).enumerated() {
        let unit = block["slave_id"]?.integer ?? 0
        for (number, field) in (block["fields"]?.list ?? []).enumerated() {
          add(field, "\(style)[\(index)].fields[\(number)]", unit) { field throws(MapNode.Wrong) in
            if try field.flag("omit") { return nil }
            let area = field["register"]?.text ?? block["register"]?.text ?? "holding"
            return try Self.fieldStyle(field, area, order: block["byte_order"]?.text ?? "ABCD")
          }
        }
      }
    default: refuse(label, "configuration_type is \(style); expected register, request or metric")
    }
    if drafts.count > 1 {
      for (unit, draft) in drafts { drafts[unit]?.name = "\(draft.name)-\(unit)" }
    }
    if drafts.isEmpty, refusals.isEmpty { refuse(label, "it reads nothing") }
  }

  private mutating func refuse(_ entry: String, _ why: String) {
    refusals.append(.init(entry: entry, why: why, line: nil))
  }

  private mutating func add(
    _ field: MapNode, _ place: String, _ unit: Int,
    _ read: (MapNode) throws(MapNode.Wrong) -> DeviceProfile.Point?
  ) {
    let name = field["name"]?.text
    let label = "\(label).\(place)" + (name.map { " \"\($0)\"" } ?? "")
    do throws(MapNode.Wrong) {
      guard field.isMapping else { throw MapNode.Wrong(why: "not a mapping") }
      guard let point = try read(field) else { return }
      let original = try field.text("name")
      let device = plugin["name"]?.text ?? "device"
      var draft =
        drafts[unit]
        ?? ProfileDraft(
          vendor: "telegraf", device: device, kind: "\(device), imported from Telegraf", source: file)
      draft.add(original, label: label, line: nil, point)
      drafts[unit] = draft
    } catch {
      refuse(label, error.why)
    }
  }

  /// `{name, byte_order, data_type, scale, address = [n, …]}`.
  private static func registerStyle(
    _ field: MapNode, _ area: DeviceProfile.Area
  ) throws(MapNode.Wrong) -> DeviceProfile.Point {
    guard let list = field["address"]?.list, let first = list.first?.integer, (0...65535).contains(first) else {
      throw MapNode.Wrong(why: "address is not a list of registers")
    }
    guard list.enumerated().allSatisfy({ $1.integer == first + $0 }) else {
      throw MapNode.Wrong(why: "its registers do not follow each other")
    }
    var point = DeviceProfile.Point(name: "", area: area, address: first, format: .bool)
    point.doc = "\(first)"
    if area == .coil || area == .discrete {
      point.unit = .boolean
      return point
    }
    try setType(&point, try field.text("data_type"), count: list.count, bit: field["bit"]?.integer)
    guard point.registers == list.count else {
      throw MapNode.Wrong(why: "\(list.count) registers are given for \(try field.text("data_type"))")
    }
    try setOrder(&point, field["byte_order"]?.text ?? "ABCD")
    point.scale = try field.number("scale", standing: 1)
    return point
  }

  /// `{address = n, name, type, scale, length, bit}` of a request or a metric.
  private static func fieldStyle(
    _ field: MapNode, _ area: String, order: String
  ) throws(MapNode.Wrong) -> DeviceProfile.Point {
    guard let area = DeviceProfile.Area(rawValue: area) else {
      throw MapNode.Wrong(why: "register is \(area); expected coil, discrete, holding or input")
    }
    let address = try field.integer("address", 0...65535)
    var point = DeviceProfile.Point(name: "", area: area, address: address, format: .bool)
    point.doc = "\(address)"
    if area == .coil || area == .discrete {
      point.unit = .boolean
      return point
    }
    try setType(&point, try field.text("type"), count: field["length"]?.integer, bit: field["bit"]?.integer)
    try setOrder(&point, order)
    point.scale = try field.number("scale", standing: 1)
    return point
  }

  /// `count`: registers of a type that does not tell.
  private static func setType(
    _ point: inout DeviceProfile.Point, _ type: String, count: Int?, bit: Int?
  ) throws(MapNode.Wrong) {
    func bits(_ first: Int, _ count: Int) {
      point.format = .bits16
      point.bit = first
      point.bitCount = count
    }
    switch (type, count) {
    case ("INT16", _): point.format = .int16
    case ("UINT16", _): point.format = .uint16
    case ("INT32", _): point.format = .int32
    case ("UINT32", _): point.format = .uint32
    case ("INT64", _): point.format = .int64
    case ("UINT64", _): point.format = .uint64
    case ("FLOAT32-IEEE", _): point.format = .float32
    case ("FLOAT64", _), ("FLOAT64-IEEE", _): point.format = .float64
    // Of the register style a fixed-point number by its old name, of the others a float: they give no registers.
    case ("FLOAT32", nil): point.format = .float32
    case ("FIXED", 1?): point.format = .int16
    case ("FIXED", 2?): point.format = .int32
    case ("FIXED", 4?): point.format = .int64
    case ("UFIXED", 1?), ("FLOAT32", 1?): point.format = .uint16
    case ("UFIXED", 2?), ("FLOAT32", 2?): point.format = .uint32
    case ("UFIXED", 4?), ("FLOAT32", 4?): point.format = .uint64
    case ("UINT8H", _): bits(8, 8)
    case ("UINT8L", _): bits(0, 8)
    case ("BIT", _):
      bits(bit ?? 0, 1)
      point.unit = .boolean
    case ("STRING", let count?):
      point.format = .string
      point.length = count
    case ("STRING", nil): throw MapNode.Wrong(why: "a STRING without a length")
    default: throw MapNode.Wrong(why: "\(type) is no type that a profile has")
    }
  }

  private static func setOrder(_ point: inout DeviceProfile.Point, _ order: String) throws(MapNode.Wrong) {
    switch order {
    case "AB", "ABCD", "ABCDEFGH": break
    case "BA", "DCBA", "HGFEDCBA": (point.wordOrder, point.byteOrder) = (.little, .little)
    case "BADC", "BADCFEHG": point.byteOrder = .little
    case "CDAB", "GHEFCDAB": point.wordOrder = .little
    default: throw MapNode.Wrong(why: "byte_order is \(order); expected ABCD, DCBA, BADC or CDAB")
    }
  }
}
