public import RowAPI
public import RowConfig

/// A control loop that can be tuned: what is stepped, what is watched, and in which units its gains are.
public struct TunedLoop: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Manifold dP, or the racks' flow, by pump speed: the running pumps as one.
    case pump
    /// Supply temperature by the fans as one. What is identified is what the law's trim does: kelvin of supply per
    /// kelvin of coil outlet asked for; the coils' table makes fan speed of it, and its gain varies tenfold.
    case fans
    /// Flow of a rack, counted from 0, by its valve.
    case valve(Int)
  }

  public let kind: Kind
  /// As in the published state.
  public let name: String
  /// Of the measurement, and of what the controller asks for.
  public let unit: String
  public let inputUnit: String
  /// Engineering units at 100 % of span less those at 0 %, as the daemon has them.
  let measurementSpan: Double
  let outputSpan: Double
  /// Sign that the process gain has.
  let sign: Double
  /// Section of the site file with the gains, and the gains.
  public let section: String
  public let gains: Site.Gains
  /// Where the actuator may be put.
  let least: Double
  let most: Double
  public let periodS: Double
  /// Order of the model that is fitted.
  let order: Int
  /// Longest change and time of a step when nobody says, percent and s.
  public let stepDefault: Double
  public let holdDefaultS: Double
  /// Least τ_c, s: no loop is asked to be faster than two of its cycles, nor one whose actuator takes long.
  let calmS: Double

  /// Nil where the row has no such loop.
  public init?(_ kind: Kind, of site: Site) {
    guard site.topology != .supervisedCdu else { return nil }
    self.kind = kind
    periodS = Double(site.cycle.periodMs) / 1000
    switch kind {
    case .pump:
      let onFlow = site.pumps.control == .flow
      (name, unit, inputUnit) = ("pump_group", onFlow ? "L/min" : "kPa", "%")
      (measurementSpan, outputSpan, sign) = (onFlow ? 2000 : 400, 100, 1)
      (section, gains) = ("pumps", site.pumps.gains)
      (least, most) = (site.pumps.speedMinPercent, site.pumps.speedMaxPercent)
      (order, stepDefault, holdDefaultS, calmS) = (1, 5, 12, 2 * periodS)
    case .fans:
      guard let fans = site.fans else { return nil }
      (name, unit, inputUnit) = ("supply_temperature", "K", "K")
      (measurementSpan, outputSpan, sign) = (100, 100, -1)
      (section, gains) = ("fans", fans.gains)
      (least, most) = (fans.speedMinPercent, fans.speedMaxPercent)
      (order, stepDefault, holdDefaultS, calmS) = (2, 4, 150, 2 * periodS)
    case .valve(let rack):
      guard site.racks.units.indices.contains(rack) else { return nil }
      (name, unit, inputUnit) = ("rack.\(rack + 1).flow", "L/min", "%")
      (measurementSpan, outputSpan, sign) = (2 * site.racks.units[rack].designFlowLpm, 100, 1)
      (section, gains) = ("racks", site.racks.gains)
      (least, most) = (site.racks.valveFloorPercent, 100)
      (order, stepDefault, holdDefaultS) = (1, 3, 30)
      // A quarter of the stroke: a valve wears by travel, and the steps it is asked for take that long anyway.
      calmS = max(2 * periodS, site.racks.valveStrokeS / 4)
    }
  }

  /// Actuators to hold, and where they stand, percent. Fans at rest are held at rest.
  public func actuators(in state: RowState) -> [(role: String, stands: Double)] {
    state.actuators.filter { actuator in
      switch kind {
      case .pump: actuator.role.hasPrefix("pump.") && actuator.demand > 0
      case .fans: actuator.role.hasPrefix("fan.") && !actuator.role.hasSuffix(".valve")
      case .valve(let rack): actuator.role == "rack.\(rack + 1).valve"
      }
    }.map { ($0.role, $0.demand) }
  }

  func loop(in state: RowState) -> ControlLoop? { state.loops.first { $0.name == name } }

  /// What the actuator was asked for in this cycle: of fans, the coil outlet that they stand for.
  func input(in state: RowState, asked: Double) -> Double? {
    guard kind == .fans else { return asked }
    return loop(in: state)?.output
  }

  /// Gain in percent of input span per percent of output span.
  func inPercent(_ model: ProcessModel) -> ProcessModel {
    var model = model
    model.gain *= outputSpan / measurementSpan
    return model
  }
}
