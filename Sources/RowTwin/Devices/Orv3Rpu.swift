/// OCP ORV3 reservoir and pumping unit (Delta RDF040DSS5193E0) with its fan rack: a cooling unit that holds a flow and
/// an outlet temperature by itself, whether or not anybody speaks to it. Holding registers, tenths, as in OpenBMC's
/// public register maps. How it controls is not public: here two plain loops, a few seconds on the pumps, a minute on
/// the fans. Its control bits can be read; nothing but the two targets can be written.
final class Orv3Rpu: PumpDrive {
  static let model = "RDF040DSS5193E0"
  static let leakPoints = ["leak_internal", "leak_external", "leak_rack_pan", "leak_rack_floor"]
  /// Pumps, each full speed in rpm; with one of them lost the others give so much of the speed that moves the row.
  static let pumps = 4
  static let ratedRpm = 6000.0
  static let speedWithoutOne = 0.75
  static let speedMin = 0.15
  /// Time in which the pumps' loop takes out an error of flow, and their fastest change a second.
  static let flowLoopS = 5.0
  static let pumpSlew = 0.1
  /// Fan speed per kelvin above the target, and the loop's integral time.
  static let fanPerKelvin = 0.05
  static let fanIntegralS = 30.0
  static let fanMin = 0.1

  /// Indices of its transmitters in the bank.
  struct Instruments {
    var flow: Int
    var outlet: Int
    var inlet: Int
    var outletPressure: Int
    var inletPressure: Int
    var air: Int
    var power: Int
  }

  private let flowMaxLpm: Double
  private let instruments: Instruments
  private let leaks: [LeakCable?]
  private let sensors: SensorBank
  private var flowTarget: UInt16
  private var temperatureTarget: UInt16 = 300
  var motor = DriveMotor()
  private var fanSpeed = fanMin
  private var fanIntegral = fanMin
  private var isTripped = false
  /// Trips, and stays so for as long as this is set.
  var isBroken = false
  /// Somebody drives its pumps at its own panel.
  var isLocal = false
  var isPumpLost = false

  /// - Parameter leaks: cable at each of `leakPoints`; nil: none is connected.
  init(flowMaxLpm: Double, instruments: Instruments, leaks: [LeakCable?], sensors: SensorBank) {
    self.flowMaxLpm = flowMaxLpm
    self.instruments = instruments
    self.leaks = leaks
    self.sensors = sensors
    flowTarget = Words.uint16(0.5 * flowMaxLpm * 10)
  }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    guard area == .holding else { return nil }
    switch address {
    case 0x9000: return Words.uint16(sensors.value(instruments.flow) * 10)
    case 0x9001: return Words.int16(sensors.value(instruments.outlet) * 10)
    case 0x9002, 0x9112: return Words.int16(sensors.value(instruments.inlet) * 10)
    case 0x9003: return Words.int16(sensors.value(instruments.outletPressure) * 10)
    case 0x9004: return Words.int16(sensors.value(instruments.inletPressure) * 10)
    case 0x9005: return Words.uint16(sensors.value(instruments.power) * 10_000)
    case 0x9006: return Words.uint16(sensors.value(instruments.power) * 1000)
    case 0x9007: return Words.uint16(480)
    case 0x9008: return Words.int16(sensors.value(instruments.air) * 10)
    case 0x9009: return Words.uint16(motor.speed * 100)
    case 0x900A...0x900D:
      return isPumpLost && address == 0x900D ? 0 : Words.uint16(motor.speed * Self.ratedRpm)
    case 0x9011: return 0
    case 0x9100: return Words.uint16(fanSpeed * 100)
    case 0x9200: return failedSensors
    case 0x9201: return alarms
    case 0x9202: return leakage
    case 0x9400: return flowTarget
    case 0x9401: return temperatureTarget
    case 0x9410: return controlBits
    case 0x19CC..<0x19CC + 8: return text(address - 0x19CC)
    // What it has besides, and is not simulated.
    case 0x9010...0x9403: return 0
    default: return nil
    }
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    guard area == .holding else { return false }
    switch address {
    case 0x9400: flowTarget = value
    case 0x9401: temperatureTarget = value
    default: return false
    }
    return true
  }

  func advance(seconds: Double, actuators: inout ActuatorPositions) {
    if isBroken { isTripped = true }
    if isTripped {
      motor.coast(seconds: seconds)
      fanSpeed = 0
    } else if !isLocal, seconds > 0 {
      movePumps(seconds)
      moveFans(seconds)
    }
    if isPumpLost { motor.speed = min(motor.speed, Self.speedWithoutOne) }
    actuators.pumpSpeed[0] = motor.speed
    actuators.fanSpeed[0] = fanSpeed
  }

  private func movePumps(_ seconds: Double) {
    // Without its meter it leaves the pumps as they are.
    guard !sensors.isOpen(instruments.flow) else { return }
    let error = (Double(flowTarget) / 10 - sensors.value(instruments.flow)) / flowMaxLpm
    let most = Self.pumpSlew * seconds
    let change = min(max(error / Self.flowLoopS * seconds, -most), most)
    motor.speed = min(max(motor.speed + change, Self.speedMin), 1)
  }

  private func moveFans(_ seconds: Double) {
    let errorK = sensors.value(instruments.outlet) - Double(temperatureTarget) / 10
    let proportional = Self.fanPerKelvin * errorK
    let integral = fanIntegral + proportional / Self.fanIntegralS * seconds
    let wanted = integral + proportional
    fanSpeed = min(max(wanted, Self.fanMin), 1)
    // At an end the integral waits there.
    fanIntegral = wanted == fanSpeed ? integral : min(max(fanIntegral, Self.fanMin), 1)
  }

  func preset(percent: Double) { motor.speed = percent / 100 }
  func preset(fanPercent: Double) {
    fanSpeed = fanPercent / 100
    fanIntegral = fanSpeed
  }

  /// Stands as if it had long been told of these targets.
  func hold(flowLpm: Double, temperatureC: Double) {
    flowTarget = Words.uint16(flowLpm * 10)
    temperatureTarget = Words.uint16(temperatureC * 10)
  }

  func trip() { isTripped = true }
  func reset() { isTripped = isBroken }

  private var failedSensors: UInt16 {
    var word: UInt16 = 0
    word.set(0, if: sensors.isOpen(instruments.inlet))
    word.set(1, if: sensors.isOpen(instruments.outlet))
    word.set(2, if: sensors.isOpen(instruments.inletPressure))
    word.set(3, if: sensors.isOpen(instruments.outletPressure))
    word.set(4, if: sensors.isOpen(instruments.flow))
    return word
  }

  private var alarms: UInt16 {
    var word: UInt16 = 0
    word.set(6, if: isPumpLost)
    word.set(9, if: isTripped)
    return word
  }

  private var leakage: UInt16 {
    var word: UInt16 = 0
    for (bit, cable) in zip([4, 5, 8, 9], leaks) {
      word.set(bit, if: cable.map { ($0.isWet || $0.isSoaked) && !$0.isBroken } ?? false)
    }
    return word
  }

  private var controlBits: UInt16 {
    var word: UInt16 = 0
    word.set(1, if: isLocal)
    word.set(3, if: !isLocal)
    return word
  }

  private func text(_ index: Int) -> UInt16 {
    let bytes = Array(Self.model.utf8)
    func byte(_ place: Int) -> UInt16 { place < bytes.count ? UInt16(bytes[place]) : 0 }
    return byte(2 * index) << 8 | byte(2 * index + 1)
  }
}
