/// Electricity meters of a rack's feeder, on three balanced 230 V phases.

/// Eastron SDM630: input registers, f32 most significant word first, in V, A, W, Hz, kWh. Source: Eastron protocol
/// document, as in the mbmd meter table.
final class EastronSdm630: FieldDevice {
  private let meter: PhaseMeter
  init(power: Int, sensors: SensorBank) { meter = PhaseMeter(power: power, sensors: sensors) }

  var sendsFloats: Bool { true }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .input else { return nil }
    let value: Double
    switch address & ~1 {
    case 0x00...0x04: value = PhaseMeter.volts
    case 0x06...0x0A: value = meter.amperes
    case 0x0C...0x10: value = meter.watts / 3
    case 0x34: value = meter.watts
    case 0x46: value = 50
    case 0x48, 0x156: value = meter.energyKwh
    case 0x4A: value = 0
    default: return nil
    }
    return Words.float32(value, address & 1)
  }
}

/// Schneider iEM3000: holding registers, f32 most significant word first in kW, A, V; energy i64 in Wh. Source: the
/// iEM3000 register list, as in the mbmd meter table.
final class SchneiderIem3000: FieldDevice {
  private let meter: PhaseMeter
  init(power: Int, sensors: SensorBank) { meter = PhaseMeter(power: power, sensors: sensors) }

  var sendsFloats: Bool { true }
  var identification: [String]? { ["Schneider Electric", "A9MEM3255", "V1.4.0"] }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .holding else { return nil }
    switch address {
    case 0x0BB7...0x0BBC: return Words.float32(meter.amperes, (address - 0x0BB7) % 2)
    case 0x0BD3...0x0BD8: return Words.float32(PhaseMeter.volts, (address - 0x0BD3) % 2)
    case 0x0BED...0x0BF2: return Words.float32(meter.watts / 3000, (address - 0x0BED) % 2)
    case 0x0BF3...0x0BF4: return Words.float32(meter.watts / 1000, address - 0x0BF3)
    case 0x0C25...0x0C26: return Words.float32(50, address - 0x0C25)
    case 0x0C83...0x0C86: return Words.int64(meter.energyKwh * 1000, address - 0x0C83)
    case 0x0C87...0x0C8A: return 0
    default: return nil
    }
  }
}

/// What both meters measure.
struct PhaseMeter {
  static let volts = 230.0
  private let sensors: SensorBank
  private let power: Int
  init(power: Int, sensors: SensorBank) {
    self.power = power
    self.sensors = sensors
  }
  var watts: Double { sensors.value(power) * 1000 }
  var amperes: Double { watts / 3 / Self.volts }
  var energyKwh: Double { sensors.total(power) / 3600 }
}
