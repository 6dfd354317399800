/// What the laws need to know but no instrument says directly: the heat each rack must lose, its hottest chip; and the
/// best that is known of everything they control by, measured or, where its instrument is silent or contradicted, by
/// physics and leaning to more cooling.
public struct RowEstimate: Sendable {
  public struct Rack: Sendable {
    /// Heat to be carried away: power filtered as cold plate and coolant filter it, then peak-held. Rated power while
    /// the power is unknown.
    public var heat = Power(kilowatts: 0)
    /// As metered, else what the coolant brings back, where a return sensor says it.
    public var power = Reading<Power>.absent
    /// As metered, else by valve and manifold dP.
    public var flow = Reading<Flow>.absent
    /// Hottest chip case: telemetered where it is, else calculated.
    public var chip = Reading<Temperature>.absent
  }
  public var racks: PerRack<Rack> = .init(repeating: Rack())
  /// Sum of the racks' filtered power, without peak hold.
  public var heat = Power(kilowatts: 0)
  /// As metered, else the sum of the racks', else by the pumps' curve.
  public var rowFlow = Reading<Flow>.absent
  /// Sum of the racks' flows; without value where nothing says one of them.
  public var rackFlowSum = Reading<Flow>.absent
  /// As measured, else supply minus return pressure, else by the pumps' curve.
  public var manifoldDp = Reading<Pressure>.absent
  /// What the pumps go by: not one that two other ways find too low just now. Interlocks believe the instrument until
  /// it is contradicted: without flow those ways prove nothing.
  var followedDp = Reading<Pressure>.absent
  /// As measured, else from return temperature, flow and heat.
  public var supplyTemperature = Reading<Temperature>.absent
  public var returnTemperature = Reading<Temperature>.absent
  public init() {}
}

public struct RowEstimator: Sendable {
  /// How far a soft value leans towards more cooling: about what a flow, a pressure or a power learnt from healthy
  /// instruments is off when the load has moved far, and what a heat balance is off in steady state.
  static let lean = 0.95
  static let supplyLean = TemperatureDifference(kelvin: 0.5)
  /// A chip at rated power on a cold plate without flow warms by this much a second: the upper end of 1.5 to 5 K/s.
  static let heatingKps = 5.0
  /// A chip trips by itself before it is hotter than this, °C.
  static let chipMostC = 110.0
  /// Share of the racks' rated power that must be metered for a heat balance.
  static let heatKnownMin = 0.7

  private var filters: PerRack<FirstOrderLag> = .init(repeating: FirstOrderLag())
  private var holds: PerRack<PeakHold> = .init(repeating: PeakHold())
  private var chips: PerRack<FirstOrderLag> = .init(repeating: FirstOrderLag())
  /// How long nothing has been known of a rack's flow.
  private var unheardS: PerRack<Double> = .init(repeating: 0)
  /// All racks' power by their meters, a cycle ago; nil where one says nothing.
  private var meteredKw: Double?
  private(set) var soft = SoftSensors()

  public init() {}

  mutating func step(
    _ inputs: SoftSensors.Inputs, racks: Span<Measurements.Rack>, pumps: Span<Measurements.Pump>,
    design: Span<Settings.Rack>, permits: Span<Bool>, _ law: Settings.RackFlow, _ curve: PumpCurve, isOff: Bool,
    into estimate: inout RowEstimate, dt: Double
  ) {
    soft.stepHydraulics(inputs, racks: racks, pumps: pumps, design: design, curve, dt: dt)
    estimate.manifoldDp = RowEstimator.best(
      inputs.manifoldDp, soft.row.isDpDoubted, soft.row.dpKpa.map { RowEstimator.lean * $0 })
    estimate.followedDp = RowEstimator.best(
      inputs.manifoldDp, soft.row.isDpDoubted || soft.row.isDpLow, soft.row.dpKpa.map { RowEstimator.lean * $0 })
    estimateFlows(inputs, racks, into: &estimate)
    estimateHeat(inputs, racks, design, law, into: &estimate, dt)
    estimate.supplyTemperature = RowEstimator.best(
      inputs.supply, false, soft.row.supplyC.map { $0 + RowEstimator.supplyLean.kelvin })
    estimate.returnTemperature = RowEstimator.returnTemperature(inputs, estimate.rowFlow, heat: estimate.heat)
    let supply = estimate.supplyTemperature
    for i in 0..<inputs.rackCount {
      let rated = design[i].rated
      // A row that is off gave no rack its permit.
      let metered = estimate.racks[i].power.value?.kilowatts ?? (isOff ? 0 : rated.kilowatts)
      // A meter that has just fallen to less than half may lie; that of a rack without its permit is expected to.
      let held = estimate.racks[i].heat.kilowatts
      let powerKw = permits[i] && metered < held / 2 ? held : metered
      estimate.racks[i].chip = chip(
        i, racks[i].chipTemperature, supply: supply, rated: rated,
        flow: RowEstimator.chipFlow(estimate.racks[i].flow, leastLpm: soft.racks[i].leastLpm, design[i].designFlow),
        powerKw, dt)
    }
  }

