/// What the causes look at, gathered once a cycle.
struct Evidence {
  var measurements: Measurements
  var estimate: RowEstimate
  var flowSetpoints: PerRack<Flow>
  /// What was sent last.
  var sent: Demand
  var mode: RowMode
  var isLate: Bool
  /// The row has been starting for longer than a start takes.
  var isStartOverdue: Bool
  /// The racks draw more than a start-up's idle power.
  var isHeated: Bool
  /// Pumps that could run now.
  var pumpsAvailable: Int
  var pumpsRequested: Int
}

/// A condition with the number that decided it, kept as evidence of a trip.
struct Condition {
  var isMet: Bool
  /// False where what it looks at is not measured: then nothing new is concluded, and what is active stays so.
  var isKnown = true
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
}

extension Evidence {
  /// - Parameter isActive: the cause is active already, so its hysteresis applies.
  func condition(of cause: Cause, _ index: Int, isActive: Bool, settings: Settings) -> Condition {
    switch cause.scope {
    case .row: row(cause, isActive, settings)
    case .pump: pump(cause, measurements.pumps[index], sent.pumps[index])
    case .rack: rack(cause, index, isActive, settings)
    case .fan, .leakZone: unit(cause, index)
    }
  }

  private func row(_ cause: Cause, _ isActive: Bool, _ settings: Settings) -> Condition {
    let limits = settings.limits
    let back = isActive ? 3.0 : 0
    switch cause {
    case .flowLoss: return flowLoss(isActive, settings)
    case .supplyHighHigh: return .above(measurements.supplyTemperature, limits.supplyHighHigh.celsius - back)
    case .supplyHigh: return .above(measurements.supplyTemperature, limits.supplyHigh.celsius - back / 3)
    case .supplyNearDewPoint:
      guard mode.isCooling, let dewPoint = measurements.dewPoint.value else { return Condition(false) }
      return .below(measurements.supplyTemperature, dewPoint.celsius + 1)
    case .returnHighHigh: return .above(measurements.returnTemperature, limits.returnHighHigh.celsius - back)
    case .supplyTemperatureLost: return Condition(measurements.supplyTemperature.isLost)
    case .hydraulicsLost:
      let lost =
        settings.pumps.control == .flow ? measurements.rowFlow.isLost : measurements.manifoldDp.isLost
      return Condition(lost)
    case .overPressure: return .above(measurements.supplyPressure, limits.supplyPressureHigh.kilopascals)
    case .levelLow: return .below(measurements.reservoirLevel, limits.levelLow.percent + back)
    case .levelLowLow: return .below(measurements.reservoirLevel, limits.levelLowLow.percent + back)
    case .suctionLost:
      // A stop needs good evidence: a held, stale or frozen value is none.
      guard measurements.reservoirLevel.quality == .good, measurements.returnPressure.quality == .good else {
        return .unknown
      }
      let level = Condition.below(measurements.reservoirLevel, limits.levelLowLow.percent)
      let pressure = Condition.below(measurements.returnPressure, limits.suctionPressureLow.kilopascals)
      return Condition(level.isMet && pressure.isMet, value: pressure.value, limit: pressure.limit)
    case .leakConfirmed: return leakConfirmed(settings)
    case .filterClogged: return .above(measurements.filterDp, limits.filterDpHigh.kilopascals - back)
    case .dewPointLost: return Condition(measurements.dewPoint.isLost)
    case .pumpRedundancyLost:
      let needed = Double(max(pumpsRequested, settings.pumps.minimumRunning) + 1)
      let spare = settings.pumpCount > settings.pumps.minimumRunning && pumpsAvailable < settings.pumpCount
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
  private func flowLoss(_ isActive: Bool, _ settings: Settings) -> Condition {
    let isExpected = mode == .auto || mode == .shutdown || isStartOverdue
    guard isExpected || (mode != .starting && mode != .tripped && isHeated) else { return Condition(false) }
    var floor = 0.0
    for i in 0..<settings.rackCount { floor += settings.racks[i].designFlow.litresPerMinute }
    floor *= settings.rackFlow.floor * settings.limits.rowFlowLow * (isActive ? 1.2 : 1)
    let meter = Condition.below(estimate.rowFlow, floor)
    let racks = Condition.below(estimate.rackFlowSum, floor)
    if meter.isKnown || racks.isKnown { return racks.isMet ? racks : meter }
    return .below(measurements.manifoldDp, settings.pumps.dpMin.kilopascals / 2)
  }

  /// A wet detector is a vote unless it says itself that it is broken.
  private func leakConfirmed(_ settings: Settings) -> Condition {
    var votes = 0
    var isKnown = true
    for i in 0..<settings.leakZoneCount {
      let leak = measurements.leaks[i]
      if leak.alarm.isLost { isKnown = false }
      if leak.alarm.isSet && leak.alarm.quality == .good && !leak.fault.isSet { votes += 1 }
    }
    let level = measurements.reservoirLevel
    if votes > 0, level.quality == .good, Condition.below(level, settings.limits.levelLow.percent).isMet { votes += 1 }
    var condition = Condition(votes >= 2, value: Double(votes), limit: 2)
    condition.isKnown = isKnown || condition.isMet
    return condition
  }

  /// Installed instruments of a role that no longer back each other.
  private var isRedundancyLost: Bool {
    func isDoubted<Q>(_ reading: Reading<Q>) -> Bool {
      reading.quality == .uncertain(.lostRedundancy) || reading.quality == .uncertain(.disagreement)
    }
    return isDoubted(measurements.supplyTemperature) || isDoubted(measurements.returnTemperature)
      || isDoubted(measurements.manifoldDp) || isDoubted(measurements.dewPoint)
  }

  /// An instrument is lost that a safeguard looks at and that has no cause of its own.
  private var isProtectionDegraded: Bool {
    measurements.reservoirLevel.isLost || measurements.returnPressure.isLost || measurements.supplyPressure.isLost
      || measurements.returnTemperature.isLost || measurements.hallTemperature.isLost
      || measurements.facilityTemperature.isLost || measurements.filterDp.isLost || measurements.rowFlow.isLost
  }

  private func pump(_ cause: Cause, _ pump: Measurements.Pump, _ sent: Demand.Pump) -> Condition {
    switch cause {
    case .pumpFault: Condition(pump.fault.isSet)
    case .pumpNotRunning: Condition(sent.run && pump.running.isClear && !pump.fault.isSet && !pump.remote.isClear)
    case .pumpSilent: Condition(pump.running.isLost)
    default: Condition(pump.remote.isClear && !pump.fault.isSet)
    }
  }

  private func rack(_ cause: Cause, _ index: Int, _ isActive: Bool, _ settings: Settings) -> Condition {
    let rack = measurements.racks[index]
    switch cause {
    case .chipHigh:
      return .above(estimate.racks[index].chip, settings.racks[index].chipLimit.celsius - (isActive ? 3 : 0))
    case .rackFlowLow:
      guard mode == .auto else { return Condition(false) }
      return .below(rack.flow, flowSetpoints[index].litresPerMinute * (isActive ? 0.9 : 0.75))
    case .rackFlowLost: return Condition(rack.flow.isLost || rack.flow.quality == .uncertain(.frozen))
    case .rackPowerLost: return Condition(rack.power.isLost)
    default:
      guard let position = rack.valvePosition.value?.percent else {
        return Condition(rack.valvePosition.isLost || rack.valveFault.isSet)
      }
      let off = position - sent.rackValves[index]
      return Condition(off > 10 || off < -10 || rack.valveFault.isSet, value: off, limit: 10)
    }
  }

  private func unit(_ cause: Cause, _ index: Int) -> Condition {
    switch cause {
    case .fanFault:
      let fan = measurements.fans[index]
      let demanded = sent.fans[index]
      let short = fan.speed.value.map { $0.percent < demanded / 2 } ?? false
      return Condition(
        fan.fault.isSet || (demanded > 0 && short), value: fan.speed.value?.percent ?? 0, limit: demanded / 2)
    case .fanSilent: return Condition(measurements.fans[index].speed.isLost)
    case .leakDetected: return Condition(measurements.leaks[index].alarm.isSet)
    default: return Condition(measurements.leaks[index].fault.isSet || measurements.leaks[index].alarm.isLost)
    }
  }
}
