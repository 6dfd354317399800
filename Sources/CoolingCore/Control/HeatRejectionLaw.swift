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
    public init() {}
  }

  private var pid = PID()
  public private(set) var working = Working()

  public init() {}

  /// Terms of the map's inversion this cycle.
  private struct Duty {
    var inlet: Temperature
    var sink: Temperature
    var flowShare: Double
    /// Share of the coils that take part.
    var taking: Double
  }

  /// Starts from an actuator that stands at `found` percent on average.
  mutating func takeOver(
    _ measurements: Measurements, _ estimate: RowEstimate, setpoint: Temperature, found: Double, settings: Settings
  ) {
    guardDewPoint(setpoint, measurements.dewPoint, settings.supply)
    track(
      measurements, estimate, sent: found, healthy: 1, inCommand: false, settings: settings, dt: settings.periodS)
  }

  /// - Parameter healthy: share of the fans that work, > 0 … 1.
  public mutating func step(
    _ measurements: Measurements, _ estimate: RowEstimate, setpoint: Temperature,
    healthy: Double, settings: Settings, dt: Double
  ) -> Double {
    guardDewPoint(setpoint, measurements.dewPoint, settings.supply)
    let trim = pid.step(
      settings.supply.trim, setpoint: working.setpoint.celsius,
      measurement: measurements.supplyTemperature.value?.celsius, dt: dt)
    working.pid = pid.working
    working.outlet = working.setpoint - TemperatureDifference(kelvin: trim)

    let duty = duty(measurements, estimate, healthy, settings)
    let available = (duty.inlet - duty.sink).kelvin
    let needed = (duty.inlet - working.outlet).kelvin
    if needed <= 0 {
      working.effectiveness = 0
    } else {
      working.effectiveness = available > needed ? needed / available : 1
    }
    let position = settings.rejection.map.actuator(
      effectiveness: working.effectiveness / duty.taking, flowShare: duty.flowShare)
    return bounded(position, settings.rejection)
  }

  /// - Parameter sent: mean position really sent.
  public mutating func track(
    _ measurements: Measurements, _ estimate: RowEstimate, sent: Double, healthy: Double,
    inCommand: Bool, settings: Settings, dt: Double
  ) {
    let duty = duty(measurements, estimate, healthy, settings)
    let effect = duty.taking * settings.rejection.map.effectiveness(actuator: sent, flowShare: duty.flowShare)
    let outlet = duty.inlet.celsius - effect * (duty.inlet - duty.sink).kelvin
    let trim = working.setpoint.celsius - outlet
    let limited = trim.clamped(settings.supply.trim.limitLow, settings.supply.trim.limitHigh)
    pid.track(settings.supply.trim, sent: limited, inCommand: inCommand, dt: dt)
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

  private func duty(
    _ measurements: Measurements, _ estimate: RowEstimate, _ healthy: Double,
    _ settings: Settings
  ) -> Duty {
    let measured =
      settings.heatRejection == .fanCoils
      ? measurements.hallTemperature.value : measurements.facilityTemperature.value
    let flow = estimate.rowFlow.value ?? settings.rejection.designFlow
    let inlet = estimate.returnTemperature.value ?? settings.limits.returnHighHigh
    return Duty(
      inlet: inlet, sink: measured ?? settings.rejection.sinkAssumed,
      flowShare: flow.litresPerMinute / settings.rejection.designFlow.litresPerMinute,
      taking: healthy.clamped(0.05, 1))
  }

  /// Between stop and minimum there is nothing: below half the minimum the fans stop, above it they run at the minimum.
  private func bounded(_ position: Double, _ rejection: Settings.Rejection) -> Double {
    if rejection.mayStop && position < rejection.demandMin / 2 { return 0 }
    return position.clamped(rejection.demandMin, rejection.demandMax)
  }
}
