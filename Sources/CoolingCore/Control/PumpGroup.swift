/// The pumps as one: a speed demand that holds manifold dP (or row flow), and which pumps share it.
///
/// Staging (`PumpStaging.swift`) runs the number of pumps that needs least power, but above part load never so few that
/// losing one would cost more than a fifth of the flow: a standby at rest takes seconds to help, a running one helps at
/// once. Which pumps run follows their run hours (`PumpRotation.swift`). A pump comes and goes while the row's flow is
/// held (`PumpHandOver.swift`), unless flow has been lost.
public struct PumpGroup: Sendable {
  public struct Working: Sendable {
    public var pid = PID.Working()
    /// Setpoint of manifold dP after the most-open-valve reset.
    public var dpSetpoint = Pressure(kilopascals: 0)
    public var wanted = 0
    public var lead = 0
    public var redundancy = Redundancy.n
    /// A pump is on its way into the group or out of it.
    public var isHandingOver = false
    public init() {}
  }

  /// Whether the row could lose a pump and keep its present flow.
  public enum Redundancy: UInt8, Sendable {
    /// Pumps that could run, at rest or running, are more than the flow needs.
    case nPlusOne
    /// As many as the flow needs: the loss of one costs flow.
    case n
    /// Fewer than the flow needs.
    case degraded
  }

  /// Most-open-valve reset, kPa per second and percent of valve position; rising three times as fast as falling:
  /// short flow is worse than spent power. Inside the dead zone the setpoint rests.
  static let resetRate = 0.01
  static let resetDeadZone = 2.0
  /// A valve that is wide open can ask for no more: then the setpoint rises by this much, kPa per second.
  static let resetRateOpen = 1.0

  public internal(set) var working = Working()
  /// Pumps that belong to the group; one that leaves runs on until its flow has been taken over.
  public internal(set) var isRequested: PerPump<Bool> = .init(repeating: false)
  /// Hours that each pump has run while the row was cooled; a restart keeps them.
  public internal(set) var runHours: PerPump<Double> = .init(repeating: 0)
  /// Measured speed less the one that the drive's ramp should have reached, percent; nil where none is to compare.
  public internal(set) var speedDeviation: PerPump<Double?> = .init(repeating: nil)
  var pid = PID()
  var stageUp = OnDelay()
  var stageDown = OnDelay()
  var sinceStageS = 0.0
  var calmFlow = FirstOrderLag()
  var calm = OnDelay()
  var units: PerPump<Unit> = .init(repeating: Unit())
  var members: PerPump<Member> = .init(repeating: Member())
  var duty = Duty()
  var expectedSpeed: PerPump<Double> = .init(repeating: 0)
  /// Speed of a full member, and the highest demanded of a pump that is not overridden.
  private var groupSpeed = 0.0
  private var highestSpeed = 0.0

  public init() {}

  /// What is known of one pump.
  struct Unit {
    var speed: Double?
    var isRunning = false
    var isReady = true
    /// Somebody has turned it to Hand at the drive.
    var isHand = false
    /// Interlocks have taken it out of service.
    var isExcluded = false
    /// It says nothing, and was told to run: its drive runs on at its own safe speed.
    var isLeftRunning = false
    /// An operator's speed.
    var override: Double?

    /// Runs at a speed that is not ours to set.
    var isForced: Bool { (isHand && isRunning) || (!isExcluded && (override ?? 0) > 0) }
    var isAvailable: Bool { !isExcluded && override != 0 }
  }

