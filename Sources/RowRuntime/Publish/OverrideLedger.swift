import CoolingCore
import RowAPI

/// Who holds which override or bypass, and why: the core knows its value and its lease, but no names.
struct OverrideLedger: Sendable {
  struct Holder: Sendable, Equatable {
    var owner: String
    var reason: String
  }
  /// By the actuator's index.
  private var holders: [Int: Holder] = [:]
  /// By the cause's text.
  private var bypassers: [String: Holder] = [:]

  subscript(_ actuator: Actuator) -> Holder? { holders[actuator.index] }
  subscript(_ instance: CauseInstance) -> Holder? { bypassers[instance.text] }

  /// Takes note of an accepted command; `actuators` are the row's.
  mutating func note(_ command: RowCommand, by owner: String, actuators: [Actuator], roles: RoleMap) {
    switch command {
    case .override(let name, _, _, let reason):
      guard let actuator = actuators.first(where: { roles.name(of: $0) == name }) else { return }
      holders[actuator.index] = Holder(owner: owner, reason: reason)
    case .bypass(let id, let subject, _, let reason):
      bypassers[id + (subject.map { " \($0)" } ?? "")] = Holder(owner: owner, reason: reason)
    case .setMode(.manual):
      for actuator in actuators { holders[actuator.index] = Holder(owner: owner, reason: "mode manual") }
    case .acknowledgeAlarm, .shelve, .unshelve, .setOutOfService, .setMode, .setSetpoint, .release, .resetTrip,
      .endBypass, .changeOver, .setControl, .explain, .history, .devices, .probe,
      .setPoint:
      break
    }
  }

  /// Forgets the holders of what is not overridden or bypassed any more.
  mutating func prune(_ core: ControlCycle) {
    holders = holders.filter { core.overrides.leases[$0.key] != nil }
    var bypassed: Set<String> = []
    if !bypassers.isEmpty {
      core.interlocks.forEach(core.settings) { cause, index, state in
        if state.bypassRemainingS > 0 { bypassed.insert(CauseInstance(cause: cause, index: index).text) }
      }
    }
    bypassers = bypassers.filter { bypassed.contains($0.key) }
  }
}
