import Testing

@testable import CoolingCore

/// CTL-090 … CTL-094: leaks and the parts that are taken out of the row for them, the smallest first.
struct IsolationTests {
  /// Detectors 0 and 1 watch rack 2, detector 2 watches coil 1.
  private static func bench(critical: Bool = false, fans: Int = RowBench.fans) -> RowBench {
    var settings = Settings.bench
    settings.fanCount = fans
    settings.hasCoilValve = .init(repeating: true)
    settings.leakZoneCount = 5
    for zone in 0..<2 { settings.leakZones[zone].watches = .rack(2) }
    settings.leakZones[2].watches = .coil(1)
    for zone in 0..<3 { settings.leakZones[zone].isCritical = critical }
    return RowBench.inAuto(settings)
  }

  // SAF-037
  @Test func rackLeakTripsOnOneCriticalDetectorAndLatches() {
    var bench = Self.bench(critical: true)
    bench.expectTimeline(.rackLeak, 2, start: { $0[.leak(0, .alarm)] = 1 })
    #expect(!bench.isActive(.rackLeak, 1) && !bench.isActive(.leakConfirmed))
  }
  // SAF-037
  @Test func rackLeakTripsOnTwoMinorDetectors() {
    var bench = Self.bench()
    bench[.leak(0, .alarm)] = 1
    bench.expectTimeline(.rackLeak, 2, start: { $0[.leak(1, .alarm)] = 1 })
  }
  // SAF-037
  @Test func rackLeakTripsOnOneMinorDetectorAfterTenMinutes() {
    var bench = Self.bench()
    bench[.leak(0, .alarm)] = 1
    bench.step(603)
    #expect(!bench.isActive(.rackLeak, 2))
    bench.step()
    #expect(bench.isActive(.rackLeak, 2))
  }
  // SAF-037
  @Test func rackLeakTripsOnOneMinorDetectorAndALowLevel() {
    var bench = Self.bench()
    bench[.leak(0, .alarm)] = 1
    bench.expectTimeline(.rackLeak, 2, start: { $0[InputSlot.reservoirLevel] = 39 })
  }
  // SAF-037
  @Test func rackLeakTripsOnOneMinorDetectorAndDecayingPressure() {
    var bench = Self.bench()
    bench[.leak(0, .alarm)] = 1
    bench.step(60)
    #expect(!bench.isActive(.rackLeak, 2))
    bench[InputSlot.returnPressure] = 130
    bench.step(5)
    #expect(bench.isActive(.rackLeak, 2))
  }
  // SAF-037
  @Test func rackLeakDoesNotTripOnOneMinorDetectorNorOnABrokenCriticalOne() {
    var bench = Self.bench()
    bench.expectQuiet(.rackLeak, 2) { $0[.leak(0, .alarm)] = 1 }
    var broken = Self.bench(critical: true)
    broken.expectQuiet(.rackLeak, 2) {
      $0[.leak(0, .alarm)] = 1
      $0[.leak(0, .fault)] = 1
    }
    broken.heal()
    broken.expectQuiet(.rackLeak, 2) { $0.lose(.leak(0, .alarm)) }
    #expect(broken.isActive(.leakDetectorFault, 0))
  }

  // SAF-044
  @Test func rackThatIsLetInWhileTheRowIsOffHasItsTimeOnceTheRowIsCooled() {
    var bench = Self.bench(critical: true)
    bench[.leak(0, .alarm)] = 1
    bench.step(20)
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    bench.step(60)
    bench.heal(.leak(0, .alarm))
    bench.step(5)
    #expect(bench.core.apply(.reset(CauseInstance(cause: .rackLeak, index: 2))) == .accepted)
    bench.step(300)
    #expect(bench.core.mode == .off && !bench.core.isolation.racks[2] && bench.core.isolation.isShort[2])
    #expect(bench.core.apply(.setMode(.auto)) == .accepted)
    let cycles = bench.step(until: { !$0.core.isolation.isShort[2] }, atMost: 200)
    #expect(cycles.map { (88...92).contains($0) } == true)
  }
  // SAF-044
  @Test func rackThatIsLetInAgainIsShortForNinetySeconds() {
    var bench = Self.bench(critical: true)
    bench[.leak(0, .alarm)] = 1
    bench.step(20)
    #expect(bench.core.isolation.racks[2] && bench.core.isolation.isShort[2])
    bench.heal()
    bench.step(5)
    #expect(bench.core.apply(.reset(CauseInstance(cause: .rackLeak, index: 2))) == .accepted)
    bench.step()
    #expect(!bench.core.isolation.racks[2])
    let cycles = bench.step(until: { !$0.core.isolation.isShort[2] }, atMost: 200)
    #expect(cycles == 90)
  }

