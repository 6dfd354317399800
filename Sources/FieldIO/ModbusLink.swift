public import RowConfig

/// Why a Modbus transaction failed. The four are kept apart because each has a different cure: plug in the cable,
/// wait for the device, replace the gateway, correct the register map.
public enum ModbusFault: Error, Sendable, Equatable {
  /// The connection could not be made or was lost; the C library's errno.
  case transport(errno: Int32)
  /// No complete reply in time. The link has dropped whatever may still arrive.
  case timeout
  /// A reply that does not belong to the request (transaction id, unit, function, length, CRC).
  case protocolViolation
  /// The device is there and refused: Modbus exception code, such as 2 for an illegal address.
  case exception(UInt8)

  /// A gateway's word that the device behind it does not answer (path unavailable, target failed to respond).
  var isSilence: Bool { self == .exception(10) || self == .exception(11) }
}

/// One endpoint that answers Modbus requests: a TCP connection, a serial line, or a simulated field.
///
/// Used by one `BusMaster` from one thread. Implementations connect on use and bound every call in time.
public protocol ModbusLink: AnyObject {
  /// Whether the last transaction left an open connection.
  var isConnected: Bool { get }

  /// Reads `count` registers, or bits as 0 and 1, into `buffer[0..<count]`; the buffer is at least that long and is
  /// never grown. On a fault the buffer's content is unspecified.
  func read(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, count: Int, into buffer: inout [UInt16]
  ) throws(ModbusFault)

  /// Most reads that `read(together:into:timeoutsMax:)` has under way at once.
  var requestsInFlight: Int { get }

  /// Sends all the orders, several at once, and gives each its own outcome. It ends early, orders not asked, after
  /// `timeoutsMax` timeouts or when the connection is lost. Called only where `requestsInFlight` is more than 1.
  func read(together orders: inout [ReadOrder], into buffer: inout [UInt16], timeoutsMax: Int)

  /// Writes one value of one to four registers, or one coil. On any fault but `.exception` it is unknown whether the
  /// device took it.
  func write(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers: RegisterBlock
  ) throws(ModbusFault)

  /// Asks what the device says of itself (function 43/14). `.exception` where it does not offer that.
  func identification(of unit: UInt8) throws(ModbusFault) -> DeviceIdentification
}

extension ModbusLink {
  public func identification(of unit: UInt8) throws(ModbusFault) -> DeviceIdentification { throw .exception(1) }

  /// One after the other: all that a serial line can do, and all that a gateway or device may be trusted with unasked.
  public var requestsInFlight: Int { 1 }

  public func read(together orders: inout [ReadOrder], into buffer: inout [UInt16], timeoutsMax: Int) {
    preconditionFailure("This link asks one after the other.")
  }
}

/// One of several reads that are under way together.
public struct ReadOrder: Sendable, Equatable {
  public enum Outcome: Sendable, Equatable {
    /// Not sent, or given up without its own time having passed.
    case notAsked
    case good
    case failed(ModbusFault)
  }
  public var area: DeviceProfile.Area
  public var unit: UInt8
  public var address: Int
  public var count: Int
  /// Where its values go in the buffer.
  public var offset: Int
  public var outcome = Outcome.notAsked

  public init(area: DeviceProfile.Area, unit: UInt8, address: Int, count: Int, offset: Int) {
    self.area = area
    self.unit = unit
    self.address = address
    self.count = count
    self.offset = offset
  }
}

/// The registers of one value in wire order, held in place: a write needs no heap.
public struct RegisterBlock: Sendable, Equatable {
  /// The longest format, a 64-bit number, takes four.
  public static let capacity = 4
  /// 1 … 4.
  public private(set) var count: Int
  private var words: UInt64

  /// The low `count` 16-bit words of `pattern`, most significant first for `.big`.
  public init(
    pattern: UInt64, count: Int, wordOrder: DeviceProfile.Order = .big, byteOrder: DeviceProfile.Order = .big
  ) {
    precondition(count >= 1 && count <= Self.capacity, "A register block holds one to four registers.")
    self.count = count
    let pattern = byteOrder == .big ? pattern : Codec.swappingBytes(of: pattern)
    words = 0
    if count == 1 {
      words = pattern & 0xFFFF
      return
    }
    for index in 0..<count {
      let significance = wordOrder == .big ? count - 1 - index : index
      words |= (pattern >> UInt64(16 * significance) & 0xFFFF) << UInt64(16 * index)
    }
  }

  /// Register `index`, 0 ..< `count`, as it goes on the wire.
  public subscript(index: Int) -> UInt16 {
    precondition(index >= 0 && index < count, "Register index out of range.")
    return UInt16(truncatingIfNeeded: words >> UInt64(16 * index))
  }
}
