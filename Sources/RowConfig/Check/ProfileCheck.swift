/// What a device profile must mean, beyond each value being right by itself.

struct ProfileCheck {
  let profile: DeviceProfile
  var reading: Reading
  private let points: [String: DeviceProfile.Point]

  init(profile: DeviceProfile, reading: Reading) {
    self.profile = profile
    self.reading = reading
    points = Dictionary(profile.points.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func run() {
    for point in profile.points { check(point) }
    checkOverlaps()
    for command in profile.commands { check(command) }
    for (index, setting) in (profile.communicationLoss?.setUp ?? []).enumerated() {
      check(setting, "communication_loss.set_up[\(index)]")
    }
    unique(profile.points.map { ("points.\($0.name).signal", $0.signal) })
    unique(profile.commands.map { ("commands.\($0.name).signal", $0.signal) })
  }

  private mutating func check(_ point: DeviceProfile.Point) {
    let path = "points.\(point.name)"
    checkAddress(point.area, point.address, point.format, path)
    notZero(point.scale, "\(path).scale")
    notZero(point.referenceDivisor, "\(path).reference_divisor")
    refer(point.reference, "\(path).reference", from: point.name)
    refer(point.validWhen?.point, "\(path).valid_when.point", from: point.name)
    if point.bit != nil, point.format != .bits16, reading.sound("\(path).bit", "\(path).format") {
      fault("\(path).bit", "only a bits16 point has bits; format is \(point.format.rawValue)")
    }
    if point.format.registers > profile.maxRead, reading.sound("max_read", "\(path).format") {
      fault("\(path).format", "takes \(point.format.registers) registers; max_read is \(profile.maxRead)")
    }
  }

  private mutating func check(_ command: DeviceProfile.Command) {
    let path = "commands.\(command.name)"
    checkAddress(command.area, command.address, command.format, path)
    if command.area == .input || command.area == .discrete, reading.sound("\(path).area") {
      fault("\(path).area", "\(command.area.rawValue) cannot be written; expected coil or holding")
    }
    guard reading.sound("\(path).analog", "\(path).word") else { return }
    switch command.form {
    case .analog(let analog): check(analog, command, "\(path).analog")
    case .word(let word): check(word, command, "\(path).word")
    }
  }

  private mutating func check(
    _ analog: DeviceProfile.Command.Analog, _ command: DeviceProfile.Command, _ path: String
  ) {
    notZero(analog.scale, "\(path).scale")
    notZero(analog.referenceDivisor, "\(path).reference_divisor")
    refer(analog.reference, "\(path).reference")
    refer(analog.readBack, "\(path).read_back")
    guard reading.sound("\(path).raw_min", "\(path).raw_max") else { return }
    guard analog.rawMin < analog.rawMax else {
      return fault("\(path).raw_max", "\(plain(analog.rawMax)) must be above raw_min, which is \(plain(analog.rawMin))")
    }
    if let range = command.format.rawRange, !(range.contains(analog.rawMin) && range.contains(analog.rawMax)) {
      fault(
        "\(path).raw_max",
        "\(plain(analog.rawMin)) … \(plain(analog.rawMax)) does not fit \(command.format.rawValue), "
          + "which holds \(span(range, unit: ""))")
    }
  }

  private mutating func check(_ word: DeviceProfile.Command.Word, _ command: DeviceProfile.Command, _ path: String) {
    if command.format != .uint16, command.format != .bits16, reading.sound("commands.\(command.name).format") {
      fault("commands.\(command.name).format", "a control word is uint16 or bits16")
    }
    guard reading.sound("\(path).run") else { return }
    for (index, step) in word.run.enumerated() {
      let place = "\(path).run[\(index)]"
      let last = index == word.run.count - 1
      if last, step.until != nil {
        fault("\(place).until", "the last step is sent for as long as the device is to run; it has no until")
        continue
      } else if !last, step.until == nil {
        reading.fault(at: place, .missing(expected: "until: what ends this step"))
      }
      refer(step.until, "\(place).until")
      if let until = step.until, let point = points[until], point.unit != .boolean {
        fault("\(place).until", "\(until) is not a 0/1 point")
      }
    }
  }

  private mutating func check(_ setting: DeviceProfile.CommunicationLoss.Setting, _ path: String) {
    refer(setting.point, "\(path).point")
    if let point = points[setting.point], point.reference != nil || point.validWhen != nil {
      fault("\(path).point", "\(setting.point) depends on another point; a setting is read by itself")
    }
    guard reading.sound("\(path).min", "\(path).max"), setting.min > setting.max else { return }
    fault("\(path).max", "\(plain(setting.max)) must not be below min, which is \(plain(setting.min))")
  }

  private mutating func checkAddress(
    _ area: DeviceProfile.Area, _ address: Int, _ format: DeviceProfile.Format, _ path: String
  ) {
    guard reading.sound("\(path).area", "\(path).address", "\(path).format") else { return }
    let single = area == .coil || area == .discrete
    if single != (format == .bool) {
      fault(
        "\(path).format", "\(format.rawValue) does not go with area \(area.rawValue); bool goes with coil and discrete")
    }
    if address + format.registers > 65536 {
      fault("\(path).address", "\(format.rawValue) at \(address) reaches beyond the last register, 65535")
    }
  }

  /// Points may share registers only where they read them the same way.
  private mutating func checkOverlaps() {
    for (index, point) in profile.points.enumerated() {
      let path = "points.\(point.name)"
      guard reading.sound("\(path).area", "\(path).address", "\(path).format") else { continue }
      let clash = profile.points[..<index].first { other in
        other.area == point.area && reading.sound("points.\(other.name).address", "points.\(other.name).format")
          && other.address < point.address + point.format.registers
          && point.address < other.address + other.format.registers
          && !(other.address == point.address && other.format == point.format)
      }
      guard let clash else { continue }
      fault(
        "\(path).address",
        "overlaps \(clash.name), \(clash.format.rawValue) at \(clash.address), with another format or start")
    }
  }

  private mutating func unique(_ signals: [(path: String, signal: String?)]) {
    var first: [String: String] = [:]
    for (path, signal) in signals {
      guard let signal else { continue }
      if let earlier = first[signal] {
        reading.fault(at: path, .duplicate(what: "signal \(signal)", first: reading.line(of: earlier)))
      } else {
        first[signal] = path
      }
    }
  }

  private mutating func refer(_ name: String?, _ path: String, from own: String? = nil) {
    guard let name, reading.sound(path) else { return }
    if name == own { return fault(path, "\(name) cannot depend on itself") }
    guard points[name] == nil else { return }
    let near = nearest(to: name, among: profile.points.map(\.name))
    reading.fault(at: path, .unknownReference(kind: "point", name: name, nearest: near))
  }

  private mutating func notZero(_ value: Double, _ path: String) {
    if value == 0, reading.sound(path) { fault(path, "0 makes every value the same; expected any other number") }
  }

  private mutating func fault(_ path: String, _ text: String) { reading.fault(at: path, .contradiction(text)) }
}

extension DeviceProfile.Format {
  /// Raw values of the format that a command can send; nil: not bounded by it.
  fileprivate var rawRange: ClosedRange<Double>? {
    switch self {
    case .bool: 0...1
    case .int16: -32_768...32_767
    case .uint16, .bits16: 0...65_535
    case .int32: -2_147_483_648...2_147_483_647
    case .uint32: 0...4_294_967_295
    case .int64, .uint64, .float32, .float64: nil
    }
  }
}
