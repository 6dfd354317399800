import CoolingCore
import FoundationEssentials
import RowAPI

/// What a restart must not forget, as the state file has it. Causes go by their name and subject, pumps, racks and
/// coils by theirs, so that a later release may order them anew. A field that a file lacks is nil and restores nothing,
/// so that fields may be added; what this program does not know is said and left out.
struct RetainedState: Codable, Sendable, Equatable {
  /// nil: the row cools.
  var mode: Mode?
  var modeReason: String?
  /// The operator's supply setpoint, where it is not the site file's.
  var supplySetpointC: Double?
  /// To five kPa: the most-open-valve reset moves it all the time, and goes on from there.
  var dpSetpointKpa: Double?
  /// By pump, to a tenth of an hour.
  var pumpHours: [String: Double]?
  /// Racks and coils that are out of the row, and racks without a permit.
  var isolated: [String]?
  var withheld: [String]?
  var causes: [KeptCause]?

  /// A cause that has something to be remembered.
  struct KeptCause: Codable, Sendable, Equatable {
    var id: String
    var subject: String?
    var latched: Bool?
    var firstOut: Bool?
    var unacknowledged: Bool?
    var acknowledged: Bool?
    var outOfService: Bool?
    /// Wall time at which a shelved alarm is shown again, ms since 1970, rounded up to a minute: written once.
    var shelvedUntilMs: Int64?
    var value: Double?
    var limit: Double?

    var name: String { id + (subject.map { " \($0)" } ?? "") }

    private enum CodingKeys: String, CodingKey {
      case id, subject, latched
      case firstOut = "first_out"
      case unacknowledged, acknowledged
      case outOfService = "out_of_service"
      case shelvedUntilMs = "shelved_until_ms"
      case value, limit
    }
  }

  private enum CodingKeys: String, CodingKey {
    case mode
    case modeReason = "mode_reason"
    case supplySetpointC = "supply_setpoint_c"
    case dpSetpointKpa = "dp_setpoint_kpa"
    case pumpHours = "pump_hours"
    case isolated, withheld, causes
  }

  init(mode: Mode? = nil) { self.mode = mode }

  /// What there is to be remembered of the row now.
  ///
  /// - Parameter nowMs: wall time, ms since 1970.
  init(_ core: ControlCycle, nowMs: Int64) {
    let kept = core.retained
    let settings = core.settings
    mode = kept.mode?.wire(isOverridden: false)
    modeReason = kept.mode == nil ? nil : "\(kept.reason)"
    let supply = kept.supplySetpoint.celsius
    supplySetpointC = supply == settings.supply.setpoint.celsius ? nil : supply
    dpSetpointKpa = kept.dpSetpoint.map { ($0.kilopascals / 5).rounded() * 5 }
    for i in 0..<settings.pumpCount where kept.pumpHours[i] >= 0.1 {
      pumpHours = pumpHours ?? [:]
      pumpHours?["pump.\(i + 1)"] = kept.pumpHours[i].rounded(toPlaces: 1)
    }
    let racks = (0..<settings.rackCount).filter { kept.isolatedRacks[$0] }.map { "rack.\($0 + 1)" }
    let coils = (0..<settings.fanCount).filter { kept.isolatedCoils[$0] }.map { "fan.\($0 + 1)" }
    isolated = racks.isEmpty && coils.isEmpty ? nil : racks + coils
    let without = (0..<settings.rackCount).filter { kept.withheldPermits[$0] }.map { "rack.\($0 + 1)" }
    withheld = without.isEmpty ? nil : without
    causes = Self.causes(core, kept, nowMs)
  }

  private static func causes(_ core: ControlCycle, _ kept: ControlCycle.Retained, _ nowMs: Int64) -> [KeptCause]? {
    var found: [KeptCause] = []
    core.interlocks.forEach(core.settings) { cause, index, _ in
      let state = kept.causes[core.interlocks.slot(cause, index)]
      guard state != RetainedCause() else { return }
      let instance = CauseInstance(cause: cause, index: index)
      var entry = KeptCause(id: CauseAndEffect.definition(of: cause).id.description, subject: instance.subject)
      entry.latched = state.isLatched ? true : nil
      entry.firstOut = state.isFirstOut ? true : nil
      entry.unacknowledged = state.isUnacknowledged ? true : nil
      entry.acknowledged = state.isAcknowledged ? true : nil
      entry.outOfService = state.isOutOfService ? true : nil
      if state.shelvedS > 0 { entry.shelvedUntilMs = (nowMs + Int64(state.shelvedS * 1000)) / 60_000 * 60_000 + 60_000 }
      if state.isLatched && state.value.isFinite { entry.value = state.value }
      if state.isLatched && state.limit.isFinite { entry.limit = state.limit }
      found.append(entry)
    }
    return found.isEmpty ? nil : found
  }

