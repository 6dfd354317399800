import FieldIO
import RowConfig
import Testing

/// What a scan leaves in the image, and what it costs.
@Suite struct ScanTests {
  @Test func aScanFillsEachRolesSlotWithItsValueTimeAndOutcome() throws {
    let bench = try Bench.meters(3)
    bench.cycle()
    #expect(bench.image.map(\.value) == [10, 20, 30])
    #expect(bench.image.allSatisfy { $0.time == bench.now && $0.outcome == .good })
  }

  @Test func neighboursShareARequestAndDistantPointsDoNot() throws {
    let profile = Fixture.profile(
      "t/p",
      [
        Fixture.point("a", 0, signal: "flow"), Fixture.point("b", 9, signal: "power"),
        Fixture.point("c", 190, .uint32, signal: "return_temperature"),
      ], maxRead: 125)
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile],
      inputs: ["rack.1.flow", "rack.1.power", "rack.1.return_temperature"])
    #expect(
      bench.cycle() == [.read(unit: 1, address: 0, count: 10), .read(unit: 1, address: 190, count: 2)])
  }

  @Test func aRequestNeverExceedsTheDevicesLimitNorSplitsAValue() throws {
    let points = (0..<6).map { Fixture.point("p\($0)", 2 * $0, .float32, signal: "s\($0)") }
    let profile = Fixture.profile("t/p", points, maxRead: 5)
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile],
      inputs: (0..<6).map { "rack.1.s\($0)" })
    #expect(
      bench.cycle() == [0, 4, 8].map { .read(unit: 1, address: $0, count: 4) })
  }

  @Test func slowPointsAreReadAtTheirOwnPace() throws {
    let profile = Fixture.profile(
      "t/p", [Fixture.point("a", 0, signal: "flow"), Fixture.point("b", 1, signal: "power") { $0.intervalS = 10 }])
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile], inputs: ["rack.1.flow", "rack.1.power"])
    #expect(bench.cycle().count == 2)
    for _ in 0..<9 { #expect(bench.cycle().count == 1) }
    #expect(bench.cycle().count == 2)
  }

  @Test func aFailedReadKeepsTheLastGoodValueAndItsTime() throws {
    let bench = try Bench.meters(1)
    bench.cycle()
    let good = bench.now
    bench.link.set(1, 0, [999])
    bench.link.deadUnits = [1]
    bench.cycle()
    #expect(bench.image[0] == FieldValue(value: 10, time: good, outcome: .timeout))
  }

  /// OPS-050.
  @Test func aDeadDeviceCostsOneProbeNowAndThenAndTheOthersStayFresh() throws {
    let bench = try Bench.meters(10)
    bench.cycle()
    bench.link.deadUnits = [4]
    var probes: [Int] = []
    for second in 0..<60 {
      let requests = bench.cycle()
      if requests.contains(.read(unit: 4, address: 0, count: 1)) { probes.append(second) }
      #expect(requests.count <= 10)
      for slot in 0..<10 where slot != 3 {
        #expect(bench.image[slot].time == bench.now && bench.image[slot].outcome == .good)
      }
    }
    #expect(probes.prefix(4) == [0, 1, 2, 4])
    for (probe, next) in zip(probes.dropFirst(4), probes.dropFirst(5)) { #expect((6...8).contains(next - probe)) }
    bench.link.deadUnits = []
    for _ in 0..<10 { bench.cycle() }
    #expect(bench.image[3].outcome == .good && bench.image[3].time > bench.now - .seconds(10))
  }

  @Test func manyDevicesFallingSilentAtOnceCostABoundedNumberOfTimeouts() throws {
    let bench = try Bench.meters(12)
    bench.cycle()
    bench.link.deadUnits = Set(3...12)
    for _ in 0..<40 {
      let before = bench.master.statistics.timeouts
      bench.cycle()
      #expect(bench.master.statistics.timeouts - before <= UInt64(BusMaster.timeoutsPerCallMax + 1))
    }
    #expect(bench.image[0].time == bench.now && bench.image[1].time == bench.now)
    bench.link.deadUnits = []
    for _ in 0..<10 { bench.cycle() }
    #expect(bench.image.allSatisfy { $0.time == bench.now && $0.outcome == .good })
  }

  @Test func oneIllegalRegisterDoesNotTakeTheOthersInItsRequestAlong() throws {
    let points = (0..<8).map { Fixture.point("p\($0)", $0, signal: "s\($0)") }
    let profile = Fixture.profile("t/p", points)
    let bench = try Bench(
      [
        Fixture.device("d", profile, unit: 1, serves: "rack.1"),
        Fixture.device("m", Fixture.meter, unit: 2, serves: "rack.2"),
      ],
      [profile, Fixture.meter], inputs: (0..<8).map { "rack.1.s\($0)" } + ["rack.2.flow"])
    bench.link.set(1, 0, [0, 1, 2, 3, 4, 5, 6, 7])
    bench.link.set(2, 0, [50])
    bench.link.illegal = [5]
    bench.cycle()
    for slot in 0..<8 where slot != 5 {
      #expect(bench.image[slot] == FieldValue(value: Double(slot), time: bench.now, outcome: .good))
    }
    #expect(bench.image[5].outcome == .exception)
    #expect(bench.image[8].value == 5)
    let exceptions = bench.master.statistics.exceptions
    for _ in 0..<9 { bench.cycle() }
    #expect(bench.master.statistics.exceptions == exceptions, "the cut is remembered")
    #expect(bench.image[6].time == bench.now)
  }

  @Test func anUnusedIllegalRegisterBetweenTwoPointsDoesNotHurt() throws {
    let profile = Fixture.profile(
      "t/p", [Fixture.point("a", 0, signal: "flow"), Fixture.point("b", 5, signal: "power")])
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile], inputs: ["rack.1.flow", "rack.1.power"])
    bench.link.illegal = [3]
    bench.cycle()
    #expect(bench.image.allSatisfy { $0.outcome == .good })
  }

  @Test func aReferenceScalesAndAConditionGuards() throws {
    let profile = Fixture.profile(
      "ebm/lite",
      [
        Fixture.point("speed", 16, signal: "speed") {
          $0.reference = "speed_max"
          $0.referenceDivisor = 64000
          $0.validWhen = .init(point: "ready", rawIn: [1])
        },
        Fixture.bit("ready", 17, 3), Fixture.point("speed_max", 200) { $0.intervalS = 60 },
      ])
    let bench = try Bench(
      [Fixture.device("fan", profile, unit: 1, serves: "fan.1")], [profile], inputs: ["fan.1.speed"])
    bench.link.set(1, 16, [32000, 0b1000])
    bench.link.set(1, 200, [2000])
    bench.cycle()
    #expect(bench.image[0].value == 1000 && bench.image[0].outcome == .good)
    bench.link.set(1, 17, [0b0111])
    bench.cycle()
    #expect(bench.image[0].value == 1000 && bench.image[0].outcome == .invalidValue)
  }

  @Test func aDevicesOwnMarkerForNoValueIsNoValue() throws {
    let profile = Fixture.profile(
      "grundfos/cim", [Fixture.point("flow", 301, signal: "flow") { $0.invalidRaw = [0xFFFF, 0x8000] }])
    let bench = try Bench(
      [Fixture.device("p", profile, unit: 1, serves: "rack.1")], [profile], inputs: ["rack.1.flow"])
    for (raw, outcome) in [(0xFFFF, .invalidValue), (0x8000, .invalidValue), (0x7FFF, .good)] as [(UInt16, Outcome)] {
      bench.link.set(1, 301, [raw])
      bench.cycle()
      #expect(bench.image[0].outcome == outcome)
    }
  }

  @Test func aBrokenLoopIsToldFromAShortedOneAndNeitherIsAValue() throws {
    let module = Fixture.profile("test/ai", [Fixture.point("ch1", 0) { $0.scale = 0.001 }])
    var channel = Site.Device.Channel(point: "ch1", role: "supply.pressure")
    channel.at4mA = 0
    channel.at20mA = 600
    let bench = try Bench(
      [Fixture.device("ai", module, unit: 1, channels: [channel])], [module], inputs: ["supply.pressure"])
    bench.link.set(1, 0, [12000])
    bench.cycle()
    #expect(bench.image[0].value == 300)
    for (microamps, outcome) in [(0, .wireBreak), (3599, .wireBreak), (21001, .shortCircuit), (20000, .good)]
      as [(UInt16, Outcome)]
    {
      bench.link.set(1, 0, [microamps])
      bench.cycle()
      #expect(bench.image[0].outcome == outcome)
    }
    #expect(bench.image[0].value == 600)
  }

  @Test func aGatewaysWordThatADeviceIsSilentCountsAsSilence() throws {
    let bench = try Bench.meters(1)
    bench.link.faults = [0: .exception(11), 1: .exception(11)]
    bench.cycle()
    bench.cycle()
    #expect(bench.cycle(.milliseconds(500)).isEmpty)
    #expect(bench.cycle().count == 1)
    #expect(bench.image[0].outcome == .good)
  }

  @Test func aLostConnectionIsNotHeldAgainstTheDevices() throws {
    let bench = try Bench.meters(3)
    bench.cycle()
    for number in 3..<6 { bench.link.faults[number] = .transport(errno: 111) }
    bench.cycle()
    #expect(bench.image.allSatisfy { $0.outcome == .transport })
    bench.cycle()
    #expect(bench.image.allSatisfy { $0.outcome == .good && $0.time == bench.now })
  }
}
