/// Modbus RTU on the byte level, from Modbus over Serial Line V1.02: what a frame is, its CRC, and how long a line
/// is busy with it.
internal import RowConfig

enum SerialFrame {
  /// Unit, PDU, CRC.
  static let bytesMin = 4
  static let bytesMax = 256
  /// Bytes that come after such a pause begin a new frame. A device takes 3.5 characters, 1.75 … 4 ms; here the
  /// scheduler may stand between two parts of one.
  static let silenceMs = 10

  /// Whether these are one frame, whole and undamaged: over frame and CRC together the CRC is 0.
  static func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool {
    (bytesMin...bytesMax).contains(bytes.count) && crc(bytes) == 0
  }

  /// 6.2.2: polynomial 0xA001; it is sent low byte first.
  static func crc(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    var crc: UInt16 = 0xFFFF
    for byte in bytes {
      crc ^= UInt16(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1 }
    }
    return crc
  }
}

/// How a bus carries frames.
struct Wire: Sendable {
  let framing: Site.Bus.Framing
  /// A reply of a slow device comes so much later, ms.
  let lateByMs: Int
  /// Of a character on a serial line, µs; 0: there is none.
  private let characterUs: Double
  private let turnaroundMs: Double

  init(_ bus: Site.Bus) {
    lateByMs = bus.timeoutMs * Twin.lateByTimeouts
    switch bus.link {
    case .tcp:
      framing = bus.framing
      characterUs = 0
      turnaroundMs = 0
    case .serial(_, let baud, let parity, let stopBits):
      framing = .rtu
      characterUs = Double(9 + (parity == .none ? 0 : 1) + stopBits) * 1e6 / Double(baud)
      // What a drive or meter takes to begin its reply, where the site file does not say.
      turnaroundMs = bus.turnaroundMs ?? 5
    }
  }

  /// From a request to the end of its reply, so many bytes together: a pseudo-terminal itself knows no speed. Whole
  /// milliseconds below, as what wakes the server comes late.
  func takesMs(bytes: Int) -> Int { Int(turnaroundMs + characterUs * Double(bytes) / 1000) }
}
