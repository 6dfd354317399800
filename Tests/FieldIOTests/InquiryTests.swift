import Dispatch
import FieldIO
import Glibc
import RowConfig
import Synchronization
import Testing

/// What a person asks of one device, through the worker of its bus.
@Suite struct InquiryTests {
  private static let texts: [UInt16] = [0x4D41, 0x4736, 0x3030, 0x3020]

  /// A drive whose profile has more than the row uses: a text, a slow point, a register that is refused, one beside a
  /// marker for no value, and commands nobody drives.
  private static var drive: DeviceProfile {
    var profile = Fixture.danfoss
    profile.points += [
      Fixture.point("model", 10, .string) { $0.length = 4 },
      Fixture.point("hours", 20, .uint32) { $0.intervalS = 60 },
      Fixture.point("refused", 24), Fixture.point("missing", 25) { $0.invalidRaw = [0xFFFF] },
      Fixture.point("ramp_now", 30) { $0.scale = 0.1 },
    ]
    var ramp = Fixture.analog("ramp", 30, scale: 0.1, rawMin: 10, rawMax: 600, readBack: "ramp_now")
    ramp.signal = nil
    var mode = Fixture.word(40, stop: 1, reset: 4, [.init(value: 2, until: nil)])
    mode.name = "mode"
    mode.signal = nil
    profile.commands += [ramp, mode]
    return profile
  }

  /// A worker over a device in memory; the loop orders one cycle at a time.
  private final class Row: Sendable {
    let worker: BusWorker
    let device = Fixture.device("P-101", InquiryTests.drive, unit: 1, serves: "pump.1")
    let profile: DeviceProfile
    private let answers = Mutex<[InquiryAnswer]>([])
    private let answered = DispatchSemaphore(value: 0)
    private let cycle = Mutex<UInt64>(0)

    init(
      _ profile: DeviceProfile = InquiryTests.drive, _ prepare: (MemoryLink) -> Void = { _ in }
    ) throws {
      self.profile = profile
      let link = MemoryLink()
      link.set(1, 10, InquiryTests.texts)
      link.set(1, 20, [1, 2])
      link.set(1, 25, [0xFFFF])
      link.set(1, 30, [125])
      link.set(1, 50209, [0x2000])
      link.illegal = [24]
      prepare(link)
      let plan = try Fixture.plan(
        [Fixture.device("P-101", profile, unit: 1, serves: "pump.1")], [profile],
        inputs: ["pump.1.speed", "pump.1.running", "pump.1.fault"], outputs: ["pump.1.run", "pump.1.speed_demand"])
      worker = BusWorker(BusMaster(plan: plan, link: link), inputSlots: 3, outputSlots: 2)
    }

    /// Scan and write; returns when both are done.
    func runCycle() {
      beginScan()
      write()
    }

    func beginScan() {
      let number = cycle.withLock { cycle in
        cycle += 1
        return cycle
      }
      var image = Array(repeating: FieldValue(), count: 3)
      worker.beginScan(cycle: number, now: MonotonicClock.now())
      #expect(worker.collect(until: MonotonicClock.now() + .seconds(20), into: &image))
    }

    func write() {
      var states = Array(repeating: WriteState(), count: 2)
      var demands = OutputDemands(slots: 2)
      demands.values = [1, 50]
      worker.beginWrite(demands, cycle: cycle.withLock { $0 }, now: MonotonicClock.now())
      #expect(worker.awaitWrites(until: MonotonicClock.now() + .seconds(20), into: &states))
    }

    /// Some answers take a cycle more: a device that settles is asked again.
    func waitForAnswer() {
      while answered.wait(timeout: .now() + .milliseconds(20)) == .timedOut { runCycle() }
    }

    func ask(_ inquiry: DeviceInquiry) -> Bool {
      worker.ask(inquiry) { answer in
        self.answers.withLock { $0.append(answer) }
        self.answered.signal()
      }
    }

