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

  /// Air and facility water do not change faster, K/s.
  static let sinkSlew = 0.05
  /// A start takes this long at the most: a rack valve's full stroke, and half as much again.
  static let startMaxS = 90.0

  public private(set) var settings: Settings
  public private(set) var cycle: UInt64 = 0
  public private(set) var validator = Validator()
  public internal(set) var measurements = Measurements()
  public private(set) var estimate = RowEstimate()
  public internal(set) var interlocks = Interlocks()
  public internal(set) var overrides = Overrides()
  public internal(set) var pumpGroup = PumpGroup()
  public private(set) var rackFlow = RackFlowLaw()
  public internal(set) var rejection = HeatRejectionLaw()
  public private(set) var actuation = Actuation.none
  public internal(set) var events = EventLog()
  public internal(set) var supplySetpoint: Temperature
  var machine = ModeMachine()
  var resetForS = 0.0
  /// Which racks and coils are out of the row because they leak.
  public internal(set) var isolation = Isolation()
  public internal(set) var permits = Permits()
  var leakWatch = LeakWatch()
  var trends = Trends()
  var flowLossMemory = FlowLossMemory()
  /// How long the devices of each bus still count as behind a lost one, s.
  var busLostS: PerBus<Double> = .init(repeating: 0)
  var isAnyBusLost = false
  var isDeadHeaded = false
  var areManyDetectorsLost = false
  /// What the causes of racks and fans compare with in this cycle.
  var expectedOfRacks: PerRack<Measurements.Rack.Expected> = .init(repeating: Measurements.Rack.Expected())
  var expectedOfFans: PerFan<Measurements.Fan.Expected> = .init(repeating: Measurements.Fan.Expected())
  var startingS = 0.0
  private(set) var estimator = RowEstimator()
  var fanStaging = FanStaging()
  /// Who gives the loops their setpoints, and what it knows.
  public internal(set) var guide: SetpointGuide
  private var safeguard = Safeguard()
  private var listenedS = 0.0
  /// `starting` goes on from a plant that runs, instead of from rest.
  private var isRunningPlant = false
  private var areEventsRead = false
  /// Hall air or facility water as the heat rejection law takes it, °C.
  var sinkC: Double?
  /// Sums over the racks: rated power, kW, and design flow of those in service, L/min.
  private(set) var ratedHeat = 0.0
  private(set) var designFlow = 0.0

  /// - Precondition: the limits are numbers; `irhxd check` has said so of a site file.
  public init(settings: Settings) {
    precondition(settings.limits.isComplete, "a limit of the row is not a number: no interlock may rest on it")
    self.settings = settings
    supplySetpoint = settings.supply.setpoint
    guide = SetpointGuide(settings)
    for i in 0..<settings.rackCount { ratedHeat += settings.racks[i].rated.kilowatts }
    noteService()
  }

  public var mode: RowMode { machine.mode }
  public var modeReason: ModeReason { machine.reason }

  /// - Parameters:
  ///   - signals, writes, isBusLost: the parts of the input image, `Scan`.
  ///   - elapsedS: monotonic time since the last step; bounded here to 0.2 … 3 periods.
  ///   - isLate: the shell counted an overrun since the last step.
  ///   - memory: `PredictiveLaw.workspaceDoubles`, zero before its first use and lent to this row only; the cycle keeps
  ///     nothing in it.
  /// - Returns: what to send.
  @discardableResult
  public mutating func step(
    _ signals: Span<Signal>, writes: Span<WriteOutcome>, isBusLost: Span<Bool>, elapsedS: Double, isLate: Bool = false,
    lent memory: inout MutableSpan<Double>
  ) -> Actuation {
    let dt = elapsedS.clamped(0.2 * settings.periodS, 3 * settings.periodS)
    cycle += 1
    beginEvents()
    defer { areEventsRead = true }
    validator.step(
      signals, settings.signals.span, settings.size, estimator.soft.row, racks: estimator.soft.racks.span,
      design: settings.racks.span, into: &measurements, dt: dt)
    stepEstimate(dt)
    stepSink(dt)
    guard actuation.isDriven || takeOver(dt) else { return actuation }

    overrides.step(dt: dt, events: &events)
    stepInterlocks(writes: writes, isBusLost: isBusLost, isLate, dt)
    isolation.step(
      interlocks.effects, racks: measurements.racks.span, design: settings.racks.span, settings.size,
      heatShare: heatShare, opensValves: mode.isCooling, dt: dt)
    noteService()
    stepMode(dt)
    permits.step(
      mode, interlocks.effects, racks: measurements.racks.span, estimates: estimate.racks.span,
      design: settings.racks.span, valves: actuation.demand.rackValves.span, floor: settings.rackFlow.valveFloor,
      canCool: !interlocks.isActive(.supplyHighHigh) && !interlocks.isActive(.returnHighHigh)
        && !interlocks.isActive(.flowLoss),
      count: settings.rackCount)
    stepGuide(in: &memory, dt)
    let demand = decide(dt)
    let before = actuation.demand
    let valveOpening = valveOpening()
    resetForS = max(0, resetForS - dt)
    let (owner, equipment) = (owner(), equipment())
    actuation = safeguard.step(
      Safeguard.Inputs(
        demand: demand, owner: owner, mode: mode, effects: interlocks.effects, isolatedRacks: isolation.racks,
        isolatedCoils: isolation.coils, valveOpening: valveOpening, resetsDrives: resetForS > 0),
      overrides.leases.span, equipment, dt: dt)
    overrides.noteCorrections(actuation.owners.span, dt: dt, events: &events)
    notePumps(before)
    track(dt)
    return actuation
  }

  @discardableResult
  public mutating func step(
    _ scan: borrowing Scan, elapsedS: Double, isLate: Bool = false, lent memory: inout MutableSpan<Double>
  ) -> Actuation {
    step(
      scan.signals.span, writes: scan.writes.span, isBusLost: scan.isBusLost.span, elapsedS: elapsedS, isLate: isLate,
      lent: &memory)
  }

  /// A cycle without room for the predictive law: the optimiser stands in for it.
  @discardableResult
  public mutating func step(_ scan: borrowing Scan, elapsedS: Double, isLate: Bool = false) -> Actuation {
    var none = MutableSpan<Double>()
    return step(
      scan.signals.span, writes: scan.writes.span, isBusLost: scan.isBusLost.span, elapsedS: elapsedS, isLate: isLate,
      lent: &none)
  }

  /// What the plant is to be left with when the daemon ends.
  public mutating func leaveSafe() -> Actuation {
    let equipment = equipment()
    actuation = safeguard.leaveSafe(equipment)
    return actuation
  }

  /// Events of commands go with those of the cycle that follows them.
  mutating func beginEvents() {
    if areEventsRead { events.clear() }
    areEventsRead = false
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
      found.coilValves[i] = measurements.fans[i].valvePosition.value?.percent ?? 100
    }
    permits.takeOver(
      measurements.racks.span, settings.racks.span, count: settings.rackCount, isRunning: isRunningPlant)
    found.permits = permits.isGiven
    found.facilityValve = measurements.facilityValvePosition.value?.percent ?? settings.rejection.safe

    let equipment = equipment()
    safeguard.takeOver(found, equipment)
    actuation = safeguard.last
    pumpGroup.takeOver(
      measurements.pumps.span, count: settings.pumpCount, dp: measurements.manifoldDp, settings.pumps)
    settleRestoredMode(isRunningPlant: isRunningPlant)
    for i in 0..<settings.rackCount { rackFlow.takeOver(rack: i, position: found.rackValves[i]) }
    var position = 0.0
    for i in 0..<settings.fanCount { position += actuation.demand.fans[i] / Double(settings.fanCount) }
    if settings.heatRejection == .facilityValve { position = actuation.demand.facilityValve }
    var inputs = rejectionInputs()
    inputs.healthy = 1
    rejection.takeOver(
      inputs, setpoint: supplySetpoint, found: position, settings.supply, settings.rejection, dt: settings.periodS)
    return true
  }

  @inline(__always)
  private mutating func equipment() -> Safeguard.Equipment {
    Safeguard.Equipment(
      size: settings.size, pumps: settings.pumps, valveSafe: settings.rackFlow.valveSafe,
      valveFloor: settings.rackFlow.valveFloor, valveSlew: settings.rackFlow.valveSlew,
      hasFacilityValve: settings.heatRejection == .facilityValve, rejectionSlew: settings.rejection.slew,
      rejectionSafe: settings.rejection.safe, rejectionMin: settings.rejection.demandMin,
      rejectionMax: settings.rejection.demandMax)
  }
}

