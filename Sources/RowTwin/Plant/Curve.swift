import Glibc

/// A function of one variable as an even table with straight lines between: what the plant reads every step instead of
/// calling `pow` and `exp`.
struct Curve: Sendable, Equatable {
  private let values: [Double]
  private let low: Double
  private let perUnit: Double
  private let last: Double

  /// `f` at `points` even places of `range`; outside it the curve stays at its ends.
  init(_ range: ClosedRange<Double>, points: Int, _ f: (Double) -> Double) {
    precondition(points >= 2, "a curve needs two points")
    let step = (range.upperBound - range.lowerBound) / Double(points - 1)
    values = (0..<points).map { f(range.lowerBound + Double($0) * step) }
    low = range.lowerBound
    perUnit = 1 / step
    last = Double(points - 1)
  }

  @inline(__always)
  func callAsFunction(_ x: Double) -> Double {
    let place = min(max((x - low) * perUnit, 0), last)
    let index = min(Int(place), values.count - 2)
    let below = values[index]
    return below + (place - Double(index)) * (values[index + 1] - below)
  }

  /// Flow at constant pressure drop over that of the open valve: rangeability 50; 0.3 % leaks past when shut.
  static let equalPercentageValve = Curve(0...1, points: 201) { max(0.003, (pow(50, $0) - 1) / 49) }
}
