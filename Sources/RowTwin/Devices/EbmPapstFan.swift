/// ebm-papst EC fan, closed-loop speed control: speed = raw / 64000 · maximum speed. Source: "MODBUS" Lite V5.01 and
/// ACE V1.00 parameter descriptions. At most 9 registers in one read.
///
/// The commissioned fail-safe setting is D15C = 1, D15D = safe speed, D15E = 10 s, fed by any request.
final class EbmPapstFan: FanDevice {
  static let timeoutS = 10.0
  /// Rotor inertia: time constant from one speed to the next.
  static let inertiaS = 3.0
  static let full = 64_000.0
  /// DC-link references (D1A0, D1A1): their product makes one unit of the power register 1 W.
  static let referenceVolts = 800.0
  static let referenceAmperes = 81.92

  private let fan: Int
  private let sensors: SensorBank
  private let power: Int
  private var speed = 0.0
  private var setValue: UInt16 = 0
  private var isBusControlled = true
  private var storesSetValue: UInt16 = 0
  private var stopsAtZero = true
  private var maximumRpm: UInt16 = 2000
  private var failSafeSource: UInt16 = 1
  private var failSafeValue: UInt16
  private var failSafeDirection: UInt16 = 2
  private var timer = CommunicationTimer(timeoutS: timeoutS)
  private var operatingS = 0.0
  var isBroken = false

  init(fan: Int, safeSpeed: Double, sensors: SensorBank) {
    self.fan = fan
    self.sensors = sensors
    power = sensors.add(.fanPower(fan))
    failSafeValue = Words.uint16(safeSpeed * Self.full)
  }

  var readLimit: Int { 9 }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    switch area {
    case .holding: holding(address)
    case .input: input(address)
    case .coil, .discrete: nil
    }
  }

  private func holding(_ address: Int) -> UInt16? {
    switch address {
    case 0xD001: setValue
    case 0xD009: Words.uint16(operatingS / 3600)
    case 0xD00A: Words.uint16((operatingS / 60).truncatingRemainder(dividingBy: 60).rounded(.down))
    case 0xD101: isBusControlled ? 1 : 0
    case 0xD103: storesSetValue
    case 0xD106: 0
    case 0xD112: stopsAtZero ? 1 : 0
    case 0xD119: maximumRpm
    case 0xD15B: failSafeDirection
    case 0xD15C: failSafeSource
    case 0xD15D: failSafeValue
    case 0xD15E: Words.uint16(timer.timeoutS * 10)
    case 0xD1A0: Words.uint16(Self.referenceVolts / 0.02)
    case 0xD1A1: Words.uint16(Self.referenceAmperes / 0.002)
    default: nil
    }
  }

  private func input(_ address: Int) -> UInt16? {
    let watts = sensors.value(power) * 1000
    switch address {
    case 0xD000, 0xD001: return 9
    case 0xD010: return Words.uint16(min(speed * Self.full, 0xFF00))
    case 0xD011: return isBroken ? 1 << 4 | 1 << 7 : 0
    case 0xD012: return 0
    case 0xD013: return Words.uint16(Mains.directVolts / Self.referenceVolts * 256)
    case 0xD014: return Words.uint16(watts / Mains.directVolts / Self.referenceAmperes * 256)
    case 0xD015: return Words.uint16(40 + 15 * speed)
    case 0xD016: return Words.uint16(45 + 20 * speed)
    case 0xD017: return Words.uint16(38 + 10 * speed)
    case 0xD018: return 1
    case 0xD019: return Words.uint16(speed * 65_535)
    case 0xD01A: return activeSetValue
    case 0xD021: return Words.uint16(watts / (Self.referenceVolts * Self.referenceAmperes) * 65_536)
    default: return nil
    }
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    guard area == .holding else { return false }
    switch address {
    case 0xD000: break  // ignoring: an error reset; the simulated errors end with their cause
    case 0xD001: setValue = value
    case 0xD101: isBusControlled = value == 1
    case 0xD103: storesSetValue = value
    case 0xD112: stopsAtZero = value == 1
    case 0xD119: maximumRpm = value
    case 0xD15B: failSafeDirection = value
    case 0xD15C: failSafeSource = value
    case 0xD15D: failSafeValue = value
    case 0xD15E: timer.timeoutS = Double(value) / 10
    default: return false
    }
    return true
  }

  func heard() { timer.feed() }

  func advance(seconds: Double, actuators: inout ActuatorPositions) {
    timer.advance(seconds: seconds)
    let raw = activeSetValue & 0xFFF0
    let target = isBroken ? 0 : min(Double(raw) / Self.full, 1)
    speed += (target - speed) * seconds / (Self.inertiaS + seconds)
    if speed < 0.001 { speed = 0 } else { operatingS += seconds }
    actuators.fanSpeed[fan] = speed
  }

  func reset() {
    setValue = 0
    storesSetValue = 0
    failSafeSource = 0
    timer = CommunicationTimer(timeoutS: Self.timeoutS)
  }

  func preset(percent: Double) {
    setValue = Words.uint16(percent / 100 * Self.full)
    speed = percent / 100
  }

  private var activeSetValue: UInt16 {
    if timer.isExpired, failSafeSource == 1 { return failSafeValue }
    return isBusControlled ? setValue : 0
  }
}
