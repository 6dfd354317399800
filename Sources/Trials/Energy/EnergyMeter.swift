import RowConfig
import RowTwin

/// What a controller did to a row, from the plant's truth; time means and sums over the test.
public struct EnergyFigures: Codable, Sendable, Equatable {
  public var hours = 0.0
  /// Racks' mean power as a share of their rating, and mean hall air (or facility water).
  public var loadShare = 0.0
  public var sinkC = 0.0
  public var itKwh = 0.0
  public var pumpKwh = 0.0
  public var fanKwh = 0.0
  /// Over all racks, above each one's chip limit, a day.
  public var violationKSPerDay = 0.0
  public var chipMaxC = 0.0
  /// Weighted by power.
  public var chipMeanC = 0.0
  /// Of the supply temperature about its setpoint: standard deviation and largest.
  public var supplySdK = 0.0
  public var supplyMaxK = 0.0
  /// Full strokes an hour, mean of the devices of a kind.
  public var pumpStrokes = 0.0
  public var fanStrokes = 0.0
  public var valveStrokes = 0.0
  /// Changes of direction an hour, of the rack valve that has most.
  public var valveReversals = 0.0
  public var dewMarginK = 0.0
  /// Mean flow of facility water, L/min; 0 in a liquid-to-air row.
  public var facilityLpm = 0.0
  /// Not in Auto, s.
  public var downS = 0.0

  public var coolingKwh: Double { pumpKwh + fanKwh }
  public var meanKw: Double { hours > 0 ? coolingKwh / hours : 0 }
  /// Of pumps and fans alone.
  public var partialPue: Double { itKwh > 0 ? 1 + coolingKwh / itKwh : 1 }
  /// A controller that saves by violating is not compared.
  public var hasFailed: Bool { violationKSPerDay > Self.violationMaxKSPerDay || downS > 0 }
  /// With what warmer chips leak beyond those of `other`, kWh.
  public func leakageAdjustedKwh(against other: EnergyFigures) -> Double {
    coolingKwh + Self.leakagePerK * itKwh * (chipMeanC - other.chipMeanC)
  }

  /// Iso-violation: more than this a day is a failure.
  public static let violationMaxKSPerDay = 10.0
  /// Share of a chip's power by which it grows per kelvin; an assumption, see `docs/energy.md`.
  public static let leakagePerK = 0.002
}

/// Adds up the figures, one look a second.
struct EnergyMeter {
  private let chipLimitC: [Double]
  private let ratedKw: Double
  private var seconds = 0.0
  private var sums = EnergyFigures()
  private var chipKws = 0.0
  private var deviation2 = 0.0
  private var pumps: Travel
  private var fans: Travel
  private var valves: Travel
  /// Pump and fan power of each minute, kW.
  private(set) var minutesKw: [Double] = []
  private var minuteKws = 0.0

  init(_ site: Site) {
    chipLimitC = site.racks.units.map(\.chipLimitC)
    ratedKw = site.racks.units.reduce(0) { $0 + $1.ratedKw }
    pumps = Travel(count: site.pumps.units.count)
    fans = Travel(count: site.fans?.units.count ?? 1)
    valves = Travel(count: site.racks.units.count)
    sums.dewMarginK = .infinity
  }

  /// - Parameters:
  ///   - setpointC: what the supply is to be.
  ///   - isDown: the row was not in Auto.
  mutating func look(
    _ truth: PlantTruth, _ positions: ActuatorPositions, setpointC: Double, isDown: Bool, dt: Double
  ) {
    seconds += dt
    let pumpKw = truth.pumpPowerKw.reduce(0, +)
    let fanKw = truth.fanPowerKw.reduce(0, +)
    let itKw = truth.rackPowerKw.reduce(0, +)
    sums.pumpKwh += pumpKw * dt / 3600
    sums.fanKwh += fanKw * dt / 3600
    sums.itKwh += itKw * dt / 3600
    sums.sinkC += (truth.fanPowerKw.isEmpty ? truth.facilityTemperatureC : truth.hallTemperatureC) * dt
    for rack in chipLimitC.indices {
      let chipC = truth.chipTemperatureC[rack]
      chipKws += truth.rackPowerKw[rack] * chipC * dt
      sums.violationKSPerDay += max(0, chipC - chipLimitC[rack]) * dt
      sums.chipMaxC = max(sums.chipMaxC, chipC)
    }
    let offK = truth.supplyTemperatureC - setpointC
    deviation2 += offK * offK * dt
    sums.supplyMaxK = max(sums.supplyMaxK, abs(offK))
    sums.dewMarginK = min(sums.dewMarginK, truth.supplyTemperatureC - truth.hallDewPointC)
    sums.facilityLpm += truth.facilityFlowLpm * dt
    if isDown { sums.downS += dt }
    pumps.look(positions.pumpSpeed)
    fans.look(truth.fanPowerKw.isEmpty ? [positions.facilityValve] : positions.fanSpeed)
    valves.look(positions.rackValve)
    minuteKws += (pumpKw + fanKw) * dt
    if seconds >= 60 * Double(minutesKw.count + 1) {
      minutesKw.append(minuteKws / 60)
      minuteKws = 0
    }
  }

  var figures: EnergyFigures {
    var figures = sums
    guard seconds > 0 else { return figures }
    figures.hours = seconds / 3600
    figures.loadShare = sums.itKwh / figures.hours / ratedKw
    figures.sinkC = sums.sinkC / seconds
    figures.chipMeanC = sums.itKwh > 0 ? chipKws / (sums.itKwh * 3600) : 0
    figures.violationKSPerDay = sums.violationKSPerDay * 86_400 / seconds
    figures.supplySdK = (deviation2 / seconds).squareRoot()
    figures.facilityLpm = sums.facilityLpm / seconds
    figures.pumpStrokes = pumps.strokes / figures.hours
    figures.fanStrokes = fans.strokes / figures.hours
    figures.valveStrokes = valves.strokes / figures.hours
    figures.valveReversals = valves.reversalsMax / figures.hours
    return figures
  }
}

/// How far devices of a kind go, and how often they turn round.
struct Travel {
  /// A turn counts once it is this far from where it began, as a share of the stroke: less is noise.
  static let turnAfter = 0.01

  private var last: [Double?]
  private var total = 0.0
  /// Farthest place in the present direction, which is 0 before the first move.
  private var extreme: [Double]
  private var direction: [Double]
  private var reversals: [Double]

  init(count: Int) {
    last = Array(repeating: nil, count: count)
    extreme = Array(repeating: 0, count: count)
    direction = Array(repeating: 0, count: count)
    reversals = Array(repeating: 0, count: count)
  }

  /// Mean of the devices.
  var strokes: Double { total / Double(max(last.count, 1)) }
  var reversalsMax: Double { reversals.max() ?? 0 }

  mutating func look(_ positions: [Double]) {
    for i in positions.indices {
      let here = positions[i]
      if let last = last[i] { total += abs(here - last) } else { extreme[i] = here }
      last[i] = here
      let away = here - extreme[i]
      if direction[i] == 0 {
        guard abs(away) > Self.turnAfter else { continue }
        direction[i] = away > 0 ? 1 : -1
        extreme[i] = here
      } else if away * direction[i] > 0 {
        extreme[i] = here
      } else if abs(away) > Self.turnAfter {
        direction[i] = -direction[i]
        extreme[i] = here
        reversals[i] += 1
      }
    }
  }
}