// MARK: - Stages

extension ControlCycle {
  private mutating func stepEstimate(_ dt: Double) {
    let inputs = SoftSensors.Inputs(
      supply: measurements.supplyTemperature, returned: measurements.returnTemperature,
      manifoldDp: measurements.manifoldDp, supplyPressure: measurements.supplyPressure,
      returnPressure: measurements.returnPressure, rowFlow: measurements.rowFlow, pumpCount: settings.pumpCount,
      rackCount: settings.rackCount, ratedHeatKw: ratedHeat, designFlowLpm: designFlow)
    estimator.step(
      inputs, racks: measurements.racks.span, pumps: measurements.pumps.span, design: settings.racks.span,
      permits: permits.isGiven.span, settings.rackFlow, settings.pumps.curve,
      isOff: mode == .off && actuation.isDriven, into: &estimate, dt: dt)
  }

  private mutating func stepMode(_ dt: Double) {
    let before = mode
    let inputs = ModeMachine.Inputs(
      isStopDemanded: interlocks.effects.stopsPumps || isolation.stopsRow,
      isShutdownDemanded: interlocks.effects.shutsDown, isControllable: isControllable(),
      heatShare: heatShare, isRunningPlant: isRunningPlant)
    machine.step(inputs, dt: dt)
    if mode == .tripped, before != .tripped { interlocks.noteStop(settings.size) }
    startingS = mode == .starting ? startingS + dt : 0
    switch mode {
    case .auto, .shutdown: isRunningPlant = true
    case .off, .standby, .tripped: isRunningPlant = false
    case .starting: if startingS > ControlCycle.proveS { isRunningPlant = false }
    }
    if mode != before { events.add(.modeChanged, index: Int(mode.rawValue)) }
  }

