/// What is sent to the actuators. Only `Safeguard` can make one, and only an `Actuation` can be written to the bus.
public struct Actuation: Sendable {
  /// Who determined an actuator's value.
  public enum Owner: UInt8, Sendable { case control, startUp, operatorOverride, safeguard, shutdown, takeOver }

  public fileprivate(set) var demand: Demand
  public fileprivate(set) var owners: PerActuator<Owner>
  /// False until the plant's own state is known: nothing is written and every device is left as it is.
  public fileprivate(set) var isDriven: Bool
  /// Tripped drives are asked to reset.
  public fileprivate(set) var resetsDrives: Bool

  fileprivate init(demand: Demand, owner: Owner, isDriven: Bool) {
    self.demand = demand
    self.owners = .init(repeating: owner)
    self.isDriven = isDriven
    self.resetsDrives = false
  }

  /// Nothing is driven yet.
  public static var none: Actuation { Actuation(demand: Demand(), owner: .takeOver, isDriven: false) }

  public func owner(of actuator: Actuator) -> Owner { owners[actuator.index] }
}

/// The last stage before the plant. In rising rank: what the laws want, what an operator overrides, what an interlock
/// demands, and last the limits and slew of the actuators themselves.
public struct Safeguard: Sendable {
  public private(set) var last = Actuation.none

  public init() {}

  /// Inputs of one cycle.
  struct Inputs {
    var demand: Demand
    var owner: Actuation.Owner
    var mode: RowMode
    var overrides: Overrides
    var interlocks: Interlocks
    var excluded: PerPump<Bool>
    var resetsDrives: Bool
  }

  /// Starts from the plant as its read-back says it stands, inside the actuators' spans.
  mutating func takeOver(_ demand: Demand, _ settings: Settings) {
    last = Actuation(demand: demand, owner: .takeOver, isDriven: true)
    bound(&last.demand, settings)
  }

  mutating func step(_ inputs: Inputs, _ settings: Settings, dt: Double) -> Actuation {
    var next = Actuation(demand: inputs.demand, owner: inputs.owner, isDriven: true)
    next.resetsDrives = inputs.resetsDrives
    applyOverrides(&next, inputs, settings)
    applyInterlocks(&next, inputs, settings)
    limit(&next, settings, dt)
    last = next
    return next
  }

  /// What the plant is left with when the daemon goes: every actuator at its safe position or beyond, no pump that
  /// runs stopped.
  mutating func leaveSafe(_ settings: Settings) -> Actuation {
    guard last.isDriven else { return last }
    var next = Actuation(demand: last.demand, owner: .shutdown, isDriven: true)
    for i in 0..<settings.pumpCount where next.demand.pumps[i].run {
      next.demand.pumps[i].speed = max(next.demand.pumps[i].speed, settings.pumps.safeSpeed)
    }
    for i in 0..<settings.rackCount {
      next.demand.rackValves[i] = max(next.demand.rackValves[i], settings.rackFlow.valveSafe)
    }
    for i in 0..<settings.fanCount { next.demand.fans[i] = max(next.demand.fans[i], settings.rejection.safe) }
    next.demand.facilityValve = max(next.demand.facilityValve, settings.rejection.safe)
    last = next
    return next
  }

  private func applyOverrides(_ next: inout Actuation, _ inputs: Inputs, _ settings: Settings) {
    guard inputs.overrides.any else { return }
    for i in 0..<settings.pumpCount {
      guard let lease = inputs.overrides[.pump(i)], !inputs.excluded[i] else { continue }
      next.demand.pumps[i] = Demand.Pump(run: lease.value > 0, speed: lease.value)
      next.owners[Actuator.pump(i).index] = .operatorOverride
    }
    for i in 0..<settings.rackCount {
      guard let lease = inputs.overrides[.rackValve(i)] else { continue }
      next.demand.rackValves[i] = inputs.mode.isCooling ? max(lease.value, settings.rackFlow.valveFloor) : lease.value
      next.owners[Actuator.rackValve(i).index] = .operatorOverride
    }
    for i in 0..<settings.fanCount {
      guard let lease = inputs.overrides[.fan(i)] else { continue }
      next.demand.fans[i] = lease.value
      next.owners[Actuator.fan(i).index] = .operatorOverride
    }
    if let lease = inputs.overrides[.facilityValve] {
      next.demand.facilityValve = lease.value
      next.owners[Actuator.facilityValve.index] = .operatorOverride
    }
  }

  private func applyInterlocks(_ next: inout Actuation, _ inputs: Inputs, _ settings: Settings) {
    let interlocks = inputs.interlocks
    if inputs.mode == .tripped || interlocks.hasEffect(.stopPumps, settings) {
      for i in 0..<settings.pumpCount {
        next.demand.pumps[i] = Demand.Pump(run: false, speed: 0)
        next.owners[Actuator.pump(i).index] = .safeguard
      }
      return
    }
    guard inputs.mode != .off else { return }
    let isMaximum = interlocks.hasEffect(.maximumCooling, settings)
    if isMaximum || interlocks.hasEffect(.safePumps, settings) {
      let floor = isMaximum ? settings.pumps.speedMax : settings.pumps.safeSpeed
      raisePumps(&next, to: useful(floor, settings), startsAll: isMaximum, inputs.excluded, settings)
    }
    if isMaximum || interlocks.hasEffect(.safeRejection, settings) {
      raiseRejection(&next, to: isMaximum ? settings.rejection.demandMax : settings.rejection.safe, settings)
    }
    for i in 0..<settings.rackCount where isMaximum || interlocks.opensRackValve(i) {
      guard next.demand.rackValves[i] < settings.rackFlow.valveSafe else { continue }
      next.demand.rackValves[i] = settings.rackFlow.valveSafe
      next.owners[Actuator.rackValve(i).index] = .safeguard
    }
    keepOnePump(&next, floor: isMaximum ? settings.pumps.speedMax : settings.pumps.safeSpeed, settings)
  }

