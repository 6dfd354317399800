import Glibc

/// Fan coils in parallel: the row's heat to the hall's air.
struct CoilBank: Sendable {
  /// hA of the liquid ~ flow^0.85, of the air ~ speed^0.8, each relative to design.
  private static let liquidSide = Curve(0...2.5, points: 501) { pow($0, 0.85) }
  private static let airSide = Curve(0...1.3, points: 521) { pow($0, 0.8) }
  /// Air moved by warmth alone when the fan stands, as a share of full speed.
  private static let draught = 0.03

  private let coils: [PlantParameters.Coil]
  private var outletC: [Double]
  /// Share of the row's flow through each coil.
  private var flowShare: [Double]

  init(_ coils: [PlantParameters.Coil], at temperatureC: Double) {
    self.coils = coils
    outletC = Array(repeating: temperatureC, count: coils.count)
    flowShare = coils.map(\.flowShare)
  }

  /// Spreads the row's flow over the coils by their isolating valves and returns the bank's conductance relative to all
  /// open: never below a thousandth, what shut valves let past.
  mutating func open(valves: [Double]) -> Double {
    var sum = 0.0
    for index in coils.indices {
      flowShare[index] = coils[index].flowShare * valves[index]
      sum += flowShare[index]
    }
    guard sum > 1e-3 else {
      for index in coils.indices { flowShare[index] = coils[index].flowShare }
      return 1e-3
    }
    for index in coils.indices { flowShare[index] /= sum }
    return sum
  }

  /// Heat of one coil at rest per kelvin between liquid in and air in, kW/K; `step` has the equation.
  static func transfer(_ coil: PlantParameters.Coil, flowLpm: Double, speed: Double) -> Double {
    let blown = (speed * speed + draught * draught).squareRoot()
    let liquid = max(flowLpm, 1e-3) * Coolant.kwPerKPerLpm
    let air = coil.airCapacityKwPerK * blown
    let liquidHa = coil.liquidKwPerK * liquidSide(flowLpm / coil.designFlowLpm) + 1e-6
    let airHa = coil.airKwPerK * airSide(blown)
    let overall = liquidHa * airHa / (liquidHa + airHa)
    return liquid * (1 - Exponential.decay((air / liquid) * (1 - Exponential.decay(overall / air))))
  }

  /// Electrical power of one coil's fans, kW.
  static func power(_ coil: PlantParameters.Coil, speed: Double) -> Double {
    speed > 0 ? coil.ratedPowerKw * (0.995 * speed * speed * speed + 0.005) : 0
  }

  /// Advances the coils by `dt` s and returns the mixed liquid behind them, °C; writes fan power and air outlet.
  ///
  /// Crossflow, liquid mixed, air unmixed: Q = C_l·(1 − exp(−(C_a/C_l)·(1 − exp(−UA/C_a))))·(T_in − T_air).
  mutating func step(
    _ dt: Double, rowFlowLpm: Double, inletC: Double, speeds: [Double], conditions: PlantConditions,
    truth: inout PlantTruth
  ) -> Double {
    var mixedC = 0.0
    var airHeat = 0.0
    var airCapacity = 0.0
    let drive = inletC - conditions.hallTemperatureC
    let liquidSide = Self.liquidSide
    let airSide = Self.airSide
    let coils = self.coils
    let flowShare = self.flowShare
    var outlets = outletC.mutableSpan
    var powers = truth.fanPowerKw.mutableSpan
    let speeds = speeds.span
    let clean = conditions.coilConductance.span
    for index in coils.indices {
      let coil = coils[index]
      let speed = speeds[index]
      let blown = (speed * speed + Self.draught * Self.draught).squareRoot()
      let flow = rowFlowLpm * flowShare[index]
      let liquid = max(flow, 1e-3) * Coolant.kwPerKPerLpm
      let air = coil.airCapacityKwPerK * blown
      let liquidHa = coil.liquidKwPerK * liquidSide(flow / coil.designFlowLpm) + 1e-6
      let airHa = coil.airKwPerK * airSide(blown) * max(clean[index], 1e-3)
      let overall = liquidHa * airHa / (liquidHa + airHa)
      let transfer = liquid * (1 - Exponential.decay((air / liquid) * (1 - Exponential.decay(overall / air))))
      let heat = transfer * drive
      let storage = coil.thermalMassKjPerK / dt
      let outletC = (storage * outlets[index] + liquid * inletC - heat) / (storage + liquid)
      outlets[index] = outletC
      mixedC += flowShare[index] * outletC
      airHeat += heat
      airCapacity += air
      powers[index] = speed > 0 ? coil.ratedPowerKw * (0.995 * speed * speed * speed + 0.005) : 0
    }
    truth.heatOutKw = airHeat
    truth.coilAirOutC = conditions.hallTemperatureC + airHeat / airCapacity
    return mixedC
  }
}

