/// The states of all causes, cycle by cycle: on- and off-delay, latch, first-out, and the alarm that goes with each.
public struct Interlocks: Sendable {
  /// Row causes 33, pumps 6·4, racks 9·32, fans 5·16, leak detectors 2·56, buses 32.
  public static let count = 569
  public private(set) var states: InlineArray<569, InterlockState> = .init(repeating: InterlockState())
  /// What the active causes demand together.
  public private(set) var effects = EffectsInForce()
  /// The first interlock of the present disturbance; nil while none is active.
  public private(set) var firstOut: CauseInstance?
  private var offsets: InlineArray<56, Int> = .init(repeating: 0)
  /// By the cause's raw value.
  private(set) var actions: InlineArray<56, CauseAction> = .init(repeating: CauseAction())
  /// `isActive` of every state once more: whoever asks for one then copies half a kilobyte instead of all states.
  private var active: InlineArray<569, Bool> = .init(repeating: false)
  /// `isAtRest` of every state once more: most are, and a cycle then leaves them alone.
  private var resting: InlineArray<569, Bool> = .init(repeating: false)

  public init() {
    var offset = 0
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      offsets[raw] = offset
      actions[raw] = CauseAction(CauseAndEffect.definition(of: cause))
      offset += cause.capacity
    }
    assert(offset == Interlocks.count)
  }

  @inline(__always)
  public func slot(_ cause: Cause, _ index: Int = 0) -> Int { offsets[Int(cause.rawValue)] + index }
  @inline(__always)
  public func isActive(_ cause: Cause, _ index: Int = 0) -> Bool { active[slot(cause, index)] }

  /// Visits every cause the row can have, in table order.
  public func forEach(_ settings: Settings, _ body: (Cause, Int, InterlockState) -> Void) {
    let (states, offsets) = (states.span, offsets.span)
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      for index in 0..<settings.size.number(of: cause.scope) { body(cause, index, states[offsets[raw] + index]) }
    }
  }

  /// Evaluates one cause of one thing. Changes are reported as events.
  mutating func evaluate(
    _ cause: Cause, _ index: Int, _ condition: Condition, _ action: CauseAction, dt: Double,
    events: inout EventLog
  ) {
    let slot = offsets[Int(cause.rawValue)] + index
    if resting[slot] && !condition.isMet && !condition.isSuppressed { return }
    let instance = CauseInstance(cause: cause, index: index)
    if states[slot].bypassRemainingS > 0, states[slot].stepBypass(dt: dt) {
      events.add(.bypassEnded, instance, value: 0, limit: 0)
    }
    let change = states[slot].step(condition, action, dt: dt)
    let alarmChange = states[slot].stepAlarm(isSuppressed: condition.isSuppressed, dt: dt)
    active[slot] = states[slot].isActive
    resting[slot] = states[slot].isAtRest
    if active[slot] { effects.add(action.effect, cause, index) }
    switch change {
    case .none: break
    case .activated:
      if firstOut == nil && action.effect.isOfRow {
        firstOut = instance
        states[slot].isFirstOut = true
      }
      events.add(
        .causeActivated, instance, value: states[slot].value, limit: states[slot].limit,
        isHidden: states[slot].alarm.state.isHidden)
    case .cleared:
      events.add(
        .causeCleared, instance, value: condition.value, limit: condition.limit,
        isHidden: states[slot].alarm.state.isHidden)
    }
    switch alarmChange {
    case .none: break
    case .chattering: events.add(.alarmChattering, instance, value: 0, limit: 0)
    case .shelfExpired: events.add(.alarmUnshelved, instance, value: 0, limit: 0)
    }
  }

  /// Before the causes of a cycle are evaluated, and after.
  mutating func begin() { effects = EffectsInForce() }
  mutating func end(isTripped: Bool) {
    if !effects.isInterlocked && !isTripped { firstOut = nil }
  }

  /// The row stops though no cause of the row is active: every rack is out of it. One of theirs stands for them.
  mutating func noteStop(_ size: RowSize) {
    guard firstOut == nil else { return }
    for raw in 0..<Cause.count where actions[raw].effect == .isolateRack {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      for index in 0..<size.number(of: cause.scope) where firstOut == nil && isActive(cause, index) {
        firstOut = CauseInstance(cause: cause, index: index)
        states[slot(cause, index)].isFirstOut = true
      }
    }
  }

  /// - Returns: how many alarms were acknowledged.
  mutating func acknowledge(_ instance: CauseInstance?, _ size: RowSize) -> Int {
    var acknowledged = 0
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      for index in 0..<size.number(of: cause.scope) {
        guard instance == nil || instance == CauseInstance(cause: cause, index: index) else { continue }
        if states[offsets[raw] + index].alarm.acknowledge() { acknowledged += 1 }
      }
    }
    return acknowledged
  }

  mutating func shelve(_ instance: CauseInstance, forS seconds: Double) {
    let slot = slot(instance.cause, instance.index)
    states[slot].alarm.shelve(forS: seconds)
    resting[slot] = false
  }

  /// - Returns: false where it was not shelved.
  mutating func unshelve(_ instance: CauseInstance) -> Bool {
    let slot = slot(instance.cause, instance.index)
    guard states[slot].alarm.shelvedS > 0 else { return false }
    states[slot].alarm.unshelve()
    return true
  }

  mutating func setOutOfService(_ instance: CauseInstance, _ isOut: Bool) {
    states[slot(instance.cause, instance.index)].alarm.setOutOfService(isOut)
  }

  /// What came of a reset.
  struct ResetResult {
    var released = 0
    /// Latches whose condition still holds; and those among them that keep the pumps stopped.
    var held = 0
    var heldStops = 0
  }

  /// Releases the latch of one cause, or every one, whose condition has gone.
  mutating func reset(_ instance: CauseInstance?, _ size: RowSize, events: inout EventLog) -> ResetResult {
    var result = ResetResult()
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      let isStop = CauseAndEffect.definition(of: cause).effect >= .isolateRow
      for index in 0..<size.number(of: cause.scope) {
        let slot = offsets[raw] + index
        let found = CauseInstance(cause: cause, index: index)
        guard states[slot].isLatched else { continue }
        guard instance == nil || instance == found, states[slot].reset() else {
          if instance == nil || instance == found { result.held += 1 }
          if isStop { result.heldStops += 1 }
          continue
        }
        result.released += 1
        active[slot] = states[slot].isActive
        events.add(.causeCleared, found, value: states[slot].value, limit: states[slot].limit)
      }
    }
    return result
  }

  /// As it was before a restart: what had latched acts from the first cycle on.
  mutating func restore(_ kept: Span<RetainedCause>, _ size: RowSize) {
    // Where the one that began it has gone, the first that still holds stands for it.
    var standsFor: CauseInstance?
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      let latches = CauseAndEffect.definition(of: cause).latches
      for index in 0..<size.number(of: cause.scope) {
        let slot = offsets[raw] + index
        var found = kept[slot]
        if !latches { found.isLatched = false }
        states[slot].restore(found)
        active[slot] = states[slot].isActive
        let instance = CauseInstance(cause: cause, index: index)
        if states[slot].isFirstOut { firstOut = instance }
        let isOfRow = CauseAndEffect.definition(of: cause).effect.isOfRow
        if states[slot].isActive, isOfRow, standsFor == nil { standsFor = instance }
      }
    }
    firstOut = firstOut ?? standsFor
  }

  /// Puts a cause out of service for a time; 0 puts it back.
  mutating func bypass(_ instance: CauseInstance, forS seconds: Double) {
    let slot = slot(instance.cause, instance.index)
    states[slot].bypass(forS: seconds)
    resting[slot] = false
  }
}

