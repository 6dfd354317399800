/// Holds the supply temperature with the fans (or the facility valve).
///
/// The plant's gain from fan speed to supply temperature varies tenfold with flow and speed, so the law works through
/// the coils' effectiveness map: return temperature, sink temperature and flow say which actuator position gives the
/// wanted coil outlet (that is the feed-forward, and it sees a load step before the supply header does), and a PID
/// on the supply temperature only trims the wanted outlet for what the map does not know. The trim's process has a
/// gain of about one everywhere.
public struct HeatRejectionLaw: Sendable {
  public struct Working: Sendable {
    public var pid = PID.Working()
    /// Setpoint after the dew point guard.
    public var setpoint = Temperature(celsius: 0)
    public var isRaisedByDewPoint = false
    /// Coil outlet asked for.
    public var outlet = Temperature(celsius: 0)
    public var effectiveness = 0.0
    /// Coil outlet that the map expects of what was sent.
    public var expected = Temperature(celsius: 0)
    /// A sink that reads warmer cannot take what the coils give it; nil while they give too little to tell.
    public var sinkMost: Temperature?
    public init() {}
  }

  /// An operator's setpoint is approached from below no faster, K/s: twice the time the loop needs to go round would
  /// otherwise pass before the trim sees that it was enough.
  static let setpointRate = 0.05

  /// Coils are at most this much better than their map; below this effectiveness they say nothing of their sink.
  static let coilsBest = 1.4
  static let effectMin = 0.1
  /// Of the coils' design flow; less is no flow, but what a meter says of none.
  static let flowShareMin = 0.05
  /// Longer than the loop needs to go round.
  static let driveS = 60.0

  private var pid = PID()
  private var inlet = FirstOrderLag()
  private var drop = FirstOrderLag()
  private var effect = FirstOrderLag()
  private var flowingS = 0.0
  private var ramped: Temperature?
  public private(set) var working = Working()

  public init() {}

  /// What the law looks at.
  struct Inputs {
    var supply: Reading<Temperature>
    var dewPoint: Reading<Temperature>
    /// Entering the coils; the row's return.
    var inlet: Temperature
    /// Hall air or facility water.
    var sink: Temperature
    var flow: Flow
    /// No pump says that it runs, none that was told to is silent, and no meter says that coolant moves.
    var isIdle: Bool
    /// Share of the fans that work and are the law's to move, 0 … 1.
    var healthy: Double
    /// Share of the fans that run at an operator's speed, and their mean speed, percent.
    var forcedShare = 0.0
    var forcedSpeed = 0.0
  }

  /// Terms of the map's inversion this cycle.
  private struct Duty {
    var available: Double
    var flowShare: Double
    /// Share of the coils that take part, and what the forced ones do beside them.
    var taking: Double
    var forcedEffect = 0.0
    init(_ inputs: Inputs, _ rejection: Settings.Rejection) {
      available = (inputs.inlet - inputs.sink).kelvin
      flowShare = inputs.flow.litresPerMinute / rejection.designFlow.litresPerMinute
      taking = inputs.healthy.clamped(0.05, 1)
      guard inputs.forcedShare > 0 else { return }
      forcedEffect =
        inputs.forcedShare * rejection.map.effectiveness(actuator: inputs.forcedSpeed, flowShare: flowShare)
    }
  }

  /// Starts from an actuator that stands at `found` percent on average.
  mutating func takeOver(
    _ inputs: Inputs, setpoint: Temperature, found: Double, _ supply: Settings.Supply,
    _ rejection: Settings.Rejection, dt: Double
  ) {
    guardDewPoint(setpoint, inputs.dewPoint, supply)
    if rejection.takesTarget { ramped = supply.target(atPosition: found) }
    track(inputs, sent: found, inCommand: false, supply, rejection, dt: dt)
  }

