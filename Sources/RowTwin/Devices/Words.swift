/// How numbers become 16-bit registers. Values wider than one register come out most significant word first;
/// a device with the other order asks for the words in reverse.
enum Words {
  /// Nearest integer, clamped to what the register can hold.
  static func uint16(_ value: Double) -> UInt16 { UInt16(min(max(value.rounded(), 0), 65_535)) }
  static func int16(_ value: Double) -> UInt16 {
    UInt16(bitPattern: Int16(min(max(value.rounded(), -32_768), 32_767)))
  }
  /// Word `index` (0 first) of a 32-bit value.
  static func uint32(_ value: Double, _ index: Int) -> UInt16 {
    word(UInt64(UInt32(min(max(value.rounded(), 0), 4_294_967_295))), index, of: 2)
  }
  static func float32(_ value: Double, _ index: Int) -> UInt16 {
    word(UInt64(Float(value).bitPattern), index, of: 2)
  }
  static func int64(_ value: Double, _ index: Int) -> UInt16 {
    word(UInt64(bitPattern: Int64(value.rounded())), index, of: 4)
  }
  static func float64(_ value: Double, _ index: Int) -> UInt16 { word(value.bitPattern, index, of: 4) }
  /// Bit `number` of a register as 0 or 1.
  static func bit(_ word: UInt16, _ number: Int) -> UInt16 { (word >> UInt16(number)) & 1 }

  /// Word `index` of `count`.
  static func word(_ bits: UInt64, _ index: Int, of count: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: bits >> UInt64(16 * (count - 1 - index)))
  }
}

extension UInt16 {
  /// Whether bit `number` is set.
  @inline(__always)
  func has(_ number: Int) -> Bool { self >> UInt16(number) & 1 == 1 }
  @inline(__always)
  mutating func set(_ number: Int, if isSet: Bool) {
    if isSet { self |= 1 << UInt16(number) } else { self &= ~(1 << UInt16(number)) }
  }
}
