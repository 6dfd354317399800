import Testing

@testable import CoolingCore

/// CTL-120 … CTL-122, CTL-124: the predictive law against a row of its own equations, with other parameters.
struct PredictiveLawTests {
  /// Four racks at 80 kW, 42 °C asked for, chips limited to `chipLimitC`.
  private struct Row {
    var model: LoopModel
    var law = PredictiveLaw()
    var memory: [Double]
    var estimates: PerRack<RowEstimate.Rack> = .init(repeating: RowEstimate.Rack())
    var nodes = LoopNodes(42, 42, 42, 50)
    var supplyC = 42.0
    var dpKpa = 60.0
    var actuator = 50.0
    var valves: PerRack<Double> = .init(repeating: 80)
    /// The plant's coils by the model's.
    var coilShare = 1.0
    /// What was sent may only ramp.
    private(set) var moves = (dp: 0.0, actuator: 0.0)

    init(chipLimitC: Double = 85) {
      var settings = Settings.bench
      for i in 0..<RowBench.racks { settings.racks[i].chipLimit = Temperature(celsius: chipLimitC) }
      model = LoopModel(settings)
      memory = Array(repeating: 0, count: PredictiveLaw.workspaceDoubles(racks: RowBench.racks))
      set(heatKw: 80)
    }

    mutating func set(heatKw: Double, rack: Int? = nil) {
      for i in 0..<RowBench.racks where rack == nil || rack == i { estimates[i].heat.kilowatts = heatKw }
    }

    private var flowsLpm: [Double] {
      (0..<RowBench.racks).map {
        model.racks[$0].conductance * branchFlowShare(valvePercent: valves[$0]) * dpKpa.squareRoot()
      }
    }

    private func flow(coilShare: Double) -> LoopFlow {
      let lpm = flowsLpm.reduce(0, +)
      let heatKw = (0..<RowBench.racks).reduce(0) { $0 + estimates[$1].heat.kilowatts }
      return LoopFlow(
        flowLpm: lpm, effectiveness: coilShare * model.coil.effectiveness(actuator: actuator, flowLpm: lpm), sinkC: 27,
        heatKw: heatKw, volumeL: 400, coilOffsetK: 0, heatOffsetK: 0)
    }

    mutating func step(_ seconds: Int = 1, lending isLent: Bool = true) {
      for _ in 0..<seconds {
        nodes = flow(coilShare: coilShare).advance(nodes, dt: 1)
        let flows = flowsLpm
        for i in 0..<RowBench.racks { estimates[i].flow = Reading(Flow(litresPerMinute: flows[i]), .good) }
        let own = flow(coilShare: 1)
        let target = RowTarget.Inputs(
          supplyC: supplyC, flowPerKw: 0.3, flowFloor: 0.5, valveLeast: 0.2, valveMost: 0.97, reach: 2,
          flow: own)
        let inputs = PredictiveLaw.Inputs(
          flow: own, measuredSupplyC: nodes[LoopNodes.supply], measuredReturnC: nodes[LoopNodes.returned],
          target: target, supplyLowC: 20, supplyHighC: 45, dpKpa: dpKpa, actuator: actuator, valveSlew: 1.67,
          actuatorSlew: 5)
        var law = law
        var memory = isLent ? memory : []
        var lent = memory.mutableSpan
        law.step(inputs, model, heats: estimates.span, valves: valves.span, in: &lent, dt: 1)
        self.law = law
        if isLent { self.memory = memory }
        if let plan = law.plan { follow(plan) }
      }
    }

    private mutating func follow(_ plan: PredictiveLaw.Plan) {
      moves.dp = max(moves.dp, abs(plan.dpKpa - dpKpa))
      moves.actuator = max(moves.actuator, abs(plan.actuator - actuator))
      dpKpa = plan.dpKpa
      actuator = slewed(plan.actuator, from: actuator, rate: 5, dt: 1)
      for i in 0..<RowBench.racks {
        let share = plan.flowsLpm[i] / (model.racks[i].conductance * dpKpa.squareRoot())
        valves[i] = slewed(valvePercent(branchFlowShare: share), from: valves[i], rate: 1.67, dt: 1)
      }
    }

    var hottestC: Double {
      (0..<RowBench.racks).map {
        nodes[LoopNodes.plates]
          + model.racks[$0].chipRise(flowLpm: flowsLpm[$0], powerKw: estimates[$0].heat.kilowatts)
      }.max() ?? 0
    }
  }

