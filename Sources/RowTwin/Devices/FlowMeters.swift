/// Flow and heat meters.

/// Siemens SITRANS F M MAG 6000 with the Modbus module: SI base units, f32 flow and f64 totalizers, least
/// significant word first as the factory sets it. Source: SITRANS F Modbus RTU operating instructions A5E00753974;
/// wire = printed number − 1.
final class SitransMag6000: FieldDevice {
  private let sensors: SensorBank
  private let flow: Int
  private var totalM3: Double { sensors.total(flow) / 60_000 }
  init(flow: Int, sensors: SensorBank) {
    self.flow = flow
    self.sensors = sensors
  }

  var sendsFloats: Bool { true }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .holding else { return nil }
    switch address {
    case 600: return 0x2A
    case 601: return 0xFF
    case 602: return 24
    case 605: return 0x0201
    case 3002...3003: return Words.float32(sensors.value(flow) / 60_000, 3003 - address)
    case 3014...3017: return Words.float64(totalM3, 3017 - address)
    case 3018...3021: return Words.float64(totalM3, 3021 - address)
    case 3022...3023: return Words.float32(totalM3, 3023 - address)
    case 3024...3025: return Words.float32(totalM3, 3025 - address)
    default: return nil
    }
  }
}

/// Kamstrup Multical 603 heat meter, default datagram: f32 from wire 0. V1 in l/h, power in kW, t1 of the entering
/// and t2 of the leaving coolant. Source: Kamstrup 58101758; f32 most significant word first.
final class KamstrupMultical603: FieldDevice {
  /// Heat in kW of 1 L/min warmed by 1 K: water glycol holds 4.0 MJ/m³K.
  static let kwPerLpmK = 4.0 / 60

  private let sensors: SensorBank
  private let flow: Int
  private let entering: Int
  private let leaving: Int
  init(flow: Int, entering: Int, leaving: Int, sensors: SensorBank) {
    self.flow = flow
    self.entering = entering
    self.leaving = leaving
    self.sensors = sensors
  }

  var sendsFloats: Bool { true }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .holding || area == .input, address >= 0, address < 10 else { return nil }
    let flowLpm = sensors.value(flow)
    let differenceK = sensors.value(leaving) - sensors.value(entering)
    let value =
      switch address / 2 {
      case 0: flowLpm * 60
      case 2: flowLpm * differenceK * Self.kwPerLpmK
      case 3: sensors.value(entering)
      case 4: sensors.value(leaving)
      default: 0.0
      }
    return Words.float32(value, address % 2)
  }
}
