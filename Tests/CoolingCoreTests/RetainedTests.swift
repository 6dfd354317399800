import Testing

@testable import CoolingCore

/// OPS-016: what a restart brings back, and what it leaves behind.
struct RetainedTests {
  /// A daemon that starts anew beside the same plant.
  private func restarted(_ bench: RowBench, _ settings: Settings = .bench) -> RowBench {
    var next = RowBench(settings)
    next.core.restore(bench.core.retained)
    return next
  }

  @Test func trippedRowStaysTrippedAndStartsNoPump() {
    var bench = RowBench.inAuto()
    bench[InputSlot.emergencyStop] = 1
    bench.step(10)
    #expect(bench.core.mode == .tripped)
    var next = restarted(bench)
    next.takeOver(pumps: [])
    for _ in 0..<30 {
      #expect(next.core.mode == .tripped && next.runningPumps.isEmpty)
      next.step()
    }
    #expect(next.isActive(.emergencyStop))
    #expect(next.core.interlocks.firstOut == CauseInstance(cause: .emergencyStop, index: 0))
    #expect(next.core.modeReason == .stopInterlock)
    #expect(next.core.apply(.setMode(.auto)) == .refused(.isTripped))
    #expect(next.core.apply(.reset(nil)) == .accepted)
    next.step()
    #expect(next.core.mode == .starting)
  }

