/// Siemens Acvatix valve actuator with Modbus (S..61../MO). Source: data sheet A6V11165272 (register table) and
/// A6V101037195 (status register 769); wire = register − 1; functions 3, 4, 6 and 16.
final class SiemensAcvatix: ValveDevice {
  /// Commissioned backup timeout (515); the factory leaves backup off.
  static let timeoutS = 60.0
  static let factoryTimeoutS = 900.0

  let valve: ValveActuator
  private var forcing: UInt16 = 0
  private var startUp: UInt16 = 0
  init(valve: ValveActuator) { self.valve = valve }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .holding || area == .input else { return nil }
    switch address + 1 {
    case 1: return Words.uint16(valve.setpoint * 10_000)
    case 2: return forcing
    case 3: return Words.uint16(valve.position * 10_000)
    case 256: return 0
    case 259: return 1
    case 260: return 0
    case 261: return 10_000
    case 262: return Words.uint16(valve.strokeS)
    case 513: return valve.usesBackup ? 0 : 2
    case 514: return Words.uint16(valve.backupPosition * 10_000)
    case 515: return Words.uint16(valve.timer.timeoutS)
    case 516: return startUp
    case 769: return (valve.isBackupActive ? 1 << 1 : 0) | (valve.isJammed ? 1 << 4 : 0)
    default: return nil
    }
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    guard area == .holding else { return false }
    switch address + 1 {
    case 1: valve.setpoint = min(Double(value) / 10_000, 1)
    case 2: force(value)
    case 256: break  // ignoring: self-test and calibration have no simulated effect
    case 513: valve.usesBackup = value == 0
    case 514: valve.backupPosition = min(Double(value) / 10_000, 1)
    case 515: valve.timer.timeoutS = Double(value)
    case 516: startUp = value
    default: return false
    }
    return true
  }

  func reset() {
    valve.restart(timeoutS: Self.factoryTimeoutS)
    forcing = 0
    startUp = 0
  }

  /// 0 off, 1 extend (open), 2 retract (close), 3 stop.
  private func force(_ value: UInt16) {
    forcing = value
    switch value {
    case 1: valve.forced = 1
    case 2: valve.forced = 0
    case 3: valve.forced = valve.position
    default: valve.forced = nil
    }
  }
}