  // CTL-120
  @Test func nodesComeToRestWhereTheHeatBalanceSays() {
    var flow = LoopFlow(
      flowLpm: 400, effectiveness: 0.5, sinkC: 27, heatKw: 320, volumeL: 400, coilOffsetK: 0.4, heatOffsetK: -0.3)
    var nodes = LoopNodes(repeating: 30)
    for _ in 0..<2000 { nodes = flow.advance(nodes, dt: 1) }
    // 320 kW in 400 L/min of 4 kJ/(L·K) is 12 K; less 0.3 K. Supply: T − ε·(T + rise − 27) − … solved for T.
    #expect(abs(nodes[3] - nodes[2] - 11.7) < 1e-6)
    #expect(abs(nodes[1] - nodes[0]) < 1e-6 && abs(nodes[2] - nodes[1]) < 1e-6)
    let supply = (11.7 * 0.5 + 0.4 + 0.5 * 27) / 0.5
    #expect(abs(nodes[1] - supply) < 1e-6)
    flow.effectiveness = flow.effectiveness(forSupplyC: 40)
    for _ in 0..<2000 { nodes = flow.advance(nodes, dt: 1) }
    #expect(abs(nodes[1] - 40) < 1e-6)
  }

  // CTL-120
  @Test func whatIsForeseenIsWhatTheNonlinearRowThenDoes() throws {
    var row = Row()
    row.step(400)
    row.set(heatKw: 100, rack: 1)
    row.supplyC = 41
    row.step(2)
    let plan = try #require(row.law.plan)
    let foreseen = plan.supplyC[2]
    row.step(12)
    #expect(abs(row.nodes[LoopNodes.supply] - foreseen) < 0.15, "\(row.nodes) \(foreseen)")
  }

  // CTL-121
  @Test(arguments: [0.9, 1.1]) func supplyRestsAtItsTargetOnCoilsThatAreNotTheModels(share: Double) {
    var row = Row()
    row.coilShare = share
    row.step(1500)
    #expect(abs(row.nodes[LoopNodes.supply] - 42) < 0.12, "\(row.nodes)")
    #expect(row.law.states.isSound)
  }

  // CTL-121
  @Test func atRestItAsksForNothing() throws {
    var row = Row()
    row.step(1500)
    let (dp, actuator) = (row.dpKpa, row.actuator)
    row.step(100)
    #expect(abs(row.dpKpa - dp) < 0.01 && abs(row.actuator - actuator) < 0.01)
    #expect(row.law.lastResult.status == .converged && row.law.lastResult.newtonIterations <= 2)
  }

  // CTL-122
  @Test func chipsStayBelowTheirLimitLessMarginWhenAJobStarts() {
    var row = Row(chipLimitC: 68)
    row.set(heatKw: 30, rack: 2)
    row.step(900)
    row.set(heatKw: 115, rack: 2)
    row.step(5)
    #expect(row.dpKpa > 41, "the pumps make up for the valve that is slow: \(row.dpKpa)")
    row.step(600)
    #expect(row.hottestC < 68 - 4 + 0.3, "\(row.hottestC)")
    #expect(row.hottestC > 68 - 4 - 1.5, "flow is not wasted: \(row.hottestC)")
  }

  // CTL-122
  @Test func everyAnswerIsInsideItsLimits() throws {
    var row = Row(chipLimitC: 66)
    row.set(heatKw: 120)
    for _ in 0..<300 {
      row.step()
      guard let plan = row.law.plan else { continue }
      #expect(plan.dpKpa >= 39.99 && plan.dpKpa <= 200.01)
      #expect(plan.actuator >= 0 && plan.actuator <= 100)
      for i in 0..<RowBench.racks { #expect(plan.flowsLpm[i] >= 78 - 1e-6) }
    }
    let plan = try #require(row.law.plan)
    #expect(plan.chipWPerK > 0, "the limit has its price")
  }

  // CTL-124
  @Test func withoutRoomToThinkThereIsNoPlan() {
    var row = Row()
    row.step(50)
    #expect(row.law.plan != nil)
    row.step(2, lending: false)
    #expect(row.law.plan == nil)
    row.step(2)
    #expect(row.law.plan != nil)
    #expect(PredictiveLaw.workspaceDoubles(racks: PredictiveLaw.racksMax + 1) == 0)
  }

  // CTL-124
  @Test func anOffsetThatNoPlantHasLeavesNoPlan() {
    var row = Row()
    row.step(50)
    row.coilShare = 0.15
    row.step(1500)
    #expect(row.law.plan == nil && !row.law.states.isSound)
  }

  // CTL-124
  @Test func whatTheLentMemoryHeldBeforeDoesNotCount() {
    var row = Row(chipLimitC: 70)
    row.set(heatKw: 110)
    row.step(101)
    var other = row
    for i in 0..<other.memory.count { other.memory[i] = 0 }
    row.step(60)
    other.step(60)
    #expect(row.dpKpa == other.dpKpa && row.actuator == other.actuator)
    for i in 0..<RowBench.racks { #expect(row.valves[i] == other.valves[i]) }
  }
}
