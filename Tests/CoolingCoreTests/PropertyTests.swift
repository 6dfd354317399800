import Testing

@testable import CoolingCore

/// CTL-080 … CTL-082: whatever comes in. Seeds are fixed; a failure names its seed and cycle.
struct PropertyTests {
  private struct Chaos {
    var generator: SeededGenerator
    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }

    mutating func value() -> Double {
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: .nan
      case 1: .infinity
      case 2: -.infinity
      case 3: 1e300
      case 4: -1e300
      case 5: .leastNonzeroMagnitude
      case 6, 7: Double.random(in: 0...1, using: &generator).rounded()
      default: Double.random(in: -60...6100, using: &generator)
      }
    }

    mutating func signal() -> Signal {
      let outcomes: [Signal.Outcome] = [
        .never, .good, .timeout, .transport, .protocolViolation, .exception, .invalidValue,
      ]
      let outcome = chance(0.6) ? .good : outcomes[Int.random(in: 0..<outcomes.count, using: &generator)]
      let age = chance(0.7) ? 0 : (chance(0.05) ? .infinity : Double.random(in: 0...40, using: &generator))
      return Signal(value: value(), ageS: age, outcome: outcome)
    }

    mutating func actuator() -> Actuator {
      Actuator(index: Int.random(in: 0..<Actuator.count, using: &generator)) ?? .facilityValve
    }

    mutating func command() -> OperatorCommand {
      switch Int.random(in: 0..<9, using: &generator) {
      case 0: .acknowledge(nil)
      case 1: .setMode(RequestedMode(rawValue: UInt8.random(in: 0...4, using: &generator)) ?? .auto)
      case 2: .setSupplySetpoint(Temperature(celsius: value()))
      case 3: .setDpSetpoint(Pressure(kilopascals: Double.random(in: 0...250, using: &generator)))
      case 4: .override(actuator(), value: Double.random(in: -10...110, using: &generator), leaseS: 30)
      case 5: .release(actuator())
      case 6: .reset(CauseInstance(cause: .rackLeak, index: Int.random(in: 0..<4, using: &generator)))
      case 7: .bypass(CauseInstance(cause: .pumpSilent, index: 0), leaseS: value())
      default: .resetTrip
      }
    }
  }

  /// Runs random scans; `wildness` is the share of signals that change in a cycle.
  private func run(
    _ settings: Settings, seed: UInt64, cycles: Int, wildness: Double, check: (ControlCycle, Int) -> Void
  ) -> ControlCycle {
    var chaos = Chaos(seed: seed)
    var core = ControlCycle(settings: settings)
    var scan = Scan()
    let used = InputSlot.leak(settings.leakZoneCount, .alarm)
    for cycle in 0..<cycles {
      for slot in 0..<used where chaos.chance(wildness) { scan.signals[slot] = chaos.signal() }
      for slot in InputSlot.pump(0, .speed)..<InputSlot.count where chaos.chance(wildness) {
        scan.signals[slot] = chaos.signal()
      }
      // A pressed button would end every run in the mode it asks for.
      scan.signals[InputSlot.emergencyStop] = Signal(value: 0, outcome: .good)
      scan.signals[InputSlot.permissive] = Signal(value: 1, outcome: .good)
      if chaos.chance(0.05) { _ = core.apply(chaos.command()) }
      let elapsed = chaos.chance(0.02) ? chaos.value() : Double.random(in: 0...3, using: &chaos.generator)
      core.step(scan, elapsedS: elapsed, isLate: chaos.chance(0.1))
      check(core, cycle)
    }
    return core
  }

  // CTL-080
  @Test(arguments: 1...3) func randomScansNeverGiveAnImpossibleActuation(seed: Int) {
    for settings in [Settings.bench, .facilityBench] {
      var modes = Set<RowMode>()
      for wildness in [0.01, 0.3] {
        _ = run(settings, seed: UInt64(seed), cycles: 400, wildness: wildness) { core, cycle in
          modes.insert(core.mode)
          checkSpan(core, "seed \(seed), cycle \(cycle)")
          checkPumps(core, "seed \(seed), cycle \(cycle)")
        }
      }
      #expect(modes.count >= 3)
    }
  }

  private func checkSpan(_ core: ControlCycle, _ place: String) {
    let demand = core.actuation.demand
    var isPossible = demand.facilityValve >= 0 && demand.facilityValve <= 100
    for i in 0..<core.settings.pumpCount where demand.pumps[i].run {
      isPossible = isPossible && demand.pumps[i].speed >= 30 && demand.pumps[i].speed <= 100
    }
    for i in 0..<Capacity.racks {
      isPossible = isPossible && demand.rackValves[i] >= 0 && demand.rackValves[i] <= 100
    }
    for i in 0..<Capacity.fans { isPossible = isPossible && demand.fans[i] >= 0 && demand.fans[i] <= 100 }
    let heat = core.estimate.heat.kilowatts
    isPossible = isPossible && heat.isFinite && core.rejection.working.outlet.celsius.isFinite
    if !isPossible { Issue.record("impossible actuation: \(place)") }
  }

  /// In every cooling mode a pump runs, unless a stop cause is active or every drive says that it has tripped.
  private func checkPumps(_ core: ControlCycle, _ place: String) {
    guard core.actuation.isDriven, core.mode.isCooling || core.mode == .standby else { return }
    var canRun = false
    var runs = false
    for i in 0..<core.settings.pumpCount {
      if !core.interlocks.isActive(.pumpFault, i) { canRun = true }
      if core.actuation.demand.pumps[i].run { runs = true }
    }
    if canRun && !runs { Issue.record("all pumps stopped in \(core.mode): \(place)") }
  }

  // CTL-081
  @Test(arguments: [UInt64(11), 12]) func sameInputsGiveTheSameOutputsBitForBit(seed: UInt64) {
    func digest() -> [UInt64] {
      var bits: [UInt64] = []
      _ = run(.bench, seed: seed, cycles: 300, wildness: 0.05) { core, _ in
        let demand = core.actuation.demand
        for i in 0..<Capacity.pumps { bits.append(demand.pumps[i].speed.bitPattern) }
        for i in 0..<Capacity.racks { bits.append(demand.rackValves[i].bitPattern) }
        for i in 0..<Capacity.fans { bits.append(demand.fans[i].bitPattern) }
        bits.append(UInt64(core.mode.rawValue))
        bits.append(UInt64(core.events.count))
      }
      return bits
    }
    #expect(digest() == digest())
  }

  // CTL-081
  @Test func copyOfTheCoreGoesOnAsTheOriginalWould() {
    var bench = RowBench.inAuto()
    bench.set(redundant: InputSlot.supplyTemperature, 41)
    bench.step(7)
    var copy = bench
    bench.step(50)
    copy.step(50)
    #expect(bench.sent.fans[0].bitPattern == copy.sent.fans[0].bitPattern)
    #expect(bench.sent.pumps[0].speed.bitPattern == copy.sent.pumps[0].speed.bitPattern)
  }

  // CTL-082
  @Test(arguments: [(0.0, 0.2), (-5, 0.2), (.nan, 0.2), (1, 1), (60, 3), (.infinity, 3)])
  func elapsedTimeIsBounded(elapsedS: Double, counted: Double) {
    var bench = RowBench.inAuto()
    _ = bench.core.apply(.override(.fan(0), value: 100, leaseS: 60))
    let before = bench.sent.fans[0]
    bench.step(dt: elapsedS)
    #expect(abs(bench.sent.fans[0] - before - 5 * counted) < 1e-9)
  }

  // CTL-082
  @Test func eventLogCountsWhatItCannotKeep() {
    var log = EventLog()
    for i in 0..<(EventLog.capacity + 6) { log.add(.pumpStarted, index: i) }
    #expect(log.count == EventLog.capacity && log.dropped == 6)
    #expect(log[EventLog.capacity - 1].index == EventLog.capacity - 1)
  }
}
