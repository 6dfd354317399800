import RowConfig
import Testing

@testable import FieldIO
@testable import RowTwin

/// Every shipped profile's device, made from the profile and read through the whole field side: plan, requests, link,
/// codec. Two codecs written apart have to agree, and every register has to be where both look for it.
@Suite(.serialized) struct DeviceProfileTests {
  @Test(arguments: try DeviceRig.names.get(), Transport.allCases)
  func everyPointReadsWhatWasPutThere(_ name: String, _ transport: Transport) throws {
    let rig = try DeviceRig([name], on: transport)
    let filling = Filling(try DeviceRig.profile(name))
    try rig.withDevice { device in
      for (point, value) in filling.values { device.put(value, at: point) }
      for (point, text) in filling.texts { device.put(text, at: point) }
    }
    let readings = try rig.probe()
    #expect(readings.count == filling.expected.count)
    for (point, expected) in filling.expected {
      let reading = try #require(readings[point])
      #expect(reading.outcome == .good && expected.isMet(by: reading), "\(name) \(point): \(reading), not \(expected)")
    }
  }

  /// Also those that no shipped profile has.
  @Test(arguments: DeviceProfile.Order.allCases, DeviceProfile.Order.allCases)
  func everyFormatReadsWhatWasPutThereInEveryOrder(
    _ words: DeviceProfile.Order, _ bytes: DeviceProfile.Order
  ) throws {
    var address = 100
    let points = DeviceProfile.Format.allCases.map { format in
      let area: ModbusArea = format == .bool ? .discrete : .input
      var point = DeviceProfile.Point(name: format.rawValue, area: area, address: address, format: format)
      (point.wordOrder, point.byteOrder) = (words, format == .bool ? .big : bytes)
      if format == .string { point.length = 5 }
      (point.scale, point.offset) = format == .string ? (1, 0) : (0.5, -3)
      address += 20
      return point
    }
    let profile = DeviceProfile(
      name: "emulated/formats", kind: "test", status: .draft, sources: [], points: points, commands: [])
    let (rig, filling) = (try DeviceRig(profiles: [profile]), Filling(profile))
    try rig.withDevice { device in
      for (point, value) in filling.values { device.put(value, at: point) }
      for (point, text) in filling.texts { device.put(text, at: point) }
    }
    for (point, reading) in try rig.probe() {
      let expected = try #require(filling.expected[point])
      #expect(reading.outcome == .good && expected.isMet(by: reading), "\(point): \(reading), not \(expected)")
    }
  }

  @Test(arguments: [DeviceProfile.Format.uint16, .int16, .uint32, .int32, .bcd16, .bcd32])
  func whatIsBeyondAFormatIsItsNearestEnd(_ format: DeviceProfile.Format) throws {
    let point = DeviceProfile.Point(name: "value", area: .input, address: 0, format: format)
    let profile = DeviceProfile(
      name: "emulated/format", kind: "test", status: .draft, sources: [], points: [point], commands: [])
    let rig = try DeviceRig(profiles: [profile])
    let ends: [DeviceProfile.Format: (Double, Double)] = [
      .uint16: (0, 65_535), .int16: (-32_768, 32_767), .uint32: (0, 4_294_967_295),
      .int32: (-2_147_483_648, 2_147_483_647), .bcd16: (0, 9999), .bcd32: (0, 99_999_999),
    ]
    let (low, high) = try #require(ends[format])
    for (put, read) in [(-1e15, low), (1e15, high)] {
      try rig.withDevice { $0.put(put, at: "value") }
      #expect(try rig.probe()["value"]?.value == read)
    }
  }

  /// Between points, as far as the profile says that nothing comes of it.
  @Test func aGapIsReadAsFarAsTheProfileAllows() throws {
    let drive = try DeviceRig(["siemens/sinamics-g120"])
    let link = try drive.link()
    // The control word, the setpoint, eight registers of which nothing is known, the status word and the speed.
    #expect(try drive.read(.holding, 99, count: 12, over: link)[2..<10] == [0, 0, 0, 0, 0, 0, 0, 0])
    for (first, count) in [(98, 3), (99, 13)] {
      #expect(throws: ModbusFault.exception(2)) { try drive.read(.holding, first, count: count, over: link) }
    }
    let strict = try DeviceRig(["raritan/px"])
    let other = try strict.link()
    _ = try strict.read(.holding, 0x3008, count: 4, over: other)
    #expect(throws: ModbusFault.exception(2)) { try strict.read(.holding, 0x3008, count: 12, over: other) }
  }

  @Test func aReadBeyondTheProfilesLimitIsRefused() throws {
    let rig = try DeviceRig(["ebm-papst/ec-fan-ace"])
    let link = try rig.link()
    _ = try rig.read(.input, 0xD010, count: 3, over: link)
    #expect(throws: ModbusFault.exception(3)) { try rig.read(.input, 0xD010, count: 10, over: link) }
  }