  // SAF-044
  @Test func coilLeakTripsOnOneCriticalDetectorAndShutsThatCoil() {
    var bench = Self.bench(critical: true)
    bench[.leak(2, .alarm)] = 1
    bench.step(70)
    #expect(bench.isActive(.coilLeak, 1) && bench.sent.coilValves[1] == 0 && bench.sent.fans[1] == 0)
    #expect(bench.sent.coilValves[0] == 100 && bench.sent.fans[0] > 0 && bench.core.mode == .auto)
    #expect(bench.owner(.coilValve(1)) == .safeguard && bench.sent.permits[0])
  }
  // SAF-044
  @Test func coilLeakDoesNotTripOnAMinorDetector() {
    var bench = Self.bench()
    bench.expectQuiet(.coilLeak, 1) { $0[.leak(2, .alarm)] = 1 }
    #expect(bench.sent.coilValves[1] == 100)
  }

  // SAF-066
  @Test func isolationRefusedTripsOnTheLastCoilWhichStaysOpen() {
    var settings = Settings.bench
    settings.leakZoneCount = 4
    settings.hasCoilValve = .init(repeating: true)
    for zone in 0..<4 {
      settings.leakZones[zone].watches = .coil(zone)
      settings.leakZones[zone].isCritical = true
    }
    var bench = RowBench.inAuto(settings)
    for zone in 0..<4 { bench[.leak(zone, .alarm)] = 1 }
    bench.step(100)
    #expect(bench.isActive(.isolationRefused))
    let open = (0..<4).filter { bench.sent.coilValves[$0] == 100 && bench.sent.fans[$0] > 0 }
    #expect(open == [3] && bench.core.mode == .auto)
  }
  // SAF-066
  @Test func isolationRefusedDoesNotTripWhileAnotherCoilIsOpen() {
    var bench = Self.bench(critical: true)
    bench.expectQuiet(.isolationRefused) { $0[.leak(2, .alarm)] = 1 }
  }

  // CTL-090
  @Test func permitGoesFirstThenTheValveWhenTheRackHasShedItsLoad() {
    var bench = Self.bench(critical: true)
    bench[.leak(0, .alarm)] = 1
    bench.step(4)
    let before = bench.sent.rackValves[2]
    #expect(!bench.sent.permits[2] && bench.sent.permits[0] && !bench.core.isolation.racks[2] && before > 20)
    bench.step(3)
    #expect(!bench.core.isolation.racks[2])
    bench[.rack(2, .power)] = 5.9
    bench.step()
    #expect(bench.core.isolation.racks[2] && bench.sent.rackValves[2] < before)
    bench.step(60)
    #expect(bench.sent.rackValves[2] == 0 && bench.runningPumps == [0, 1] && bench.core.mode == .auto)
  }
  // CTL-090
  @Test func valveShutsAfterTenSecondsWhateverTheRackDraws() {
    for isKnown in [true, false] {
      var bench = Self.bench(critical: true)
      if !isKnown { bench.lose(.rack(2, .power)) }
      bench[.leak(0, .alarm)] = 1
      bench.step(13)
      #expect(!bench.core.isolation.racks[2])
      bench.step()
      #expect(bench.core.isolation.racks[2])
    }
  }