  @Test func tripWhoseFirstCauseHasGoneHasAFirstOutAllTheSame() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.supplyTemperature, 47)
    bench.step(5)
    #expect(bench.core.interlocks.firstOut?.cause == .supplyHighHigh)
    bench[InputSlot.emergencyStop] = 1
    bench.step(5)
    bench.set(redundant: InputSlot.supplyTemperature, 40)
    bench.step(60)
    #expect(!bench.isActive(.supplyHighHigh) && bench.core.mode == .tripped)
    let next = restarted(bench)
    #expect(next.core.interlocks.firstOut == CauseInstance(cause: .emergencyStop, index: 0))
  }

  @Test func trippedRowWhosePumpsTurnIsStoppedAgain() {
    var bench = RowBench.inAuto()
    bench[InputSlot.emergencyStop] = 1
    bench.step(10)
    var next = restarted(bench)
    next.takeOver(pumps: [0, 1])
    next.step()
    #expect(next.core.mode == .tripped && next.runningPumps.isEmpty)
  }

  @Test func offStaysOffAndStartsNoPumpForEvenACycle() {
    var bench = RowBench.inAuto()
    for rack in 0..<RowBench.racks { bench[.rack(rack, .power)] = 0 }
    bench.step(200)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    bench.step(5)
    for heat in [0.0, 80] {
      var next = restarted(bench)
      for rack in 0..<RowBench.racks { next[.rack(rack, .power)] = heat }
      next.takeOver(pumps: [])
      for _ in 0..<100 {
        #expect(next.core.mode == .off && next.runningPumps.isEmpty)
        next.step()
      }
    }
  }

  @Test func rowThatWasOffAndIsFoundRunningHotCoolsOn() {
    var bench = RowBench.inAuto()
    for rack in 0..<RowBench.racks { bench[.rack(rack, .power)] = 0 }
    bench.step(200)
    _ = bench.core.apply(.setMode(.off))
    bench.step()
    var next = restarted(bench)
    next.takeOver(pumps: [0, 1])
    next.step()
    #expect(next.core.mode == .shutdown && next.runningPumps == [0, 1])
    var cold = restarted(bench)
    for rack in 0..<RowBench.racks { cold[.rack(rack, .power)] = 0 }
    cold.takeOver(pumps: [0, 1])
    #expect(cold.core.mode == .off && cold.runningPumps.isEmpty)
  }

  @Test func isolatedRackStaysIsolatedAndWithoutPermit() {
    var settings = Settings.bench
    settings.leakZones[0].watches = .rack(1)
    settings.leakZones[0].isCritical = true
    var bench = RowBench.inAuto(settings)
    bench[.leak(0, .alarm)] = 1
    bench.step(30)
    #expect(bench.core.isolation.racks[1])
    var next = restarted(bench, settings)
    next.takeOver(pumps: [0, 1])
    for _ in 0..<60 {
      #expect(next.core.isolation.racks[1] && next.isActive(.rackLeak, 1))
      #expect(!next.sent.permits[1])
      next.step()
    }
    #expect(next.sent.rackValves[1] == 0 && next.sent.rackValves[0] > 20)
    #expect(next.sent.permits[0])
    #expect(next.core.apply(.reset(CauseInstance(cause: .rackLeak, index: 1))) == .accepted)
    next.step(5)
    #expect(!next.core.isolation.racks[1])
  }

  @Test func whatAPersonDidAboutAlarmsIsKept() {
    var bench = RowBench.inAuto()
    let fault = CauseInstance(cause: .pumpFault, index: 2)
    bench[.pump(2, .fault)] = 1
    bench.step(3)
    #expect(bench.core.apply(.acknowledge(fault)) == .acknowledged(1))
    let shelved = CauseInstance(cause: .fanFault, index: 1)
    #expect(bench.core.apply(.shelve(shelved, seconds: 600)) == .accepted)
    let out = CauseInstance(cause: .fanSilent, index: 3)
    #expect(bench.core.apply(.setOutOfService(out, true)) == .accepted)
    bench.step()
    var next = restarted(bench)
    next.takeOver(pumps: [0, 1])
    next[.pump(2, .fault)] = 1
    next.step(5)
    func alarm(_ instance: CauseInstance) -> CauseAlarm {
      next.core.interlocks.states[next.core.interlocks.slot(instance.cause, instance.index)].alarm
    }
    #expect(alarm(fault).state == .acknowledged, "nobody has to acknowledge twice")
    #expect(alarm(shelved).state == .shelved && alarm(shelved).shelvedS < 600)
    #expect(alarm(out).state == .outOfService)
    next[.pump(2, .fault)] = 0
    next.step(30)
    next[.pump(2, .fault)] = 1
    next.step(5)
    #expect(alarm(fault).state == .unacknowledged, "the next one is a new one")
  }

  @Test func setpointsAndRunHoursAreKeptWithinTheSitesRange() {
    var bench = RowBench.inAuto()
    #expect(bench.core.apply(.setSupplySetpoint(Temperature(celsius: 38))) == .accepted)
    #expect(bench.core.apply(.setDpSetpoint(Pressure(kilopascals: 150))) == .accepted)
    bench.core.pumpGroup.runHours[1] = 77
    let kept = bench.core.retained
    var next = RowBench(.bench)
    next.core.restore(kept)
    next.takeOver(pumps: [0, 1])
    #expect(next.core.supplySetpoint.celsius == 38)
    #expect(next.core.pumpGroup.working.dpSetpoint.kilopascals == 150)
    #expect(next.core.pumpGroup.runHours[1] >= 77)
    var narrow = Settings.bench
    narrow.supply.setpointMin = Temperature(celsius: 39)
    narrow.pumps.dpMax = Pressure(kilopascals: 140)
    var other = RowBench(narrow)
    other.core.restore(kept)
    other.takeOver(pumps: [0, 1])
    #expect(other.core.supplySetpoint.celsius == 40)
    #expect(other.core.pumpGroup.working.dpSetpoint.kilopascals <= 140)
  }

  @Test func bypassesAndOverridesEndWithTheDaemon() {
    var bench = RowBench.inAuto()
    let silent = CauseInstance(cause: .pumpSilent, index: 0)
    #expect(bench.core.apply(.bypass(silent, leaseS: 600)) == .accepted)
    #expect(bench.core.apply(.override(.fan(0), value: 60, leaseS: 600)) == .accepted)
    bench.step()
    var next = restarted(bench)
    next.takeOver(pumps: [0, 1])
    next.step()
    #expect(!next.core.overrides.any)
    #expect(next.core.interlocks.states[next.core.interlocks.slot(.pumpSilent)].bypassRemainingS == 0)
  }

  @Test func rowThatIsDrivenIsNotRestored() {
    var bench = RowBench.inAuto()
    var kept = ControlCycle.Retained()
    kept.mode = .tripped
    bench.core.restore(kept)
    #expect(bench.core.mode == .auto)
  }

  /// Whatever a random hour has left behind, what is restored is what was retained.
  @Test(arguments: 1...6) func whatIsRestoredIsWhatWasRetained(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var bench = RowBench.inAuto()
    for _ in 0..<60 {
      bench.disturb(&random)
      bench.step(20)
    }
    let kept = bench.core.retained
    let again = restarted(bench).core.retained
    #expect(again.mode == kept.mode && again.supplySetpoint == kept.supplySetpoint)
    #expect(again.dpSetpoint == kept.dpSetpoint)
    for i in 0..<Capacity.pumps { #expect(again.pumpHours[i] == kept.pumpHours[i]) }
    for i in 0..<Capacity.racks { #expect(again.isolatedRacks[i] == kept.isolatedRacks[i]) }
    for i in 0..<Capacity.fans { #expect(again.isolatedCoils[i] == kept.isolatedCoils[i]) }
    var differing = 0
    for slot in 0..<Interlocks.count where again.causes[slot] != kept.causes[slot] { differing += 1 }
    #expect(differing == 0)
  }
}

extension RowBench {
  fileprivate mutating func disturb(_ random: inout SeededGenerator) {
    let on = Double(Int.random(in: 0...1, using: &random))
    let unit = Int.random(in: 0..<3, using: &random)
    switch Int.random(in: 0..<10, using: &random) {
    case 0: self[.pump(unit, .fault)] = on
    case 1: self[.fan(unit, .fault)] = on
    case 2: self[.leak(unit, .alarm)] = on
    case 3: set(redundant: InputSlot.supplyTemperature, on > 0 ? 48 : 40)
    case 4: self[InputSlot.rowFlow] = on > 0 ? 50 : 416
    case 5: _ = core.apply(.acknowledge(nil))
    case 6: _ = core.apply(.reset(nil))
    case 7: _ = core.apply(.shelve(CauseInstance(cause: .pumpFault, index: unit), seconds: 1800))
    case 8: _ = core.apply(.setSupplySetpoint(Temperature(celsius: Double.random(in: 20...45, using: &random))))
    default: _ = core.apply(.setOutOfService(CauseInstance(cause: .fanSilent, index: unit), on > 0))
    }
  }
}
