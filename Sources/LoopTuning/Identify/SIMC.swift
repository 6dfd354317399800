/// PI gains by the SIMC rule (S. Skogestad, Journal of Process Control 13 (2003) 291–309, eq. 23–24):
///
///     K_c = τ / (K·(τ_c + θ))    T_i = min(τ, 4·(τ_c + θ))
///
/// τ_c, the time constant that the closed loop shall have, is the only choice. τ_c = θ is as fast as stays robust (gain
/// margin about 3, phase margin about 60°, M_s about 1.6); greater is calmer.
public enum SIMC {
  /// - Parameters:
  ///   - model: first order, its gain in percent of input span per percent of output span.
  ///   - tauCS: τ_c, s; above 0.
  ///   - leastS: the cycle's period: an integral cannot act faster. Below it the integral gain K_c / T_i is kept.
  /// - Returns: gain in percent of output span per percent of input span, positive, and integral time, s.
  public static func gains(_ model: ProcessModel, tauCS: Double, leastS: Double = 0) -> PIGains {
    precondition(model.gain != 0 && tauCS + model.deadTimeS > 0, "a process without gain or time has no controller")
    let lag = tauCS + model.deadTimeS
    let integral = max(min(model.timeConstantS, 4 * lag), leastS)
    return PIGains(gain: max(model.timeConstantS, leastS) / (abs(model.gain) * lag), integralTimeS: integral)
  }
}

/// What the rule gives.
public struct PIGains: Sendable, Equatable {
  public var gain: Double
  public var integralTimeS: Double

  public init(gain: Double, integralTimeS: Double) {
    self.gain = gain
    self.integralTimeS = integralTimeS
  }
}
