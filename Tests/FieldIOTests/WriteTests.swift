import FieldIO
import RowConfig
import Testing

/// What a drive or a valve is told, when, and what is believed about it.
@Suite struct WriteTests {
  private static let run = 0
  private static let speed = 1

  @Test func aDanfossDriveStartsStopsAndIsResetByItsControlWord() throws {
    let bench = try Bench.drive(Fixture.danfoss)
    func word() -> UInt16? { bench.link.holding(1, 49999) }
    bench.demands.values = [0, 50]
    bench.cycle()
    #expect(word() == 0x043C)
    #expect(bench.link.holding(1, 50009) == 0x2000)
    bench.demands.values[Self.run] = 1
    bench.cycle()
    #expect(word() == 0x047C)
    bench.link.set(1, 50199, [1 << 3])
    bench.cycle()
    #expect(word() == 0x047C, "a trip alone resets nothing")
    bench.demands.resetRequested[Self.run] = true
    var words: [UInt16?] = []
    for _ in 0..<4 {
      bench.cycle()
      words.append(word())
    }
    #expect(words == [0x04BC, 0x043C, 0x04BC, 0x043C])
    bench.link.set(1, 50199, [1 << 1])
    bench.cycle()
    #expect(word() == 0x047C, "the trip is gone")
  }

  @Test func anABBDriveIsMadeReadyBeforeItIsRun() throws {
    let bench = try Bench.drive(Fixture.abb)
    func word() -> UInt16? { bench.link.holding(1, 0) }
    bench.demands.values = [1, 100]
    bench.cycle()
    #expect(word() == 0x047E)
    #expect(bench.link.holding(1, 1) == 20000)
    bench.link.set(1, 3, [1])
    bench.cycle()
    #expect(word() == 0x047F)
    bench.link.deadUnits = [1]
    bench.cycle()
    bench.link.deadUnits = []
    bench.link.set(1, 3, [0])
    bench.cycle()
    #expect(word() == 0x047E)
    bench.link.set(1, 3, [1 << 3])
    bench.demands.resetRequested[Self.run] = true
    bench.cycle()
    #expect(word() == 0x04FE)
    bench.cycle()
    #expect(word() == 0x047E)
  }

  /// A register that answers with an exception, or not at all, must not stop a pump that runs.
  @Test func aLostStatusNeverTakesARunningDriveBackToItsFirstStep() throws {
    let bench = try Bench.drive(Fixture.abb)
    bench.demands.values = [1, 100]
    bench.link.set(1, 3, [1])
    bench.cycle()
    bench.cycle()
    #expect(bench.link.holding(1, 0) == 0x047F)
    for fault in [ModbusFault.exception(6), .timeout, .protocolViolation, .exception(2)] {
      bench.link.faults[bench.link.requests.count] = fault
      for _ in 0..<3 {
        bench.cycle()
        #expect(bench.link.holding(1, 0) == 0x047F, "\(fault)")
      }
    }
  }

