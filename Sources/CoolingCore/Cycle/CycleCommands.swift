/// Operator commands, applied between two cycles.
extension ControlCycle {
  public mutating func apply(_ command: OperatorCommand) -> CommandOutcome {
    guard actuation.isDriven else { return .refused(.notReady) }
    beginEvents()
    switch command {
    case .acknowledge(let instance): return .acknowledged(interlocks.acknowledge(instance, settings.size))
    case .shelve(let instance, let seconds): return shelve(instance, seconds)
    case .unshelve(let instance):
      guard has(instance) else { return .refused(.noSuchAlarm) }
      return interlocks.unshelve(instance) ? .accepted : .refused(.notShelved)
    case .setOutOfService(let instance, let isOut):
      guard has(instance) else { return .refused(.noSuchAlarm) }
      guard CauseAndEffect.definition(of: instance.cause).priority < .critical else { return .refused(.isCritical) }
      interlocks.setOutOfService(instance, isOut)
      return .accepted
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
    case .reset(let instance): return reset(instance)
    case .resetTrip: return reset(nil)
    case .bypass(let instance, let leaseS): return bypass(instance, leaseS)
    case .changeOver:
      guard mode == .auto, !interlocks.effects.isInterlocked, estimate.rowFlow.value != nil else {
        return .refused(.flowNotHeld)
      }
      return pumpGroup.changeOver(settings.pumpCount).map { .refused($0) } ?? .accepted
    case .setLayer(let layer):
      guide.layers.commands = layer
      return .accepted
    case .setShadow(let layer):
      guide.layers.shadow = layer
      return .accepted
    }
  }

  private func has(_ instance: CauseInstance) -> Bool {
    instance.index >= 0 && instance.index < settings.size.number(of: instance.cause.scope)
  }

  private mutating func shelve(_ instance: CauseInstance, _ seconds: Double) -> CommandOutcome {
    guard has(instance) else { return .refused(.noSuchAlarm) }
    let high = AlarmDefinition.shelfMaxS(CauseAndEffect.definition(of: instance.cause).priority)
    guard seconds >= 1 && seconds <= high else { return .outOfRange(low: 1, high: high) }
    interlocks.shelve(instance, forS: seconds)
    return .accepted
  }

  private mutating func setMode(_ requested: RequestedMode) -> CommandOutcome {
    if mode == .tripped && requested != .off { return .refused(.isTripped) }
    switch requested {
    case .off, .standby:
      guard heatShare < ModeMachine.heatGoneShare else { return .refused(.racksAreHot) }
      enter(requested == .off ? .off : .standby)
      if requested == .standby { pumpGroup.keepOne() }
    case .auto:
      guard !interlocks.effects.shutsDown else { return .refused(.permissiveMissing) }
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
    // A lease that is renewed is no news.
    if overrides.leases[actuator.index]?.value != value {
      events.add(.overrideTaken, index: actuator.index, value: value)
    }
    overrides.take(actuator, value: value, leaseS: leaseS)
    return .accepted
  }

  /// A trip is left when nothing latched keeps the pumps stopped; an isolated rack may stay isolated.
  private mutating func reset(_ instance: CauseInstance?) -> CommandOutcome {
    var isAnyLatched = mode == .tripped && instance == nil
    interlocks.forEach(settings) { cause, index, state in
      guard instance == nil || instance == CauseInstance(cause: cause, index: index) else { return }
      if state.isActive && (state.isLatched || cause == .pumpFault) { isAnyLatched = true }
    }
    guard isAnyLatched else { return .refused(.nothingToReset) }
    let result = interlocks.reset(instance, settings.size, events: &events)
    let isTripLeft = mode == .tripped && result.heldStops == 0
    guard result.held == 0 || result.released > 0 && (isTripLeft || mode != .tripped) else {
      return .refused(.conditionPersists)
    }
    // Long enough for a drive's reset handshake (three cycles), then it must stay up by itself.
    resetForS = max(5, 5 * settings.periodS)
    if isTripLeft {
      machine.enter(.starting, .tripReset)
      events.add(.modeChanged, index: Int(RowMode.starting.rawValue))
    }
    return .accepted
  }

  private mutating func bypass(_ instance: CauseInstance, _ leaseS: Double) -> CommandOutcome {
    guard has(instance) else { return .refused(.noSuchAlarm) }
    let definition = CauseAndEffect.definition(of: instance.cause)
    guard definition.effect.isBypassable else { return .refused(.notBypassable) }
    guard leaseS == 0 || leaseS >= 1 && leaseS <= Overrides.leaseMaxS else {
      return .outOfRange(low: 1, high: Overrides.leaseMaxS)
    }
    interlocks.bypass(instance, forS: leaseS)
    events.add(leaseS > 0 ? .bypassTaken : .bypassEnded, instance, value: leaseS, limit: 0)
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
