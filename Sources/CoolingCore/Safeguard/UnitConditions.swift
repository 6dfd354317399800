/// Conditions of the causes of pumps, racks, fans and leak detectors.
extension Measurements.Pump {
  mutating func condition(of cause: Cause, sent: Demand.Pump, write: WriteOutcome) -> Condition {
    switch cause {
    case .pumpFault: Condition(fault.isSet)
    case .pumpNotRunning: Condition(sent.run && running.isClear && !fault.isSet && !remote.isClear)
    case .pumpSilent: Condition(running.isLost)
    case .pumpSpeedDeviation: speedDeviation(sent)
    case .pumpOutputRefused: Condition(write.isRejection(isDeviceSilent: running.isLost))
    default: Condition(remote.isClear && !fault.isSet)
    }
  }

  private func speedDeviation(_ sent: Demand.Pump) -> Condition {
    guard sent.run, running.isSet, !fault.isSet, !remote.isClear, let speed = speed.value else {
      return Condition(false)
    }
    let off = speed.percent - sent.speed
    return Condition(off > 5 || off < -5, value: off, limit: 5)
  }
}

extension Measurements.Rack {
  /// What a rack's causes compare its readings with.
  struct Expected {
    var chip = Reading<Temperature>.absent
    /// The best that is known of it.
    var flow = Reading<Flow>.absent
    var chipLimit = Temperature(celsius: 0)
    var flowSetpoint = Flow(litresPerMinute: 0)
    /// Percent open, as sent last.
    var valve = 0.0
    var mode = RowMode.off
    var write = WriteOutcome.none
    var leak = LeakWatch.Verdict()
    /// Its valve is shut on purpose: what follows from that says nothing new.
    var isIsolated = false
    /// So it is, or on its way back.
    var isShort = false
    /// It may draw power; true too where no permit of ours reaches it.
    var isPermitted = false
    var rated = Power(kilowatts: 0)
  }

  mutating func condition(of cause: Cause, isActive: Bool, _ expected: Expected) -> Condition {
    switch cause {
    case .rackLeak: return expected.leak.condition
    case .rackOutputRefused: return Condition(expected.write.isRejection(isDeviceSilent: valvePosition.isLost))
    case .rackValveDeviation:
      if valveFault.isSet { return Condition(true, limit: 10) }
      return .deviation(valvePosition, from: expected.valve)
    case .rackPowerLost: return Condition(power.isLost)
    case .rackIgnoresPermit:
      guard !expected.isPermitted else { return Condition(false) }
      guard power.quality == .good else { return .unknown }
      return .above(power, Isolation.powerGoneShare * expected.rated.kilowatts)
    case _ where expected.isIsolated: return Condition(false)
    case .chipHigh, .chipHighHigh:
      guard !isIdle(expected) else { return Condition(false) }
      let hysteresis = isActive ? -3.0 : 0
      return .above(expected.chip, expected.chipLimit.celsius + hysteresis + (cause == .chipHigh ? 0 : 3))
    case .rackFlowLow:
      guard expected.mode == .auto, !expected.isShort else { return Condition(false) }
      return .below(expected.flow, expected.flowSetpoint.litresPerMinute * (isActive ? 0.9 : 0.75))
    case .rackFlowLost:
      return Condition(flow.isLost || flow.quality == .uncertain(.frozen) || flow.isContradicted)
    default: return Condition(false)
    }
  }
}

extension Measurements.Rack {
  /// Without permit, and nothing says that it draws power: a chip temperature that is only calculated is what once was.
  @inline(__always)
  private mutating func isIdle(_ expected: Expected) -> Bool {
    guard !expected.isPermitted, chipTemperature.value == nil else { return false }
    guard power.quality == .good, let power = power.value else { return true }
    return power.kilowatts < Isolation.powerGoneShare * expected.rated.kilowatts
  }
}

extension Measurements.Fan {
  /// What a fan's causes compare its readings with.
  struct Expected {
    /// Speed demand, percent; the coil valve's, nil where the coil has none.
    var speed = 0.0
    var valve: Double?
    var write = WriteOutcome.none
    var leak = LeakWatch.Verdict()
  }

  mutating func condition(of cause: Cause, _ expected: Expected) -> Condition {
    switch cause {
    case .fanFault:
      let least = expected.speed / 2
      let isShort = speed.value.map { $0.percent < least } ?? false
      return Condition(fault.isSet || (least > 0 && isShort), value: speed.value?.percent ?? 0, limit: least)
    case .fanOutputRefused: return Condition(expected.write.isRejection(isDeviceSilent: speed.isLost))
    case .coilValveDeviation:
      guard let valve = expected.valve else { return Condition(false) }
      return .deviation(valvePosition, from: valve)
    case .coilLeak: return expected.leak.condition
    default: return Condition(speed.isLost)
    }
  }
}

extension Measurements.Leak {
  mutating func condition(of cause: Cause) -> Condition {
    cause == .leakDetected ? Condition(alarm.isSet) : Condition(fault.isSet || alarm.isLost)
  }

  /// A wet detector is a vote unless it says itself that it is broken.
  var isVote: Bool { alarm.isSet && alarm.quality == .good && !fault.isSet }
}
