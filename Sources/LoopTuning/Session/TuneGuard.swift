import RowAPI
import RowConfig

/// What must hold before a step, and all through it. Bands are about where the row stood when it was taken in hand;
/// they lie well inside the daemon's own limits, whose interlocks outrank every override anyway.
struct TuneGuard: Sendable {
  /// A chip may get this much hotter, and stays this much below its limit, K.
  static let chipRise = 4.0
  static let chipReserve = 3.0
  /// No rack gets less than this share of the flow it had, or wants, whichever is less.
  static let flowShare = 0.8
  /// A rack whose power changes by this share of its rating has another load than the one that was there.
  static let powerShare = 0.1
  /// Supply stays this far below its high alarm and above the dew point, K.
  static let supplyReserve = 0.5
  static let dewPointReserve = 1.0

  let loop: TunedLoop
  let site: Site
  private let start: RowState
  private let known: Set<[String]>

  init(_ loop: TunedLoop, _ site: Site, start: RowState) {
    self.loop = loop
    self.site = site
    self.start = start
    known = Set(start.alarms.filter(Self.isActive).map(Self.key))
  }

  /// Why the row is not to be touched now; nil: nothing stands against it.
  static func refusal(_ loop: TunedLoop, _ state: RowState, step: Double) -> String? {
    guard state.mode == .auto else {
      return "the row is in \(state.mode.rawValue), not in auto with nothing overridden"
    }
    guard state.control.layer == "pid" else {
      return "\(state.control.layer) moves the setpoints: irhxctl control mode pid first"
    }
    if state.handingOver { return "a pump is on its way into the group or out of it" }
    let pressing = state.alarms.first { alarm in
      alarm.firstOut || alarm.priority != .low && isActive(alarm)
    }
    if let pressing { return "there is an alarm: \(name(of: pressing)), \(pressing.text)" }
    if let bypass = state.bypasses.first { return "\(bypass.id) is bypassed" }
    guard loop.loop(in: state)?.measurement != nil else { return "\(loop.name) has no measurement" }
    if let bad = doubtful(loop, state) { return "\(bad.role) is \(bad.quality.rawValue)" }
    let actuators = loop.actuators(in: state).filter { $0.stands > 0 }
    guard !actuators.isEmpty else { return "nothing that could be stepped is running" }
    for (role, stands) in actuators where stands + step > loop.most || stands - step < loop.least {
      return "\(role) stands at \(decimals(stands)) %: no room for \(decimals(step)) % both ways between "
        + "\(decimals(loop.least)) and \(decimals(loop.most)) %"
    }
    return nil
  }

  /// What has left its band; nil: nothing.
  func breach(_ state: RowState, holding: [String]) -> String? {
    guard state.mode == .auto || state.mode == .manual else { return "the row went to \(state.mode.rawValue)" }
    if let new = state.alarms.first(where: { Self.isActive($0) && !known.contains(Self.key($0)) }) {
      return "a new alarm: \(Self.name(of: new))"
    }
    if state.handingOver { return "a pump changes over" }
    guard loop.loop(in: state)?.measurement != nil else { return "\(loop.name) lost its measurement" }
    if let bad = Self.doubtful(loop, state) { return "\(bad.role) is \(bad.quality.rawValue)" }
    for role in holding {
      guard let actuator = state.actuators.first(where: { $0.role == role }), actuator.owner == .override else {
        return "\(role) is no longer ours to hold"
      }
    }
    return temperature(state) ?? pressure(state) ?? racks(state)
  }

  private func temperature(_ state: RowState) -> String? {
    guard let supply = state.supplyC, let before = start.supplyC else { return "supply temperature is not known" }
    let band = loop.kind == .fans ? 2.0 : 1.0
    if abs(supply - before) > band {
      return "supply is at \(decimals(supply)) °C, more than \(decimals(band)) K from \(decimals(before))"
    }
    if supply > site.limits.supplyHighC - Self.supplyReserve {
      return "supply is at \(decimals(supply)) °C, near its alarm at \(decimals(site.limits.supplyHighC))"
    }
    if let dewPoint = state.dewPointC, supply < dewPoint + Self.dewPointReserve {
      return "supply is at \(decimals(supply)) °C, near the dew point at \(decimals(dewPoint))"
    }
    return nil
  }

  private func pressure(_ state: RowState) -> String? {
    guard let before = start.dpKpa else { return nil }
    guard let dp = state.dpKpa else { return "manifold dP is not known" }
    // A step of the pumps moves it; while fans are stepped, for minutes, the most-open valve goes on trimming it.
    let share = if case .valve = loop.kind { 0.2 } else { 0.4 }
    guard abs(dp - before) > share * before else { return nil }
    return "manifold dP is at \(decimals(dp)) kPa, more than \(decimals(100 * share)) % from \(decimals(before))"
  }

  private func racks(_ state: RowState) -> String? {
    for (rack, (now, before)) in zip(state.racks, start.racks).enumerated() where !now.isolated {
      let unit = site.racks.units[rack]
      guard let chip = now.chipC, let chipBefore = before.chipC else { return "\(now.name): chips are not known" }
      if chip > min(chipBefore + Self.chipRise, unit.chipLimitC - Self.chipReserve) {
        return "\(now.name): chips are at \(decimals(chip)) °C"
      }
      guard let flow = now.flowLpm, let flowBefore = before.flowLpm else { return "\(now.name): flow is not known" }
      if flow < Self.flowShare * min(flowBefore, now.flowSetpointLpm) {
        return "\(now.name): flow is at \(decimals(flow)) L/min"
      }
      guard let power = now.powerKw, let powerBefore = before.powerKw else { return "\(now.name): power is not known" }
      if abs(power - powerBefore) > Self.powerShare * unit.ratedKw {
        return "\(now.name): load changed from \(decimals(powerBefore)) to \(decimals(power)) kW"
      }
    }
    return nil
  }

  /// Of the instruments that the loop lives by, the first that is not good.
  private static func doubtful(_ loop: TunedLoop, _ state: RowState) -> SignalState? {
    let prefix =
      switch loop.kind {
      case .pump: loop.unit == "kPa" ? "manifold.dp." : "row.flow"
      case .fans: "supply.temperature."
      case .valve(let rack): "rack.\(rack + 1).flow"
      }
    return state.signals.first { $0.role.hasPrefix(prefix) && $0.quality != .good }
  }

  private static func isActive(_ alarm: Alarm) -> Bool { alarm.state != .returnedUnacknowledged }
  private static func key(_ alarm: Alarm) -> [String] { [alarm.id, alarm.subject ?? ""] }
  private static func name(of alarm: Alarm) -> String {
    [alarm.id, alarm.subject].compactMap(\.self).joined(separator: " ")
  }
}
