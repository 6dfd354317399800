/// Gives every rack the flow its heat needs, through its valve: flow setpoint = L/min per kW · peak-held heat, with a
/// floor, because a job starts in one second and a valve needs 30–90.
public struct RackFlowLaw: Sendable {
  private var pids: PerRack<PID> = .init(repeating: PID())
  /// Last demand, held inside the deadband.
  private var held: PerRack<Double> = .init(repeating: 100)
  public private(set) var setpoints: PerRack<Flow> = .init(repeating: Flow(litresPerMinute: 0))

  public init() {}

  public func working(_ rack: Int) -> PID.Working { pids[rack].working }

  /// Sum of the flow setpoints.
  public func totalSetpoint(_ settings: Settings) -> Flow {
    var total = 0.0
    for i in 0..<settings.rackCount { total += setpoints[i].litresPerMinute }
    return Flow(litresPerMinute: total)
  }

  public mutating func takeOver(_ measurements: Measurements, _ settings: Settings) {
    for i in 0..<settings.rackCount {
      let position = measurements.racks[i].valvePosition.value?.percent ?? settings.rackFlow.valveSafe
      held[i] = position
      pids[i].reset(to: position)
    }
  }

  public mutating func step(
    _ measurements: Measurements, _ estimate: RowEstimate, settings: Settings, dt: Double
  ) -> PerRack<Double> {
    for i in 0..<settings.rackCount {
      let rack = settings.racks[i]
      let design = rack.designFlow.litresPerMinute
      let needed = settings.rackFlow.flowPerKilowatt * estimate.racks[i].heat.kilowatts
      setpoints[i] = Flow(litresPerMinute: needed.clamped(settings.rackFlow.floor * design, 1.2 * design))
      let wanted = pids[i].step(
        rack.valve, setpoint: setpoints[i].litresPerMinute,
        measurement: credible(measurements.racks[i].flow), dt: dt)
      let deadband = settings.rackFlow.valveDeadband
      let moves = wanted > held[i] + deadband || wanted < held[i] - deadband
      if moves { held[i] = wanted.clamped(settings.rackFlow.valveFloor, 100) }
    }
    return held
  }

  /// A meter that stands still says nothing about the flow.
  private func credible(_ flow: Reading<Flow>) -> Double? {
    flow.quality == .uncertain(.frozen) ? nil : flow.value?.litresPerMinute
  }

  public mutating func track(_ sent: Double, rack: Int, inCommand: Bool, settings: Settings, dt: Double) {
    held[rack] = sent
    pids[rack].track(settings.racks[rack].valve, sent: sent, inCommand: inCommand, dt: dt)
  }
}
