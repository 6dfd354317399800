/// PID in ISA standard form, in percent of span, with two degrees of freedom and external reset.
///
///     P = K·(b·SP − PV)    D = −K·Td·d(PV filtered)/dt    output = P + I + D + feed-forward
///
/// The integral is not an accumulator of error: after each cycle it is told what was *really sent* (`track`) and moves
/// only as far as the actuator followed. That removes windup by construction and makes manual → automatic, a setpoint
/// change, a gain change and the release of an interlock bumpless (Shinskey, *Process Control Systems*, external
/// reset; Åström and Hägglund, *Advanced PID Control*, §3.5). Feed-forward and derivative never enter the integral.
public struct PID: Sendable {
  public enum Action: Sendable {
    /// Output rises when the measurement rises (a fan on a temperature).
    case direct
    /// Output falls when the measurement rises (a pump on a pressure).
    case reverse
  }

  public struct Settings: Sendable, Equatable {
    /// Percent of output span per percent of input span; positive.
    public var gain = 1.0
    public var integralTimeS = 30.0
    public var derivativeTimeS = 0.0
    public var filterTimeS = 0.0
    public var setpointWeight = 1.0
    public var action = Action.reverse
    /// Engineering values at 0 and 100 % of the measurement.
    public var inputLow = 0.0
    public var inputHigh = 100.0
    /// Engineering values at 0 and 100 % of the output.
    public var outputLow = 0.0
    public var outputHigh = 100.0
    /// Limits of the output, engineering.
    public var limitLow = 0.0
    public var limitHigh = 100.0
    public init() {}

    var inputSpan: Double { inputHigh - inputLow }
    var outputSpan: Double { outputHigh - outputLow }
  }

  /// All terms of one step, in engineering units of the output.
  public struct Working: Sendable, Equatable {
    public enum Limit: Sendable { case none, low, high }
    public var setpoint = 0.0
    public var measurement: Double?
    public var proportional = 0.0
    public var integral = 0.0
    public var derivative = 0.0
    public var feedForward = 0.0
    public var output = 0.0
    public var limit = Limit.none
    public init() {}
  }

  public private(set) var working = Working()
  private var integral: Double?
  private var filter = FirstOrderLag()
  /// Signed gain in engineering units and b·SP − PV of the last step.
  private var scale = 0.0
  private var weightedError = 0.0

  public init() {}

  /// One step. Without a usable measurement the output stays what it was, and control starts afresh from there when the
  /// measurement is back: the safeguards decide what a lost measurement means.
  ///
  /// - Parameters:
  ///   - setpoint, measurement: engineering units of the input; finite (checked where signals enter).
  ///   - feedForward: engineering units of the output.
  ///   - dt: seconds since the last step, > 0.
  public mutating func step(
    _ settings: Settings, setpoint: Double, measurement: Double?, feedForward: Double = 0, dt: Double
  ) -> Double {
    assert(dt > 0 && setpoint.isFinite && feedForward.isFinite)
    working.setpoint = setpoint
    working.measurement = measurement
    guard let measurement else {
      integral = nil
      filter = FirstOrderLag()
      return working.output
    }
    assert(measurement.isFinite)

    let last = filter.value
    let filtered = filter.step(measurement, timeConstantS: settings.filterTimeS, dt: dt)
    let sign = settings.action == .direct ? -1.0 : 1.0
    let lastScale = scale
    scale = sign * settings.gain * settings.outputSpan / settings.inputSpan
    // A new gain changes how the output moves from here, not where it stands.
    if let before = integral { integral = before + (lastScale - scale) * weightedError }
    weightedError = settings.setpointWeight * setpoint - filtered
    working.proportional = scale * weightedError
    working.derivative = last.map { -scale * settings.derivativeTimeS * (filtered - $0) / dt } ?? 0
    working.feedForward = feedForward
    // The first step starts from the output as it stands.
    let held = integral ?? working.output - working.proportional - working.derivative - feedForward
    integral = held
    working.integral = held

    let wanted = working.proportional + held + working.derivative + feedForward
    working.output = wanted.clamped(settings.limitLow, settings.limitHigh)
    working.limit = wanted > settings.limitHigh ? .high : (wanted < settings.limitLow ? .low : .none)
    return working.output
  }

  /// Tells the controller what was really sent after its last step. Call once a cycle.
  ///
  /// - Parameters:
  ///   - sent: what the actuator was given, in engineering units of the output.
  ///   - inCommand: the controller's own output was sent, after limits and slew. Otherwise somebody else drove the
  ///     actuator (an operator, a safeguard, another law) and the integral takes the value that would have given
  ///     `sent`.
  public mutating func track(_ settings: Settings, sent: Double, inCommand: Bool, dt: Double) {
    assert(sent.isFinite)
    guard let held = integral else {
      working.output = sent
      return
    }
    let others = working.derivative + working.feedForward
    guard inCommand else {
      integral = sent - working.proportional - others
      working.output = sent
      return
    }
    guard settings.integralTimeS > 0, let measurement = filter.value else { return }
    // The error's share of the output, and how much of it the actuator really took: while a limit or the slew holds
    // the actuator back the integral waits; it never runs backwards on account of the limit.
    let error = scale * (working.setpoint - measurement)
    let weighting = working.proportional - error
    let taken = sent - others - weighting - held
    let drive = error >= 0 ? taken.clamped(0, error) : taken.clamped(error, 0)
    integral = held + drive * dt / settings.integralTimeS
  }

  /// Moves the output by what a known change of the plant asks for, before it shows in the measurement. The integral
  /// keeps it: unlike a feed-forward the change need not be told again.
  public mutating func shift(by change: Double) {
    assert(change.isFinite)
    working.output += change
    if let held = integral { integral = held + change }
  }

  /// Starts afresh from an actuator that stands at `output`.
  public mutating func reset(to output: Double) {
    self = PID()
    working.output = output
  }
}
