/// Digital input and output modules. What is wired to which terminal comes from the site file.

/// A wire that is on or off: what it follows, and the faults a wire has.
final class Contact {
  enum Source {
    case emergencyStop, permissive
    case leak(LeakCable)
  }
  private let source: Source
  /// The contact is open while its source is active.
  private let isInverted: Bool
  private(set) var isClosed = false
  var fault: SensorFault?

  init(_ source: Source, isInverted: Bool) {
    self.source = source
    self.isInverted = isInverted
  }

  /// The faults a wire can have; a drift is none.
  static func canHave(_ fault: SensorFault) -> Bool { [.stuck, .high, .low, .open].contains(fault) }

  /// Follows its source, or its fault.
  func follow(_ conditions: borrowing PlantConditions) {
    switch fault {
    case .stuck: return
    case .high: isClosed = true
    case .low, .open: isClosed = false
    default:
      let isActive =
        switch source {
        case .emergencyStop: conditions.isEmergencyStopped
        case .permissive: conditions.isPermitted
        case .leak(let cable): (cable.isWet || cable.isSoaked) && !cable.isBroken
        }
      isClosed = isActive != isInverted
    }
  }
}

/// Moxa ioLogik E1210: sixteen digital inputs, discrete inputs from 0; 1 is a closed contact. Source: E1200 series user
/// manual. An unwired terminal reads 0.
final class MoxaE1210: FieldDevice {
  static let channels = 16
  private let wired: [Contact?]
  init(wired: [Contact?]) { self.wired = wired }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .discrete, wired.indices.contains(address) else { return nil }
    return wired[address]?.isClosed == true ? 1 : 0
  }
}

/// Moxa ioLogik E1211: sixteen digital outputs, coils from 0. It holds its outputs when its master falls silent and
/// starts with all of them off. Source: E1200 series user manual.
final class MoxaE1211: LivingDevice {
  static let channels = 16
  /// Rack whose permit each output gives.
  private let wired: [Int?]
  private var outputs = Array(repeating: false, count: channels)
  init(wired: [Int?]) { self.wired = wired }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .coil, outputs.indices.contains(address) else { return nil }
    return outputs[address] ? 1 : 0
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    guard area == .coil, outputs.indices.contains(address) else { return false }
    outputs[address] = value != 0
    return true
  }

  func reset() { outputs = Array(repeating: false, count: Self.channels) }

  func advance(seconds: Double, actuators: inout ActuatorPositions) {
    for (output, rack) in zip(outputs, wired) {
      if let rack { actuators.rackPermit[rack] = output }
    }
  }

  /// Permits given where the percentage is above 0.
  func preset(percent: Double) { outputs = wired.map { $0 != nil && percent > 0 } }
}
