public import RowConfig

/// The simulated row: pumps, racks, headers, coils or plate exchanger. Hydraulics are quasi-steady but for the inertia
/// of the whole column; heat travels with the coolant.
///
/// One `step` moves it by `dt` seconds under given actuators and conditions; `truth` is what happened. A step allocates
/// nothing, provided no copy of `truth` is being held (its arrays are then copied before they change).
public struct Plant: Sendable {
  public private(set) var truth: PlantTruth
  public let parameters: PlantParameters

  private var pumps: PumpGroup
  private var racks: RackBank
  private var supplyPipe: Pipe
  private var headers: Headers
  private var returnPipe: Pipe
  /// Exactly one of the two; optionals because an enum's payload cannot be stepped in place.
  private var coils: CoilBank?
  private var plate: PlateExchanger?
  private var rejectionOutletC: Double
  private var reservoir: Reservoir
  /// Share of the pumps' head that uncovered suction and air in the loop leave.
  private var headLeft = 1.0
  /// Humidity the dew point was worked out for.
  private var dewHumidityPercent = -1.0

  /// A plant at rest with everything at `temperatureC`. `parameters` must stem from this site.
  public init(site: Site, parameters: PlantParameters, at temperatureC: Double = 25) {
    precondition(
      parameters.pumps.count == site.pumps.units.count && parameters.racks.count == site.racks.units.count,
      "the parameters belong to another site")
    let loop = parameters.loop
    self.parameters = parameters
    pumps = PumpGroup(parameters.pumps)
    racks = RackBank(parameters.racks, at: temperatureC)
    supplyPipe = Pipe(volumeL: loop.supplyPipeL, at: temperatureC)
    headers = Headers(racks: parameters.racks.count, segmentL: loop.headerSegmentL, at: temperatureC)
    returnPipe = Pipe(volumeL: loop.returnPipeL, at: temperatureC)
    reservoir = Reservoir(volumeL: loop.reservoirL, loopL: parameters.coolantL)
    rejectionOutletC = temperatureC
    var fans = 0
    switch parameters.rejection {
    case .coils(let all):
      coils = CoilBank(all, at: temperatureC)
      fans = all.count
    case .plate(let one): plate = PlateExchanger(one, at: temperatureC)
    }
    truth = PlantTruth(pumps: parameters.pumps.count, racks: parameters.racks.count, fans: fans)
    truth.supplyTemperatureC = temperatureC
    truth.returnTemperatureC = temperatureC
    for rack in parameters.racks.indices {
      truth.rackReturnTemperatureC[rack] = temperatureC
      truth.chipTemperatureC[rack] = temperatureC
    }
  }

  /// Advances the plant by `dt` seconds (0.05 … 0.5 for the accuracy stated in the tests; any step is stable).
  public mutating func step(seconds dt: Double, actuators: ActuatorPositions, conditions: PlantConditions) {
    headLeft = reservoir.headShare * (1 - conditions.airShare)
    moveLiquid(dt, actuators, conditions)
    moveHeat(dt, actuators, conditions)
    balance(dt, actuators, conditions)
    truth.hallTemperatureC = conditions.hallTemperatureC
    truth.hallHumidityPercent = conditions.hallHumidityPercent
    truth.facilityTemperatureC = conditions.facilityTemperatureC
  }

  /// Runs the plant for `seconds` under constant actuators and conditions, in steps of 0.5 s: a start in steady state.
  public mutating func settle(
    seconds: Double = 1800, actuators: ActuatorPositions, conditions: PlantConditions
  ) {
    for _ in 0..<Int(seconds * 2) { step(seconds: 0.5, actuators: actuators, conditions: conditions) }
  }

  /// Row flow follows the pumps' steady one like a column of liquid: τ = L / (resistance·(steady + present
  /// flow)) is the exact rate of L·dq/dt = resistance·(steady² − q²). A closing valve stops it at once, a pump trip
  /// lets it run out.
  private mutating func moveLiquid(_ dt: Double, _ actuators: ActuatorPositions, _ conditions: PlantConditions) {
    let loop = parameters.loop
    let meanC = 0.5 * (truth.supplyTemperatureC + truth.returnTemperatureC)
    let viscous = Coolant.relativeResistance(meanC)
    let conductance = racks.updateConductance(
      valves: actuators.rackValve, clean: conditions.rackConductance, flows: truth.rackFlowLpm, resistance: viscous)
    let perFlow2 = 1 / (loop.designFlowLpm * loop.designFlowLpm)
    let filter = loop.filterDpKpa * conditions.filterClogging * viscous * perFlow2
    let open = coils?.open(valves: actuators.coilValve) ?? 1
    let rejection = loop.rejectionDpKpa * viscous * perFlow2 / (open * open)
    let header = loop.headerDpKpa * viscous * perFlow2
    let manifold = 1 / (conductance * conductance)
    let resistance = filter + rejection + header + manifold
    let steady = pumps.steadyFlow(
      against: resistance, speeds: actuators.pumpSpeed, headShare: conditions.pumpHead, airShare: headLeft)
    let lag = min(loop.inertanceKpaSPerLpm / (resistance * max(steady + truth.rowFlowLpm, 1e-3)), 1)
    let flow = steady + (truth.rowFlowLpm - steady) * lag / (lag + dt)

    truth.rowFlowLpm = flow
    let perConductance = flow / conductance
    for rack in truth.rackFlowLpm.indices { truth.rackFlowLpm[rack] = racks.conductance[rack] * perConductance }
    truth.manifoldDpKpa = manifold * flow * flow
    truth.filterDpKpa = filter * flow * flow
    truth.returnPressureKpa = reservoir.pressureKpa + (rejection + 0.5 * header) * flow * flow
    truth.supplyPressureKpa = truth.returnPressureKpa + truth.manifoldDpKpa
  }

