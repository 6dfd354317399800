/// Model predictive control of the row as a whole: every two seconds the cheapest way through the next eighty, of which
/// the first step is asked for: manifold dP, rack flows and the fans' position (or the facility valve's).
///
/// It asks for what the PID loops would otherwise be given or give, and goes through the same limits, interlocks and
/// slews. Where a problem has no answer there is no plan, and whoever commanded before does so again.
public struct PredictiveLaw: Sendable {
  /// A problem is solved no more often than this, s: a horizon of a minute does not change faster.
  static let periodS = 2.0
  /// A rack's flow is asked for as it is to be after so many stages: its valve's loop needs about this time.
  static let leadStages = 5
  static let setWords = RowHorizon.stages * ActiveSet.words

  /// What the last answer asks for and foresees.
  public struct Plan: Sendable {
    /// Percent.
    public var actuator = 0.0
    public var dpKpa = 0.0
    public var flowsLpm: PerRack<Double> = .init(repeating: 0)
    /// Supply temperature and hottest chip as they will be after each stage, °C.
    public var supplyC: InlineArray<20, Double> = .init(repeating: 0)
    public var chipC: InlineArray<20, Double> = .init(repeating: 0)
    public var actuators: InlineArray<20, Double> = .init(repeating: 0)
    public var dpsKpa: InlineArray<20, Double> = .init(repeating: 0)
    /// Where it leads to: pump and fan power at rest, kW.
    public var restingKw = 0.0
    /// What the bounds of the first step hold: dP and actuator, −1 at the least, 1 at the most.
    public var dpHeld = 0
    public var actuatorHeld = 0
    /// Rack whose chip's limit costs most, and what one kelvin of it is worth over the horizon, W.
    public var dearestRack = 0
    public var chipWPerK = 0.0
    /// The same of the supply's highest (positive) or lowest (negative) temperature.
    public var supplyWPerK = 0.0
    public init() {}
  }

  /// The row as the law finds it.
  struct Inputs {
    /// As `LoopFlow`, without offsets, and with the effectiveness of what was sent.
    var flow: LoopFlow
    var measuredSupplyC: Double
    var measuredReturnC: Double
    var target: RowTarget.Inputs
    var supplyLowC: Double
    var supplyHighC: Double
    /// As sent last: kPa, percent.
    var dpKpa: Double
    var actuator: Double
    var valveSlew: Double
    var actuatorSlew: Double
  }

  public static let stageS = RowHorizon.stageS
  public static let racksMax = RowHorizon.racksMax

  /// nil: none that could be used.
  public private(set) var plan: Plan?
  public private(set) var states = LoopStates()
  public private(set) var lastResult = MPCResult()
  /// Limits that held last: what the next solve starts from. The lent memory keeps nothing that counts.
  private var held: InlineArray<160, UInt64> = .init(repeating: 0)
  private var sinceS = PredictiveLaw.periodS
  /// What passes a rack by its meter as a share of what the model says of its valve and dP: a blocked path, a valve
  /// that does not stand where it was sent, a dP that is not made.
  private var passing: PerRack<FirstOrderLag> = .init(repeating: FirstOrderLag())
  static let passingS = 20.0

  public init() {}

  /// How much a row's cycle has to be lent; 0: the row is too large.
  public static func workspaceDoubles(racks: Int) -> Int { RowHorizon(racks: racks)?.workspace.doubles ?? 0 }

  mutating func forget() {
    guard states.nodes != nil || plan != nil else { return }
    self = PredictiveLaw()
  }

  /// - Parameter valves: as sent last, percent open.
  mutating func step(
    _ inputs: Inputs, _ model: borrowing LoopModel, heats: Span<RowEstimate.Rack>, valves: Span<Double>,
    in memory: inout MutableSpan<Double>, dt: Double
  ) {
    states.step(
      inputs.flow, supplyC: inputs.measuredSupplyC, returnC: inputs.measuredReturnC, estimates: heats, model, dt: dt)
    let rootDp = max(inputs.dpKpa, 1).squareRoot()
    notePassing(model, heats, valves, rootDp, dt)
    sinceS += dt
    guard sinceS >= PredictiveLaw.periodS - 0.01, let nodes = states.nodes else { return }
    sinceS = 0
    guard states.isSound, let horizon = RowHorizon(racks: model.rackCount),
      memory.count >= horizon.workspace.doubles
    else { return fail() }
    var flow = inputs.flow
    (flow.coilOffsetK, flow.heatOffsetK) = (states.coilOffsetK, states.heatOffsetK)
    var aim = inputs.target
    aim.flow = flow
    var model = copy model
    for i in 0..<model.rackCount { model.racks[i].conductance *= passing[i].value ?? 1 }
    let target = RowTarget(aim, model, heats: heats)
    let row = RowHorizon.Inputs(
      nodes: nodes, flow: flow, rootDp: rootDp, actuator: inputs.actuator / 100,
      supplyC: aim.supplyC, supplyLowC: inputs.supplyLowC, supplyHighC: inputs.supplyHighC,
      valveLeast: aim.valveLeast, valveMost: aim.valveMost, valveSlew: inputs.valveSlew,
      actuatorSlew: inputs.actuatorSlew)
    horizon.write(row, target, model, states, heats: heats, valves: valves, into: &memory)
    solve(horizon, target, model, in: &memory)
  }

