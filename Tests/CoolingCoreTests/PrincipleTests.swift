import Testing

@testable import CoolingCore

/// Principles that every row of the cause-and-effect table obeys, and what docs/hazards.md found without a test.
struct PrincipleTests {
  private static let stops: [Cause] = [.suctionLost, .leakConfirmed, .emergencyStop]

  // CTL-072
  @Test func oneBrokenRopeStopsNoRow() {
    for zone in 0..<RowBench.zones {
      for isWet in [0.0, 1] {
        var bench = RowBench.inAuto()
        bench[.leak(zone, .fault)] = 1
        bench[.leak(zone, .alarm)] = isWet
        bench.step(isWet == 1 ? 700 : 60)
        #expect(bench.core.mode == .auto && bench.runningPumps == [0, 1] && bench.sent.permits[0])
        #expect(bench.isActive(.leakDetectorFault, zone))
      }
    }
  }

  // CTL-078
  @Test func onlyALeakWithVotesAnEmergencyStopOrLostSuctionStopsAPump() {
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      let effect = CauseAndEffect.definition(of: cause).effect
      #expect((effect == .isolateRow || effect == .stopPumps) == Self.stops.contains(cause), "\(cause)")
    }
    #expect("\(CauseAndEffect.definition(of: .leakConfirmed).votes)" == "2 of n")
    #expect("\(CauseAndEffect.definition(of: .suctionLost).votes)" == "2oo3")
  }

  // CTL-078
  @Test(arguments: [false, true]) func everyOtherEvidenceAtOnceStopsNoRow(isSilent: Bool) {
    var bench = RowBench.inAuto()
    if isSilent {
      for slot in 0..<InputSlot.count { bench.lose(slot) }
      for bus in 0..<2 { bench.set(bus: bus, isLost: true) }
    } else {
      for slot in [InputSlot.supplyTemperature, InputSlot.returnTemperature] { bench.set(redundant: slot, 80) }
      for rack in 0..<RowBench.racks { bench[.rack(rack, .chipTemperature)] = 100 }
      for fan in 0..<RowBench.fans { bench[.fan(fan, .fault)] = 1 }
      bench[InputSlot.supplyPressure] = 900
      bench[InputSlot.filterDp] = 90
      bench[InputSlot.reservoirLevel] = 5
      bench.set(redundant: InputSlot.manifoldDp, 350)
      bench.set(flow: 0)
    }
    for _ in 0..<300 {
      bench.step()
      #expect(bench.core.mode == .auto && !bench.runningPumps.isEmpty)
    }
    #expect(bench.runningPumps == [0, 1, 2] && bench.isActive(isSilent ? .hydraulicsLost : .overPressure))
  }

  // CTL-078
  @Test func overTemperatureRaisesThePumpsAndStopsNone() {
    for slot in [InputSlot.supplyTemperature, InputSlot.returnTemperature] {
      var bench = RowBench.inAuto()
      bench.set(redundant: slot, 90)
      bench.step(30)
      for i in 0..<RowBench.pumps { #expect(bench.sent.pumps[i] == Demand.Pump(run: true, speed: 100)) }
    }
  }

  // CTL-079
  @Test func interlocksRaiseThePumpsOnlyAsFarAsTheRackValvesAreOpen() {
    for (valves, least, most) in [(0.0, 40.0, 47.0), (30, 70, 77), (60, 100, 100)] {
      var bench = RowBench()
      bench.takeOver(pumps: [0, 1], speed: 30, valves: valves)
      bench.set(redundant: InputSlot.supplyTemperature, 50)
      // Three seconds of proof, and the valves have begun to open.
      bench.step(4)
      #expect(bench.isActive(.supplyHighHigh))
      let speed = bench.sent.pumps[2].speed
      #expect(speed >= least && speed <= most, "\(valves) % open: \(speed) %")
      bench.step(60)
      #expect(bench.sent.pumps[2].speed == 100)
    }
  }

  // CTL-079
  @Test func shutValvesThatWereSentOpenKeepThePumpsLow() {
    var bench = RowBench.inAuto()
    bench.set(flow: 0)
    for i in 0..<RowBench.racks { bench[.rack(i, .valvePosition)] = 0 }
    bench.step(60)
    #expect(bench.isActive(.flowLoss) && bench.runningPumps == [0, 1, 2])
    // The first two follow the dP, which is the setpoint's here; the interlock starts the third.
    #expect(bench.sent.pumps[2].speed == 40 && bench.sent.pumps[0].speed < 70)
    // Positions that lie throttle nothing that flows.
    bench.set(flow: 100)
    bench.step(20)
    #expect(bench.isActive(.flowLoss) && bench.sent.pumps[0].speed == 100)
    // Nor do positions that are not known.
    bench.set(flow: 0)
    for i in 0..<RowBench.racks { bench.lose(.rack(i, .valvePosition)) }
    bench.set(redundant: InputSlot.manifoldDp, 20)
    bench.step(20)
    #expect(bench.sent.pumps[0].speed == 100)
  }

  // CTL-079
  @Test func noFlowAtThePumpsWholeHeadKeepsThePumpsLow() {
    var bench = RowBench.inAuto()
    // Full speed makes 320 kPa without flow.
    for i in 0..<RowBench.pumps { bench[.pump(i, .speed)] = 100 }
    bench.set(redundant: InputSlot.manifoldDp, 287)
    bench.set(flow: 30)
    bench.step(30)
    #expect(bench.isActive(.flowLoss) && bench.sent.pumps[0].speed == 100)
    bench.set(redundant: InputSlot.manifoldDp, 289)
    bench.step(60)
    #expect(bench.sent.pumps[0].speed == 40)
    bench.set(flow: 32)
    bench.step(10)
    #expect(bench.sent.pumps[0].speed == 100)
  }

  // CTL-079
  @Test(arguments: [(0.0, 40.0), (30, 70), (60, 100)])
  func operatorsPumpInOffGoesOnlyAsFarAsTheValvesAreOpen(valves: Double, most: Double) {
    var bench = RowBench.inAuto()
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 0 }
    bench.step(60)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    for i in 0..<RowBench.racks { _ = bench.core.apply(.override(.rackValve(i), value: valves, leaseS: 3600)) }
    bench.set(flow: 0)
    bench.step(60)
    #expect(bench.core.apply(.override(.pump(0), value: 100, leaseS: 600)) == .accepted)
    bench.step(20)
    #expect(bench.core.mode == .off && bench.sent.pumps[0].speed == most && bench.owner(.pump(0)) == .operatorOverride)
  }

  // CTL-079
  @Test func noOperatorShutsTheLastCoil() {
    var settings = Settings.bench
    settings.hasCoilValve = .init(repeating: true)
    var bench = RowBench.inAuto(settings)
    for coil in 0..<RowBench.fans {
      #expect(bench.core.apply(.override(.coilValve(coil), value: 0, leaseS: 600)) == .accepted)
    }
    for _ in 0..<200 {
      bench.step()
      #expect((0..<RowBench.fans).contains { bench.sent.coilValves[$0] >= 50 })
    }
  }

  // SAF-035
  @Test func rackWithoutFlowLosesItsPermitThoughItsChipsAreNotTelemetered() {
    var bench = RowBench.inAuto()
    bench[.rack(0, .flow)] = 0
    bench.lose(.rack(0, .chipTemperature))
    bench.step(15)
    #expect(bench.isActive(.chipHighHigh, 0) && !bench.sent.permits[0])
    #expect(bench.sent.permits[1] && bench.core.mode == .auto)
  }

  // SAF-037
  @Test func rackThatCannotBeShutStopsTheRowOnlyWhenSuctionIsLost() {
    var settings = Settings.bench
    settings.leakZones[0].watches = .rack(0)
    settings.leakZones[0].isCritical = true
    var bench = RowBench.inAuto(settings)
    bench[.leak(0, .alarm)] = 1
    bench[.rack(0, .valvePosition)] = 100
    bench.step(120)
    #expect(bench.isActive(.rackValveDeviation, 0) && bench.core.mode == .auto && !bench.sent.permits[0])
    bench[InputSlot.reservoirLevel] = 10
    bench.step(30)
    #expect(bench.core.mode == .auto)
    bench[InputSlot.returnPressure] = 10
    bench.step(10)
    #expect(bench.core.mode == .tripped && bench.runningPumps.isEmpty)
  }
}
