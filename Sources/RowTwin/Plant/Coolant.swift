import Glibc

/// PG25: water with 25 vol % propylene glycol (Melinder's data, 15 … 60 °C).
enum Coolant {
  /// ρ·c, kJ per litre and kelvin; constant within 0.3 % over the range.
  static let heatCapacityKjPerLK = 4.0
  /// Heat carried by 1 L/min, kW per kelvin.
  static let kwPerKPerLpm = heatCapacityKjPerLK / 60
  /// Share by which the volume grows, per kelvin.
  static let expansionPerK = 4.5e-4

  /// Dynamic viscosity relative to that at 40 °C.
  static func relativeViscosity(_ temperatureC: Double) -> Double {
    let t = min(max(temperatureC, 0), 90)
    return exp(-0.04272 * (t - 40) + 2.1225e-4 * (t * t - 1600))
  }

  /// Resistance of pipes and plates relative to that at 40 °C: viscosity to the power 0.3, midway between rough
  /// turbulent (0) and laminar (1), gives the 1.2 … 1.3 times that a loop shows at 20 °C.
  static let relativeResistance = Curve(0...90, points: 181) { pow(relativeViscosity($0), 0.3) }
}

/// Air near 27 °C and sea level.
enum Air {
  /// ρ·c, kJ per m³ and kelvin.
  static let heatCapacityKjPerM3K = 1.18

  /// Magnus formula over water with the constants of Alduchov and Eskridge (1996); good to 0.1 K from −40 to 50 °C.
  static func dewPointC(temperatureC: Double, humidityPercent: Double) -> Double {
    let share = min(max(humidityPercent, 1), 100) / 100
    let gamma = log(share) + 17.625 * temperatureC / (243.04 + temperatureC)
    return 243.04 * gamma / (17.625 - gamma)
  }
}