  private mutating func solve(
    _ horizon: RowHorizon, _ target: borrowing RowTarget, _ model: borrowing LoopModel,
    in memory: inout MutableSpan<Double>
  ) {
    let w = horizon.workspace
    for word in 0..<PredictiveLaw.setWords { memory[w.setStart + word] = Double(bitPattern: held[word]) }
    lastResult = MPCSolver(w).solve(&memory)
    guard lastResult.status != .failed else { return fail() }
    for word in 0..<PredictiveLaw.setWords { held[word] = memory[w.setStart + word].bitPattern }
    var next = Plan()
    let root = memory[w.input(0, RowHorizon.rootDp)]
    next.dpKpa = root * root
    next.actuator = 100 * memory[w.input(0, RowHorizon.actuator)]
    for i in 0..<model.rackCount where model.racks[i].isServed {
      let flow =
        model.racks[i].conductance * memory[w.input(PredictiveLaw.leadStages, RowHorizon.firstShare + i)] * root
      next.flowsLpm[i] = max(flow, target.floors[i])
    }
    next.restingKw = target.pumpKw + target.fanKw
    foresee(&next, horizon, model, memory)
    plan = next
  }

  /// The trajectory, and what the limits along it cost.
  private func foresee(
    _ next: inout Plan, _ horizon: RowHorizon, _ model: borrowing LoopModel, _ memory: borrowing MutableSpan<Double>
  ) {
    let w = horizon.workspace
    for stage in 0..<RowHorizon.stages {
      let root = memory[w.input(stage, RowHorizon.rootDp)]
      next.dpsKpa[stage] = root * root
      next.actuators[stage] = 100 * memory[w.input(stage, RowHorizon.actuator)]
      next.supplyC[stage] = memory[w.state(stage + 1, LoopNodes.supply)]
      next.supplyWPerK += 1000 * memory[w.stateShadowPrice(stage, LoopNodes.supply)] / Double(RowHorizon.stages)
      var hottest = -Double.infinity
      for i in 0..<model.rackCount where model.racks[i].isServed {
        hottest = max(hottest, memory[w.state(stage + 1, RowHorizon.firstChip + i)])
      }
      next.chipC[stage] = hottest
    }
    for i in 0..<model.rackCount {
      var sum = 0.0
      for stage in 0..<RowHorizon.stages { sum += memory[w.stateShadowPrice(stage, RowHorizon.firstChip + i)] }
      let price = 1000 * sum / Double(RowHorizon.stages)
      if price > next.chipWPerK { (next.chipWPerK, next.dearestRack) = (price, i) }
    }
    next.dpHeld = sign(memory[w.inputShadowPrice(0, RowHorizon.rootDp)])
    next.actuatorHeld = sign(memory[w.inputShadowPrice(0, RowHorizon.actuator)])
  }

  private func sign(_ price: Double) -> Int { price > 1e-9 ? 1 : (price < -1e-9 ? -1 : 0) }

  private mutating func notePassing(
    _ model: borrowing LoopModel, _ estimates: Span<RowEstimate.Rack>, _ valves: Span<Double>, _ rootDp: Double,
    _ dt: Double
  ) {
    for i in 0..<model.rackCount where model.racks[i].isServed {
      guard let flow = estimates[i].flow.value?.litresPerMinute else { continue }
      let modelled = model.racks[i].conductance * branchFlowShare(valvePercent: valves[i]) * rootDp
      guard modelled > 1 else { continue }
      _ = passing[i].step((flow / modelled).clamped(0.5, 1.1), timeConstantS: PredictiveLaw.passingS, dt: dt)
    }
  }

  private mutating func fail() {
    plan = nil
    held = .init(repeating: 0)
  }
}
