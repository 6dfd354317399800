/// What an actuator does to a measurement: K · e^(−θs) / ((τ₁s + 1)(τ₂s + 1)).
public struct ProcessModel: Sendable, Equatable, Codable {
  /// Change of the measurement per change of the actuator, in their units; its sign is the direction.
  public var gain: Double
  /// The greater and the lesser time constant, s; the lesser is 0 in a first-order model.
  public var timeConstantS: Double
  public var secondTimeConstantS = 0.0
  public var deadTimeS: Double

  public init(gain: Double, timeConstantS: Double, secondTimeConstantS: Double = 0, deadTimeS: Double) {
    self.gain = gain
    self.timeConstantS = timeConstantS
    self.secondTimeConstantS = secondTimeConstantS
    self.deadTimeS = deadTimeS
  }

  /// Mean time after which a change arrives: the area above the step response, τ₁ + τ₂ + θ. Unlike its parts it does
  /// not depend on the order of the model.
  public var residenceTimeS: Double { timeConstantS + secondTimeConstantS + deadTimeS }

  /// The half rule: of the largest neglected time constant one half counts as dead time, the other goes to the one that
  /// is kept (S. Skogestad, "Simple analytic rules for model reduction and PID controller tuning", Journal of Process
  /// Control 13 (2003), eq. 10–11).
  ///
  /// - Parameter filterS: a filter of the controller, one more lag to neglect.
  public func reduced(filterS: Double = 0) -> ProcessModel {
    let lags = [timeConstantS, secondTimeConstantS, filterS].sorted(by: >)
    return ProcessModel(
      gain: gain, timeConstantS: lags[0] + lags[1] / 2, deadTimeS: deadTimeS + lags[1] / 2 + lags[2])
  }

  private enum CodingKeys: String, CodingKey {
    case gain
    case timeConstantS = "time_constant_s"
    case secondTimeConstantS = "second_time_constant_s"
    case deadTimeS = "dead_time_s"
  }
}
