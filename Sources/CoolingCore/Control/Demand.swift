/// What the laws want of every actuator this cycle. Not yet an actuation: only the safeguard stage makes one.
public struct Demand: Sendable {
  public struct Pump: Sendable, Equatable {
    public var run = false
    /// Percent.
    public var speed = 0.0
    public init(run: Bool = false, speed: Double = 0) {
      self.run = run
      self.speed = speed
    }
  }
  public var pumps: PerPump<Pump> = .init(repeating: Pump())
  /// Percent open.
  public var rackValves: PerRack<Double> = .init(repeating: 100)
  /// Percent; 0 stops the fan.
  public var fans: PerFan<Double> = .init(repeating: 0)
  public var facilityValve = 0.0
  /// Percent open; only where a coil has a valve of its own.
  public var coilValves: PerFan<Double> = .init(repeating: 100)
  /// The rack may draw power. Withheld where its heat cannot be carried away or its coolant leaks.
  public var permits: PerRack<Bool> = .init(repeating: false)
  public init() {}
}
