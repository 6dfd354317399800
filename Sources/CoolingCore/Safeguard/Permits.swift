/// Which racks may draw power as far as the row's mode goes; what interlocks withdraw comes off in the safeguards.
///
/// The safe initial value is none. A row found running leaves every rack that draws power what it has; Auto gives all;
/// Starting, Standby and Shutdown change nothing, since a rack that was allowed may start at any time and the row
/// follows; Off and Tripped give none, and a withdrawal for all racks lasts until Auto is reached again.
public struct Permits: Sendable {
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

  mutating func step(_ mode: RowMode, areWithdrawn: Bool) {
    switch mode {
    case _ where areWithdrawn: isGiven = .init(repeating: false)
    case .auto: isGiven = .init(repeating: true)
    case .off, .tripped: isGiven = .init(repeating: false)
    case .starting, .standby, .shutdown: break
    }
  }
}
