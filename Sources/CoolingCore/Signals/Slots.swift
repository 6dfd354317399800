/// The row's capacities and the layout of its input and output images: every role has one dense slot, so the field
/// layer can fill an image without knowing what anything means. The site file's role names are mapped to slots once,
/// when the daemon starts.
public enum Capacity {
  /// Sixteen 800 mm racks a side is the longest row seen; twice that leaves room for two-sided rows.
  public static let racks = 32
  public static let pumps = 4
  public static let fans = 16
  public static let leakZones = 8
}

/// One element per thing, up to the row's capacity; only as many as the row has are in use. Generic
/// arguments must be literals; a test compares them with `Capacity`.
public typealias PerRack<Element> = InlineArray<32, Element>
public typealias PerPump<Element> = InlineArray<4, Element>
public typealias PerFan<Element> = InlineArray<16, Element>
public typealias PerLeakZone<Element> = InlineArray<8, Element>
public typealias PerInput<Element> = InlineArray<300, Element>
public typealias PerOutput<Element> = InlineArray<57, Element>
public typealias PerActuator<Element> = InlineArray<53, Element>

public enum PumpSignal: Int, Sendable { case speed, running, fault, ready, remote, power }
public enum RackSignal: Int, Sendable {
  case flow, power, chipTemperature, returnTemperature, valvePosition, valveFault
}
public enum FanSignal: Int, Sendable { case speed, fault, power }
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
  static let leaks = 20
  static let pumps = leaks + 2 * Capacity.leakZones
  static let racks = pumps + 6 * Capacity.pumps
  static let fans = racks + 6 * Capacity.racks
  /// 20 + 8·2 + 4·6 + 32·6 + 16·3.
  public static let count = 300

  public static func leak(_ index: Int, _ signal: LeakSignal) -> Int { leaks + 2 * index + signal.rawValue }
  public static func pump(_ index: Int, _ signal: PumpSignal) -> Int { pumps + 6 * index + signal.rawValue }
  public static func rack(_ index: Int, _ signal: RackSignal) -> Int { racks + 6 * index + signal.rawValue }
  public static func fan(_ index: Int, _ signal: FanSignal) -> Int { fans + 3 * index + signal.rawValue }
}

/// Where each output stands in the output image.
public enum OutputSlot {
  public static let facilityValve = 2 * Capacity.pumps + Capacity.racks + Capacity.fans
  public static let count = 57
  public static func pumpRun(_ index: Int) -> Int { index }
  public static func pumpSpeed(_ index: Int) -> Int { Capacity.pumps + index }
  public static func rackValve(_ index: Int) -> Int { 2 * Capacity.pumps + index }
  public static func fan(_ index: Int) -> Int { 2 * Capacity.pumps + Capacity.racks + index }
}

/// An actuator that a person can override or ask about.
public enum Actuator: Sendable, Equatable {
  case pump(Int), rackValve(Int), fan(Int), facilityValve

  /// Dense index, 0 ..< `count`.
  public var index: Int {
    switch self {
    case .pump(let pump): pump
    case .rackValve(let rack): Capacity.pumps + rack
    case .fan(let fan): Capacity.pumps + Capacity.racks + fan
    case .facilityValve: Actuator.count - 1
    }
  }
  /// 4 + 32 + 16 + 1.
  public static let count = 53
}

/// The input image of one cycle.
public struct Scan: Sendable {
  public var signals: PerInput<Signal>
  public init() { signals = .init(repeating: Signal()) }
}
