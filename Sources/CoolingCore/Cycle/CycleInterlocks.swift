/// Interlocks of one cycle: what each cause looks at, gathered and evaluated in the order of the table.
extension ControlCycle {
  mutating func stepInterlocks(writes: Span<WriteOutcome>, isBusLost: Span<Bool>, _ isLate: Bool, _ dt: Double) {
    stepTrends(dt)
    stepLeaks(dt)
    stepBuses(isBusLost, dt)
    var row = evidence(writes, isLate)
    isDeadHeaded = row.isDeadHeaded(settings.pumps.curve)
    // Hundreds of causes look at these: copied once.
    let limits = settings.limits
    let pumps = settings.pumps
    stepExpectations(writes)
    interlocks.begin()
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      var action = interlocks.actions[raw]
      if cause == .flowLoss && flowLossMemory.isRepeated { action.offDelayS = FlowLossMemory.holdS }
      for i in 0..<settings.size.number(of: cause.scope) {
        let isActive = interlocks.isActive(cause, i)
        var condition =
          switch cause.scope {
          case .row: row.condition(of: cause, isActive: isActive, limits, pumps)
          case .bus: Condition(isBusLost[i])
          case .pump, .rack, .fan, .leakZone: unitCondition(cause, i, isActive, writes)
          }
        condition.isSuppressed = isImplied(cause)
        if isAnyBusLost && isBehindLostBus(cause, i) { condition.isSuppressed = true }
        // A module that takes all its detectors along is one alarm, PROTECTION_DEGRADED.
        if cause == .leakDetectorFault && areManyDetectorsLost && measurements.leaks[i].alarm.isLost {
          condition.isSuppressed = true
        }
        interlocks.evaluate(cause, i, condition, action, dt: dt, events: &events)
      }
    }
    interlocks.end(isTripped: mode == .tripped)
    flowLossMemory.step(interlocks.isActive(.flowLoss), dt: dt)
  }

  @inline(__always)
  private mutating func unitCondition(
    _ cause: Cause, _ i: Int, _ isActive: Bool, _ writes: Span<WriteOutcome>
  ) -> Condition {
    switch cause.scope {
    case .row, .bus: return Condition(false)
    case .pump:
      // Against valves that still open, or told more than its pipes take, a unit cannot reach its target.
      if cause == .pumpSpeedDeviation, settings.pumps.control == .target, !isJudged(unit: i) { return Condition(false) }
      return measurements.pumps[i].condition(
        of: cause, sent: actuation.demand.pumps[i],
        write: writes[OutputSlot.pumpRun(i)].with(writes[OutputSlot.pumpSpeed(i)]))
    case .rack:
      return measurements.racks[i].condition(of: cause, isActive: isActive, expectedOfRacks[i])
    case .fan: return measurements.fans[i].condition(of: cause, expectedOfFans[i])
    case .leakZone: return measurements.leaks[i].condition(of: cause)
    }
  }

  @inline(__always)
  private mutating func stepExpectations(_ writes: Span<WriteOutcome>) {
    for i in 0..<settings.rackCount {
      expectedOfRacks[i] = Measurements.Rack.Expected(
        chip: estimate.racks[i].chip, flow: estimate.racks[i].flow, chipLimit: settings.racks[i].chipLimit,
        flowSetpoint: rackFlow.setpoints[i], valve: actuation.demand.rackValves[i], mode: mode,
        write: writes[OutputSlot.rackValve(i)], leak: leakWatch.racks[i], isIsolated: isolation.racks[i],
        isShort: isolation.isShort[i], isPermitted: !settings.hasPermit[i] || actuation.demand.permits[i],
        rated: settings.racks[i].rated)
    }
    for i in 0..<settings.fanCount {
      let hasValve = settings.hasCoilValve[i]
      let valve = hasValve ? writes[OutputSlot.coilValve(i)] : .none
      expectedOfFans[i] = Measurements.Fan.Expected(
        speed: actuation.demand.fans[i], valve: hasValve ? actuation.demand.coilValves[i] : nil,
        write: writes[OutputSlot.fan(i)].with(valve), leak: leakWatch.coils[i])
    }
  }

  /// A unit that follows a target of the law.
  @inline(__always)
  private func isJudged(unit i: Int) -> Bool { mode == .auto && actuation.owner(of: .pump(i)) == .control }

  @inline(__always)
  private mutating func stepLeaks(_ dt: Double) {
    let level = measurements.reservoirLevel
    let isLow = level.quality == .good && (level.value?.percent ?? 100) < settings.limits.levelLow.percent
    leakWatch.step(
      measurements.leaks.span, settings.leakZones.span, count: settings.leakZoneCount,
      isCorroborated: isLow || trends.findings.isLossy || trends.findings.isLevelFalling, dt: dt)
  }

  /// Coils and meters are judged in Auto, at a fifth of rated heat and more, while the fans turn.
  @inline(__always)
  private mutating func stepTrends(_ dt: Double) {
    var isHeatKnown = true
    for i in 0..<settings.rackCount where measurements.racks[i].power.value == nil { isHeatKnown = false }
    let isAir = settings.heatRejection == .fanCoils && settings.fanCount > 0
    let position = isAir ? actuation.demand.fans[0] : actuation.demand.facilityValve
    trends.step(
      Trends.Inputs(
        level: measurements.reservoirLevel, returnPressure: measurements.returnPressure, flow: measurements.rowFlow,
        supply: measurements.supplyTemperature, returned: measurements.returnTemperature,
        heat: isHeatKnown ? estimate.heat.kilowatts : nil, isLoaded: mode == .auto && heatShare > 0.2,
        outlet: position > settings.rejection.demandMin ? rejection.working.expected : nil), dt: dt)
  }

  @inline(__always)
  private mutating func evidence(_ writes: Span<WriteOutcome>, _ isLate: Bool) -> Evidence {
    var available = 0
    var requested = 0
    var turning = 0
    var speed = 0.0
    var areStopped = true
    for i in 0..<settings.pumpCount {
      let pump = measurements.pumps[i]
      if pump.isAvailable && !interlocks.isActive(.pumpNotRunning, i) { available += 1 }
      if pumpGroup.isRequested[i] { requested += 1 }
      if !pump.running.isClear { areStopped = false }
      guard pump.running.isSet else { continue }
      turning += 1
      speed += pump.speed.value?.percent ?? actuation.demand.pumps[i].speed
    }
    var detectorsLost = 0
    for i in 0..<settings.leakZoneCount where measurements.leaks[i].alarm.isLost {
      if !isAnyBusLost || !isLost(InputSlot.leak(i, .alarm)) { detectorsLost += 1 }
    }
    areManyDetectorsLost = detectorsLost > ControlCycle.detectorsLostMax
    var isPermitRefused = false
    for i in 0..<settings.rackCount where settings.hasPermit[i] {
      if writes[OutputSlot.permit(i)].isRejection(isDeviceSilent: false) { isPermitRefused = true }
    }
    var fansFailed = 0
    for i in 0..<settings.fanCount where interlocks.isActive(.fanFault, i) { fansFailed += 1 }
    let hasFacilityValve = settings.heatRejection == .facilityValve
    return Evidence(
      supplyTemperature: estimate.supplyTemperature, returnTemperature: measurements.returnTemperature,
      dewPoint: measurements.dewPoint, manifoldDp: estimate.manifoldDp,
      supplyPressure: measurements.supplyPressure, returnPressure: measurements.returnPressure,
      filterDp: measurements.filterDp, level: measurements.reservoirLevel, meteredFlow: measurements.rowFlow,
      rowFlow: estimate.rowFlow, rackFlowSum: estimate.rackFlowSum,
      flowFloor: designFlow * settings.rackFlow.floor * settings.limits.rowFlowLow, designFlow: designFlow,
      isRedundancyLost: measurements.isRedundancyLost,
      isProtectionDegraded: measurements.isProtectionDegraded || areManyDetectorsLost || isPermitRefused,
      leak: leakWatch.row, isIsolationRefused: isolation.isRefused, trends: trends.findings, mode: mode, isLate: isLate,
      isStartOverdue: mode == .starting && startingS > ControlCycle.startMaxS,
      isHeated: isHeated(), pumpsAvailable: available, pumpsRequested: requested,
      pumpCount: settings.pumpCount, pumpsTurning: turning, pumpSpeed: turning > 0 ? speed / Double(turning) : 0,
      arePumpsStopped: areStopped,
      arePumpsRaised: interlocks.effects.arePumpsSafe || interlocks.effects.isCoolingMaximum, fansFailed: fansFailed,
      facilityValve: Evidence.FacilityValve(
        position: measurements.facilityValvePosition,
        sent: hasFacilityValve ? actuation.demand.facilityValve : nil,
        write: hasFacilityValve ? writes[OutputSlot.facilityValve] : .none),
      emergencyStop: measurements.emergencyStop, permissive: measurements.permissive,
      supplySetpointMin: settings.supply.setpointMin)
  }
}

