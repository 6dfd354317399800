/// Which pumps run: those with the fewest hours, so that all wear alike and none stands until it is stuck.
extension PumpGroup {
  /// A duty pump that has run this much longer than a resting one hands over to it: a week.
  static let rotationHours = 168.0
  /// Hours that do not count when a pump is chosen to start or stop: then the order of the ring does.
  static let sameHours = 1.0
  /// The load is steady while the flow has stayed this close (share) to its own average over a minute, this long.
  static let calmWithin = 0.02
  static let calmForS = 120.0
  /// Ramp of the slowest drive commissioned, percent per second.
  static let driveRamp = 10.0

  mutating func countHours(_ inputs: Inputs, dt: Double) {
    for i in 0..<inputs.count {
      if units[i].isRunning { runHours[i] += dt / 3600 }
      let sent = inputs.sent[i].run ? inputs.sent[i].speed : 0
      expectedSpeed[i] = slewed(sent, from: expectedSpeed[i], rate: PumpGroup.driveRamp, dt: dt)
      speedDeviation[i] = nil
      if let speed = units[i].speed, inputs.sent[i].run, !units[i].isHand {
        speedDeviation[i] = speed - expectedSpeed[i]
      }
    }
    let flow = inputs.rowFlow.value?.litresPerMinute ?? 0
    let average = calmFlow.step(flow, timeConstantS: 60, dt: dt)
    let isNear = flow > 0 && abs(flow - average) < PumpGroup.calmWithin * average
    _ = calm.step(isNear, delayS: PumpGroup.calmForS, dt: dt)
  }

  /// Hands over by run hours, in good conditions only.
  mutating func rotate(_ inputs: Inputs, _ dt: Double) {
    guard inputs.isAuto, inputs.isFlowHeld, sinceStageS > PumpGroup.runTimeMinS,
      calm.elapsedS > PumpGroup.calmForS, isSettled(inputs.count), !hasForced(inputs.count)
    else { return }
    for i in 0..<inputs.count where !units[i].isAvailable { return }
    guard let pair = changeOverPair(inputs.count),
      runHours[pair.outgoing] - runHours[pair.incoming] > PumpGroup.rotationHours
    else { return }
    begin(pair)
  }

  /// An operator's change-over: the pump with the most hours hands over to the resting one with the fewest.
  ///
  /// - Returns: why not; nil where it begins.
  mutating func changeOver(_ count: Int) -> Refusal? {
    guard isSettled(count) else { return .changeOverUnderWay }
    guard let pair = changeOverPair(count) else { return .noSparePump }
    begin(pair)
    return nil
  }

  private mutating func begin(_ pair: (outgoing: Int, incoming: Int)) {
    isRequested[pair.outgoing] = false
    isRequested[pair.incoming] = true
    if working.lead == pair.outgoing { working.lead = pair.incoming }
    sinceStageS = 0
  }

  /// nil where no pump rests that is ready, or none runs that is ours.
  @inline(__always)
  private func changeOverPair(_ count: Int) -> (outgoing: Int, incoming: Int)? {
    var outgoing: Int?
    for i in 0..<count where isRequested[i] && members[i].stage == .sharing {
      if outgoing.map({ runHours[i] > runHours[$0] }) ?? true { outgoing = i }
    }
    guard let outgoing, let incoming = nextToStart(count), units[incoming].isReady else { return nil }
    return (outgoing, incoming)
  }

  /// The available pump at rest that is ready rather than not, then the one with the fewest hours, then the next in the
  /// ring from the lead.
  @inline(__always)
  func nextToStart(_ count: Int) -> Int? {
    var best: Int?
    for step in 0..<count {
      let i = (working.lead + step) % count
      guard units[i].isAvailable, !isRequested[i], members[i].stage == .resting else { continue }
      guard let other = best else {
        best = i
        continue
      }
      let isBetter =
        units[i].isReady == units[other].isReady
        ? runHours[i] < runHours[other] - PumpGroup.sameHours : units[i].isReady
      if isBetter { best = i }
    }
    return best
  }

  /// The member with the most hours, else the last in the ring; the lead and pumps that others drive last of all.
  @inline(__always)
  func nextToStop(_ count: Int) -> Int? {
    var best: Int?
    for step in 0..<count {
      let i = (working.lead + count - 1 - step) % count
      guard isRequested[i] else { continue }
      guard let other = best else {
        best = i
        continue
      }
      let isKept = i == working.lead || members[i].stage == .forced
      if !isKept && (members[other].stage == .forced || runHours[i] > runHours[other] + PumpGroup.sameHours) {
        best = i
      }
    }
    return best
  }
}
