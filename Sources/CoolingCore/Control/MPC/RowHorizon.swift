/// Writes a row's next minute and a half as a problem for the solver, linearised where the row stands.
///
/// States: the loop's four nodes (`LoopNodes`), then each rack's hottest chip, °C. Inputs: the root of manifold dP,
/// √kPa; the fans (or the facility valve), share; then each rack's share φ of its open valve's flow. Rack flows are
/// qᵢ = Gᵢ·φᵢ·√dP. For given inputs the row is linear in its states, so that only B is a linearisation.
///
///     cost a stage, kW:  ½ (u − u*)ᵀ H (u − u*) + ½ Δuᵀ R Δu + ½ w (T supply − T*)² + ½ Z (chip − limit)₊²
///
/// u* and T* are where the row is to rest (`RowTarget`); H is the curvature of pump and fan power there.
struct RowHorizon {
  static let stageS = 4.0
  static let stages = 20
  /// More racks would take longer than a cycle may: the work grows with their number cubed.
  static let racksMax = 16
  static let rootDp = 0
  static let actuator = 1
  static let firstShare = 2
  static let firstChip = 4
  /// kW/K² of supply off its target, of a chip over its limit, of supply outside its bounds.
  static let supplyWeight = 6.0
  static let softWeight = 50.0
  /// Moves, as a multiple of the curvature of what they cost: how much smoother than cheap.
  static let actuatorMove = 5.0
  static let rootDpWeight = 0.3
  static let rootDpMove = 3.0
  static let shareWeight = 1.0
  static let shareMove = 40.0
  /// √kPa a stage.
  static let rootDpRamp = 3.0
  /// A chip's bound lies this far above where the target leaves it: it is to hold, not to rub.
  static let chipSlackK = 0.1

  /// The row as it stands, and what it may.
  struct Inputs {
    var nodes: LoopNodes
    var flow: LoopFlow
    /// As sent last: √kPa and share.
    var rootDp: Double
    var actuator: Double
    var supplyC: Double
    var supplyLowC: Double
    var supplyHighC: Double
    var valveLeast: Double
    var valveMost: Double
    /// Percent per second.
    var valveSlew: Double
    var actuatorSlew: Double
  }

  let workspace: MPCWorkspace
  let racks: Int

  init?(racks: Int) {
    guard racks <= RowHorizon.racksMax,
      let workspace = MPCWorkspace(
        states: RowHorizon.firstChip + racks, inputs: RowHorizon.firstShare + racks, horizon: RowHorizon.stages)
    else { return nil }
    self.racks = racks
    self.workspace = workspace
  }

  /// - Parameters:
  ///   - valves: as sent last, percent open.
  func write(
    _ inputs: Inputs, _ target: borrowing RowTarget, _ model: borrowing LoopModel, _ states: borrowing LoopStates,
    heats: Span<RowEstimate.Rack>, valves: Span<Double>, into memory: inout MutableSpan<Double>
  ) {
    let w = workspace
    var flow = inputs.flow
    flow.flowLpm = 0
    for i in 0..<racks {
      // A rack that is out of the row moves nothing; its input rests at its bound.
      memory[w.inputBefore(RowHorizon.firstShare + i)] = inputs.valveLeast
      guard model.racks[i].isServed else { continue }
      let share = branchFlowShare(valvePercent: valves[i])
      flow.flowLpm += model.racks[i].conductance * share * inputs.rootDp
      memory[w.inputBefore(RowHorizon.firstShare + i)] = share
    }
    flow.effectiveness = model.coil.effectiveness(actuator: 100 * inputs.actuator, flowLpm: flow.flowLpm)
    memory[w.inputBefore(RowHorizon.rootDp)] = inputs.rootDp
    memory[w.inputBefore(RowHorizon.actuator)] = inputs.actuator
    let loop = linearise(inputs, flow, model, into: &memory)
    for i in 0..<racks { linearise(rack: i, inputs, loop, model, states, heats[i].heat.kilowatts, into: &memory) }
    price(inputs, target, model, into: &memory)
    limit(inputs, target, model, valves: valves, into: &memory)
  }

  /// What the loop's nodes do in one stage.
  struct Loop {
    var next = LoopNodes()
    /// Columns of A, and derivatives by row flow and by the actuator.
    var columns: [4 of LoopNodes] = .init(repeating: LoopNodes())
    var byFlow = LoopNodes()
    var byActuator = LoopNodes()
    var flowLpm = 0.0
  }

