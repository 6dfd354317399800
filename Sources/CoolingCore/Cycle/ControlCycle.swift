/// START HERE. One cycle of the controller, a pure function of what it was given: same settings, same scans, same
/// commands and same times give the same actuations, bit for bit. It allocates nothing, never throws and reads no
/// clock.
///
///     Scan ─validate→ Measurements ─estimate→ RowEstimate ─interlocks, mode, laws→ Demand ─safeguard→ Actuation
///
/// The last line of a step tells the controllers what was really sent; see `PID.track`.
public struct ControlCycle: Sendable {
  /// How long the daemon listens before it takes over a plant that says nothing about its actuators.
  static let listenS = 5.0
  /// Mean opening of the rack valves from which pumps may run at speed: an equal-percentage valve passes a quarter of
  /// its flow there.
  static let valvesOpenPercent = 60.0
  /// A plant that runs when `starting` begins keeps its speed and valves this long to prove itself; then it is started
  /// like one at rest. Longer than a pump's ramp and the conditioning's hold.
  static let proveS = 30.0

  /// A start takes this long at the most: a rack valve's full stroke, and half as much again.
  static let startMaxS = 90.0

  public private(set) var settings: Settings
  public private(set) var cycle: UInt64 = 0
  public private(set) var validator = Validator()
  public private(set) var estimator = RowEstimator()
  public private(set) var interlocks = Interlocks()
  public private(set) var overrides = Overrides()
  public private(set) var pumpGroup = PumpGroup()
  public private(set) var rackFlow = RackFlowLaw()
  public private(set) var rejection = HeatRejectionLaw()
  public private(set) var actuation = Actuation.none
  public private(set) var events = EventLog()
  public private(set) var supplySetpoint: Temperature
  private var machine = ModeMachine()
  private var safeguard = Safeguard()
  private var listenedS = 0.0
  /// `starting` goes on from a plant that runs, instead of from rest.
  private var isRunningPlant = false
  private var startingS = 0.0
  private var areEventsRead = false
  private var resetForS = 0.0

  public init(settings: Settings) {
    self.settings = settings
    supplySetpoint = settings.supply.setpoint
  }

  public var mode: RowMode { machine.mode }
  public var modeReason: ModeReason { machine.reason }
  public var measurements: Measurements { validator.measurements }
  public var estimate: RowEstimate { estimator.estimate }

  /// - Parameters:
  ///   - scan: the input image.
  ///   - elapsedS: monotonic time since the last step; bounded here to 0.2 … 3 periods.
  ///   - isLate: the shell counted an overrun since the last step.
  /// - Returns: what to send.
  @discardableResult
  public mutating func step(_ scan: Scan, elapsedS: Double, isLate: Bool = false) -> Actuation {
    let dt = elapsedS.clamped(0.2 * settings.periodS, 3 * settings.periodS)
    cycle += 1
    beginEvents()
    defer { areEventsRead = true }
    validator.step(scan, settings, dt: dt)
    estimator.step(measurements, settings, dt: dt)
    guard actuation.isDriven || takeOver(dt) else { return actuation }

    overrides.step(dt: dt, events: &events)
    interlocks.step(evidence(isLate), settings, dt: dt, events: &events)
    stepMode(dt)
    let excluded = excludedPumps()
    let demand = decide(excluded, dt)
    let before = actuation.demand
    resetForS = max(0, resetForS - dt)
    actuation = safeguard.step(
      Safeguard.Inputs(
        demand: demand, owner: owner, mode: mode, overrides: overrides, interlocks: interlocks, excluded: excluded,
        resetsDrives: resetForS > 0), settings, dt: dt)
    notePumps(before)
    track(dt)
    return actuation
  }

  /// What the plant is to be left with when the daemon ends.
  public mutating func leaveSafe() -> Actuation {
    actuation = safeguard.leaveSafe(settings)
    return actuation
  }