  /// - Returns: position of the actuator, percent; the mean of the fans' speeds, which may be below their least.
  mutating func step(
    _ inputs: Inputs, setpoint: Temperature, _ supply: Settings.Supply, _ rejection: Settings.Rejection, dt: Double
  ) -> Double {
    let next = (ramped ?? setpoint) + TemperatureDifference(kelvin: HeatRejectionLaw.setpointRate * dt)
    let approached = setpoint > next ? next : setpoint
    ramped = approached
    guardDewPoint(approached, inputs.dewPoint, supply)
    guard !rejection.takesTarget else {
      working.outlet = working.setpoint
      return supply.position(ofTarget: working.setpoint)
    }
    let trim = pid.step(
      supply.trim, setpoint: working.setpoint.celsius, measurement: inputs.supply.value?.celsius, dt: dt)
    working.pid = pid.working
    working.outlet = working.setpoint - TemperatureDifference(kelvin: trim)

    let duty = Duty(inputs, rejection)
    let needed = (inputs.inlet - working.outlet).kelvin
    if needed <= 0 {
      working.effectiveness = 0
    } else {
      working.effectiveness = duty.available > needed ? needed / duty.available : 1
    }
    let position = rejection.map.actuator(
      effectiveness: max(0, working.effectiveness - duty.forcedEffect) / duty.taking, flowShare: duty.flowShare)
    return position.clamped(rejection.mayStop ? 0 : rejection.demandMin, rejection.demandMax)
  }

  /// - Parameter sent: mean position really sent.
  mutating func track(
    _ inputs: Inputs, sent: Double, inCommand: Bool, _ supply: Settings.Supply, _ rejection: Settings.Rejection,
    dt: Double
  ) {
    guard !rejection.takesTarget else {
      working.expected = supply.target(atPosition: sent)
      return
    }
    let duty = Duty(inputs, rejection)
    let own = rejection.map.effectiveness(actuator: sent, flowShare: duty.flowShare)
    let effect = duty.taking * own + duty.forcedEffect
    let outlet = inputs.inlet.celsius - effect * duty.available
    working.expected = Temperature(celsius: outlet)
    stepSinkMost(inputs, effect, dt)
    // Coils without flow say nothing of the trim: a row that starts begins with the map alone.
    let trim = inputs.isIdle && !inCommand ? 0 : working.setpoint.celsius - outlet
    pid.track(
      supply.trim, sent: trim.clamped(supply.trim.limitLow, supply.trim.limitHigh), inCommand: inCommand, dt: dt)
  }

  /// T return − T sink = (T return − T supply) / ε, of means over some minutes. Coolant that stood has layers that no
  /// coil made: nothing is said before it has gone round.
  private mutating func stepSinkMost(_ inputs: Inputs, _ sent: Double, _ dt: Double) {
    flowingS = inputs.isIdle ? 0 : flowingS + dt
    guard flowingS > HeatRejectionLaw.driveS else {
      (inlet, drop, effect) = (FirstOrderLag(), FirstOrderLag(), FirstOrderLag())
      working.sinkMost = nil
      return
    }
    guard let supply = inputs.supply.value else { return }
    let returned = inlet.step(inputs.inlet.celsius, timeConstantS: HeatRejectionLaw.driveS, dt: dt)
    let lost = drop.step((inputs.inlet - supply).kelvin, timeConstantS: HeatRejectionLaw.driveS, dt: dt)
    let effect = effect.step(sent, timeConstantS: HeatRejectionLaw.driveS, dt: dt)
    working.sinkMost =
      effect > HeatRejectionLaw.effectMin
      ? Temperature(celsius: returned - lost / (HeatRejectionLaw.coilsBest * effect)) : nil
  }

  private mutating func guardDewPoint(
    _ setpoint: Temperature, _ dewPoint: Reading<Temperature>, _ supply: Settings.Supply
  ) {
    // Chips outrank condensation: a dew point, true or not, raises the setpoint no further than an operator may.
    let limit = supply.setpointMax > setpoint ? supply.setpointMax : setpoint
    let needed = (dewPoint.value ?? supply.dewPointAssumed) + supply.dewPointMargin
    let floor = needed < limit ? needed : limit
    working.isRaisedByDewPoint = floor > setpoint
    working.setpoint = working.isRaisedByDewPoint ? floor : setpoint
  }
}

/// The temperature target of a unit that holds the supply by itself, as the position of an actuator.
extension Settings.Supply {
  @inline(__always)
  func position(ofTarget target: Temperature) -> Double {
    (100 * (setpointMax - target).kelvin / (setpointMax - setpointMin).kelvin).clamped(0, 100)
  }

  @inline(__always)
  func target(atPosition percent: Double) -> Temperature {
    setpointMax - TemperatureDifference(kelvin: (setpointMax - setpointMin).kelvin * percent / 100)
  }
}
