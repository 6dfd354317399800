import CoolingCore
import FieldIO
import Foundation
import RowConfig
import RowHistory

@testable import RowRuntime

/// A plant that says what a test wants it to say, and takes note of what it is told.
final class MemoryField: Field {
  let plan: FieldPlan
  private let roles: RoleMap
  /// What is fed, by role; nil: the device never answers.
  var values: [String: Double?] = [:]
  var failingBuses: Set<Int> = []
  private(set) var demands: OutputDemands?

  init(plan: FieldPlan, roles: RoleMap) {
    self.plan = plan
    self.roles = roles
    for slot in plan.buses.flatMap(\.inputSlots) {
      guard let role = roles.inputs[slot] else { continue }
      values[role] = MemoryField.calm(role)
    }
  }

  func scan(cycle: UInt64, now: Duration, deadline: Duration, into image: inout [FieldValue]) {
    for (role, value) in values {
      guard let slot = roles.inputSlot(role) else { continue }
      image[slot] = value.map { FieldValue(value: $0, time: now, outcome: .good) } ?? FieldValue(outcome: .timeout)
    }
  }

  func isFailing(bus index: Int) -> Bool { failingBuses.contains(index) }

  func actuate(
    _ demands: OutputDemands, cycle: UInt64, now: Duration, deadline: Duration, into states: inout [WriteState]
  ) {
    self.demands = demands
  }

  /// A row at ease in half load, two pumps running.
  private static func calm(_ role: String) -> Double {
    let kinds: [(String, Double)] = [
      ("supply.temperature", 40), ("return.temperature", 50), ("manifold.dp", 100), ("supply.pressure", 300),
      ("return.pressure", 200), ("row.flow", 700), ("filter.dp", 10), ("reservoir.level", 80), ("hall.temperature", 27),
      ("hall.humidity", 40), ("hall.dew_point", 12), ("facility.temperature", 25), ("facility.flow", 500),
      ("facility.valve.position", 50), ("row.permissive", 1), ("pump.3", 0), ("pump.4", 0),
    ]
    if let known = kinds.first(where: { role.hasPrefix($0.0) }) {
      return role.hasSuffix("ready") || role.hasSuffix("remote") ? 1 : known.1
    }
    switch role.split(separator: ".").last {
    case "running", "ready", "remote": return 1
    case "speed": return role.hasPrefix("pump") ? 70 : 45
    case "flow": return 90
    case "power": return role.hasPrefix("rack") ? 60 : 1
    case "position": return role.hasPrefix("fan") ? 100 : 65
    case "chip_temperature": return 60
    case "return_temperature": return 50
    default: return 0
    }
  }
}

extension History {
  /// Where nothing can be kept.
  static var absent: History { History(directory: "/nonexistent/irhx") { _ in } }
}

/// A loop on a virtual clock with a `MemoryField`.
final class Bench {
  let loaded: LoadedSite
  let roles: RoleMap
  let field: MemoryField
  let loop: RowLoop
  private let clock = VirtualClock()

  private final class VirtualClock {
    var now = Duration.seconds(100)
  }

  init(_ site: String = "row.demo.yaml") throws {
    loaded = try Bench.load(site)
    roles = RoleMap(site: loaded.site)
    field = MemoryField(plan: try Daemon.plan(loaded, roles), roles: roles)
    loop = RowLoop(site: loaded.site, roles: roles, field: field, clock: { [clock] in clock.now })
  }

  static let shippedSites = ["row.demo.yaml", "row.facility-water.yaml", "row.large.yaml", "row.mixed-16.yaml"]

  static let config = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "config")

  static func load(_ site: String) throws -> LoadedSite {
    try SiteLoader.load(
      path: config.appending(path: site).path, profileDirectories: [config.appending(path: "profiles").path])
  }

  func run(cycles: Int = 1) {
    for _ in 0..<cycles {
      clock.now += .milliseconds(loaded.site.cycle.periodMs)
      loop.runCycle(due: clock.now)
    }
  }

  var snapshot: Snapshot {
    Snapshot(core: loop.core, timing: loop.timing, overruns: 0, writeStates: loop.writeStates)
  }
  var report: StateReport { StateReport(site: loaded.site, roles: roles, snapshot: snapshot) }
  var translator: CommandTranslator { CommandTranslator(roles: roles, settings: loop.core.settings) }
}
