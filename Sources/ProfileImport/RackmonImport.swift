internal import RowConfig

/// Register maps of OpenBMC's rackmon (one JSON file a device family) into profiles.
///
/// Facts of the format: addresses are wire addresses of holding registers; a register of more than one word is
/// big-endian unless `endian` is `L`, which reverses words and bytes; FLOAT is shift + scale · raw / 2^precision and
/// always big-endian; a flag's position counts from the last register's lowest bit; signed only with `sign`.
public enum RackmonImport {
  public static func read(_ json: String, file: String) -> ImportedMap {
    let root: MapNode
    do throws(MapNode.Unreadable) { root = try MapNode.tree(of: json) } catch {
      return .unreadable(error.why, line: error.line)
    }
    guard let registers = root["registers"]?.list else {
      return .unreadable("no list of registers: not a register map of rackmon")
    }
    let name = root["name"]?.text ?? "device"
    var draft = ProfileDraft(vendor: "rackmon", device: name, kind: "\(name), imported from rackmon", source: file)
    if let span = root["max_span_length"]?.integer, (1...125).contains(span) { draft.maxRead = span }
    if let baud = root["baudrate"]?.text { draft.notes.append("\(baud) Bd, parity \(root["parity"]?.text ?? "EVEN").") }
    if root["special_handlers"] != nil || root["time_sync"] != nil {
      draft.notes.append("What rackmon writes to the device from time to time is not imported.")
    }
    var map = ImportedMap()
    for (index, register) in registers.enumerated() {
      let name = register["name"]?.text
      let label = "registers[\(index)]" + (name.map { " \"\($0)\"" } ?? "")
      do throws(MapNode.Wrong) {
        for (original, point) in try points(register) {
          draft.add(original, label: label, line: register.line, point)
        }
      } catch {
        map.refusals.append(.init(entry: label, why: error.why, line: register.line))
      }
    }
    map.add(draft)
    return map
  }

  private static func points(_ register: MapNode) throws(MapNode.Wrong) -> [(String, DeviceProfile.Point)] {
    guard register.isMapping else { throw MapNode.Wrong(why: "not a mapping") }
    let name = try register.text("name")
    let length = try register.integer("length", 1...125)
    let begin = try register.integer("begin", 0...65536 - length)
    let isSigned = try register.flag("sign")
    let form = register["format"]?.text ?? "RAW"
    var point = DeviceProfile.Point(name: "", area: .holding, address: begin, format: .uint16)
    point.doc = "\(begin)"
    if register["interval"] != nil { point.intervalS = Double(try register.integer("interval", 1...86_400)) }
    switch form {
    case "FLAGS": return try flags(register, point, length)
    case "STRING":
      point.format = .string
      point.length = length
    case "INTEGER", "LONG", "RAW", "FLOAT":
      point.format = try integer(length, isSigned: isSigned && form != "RAW")
      if form != "FLOAT", form != "RAW", register["endian"]?.text == "L" {
        point.wordOrder = .little
        point.byteOrder = .little
      }
      if form == "FLOAT" {
        let precision = try register.integer("precision", 0...31)
        point.scale = try register.number("scale", standing: 1) / Double(1 << precision)
        point.offset = try register.number("shift", standing: 0)
      }
      if let unit = register["unit"]?.text { convert(&point, from: unit) }
    default: throw MapNode.Wrong(why: "format is \(form); expected RAW, STRING, INTEGER, LONG, FLOAT or FLAGS")
    }
    return [(name, point)]
  }

  private static func integer(_ length: Int, isSigned: Bool) throws(MapNode.Wrong) -> DeviceProfile.Format {
    switch length {
    case 1: return isSigned ? .int16 : .uint16
    case 2: return isSigned ? .int32 : .uint32
    case 4: return isSigned ? .int64 : .uint64
    default: throw MapNode.Wrong(why: "\(length) registers are no number; expected 1, 2 or 4")
    }
  }

  private static func flags(
    _ register: MapNode, _ point: DeviceProfile.Point, _ length: Int
  ) throws(MapNode.Wrong) -> [(String, DeviceProfile.Point)] {
    guard let flags = register["flags"]?.list else { throw MapNode.Wrong(why: "no list of flags") }
    var points: [(String, DeviceProfile.Point)] = []
    for flag in flags {
      guard let pair = flag.list, pair.count == 2, let position = pair[0].integer, let name = pair[1].text else {
        throw MapNode.Wrong(why: "a flag is not a position and a name")
      }
      guard (0..<16 * length).contains(position) else {
        throw MapNode.Wrong(why: "flag \(name) is at position \(position) of \(16 * length)")
      }
      var bit = point
      bit.address += length - 1 - position / 16
      bit.doc = "\(bit.address) b\(position % 16)"
      bit.format = .bits16
      bit.bit = position % 16
      bit.unit = .boolean
      points.append((name, bit))
    }
    return points
  }

  /// Into a unit of ours where there is one.
  private static func convert(_ point: inout DeviceProfile.Point, from unit: String) {
    func becomes(_ unit: Unit, _ factor: Double = 1) {
      point.unit = unit
      point.scale *= factor
      point.offset *= factor
    }
    switch unit {
    case "Percent": becomes(.percent)
    case "RPMS": becomes(.rpm)
    case "DegreesC": becomes(.celsius)
    case "Hertz": becomes(.hertz)
    case "Watts": becomes(.kilowatt, 0.001)
    case "Pascals": becomes(.kilopascal, 0.001)
    default: point.doc = point.doc.map { "\($0), \(unit)," }
    }
  }
}