  /// What the group looks at.
  struct Inputs {
    var count: Int
    /// The best that is known of the row's flow, and the meter's own word.
    var rowFlow: Reading<Flow>
    var meteredFlow: Reading<Flow>
    var manifoldDp: Reading<Pressure>
    /// Design flow of the loop: from a share of it on, the loss of a pump counts.
    var designFlow: Flow
    var flowSetpoint: Flow
    /// nil: the reset rests.
    var mostOpenValve: Double?
    /// Where the dP setpoint is to be instead of resetting it; nil: nobody says.
    var dpTarget: Pressure?
    /// Above it the supply header would come too near to its pressure limit; nil: nothing says so.
    var dpMost: Pressure?
    var units: PerPump<Unit>
    /// What was sent in the cycle before.
    var sent: PerPump<Demand.Pump>
    /// Pumps to keep running at the least.
    var minimum: Int
    /// Run at this speed instead of controlling (starting, standby).
    var fixedSpeed: Double?
    /// The row is in Auto.
    var isAuto: Bool
    /// Safeguards drive the row as a whole.
    var isInterlocked: Bool

    /// The group may move flow from pump to pump.
    var isFlowHeld: Bool { fixedSpeed == nil && !isInterlocked && rowFlow.value != nil }
  }

  /// Starts from a group that runs as it stands; none requested where none runs. A pump found below the fastest
  /// is on its way into the group or out of it: it goes on from there.
  ///
  /// - Parameter dp: manifold dP as found: the setpoint of a running group starts there and moves on by its reset,
  ///   unless a restart has brought one along.
  mutating func takeOver(
    _ pumps: Span<Measurements.Pump>, count: Int, dp: Reading<Pressure>, _ settings: Settings.Pumps
  ) {
    let isRestored = working.dpSetpoint.kilopascals > 0
    if !isRestored { working.dpSetpoint = settings.dpSetpoint }
    var speed = 0.0
    for i in 0..<count where pumps[i].running.isSet {
      if working.wanted == 0 { working.lead = i }
      isRequested[i] = true
      working.wanted += 1
      members[i] = Member(stage: .sharing, share: 1)
      speed = max(speed, pumps[i].speed.value?.percent ?? settings.safeSpeed)
    }
    for i in 0..<count where isRequested[i] {
      guard let found = pumps[i].speed.value?.percent, found < speed - PumpGroup.alikeWithin else { continue }
      members[i].stage = .forced
    }
    pid.reset(to: speed)
    guard !isRestored, working.wanted > 0, let found = dp.value else { return }
    working.dpSetpoint.kilopascals = found.kilopascals.clamped(
      settings.dpMin.kilopascals, settings.dpMax.kilopascals)
  }

  /// The row goes to standby: one pump is enough.
  mutating func keepOne() { working.wanted = 1 }

  /// An operator's setpoint; the most-open-valve reset goes on from there.
  mutating func setDpSetpoint(_ setpoint: Pressure) { working.dpSetpoint = setpoint }

  mutating func step(_ inputs: Inputs, _ settings: Settings.Pumps, dt: Double) -> PerPump<Demand.Pump> {
    units = inputs.units
    countHours(inputs, dt: dt)
    let before = working.dpSetpoint.kilopascals
    if let target = inputs.dpTarget { working.dpSetpoint = target } else { resetDp(inputs, settings, dt) }
    limitDp(inputs, settings, before: before, dt)
    let hasLost = noteOthers(inputs, settings)
    stage(inputs, settings, dt)
    rotate(inputs, dt)
    handOver(inputs, isFlowLost: hasLost, settings, dt)
    rerate(inputs, settings)

    groupSpeed = inputs.fixedSpeed ?? 0
    if settings.control == .target {
      let share = inputs.flowSetpoint.litresPerMinute / settings.curve.ratedFlow.litresPerMinute
      groupSpeed = (100 * share).clamped(settings.speedMin, settings.speedMax)
      pid.reset(to: groupSpeed)
    } else if inputs.fixedSpeed == nil {
      let onFlow = settings.control == .flow
      let setpoint = onFlow ? inputs.flowSetpoint.litresPerMinute : working.dpSetpoint.kilopascals
      let measurement = onFlow ? inputs.meteredFlow.value?.canonical : inputs.manifoldDp.value?.canonical
      groupSpeed = pid.step(settings.group, setpoint: setpoint, measurement: measurement, dt: dt)
    }
    working.pid = pid.working
    working.isHandingOver = !isSettled(inputs.count)
    working.redundancy = redundancy(inputs, settings)
    return demands(inputs, settings)
  }

