/// Danfoss VLT FC 102/202/302 drive on its FC profile. Register = parameter · 10, wire = register − 1; two-register
/// values most significant word first. Sources: FC-202 design guide MG20Z1, register and coil tables.
///
/// The control word counts only with bit 10 set. The commissioned comm-loss setting is 8-03 = 5 s and
/// 8-04 = run at the safe speed: a running drive keeps running.
final class DanfossVltFc: PumpDrive {
  static let timeoutS = 5.0
  /// Reference and main actual value: 0x4000 is 100 %.
  static let full = 16_384.0

  private let pump: Int
  private let safeSpeed: Double
  private let sensors: SensorBank
  private let power: Int
  var motor = DriveMotor()
  private var control: UInt16 = 0
  private var reference: UInt16 = 0
  private var isTripped = false
  private var lastError: UInt16 = 0
  /// 8-04: whether the drive minds a silent bus; the factory's does not.
  private var mindsSilence = true
  private var timer = CommunicationTimer(timeoutS: timeoutS)
  private var runningS = 0.0
  private var energyKwh: Double { sensors.total(power) / 3600 }
  var isBroken = false
  var isLocal = false

  init(pump: Int, safeSpeed: Double, sensors: SensorBank) {
    self.pump = pump
    self.safeSpeed = safeSpeed
    self.sensors = sensors
    power = sensors.add(.pumpPower(pump))
  }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    if area == .coil { return coil(address) }
    guard area == .holding else { return nil }
    let kilowatts = sensors.value(power)
    switch address {
    case 6: return lastError
    case 2809, 49_999: return control
    case 2810, 50_009: return reference
    case 2909, 50_199: return status
    case 2910, 50_209: return actual
    case 14_999, 15_000: return Words.uint32(runningS / 3600, address - 14_999)
    case 15_009, 15_010: return Words.uint32(runningS / 3600, address - 15_009)
    case 15_019, 15_020: return Words.uint32(energyKwh, address - 15_019)
    case 16_019: return Words.int16(target * 1000)
    case 16_099, 16_100: return Words.uint32(kilowatts * 100, address - 16_099)
    case 16_119: return Words.uint16(motor.speed * 400 * 10)
    case 16_129: return Words.uint16(Mains.hertz(speed: motor.speed) * 10)
    case 16_139: return Words.uint16(Mains.amperes(kilowatts: kilowatts) * 100)
    case 16_299: return Words.uint16(Mains.directVolts)
    case 16_339: return Words.uint16(35 + 20 * motor.speed)
    case 16_899, 16_900: return Words.uint32(isTripped ? 1 : 0, address - 16_899)
    case 16_919, 16_920: return Words.uint32(timer.isExpired ? 1 : 0, address - 16_919)
    default: return nil
    }
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    if area == .coil { return storeCoil(address, value) }
    guard area == .holding else { return false }
    switch address {
    case 2809, 49_999: command(value)
    case 2810, 50_009: reference = value
    default: return false
    }
    return true
  }

  func advance(seconds: Double, actuators: inout ActuatorPositions) {
    timer.advance(seconds: seconds)
    if isBroken { trip() }
    if isFed { motor.ramp(toward: target, seconds: seconds) } else { motor.coast(seconds: seconds) }
    if isFed, motor.speed > 0 { runningS += seconds }
    actuators.pumpSpeed[pump] = motor.speed
  }

  func preset(percent: Double) {
    control = percent > 0 ? 0x047C : 0x043C
    reference = Words.int16(percent / 100 * Self.full)
    motor.speed = percent / 100
  }

  func reset() {
    control = 0
    reference = 0
    isTripped = isBroken
    mindsSilence = false
    timer = CommunicationTimer(timeoutS: Self.timeoutS)
  }

  func trip() {
    isTripped = true
    lastError = 14
  }

  private func command(_ word: UInt16) {
    guard word.has(10) else { return }
    timer.feed()
    if word.has(7), !control.has(7) { isTripped = isBroken }
    control = word
  }

  /// Bits 2 … 5 low each take the motor off its reference; only coast (3) takes its current away.
  private var isStarted: Bool { control & 0b111_1100 == 0b111_1100 }
  private var isFed: Bool { !isTripped && (isLocal || control.has(3)) }
  private var target: Double {
    if isLocal { return motor.speed }
    guard isStarted else { return 0 }
    let asked = Double(Int16(bitPattern: reference)) / Self.full
    return timer.isExpired && mindsSilence ? safeSpeed : min(max(asked, 0), 1)
  }

  private var status: UInt16 {
    var word: UInt16 = 1 << 10
    word.set(0, if: !isTripped)
    word.set(1, if: !isTripped)
    word.set(2, if: isFed)
    word.set(3, if: isTripped)
    word.set(6, if: isTripped && isBroken)
    word.set(7, if: timer.isExpired)
    word.set(8, if: isFed && abs(motor.speed - target) < 0.005)
    word.set(9, if: !isLocal)
    word.set(11, if: isFed && motor.speed > 0)
    return word
  }
  private var actual: UInt16 { Words.int16(motor.speed * Self.full) }

  private func coil(_ address: Int) -> UInt16? {
    switch address {
    case 0...15: Words.bit(control, address)
    case 16...31: Words.bit(reference, address - 16)
    case 32...47: Words.bit(status, address - 32)
    case 48...63: Words.bit(actual, address - 48)
    case 64: 0
    default: nil
    }
  }

  private func storeCoil(_ address: Int, _ value: UInt16) -> Bool {
    switch address {
    case 0...15:
      var word = control
      word.set(address, if: value != 0)
      command(word)
    case 16...31: reference.set(address - 16, if: value != 0)
    case 64: break  // ignoring: whether parameters go to EEPROM makes no difference here
    default: return false
    }
    return true
  }
}
