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

  /// The bits of the value that starts at `registers[start]`, most significant word first whatever the wire order.
  /// For a bool: 0 or 1.
  public static func pattern(
    _ registers: [UInt16], at start: Int, format: DeviceProfile.Format, wordOrder: DeviceProfile.WordOrder
  ) -> UInt64 {
    pattern(registers.span, at: start, format: format, wordOrder: wordOrder)
  }

  /// Most values are one register: no loop for them.
  @inline(__always)
  static func pattern(
    _ registers: Span<UInt16>, at start: Int, format: DeviceProfile.Format, wordOrder: DeviceProfile.WordOrder
  ) -> UInt64 {
    let count = format.registers
    guard count > 1 else { return format == .bool ? min(UInt64(registers[start]), 1) : UInt64(registers[start]) }
    var pattern: UInt64 = 0
    for index in 0..<count {
      let word = registers[wordOrder == .big ? start + index : start + count - 1 - index]
      pattern = pattern << 16 | UInt64(word)
    }
    return pattern
  }

  /// The number that a pattern stands for; nil when it is not finite.
  @inline(__always)
  public static func number(_ pattern: UInt64, format: DeviceProfile.Format) -> Double? {
    let number: Double
    switch format {
    case .bool, .uint16, .bits16: return Double(UInt16(truncatingIfNeeded: pattern))
    case .int16: return Double(Int16(truncatingIfNeeded: pattern))
    case .uint32: return Double(UInt32(truncatingIfNeeded: pattern))
    case .int32: return Double(Int32(truncatingIfNeeded: pattern))
    case .uint64: return Double(pattern)
    case .int64: return Double(Int64(truncatingIfNeeded: pattern))
    case .float32: number = Double(Float(bitPattern: UInt32(truncatingIfNeeded: pattern)))
    case .float64: number = Double(bitPattern: pattern)
    }
    return number.isFinite ? number : nil
  }

  /// The pattern nearest to `number`, clamped to the format's range; nil for NaN.
  public static func pattern(_ number: Double, format: DeviceProfile.Format) -> UInt64? {
    guard !number.isNaN else { return nil }
    switch format {
    case .bool: return number >= 0.5 ? 1 : 0
    case .uint16, .bits16: return UInt64(clamp(number, UInt16.self))
    case .uint32: return UInt64(clamp(number, UInt32.self))
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
    }
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