  // CTL-091
  @Test func isolatedRackHasNoPartInTheRowsFlow() {
    var settings = Self.bench(critical: true).core.settings
    settings.pumps.control = .flow
    var bench = RowBench.inAuto(settings)
    bench[.leak(0, .alarm)] = 1
    bench.step(20)
    #expect(bench.core.rackFlow.setpoints[2].litresPerMinute == 0)
    #expect(bench.core.designFlow == 3 * 156)
    // Three tenths of what is left: 140.4 L/min.
    bench.set(flow: 141)
    bench.step(20)
    #expect(!bench.isActive(.flowLoss))
    bench.set(flow: 140)
    bench.step(3)
    #expect(bench.isActive(.flowLoss) && bench.sent.rackValves[0] > bench.sent.rackValves[2])
  }
  // CTL-091
  @Test func isolatedRacksOwnCausesSayNothing() {
    var bench = Self.bench(critical: true)
    bench[.leak(0, .alarm)] = 1
    bench.step(80)
    bench[.rack(2, .flow)] = 0
    bench[.rack(2, .chipTemperature)] = 120
    bench.step(200)
    for cause in [Cause.rackFlowLow, .rackFlowLost, .chipHigh, .chipHighHigh] {
      #expect(!bench.isActive(cause, 2), "\(cause)")
    }
    bench[.rack(2, .valvePosition)] = 40
    bench.step(95)
    #expect(bench.isActive(.rackValveDeviation, 2), "a valve that does not shut is said")
  }

  // CTL-092
  @Test func isolatedRackOpensByCommandOnlyAndOnlyThatOne() {
    var settings = Self.bench(critical: true).core.settings
    settings.leakZones[1].watches = .rack(0)
    var bench = RowBench.inAuto(settings)
    for zone in 0..<2 { bench[.leak(zone, .alarm)] = 1 }
    bench.step(80)
    let leak = CauseInstance(cause: .rackLeak, index: 2)
    #expect(bench.core.apply(.reset(leak)) == .refused(.conditionPersists))
    bench.heal()
    bench.step(600)
    #expect(bench.sent.rackValves[2] == 0 && !bench.sent.permits[2])
    #expect(bench.core.apply(.reset(leak)) == .accepted)
    bench.step(60)
    #expect(bench.sent.rackValves[2] >= 20 && bench.sent.permits[2])
    #expect(bench.sent.rackValves[0] == 0 && !bench.sent.permits[0])
    #expect(bench.core.apply(.reset(leak)) == .refused(.nothingToReset))
  }
  // CTL-092
  @Test func openedRackIsNotSaidToLackFlowBeforeItsValveHadTimeToOpen() {
    var bench = Self.bench(critical: true)
    bench[.leak(0, .alarm)] = 1
    bench.step(80)
    bench.heal()
    bench[.rack(2, .flow)] = 0
    bench[InputSlot.rowFlow] = 312
    bench.step(600)
    #expect(bench.core.apply(.reset(CauseInstance(cause: .rackLeak, index: 2))) == .accepted)
    let saidAfter = bench.step(until: { $0.isActive(.rackFlowLow, 2) }, atMost: 300)
    #expect((saidAfter ?? 0) > 140 && saidAfter != nil, "90 s for the valve, then the cause's own 60 s")
  }
  // CTL-092
  @Test func rackThatOpensHasNoPartInTheRowsLeastFlowUntilItsValveHadTime() {
    var bench = Self.bench(critical: true)
    bench[.leak(0, .alarm)] = 1
    bench.step(80)
    bench.heal()
    bench.step(600)
    #expect(bench.core.apply(.reset(CauseInstance(cause: .rackLeak, index: 2))) == .accepted)
    bench.step(85)
    #expect(bench.core.designFlow == 3 * 156)
    bench.step(10)
    #expect(bench.core.designFlow == 4 * 156)
  }
  // CTL-092
  @Test func rackThatDrewNoPowerComesBackWithoutAHotChipThatIsOnlyCalculated() {
    var bench = Self.bench(critical: true)
    bench.lose(.rack(2, .chipTemperature))
    bench[.leak(0, .alarm)] = 1
    bench.step(20)
    bench[.rack(2, .flow)] = 0
    bench.lose(.rack(2, .power))
    bench.step(200)
    #expect(bench.core.estimate.racks[2].chip.value == Temperature(celsius: 110), "no chip is hotter, it has tripped")
    bench.heal(.leak(0, .alarm))
    bench.step(600)
    #expect(bench.core.apply(.reset(CauseInstance(cause: .rackLeak, index: 2))) == .accepted)
    bench.step(5)
    #expect((bench.core.estimate.racks[2].chip.value?.celsius ?? 0) > 88)
    #expect(!bench.sent.permits[2], "the first coolant comes before the permit")
    #expect(!bench.isActive(.chipHighHigh, 2) && !bench.isActive(.chipHigh, 2))
    bench[.rack(2, .power)] = 0
    bench.step(5)
    #expect(!bench.isActive(.chipHigh, 2))
    var judged = bench
    judged[.rack(2, .power)] = 80
    judged.step(5)
    #expect(judged.isActive(.chipHighHigh, 2), "a rack that draws power is judged")
    bench.heal(.rack(2, .flow))
    #expect(bench.step(until: { $0.sent.permits[2] }, atMost: 60) != nil)
    #expect(!bench.isActive(.chipHighHigh, 2))
  }
  // CTL-092
  @Test func noOverrideOpensAnIsolatedRackNorDoesLeavingSafe() {
    var bench = Self.bench(critical: true)
    bench[.leak(0, .alarm)] = 1
    bench.step(80)
    #expect(bench.core.apply(.override(.rackValve(2), value: 100, leaseS: 600)) == .accepted)
    bench.step(20)
    #expect(bench.sent.rackValves[2] == 0)
    bench[.rack(0, .chipTemperature)] = 95
    bench.step(20)
    #expect(bench.isActive(.chipHigh, 0) && bench.sent.rackValves[2] == 0 && bench.sent.rackValves[0] > 70)
    #expect(bench.core.leaveSafe().demand.rackValves[2] == 0)
  }