  public mutating func apply(_ command: OperatorCommand) -> CommandOutcome {
    guard actuation.isDriven else { return .refused(.notReady) }
    beginEvents()
    switch command {
    case .acknowledge(let instance): return .acknowledged(interlocks.acknowledge(instance, settings))
    case .setMode(let requested): return setMode(requested)
    case .setSupplySetpoint(let setpoint):
      let low = settings.supply.setpointMin
      let high = settings.supply.setpointMax
      guard setpoint.celsius >= low.celsius && setpoint.celsius <= high.celsius else {
        return .outOfRange(low: low.celsius, high: high.celsius)
      }
      supplySetpoint = setpoint
      return .accepted
    case .setDpSetpoint(let setpoint):
      guard settings.pumps.control == .differentialPressure else { return .refused(.flowControlled) }
      let low = settings.pumps.dpMin.kilopascals
      let high = settings.pumps.dpMax.kilopascals
      guard setpoint.kilopascals >= low && setpoint.kilopascals <= high else {
        return .outOfRange(low: low, high: high)
      }
      pumpGroup.setDpSetpoint(setpoint)
      return .accepted
    case .override(let actuator, let value, let leaseS): return take(actuator, value, leaseS)
    case .release(let actuator):
      guard overrides.release(actuator) else { return .refused(.notOverridden) }
      events.add(.overrideReleased, index: actuator.index)
      return .accepted
    case .resetTrip: return resetTrip()
    }
  }
}

// MARK: - Taking over

extension ControlCycle {
  /// Once the plant has said how it stands, control starts from there without a bump. A plant that says nothing is
  /// taken to be at rest after a while, and started.
  private mutating func takeOver(_ dt: Double) -> Bool {
    listenedS += dt
    var heard = true
    for i in 0..<settings.pumpCount where measurements.pumps[i].running.isLost { heard = false }
    for i in 0..<settings.fanCount where measurements.fans[i].speed.isLost { heard = false }
    for i in 0..<settings.rackCount where measurements.racks[i].valvePosition.isLost { heard = false }
    guard heard || listenedS > ControlCycle.listenS else { return false }

    var found = Demand()
    for i in 0..<settings.pumpCount where measurements.pumps[i].running.isSet {
      let speed = measurements.pumps[i].speed.value?.percent ?? settings.pumps.safeSpeed
      found.pumps[i] = Demand.Pump(run: true, speed: speed)
      isRunningPlant = true
    }
    for i in 0..<settings.rackCount {
      found.rackValves[i] = measurements.racks[i].valvePosition.value?.percent ?? settings.rackFlow.valveSafe
    }
    for i in 0..<settings.fanCount {
      found.fans[i] = measurements.fans[i].speed.value?.percent ?? settings.rejection.safe
    }
    found.facilityValve = measurements.facilityValvePosition.value?.percent ?? settings.rejection.safe

    safeguard.takeOver(found, settings)
    actuation = safeguard.last
    pumpGroup.takeOver(measurements, settings)
    rackFlow.takeOver(measurements, settings)
    var position = 0.0
    for i in 0..<settings.fanCount { position += actuation.demand.fans[i] / Double(settings.fanCount) }
    if settings.heatRejection == .facilityValve { position = actuation.demand.facilityValve }
    rejection.takeOver(measurements, estimate, setpoint: supplySetpoint, found: position, settings: settings)
    return true
  }
}

// MARK: - Stages

extension ControlCycle {
  private func evidence(_ isLate: Bool) -> Evidence {
    var available = 0
    var requested = 0
    for i in 0..<settings.pumpCount {
      if measurements.pumps[i].isAvailable && !interlocks.isActive(.pumpNotRunning, i) { available += 1 }
      if pumpGroup.isRequested[i] { requested += 1 }
    }
    return Evidence(
      measurements: measurements, estimate: estimate, flowSetpoints: rackFlow.setpoints, sent: actuation.demand,
      mode: mode, isLate: isLate, isStartOverdue: mode == .starting && startingS > ControlCycle.startMaxS,
      isHeated: heatShare > ModeMachine.heatBackShare,
      pumpsAvailable: available, pumpsRequested: requested)
  }