/// The plate exchanger: the row's heat to facility water through a two-way valve.
struct PlateExchanger: Sendable {
  /// Heat carried by 1 L/min of water, kW per kelvin.
  static let waterKwPerKPerLpm = 4.15 / 60
  private static let side = Curve(0...2.5, points: 501) { pow($0, 0.8) }

  private let plate: PlantParameters.Plate
  private var loopOutletC: Double
  private var facilityOutletC: Double

  init(_ plate: PlantParameters.Plate, at temperatureC: Double) {
    self.plate = plate
    loopOutletC = temperatureC
    facilityOutletC = temperatureC
  }

  /// Advances the exchanger by `dt` s and returns the loop's liquid behind it, °C; writes the facility side.
  ///
  /// The valve has authority 0.5: half the facility's pressure drop is its own when open. Counterflow, ε–NTU.
  mutating func step(
    _ dt: Double, rowFlowLpm: Double, inletC: Double, valve: Double, conditions: PlantConditions,
    truth: inout PlantTruth
  ) -> Double {
    let opening = Curve.equalPercentageValve(valve)
    let pressure = max(conditions.facilityPressure, 0).squareRoot()
    let facilityLpm = plate.designFacilityFlowLpm * pressure / (0.5 + 0.5 / (opening * opening)).squareRoot()
    let loop = max(rowFlowLpm, 1e-3) * Coolant.kwPerKPerLpm
    let facility = max(facilityLpm, 1e-3) * Self.waterKwPerKPerLpm
    let loopHa = plate.sideKwPerK * Self.side(rowFlowLpm / plate.designLoopFlowLpm) + 1e-6
    let facilityHa = plate.sideKwPerK * Self.side(facilityLpm / plate.designFacilityFlowLpm) + 1e-6
    let overall = loopHa * facilityHa / (loopHa + facilityHa) * max(conditions.coilConductance[0], 1e-3)
    let heat = Self.transfer(loop, facility, overall) * (inletC - conditions.facilityTemperatureC)
    let storage = plate.thermalMassKjPerK / dt
    loopOutletC = (storage * loopOutletC + loop * inletC - heat) / (storage + loop)
    let held = plate.facilityVolumeL * 4.15 / dt
    let toFacility = facility * conditions.facilityTemperatureC + heat
    facilityOutletC = (held * facilityOutletC + toFacility) / (held + facility)
    truth.heatOutKw = heat
    truth.facilityFlowLpm = facilityLpm
    truth.facilityReturnTemperatureC = facilityOutletC
    return loopOutletC
  }

  /// Heat per kelvin of inlet difference, kW/K.
  private static func transfer(_ loop: Double, _ facility: Double, _ overall: Double) -> Double {
    let least = min(loop, facility)
    let ratio = least / max(loop, facility)
    let units = overall / least
    if ratio > 0.9999 { return least * units / (1 + units) }
    let decay = Exponential.decay(units * (1 - ratio))
    return least * (1 - decay) / (1 - ratio * decay)
  }
}
