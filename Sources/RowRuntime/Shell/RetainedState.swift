import CoolingCore
import FoundationEssentials
import RowAPI

/// What a restart must not forget. A field that a file lacks is nil and restores nothing, so that fields may be added;
/// one that this program does not know is left out.
struct RetainedState: Codable, Sendable, Equatable {
  /// A mode in which the row stays by an operator's will.
  enum HeldMode: String, Codable, Sendable {
    case off, standby, shutdown
  }

  /// nil: the row cools.
  var mode: HeldMode?
  /// The operator's supply setpoint, where it is not the site file's.
  var supplySetpointC: Double?

  private enum CodingKeys: String, CodingKey {
    case mode
    case supplySetpointC = "supply_setpoint_c"
  }

  init(mode: HeldMode? = nil, supplySetpointC: Double? = nil) {
    self.mode = mode
    self.supplySetpointC = supplySetpointC
  }

  /// What there is to be remembered of the row now.
  init(_ core: ControlCycle) {
    mode =
      switch core.mode {
      case .off: .off
      case .standby: .standby
      case .shutdown: .shutdown
      case .starting, .auto, .tripped: nil
      }
    let setpoint = core.supplySetpoint.celsius
    supplySetpointC = setpoint == core.settings.supply.setpoint.celsius ? nil : setpoint
  }

  /// nil where the bytes are no such state.
  init?(_ bytes: [UInt8]) {
    // ignoring: what cannot be decoded is said by the caller.
    guard let state = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = state
  }

  /// nil where a number is not finite, which no state of the core is.
  var bytes: [UInt8]? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // ignoring: nothing is kept then, and the generation on the disk stays.
    guard let data = try? encoder.encode(self) else { return nil }
    return Array(data)
  }

  /// What brings a row that has just been taken over to this state. The core refuses what the plant does not allow any
  /// more, such as Off while the racks draw power.
  var commands: [RowCommand] {
    var commands: [RowCommand] = []
    if let supplySetpointC { commands.append(.setSetpoint(name: "supply_c", value: supplySetpointC)) }
    switch mode {
    case .off: commands.append(.setMode(.off))
    case .standby: commands.append(.setMode(.standby))
    case .shutdown: commands.append(.setMode(.shutdown))
    case nil: break
    }
    return commands
  }
}