  private func linearise(
    _ inputs: Inputs, _ flow: LoopFlow, _ model: borrowing LoopModel, into memory: inout MutableSpan<Double>
  ) -> Loop {
    let w = workspace
    var loop = Loop()
    loop.flowLpm = flow.flowLpm
    loop.next = flow.advance(inputs.nodes, dt: RowHorizon.stageS)
    for column in 0..<4 {
      var moved = inputs.nodes
      moved[column] += 1
      loop.columns[column] = flow.advance(moved, dt: RowHorizon.stageS) - loop.next
    }
    var more = flow
    more.flowLpm *= 1.02
    more.effectiveness = model.coil.effectiveness(actuator: 100 * inputs.actuator, flowLpm: more.flowLpm)
    loop.byFlow = (more.advance(inputs.nodes, dt: RowHorizon.stageS) - loop.next) / (0.02 * max(flow.flowLpm, 1))
    let step = inputs.actuator > 0.5 ? -0.03 : 0.03
    var other = flow
    other.effectiveness = model.coil.effectiveness(actuator: 100 * (inputs.actuator + step), flowLpm: flow.flowLpm)
    loop.byActuator = (other.advance(inputs.nodes, dt: RowHorizon.stageS) - loop.next) / step
    for row in 0..<4 {
      memory[w.stateNow(row)] = inputs.nodes[row]
      var drift = loop.next[row]
      for column in 0..<4 {
        memory[w.dynamics(row, column)] = loop.columns[column][row]
        drift -= loop.columns[column][row] * inputs.nodes[column]
      }
      drift -= writeInfluence(row, inputs, loop, model, scale: 1, into: &memory)
      for stage in 0..<RowHorizon.stages { memory[w.drift(stage, row)] = drift }
    }
    return loop
  }

  /// Row of B for a node. - Returns: B·u at the inputs as they stand.
  private func writeInfluence(
    _ row: Int, _ inputs: Inputs, _ loop: Loop, _ model: borrowing LoopModel, scale: Double, at place: Int? = nil,
    into memory: inout MutableSpan<Double>
  ) -> Double {
    let w = workspace
    let to = place ?? row
    let byRoot = scale * loop.byFlow[row] * loop.flowLpm / inputs.rootDp
    memory[w.influence(to, RowHorizon.rootDp)] = byRoot
    memory[w.influence(to, RowHorizon.actuator)] = scale * loop.byActuator[row]
    var sum = byRoot * inputs.rootDp + scale * loop.byActuator[row] * inputs.actuator
    for i in 0..<racks {
      let own = model.racks[i].isServed ? scale * loop.byFlow[row] * model.racks[i].conductance * inputs.rootDp : 0
      memory[w.influence(to, RowHorizon.firstShare + i)] = own
      sum += own * memory[w.inputBefore(RowHorizon.firstShare + i)]
    }
    return sum
  }

  /// The chip follows the mean of its plates' coolant over the stage, and what its flow and heat put on top.
  private func linearise(
    rack i: Int, _ inputs: Inputs, _ loop: Loop, _ model: borrowing LoopModel, _ states: borrowing LoopStates,
    _ heatKw: Double, into memory: inout MutableSpan<Double>
  ) {
    let w = workspace
    let row = RowHorizon.firstChip + i
    let share = memory[w.inputBefore(RowHorizon.firstShare + i)]
    let rack = model.racks[i]
    let lpm = max(rack.conductance * share * inputs.rootDp, 1)
    let rise = rack.chipRise(flowLpm: lpm, powerKw: heatKw)
    let byFlow = (rack.chipRise(flowLpm: 1.02 * lpm, powerKw: heatKw) - rise) / (0.02 * lpm)
    let lag = model.times.chipLag(specificFlow: lpm / rack.ratedKw)
    let keep = lag / (lag + RowHorizon.stageS)
    let follow = 1 - keep
    let plates = LoopNodes.plates
    var drift = follow * (0.5 * (inputs.nodes[plates] + loop.next[plates]) + rise)
    for column in 0..<4 {
      let own = follow * 0.5 * (loop.columns[column][plates] + (column == plates ? 1 : 0))
      memory[w.dynamics(row, column)] = own
      drift -= own * inputs.nodes[column]
    }
    memory[w.dynamics(row, row)] = keep
    memory[w.stateNow(row)] = states.chips[i]
    drift -= writeInfluence(plates, inputs, loop, model, scale: 0.5 * follow, at: row, into: &memory)
    let byRoot = follow * byFlow * lpm / inputs.rootDp
    let byShare = follow * byFlow * rack.conductance * inputs.rootDp
    memory[w.influence(row, RowHorizon.rootDp)] += byRoot
    memory[w.influence(row, RowHorizon.firstShare + i)] += byShare
    drift -= byRoot * inputs.rootDp + byShare * share
    for stage in 0..<RowHorizon.stages { memory[w.drift(stage, row)] = drift }
  }

