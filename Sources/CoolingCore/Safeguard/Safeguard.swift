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
  /// As they were sent last: shut on purpose, also when the daemon goes.
  private var isolatedRacks: PerRack<Bool> = .init(repeating: false)
  private var isolatedCoils: PerFan<Bool> = .init(repeating: false)

  public init() {}

  /// Inputs of one cycle.
  struct Inputs {
    var demand: Demand
    var owner: Actuation.Owner
    var mode: RowMode
    var effects: EffectsInForce
    /// Racks and coils that are out of the row.
    var isolatedRacks: PerRack<Bool>
    var isolatedCoils: PerFan<Bool>
    /// Mean opening of the valves of the racks in service, percent.
    var valveOpening: Double
    var resetsDrives: Bool
  }

  /// The actuators as their makers built them.
  struct Equipment {
    var size: RowSize
    var pumps: Settings.Pumps
    var valveSafe: Double
    var valveFloor: Double
    var valveSlew: Double
    var hasFacilityValve: Bool
    var rejectionSlew: Double
    var rejectionSafe: Double
    var rejectionMin: Double
    var rejectionMax: Double
  }

  /// Starts from the plant as its read-back says it stands, inside the actuators' spans.
  mutating func takeOver(_ demand: Demand, _ equipment: Equipment) {
    last = Actuation(demand: demand, owner: .takeOver, isDriven: true)
    bound(&last.demand, equipment)
  }

  mutating func step(
    _ inputs: Inputs, _ overrides: Span<Overrides.Lease?>, _ equipment: Equipment, dt: Double
  ) -> Actuation {
    var next = Actuation(demand: inputs.demand, owner: inputs.owner, isDriven: true)
    next.resetsDrives = inputs.resetsDrives
    isolatedRacks = inputs.isolatedRacks
    isolatedCoils = inputs.isolatedCoils
    applyOverrides(&next, inputs, overrides, equipment)
    applyInterlocks(&next, inputs, equipment)
    applyIsolation(&next, inputs.effects, equipment.size)
    limit(&next, equipment, isMaximum: inputs.effects.isCoolingMaximum, dt)
    last = next
    return next
  }

  /// What the plant is left with when the daemon goes: every actuator at its safe position or beyond, no pump that
  /// runs stopped, no permit withdrawn; what is isolated stays so.
  mutating func leaveSafe(_ equipment: Equipment) -> Actuation {
    guard last.isDriven else { return last }
    var next = Actuation(demand: last.demand, owner: .shutdown, isDriven: true)
    for i in 0..<equipment.size.pumps where next.demand.pumps[i].run {
      next.demand.pumps[i].speed = max(next.demand.pumps[i].speed, equipment.pumps.safeSpeed)
    }
    for i in 0..<equipment.size.racks where !isolatedRacks[i] {
      next.demand.rackValves[i] = max(next.demand.rackValves[i], equipment.valveSafe)
    }
    for i in 0..<equipment.size.fans where !isolatedCoils[i] {
      next.demand.fans[i] = max(next.demand.fans[i], equipment.rejectionSafe)
      next.demand.coilValves[i] = 100
    }
    next.demand.facilityValve = max(next.demand.facilityValve, equipment.rejectionSafe)
    last = next
    return next
  }

  @inline(__always)
  private func applyOverrides(
    _ next: inout Actuation, _ inputs: Inputs, _ leases: Span<Overrides.Lease?>, _ equipment: Equipment
  ) {
    for i in 0..<equipment.size.pumps {
      guard let lease = leases[Actuator.pump(i).index], !inputs.effects.excludesPump[i] else { continue }
      let most = inputs.mode.isCooling ? 100 : useful(100, inputs.valveOpening)
      next.demand.pumps[i] = Demand.Pump(run: lease.value > 0, speed: min(lease.value, most))
      next.owners[Actuator.pump(i).index] = .operatorOverride
    }
    for i in 0..<equipment.size.racks {
      guard let lease = leases[Actuator.rackValve(i).index] else { continue }
      next.demand.rackValves[i] = inputs.mode.isCooling ? max(lease.value, equipment.valveFloor) : lease.value
      next.owners[Actuator.rackValve(i).index] = .operatorOverride
    }
    for i in 0..<equipment.size.fans {
      guard let lease = leases[Actuator.fan(i).index] else { continue }
      next.demand.fans[i] = lease.value
      next.owners[Actuator.fan(i).index] = .operatorOverride
    }
    for i in 0..<equipment.size.fans {
      guard let lease = leases[Actuator.coilValve(i).index] else { continue }
      next.demand.coilValves[i] = lease.value
      next.owners[Actuator.coilValve(i).index] = .operatorOverride
    }
    if let lease = leases[Actuator.facilityValve.index] {
      next.demand.facilityValve = lease.value
      next.owners[Actuator.facilityValve.index] = .operatorOverride
    }
  }

  @inline(__always)
  private func applyInterlocks(_ next: inout Actuation, _ inputs: Inputs, _ equipment: Equipment) {
    let effects = inputs.effects
    if inputs.mode == .tripped || effects.stopsPumps {
      for i in 0..<equipment.size.pumps {
        next.demand.pumps[i] = Demand.Pump(run: false, speed: 0)
        next.owners[Actuator.pump(i).index] = .safeguard
      }
      return
    }
    guard inputs.mode != .off else { return }
    let isMaximum = effects.isCoolingMaximum
    if isMaximum || effects.arePumpsSafe {
      let floor = isMaximum ? equipment.pumps.speedMax : equipment.pumps.safeSpeed
      raisePumps(&next, to: useful(floor, inputs.valveOpening), startsAll: isMaximum, effects.excludesPump, equipment)
    }
    if inputs.valveOpening == 0 { lowerPumps(&next, to: useful(equipment.pumps.speedMax, 0), equipment) }
    if isMaximum || effects.isRejectionSafe {
      raiseRejection(&next, to: isMaximum ? equipment.rejectionMax : equipment.rejectionSafe, equipment)
    }
    for i in 0..<equipment.size.racks where isMaximum || effects.opensRackValves || effects.opensRackValve[i] {
      guard next.demand.rackValves[i] < equipment.valveSafe else { continue }
      next.demand.rackValves[i] = equipment.valveSafe
      next.owners[Actuator.rackValve(i).index] = .safeguard
    }
    let floor = isMaximum ? equipment.pumps.speedMax : equipment.pumps.safeSpeed
    keepOnePump(&next, floor: floor, effects.excludesPump, equipment)
    keepOneCoil(&next, equipment)
  }

  /// Outranks every other effect and every mode: what leaks stays shut, and no rack without coolant draws power.
  @inline(__always)
  private func applyIsolation(_ next: inout Actuation, _ effects: EffectsInForce, _ size: RowSize) {
    for i in 0..<size.racks {
      if effects.withdrawsPermits || effects.withdrawsPermit[i] { next.demand.permits[i] = false }
      guard isolatedRacks[i] else { continue }
      next.demand.rackValves[i] = 0
      next.owners[Actuator.rackValve(i).index] = .safeguard
    }
    for i in 0..<size.fans where isolatedCoils[i] {
      next.demand.fans[i] = 0
      next.demand.coilValves[i] = 0
      next.owners[Actuator.fan(i).index] = .safeguard
      next.owners[Actuator.coilValve(i).index] = .safeguard
    }
  }

  /// A floor for pumps as far as the rack valves are open: against shut valves speed makes pressure, not flow. From
  /// `ControlCycle.valvesOpenPercent` on it holds in full, and never less than two fifths of it (a sixth of the head).
  @inline(__always)
  private func useful(_ floor: Double, _ opening: Double) -> Double {
    floor * (0.4 + 0.6 * (opening / ControlCycle.valvesOpenPercent).clamped(0, 1))
  }

  @inline(__always)
  private func raisePumps(
    _ next: inout Actuation, to floor: Double, startsAll: Bool, _ excluded: PerPump<Bool>, _ equipment: Equipment
  ) {
    for i in 0..<equipment.size.pumps where !excluded[i] || startsAll {
      guard next.demand.pumps[i].run || startsAll else { continue }
      guard !next.demand.pumps[i].run || next.demand.pumps[i].speed < floor else { continue }
      next.demand.pumps[i] = Demand.Pump(run: true, speed: floor)
      next.owners[Actuator.pump(i).index] = .safeguard
    }
  }

  /// Against what is proven shut no law gets its pressure by speed either.
  @inline(__always)
  private func lowerPumps(_ next: inout Actuation, to ceiling: Double, _ equipment: Equipment) {
    for i in 0..<equipment.size.pumps where next.demand.pumps[i].run && next.demand.pumps[i].speed > ceiling {
      next.demand.pumps[i].speed = ceiling
      next.owners[Actuator.pump(i).index] = .safeguard
    }
  }

  /// Fans against shut coils carry nothing away: an interlock opens those too.
  @inline(__always)
  private func raiseRejection(_ next: inout Actuation, to floor: Double, _ equipment: Equipment) {
    for i in 0..<equipment.size.fans where next.demand.fans[i] < floor {
      next.demand.fans[i] = floor
      next.owners[Actuator.fan(i).index] = .safeguard
    }
    for i in 0..<equipment.size.fans where next.demand.coilValves[i] < 100 {
      next.demand.coilValves[i] = 100
      next.owners[Actuator.coilValve(i).index] = .safeguard
    }
    if equipment.hasFacilityValve && next.demand.facilityValve < floor {
      next.demand.facilityValve = floor
      next.owners[Actuator.facilityValve.index] = .safeguard
    }
  }

  /// No override, no silence on a bus and no status word stops the last pump of a row that is to be cooled: every pump
  /// is told to run, whatever is said of it. One that cannot run takes no harm from it.
  @inline(__always)
  private func keepOnePump(
    _ next: inout Actuation, floor: Double, _ excluded: PerPump<Bool>, _ equipment: Equipment
  ) {
    for i in 0..<equipment.size.pumps where next.demand.pumps[i].run && !excluded[i] { return }
    for i in 0..<equipment.size.pumps {
      next.demand.pumps[i] = Demand.Pump(run: true, speed: floor)
      next.owners[Actuator.pump(i).index] = .safeguard
    }
  }

  /// Nobody shuts the last coil of a row that is to be cooled.
  @inline(__always)
  private func keepOneCoil(_ next: inout Actuation, _ equipment: Equipment) {
    for i in 0..<equipment.size.fans where !isolatedCoils[i] && next.demand.coilValves[i] >= equipment.valveFloor {
      return
    }
    for i in 0..<equipment.size.fans where !isolatedCoils[i] {
      next.demand.coilValves[i] = 100
      next.owners[Actuator.coilValve(i).index] = .safeguard
    }
  }

  /// Span and slew. A pump's start and stop are not slewed: its drive ramps. Nor is what an interlock demands of a unit
  /// that holds its targets by itself, nor what it is left with: every step there would be a write to its memory.
  @inline(__always)
  private func limit(_ next: inout Actuation, _ equipment: Equipment, isMaximum: Bool, _ dt: Double) {
    bound(&next.demand, equipment)
    func jumps(_ actuator: Actuator) -> Bool {
      guard equipment.pumps.control == .target else { return false }
      let owner = next.owner(of: actuator)
      return isMaximum || owner == .safeguard || owner == .shutdown
    }
    for i in 0..<equipment.size.pumps
    where next.demand.pumps[i].run && last.demand.pumps[i].run && !jumps(.pump(i)) {
      next.demand.pumps[i].speed = slewed(
        next.demand.pumps[i].speed, from: last.demand.pumps[i].speed, rate: equipment.pumps.slew, dt: dt)
    }
    let valves = last.demand.rackValves
    let were = valves.span
    for i in 0..<equipment.size.racks {
      next.demand.rackValves[i] = slewed(next.demand.rackValves[i], from: were[i], rate: equipment.valveSlew, dt: dt)
    }
    for i in 0..<equipment.size.fans {
      next.demand.coilValves[i] = slewed(
        next.demand.coilValves[i], from: last.demand.coilValves[i], rate: equipment.valveSlew, dt: dt)
      next.demand.fans[i] = fanSlewed(next.demand.fans[i], from: last.demand.fans[i], equipment, dt)
    }
    guard !jumps(.facilityValve) else { return }
    next.demand.facilityValve = slewed(
      next.demand.facilityValve, from: last.demand.facilityValve, rate: equipment.rejectionSlew, dt: dt)
  }

  @inline(__always)
  private func bound(_ demand: inout Demand, _ equipment: Equipment) {
    for i in 0..<equipment.size.pumps where demand.pumps[i].run {
      demand.pumps[i].speed = demand.pumps[i].speed.clamped(equipment.pumps.speedMin, equipment.pumps.speedMax)
    }
    for i in 0..<equipment.size.racks { demand.rackValves[i] = demand.rackValves[i].clamped(0, 100) }
    for i in 0..<equipment.size.fans {
      demand.fans[i] = demand.fans[i].clamped(0, equipment.rejectionMax)
      demand.coilValves[i] = demand.coilValves[i].clamped(0, 100)
    }
    demand.facilityValve = demand.facilityValve.clamped(0, 100)
  }

  /// A fan starts at its minimum and stops from it; between, it slews.
  @inline(__always)
  private func fanSlewed(_ target: Double, from last: Double, _ equipment: Equipment, _ dt: Double) -> Double {
    let from = last > 0 ? last : (target > 0 ? equipment.rejectionMin : 0)
    let next = slewed(target, from: from, rate: equipment.rejectionSlew, dt: dt)
    return target == 0 && next < equipment.rejectionMin ? 0 : next
  }
}