extension ControlCycle {
  /// The racks draw power. One whose meter says nothing counts as if it drew all it may, but for a row that is off:
  /// that gave none its permit.
  @inline(__always)
  private mutating func isHeated() -> Bool {
    guard mode == .off else { return heatShare > ModeMachine.heatBackShare }
    var known = 0.0
    for i in 0..<settings.rackCount { known += estimate.racks[i].power.value?.kilowatts ?? 0 }
    return known > ModeMachine.heatBackShare * ratedHeat
  }
}

extension ControlCycle {
  /// Mean opening of the valves of the racks in service, percent: as sent, or as the valve stands where it is known to
  /// be further shut and its rack's meter shows no flow. A position alone throttles nothing that flows.
  @inline(__always)
  mutating func valveOpening() -> Double {
    guard !isDeadHeaded else { return 0 }
    var open = 0.0
    var count = 0.0
    for i in 0..<settings.rackCount where !isolation.racks[i] {
      var percent = actuation.demand.rackValves[i]
      let position = measurements.racks[i].valvePosition
      if position.quality == .good, let stands = position.value?.percent, stands < percent {
        let flow = measurements.racks[i].flow.value?.litresPerMinute ?? 0
        if flow < Evidence.noFlowShare * settings.racks[i].designFlow.litresPerMinute { percent = stands }
      }
      open += percent
      count += 1
    }
    return open / max(count, 1)
  }
}

