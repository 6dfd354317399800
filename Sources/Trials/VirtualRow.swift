public import CoolingCore
import FieldIO
public import RowConfig
public import RowRuntime
public import RowTwin

/// The production loop, codec and core against the twin, on one thread and a virtual clock: only transport and clock
/// are replaced. As fast as the processor allows, and the same bits every time.
public final class VirtualRow {
  public typealias Load = LoadTrace.Kind

  public let site: Site
  public let twin: Twin
  public let loop: RowLoop
  public let period: Duration
  public private(set) var now = Duration.zero
  private let clock: VirtualClock

  final class VirtualClock {
    var now = Duration.zero
  }

  public init(_ loaded: LoadedSite, seed: UInt64 = 1, load: LoadTrace.Kind) throws {
    site = loaded.site
    let trace = LoadTrace(load, ratedKw: site.racks.units.map(\.ratedKw), seed: seed)
    let twin = try Twin(site: site, seed: seed, load: trace)
    self.twin = twin
    let roles = RoleMap(site: site)
    let plan = try FieldPlan(
      site: site, profiles: loaded.profiles, inputSlot: roles.inputSlot, outputSlot: roles.outputSlot)
    let links = site.buses.indices.map { TwinLink(twin: twin, bus: $0) }
    let clock = VirtualClock()
    self.clock = clock
    loop = RowLoop(site: site, roles: roles, field: DirectField(plan: plan, links: links), clock: { clock.now })
    period = .milliseconds(site.cycle.periodMs)
  }

  public var core: ControlCycle { loop.core }
  public var truth: PlantTruth { twin.truth }
  public var seconds: Double { now.inSeconds }

  /// Lets the plant run for one period, then the loop once.
  public func step() {
    twin.advance(seconds: Double(site.cycle.periodMs) / 1000)
    now += period
    clock.now = now
    loop.runCycle(due: now)
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