  private mutating func stepMode(_ dt: Double) {
    let before = mode
    let inputs = ModeMachine.Inputs(
      isStopDemanded: interlocks.hasEffect(.stopPumps, settings), isControllable: isControllable,
      heatShare: heatShare, isRunningPlant: isRunningPlant)
    machine.step(inputs, dt: dt)
    startingS = mode == .starting ? startingS + dt : 0
    switch mode {
    case .auto, .shutdown: isRunningPlant = true
    case .off, .standby, .tripped: isRunningPlant = false
    case .starting: if startingS > ControlCycle.proveS { isRunningPlant = false }
    }
    if mode != before { events.add(.modeChanged, index: Int(mode.rawValue)) }
  }

  /// Events of commands go with those of the cycle that follows them.
  private mutating func beginEvents() {
    if areEventsRead { events.clear() }
    areEventsRead = false
  }

  /// The racks' power as a share of their rating.
  private var heatShare: Double {
    var rated = 0.0
    for i in 0..<settings.rackCount { rated += settings.racks[i].rated.kilowatts }
    return estimate.heat.kilowatts / rated
  }

  /// A pump turns, the coolant moves, and what the laws need is measured.
  private var isControllable: Bool {
    var isTurning = false
    for i in 0..<settings.pumpCount where measurements.pumps[i].running.isSet { isTurning = true }
    guard isTurning, measurements.supplyTemperature.value != nil else { return false }
    guard let meter = estimate.rowFlow.value else { return measurements.manifoldDp.value != nil }
    let flow = max(meter.litresPerMinute, estimate.rackFlowSum.value?.litresPerMinute ?? 0)
    var floor = 0.0
    for i in 0..<settings.rackCount { floor += settings.racks[i].designFlow.litresPerMinute }
    return flow > floor * settings.rackFlow.floor * settings.limits.rowFlowLow
  }

  private func excludedPumps() -> PerPump<Bool> {
    var excluded: PerPump<Bool> = .init(repeating: false)
    for i in 0..<settings.pumpCount { excluded[i] = interlocks.excludesPump(i) }
    return excluded
  }

  private var owner: Actuation.Owner {
    switch mode {
    case .auto, .standby, .shutdown: .control
    case .starting: .startUp
    case .off: .shutdown
    case .tripped: .safeguard
    }
  }

  private mutating func decide(_ excluded: PerPump<Bool>, _ dt: Double) -> Demand {
    var demand = Demand()
    demand.rackValves = rackFlow.step(measurements, estimate, settings: settings, dt: dt)
    let position = rejection.step(
      measurements, estimate, setpoint: supplySetpoint, healthy: healthyFans, settings: settings, dt: dt)
    switch mode {
    case .off, .tripped:
      return demand
    case .standby:
      demand.pumps = stepPumps(excluded, minimum: 1, fixedSpeed: settings.pumps.speedMin, dt)
    case .starting:
      let count = settings.pumps.minimumRunning
      if !isRunningPlant { demand.rackValves = .init(repeating: settings.rackFlow.valveSafe) }
      demand.pumps = stepPumps(excluded, minimum: count, fixedSpeed: startSpeed, dt)
    case .auto, .shutdown:
      demand.pumps = stepPumps(excluded, minimum: settings.pumps.minimumRunning, fixedSpeed: nil, dt)
    }
    for i in 0..<settings.fanCount { demand.fans[i] = position }
    demand.facilityValve = position
    return demand
  }

  /// A plant that was found running keeps its speed until it is controllable; one at rest starts at the safe speed, but
  /// at the minimum as long as the rack valves are still opening: pumps against shut valves make pressure, not flow.
  private var startSpeed: Double {
    var open = 0.0
    for i in 0..<settings.rackCount { open += actuation.demand.rackValves[i] }
    let isOpen = open / Double(settings.rackCount) > ControlCycle.valvesOpenPercent
    var speed = isOpen ? settings.pumps.safeSpeed : settings.pumps.speedMin
    guard isRunningPlant else { return speed }
    for i in 0..<settings.pumpCount where actuation.demand.pumps[i].run { speed = actuation.demand.pumps[i].speed }
    return speed
  }

