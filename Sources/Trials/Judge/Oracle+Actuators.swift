import CoolingCore
import RowTwin

/// Spans, slews and floors: of what was sent, and of what the devices really did.
extension Oracle {
  /// Shares of full travel by which a device may outrun its own nameplate: steps are summed in floating point.
  private static let tolerance = 1.001
  /// A drive's ramp from rest to rated speed.
  private static let driveRampS = 5.0

  mutating func demands(_ row: VirtualRow, _ seconds: Double) {
    guard row.loop.core.actuation.isDriven else { return }
    let demand = row.loop.core.actuation.demand
    if takesOver { takeOver(demand, row, seconds) }
    let mode = row.loop.core.mode
    var runs = false
    for i in 0..<settings.pumpCount where demand.pumps[i].run {
      runs = true
      pump(i, demand.pumps[i].speed, row.core.actuation.owner(of: .pump(i)), settings.pumps, seconds)
    }
    if !runs && (mode == .auto || mode == .starting || mode == .shutdown) { note(.lastPumpStopped, seconds, "\(mode)") }
    let valves = demand.rackValves.span
    for i in 0..<settings.rackCount { valve(i, valves[i], row, seconds) }
    for i in 0..<settings.fanCount where !(demand.fans[i] >= 0 && demand.fans[i] <= 100) {
      note(.fanSpan, seconds, "\(demand.fans[i])")
    }
    last = demand
  }

  private mutating func pump(
    _ i: Int, _ speed: Double, _ owner: Actuation.Owner, _ pumps: Settings.Pumps, _ seconds: Double
  ) {
    if !(speed >= pumps.speedMin && speed <= pumps.speedMax) { note(.pumpSpan, seconds, "pump \(i + 1) at \(speed)") }
    guard let before = last?.pumps[i], before.run else { return }
    // A unit that holds its target by itself ramps by itself.
    if pumps.control == .target && owner != .control { return }
    if abs(before.speed - speed) > pumps.slew * dt * Self.tolerance {
      note(.pumpSlew, seconds, "pump \(i + 1) from \(before.speed) to \(speed)")
    }
  }

  private mutating func valve(_ i: Int, _ position: Double, _ row: VirtualRow, _ seconds: Double) {
    if !(position >= 0 && position <= 100) { note(.valveSpan, seconds, "rack \(i + 1) at \(position)") }
    guard position < settings.rackFlow.valveFloor - 0.5, let before = last?.rackValves[i], position < before else {
      return
    }
    let mode = row.loop.core.mode
    if mode.isCooling, row.loop.core.actuation.owner(of: .rackValve(i)) != .safeguard {
      note(.valveFloor, seconds, "rack \(i + 1) to \(position) in \(mode)")
    }
  }

  /// The first cycle that a new daemon drives: what it sends is where the plant stands, unless something is wrong.
  private mutating func takeOver(_ demand: Demand, _ row: VirtualRow, _ seconds: Double) {
    takesOver = false
    guard !hasRecentFaults, seconds > overriddenUntilS else { return }
    let positions = row.twin.positions
    // One that was told to stop just before still coasts.
    for i in 0..<settings.pumpCount where positions.pumpSpeed[i] > 0.3 && left?.pumps[i].run != false {
      let step = demand.pumps[i].run ? abs(demand.pumps[i].speed - 100 * positions.pumpSpeed[i]) : 100
      if step > 2, !isAnyLeaseOver(positions.pumpSpeed) { note(.takeOverStep, seconds, "pump \(i + 1) by \(step) %") }
    }
    for i in 0..<settings.rackCount {
      let step = abs(demand.rackValves[i] - 100 * positions.rackValve[i])
      if step > 2 { note(.takeOverStep, seconds, "rack valve \(i + 1) by \(step) %") }
    }
  }

  /// A drive has gone to its own safe speed while no daemon ran: then the new one has a group to put in order.
  private func isAnyLeaseOver(_ speeds: [Double]) -> Bool {
    guard let left else { return false }
    return (0..<settings.pumpCount).contains { left.pumps[$0].run && abs(left.pumps[$0].speed - 100 * speeds[$0]) > 2 }
  }

  /// The devices themselves: a drive's shaft, a valve's stem.
  mutating func devices(_ row: VirtualRow, _ seconds: Double) {
    let positions = row.twin.positions
    for i in lastSpeeds.indices {
      let step = positions.pumpSpeed[i] - lastSpeeds[i]
      lastSpeeds[i] = positions.pumpSpeed[i]
      if step > dt / Self.driveRampS * Self.tolerance { note(.deviceSlew, seconds, "pump \(i + 1) by \(100 * step) %") }
      if positions.pumpSpeed[i] > 1.001 { note(.deviceSlew, seconds, "pump \(i + 1) above rated speed") }
    }
    let most = dt / row.site.racks.valveStrokeS * Self.tolerance
    for i in lastStems.indices {
      if abs(positions.rackValve[i] - lastStems[i]) > most { note(.deviceSlew, seconds, "rack valve \(i + 1)") }
      lastStems[i] = positions.rackValve[i]
    }
  }
}
