import CoolingCore
import RowConfig
import RowRuntime
import RowTwin

/// What must hold at every step whatever goes wrong, judged on the plant's truth and on what was really sent, never on
/// the controller's own view.
struct Oracle {
  /// Dead-heading longer than this is one: long enough for valves that open at start.
  static let deadHeadS = 60.0
  /// Less than this share of the design flow, or 20 L/min of a large row, is no flow.
  static let deadHeadShare = 0.1
  /// A plate with less than this share of its design flow under more than a tenth of its rated power is not cooled.
  static let plateFlowMin = 0.15
  /// A row that starts, or changes pumps, may be short of flow for this long.
  static let plateDryS = 15.0
  /// A permit must be gone this long after a chip passed its limit, where nothing else could help.
  static let permitS = 5.0
  static let permitMarginK = 5.0
  /// No single fault may ask a person for more.
  static let alarmsMax = 5

  /// At most one of a kind.
  private(set) var violations: [Violation] = []
  /// Least distance of a chip to its limit, K, among racks that could be saved.
  private(set) var hottestMarginK = Double.infinity
  /// What nobody could have prevented, and why.
  private(set) var beyondSaving: [String] = []
  var isClean: Bool { violations.isEmpty }

  let dt: Double
  private let loaded: LoadedSite
  let settings: Settings
  private let isSingleFault: Bool
  private var faults = PresentFaults()
  private var expected: [Fault: ExpectedAlarms] = [:]
  private(set) var alarms = AlarmJudge()
  private var liveness: Liveness
  private var deadHeadedS = 0.0
  private var dryS: [Double]
  private var hotS: [Double]
  /// The same, of the time in which anybody could know it.
  private var knownHotS: [Double]
  private var isExcused: [Bool]
  private var lastMode = RowMode.starting
  var last: Demand?
  /// Where shafts and stems stood at the last look.
  var lastSpeeds: [Double]
  /// What the daemon that was killed sent last.
  var left: Demand?
  /// No override outlives its daemon: what it held goes back to its law.
  var overriddenUntilS = 0.0
  var lastStems: [Double]
  /// The daemon was started a moment ago and has not driven yet.
  var takesOver = false

  init(row: VirtualRow, plan: TrialPlan) {
    loaded = plan.site
    settings = row.loop.core.settings
    dt = row.loop.core.settings.periodS
    let racks = row.site.racks.units.count
    dryS = Array(repeating: 0, count: racks)
    hotS = Array(repeating: 0, count: racks)
    knownHotS = hotS
    isExcused = Array(repeating: false, count: racks)
    lastSpeeds = row.twin.positions.pumpSpeed
    lastStems = row.twin.positions.rackValve
    isSingleFault = plan.events.count == 1 && plan.events[0].fault != nil
    liveness = Liveness(fromS: Double(plan.quietFromS))
    if plan.settledPercent == nil { alarms.unsettle(untilS: AlarmJudge.unsettledS) }
  }

  /// Looks at the row after a cycle.
  ///
  /// - Parameter isDead: no daemon ran in this cycle; only the plant is looked at.
  mutating func look(_ row: VirtualRow, isDead: Bool = false) {
    let seconds = row.seconds
    let truth = row.twin.truth
    chips(row, truth, seconds)
    plates(row, truth, seconds)
    deadHeading(row, truth, seconds)
    devices(row, seconds)
    guard !isDead else { return }
    hear(row, seconds)
    modes(row, seconds)
    demands(row, seconds)
    if let text = liveness.look(row, atS: seconds, dt: dt), !isUnrefilled(truth) { note(.notBack, seconds, text) }
  }

  // MARK: - What happens to the row

  mutating func begin(_ fault: Fault, _ row: VirtualRow) {
    let atS = row.seconds
    var what = ExpectedAlarms.of(fault, in: loaded)
    let permits = row.loop.core.actuation.demand.permits
    what.isOnTopOfOthers = (0..<settings.rackCount).contains { settings.hasPermit[$0] && !permits[$0] }
    if isOut(what, row) { what.withinS = nil }
    // Nor has a leak where a detector is broken.
    let isBlind = faults.recent(atS: atS).contains { if case .leakCableBroken = $0.fault { true } else { false } }
    if isBlind && what.first.contains(where: { $0.cause == .leakDetected }) { what.withinS = nil }
    expected[fault] = what
    faults.begin(fault, atS: atS)
    alarms.begin(fault, what, atS: atS)
  }
  mutating func end(_ fault: Fault, atS: Double) {
    faults.end(fault, atS: atS)
    alarms.end(fault)
  }
  mutating func endAll(atS: Double) { faults.endAll(atS: atS) }
  mutating func restarted(atS: Double) {
    left = last
    last = nil
    takesOver = true
    alarms.unsettle(untilS: atS + AlarmJudge.unsettledS)
  }
  /// Whoever overrides an actuator answers for the alarms that follow.
  mutating func overridden(untilS: Double) {
    overriddenUntilS = max(overriddenUntilS, untilS)
    alarms.unsettle(untilS: untilS + AlarmJudge.unsettledS)
  }

