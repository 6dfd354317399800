public import RowConfig

/// What a request costs on a bus, from its real speed: the planner weighs requests against registers with it, and
/// `BusLoad` says with it what a cycle takes.
///
/// On a serial line a character takes 11 bits (10 without parity and with one stop bit, Modbus over Serial Line V1.02,
/// 2.5.1), and 3.5 characters of silence stand before and after each frame, at least 1.75 ms (2.5.1.1). Over TCP the
/// network's time is small beside that of the device's own stack, so its cost is stated rather than derived.
public struct BusTiming: Sendable, Equatable {
  /// Until a serial device begins its reply, where the site file does not say: drives and meters take 2 … 20 ms.
  public static let serialTurnaroundMs = 5.0
  /// A request and its reply over TCP without what is in them.
  public static let tcpTurnaroundMs = 1.0
  /// Per byte over TCP: an embedded stack looks up and copies each register.
  static let tcpByteNs: Int64 = 10_000
  /// Silence around a frame above 19200 Bd.
  static let silenceNsMin: Int64 = 1_750_000
  /// Unit, function, address, count; unit, function, byte count: without data, CRC or MBAP header.
  static let requestBytes = 6
  static let replyBytes = 3

  public let byteNs: Int64
  /// Of a request besides the bytes: turn-around and silences.
  public let pauseNs: Int64
  /// CRC, or MBAP header without the unit, of one frame.
  public let frameBytes: Int
  /// How long a reply may take beyond the time it is on the wire.
  public let timeoutNs: Int64

  public init(_ bus: Site.Bus) {
    timeoutNs = Int64(bus.timeoutMs) * 1_000_000
    var bytes = bus.framing == .rtu ? 2 : 6
    var byteNs = Self.tcpByteNs
    var pauseNs = nanoseconds((bus.turnaroundMs ?? Self.tcpTurnaroundMs) / 1000)
    if let line = bus.line {
      byteNs = Int64(line.bitsPerCharacter) * 1_000_000_000 / Int64(line.baud)
      pauseNs =
        nanoseconds((bus.turnaroundMs ?? Self.serialTurnaroundMs) / 1000)
        + (line.baud > 19_200 ? 2 * Self.silenceNsMin : 7 * byteNs)
      bytes = 2
      // Once over the network, then over the line.
      if case .tcp = bus.link { pauseNs += nanoseconds(Self.tcpTurnaroundMs / 1000) }
    }
    self.byteNs = byteNs
    self.pauseNs = pauseNs
    frameBytes = bytes
  }

  /// Bytes of a read of `count` registers or bits and of its reply, on the wire.
  func readBytes(_ area: DeviceProfile.Area, count: Int) -> Int {
    let isBits = area == .coil || area == .discrete
    return Self.requestBytes + Self.replyBytes + 2 * frameBytes + (isBits ? (count + 7) / 8 : 2 * count)
  }

  /// Bytes of a write of one value and of its confirmation.
  func writeBytes(count: Int) -> Int {
    2 * Self.requestBytes + 2 * frameBytes + (count == 1 ? 0 : 1 + 2 * count)
  }

  /// How long `bytes` in one request and its reply take.
  func transactionNs(bytes: Int) -> Int64 { Int64(bytes) * byteNs + pauseNs }

  /// What a device that does not answer costs: the probe, and the wait for a reply that would have been as short.
  var probeNs: Int64 { transactionNs(bytes: readBytes(.holding, count: 1)) + timeoutNs }
}

extension Site.Bus {
  /// The line that requests end on: the bus itself, or the one behind its gateway. nil: none, or none known.
  var line: (baud: Int, bitsPerCharacter: Int)? {
    switch link {
    case .serial(_, let baud, let parity, let stopBits): (baud, 9 + (parity == .none ? 0 : 1) + stopBits)
    case .tcp: gatewayBaud.map { ($0, 11) }
    }
  }
}
