/// Modbus on the byte level, written from the Modbus Application Protocol V1.1b3 and the TCP implementation guide V1.0b
/// and independent of libmodbus on purpose: cuts a TCP stream into frames, asks the twin, encodes the answer.
internal import RowConfig

/// What to do with the bytes at the head of a client's stream.
enum FrameCut: Equatable {
  /// More bytes must come.
  case incomplete
  /// Not Modbus TCP: the connection cannot be brought back in step and is closed.
  case notModbus
  /// One whole frame of this many bytes.
  case frame(Int)

  static let headerBytes = 7
  /// Unit identifier and the longest PDU.
  static let lengthMax = 254

  /// `length` counts what follows it: unit, function and data.
  init(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count >= Self.headerBytes else {
      self = .incomplete
      return
    }
    let start = bytes.startIndex
    let length = Int(bytes[start + 4]) << 8 | Int(bytes[start + 5])
    guard bytes[start + 2] == 0, bytes[start + 3] == 0, (2...Self.lengthMax).contains(length) else {
      self = .notModbus
      return
    }
    self = bytes.count < 6 + length ? .incomplete : .frame(6 + length)
  }
}

/// Answers whole frames, with MBAP header or with CRC. Its buffers are used again and again.
struct ModbusAnswerer {
  enum Delivery: Equatable { case now, late, never }

  /// A gateway says so of a unit that is not there; on a line there is silence.
  private static let noSuchUnit: UInt8 = 0x0B

  private(set) var reply: [UInt8] = []
  private var words: [UInt16] = []

  /// Answers one frame for the bus with this index; the bytes to send are in `reply`.
  mutating func answer(
    _ frame: ArraySlice<UInt8>, framing: Site.Bus.Framing = .modbusTCP, bus: Int, twin: Twin
  ) -> Delivery {
    // The unit is the last byte before the PDU.
    let header = framing == .modbusTCP ? FrameCut.headerBytes : 1
    let pdu = frame.dropFirst(header).dropLast(framing == .modbusTCP ? 0 : 2)
    reply.removeAll(keepingCapacity: true)
    reply.append(contentsOf: frame.prefix(header))
    let unit = reply[header - 1]
    let outcome = ask(twin, bus: bus, unit: unit, pdu: pdu)
    switch outcome {
    case .ok, .late: break
    case .exception(Self.noSuchUnit) where framing == .rtu: return .never
    case .exception(let code): replace(pduAt: header, function: pdu[pdu.startIndex] | 0x80, data: code)
    case .garbage: break  // spoiled below
    case .silent: return .never
    }
    let fault = outcome == .garbage ? twin.linkFault(bus: bus, unit: unit) : nil
    switch fault {
    case .badCrc where framing == .rtu: break  // spoiled below
    case .wrongUnit: reply[header - 1] &+= 1
    case .garbage, .badCrc: replace(pduAt: header, function: pdu[pdu.startIndex] ^ 0x2A, data: 0xFF)
    case .dead, .slow, .exception, .illegal, .lying, .short, nil: break
    }
    switch framing {
    case .modbusTCP:
      reply[4] = 0
      reply[5] = UInt8(reply.count - 6)
    case .rtu:
      let crc = SerialFrame.crc(reply[...]) ^ (fault == .badCrc ? 1 : 0)
      reply += [UInt8(crc & 0xFF), UInt8(crc >> 8)]
    }
    // The header promises what never comes; a serial frame loses its CRC.
    if fault == .short { reply.removeLast(2) }
    return outcome == .late ? .late : .now
  }

  private mutating func replace(pduAt start: Int, function: UInt8, data: UInt8) {
    reply.removeSubrange(start...)
    reply.append(function)
    reply.append(data)
  }

  /// Runs the request and appends the reply's PDU for a request that was obeyed.
  private mutating func ask(_ twin: Twin, bus: Int, unit: UInt8, pdu: ArraySlice<UInt8>) -> TwinReply {
    let function = pdu[pdu.startIndex]
    guard let request = Self.request(function) else { return .exception(1) }
    guard pdu.count >= 5 else { return .exception(3) }
    let address = word(pdu, at: 1)
    let second = word(pdu, at: 3)
    switch request {
    case .read(let area):
      guard pdu.count == 5 else { return .exception(3) }
      let outcome = twin.read(bus: bus, unit: unit, area: area, address: address, count: second, into: &words)
      if outcome == .ok || outcome == .late || outcome == .garbage { appendValues(function, area) }
      return outcome
    case .writeOne(let area):
      guard pdu.count == 5, area == .holding || second == 0 || second == 0xFF00 else { return .exception(3) }
      let value: InlineArray<1, UInt16> = [area == .coil ? (second == 0 ? 0 : 1) : UInt16(second)]
      let outcome = twin.write(bus: bus, unit: unit, area: area, address: address, values: value.span)
      reply.append(contentsOf: pdu)
      return outcome
    case .writeMany(let area):
      guard decodeValues(pdu, area, count: second) else { return .exception(3) }
      let outcome = twin.write(bus: bus, unit: unit, area: area, address: address, values: words.span)
      reply.append(contentsOf: pdu.prefix(5))
      return outcome
    }
  }

  private enum Request {
    case read(ModbusArea)
    case writeOne(ModbusArea)
    case writeMany(ModbusArea)
  }

  private static func request(_ function: UInt8) -> Request? {
    switch function {
    case 1: .read(.coil)
    case 2: .read(.discrete)
    case 3: .read(.holding)
    case 4: .read(.input)
    case 5: .writeOne(.coil)
    case 6: .writeOne(.holding)
    case 15: .writeMany(.coil)
    case 16: .writeMany(.holding)
    default: nil
    }
  }

  private func word(_ pdu: ArraySlice<UInt8>, at offset: Int) -> Int {
    Int(pdu[pdu.startIndex + offset]) << 8 | Int(pdu[pdu.startIndex + offset + 1])
  }

  /// Function, byte count, data: registers high byte first, bits eight to a byte from the lowest.
  private mutating func appendValues(_ function: UInt8, _ area: ModbusArea) {
    reply.append(function)
    switch area {
    case .holding, .input:
      reply.append(UInt8(words.count * 2))
      for word in words {
        reply.append(UInt8(word >> 8))
        reply.append(UInt8(word & 0xFF))
      }
    case .coil, .discrete:
      let first = reply.count + 1
      reply.append(UInt8((words.count + 7) / 8))
      for (index, bit) in words.enumerated() {
        if index % 8 == 0 { reply.append(0) }
        reply[first + index / 8] |= UInt8(bit) << UInt8(index % 8)
      }
    }
  }

  /// The values of a multiple write into `words`; false where count, byte count and length disagree.
  private mutating func decodeValues(_ pdu: ArraySlice<UInt8>, _ area: ModbusArea, count: Int) -> Bool {
    let bytes = area == .coil ? (count + 7) / 8 : count * 2
    guard count >= 1, bytes <= 246, pdu.count == 6 + bytes, Int(pdu[pdu.startIndex + 5]) == bytes else { return false }
    words.removeAll(keepingCapacity: true)
    for index in 0..<count {
      if area == .coil {
        words.append(UInt16(pdu[pdu.startIndex + 6 + index / 8] >> UInt8(index % 8) & 1))
      } else {
        words.append(UInt16(word(pdu, at: 6 + 2 * index)))
      }
    }
    return true
  }
}
