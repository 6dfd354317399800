import CoolingCore
import FieldIO
import FoundationEssentials
import RowAPI
import RowConfig

/// Turns a snapshot into the state that clients see. A class, so that looking at the core does not copy it: a debug
/// build would for every look at a part of it, on stacks of half a megabyte.
final class StateReport {
  let site: Site
  let roles: RoleMap
  let core: ControlCycle
  let writeStates: [WriteState]
  let ledger: OverrideLedger

  init(site: Site, roles: RoleMap, snapshot: Snapshot, ledger: OverrideLedger = OverrideLedger()) {
    self.site = site
    self.roles = roles
    core = snapshot.core
    writeStates = snapshot.writeStates
    self.ledger = ledger
  }

  /// What is known off the loop.
  struct Surroundings {
    var buses: [BusState]
    var health: LoopHealth
    var alarmLoad: AlarmLoad
    var history: HistoryState
    var recorder = HistoryState()
  }

  func state(_ around: Surroundings, time: String, alarmTime: (Double) -> String) -> RowState {
    let measured = core.measurements
    let estimate = core.estimate
    return RowState(
      row: site.name, time: time, cycle: Int(core.cycle), mode: core.mode.wire(isOverridden: core.overrides.any),
      modeReason: core.modeReason.text, topology: site.topology.rawValue,
      setpointC: core.supplySetpoint.celsius, effectiveSetpointC: core.rejection.working.setpoint.celsius,
      supplyC: measured.supplyTemperature.value?.celsius, returnC: estimate.returnTemperature.value?.celsius,
      flowLpm: estimate.rowFlow.value?.litresPerMinute, dpKpa: measured.manifoldDp.value?.kilopascals,
      heatKw: estimate.heat.kilowatts,
      pumpPowerKw: total(0..<core.settings.pumpCount) { measured.pumps[$0].power.value?.kilowatts },
      fanPowerKw: total(0..<core.settings.fanCount) { measured.fans[$0].power.value?.kilowatts },
      dewPointC: measured.dewPoint.value?.celsius, chipHottestC: hottestChip,
      redundancy: core.pumpGroup.working.redundancy.wire, handingOver: core.pumpGroup.working.isHandingOver,
      coolingUnit: unit, racks: (0..<core.settings.rackCount).map(rack),
      pumps: unit == nil ? (0..<core.settings.pumpCount).map(pump) : [],
      fans: (0..<core.settings.fanCount).map(fan), signals: signals,
      actuators: RoleMap.actuators(of: core.settings).map(actuator), loops: loops, alarms: alarms(alarmTime),
      bypasses: bypasses, alarmLoad: around.alarmLoad, buses: around.buses, health: around.health,
      control: ControlText(report: self).state, history: around.history, recorder: around.recorder)
  }

  private var hottestChip: Double? {
    (0..<core.settings.rackCount).compactMap { core.estimate.racks[$0].chip.value?.celsius }.max()
  }

  /// Sum of what is known; nil where nothing is.
  private func total(_ range: Range<Int>, _ power: (Int) -> Double?) -> Double? {
    let known = range.compactMap(power)
    return known.isEmpty ? nil : known.reduce(0, +)
  }

  private func rack(_ i: Int) -> RackState {
    let measured = core.measurements.racks[i]
    return RackState(
      name: site.racks.units[i].name, powerKw: measured.power.value?.kilowatts,
      flowLpm: measured.flow.value?.litresPerMinute, flowSetpointLpm: core.rackFlow.setpoints[i].litresPerMinute,
      valvePercent: measured.valvePosition.value?.percent, valveDemandPercent: core.actuation.demand.rackValves[i],
      chipC: core.estimate.racks[i].chip.value?.celsius, isolated: core.isolation.racks[i],
      permit: core.settings.hasPermit[i] ? core.actuation.demand.permits[i] : nil)
  }

  private func pump(_ i: Int) -> PumpState {
    let measured = core.measurements.pumps[i]
    let demand = core.actuation.demand.pumps[i]
    return PumpState(
      name: site.pumps.units[i].name, running: measured.running.value?.isSet,
      speedPercent: measured.speed.value?.percent, demandPercent: demand.run ? demand.speed : 0,
      fault: measured.fault.value?.isSet, remote: measured.remote.value?.isSet,
      lead: i == core.pumpGroup.working.lead, runHours: core.pumpGroup.runHours[i])
  }

  private func fan(_ i: Int) -> FanState {
    let measured = core.measurements.fans[i]
    return FanState(
      name: site.fans?.units[i].name ?? "", speedPercent: measured.speed.value?.percent,
      demandPercent: core.actuation.demand.fans[i], fault: measured.fault.value?.isSet,
      isolated: core.isolation.coils[i])
  }

  private var bypasses: [BypassState] {
    var found: [BypassState] = []
    core.interlocks.forEach(core.settings) { cause, index, state in
      guard state.bypassRemainingS > 0 else { return }
      let instance = CauseInstance(cause: cause, index: index)
      found.append(
        BypassState(
          id: CauseAndEffect.definition(of: cause).id.description, subject: instance.subject,
          remainingS: state.bypassRemainingS, owner: ledger[instance]?.owner, reason: ledger[instance]?.reason))
    }
    return found
  }

