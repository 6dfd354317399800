/// What every simulated field device has in common: it answers Modbus requests one register at a time, notices that it
/// was spoken to, and lives on between requests. Each model is one small class beside this file, typed from its
/// vendor's documents and never from the controller's profiles, so that a wrong scale there cannot cancel itself here;
/// `ProfileDevice` alone plays what has no model, from its profile.
public import RowConfig

/// One of the four Modbus tables.
public typealias ModbusArea = DeviceProfile.Area

/// How a device, or the bus in front of it, answered.
public enum TwinReply: Sendable, Equatable {
  case ok
  /// A Modbus exception: 1 function, 2 address, 3 value or count, 4 device failure, 11 gateway target silent.
  case exception(UInt8)
  /// No answer ever comes.
  case silent
  /// The answer is right but comes after the bus's timeout.
  case late
  /// Bytes come back that are no answer to the request.
  case garbage
}

protocol FieldDevice: AnyObject {
  /// Most registers of one read that the device answers, where less than the protocol's; more gets exception 3.
  var readLimit: Int { get }
  /// Whether all its values are 32-bit floats: only these can come with words swapped or without a number.
  var sendsFloats: Bool { get }
  /// What it says of itself by function 43/14: vendor, product code, revision. nil: it does not know that function.
  var identification: [String]? { get }
  /// One register, or one bit as 0 or 1; nil where the device has none.
  func register(_ area: ModbusArea, _ address: Int) -> UInt16?
  /// Takes one register; false where the device has none that can be written.
  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool
  /// A valid request for this device arrived; some communication timers are fed by any request.
  func heard()
  /// Answers a read of any area; the first `count` words are its registers or bits afterwards if the reply is `.ok`.
  func read(_ area: ModbusArea, _ address: Int, count: Int, into words: inout MutableSpan<UInt16>) -> TwinReply
  /// Takes a write. Registers before an illegal one keep what was written, as in most real devices.
  func write(_ area: ModbusArea, _ address: Int, _ words: Span<UInt16>) -> TwinReply
  /// Loses its supply for a moment and comes back as it left the factory; what it moves is where it was.
  func reset()
}

/// A device that goes on between requests.
protocol LivingDevice: FieldDevice {
  /// Lives for `seconds`: moves its actuator, counts its counters, watches its communication timer.
  func advance(seconds: Double, actuators: inout ActuatorPositions)
  /// Stands where a long obeyed demand of `percent` would have brought it, ready for commands, timer not yet armed.
  func preset(percent: Double)
}

extension ModbusArea {
  /// Most registers or bits of one read that the protocol has room for.
  var readLimit: Int { self == .coil || self == .discrete ? 2000 : 125 }
}

extension FieldDevice {
  var readLimit: Int { 2000 }
  var sendsFloats: Bool { false }
  var identification: [String]? { nil }
  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool { false }
  func heard() {}
  func reset() {}

  func read(_ area: ModbusArea, _ address: Int, count: Int, into words: inout MutableSpan<UInt16>) -> TwinReply {
    guard count >= 1, count <= min(area.readLimit, readLimit) else { return .exception(3) }
    heard()
    for offset in 0..<count {
      guard let word = register(area, address + offset) else { return .exception(2) }
      words[offset] = word
    }
    return .ok
  }

  func write(_ area: ModbusArea, _ address: Int, _ words: Span<UInt16>) -> TwinReply {
    guard !words.isEmpty, words.count <= 123 else { return .exception(3) }
    heard()
    for offset in words.indices {
      guard store(area, address + offset, words[offset]) else { return .exception(2) }
    }
    return .ok
  }
}

/// Counts the silence of the master. Armed by the first thing it hears: a plant that was never commanded stays off.
struct CommunicationTimer {
  var timeoutS: Double
  private var silentS = 0.0
  private var isArmed = false
  init(timeoutS: Double) { self.timeoutS = timeoutS }

  var isExpired: Bool { isArmed && silentS >= timeoutS }
  mutating func feed() {
    silentS = 0
    isArmed = true
  }
  mutating func advance(seconds: Double) { silentS += seconds }
}