  /// Racks that are isolated, or on their way back, have no part in the flow that the row must have.
  @inline(__always)
  private mutating func noteService() {
    designFlow = 0
    for i in 0..<settings.rackCount where !isolation.isShort[i] {
      designFlow += settings.racks[i].designFlow.litresPerMinute
    }
  }

  /// The racks' power as a share of their rating.
  @inline(__always)
  var heatShare: Double { estimate.heat.kilowatts / ratedHeat }

  /// A pump turns, the coolant moves, and what the laws need is measured.
  @inline(__always)
  private mutating func isControllable() -> Bool {
    var isTurning = false
    for i in 0..<settings.pumpCount where measurements.pumps[i].running.isSet { isTurning = true }
    guard isTurning, measurements.supplyTemperature.value != nil else { return false }
    guard let meter = estimate.rowFlow.value else { return measurements.manifoldDp.value != nil }
    let flow = max(meter.litresPerMinute, estimate.rackFlowSum.value?.litresPerMinute ?? 0)
    return flow > designFlow * settings.rackFlow.floor * settings.limits.rowFlowLow
  }

  @inline(__always)
  private mutating func owner() -> Actuation.Owner {
    switch mode {
    case .auto, .standby, .shutdown: .control
    case .starting: .startUp
    case .off: .shutdown
    case .tripped: .safeguard
    }
  }

  private mutating func decide(_ dt: Double) -> Demand {
    var demand = Demand()
    demand.permits = permits.isGiven
    demand.rackValves = rackFlow.step(
      estimate.racks.span, design: settings.racks.span, guide.law(settings.rackFlow), least: guide.leastLpm.span,
      isolated: isolation.racks.span, rackCount: settings.rackCount, dt: dt)
    let held = rejection.step(
      rejectionInputs(), setpoint: guide.supply, settings.supply, settings.rejection, dt: dt)
    let position = guide.actuator ?? held
    switch mode {
    case .off, .tripped:
      return demand
    case .standby:
      demand.pumps = stepPumps(minimum: 1, fixedSpeed: settings.pumps.speedMin, dt)
    case .starting:
      if !isRunningPlant { demand.rackValves = .init(repeating: settings.rackFlow.valveSafe) }
      demand.pumps = stepPumps(minimum: settings.pumps.minimumRunning, fixedSpeed: startSpeed(), dt)
    case .auto, .shutdown:
      demand.pumps = stepPumps(minimum: settings.pumps.minimumRunning, fixedSpeed: nil, dt)
    }
    if settings.heatRejection == .fanCoils { spreadFans(position, &demand, dt) }
    demand.facilityValve = position
    return demand
  }

  /// A plant that was found running keeps its speed until it is controllable; one at rest starts at the safe speed, but
  /// at the minimum as long as the rack valves are still opening: pumps against shut valves make pressure, not flow.
  @inline(__always)
  private mutating func startSpeed() -> Double {
    var open = 0.0
    var count = 0.0
    for i in 0..<settings.rackCount where !isolation.racks[i] {
      open += actuation.demand.rackValves[i]
      count += 1
    }
    let isOpen = open > ControlCycle.valvesOpenPercent * count
    var speed = isOpen ? settings.pumps.safeSpeed : settings.pumps.speedMin
    guard isRunningPlant else { return speed }
    for i in 0..<settings.pumpCount where actuation.demand.pumps[i].run { speed = actuation.demand.pumps[i].speed }
    return speed
  }

