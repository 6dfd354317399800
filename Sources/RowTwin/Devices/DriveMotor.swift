/// A pump's motor behind its frequency converter: it follows a ramp while the converter feeds it and coasts down
/// when it does not.
struct DriveMotor {
  /// Converter ramp, 0 to rated speed.
  static let rampS = 5.0
  /// Time constant of a coasting wet pump.
  static let coastS = 1.5

  /// Shaft speed as a fraction of rated speed.
  var speed = 0.0
  /// Somebody has set the ramps ten times as long.
  var isSlow = false

  mutating func ramp(toward target: Double, seconds: Double) {
    let most = seconds / (isSlow ? 10 * Self.rampS : Self.rampS)
    speed += min(max(target - speed, -most), most)
  }
  mutating func coast(seconds: Double) {
    speed -= speed * seconds / (Self.coastS + seconds)
    if speed < 0.001 { speed = 0 }
  }
}

/// What faults can do to any make of drive.
protocol PumpDrive: LivingDevice {
  /// Trips now; the cause is gone at once, so a reset clears it.
  func trip()
  /// Tripped for as long as this is set; no reset helps.
  var isBroken: Bool { get set }
  /// Somebody turned it to Hand at the drive: it keeps its speed and ignores the bus.
  var isLocal: Bool { get set }
  var motor: DriveMotor { get set }
}

/// What faults can do to any make of fan.
protocol FanDevice: LivingDevice {
  /// The motor makes no torque; the fan says so.
  var isBroken: Bool { get set }
}

/// Electrical figures of a drive that feeds 400 V, 50 Hz motors.
enum Mains {
  static func amperes(kilowatts: Double) -> Double { kilowatts * 1000 / (1.732 * 400 * 0.85) }
  static func hertz(speed: Double) -> Double { speed * 50 }
  static let directVolts = 565.0
}
