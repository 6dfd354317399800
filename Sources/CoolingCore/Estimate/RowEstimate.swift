/// What the laws need to know but no instrument says directly: the heat each rack must lose, its hottest chip, the
/// flow and the return temperature where their meters are silent.
public struct RowEstimate: Sendable {
  public struct Rack: Sendable {
    /// Heat to be carried away: power filtered as cold plate and coolant filter it, then peak-held. Rated power while
    /// the power is unknown.
    public var heat = Power(kilowatts: 0)
    /// Hottest chip case: telemetered where it is, else calculated.
    public var chip = Reading<Temperature>.absent
  }
  public var racks: PerRack<Rack> = .init(repeating: Rack())
  /// Sum of the racks' filtered power, without peak hold.
  public var heat = Power(kilowatts: 0)
  public var rowFlow = Reading<Flow>.absent
  /// Sum of the racks' own meters; without value where one of them has none.
  public var rackFlowSum = Reading<Flow>.absent
  public var returnTemperature = Reading<Temperature>.absent
  public init() {}
}

public struct RowEstimator: Sendable {
  private var filters: PerRack<FirstOrderLag> = .init(repeating: FirstOrderLag())
  private var holds: PerRack<PeakHold> = .init(repeating: PeakHold())

  public init() {}

  /// What the row's own instruments say, as far as the estimate rests on it.
  struct Inputs {
    var supply: Reading<Temperature>
    var returned: Reading<Temperature>
    var rowFlow: Reading<Flow>
    var rackCount: Int
  }

  mutating func step(
    _ inputs: Inputs, racks: Span<Measurements.Rack>, design: Span<Settings.Rack>, _ law: Settings.RackFlow,
    into estimate: inout RowEstimate, dt: Double
  ) {
    var heat = 0.0
    var flow = 0.0
    var flowKnown = true
    for i in 0..<inputs.rackCount {
      let rated = design[i].rated
      let power = racks[i].power.value ?? rated
      let filtered = filters[i].step(power.kilowatts, timeConstantS: law.powerFilterS, dt: dt)
      let held = holds[i].step(filtered, holdS: law.peakHoldS, dt: dt)
      heat += filtered
      estimate.racks[i].heat = Power(kilowatts: held)
      estimate.racks[i].chip = RowEstimator.chip(
        racks[i], supply: inputs.supply, rated: rated, Power(kilowatts: filtered))
      if let rackFlow = racks[i].flow.value { flow += rackFlow.litresPerMinute } else { flowKnown = false }
    }
    estimate.heat = Power(kilowatts: heat)
    estimate.rackFlowSum =
      flowKnown
      ? Reading(Flow(litresPerMinute: flow), .uncertain(.estimated)) : Reading(nil, .bad(.estimated))
    estimate.rowFlow = inputs.rowFlow.value == nil && flowKnown ? estimate.rackFlowSum : inputs.rowFlow
    estimate.returnTemperature = RowEstimator.returnTemperature(inputs, flow: estimate.rowFlow, estimate.heat)
  }

  /// As measured, else from the heat balance: T return = T supply + Q / (ρc · flow).
  private static func returnTemperature(
    _ inputs: Inputs, flow: Reading<Flow>, _ heat: Power
  ) -> Reading<Temperature> {
    guard inputs.returned.value == nil, let supply = inputs.supply.value, let flow = flow.value,
      flow.litresPerMinute > 1
    else { return inputs.returned }
    let litresPerSecond = flow.litresPerMinute / 60
    let rise = heat.kilowatts / (coolantHeatCapacityKjPerLitreKelvin * litresPerSecond)
    return Reading(supply + TemperatureDifference(kelvin: rise), .uncertain(.estimated))
  }

  /// T chip = T supply + P/P rated · (16.2 + 8.4/V) K, V in L/min per kW rated: a 1 kW cold plate with PG25, case to
  /// inlet, the coolant's own rise included (OCP OAI liquid cooling guidelines 2023, figure 7; within 4.4 % of its
  /// table from 0.4 to 2.4 L/min).
  private static func chip(
    _ rack: Measurements.Rack, supply: Reading<Temperature>, rated: Power, _ power: Power
  ) -> Reading<Temperature> {
    let telemetered = rack.chipTemperature
    guard telemetered.value == nil, let supply = supply.value, let flow = rack.flow.value else { return telemetered }
    let specificFlow = (flow.litresPerMinute / rated.kilowatts).clamped(0.05, 10)
    let rise = power.kilowatts / rated.kilowatts * (16.2 + 8.4 / specificFlow)
    return Reading(supply + TemperatureDifference(kelvin: rise), .uncertain(.estimated))
  }
}
