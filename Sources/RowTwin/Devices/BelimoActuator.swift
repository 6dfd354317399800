/// Belimo -MOD valve actuator. Source: Belimo Modbus register table for -MOD actuators (wire = number − 1); the
/// watchdog time after the bus-fail position is from memory of that table.
final class BelimoActuator: ValveDevice {
  static let timeoutS = 120.0

  let valve: ValveActuator
  private var forcing: UInt16 = 0
  /// 1 fast close, 2 fast open, 0 stay.
  private var busFailPosition: UInt16
  init(valve: ValveActuator) {
    self.valve = valve
    busFailPosition = valve.backupPosition >= 0.5 ? 2 : 1
  }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .holding || area == .input else { return nil }
    switch address {
    case 0: return Words.uint16(valve.setpoint * 10_000)
    case 1: return forcing
    case 2: return 0
    case 3: return 1
    case 4: return Words.uint16(valve.position * 10_000)
    case 5: return Words.uint16(valve.position * 90)
    case 103: return 310
    case 104: return (valve.isJammed ? 1 << 2 : 0) | (valve.isBackupActive ? 1 << 10 : 0)
    case 105: return 0
    case 106: return 10_000
    case 108: return busFailPosition
    case 109: return Words.uint16(valve.timer.timeoutS)
    case 116: return 0
    case 118: return 1
    default: return nil
    }
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    guard area == .holding else { return false }
    switch address {
    case 0: valve.setpoint = min(Double(value) / 10_000, 1)
    case 1: force(value)
    case 108:
      busFailPosition = value
      valve.usesBackup = value != 0
      valve.backupPosition = value == 2 ? 1 : 0
    case 109: valve.timer.timeoutS = Double(value)
    default: return false
    }
    return true
  }

  /// The factory leaves the bus-fail position at "stay".
  func reset() {
    valve.restart(timeoutS: Self.timeoutS)
    forcing = 0
    busFailPosition = 0
  }

  /// 0 none, 1 open, 2 closed, 3 minimum, 4 middle, 5 maximum.
  private func force(_ value: UInt16) {
    forcing = value
    switch value {
    case 1, 5: valve.forced = 1
    case 2, 3: valve.forced = 0
    case 4: valve.forced = 0.5
    default: valve.forced = nil
    }
  }
}