  @inline(__always)
  private mutating func demands(_ inputs: Inputs, _ settings: Settings.Pumps) -> PerPump<Demand.Pump> {
    var demands: PerPump<Demand.Pump> = .init(repeating: Demand.Pump())
    highestSpeed = 0
    for i in 0..<inputs.count where members[i].stage == .silent {
      // So that the first word its drive hears again does not stop it.
      demands[i] = Demand.Pump(run: true, speed: settings.safeSpeed)
    }
    for i in 0..<inputs.count where units[i].isHand && units[i].isRunning {
      // So that it goes on as it is when it is given back.
      guard let speed = units[i].speed else { continue }
      demands[i] = Demand.Pump(run: true, speed: speed.clamped(settings.speedMin, settings.speedMax))
    }
    for i in 0..<inputs.count where !units[i].isExcluded && (isRequested[i] || members[i].stage == .sharing) {
      let speed = inputs.fixedSpeed ?? memberSpeed(members[i], groupSpeed: groupSpeed, settings)
      demands[i] = Demand.Pump(run: true, speed: speed)
      if units[i].override == nil { highestSpeed = max(highestSpeed, speed) }
    }
    return demands
  }

  /// - Parameter sent: the highest speed really sent to a pump that is not overridden; nil: none runs.
  mutating func track(_ sent: Double?, inCommand: Bool, _ settings: Settings.Pumps, dt: Double) {
    guard let sent else {
      // Whoever drives all pumps leaves them at a speed from which the group goes on.
      var forced = 0.0
      for i in 0..<Capacity.pumps where members[i].stage == .forced { forced = max(forced, units[i].override ?? 0) }
      pid.track(settings.group, sent: forced, inCommand: false, dt: dt)
      return
    }
    let speed = highestSpeed > 0 ? groupSpeed + (sent - highestSpeed) : sent
    pid.track(settings.group, sent: speed, inCommand: inCommand, dt: dt)
  }

  /// Trim-and-respond: the dP setpoint moves until the most-open rack valve stands where it should, so that pumps
  /// make no pressure that valves destroy. At a fixed speed it follows what that makes upwards: Auto starts from there.
  private mutating func resetDp(_ inputs: Inputs, _ pumps: Settings.Pumps, _ dt: Double) {
    if inputs.fixedSpeed != nil, let found = inputs.manifoldDp.value?.kilopascals {
      working.dpSetpoint.kilopascals = max(working.dpSetpoint.kilopascals, min(found, pumps.dpMax.kilopascals))
    }
    guard let mostOpen = inputs.mostOpenValve else { return }
    let error = mostOpen - pumps.mostOpenValve
    guard error > PumpGroup.resetDeadZone || error < -PumpGroup.resetDeadZone else { return }
    let rate = error > 0 ? 3 * PumpGroup.resetRate : PumpGroup.resetRate
    let change = mostOpen > 99.5 ? PumpGroup.resetRateOpen : rate * error
    let setpoint = working.dpSetpoint.kilopascals + change * dt
    working.dpSetpoint.kilopascals = setpoint.clamped(pumps.dpMin.kilopascals, pumps.dpMax.kilopascals)
  }

  /// What racks ask for ends where the loop would lose coolant. A pressure that reads too high costs at most what lies
  /// above the setpoint of the site file, at which every rack gets its design flow.
  private mutating func limitDp(_ inputs: Inputs, _ pumps: Settings.Pumps, before: Double, _ dt: Double) {
    guard let most = inputs.dpMost else { return }
    let limit = max(most.kilopascals, pumps.dpSetpoint.kilopascals, before - PumpGroup.resetRateOpen * dt)
    working.dpSetpoint.kilopascals = min(working.dpSetpoint.kilopascals, limit)
  }
}