/// What the active causes demand together, in rising rank.
public struct EffectsInForce: Sendable {
  public fileprivate(set) var excludesPump: PerPump<Bool> = .init(repeating: false)
  public fileprivate(set) var opensRackValve: PerRack<Bool> = .init(repeating: false)
  public fileprivate(set) var opensRackValves = false
  public fileprivate(set) var isRejectionSafe = false
  public fileprivate(set) var arePumpsSafe = false
  public fileprivate(set) var isCoolingMaximum = false
  public fileprivate(set) var withdrawsPermit: PerRack<Bool> = .init(repeating: false)
  public fileprivate(set) var withdrawsPermits = false
  public fileprivate(set) var shutsDown = false
  public fileprivate(set) var isolatesCoil: PerFan<Bool> = .init(repeating: false)
  public fileprivate(set) var isolatesRack: PerRack<Bool> = .init(repeating: false)
  public fileprivate(set) var isolatesRow = false
  public fileprivate(set) var stopsPumps = false

  /// The row as a whole is not under control of its laws.
  var isInterlocked: Bool { isRejectionSafe || arePumpsSafe || isCoolingMaximum || withdrawsPermits || stopsPumps }

  @inline(__always)
  fileprivate mutating func add(_ effect: Effect, _ cause: Cause, _ index: Int) {
    switch effect {
    case .alarmOnly: break
    case .excludePump: excludesPump[index] = true
    case .openRackValve: opensRackValve[index] = true
    case .openRackValves: opensRackValves = true
    case .safeRejection: isRejectionSafe = true
    case .safePumps: arePumpsSafe = true
    case .maximumCooling: isCoolingMaximum = true
    case .withdrawPermit: withdrawsPermit[index] = true
    case .withdrawPermits: withdrawsPermits = true
    case .shutDown:
      withdrawsPermits = true
      shutsDown = true
    case .isolateCoil: isolatesCoil[index] = true
    case .isolateRack:
      withdrawsPermit[index] = true
      isolatesRack[index] = true
    case .isolateRow:
      withdrawsPermits = true
      isolatesRow = true
    case .stopPumps:
      withdrawsPermits = true
      stopsPumps = true
    }
  }
}

