/// From demands to registers. Every output is a lease: written when it changes, and again before the device would
/// give the daemon up. What only looks is `mutating` all the same where it is called for every output of every cycle:
/// otherwise the plan is copied for the call.
extension BusEngine {
  mutating func write(_ demands: OutputDemands, nowNs: Int64) {
    timeoutsLeft = BusMaster.timeoutsPerCallMax
    // A lease that would run out before the next call, if that comes as late as this one did, is renewed now.
    let untilNextNs = lastWriteNs.map { nowNs - $0 } ?? 0
    lastWriteNs = nowNs
    // Devices not reached below still have to know what is asked of them.
    for index in commands.indices { note(demands.values[plan.commands[index].slot], for: index) }
    let first = firstToWrite
    firstToWrite = 0
    for offset in devices.indices {
      let device = (first + offset) % devices.count
      guard timeoutsLeft > 0 else {
        firstToWrite = device
        break
      }
      write(device, demands, nowNs, untilNextNs)
    }
  }

  private mutating func write(_ device: Int, _ demands: OutputDemands, _ nowNs: Int64, _ untilNextNs: Int64) {
    // One silence may be chance, and the output matters; a device silent twice is left to the scan's probes.
    let canProbe = plan.devices[device].points.isEmpty && devices[device].probeNs <= nowNs
    guard devices[device].failures <= 1 || canProbe else { return }
    guard takesCommands(device, demands, nowNs) else { return }
    for index in plan.devices[device].commands {
      let slot = plan.commands[index].slot
      guard let demand = demands.values[slot] else { continue }
      guard let pattern = pattern(index, demand, reset: demands.resetRequested[slot]) else {
        commands[index].state.outcome = .invalidValue
        // While the link is down, what the demand is relative to may just not have been read yet.
        if devices[device].isConnected { refused(index) }
        continue
      }
      let isDue = nowNs + untilNextNs >= commands[index].state.lastSuccessNs + plan.commands[index].refreshNs
      let isUrgent = demands.isUrgent[slot] && isNews(pattern, index)
      guard isChange(index, pattern, demand) ? isUrgent || mayChange(index, nowNs) : isDue else { continue }
      guard isUrgent || isAffordable(index, nowNs) else {
        commands[index].state.outcome = .overBudget
        refused(index)
        continue
      }
      guard send(index, pattern, to: device, nowNs) else { return }
    }
    beat(device, demands, nowNs)
  }

  /// A demand that moved by no more than the deadband waits for its turn to be renewed.
  private mutating func isChange(_ index: Int, _ pattern: UInt64, _ demand: Double) -> Bool {
    guard let sent = commands[index].sent else { return true }
    guard sent != pattern else { return false }
    guard case .analog(let analog) = plan.commands[index].form else { return true }
    return analog.limits.isWorthWriting(demand, after: commands[index].sentValue)
  }

  private mutating func mayChange(_ index: Int, _ nowNs: Int64) -> Bool {
    guard case .analog(let analog) = plan.commands[index].form else { return true }
    return nowNs - commands[index].changedNs >= analog.limits.minIntervalNs
  }

  /// A device that confirmed this value and does not hold it is told again no oftener than its limits allow.
  private mutating func isNews(_ pattern: UInt64, _ index: Int) -> Bool {
    commands[index].sentValue == nil || value(of: pattern, index) != commands[index].sentValue
  }

  private mutating func isAffordable(_ index: Int, _ nowNs: Int64) -> Bool {
    guard case .analog(let analog) = plan.commands[index].form, let perDay = analog.limits.writesPerDay else {
      return true
    }
    return commands[index].budget.spend(perDay: perDay, nowNs: nowNs)
  }

  /// Returns whether the device answered, be it with a refusal.
  mutating func send(_ index: Int, _ pattern: UInt64, to device: Int, _ nowNs: Int64) -> Bool {
    commands[index].sent = nil
    statistics.requests += 1
    wasAsked = true
    let registers = RegisterBlock(
      pattern: pattern, count: plan.commands[index].format.registers, wordOrder: plan.commands[index].wordOrder,
      byteOrder: plan.commands[index].byteOrder)
    do throws(ModbusFault) {
      try link.write(
        plan.commands[index].area, unit: plan.devices[device].unit, address: plan.commands[index].address,
        registers: registers)
    } catch {
      statistics.count(error)
      commands[index].state.outcome = Outcome(error)
      if case .exception = error, !error.isSilence {
        answered(device)
        refused(index)
        return true
      }
      lose(device, error, nowNs)
      return false
    }
    answered(device)
    devices[device].isInCommand = true
    commands[index].confirmed(pattern, value(of: pattern, index), nowNs)
    return true
  }

  mutating func refused(_ index: Int) {
    commands[index].refusals = min(commands[index].refusals + 1, BusMaster.contradictionScans)
  }

  private mutating func note(_ demand: Double?, for index: Int) {
    commands[index].state.demand = demand
    if demand == nil { commands[index].withdrawn() }
  }

  mutating func pattern(_ index: Int, _ demand: Double, reset: Bool) -> UInt64? {
    switch plan.commands[index].form {
    case .analog(let analog):
      guard let reference = reference(analog) else { return nil }
      // From what it was last told; before that, from what it says it works to.
      var last = commands[index].sentValue
      if last == nil, let readBack = plan.commands[index].readBack, points[readBack.point].timeNs != nil {
        last = points[readBack.point].value
      }
      return Codec.encode(
        analog.limits.step(from: last, to: demand), scaling: analog.scaling, reference: reference.value,
        rawMin: analog.rawMin, rawMax: analog.rawMax, format: plan.commands[index].format)
    case .word(let word):
      guard !demand.isNaN else { return nil }
      return UInt64(controlWord(word, run: demand >= 0.5, reset: reset, last: commands[index].sent))
    }
  }

  /// The inverse of the encoding: what the device was really told, after clamping and rounding.
  private mutating func value(of pattern: UInt64, _ index: Int) -> Double? {
    guard case .analog(let analog) = plan.commands[index].form, let reference = reference(analog),
      let raw = Codec.number(pattern, format: plan.commands[index].format)
    else { return nil }
    return analog.scaling.value(raw, reference: reference.value)
  }

  /// nil when the reference is needed and not known.
  private mutating func reference(_ analog: AnalogPlan) -> (value: Double?, Void)? {
    guard let reference = analog.reference else { return (nil, ()) }
    return points[reference].timeNs == nil ? nil : (points[reference].value, ())
  }

  /// Reset and stop alternate while the device reports a trip: drives acknowledge on the edge.
  private mutating func controlWord(_ word: WordPlan, run: Bool, reset: Bool, last: UInt64?) -> UInt16 {
    if reset, let resetWord = word.reset, let fault = word.fault, isTrue(fault) {
      return last == UInt64(resetWord) ? word.stop : resetWord
    }
    guard run else { return word.stop }
    for step in word.steps {
      guard let until = plan.steps[step].until, !isKnownFalse(until) else { return plan.steps[step].value }
    }
    return word.stop
  }

  /// By its last value: a lost reply says nothing about the drive, and must not take a running one back to its first
  /// step, which on many is the stop word.
  private mutating func isKnownFalse(_ point: Int) -> Bool { points[point].timeNs != nil && points[point].value == 0 }

  private mutating func isTrue(_ point: Int) -> Bool { points[point].outcome == .good && points[point].value != 0 }
}
