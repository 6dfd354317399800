/// Bytes of a recording, little-endian, on their way out.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func byte(_ value: UInt8) { bytes.append(value) }
  mutating func bytes(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }
  mutating func word(_ value: UInt64) {
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
  }
  mutating func half(_ value: UInt32) {
    for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
  }

  /// Seven bits a byte, the lowest first; the last byte has no top bit.
  mutating func varint(_ value: UInt64) {
    var left = value
    while left >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: left) | 0x80)
      left >>= 7
    }
    bytes.append(UInt8(left))
  }

  static func varintLength(_ value: UInt64) -> Int { max(1, (70 - value.leadingZeroBitCount) / 7) }
}

/// What was read does not hold together though its checksum did: it was written by something else.
struct FormatFault: Error {}

/// The same on their way in; never reads past the end.
struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private var at: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    at = bytes.startIndex
  }

  var isAtEnd: Bool { at == bytes.endIndex }
  var rest: ArraySlice<UInt8> { bytes[at...] }

  mutating func byte() throws(FormatFault) -> UInt8 {
    guard at < bytes.endIndex else { throw FormatFault() }
    defer { at += 1 }
    return bytes[at]
  }

  mutating func word() throws(FormatFault) -> UInt64 {
    guard bytes.endIndex - at >= 8 else { throw FormatFault() }
    var value: UInt64 = 0
    for shift in 0..<8 { value |= UInt64(bytes[at + shift]) << (8 * shift) }
    at += 8
    return value
  }

  mutating func half() throws(FormatFault) -> UInt32 {
    var value: UInt32 = 0
    for shift in 0..<4 { value |= UInt32(try byte()) << (8 * shift) }
    return value
  }

  mutating func varint() throws(FormatFault) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
      let next = try byte()
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
    }
    throw FormatFault()
  }

  /// A count that the rest of the file must be able to hold.
  mutating func count(atMost most: Int) throws(FormatFault) -> Int {
    let value = try varint()
    guard value <= UInt64(most) else { throw FormatFault() }
    return Int(value)
  }
}

/// CRC-32 (ISO 3309) by a table, a byte at a time.
enum Checksum {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
  }

  static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes { crc = (crc >> 8) ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
    return ~crc
  }
}
