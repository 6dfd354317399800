/// How many pumps run.
extension PumpGroup {
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

  mutating func stage(_ inputs: Inputs, _ settings: Settings.Pumps, _ dt: Double) {
    sinceStageS += dt
    let wantedBefore = working.wanted
    let advice = inputs.fixedSpeed != nil ? 0 : advise(inputs, settings)
    if stageUp.step(advice > 0, delayS: PumpGroup.stageUpS, dt: dt) {
      if isSettled(inputs.count) { working.wanted += 1 } else { abort(inputs.count) }
      stageUp = OnDelay()
    }
    let mayStop = sinceStageS > PumpGroup.runTimeMinS
    if stageDown.step(advice < 0 && mayStop, delayS: PumpGroup.stageDownS, dt: dt) { working.wanted -= 1 }
    if working.wanted > inputs.count { working.wanted = inputs.count }
    if working.wanted < inputs.minimum { working.wanted = inputs.minimum }
    if working.wanted != wantedBefore {
      sinceStageS = 0
      stageUp = OnDelay()
      stageDown = OnDelay()
    }
    select(inputs.count)
  }

  /// +1: another pump is needed or worth its power; −1: one less would do and cost less; 0: as it is. While a pump
  /// comes or goes, or others drive one, only need counts.
  @inline(__always)
  private func advise(_ inputs: Inputs, _ settings: Settings.Pumps) -> Int {
    let running = working.wanted
    guard running > 0 else { return 0 }
    let speed = pid.working.output
    let isSettled = isSettled(inputs.count)
    if speed > PumpGroup.stageUpSpeed { return running < inputs.count || !isSettled ? 1 : 0 }
    guard isSettled, !inputs.isInterlocked, !hasForced(inputs.count) else { return 0 }
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

  /// Keeps the pumps that run, the lead above all; replaces those that are not available.
  private mutating func select(_ count: Int) {
    var requested = 0
    for i in 0..<count {
      if !units[i].isAvailable { isRequested[i] = false }
      if isRequested[i] { requested += 1 }
    }
    if !units[working.lead].isAvailable {
      for step in 1..<max(count, 2) where units[(working.lead + step) % count].isAvailable {
        working.lead = (working.lead + step) % count
        break
      }
    }
    while requested < working.wanted, let next = nextToStart(count) {
      isRequested[next] = true
      requested += 1
    }
    while requested > working.wanted, let last = nextToStop(count) {
      isRequested[last] = false
      requested -= 1
    }
  }

  /// Pumps that could run against those that the present flow needs.
  @inline(__always)
  func redundancy(_ inputs: Inputs, _ settings: Settings.Pumps) -> Redundancy {
    var available = 0
    for i in 0..<inputs.count where units[i].isAvailable { available += 1 }
    var needed = max(working.wanted, 1)
    if inputs.fixedSpeed == nil, let flow = inputs.rowFlow.value {
      needed = 1
      while needed <= inputs.count {
        let each = Flow(litresPerMinute: flow.litresPerMinute / Double(needed))
        if settings.curve.speed(head: duty.head, flow: each) <= PumpGroup.stageUpSpeed { break }
        needed += 1
      }
    }
    if available > needed { return .nPlusOne }
    return available == needed ? .n : .degraded
  }
}
