import RowConfig

/// A profile in the making: points, where each came from, and the file they become.
struct ProfileDraft {
  struct Entry {
    var point: DeviceProfile.Point
    /// The name the map gives it.
    var original: String
    var label: String
    var line: Int?
  }

  /// `vendor/device`.
  var name: String
  var kind: String
  var source: String
  var maxRead: Int?
  /// Remarks for the head of the file.
  var notes: [String] = []
  var entries: [Entry] = []
  private var taken: Set<String> = []

  init(vendor: String, device: String, kind: String, source: String) {
    name = "\(vendor)/\(Self.word(device, lengthMax: 60 - vendor.count))"
    self.kind = kind
    self.source = source
  }

  /// Adds a point under a name of our own: what the map calls it is kept in `doc`.
  mutating func add(_ original: String, label: String, line: Int?, _ point: DeviceProfile.Point) {
    var point = point
    let word = Self.word(original, lengthMax: 32)
    var name = word
    var number = 2
    while taken.contains(name) {
      name = "\(word.prefix(28))_\(number)"
      number += 1
    }
    taken.insert(name)
    point.name = name
    entries.append(Entry(point: point, original: original, label: label, line: line))
  }

  /// Letters, digits, `_` and `-` as they are; everything else becomes `_`.
  static func word(_ text: String, lengthMax: Int) -> String {
    let marks = text.lowercased().unicodeScalars.map { scalar -> Character in
      switch scalar {
      case "a"..."z", "0"..."9", "-": Character(scalar)
      default: "_"
      }
    }
    let word = String(marks.prefix(lengthMax))
    return word.isEmpty ? "unnamed" : word
  }

  /// The profile file.
  var text: String {
    var lines = (["Imported: every line is to be checked against the vendor's document."] + notes).map { "# \($0)" }
    lines += ["irhx_profile: 1", "name: \(name)", "kind: \(Self.quoted(kind))", "status: draft", "confidence: low"]
    lines += ["sources: [\(Self.quoted(source))]"]
    if let maxRead { lines.append("max_read: \(maxRead)") }
    lines.append("points:")
    lines += entries.map { "  \($0.point.name): {\(Self.fields($0).joined(separator: ", "))}" }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func fields(_ entry: Entry) -> [String] {
    let point = entry.point
    var fields = ["area: \(point.area.rawValue)", "address: \(point.address)"]
    fields.append("doc: \(quoted("\(point.doc.map { "\($0) " } ?? "")\(entry.original)"))")
    fields.append("format: \(point.format.rawValue)")
    if let length = point.length { fields.append("length: \(length)") }
    if point.wordOrder == .little { fields.append("word_order: little") }
    if point.byteOrder == .little { fields.append("byte_order: little") }
    if let bit = point.bit { fields.append("bit: \(bit)") }
    if point.bitCount != 1 { fields.append("bit_count: \(point.bitCount)") }
    if point.scale != 1 { fields.append("scale: \(point.scale)") }
    if point.offset != 0 { fields.append("offset: \(point.offset)") }
    if point.unit != .none { fields.append("unit: \(quoted(point.unit.rawValue))") }
    if let interval = point.intervalS { fields.append("interval_s: \(interval)") }
    return fields
  }

  /// Double quotes hold whatever a map may contain, but for what no text of a profile may.
  private static func quoted(_ text: String) -> String {
    var quoted = ""
    for scalar in text.unicodeScalars.prefix(200) where scalar.value >= 0x20 && scalar.value != 0x7F {
      if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
      quoted.unicodeScalars.append(scalar)
    }
    return "\"\(quoted)\""
  }
}
