/// A motorised valve: the stem travels at constant speed toward its setpoint, sticks when told to, and goes to its
/// backup position when nobody has spoken to it for a while. The two makes beside this file give it registers.
final class ValveActuator {
  /// A jam shows once the stem has been this far from its setpoint …
  static let jamTolerance = 0.02
  /// … for this long.
  static let jamDelayS = 10.0

  enum Place: Equatable {
    case rack(Int)
    /// The isolating valve of a coil.
    case coil(Int)
    case facility
  }

  let place: Place
  let strokeS: Double
  var backupPosition: Double
  var usesBackup = true
  var timer: CommunicationTimer
  /// What the bus asked for, 0 … 1.
  var setpoint = 0.0
  /// What an override register forces, if anything.
  var forced: Double?
  var fault: ValveFault?
  private(set) var position = 0.0
  private var strayedS = 0.0

  init(place: Place, strokeS: Double, timeoutS: Double, backupPosition: Double) {
    self.place = place
    self.strokeS = strokeS
    self.backupPosition = backupPosition
    timer = CommunicationTimer(timeoutS: timeoutS)
  }

  var isBackupActive: Bool { usesBackup && timer.isExpired }
  var isJammed: Bool { strayedS >= Self.jamDelayS }
  private var target: Double { isBackupActive ? backupPosition : forced ?? setpoint }

  func advance(seconds: Double, actuators: inout ActuatorPositions) {
    timer.advance(seconds: seconds)
    let travel = seconds / strokeS
    switch fault {
    case nil: move(toward: target, by: travel)
    case .stuck: break
    case .closed: move(toward: 0, by: travel)
    case .slow: move(toward: target, by: travel / 10)
    }
    let isStraying = (fault == .stuck || fault == .closed) && abs(target - position) > Self.jamTolerance
    strayedS = isStraying ? strayedS + seconds : 0
    switch place {
    case .rack(let index): actuators.rackValve[index] = position
    case .coil(let index): actuators.coilValve[index] = position
    case .facility: actuators.facilityValve = position
    }
  }

  private func move(toward goal: Double, by most: Double) {
    position += min(max(goal - position, -most), most)
  }

  /// Comes back with its backup position as setpoint and no watchdog.
  func restart(timeoutS: Double) {
    setpoint = backupPosition
    forced = nil
    usesBackup = false
    timer = CommunicationTimer(timeoutS: timeoutS)
  }

  func preset(percent: Double) {
    setpoint = percent / 100
    position = setpoint
  }
}

/// What a fault can do to any make of valve.
protocol ValveDevice: LivingDevice {
  var valve: ValveActuator { get }
}

extension ValveDevice {
  func heard() { valve.timer.feed() }
  func advance(seconds: Double, actuators: inout ActuatorPositions) {
    valve.advance(seconds: seconds, actuators: &actuators)
  }
  func preset(percent: Double) { valve.preset(percent: percent) }
}