  /// One turn of the coolant: pumps, supply pipe, header, racks, return header, return pipe, coils.
  private mutating func moveHeat(_ dt: Double, _ actuators: ActuatorPositions, _ conditions: PlantConditions) {
    let flow = truth.rowFlowLpm
    let pumpHeatKw = pumps.work(
      rowFlowLpm: flow, speeds: actuators.pumpSpeed, airShare: headLeft,
      flows: &truth.pumpFlowLpm, powers: &truth.pumpPowerKw)
    truth.heatInKw = pumpHeatKw
    let warmed = rejectionOutletC + pumpHeatKw / (max(flow, 1) * Coolant.kwPerKPerLpm)
    supplyPipe.step(dt, flowLpm: flow, inletC: warmed)
    headers.stepSupply(dt, flows: truth.rackFlowLpm, rowFlowLpm: flow, inletC: supplyPipe.outletC)
    racks.step(
      dt, supplyC: headers.supplyC, powerKw: conditions.rackPowerKw, permits: actuators.rackPermit, truth: &truth)
    headers.stepReturn(dt, flows: truth.rackFlowLpm, racksC: truth.rackReturnTemperatureC)
    returnPipe.step(dt, flowLpm: flow, inletC: headers.returnOutletC)
    let coilInletC = returnPipe.outletC
    rejectionOutletC =
      coils?.step(
        dt, rowFlowLpm: flow, inletC: coilInletC, speeds: actuators.fanSpeed, conditions: conditions, truth: &truth)
      ?? plate?.step(
        dt, rowFlowLpm: flow, inletC: coilInletC, valve: actuators.facilityValve, conditions: conditions,
        truth: &truth)
      ?? coilInletC
    truth.supplyTemperatureC = supplyPipe.outletC
    truth.returnTemperatureC = headers.returnOutletC
  }

  /// Coolant lost and expanded; the hall's dew point.
  private mutating func balance(_ dt: Double, _ actuators: ActuatorPositions, _ conditions: PlantConditions) {
    let leakLpm = leak(actuators, conditions)
    let meanC = 0.5 * (truth.supplyTemperatureC + truth.returnTemperatureC)
    reservoir.step(dt, leakLpm: leakLpm, meanC: meanC)
    truth.levelPercent = 100 * reservoir.level
    if conditions.hallTemperatureC != truth.hallTemperatureC || conditions.hallHumidityPercent != dewHumidityPercent {
      dewHumidityPercent = conditions.hallHumidityPercent
      truth.hallDewPointC = Air.dewPointC(
        temperatureC: conditions.hallTemperatureC, humidityPercent: conditions.hallHumidityPercent)
    }
  }

  /// What leaves the loop now, L/min: like an orifice with the pressure, 200 kPa at its rating; a valve takes it away
  /// over its last fifth of travel.
  private mutating func leak(_ actuators: ActuatorPositions, _ conditions: PlantConditions) -> Double {
    func open(_ valve: Double) -> Double { min(5 * valve, 1) }
    func orifice(_ kpa: Double) -> Double { (max(kpa, 0) / 200).squareRoot() }
    let level = reservoir.level > 0 ? 1.0 : 0
    let atRacks = level * orifice(0.5 * (truth.supplyPressureKpa + truth.returnPressureKpa))
    let atCoils = level * orifice(truth.returnPressureKpa)
    truth.leakRowLpm = conditions.leakRowLpm * atCoils
    var sum = truth.leakRowLpm
    for rack in truth.leakRacksLpm.indices where conditions.leakRacksLpm[rack] > 0 || truth.leakRacksLpm[rack] > 0 {
      let lpm = conditions.leakRacksLpm[rack] * atRacks * open(actuators.rackValve[rack])
      truth.leakRacksLpm[rack] = lpm
      sum += lpm
    }
    for coil in truth.leakCoilsLpm.indices where conditions.leakCoilsLpm[coil] > 0 || truth.leakCoilsLpm[coil] > 0 {
      let lpm = conditions.leakCoilsLpm[coil] * atCoils * open(actuators.coilValve[coil])
      truth.leakCoilsLpm[coil] = lpm
      sum += lpm
    }
    return sum
  }
}
