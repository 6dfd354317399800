/// What the row measures, one field per role: redundant instruments are already voted, every value carries its
/// quality and age.
public struct Measurements: Sendable {
  public var supplyTemperature = Reading<Temperature>.absent
  public var returnTemperature = Reading<Temperature>.absent
  /// Supply header minus return header.
  public var manifoldDp = Reading<Pressure>.absent
  public var supplyPressure = Reading<Pressure>.absent
  public var returnPressure = Reading<Pressure>.absent
  public var rowFlow = Reading<Flow>.absent
  public var filterDp = Reading<Pressure>.absent
  public var reservoirLevel = Reading<Percent>.absent
  public var hallTemperature = Reading<Temperature>.absent
  public var dewPoint = Reading<Temperature>.absent
  public var facilityTemperature = Reading<Temperature>.absent
  public var facilityFlow = Reading<Flow>.absent
  public var facilityValvePosition = Reading<Percent>.absent
  /// Somebody has pressed the emergency stop.
  public var emergencyStop = Reading<Flag>.absent
  /// The building lets the row run.
  public var permissive = Reading<Flag>.absent
  public var racks: PerRack<Rack> = .init(repeating: Rack())
  public var pumps: PerPump<Pump> = .init(repeating: Pump())
  public var fans: PerFan<Fan> = .init(repeating: Fan())
  public var leaks: PerLeakZone<Leak> = .init(repeating: Leak())

  public struct Rack: Sendable {
    public var flow = Reading<Flow>.absent
    public var power = Reading<Power>.absent
    public var chipTemperature = Reading<Temperature>.absent
    public var returnTemperature = Reading<Temperature>.absent
    public var valvePosition = Reading<Percent>.absent
    public var valveFault = Reading<Flag>.absent
  }
  public struct Pump: Sendable {
    public var speed = Reading<Percent>.absent
    public var running = Reading<Flag>.absent
    public var fault = Reading<Flag>.absent
    public var ready = Reading<Flag>.absent
    public var remote = Reading<Flag>.absent
    public var power = Reading<Power>.absent

    /// The drive answers, has not tripped and obeys the bus.
    public var isAvailable: Bool { !fault.isSet && !running.isLost && !remote.isClear }
  }
  public struct Fan: Sendable {
    public var speed = Reading<Percent>.absent
    public var fault = Reading<Flag>.absent
    public var power = Reading<Power>.absent
    public var valvePosition = Reading<Percent>.absent
  }
  public struct Leak: Sendable {
    public var alarm = Reading<Flag>.absent
    public var fault = Reading<Flag>.absent
  }
  public init() {}
}
