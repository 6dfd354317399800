import FieldIO
import RowConfig
import Testing

/// What comes after the points of every cycle: slow groups, refused spans, silent devices.
@Suite struct FillTests {
  @Test func everyCyclesPointsOfAllDevicesComeBeforeAnyonesSlowOnes() throws {
    let profile = Fixture.profile(
      "t/p", [Fixture.point("a", 0, signal: "flow"), Fixture.point("b", 1, signal: "power") { $0.intervalS = 2 }])
    let bench = try Bench(
      (1...2).map { Fixture.device("d\($0)", profile, unit: $0, serves: "rack.\($0)") }, [profile],
      inputs: ["rack.1.flow", "rack.1.power", "rack.2.flow", "rack.2.power"])
    bench.cycle()
    bench.cycle()
    #expect(
      bench.cycle() == [
        .read(unit: 1, address: 0, count: 1), .read(unit: 2, address: 0, count: 1),
        .read(unit: 1, address: 1, count: 1), .read(unit: 2, address: 1, count: 1),
      ])
  }

  /// The bus's only device: nobody else's slow values keep the search for due ones going.
  @Test func slowValuesOfTheOnlyDeviceAreReadAgainAfterItsSilence() throws {
    let profile = Fixture.profile(
      "t/p", [Fixture.point("a", 0, signal: "flow"), Fixture.point("b", 1, signal: "power") { $0.intervalS = 5 }])
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile], inputs: ["rack.1.flow", "rack.1.power"])
    for _ in 0..<10 { bench.cycle() }
    bench.link.deadUnits = [1]
    for _ in 0..<60 { bench.cycle() }
    bench.link.deadUnits = []
    for _ in 0..<20 { bench.cycle() }
    bench.link.set(1, 1, [77])
    for _ in 0..<6 { bench.cycle() }
    #expect(bench.image[1].value == 77 && bench.image[1].outcome == .good)
  }

  /// A loop that wakes a little early or late reads each slow group in the cycle its grid falls in.
  @Test func aSlowIntervalNeitherDriftsNorBeatsWithALoopThatIsALittleLate() throws {
    let profile = Fixture.profile(
      "t/p", [Fixture.point("a", 0, signal: "flow"), Fixture.point("b", 1, signal: "power") { $0.intervalS = 10 }])
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile], inputs: ["rack.1.flow", "rack.1.power"])
    let start = bench.now
    var slow: [Int] = []
    for cycle in 0...100 {
      let late = Duration.milliseconds([0, 3, 1, 7, 2][cycle % 5])
      if bench.cycle(start + .seconds(cycle + 1) + late - bench.now).count == 2 { slow.append(cycle) }
    }
    #expect(slow == Array(stride(from: 0, through: 100, by: 10)))
  }

  /// Every 2.5 s on a cycle of 1 s: in the nearest cycle, and four in ten seconds for ever.
  @Test func anIntervalThatIsNoMultipleOfTheCycleKeepsItsPaceInTheLongRun() throws {
    let profile = Fixture.profile(
      "t/p", [Fixture.point("a", 0, signal: "flow"), Fixture.point("b", 1, signal: "power") { $0.intervalS = 2.5 }])
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile], inputs: ["rack.1.flow", "rack.1.power"])
    var slow = 0
    for _ in 0..<100 where bench.cycle().count == 2 { slow += 1 }
    #expect((40...41).contains(slow), "\(slow)")
  }

  /// A span across registers that the device does not have is cut for good: nothing is wrong with what is read.
  @Test func aGapThatADeviceDoesNotBearIsRememberedForGood() throws {
    let points = [0, 1, 2, 30, 31, 32].map { Fixture.point("p\($0)", $0, signal: "s\($0)") }
    let profile = Fixture.profile("t/p", points)
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile],
      inputs: [0, 1, 2, 30, 31, 32].map { "rack.1.s\($0)" })
    bench.link.illegal = [10]
    #expect(
      bench.cycle() == [
        .read(unit: 1, address: 0, count: 33), .read(unit: 1, address: 0, count: 3),
        .read(unit: 1, address: 30, count: 3),
      ])
    for _ in 0..<600 { #expect(bench.cycle().count == 2) }
    #expect(bench.image.allSatisfy { $0.outcome == .good && $0.time == bench.now })
  }

  /// 99 of 100 from the next cycle on, and the requests of one search for it in the cycle in which it appears.
  @Test func ofASpanInWhichARegisterTurnsIllegalAllOthersStayFresh() throws {
    let points = (0..<100).map { Fixture.point("p\($0)", $0, signal: "s\($0)") }
    let profile = Fixture.profile("t/p", points, maxRead: 125)
    let bench = try Bench(
      [
        Fixture.device("d", profile, unit: 1, serves: "rack.1"),
        Fixture.device("m", Fixture.meter, unit: 2, serves: "rack.2"),
      ],
      [profile, Fixture.meter], inputs: (0..<100).map { "rack.1.s\($0)" } + ["rack.2.flow"])
    bench.cycle()
    bench.link.illegal = [37]
    #expect(bench.cycle().count <= 2 + 2 * 7, "each cut halves it")
    #expect(
      bench.cycle() == [
        .read(unit: 1, address: 0, count: 37), .read(unit: 1, address: 38, count: 62),
        .read(unit: 2, address: 0, count: 1),
      ], "once it is found, what lies on either side is read at once")
    for _ in 0..<8 {
      for slot in 0...100 where slot != 37 {
        #expect(bench.image[slot].outcome == .good && bench.image[slot].time == bench.now)
      }
      #expect(bench.image[37].outcome == .exception)
      bench.cycle()
    }
    #expect(bench.master.statistics.timeouts == 0)
  }

  @Test(arguments: [1, 2, 3, 4, 6] as [UInt8])
  func anExceptionIsAskedForOnceACycleAndNeverCountedAsSilence(_ code: UInt8) throws {
    let bench = try Bench.meters(2)
    bench.cycle()
    bench.link.faults[2] = .exception(code)
    #expect(bench.cycle().count == 2)
    #expect(bench.image[0].outcome == .exception && bench.image[1].outcome == .good)
    #expect(bench.master.statistics.timeouts == 0)
  }

  @Test func aSilentDeviceIsAskedForOneValueOnly() throws {
    let points = (0..<50).map { Fixture.point("p\($0)", $0, signal: "s\($0)") }
    let profile = Fixture.profile("t/p", points)
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile], inputs: (0..<50).map { "rack.1.s\($0)" })
    bench.link.deadUnits = [1]
    // Silence once may be chance.
    for _ in 0..<2 { #expect(bench.cycle() == [.read(unit: 1, address: 0, count: 50)]) }
    for _ in 0..<60 { #expect(bench.cycle().allSatisfy { $0 == .read(unit: 1, address: 0, count: 1) }) }
    bench.link.deadUnits = []
    for _ in 0..<9 { bench.cycle() }
    #expect(bench.image.allSatisfy { $0.outcome == .good && $0.time == bench.now })
  }

  /// Sixteen of twenty devices without power: all are back within 10 s of its return, as probes may take a quarter of
  /// the time.
  @Test func manyDevicesReturnTogetherWithinTenSeconds() throws {
    let bench = try Bench.meters(20)
    bench.cycle()
    bench.link.deadUnits = Set(5...20)
    for _ in 0..<120 { bench.cycle() }
    bench.link.deadUnits = []
    for _ in 0..<9 { bench.cycle() }
    #expect(bench.image.allSatisfy { $0.outcome == .good && $0.time == bench.now })
  }

  @Test func probesAreSpreadSoThatLinesDoNotFallIntoStep() throws {
    let bench = try Bench.meters(8)
    bench.link.deadUnits = Set(1...8)
    var perCycle: [Int] = []
    for _ in 0..<100 { perCycle.append(bench.cycle().count) }
    #expect(perCycle.dropFirst(20).allSatisfy { $0 <= 2 })
    #expect(Set(perCycle.dropFirst(20)).count > 1)
  }
}
