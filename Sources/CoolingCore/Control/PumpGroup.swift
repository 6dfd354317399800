/// The pumps as one: a speed demand that holds manifold dP (or row flow), and how many pumps share it.
///
/// Staging runs the number of pumps that needs least power, but above part load never so few that losing one would cost
/// more than a fifth of the flow: a standby at rest takes seconds to help, a running one helps at once.
public struct PumpGroup: Sendable {
  public struct Working: Sendable {
    public var pid = PID.Working()
    /// Setpoint of manifold dP after the most-open-valve reset.
    public var dpSetpoint = Pressure(kilopascals: 0)
    public var wanted = 0
    public var lead = 0
    public init() {}
  }

  /// Flow that must survive the loss of one pump, as a share; and the share of design flow above which that counts.
  static let rideThroughMin = 0.8
  static let rideThroughFrom = 0.55
  /// A pump is added after this long, and taken away after this long and no sooner than its minimum run time.
  static let stageUpS = 5.0
  static let stageDownS = 120.0
  static let runTimeMinS = 600.0
  /// Speed at which one more pump is needed whatever it costs.
  static let stageUpSpeed = 97.0
  /// Advantage in shaft power worth a change.
  static let powerAdvantage = 0.95
  /// Most-open-valve reset, kPa per second and percent of valve position; rising three times as fast as falling:
  /// short flow is worse than spent power. Inside the dead zone the setpoint rests.
  static let resetRate = 0.01
  static let resetDeadZone = 2.0

  private var pid = PID()
  private var stageUp = OnDelay()
  private var stageDown = OnDelay()
  private var sinceStageS = 0.0
  private var runningBefore = 0
  public private(set) var working = Working()
  public private(set) var isRequested: PerPump<Bool> = .init(repeating: false)

  public init() {}

  /// What the group looks at.
  struct Inputs {
    var count: Int
    /// The best that is known of the row's flow, and the meter's own word.
    var rowFlow: Reading<Flow>
    var meteredFlow: Reading<Flow>
    var manifoldDp: Reading<Pressure>
    /// Design flow of the loop: from a share of it on, the loss of a pump counts.
    var designFlow: Flow
    var flowSetpoint: Flow
    /// nil: the reset rests.
    var mostOpenValve: Double?
    /// Pumps that interlocks have taken out of service.
    var excluded: PerPump<Bool>
    /// Pumps to keep running at the least.
    var minimum: Int
    /// Run at this speed instead of controlling (starting, standby).
    var fixedSpeed: Double?
  }

  /// Starts from a group that runs as it stands; none requested where none runs.
  mutating func takeOver(_ pumps: Span<Measurements.Pump>, count: Int, _ settings: Settings.Pumps) {
    working.dpSetpoint = settings.dpSetpoint
    var speed = 0.0
    for i in 0..<count where pumps[i].running.isSet {
      if working.wanted == 0 { working.lead = i }
      isRequested[i] = true
      working.wanted += 1
      speed = max(speed, pumps[i].speed.value?.percent ?? settings.safeSpeed)
    }
    runningBefore = working.wanted
    pid.reset(to: speed)
  }

  /// The row goes to standby: one pump is enough.
  mutating func keepOne() { working.wanted = 1 }

  /// An operator's setpoint; the most-open-valve reset goes on from there.
  mutating func setDpSetpoint(_ setpoint: Pressure) { working.dpSetpoint = setpoint }

  mutating func step(_ inputs: Inputs, _ settings: Settings.Pumps, dt: Double) -> PerPump<Demand.Pump> {
    resetDp(inputs.mostOpenValve, settings, dt)
    stage(inputs, settings, dt)
    rerateOnLoss(inputs, settings)

    var speed = inputs.fixedSpeed ?? 0
    if inputs.fixedSpeed == nil {
      let onFlow = settings.control == .flow
      let setpoint = onFlow ? inputs.flowSetpoint.litresPerMinute : working.dpSetpoint.kilopascals
      let measurement = onFlow ? inputs.meteredFlow.value?.canonical : inputs.manifoldDp.value?.canonical
      speed = pid.step(settings.group, setpoint: setpoint, measurement: measurement, dt: dt)
    }
    working.pid = pid.working
    var demands: PerPump<Demand.Pump> = .init(repeating: Demand.Pump())
    for i in 0..<inputs.count where isRequested[i] && !inputs.excluded[i] {
      demands[i] = Demand.Pump(run: true, speed: speed)
    }
    return demands
  }

  /// - Parameter sent: the highest speed really sent to a pump of the group; nil: none runs.
  mutating func track(_ sent: Double?, inCommand: Bool, _ settings: Settings.Pumps, dt: Double) {
    pid.track(settings.group, sent: sent ?? 0, inCommand: inCommand && sent != nil, dt: dt)
  }

