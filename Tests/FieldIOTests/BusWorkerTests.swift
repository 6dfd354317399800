import Dispatch
import FieldIO
import Glibc
import RowConfig
import Synchronization
import Testing

/// A bus that hangs costs the loop its deadline and nothing more.
@Suite struct BusWorkerTests {
  /// A field whose every request waits until the test lets it through; the value read is the request's number.
  private final class Gate: Sendable {
    let permits = DispatchSemaphore(value: 0)
    let arrived = DispatchSemaphore(value: 0)
    let written = Mutex<[UInt16]>([])
    /// Of the thread that reads: sched_getscheduler(2), and its priority.
    let schedule = Mutex<(policy: Int32, priority: Int32)>((-1, -1))

    func open(_ count: Int = 1) {
      for _ in 0..<count { permits.signal() }
    }
  }

  private final class GatedLink: ModbusLink {
    let gate: Gate
    var number: UInt16 = 0
    var isConnected: Bool { true }

    init(_ gate: Gate) {
      self.gate = gate
    }

    func read(
      _ area: DeviceProfile.Area, unit: UInt8, address: Int, count: Int, into buffer: inout [UInt16]
    ) throws(ModbusFault) {
      var parameter = sched_param()
      _ = unsafe sched_getparam(0, &parameter)
      let priority = parameter.sched_priority
      gate.schedule.withLock { $0 = (sched_getscheduler(0), priority) }
      gate.arrived.signal()
      gate.permits.wait()
      number += 1
      for offset in 0..<count { buffer[offset] = 10 * number }
    }

    func write(
      _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers: RegisterBlock
    ) throws(ModbusFault) {
      gate.arrived.signal()
      gate.permits.wait()
      gate.written.withLock { $0.append(registers[0]) }
    }
  }

  private static func worker(_ gate: Gate, isRealTimeWanted: Bool = false) throws -> BusWorker {
    let valve = Fixture.profile(
      "t/valve", [Fixture.point("position", 0, signal: "position") { $0.scale = 0.1 }],
      [Fixture.analog("demand", 1, scale: 1, rawMin: 0, rawMax: 100)])
    let plan = try Fixture.plan(
      [Fixture.device("v", valve, unit: 1, serves: "rack.1.valve")], [valve],
      inputs: ["other", "rack.1.valve.position"], outputs: ["other", "rack.1.valve.demand"])
    return BusWorker(
      BusMaster(plan: plan, link: GatedLink(gate)), inputSlots: 2, outputSlots: 2, isRealTimeWanted: isRealTimeWanted)
  }

  private static var past: Duration { MonotonicClock.now() }
  private static var soon: Duration { MonotonicClock.now() + .seconds(20) }
  private static let untouched = FieldValue(value: -1, time: .seconds(1), outcome: .never)

  private static func stop(_ worker: BusWorker, _ gate: Gate) {
    gate.open(10)
    #expect(worker.stop(until: soon))
  }

  @Test func aFinishedScanIsCollectedAndOtherSlotsAreLeftAlone() throws {
    let gate = Gate()
    let worker = try Self.worker(gate)
    var image = [Self.untouched, Self.untouched]
    gate.open()
    worker.beginScan(cycle: 1, now: .seconds(5))
    #expect(worker.collect(until: Self.soon, into: &image))
    #expect(image == [Self.untouched, FieldValue(value: 1, time: .seconds(5), outcome: .good)])
    #expect(worker.statistics.requests == 1)
    Self.stop(worker, gate)
  }

  /// OPS-053.
  @Test func aHungBusDoesNotHoldTheLoopPastItsDeadlineAndItsLateValueArrivesWithItsAge() throws {
    let gate = Gate()
    let worker = try Self.worker(gate)
    var image = [Self.untouched, Self.untouched]
    worker.beginScan(cycle: 1, now: .seconds(5))
    gate.arrived.wait()
    #expect(!worker.collect(until: Self.past, into: &image))
    #expect(image[1].outcome == .never)
    for cycle in 2...4 {
      worker.beginScan(cycle: UInt64(cycle), now: .seconds(4 + cycle))
      #expect(!worker.collect(until: Self.past, into: &image))
    }
    gate.open()
    // The next request shows that the first scan has ended and its result is there.
    gate.arrived.wait()
    #expect(!worker.collect(until: Self.past, into: &image))
    #expect(image[1] == FieldValue(value: 1, time: .seconds(5), outcome: .good))
    gate.open()
    #expect(worker.collect(until: Self.soon, into: &image))
    #expect(image[1] == FieldValue(value: 2, time: .seconds(8), outcome: .good), "2 and 3 were superseded by 4")
    Self.stop(worker, gate)
  }

  @Test func aNewerWriteOrderSupersedesTheOneNotYetStarted() throws {
    let gate = Gate()
    let worker = try Self.worker(gate)
    var states = [WriteState(), WriteState()]
    var demands = OutputDemands(slots: 2)
    for cycle in 1...4 {
      demands.values[1] = Double(cycle)
      worker.beginWrite(demands, cycle: UInt64(cycle), now: .seconds(cycle))
      if cycle == 1 { gate.arrived.wait() }
      #expect(!worker.awaitWrites(until: Self.past, into: &states))
    }
    gate.open(2)
    #expect(worker.awaitWrites(until: Self.soon, into: &states))
    #expect(gate.written.withLock { $0 } == [1, 4])
    #expect(states[1].demand == 4 && states[1].outcome == .good && states[1].lastSuccess == .seconds(4))
    #expect(states[0] == WriteState())
    Self.stop(worker, gate)
  }

