/// The heat rejection law in its cycle: what it looks at, which fans are its own, and what it learns of what was sent.
extension ControlCycle {
  /// The sink as measured, but not above what the coils disprove, or as assumed; where an instrument goes or comes
  /// back, the law is led from one to the other.
  mutating func stepSink(_ dt: Double) {
    let isAir = settings.heatRejection == .fanCoils
    let measured = isAir ? measurements.hallTemperature.value : measurements.facilityTemperature.value
    var target = (measured ?? settings.rejection.sinkAssumed).celsius
    if let most = rejection.working.sinkMost { target = min(target, most.celsius) }
    sinkC = slewed(target, from: sinkC ?? target, rate: ControlCycle.sinkSlew, dt: dt)
  }

  @inline(__always)
  mutating func rejectionInputs() -> HeatRejectionLaw.Inputs {
    let isAir = settings.heatRejection == .fanCoils
    let design = settings.rejection.designFlow
    let leastLpm = HeatRejectionLaw.flowShareMin * design.litresPerMinute
    var inputs = HeatRejectionLaw.Inputs(
      supply: estimate.supplyTemperature, dewPoint: measurements.dewPoint,
      inlet: estimate.returnTemperature.value ?? settings.limits.returnHighHigh,
      sink: sinkC.map { Temperature(celsius: $0) } ?? settings.rejection.sinkAssumed,
      flow: estimate.rowFlow.value ?? design,
      isIdle: !mayPumpsRun() && (estimate.rowFlow.value?.litresPerMinute ?? 0) < leastLpm, healthy: 1)
    if isAir { shareFans(&inputs) }
    return inputs
  }

  /// A pump says that it runs, or was told to and says nothing.
  @inline(__always)
  private mutating func mayPumpsRun() -> Bool {
    for i in 0..<settings.pumpCount {
      let running = measurements.pumps[i].running
      if running.isSet || running.isLost && actuation.demand.pumps[i].run { return true }
    }
    return false
  }

  /// A fan that is faulty or says nothing counts for nothing, one at an operator's speed for what that does.
  @inline(__always)
  private mutating func shareFans(_ inputs: inout HeatRejectionLaw.Inputs) {
    guard settings.fanCount > 0 else { return }
    var healthy = 0
    var forced = 0
    for i in 0..<settings.fanCount where isWorking(fan: i) {
      guard let lease = overrides.leases[Actuator.fan(i).index] else {
        healthy += 1
        continue
      }
      forced += 1
      inputs.forcedSpeed += lease.value
    }
    inputs.healthy = Double(healthy) / Double(settings.fanCount)
    inputs.forcedShare = Double(forced) / Double(settings.fanCount)
    if forced > 0 { inputs.forcedSpeed /= Double(forced) }
  }

  /// The law asks for a mean speed of the fans that are its own; the others get at least the least, and those that say
  /// nothing what they run at by themselves.
  mutating func spreadFans(_ mean: Double, _ demand: inout Demand, _ dt: Double) {
    var own = 0
    for i in 0..<settings.fanCount where isOwn(fan: i) { own += 1 }
    let least = settings.rejection.demandMin
    var turning = fanStaging.step(
      mean: settings.rejection.mayStop ? mean : max(mean, least), least: least, count: own, dt: dt)
    for i in 0..<settings.fanCount {
      demand.fans[i] = max(mean, interlocks.isActive(.fanSilent, i) ? settings.rejection.safe : least)
      guard isOwn(fan: i) else { continue }
      if turning == 0 { demand.fans[i] = 0 } else { turning -= 1 }
    }
  }

  /// It works, and it is the law's to move.
  @inline(__always)
  private mutating func isOwn(fan i: Int) -> Bool {
    isWorking(fan: i) && overrides.leases[Actuator.fan(i).index] == nil
  }
  @inline(__always)
  private mutating func isWorking(fan i: Int) -> Bool {
    !interlocks.isActive(.fanFault, i) && !interlocks.isActive(.fanSilent, i) && !isolation.coils[i]
  }

  /// Mean position last sent to the fans that follow the law, or to the facility valve; nil: none follows.
  @inline(__always)
  mutating func sentActuator() -> Double? {
    guard settings.heatRejection == .fanCoils else { return actuation.demand.facilityValve }
    var sum = 0.0
    var own = 0
    for i in 0..<settings.fanCount where isOwn(fan: i) {
      sum += actuation.demand.fans[i]
      own += 1
    }
    return own > 0 ? sum / Double(own) : nil
  }

  mutating func trackRejection(_ dt: Double) {
    var sent = 0.0
    var counted = 0
    var inCommand = guide.actuator == nil
    if settings.heatRejection == .facilityValve {
      sent = actuation.demand.facilityValve
      counted = 1
      if !isLaw(.facilityValve) { inCommand = false }
    }
    for i in 0..<settings.fanCount where isOwn(fan: i) {
      sent += actuation.demand.fans[i]
      counted += 1
      if !isLaw(.fan(i)) { inCommand = false }
    }
    var inputs = rejectionInputs()
    if counted == 0 {
      // None follows the law: it follows them, as if they did what they are told.
      inCommand = false
      inputs.healthy = 1
      inputs.forcedShare = 0
      for i in 0..<settings.fanCount where !isolation.coils[i] {
        sent += actuation.demand.fans[i]
        counted += 1
      }
    }
    guard counted > 0, !isCooledByOthers(own: counted) else { return }
    rejection.track(
      inputs, sent: sent / Double(counted), inCommand: inCommand, settings.supply, settings.rejection, dt: dt)
  }

  /// Fans that say nothing, a quarter and more, cool more than the setpoint asks for: what they do is not for the trim
  /// to learn, since they will do as they are told again.
  @inline(__always)
  private func isCooledByOthers(own: Int) -> Bool {
    guard settings.fanCount > 0, own < settings.fanCount, let supply = estimate.supplyTemperature.value,
      supply < rejection.working.setpoint
    else { return false }
    var silent = 0
    for i in 0..<settings.fanCount where interlocks.isActive(.fanSilent, i) { silent += 1 }
    return 4 * silent >= settings.fanCount
  }

  @inline(__always)
  private mutating func isLaw(_ actuator: Actuator) -> Bool {
    let owner = actuation.owner(of: actuator)
    return owner == .control || owner == .startUp
  }
}
