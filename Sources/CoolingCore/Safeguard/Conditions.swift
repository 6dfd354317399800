/// A condition with the number that decided it, kept as evidence of a trip.
struct Condition {
  var isMet: Bool
  /// False where what it looks at is not measured: then nothing new is concluded, and what is active stays so.
  var isKnown = true
  /// Another cause or the row's state says it all: the interlock acts, the alarm is not shown.
  var isSuppressed = false
  var value: Double
  var limit: Double
  static var unknown: Condition {
    var condition = Condition(false)
    condition.isKnown = false
    return condition
  }
  init(_ isMet: Bool, value: Double = 0, limit: Double = 0) {
    self.isMet = isMet
    self.value = value
    self.limit = limit
  }
  static func above<Q: Quantity>(_ reading: Reading<Q>, _ limit: Double) -> Condition {
    guard let value = reading.value?.canonical else { return .unknown }
    return Condition(value > limit, value: value, limit: limit)
  }
  static func below<Q: Quantity>(_ reading: Reading<Q>, _ limit: Double) -> Condition {
    guard let value = reading.value?.canonical else { return .unknown }
    return Condition(value < limit, value: value, limit: limit)
  }
  /// A position more than 10 percent from where it was sent, or lost.
  static func deviation(_ position: Reading<Percent>, from sent: Double) -> Condition {
    guard let percent = position.value?.percent else { return Condition(position.isLost) }
    let off = percent - sent
    return Condition(off > 10 || off < -10, value: off, limit: 10)
  }
}

/// Methods are `mutating` for their cost only: nothing is changed, and the struct is not copied for each call.
extension Evidence {
  /// Condition of a cause of the row.
  ///
  /// - Parameter isActive: the cause is active already, so its hysteresis applies.
  mutating func condition(
    of cause: Cause, isActive: Bool, _ limits: Settings.Limits, _ pumps: Settings.Pumps
  ) -> Condition {
    let back = isActive ? 3.0 : 0
    switch cause {
    case .flowLoss: return flowLoss(isActive, dpMin: pumps.dpMin)
    case .supplyHighHigh: return .above(supplyTemperature, limits.supplyHighHigh.celsius - back)
    case .supplyHigh: return .above(supplyTemperature, limits.supplyHigh.celsius - back / 3)
    case .supplyLow:
      guard mode.isCooling else { return Condition(false) }
      return .below(supplyTemperature, supplySetpointMin.celsius - 2 + back / 3)
    case .supplyNearDewPoint:
      guard mode.isCooling, let dewPoint = dewPoint.value else { return Condition(false) }
      return .below(supplyTemperature, dewPoint.celsius + 1)
    case .returnHighHigh: return .above(returnTemperature, limits.returnHighHigh.celsius - back)
    case .supplyTemperatureLost: return Condition(supplyTemperature.isLost)
    case .hydraulicsLost:
      switch pumps.control {
      case .differentialPressure: return Condition(manifoldDp.isLost)
      case .flow: return Condition(rowFlow.isLost)
      case .target: return Condition(meteredFlow.isUntrusted)
      }
    case .manifoldDpLow:
      guard mode == .auto, pumps.control == .differentialPressure else { return Condition(false) }
      return .below(manifoldDp, 0.75 * pumps.dpMin.kilopascals)
    case .manifoldDpHigh: return manifoldDpHigh(isActive, pumps)
    case .pumpCavitation: return pumpCavitation(limits, pumps.curve)
    case .coolingLost: return coolingLost(dpMin: pumps.dpMin)
    default: return inventory(cause, isActive, limits, pumps)
    }
  }

  private mutating func inventory(
    _ cause: Cause, _ isActive: Bool, _ limits: Settings.Limits, _ pumps: Settings.Pumps
  ) -> Condition {
    let back = isActive ? 3.0 : 0
    switch cause {
    case .overPressure: return .above(supplyPressure, limits.supplyPressureHigh.kilopascals)
    case .levelLow: return .below(level, limits.levelLow.percent + back)
    case .levelLowLow: return .below(level, limits.levelLowLow.percent + back)
    case .suctionLost: return suctionLost(limits, pumps.curve)
    case .leakConfirmed: return leak.condition
    case .levelFalling:
      return Condition(trends.isLevelFalling, value: trends.levelFall, limit: Trends.levelFallMax)
    case .isolationRefused: return Condition(isIsolationRefused)
    case .emergencyStop:
      guard emergencyStop.quality == .good else { return .unknown }
      return Condition(emergencyStop.isSet)
    case .permissiveLost:
      guard permissive.quality == .good else { return .unknown }
      return Condition(permissive.isClear)
    default: return equipment(cause, isActive, limits, pumps)
    }
  }

