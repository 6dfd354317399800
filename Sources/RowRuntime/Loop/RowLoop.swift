public import CoolingCore
public import FieldIO
public import FlightRecorder
public import RowConfig

/// One row's control loop: scan → step → actuate. The same code runs on the daemon's real-time thread and in trials on
/// a virtual clock; only the field and the clock differ. Used from one thread at a time.
public final class RowLoop {
  public let site: Site
  public let roles: RoleMap
  public private(set) var core: ControlCycle
  /// The input image of the last cycle.
  public private(set) var scan = Scan()
  /// Timing of the last cycle.
  public private(set) var timing = CycleTiming()
  public private(set) var writeStates: [WriteState]
  public let field: any Field
  /// Where every cycle goes; nil: nothing is recorded.
  public let recorder: CycleMailbox?

  private var image: [FieldValue]
  private var demands: OutputDemands
  private let fedSlots: [Int]
  private let drivenSlots: [Int]
  /// What the field gives in a quantity of its own and the core takes in percent: empty but in a supervised row.
  private let scaledInputs: [(slot: Int, scale: PercentScale)]
  private let driven: DrivenOutputs
  private var lastStart: Duration?
  private let clock: () -> Duration
  /// Lent to the core's predictive law.
  private var workspace: [Double]

  /// - Parameter clock: monotonic time; virtual in trials.
  public init(
    site: Site, roles: RoleMap, field: any Field, recorder: CycleMailbox? = nil,
    clock: @escaping () -> Duration = MonotonicClock.now
  ) {
    self.site = site
    self.roles = roles
    self.field = field
    self.recorder = recorder
    self.clock = clock
    fedSlots = field.plan.buses.flatMap(\.inputSlots)
    drivenSlots = field.plan.buses.flatMap(\.outputSlots)
    scaledInputs = fedSlots.compactMap { slot in roles.unit?.scale(ofInput: slot).map { (slot, $0) } }
    let settings = Settings(site, roles: roles, plan: field.plan)
    driven = DrivenOutputs(settings, roles.unit)
    core = ControlCycle(settings: settings)
    workspace = Array(repeating: 0, count: PredictiveLaw.workspaceDoubles(racks: settings.rackCount))
    image = Array(repeating: FieldValue(), count: InputSlot.count)
    writeStates = Array(repeating: WriteState(), count: OutputSlot.count)
    demands = OutputDemands(slots: OutputSlot.count)
  }

  /// One cycle that was due at `due`.
  ///
  /// - Parameter isLate: an earlier cycle was skipped because the one before it took too long.
  public func runCycle(due: Duration, isLate: Bool = false) {
    let start = clock()
    let cycle = core.cycle + 1
    field.scan(
      cycle: cycle, now: start, deadline: start + .milliseconds(site.cycle.scanDeadlineMs), into: &image)
    let scanned = clock()
    scan.fill(from: image, slots: fedSlots, atNs: scanned.inNanoseconds)
    scan.fill(from: writeStates, slots: drivenSlots)
    for (slot, scale) in scaledInputs { scan.signals[slot].value = scale.percent(of: scan.signals[slot].value) }
    for bus in site.buses.indices { scan.isBusLost[bus] = field.isFailing(bus: bus) }

    let elapsed = lastStart.map { (start - $0).inSeconds } ?? Double(site.cycle.periodMs) / 1000
    lastStart = start
    RowLoop.step(&core, &scan, &workspace, elapsedS: elapsed, isLate: isLate)
    let stepped = clock()

    actuate(cycle: cycle, now: stepped, within: .milliseconds(site.cycle.writeDeadlineMs))
    let finished = clock()
    timing = CycleTiming(
      lateness: start - due, scan: scanned - start, step: stepped - scanned, write: finished - stepped)
    recorder?.put(&core, &scan, startNs: start.inNanoseconds, elapsedS: elapsed, isLate: isLate)
  }

  /// All by reference: a property of a class is copied before a part of it is lent out.
  private static func step(
    _ core: inout ControlCycle, _ scan: inout Scan, _ workspace: inout [Double], elapsedS: Double, isLate: Bool
  ) {
    var memory = workspace.mutableSpan
    core.step(
      scan.signals.span, writes: scan.writes.span, isBusLost: scan.isBusLost.span, elapsedS: elapsedS, isLate: isLate,
      lent: &memory)
  }

  /// Brings back what a restart must not forget; before the first cycle.
  public func restore(_ kept: ControlCycle.Retained) { core.restore(kept) }

  /// Applies an operator's command between two cycles.
  public func apply(_ command: OperatorCommand) -> CommandOutcome {
    recorder?.note(command)
    return core.apply(command)
  }

  /// Sends the outputs that the plant is to be left with, and waits for them longer than a cycle would.
  ///
  /// - Returns: roles whose device has not taken its output.
  public func leaveSafe() -> [String] {
    _ = core.leaveSafe()
    actuate(cycle: core.cycle + 1, now: clock(), within: .seconds(1))
    return writeStates.indices.filter { writeStates[$0].demand != nil && writeStates[$0].outcome != .good }
      .compactMap { roles.outputs[$0] }
  }