  private mutating func stepPumps(
    _ excluded: PerPump<Bool>, minimum: Int, fixedSpeed: Double?, _ dt: Double
  ) -> PerPump<Demand.Pump> {
    pumpGroup.step(
      measurements, estimate, flowSetpoint: rackFlow.totalSetpoint(settings), mostOpenValve: mostOpenValve,
      excluded: excluded, minimum: minimum, fixedSpeed: fixedSpeed, settings: settings, dt: dt)
  }

  /// Among the valves that the flow law commands; nil where it commands none or the row is not in Auto.
  private var mostOpenValve: Double? {
    guard mode == .auto else { return nil }
    var most: Double?
    for i in 0..<settings.rackCount where actuation.owner(of: .rackValve(i)) == .control {
      most = max(most ?? 0, actuation.demand.rackValves[i])
    }
    return most
  }

  private var healthyFans: Double {
    guard settings.heatRejection == .fanCoils, settings.fanCount > 0 else { return 1 }
    var healthy = 0
    for i in 0..<settings.fanCount where !interlocks.isActive(.fanFault, i) { healthy += 1 }
    return Double(healthy) / Double(settings.fanCount)
  }

  private mutating func notePumps(_ before: Demand) {
    for i in 0..<settings.pumpCount where actuation.demand.pumps[i].run != before.pumps[i].run {
      events.add(
        actuation.demand.pumps[i].run ? .pumpStarted : .pumpStopped, index: i, value: actuation.demand.pumps[i].speed)
    }
  }

  /// The controllers learn what was really sent.
  private mutating func track(_ dt: Double) {
    let demand = actuation.demand
    var pumpSpeed: Double?
    var pumpsInCommand = mode == .auto || mode == .shutdown
    for i in 0..<settings.pumpCount where demand.pumps[i].run {
      let owner = actuation.owner(of: .pump(i))
      if owner == .operatorOverride { continue }
      if owner == .safeguard { pumpsInCommand = false }
      pumpSpeed = max(pumpSpeed ?? 0, demand.pumps[i].speed)
    }
    pumpGroup.track(pumpSpeed, inCommand: pumpsInCommand, settings: settings, dt: dt)
    for i in 0..<settings.rackCount {
      let owner = actuation.owner(of: .rackValve(i))
      let inCommand = owner == .control || owner == .startUp
      rackFlow.track(demand.rackValves[i], rack: i, inCommand: inCommand, settings: settings, dt: dt)
    }
    trackRejection(demand, dt)
  }

  private mutating func trackRejection(_ demand: Demand, _ dt: Double) {
    var sent = 0.0
    var counted = 0
    var inCommand = true
    if settings.heatRejection == .facilityValve {
      sent = demand.facilityValve
      counted = 1
      inCommand = isLaw(.facilityValve)
    }
    for i in 0..<settings.fanCount where actuation.owner(of: .fan(i)) != .operatorOverride {
      sent += demand.fans[i]
      counted += 1
      if !isLaw(.fan(i)) { inCommand = false }
    }
    guard counted > 0 else { return }
    rejection.track(
      measurements, estimate, sent: sent / Double(counted), healthy: healthyFans, inCommand: inCommand,
      settings: settings, dt: dt)
  }

  private func isLaw(_ actuator: Actuator) -> Bool {
    let owner = actuation.owner(of: actuator)
    return owner == .control || owner == .startUp
  }
}

// MARK: - Commands

