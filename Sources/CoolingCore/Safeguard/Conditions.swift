/// What the row's own causes look at, gathered once a cycle. Causes of pumps, racks, fans and leak detectors look at
/// their own readings.
struct Evidence {
  var supplyTemperature: Reading<Temperature>
  var returnTemperature: Reading<Temperature>
  var dewPoint: Reading<Temperature>
  var manifoldDp: Reading<Pressure>
  var supplyPressure: Reading<Pressure>
  var returnPressure: Reading<Pressure>
  var filterDp: Reading<Pressure>
  var level: Reading<Percent>
  var meteredFlow: Reading<Flow>
  /// The best that is known of the row's flow, and the sum of the racks' own meters.
  var rowFlow: Reading<Flow>
  var rackFlowSum: Reading<Flow>
  /// Least flow that the racks must have together, L/min.
  var flowFloor: Double
  var isRedundancyLost: Bool
  var isProtectionDegraded: Bool
  /// Wet leak detectors whose word counts, and whether all of them have one.
  var leakVotes: Int
  var areDetectorsKnown: Bool
  var mode: RowMode
  var isLate: Bool
  /// The row has been starting for longer than a start takes.
  var isStartOverdue: Bool
  /// The racks draw more than a start-up's idle power.
  var isHeated: Bool
  /// Pumps that could run now.
  var pumpsAvailable: Int
  var pumpsRequested: Int
  var pumpCount: Int
}

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
}

