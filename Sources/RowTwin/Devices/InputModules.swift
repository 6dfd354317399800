/// Multi-channel input modules. What is wired to which channel comes from the site file.

/// Moxa ioLogik E1260: six RTD channels in 0.1 °C, input registers from 0x0600. Source: E1200 series user manual.
/// An open or unwired channel reads the top of the format.
final class MoxaE1260: FieldDevice {
  static let channels = 6
  private let sensors: SensorBank
  private let wired: [Int?]
  init(wired: [Int?], sensors: SensorBank) {
    self.wired = wired
    self.sensors = sensors
  }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    if area == .coil { return address == 0x1030 ? 0 : nil }
    let channel = address - 0x0600
    guard area == .input, wired.indices.contains(channel) else { return nil }
    guard let sensor = wired[channel], !sensors.isOpen(sensor) else { return Words.int16(32_767) }
    return Words.int16(min(max(sensors.value(sensor), -200), 850) * 10)
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    area == .coil && address == 0x1030
  }
}

/// Advantech ADAM-6017: eight current inputs, raw 0 … 65535 over 0–20 mA, and the same in mA as f32 from wire 30, least
/// significant word first. Sources: ADAM-6000 manual; type codes of the ADAM-6200 manual. A broken loop is 0 mA.
final class Adam6017: FieldDevice {
  static let channels = 8
  /// A transmitter wired to a channel, and what its 4 and 20 mA mean.
  struct Wired {
    var sensor: Int
    var at4mA: Double
    var at20mA: Double
  }
  private let sensors: SensorBank
  private let wired: [Wired?]
  init(wired: [Wired?], sensors: SensorBank) {
    self.wired = wired
    self.sensors = sensors
  }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    if area == .coil { return (120..<128).contains(address) ? (isOpen(address - 120) ? 1 : 0) : nil }
    guard area == .holding || area == .input else { return nil }
    switch address {
    case 0...7: return Words.uint16(milliamperes(address) / 20 * 65_535)
    case 30...45: return Words.float32(milliamperes((address - 30) / 2), 1 - address % 2)
    case 200...207: return 0x0182
    default: return nil
    }
  }

  private func isOpen(_ channel: Int) -> Bool {
    wired[channel].map { sensors.isOpen($0.sensor) } ?? true
  }
  /// Transmitters saturate at 3.6 mA below; the module at 20 mA above.
  private func milliamperes(_ channel: Int) -> Double {
    guard let wired = wired[channel], !sensors.isOpen(wired.sensor) else { return 0 }
    let share = (sensors.value(wired.sensor) - wired.at4mA) / (wired.at20mA - wired.at4mA)
    return min(max(4 + 16 * share, 3.6), 20)
  }
}
