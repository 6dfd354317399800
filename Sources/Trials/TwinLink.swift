public import FieldIO
public import RowConfig
public import RowTwin

/// A bus of the simulated field without sockets: the daemon's bus master talks registers straight to the twin's
/// devices, so that scaling, planning, staleness and retry run for real while time is virtual.
public final class TwinLink: ModbusLink {
  private let twin: Twin
  private let bus: Int
  private var isOpen = true

  /// - Parameter bus: index in the site's buses.
  public init(twin: Twin, bus: Int) {
    self.twin = twin
    self.bus = bus
  }

  public var isConnected: Bool { isOpen }

  public func read(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, count: Int, into buffer: inout [UInt16]
  ) throws(ModbusFault) {
    var words = buffer.mutableSpan
    try check(twin.read(bus: bus, unit: unit, area: area, address: address, count: count, into: &words))
  }

  public func write(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers: RegisterBlock
  ) throws(ModbusFault) {
    var words = InlineArray<4, UInt16>(repeating: 0)
    for i in 0..<registers.count { words[i] = registers[i] }
    let values = words.span.extracting(0..<registers.count)
    try check(twin.write(bus: bus, unit: unit, area: area, address: address, values: values))
  }

  @inline(__always)
  private func check(_ reply: TwinReply) throws(ModbusFault) {
    isOpen = true
    switch reply {
    case .ok: return
    case .exception(let code): throw .exception(code)
    case .silent, .late:
      isOpen = false
      throw .timeout
    case .garbage: throw .protocolViolation
    }
  }
}
