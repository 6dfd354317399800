/// The row's capacities and the layout of its input and output images: every role has one dense slot, so the field
/// layer can fill an image without knowing what anything means. The site file's role names are mapped to slots once,
/// when the daemon starts.
public enum Capacity {
  /// Sixteen 800 mm racks a side is the longest row seen; twice that leaves room for two-sided rows.
  public static let racks = 32
  public static let pumps = 4
  public static let fans = 16
  /// A detector for every rack, every coil, and eight places that are the row's own.
  public static let leakZones = 56
  /// Modbus endpoints, as many as a site file may name.
  public static let buses = 32
}

/// One element per thing, up to the row's capacity; only as many as the row has are in use. Generic
/// arguments must be literals; a test compares them with `Capacity`.
public typealias PerRack<Element> = InlineArray<32, Element>
public typealias PerPump<Element> = InlineArray<4, Element>
public typealias PerFan<Element> = InlineArray<16, Element>
public typealias PerLeakZone<Element> = InlineArray<56, Element>
public typealias PerBus<Element> = InlineArray<32, Element>
public typealias PerInput<Element> = InlineArray<414, Element>
public typealias PerOutput<Element> = InlineArray<105, Element>
public typealias PerActuator<Element> = InlineArray<69, Element>

public enum PumpSignal: Int, Sendable { case speed, running, fault, ready, remote, power }
public enum RackSignal: Int, Sendable {
  case flow, power, chipTemperature, returnTemperature, valvePosition, valveFault
}
public enum FanSignal: Int, Sendable { case speed, fault, power, valvePosition }
public enum LeakSignal: Int, Sendable { case alarm, fault }

/// Where each input stands in a `Scan`. Indices of things count from 0.
public enum InputSlot {
  public static let redundant = 3
  public static let supplyTemperature = 0
  public static let returnTemperature = 3
  public static let manifoldDp = 6
  public static let supplyPressure = 9
  public static let returnPressure = 10
  public static let rowFlow = 11
  public static let filterDp = 12
  public static let reservoirLevel = 13
  public static let hallTemperature = 14
  public static let hallHumidity = 15
  public static let hallDewPoint = 16
  public static let facilityTemperature = 17
  public static let facilityFlow = 18
  public static let facilityValvePosition = 19
  public static let emergencyStop = 20
  public static let permissive = 21
  static let leaks = 22
  static let pumps = leaks + 2 * Capacity.leakZones
  static let racks = pumps + 6 * Capacity.pumps
  static let fans = racks + 6 * Capacity.racks
  /// 22 + 56·2 + 4·6 + 32·6 + 16·4.
  public static let count = 414

  public static func leak(_ index: Int, _ signal: LeakSignal) -> Int { leaks + 2 * index + signal.rawValue }
  public static func pump(_ index: Int, _ signal: PumpSignal) -> Int { pumps + 6 * index + signal.rawValue }
  public static func rack(_ index: Int, _ signal: RackSignal) -> Int { racks + 6 * index + signal.rawValue }
  public static func fan(_ index: Int, _ signal: FanSignal) -> Int { fans + 4 * index + signal.rawValue }
}

/// Where each output stands in the output image.
public enum OutputSlot {
  public static let facilityValve = 2 * Capacity.pumps + Capacity.racks + Capacity.fans
  public static let count = 105
  public static func pumpRun(_ index: Int) -> Int { index }
  public static func pumpSpeed(_ index: Int) -> Int { Capacity.pumps + index }
  public static func rackValve(_ index: Int) -> Int { 2 * Capacity.pumps + index }
  public static func fan(_ index: Int) -> Int { 2 * Capacity.pumps + Capacity.racks + index }
  public static func coilValve(_ index: Int) -> Int { facilityValve + 1 + index }
  public static func permit(_ index: Int) -> Int { facilityValve + 1 + Capacity.fans + index }
}

/// An actuator that a person can override or ask about.
public enum Actuator: Sendable, Equatable {
  case pump(Int), rackValve(Int), fan(Int), facilityValve, coilValve(Int)

  /// Dense index, 0 ..< `count`.
  public var index: Int {
    switch self {
    case .pump(let pump): pump
    case .rackValve(let rack): Capacity.pumps + rack
    case .fan(let fan): Capacity.pumps + Capacity.racks + fan
    case .facilityValve: Capacity.pumps + Capacity.racks + Capacity.fans
    case .coilValve(let coil): Capacity.pumps + Capacity.racks + Capacity.fans + 1 + coil
    }
  }
  /// 4 + 32 + 16 + 1 + 16.
  public static let count = 69
}

/// The input image of one cycle.
public struct Scan: Sendable {
  public var signals: PerInput<Signal> = .init(repeating: Signal())
  /// What became of the demands sent in the cycle before.
  public var writes: PerOutput<WriteOutcome> = .init(repeating: .none)
  /// Endpoints on which nothing at all answers.
  public var isBusLost: PerBus<Bool> = .init(repeating: false)
  public init() {}
}

/// What is known of a demand that was sent to a device.
public enum WriteOutcome: UInt8, Sendable {
  /// Nothing was sent, or no answer is due yet.
  case none
  case accepted
  /// The device answered that it will not.
  case refused
  /// The device accepted it, and reads back something else.
  case contradicted
  /// No answer.
  case silent
}
