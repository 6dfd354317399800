/// Physical quantities of the plant. Each has one canonical unit, named wherever a bare number enters or leaves, so
/// that a pressure can never be taken for a temperature. Absolute minus absolute is a difference; adding two
/// absolutes does not compile.
public protocol Quantity: Sendable, Equatable {
  init(canonical: Double)
  /// The number in the quantity's one canonical unit.
  var canonical: Double { get }
}

public struct Temperature: Quantity {
  public var celsius: Double
  public init(celsius: Double) { self.celsius = celsius }
  public init(canonical: Double) { celsius = canonical }
  public var canonical: Double { celsius }

  public static func - (a: Temperature, b: Temperature) -> TemperatureDifference {
    TemperatureDifference(kelvin: a.celsius - b.celsius)
  }
  public static func + (a: Temperature, b: TemperatureDifference) -> Temperature {
    Temperature(celsius: a.celsius + b.kelvin)
  }
  public static func - (a: Temperature, b: TemperatureDifference) -> Temperature {
    Temperature(celsius: a.celsius - b.kelvin)
  }
  public static func < (a: Temperature, b: Temperature) -> Bool { a.celsius < b.celsius }
  public static func > (a: Temperature, b: Temperature) -> Bool { a.celsius > b.celsius }
}

public struct TemperatureDifference: Quantity {
  public var kelvin: Double
  public init(kelvin: Double) { self.kelvin = kelvin }
  public init(canonical: Double) { kelvin = canonical }
  public var canonical: Double { kelvin }
}

/// Gauge pressure or pressure difference.
public struct Pressure: Quantity {
  public var kilopascals: Double
  public init(kilopascals: Double) { self.kilopascals = kilopascals }
  public init(canonical: Double) { kilopascals = canonical }
  public var canonical: Double { kilopascals }
}

public struct Flow: Quantity {
  public var litresPerMinute: Double
  public init(litresPerMinute: Double) { self.litresPerMinute = litresPerMinute }
  public init(canonical: Double) { litresPerMinute = canonical }
  public var canonical: Double { litresPerMinute }
}

public struct Power: Quantity {
  public var kilowatts: Double
  public init(kilowatts: Double) { self.kilowatts = kilowatts }
  public init(canonical: Double) { kilowatts = canonical }
  public var canonical: Double { kilowatts }
}

/// Speed, valve position, level or humidity, 0 … 100.
public struct Percent: Quantity {
  public var percent: Double
  public init(percent: Double) { self.percent = percent }
  public init(canonical: Double) { percent = canonical }
  public var canonical: Double { percent }
}

/// A contact or a status bit.
public struct Flag: Quantity {
  public var isSet: Bool
  public init(isSet: Bool) { self.isSet = isSet }
  public init(canonical: Double) { isSet = canonical != 0 }
  public var canonical: Double { isSet ? 1 : 0 }
}

/// Volumetric heat capacity of PG25, kJ/(L·K): within 0.3 % from 15 to 60 °C (Melinder, via CoolProp).
public let coolantHeatCapacityKjPerLitreKelvin = 4.0

extension Double {
  /// This number held between two bounds; `low` where it is not a number.
  @inline(__always)
  public func clamped(_ low: Double, _ high: Double) -> Double {
    self >= low ? (self <= high ? self : high) : low
  }
}
