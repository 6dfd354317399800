import Testing

@testable import CoolingCore

/// OPS-010 … OPS-015: what a person may ask, and what is refused.
struct CommandTests {
  // OPS-010
  @Test(arguments: [(19.9, false), (20, true), (45, true), (45.1, false), (.nan, false), (.infinity, false)])
  func supplySetpointIsTakenInsideItsRangeOnly(celsius: Double, isTaken: Bool) {
    var bench = RowBench.inAuto()
    let outcome = bench.core.apply(.setSupplySetpoint(Temperature(celsius: celsius)))
    #expect(outcome == (isTaken ? .accepted : .outOfRange(low: 20, high: 45)))
    #expect(bench.core.supplySetpoint.celsius == (isTaken ? celsius : 40))
  }

  // OPS-010
  @Test(arguments: [(39.9, false), (40, true), (200, true), (200.1, false), (.nan, false)])
  func dpSetpointIsTakenInsideItsRangeOnly(kilopascals: Double, isTaken: Bool) {
    var bench = RowBench.inAuto()
    let outcome = bench.core.apply(.setDpSetpoint(Pressure(kilopascals: kilopascals)))
    #expect(outcome == (isTaken ? .accepted : .outOfRange(low: 40, high: 200)))
    #expect(bench.core.pumpGroup.working.dpSetpoint.kilopascals == (isTaken ? kilopascals : 120))
  }

