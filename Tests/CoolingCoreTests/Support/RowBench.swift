@testable import CoolingCore

/// A row of four racks, three pumps and four fans on a bench: every actuator follows what it is sent at once, every
/// instrument reads a calm afternoon (40 °C supply, 80 kW and 104 L/min a rack), and a test sets single readings.
struct RowBench {
  static let racks = 4
  static let pumps = 3
  static let fans = 4
  static let zones = 3

  var core: ControlCycle
  /// Readings that a test holds; they outlast every step.
  private(set) var held: [Int: Signal] = [:]
  private(set) var scan = Scan()
  private var ticks = 0
  /// Everything the core reported since the bench was built.
  private(set) var events: [CycleEvent] = []

  init(_ settings: Settings = .bench) {
    core = ControlCycle(settings: settings)
  }

  /// Taken over while two pumps ran, and in Auto.
  static func inAuto() -> RowBench { calmRow }
  private static let calmRow = inAuto(.bench)

  static func inAuto(_ settings: Settings) -> RowBench {
    var bench = RowBench(settings)
    bench.takeOver(pumps: [0, 1], speed: 60)
    bench.step(20)
    return bench
  }

  /// Lets the core find a plant with these pumps running.
  mutating func takeOver(pumps running: [Int], speed: Double = 60, valves: Double = 70, fans: Double = 50) {
    for i in 0..<RowBench.pumps {
      self[.pump(i, .running)] = running.contains(i) ? 1 : 0
      self[.pump(i, .speed)] = running.contains(i) ? speed : 0
    }
    for i in 0..<RowBench.racks { self[.rack(i, .valvePosition)] = valves }
    for i in 0..<RowBench.fans { self[.fan(i, .speed)] = fans }
    cycle(1, isLate: false)
    held = [:]
  }

  mutating func step(_ cycles: Int = 1, dt: Double = 1, isLate: Bool = false) {
    for _ in 0..<cycles { cycle(dt, isLate: isLate) }
  }

  /// Steps until the condition holds.
  ///
  /// - Returns: how many cycles it took; nil where it never did.
  mutating func step(until condition: (RowBench) -> Bool, atMost cycles: Int) -> Int? {
    for count in 1...cycles {
      step()
      if condition(self) { return count }
    }
    return nil
  }

  private mutating func cycle(_ dt: Double, isLate: Bool) {
    fill()
    for (slot, signal) in held { scan.signals[slot] = signal }
    core.step(scan, elapsedS: dt, isLate: isLate)
    let log = core.events
    for i in 0..<log.count { events.append(log[i]) }
    ticks += 1
  }

  // MARK: - What a test holds

  subscript(_ slot: Int) -> Double {
    get { held[slot]?.value ?? scan.signals[slot].value }
    set { held[slot] = Signal(value: newValue, outcome: .good) }
  }

  /// The device says that it has no value; the conditioner bridges three seconds of it.
  mutating func lose(_ slots: Int...) {
    for slot in slots { held[slot] = Signal(outcome: .invalidValue) }
  }

  mutating func lose(redundant slot: Int) { lose(slot, slot + 1, slot + 2) }

  /// With one of the headers' pressures, whose difference would stand in for it.
  mutating func loseManifoldDp() {
    lose(redundant: InputSlot.manifoldDp)
    lose(InputSlot.supplyPressure)
  }

  mutating func set(redundant slot: Int, _ value: Double) {
    for i in 0..<InputSlot.redundant { self[slot + i] = value }
  }

  /// Flow by every meter, L/min of the whole row.
  mutating func set(flow: Double) {
    self[InputSlot.rowFlow] = flow
    for i in 0..<RowBench.racks { self[InputSlot.rack(i, .flow)] = flow / Double(RowBench.racks) }
  }

  mutating func hold(_ slot: Int, _ signal: Signal) { held[slot] = signal }

  /// A whole bus answers nothing; its devices' signals are for the test to lose.
  mutating func set(bus: Int, isLost: Bool) { scan.isBusLost[bus] = isLost }
  /// What became of the last demand to an output.
  mutating func set(write slot: Int, _ outcome: WriteOutcome) { scan.writes[slot] = outcome }

  mutating func heal() {
    held = [:]
    scan.isBusLost = .init(repeating: false)
    scan.writes = .init(repeating: .none)
  }
  mutating func heal(_ slots: Int...) { for slot in slots { held[slot] = nil } }

  // MARK: - What a test looks at

  var sent: Demand { core.actuation.demand }
  var runningPumps: [Int] { (0..<RowBench.pumps).filter { sent.pumps[$0].run } }
  func isActive(_ cause: Cause, _ index: Int = 0) -> Bool { core.interlocks.isActive(cause, index) }
  func owner(_ actuator: Actuator) -> Actuation.Owner { core.actuation.owner(of: actuator) }