  mutating func note(_ kind: Violation.Kind, _ seconds: Double, _ detail: @autoclosure () -> String) {
    guard !violations.contains(where: { $0.kind == kind }) else { return }
    violations.append(Violation(kind: kind, seconds: seconds, detail: detail()))
  }
  var hasRecentFaults: Bool { !faults.entries.isEmpty }
}

// MARK: - The plant

extension Oracle {
  private mutating func chips(_ row: VirtualRow, _ truth: PlantTruth, _ seconds: Double) {
    for i in hotS.indices {
      let chip = truth.chipTemperatureC[i]
      let margin = loaded.site.racks.units[i].chipLimitC - chip
      guard margin < 0 || !chip.isFinite else {
        (hotS[i], knownHotS[i]) = (0, 0)
        if !isExcused[i] && margin < hottestMarginK { hottestMarginK = margin }
        continue
      }
      if !chip.isFinite { note(.notFinite, seconds, "rack \(i + 1)") }
      hotS[i] += dt
      knownHotS[i] = isUnheard(i, row) ? 0 : knownHotS[i] + dt
      guard excuse(i, row, seconds) else {
        note(.chipLimit, seconds, "rack \(i + 1) at \(chip) °C")
        hottestMarginK = min(hottestMarginK, margin)
        continue
      }
      // A case temperature that nobody measures is known to some kelvin.
      if settings.hasPermit[i], margin < -Self.permitMarginK, knownHotS[i] > Self.permitS,
        row.loop.core.actuation.demand.permits[i]
      {
        note(.permitKept, seconds, "rack \(i + 1) at \(chip) °C")
      }
    }
  }

  /// Meter and valve are silent while a fault holds them so: nobody could know that no coolant passes it.
  private func isUnheard(_ rack: Int, _ row: VirtualRow) -> Bool {
    let isHeldSilent = faults.entries.contains {
      switch $0.fault {
      case .busDead, .device: $0.endS == nil
      default: false
      }
    }
    guard isHeldSilent else { return false }
    return [InputSlot.rack(rack, .flow), InputSlot.rack(rack, .valvePosition), InputSlot.rack(rack, .chipTemperature)]
      .allSatisfy { row.loop.scan.signals[$0].outcome != .good }
  }

  private mutating func plates(_ row: VirtualRow, _ truth: PlantTruth, _ seconds: Double) {
    for i in dryS.indices {
      if dryS[i] == 0 && hotS[i] == 0 { isExcused[i] = false }
      let rack = loaded.site.racks.units[i]
      let isDry =
        truth.rackFlowLpm[i] < Self.plateFlowMin * rack.designFlowLpm && truth.rackPowerKw[i] > 0.1 * rack.ratedKw
      dryS[i] = isDry ? dryS[i] + dt : 0
      guard dryS[i] > Self.plateDryS, row.loop.core.mode != .starting, seconds > overriddenUntilS + Self.plateDryS,
        !excuse(i, row, seconds)
      else { continue }
      note(.plateDry, seconds, "rack \(i + 1) with \(truth.rackFlowLpm[i]) L/min")
    }
  }

  private mutating func deadHeading(_ row: VirtualRow, _ truth: PlantTruth, _ seconds: Double) {
    guard truth.rowFlowLpm < min(20, Self.deadHeadShare * settings.rejection.designFlow.litresPerMinute) else {
      deadHeadedS = 0
      return
    }
    // Racks that are all shut leave no way out: then the pumps may keep turning as slowly as they are lowered to.
    // One that does not obey is its drive's doing.
    let turns = row.twin.positions.pumpSpeed.indices.contains {
      row.twin.positions.pumpSpeed[$0] > 0.41 && row.loop.core.actuation.demand.pumps[$0].run
    }
    deadHeadedS = turns ? deadHeadedS + dt : 0
    if deadHeadedS > Self.deadHeadS { note(.deadHeaded, seconds, "for more than \(Self.deadHeadS) s") }
  }

  /// Nobody could have saved this rack: said once, and true until it has flow and is cool again.
  private mutating func excuse(_ rack: Int, _ row: VirtualRow, _ seconds: Double) -> Bool {
    if isExcused[rack] { return true }
    guard let why = Survivability.excuse(rack: rack, row: row, faults: faults.recent(atS: seconds)) else {
      return false
    }
    let text = "rack \(rack + 1): \(why)"
    if !beyondSaving.contains(text) { beyondSaving.append(text) }
    isExcused[rack] = true
    return true
  }

