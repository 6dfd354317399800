public import CoolingCore
import FieldIO
public import FlightRecorder
public import RowConfig
public import RowRuntime
public import RowTwin

/// The production loop, codec and core against the twin, on one thread and a virtual clock: only transport and clock
/// are replaced. As fast as the processor allows, and the same bits every time.
public final class VirtualRow {
  public typealias Load = LoadTrace.Kind

  public let site: Site
  public let twin: Twin
  /// The daemon's loop; `restart` puts another in its place.
  public private(set) var loop: RowLoop
  public let period: Duration
  public private(set) var now = Duration.zero
  /// `now` as a number.
  public private(set) var seconds = 0.0
  private let clock: VirtualClock
  private let plan: FieldPlan
  private let roles: RoleMap
  private let recorder: CycleMailbox?

  final class VirtualClock {
    var now = Duration.zero
  }

  /// - Parameters:
  ///   - plant: nil: drawn by the seed.
  ///   - recorder: where every cycle goes.
  public init(
    _ loaded: LoadedSite, seed: UInt64 = 1, load: LoadTrace.Kind, plant: PlantParameters? = nil,
    recorder: CycleMailbox? = nil
  ) throws {
    site = loaded.site
    let trace = LoadTrace(load, ratedKw: site.racks.units.map(\.ratedKw), seed: seed)
    let twin = try Twin(site: site, profiles: loaded.profiles, seed: seed, load: trace, plant: plant)
    self.twin = twin
    roles = RoleMap(site: site)
    plan = try FieldPlan(
      site: site, profiles: loaded.profiles, inputSlot: roles.inputSlot, outputSlot: roles.outputSlot)
    clock = VirtualClock()
    self.recorder = recorder
    loop = Self.loop(twin, plan, roles, recorder, clock)
    period = .milliseconds(site.cycle.periodMs)
  }

  private static func loop(
    _ twin: Twin, _ plan: FieldPlan, _ roles: RoleMap, _ recorder: CycleMailbox?, _ clock: VirtualClock
  ) -> RowLoop {
    let links = twin.site.buses.indices.map { TwinLink(twin: twin, bus: $0) }
    return RowLoop(
      site: twin.site, roles: roles, field: DirectField(plan: plan, links: links), recorder: recorder,
      clock: { clock.now })
  }

  public var core: ControlCycle { loop.core }
  public var truth: PlantTruth { twin.truth }

  /// Lets the plant run for one period, then the loop once.
  public func step() {
    stepWithoutDaemon()
    loop.runCycle(due: now)
  }

  /// The daemon is killed and started again: the plant and the devices' leases know nothing of it, the new daemon of
  /// the old one what that kept in its state file.
  public func restart() {
    let kept = loop.core.retained
    loop = Self.loop(twin, plan, roles, recorder, clock)
    loop.restore(kept)
  }

  /// One period in which no daemon runs.
  public func stepWithoutDaemon() {
    twin.advance(seconds: Double(site.cycle.periodMs) / 1000)
    now += period
    seconds = now.inSeconds
    clock.now = now
  }

  /// Runs for a number of simulated seconds, looking at the row after every cycle.
  public func run(seconds: Double, each look: (VirtualRow) -> Void = { _ in }) {
    let cycles = Int((seconds * 1000 / Double(site.cycle.periodMs)).rounded())
    for _ in 0..<cycles {
      step()
      look(self)
    }
  }

  /// Runs until the condition holds.
  ///
  /// - Returns: simulated seconds it took; nil where it did not within `timeout`.
  public func run(until condition: (VirtualRow) -> Bool, timeout: Double) -> Double? {
    let start = seconds
    while seconds - start < timeout {
      step()
      if condition(self) { return seconds - start }
    }
    return nil
  }
}
