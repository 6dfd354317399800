import CModbus
import Glibc
public import RowConfig

/// A real bus: Modbus TCP, a serial line, or serial frames over TCP, through the C shim over libmodbus.
///
/// It connects on use. After a failed connect it fails fast, without touching the network, until a back-off has
/// passed: from 0.25 s doubling to 4 s, each with up to a quarter of jitter so that a site's links do not come back
/// in step. A peer that returns is therefore found within 5 s of its return.
@safe public final class LibmodbusLink: ModbusLink {
  private static let backOffMin = Duration.milliseconds(250)
  private static let backOffMax = Duration.seconds(4)

  /// Modbus Messaging on TCP/IP V1.0b, 4.2.1: a server states how many it takes, and 1 to 16 is usual.
  static let requestsInFlightMax = 16

  private let handle: OpaquePointer
  private let timeoutMs: Int32
  /// As the site file allows; 1 where frames carry no transaction id.
  public let requestsInFlight: Int
  private var shimOrders: [cm_read_order] = []
  private var retryAt = Duration.zero
  private var backOff = LibmodbusLink.backOffMin
  private var lastConnectFault = ModbusFault.transport(errno: ENOTCONN)

  /// A closed link to the bus's endpoint; each reply may take `bus.timeoutMs`.
  /// nil when the endpoint's settings cannot be used (a port or a serial setting out of range).
  public init?(_ bus: Site.Bus) {
    guard let made = unsafe Self.open(bus) else { return nil }
    unsafe handle = made
    timeoutMs = Int32(clamping: max(bus.timeoutMs, 1))
    if case .tcp = bus.link, bus.framing == .modbusTCP {
      requestsInFlight = min(max(bus.requestsInFlight, 1), Self.requestsInFlightMax)
    } else {
      requestsInFlight = 1
    }
  }

  private static func open(_ bus: Site.Bus) -> OpaquePointer? {
    switch bus.link {
    case .tcp(let host, let port):
      guard let port = UInt16(exactly: port) else { return nil }
      switch bus.framing {
      case .modbusTCP: return unsafe cm_new_tcp(host, port)
      case .rtu: return unsafe cm_new_rtu_tcp(host, port)
      }
    case .serial(let path, let baud, let parity, let stopBits):
      guard let baud = Int32(exactly: baud), let stopBits = Int32(exactly: stopBits) else { return nil }
      return unsafe cm_new_rtu(path, baud, parity.letter, stopBits)
    }
  }

  deinit {
    unsafe cm_free(handle)
  }

  public var isConnected: Bool { unsafe cm_is_connected(handle) }

  public func read(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, count: Int, into buffer: inout [UInt16]
  ) throws(ModbusFault) {
    precondition(count >= 1 && count <= buffer.count, "The read buffer is shorter than the read.")
    try connect()
    let result = unsafe cm_read(
      handle, area.shim, unit, UInt16(address), UInt16(count), &buffer, timeoutMs)
    try check(result)
  }

  public func read(together orders: inout [ReadOrder], into buffer: inout [UInt16], timeoutsMax: Int) {
    do throws(ModbusFault) {
      try connect()
    } catch {
      for index in orders.indices { orders[index].outcome = .failed(error) }
      return
    }
    shimOrders.removeAll(keepingCapacity: true)
    for order in orders {
      precondition(order.count >= 1 && order.offset + order.count <= buffer.count, "The read buffer is too short.")
      shimOrders.append(
        cm_read_order(
          area: order.area.shim, unit: order.unit, address: UInt16(order.address), count: UInt16(order.count),
          offset: UInt32(order.offset), result: cm_result()))
    }
    unsafe cm_read_many(
      handle, &shimOrders, Int32(shimOrders.count), &buffer, Int32(requestsInFlight), Int32(timeoutsMax), timeoutMs)
    for index in orders.indices {
      do throws(ModbusFault) {
        if shimOrders[index].result.outcome == CM_NOT_ASKED {
          orders[index].outcome = .notAsked
        } else {
          try check(shimOrders[index].result)
          orders[index].outcome = .good
        }
      } catch {
        orders[index].outcome = .failed(error)
      }
    }
  }

  public func write(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers: RegisterBlock
  ) throws(ModbusFault) {
    try connect()
    var words: (UInt16, UInt16, UInt16, UInt16) = (registers[0], 0, 0, 0)
    if registers.count > 1 { words.1 = registers[1] }
    if registers.count > 2 { words.2 = registers[2] }
    if registers.count > 3 { words.3 = registers[3] }
    let result = unsafe withUnsafeBytes(of: &words) { bytes in
      unsafe cm_write(
        handle, area.shim, unit, UInt16(address), UInt16(registers.count),
        bytes.baseAddress?.assumingMemoryBound(to: UInt16.self), timeoutMs)
    }
    try check(result)
  }

  public func identification(of unit: UInt8) throws(ModbusFault) -> DeviceIdentification {
    try connect()
    var said = DeviceIdentification()
    var reply = [UInt8](repeating: 0, count: Int(CM_IDENTITY_MAX))
    var object: UInt8? = 0
    for _ in 0..<DeviceIdentification.requestsMax {
      guard let asked = object else { break }
      let result = unsafe cm_identify(handle, unit, asked, &reply, timeoutMs)
      try check(result)
      object = try said.take(reply.span.extracting(0..<Int(result.detail)), askedFor: asked)
    }
    return said
  }

  private func connect() throws(ModbusFault) {
    if isConnected { return }
    let now = MonotonicClock.now()
    guard now >= retryAt else { throw lastConnectFault }
    do throws(ModbusFault) {
      try check(unsafe cm_connect(handle, timeoutMs))
    } catch {
      // A connect that times out is a transport fault: no device was asked anything.
      let fault = error == .timeout ? ModbusFault.transport(errno: ETIMEDOUT) : error
      lastConnectFault = fault
      retryAt = MonotonicClock.now() + backOff * Double.random(in: 1...1.25)
      backOff = min(backOff * 2, Self.backOffMax)
      throw fault
    }
    backOff = Self.backOffMin
  }

  private func check(_ result: cm_result) throws(ModbusFault) {
    switch result.outcome {
    case CM_OK: return
    case CM_TIMEOUT: throw .timeout
    case CM_PROTOCOL_VIOLATION: throw .protocolViolation
    case CM_EXCEPTION: throw .exception(UInt8(clamping: result.detail))
    default: throw .transport(errno: result.detail)
    }
  }
}

extension DeviceProfile.Area {
  fileprivate var shim: cm_area {
    switch self {
    case .coil: CM_COIL
    case .discrete: CM_DISCRETE
    case .input: CM_INPUT
    case .holding: CM_HOLDING
    }
  }
}

extension Site.Bus.Parity {
  fileprivate var letter: CChar {
    switch self {
    case .none: CChar(UInt8(ascii: "N"))
    case .even: CChar(UInt8(ascii: "E"))
    case .odd: CChar(UInt8(ascii: "O"))
    }
  }
}
