/// Everything the cycle needs to know about its row, fixed when the site file loads. Nonlinear curves arrive here as
/// tables, so that the cycle itself needs nothing beyond + − × ÷ and square roots and gives the same bits anywhere.
///
/// What runs every cycle never takes this, the measurements or the interlocks whole: the compiler copies a large struct
/// for each call it is passed to by value, and a table for each element read from it. Laws take the part they need, and
/// tables as spans.
public struct Settings: Sendable {
  /// Nominal period of the cycle, s.
  public var periodS = 1.0
  public var rackCount = 0
  public var pumpCount = 0
  public var fanCount = 0
  public var leakZoneCount = 0
  /// Endpoints that `Scan.isBusLost` speaks of.
  public var busCount = 0
  public var leakZones: PerLeakZone<LeakZone> = .init(repeating: LeakZone())
  /// Racks whose power shelf obeys a permit of ours, and coils that have a valve of their own.
  public var hasPermit: PerRack<Bool> = .init(repeating: false)
  public var hasCoilValve: PerFan<Bool> = .init(repeating: false)
  /// What the coils or the plate exchanger give their heat to.
  public var heatRejection = HeatRejection.fanCoils
  public var signals: PerInput<SignalLimits> = .init(repeating: SignalLimits())
  public var supply = Supply()
  public var pumps = Pumps()
  public var racks: PerRack<Rack> = .init(repeating: Rack())
  public var rackFlow = RackFlow()
  public var rejection = Rejection()
  public var limits = Limits()
  public var model = Model()
  public var economics = Economics()
  public var layers = Layers()

  public init() {}

  public var size: RowSize {
    RowSize(racks: rackCount, pumps: pumpCount, fans: fanCount, leakZones: leakZoneCount, buses: busCount)
  }

  public enum HeatRejection: Sendable { case fanCoils, facilityValve }

  /// What a leak detector watches, and how much its word alone is worth.
  public struct LeakZone: Sendable, Equatable {
    public enum Place: Sendable, Equatable { case row, rack(Int), coil(Int) }
    public var watches = Place.row
    /// Beside electronics or at a joint: its word alone isolates the rack or coil it watches.
    public var isCritical = false
    public init() {}
  }

  public struct Supply: Sendable {
    public var setpoint = Temperature(celsius: 40)
    public var setpointMin = Temperature(celsius: 20)
    public var setpointMax = Temperature(celsius: 45)
    public var dewPointMargin = TemperatureDifference(kelvin: 3)
    /// Dew point assumed while none is known: the highest of the ASHRAE A1 allowable envelope.
    public var dewPointAssumed = Temperature(celsius: 17)
    /// Input: supply temperature. Output: by how many kelvin the coil outlet is asked to be colder than the setpoint.
    public var trim = PID.Settings()
    public init() {}
  }

  public struct Pumps: Sendable {
    /// `target`: one unit that holds a flow by itself and is told which; `curve.ratedFlow` is its highest target.
    public enum Control: Sendable { case differentialPressure, flow, target }
    public var control = Control.differentialPressure
    public var dpSetpoint = Pressure(kilopascals: 120)
    public var dpMin = Pressure(kilopascals: 40)
    public var dpMax = Pressure(kilopascals: 200)
    public var mostOpenValve = 90.0
    public var speedMin = 30.0
    public var speedMax = 100.0
    /// Percent per second.
    public var slew = 10.0
    public var safeSpeed = 80.0
    public var minimumRunning = 1
    public var group = PID.Settings()
    /// The pumps of a group are alike: one curve serves all.
    public var curve = PumpCurve()
    public init() {}
  }

  public struct Rack: Sendable {
    public var rated = Power(kilowatts: 120)
    public var designFlow = Flow(litresPerMinute: 156)
    public var chipLimit = Temperature(celsius: 85)
    public var valve = PID.Settings()
    public init() {}
  }

  public struct RackFlow: Sendable {
    /// L/min per kW of peak-held heat.
    public var flowPerKilowatt = 1.3
    public var powerFilterS = 7.0
    public var peakHoldS = 90.0
    /// Share of design flow, 0 … 1, that every rack keeps.
    public var floor = 0.5
    public var valveFloor = 20.0
    public var valveSafe = 100.0
    /// A new demand is sent only when it differs by more than this (percent): actuators wear by travel.
    public var valveDeadband = 0.4
    /// Percent per second: the actuator's own stroke.
    public var valveSlew = 1.67
    public init() {}
  }

