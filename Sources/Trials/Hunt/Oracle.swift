import CoolingCore
import RowRuntime
import RowTwin

/// What must hold at every step whatever goes wrong, judged on the plant's truth and on what was really sent, never on
/// the controller's own view.
public struct Oracle {
  public struct Violation: Sendable, Equatable, CustomStringConvertible {
    public var seconds: Double
    public var text: String
    public var description: String { "\(Int(seconds)) s: \(text)" }
  }

  /// Dead-heading longer than this is one: long enough for valves that open at start.
  static let deadHeadS = 60.0
  /// A plate with less than this share of its design flow under more than a tenth of its rated power is not cooled.
  static let plateFlowMin = 0.15

  public private(set) var violations: [Violation] = []
  public private(set) var hottestMargin = Double.infinity
  private var last: Demand?
  private var deadHeadedS = 0.0
  private var dryS: [Double]
  /// Racks whose own path is blocked or isolated by the fault are judged by their chips alone.
  private let blockedRacks: Set<Int>

  public init(row: VirtualRow, blockedRacks: Set<Int> = []) {
    dryS = Array(repeating: 0, count: row.site.racks.units.count)
    self.blockedRacks = blockedRacks
  }

  /// Looks at the row after a cycle. At most one violation of a kind is kept.
  public mutating func look(_ row: VirtualRow) {
    let periodS = Double(row.site.cycle.periodMs) / 1000
    chips(row)
    pumps(row, periodS)
    plates(row, periodS)
    actuators(row, periodS)
  }

  private mutating func note(_ row: VirtualRow, _ text: String) {
    let kind = text.prefix { $0 != ":" }
    guard !violations.contains(where: { $0.text.hasPrefix(kind) }) else { return }
    violations.append(Violation(seconds: row.seconds, text: text))
  }

  private mutating func chips(_ row: VirtualRow) {
    for (i, chip) in row.truth.chipTemperatureC.enumerated() {
      let margin = row.site.racks.units[i].chipLimitC - chip
      hottestMargin = min(hottestMargin, margin)
      if margin < 0 { note(row, "chip above its limit: rack \(i + 1) at \(chip)") }
      if !chip.isFinite { note(row, "plant is not finite: rack \(i + 1)") }
    }
  }

  private mutating func pumps(_ row: VirtualRow, _ dt: Double) {
    let turns = row.twin.positions.pumpSpeed.contains { $0 > 0.4 }
    deadHeadedS = turns && row.truth.rowFlowLpm < 20 ? deadHeadedS + dt : 0
    if deadHeadedS > Self.deadHeadS { note(row, "pumps dead-headed: for \(deadHeadedS) s") }
    let core = row.core
    guard core.mode == .auto || core.mode == .starting, core.actuation.isDriven else { return }
    let runs = (0..<core.settings.pumpCount).contains { core.actuation.demand.pumps[$0].run }
    if !runs && !allPumpsDead(core) { note(row, "the last pump was stopped: without a stop cause") }
  }

  private func allPumpsDead(_ core: ControlCycle) -> Bool {
    (0..<core.settings.pumpCount).allSatisfy {
      core.interlocks.isActive(.pumpFault, $0) || core.interlocks.isActive(.pumpNotRunning, $0)
    }
  }

  private mutating func plates(_ row: VirtualRow, _ dt: Double) {
    for (i, flow) in row.truth.rackFlowLpm.enumerated() where !blockedRacks.contains(i) {
      let rack = row.site.racks.units[i]
      let isHeated = row.truth.rackPowerKw[i] > 0.1 * rack.ratedKw
      dryS[i] = isHeated && flow < Self.plateFlowMin * rack.designFlowLpm ? dryS[i] + dt : 0
      if dryS[i] > 10 && row.core.mode == .auto { note(row, "heated plate without flow: rack \(i + 1)") }
    }
  }

  private mutating func actuators(_ row: VirtualRow, _ dt: Double) {
    let core = row.core
    guard core.actuation.isDriven else { return }
    let demand = core.actuation.demand
    let settings = core.settings
    defer { last = demand }
    for i in 0..<settings.pumpCount where demand.pumps[i].run {
      let speed = demand.pumps[i].speed
      if !(speed >= settings.pumps.speedMin && speed <= settings.pumps.speedMax) {
        note(row, "pump speed out of span: \(speed)")
      }
      if let before = last?.pumps[i], before.run, abs(before.speed - speed) > settings.pumps.slew * dt * 1.001 {
        note(row, "pump speed slewed too fast: \(before.speed) to \(speed)")
      }
    }
    for i in 0..<settings.rackCount {
      let position = demand.rackValves[i]
      if !(position >= 0 && position <= 100) { note(row, "rack valve out of span: \(position)") }
      if core.mode == .auto, core.actuation.owner(of: .rackValve(i)) == .control,
        position < settings.rackFlow.valveFloor - 0.5, let before = last?.rackValves[i], position < before
      {
        note(row, "rack valve closed below its floor: \(position)")
      }
    }
    for i in 0..<settings.fanCount where !(demand.fans[i] >= 0 && demand.fans[i] <= 100) {
      note(row, "fan speed out of span: \(demand.fans[i])")
    }
  }
}