  @Test func theReferenceGoesOutBeforeTheWordThatActsOnIt() throws {
    let bench = try Bench.drive(Fixture.danfoss)
    bench.demands.values = [1, 80]
    bench.cycle()
    #expect(
      bench.link.writes == [
        .write(unit: 1, address: 50009, value: 13107), .write(unit: 1, address: 49999, value: 0x047C),
      ])
  }

  @Test func aDriveIsWrittenEveryCycle() throws {
    let bench = try Bench.drive(Fixture.danfoss)
    bench.demands.values = [1, 50]
    for _ in 0..<10 { bench.cycle() }
    #expect(bench.link.writes.count == 20)
  }

  private static func valve(lossS: Double?) throws -> Bench {
    let valve = Fixture.profile(
      "t/valve",
      [
        Fixture.point("position", 0, signal: "position") { $0.scale = 0.01 },
        Fixture.point("setpoint", 1) { $0.scale = 0.01 },
      ],
      [Fixture.analog("demand", 1, scale: 0.01, rawMin: 0, rawMax: 10000, readBack: "setpoint")], lossS: lossS)
    return try Bench(
      [Fixture.device("v", valve, unit: 1, serves: "rack.1.valve")], [valve],
      inputs: ["rack.1.valve.position"], outputs: ["rack.1.valve.demand"])
  }

  @Test(arguments: [(30.0, 10), (12.0, 4), (2.0, 1), (nil, 30)] as [(Double?, Int)])
  func anUnchangedOutputIsRenewedInsideAThirdOfTheDevicesTimeout(_ lossS: Double?, _ every: Int) throws {
    let bench = try Self.valve(lossS: lossS)
    bench.demands.values = [40]
    var written: [Int] = []
    for second in 0..<100 where bench.cycle().contains(.write(unit: 1, address: 1, value: 4000)) {
      written.append(second)
    }
    #expect(written.first == 0)
    for (earlier, later) in zip(written, written.dropFirst()) { #expect(later - earlier <= every) }
    #expect(written.count <= 100 / max(every - 1, 1) + 1)
  }

  @Test func aChangedOutputIsWrittenAtOnce() throws {
    let bench = try Self.valve(lossS: 900)
    bench.demands.values = [40]
    bench.cycle()
    bench.cycle()
    bench.demands.values = [41]
    bench.cycle()
    #expect(bench.link.writes.count == 2)
    #expect(bench.link.holding(1, 1) == 4100)
  }

  @Test func anOutputThatIsNotDrivenIsLeftAlone() throws {
    let bench = try Self.valve(lossS: 30)
    bench.link.set(1, 1, [1234])
    for _ in 0..<20 { bench.cycle() }
    #expect(bench.link.writes.isEmpty)
    #expect(bench.states[0].accepted == 12.34, "but what it works to is known, for a bumpless start")
  }

  @Test func aDemandBeyondTheCommandsLimitsIsClampedAndNotCalledAContradiction() throws {
    let bench = try Self.valve(lossS: 30)
    bench.demands.values = [250]
    for _ in 0..<5 { bench.cycle() }
    #expect(bench.link.holding(1, 1) == 10000)
    #expect(bench.states[0].accepted == 100)
    #expect(!bench.states[0].contradicted)
  }

  @Test func aDemandThatIsNoNumberIsNeverWritten() throws {
    let bench = try Self.valve(lossS: 30)
    bench.demands.values = [.nan]
    bench.cycle()
    #expect(bench.link.writes.isEmpty)
    #expect(bench.states[0].outcome == .invalidValue)
  }

  @Test func aDeviceThatWorksToSomethingElseIsContradictedAndWrittenAgain() throws {
    let bench = try Self.valve(lossS: 900)
    bench.demands.values = [40]
    bench.cycle()
    for cycle in 1...BusMaster.contradictionScans {
      #expect(!bench.states[0].contradicted)
      bench.link.set(1, 1, [7000])
      bench.cycle()
      #expect(bench.link.writes.count == 1 + cycle)
    }
    #expect(bench.states[0].contradicted)
    #expect(bench.states[0].accepted == 70)
    bench.cycle()
    #expect(!bench.states[0].contradicted)
  }

  @Test func aDeviceOneCycleBehindARampIsNotContradicted() throws {
    let bench = try Self.valve(lossS: 900)
    for step in 0..<20 {
      bench.demands.values = [Double(5 * step)]
      let behind = bench.link.holding(1, 1) ?? 0
      bench.cycle()
      let told = bench.link.holding(1, 1) ?? 0
      bench.link.set(1, 1, [behind])
      bench.master.scan(now: bench.now + .milliseconds(500), into: &bench.image)
      bench.master.copyWriteStates(into: &bench.states)
      #expect(!bench.states[0].contradicted)
      bench.link.set(1, 1, [told])
    }
  }

  @Test func aDeviceThatIgnoresItsDemandIsContradictedEvenOnARamp() throws {
    let bench = try Self.valve(lossS: 900)
    for step in 0...4 {
      bench.demands.values = [Double(20 + 5 * step)]
      bench.link.set(1, 1, [1000])
      bench.cycle()
    }
    #expect(bench.states[0].contradicted)
  }

  @Test func aDeviceThatRefusesItsDemandIsContradictedUntilItTakesIt() throws {
    let bench = try Self.valve(lossS: 900)
    bench.link.readOnly = [1]
    bench.demands.values = [40]
    for refusals in 1...5 {
      bench.cycle()
      #expect(bench.states[0].outcome == .exception)
      #expect(bench.states[0].contradicted == (refusals >= BusMaster.contradictionScans))
    }
    bench.link.readOnly = []
    bench.cycle()
    #expect(!bench.states[0].contradicted)
  }

  @Test func refusalsWithAnAcceptedWriteBetweenThemAreNoContradiction() throws {
    let bench = try Self.valve(lossS: 900)
    for demand in 1...12 {
      bench.link.readOnly = demand % BusMaster.contradictionScans == 0 ? [] : [1]
      bench.demands.values = [Double(demand)]
      bench.cycle()
      #expect(!bench.states[0].contradicted)
    }
  }

  @Test func aDemandThatCannotBeWrittenIsAContradictionUntilItIsWithdrawn() throws {
    let bench = try Self.valve(lossS: 900)
    bench.demands.values = [.nan]
    for attempts in 1...4 {
      bench.cycle()
      #expect(bench.states[0].contradicted == (attempts >= BusMaster.contradictionScans))
    }
    bench.demands.values = [nil]
    bench.cycle()
    #expect(!bench.states[0].contradicted)
  }

  @Test func aDemandThatWaitsForItsReferenceOnADeadLinkIsNoContradiction() throws {
    var speed = DeviceProfile.Command.Analog(rawMin: 0, rawMax: 65535)
    speed.reference = "max_speed"
    var command = DeviceProfile.Command(
      name: "speed_demand", area: .holding, address: 1, format: .uint16, form: .analog(speed))
    command.signal = "speed_demand"
    let fan = Fixture.profile("t/fan", [Fixture.point("max_speed", 0)], [command])
    let bench = try Bench(
      [Fixture.device("f", fan, unit: 1, serves: "fan.1")], [fan], inputs: [], outputs: ["fan.1.speed_demand"])
    bench.demands.values = [50]
    bench.link.faults = Dictionary(uniqueKeysWithValues: (0..<20).map { ($0, .transport(errno: 111)) })
    for _ in 0..<10 { bench.cycle() }
    #expect(bench.states[0].outcome == .invalidValue && !bench.states[0].contradicted)
  }

  /// OPS-051.
  @Test func aWriteThatWasNotConfirmedIsWrittenAgain() throws {
    for fault in [.timeout, .transport(errno: 104), .protocolViolation, .exception(6)] as [ModbusFault] {
      let bench = try Self.valve(lossS: 900)
      bench.demands.values = [40]
      bench.cycle()
      let confirmed = bench.now
      bench.demands.values = [50]
      bench.link.faults = [bench.link.requests.count + 1: fault]
      bench.cycle()
      #expect(bench.states[0].outcome == Self.outcome(fault))
      #expect(bench.states[0].lastSuccess == confirmed)
      bench.cycle()
      #expect(bench.link.holding(1, 1) == 5000)
      #expect(bench.states[0].outcome == .good && bench.states[0].lastSuccess == bench.now)
    }
  }

  @Test func aSlowDeviceThatFailedAWriteIsTriedAgainInTheNextScan() throws {
    let slow = Fixture.profile(
      "t/slow", [Fixture.point("position", 0, signal: "position") { $0.intervalS = 60 }],
      [Fixture.analog("demand", 1, scale: 1, rawMin: 0, rawMax: 100)])
    let bench = try Bench(
      [Fixture.device("v", slow, unit: 1, serves: "rack.1.valve")], [slow],
      inputs: ["rack.1.valve.position"], outputs: ["rack.1.valve.demand"])
    bench.demands.values = [40]
    bench.link.faults = [1: .timeout]
    bench.cycle()
    #expect(bench.states[0].outcome == .timeout)
    #expect(
      bench.cycle() == [.read(unit: 1, address: 0, count: 1), .write(unit: 1, address: 1, value: 40)])
    #expect(bench.states[0].outcome == .good)
  }

  @Test func aDeviceThatReturnsIsToldItsDemandAgain() throws {
    let bench = try Self.valve(lossS: 900)
    bench.demands.values = [40]
    bench.cycle()
    bench.link.deadUnits = [1]
    for _ in 0..<30 { bench.cycle() }
    bench.link.deadUnits = []
    bench.link.set(1, 1, [0])
    for _ in 0..<10 { bench.cycle() }
    #expect(bench.link.holding(1, 1) == 4000)
  }

  private static func outcome(_ fault: ModbusFault) -> Outcome {
    switch fault {
    case .transport: .transport
    case .timeout: .timeout
    case .protocolViolation: .protocolViolation
    case .exception: .exception
    }
  }

  /// Fails the first request of a run, then the second, and so on until a run has fewer requests than that.
  @Test(arguments: [.timeout, .transport(errno: 104), .protocolViolation, .exception(4)] as [ModbusFault])
  func whicheverRequestFailsNoStaleValueIsGoodAndNoWriteIsLost(_ fault: ModbusFault) throws {
    var failing = 0
    while true {
      let bench = try Bench(
        [
          Fixture.device("m", Fixture.meter, unit: 2, serves: "rack.1"),
          Fixture.device("p", Fixture.danfoss, unit: 1, serves: "pump.1"),
        ], [Fixture.danfoss, Fixture.meter],
        inputs: ["rack.1.flow", "pump.1.speed", "pump.1.fault"], outputs: ["pump.1.run", "pump.1.speed_demand"])
      bench.link.faults = [failing: fault]
      for cycle in 1...4 {
        bench.link.set(2, 0, [UInt16(cycle)])
        bench.demands.values = [1, Double(10 * cycle)]
        bench.cycle()
        for value in bench.image where value.outcome == .good { #expect(value.time == bench.now) }
        if bench.image[0].outcome == .good { #expect(abs(bench.image[0].value - Double(cycle) / 10) < 1e-9) }
        for state in bench.states where state.outcome == .good { #expect(state.lastSuccess == bench.now) }
      }
      let untouched = bench.link.requests.count <= failing
      bench.link.faults = [:]
      bench.cycle()
      #expect(bench.image.allSatisfy { $0.outcome == .good && $0.time == bench.now })
      #expect(bench.states.allSatisfy { $0.outcome == .good && $0.lastSuccess == bench.now })
      #expect(bench.link.holding(1, 50009) == 6554 && bench.link.holding(1, 49999) == 0x047C)
      if untouched { break }
      failing += 1
    }
    #expect(failing > 15)
  }
}