  /// Fans (liquid-to-air) or the facility valve: one actuator law for both, see `HeatRejectionLaw`.
  public struct Rejection: Sendable {
    public var demandMin = 10.0
    public var demandMax = 100.0
    public var slew = 5.0
    public var safe = 90.0
    /// Below `demandMin` the actuator may stop altogether (fans do, a valve does not).
    public var mayStop = true
    /// A unit that holds the supply temperature by itself stands in the facility valve's place and is told which: 0 is
    /// the highest setpoint of the supply, 100 the lowest.
    public var takesTarget = false
    public var map = EffectivenessMap()
    /// Design flow of the loop through all coils together.
    public var designFlow = Flow(litresPerMinute: 1248)
    /// Temperature of the sink assumed while none is measured: warm, so that the error is towards more cooling.
    public var sinkAssumed = Temperature(celsius: 35)
    public init() {}
  }

  public struct Limits: Sendable {
    public var supplyHigh = Temperature(celsius: 43)
    public var supplyHighHigh = Temperature(celsius: 46)
    public var returnHighHigh = Temperature(celsius: 65)
    /// Share of the flow the racks must have at least, 0 … 1.
    public var rowFlowLow = 0.6
    public var supplyPressureHigh = Pressure(kilopascals: 450)
    public var levelLow = Percent(percent: 40)
    public var levelLowLow = Percent(percent: 20)
    /// Below this return pressure, with the level low-low, suction is proven lost.
    public var suctionPressureLow = Pressure(kilopascals: 20)
    public var filterDpHigh = Pressure(kilopascals: 60)
    public init() {}

    /// Every limit is a number: a comparison with one that is not never trips.
    var isComplete: Bool {
      supplyHigh.celsius.isFinite && supplyHighHigh.celsius.isFinite && returnHighHigh.celsius.isFinite
        && rowFlowLow.isFinite && supplyPressureHigh.kilopascals.isFinite && levelLow.percent.isFinite
        && levelLowLow.percent.isFinite && suctionPressureLow.kilopascals.isFinite && filterDpHigh.kilopascals.isFinite
    }
  }
}

/// How many things of each kind the row has.
public struct RowSize: Sendable, Equatable {
  public var racks: Int
  public var pumps: Int
  public var fans: Int
  public var leakZones: Int
  public var buses: Int

  public func number(of scope: Cause.Scope) -> Int {
    switch scope {
    case .row: 1
    case .pump: pumps
    case .rack: racks
    case .fan: fans
    case .leakZone: leakZones
    case .bus: buses
    }
  }
}

/// What an instrument can say at most, and how fast its process can move.
public struct SignalLimits: Sendable, Equatable {
  /// Where a process may have gone, unseen, that needs more cooling.
  public enum Worst: Sendable { case none, high, low }

  public var isConfigured = false
  public var low = 0.0
  public var high = 0.0
  /// Fastest believable change, per second.
  public var slewMax = Double.greatestFiniteMagnitude
  /// An instrument with noise of its own shows some within this time, s; 0: not checked (contacts, positions).
  public var frozenAfterS = 0.0
  /// The endpoint it is read from; see `Scan.isBusLost`.
  public var bus = 0
  /// The device it is wired to: instruments of one module fail together. nil: not known.
  public var module: Int?
  /// Older than this is uncertain, s; three times as old is bad.
  public var staleAfterS = 3.0
  /// While it is uncertain for its age, the value goes this way, per second: what the plant can do at worst.
  public var worst = Worst.none
  public var worstSlew = 0.0
  public init() {}
  public init(low: Double, high: Double, slewMax: Double, frozenAfterS: Double = 0) {
    isConfigured = true
    self.low = low
    self.high = high
    self.slewMax = slewMax
    self.frozenAfterS = frozenAfterS
  }

  /// What a value that should have been renewed `overdueS` ago may have become at worst, inside the span.
  @inline(__always)
  func projected(_ value: Double, overdueS: Double) -> Double {
    switch worst {
    case .none: value
    case .high: (value + worstSlew * overdueS).clamped(low, high)
    case .low: (value - worstSlew * overdueS).clamped(low, high)
    }
  }
}