  // OPS-011
  @Test func offAndStandbyAreRefusedWhileTheRacksAreHot() {
    var bench = RowBench.inAuto()
    for mode in [RequestedMode.off, .standby] {
      #expect(bench.core.apply(.setMode(mode)) == .refused(.racksAreHot))
    }
    // 3 % of 480 kW.
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 3.7 }
    bench.step(120)
    #expect(bench.core.apply(.setMode(.off)) == .refused(.racksAreHot))
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 3.5 }
    bench.step(120)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    #expect(bench.core.mode == .off)
  }

  // OPS-011
  @Test func unknownRackPowerKeepsTheRowOn() {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    bench.lose(.rack(3, .power))
    bench.step(120)
    #expect(bench.core.apply(.setMode(.off)) == .refused(.racksAreHot))
  }

  // OPS-012
  @Test(arguments: [Actuator.pump(0), .rackValve(3), .fan(1)])
  func overrideActsUntilItsLeaseExpires(actuator: Actuator) {
    var bench = RowBench.inAuto()
    #expect(bench.core.apply(.override(actuator, value: 42, leaseS: 90)) == .accepted)
    bench.step(89)
    #expect(bench.owner(actuator) == .operatorOverride && value(bench, actuator) == 42)
    #expect(!bench.events.contains { $0.kind == .overrideExpired })
    bench.step()
    #expect(bench.owner(actuator) == .control && bench.core.overrides[actuator] == nil)
    #expect(bench.events.contains { $0.kind == .overrideExpired && $0.index == actuator.index })
  }

  private func value(_ bench: RowBench, _ actuator: Actuator) -> Double {
    switch actuator {
    case .pump(let i): bench.sent.pumps[i].speed
    case .rackValve(let i): bench.sent.rackValves[i]
    case .fan(let i): bench.sent.fans[i]
    case .facilityValve: bench.sent.facilityValve
    case .coilValve(let i): bench.sent.coilValves[i]
    }
  }

  // OPS-012
  @Test func overrideIsRefusedOutsideItsRanges() {
    var bench = RowBench.inAuto()
    for value in [-0.1, 100.1, .nan, .infinity] {
      #expect(bench.core.apply(.override(.fan(0), value: value, leaseS: 60)) == .outOfRange(low: 0, high: 100))
    }
    for lease in [0.0, 0.9, -1, 28800.1, .nan, .infinity] {
      #expect(bench.core.apply(.override(.fan(0), value: 50, leaseS: lease)) == .outOfRange(low: 1, high: 28800))
    }
    for actuator in [Actuator.pump(3), .pump(-1), .rackValve(4), .fan(4), .facilityValve] {
      #expect(bench.core.apply(.override(actuator, value: 50, leaseS: 60)) == .refused(.noSuchActuator))
    }
    #expect(!bench.core.overrides.any)
    #expect(bench.core.apply(.override(.fan(0), value: 50, leaseS: 1)) == .accepted)
    #expect(bench.core.apply(.override(.fan(0), value: 50, leaseS: 28800)) == .accepted)
    var facility = RowBench.inAuto(.facilityBench)
    #expect(facility.core.apply(.override(.facilityValve, value: 50, leaseS: 60)) == .accepted)
  }

  // OPS-012
  @Test func releaseEndsAnOverrideAndNothingElse() {
    var bench = RowBench.inAuto()
    #expect(bench.core.apply(.release(.fan(0))) == .refused(.notOverridden))
    _ = bench.core.apply(.override(.fan(0), value: 50, leaseS: 60))
    _ = bench.core.apply(.override(.fan(1), value: 50, leaseS: 60))
    #expect(bench.core.apply(.release(.fan(0))) == .accepted)
    bench.step()
    #expect(bench.owner(.fan(0)) == .control && bench.owner(.fan(1)) == .operatorOverride)
  }

  // OPS-013
  @Test func manualHoldsEveryActuatorForTenMinutes() {
    var bench = RowBench.inAuto()
    let before = bench.sent
    #expect(bench.core.apply(.setMode(.manual)) == .accepted)
    bench.set(redundant: InputSlot.supplyTemperature, 42)
    bench.set(redundant: InputSlot.manifoldDp, 90)
    bench[.rack(0, .flow)] = 90
    bench.step(599)
    #expect(bench.sent.pumps[0] == before.pumps[0] && bench.sent.fans[0] == before.fans[0])
    #expect(bench.sent.rackValves[0] == before.rackValves[0] && bench.core.mode == .auto)
    bench.step(2)
    #expect(!bench.core.overrides.any && bench.sent.fans[0] != before.fans[0])
  }

  // OPS-013
  @Test func autoReleasesEveryOverride() {
    var bench = RowBench.inAuto()
    _ = bench.core.apply(.setMode(.manual))
    #expect(bench.core.overrides.any)
    #expect(bench.core.apply(.setMode(.auto)) == .accepted)
    #expect(!bench.core.overrides.any && bench.core.mode == .auto)
  }

  // OPS-014
  @Test func resetNeedsSomethingToReset() {
    var bench = RowBench.inAuto()
    #expect(bench.core.apply(.resetTrip) == .refused(.nothingToReset))
    bench.set(redundant: InputSlot.supplyTemperature, 50)
    bench.step(10)
    #expect(bench.core.apply(.resetTrip) == .refused(.nothingToReset))
  }

  // OPS-014
  @Test func resetAsksTrippedDrivesToResetForFiveSeconds() {
    var bench = RowBench.inAuto()
    bench[.pump(0, .fault)] = 1
    bench.step(3)
    #expect(bench.core.apply(.resetTrip) == .accepted)
    var asked = 0
    for _ in 0..<10 {
      bench.step()
      if bench.core.actuation.resetsDrives { asked += 1 }
    }
    #expect(asked >= 4 && asked <= 5)
  }

  // OPS-015
  @Test func eventsOfACommandReachTheCycleThatFollows() {
    var bench = RowBench.inAuto()
    bench.step()
    #expect(bench.core.events.count == 0)
    _ = bench.core.apply(.override(.fan(0), value: 50, leaseS: 60))
    _ = bench.core.apply(.setMode(.shutdown))
    bench.step()
    #expect(bench.core.events.count == 2)
    #expect(bench.core.events[0].kind == .overrideTaken && bench.core.events[1].kind == .modeChanged)
    bench.step()
    #expect(bench.core.events.count == 0)
  }

  // OPS-015: what holds a step test for minutes renews its leases every few seconds.
  @Test func aLeaseThatIsRenewedIsNoEvent() {
    var bench = RowBench.inAuto()
    for (value, events) in [(50.0, 1), (50, 0), (51, 1)] {
      #expect(bench.core.apply(.override(.fan(0), value: value, leaseS: 60)) == .accepted)
      bench.step()
      #expect(bench.core.events.count == events)
      #expect(bench.core.overrides.leases[Actuator.fan(0).index].map { $0.remainingS > 58 } == true)
    }
  }

  // OPS-010
  @Test func dpSetpointIsRefusedWhereThePumpsHoldFlow() {
    var settings = Settings.bench
    settings.pumps.control = .flow
    var bench = RowBench.inAuto(settings)
    #expect(bench.core.apply(.setDpSetpoint(Pressure(kilopascals: 100))) == .refused(.flowControlled))
  }
}