  /// Readings of the calm afternoon, with the actuators where they were sent.
  private mutating func fill() {
    scan.signals = RowBench.calm.signals
    let sent = sent
    for i in 0..<RowBench.pumps {
      let pump = sent.pumps[i]
      set(.pump(i, .running), pump.run ? 1 : 0)
      set(.pump(i, .speed), pump.run ? pump.speed : 0)
      set(.pump(i, .ready), 1)
      set(.pump(i, .remote), 1)
    }
    for i in 0..<RowBench.racks {
      set(.rack(i, .valvePosition), sent.rackValves[i])
    }
    for i in 0..<RowBench.fans {
      set(.fan(i, .speed), sent.fans[i])
      set(.fan(i, .valvePosition), sent.coilValves[i])
    }
    set(InputSlot.facilityValvePosition, sent.facilityValve)
  }

  private mutating func set(_ slot: Int, _ value: Double) { scan.signals[slot].value = value }

  private static let calm: Scan = {
    var scan = Scan()
    for slot in 0..<InputSlot.count { scan.signals[slot] = Signal(value: 0, outcome: .good) }
    for i in 0..<InputSlot.redundant {
      scan.signals[InputSlot.supplyTemperature + i].value = 40
      scan.signals[InputSlot.returnTemperature + i].value = 51.5
      scan.signals[InputSlot.manifoldDp + i].value = 120
    }
    for (slot, value) in [
      (InputSlot.supplyPressure, 270.0), (InputSlot.returnPressure, 150), (InputSlot.rowFlow, 416),
      (InputSlot.filterDp, 20), (InputSlot.reservoirLevel, 80), (InputSlot.hallTemperature, 27),
      (InputSlot.hallHumidity, 45), (InputSlot.hallDewPoint, 14), (InputSlot.facilityTemperature, 25),
      (InputSlot.facilityFlow, 300), (InputSlot.permissive, 1),
    ] { scan.signals[slot].value = value }
    for i in 0..<racks {
      scan.signals[.rack(i, .flow)].value = 104
      scan.signals[.rack(i, .power)].value = 80
      scan.signals[.rack(i, .chipTemperature)].value = 65
    }
    return scan
  }()
}

extension Int {
  static func pump(_ index: Int, _ signal: PumpSignal) -> Int { InputSlot.pump(index, signal) }
  static func rack(_ index: Int, _ signal: RackSignal) -> Int { InputSlot.rack(index, signal) }
  static func fan(_ index: Int, _ signal: FanSignal) -> Int { InputSlot.fan(index, signal) }
  static func leak(_ index: Int, _ signal: LeakSignal) -> Int { InputSlot.leak(index, signal) }
}

extension Settings {
  /// The bench's row: 4 × 120 kW, design flow 624 L/min, three pumps of which one may rest.
  static var bench: Settings {
    var settings = Settings()
    settings.rackCount = RowBench.racks
    settings.pumpCount = RowBench.pumps
    settings.fanCount = RowBench.fans
    settings.leakZoneCount = RowBench.zones
    settings.busCount = 2
    settings.hasPermit = .init(repeating: true)
    for slot in 0..<InputSlot.count { settings.signals[slot] = SignalLimits(low: -50, high: 6000, slewMax: 1e9) }
    // Where the bench's valves stand, so that the dP setpoint rests.
    settings.pumps.mostOpenValve = 70
    settings.pumps.group.gain = 0.5
    settings.pumps.group.integralTimeS = 10
    settings.pumps.group.inputHigh = 400
    settings.pumps.group.limitLow = settings.pumps.speedMin
    for i in 0..<RowBench.racks {
      settings.racks[i].valve.inputHigh = 312
      settings.racks[i].valve.limitLow = settings.rackFlow.valveFloor
    }
    settings.supply.trim.action = .direct
    (settings.supply.trim.outputLow, settings.supply.trim.outputHigh) = (-50, 50)
    (settings.supply.trim.limitLow, settings.supply.trim.limitHigh) = (-15, 15)
    settings.rejection.designFlow = Flow(litresPerMinute: 624)
    settings.rejection.map = .saturating
    return settings
  }

  static var facilityBench: Settings {
    var settings = Settings.bench
    settings.fanCount = 0
    settings.heatRejection = .facilityValve
    settings.rejection.mayStop = false
    return settings
  }
}

extension EffectivenessMap {
  /// ε = a / (a + s/2), a the actuator's share, s the flow's: rises with the one, falls with the other.
  static var saturating: EffectivenessMap {
    var map = EffectivenessMap()
    for row in 0..<flowPoints {
      for column in 0..<actuatorPoints {
        let share = actuator(column: column) / 100
        map.rows[row][column] = share / (share + flowShare(row: row) / 2)
      }
    }
    return map
  }
}

/// SplitMix64: the same numbers on every machine for a seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
