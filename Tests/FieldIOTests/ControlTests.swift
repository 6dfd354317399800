import RowConfig
import Testing

@testable import FieldIO

/// A device is commanded once it is known to be the right one and has been taken into control, and never faster than it
/// bears.
@Suite struct ControlTests {
  /// A pump: control word 100, mode 101, setpoint 103 (0.01 %); status 200 (b8 remote, b10 fault), mode 202.
  private static let pump: DeviceProfile = {
    var mode = Fixture.analog("mode", 101, scale: 1, rawMin: 0, rawMax: 9)
    mode.signal = nil
    var profile = Fixture.profile(
      "t/pump",
      [
        Fixture.bit("remote", 200, 8, signal: "remote"), Fixture.bit("fault", 200, 10, signal: "fault"),
        Fixture.point("actual_mode", 202), Fixture.point("family", 29),
      ],
      [
        Fixture.word(100, stop: 1, reset: 0, [.init(value: 3, until: nil)]),
        Fixture.analog("speed_demand", 103, scale: 0.01, rawMin: 0, rawMax: 10000), mode,
      ], lossS: 30)
    profile.sequences.takeControl = [
      .write(.init(command: "control", raw: 1)),
      .wait(.init(point: "remote", rawIn: [1], withinS: 5, onFail: .release)),
      .write(.init(command: "mode", raw: 4)),
      .wait(.init(point: "actual_mode", rawIn: [4], withinS: 5)),
    ]
    profile.sequences.release = [.write(.init(command: "control", raw: 0))]
    profile.sequences.reset = [
      .write(.init(command: "control", raw: 5)), .pause(2), .write(.init(command: "control", raw: 1)),
    ]
    return profile
  }()

  private static func bench(_ adjust: (inout DeviceProfile) -> Void = { _ in }) throws -> Bench {
    var profile = pump
    adjust(&profile)
    return try Bench(
      [Fixture.device("P-101", profile, unit: 1, serves: "pump.1")], [profile],
      inputs: ["pump.1.remote", "pump.1.fault"], outputs: ["pump.1.run", "pump.1.speed_demand"])
  }

  private static func writes(_ requests: [MemoryLink.Request]) -> [String] {
    requests.compactMap {
      if case .write(_, let address, let value) = $0 { "\(address)=\(value)" } else { nil }
    }
  }

  /// Taken into control and running at 50 %.
  private static func controlled(_ adjust: (inout DeviceProfile) -> Void = { _ in }) throws -> Bench {
    let bench = try bench(adjust)
    bench.link.set(1, 200, [1 << 8, 0, 4])
    bench.demands.values = [1, 50]
    for _ in 0..<3 { bench.cycle() }
    #expect(bench.link.holding(1, 100) == 3 && bench.link.holding(1, 103) == 5000)
    return bench
  }

  // MARK: Sequences

