/// Takes the smallest part that leaks out of the row, in order: first the permit, then the coolant. It comes back only
/// when a person resets the cause.
public struct Isolation: Sendable {
  /// A rack that draws less than this share of its rating has shed its load.
  static let powerGoneShare = 0.05
  /// Its valve shuts after this time at the latest: chips trip themselves, coolant on electronics does not.
  static let rackMaxS = 10.0
  /// The pumps of a leaking row stop after this time at the latest.
  static let rowMaxS = 30.0
  /// A rack that is let in again has this long to get its coolant back: the slowest valve's stroke, and half of it.
  static let reopenMaxS = 90.0

  /// Racks whose valve is to be shut, and coils that are out of the row.
  public private(set) var racks: PerRack<Bool> = .init(repeating: false)
  public private(set) var coils: PerFan<Bool> = .init(repeating: false)
  /// Racks that are out of the row, or whose valve is opening again.
  private(set) var isShort: PerRack<Bool> = .init(repeating: false)
  /// A coil leaks that is the last one: it stays open.
  public private(set) var isRefused = false
  /// The pumps are to stop.
  private(set) var stopsRow = false
  private var rackS: PerRack<Double> = .init(repeating: 0)
  /// Left of `reopenMaxS`.
  private var reopensS: PerRack<Double> = .init(repeating: 0)
  private var rowS = 0.0

  public init() {}

  /// - Parameter opensValves: the row is cooled, so that a rack's valve opens once the rack is let in again.
  mutating func step(
    _ effects: EffectsInForce, racks readings: Span<Measurements.Rack>, design: Span<Settings.Rack>, _ size: RowSize,
    heatShare: Double, opensValves: Bool, dt: Double
  ) {
    var racksLeft = size.racks
    for i in 0..<size.racks {
      defer { isShort[i] = racks[i] || reopensS[i] > 0 }
      guard effects.isolatesRack[i] else {
        reopensS[i] = racks[i] ? Isolation.reopenMaxS : max(0, reopensS[i] - (opensValves ? dt : 0))
        racks[i] = false
        rackS[i] = 0
        continue
      }
      rackS[i] += dt
      let share = readings[i].power.value.map { $0.kilowatts / design[i].rated.kilowatts }
      if rackS[i] > Isolation.rackMaxS || (share ?? 1) < Isolation.powerGoneShare { racks[i] = true }
      if racks[i] { racksLeft -= 1 }
    }
    stepCoils(effects.isolatesCoil, size.fans)
    rowS = effects.isolatesRow ? rowS + dt : 0
    let hasGone = heatShare < ModeMachine.heatGoneShare || rowS > Isolation.rowMaxS
    // Without any rack the pumps would run against shut valves.
    stopsRow = (effects.isolatesRow && hasGone) || (size.racks > 0 && racksLeft == 0)
  }

  /// As it was before a restart; a rack or coil stays out only while its cause is active.
  mutating func restore(racks: PerRack<Bool>, coils: PerFan<Bool>) {
    self.racks = racks
    isShort = racks
    self.coils = coils
  }

  private mutating func stepCoils(_ leaking: PerFan<Bool>, _ count: Int) {
    var open = 0
    for i in 0..<count {
      if !leaking[i] { coils[i] = false }
      if !coils[i] { open += 1 }
    }
    isRefused = false
    for i in 0..<count where leaking[i] && !coils[i] {
      guard open > 1 else {
        isRefused = true
        return
      }
      coils[i] = true
      open -= 1
    }
  }
}