  private mutating func equipment(
    _ cause: Cause, _ isActive: Bool, _ limits: Settings.Limits, _ pumps: Settings.Pumps
  ) -> Condition {
    switch cause {
    case .filterClogged: return .above(filterDp, limits.filterDpHigh.kilopascals - (isActive ? 3 : 0))
    case .coilFouling:
      guard trends.isLoaded else { return .unknown }
      let limit = isActive ? 0.8 : 0.75
      return Condition(trends.coilShare < limit, value: 100 * trends.coilShare, limit: 100 * limit)
    case .modelDivergence:
      guard trends.isLoaded else { return .unknown }
      let off = trends.heatImbalance.magnitude
      return Condition(off > trends.heatImbalanceMax, value: trends.heatImbalance, limit: trends.heatImbalanceMax)
    case .fansFailed: return Condition(fansFailed > 1, value: Double(fansFailed), limit: 1)
    case .facilityValveDeviation:
      guard let sent = facilityValve.sent else { return Condition(false) }
      return .deviation(facilityValve.position, from: sent)
    case .facilityOutputRefused:
      return Condition(facilityValve.write.isRejection(isDeviceSilent: facilityValve.position.isLost))
    case .dewPointLost: return Condition(dewPoint.isLost)
    case .pumpRedundancyLost:
      let needed = Double(max(pumpsRequested, pumps.minimumRunning) + 1)
      let spare = pumpCount > pumps.minimumRunning && pumpsAvailable < pumpCount
      return Condition(
        mode.isCooling && spare && Double(pumpsAvailable) < needed, value: Double(pumpsAvailable), limit: needed)
    case .sensorRedundancyLost: return Condition(isRedundancyLost)
    case .protectionDegraded: return Condition(isProtectionDegraded)
    case .startIncomplete: return Condition(isStartOverdue)
    default: return Condition(isLate)
    }
  }

  /// Least flow: a share of the sum of the racks' floors, by the row's meter or by the racks' own, whichever says
  /// less. With the meters gone, no manifold dP is as good a proof.
  private mutating func flowLoss(_ isActive: Bool, dpMin: Pressure) -> Condition {
    guard isFlowExpected else { return Condition(false) }
    let floor = flowFloor * (isActive ? 1.2 : 1)
    let meter = Condition.below(rowFlow, floor)
    let racks = Condition.below(rackFlowSum, floor)
    if meter.isKnown || racks.isKnown { return racks.isMet ? racks : meter }
    return .below(manifoldDp, dpMin.kilopascals / 2)
  }

  /// Two of: level low-low, return pressure gone, and pumps that turn and make neither flow nor head. A stop needs good
  /// evidence: a held, stale or frozen value is none. No single instrument is two votes.
  private mutating func suctionLost(_ limits: Settings.Limits, _ curve: PumpCurve) -> Condition {
    let isLevelGood = level.quality == .good
    let isPressureGood = returnPressure.quality == .good
    let isLow = isLevelGood && Condition.below(level, limits.levelLowLow.percent).isMet
    let isGone = isPressureGood && Condition.below(returnPressure, limits.suctionPressureLow.kilopascals).isMet
    let votes = (isLow ? 1 : 0) + (isGone ? 1 : 0) + (isPumpingGas(curve) ? 1 : 0)
    var condition = Condition(votes >= 2, value: Double(votes), limit: 2)
    // Pumps that stand prove nothing: then one good instrument must deny it, or both be there.
    condition.isKnown =
      condition.isMet || (isLevelGood && isPressureGood) || (isLevelGood && !isLow) || (isPressureGood && !isGone)
    return condition
  }

