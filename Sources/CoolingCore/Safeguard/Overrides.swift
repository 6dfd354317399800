/// Operator overrides: each a lease that ends by itself.
public struct Overrides: Sendable {
  public struct Lease: Sendable, Equatable {
    /// Percent.
    public var value: Double
    public var remainingS: Double
    /// How long an interlock has held the actuator against it.
    var correctedS = 0.0
    init(value: Double, remainingS: Double) {
      self.value = value
      self.remainingS = remainingS
    }
  }
  /// Long enough for any job at the plant; a forgotten override must not outlive the shift.
  public static let leaseMaxS = 8 * 3600.0

  /// An override that an interlock corrects for this long is over: it must not come back when the interlock goes.
  static let correctedMaxS = 30.0

  public private(set) var leases: PerActuator<Lease?> = .init(repeating: nil)
  public init() {}

  public subscript(_ actuator: Actuator) -> Lease? { leases[actuator.index] }

  public var any: Bool {
    for i in 0..<Actuator.count where leases[i] != nil { return true }
    return false
  }

  mutating func take(_ actuator: Actuator, value: Double, leaseS: Double) {
    leases[actuator.index] = Lease(value: value, remainingS: leaseS)
  }

  /// - Returns: whether there was one.
  mutating func release(_ actuator: Actuator) -> Bool {
    defer { leases[actuator.index] = nil }
    return leases[actuator.index] != nil
  }

  mutating func step(dt: Double, events: inout EventLog) {
    for i in 0..<Actuator.count {
      guard var lease = leases[i] else { continue }
      lease.remainingS -= dt
      leases[i] = lease.remainingS > 0 ? lease : nil
      if lease.remainingS <= 0 { events.add(.overrideExpired, index: i) }
    }
  }

  /// Ends what the safeguards have overruled for long.
  ///
  /// - Parameter owners: who determined each actuator in the end.
  mutating func noteCorrections(_ owners: Span<Actuation.Owner>, dt: Double, events: inout EventLog) {
    for i in 0..<Actuator.count {
      guard var lease = leases[i] else { continue }
      lease.correctedS = owners[i] == .operatorOverride ? 0 : lease.correctedS + dt
      leases[i] = lease.correctedS > Overrides.correctedMaxS ? nil : lease
      if leases[i] == nil { events.add(.overrideReleased, index: i) }
    }
  }
}