  // CTL-093
  @Test func rowLeakWithdrawsEveryPermitAndStopsThePumpsAfterThirtySeconds() {
    var bench = Self.bench()
    for zone in 3..<5 { bench[.leak(zone, .alarm)] = 1 }
    bench.step(4)
    for i in 0..<RowBench.racks { #expect(!bench.sent.permits[i]) }
    bench.step(29)
    #expect(bench.core.mode == .auto && bench.runningPumps == [0, 1])
    bench.step(2)
    #expect(bench.core.mode == .tripped && bench.runningPumps.isEmpty)
  }
  // CTL-093
  @Test func rowLeakStopsThePumpsAsSoonAsTheHeatHasGone() {
    var bench = Self.bench()
    for zone in 3..<5 { bench[.leak(zone, .alarm)] = 1 }
    bench.step(4)
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    let stopped = bench.step(until: { $0.core.mode == .tripped }, atMost: 30)
    #expect(stopped.map { $0 > 15 && $0 < 27 } ?? false, "\(stopped ?? -1)")
  }
  // CTL-093
  @Test func oneCriticalDetectorOfTheRowNeverStopsIt() {
    var settings = Settings.bench
    settings.leakZones[0].isCritical = true
    var bench = RowBench.inAuto(settings)
    bench[.leak(0, .alarm)] = 1
    bench.step(1300)
    #expect(bench.core.mode == .auto && bench.sent.permits[0])
  }
  // CTL-093
  @Test func rowWhoseEveryRackIsIsolatedStopsItsPumps() {
    var settings = Settings.bench
    settings.leakZoneCount = 4
    for zone in 0..<4 {
      settings.leakZones[zone].watches = .rack(zone)
      settings.leakZones[zone].isCritical = true
    }
    var bench = RowBench.inAuto(settings)
    for zone in 0..<3 { bench[.leak(zone, .alarm)] = 1 }
    bench.step(100)
    #expect(bench.core.mode == .auto && !bench.runningPumps.isEmpty)
    bench[.leak(3, .alarm)] = 1
    bench.step(20)
    #expect(bench.core.mode == .tripped && bench.runningPumps.isEmpty)
    #expect(bench.core.interlocks.firstOut == CauseInstance(cause: .rackLeak, index: 0), "one of them stands for all")
    bench.heal()
    bench.step(60)
    #expect(bench.core.interlocks.firstOut != nil, "until the trip is reset")
  }

  // CTL-094
  @Test func smallestPartIsIsolatedFirst() {
    var bench = Self.bench()
    // Two detectors of one rack are two votes for the rack and none for the row.
    for zone in 0..<2 { bench[.leak(zone, .alarm)] = 1 }
    bench.step(100)
    #expect(bench.isActive(.rackLeak, 2) && !bench.isActive(.leakConfirmed) && !bench.isActive(.coilLeak, 1))
    #expect(bench.core.mode == .auto && bench.sent.rackValves[2] == 0 && bench.sent.rackValves[1] > 0)
  }
}