extension ControlCycle {
  /// A graver cause says it all: coolant that leaks, or that no pump can draw any more, is not there.
  @inline(__always)
  private func isImplied(_ cause: Cause) -> Bool {
    switch cause {
    case .levelLow, .levelFalling: interlocks.isActive(.levelLowLow) || interlocks.isActive(.leakConfirmed)
    case .levelLowLow: interlocks.isActive(.suctionLost)
    default: false
    }
  }
}

// MARK: - Behind a lost bus

extension ControlCycle {
  /// More detectors than this fall silent with their module, not by themselves.
  static let detectorsLostMax = 2
  /// Devices get this long to answer again once their bus does.
  static let busGraceS = 15.0

  private mutating func stepBuses(_ isBusLost: Span<Bool>, _ dt: Double) {
    isAnyBusLost = false
    for bus in 0..<settings.busCount {
      busLostS[bus] = isBusLost[bus] ? ControlCycle.busGraceS : max(0, busLostS[bus] - dt)
      if busLostS[bus] > 0 { isAnyBusLost = true }
    }
  }

  /// The bus's own alarm says what this cause would: that a device behind it is silent.
  private mutating func isBehindLostBus(_ cause: Cause, _ i: Int) -> Bool {
    switch cause {
    case .pumpSilent, .pumpOutputRefused: return isLost(InputSlot.pump(i, .running))
    case .pumpRedundancyLost:
      for pump in 0..<settings.pumpCount where isLost(InputSlot.pump(pump, .running)) { return true }
      return false
    case .rackFlowLost: return isLost(InputSlot.rack(i, .flow))
    case .rackPowerLost: return isLost(InputSlot.rack(i, .power))
    case .rackValveDeviation, .rackOutputRefused: return isLost(InputSlot.rack(i, .valvePosition))
    case .fanSilent, .fanOutputRefused: return isLost(InputSlot.fan(i, .speed))
    case .coilValveDeviation: return isLost(InputSlot.fan(i, .valvePosition))
    case .leakDetectorFault: return isLost(InputSlot.leak(i, .alarm))
    case .facilityValveDeviation, .facilityOutputRefused: return isLost(InputSlot.facilityValvePosition)
    case .dewPointLost: return isLost(InputSlot.hallDewPoint) || isLost(InputSlot.hallHumidity)
    case .sensorRedundancyLost, .protectionDegraded:
      for slot in 0..<InputSlot.facilityTemperature + 1 where isLost(slot) { return true }
      return false
    default: return false
    }
  }

  private mutating func isLost(_ slot: Int) -> Bool {
    let bus = settings.signals[slot].bus
    return settings.signals[slot].isConfigured && bus < settings.busCount && busLostS[bus] > 0
  }
}

/// A row that loses its flow again and again is not healed by the first quiet half minute: after three losses within
/// ten minutes of each other, maximum cooling stays for ten minutes.
struct FlowLossMemory: Sendable {
  static let holdS = 600.0
  static let repeats = 3

  private var sinceS = FlowLossMemory.holdS
  private var count = 0
  private var wasActive = false

  var isRepeated: Bool { count >= FlowLossMemory.repeats }

  mutating func step(_ isActive: Bool, dt: Double) {
    if isActive && !wasActive { count = sinceS < FlowLossMemory.holdS ? count + 1 : 1 }
    sinceS = isActive ? 0 : sinceS + dt
    wasActive = isActive
  }
}
