public import CoolingCore

/// Between the core's types and the words of a recorded cycle. What the loop calls takes everything by reference and
/// only stores numbers.
public enum CycleWords {
  /// What the core is given.
  @inline(__always)
  public static func write(
    signals: Span<Signal>, writes: Span<WriteOutcome>, isBusLost: Span<Bool>, into words: inout MutableSpan<UInt64>
  ) {
    for slot in 0..<InputSlot.count {
      words[CycleLayout.values + slot] = signals[slot].value.bitPattern
      words[CycleLayout.ages + slot] = signals[slot].ageS.bitPattern
      words[CycleLayout.outcomes + slot] = UInt64(signals[slot].outcome.rawValue)
    }
    for slot in 0..<OutputSlot.count { words[CycleLayout.writes + slot] = UInt64(writes[slot].rawValue) }
    for bus in 0..<Capacity.buses { words[CycleLayout.buses + bus] = isBusLost[bus] ? 1 : 0 }
  }

  /// What the core made of it. By reference, since a core is large; it is not changed.
  public static func writeDecision(_ core: inout ControlCycle, into words: inout MutableSpan<UInt64>) {
    let demand = core.actuation.demand
    for i in 0..<Capacity.pumps {
      words[CycleLayout.demands + OutputSlot.pumpRun(i)] = demand.pumps[i].run ? 1 : 0
      words[CycleLayout.demands + OutputSlot.pumpSpeed(i)] = demand.pumps[i].speed.bitPattern
    }
    for i in 0..<Capacity.racks {
      words[CycleLayout.demands + OutputSlot.rackValve(i)] = demand.rackValves[i].bitPattern
      words[CycleLayout.demands + OutputSlot.permit(i)] = demand.permits[i] ? 1 : 0
    }
    for i in 0..<Capacity.fans {
      words[CycleLayout.demands + OutputSlot.fan(i)] = demand.fans[i].bitPattern
      words[CycleLayout.demands + OutputSlot.coilValve(i)] = demand.coilValves[i].bitPattern
    }
    words[CycleLayout.demands + OutputSlot.facilityValve] = demand.facilityValve.bitPattern
    let owners = core.actuation.owners
    for i in 0..<Actuator.count { words[CycleLayout.owners + i] = UInt64(owners[i].rawValue) }
    words[CycleLayout.mode] = UInt64(core.mode.rawValue)
    words[CycleLayout.reason] = UInt64(core.modeReason.rawValue)
    words[CycleLayout.driven] = (core.actuation.isDriven ? 1 : 0) | (core.actuation.resetsDrives ? 2 : 0)
    writeWorking(&core, into: &words)
    writeEvents(&core, into: &words)
  }

  private static func writeWorking(_ core: inout ControlCycle, into words: inout MutableSpan<UInt64>) {
    func set(_ name: CycleLayout.Working, _ value: Double?) {
      words[CycleLayout.working + name.rawValue] = value?.bitPattern ?? CycleLayout.none
    }
    /// A PID's terms have their words in this order, from its proportional one on.
    func setTerms(_ first: CycleLayout.Working, _ pid: PID.Working) {
      let at = CycleLayout.working + first.rawValue
      words[at] = pid.proportional.bitPattern
      words[at + 1] = pid.integral.bitPattern
      words[at + 2] = pid.derivative.bitPattern
      words[at + 3] = pid.feedForward.bitPattern
      words[at + 4] = pid.output.bitPattern
    }
    set(.supplyC, core.measurements.supplyTemperature.value?.celsius)
    set(.returnC, core.measurements.returnTemperature.value?.celsius)
    set(.dpKpa, core.measurements.manifoldDp.value?.kilopascals)
    set(.flowLpm, core.estimate.rowFlow.value?.litresPerMinute)
    set(.heatKw, core.estimate.heat.kilowatts)
    set(.supplySetpointC, core.guide.supply.celsius)
    set(.operatorSetpointC, core.supplySetpoint.celsius)
    let pumps = core.pumpGroup.working
    set(.dpSetpointKpa, pumps.dpSetpoint.kilopascals)
    setTerms(.pumpProportional, pumps.pid)
    set(.pumpsWanted, Double(pumps.wanted))
    let supply = core.rejection.working
    set(.sinkSetpointC, supply.setpoint.celsius)
    setTerms(.supplyProportional, supply.pid)
    set(.outletC, supply.outlet.celsius)
    set(.effectiveness, supply.effectiveness)
  }

  private static func writeEvents(_ core: inout ControlCycle, into words: inout MutableSpan<UInt64>) {
    let count = core.events.count
    words[CycleLayout.eventCount] = UInt64(count + core.events.dropped)
    for i in 0..<CycleLayout.eventsMax {
      let at = CycleLayout.events + i * CycleLayout.eventWords
      guard i < count else {
        for word in 0..<CycleLayout.eventWords { words[at + word] = 0 }
        continue
      }
      let event = core.events[i]
      words[at] = UInt64(event.kind.rawValue) | (event.isHidden ? 256 : 0)
      words[at + 1] = event.instance.map { CommandCode.word($0) } ?? UInt64(truncatingIfNeeded: event.index)
      words[at + 2] = event.value.bitPattern
      words[at + 3] = event.limit.bitPattern
    }
  }
}

// MARK: - Back again

extension CycleWords {
  /// What is kept of a cycle's events about causes.
  public static func events(_ words: [UInt64]) -> [(kind: CycleEvent.Kind, instance: CauseInstance?)] {
    (0..<min(Int(truncatingIfNeeded: words[CycleLayout.eventCount]), CycleLayout.eventsMax)).compactMap { index in
      let at = CycleLayout.events + index * CycleLayout.eventWords
      guard let kind = CycleEvent.Kind(rawValue: UInt8(truncatingIfNeeded: words[at])) else { return nil }
      return (kind, CommandCode.instance(words[at + 1]))
    }
  }
}

extension Scan {
  /// Takes its values from a recorded cycle.
  mutating func read(_ words: Span<UInt64>) {
    for slot in 0..<InputSlot.count {
      signals[slot].value = Double(bitPattern: words[CycleLayout.values + slot])
      signals[slot].ageS = Double(bitPattern: words[CycleLayout.ages + slot])
      let outcome = UInt8(truncatingIfNeeded: words[CycleLayout.outcomes + slot])
      signals[slot].outcome = Signal.Outcome(rawValue: outcome) ?? .never
    }
    for slot in 0..<OutputSlot.count {
      writes[slot] = WriteOutcome(rawValue: UInt8(truncatingIfNeeded: words[CycleLayout.writes + slot])) ?? .none
    }
    for bus in 0..<Capacity.buses { isBusLost[bus] = words[CycleLayout.buses + bus] != 0 }
  }
}

/// Ages on disk. The loop takes them as whole nanoseconds, so they are kept as such: those of one reply are the same
/// number, and from cycle to cycle they differ by little. A number that is not the exact quotient keeps its own bits,
/// which no count of nanoseconds below 2⁵² can be taken for.
enum AgeCode {
  private static let limit: UInt64 = 1 << 52

  static func encode(_ word: UInt64) -> UInt64 {
    let ageS = Double(bitPattern: word)
    guard ageS >= 0, ageS < 4e6 else { return word }
    let ns = (ageS * 1e9).rounded()
    return (ns / 1e9).bitPattern == word ? UInt64(ns) : word
  }

  static func decode(_ word: UInt64) -> UInt64 { word < limit ? (Double(word) / 1e9).bitPattern : word }
}
