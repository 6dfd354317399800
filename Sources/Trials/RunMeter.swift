import RowConfig
import RowTwin

/// What a run took and how it stood to its limits, from the plant's truth.
public struct RunMeter: Sendable {
  public private(set) var pumpKwh = 0.0
  public private(set) var fanKwh = 0.0
  public private(set) var rackKwh = 0.0
  /// All chips' excess over their limit, and the most.
  public private(set) var chipViolationKs = 0.0
  public private(set) var chipOverK = 0.0
  public private(set) var hours = 0.0
  private var chipKs = 0.0
  private var pumpTravel = 0.0
  private var valveTravel = 0.0
  private var fanTravel = 0.0
  private var last: ActuatorPositions?

  public init() {}

  public mutating func add(_ row: VirtualRow) {
    let truth = row.truth
    let dt = Double(row.site.cycle.periodMs) / 1000
    hours += dt / 3600
    pumpKwh += truth.pumpPowerKw.reduce(0, +) * dt / 3600
    fanKwh += truth.fanPowerKw.reduce(0, +) * dt / 3600
    rackKwh += truth.rackPowerKw.reduce(0, +) * dt / 3600
    var mean = 0.0
    for (i, chip) in truth.chipTemperatureC.enumerated() {
      let over = chip - row.site.racks.units[i].chipLimitC
      chipViolationKs += max(0, over) * dt
      chipOverK = max(chipOverK, over)
      mean += chip / Double(truth.chipTemperatureC.count)
    }
    chipKs += mean * dt
    let positions = row.twin.positions
    if let last {
      pumpTravel += zip(positions.pumpSpeed, last.pumpSpeed).map { abs($0 - $1) }.reduce(0, +)
      valveTravel += zip(positions.rackValve, last.rackValve).map { abs($0 - $1) }.reduce(0, +)
      fanTravel += zip(positions.fanSpeed, last.fanSpeed).map { abs($0 - $1) }.reduce(0, +)
    }
    last = positions
  }

  public var totalKwh: Double { pumpKwh + fanKwh }
  public var chipMeanC: Double { hours > 0 ? chipKs / hours / 3600 : 0 }

  /// Travel in full strokes per unit and hour.
  public var text: String {
    func per(_ travel: Double, _ count: Int) -> String {
      decimals(hours > 0 ? travel / hours / Double(max(count, 1)) : 0)
    }
    let travel =
      "pump \(per(pumpTravel, last?.pumpSpeed.count ?? 1)), valve \(per(valveTravel, last?.rackValve.count ?? 1)), "
      + "fan \(per(fanTravel, last?.fanSpeed.count ?? 1))"
    return "\(decimals(totalKwh)) kWh (pumps \(decimals(pumpKwh)), fans \(decimals(fanKwh))) in \(decimals(hours)) h "
      + "for \(decimals(rackKwh)) kWh of racks; chips mean \(decimals(chipMeanC)) °C, over their limit "
      + "\(decimals(chipViolationKs)) K·s, at most by \(decimals(chipOverK)) K; travel in strokes/h: \(travel)"
  }
}
