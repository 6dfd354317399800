/// How a profile's values stand in registers: the inverse of what its format says of reading them. Written here anew,
/// without the controller's codec, so that each checks the other.
internal import RowConfig

extension DeviceProfile.Format {
  /// The bits nearest to `raw` that the format has, lowest bit last.
  func bits(_ raw: Double) -> UInt64 {
    switch self {
    case .bool: raw >= 0.5 ? 1 : 0
    case .uint16, .bits16, .uint32, .bits32, .uint64: UInt64(Self.clamped(raw, 0, Self.power(16 * registers)))
    case .int16, .int32, .int64:
      UInt64(bitPattern: Int64(Self.clamped(raw, -Self.power(16 * registers - 1), Self.power(16 * registers - 1))))
        & ones
    case .float32: UInt64(Float(raw).bitPattern)
    case .float64: raw.bitPattern
    case .bcd16, .bcd32, .bcd64: decimal(UInt64(Self.clamped(raw, 0, 1e16)))
    case .string: 0
    }
  }

  /// What the bits count for.
  func number(_ bits: UInt64) -> Double {
    let unused = UInt64(64 - 16 * registers)
    switch self {
    case .bool, .uint16, .bits16, .uint32, .bits32, .uint64, .string: return Double(bits)
    case .int16, .int32, .int64: return Double(Int64(bitPattern: bits << unused) >> Int64(unused))
    case .float32: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .float64: return Double(bitPattern: bits)
    case .bcd16, .bcd32, .bcd64:
      return stride(from: 60, through: 0, by: -4).reduce(0) { $0 * 10 + Double(bits >> UInt64($1) & 0xF) }
    }
  }

  /// The highest number it has.
  var top: Double {
    switch self {
    case .bool: 1
    case .int16, .int32, .int64: number(ones >> 1)
    case .uint16, .bits16, .uint32, .bits32, .uint64, .string: number(ones)
    case .float32, .float64: .infinity
    case .bcd16, .bcd32, .bcd64: number(decimal(.max))
    }
  }

  private var ones: UInt64 { .max >> UInt64(64 - 16 * registers) }

  /// Not a number, which an integer cannot say, is 0.
  private static func clamped(_ raw: Double, _ least: Double, _ end: Double) -> Double {
    raw.isNaN ? 0 : min(max(raw.rounded(), least), min(end - 1, end.nextDown))
  }

  private static func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

  /// One digit to four bits; what has more digits than there is room for, as nines.
  private func decimal(_ number: UInt64) -> UInt64 {
    var (rest, bits) = (number, UInt64(0))
    for digit in 0..<4 * registers {
      bits |= (rest % 10) << UInt64(4 * digit)
      rest /= 10
    }
    return rest == 0 ? bits : 0x9999_9999_9999_9999 & ones
  }
}

/// The order in which the words and bytes of a value are sent.
struct WireOrder {
  var words: DeviceProfile.Order
  var bytes: DeviceProfile.Order

  /// Register `index` of the `count` that hold these bits.
  func register(_ index: Int, of count: Int, bits: UInt64) -> UInt16 {
    let word = Words.word(bits, words == .big ? index : count - 1 - index, of: count)
    return bytes == .big ? word : word.byteSwapped
  }

  /// The bits that `count` registers hold.
  func bits(_ count: Int, _ register: (Int) -> UInt16) -> UInt64 {
    (0..<count).reduce(0) { bits, place in
      let word = register(words == .big ? place : count - 1 - place)
      return bits << 16 | UInt64(bytes == .big ? word : word.byteSwapped)
    }
  }

  /// Register `index` of a text: two characters, zeros after its end.
  func register(_ index: Int, of text: String) -> UInt16 {
    let pair = text.utf8.dropFirst(2 * index).prefix(2)
    let word = UInt16(pair.first ?? 0) << 8 | UInt16(pair.count == 2 ? pair.last ?? 0 : 0)
    return bytes == .big ? word : word.byteSwapped
  }
}

extension DeviceProfile.Point {
  var order: WireOrder { WireOrder(words: wordOrder, bytes: byteOrder) }
  /// Its share of its registers' bits, lowest bit first; all where it is no bit field.
  var field: (shift: UInt64, mask: UInt64) {
    guard let bit else { return (0, .max) }
    return (UInt64(bit), (1 << UInt64(bitCount)) - 1)
  }
}

extension DeviceProfile.Command {
  var order: WireOrder { WireOrder(words: wordOrder, bytes: byteOrder) }
}