  private func actuate(cycle: UInt64, now: Duration, within: Duration) {
    demands.set(core.actuation, driven)
    // That a law or a person wants the most too makes it no less urgent.
    let effects = core.interlocks.effects
    if effects.isCoolingMaximum || effects.arePumpsSafe || effects.isRejectionSafe {
      for (slot, most) in driven.cooling where demands.values[slot] == most { demands.isUrgent[slot] = true }
    }
    field.actuate(demands, cycle: cycle, now: now, deadline: now + within, into: &writeStates)
  }
}

/// How long the parts of a cycle took.
public struct CycleTiming: Sendable {
  /// Start of the cycle after it was due.
  public var lateness = Duration.zero
  public var scan = Duration.zero
  public var step = Duration.zero
  public var write = Duration.zero
  public init() {}
  init(lateness: Duration, scan: Duration, step: Duration, write: Duration) {
    self.lateness = lateness
    self.scan = scan
    self.step = step
    self.write = write
  }
}

/// What the row has to drive, taken from its settings once: a cycle need not carry all of them along.
private struct DrivenOutputs {
  let size: RowSize
  let coilValves: [Int]
  let permits: [Int]
  let hasFacilityValve: Bool
  /// Pump speeds and heat rejection, and their most as the field takes it.
  let cooling: [(slot: Int, most: Double)]
  /// What the core gives in percent and the field takes in a quantity of its own.
  let scaled: [(slot: Int, scale: PercentScale)]

  init(_ settings: Settings, _ unit: UnitTargets?) {
    scaled = (0..<OutputSlot.count).compactMap { slot in unit?.scale(ofOutput: slot).map { (slot, $0) } }
    size = settings.size
    coilValves = (0..<settings.fanCount).filter { settings.hasCoilValve[$0] }
    permits = (0..<settings.rackCount).filter { settings.hasPermit[$0] }
    hasFacilityValve = settings.heatRejection == .facilityValve
    let pumps = (0..<settings.pumpCount).map { (OutputSlot.pumpSpeed($0), settings.pumps.speedMax) }
    let sinks = (0..<settings.fanCount).map(OutputSlot.fan) + (hasFacilityValve ? [OutputSlot.facilityValve] : [])
    cooling = (pumps + sinks.map { ($0, settings.rejection.demandMax) }).map { slot, most in
      (slot, unit?.scale(ofOutput: slot)?.target(of: most) ?? most)
    }
  }
}

extension OutputDemands {
  /// The only way from the core to the bus: an `Actuation`, which only the safeguards can make.
  fileprivate mutating func set(_ actuation: Actuation, _ driven: DrivenOutputs) {
    guard actuation.isDriven else { return }
    let demand = actuation.demand
    for i in 0..<driven.size.pumps {
      values[OutputSlot.pumpRun(i)] = demand.pumps[i].run ? 1 : 0
      resetRequested[OutputSlot.pumpRun(i)] = actuation.resetsDrives
      set(demand.pumps[i].speed, OutputSlot.pumpSpeed(i), actuation.owner(of: .pump(i)))
    }
    let valves = demand.rackValves.span
    for i in 0..<driven.size.racks { set(valves[i], OutputSlot.rackValve(i), actuation.owner(of: .rackValve(i))) }
    for i in 0..<driven.size.fans { set(demand.fans[i], OutputSlot.fan(i), actuation.owner(of: .fan(i))) }
    for i in driven.coilValves {
      set(demand.coilValves[i], OutputSlot.coilValve(i), actuation.owner(of: .coilValve(i)))
    }
    for i in driven.permits { values[OutputSlot.permit(i)] = demand.permits[i] ? 1 : 0 }
    if driven.hasFacilityValve {
      set(demand.facilityValve, OutputSlot.facilityValve, actuation.owner(of: .facilityValve))
    }
    for (slot, scale) in driven.scaled { values[slot] = values[slot].map(scale.target(of:)) }
  }

  private mutating func set(_ value: Double, _ slot: Int, _ owner: Actuation.Owner) {
    values[slot] = value
    isUrgent[slot] = owner == .safeguard || owner == .shutdown
  }
}

extension Scan {
  fileprivate mutating func fill(from image: [FieldValue], slots: [Int], atNs nowNs: Int64) {
    for slot in slots { signals[slot] = Signal(image[slot], atNs: nowNs) }
  }

  fileprivate mutating func fill(from states: [WriteState], slots: [Int]) {
    for slot in slots { writes[slot] = WriteOutcome(states[slot]) }
  }
}

extension Signal {
  init(_ value: FieldValue, atNs nowNs: Int64) {
    let outcome: Outcome =
      switch value.outcome {
      case .never: .never
      case .good: .good
      case .timeout: .timeout
      case .transport: .transport
      case .protocolViolation: .protocolViolation
      case .exception: .exception
      case .invalidValue, .wireBreak, .shortCircuit, .overBudget: .invalidValue
      }
    self.init(value: value.value, ageS: Double(nowNs - value.timeNs) / 1e9, outcome: outcome)
  }
}

extension WriteOutcome {
  init(_ state: WriteState) {
    guard state.demand != nil else {
      self = .none
      return
    }
    self =
      switch state.outcome {
      case .good: state.contradicted ? .contradicted : .accepted
      case .exception: .refused
      case .timeout, .transport, .protocolViolation: .silent
      // A demand that could not be put into registers was not sent.
      case .never, .invalidValue, .wireBreak, .shortCircuit, .overBudget: .none
      }
  }
}

extension Duration {
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
