/// What shows only over minutes: coolant and pressure that go, coils that foul, meters that no longer balance.
struct Trends: Sendable {
  /// The level is compared at the ends of windows this long.
  static let windowS = 300.0
  static let fallsMax = 3
  static let levelFilterS = 30.0
  /// Fall in one window that counts, percent: 3 %/h. A transmitter's noise, filtered, is a tenth of it.
  static let levelFallMax = 0.25
  /// Coolant that cools shrinks: the level may fall by this much, percent, for each kelvin of the loop's mean
  /// temperature. PG25 shrinks by 4.5e-4 a kelvin; a loop of 1,000 L on a vessel of 100 L.
  static let levelPerK = 0.45
  /// Fall within one window that backs a wet detector, percent; and of the return pressure within a minute, kPa.
  static let levelDrop = 1.0
  static let pressureDrop = 15.0

  struct Findings: Sendable {
    var isLevelFalling = false
    /// Percent, over the last whole window.
    var levelFall = 0.0
    /// Coolant or pressure is being lost; enough to back a wet detector, not to act alone.
    var isLossy = false
    /// What the coils do, as a share of what their map says.
    var coilShare = 1.0
    /// Coolant's temperature rise beyond what the racks' power explains, and how far it may be off, K.
    var heatImbalance = 0.0
    var heatImbalanceMax = 3.0
    /// Coils and meters are judged; else the last judgement stands.
    var isLoaded = false
  }

  struct Inputs {
    var level: Reading<Percent>
    var returnPressure: Reading<Pressure>
    var flow: Reading<Flow>
    var supply: Reading<Temperature>
    var returned: Reading<Temperature>
    /// The racks' filtered power, kW; nil where one of them is not known.
    var heat: Double?
    /// The racks draw enough, and long enough under control, to judge coils and meters by it.
    var isLoaded: Bool
    /// Coil outlet that the map was asked for; nil while the fans rest.
    var outlet: Temperature?
  }

  private(set) var findings = Findings()
  private var level = FirstOrderLag()
  private var meanC = FirstOrderLag()
  private var windowStart: (level: Double, meanC: Double)?
  private var windowElapsedS = 0.0
  private var falls = 0
  private var pressure = FirstOrderLag()
  private var flow = FirstOrderLag()
  private var coilShare = FirstOrderLag()
  private var imbalance = FirstOrderLag()
  private var rise = FirstOrderLag()

  mutating func step(_ inputs: Inputs, dt: Double) {
    findings.isLossy = stepLevel(inputs, dt)
    findings.isLoaded = inputs.isLoaded
    if isPressureDecaying(inputs, dt) { findings.isLossy = true }
    guard inputs.isLoaded, inputs.supply.quality == .good, inputs.returned.quality == .good,
      let supply = inputs.supply.value, let returned = inputs.returned.value
    else { return }
    let drop = (returned - supply).kelvin
    if let outlet = inputs.outlet, (returned - outlet).kelvin > 3 {
      let share = (drop / (returned - outlet).kelvin).clamped(0, 2)
      findings.coilShare = coilShare.step(share, timeConstantS: 900, dt: dt)
    }
    guard inputs.flow.quality == .good, let flow = inputs.flow.value, flow.litresPerMinute > 1, let heat = inputs.heat
    else { return }
    // Q = ρc · flow · rise.
    let expected = heat / (coolantHeatCapacityKjPerLitreKelvin * flow.litresPerMinute / 60)
    findings.heatImbalance = imbalance.step(drop - expected, timeConstantS: 300, dt: dt)
    let share = 0.4 * rise.step(expected, timeConstantS: 300, dt: dt)
    findings.heatImbalanceMax = max(share, 3)
  }

  /// - Returns: whether the level drops fast.
  private mutating func stepLevel(_ inputs: Inputs, _ dt: Double) -> Bool {
    guard inputs.level.quality == .good, let percent = inputs.level.value?.percent else {
      windowStart = nil
      return false
    }
    let now = level.step(percent, timeConstantS: Trends.levelFilterS, dt: dt)
    var mean = meanC.value ?? 0
    if let supply = inputs.supply.value, let returned = inputs.returned.value {
      mean = meanC.step((supply.celsius + returned.celsius) / 2, timeConstantS: Trends.levelFilterS, dt: dt)
    }
    guard let start = windowStart else {
      windowStart = (now, mean)
      windowElapsedS = 0
      falls = 0
      return false
    }
    windowElapsedS += dt
    let fall = start.level - now - Trends.levelPerK * max(0, start.meanC - mean)
    let isDropping = fall > Trends.levelDrop || (falls > 0 && findings.levelFall > Trends.levelDrop)
    guard windowElapsedS >= Trends.windowS else { return isDropping }
    falls = fall > Trends.levelFallMax ? falls + 1 : 0
    findings.levelFall = fall
    findings.isLevelFalling = falls >= Trends.fallsMax
    windowStart = (now, mean)
    windowElapsedS = 0
    return isDropping
  }

  /// The return pressure goes and the flow does not: what the pumps and valves do would move both.
  private mutating func isPressureDecaying(_ inputs: Inputs, _ dt: Double) -> Bool {
    guard inputs.returnPressure.quality == .good, inputs.flow.quality == .good,
      let now = inputs.returnPressure.value?.kilopascals, let flowNow = inputs.flow.value?.litresPerMinute
    else { return false }
    let before = pressure.step(now, timeConstantS: 60, dt: dt)
    let flowBefore = flow.step(flowNow, timeConstantS: 60, dt: dt)
    return before - now > Trends.pressureDrop && flowNow > 0.97 * flowBefore
  }
}