  private mutating func stepPumps(minimum: Int, fixedSpeed: Double?, _ dt: Double) -> PerPump<Demand.Pump> {
    var units: PerPump<PumpGroup.Unit> = .init(repeating: PumpGroup.Unit())
    for i in 0..<settings.pumpCount {
      units[i].speed = measurements.pumps[i].speed.value?.percent
      units[i].isRunning = measurements.pumps[i].running.isSet
      units[i].isReady = !measurements.pumps[i].ready.isClear
      units[i].isHand = isHand(pump: i)
      units[i].isExcluded = interlocks.effects.excludesPump[i]
      units[i].override = overrides.leases[Actuator.pump(i).index]?.value
      units[i].isLeftRunning = isLeftRunning(pump: i)
    }
    // A unit with a loop of its own is told the flow that the racks need, in every mode.
    let fixedSpeed = settings.pumps.control == .target ? nil : fixedSpeed
    let inputs = PumpGroup.Inputs(
      count: settings.pumpCount, rowFlow: estimate.rowFlow, meteredFlow: estimate.rowFlow,
      manifoldDp: estimate.followedDp, designFlow: settings.rejection.designFlow,
      flowSetpoint: rackFlow.totalSetpoint(settings.rackCount), mostOpenValve: mostOpenValve(), dpTarget: guide.dp,
      dpMost: dpMost(), units: units, sent: actuation.demand.pumps, minimum: minimum, fixedSpeed: fixedSpeed,
      isAuto: mode == .auto, isInterlocked: interlocks.effects.isInterlocked)
    return pumpGroup.step(inputs, settings.pumps, dt: dt)
  }

  /// Manifold dP at which the supply header would stand 2 % below its limit, by what both say now.
  @inline(__always)
  private mutating func dpMost() -> Pressure? {
    guard let supply = measurements.supplyPressure.credible, let dp = estimate.followedDp.value else { return nil }
    let most = 0.98 * settings.limits.supplyPressureHigh.kilopascals
    return Pressure(kilopascals: dp.kilopascals + most - supply.kilopascals)
  }

  /// In Hand, or given back so recently that it is not the group's yet.
  @inline(__always)
  private mutating func isHand(pump i: Int) -> Bool {
    measurements.pumps[i].remote.isClear || interlocks.isActive(.pumpNotRemote, i)
  }

  /// It runs as its drive was left, not as it is told.
  @inline(__always)
  private mutating func isLeftRunning(pump i: Int) -> Bool {
    interlocks.isActive(.pumpSilent, i) && actuation.demand.pumps[i].run && !interlocks.isActive(.pumpFault, i)
      && !interlocks.isActive(.pumpNotRunning, i) && overrides.leases[Actuator.pump(i).index]?.value != 0
  }

  /// Among the valves that the flow law commands; nil where it commands none or the row is not in Auto.
  @inline(__always)
  private mutating func mostOpenValve() -> Double? {
    guard mode == .auto else { return nil }
    var most: Double?
    for i in 0..<settings.rackCount where actuation.owner(of: .rackValve(i)) == .control {
      most = max(most ?? 0, actuation.demand.rackValves[i])
    }
    return most
  }

  private mutating func notePumps(_ before: Demand) {
    for i in 0..<settings.pumpCount where actuation.demand.pumps[i].run != before.pumps[i].run {
      events.add(
        actuation.demand.pumps[i].run ? .pumpStarted : .pumpStopped, index: i, value: actuation.demand.pumps[i].speed)
    }
  }
}

// MARK: - The controllers learn what was really sent

extension ControlCycle {
  private mutating func track(_ dt: Double) {
    var pumpSpeed: Double?
    var pumpsInCommand = mode == .auto || mode == .shutdown
    for i in 0..<settings.pumpCount where actuation.demand.pumps[i].run {
      let owner = actuation.owner(of: .pump(i))
      if owner == .operatorOverride || isLeftRunning(pump: i) || isHand(pump: i) { continue }
      if owner == .safeguard { pumpsInCommand = false }
      pumpSpeed = max(pumpSpeed ?? 0, actuation.demand.pumps[i].speed)
    }
    pumpGroup.track(pumpSpeed, inCommand: pumpsInCommand, settings.pumps, dt: dt)
    for i in 0..<settings.rackCount {
      let owner = actuation.owner(of: .rackValve(i))
      let inCommand = owner == .control || owner == .startUp
      rackFlow.track(
        actuation.demand.rackValves[i], rack: i, inCommand: inCommand, settings.racks[i].valve, dt: dt)
    }
    trackRejection(dt)
  }
}
