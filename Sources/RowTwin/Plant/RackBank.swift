/// Every rack's branch: its hydraulic conductance, and the heat's way from chip to return hose.
///
/// Liquid: four cells of hose and manifold, one well-mixed cell in the plates, four cells back. Cells step implicitly
/// upwind, which conserves heat exactly and is stable at any step.
struct RackBank: Sendable {
  /// One rack and its state.
  fileprivate struct Branch: Sendable {
    let rack: PlantParameters.Rack
    var inletC: InlineArray<4, Double>
    var outletC: InlineArray<4, Double>
    var plateC: Double
    var chipC: Double
    /// Share of its power the rack may draw: falls while its permit is withheld.
    var allowance = 1.0
  }

  private var branches: [Branch]
  /// Flow at 1 kPa, L/min.
  private(set) var conductance: [Double]

  init(_ racks: [PlantParameters.Rack], at temperatureC: Double) {
    conductance = Array(repeating: 0, count: racks.count)
    branches = racks.map {
      Branch(
        rack: $0, inletC: .init(repeating: temperatureC), outletC: .init(repeating: temperatureC),
        plateC: temperatureC, chipC: temperatureC)
    }
  }

  /// Recomputes each branch's conductance from its valve, its last flow and the coolant's viscosity; returns their sum.
  ///
  /// Plates: dP ~ q^1.875, as q² times (q/q_design)^−⅛, three square roots; below 2 % of design flow as at 2 %.
  mutating func updateConductance(
    valves: [Double], clean: [Double], flows: [Double], resistance: Double
  ) -> Double {
    var sum = 0.0
    let valveCurve = Curve.equalPercentageValve
    for index in branches.indices {
      let rack = branches[index].rack
      let relative = max(flows[index] / rack.designFlowLpm, 0.02)
      let turbulence = 1 / relative.squareRoot().squareRoot().squareRoot()
      let opening = valveCurve(valves[index])
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
  /// coolant entering each rack's hose, `powerKw` what each would draw.
  mutating func step(
    _ dt: Double, supplyC: [Double], powerKw: [Double], permits: [Bool], truth: inout PlantTruth
  ) {
    for index in branches.indices {
      let flow = truth.rackFlowLpm[index]
      let drawnKw = branches[index].draw(powerKw[index], isPermitted: permits[index], dt)
      let takenKw = drawnKw * branches[index].rack.liquidShare
      branches[index].pass(flow: flow, inletC: supplyC[index], powerKw: takenKw, dt)
      truth.rackPowerKw[index] = drawnKw
      truth.heatInKw += takenKw
      truth.rackReturnTemperatureC[index] = branches[index].outletC[3]
      truth.chipTemperatureC[index] = branches[index].chipC
    }
  }
}

extension RackBank.Branch {
  /// Without its permit a rack is off within 2 s, with it back at its power after 5 s. Chips protect themselves:
  /// between 105 and 120 °C they throttle to nothing.
  mutating func draw(_ powerKw: Double, isPermitted: Bool, _ dt: Double) -> Double {
    allowance = isPermitted ? min(allowance + dt / 5, 1) : max(allowance - dt / 2, 0)
    return powerKw * allowance * min(max((120 - chipC) / 15, 0), 1)
  }

  /// Moves `flow` L/min through inlet hose, plates and outlet hose for `dt` s.
  mutating func pass(flow: Double, inletC hoseC: Double, powerKw: Double, _ dt: Double) {
    let litres = flow * dt / 60 * 4
    var passingC = hoseC
    let inletKeep = 1 / (1 + litres / rack.inletVolumeL)
    for cell in 0..<4 {
      passingC += inletKeep * (inletC[cell] - passingC)
      inletC[cell] = passingC
    }
    heat(powerKw: powerKw, inletC: passingC, flow: flow, dt: dt)
    passingC = plateC
    let outletKeep = 1 / (1 + litres / rack.outletVolumeL)
    for cell in 0..<4 {
      passingC += outletKeep * (outletC[cell] - passingC)
      outletC[cell] = passingC
    }
  }

  /// Metal and plate coolant of one rack, two equations solved together, implicitly:
  /// Cm·dTc/dt = P − g·(Tc − (1−w)·Tin − w·Tf) and Cf·dTf/dt = g·(Tc − (1−w)·Tin − w·Tf) − m·(Tf − Tin).
  private mutating func heat(powerKw: Double, inletC: Double, flow: Double, dt: Double) {
    let (resistance, w) = RackBank.plateResistance(flow: flow / rack.ratedKw)
    let g = rack.ratedKw / (1000 * resistance * rack.plateResistance)
    let m = flow * Coolant.kwPerKPerLpm
    let metal = rack.metalKjPerK / dt
    let liquid = rack.plateVolumeL * Coolant.heatCapacityKjPerLK / dt
    let inflow = g * (1 - w) * inletC
    let toChip = metal * chipC + powerKw + inflow
    let toLiquid = liquid * plateC + m * inletC - inflow
    let liquidSum = liquid + g * w + m
    let inverse = 1 / (metal * liquidSum + g * (liquid + m))
    chipC = (toChip * liquidSum + g * w * toLiquid) * inverse
    plateC = ((metal + g) * toLiquid + g * toChip) * inverse
  }
}
