public import FieldIO
public import RowConfig
public import RowTwin

/// A bus of the simulated field without sockets: the daemon's bus master talks registers straight to the twin's
/// devices, so that scaling, planning, staleness and retry run for real while time is virtual.
public final class TwinLink: ModbusLink {
  private let twin: Twin
  private let bus: Int
  private var words: [UInt16] = Array(repeating: 0, count: RegisterBlock.capacity)
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
    try check(twin.read(bus: bus, unit: unit, area: ModbusArea(area), address: address, count: count, into: &buffer))
  }

  public func write(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers: RegisterBlock
  ) throws(ModbusFault) {
    for i in 0..<registers.count { words[i] = registers[i] }
    let values = words[0..<registers.count]
    try check(twin.write(bus: bus, unit: unit, area: ModbusArea(area), address: address, values: values))
  }

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

extension ModbusArea {
  init(_ area: DeviceProfile.Area) {
    switch area {
    case .coil: self = .coil
    case .discrete: self = .discrete
    case .input: self = .input
    case .holding: self = .holding
    }
  }
}
