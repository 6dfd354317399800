public import RowConfig

/// Registers ↔ engineering values. Pure; no input can make it trap.
///
/// Reading goes registers → `pattern` (the raw bits as a number) → `number` → scale, offset, reference → value.
/// Writing goes the same way back, clamped to what the command allows.
public enum Codec {
  /// Scale, offset and reference of a point or a command: value = (raw · scale + offset) · reference / divisor.
  public struct Scaling: Sendable, Equatable {
    public var scale: Double
    public var offset: Double
    public var referenceDivisor: Double

    public init(scale: Double = 1, offset: Double = 0, referenceDivisor: Double = 1) {
      self.scale = scale
      self.offset = offset
      self.referenceDivisor = referenceDivisor
    }

    /// `reference`: value of the reference point, `referenceDivisor` where the point has none (a factor of one).
    func value(_ raw: Double, reference: Double?) -> Double {
      let scaled = raw * scale + offset
      guard let reference else { return scaled }
      return scaled * reference / referenceDivisor
    }

    /// The inverse of `value`; not finite where there is none.
    func raw(_ value: Double, reference: Double?) -> Double {
      guard let reference else { return (value - offset) / scale }
      return (value * referenceDivisor / reference - offset) / scale
    }
  }

  /// Bits of a register that are a value of their own.
  public struct BitField: Sendable, Equatable {
    var shift: UInt8
    var mask: UInt32

    /// `bit`: the lowest, from 0; `count`: 1 … 32.
    public init(bit: Int, count: Int) {
      shift = UInt8(clamping: bit)
      mask = UInt32.max >> UInt32(clamping: 32 - count)
    }

    @inline(__always)
    public func of(_ pattern: UInt64) -> UInt64 { pattern >> UInt64(shift) & UInt64(mask) }
  }

  /// The bits of the value that starts at `registers[start]`, most significant byte first whatever the wire order.
  /// For a bool: 0 or 1. For a string: its first register.
  public static func pattern(
    _ registers: [UInt16], at start: Int, format: DeviceProfile.Format, wordOrder: DeviceProfile.Order,
    byteOrder: DeviceProfile.Order = .big
  ) -> UInt64 {
    pattern(registers.span, at: start, format: format, wordOrder: wordOrder, byteOrder: byteOrder)
  }

  /// Most values are one register: no loop for them.
  @inline(__always)
  static func pattern(
    _ registers: Span<UInt16>, at start: Int, format: DeviceProfile.Format, wordOrder: DeviceProfile.Order,
    byteOrder: DeviceProfile.Order
  ) -> UInt64 {
    let count = format.registers
    guard count > 1 else {
      if format == .bool { return min(UInt64(registers[start]), 1) }
      return UInt64(byteOrder == .big ? registers[start] : registers[start].byteSwapped)
    }
    var pattern: UInt64 = 0
    for index in 0..<count {
      let word = registers[wordOrder == .big ? start + index : start + count - 1 - index]
      pattern = pattern << 16 | UInt64(word)
    }
    if byteOrder == .little { pattern = swappingBytes(of: pattern) }
    return pattern
  }

  /// The two bytes of each 16-bit word exchanged.
  static func swappingBytes(of pattern: UInt64) -> UInt64 {
    (pattern & 0x00FF_00FF_00FF_00FF) << 8 | pattern >> 8 & 0x00FF_00FF_00FF_00FF
  }

