/// Registers that two values claim in different ways, and scales with which a value could never be what it is for.
extension ProfileCheck {
  private struct Claim {
    var path: String
    var name: String
    var area: DeviceProfile.Area
    var registers: Range<Int>
    var format: DeviceProfile.Format
    var orders: [DeviceProfile.Order]
    var isDriven: Bool
  }

  /// Points may share registers only where they read them the same way; commands that the row drives not at all.
  mutating func checkOverlaps() {
    let points = profile.points.map { point in
      Claim(
        path: "points.\(point.name)", name: point.name, area: point.area,
        registers: point.address..<point.address + point.registers, format: point.format,
        orders: [point.wordOrder, point.byteOrder], isDriven: false)
    }
    let commands = profile.commands.map { command in
      Claim(
        path: "commands.\(command.name)", name: command.name, area: command.area,
        registers: command.address..<command.address + command.format.registers, format: command.format,
        orders: [command.wordOrder, command.byteOrder], isDriven: command.signal != nil)
    }
    for claims in [points, commands] {
      for (index, claim) in claims.enumerated() where isSound(claim) {
        for other in claims[..<index] where other.area == claim.area && isSound(other) {
          guard other.registers.overlaps(claim.registers) else { continue }
          if other.registers != claim.registers || other.format != claim.format || other.orders != claim.orders {
            fault(
              "\(claim.path).address",
              "overlaps \(other.name), \(other.format.rawValue) at \(other.registers.lowerBound), "
                + "with another format or start")
            break
          } else if claim.isDriven, other.isDriven {
            fault("\(claim.path).address", "the register of \(other.name); two signals cannot drive one register")
            break
          }
        }
      }
    }
    checkReadBacks(points, commands)
  }

  /// What is written at some registers is read there as a value of the same length.
  private mutating func checkReadBacks(_ points: [Claim], _ commands: [Claim]) {
    for command in commands where isSound(command) {
      let clash = points.first {
        $0.area == command.area && isSound($0) && $0.registers.overlaps(command.registers)
          && ($0.registers != command.registers || $0.orders != command.orders)
      }
      guard let clash else { continue }
      fault(
        "\(command.path).address",
        "writes part of what \(clash.name) reads, \(clash.format.rawValue) at \(clash.registers.lowerBound)")
    }
  }

  private func isSound(_ claim: Claim) -> Bool {
    reading.sound("\(claim.path).area", "\(claim.path).address", "\(claim.path).format", "\(claim.path).length")
  }

  // MARK: Impossible scales

  /// What a role's value has to be able to reach, by unit; nil: nothing is known of it.
  private func needed(_ unit: Unit) -> Double? {
    switch unit {
    case .percent: 100
    case .celsius: 60
    case .kelvin, .kilopascal, .litrePerMinute, .kilowatt, .hertz, .rpm, .milliampere, .hours, .kilowattHour, .boolean,
      .none:
      nil
    }
  }

  mutating func checkReach(_ point: DeviceProfile.Point, _ path: String) {
    guard point.signal != nil, point.reference == nil, point.unitFrom == nil, point.bit == nil,
      reading.sound("\(path).scale", "\(path).offset", "\(path).format", "\(path).unit", "\(path).valid_raw"),
      point.scale != 0, let needed = needed(point.unit), var range = point.format.rawRange
    else { return }
    if let valid = point.validRaw, valid.min <= valid.max { range = valid.min...valid.max }
    let most = max(range.lowerBound * point.scale, range.upperBound * point.scale) + point.offset
    guard most < needed else { return }
    fault(
      "\(path).scale",
      "\(point.format.rawValue) can then show no more than \(rounded(most)) \(point.unit.rawValue); "
        + "expected it to reach \(plain(needed))")
  }

  /// A demand goes from a stop to 100 %, and to no more than twice that.
  mutating func checkReach(_ analog: DeviceProfile.Command.Analog, _ command: DeviceProfile.Command, _ path: String) {
    guard command.signal != nil, command.unit == .percent, analog.reference == nil, analog.scale != 0,
      reading.sound("\(path).scale", "\(path).offset")
    else { return }
    let ends = [analog.rawMin, analog.rawMax].map { $0 * analog.scale + analog.offset }
    guard let most = ends.max(), !(99.5...200).contains(most) else { return }
    fault(
      "\(path).scale",
      "raw \(plain(analog.rawMin)) … \(plain(analog.rawMax)) is then at most \(rounded(most)) %; expected 100 … 200 %")
  }

  private func rounded(_ value: Double) -> String { plain((value * 1000).rounded() / 1000) }
}

extension DeviceProfile.Format {
  /// Raw numbers of the format; nil: not bounded by it.
  var rawRange: ClosedRange<Double>? {
    switch self {
    case .bool: 0...1
    case .int16: -32_768...32_767
    case .uint16, .bits16: 0...65_535
    case .int32: -2_147_483_648...2_147_483_647
    case .uint32, .bits32: 0...4_294_967_295
    case .bcd16: 0...9999
    case .bcd32: 0...99_999_999
    case .bcd64: 0...9_999_999_999_999_998
    case .int64, .uint64, .float32, .float64, .string: nil
    }
  }
}
