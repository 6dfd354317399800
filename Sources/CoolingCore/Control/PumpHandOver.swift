/// How a pump comes into the group and leaves it while the row's flow is held.
///
/// A full member has share 1 and runs at the group's speed S. Behind a check valve a pump at share w of that flow, w·q
/// against the common head H, needs the speed n with H₀·n² = H + a·(w·q)². Shares that go from pump to pump while their
/// sum stays leave H and q, and so S, where they are; where the sum changes, S is moved beforehand to the speed where
/// the curve carries the row's flow with the new sum, and the group's PID corrects what the curve does not know.
extension PumpGroup {
  /// How a pump takes part.
  struct Member {
    enum Stage {
      case resting
      /// Runs just too slowly to open its check valve, until its drive is there.
      case approaching
      /// Flow is missing: goes to the group's speed at once, and counts by what its measured speed delivers.
      case starting
      /// Carries `share` of a full member's flow.
      case sharing
      /// An operator, or somebody at the drive, set its speed; it counts by what that delivers.
      case forced
      /// Left running by a drive that says nothing; it does not count, and others do its work.
      case silent
    }
    var stage = Stage.resting
    var share = 0.0
    var waitedS = 0.0
    /// Speed by which it counted in the last cycle without being a sharing member, percent.
    var countedSpeed = 0.0

    /// What it has delivered on its way is taken over with it.
    mutating func join(share: Double) {
      self = Member(stage: .sharing, share: share, countedSpeed: countedSpeed)
    }
  }

  /// Duty of the group in the last cycle.
  struct Duty {
    var head = Pressure(kilopascals: 0)
    /// Flow of a full member.
    var each = Flow(litresPerMinute: 0)
    var rowFlow: Flow?
    var shares = 0.0
  }

  /// Shares swap in this time: slow against the dP loop (some 15 s to correct what the curve does not know), short
  /// enough that two pumps at part flow are not a mode of operation.
  static let swapS = 30.0
  /// Approach at this share of the zero-flow speed: a worn pump may differ from its curve by 2 %.
  static let approachSpeed = 0.97
  /// A speed counts as reached within this, percent.
  static let arrivedWithin = 3.0
  /// Full members read alike within this, percent: between the speeds of no flow and of a full share lie few percent.
  static let alikeWithin = 1.0
  /// A drive that says it runs is at its speed after this long, if it does not say its speed.
  static let unseenRampS = 15.0
  /// After this long a pump that does not arrive is taken as one that will not: a start handshake and a slow ramp.
  static let arriveMaxS = 30.0

  @inline(__always)
  func isSettled(_ count: Int) -> Bool {
    for i in 0..<count {
      switch members[i].stage {
      case .resting, .forced, .silent: continue
      case .approaching, .starting: return false
      case .sharing: if members[i].share < 1 || !isRequested[i] { return false }
      }
    }
    return true
  }

  @inline(__always)
  func hasForced(_ count: Int) -> Bool {
    for i in 0..<count where members[i].stage == .forced { return true }
    return false
  }

  /// What others have done to the pumps since the last cycle. Whatever it is, a hand-over under way ends on the safe
  /// side.
  ///
  /// - Returns: whether flow was lost with a pump.
  mutating func noteOthers(_ inputs: Inputs, _ settings: Settings.Pumps) -> Bool {
    let wasSettled = isSettled(inputs.count)
    var isFlowLost = false
    var isDisturbed = !inputs.isFlowHeld
    for i in 0..<inputs.count {
      let before = members[i].stage
      if units[i].isForced {
        if before != .forced { isDisturbed = true }
        members[i].stage = .forced
      } else if !units[i].isAvailable {
        if before == .sharing || before == .starting || (before == .forced && isRequested[i]) { isFlowLost = true }
        if before != .resting && before != .silent { isDisturbed = true }
        members[i] = Member(stage: units[i].isLeftRunning ? .silent : .resting)
      } else if before == .forced || before == .silent {
        if before == .silent && units[i].isRunning { isRequested[i] = true }
        release(i, inputs, settings)
      }
    }
    if !wasSettled && (isDisturbed || isFlowLost) { abort(inputs.count) }
    return isFlowLost
  }

  /// The pump goes on from the speed it has, as a member that carries what it delivers.
  private mutating func release(_ i: Int, _ inputs: Inputs, _ settings: Settings.Pumps) {
    members[i] = Member(stage: .resting)
    guard units[i].isRunning else { return }
    members[i] = Member(stage: .sharing, share: 1)
    guard let speed = units[i].speed, let flow = inputs.rowFlow.value else { return }
    let isFaster = speed > pid.working.output + PumpGroup.arrivedWithin
    if duty.shares == 0 || isFaster {
      // No pump was ours, or none as fast: the fastest is the measure.
      var speeds: PerPump<Double> = .init(repeating: 0)
      var highest = 0.0
      for i in 0..<inputs.count where units[i].isRunning {
        speeds[i] = units[i].speed ?? 0
        highest = max(highest, speeds[i])
      }
      duty.head = settings.curve.head(speeds: speeds, total: flow)
      duty.each = settings.curve.flow(head: duty.head, speed: highest)
    }
    count(i, speed, settings)
    guard isFaster else { return }
    // The group goes on from this pump; what the others carry against it is what their speeds say.
    pid.reset(to: speed)
    for other in 0..<inputs.count where other != i && members[other].stage == .sharing {
      count(other, units[other].speed ?? 0, settings)
    }
  }

