/// Every rack's branch: its hydraulic conductance, and the heat's way from chip to return hose.
///
/// Liquid: `inletCells` cells of hose and manifold, one well-mixed cell in the plates, `outletCells` cells back. Cells
/// step implicitly upwind, which conserves heat exactly and is stable at any step. One rack's cells lie side by side.
struct RackBank: Sendable {
  private static let inletCells = 4
  private static let outletCells = 4

  private let racks: [PlantParameters.Rack]
  /// Flow at 1 kPa, L/min.
  private(set) var conductance: [Double]
  private var inletC: [Double]
  private var outletC: [Double]
  private var plateC: [Double]
  private var chipC: [Double]

  init(_ racks: [PlantParameters.Rack], at temperatureC: Double) {
    self.racks = racks
    conductance = Array(repeating: 0, count: racks.count)
    inletC = Array(repeating: temperatureC, count: racks.count * Self.inletCells)
    outletC = Array(repeating: temperatureC, count: racks.count * Self.outletCells)
    plateC = Array(repeating: temperatureC, count: racks.count)
    chipC = Array(repeating: temperatureC, count: racks.count)
  }

  /// Recomputes each branch's conductance from its valve, its last flow and the coolant's viscosity; returns their sum.
  ///
  /// Plates: dP ~ q^1.875, as q² times (q/q_design)^−⅛, three square roots; below 2 % of design flow as at 2 %.
  mutating func updateConductance(
    valves: [Double], clean: [Double], flows: [Double], resistance: Double
  ) -> Double {
    var sum = 0.0
    for index in racks.indices {
      let rack = racks[index]
      let relative = max(flows[index] / rack.designFlowLpm, 0.02)
      let turbulence = 1 / relative.squareRoot().squareRoot().squareRoot()
      let opening = Curve.equalPercentageValve(valves[index])
      let blocked = max(clean[index], 1e-3)
      let dpKpa =
        rack.platesDpKpa * turbulence * resistance / (blocked * blocked) + rack.valveDpKpa / (opening * opening)
      let own = rack.designFlowLpm / dpKpa.squareRoot()
      conductance[index] = own
      sum += own
    }
    return sum
  }

  /// Resistance of cold plates of 1 kW in all at `flow` L/min, from chip case to a mix of inlet and outlet coolant,
  /// and the outlet's share of that mix.
  ///
  /// Published case-to-inlet data (OCP, 1 kW, PG25, 0.4 … 2.4 L/min) fit 0.0162 + 0.0084/V within 1.6 % down to
  /// 0.45 L/min; half the coolant's rise, 0.0075/V, belongs to a mean coolant temperature and the rest is the metal's.
  /// Below 0.435 L/min the outlet nearly reaches the case, 3 % short of it, and the mix moves to the outlet.
  static func plateResistance(flow: Double) -> (kPerW: Double, outletShare: Double) {
    let v = max(flow, 0.02)
    if v >= 0.435 { return (0.0162 + 0.0009 / v, 0.5) }
    let outletShare = 1 - v / 0.87
    return ((0.01545 - 0.015 * outletShare) / v, outletShare)
  }

  /// Advances all racks by `dt` s with `truth.rackFlowLpm`, and adds their heat to `truth.heatInKw`. `supplyC` is the
  /// coolant entering each rack's hose.
  mutating func step(
    _ dt: Double, supplyC: [Double], conditions: PlantConditions, truth: inout PlantTruth
  ) {
    for index in racks.indices {
      let rack = racks[index]
      let flow = truth.rackFlowLpm[index]
      let litres = flow * dt / 60
      var hoseC = supplyC[index]
      let inletKeep = 1 / (1 + litres * Double(Self.inletCells) / rack.inletVolumeL)
      for cell in 0..<Self.inletCells {
        let place = index * Self.inletCells + cell
        hoseC += inletKeep * (inletC[place] - hoseC)
        inletC[place] = hoseC
      }
      let drawnKw = conditions.rackPowerKw[index] * Self.chipShare(chipC[index])
      truth.rackPowerKw[index] = drawnKw
      truth.heatInKw += drawnKw * rack.liquidShare
      heat(index, powerKw: drawnKw * rack.liquidShare, inletC: hoseC, flow: flow, dt: dt)
      hoseC = plateC[index]
      let outletKeep = 1 / (1 + litres * Double(Self.outletCells) / rack.outletVolumeL)
      for cell in 0..<Self.outletCells {
        let place = index * Self.outletCells + cell
        hoseC += outletKeep * (outletC[place] - hoseC)
        outletC[place] = hoseC
      }
      truth.rackReturnTemperatureC[index] = hoseC
      truth.chipTemperatureC[index] = chipC[index]
    }
  }

  /// Chips protect themselves: between 105 and 120 °C they throttle to nothing.
  private static func chipShare(_ chipC: Double) -> Double {
    min(max((120 - chipC) / 15, 0), 1)
  }

  /// Metal and plate coolant of one rack, two equations solved together, implicitly:
  /// Cm·dTc/dt = P − g·(Tc − (1−w)·Tin − w·Tf) and Cf·dTf/dt = g·(Tc − (1−w)·Tin − w·Tf) − m·(Tf − Tin).
  private mutating func heat(_ index: Int, powerKw: Double, inletC: Double, flow: Double, dt: Double) {
    let rack = racks[index]
    let (resistance, w) = Self.plateResistance(flow: flow / rack.ratedKw)
    let g = rack.ratedKw / (1000 * resistance * rack.plateResistance)
    let m = flow * Coolant.kwPerKPerLpm
    let metal = rack.metalKjPerK / dt
    let liquid = rack.plateVolumeL * Coolant.heatCapacityKjPerLK / dt
    let inflow = g * (1 - w) * inletC
    let toChip = metal * chipC[index] + powerKw + inflow
    let toLiquid = liquid * plateC[index] + m * inletC - inflow
    let liquidSum = liquid + g * w + m
    let inverse = 1 / (metal * liquidSum + g * (liquid + m))
    chipC[index] = (toChip * liquidSum + g * w * toLiquid) * inverse
    plateC[index] = ((metal + g) * toLiquid + g * toChip) * inverse
  }
}
