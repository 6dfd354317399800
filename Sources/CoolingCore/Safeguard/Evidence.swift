/// What the row's own causes look at, gathered once a cycle. Causes of pumps, racks, fans and leak detectors look at
/// their own readings.
struct Evidence {
  /// Less than this share of design flow is none.
  static let noFlowShare = 0.05
  /// As measured, else by physics: an instrument that dies takes no safeguard with it while another way is left.
  var supplyTemperature: Reading<Temperature>
  var returnTemperature: Reading<Temperature>
  var dewPoint: Reading<Temperature>
  /// As measured, else by physics.
  var manifoldDp: Reading<Pressure>
  var supplyPressure: Reading<Pressure>
  var returnPressure: Reading<Pressure>
  var filterDp: Reading<Pressure>
  var level: Reading<Percent>
  var meteredFlow: Reading<Flow>
  /// The best that is known of the row's flow, and the sum of the racks' own meters.
  var rowFlow: Reading<Flow>
  var rackFlowSum: Reading<Flow>
  /// Least flow that the racks in service must have together, and their design flow, L/min.
  var flowFloor: Double
  var designFlow: Double
  var isRedundancyLost: Bool
  var isProtectionDegraded: Bool
  /// What says that the row itself leaks.
  var leak: LeakWatch.Verdict
  /// A coil leaks that cannot be spared.
  var isIsolationRefused: Bool
  var trends: Trends.Findings
  var mode: RowMode
  var isLate: Bool
  /// The row has been starting for longer than a start takes.
  var isStartOverdue: Bool
  /// The racks draw more than a start-up's idle power.
  var isHeated: Bool
  /// Pumps that could run now.
  var pumpsAvailable: Int
  var pumpsRequested: Int
  var pumpCount: Int
  /// Pumps that say they run and the mean of their speeds, percent; whether every pump says that it does not.
  var pumpsTurning: Int
  var pumpSpeed: Double
  var arePumpsStopped: Bool
  /// An interlock has raised the pumps.
  var arePumpsRaised: Bool
  var fansFailed: Int
  var facilityValve: FacilityValve
  var emergencyStop: Reading<Flag>
  var permissive: Reading<Flag>
  var supplySetpointMin: Temperature

  struct FacilityValve {
    var position: Reading<Percent>
    /// Percent, as sent last; nil where the row has none.
    var sent: Double?
    var write: WriteOutcome
  }
}

extension Measurements {
  /// Installed instruments of a role no longer back each other.
  @inline(__always)
  var isRedundancyLost: Bool {
    mutating get {
      supplyTemperature.isDoubted || returnTemperature.isDoubted || manifoldDp.isDoubted || dewPoint.isDoubted
    }
  }

  /// An instrument says nothing that can be used, that a safeguard looks at and that has no cause of its own.
  @inline(__always)
  var isProtectionDegraded: Bool {
    mutating get {
      supplyTemperature.isUntrusted || manifoldDp.isUntrusted || reservoirLevel.isUntrusted
        || returnPressure.isUntrusted || supplyPressure.isUntrusted || returnTemperature.isUntrusted
        || hallTemperature.isUntrusted || facilityTemperature.isUntrusted || filterDp.isUntrusted
        || rowFlow.isUntrusted || emergencyStop.isLost || permissive.isLost
    }
  }
}

extension Reading {
  /// It is alive, and physics says that it lies.
  var isContradicted: Bool { quality == .uncertain(.implausible) }

  /// It is gone, says always the same, or lies.
  var isUntrusted: Bool { isLost || quality == .uncertain(.frozen) || isContradicted }

  fileprivate var isDoubted: Bool {
    quality == .uncertain(.lostRedundancy) || quality == .uncertain(.disagreement)
      || quality == .uncertain(.commonCause)
  }
}
