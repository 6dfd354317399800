import CoolingCore
import Glibc
import RowConfig

/// Fills the core's effectiveness map from the ratings in the site file, by the effectiveness-NTU method
/// (Incropera and DeWitt, *Fundamentals of Heat and Mass Transfer*, chapter 11).
enum HeatExchanger {
  /// Air at 30 °C and sea level, kJ/(m³·K).
  static let airHeatCapacity = 1.164 * 1.007
  /// Air that still passes a coil whose fan stands, as a share of rated.
  static let naturalConvection = 0.03
  /// Exponents of the film coefficients with flow: liquid side turbulent in tubes, air side across fins; plates
  /// alike on both sides. Share of the thermal resistance on the liquid side at the design point: a third for a
  /// coil, half for plates.
  static let liquidExponent = 0.85
  static let airExponent = 0.8
  static let facilityWaterHeatCapacity = 4.15

  static func map(for fans: Site.Fans) -> EffectivenessMap {
    guard let unit = fans.units.first else { return EffectivenessMap() }
    let liquid = coolantHeatCapacityKjPerLitreKelvin * unit.designFlowLpm / 60
    let air = airHeatCapacity * unit.ratedAirFlowM3PerH / 3600
    let conductance = designConductance(
      heatKw: unit.ratedKw, itdK: unit.designItdK, liquid: liquid, sink: air, effectiveness: crossFlow)
    return fill { flowShare, actuator in
      let airShare = max(actuator / 100, naturalConvection)
      let ua = scaled(conductance, flowShare, liquidExponent, airShare, airExponent, liquidResistance: 1.0 / 3)
      return liquidEffectiveness(ua: ua, liquid: liquid * flowShare, sink: air * airShare, crossFlow)
    }
  }

  static func map(for valve: Site.FacilityValve) -> EffectivenessMap {
    let liquid = coolantHeatCapacityKjPerLitreKelvin * valve.designLoopFlowLpm / 60
    let water = facilityWaterHeatCapacity * valve.designFacilityFlowLpm / 60
    let conductance = designConductance(
      heatKw: valve.ratedKw, itdK: valve.designItdK, liquid: liquid, sink: water, effectiveness: counterFlow)
    return fill { flowShare, actuator in
      let waterShare = max(installedCharacteristic(actuator), 0.01)
      let ua = scaled(conductance, flowShare, 0.8, waterShare, 0.8, liquidResistance: 0.5)
      return liquidEffectiveness(ua: ua, liquid: liquid * flowShare, sink: water * waterShare, counterFlow)
    }
  }

  /// Flow share of an equal-percentage valve (rangeability 50) that has half of the branch's pressure drop when open.
  private static func installedCharacteristic(_ percent: Double) -> Double {
    let inherent = pow(50, percent / 100 - 1)
    return 1 / (0.5 + 0.5 / (inherent * inherent)).squareRoot()
  }

  private static func fill(_ effectiveness: (_ flowShare: Double, _ actuator: Double) -> Double) -> EffectivenessMap {
    var map = EffectivenessMap()
    for row in 0..<EffectivenessMap.flowPoints {
      for column in 0..<EffectivenessMap.actuatorPoints {
        map.rows[row][column] = effectiveness(
          EffectivenessMap.flowShare(row: row), EffectivenessMap.actuator(column: column))
      }
    }
    return map
  }

  /// ε related to the loop's liquid: heat / (C liquid · initial temperature difference).
  private static func liquidEffectiveness(
    ua: Double, liquid: Double, sink: Double, _ effectiveness: (_ ntu: Double, _ ratio: Double) -> Double
  ) -> Double {
    let least = min(liquid, sink)
    return effectiveness(ua / least, least / max(liquid, sink)) * least / liquid
  }

  /// Both streams unmixed.
  private static func crossFlow(_ ntu: Double, _ ratio: Double) -> Double {
    1 - exp(pow(ntu, 0.22) / ratio * (exp(-ratio * pow(ntu, 0.78)) - 1))
  }

  private static func counterFlow(_ ntu: Double, _ ratio: Double) -> Double {
    guard ratio < 0.999 else { return ntu / (1 + ntu) }
    let decay = exp(-ntu * (1 - ratio))
    return (1 - decay) / (1 - ratio * decay)
  }

  /// UA that gives the rated heat at the design point, by bisection: effectiveness rises with UA.
  private static func designConductance(
    heatKw: Double, itdK: Double, liquid: Double, sink: Double, effectiveness: (Double, Double) -> Double
  ) -> Double {
    let needed = min(heatKw / (liquid * itdK), 0.98 * min(liquid, sink) / liquid)
    var low = 0.0
    var high = 1000 * liquid
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if liquidEffectiveness(ua: middle, liquid: liquid, sink: sink, effectiveness) < needed {
        low = middle
      } else {
        high = middle
      }
    }
    return high
  }

  private static func scaled(
    _ conductance: Double, _ liquidShare: Double, _ liquidExponent: Double, _ sinkShare: Double,
    _ sinkExponent: Double, liquidResistance: Double
  ) -> Double {
    let resistance =
      liquidResistance / pow(liquidShare, liquidExponent) + (1 - liquidResistance) / pow(sinkShare, sinkExponent)
    return conductance / resistance
  }
}
