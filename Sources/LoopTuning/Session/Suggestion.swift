import RowConfig

/// What a step test makes of the loop: a model, and gains where the model is good enough to stand on.
public struct Suggestion: Sendable, Equatable {
  public struct Gains: Sendable, Equatable {
    public var gain: Double
    public var integralTimeS: Double
    public var margins: LoopMargins
  }

  public let loop: TunedLoop
  public let fit: StepFit
  public let now: Gains
  /// τ_c that was used, s.
  public let tauCS: Double
  /// Nil: `doubt` says why not.
  public let suggested: Gains?
  public let doubt: String?

  /// Least share of the measurement's variance that the model must explain.
  static let explainedMin = 0.8
  /// Least change of the measurement, in standard deviations of the noise.
  static let swingMin = 5.0
  /// Largest standard error of the gain.
  static let gainErrorMax = 0.1
  /// A suggestion that would be nearer to instability than this is none.
  static let sensitivityMax = 2.0

  /// - Parameter tauCS: time constant that the closed loop shall have, s; nil: the dead time, but no less than two
  ///   cycles, and of a valve a quarter of its stroke.
  /// - Returns: nil where there is nothing to fit.
  public init?(_ record: StepRecord, _ loop: TunedLoop, plan: TuneSession.Plan, tauCS: Double? = nil) {
    guard let fit = StepFit.fit(record, order: loop.order, longestS: plan.holdS) else { return nil }
    self.loop = loop
    self.fit = fit
    var process = loop.inPercent(fit.model)
    // Outputs stand for a cycle: on average they are half a cycle late.
    process.deadTimeS += loop.periodS / 2
    let filter = loop.gains.filterTimeS
    func judged(_ gain: Double, _ integral: Double, _ derivative: Double) -> Gains {
      let controller = LoopMargins.Controller(
        gain: gain, integralTimeS: integral, derivativeTimeS: derivative, filterTimeS: filter)
      return Gains(gain: gain, integralTimeS: integral, margins: LoopMargins(process, controller))
    }
    now = judged(loop.gains.gain, loop.gains.integralTimeS, loop.gains.derivativeTimeS)
    let reduced = process.reduced(filterS: filter)
    self.tauCS = tauCS ?? max(reduced.deadTimeS, loop.calmS)
    if let doubt = Self.doubt(fit, loop) {
      (suggested, self.doubt) = (nil, doubt)
      return
    }
    let simc = SIMC.gains(reduced, tauCS: self.tauCS, leastS: loop.periodS)
    let gains = judged(
      min(max(rounded(simc.gain, 2), 0.01), 100), min(max(rounded(simc.integralTimeS, 1), 0.1), 3600), 0)
    let isRobust = gains.margins.isStable && gains.margins.sensitivityMax <= Self.sensitivityMax
    suggested = isRobust ? gains : nil
    doubt = isRobust ? nil : "with a tau_c of \(decimals(self.tauCS)) s the loop would be too near to instability"
  }

  /// The line for the site file, with the filter and setpoint weight that it has; a derivative goes.
  public var siteLine: String? {
    suggested.map { gains in
      let (filter, weight) = (loop.gains.filterTimeS, loop.gains.setpointWeight)
      return "gains: {gain: \(decimals(gains.gain, 2)), integral_time_s: \(decimals(gains.integralTimeS, 1))"
        + (filter > 0 ? ", filter_time_s: \(decimals(filter, 1))" : "")
        + (weight < 1 ? ", setpoint_weight: \(decimals(weight, 2))" : "") + "}"
    }
  }

  /// Why the fit is nothing to stand on.
  private static func doubt(_ fit: StepFit, _ loop: TunedLoop) -> String? {
    if fit.swing < swingMin * fit.noise || fit.gainError > gainErrorMax {
      return "the step drowned in noise: it moved \(loop.name) by \(decimals(fit.swing, 2)) \(loop.unit), the noise is "
        + "\(decimals(fit.noise, 2)); a larger step or a calmer row may show more"
    }
    if fit.explained < explainedMin {
      return "the fit is poor: it explains \(decimals(100 * fit.explained, 0)) % of what was seen"
    }
    if fit.model.gain * loop.sign <= 0 { return "the measurement moved the wrong way" }
    if fit.isAtEdge { return "the loop is slower than the stages were held: hold them longer" }
    return nil
  }
}

func rounded(_ value: Double, _ count: Int) -> Double {
  let scale = (0..<count).reduce(1.0) { product, _ in product * 10 }
  return (value * scale).rounded() / scale
}
