/// Gives every rack the flow its heat needs, through its valve: flow setpoint = L/min per kW · peak-held heat, with a
/// floor, because a job starts in one second and a valve needs 30–90.
public struct RackFlowLaw: Sendable {
  private var pids: PerRack<PID> = .init(repeating: PID())
  /// Last demand, held inside the deadband.
  private var held: PerRack<Double> = .init(repeating: 100)
  private var wasIsolated: PerRack<Bool> = .init(repeating: false)
  public private(set) var setpoints: PerRack<Flow> = .init(repeating: Flow(litresPerMinute: 0))

  public init() {}

  public func working(_ rack: Int) -> PID.Working { pids[rack].working }

  /// Sum of the flow setpoints.
  @inline(__always)
  func totalSetpoint(_ rackCount: Int) -> Flow {
    var total = 0.0
    for i in 0..<rackCount { total += setpoints[i].litresPerMinute }
    return Flow(litresPerMinute: total)
  }

  /// Starts from a valve that stands at `position` percent.
  mutating func takeOver(rack: Int, position: Double) {
    held[rack] = position
    pids[rack].reset(to: position)
  }

  /// - Parameter isolated: racks that are out of the row; they are asked for no flow.
  /// - Returns: valve demands, percent open.
  mutating func step(
    _ estimates: Span<RowEstimate.Rack>, design: Span<Settings.Rack>, _ law: Settings.RackFlow,
    isolated: Span<Bool>, rackCount: Int, dt: Double
  ) -> PerRack<Double> {
    for i in 0..<rackCount {
      defer { wasIsolated[i] = isolated[i] }
      guard !isolated[i] else {
        setpoints[i] = Flow(litresPerMinute: 0)
        continue
      }
      // From a shut valve the way to its flow is long: it comes back as it does at a start.
      if wasIsolated[i] { takeOver(rack: i, position: law.valveSafe) }
      let designFlow = design[i].designFlow.litresPerMinute
      let needed = law.flowPerKilowatt * estimates[i].heat.kilowatts
      let before = setpoints[i].litresPerMinute
      setpoints[i] = Flow(litresPerMinute: needed.clamped(law.floor * designFlow, 1.2 * designFlow))
      open(i, for: setpoints[i].litresPerMinute / before)
      let wanted = pids[i].step(
        design[i].valve, setpoint: setpoints[i].litresPerMinute, measurement: estimates[i].flow.value?.canonical, dt: dt
      )
      let moves = wanted > held[i] + law.valveDeadband || wanted < held[i] - law.valveDeadband
      if moves { held[i] = wanted.clamped(law.valveFloor, 100) }
    }
    return held
  }

  /// More flow is opened for at once, by the valve's characteristic; the rest, and less flow, is the PID's.
  @inline(__always)
  private mutating func open(_ i: Int, for ratio: Double) {
    guard ratio > 1, ratio < 100 else { return }
    let now = held[i]
    let share = ratio * branchFlowShare(valvePercent: now)
    pids[i].shift(by: max(0, valvePercent(branchFlowShare: share) - now))
  }

  mutating func track(_ sent: Double, rack: Int, inCommand: Bool, _ valve: PID.Settings, dt: Double) {
    held[rack] = sent
    pids[rack].track(valve, sent: sent, inCommand: inCommand, dt: dt)
  }
}