  @Test func outputsGoBeforeInputsWhenBothAreWaiting() throws {
    let gate = Gate()
    let worker = try Self.worker(gate)
    var image = [Self.untouched, Self.untouched]
    var demands = OutputDemands(slots: 2)
    demands.values[1] = 7
    worker.beginScan(cycle: 1, now: .seconds(1))
    gate.arrived.wait()
    worker.beginScan(cycle: 2, now: .seconds(2))
    worker.beginWrite(demands, cycle: 2, now: .seconds(2))
    gate.open(2)
    for _ in 0..<2 { gate.arrived.wait() }
    #expect(gate.written.withLock { $0 } == [7])
    gate.open()
    #expect(worker.collect(until: Self.soon, into: &image))
    Self.stop(worker, gate)
  }

  /// The scan is done before the slow group is read, and the write goes before what is left of that.
  @Test func slowGroupsFillTheTimeBetweenOrdersAndHoldUpNoneForLongerThanARequest() throws {
    let gate = Gate()
    let valve = Fixture.profile(
      "t/valve",
      [
        Fixture.point("position", 0, signal: "position"),
        Fixture.point("slow", 1, signal: "fault") { $0.intervalS = 1 },
        Fixture.point("slower", 2, signal: "power") { $0.intervalS = 2 },
      ], [Fixture.analog("demand", 9, scale: 1, rawMin: 0, rawMax: 100)])
    let plan = try Fixture.plan(
      [Fixture.device("v", valve, unit: 1, serves: "rack.1.valve")], [valve],
      inputs: ["rack.1.valve.position", "rack.1.valve.fault", "rack.1.valve.power"],
      outputs: ["rack.1.valve.demand"])
    let worker = BusWorker(BusMaster(plan: plan, link: GatedLink(gate)), inputSlots: 3, outputSlots: 1)
    var image = Array(repeating: Self.untouched, count: 3)
    var demands = OutputDemands(slots: 1)
    var states = [WriteState()]
    gate.open(3)
    worker.beginScan(cycle: 1, now: .seconds(1))
    #expect(worker.collect(until: Self.soon, into: &image))
    #expect(image.allSatisfy { $0.outcome == .good }, "at first all is read")
    for _ in 0..<3 { gate.arrived.wait() }

    gate.open()
    worker.beginScan(cycle: 2, now: .seconds(3))
    #expect(worker.collect(until: Self.soon, into: &image))
    #expect(image.map(\.time) == [.seconds(3), .seconds(1), .seconds(1)])
    for _ in 0..<2 { gate.arrived.wait() }
    demands.values[0] = 50
    worker.beginWrite(demands, cycle: 2, now: .seconds(3))
    gate.open(2)
    #expect(worker.awaitWrites(until: Self.soon, into: &states))
    #expect(gate.written.withLock { $0 } == [50])
    for _ in 0..<2 { gate.arrived.wait() }
    gate.open(2)
    worker.beginScan(cycle: 3, now: .seconds(4))
    #expect(worker.collect(until: Self.soon, into: &image))
    #expect(image.map(\.time).prefix(2) == [.seconds(4), .seconds(3)] && image[2].time == .seconds(3))
    Self.stop(worker, gate)
  }

  @Test(arguments: [true, false])
  func aWriteOrderedBeforeTheStopGoesOutAndAScanDoesNot(_ isScanOrderedToo: Bool) throws {
    let gate = Gate()
    let worker = try Self.worker(gate)
    var demands = OutputDemands(slots: 2)
    worker.beginScan(cycle: 1, now: .seconds(1))
    gate.arrived.wait()
    demands.values[1] = 85
    if isScanOrderedToo { worker.beginScan(cycle: 2, now: .seconds(2)) }
    worker.beginWrite(demands, cycle: 2, now: .seconds(2))
    #expect(!worker.stop(until: Self.past))
    gate.open(3)
    #expect(worker.stop(until: Self.soon))
    #expect(gate.written.withLock { $0 } == [85])
    #expect(worker.statistics.requests == 2, "the first scan and the write")
  }

  /// What is not permitted is not had, and not said to be.
  @Test(arguments: [false, true])
  func aWorkerIsInTheRealTimeClassWhereThatIsWantedAndPermitted(_ isWanted: Bool) throws {
    let gate = Gate()
    let worker = try Self.worker(gate, isRealTimeWanted: isWanted)
    worker.beginScan(cycle: 1, now: .seconds(1))
    gate.arrived.wait()
    var parameter = sched_param(sched_priority: BusWorker.fifoPriority)
    let isPermitted = unsafe sched_setscheduler(0, SCHED_FIFO, &parameter) == 0
    parameter.sched_priority = 0
    _ = unsafe sched_setscheduler(0, SCHED_OTHER, &parameter)
    // Beside the class the policy says that threads made by this one are not in it.
    let (policy, priority) = gate.schedule.withLock { $0 }
    #expect(worker.isRealTime == (isWanted && isPermitted))
    #expect(policy & 0xFF == (worker.isRealTime ? SCHED_FIFO : SCHED_OTHER) && priority == (worker.isRealTime ? 49 : 0))
    gate.open()
    #expect(worker.stop(until: Self.soon))
  }

  @Test func aWorkerOnAHungBusSaysThatItHasNotStoppedAndStopsWhenItCan() throws {
    let gate = Gate()
    let worker = try Self.worker(gate)
    worker.beginScan(cycle: 1, now: .seconds(1))
    gate.arrived.wait()
    #expect(!worker.stop(until: Self.past))
    gate.open()
    #expect(worker.stop(until: Self.soon))
  }
}
