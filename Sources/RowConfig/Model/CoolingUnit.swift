/// The cooling unit of a `supervised-cdu` row: what it can do at the most. How it does it is its own business.
extension Site {
  public struct CoolingUnit: Sendable, Equatable {
    public var name: String
    /// Highest flow target; also what is asked for when something is not known.
    public var flowMaxLpm: Double
    /// Head between its connections at that flow.
    public var ratedHeadKpa: Double
    /// Heat given away at that flow and the design inlet temperature difference.
    public var ratedKw: Double
    /// Coolant entering the unit minus air entering it.
    public var designItdK: Double = 25
    public init(name: String, flowMaxLpm: Double, ratedHeadKpa: Double, ratedKw: Double) {
      self.name = name
      self.flowMaxLpm = flowMaxLpm
      self.ratedHeadKpa = ratedHeadKpa
      self.ratedKw = ratedKw
    }
  }
}

extension Site.Pumps {
  /// Percent a second: the whole span in ten seconds, as a group of pumps would take.
  private static let targetSlew = 10.0
  /// Head without flow, of that at the highest flow: a unit's pumps are throttled little.
  private static let shutoffShare = 1.25

  /// The unit as the row's only pump. Its speed in percent is its flow target as a share of the highest. The least that
  /// it can be told is the smallest flow floor of a rack, as the others may be isolated; the highest where something is
  /// not known.
  init(_ unit: Site.CoolingUnit, _ racks: Site.Racks) {
    let least = racks.units.map(\.designFlowLpm).min() ?? unit.flowMaxLpm
    let floor = least * racks.flowFloorPercent / 100
    let pump = Unit(
      name: unit.name, ratedFlowLpm: unit.flowMaxLpm, ratedHeadKpa: unit.ratedHeadKpa,
      shutoffHeadKpa: Self.shutoffShare * unit.ratedHeadKpa, ratedPowerKw: 0.1)
    self.init(
      dpSetpointKpa: unit.ratedHeadKpa, dpMinKpa: 5, dpMaxKpa: unit.ratedHeadKpa,
      gains: Site.Gains(gain: 1, integralTimeS: 1), units: [pump])
    control = .flow
    speedMinPercent = min(100 * floor / unit.flowMaxLpm, 100)
    slewPercentPerS = Self.targetSlew
    safeSpeedPercent = 100
    minimumRunning = 1
  }
}
