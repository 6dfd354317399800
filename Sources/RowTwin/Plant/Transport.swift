/// A pipe as well-mixed cells in a row, each stepped implicitly upwind: heat is conserved exactly, any step is stable,
/// and the delay is volume / flow with the spread of a real header.
struct Pipe: Sendable {
  private static let cells = 8
  private var temperatureC: [Double]
  private let cellL: Double

  init(volumeL: Double, at temperatureC: Double) {
    self.temperatureC = Array(repeating: temperatureC, count: Self.cells)
    cellL = volumeL / Double(Self.cells)
  }

  /// Coolant leaving the pipe.
  var outletC: Double { temperatureC[Self.cells - 1] }

  /// Passes `flowLpm` for `dt` s, entering at `inletC`.
  mutating func step(_ dt: Double, flowLpm: Double, inletC: Double) {
    let keep = 1 / (1 + flowLpm * dt / (60 * cellL))
    var entering = inletC
    for cell in 0..<Self.cells {
      entering += keep * (temperatureC[cell] - entering)
      temperatureC[cell] = entering
    }
  }
}

/// Supply and return header, one segment of each per rack. Rack 1 is nearest the pumps: its segment of the supply
/// header is the first to be filled and its segment of the return header the last to be passed.
struct Headers: Sendable {
  private(set) var supplyC: [Double]
  private var returnC: [Double]
  private let segmentL: Double

  init(racks: Int, segmentL: Double, at temperatureC: Double) {
    supplyC = Array(repeating: temperatureC, count: racks)
    returnC = Array(repeating: temperatureC, count: racks)
    self.segmentL = segmentL
  }

  /// Coolant leaving the return header.
  var returnOutletC: Double { returnC[0] }

  /// Fills the supply header from `inletC`; each rack draws its flow from its segment.
  mutating func stepSupply(_ dt: Double, flows: [Double], rowFlowLpm: Double, inletC: Double) {
    let storage = 60 * segmentL / dt
    var passing = rowFlowLpm
    var entering = inletC
    for rack in supplyC.indices {
      entering = (storage * supplyC[rack] + passing * entering) / (storage + passing)
      supplyC[rack] = entering
      passing = max(passing - flows[rack], 0)
    }
  }

  /// Gathers the racks' returns, the farthest first.
  mutating func stepReturn(_ dt: Double, flows: [Double], racksC: [Double]) {
    let storage = 60 * segmentL / dt
    var passing = 0.0
    var entering = 0.0
    for rack in returnC.indices.reversed() {
      let joining = flows[rack]
      let heat = storage * returnC[rack] + passing * entering + joining * racksC[rack]
      passing += joining
      entering = heat / (storage + passing)
      returnC[rack] = entering
    }
  }
}

/// The expansion vessel on the pumps' suction: level and static pressure.
struct Reservoir: Sendable {
  private static let fullLevel = 0.75
  private static let fullPressureKpa = 150.0
  private static let fillTemperatureC = 25.0
  private static let atmosphereKpa = 101.3

  private let volumeL: Double
  private let loopL: Double
  private var lostL = 0.0
  private(set) var level = fullLevel

  init(volumeL: Double, loopL: Double) {
    self.volumeL = volumeL
    self.loopL = loopL
  }

  /// Loses `leakLpm` for `dt` s; the loop's coolant expands with `meanC`.
  mutating func step(_ dt: Double, leakLpm: Double, meanC: Double) {
    lostL += leakLpm * dt / 60
    let expandedL = Coolant.expansionPerK * loopL * (meanC - Self.fillTemperatureC)
    level = min(max(Self.fullLevel + (expandedL - lostL) / volumeL, 0), 1)
  }

  /// Gauge pressure: a gas cushion of a quarter of the vessel above the full mark's own quarter, isothermal.
  var pressureKpa: Double {
    let gas = 1.25 - level
    let gasFull = 1.25 - Self.fullLevel
    return (Self.fullPressureKpa + Self.atmosphereKpa) * gasFull / gas - Self.atmosphereKpa
  }

  /// Share of the pumps' head left as the suction uncovers: all of it above 5 % level, nothing below 1 %.
  var headShare: Double { min(max((level - 0.01) / 0.04, 0), 1) }
}
