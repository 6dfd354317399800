/// What was seen of a loop while its actuator was stepped: one sample a control cycle, on the cycle's own clock.
///
/// In a cycle the measurement is read first and the actuator written last, so `output[k]` answers to `input[k − 1]` and
/// what was before it.
public struct StepRecord: Sendable, Equatable {
  /// Time between two samples, s; above 0.
  public let periodS: Double
  /// What the actuator was asked for from this sample on, in the output unit of the controller.
  public private(set) var input: [Double] = []
  /// What the controller's instrument said; nil: that cycle was not seen.
  public private(set) var output: [Double?] = []

  public init(periodS: Double) {
    precondition(periodS > 0, "cycles take time")
    self.periodS = periodS
  }

  /// Adds a cycle; `missed` cycles before it were not seen, and the input stood meanwhile.
  public mutating func append(input asked: Double, output seen: Double, missed: Int = 0) {
    precondition(asked.isFinite && seen.isFinite, "the gate lets only numbers in")
    for _ in 0..<min(missed, 1000) {
      input.append(input.last ?? asked)
      output.append(nil)
    }
    input.append(asked)
    output.append(seen)
  }

  public var seconds: Double { Double(input.count) * periodS }
  /// From the lowest to the highest input.
  public var inputSwing: Double { (input.max() ?? 0) - (input.min() ?? 0) }
}