  /// Trim-and-respond: the dP setpoint moves until the most-open rack valve stands where it should, so that pumps
  /// make no pressure that valves destroy.
  private mutating func resetDp(_ mostOpen: Double?, _ pumps: Settings.Pumps, _ dt: Double) {
    guard let mostOpen else { return }
    let error = mostOpen - pumps.mostOpenValve
    guard error > PumpGroup.resetDeadZone || error < -PumpGroup.resetDeadZone else { return }
    let rate = error > 0 ? 3 * PumpGroup.resetRate : PumpGroup.resetRate
    let setpoint = working.dpSetpoint.kilopascals + rate * error * dt
    working.dpSetpoint.kilopascals = setpoint.clamped(pumps.dpMin.kilopascals, pumps.dpMax.kilopascals)
  }

  private mutating func stage(_ inputs: Inputs, _ settings: Settings.Pumps, _ dt: Double) {
    sinceStageS += dt
    let wantedBefore = working.wanted
    let advice = inputs.fixedSpeed != nil ? 0 : advise(inputs, settings)
    if stageUp.step(advice > 0, delayS: PumpGroup.stageUpS, dt: dt) { working.wanted += 1 }
    let mayStop = sinceStageS > PumpGroup.runTimeMinS
    if stageDown.step(advice < 0 && mayStop, delayS: PumpGroup.stageDownS, dt: dt) { working.wanted -= 1 }
    if working.wanted > inputs.count { working.wanted = inputs.count }
    if working.wanted < inputs.minimum { working.wanted = inputs.minimum }
    if working.wanted != wantedBefore {
      sinceStageS = 0
      stageUp = OnDelay()
      stageDown = OnDelay()
    }
    select(inputs.excluded, inputs.count)
  }

  /// +1: another pump is needed or worth its power; −1: one less would do and cost less; 0: as it is.
  @inline(__always)
  private func advise(_ inputs: Inputs, _ settings: Settings.Pumps) -> Int {
    let running = working.wanted
    guard running > 0 else { return 0 }
    let speed = pid.working.output
    if speed > PumpGroup.stageUpSpeed { return running < inputs.count ? 1 : 0 }
    guard let flow = inputs.rowFlow.value, flow.litresPerMinute > 1 else { return 0 }
    let curve = settings.curve
    let head = curve.head(speed: speed, flow: Flow(litresPerMinute: flow.litresPerMinute / Double(running)))
    let isLoaded = flow.litresPerMinute > PumpGroup.rideThroughFrom * inputs.designFlow.litresPerMinute
    func endures(_ count: Int) -> Bool {
      !isLoaded || curve.rideThrough(head: head, rowFlow: flow, running: count) >= PumpGroup.rideThroughMin
    }
    func power(_ count: Int) -> Double {
      let each = Flow(litresPerMinute: flow.litresPerMinute / Double(count))
      let needed = curve.speed(head: head, flow: each)
      guard needed <= PumpGroup.stageUpSpeed else { return .infinity }
      return Double(count) * curve.powerIndex(head: head, flow: each, speed: needed)
    }
    if running < inputs.count {
      if !endures(running) { return 1 }
      if power(running + 1) < PumpGroup.powerAdvantage * power(running) { return 1 }
    }
    if running > 1, endures(running - 1), power(running - 1) < PumpGroup.powerAdvantage * power(running) { return -1 }
    return 0
  }

  /// Keeps the pumps that run, from the lead on; replaces those out of service by the next in the ring.
  private mutating func select(_ excluded: PerPump<Bool>, _ count: Int) {
    var requested = 0
    for i in 0..<count {
      if excluded[i] { isRequested[i] = false }
      if isRequested[i] { requested += 1 }
    }
    if excluded[working.lead], let next = firstAfterLead(count, where: { !excluded[$0] }) { working.lead = next }
    while requested < working.wanted, let next = firstAfterLead(count, where: { !excluded[$0] && !isRequested[$0] }) {
      isRequested[next] = true
      requested += 1
    }
    while requested > working.wanted, let last = lastAfterLead(count) {
      isRequested[last] = false
      requested -= 1
    }
  }

  private func firstAfterLead(_ count: Int, where test: (Int) -> Bool) -> Int? {
    for step in 0..<count where test((working.lead + step) % count) { return (working.lead + step) % count }
    return nil
  }

  private func lastAfterLead(_ count: Int) -> Int? {
    for step in 0..<count {
      let i = (working.lead + count - 1 - step) % count
      if isRequested[i] { return i }
    }
    return nil
  }

  /// When a running pump is lost, the others go at once to the speed at which their curve says they carry the same flow
  /// against the same head; the loop takes over from there.
  private mutating func rerateOnLoss(_ inputs: Inputs, _ settings: Settings.Pumps) {
    var running = 0
    for i in 0..<inputs.count where isRequested[i] && !inputs.excluded[i] { running += 1 }
    defer { runningBefore = running }
    guard running > 0, running < runningBefore, let flow = inputs.rowFlow.value else { return }
    let before = Flow(litresPerMinute: flow.litresPerMinute / Double(runningBefore))
    let head = settings.curve.head(speed: pid.working.output, flow: before)
    let after = Flow(litresPerMinute: flow.litresPerMinute / Double(running))
    let speed = settings.curve.speed(head: head, flow: after)
    let reachable = speed.clamped(pid.working.output, settings.speedMax)
    pid.track(settings.group, sent: reachable, inCommand: false, dt: 1)
  }
}