  @Test func aDeviceThatNobodyDrivesIsLeftAlone() throws {
    let bench = try Self.bench()
    for _ in 0..<3 { #expect(Self.writes(bench.cycle()) == []) }
  }

  /// OPS-071.
  @Test func controlIsTakenStepByStepBeforeTheFirstCommand() throws {
    let bench = try Self.bench()
    bench.demands.values = [1, 50]
    #expect(Self.writes(bench.cycle()) == ["100=1"])
    #expect(Self.writes(bench.cycle()) == [])
    bench.link.set(1, 200, [1 << 8])
    #expect(Self.writes(bench.cycle()) == ["101=4"])
    #expect(Self.writes(bench.cycle()) == [])
    bench.link.set(1, 202, [4])
    #expect(Self.writes(bench.cycle()) == ["103=5000", "100=3"])
    #expect(bench.states[0].outcome == .good && !bench.states[0].contradicted)
  }

  @Test func whatWasReadBeforeTheStepEndsNoWait() throws {
    let bench = try Self.bench()
    bench.link.set(1, 200, [1 << 8])
    bench.demands.values = [1, 50]
    #expect(Self.writes(bench.cycle()) == ["100=1"])
    #expect(Self.writes(bench.cycle()) == ["101=4"])
  }

  /// OPS-071.
  @Test func aFailedWaitRunsItsBranchReportsTheOutputsAndStartsOver() throws {
    let bench = try Self.bench()
    bench.demands.values = [1, 50]
    bench.cycle()
    var seen: [String] = []
    for _ in 0..<5 { seen += Self.writes(bench.cycle()) }
    #expect(seen == ["100=0"])
    for _ in 0..<3 { bench.cycle() }
    #expect(bench.states.allSatisfy { $0.outcome == .invalidValue && $0.contradicted })
    seen = []
    for _ in 0..<8 { seen += Self.writes(bench.cycle()) }
    #expect(seen == ["100=1"])
  }

  @Test func aDeviceThatReturnsIsTakenAgain() throws {
    let bench = try Self.controlled()
    bench.link.deadUnits = [1]
    bench.cycle()
    bench.link.deadUnits = []
    #expect(Self.writes(bench.cycle()) == ["100=1"])
    #expect(Self.writes(bench.cycle()) == ["101=4"])
    #expect(Self.writes(bench.cycle()) == ["103=5000", "100=3"])
  }

  @Test func aDeviceNoLongerDrivenIsReleasedOnce() throws {
    let bench = try Self.controlled()
    bench.demands.values = [nil, nil]
    #expect(Self.writes(bench.cycle()) == ["100=0"])
    for _ in 0..<3 { #expect(Self.writes(bench.cycle()) == []) }
    bench.demands.values = [1, 50]
    #expect(Self.writes(bench.cycle()) == ["100=1"])
  }

  @Test func aResetGoesThroughItsPauseAndThenCommandsGoOn() throws {
    let bench = try Self.controlled()
    bench.link.set(1, 200, [1 << 8 | 1 << 10])
    bench.demands.resetRequested = [true, false]
    #expect(Self.writes(bench.cycle()) == ["100=5"])
    bench.link.set(1, 200, [1 << 8])
    #expect(Self.writes(bench.cycle()) == [])
    #expect(Self.writes(bench.cycle()) == ["100=1", "103=5000", "100=3"])
    #expect(Self.writes(bench.cycle()) == ["103=5000", "100=3"])
  }

  /// OPS-071.
  @Test(arguments: [(1.0, "100=3"), (0, "100=1")])
  func controlIsTakenWithoutStoppingOrStartingWhatTheRowDoesNotWant(_ run: Double, _ word: String) throws {
    let bench = try Self.bench {
      $0.sequences.takeControl[0] = .write(.init(command: "control"))
    }
    bench.link.set(1, 200, [1 << 8, 0, 4])
    bench.demands.values = [run, 50]
    #expect(Self.writes(bench.cycle()) == [word])
    #expect(Self.writes(bench.cycle()) == ["101=4"])
    #expect(Self.writes(bench.cycle()) == ["103=5000", word])
  }

  @Test func aResetIsNotSentToADeviceWithoutAFault() throws {
    let bench = try Self.controlled()
    bench.demands.resetRequested = [true, false]
    #expect(Self.writes(bench.cycle()) == ["103=5000", "100=3"])
  }

  @Test func aRefusedStepFailsTheSequence() throws {
    let bench = try Self.bench()
    bench.link.readOnly = [100]
    bench.demands.values = [1, 50]
    for _ in 0..<4 { bench.cycle() }
    #expect(bench.states.allSatisfy { $0.outcome == .invalidValue && $0.contradicted })
  }

  // MARK: Identity

  /// OPS-070.
  @Test(arguments: [(1, true), (2, true), (3, false)] as [(UInt16, Bool)])
  func aDeviceIsCommandedOnlyIfItIsTheOneOfItsProfile(_ family: UInt16, _ isRight: Bool) throws {
    let bench = try Self.bench {
      $0.sequences = .init()
      $0.identity = [.init(point: "family", rawIn: [1, 2])]
    }
    bench.link.set(1, 29, [family])
    bench.link.set(1, 200, [1 << 8])
    bench.demands.values = [1, 50]
    for _ in 0..<3 { bench.cycle() }
    #expect(bench.link.writes.isEmpty == !isRight)
    #expect(bench.states[0].contradicted == !isRight)
    #expect(bench.image[0].value == 1 && bench.image[0].outcome == .good)
    let stranger = SetUpFinding(device: "P-101", point: "family", expected: 1...2, found: 3, isIdentity: true)
    #expect(bench.master.statistics.setUp == (isRight ? [] : [stranger]))
  }

  @Test(arguments: [("RDF040", true), ("RDF041", false)])
  func aTextIsComparedWithoutItsPadding(_ text: String, _ isRight: Bool) throws {
    let bench = try Self.bench {
      $0.sequences = .init()
      $0.points.append(Fixture.point("model", 300, .string) { $0.length = 5 })
      $0.identity = [.init(point: "model", text: "RDF040")]
    }
    let bytes = Array(text.utf8) + Array(repeating: 0, count: 10 - text.utf8.count)
    bench.link.set(1, 300, stride(from: 0, to: 10, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) })
    bench.demands.values = [1, 50]
    bench.cycle()
    #expect(bench.link.writes.isEmpty == !isRight)
  }

  @Test func aDeviceThatWasExchangedIsNoticedWhenItReturns() throws {
    let bench = try Self.bench {
      $0.sequences = .init()
      $0.identity = [.init(point: "family", rawIn: [2])]
    }
    bench.link.set(1, 29, [2])
    bench.demands.values = [1, 50]
    bench.cycle()
    #expect(!bench.link.writes.isEmpty)
    bench.link.deadUnits = [1]
    bench.cycle()
    bench.link.deadUnits = []
    bench.link.set(1, 29, [7])
    #expect(Self.writes(bench.cycle()) == [])
  }

  // MARK: Heartbeat

  @Test func aHeartbeatBeatsWhileTheDeviceIsDrivenAndNoLonger() throws {
    let bench = try Self.controlled {
      $0.heartbeat = .init(command: "mode", raws: [8, 9], everyS: 2)
    }
    var seen: [String] = []
    for _ in 0..<6 { seen += Self.writes(bench.cycle()).filter { $0.hasPrefix("101=") } }
    #expect(seen.count == 3 && Set(seen) == ["101=8", "101=9"])
    bench.demands.values = [nil, nil]
    for _ in 0..<6 { #expect(!Self.writes(bench.cycle()).contains { $0.hasPrefix("101=") }) }
  }

  // MARK: Limits

  private static func valve(_ adjust: (inout DeviceProfile.Command.Analog) -> Void) throws -> Bench {
    var profile = Fixture.profile(
      "t/valve", [Fixture.point("position", 0, signal: "position") { $0.scale = 0.01 }],
      [Fixture.analog("demand", 1, scale: 0.01, rawMin: 0, rawMax: 10000, readBack: "position")])
    guard case .analog(var analog) = profile.commands[0].form else { preconditionFailure("A valve has a demand.") }
    adjust(&analog)
    profile.commands[0].form = .analog(analog)
    return try Bench(
      [Fixture.device("v", profile, unit: 1, serves: "rack.1.valve")], [profile], inputs: ["rack.1.valve.position"],
      outputs: ["rack.1.valve.demand"])
  }

  /// OPS-072.
  @Test func aLargeChangeIsMadeInStepsFromWhereTheDeviceStands() throws {
    let bench = try Self.valve { $0.maxStep = 20 }
    bench.link.set(1, 0, [3000])
    bench.demands.values = [100]
    var seen: [String] = []
    for _ in 0..<5 {
      seen += Self.writes(bench.cycle())
      bench.link.set(1, 0, [bench.link.holding(1, 1) ?? 0])
    }
    #expect(seen == ["1=5000", "1=7000", "1=9000", "1=10000"])
  }

  /// OPS-072.
  @Test func changesKeepTheirLeastInterval() throws {
    let bench = try Self.valve { $0.minIntervalS = 3 }
    var seen: [Int] = []
    for cycle in 0..<7 {
      bench.demands.values = [Double(10 + cycle)]
      if !Self.writes(bench.cycle()).isEmpty { seen.append(cycle) }
      bench.link.set(1, 0, [bench.link.holding(1, 1) ?? 0])
    }
    #expect(seen == [0, 3, 6])
  }

  /// OPS-072: an interlock's demand waits neither for the least interval nor for a budget that is spent.
  @Test(arguments: [false, true])
  func whatAnInterlockWantsIsWrittenAtOnce(_ isUrgent: Bool) throws {
    let bench = try Self.valve {
      $0.minIntervalS = 10
      $0.writesPerDay = 24
      $0.readBack = nil
    }
    bench.demands.values = [40]
    bench.cycle()
    bench.demands.values = [100]
    bench.demands.isUrgent = [isUrgent]
    #expect(Self.writes(bench.cycle()) == (isUrgent ? ["1=10000"] : []))
    #expect(!bench.states[0].contradicted)
  }

  /// OPS-072: a device that confirms and holds something else does not wear its memory out on an interlock.
  @Test func whatADeviceDoesNotHoldIsWrittenAgainWithinItsBudgetOnly() throws {
    let bench = try Self.valve { $0.writesPerDay = 48 }
    bench.link.set(1, 0, [3000])
    bench.demands.values = [100]
    bench.demands.isUrgent = [true]
    var writes = 0
    for _ in 0..<600 { writes += Self.writes(bench.cycle()).count }
    #expect((1...4).contains(writes), "\(writes)")
  }

  /// OPS-072: small changes add up until they are worth a write.
  @Test func changesBelowTheDeadbandAreNotWritten() throws {
    let bench = try Self.valve { $0.deadband = 2 }
    var seen: [String] = []
    for demand in [50, 51, 51.9, 49, 48.1, 50, 52, 53, 47] {
      bench.demands.values = [demand]
      seen += Self.writes(bench.cycle())
      bench.link.set(1, 0, [bench.link.holding(1, 1) ?? 0])
    }
    #expect(seen == ["1=5000", "1=5200", "1=4700"])
  }

  /// OPS-072: what the deadband holds back is sent when the output is renewed.
  @Test func aRenewedOutputIsTheOneDemandedNow() throws {
    let bench = try Self.valve { $0.deadband = 2 }
    bench.demands.values = [50]
    bench.cycle()
    bench.link.set(1, 0, [5000])
    bench.demands.values = [51]
    var seen: [String] = []
    for _ in 0..<31 {
      seen += Self.writes(bench.cycle())
      bench.link.set(1, 0, [bench.link.holding(1, 1) ?? 0])
    }
    #expect(seen == ["1=5100"])
  }

  @Test(arguments: [0, 5.0])
  func aDeviceMayTakeItsTimeToSettle(_ settleS: Double) throws {
    let bench = try Self.valve { $0.settleS = settleS }
    bench.link.set(1, 0, [0])
    bench.demands.values = [40]
    for _ in 0..<5 { bench.cycle() }
    #expect(bench.states[0].contradicted == (settleS == 0))
    for _ in 0..<4 { bench.cycle() }
    #expect(bench.states[0].contradicted)
  }

  /// OPS-072.
  @Test func aMemoryThatWearsIsWrittenOnChangeAndWithinItsBudget() throws {
    let bench = try Self.valve {
      $0.writesPerDay = 48
      $0.readBack = nil
    }
    bench.demands.values = [40]
    for _ in 0..<100 { bench.cycle() }
    #expect(bench.link.writes.count == 1)
    for cycle in 0..<20 {
      bench.demands.values = [Double(cycle)]
      bench.cycle()
    }
    #expect(bench.link.writes.count == 2)
    #expect(bench.states[0].outcome == .overBudget && bench.states[0].contradicted)
    for _ in 0..<3 { bench.cycle(.seconds(1800)) }
    #expect(bench.link.writes.count == 3 && bench.states[0].outcome == .good)
  }

  // MARK: Values that depend on others

  private static func meter(_ adjust: @escaping (inout DeviceProfile.Point) -> Void) throws -> Bench {
    let profile = Fixture.profile(
      "t/meter", [Fixture.point("flow", 0, signal: "flow", adjust), Fixture.point("unit", 1)])
    return try Bench(
      [Fixture.device("m", profile, unit: 1, serves: "rack.1")], [profile], inputs: ["rack.1.flow"])
  }

  @Test func theUnitIsWhatAnotherRegisterSaysItIs() throws {
    let bench = try Self.meter {
      $0.unitFrom = .init(
        point: "unit", choices: [.init(raw: 3), .init(raw: 1, scale: 1000 / 60.0), .init(raw: 9, offset: -5)])
    }
    for (unit, value) in [(3, 60.0), (1, 1000), (9, 55)] {
      bench.link.set(1, 0, [60, UInt16(unit)])
      bench.cycle()
      #expect(abs(bench.image[0].value - value) < 1e-9 && bench.image[0].outcome == .good)
    }
    bench.link.set(1, 1, [2])
    bench.cycle()
    #expect(bench.image[0].outcome == .invalidValue && bench.image[0].value == 55)
  }

  @Test(arguments: [(2999, false), (3000, true), (3600, true), (3601, false)] as [(UInt16, Bool)])
  func aRawNumberCountsOnlyInsideItsRange(_ raw: UInt16, _ counts: Bool) throws {
    let bench = try Self.meter {
      $0.scale = 0.1
      $0.offset = -300
      $0.validRaw = .init(min: 3000, max: 3600)
    }
    bench.link.set(1, 0, [raw])
    bench.cycle()
    #expect(bench.image[0].outcome == (counts ? .good : .invalidValue))
  }

  @Test func aRequestSkipsRegistersOnlyAsFarAsTheDeviceAllows() throws {
    var profile = Fixture.profile(
      "t/meter", [Fixture.point("a", 0, signal: "a"), Fixture.point("b", 3, signal: "b")])
    for (gap, count) in [(nil, 1), (2, 1), (1, 2)] as [(Int?, Int)] {
      profile.maxGap = gap
      let bench = try Bench(
        [Fixture.device("m", profile, unit: 1, serves: "rack.1")], [profile], inputs: ["rack.1.a", "rack.1.b"])
      #expect(bench.cycle().count == count)
    }
  }
}
