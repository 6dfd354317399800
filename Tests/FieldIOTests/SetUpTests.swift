import RowConfig
import Testing

@testable import FieldIO

/// What devices are set up to do when the daemon falls silent, and that it does not let them.
@Suite struct SetUpTests {
  /// A valve with its action at register 10 (has to be 2) and its timeout at 11 (1 … 60 s).
  private static let valve: DeviceProfile = {
    var profile = Fixture.profile(
      "t/valve",
      [
        Fixture.point("position", 0, signal: "position") { $0.scale = 0.01 }, Fixture.point("action", 10),
        Fixture.point("timeout", 11),
      ],
      [Fixture.analog("demand", 1, scale: 0.01, rawMin: 0, rawMax: 10000)], lossS: 60)
    profile.communicationLoss?.setUp = [
      .init(point: "action", min: 2, max: 2), .init(point: "timeout", min: 1, max: 60),
    ]
    return profile
  }()

  private static func bench(_ policy: Site.WrongSetUp = .warn) throws -> Bench {
    let bench = try Bench(
      [Fixture.device("v", valve, unit: 1, serves: "rack.1.valve")], [valve],
      inputs: ["rack.1.valve.position"], outputs: ["rack.1.valve.demand"], wrongSetUp: policy)
    bench.link.set(1, 10, [2, 60])
    return bench
  }

  private static func finding(_ point: String, _ expected: ClosedRange<Double>, _ found: Double?) -> SetUpFinding {
    SetUpFinding(device: "v", point: point, expected: expected, found: found)
  }

  private static let settings = MemoryLink.Request.read(unit: 1, address: 10, count: 2)

  /// OPS-052.
  @Test(
    arguments: [
      ([2, 60], []), ([2, 1], []), ([2, 61], ["timeout"]), ([2, 0], ["timeout"]), ([1, 900], ["action", "timeout"]),
    ] as [([UInt16], [String])])
  func aSettingIsReportedUnlessItIsAsTheProfileWantsIt(_ registers: [UInt16], _ wrong: [String]) throws {
    let bench = try Self.bench()
    bench.link.set(1, 10, registers)
    bench.cycle()
    let setUp = bench.master.statistics.setUp
    #expect(setUp.map(\.point) == wrong)
    for finding in setUp {
      #expect(finding.device == "v")
      #expect(finding.found == Double(finding.point == "action" ? registers[0] : registers[1]))
      #expect(finding.expected == (finding.point == "action" ? 2...2 : 1...60))
    }
  }

  @Test func aSettingTheDeviceDoesNotHaveIsReportedAndTheOtherIsRead() throws {
    let bench = try Self.bench()
    bench.link.illegal = [10]
    bench.link.set(1, 11, [900])
    bench.cycle()
    #expect(
      bench.master.statistics.setUp == [Self.finding("action", 2...2, nil), Self.finding("timeout", 1...60, 900)])
    #expect(bench.image[0].time == bench.now)
  }

  /// OPS-052.
  @Test func aWrongSetUpIsRefusedCommandWhereTheSiteSaysSoUntilItIsPutRight() throws {
    let bench = try Self.bench(.refuse)
    bench.link.set(1, 11, [900])
    bench.demands.values = [50]
    for _ in 0..<5 { bench.cycle() }
    #expect(bench.link.writes.isEmpty && bench.states[0].contradicted)
    #expect(bench.image[0].outcome == .good, "it is read all the same")
    bench.link.set(1, 11, [60])
    for _ in 0..<601 { bench.cycle() }
    #expect(!bench.link.writes.isEmpty && bench.states[0].outcome == .good)
    // A fault while it is in command takes it out of nobody's hands.
    bench.link.set(1, 11, [900])
    bench.demands.values = [60]
    for _ in 0..<605 { bench.cycle() }
    #expect(!bench.master.statistics.setUp.isEmpty)
    #expect(bench.states[0].outcome == .good && !bench.states[0].contradicted)
  }

  /// OPS-052.
  @Test func aWrongSetUpIsOnlySaidWhereTheSiteSaysNothing() throws {
    let bench = try Self.bench()
    bench.link.set(1, 11, [900])
    bench.demands.values = [50]
    bench.cycle()
    #expect(!bench.link.writes.isEmpty && !bench.master.statistics.setUp.isEmpty)
  }

  @Test func settingsAreReadOnceAndTheirCorrectionIsSeenInTime() throws {
    let bench = try Self.bench()
    bench.link.set(1, 11, [900])
    #expect(bench.cycle().contains(Self.settings))
    bench.link.set(1, 11, [60])
    for _ in 0..<599 { #expect(!bench.cycle().contains(Self.settings)) }
    #expect(!bench.master.statistics.setUp.isEmpty)
    bench.cycle()
    #expect(bench.master.statistics.setUp.isEmpty)
  }

  /// OPS-052.
  @Test(arguments: [.timeout, .transport(errno: 104), .protocolViolation] as [ModbusFault])
  func aDeviceThatReturnsIsAskedForItsSettingsAgain(_ fault: ModbusFault) throws {
    let bench = try Self.bench()
    bench.cycle()
    bench.link.faults = [bench.link.requests.count: fault]
    bench.cycle()
    bench.link.set(1, 10, [0, 900])
    bench.cycle()
    #expect(
      bench.master.statistics.setUp == [Self.finding("action", 2...2, 0), Self.finding("timeout", 1...60, 900)])
  }

  @Test func aDeviceThatIsSilentSaysNothingOfItsSettings() throws {
    let bench = try Self.bench()
    bench.link.deadUnits = [1]
    for _ in 0..<20 { bench.cycle() }
    #expect(bench.master.statistics.setUp.isEmpty)
  }

  @Test func aDeviceThatIsNotCommandedIsNotAsked() throws {
    let bench = try Bench(
      [Fixture.device("v", Self.valve, unit: 1, serves: "rack.1.valve")], [Self.valve],
      inputs: ["rack.1.valve.position"])
    #expect(bench.cycle() == [.read(unit: 1, address: 0, count: 1)])
  }

  /// OPS-051. Also where the demand never changes: on a one-second cycle, as in the shipped rows.
  @Test(arguments: ["abb/acs580", "belimo/actuator-mod", "danfoss/vlt-fc", "ebm-papst/ec-fan", "siemens/acvatix-mo"])
  func everyShippedDeviceIsWrittenInsideAThirdOfItsTimeout(_ name: String) throws {
    let folder = #filePath.replacing("Tests/FieldIOTests/SetUpTests.swift", with: "config/profiles")
    let profile = try SiteLoader.loadProfile(path: "\(folder)/\(name).yaml")
    let timeoutS = try #require(profile.communicationLoss?.timeoutS)
    let outputs = profile.commands.compactMap(\.signal).map { "x.1.\($0)" }
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "x.1")], [profile],
      inputs: profile.points.compactMap(\.signal).map { "x.1.\($0)" }, outputs: outputs)
    bench.demands.values = outputs.map { $0.hasSuffix("run") ? 1 : 40 }
    for _ in 0..<400 {
      bench.cycle()
      for state in bench.states { #expect(bench.now + .seconds(1) - state.lastSuccess <= .seconds(timeoutS / 3)) }
    }
  }
}