  private func price(
    _ inputs: Inputs, _ target: borrowing RowTarget, _ model: borrowing LoopModel,
    into memory: inout MutableSpan<Double>
  ) {
    let w = workspace
    let aim = target.actuator / 100
    // Cubic: d²P/da² = 6·P rated·a.
    let curvature = 6 * max(model.coil.ratedPowerKw * model.coil.powerFactor, 1) * max(aim, 0.15)
    set(RowHorizon.actuator, curvature, RowHorizon.actuatorMove * curvature, aim, &memory)
    set(RowHorizon.rootDp, RowHorizon.rootDpWeight, RowHorizon.rootDpMove, target.rootDp, &memory)
    let pumps = pumpPrices(target, model)
    for i in 0..<racks {
      set(RowHorizon.firstShare + i, RowHorizon.shareWeight, RowHorizon.shareMove, target.shares[i], &memory)
      let byShare = model.racks[i].isServed ? pumps.byFlow * model.racks[i].conductance * target.rootDp : 0
      for stage in 0..<RowHorizon.stages { memory[w.inputPrice(stage, RowHorizon.firstShare + i)] += byShare }
    }
    for stage in 0..<RowHorizon.stages { memory[w.inputPrice(stage, RowHorizon.rootDp)] += pumps.byRoot }
    let supply = LoopNodes.supply
    memory[w.stateWeight(supply)] = RowHorizon.supplyWeight
    memory[w.finalWeight(supply)] = RowHorizon.supplyWeight
    for stage in 0..<RowHorizon.stages {
      memory[w.statePrice(stage, supply)] = -RowHorizon.supplyWeight * inputs.supplyC
    }
  }

  /// What pump power rises by with the root of dP, valves as they stand, and with flow at a dP, kW: where the row is to
  /// rest its limits hold the flow, so that this is a price, not a curvature.
  private func pumpPrices(
    _ target: borrowing RowTarget, _ model: borrowing LoopModel
  ) -> (byRoot: Double, byFlow: Double) {
    func power(_ flowLpm: Double, _ root: Double) -> Double {
      model.hydraulics.powerKw(
        flowLpm: flowLpm, speed: model.hydraulics.speed(flowLpm: flowLpm, dpKpa: root * root))
    }
    let (flow, root) = (max(target.flowLpm, 1), max(target.rootDp, 1))
    let now = power(flow, root)
    return ((power(1.02 * flow, 1.02 * root) - now) / (0.02 * root), (power(1.02 * flow, root) - now) / (0.02 * flow))
  }

  @inline(__always)
  private func set(
    _ input: Int, _ weight: Double, _ move: Double, _ aim: Double, _ memory: inout MutableSpan<Double>
  ) {
    memory[workspace.inputWeight(input)] = weight
    memory[workspace.moveWeight(input)] = move
    for stage in 0..<RowHorizon.stages { memory[workspace.inputPrice(stage, input)] = -weight * aim }
  }

  private func limit(
    _ inputs: Inputs, _ target: borrowing RowTarget, _ model: borrowing LoopModel, valves: Span<Double>,
    into memory: inout MutableSpan<Double>
  ) {
    let w = workspace
    bound(
      RowHorizon.rootDp, target.rootDpLeast, model.hydraulics.dpMaxKpa.squareRoot(), RowHorizon.rootDpRamp, &memory)
    let least = (model.coil.mayStop ? 0 : model.coil.least) / 100
    bound(
      RowHorizon.actuator, least, model.coil.most / 100, inputs.actuatorSlew * RowHorizon.stageS / 100, &memory)
    for i in 0..<racks {
      let floor = target.floors[i] / (model.racks[i].conductance * inputs.rootDp)
      let low = floor.clamped(inputs.valveLeast, inputs.valveMost)
      let stroke = inputs.valveSlew * RowHorizon.stageS
      let now = memory[w.inputBefore(RowHorizon.firstShare + i)]
      let up = branchFlowShare(valvePercent: valves[i] + stroke) - now
      let down = now - branchFlowShare(valvePercent: valves[i] - stroke)
      bound(RowHorizon.firstShare + i, low, inputs.valveMost, max(max(up, down), 0.01), &memory)
      let chip = RowHorizon.firstChip + i
      memory[w.softWeight(chip)] = model.racks[i].isServed ? RowHorizon.softWeight : 0
      memory[w.stateMin(chip)] = -Double.infinity
      memory[w.stateMax(chip)] = model.racks[i].chipLimitC - model.racks[i].marginK + RowHorizon.chipSlackK
    }
    for node in 0..<4 {
      memory[w.stateMin(node)] = -Double.infinity
      memory[w.stateMax(node)] = Double.infinity
    }
    memory[w.softWeight(LoopNodes.supply)] = RowHorizon.softWeight
    memory[w.stateMin(LoopNodes.supply)] = inputs.supplyLowC
    memory[w.stateMax(LoopNodes.supply)] = max(inputs.supplyHighC, inputs.supplyLowC)
  }

  @inline(__always)
  private func bound(
    _ input: Int, _ least: Double, _ most: Double, _ ramp: Double, _ memory: inout MutableSpan<Double>
  ) {
    memory[workspace.inputMin(input)] = min(least, most)
    memory[workspace.inputMax(input)] = most
    memory[workspace.ramp(input)] = ramp
  }
}
