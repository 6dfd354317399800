import CoolingCore
import RowAPI

/// Who holds which override, and why: the core knows its value and its lease, but no names.
struct OverrideLedger: Sendable {
  struct Holder: Sendable, Equatable {
    var owner: String
    var reason: String
  }
  /// By the actuator's index.
  private var holders: [Int: Holder] = [:]

  subscript(_ actuator: Actuator) -> Holder? { holders[actuator.index] }

  /// Takes note of an accepted command; `actuators` are the row's.
  mutating func note(_ command: RowCommand, by owner: String, actuators: [Actuator]) {
    switch command {
    case .override(let name, _, _, let reason):
      guard let actuator = actuators.first(where: { RoleMap.name(of: $0) == name }) else { return }
      holders[actuator.index] = Holder(owner: owner, reason: reason)
    case .setMode(.manual):
      for actuator in actuators { holders[actuator.index] = Holder(owner: owner, reason: "mode manual") }
    case .acknowledgeAlarm, .shelve, .unshelve, .setOutOfService, .setMode, .setSetpoint, .release, .resetTrip,
      .explain, .history:
      break
    }
  }

  /// Forgets the holders of what is not overridden any more.
  mutating func prune(_ overrides: Overrides) {
    holders = holders.filter { overrides.leases[$0.key] != nil }
  }
}