  /// The instrument, else the soft value; a contradicted or frozen instrument says nothing.
  @inline(__always)
  private static func best<Q: Quantity>(_ reading: Reading<Q>, _ isDoubted: Bool, _ soft: Double?) -> Reading<Q> {
    if !isDoubted, reading.credible != nil { return reading }
    guard let soft else { return Reading(nil, reading.quality, ageS: reading.ageS) }
    return Reading(Q(canonical: soft), .uncertain(.estimated))
  }

  private mutating func estimateFlows(
    _ inputs: SoftSensors.Inputs, _ racks: Span<Measurements.Rack>, into estimate: inout RowEstimate
  ) {
    var sum = 0.0
    var isKnown = true
    for i in 0..<inputs.rackCount {
      let byValve = soft.racks[i].flowLpm.map { RowEstimator.lean * $0 }
      let flow = RowEstimator.best(racks[i].flow, soft.racks[i].flowDoubt.isActive, byValve)
      estimate.racks[i].flow = flow
      if let flow = flow.value { sum += flow.litresPerMinute } else { isKnown = false }
    }
    estimate.rackFlowSum =
      isKnown
      ? Reading(Flow(litresPerMinute: sum), .uncertain(.estimated)) : Reading(nil, .bad(.estimated))
    let byPumps = soft.row.pumpFlowLpm.map { RowEstimator.lean * $0 }
    estimate.rowFlow = RowEstimator.best(inputs.rowFlow, soft.row.isFlowDoubted, isKnown ? sum : byPumps)
  }

  private mutating func estimateHeat(
    _ inputs: SoftSensors.Inputs, _ racks: Span<Measurements.Rack>, _ design: Span<Settings.Rack>,
    _ law: Settings.RackFlow, into estimate: inout RowEstimate, _ dt: Double
  ) {
    var heat = 0.0
    var known = 0.0
    var knownRated = 0.0
    var isComplete = true
    let returnedKw = soft.returnedKw(inputs, flow: estimate.rowFlow)
    var excess: Double?
    if let meteredKw, let returnedKw { excess = meteredKw - returnedKw }
    var metered: Double? = 0
    for i in 0..<inputs.rackCount {
      let rated = design[i].rated
      let byHeat = soft.stepPower(
        rack: i, racks[i].power, heatKw: RowEstimator.rackHeat(racks[i], estimate.racks[i].flow, inputs.supply),
        excessKw: excess, ratedKw: rated.kilowatts, dt: dt)
      metered = racks[i].power.value.flatMap { power in metered.map { $0 + power.kilowatts } }
      let power = RowEstimator.best(
        racks[i].power, soft.racks[i].powerDoubt.isActive, byHeat.map { $0 / RowEstimator.lean })
      estimate.racks[i].power = power
      let filtered = filters[i].step(
        (power.value ?? rated).kilowatts, timeConstantS: law.powerFilterS, dt: dt)
      let held = holds[i].step(filtered, holdS: law.peakHoldS, dt: dt)
      heat += filtered
      estimate.racks[i].heat = Power(kilowatts: held)
      if racks[i].power.quality != .good { isComplete = false }
      if power.value != nil {
        known += filtered
        knownRated += rated.kilowatts
      }
    }
    estimate.heat = Power(kilowatts: heat)
    soft.stepHeat(
      inputs, flow: estimate.rowFlow,
      leastKw: knownRated >= RowEstimator.heatKnownMin * inputs.ratedHeatKw ? known : nil,
      isComplete: isComplete, dt: dt)
    meteredKw = metered
  }

