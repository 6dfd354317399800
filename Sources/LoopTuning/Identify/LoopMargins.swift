import Glibc

/// How far a closed loop is from trouble, by its open loop's frequency response.
public struct LoopMargins: Sendable, Equatable, Codable {
  /// Factor by which the process gain may rise; nil: it may rise without end.
  public var gainMargin: Double?
  /// What the phase may lose, degrees; nil: the loop never reaches a gain of one.
  public var phaseMarginDegrees: Double?
  /// M_s, the largest |1 / (1 + L)|: 1.2 … 2 is the usual range (Åström and Hägglund, Advanced PID Control, §4.6).
  public var sensitivityMax: Double
  /// The closed loop is stable.
  public var isStable: Bool

  /// A PID of the row: its filter acts on the measurement, ahead of all terms.
  public struct Controller: Sendable, Equatable {
    public var gain: Double
    public var integralTimeS: Double
    public var derivativeTimeS = 0.0
    public var filterTimeS = 0.0

    public init(gain: Double, integralTimeS: Double, derivativeTimeS: Double = 0, filterTimeS: Double = 0) {
      self.gain = gain
      self.integralTimeS = integralTimeS
      self.derivativeTimeS = derivativeTimeS
      self.filterTimeS = filterTimeS
    }
  }

  /// - Parameter model: gain in percent per percent of span; its direction is the controller's, so its sign does not
  ///   count. Half a cycle, by which outputs held for a cycle are late on average, is to be part of its dead time.
  public init(_ model: ProcessModel, _ controller: Controller) {
    let loop = OpenLoop(model: model, controller: controller)
    let slowest = 1e-3 / max(model.residenceTimeS, controller.integralTimeS)
    var last = loop.at(slowest)
    var worst = 1.0
    var gainCrossing: Double?
    var phaseCrossing: Double?
    // 200 steps a decade over ten decades, as far as a lag may be from a dead time: margins are exact to a hundredth.
    for step in 1...2000 {
      let now = loop.at(slowest * pow(10, Double(step) / 200))
      worst = max(worst, now.sensitivity)
      if phaseCrossing == nil, last.phase > -Double.pi, now.phase <= -Double.pi {
        let share = (last.phase + Double.pi) / (last.phase - now.phase)
        phaseCrossing = 1 / (last.size * pow(now.size / last.size, share))
      }
      if last.size > 1, now.size <= 1 {
        let share = log(last.size) / log(last.size / now.size)
        gainCrossing = min(gainCrossing ?? .infinity, Double.pi + last.phase + share * (now.phase - last.phase))
      }
      last = now
    }
    gainMargin = phaseCrossing
    phaseMarginDegrees = gainCrossing.map { $0 * 180 / Double.pi }
    sensitivityMax = worst
    isStable = (phaseCrossing ?? .infinity) > 1 && (gainCrossing ?? .infinity) > 0
  }

  private enum CodingKeys: String, CodingKey {
    case gainMargin = "gain_margin"
    case phaseMarginDegrees = "phase_margin_degrees"
    case sensitivityMax = "sensitivity_max"
    case isStable = "stable"
  }
}

private struct OpenLoop {
  let model: ProcessModel
  let controller: LoopMargins.Controller

  struct Point {
    var size: Double
    /// Radians, not wrapped.
    var phase: Double

    /// |1 / (1 + L)|.
    var sensitivity: Double {
      1 / (1 + 2 * size * cos(phase) + size * size).squareRoot()
    }
  }

  func at(_ w: Double) -> Point {
    var size = abs(model.gain) * controller.gain
    let imaginary = w * controller.derivativeTimeS - 1 / (w * controller.integralTimeS)
    size *= (1 + imaginary * imaginary).squareRoot()
    var phase = atan(imaginary) - w * model.deadTimeS
    for lag in [model.timeConstantS, model.secondTimeConstantS, controller.filterTimeS] {
      size /= (1 + w * lag * w * lag).squareRoot()
      phase -= atan(w * lag)
    }
    return Point(size: size, phase: phase)
  }
}
