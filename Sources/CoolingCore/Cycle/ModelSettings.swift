/// What the model-based layers need to know of the row, and what they are to strive for.
extension Settings {
  /// Numbers of the row model that no control law needs: from name plates where nobody has measured them.
  public struct Model: Sendable {
    /// Of each rack's branch with its valve open: flow at 1 kPa, L/min.
    public var conductance: PerRack<Double> = .init(repeating: 17.4)
    /// Resistance of each rack's plates as a multiple of the published one.
    public var plateFactor: PerRack<Double> = .init(repeating: 1)
    /// Loop without the manifold, kPa/(L/min)².
    public var loopResistance = 5.5e-5
    public var loopVolumeL = 400.0
    /// One pump at its duty point; all fans, or what moves the facility's water, at 100 %: kW, electrical.
    public var pumpRatedKw = 5.5
    public var rejectionRatedKw = 19.2
    /// Effectiveness of the coils as a multiple of the table's.
    public var coilFactor = 1.0
    public init() {}
  }

  /// What a kilowatt, a kelvin and a hotter chip are worth.
  public struct Economics: Sendable, Equatable {
    /// Rack power that a chip one kelvin hotter costs, percent of the rack's; 0: none.
    public var leakagePercentPerK = 0.15
    /// What supply one kelvin warmer saves further out (hall air handling, facility water), W.
    public var warmerSupplySavesWPerK = 0.0
    public init() {}
  }

  /// Which layer gives the setpoints.
  public struct Layers: Sendable, Equatable {
    public var commands = ControlLayer.pid
    /// Runs beside it and says what it would do; nil: none.
    public var shadow: ControlLayer?
    @inline(__always)
    var areOptimised: Bool { commands != .pid || (shadow ?? .pid) != .pid }
    public init() {}
  }
}

/// Who gives the setpoints that the PID loops hold.
public enum ControlLayer: UInt8, Sendable {
  /// The site file and the operator.
  case pid
  /// The optimiser.
  case optimiser
  /// The predictive law, on the optimiser's setpoints.
  case mpc
}