  /// What is lost long outlives the leak.
  private func isTrue(_ instance: CauseInstance, _ truth: PlantTruth) -> Bool {
    switch instance.cause {
    // A transmitter may read some percent low.
    case .levelLow: truth.levelPercent < loaded.site.limits.levelLowPercent + 5
    case .levelLowLow, .suctionLost: truth.levelPercent < loaded.site.limits.levelLowLowPercent + 5
    default: false
    }
  }

  /// Lost coolant does not come back by itself, and a row without it need not either.
  private func isUnrefilled(_ truth: PlantTruth) -> Bool { truth.levelPercent < loaded.site.limits.levelLowPercent }
}

// MARK: - Alarms and modes

extension Oracle {
  private mutating func hear(_ row: VirtualRow, _ seconds: Double) {
    let count = row.loop.core.events.count
    for i in 0..<count {
      let event = row.loop.core.events[i]
      guard event.kind == .causeActivated, !event.isHidden, let instance = event.instance else { continue }
      let known = expected
      let stray = alarms.hear(
        instance, atS: seconds, faults: faults.recent(atS: seconds, isAnyLatched: isAnyPumpLatched(row)),
        isTripped: lastMode == .tripped || row.loop.core.mode == .tripped, isCooling: row.loop.core.mode.isCooling,
        expected: { known[$0] ?? ExpectedAlarms() })
      if let stray, !isTrue(stray, row.twin.truth) { note(.alarmWithoutCause, seconds, Self.name(stray)) }
      if isSingleFault { single(instance, seconds) }
    }
    if row.loop.core.mode == .tripped || row.loop.core.mode == .off { alarms.forgive() }
    let missing = alarms.overdue(atS: seconds) { row.loop.core.interlocks.isActive($0.cause, $0.index) }
    guard let missing, isHeard(seconds), expected[missing].map({ isOut($0, row) }) != true else { return }
    note(.alarmMissing, seconds, "\(missing)")
  }

  /// A rack that is out of the row has nothing to show a fault by.
  private func isOut(_ what: ExpectedAlarms, _ row: VirtualRow) -> Bool {
    what.first.contains { pattern in
      pattern.cause.scope == .rack && pattern.index.map { row.loop.core.isolation.racks[$0] } == true
    }
  }

  private func isAnyPumpLatched(_ row: VirtualRow) -> Bool {
    (0..<settings.pumpCount).contains {
      row.loop.core.interlocks.isActive(.pumpNotRunning, $0) || row.loop.core.interlocks.isActive(.pumpFault, $0)
    }
  }

  private mutating func single(_ instance: CauseInstance, _ seconds: Double) {
    if alarms.raised.count == 1, let only = expected.values.first, !only.first.contains(where: { $0.matches(instance) })
    {
      note(.wrongAlarmFirst, seconds, Self.name(instance))
    }
    if alarms.raised.count > Self.alarmsMax { note(.alarmFlood, seconds, "more than \(Self.alarmsMax)") }
  }

  /// A device that is silent has told nothing of what is wrong behind it, and is said itself.
  private func isHeard(_ seconds: Double) -> Bool {
    !faults.recent(atS: seconds).contains { entry in
      switch entry.fault {
      case .device, .deviceReset, .deviceLosesWrites, .deviceSwappedWords, .busDead, .busFlaky:
        faults.entries.count > 1
      default: false
      }
    }
  }

  private mutating func modes(_ row: VirtualRow, _ seconds: Double) {
    let mode = row.loop.core.mode
    defer { lastMode = mode }
    // The heat of a row that stood still comes out when it starts again.
    if lastMode == .tripped, mode != .tripped { alarms.unsettle(untilS: seconds + PresentFaults.aftermathS) }
    guard mode == .tripped, lastMode != .tripped else { return }
    var stops: [CauseInstance] = []
    row.loop.core.interlocks.forEach(settings) { cause, index, state in
      // Every rack isolated leaves the pumps nothing to do either.
      guard state.isActive, CauseAndEffect.definition(of: cause).effect >= .isolateRack else { return }
      stops.append(CauseInstance(cause: cause, index: index))
    }
    if stops.isEmpty || row.loop.core.interlocks.firstOut == nil { note(.tripWithoutCause, seconds, "\(stops)") }
    let recent = faults.recent(atS: seconds)
    let isEvident = faults.entries.contains { entry in
      switch entry.fault {
      // Nobody fills up what has leaked.
      case .rackLeak, .coilLeak, .rowLeak: true
      case .leakWet, .emergencyStop, .permissiveLost: recent.contains { $0.fault == entry.fault }
      default: false
      }
    }
    if !isEvident { note(.tripWithoutEvidence, seconds, stops.map(Self.name).joined(separator: ", ")) }
  }

  static func name(_ instance: CauseInstance) -> String {
    let id = "\(CauseAndEffect.definition(of: instance.cause).id)"
    return instance.cause.scope == .row ? id : "\(id) \(instance.index + 1)"
  }
}
