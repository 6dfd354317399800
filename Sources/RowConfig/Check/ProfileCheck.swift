/// What a device profile must mean, beyond each value being right by itself.

struct ProfileCheck {
  let profile: DeviceProfile
  var reading: Reading
  let points: [String: DeviceProfile.Point]

  init(profile: DeviceProfile, reading: Reading) {
    self.profile = profile
    self.reading = reading
    points = Dictionary(profile.points.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func run() {
    for point in profile.points { check(point) }
    for command in profile.commands { check(command) }
    checkOverlaps()
    checkObedience()
    for (index, identity) in profile.identity.enumerated() { check(identity, "identity[\(index)]") }
    for kind in DeviceProfile.SequenceKind.allCases { checkSequence(kind) }
    checkHeartbeat()
    for (index, setting) in (profile.communicationLoss?.setUp ?? []).enumerated() {
      check(setting, "communication_loss.set_up[\(index)]")
    }
    unique(profile.points.map { ("points.\($0.name).signal", $0.signal) })
    unique(profile.commands.map { ("commands.\($0.name).signal", $0.signal) })
    if reading.faults.isEmpty { lint() }
  }

  private mutating func check(_ point: DeviceProfile.Point) {
    let path = "points.\(point.name)"
    checkAddress(point.area, point.address, point.format, point.registers, path)
    notZero(point.scale, "\(path).scale")
    notZero(point.referenceDivisor, "\(path).reference_divisor")
    refer(point.reference, "\(path).reference", from: point.name)
    refer(point.validWhen?.point, "\(path).valid_when.point", from: point.name)
    checkBits(point, path)
    checkUnit(point, path)
    checkSource(point.source, "\(path).source")
    checkReach(point, path)
    if let valid = point.validRaw, valid.min > valid.max, reading.sound("\(path).valid_raw") {
      fault("\(path).valid_raw.max", "\(plain(valid.max)) must not be below min, which is \(plain(valid.min))")
    }
    if point.registers > profile.maxRead, reading.sound("max_read", "\(path).format", "\(path).length") {
      fault("\(path).format", "takes \(point.registers) registers; max_read is \(profile.maxRead)")
    }
  }

  private mutating func checkBits(_ point: DeviceProfile.Point, _ path: String) {
    guard reading.sound("\(path).format", "\(path).bit", "\(path).bit_count", "\(path).length") else { return }
    if (point.format == .string) != (point.length != nil) {
      fault("\(path).length", "a string has a length, and nothing else has; format is \(point.format.rawValue)")
    }
    if point.format == .string, point.signal != nil { fault("\(path).signal", "a string feeds no role") }
    let width = point.format == .bits16 ? 16 : point.format == .bits32 ? 32 : 0
    guard let bit = point.bit else {
      if reading.has("\(path).bit_count") { fault("\(path).bit_count", "counts from bit, which is not given") }
      return
    }
    if width == 0 {
      fault("\(path).bit", "only bits16 and bits32 have bits; format is \(point.format.rawValue)")
    } else if bit + point.bitCount > width {
      fault("\(path).bit", "\(point.bitCount) from bit \(bit) on reach beyond bit \(width - 1)")
    }
  }

  private mutating func checkUnit(_ point: DeviceProfile.Point, _ path: String) {
    guard let unit = point.unitFrom else { return }
    refer(unit.point, "\(path).unit_from.point", from: point.name)
    for (index, choice) in unit.choices.enumerated() {
      notZero(choice.scale, "\(path).unit_from.choices[\(index)].scale")
      guard let first = unit.choices[..<index].firstIndex(where: { $0.raw == choice.raw }) else { continue }
      let place = reading.line(of: "\(path).unit_from.choices[\(first)]")
      reading.fault(
        at: "\(path).unit_from.choices[\(index)].raw", .duplicate(what: "raw \(choice.raw)", first: place))
    }
  }

  private mutating func checkSource(_ source: Int?, _ path: String) {
    guard let source, source > profile.sources.count, reading.sound(path, "sources") else { return }
    fault(path, "there are \(profile.sources.count) sources")
  }

  private mutating func check(_ command: DeviceProfile.Command) {
    let path = "commands.\(command.name)"
    checkAddress(command.area, command.address, command.format, command.format.registers, path)
    checkSource(command.source, "\(path).source")
    if command.format == .string, reading.sound("\(path).format") {
      fault("\(path).format", "a string cannot be commanded")
    }
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
    checkReach(analog, command, path)
    checkLimits(analog, path)
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
    standsAlone(setting.point, "\(path).point")
    guard reading.sound("\(path).min", "\(path).max"), setting.min > setting.max else { return }
    fault("\(path).max", "\(plain(setting.max)) must not be below min, which is \(plain(setting.min))")
  }

  private mutating func checkAddress(
    _ area: DeviceProfile.Area, _ address: Int, _ format: DeviceProfile.Format, _ count: Int, _ path: String
  ) {
    guard reading.sound("\(path).area", "\(path).address", "\(path).format") else { return }
    let single = area == .coil || area == .discrete
    if single != (format == .bool) {
      fault(
        "\(path).format", "\(format.rawValue) does not go with area \(area.rawValue); bool goes with coil and discrete")
    }
    if address + count > 65536 {
      fault("\(path).address", "\(format.rawValue) at \(address) reaches beyond the last register, 65535")
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

  /// A point that is read once in a while, and so cannot wait for others.
  mutating func standsAlone(_ name: String, _ path: String) {
    guard let point = points[name], reading.sound(path) else { return }
    if point.reference != nil || point.validWhen != nil || point.unitFrom != nil {
      fault(path, "\(name) depends on another point; expected one that is read by itself")
    }
  }

  mutating func refer(_ name: String?, _ path: String, from own: String? = nil) {
    guard let name, reading.sound(path) else { return }
    if name == own { return fault(path, "\(name) cannot depend on itself") }
    guard points[name] == nil else { return }
    let near = nearest(to: name, among: profile.points.map(\.name))
    reading.fault(at: path, .unknownReference(kind: "point", name: name, nearest: near))
  }

  private mutating func notZero(_ value: Double, _ path: String) {
    if value == 0, reading.sound(path) { fault(path, "0 makes every value the same; expected any other number") }
  }

  mutating func fault(_ path: String, _ text: String) { reading.fault(at: path, .contradiction(text)) }
}
