/// The small parts of which control laws are made. All take time as a value, in seconds.

/// First-order lag, exact for a constant input over the step.
public struct FirstOrderLag: Sendable {
  public private(set) var value: Double?
  public init() {}
  public mutating func step(_ input: Double, timeConstantS: Double, dt: Double) -> Double {
    guard let last = value, timeConstantS > 0 else {
      value = input
      return input
    }
    let next = last + (input - last) * dt / (timeConstantS + dt)
    value = next
    return next
  }
  mutating func raise(to least: Double) { value = max(value ?? least, least) }
  /// - Precondition: it has been stepped.
  mutating func limit(to most: Double) -> Double {
    let limited = min(value ?? most, most)
    value = limited
    return limited
  }
}

/// Follows a rising input at once and a falling one only after it has stayed lower for the hold time: the highest
/// input of the last one to two hold times. Two buckets instead of a ring of samples.
public struct PeakHold: Sendable {
  private var current = 0.0
  private var previous = 0.0
  private var elapsedS = 0.0
  public init() {}
  public mutating func step(_ input: Double, holdS: Double, dt: Double) -> Double {
    elapsedS += dt
    if elapsedS >= holdS {
      previous = current
      current = input
      elapsedS = 0
    }
    if input > current { current = input }
    return current > previous ? current : previous
  }
}

/// True once its input has been true without a break for the delay.
public struct OnDelay: Sendable {
  public private(set) var elapsedS = 0.0
  public init() {}
  public mutating func step(_ input: Bool, delayS: Double, dt: Double) -> Bool {
    elapsedS = input ? elapsedS + dt : 0
    return input && elapsedS > delayS
  }
}

/// `target`, approached from `last` no faster than `rate` per second.
public func slewed(_ target: Double, from last: Double, rate: Double, dt: Double) -> Double {
  target.clamped(last - rate * dt, last + rate * dt)
}

/// Natural logarithm of a positive number to 1e-9 relative, without libm: exponent · ln 2 plus the series of
/// 2·artanh((m − 1)/(m + 1)) for the significand, which converges since |argument| ≤ 1/3.
func naturalLogarithm(_ x: Double) -> Double {
  assert(x > 0)
  let m = x.significand
  let t = (m - 1) / (m + 1)
  let t2 = t * t
  var term = t
  var sum = 0.0
  for k in 0..<10 {
    sum += term / Double(2 * k + 1)
    term *= t2
  }
  return Double(x.exponent) * 0.693_147_180_559_945_3 + 2 * sum
}

/// Dew point by the Magnus formula (a = 17.62, b = 243.12 °C; WMO-No. 8, annex 4.B), −45 … 60 °C.
func dewPoint(air: Temperature, relativeHumidity: Percent) -> Temperature {
  let humidity = relativeHumidity.percent.clamped(1, 100)
  let gamma = naturalLogarithm(humidity / 100) + 17.62 * air.celsius / (243.12 + air.celsius)
  return Temperature(celsius: 243.12 * gamma / (17.62 - gamma))
}