/// A cause and the thing it is about (pump 2, rack 5); index 0 for the row itself.
public struct CauseInstance: Sendable, Equatable {
  public var cause: Cause
  public var index: Int
  public init(cause: Cause, index: Int) {
    self.cause = cause
    self.index = index
  }
}

/// One cause's interlock, and the alarm that goes with it.
public struct InterlockState: Sendable {
  public private(set) var isActive = false
  public private(set) var isLatched = false
  /// It began the present disturbance.
  public fileprivate(set) var isFirstOut = false
  public fileprivate(set) var alarm = CauseAlarm()
  /// Seconds since it became active last; at rest it stands still.
  public private(set) var sinceS = 0.0
  /// Evidence at the moment it became active.
  public private(set) var value = 0.0
  public private(set) var limit = 0.0
  /// Out of service by command for this long; its condition counts as not met.
  public private(set) var bypassRemainingS = 0.0
  private var timerS = 0.0
  private var isConditionMet = false

  /// Without its condition, nothing of it changes as time passes.
  var isAtRest: Bool { !isActive && timerS == 0 && bypassRemainingS == 0 && alarm.isAtRest }

  enum Change { case none, activated, cleared }

  mutating func step(_ found: Condition, _ action: CauseAction, dt: Double) -> Change {
    sinceS += dt
    let condition = bypassRemainingS > 0 ? Condition(false) : found
    isConditionMet = condition.isMet || !condition.isKnown
    if condition.isMet == isActive || (isActive && !condition.isKnown) {
      timerS = 0
      return .none
    }
    timerS += dt
    if !isActive {
      guard timerS > action.onDelayS else { return .none }
      activate(condition, action)
      return .activated
    }
    // A chattering cause is held for as long as makes it chatter: fewer alarms, and the interlock on the safe side.
    let offDelayS = alarm.isChattering ? max(action.offDelayS, CauseAlarm.chatterS) : action.offDelayS
    guard timerS > offDelayS, !isLatched else { return .none }
    clear()
    return .cleared
  }

  mutating func bypass(forS seconds: Double) { bypassRemainingS = seconds }

  /// - Returns: whether the bypass has just ended.
  mutating func stepBypass(dt: Double) -> Bool {
    bypassRemainingS = max(0, bypassRemainingS - dt)
    return bypassRemainingS == 0
  }

  mutating func stepAlarm(isSuppressed: Bool, dt: Double) -> CauseAlarm.Change {
    alarm.step(isActive: isActive, isMet: isConditionMet, isSuppressed: isSuppressed, dt: dt)
  }

  /// - Returns: false where its condition still holds, or cannot be known.
  mutating func reset() -> Bool {
    guard !isConditionMet else { return false }
    clear()
    return true
  }

  /// What a restart must not forget.
  var retained: RetainedCause {
    var kept = RetainedCause()
    kept.isLatched = isLatched
    kept.isFirstOut = isLatched && isFirstOut
    if isLatched { (kept.value, kept.limit) = (value, limit) }
    alarm.retain(&kept)
    return kept
  }

  fileprivate mutating func restore(_ kept: RetainedCause) {
    isLatched = kept.isLatched
    isActive = isLatched
    isFirstOut = isLatched && kept.isFirstOut
    if isLatched { (value, limit) = (kept.value, kept.limit) }
    alarm.restore(kept, isRaised: isLatched)
  }

  private mutating func activate(_ condition: Condition, _ action: CauseAction) {
    isActive = true
    isLatched = action.latches
    value = condition.value
    limit = condition.limit
    sinceS = 0
    timerS = 0
  }

  private mutating func clear() {
    isActive = false
    isLatched = false
    isFirstOut = false
    timerS = 0
  }
}
