import CoolingCore
import RowAPI
import RowConfig
import RowTwin
import Trials

@testable import LoopTuning
@testable import RowRuntime

/// A step test of the demonstration row on the virtual clock: the production loop, and the course that steps it, with
/// nothing between them.
final class TunedRow {
  let row: VirtualRow
  let loop: TunedLoop
  private(set) var session: TuneSession
  private let roles: RoleMap
  /// Truth of what the loop measures, and the cycles at which it was seen.
  private(set) var truth: [(cycle: Int, stage: String, value: Double)] = []
  private(set) var hottestChipC = 0.0

  private static let config = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/config"
  static let profiles = ["\(config)/profiles"]

  static func site(_ name: String = "demo") throws -> LoadedSite {
    try SiteLoader.load(path: "\(config)/row.\(name).yaml", profileDirectories: profiles)
  }

  /// - Parameter settleS: simulated before the course begins.
  init(
    _ kind: TunedLoop.Kind, loadPercent: Double, load: LoadTrace.Kind? = nil, settleS: Double = 240,
    site loaded: LoadedSite? = nil, holdS: Double? = nil
  ) throws {
    let loaded = try loaded ?? Self.site()
    row = try VirtualRow(loaded, load: load ?? .steady(percent: loadPercent))
    row.twin.settle(loadPercent: loadPercent)
    guard let loop = TunedLoop(kind, of: loaded.site) else { throw NoLoop() }
    self.loop = loop
    session = TuneSession(loop, site: loaded.site, plan: TuneSession.Plan(loop, holdS: holdS))
    roles = RoleMap(site: loaded.site)
    row.run(seconds: settleS)
  }

  struct NoLoop: Error {}

  var state: RowState {
    let snapshot = Snapshot(core: row.core, timing: CycleTiming(), overruns: 0, writeStates: [])
    let health = LoopHealth(
      cycle: 1, periodMs: 1000, overruns: 0, wakeupP50Us: 0, wakeupP99Us: 0, scanMs: 0, stepUs: 0, writeMs: 0,
      droppedStates: 0, clients: 0)
    let around = StateReport.Surroundings(buses: [], health: health, alarmLoad: AlarmLoad(), history: HistoryState())
    return StateReport(site: row.site, roles: roles, snapshot: snapshot)
      .state(around, time: "", alarmTime: { _ in "" })
  }

  /// One cycle, and what the course makes of it; its orders are carried out before the next one.
  func step() {
    row.step()
    let state = state
    hottestChipC = max(hottestChipC, row.truth.chipTemperatureC.max() ?? 0)
    for order in session.step(state) { carryOut(order) }
    truth.append((state.cycle, session.progress, measured))
  }

  func run() {
    for _ in 0..<Int(session.plan.seconds) + 10 where session.ending == nil { step() }
  }

  private var measured: Double {
    switch loop.kind {
    case .pump: row.truth.manifoldDpKpa
    case .fans: row.truth.supplyTemperatureC
    case .valve(let rack): row.truth.rackFlowLpm[rack]
    }
  }

  private func carryOut(_ order: TuneSession.Order) {
    let (role, command): (String, (Actuator) -> OperatorCommand) =
      switch order {
      case .override(let role, let value, let leaseS): (role, { .override($0, value: value, leaseS: leaseS) })
      case .release(let role): (role, { .release($0) })
      }
    let words = role.split(separator: ".")
    guard let number = words.count > 1 ? Int(words[1]) : nil else { return }
    let actuator: Actuator =
      switch words[0] {
      case "pump": .pump(number - 1)
      case "rack": .rackValve(number - 1)
      default: .fan(number - 1)
      }
    _ = row.loop.apply(command(actuator))
  }

  // MARK: - Truth, without a model

  /// Its first 15 s: what comes later is other loops' doing.
  private func stage(_ name: String) -> [Double] {
    Array(truth.filter { $0.stage == name }.map(\.value).prefix(Int(15 / loop.periodS)))
  }
  private func end(_ values: [Double]) -> Double { values.suffix(4).reduce(0, +) / 4 }

  /// Change of what is measured by change of the actuator, from where both stages ended.
  var trueGain: Double {
    let (up, down) = (stage("+\(decimals(session.plan.step)) %"), stage("-\(decimals(session.plan.step)) %"))
    return (end(up) - end(down)) / (2 * session.plan.step)
  }

  /// Area between each answer and where it ended, of all three steps, by their heights: the mean time after which a
  /// change arrives.
  var trueResidenceS: Double {
    let step = decimals(session.plan.step)
    var (area, height) = (0.0, 0.0)
    var before = stage("held where it stands")
    for name in ["+\(step) %", "-\(step) %", "back where it stood"] {
      let after = stage(name)
      // The first value of a stage was seen with the order that began it. By trapezia.
      let left = after.dropFirst().map { abs(end(after) - $0) }
      area += loop.periodS * (left.reduce(0, +) - (left.first ?? 0) / 2)
      height += abs(end(after) - end(before))
      before = after
    }
    return area / height
  }
}