  /// A meter that says less than two other ways leave its rack is no evidence of a hot chip, from the first cycle on;
  /// one that says less than its own zero error is no evidence of flow.
  @inline(__always)
  private static func chipFlow(_ flow: Reading<Flow>, leastLpm: Double?, _ design: Flow) -> Reading<Flow> {
    guard let metered = flow.value else { return flow }
    if let leastLpm, metered.litresPerMinute < lean * leastLpm {
      return Reading(Flow(litresPerMinute: lean * leastLpm), .uncertain(.estimated))
    }
    let isFlowing = metered.litresPerMinute >= Evidence.noFlowShare * design.litresPerMinute
    return isFlowing ? flow : Reading(Flow(litresPerMinute: 0), .uncertain(.estimated))
  }

  /// What the coolant brings back from a rack, kW.
  @inline(__always)
  private static func rackHeat(
    _ rack: Measurements.Rack, _ flow: Reading<Flow>, _ supply: Reading<Temperature>
  ) -> Double? {
    guard let returned = rack.returnTemperature.credible, let supply = supply.value, let flow = flow.value,
      flow.litresPerMinute > 1, returned > supply
    else { return nil }
    return coolantHeatCapacityKjPerLitreKelvin * flow.litresPerMinute / 60 * (returned - supply).kelvin
  }

  /// As measured, else from the heat balance: T return = T supply + Q / (ρc · flow).
  private static func returnTemperature(
    _ inputs: SoftSensors.Inputs, _ flow: Reading<Flow>, heat: Power
  ) -> Reading<Temperature> {
    guard inputs.returned.credible == nil, let supply = inputs.supply.value, let flow = flow.value,
      flow.litresPerMinute > 1
    else { return inputs.returned }
    let litresPerSecond = flow.litresPerMinute / 60
    let rise = heat.kilowatts / (coolantHeatCapacityKjPerLitreKelvin * litresPerSecond)
    return Reading(supply + TemperatureDifference(kelvin: rise), .uncertain(.estimated))
  }

  /// Where it is not telemetered it goes to T supply + P/P rated · R (`ColdPlate`), as fast as a chip warms, with R
  /// over `heatingKps` as its time constant: without flow it only warms, the faster the more power it draws. After a
  /// time without any flow reading it is as hot as it can have become in that time and would be with the flow found.
  @inline(__always)
  private mutating func chip(
    _ i: Int, _ telemetered: Reading<Temperature>, supply: Reading<Temperature>, rated: Power, flow: Reading<Flow>,
    _ powerKw: Double, _ dt: Double
  ) -> Reading<Temperature> {
    guard telemetered.value == nil, let supply = supply.value, let flow = flow.value else {
      unheardS[i] += dt
      return telemetered
    }
    // What it was before is not known: as if it had not stood for long.
    let least = chips[i].value == nil ? 0.05 : 0.001
    let specificFlow = (flow.litresPerMinute / rated.kilowatts).clamped(least, 10)
    // No rack draws much more than its rating, whatever its meter says.
    let load = min(powerKw / rated.kilowatts, 1.1)
    let rise = ColdPlate.rise(specificFlow: specificFlow, load: 1)
    let steady = supply.celsius + load * rise
    if unheardS[i] > 0, let last = chips[i].value {
      chips[i].raise(to: min(steady, last + load * RowEstimator.heatingKps * unheardS[i]))
    }
    unheardS[i] = 0
    _ = chips[i].step(steady, timeConstantS: rise / RowEstimator.heatingKps, dt: dt)
    let celsius = chips[i].limit(to: RowEstimator.chipMostC)
    return Reading(Temperature(celsius: celsius), .uncertain(.estimated))
  }
}