    func answer(_ inquiry: DeviceInquiry) throws -> InquiryAnswer {
      runCycle()
      #expect(ask(inquiry))
      waitForAnswer()
      return try #require(answers.withLock { $0.popLast() })
    }

    func write(_ name: String, _ value: Double) throws -> InquiryAnswer.Written? {
      let command = try #require(profile.commands.first { $0.name == name })
      let bus = worker.plan.bus
      return try answer(DeviceInquiry(writing: command, value: value, to: device, profile, on: bus)).written
    }

    func expect(_ name: String, _ value: Double, _ expected: InquiryAnswer.Written) throws {
      #expect(try write(name, value) == expected, "\(name) \(value)")
    }

    func everything() throws -> DeviceInquiry {
      try DeviceInquiry(reading: profile.points, of: device, profile, on: worker.plan.bus)
    }

    func stop() { #expect(worker.stop(until: MonotonicClock.now() + .seconds(20))) }
  }

  private func withRow(
    _ profile: DeviceProfile = InquiryTests.drive, _ prepare: @escaping (MemoryLink) -> Void = { _ in },
    _ body: (Row) throws -> Void
  ) throws {
    let row = try Row(profile, prepare)
    defer { row.stop() }
    try body(row)
  }

  private func withRow(_ prepare: @escaping (MemoryLink) -> Void, _ body: (Row) throws -> Void) throws {
    try withRow(Self.drive, prepare, body)
  }

  @Test func everyPointOfTheProfileIsReadWhetherTheRowUsesItOrNot() throws {
    try withRow { row in
      let readings = try row.answer(row.everything()).readings
      #expect(readings.map(\.point) == row.profile.points.map(\.name), "in the profile's order")
      func reading(_ name: String) -> InquiryAnswer.Reading? { readings.first { $0.point == name } }
      #expect(reading("main_actual")?.value == 50 && reading("main_actual")?.pattern == 0x2000)
      #expect(reading("hours")?.value == 65538 && reading("hours")?.outcome == .good)
      #expect(reading("model")?.text == "MAG6000" && reading("model")?.value == nil)
      #expect(reading("refused")?.outcome == .exception && reading("refused")?.value == nil)
      #expect(reading("missing")?.outcome == .invalidValue && reading("missing")?.pattern == 0xFFFF)
      #expect(reading("ramp_now")?.value == 12.5)
    }
  }

  /// The condition is read after the value, in a request of its own.
  @Test func aValueThatDependsOnALaterOneWaitsForIt() throws {
    var profile = Self.drive
    profile.points += [
      Fixture.point("flow", 15) { $0.validWhen = .init(point: "flow_failed", rawIn: [0]) },
      Fixture.point("flow_failed", 900),
    ]
    try withRow(profile, { $0.set(1, 15, [42]) }) { row in
      let readings = try row.answer(row.everything()).readings
      let flow = try #require(readings.first { $0.point == "flow" })
      #expect(flow.value == 42 && flow.outcome == .good)
    }
  }

  @Test func aSilentDeviceIsSaidToBeSilentOnEveryPoint() throws {
    try withRow({ $0.deadUnits = [1] }) { row in
      let readings = try row.answer(row.everything()).readings
      #expect(readings.count == row.profile.points.count)
      #expect(readings.allSatisfy { $0.outcome == .timeout && $0.value == nil && $0.time == nil })
    }
  }

  @Test func aCommandIsWrittenAndReadBack() throws {
    try withRow { row in
      try row.expect("ramp", 20, .confirmed(pattern: 200, told: 20, accepted: 20, agrees: true))
    }
  }

  @Test func aDeviceThatForgetsWhatItTookIsSaidToDisagree() throws {
    try withRow({ $0.ignored = [30] }) { row in
      try row.expect("ramp", 20, .confirmed(pattern: 200, told: 20, accepted: 12.5, agrees: false))
    }
  }