  private var signals: [SignalState] {
    (0..<InputSlot.count).compactMap { slot in
      guard core.settings.signals[slot].isConfigured, let role = roles.inputs[slot] else { return nil }
      let signal = core.validator.conditioned[slot]
      let scale = roles.unit?.scale(ofInput: slot)
      return SignalState(
        role: role, tag: roles.tag(role), value: signal.value.map { scale?.value(of: $0) ?? $0 },
        unit: roles.inputUnits[slot].rawValue, quality: signal.quality.wire, reason: signal.quality.doubt?.text,
        status: signal.quality.doubt?.status?.wire, ageMs: Int(signal.ageS * 1000))
    }
  }

  func actuator(_ actuator: Actuator) -> ActuatorState {
    let name = roles.name(of: actuator)
    let demand = core.actuation.demand
    let (value, feedback): (Double, Double?) =
      switch actuator {
      case .pump(let i):
        (demand.pumps[i].run ? demand.pumps[i].speed : 0, core.measurements.pumps[i].speed.value?.percent)
      case .rackValve(let i): (demand.rackValves[i], core.measurements.racks[i].valvePosition.value?.percent)
      case .fan(let i): (demand.fans[i], core.measurements.fans[i].speed.value?.percent)
      case .facilityValve: (demand.facilityValve, core.measurements.facilityValvePosition.value?.percent)
      case .coilValve(let i): (demand.coilValves[i], core.measurements.fans[i].valvePosition.value?.percent)
      }
    let own = roles.unit?.scale(of: actuator)
    let lease = core.overrides[actuator]
    let holder = lease == nil ? nil : ledger[actuator]
    return ActuatorState(
      role: name, tag: roles.tag(own == nil ? name : "cdu"), demand: own?.scale.target(of: value) ?? value,
      feedback: feedback.map { own?.scale.value(of: $0) ?? $0 }, unit: own?.unit.rawValue ?? "%",
      owner: core.actuation.owner(of: actuator).wire, reason: Explainer(report: self).headline(actuator),
      leaseRemainingS: lease?.remainingS, overrideOwner: holder?.owner, overrideReason: holder?.reason)
  }

  private var loops: [ControlLoop] {
    var loops =
      roles.unit != nil
      ? []
      : [
        loop("supply_temperature", "°C", core.rejection.working.pid, .fan(0)),
        loop("pump_group", site.pumps.control == .flow ? "L/min" : "kPa", core.pumpGroup.working.pid, .pump(0)),
      ]
    for i in 0..<core.settings.rackCount {
      loops.append(loop("rack.\(i + 1).flow", "L/min", core.rackFlow.working(i), .rackValve(i)))
    }
    return loops
  }

  private func loop(_ name: String, _ unit: String, _ working: PID.Working, _ actuator: Actuator) -> ControlLoop {
    let owner = core.actuation.owner(of: actuator)
    return ControlLoop(
      name: name, unit: unit, setpoint: working.setpoint, measurement: working.measurement, output: working.output,
      p: working.proportional, i: working.integral, d: working.derivative, feedForward: working.feedForward,
      limit: working.limit.text, state: owner == .control ? "auto" : "tracking")
  }

  private func alarms(_ time: (Double) -> String) -> [Alarm] {
    var alarms: [Alarm] = []
    core.interlocks.forEach(core.settings) { cause, index, state in
      // Suppression by design is worth a line only while there is something to suppress.
      guard state.isActive || (state.alarm.state != .normal && state.alarm.state != .suppressedByDesign) else { return }
      let definition = CauseAndEffect.definition(of: cause)
      let hasEvidence = cause.unit != nil
      let words = unitWords?.text(of: definition, cause)
      alarms.append(
        Alarm(
          id: definition.id.description, subject: CauseInstance(cause: cause, index: index).subject,
          equipment: equipment(cause.scope, index), priority: definition.priority.wire, state: state.wire,
          text: words?.text ?? definition.text.description,
          response: words?.response ?? definition.response.description, since: time(state.sinceS),
          value: hasEvidence ? state.value : nil, limit: hasEvidence ? state.limit : nil, unit: cause.unit,
          firstOut: state.isFirstOut,
          shelfRemainingS: state.wire == .shelved ? state.alarm.shelvedS : nil))
    }
    return alarms.sorted { ($0.priority.rank, $0.id) > ($1.priority.rank, $1.id) }
  }

  private func equipment(_ scope: Cause.Scope, _ index: Int) -> String? {
    switch scope {
    case .row: nil
    case .leakZone:
      switch site.leakZones.first(where: { $0.number == index + 1 })?.watches {
      case .rack(let rack): site.racks.units[rack - 1].name
      case .coil(let coil): site.fans?.units[coil - 1].name
      case .row, nil: nil
      }
    case .pump: roles.unit?.name ?? site.pumps.units[index].name
    case .rack: site.racks.units[index].name
    case .fan: site.fans?.units[index].name
    case .bus: site.buses[index].name
    }
  }
}

extension AlarmPriority {
  fileprivate var rank: Int {
    switch self {
    case .low: 0
    case .medium: 1
    case .high: 2
    case .critical: 3
    }
  }
}

/// RFC 3339 in UTC with milliseconds, from the wall clock `secondsAgo`.
func timestamp(secondsAgo: Double = 0) -> String {
  Date.now.addingTimeInterval(-secondsAgo).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}
