/// ABB ACS580 drive on its ABB Drives profile over the embedded fieldbus. Sources: ACS580 and ACH580 firmware
/// manuals, control and status word tables; parameter g.i at wire 100·g + i − 1 (addressing mode 0).
///
/// The commissioned comm-loss setting is 58.16 = 3.0 s, fed by writes of the control word or a reference
/// (58.15 = 2), and 58.14 = 3: run on at the safe speed. Power is commissioned (group 46) to 0.1 kW in 16 bits.
final class AbbAcs580: PumpDrive {
  static let timeoutS = 3.0
  /// REF1 and ACT1: 20000 is the rated speed.
  static let full = 20_000.0

  /// The profile's states; a drive gets to `operating` only through those before it.
  private enum State { case inhibited, readyToSwitchOn, readyToRun, operating, tripped }

  private let pump: Int
  private let safeSpeed: Double
  private let sensors: SensorBank
  private let power: Int
  var motor = DriveMotor()
  private var state = State.inhibited
  private var control: UInt16 = 0
  private var reference1: UInt16 = 0
  private var reference2: UInt16 = 0
  private var lastFault: UInt16 = 0
  /// 58.14: 3 runs on at the safe speed, the factory's 0 does nothing.
  private var lossAction: UInt16 = 3
  private var timer = CommunicationTimer(timeoutS: timeoutS)
  var isBroken = false
  var isLocal = false

  init(pump: Int, safeSpeed: Double, sensors: SensorBank) {
    self.pump = pump
    self.safeSpeed = safeSpeed
    self.sensors = sensors
    power = sensors.add(.pumpPower(pump))
  }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .holding else { return nil }
    switch address {
    case 0: return control
    case 1: return reference1
    case 2: return reference2
    case 3: return status
    case 4: return Words.int16(motor.speed * Self.full)
    case 5: return Words.int16(motor.speed * Self.full / 2)
    case 105: return Words.uint16(Mains.hertz(speed: motor.speed) * 100)
    case 106: return Words.uint16(Mains.amperes(kilowatts: sensors.value(power)) * 100)
    case 110: return Words.uint16(Mains.directVolts * 100)
    case 113: return Words.int16(sensors.value(power) * 10)
    case 400: return lastFault
    case 5813: return lossAction
    case 5814: return 2
    case 5815: return Words.uint16(Self.timeoutS * 10)
    default: return nil
    }
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    guard area == .holding else { return false }
    switch address {
    case 0: command(value)
    case 1: reference1 = value
    case 2: reference2 = value
    default: return false
    }
    timer.feed()
    return true
  }

  func advance(seconds: Double, actuators: inout ActuatorPositions) {
    timer.advance(seconds: seconds)
    if isBroken { trip() }
    if state == .tripped || isCoasting {
      motor.coast(seconds: seconds)
    } else {
      motor.ramp(toward: target, seconds: seconds)
    }
    actuators.pumpSpeed[pump] = motor.speed
  }

  func preset(percent: Double) {
    control = percent > 0 ? 0x047F : 0x047E
    state = percent > 0 ? .operating : .readyToSwitchOn
    reference1 = Words.int16(percent / 100 * Self.full)
    motor.speed = percent / 100
  }

  func reset() {
    state = .inhibited
    control = 0
    reference1 = 0
    reference2 = 0
    lossAction = 0
    timer = CommunicationTimer(timeoutS: Self.timeoutS)
  }

  func trip() {
    state = .tripped
    lastFault = 0x2310
  }

  /// Without bit 10 (remote command) only the OFF bits act; the rest stays as it was.
  private func command(_ word: UInt16) {
    let isReset = word.has(7) && !control.has(7)
    control = word.has(10) ? word : (control & ~0b111) | (word & 0b111)
    if state == .tripped {
      guard isReset, !isBroken else { return }
      state = .inhibited
    }
    guard control.has(1), control.has(2) else {
      state = .inhibited
      return
    }
    switch (state, control.has(0), control.has(3)) {
    case (.tripped, _, _): break
    case (_, false, _): state = .readyToSwitchOn
    case (.inhibited, true, _): break
    case (_, true, false): state = .readyToRun
    case (_, true, true): state = .operating
    }
  }

  /// OFF2, and a run bit taken away while switched on, let the motor coast; OFF1 and OFF3 ramp it down.
  private var isCoasting: Bool {
    if isLocal { return false }
    return !control.has(1) || state == .readyToRun
  }
  private var target: Double {
    if isLocal { return motor.speed }
    guard state == .operating, control.has(4), control.has(6) else { return 0 }
    if timer.isExpired, lossAction == 3 { return safeSpeed }
    if !control.has(5) { return motor.speed }
    return min(max(Double(Int16(bitPattern: reference1)) / Self.full, 0), 1)
  }

  private var status: UInt16 {
    let isSwitchedOn = state == .readyToRun || state == .operating
    var word: UInt16 = 1 << 12
    word.set(0, if: state == .readyToSwitchOn || isSwitchedOn)
    word.set(1, if: isSwitchedOn)
    word.set(2, if: state == .operating)
    word.set(3, if: state == .tripped)
    word.set(4, if: control.has(1))
    word.set(5, if: control.has(2))
    word.set(6, if: state == .inhibited)
    word.set(7, if: timer.isExpired)
    word.set(8, if: state == .operating && abs(motor.speed - target) < 0.1)
    word.set(9, if: !isLocal)
    return word
  }
}