extension Evidence {
  /// Condition of a cause of the row.
  ///
  /// - Parameter isActive: the cause is active already, so its hysteresis applies.
  func condition(
    of cause: Cause, isActive: Bool, _ limits: Settings.Limits, _ pumps: Settings.Pumps
  ) -> Condition {
    let back = isActive ? 3.0 : 0
    switch cause {
    case .flowLoss: return flowLoss(isActive, dpMin: pumps.dpMin)
    case .supplyHighHigh: return .above(supplyTemperature, limits.supplyHighHigh.celsius - back)
    case .supplyHigh: return .above(supplyTemperature, limits.supplyHigh.celsius - back / 3)
    case .supplyNearDewPoint:
      guard mode.isCooling, let dewPoint = dewPoint.value else { return Condition(false) }
      return .below(supplyTemperature, dewPoint.celsius + 1)
    case .returnHighHigh: return .above(returnTemperature, limits.returnHighHigh.celsius - back)
    case .supplyTemperatureLost: return Condition(supplyTemperature.isLost)
    case .hydraulicsLost: return Condition(pumps.control == .flow ? meteredFlow.isLost : manifoldDp.isLost)
    case .overPressure: return .above(supplyPressure, limits.supplyPressureHigh.kilopascals)
    case .levelLow: return .below(level, limits.levelLow.percent + back)
    case .levelLowLow: return .below(level, limits.levelLowLow.percent + back)
    case .suctionLost: return suctionLost(limits)
    case .leakConfirmed: return leakConfirmed(levelLow: limits.levelLow)
    case .filterClogged: return .above(filterDp, limits.filterDpHigh.kilopascals - back)
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
  private func flowLoss(_ isActive: Bool, dpMin: Pressure) -> Condition {
    let isExpected = mode == .auto || mode == .shutdown || isStartOverdue
    guard isExpected || (mode != .starting && mode != .tripped && isHeated) else { return Condition(false) }
    let floor = flowFloor * (isActive ? 1.2 : 1)
    let meter = Condition.below(rowFlow, floor)
    let racks = Condition.below(rackFlowSum, floor)
    if meter.isKnown || racks.isKnown { return racks.isMet ? racks : meter }
    return .below(manifoldDp, dpMin.kilopascals / 2)
  }

  /// A stop needs good evidence: a held, stale or frozen value is none.
  private func suctionLost(_ limits: Settings.Limits) -> Condition {
    guard level.quality == .good, returnPressure.quality == .good else { return .unknown }
    let low = Condition.below(level, limits.levelLowLow.percent)
    let pressure = Condition.below(returnPressure, limits.suctionPressureLow.kilopascals)
    return Condition(low.isMet && pressure.isMet, value: pressure.value, limit: pressure.limit)
  }

  private func leakConfirmed(levelLow: Percent) -> Condition {
    var votes = leakVotes
    if votes > 0, level.quality == .good, Condition.below(level, levelLow.percent).isMet { votes += 1 }
    var condition = Condition(votes >= 2, value: Double(votes), limit: 2)
    condition.isKnown = areDetectorsKnown || condition.isMet
    return condition
  }
}

extension Measurements.Pump {
  func condition(of cause: Cause, sent: Demand.Pump) -> Condition {
    switch cause {
    case .pumpFault: Condition(fault.isSet)
    case .pumpNotRunning: Condition(sent.run && running.isClear && !fault.isSet && !remote.isClear)
    case .pumpSilent: Condition(running.isLost)
    default: Condition(remote.isClear && !fault.isSet)
    }
  }
}

extension Measurements.Rack {
  /// What a rack's causes compare its readings with.
  struct Expected {
    var chip: Reading<Temperature>
    var chipLimit: Temperature
    var flowSetpoint: Flow
    /// Percent open, as sent last.
    var valve: Double
    var mode: RowMode
  }

  func condition(of cause: Cause, isActive: Bool, _ expected: Expected) -> Condition {
    switch cause {
    case .chipHigh: return .above(expected.chip, expected.chipLimit.celsius - (isActive ? 3 : 0))
    case .rackFlowLow:
      guard expected.mode == .auto else { return Condition(false) }
      return .below(flow, expected.flowSetpoint.litresPerMinute * (isActive ? 0.9 : 0.75))
    case .rackFlowLost: return Condition(flow.isLost || flow.quality == .uncertain(.frozen))
    case .rackPowerLost: return Condition(power.isLost)
    default:
      guard let position = valvePosition.value?.percent else {
        return Condition(valvePosition.isLost || valveFault.isSet)
      }
      let off = position - expected.valve
      return Condition(off > 10 || off < -10 || valveFault.isSet, value: off, limit: 10)
    }
  }
}

extension Measurements.Fan {
  /// - Parameter sent: speed demand, percent.
  func condition(of cause: Cause, sent: Double) -> Condition {
    guard cause == .fanFault else { return Condition(speed.isLost) }
    let isShort = speed.value.map { $0.percent < sent / 2 } ?? false
    return Condition(fault.isSet || (sent > 0 && isShort), value: speed.value?.percent ?? 0, limit: sent / 2)
  }
}

extension Measurements.Leak {
  func condition(of cause: Cause) -> Condition {
    cause == .leakDetected ? Condition(alarm.isSet) : Condition(fault.isSet || alarm.isLost)
  }

  /// A wet detector is a vote unless it says itself that it is broken.
  var isVote: Bool { alarm.isSet && alarm.quality == .good && !fault.isSet }
}

extension Measurements {
  /// Installed instruments of a role no longer back each other.
  @inline(__always)
  var isRedundancyLost: Bool {
    supplyTemperature.isDoubted || returnTemperature.isDoubted || manifoldDp.isDoubted || dewPoint.isDoubted
  }

  /// An instrument is lost that a safeguard looks at and that has no cause of its own.
  @inline(__always)
  var isProtectionDegraded: Bool {
    reservoirLevel.isLost || returnPressure.isLost || supplyPressure.isLost || returnTemperature.isLost
      || hallTemperature.isLost || facilityTemperature.isLost || filterDp.isLost || rowFlow.isLost
  }
}

extension Reading {
  fileprivate var isDoubted: Bool { quality == .uncertain(.lostRedundancy) || quality == .uncertain(.disagreement) }
}
