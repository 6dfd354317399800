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
  public private(set) var estimate = RowEstimate()
  private var filters: PerRack<FirstOrderLag> = .init(repeating: FirstOrderLag())
  private var holds: PerRack<PeakHold> = .init(repeating: PeakHold())

  public init() {}

  public mutating func step(_ measurements: Measurements, _ settings: Settings, dt: Double) {
    var heat = 0.0
    var flow = 0.0
    var flowKnown = true
    for i in 0..<settings.rackCount {
      let power = measurements.racks[i].power.value ?? settings.racks[i].rated
      let filtered = filters[i].step(power.kilowatts, timeConstantS: settings.rackFlow.powerFilterS, dt: dt)
      let held = holds[i].step(filtered, holdS: settings.rackFlow.peakHoldS, dt: dt)
      heat += filtered
      estimate.racks[i].heat = Power(kilowatts: held)
      estimate.racks[i].chip = chip(measurements, i, settings.racks[i], Power(kilowatts: filtered))
      if let rackFlow = measurements.racks[i].flow.value { flow += rackFlow.litresPerMinute } else { flowKnown = false }
    }
    estimate.heat = Power(kilowatts: heat)
    estimate.rackFlowSum =
      flowKnown
      ? Reading(Flow(litresPerMinute: flow), .uncertain(.estimated)) : Reading(nil, .bad(.estimated))
    estimate.rowFlow = measurements.rowFlow.value == nil && flowKnown ? estimate.rackFlowSum : measurements.rowFlow
    estimate.returnTemperature = returnTemperature(measurements)
  }

  /// As measured, else from the heat balance: T return = T supply + Q / (ρc · flow).
  private func returnTemperature(_ measurements: Measurements) -> Reading<Temperature> {
    let measured = measurements.returnTemperature
    guard measured.value == nil, let supply = measurements.supplyTemperature.value,
      let flow = estimate.rowFlow.value, flow.litresPerMinute > 1
    else { return measured }
    let litresPerSecond = flow.litresPerMinute / 60
    let rise = estimate.heat.kilowatts / (coolantHeatCapacityKjPerLitreKelvin * litresPerSecond)
    return Reading(supply + TemperatureDifference(kelvin: rise), .uncertain(.estimated))
  }

  /// T chip = T supply + P/P rated · (16.2 + 8.4/V) K, V in L/min per kW rated: a 1 kW cold plate with PG25, case to
  /// inlet, the coolant's own rise included (OCP OAI liquid cooling guidelines 2023, figure 7; within 4.4 % of its
  /// table from 0.4 to 2.4 L/min).
  private func chip(
    _ measurements: Measurements, _ index: Int, _ rack: Settings.Rack, _ power: Power
  ) -> Reading<Temperature> {
    let telemetered = measurements.racks[index].chipTemperature
    guard telemetered.value == nil, let supply = measurements.supplyTemperature.value,
      let flow = measurements.racks[index].flow.value
    else { return telemetered }
    let specificFlow = (flow.litresPerMinute / rack.rated.kilowatts).clamped(0.05, 10)
    let rise = power.kilowatts / rack.rated.kilowatts * (16.2 + 8.4 / specificFlow)
    return Reading(supply + TemperatureDifference(kelvin: rise), .uncertain(.estimated))
  }
}
