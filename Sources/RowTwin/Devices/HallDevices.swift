/// Devices that watch the hall: leak detection and air.

/// What a leak zone's cable lies in; a detector or a plain contact looks at it.
final class LeakCable {
  /// Liquid bridges the cable: put there by hand, or come from a leak of the plant.
  var isWet = false
  var isSoaked = false
  /// The cable is cut: nothing is known of liquid.
  var isBroken = false
}

/// RLE LD2100 leak detector. Status in input register 0: bit 0 leak, 1 cable break, 2 contamination, 3 summary.
/// Source: LD2100 user manual, Modbus tables.
final class RleLd2100: LivingDevice {
  /// A leak must persist this long before it counts (holding register 15).
  static let leakDelayS = 5.0

  private var leakDelayS = leakDelayS
  private var isLatching = false
  private var hasLatched = false
  private var wetS = 0.0
  private let cable: LeakCable
  init(cable: LeakCable) { self.cable = cable }

  private var isBroken: Bool { cable.isBroken }
  private var hasLeak: Bool { !isBroken && (hasLatched || wetS >= leakDelayS) }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    switch (area, address) {
    case (.input, 0): (hasLeak ? 1 : 0) | (isBroken ? 1 << 1 : 0) | (hasLeak || isBroken ? 1 << 3 : 0)
    case (.input, 1): hasLeak ? 12 : 0
    case (.input, 2): 1
    case (.input, 3): hasLeak ? 180 : 3
    case (.input, 4): 60
    case (.input, 5), (.input, 6): isBroken ? 65_535 : 170
    case (.input, 7): 2800
    case (.input, 8): 210
    case (.holding, 0): 150
    case (.holding, 1): 50
    case (.holding, 3): isLatching ? 1 : 0
    case (.holding, 4), (.holding, 5): 0
    case (.holding, 15): Words.uint16(leakDelayS)
    case (.holding, 16): 120
    default: nil
    }
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    guard area == .holding else { return false }
    switch address {
    case 0, 1, 4, 16: break  // ignoring: thresholds and the sounder have no simulated effect
    case 3: isLatching = value != 0
    case 5: hasLatched = false
    case 15: leakDelayS = min(max(Double(value), 5), 995)
    default: return false
    }
    return true
  }

  func advance(seconds: Double, actuators: inout ActuatorPositions) {
    wetS = cable.isWet || cable.isSoaked ? wetS + seconds : 0
    hasLatched = isLatching && hasLeak
  }

  func preset(percent: Double) {}

  func reset() {
    leakDelayS = Self.leakDelayS
    isLatching = false
    hasLatched = false
  }
}

/// E+E EE072 air probe: temperature, humidity and dew point as int16 / 100, and as f32 most significant word first.
/// Source: EE072 manual, Modbus map (printed protocol addresses).
final class EplusEE072: FieldDevice {
  private let sensors: SensorBank
  private let temperature: Int
  private let humidity: Int
  private let dewPoint: Int
  init(sensors: SensorBank) {
    self.sensors = sensors
    temperature = sensors.add(.hallTemperature, role: "hall.temperature")
    humidity = sensors.add(.hallHumidity, role: "hall.humidity")
    dewPoint = sensors.add(.hallDewPoint, role: "hall.dew_point")
  }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .holding || area == .input else { return nil }
    switch address {
    case 0x03EA...0x03EB: return Words.float32(temperatureC, address - 0x03EA)
    case 0x03FC...0x03FD: return Words.float32(humidityPercent, address - 0x03FC)
    case 0x0450...0x0451: return Words.float32(dewPointC, address - 0x0450)
    case 0x0FA1: return Words.int16(temperatureC * 100)
    case 0x0FAA: return Words.int16(humidityPercent * 100)
    case 0x0FD4: return Words.int16(dewPointC * 100)
    default: return nil
    }
  }

  /// The probe's ranges: −40 … 80 °C and 0 … 100 %.
  private var temperatureC: Double { min(max(sensors.value(temperature), -40), 80) }
  private var humidityPercent: Double { min(max(sensors.value(humidity), 0), 100) }
  private var dewPointC: Double { min(max(sensors.value(dewPoint), -40), 80) }
}