  /// A pump at this speed carries this share; one too slow to open its check valve is only on its way.
  private mutating func count(_ i: Int, _ speed: Double, _ settings: Settings.Pumps) {
    let own = settings.curve.flow(head: duty.head, speed: speed).litresPerMinute
    let full = duty.each.litresPerMinute
    if own < full { members[i].share = own / full }
    if own == 0 { members[i] = Member(stage: .approaching) }
  }

  /// The safe end of a hand-over: every pump that takes part in it runs, at the group's speed.
  mutating func abort(_ count: Int) {
    var requested = 0
    for i in 0..<count {
      if units[i].isAvailable {
        switch members[i].stage {
        case .resting, .forced, .silent, .starting: break
        case .approaching: members[i] = Member(stage: .starting)
        case .sharing:
          members[i].share = 1
          isRequested[i] = true
        }
      }
      if isRequested[i] && units[i].isAvailable { requested += 1 }
    }
    working.wanted = max(working.wanted, requested)
    sinceStageS = 0
  }

  /// Moves pumps towards where they are wanted.
  mutating func handOver(_ inputs: Inputs, isFlowLost: Bool, _ settings: Settings.Pumps, _ dt: Double) {
    if inputs.fixedSpeed != nil {
      for i in 0..<inputs.count where members[i].stage != .forced && members[i].stage != .silent {
        members[i] = isRequested[i] ? Member(stage: .sharing, share: 1) : Member()
      }
      return
    }
    let mayApproach = inputs.isFlowHeld && !isFlowLost && duty.shares > 0
    var isWaiting = false
    for i in 0..<inputs.count {
      switch members[i].stage {
      case .resting:
        guard isRequested[i] else { continue }
        members[i] = Member(stage: mayApproach ? .approaching : .starting)
      case .approaching, .starting:
        guard isRequested[i] else {
          members[i] = Member()
          continue
        }
        members[i].waitedS += dt
        arrive(i, inputs, settings)
      case .sharing, .forced, .silent: continue
      }
      if members[i].stage == .approaching { isWaiting = true }
    }
    for i in 0..<inputs.count where members[i].stage == .sharing {
      if isRequested[i] {
        members[i].share = min(1, members[i].share + dt / PumpGroup.swapS)
      } else if !isWaiting {
        members[i].share -= dt / PumpGroup.swapS
        if members[i].share <= 0 { members[i] = Member() }
      }
    }
  }

  @inline(__always)
  private mutating func arrive(_ i: Int, _ inputs: Inputs, _ settings: Settings.Pumps) {
    let isApproach = members[i].stage == .approaching
    if members[i].waitedS > PumpGroup.arriveMaxS {
      if isApproach { abort(inputs.count) } else { members[i].join(share: 1) }
      return
    }
    guard units[i].isRunning else { return }
    let target = memberSpeed(members[i], groupSpeed: pid.working.output, settings)
    let isThere = units[i].speed.map { $0 > target - PumpGroup.arrivedWithin }
    guard isThere ?? (members[i].waitedS > PumpGroup.unseenRampS) else { return }
    members[i].join(share: isApproach ? 0 : 1)
  }

  /// Speed of a member, percent.
  @inline(__always)
  func memberSpeed(_ member: Member, groupSpeed: Double, _ settings: Settings.Pumps) -> Double {
    guard member.stage == .approaching || (member.stage == .sharing && member.share < 1) else { return groupSpeed }
    let curve = settings.curve
    let head = curve.head(speed: groupSpeed, flow: duty.each)
    let own = Flow(litresPerMinute: member.share * duty.each.litresPerMinute)
    let speed = min(groupSpeed, curve.speed(head: head, flow: own))
    return member.stage == .approaching ? speed * PumpGroup.approachSpeed : speed
  }

  /// When the sum of shares changes, or the speed of a pump that others drive, the members go at once to the speed at
  /// which their curve says they carry the rest of the row's flow against the same head; the loop goes on from there.
  mutating func rerate(_ inputs: Inputs, _ settings: Settings.Pumps) {
    let curve = settings.curve
    var shares = 0.0
    var foreignBefore = 0.0
    var foreign = 0.0
    for i in 0..<inputs.count {
      if members[i].stage == .sharing { shares += members[i].share }
      let isCounted = members[i].stage == .forced || members[i].stage == .starting
      let speed = isCounted && units[i].isRunning ? units[i].speed ?? units[i].override ?? 0 : 0
      if duty.head.kilopascals > 0 {
        foreignBefore += curve.flow(head: duty.head, speed: members[i].countedSpeed).litresPerMinute
        foreign += curve.flow(head: duty.head, speed: speed).litresPerMinute
      }
      members[i].countedSpeed = speed
    }
    // A pump that was lost takes flow with it before its drive says so: what counts is the flow of the cycle before.
    let flow = duty.rowFlow ?? inputs.rowFlow.value
    let sharesBefore = duty.shares
    duty.rowFlow = inputs.rowFlow.value
    duty.shares = shares
    guard let flow, shares > 0 else { return }
    let speed = inputs.fixedSpeed ?? pid.working.output
    let own = max(0, flow.litresPerMinute - foreignBefore)
    let isNew = sharesBefore == 0 || inputs.fixedSpeed != nil
    let before = Flow(litresPerMinute: own / (isNew ? shares : sharesBefore))
    let after = Flow(litresPerMinute: isNew ? before.litresPerMinute : max(0, own + foreignBefore - foreign) / shares)
    duty.head = curve.head(speed: speed, flow: before)
    duty.each = after
    guard after.litresPerMinute != before.litresPerMinute else { return }
    let needed = curve.speed(head: duty.head, flow: after).clamped(settings.speedMin, settings.speedMax)
    pid.shift(by: needed - speed)
  }
}
