/// The setpoint guide in its cycle: what the observer and the optimiser look at.
extension ControlCycle {
  mutating func stepGuide(in memory: inout MutableSpan<Double>, _ dt: Double) {
    var running = 0
    var available = 0
    var speed = 0.0
    for i in 0..<settings.pumpCount {
      if measurements.pumps[i].isAvailable { available += 1 }
      guard actuation.demand.pumps[i].run, let own = measurements.pumps[i].speed.value?.percent else { continue }
      running += 1
      speed += own
    }
    let healthy = rejectionInputs().healthy
    guide.note(isolated: isolation.racks.span, running: running, available: available, healthyCoils: healthy)
    let observed = observerInputs(pumpSpeed: running > 0 ? speed / Double(running) : nil)
    guide.observe(
      observed, racks: measurements.racks.span, estimates: estimate.racks.span, soft: estimator.soft.racks.span,
      as: settings.model, dt: dt)
    var isHeld: PerRack<Bool> = .init(repeating: false)
    for i in 0..<settings.rackCount { isHeld[i] = overrides.leases[Actuator.rackValve(i).index] != nil }
    let inputs = SetpointGuide.Inputs(
      obstacle: obstacle(), foresightObstacle: foresightObstacle(), plant: guidedPlant(), conditions: conditions(),
      supply: supplySetpoint, law: settings.rackFlow,
      measuredSupply: estimate.supplyTemperature.value, dpSetpoint: pumpGroup.working.dpSetpoint,
      holdsDp: settings.pumps.control == .differentialPressure, valveSlew: settings.rackFlow.valveSlew,
      measuredDpKpa: estimate.manifoldDp.value?.kilopascals, isHeld: isHeld)
    guide.step(
      inputs, estimates: estimate.racks.span, valves: actuation.demand.rackValves.span, in: &memory, dt: dt,
      events: &events)
  }

  /// What keeps the optimum from being used now.
  @inline(__always)
  private mutating func obstacle() -> SetpointGuide.Reason? {
    guard mode == .auto else { return .notInAuto }
    guard !interlocks.effects.isInterlocked else { return .interlocked }
    let isAir = settings.heatRejection == .fanCoils
    let sink = isAir ? measurements.hallTemperature : measurements.facilityTemperature
    let isDpKnown = settings.pumps.control == .flow || measurements.manifoldDp.isSound
    guard measurements.supplyTemperature.isSound, measurements.returnTemperature.isSound, sink.isSound, isDpKnown,
      estimate.rowFlow.value != nil
    else { return .measurementLost }
    return nil
  }

  /// What keeps the predictive law from commanding where the optimum may.
  @inline(__always)
  private func foresightObstacle() -> SetpointGuide.Reason? {
    guard guide.isPredicting else { return nil }
    if overrides.any { return .overridden }
    for i in 0..<settings.pumpCount where actuation.demand.pumps[i].run && interlocks.effects.excludesPump[i] {
      return .handingOver
    }
    return pumpGroup.working.isHandingOver ? .handingOver : nil
  }

  /// nil: not known well enough.
  @inline(__always)
  private mutating func guidedPlant() -> SetpointGuide.Plant? {
    guard guide.isPredicting, let supply = measurements.supplyTemperature.value,
      let returned = measurements.returnTemperature.value, let flow = estimate.rowFlow.value, let sinkC,
      let sent = sentActuator()
    else { return nil }
    let lpm = max(flow.litresPerMinute, 1)
    let heatKw = estimate.heat.kilowatts * guide.observer.maintenance.heatFactor
    return SetpointGuide.Plant(
      flow: LoopFlow(
        flowLpm: lpm, effectiveness: guide.model.coil.effectiveness(actuator: sent, flowLpm: lpm), sinkC: sinkC,
        heatKw: heatKw, volumeL: settings.model.loopVolumeL, coilOffsetK: 0, heatOffsetK: 0),
      supplyC: supply.celsius, returnC: returned.celsius, actuator: sent, actuatorSlew: settings.rejection.slew)
  }

  @inline(__always)
  private mutating func conditions() -> OperatingPoints.Conditions {
    var conditions = OperatingPoints.Conditions()
    conditions.sinkC = sinkC ?? settings.rejection.sinkAssumed.celsius
    conditions.heatKw = estimate.heat.kilowatts * guide.observer.maintenance.heatFactor
    conditions.flowFloor = settings.rackFlow.floor
    conditions.floorShare = branchFlowShare(valvePercent: settings.rackFlow.valveFloor)
    conditions.openShare = branchFlowShare(valvePercent: settings.pumps.mostOpenValve)
    conditions.supplyLowC = settings.supply.setpointMin.celsius
    conditions.supplyHighC = settings.supply.setpointMax.celsius
    let dewPoint = measurements.dewPoint.value ?? settings.supply.dewPointAssumed
    conditions.dewLowC = (dewPoint + settings.supply.dewPointMargin).celsius
    conditions.economics = settings.economics
    return conditions
  }

  @inline(__always)
  private mutating func observerInputs(pumpSpeed: Double?) -> LoopObserver.Inputs {
    let isAir = settings.heatRejection == .fanCoils
    var pumpKw: Double? = 0
    for i in 0..<settings.pumpCount where actuation.demand.pumps[i].run {
      pumpKw = measurements.pumps[i].power.credible.flatMap { power in pumpKw.map { $0 + power.kilowatts } }
    }
    var fanKw: Double? = isAir ? 0 : nil
    for i in 0..<settings.fanCount {
      fanKw = measurements.fans[i].power.credible.flatMap { power in fanKw.map { $0 + power.kilowatts } }
    }
    return LoopObserver.Inputs(
      supply: measurements.supplyTemperature, returned: measurements.returnTemperature,
      sink: isAir ? measurements.hallTemperature : measurements.facilityTemperature, flow: estimate.rowFlow,
      actuator: meanActuator(), heatShare: heatShare, isFrozen: mode != .auto || interlocks.effects.isInterlocked,
      pumpSpeed: pumpSpeed, pumpPowerKw: pumpKw, fanPowerKw: fanKw, filterDp: measurements.filterDp,
      filterDpHigh: settings.limits.filterDpHigh.kilopascals, designLpm: designFlow,
      learntLoopResistance: estimator.soft.learntLoopResistance, learntHeatShare: estimator.soft.learntHeatShare)
  }

  /// Mean position of the fans, or the facility valve's; nil where the fans do not go alike: some stand, fail or obey
  /// a person.
  @inline(__always)
  private mutating func meanActuator() -> Double? {
    guard settings.heatRejection == .fanCoils else { return measurements.facilityValvePosition.value?.percent }
    var low = Double.infinity
    var high = 0.0
    var sum = 0.0
    for i in 0..<settings.fanCount {
      guard let speed = measurements.fans[i].speed.value?.percent else { return nil }
      low = min(low, speed)
      high = max(high, speed)
      sum += speed
    }
    guard settings.fanCount > 0, high - low < 3 else { return nil }
    return sum / Double(settings.fanCount)
  }
}

extension Reading {
  /// Measured now, at the most with less redundancy than there could be.
  @inline(__always)
  var isSound: Bool { value != nil && (quality == .good || quality == .uncertain(.lostRedundancy)) }
}
