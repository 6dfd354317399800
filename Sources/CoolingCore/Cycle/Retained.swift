/// What a restart must not forget, so that the row goes on as if there had been none: a mode in which a person or a
/// safeguard holds it, latched causes and what they took out of the row, what a person has done about alarms, setpoints
/// and run hours. Overrides and bypasses are leases of a watched row and end with the daemon.
extension ControlCycle {
  public struct Retained: Sendable {
    /// Off, Standby, Shutdown or Tripped; nil: the row cools.
    public var mode: RowMode?
    public var reason = ModeReason.daemonStarted
    public var supplySetpoint = Temperature(celsius: 0)
    /// Where the most-open-valve reset had brought it; nil: the pumps hold flow.
    public var dpSetpoint: Pressure?
    public var pumpHours: PerPump<Double> = .init(repeating: 0)
    public var isolatedRacks: PerRack<Bool> = .init(repeating: false)
    public var isolatedCoils: PerFan<Bool> = .init(repeating: false)
    public var withheldPermits: PerRack<Bool> = .init(repeating: false)
    /// By the interlock's slot.
    public var causes: InlineArray<569, RetainedCause> = .init(repeating: RetainedCause())
    public init() {}
  }

  /// What there is to be remembered of the row now.
  public var retained: Retained {
    var kept = Retained()
    switch mode {
    case .off, .standby, .shutdown, .tripped: (kept.mode, kept.reason) = (mode, modeReason)
    case .starting, .auto: break
    }
    kept.supplySetpoint = supplySetpoint
    if settings.pumps.control == .differentialPressure { kept.dpSetpoint = pumpGroup.working.dpSetpoint }
    kept.pumpHours = pumpGroup.runHours
    kept.isolatedRacks = isolation.racks
    kept.isolatedCoils = isolation.coils
    for i in 0..<settings.rackCount { kept.withheldPermits[i] = !permits.isGiven[i] }
    let states = interlocks.states
    let span = states.span
    for slot in 0..<Interlocks.count { kept.causes[slot] = span[slot].retained }
    return kept
  }

  /// Brings back what was retained. Has no effect on a row that is driven already; setpoints outside the site's range
  /// stay the site's.
  public mutating func restore(_ kept: Retained) {
    guard !actuation.isDriven else { return }
    switch kept.mode {
    case .off?, .standby?, .shutdown?, .tripped?: machine.enter(kept.mode ?? .starting, kept.reason)
    case .starting?, .auto?, nil: break
    }
    let supply = kept.supplySetpoint.celsius
    if supply >= settings.supply.setpointMin.celsius && supply <= settings.supply.setpointMax.celsius {
      supplySetpoint = kept.supplySetpoint
    }
    if let dp = kept.dpSetpoint, settings.pumps.control == .differentialPressure,
      dp.kilopascals >= settings.pumps.dpMin.kilopascals && dp.kilopascals <= settings.pumps.dpMax.kilopascals
    {
      pumpGroup.setDpSetpoint(dp)
    }
    for i in 0..<settings.pumpCount where kept.pumpHours[i] > 0 { pumpGroup.runHours[i] = kept.pumpHours[i] }
    isolation.restore(racks: kept.isolatedRacks, coils: kept.isolatedCoils)
    permits.wasWithheld = kept.withheldPermits
    interlocks.restore(kept.causes.span, settings.size)
  }

  /// A row that was off and is found running with heat in its racks cools on until that has gone: whoever started it
  /// meant it to be cooled. At rest it stays off, hot or not.
  mutating func settleRestoredMode(isRunningPlant: Bool) {
    if mode == .standby { pumpGroup.keepOne() }
    guard mode == .off, isRunningPlant, heatShare >= ModeMachine.heatGoneShare else { return }
    machine.enter(.shutdown, .heatBack)
    events.add(.modeChanged, index: Int(RowMode.shutdown.rawValue))
  }
}

/// One cause and its alarm, as a restart must not forget them.
public struct RetainedCause: Sendable, Equatable {
  public var isLatched = false
  public var isFirstOut = false
  /// Somebody still has to say that he knows; or has said so of an alarm that is there.
  public var isUnacknowledged = false
  public var isAcknowledged = false
  public var isOutOfService = false
  /// Seconds until it is shown again; 0: not shelved.
  public var shelvedS = 0.0
  /// Evidence of a latched cause.
  public var value = 0.0
  public var limit = 0.0
  public init() {}
}
