import Glibc

/// A process model by least squares.
///
/// For a dead time and time constants the model's answer x to the recorded input is exact (the input is constant within
/// a cycle); then measurement = a + b·t + K·x is linear, b being a slow drift of the plant. Dead time and time
/// constants are searched for on a grid that is made finer four times: at most some thousand linear fits, and no
/// minimum is missed because of a bad first guess.
public struct StepFit: Sendable, Equatable {
  public let model: ProcessModel
  /// Share of the measurement's variance, drift apart, that the model explains.
  public let explained: Double
  /// Standard deviation of what it does not explain, in the measurement's unit.
  public let noise: Double
  /// Standard error of the gain as a share of it, for white noise.
  public let gainError: Double
  /// Largest change of the measurement by the model.
  public let swing: Double
  /// Drift of the plant, measurement's unit per second.
  public let drift: Double
  /// The time constant or dead time ended at the edge of what the record can show.
  public let isAtEdge: Bool

  /// - Parameters:
  ///   - order: 1, or 2 where heat goes through metal and then through pipes.
  ///   - longestS: no stage was held longer: what takes longer cannot be seen.
  /// - Returns: nil where the record has fewer than ten samples, or its input never moved.
  public static func fit(_ record: StepRecord, order: Int, longestS: Double) -> StepFit? {
    guard record.output.compactMap(\.self).count >= 10, record.inputSwing > 0 else { return nil }
    let least = record.periodS / 50
    var deadTimes = 0.0...longestS / 2
    var constants = log(least)...log(longestS)
    var best: (fit: LinearFit, lag: Lag)?
    for _ in 0..<5 {
      for lag in grid(deadTimes, constants, order: order) {
        guard let fit = LinearFit(record, lag) else { continue }
        if best.map({ fit.residual < $0.fit.residual }) ?? true { best = (fit, lag) }
      }
      guard let found = best?.lag else { return nil }
      deadTimes = narrowed(deadTimes, around: found.deadTimeS, least: 0)
      constants = narrowed(constants, around: log(found.firstS), least: log(least))
    }
    guard let best else { return nil }
    return StepFit(best.fit, best.lag, longestS)
  }

  private init(_ fit: LinearFit, _ lag: Lag, _ longestS: Double) {
    model = ProcessModel(
      gain: fit.gain, timeConstantS: lag.firstS, secondTimeConstantS: lag.secondS, deadTimeS: lag.deadTimeS)
    explained = fit.variance > 0 ? 1 - fit.residual / fit.variance : 0
    noise = (fit.residual / Double(max(fit.count - 5, 1))).squareRoot()
    gainError = fit.gain != 0 ? noise / (fit.leverage.squareRoot() * abs(fit.gain)) : .infinity
    swing = abs(fit.gain) * fit.range
    drift = fit.drift
    isAtEdge = lag.firstS > 0.9 * longestS || lag.deadTimeS > 0.45 * longestS
  }

  private static let points = 12
  /// Lesser time constant as a share of the greater one.
  private static let shares = [0, 0.15, 0.3, 0.6, 1]

  private static func grid(_ deadTimes: ClosedRange<Double>, _ constants: ClosedRange<Double>, order: Int) -> [Lag] {
    let steps = (0...points).map { Double($0) / Double(points) }
    return steps.flatMap { i in
      let deadTime = deadTimes.lowerBound + i * (deadTimes.upperBound - deadTimes.lowerBound)
      return steps.flatMap { j in
        let first = exp(constants.lowerBound + j * (constants.upperBound - constants.lowerBound))
        return (order == 2 ? shares : [0]).map { Lag(deadTimeS: deadTime, firstS: first, secondS: $0 * first) }
      }
    }
  }

  /// A third of the range, around the best so far.
  private static func narrowed(_ range: ClosedRange<Double>, around: Double, least: Double) -> ClosedRange<Double> {
    let half = (range.upperBound - range.lowerBound) / 6
    return max(least, around - half)...around + half
  }
}

/// The dynamic part of a model.
private struct Lag {
  var deadTimeS: Double
  var firstS: Double
  var secondS: Double

  /// Answer of the lag, with a gain of one and at rest at first, to the record's input less its first.
  func response(to record: StepRecord) -> [Double] {
    let h = record.periodS
    let whole = Int(deadTimeS / h)
    let part = deadTimeS - Double(whole) * h
    // Within a cycle the delayed input changes once, `part` after its start.
    let early = exp(-part / firstS)
    let late = exp(-(h - part) / firstS)
    let start = record.input.first ?? 0
    func input(_ k: Int) -> Double { k < 0 ? 0 : record.input[k] - start }
    var response: [Double] = []
    response.reserveCapacity(record.input.count)
    var first = 0.0
    var second = 0.0
    for k in record.input.indices {
      response.append(secondS > 0 ? second : first)
      let before = first
      let between = before * early + input(k - whole - 1) * (1 - early)
      first = between * late + input(k - whole) * (1 - late)
      second = secondS > 0 ? ramped(second, from: before, to: first, h) : 0
    }
    return response
  }

  /// The second lag's answer to an input that goes straight from one value to the other within the cycle.
  private func ramped(_ value: Double, from: Double, to: Double, _ h: Double) -> Double {
    let decay = exp(-h / secondS)
    let slope = (to - from) / h
    return value * decay + from * (1 - decay) + slope * (h - secondS * (1 - decay))
  }
}

/// measurement = a + b·t + K·x by the normal equations, mean and drift taken out of both sides first.
private struct LinearFit {
  let gain: Double
  let drift: Double
  /// Sums of squares: what is left, the measurement's without its drift, and x's.
  let residual: Double
  let variance: Double
  let leverage: Double
  /// From the lowest to the highest x.
  let range: Double
  let count: Int

  init?(_ record: StepRecord, _ lag: Lag) {
    let answer = lag.response(to: record)
    var times: [Double] = []
    var xs: [Double] = []
    var ys: [Double] = []
    for (k, output) in record.output.enumerated() {
      guard let output else { continue }
      times.append(Double(k) * record.periodS)
      xs.append(answer[k])
      ys.append(output)
    }
    count = ys.count
    let tt = Self.sum(times, times)
    let tx = Self.sum(times, xs)
    let ty = Self.sum(times, ys)
    let xx = Self.sum(xs, xs) - tx * tx / tt
    let xy = Self.sum(xs, ys) - tx * ty / tt
    guard tt > 0, xx > 1e-12 else { return nil }
    gain = xy / xx
    drift = (ty - gain * tx) / tt
    leverage = xx
    // The drift takes its share even where the input explains the same: what is left to explain is without it.
    variance = Self.sum(ys, ys) - ty * ty / tt
    residual = max(0, variance - gain * xy)
    range = (xs.max() ?? 0) - (xs.min() ?? 0)
  }

  /// Σ (p − mean p)(q − mean q).
  private static func sum(_ p: [Double], _ q: [Double]) -> Double {
    let meanP = p.reduce(0, +) / Double(p.count)
    let meanQ = q.reduce(0, +) / Double(q.count)
    return zip(p, q).reduce(0) { $0 + ($1.0 - meanP) * ($1.1 - meanQ) }
  }
}