  @Test(arguments: try DeviceRig.names.get())
  func aRegisterThatTheProfileDoesNotNameIsRefused(_ name: String) throws {
    let rig = try DeviceRig([name])
    let (link, profile) = (try rig.link(), try DeviceRig.profile(name))
    for area in ModbusArea.allCases {
      let ends =
        profile.points.filter { $0.area == area }.map { $0.address + $0.registers }
        + profile.commands.filter { $0.area == area }.map { $0.address + $0.format.registers }
      #expect(throws: ModbusFault.exception(2)) { try rig.read(area, ends.max() ?? 0, over: link) }
    }
    let written = profile.commands.filter { $0.area == .holding }.map(\.address)
    for point in profile.points where point.area == .holding && !written.contains(point.address) {
      #expect(throws: ModbusFault.exception(2)) { try rig.write(.holding, point.address, over: link) }
    }
  }
}

/// Another value for every point of a profile, and what a master has to read then. The formula of a value is written
/// once more here, from `docs/profiles.md`.
struct Filling {
  enum Expected {
    case value(Double)
    case within(ClosedRange<Double>)
    case oneOf([UInt64])
    case text(String)

    func isMet(by reading: InquiryAnswer.Reading) -> Bool {
      switch self {
      case .value(let value): reading.value.map { abs($0 - value) <= max(abs(value), 1) * 1e-6 } ?? false
      case .within(let range): reading.value.map(range.contains) ?? false
      case .oneOf(let raws): reading.pattern.map(raws.contains) ?? false
      case .text(let text): reading.text == text
      }
    }
  }

  private(set) var values: [String: Double] = [:]
  private(set) var texts: [String: String] = [:]
  private(set) var expected: [String: Expected] = [:]
  private let profile: DeviceProfile
  private var raws: [String: Double] = [:]
  /// What is in each register of bit fields, and which of its bits are taken.
  private var words: [String: (bits: UInt64, taken: UInt64)] = [:]

  init(_ profile: DeviceProfile) {
    self.profile = profile
    for (index, point) in profile.points.enumerated() { fill(point, index) }
    for point in profile.points where expected[point.name] == nil {
      // Its bits are also another point's, which came first.
      if let bit = point.bit, raws[point.name] == nil, let word = words[register(point)] {
        raws[point.name] = Double(word.bits >> UInt64(bit) & (1 << UInt64(point.bitCount) - 1))
      }
      expected[point.name] = .value(value(point, raws[point.name] ?? .nan))
      // A little more is still that raw number.
      let isInteger = point.format != .float32 && point.format != .float64
      values[point.name] = value(point, (raws[point.name] ?? 0) + (isInteger && point.bit == nil ? 0.3 : 0))
    }
  }

  private mutating func fill(_ point: DeviceProfile.Point, _ index: Int) {
    if let identity = profile.identity.first(where: { $0.point == point.name }) {
      expected[point.name] = identity.text.map(Expected.text) ?? .oneOf(identity.rawIn)
    } else if let setting = profile.communicationLoss?.setUp.first(where: { $0.point == point.name }) {
      expected[point.name] = .within(setting.min...setting.max)
    } else if let condition = profile.points.compactMap(\.validWhen).first(where: { $0.point == point.name }) {
      expected[point.name] = .oneOf(condition.rawIn)
    } else if let unit = profile.points.compactMap(\.unitFrom).first(where: { $0.point == point.name }) {
      raws[point.name] = Double(unit.choices[unit.choices.count - 1].raw)
    } else if point.format == .string {
      texts[point.name] = "IRHX-\(index)"
      expected[point.name] = .text("IRHX-\(index)")
    } else if let bit = point.bit {
      let mask = UInt64(1) << UInt64(point.bitCount) - 1
      var word = words[register(point)] ?? (0, 0)
      guard word.taken & mask << UInt64(bit) == 0 else { return }
      let raw = point.bitCount == 1 ? UInt64(index % 2) : UInt64(41 + index) & mask
      word = (word.bits | raw << UInt64(bit), word.taken | mask << UInt64(bit))
      words[register(point)] = word
      raws[point.name] = Double(raw)
    } else {
      raws[point.name] = raw(point.format, index)
    }
  }

  private func register(_ point: DeviceProfile.Point) -> String { "\(point.area) \(point.address)" }

  /// One that needs every register and the sign of its format.
  private func raw(_ format: DeviceProfile.Format, _ index: Int) -> Double {
    let number = Double(index)
    return switch format {
    case .bool: Double(index % 2)
    case .uint16, .bits16, .bcd16: 1234 + number
    case .int16: index % 2 == 0 ? 1234 + number : -1234 - number
    case .uint32, .bits32, .bcd32: 12_345_678 + number
    case .int32: -12_345_678 - number
    case .uint64, .bcd64: 123_456_789_012 + number
    case .int64: -123_456_789_012 - number
    case .float32, .float64: 12.375 + number
    case .string: .nan
    }
  }

  private func value(_ point: DeviceProfile.Point, _ raw: Double) -> Double {
    var value = raw * point.scale + point.offset
    if let reference = profile.points.first(where: { $0.name == point.reference }) {
      value *= self.value(reference, raws[reference.name] ?? .nan) / point.referenceDivisor
    }
    if let unit = point.unitFrom, let choice = unit.choices.first(where: { Double($0.raw) == raws[unit.point] }) {
      value = value * choice.scale + choice.offset
    }
    return value
  }
}