  @Test func aValueOutsideTheCommandsRangeIsRefusedAndNotClamped() throws {
    try withRow { row in
      for value in [1, 60.0] {
        guard case .confirmed = try row.write("ramp", value) else {
          Issue.record("\(value) was refused")
          continue
        }
      }
      for value in [0.9, 60.1, .nan] {
        try row.expect("ramp", value, .refused(.outOfRange(1...60)))
      }
    }
  }

  @Test func onlyWordsThatTheProfileNamesAreWritten() throws {
    try withRow { row in
      try row.expect("mode", 2, .confirmed(pattern: 2, told: nil, accepted: nil, agrees: nil))
      try row.expect("mode", 3, .refused(.unknownWord([1, 2, 4])))
      try row.expect("mode", 1.5, .refused(.unknownWord([1, 2, 4])))
    }
  }

  @Test func aStrangerIsNotWrittenTo() throws {
    var profile = Self.drive
    profile.identity = [.init(point: "model", text: "MAG5000")]
    try withRow(profile) { row in try row.expect("ramp", 20, .refused(.stranger)) }
    profile.identity = [.init(point: "model", text: "MAG6000")]
    try withRow(profile) { row in
      try row.expect("ramp", 20, .confirmed(pattern: 200, told: 20, accepted: 20, agrees: true))
    }
  }

  @Test func aRefusalOfTheDeviceIsToldAsSuch() throws {
    try withRow({ $0.readOnly = [30] }) { row in try row.expect("ramp", 20, .refused(.exception)) }
    try withRow({ $0.deadUnits = [1] }) { row in try row.expect("ramp", 20, .refused(.silent(.timeout))) }
  }

  @Test func limitsOnWritesHoldForPeopleToo() throws {
    func limited(_ limit: (inout DeviceProfile.Command.Analog) -> Void) -> DeviceProfile {
      var profile = Self.drive
      for index in profile.commands.indices where profile.commands[index].name == "ramp" {
        guard case .analog(var analog) = profile.commands[index].form else { continue }
        limit(&analog)
        profile.commands[index].form = .analog(analog)
      }
      return profile
    }
    try withRow(limited { $0.maxStep = 5 }) { row in
      try row.expect("ramp", 18, .refused(.tooFar(step: 5, from: 12.5)))
      try row.expect("ramp", 17.5, .confirmed(pattern: 175, told: 17.5, accepted: 17.5, agrees: true))
    }
    try withRow(limited { $0.minIntervalS = 600 }) { row in
      _ = try row.write("ramp", 20)
      guard case .refused(.tooSoon(let seconds)) = try row.write("ramp", 21) else {
        Issue.record("it was written again at once")
        return
      }
      #expect(seconds > 590 && seconds <= 600)
    }
    try withRow(limited { $0.writesPerDay = 24 }) { row in
      _ = try row.write("ramp", 20)
      try row.expect("ramp", 21, .refused(.worn(perDay: 24)))
    }
  }

  /// Between the cycle's writes and its next scan only: neither waits for a person's question.
  @Test func noRequestOfAnInquiryComesBetweenTheLoopsScanAndItsWrites() throws {
    let seen = Mutex<[MemoryLink.Request]>([])
    try withRow({ link in link.noted = { request in seen.withLock { $0.append(request) } } }) { row in
      row.beginScan()
      let inquiry = try row.everything()
      #expect(row.ask(inquiry))
      usleep(50_000)
      row.write()
      row.waitForAnswer()
      let requests = seen.withLock { $0 }
      let lastWrite = requests.lastIndex { if case .write = $0 { true } else { false } }
      let firstAsked = requests.firstIndex { if case .read(_, 10..<31, _) = $0 { true } else { false } }
      let (written, asked) = (try #require(lastWrite), try #require(firstAsked))
      #expect(written < asked)
    }
  }

  @Test func inquiriesBeyondTheBoundAreTurnedAway() throws {
    try withRow { row in
      // Before its first cycle nothing is taken up.
      let inquiry = try row.everything()
      for _ in 0..<8 { #expect(row.ask(inquiry)) }
      #expect(!row.ask(inquiry))
      row.runCycle()
    }
  }
}