  /// A floor for pumps as far as the rack valves are open: against shut valves speed makes pressure, not flow. From
  /// `ControlCycle.valvesOpenPercent` on it holds in full, and never less than two fifths of it (a sixth of the head).
  private func useful(_ floor: Double, _ settings: Settings) -> Double {
    var open = 0.0
    for i in 0..<settings.rackCount { open += last.demand.rackValves[i] }
    let share = (open / Double(settings.rackCount) / ControlCycle.valvesOpenPercent).clamped(0, 1)
    return floor * (0.4 + 0.6 * share)
  }

  private func raisePumps(
    _ next: inout Actuation, to floor: Double, startsAll: Bool, _ excluded: PerPump<Bool>, _ settings: Settings
  ) {
    for i in 0..<settings.pumpCount where !excluded[i] || startsAll {
      guard next.demand.pumps[i].run || startsAll else { continue }
      guard !next.demand.pumps[i].run || next.demand.pumps[i].speed < floor else { continue }
      next.demand.pumps[i] = Demand.Pump(run: true, speed: floor)
      next.owners[Actuator.pump(i).index] = .safeguard
    }
  }

  private func raiseRejection(_ next: inout Actuation, to floor: Double, _ settings: Settings) {
    for i in 0..<settings.fanCount where next.demand.fans[i] < floor {
      next.demand.fans[i] = floor
      next.owners[Actuator.fan(i).index] = .safeguard
    }
    if settings.heatRejection == .facilityValve && next.demand.facilityValve < floor {
      next.demand.facilityValve = floor
      next.owners[Actuator.facilityValve.index] = .safeguard
    }
  }

  /// No override, no silence on a bus and no status word stops the last pump of a row that is to be cooled: every pump
  /// is told to run, whatever is said of it. One that cannot run takes no harm from it.
  private func keepOnePump(_ next: inout Actuation, floor: Double, _ settings: Settings) {
    guard !anyRuns(next.demand, settings) else { return }
    for i in 0..<settings.pumpCount {
      next.demand.pumps[i] = Demand.Pump(run: true, speed: floor)
      next.owners[Actuator.pump(i).index] = .safeguard
    }
  }

  private func anyRuns(_ demand: Demand, _ settings: Settings) -> Bool {
    for i in 0..<settings.pumpCount where demand.pumps[i].run { return true }
    return false
  }

  /// Span and slew. A pump's start and stop are not slewed: its drive ramps.
  private func limit(_ next: inout Actuation, _ settings: Settings, _ dt: Double) {
    bound(&next.demand, settings)
    for i in 0..<settings.pumpCount where next.demand.pumps[i].run && last.demand.pumps[i].run {
      next.demand.pumps[i].speed = slewed(
        next.demand.pumps[i].speed, from: last.demand.pumps[i].speed, rate: settings.pumps.slew, dt: dt)
    }
    for i in 0..<settings.rackCount {
      next.demand.rackValves[i] = slewed(
        next.demand.rackValves[i], from: last.demand.rackValves[i], rate: settings.rackFlow.valveSlew, dt: dt)
    }
    let rejection = settings.rejection
    for i in 0..<settings.fanCount {
      next.demand.fans[i] = fanSlewed(next.demand.fans[i], from: last.demand.fans[i], rejection, dt)
    }
    next.demand.facilityValve = slewed(
      next.demand.facilityValve, from: last.demand.facilityValve, rate: rejection.slew, dt: dt)
  }

  private func bound(_ demand: inout Demand, _ settings: Settings) {
    for i in 0..<settings.pumpCount where demand.pumps[i].run {
      demand.pumps[i].speed = demand.pumps[i].speed.clamped(settings.pumps.speedMin, settings.pumps.speedMax)
    }
    for i in 0..<settings.rackCount { demand.rackValves[i] = demand.rackValves[i].clamped(0, 100) }
    for i in 0..<settings.fanCount { demand.fans[i] = demand.fans[i].clamped(0, settings.rejection.demandMax) }
    demand.facilityValve = demand.facilityValve.clamped(0, 100)
  }

  /// A fan starts at its minimum and stops from it; between, it slews.
  private func fanSlewed(_ target: Double, from last: Double, _ rejection: Settings.Rejection, _ dt: Double) -> Double {
    let from = last > 0 ? last : (target > 0 ? rejection.demandMin : 0)
    let next = slewed(target, from: from, rate: rejection.slew, dt: dt)
    return target == 0 && next < rejection.demandMin ? 0 : next
  }
}