  /// The text in `count` registers, without the blanks and zeros around it; nil where it is not ASCII.
  public static func text(
    _ registers: [UInt16], at start: Int, count: Int, byteOrder: DeviceProfile.Order = .big
  ) -> String? {
    let words = registers[start..<start + count].map { byteOrder == .big ? $0 : $0.byteSwapped }
    let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    let isPadding = { (byte: UInt8) in byte == 0 || byte == 0x20 }
    let text = bytes.drop(while: isPadding).reversed().drop(while: isPadding).reversed()
    guard text.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return nil }
    return String(decoding: text, as: UTF8.self)
  }

  /// The number that a pattern stands for; nil when it is not finite, or has a digit above 9.
  @inline(__always)
  public static func number(_ pattern: UInt64, format: DeviceProfile.Format) -> Double? {
    let number: Double
    switch format {
    case .bool, .uint16, .bits16: return Double(UInt16(truncatingIfNeeded: pattern))
    case .int16: return Double(Int16(truncatingIfNeeded: pattern))
    case .uint32, .bits32: return Double(UInt32(truncatingIfNeeded: pattern))
    case .int32: return Double(Int32(truncatingIfNeeded: pattern))
    case .uint64, .string: return Double(pattern)
    case .int64: return Double(Int64(truncatingIfNeeded: pattern))
    case .float32: number = Double(Float(bitPattern: UInt32(truncatingIfNeeded: pattern)))
    case .float64: number = Double(bitPattern: pattern)
    case .bcd16, .bcd32, .bcd64: return decimal(pattern)
    }
    return number.isFinite ? number : nil
  }

  /// The pattern nearest to `number`, clamped to the format's range; nil for NaN and for a string.
  public static func pattern(_ number: Double, format: DeviceProfile.Format) -> UInt64? {
    guard !number.isNaN else { return nil }
    switch format {
    case .bool: return number >= 0.5 ? 1 : 0
    case .uint16, .bits16: return UInt64(clamp(number, UInt16.self))
    case .uint32, .bits32: return UInt64(clamp(number, UInt32.self))
    case .uint64: return clamp(number, UInt64.self)
    case .int16: return UInt64(UInt16(bitPattern: clamp(number, Int16.self)))
    case .int32: return UInt64(UInt32(bitPattern: clamp(number, Int32.self)))
    case .int64: return UInt64(bitPattern: clamp(number, Int64.self))
    case .float32:
      let limit = Double(Float.greatestFiniteMagnitude)
      return UInt64(Float(min(max(number, -limit), limit)).bitPattern)
    case .float64:
      let limit = Double.greatestFiniteMagnitude
      return min(max(number, -limit), limit).bitPattern
    case .bcd16, .bcd32, .bcd64: return decimal(number, digits: format.registers * 4)
    case .string: return nil
    }
  }

  /// Binary-coded decimal, four bits a digit.
  private static func decimal(_ pattern: UInt64) -> Double? {
    var value: UInt64 = 0
    for shift in stride(from: 60, through: 0, by: -4) {
      let digit = pattern >> UInt64(shift) & 0xF
      guard digit <= 9 else { return nil }
      value = value * 10 + digit
    }
    return Double(value)
  }

  private static func decimal(_ number: Double, digits: Int) -> UInt64 {
    var rest = clamp(max(number, 0), UInt64.self)
    var pattern: UInt64 = 0
    for digit in 0..<digits {
      pattern |= (rest % 10) << UInt64(4 * digit)
      rest /= 10
    }
    // What does not fit is sent as the highest there is.
    return rest == 0 ? pattern : 0x9999_9999_9999_9999 >> UInt64(64 - 4 * digits)
  }

  /// The pattern to write for `value`, clamped to `rawMin … rawMax`; nil when there is no such pattern: the value or
  /// the reference is not a usable number.
  public static func encode(
    _ value: Double, scaling: Scaling, reference: Double?, rawMin: Double, rawMax: Double,
    format: DeviceProfile.Format
  ) -> UInt64? {
    let raw = scaling.raw(value, reference: reference)
    guard !raw.isNaN, value.isFinite, reference != 0 else { return nil }
    return pattern(min(max(raw, rawMin), rawMax), format: format)
  }

  /// `number` rounded to the nearest integer, ties to even, at most one rounding away from the format's limits.
  private static func clamp<Integer: FixedWidthInteger>(_ number: Double, _: Integer.Type) -> Integer {
    let rounded = number.rounded(.toNearestOrEven)
    if let exact = Integer(exactly: rounded) { return exact }
    return rounded < 0 ? Integer.min : Integer.max
  }
}

/// A 4–20 mA loop: what it stands for, and when it is broken.
public struct CurrentLoop: Sendable, Equatable {
  /// NAMUR NE 43: a transmitter signals failure below and above these; a broken wire gives 0 mA.
  public static let wireBreakMilliampere = 3.6
  public static let shortCircuitMilliampere = 21.0

  /// Engineering values at 4 and 20 mA.
  public var at4mA: Double
  public var at20mA: Double

  public init(at4mA: Double, at20mA: Double) {
    self.at4mA = at4mA
    self.at20mA = at20mA
  }

  public func value(_ milliampere: Double) -> Double {
    at4mA + (milliampere - 4) / 16 * (at20mA - at4mA)
  }

  /// `.good`, `.wireBreak` or `.shortCircuit`.
  public static func outcome(_ milliampere: Double) -> Outcome {
    if milliampere < wireBreakMilliampere { return .wireBreak }
    return milliampere > shortCircuitMilliampere ? .shortCircuit : .good
  }
}