  /// Less than a quarter of the head that the pumps' speed gives at no flow, and no flow: a shut valve gives all of it.
  private mutating func isPumpingGas(_ curve: PumpCurve) -> Bool {
    guard pumpsTurning > 0, manifoldDp.quality == .good, let dp = manifoldDp.value?.kilopascals else { return false }
    let none = Evidence.noFlowShare * designFlow
    let isMetered = meteredFlow.quality == .good
    guard isMetered ? Condition.below(meteredFlow, none).isMet : Condition.below(rackFlowSum, none).isMet else {
      return false
    }
    let least = curve.shutoffHead(speed: pumpSpeed).kilopascals / 4
    return least > 3 && dp < least
  }

  /// The pumps make nearly the head of their speed without flow, and nothing passes: what is between them and the racks
  /// is shut, wherever its valves say that they stand.
  mutating func isDeadHeaded(_ curve: PumpCurve) -> Bool {
    guard isFlowExpected, pumpsTurning > 0, manifoldDp.quality == .good, let dp = manifoldDp.value?.kilopascals,
      let flow = rowFlow.value?.litresPerMinute, flow < Evidence.noFlowShare * designFlow
    else { return false }
    if let racks = rackFlowSum.value?.litresPerMinute, racks > Evidence.noFlowShare * designFlow { return false }
    return dp > 0.9 * curve.shutoffHead(speed: pumpSpeed).kilopascals
  }

  /// More than the pumps are ever asked for, while no interlock asks; or their whole head, whoever asks.
  private mutating func manifoldDpHigh(_ isActive: Bool, _ pumps: Settings.Pumps) -> Condition {
    if isDeadHeaded(pumps.curve) {
      return .above(manifoldDp, 0.9 * pumps.curve.shutoffHead(speed: pumpSpeed).kilopascals)
    }
    guard !arePumpsRaised else { return Condition(false) }
    let shutoff = 0.95 * pumps.curve.shutoffHead.kilopascals
    let asked = pumps.control == .differentialPressure ? 1.2 * pumps.dpMax.kilopascals : shutoff
    return .above(manifoldDp, (asked < shutoff ? asked : shutoff) * (isActive ? 0.9 : 1))
  }

  /// Gas in the pumps: the curve says that speed and flow belong to twice the head, and the suction has little
  /// pressure. The headers' difference is less than the pumps' head by coils and filter: hence not more than half.
  private mutating func pumpCavitation(_ limits: Settings.Limits, _ curve: PumpCurve) -> Condition {
    guard supplyPressure.quality == .good, returnPressure.quality == .good,
      let supply = supplyPressure.value, let suction = returnPressure.value, let flow = rowFlow.value
    else { return .unknown }
    guard pumpsTurning > 0 else { return Condition(false) }
    let each = Flow(litresPerMinute: flow.litresPerMinute / Double(pumpsTurning))
    let least = curve.head(speed: pumpSpeed, flow: each).kilopascals / 2
    let head = supply.kilopascals - suction.kilopascals
    let isLow = suction.kilopascals < 2 * limits.suctionPressureLow.kilopascals
    return Condition(isLow && least > 15 && head < least, value: head, limit: least)
  }

  /// Two of: row meter, racks' meters, manifold dP, and the pumps' own word. One dead meter withdraws no permit.
  private mutating func coolingLost(dpMin: Pressure) -> Condition {
    guard isHeated, isFlowExpected else { return Condition(false) }
    var known = 0
    var votes = 0
    func count(_ condition: Condition) {
      if condition.isKnown { known += 1 }
      if condition.isMet { votes += 1 }
    }
    let none = Evidence.noFlowShare * designFlow
    if meteredFlow.quality == .good { count(.below(meteredFlow, none)) }
    count(.below(rackFlowSum, none))
    count(.below(manifoldDp, dpMin.kilopascals / 4))
    count(Condition(arePumpsStopped))
    var condition = Condition(votes >= 2, value: Double(votes), limit: 2)
    condition.isKnown = known >= 2
    return condition
  }

  private var isFlowExpected: Bool {
    mode == .auto || mode == .shutdown || isStartOverdue || (mode != .starting && mode != .tripped && isHeated)
  }
}

extension WriteOutcome {
  /// The device does not do what it is told, though it answers otherwise; its silence has a cause of its own.
  func isRejection(isDeviceSilent: Bool) -> Bool {
    switch self {
    case .none, .accepted: false
    case .refused, .contradicted: true
    case .silent: !isDeviceSilent
    }
  }
  /// The worse of two.
  func with(_ other: WriteOutcome) -> WriteOutcome { rawValue > other.rawValue ? self : other }
}
