/// Drives, fans and valves made from their profiles: what moves, and what they say of it.
internal import RowConfig

/// A drive with a control word. It takes the word's steps in their order and loses them in a trip. A word without the
/// bits that all of the profile's words share gives the bus away: the drive goes on as it stands. It follows its
/// reference once everything that the profile's `take_control` writes stands so.
final class ProfileDrive: ProfileDevice, PumpDrive {
  private let pump: Int
  private let safeSpeed: Double
  private let runCommand: Int
  private let speedCommand: Int?
  private let words: DeviceProfile.Command.Word
  private let sharedBits: UInt16
  private let preparation: [RawCommand]
  private let resetWrites: [RawCommand]
  var motor = DriveMotor()
  var isBroken = false
  var isLocal = false
  private var isTripped = false
  private var isStarted = false
  private var isHeld: Bool
  private var stepsTaken = 0
  private var lastWord: UInt16 = 0

  /// `profile` has a command with signal `run`.
  init(_ profile: DeviceProfile, _ wiring: ProfileWiring, pump: Int, sensors: SensorBank) {
    runCommand = profile.command("run")
    words =
      switch profile.commands[runCommand].form {
      case .word(let words): words
      case .analog: .init(stop: 0, reset: nil, run: [.init(value: 1, until: nil)])
      }
    sharedBits = (words.run.map(\.value) + [words.reset].compactMap(\.self)).reduce(words.stop, &)
    self.pump = pump
    safeSpeed = wiring.safePercent / 100
    speedCommand = profile.commands.firstIndex { $0.signal == "speed_demand" }
    preparation = profile.rawWrites(.takeControl)
    resetWrites = profile.rawWrites(.reset)
    isHeld = sharedBits == 0
    super.init(profile, wiring, sensors: sensors)
  }

  override func says(_ signal: PointSource.Signal) -> Double? {
    switch signal {
    case .speed: motor.speed * 100
    case .running: motor.speed > 0 && !isTripped ? 1 : 0
    case .fault: isTripped ? 1 : 0
    case .ready: isTripped ? 0 : 1
    case .remote: isHeld && !isLocal ? 1 : 0
    case .power, .position: super.says(signal)
    }
  }

  override func hasReached(step: Int) -> Bool { stepsTaken > step }

  override func obey(_ command: Int) {
    if !isBroken, let last = resetWrites.last, last.command == command, stand(resetWrites) { isTripped = false }
    guard command == runCommand else { return }
    let word = UInt16(truncatingIfNeeded: bits(ofCommand: command))
    defer { lastWord = word }
    // Acknowledged on the edge.
    if !isBroken, word == words.reset, word != lastWord { isTripped = false }
    isHeld = word & sharedBits == sharedBits
    guard isHeld, !isTripped else { return }
    if stepsTaken < lastStep, word == words.run[stepsTaken].value { stepsTaken += 1 }
    isStarted = stepsTaken == lastStep && word == words.run[lastStep].value
  }

  override func advance(seconds: Double, actuators: inout ActuatorPositions) {
    super.advance(seconds: seconds, actuators: &actuators)
    if isBroken || silence == .trips { trip() }
    if isTripped { motor.coast(seconds: seconds) } else { motor.ramp(toward: target, seconds: seconds) }
    actuators.pumpSpeed[pump] = motor.speed
  }

  func trip() {
    isTripped = true
    isStarted = false
    stepsTaken = 0
  }

  override func preset(percent: Double) {
    super.preset(percent: percent)
    isHeld = true
    isStarted = percent > 0
    stepsTaken = lastStep
    lastWord = isStarted ? words.run[lastStep].value : words.stop
    tell(runCommand, Double(lastWord))
    if let speedCommand { tell(speedCommand, percent) }
    motor.speed = percent / 100
  }

  override func reset() {
    super.reset()
    isTripped = isBroken
    isStarted = false
    isHeld = sharedBits == 0
    stepsTaken = 0
    lastWord = 0
  }

  private var lastStep: Int { words.run.count - 1 }

  private var target: Double {
    guard isHeld, !isLocal else { return motor.speed }
    guard isStarted else { return 0 }
    if silence == .goesToSafety { return safeSpeed }
    guard let speedCommand, stand(preparation) else { return motor.speed }
    return min(max(told(speedCommand) / 100, 0), 1)
  }
}

final class ProfileFan: ProfileDevice, FanDevice {
  private let fan: Int
  private let safeSpeed: Double
  private let speedCommand: Int
  private var speed = 0.0
  var isBroken = false

  /// `profile` has a command with signal `speed_demand`.
  init(_ profile: DeviceProfile, _ wiring: ProfileWiring, fan: Int, sensors: SensorBank) {
    self.fan = fan
    safeSpeed = wiring.safePercent / 100
    speedCommand = profile.command("speed_demand")
    super.init(profile, wiring, sensors: sensors)
  }

  override func says(_ signal: PointSource.Signal) -> Double? {
    switch signal {
    case .speed: speed * 100
    case .running: speed > 0 ? 1 : 0
    case .fault: isBroken ? 1 : 0
    case .ready, .remote: 1
    case .power, .position: super.says(signal)
    }
  }

  override func advance(seconds: Double, actuators: inout ActuatorPositions) {
    super.advance(seconds: seconds, actuators: &actuators)
    speed += (target - speed) * seconds / (EbmPapstFan.inertiaS + seconds)
    if speed < 0.001 { speed = 0 }
    actuators.fanSpeed[fan] = speed
  }

  override func preset(percent: Double) {
    super.preset(percent: percent)
    tell(speedCommand, percent)
    speed = percent / 100
  }

  private var target: Double {
    if isBroken { return 0 }
    return switch silence {
    case .trips: 0
    case .goesToSafety: safeSpeed
    case .holds, nil: min(max(told(speedCommand) / 100, 0), 1)
    }
  }
}

final class ProfileValve: ProfileDevice, ValveDevice {
  let valve: ValveActuator
  private let demand: Int

  /// `profile` has a command with signal `demand`.
  init(_ profile: DeviceProfile, _ wiring: ProfileWiring, valve: ValveActuator, sensors: SensorBank) {
    self.valve = valve
    demand = profile.command("demand")
    super.init(profile, wiring, sensors: sensors)
    valve.usesBackup = profile.communicationLoss.map { SilentAction($0) != .holds } ?? false
  }

  override func says(_ signal: PointSource.Signal) -> Double? {
    switch signal {
    case .position: valve.position * 100
    case .fault: valve.isJammed ? 1 : 0
    case .ready, .remote: 1
    case .speed, .running, .power: super.says(signal)
    }
  }

  override func obey(_ command: Int) {
    if command == demand { valve.setpoint = min(max(told(command) / 100, 0), 1) }
  }

  override func feed() {
    super.feed()
    valve.timer.feed()
  }

  override func advance(seconds: Double, actuators: inout ActuatorPositions) {
    super.advance(seconds: seconds, actuators: &actuators)
    valve.advance(seconds: seconds, actuators: &actuators)
  }

  override func preset(percent: Double) {
    super.preset(percent: percent)
    tell(demand, percent)
    valve.preset(percent: percent)
  }

  override func reset() {
    super.reset()
    valve.restart(timeoutS: valve.timer.timeoutS)
    tell(demand, valve.setpoint * 100)
  }
}

extension DeviceProfile {
  fileprivate func command(_ signal: String) -> Int {
    guard let index = commands.firstIndex(where: { $0.signal == signal }) else {
      preconditionFailure("the profile of what is commanded has a command with signal \(signal)")
    }
    return index
  }
}