extension ControlCycle {
  private mutating func setMode(_ requested: RequestedMode) -> CommandOutcome {
    if mode == .tripped && requested != .off { return .refused(.isTripped) }
    switch requested {
    case .off, .standby:
      guard heatShare < ModeMachine.heatGoneShare else { return .refused(.racksAreHot) }
      enter(requested == .off ? .off : .standby)
      if requested == .standby { pumpGroup.keepOne() }
    case .auto:
      for i in 0..<Actuator.count { releaseOverride(at: i) }
      if mode != .auto { enter(.starting) }
    case .shutdown: enter(.shutdown)
    case .manual: holdAll()
    }
    return .accepted
  }

  private mutating func enter(_ mode: RowMode) {
    machine.enter(mode, .commanded)
    events.add(.modeChanged, index: Int(mode.rawValue))
  }

  private mutating func releaseOverride(at index: Int) {
    guard let actuator = Actuator(index: index), overrides.release(actuator) else { return }
    events.add(.overrideReleased, index: index)
  }

  private mutating func holdAll() {
    let demand = actuation.demand
    let leaseS = 600.0
    for i in 0..<settings.pumpCount where demand.pumps[i].run {
      _ = take(.pump(i), demand.pumps[i].speed, leaseS)
    }
    for i in 0..<settings.rackCount { _ = take(.rackValve(i), demand.rackValves[i], leaseS) }
    for i in 0..<settings.fanCount { _ = take(.fan(i), demand.fans[i], leaseS) }
    if settings.heatRejection == .facilityValve { _ = take(.facilityValve, demand.facilityValve, leaseS) }
  }

  private mutating func take(_ actuator: Actuator, _ value: Double, _ leaseS: Double) -> CommandOutcome {
    guard settings.has(actuator) else { return .refused(.noSuchActuator) }
    guard value >= 0 && value <= 100 else { return .outOfRange(low: 0, high: 100) }
    guard leaseS >= 1 && leaseS <= Overrides.leaseMaxS else { return .outOfRange(low: 1, high: Overrides.leaseMaxS) }
    overrides.take(actuator, value: value, leaseS: leaseS)
    events.add(.overrideTaken, index: actuator.index, value: value)
    return .accepted
  }

  private mutating func resetTrip() -> CommandOutcome {
    var anyLatched = mode == .tripped
    interlocks.forEach(settings) { cause, _, state in
      if state.isActive && (state.isLatched || cause == .pumpFault) { anyLatched = true }
    }
    guard anyLatched else { return .refused(.nothingToReset) }
    guard interlocks.reset(settings, events: &events) else { return .refused(.conditionPersists) }
    // Long enough for a drive's reset handshake (three cycles), then it must stay up by itself.
    resetForS = max(5, 5 * settings.periodS)
    if mode == .tripped {
      machine.enter(.starting, .tripReset)
      events.add(.modeChanged, index: Int(RowMode.starting.rawValue))
    }
    return .accepted
  }
}

extension Actuator {
  /// The inverse of `index`; nil outside 0 ..< `count`.
  public init?(index: Int) {
    switch index {
    case 0..<Capacity.pumps: self = .pump(index)
    case Capacity.pumps..<(Capacity.pumps + Capacity.racks): self = .rackValve(index - Capacity.pumps)
    case (Capacity.pumps + Capacity.racks)..<Actuator.facilityValve.index:
      self = .fan(index - Capacity.pumps - Capacity.racks)
    case Actuator.facilityValve.index: self = .facilityValve
    case (Actuator.facilityValve.index + 1)..<Actuator.count:
      self = .coilValve(index - Actuator.facilityValve.index - 1)
    default: return nil
    }
  }
}

extension Settings {
  public func has(_ actuator: Actuator) -> Bool {
    switch actuator {
    case .pump(let i): i >= 0 && i < pumpCount
    case .rackValve(let i): i >= 0 && i < rackCount
    case .fan(let i): i >= 0 && i < fanCount
    case .facilityValve: heatRejection == .facilityValve
    case .coilValve(let i): i >= 0 && i < fanCount && hasCoilValve[i]
    }
  }
}
