/// Which racks may draw power as far as the row's mode goes; what interlocks withdraw comes off in the safeguards.
///
/// The safe initial value is none. A row found running leaves every rack that draws power what it has; Auto gives one
/// to every rack whose valve is open and whose chips are below their limit, unless the row's coolant does not flow or
/// is above its high-high limits; Starting, Standby and Shutdown change nothing, since a rack that was allowed may
/// start at any time and the row follows; Off and Tripped give none. What an interlock withdraws stays withdrawn until
/// Auto gives it again.
public struct Permits: Sendable {
  /// A valve that stands where it should may read this much off, percent.
  static let valveTolerance = 5.0

  public private(set) var isGiven: PerRack<Bool> = .init(repeating: false)
  /// Permits that were withheld before a restart: a row found running gives them only in Auto.
  var wasWithheld: PerRack<Bool> = .init(repeating: false)

  /// - Parameter isRunning: a pump of the row turns.
  mutating func takeOver(_ racks: Span<Measurements.Rack>, _ design: Span<Settings.Rack>, count: Int, isRunning: Bool) {
    for i in 0..<count {
      let share = racks[i].power.value.map { $0.kilowatts / design[i].rated.kilowatts }
      isGiven[i] = isRunning && !wasWithheld[i] && (share ?? 1) > Isolation.powerGoneShare
    }
  }

  /// - Parameters:
  ///   - valves: rack valves as they were sent last, percent; a rack whose valve is still opening waits for its permit.
  ///   - canCool: the coolant flows, and neither supply nor return is above its high-high limit.
  ///   - floor: from this opening on a rack's chips are cooled at rated power.
  mutating func step(
    _ mode: RowMode, _ effects: EffectsInForce, racks: Span<Measurements.Rack>, estimates: Span<RowEstimate.Rack>,
    design: Span<Settings.Rack>, valves: Span<Double>, floor: Double, canCool: Bool, count: Int
  ) {
    switch mode {
    case .off, .tripped: isGiven = .init(repeating: false)
    case .starting, .standby, .shutdown: break
    case .auto:
      for i in 0..<count where canCool {
        let position = racks[i].valvePosition.value?.percent ?? valves[i]
        let isHot = estimates[i].chip.value.map { $0 > design[i].chipLimit } ?? false
        if position > floor - Permits.valveTolerance && !isHot { isGiven[i] = true }
      }
    }
    for i in 0..<count where effects.withdrawsPermit[i] || effects.withdrawsPermits { isGiven[i] = false }
  }
}