  /// As the core takes it, and what this program does not know of it.
  func retained(for core: ControlCycle, nowMs: Int64) -> (kept: ControlCycle.Retained, unknown: [String]) {
    var kept = core.retained
    var unknown: [String] = []
    let settings = core.settings
    switch mode {
    case .off?: kept.mode = .off
    case .standby?: kept.mode = .standby
    case .shutdown?: kept.mode = .shutdown
    case .tripped?: kept.mode = .tripped
    case .starting?, .auto?, .manual?, nil: kept.mode = nil
    }
    if let modeReason {
      let reasons = (UInt8.min...UInt8.max).compactMap(ModeReason.init(rawValue:))
      if let reason = reasons.first(where: { "\($0)" == modeReason }) {
        kept.reason = reason
      } else {
        unknown.append(modeReason)
      }
    }
    if let supplySetpointC { kept.supplySetpoint.celsius = supplySetpointC }
    kept.dpSetpoint = dpSetpointKpa.map { Pressure(kilopascals: $0) }
    for (name, hours) in pumpHours ?? [:] {
      guard let i = Self.index("pump", name, settings.pumpCount) else {
        unknown.append(name)
        continue
      }
      kept.pumpHours[i] = hours
    }
    kept.withheldPermits = .init(repeating: false)
    for name in withheld ?? [] {
      guard let i = Self.index("rack", name, settings.rackCount) else {
        unknown.append(name)
        continue
      }
      kept.withheldPermits[i] = true
    }
    for name in isolated ?? [] {
      if let i = Self.index("rack", name, settings.rackCount) {
        kept.isolatedRacks[i] = true
      } else if let i = Self.index("fan", name, settings.fanCount) {
        kept.isolatedCoils[i] = true
      } else {
        unknown.append(name)
      }
    }
    restoreCauses(&kept, core, nowMs, &unknown)
    return (kept, unknown)
  }

  private func restoreCauses(
    _ kept: inout ControlCycle.Retained, _ core: ControlCycle, _ nowMs: Int64, _ unknown: inout [String]
  ) {
    var slots: [String: (slot: Int, shelfMaxS: Double)] = [:]
    core.interlocks.forEach(core.settings) { cause, index, _ in
      let shelfMaxS = AlarmDefinition.shelfMaxS(CauseAndEffect.definition(of: cause).priority)
      slots[CauseInstance(cause: cause, index: index).text] = (core.interlocks.slot(cause, index), shelfMaxS)
    }
    for entry in causes ?? [] {
      guard let (slot, shelfMaxS) = slots[entry.name] else {
        unknown.append(entry.name)
        continue
      }
      var state = RetainedCause()
      state.isLatched = entry.latched ?? false
      state.isFirstOut = entry.firstOut ?? false
      state.isUnacknowledged = entry.unacknowledged ?? false
      state.isAcknowledged = entry.acknowledged ?? false
      state.isOutOfService = entry.outOfService ?? false
      let leftS = entry.shelvedUntilMs.map { (Double($0) - Double(nowMs)) / 1000 } ?? 0
      state.shelvedS = min(max(0, leftS), shelfMaxS)
      (state.value, state.limit) = (entry.value ?? 0, entry.limit ?? 0)
      kept.causes[slot] = state
    }
  }

  /// Index of `pump.2` among `count` pumps.
  private static func index(_ kind: String, _ name: String, _ count: Int) -> Int? {
    (0..<count).first { "\(kind).\($0 + 1)" == name }
  }

  /// nil where the bytes are no such state.
  init?(_ bytes: [UInt8]) {
    // ignoring: what cannot be decoded is said by the caller.
    guard let state = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = state
  }

  /// nil where a number is not finite, which no state of the core is.
  var bytes: [UInt8]? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // ignoring: nothing is kept then, and the generation on the disk stays.
    guard let data = try? encoder.encode(self) else { return nil }
    return Array(data)
  }
}
