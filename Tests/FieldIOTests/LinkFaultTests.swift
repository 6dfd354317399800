import FieldIO
import RowConfig
import Testing

/// Devices and links that get worse while they are in use: what stays fresh, what is noticed, and what comes back.
@Suite struct LinkFaultTests {
  /// Eight registers in one request, each reading its own address.
  private static func block() throws -> Bench {
    let profile = Fixture.profile("t/p", (0..<8).map { Fixture.point("p\($0)", $0, signal: "s\($0)") })
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile], inputs: (0..<8).map { "rack.1.s\($0)" })
    bench.link.set(1, 0, [0, 1, 2, 3, 4, 5, 6, 7])
    return bench
  }

  @Test(arguments: 0..<8) func anIllegalRegisterThatAppearsLeavesItsNeighboursFresh(_ register: Int) throws {
    let bench = try Self.block()
    #expect(bench.cycle().count == 1)
    let good = bench.now
    bench.link.illegal = [register]
    // Each of three cuts costs the half that is refused and the half that is not.
    #expect(bench.cycle().count <= 1 + 2 * 3)
    for slot in 0..<8 where slot != register {
      #expect(bench.image[slot] == FieldValue(value: Double(slot), time: bench.now, outcome: .good))
    }
    #expect(bench.image[register] == FieldValue(value: Double(register), time: good, outcome: .exception))
  }

  @Test func aRequestThatWasCutIsTriedWholeAfterAMinute() throws {
    let bench = try Self.block()
    bench.link.illegal = [5]
    bench.cycle()
    bench.link.illegal = []
    for _ in 0..<59 { #expect(bench.cycle().count > 1) }
    #expect(bench.cycle() == [.read(unit: 1, address: 0, count: 8)])
    #expect(bench.image.allSatisfy { $0.outcome == .good && $0.time == bench.now })
    #expect(bench.cycle() == [.read(unit: 1, address: 0, count: 8)])
  }

  @Test func registersThatStayIllegalCostFewRequests() throws {
    let bench = try Self.block()
    bench.link.illegal = [2, 5]
    for _ in 0..<600 { bench.cycle() }
    // A minute: two registers asked for every ten seconds, and one bisection.
    #expect(bench.master.statistics.exceptions <= 10 * (2 * 6 + 6))
    for slot in [0, 1, 3, 4, 6, 7] { #expect(bench.image[slot].time == bench.now) }
  }

  @Test func requestsOfOtherDevicesSurviveACutAndItsEnd() throws {
    let profile = Fixture.profile("t/p", (0..<4).map { Fixture.point("p\($0)", $0, signal: "s\($0)") })
    let bench = try Bench(
      (1...3).map { Fixture.device("d\($0)", profile, unit: $0, serves: "rack.\($0)") }, [profile],
      inputs: (1...3).flatMap { rack in (0..<4).map { "rack.\(rack).s\($0)" } })
    bench.cycle()
    bench.link.illegal = [2]
    bench.cycle()
    bench.link.illegal = []
    for _ in 0..<60 { bench.cycle() }
    #expect(bench.cycle() == (1...3).map { .read(unit: $0, address: 0, count: 4) })
  }

  /// A truncated frame, a wrong check sum and another unit's answer all reach the master as this fault.
  @Test func aGarbledAnswerCostsOneDeviceOneScan() throws {
    let bench = try Bench.meters(3)
    bench.cycle()
    let good = bench.now
    bench.link.faults = [bench.link.requests.count + 1: .protocolViolation]
    bench.cycle()
    #expect(bench.image[1] == FieldValue(value: 20, time: good, outcome: .protocolViolation))
    #expect(bench.image[0].time == bench.now && bench.image[2].time == bench.now)
    bench.cycle()
    #expect(bench.image.allSatisfy { $0.outcome == .good && $0.time == bench.now })
  }

  @Test func aDriveResetBetweenTwoCyclesIsTakenThroughItsStepsAgain() throws {
    let bench = try Bench.drive(Fixture.abb)
    bench.demands.values = [1, 100]
    bench.link.set(1, 3, [0b101])
    bench.cycle()
    #expect(bench.link.holding(1, 0) == 0x047F)
    bench.link.set(1, 0, [0, 0, 0, 0])
    bench.cycle()
    #expect(bench.link.holding(1, 0) == 0x047E)
    #expect(bench.link.holding(1, 1) == 20000)
    bench.link.set(1, 3, [1])
    bench.cycle()
    #expect(bench.link.holding(1, 0) == 0x047F)
  }

  /// OPS-051.
  @Test func aDeviceThatAcknowledgesAndDoesNotObeyIsContradicted() throws {
    let bench = try Bench.drive(Fixture.danfoss)
    bench.link.ignored = [50009]
    bench.demands.values = [1, 50]
    bench.cycle()
    for _ in 0..<BusMaster.contradictionScans {
      #expect(!bench.states[1].contradicted)
      bench.cycle()
      #expect(bench.states[1].outcome == .good)
    }
    #expect(bench.states[1].contradicted)
    bench.link.ignored = []
    bench.cycle()
    bench.cycle()
    #expect(!bench.states[1].contradicted)
  }

  @Test(arguments: [.timeout, .transport(errno: 111), .protocolViolation, .exception(11)] as [ModbusFault])
  func aBusIsLostWhenNothingOnItAnswersForSomeScans(_ fault: ModbusFault) throws {
    let bench = try Bench.meters(2)
    bench.cycle()
    bench.link.faults = Dictionary(uniqueKeysWithValues: (2..<1000).map { ($0, fault) })
    for _ in 1..<BusMaster.busLossScans {
      bench.cycle()
      #expect(!bench.master.statistics.isLost)
    }
    for _ in 0..<30 {
      bench.cycle()
      #expect(bench.master.statistics.isLost)
    }
    bench.link.faults = [:]
    for _ in 0..<10 { bench.cycle() }
    #expect(!bench.master.statistics.isLost)
  }

  @Test func aBusWithOneDeviceThatAnswersIsNotLost() throws {
    for survivor in 1...12 {
      let bench = try Bench.meters(12)
      bench.cycle()
      bench.link.deadUnits = Set(1...12).subtracting([UInt8(survivor)])
      for _ in 0..<40 {
        bench.cycle()
        #expect(!bench.master.statistics.isLost)
      }
    }
  }

  @Test func aBusIsUnreliableWhereDevicesFallSilentAgainAndAgainUntilTheyNoLongerDo() throws {
    for meters in [1, 4] {
      let bench = try Bench.meters(meters)
      for _ in 0..<20 { bench.cycle() }
      #expect(!bench.master.statistics.isUnreliable)
      // Every third request is lost, whoever it is for.
      bench.link.faults = Dictionary(uniqueKeysWithValues: stride(from: 90, to: 4000, by: 3).map { ($0, .timeout) })
      for _ in 0..<100 { bench.cycle() }
      #expect(bench.master.statistics.isUnreliable)
      bench.link.faults = [:]
      for _ in 0..<400 { bench.cycle() }
      #expect(!bench.master.statistics.isUnreliable)
    }
  }

  @Test func aBusWithOneBadDeviceOfSeveralIsNotUnreliable() throws {
    let bench = try Bench.meters(4)
    for cycle in 0..<400 {
      bench.link.deadUnits = cycle % 3 == 0 ? [2] : []
      bench.cycle()
      #expect(!bench.master.statistics.isUnreliable)
    }
  }

  @Test func aBusWhoseDevicesOnlyRefuseIsNotLost() throws {
    let bench = try Bench.meters(2)
    bench.link.illegal = [0]
    for _ in 0..<20 {
      bench.cycle()
      #expect(!bench.master.statistics.isLost)
    }
  }
}
