/// Gives the PID loops their setpoints: the site's constants and the operator's, or the optimum where the optimiser
/// commands. The loops below run as they always do.
///
/// The optimum is used only while the row is in Auto, no interlock acts, everything that it rests on is measured well
/// and the model explains the row. In the cycle in which one of these fails the constants command again, and it is said
/// once. Setpoints then move at their ramps, so that neither way bumps the plant; towards more flow they are fast.
public struct SetpointGuide: Sendable {
  /// Ramps: supply K/s up and down, flow per kW a second, a rack's least flow falling (of its design flow a second),
  /// dP kPa/s: where a chip needs it, else up and down.
  static let supplyUp = 0.02
  static let supplyDown = 0.05
  static let flowPerKwRate = 0.02
  static let leastFall = 0.01
  static let dpUrgent = 20.0
  static let dpUp = 2.0
  /// Share of its chips' flow below which a rack is short at once; above it its valve opens as the pressure falls.
  static let urgentShare = 0.92
  static let dpDown = 0.2
  /// A rack whose valve a person holds keeps this share of its flow floor by pressure.
  static let heldFloorShare = 0.6
  /// After an obstacle everything must have been well for this long, s.
  static let healthyS = 60.0
  /// The predictive law commands after so long without an obstacle of its own, s: its offsets have settled by then.
  static let foresightS = 20.0
  /// So long it goes down from where the loops stand, and moves the fans, at no more than this, percent and kPa per
  /// second. More flow comes at once: a job may start meanwhile.
  static let boardingS = 30.0
  static let boardingPace = 1.0
  /// A rack's flow is lowered in steps of this share of its design flow.
  static let flowDeadband = 0.02
  /// Share of an open valve's flow at which a plan may let it stand: open but for 3 %.
  static let valveMost = branchFlowShare(valvePercent: 97)
  /// The supply may pass its highest setpoint by this while it moves, K.
  static let supplyBand = 0.3

  /// Why a layer commands.
  public enum Reason: UInt8, Sendable {
    /// The site file or a person says so.
    case asked
    /// The first optimum is not there yet, or the last obstacle is too fresh.
    case preparing
    case notInAuto
    /// A safeguard drives the row.
    case interlocked
    /// Supply, return, sink, flow or dP is not measured well.
    case measurementLost
    /// The coils, or the chips, do not do what the model says.
    case modelPoor
    /// A pump comes or goes.
    case handingOver
    /// A person holds a pump, fan or valve.
    case overridden
    /// The prediction's problem found no answer, or what it is to start from does not explain the row.
    case notSolved
  }

  public private(set) var commands = ControlLayer.pid
  public private(set) var reason = Reason.asked
  public var layers: Settings.Layers
  /// Share of its flow that every rack keeps while the pressure falls.
  static let fallingShare = 0.9
  public private(set) var optimiser = Optimiser()
  public private(set) var observer = LoopObserver()
  public private(set) var predictive = PredictiveLaw()
  public private(set) var model: LoopModel
  /// Pump and fan energy that the optimiser, or the predictive law where it runs, has saved against the constants, or
  /// would have, by the model, kWh.
  public private(set) var savedKwh = 0.0

  public private(set) var supply: Temperature
  public private(set) var flowPerKw: Double
  public private(set) var leastLpm: PerRack<Double> = .init(repeating: 0)
  /// nil: the most-open-valve reset goes on.
  public private(set) var dp: Pressure?
  /// The setpoints are on their way back to the constants.
  private var isReturning = false
  private var healthyS = 0.0
  private var foresightS = 0.0
  private var boardingS = 0.0
  private var slowSupply = FirstOrderLag()

  public init(_ settings: borrowing Settings) {
    layers = settings.layers
    model = LoopModel(settings)
    supply = settings.supply.setpoint
    flowPerKw = settings.rackFlow.flowPerKilowatt
  }

  /// The optimiser runs, in command or beside it.
  public var isOptimising: Bool { layers.areOptimised }
  /// The predictive law runs, in command or beside another.
  public var isPredicting: Bool { layers.commands == .mpc || layers.shadow == .mpc }
  /// Position of fans or facility valve that the predictive law asks for, percent; nil: it does not command.
  public private(set) var actuator: Double?

  /// What the guide rests on this cycle.
  struct Inputs {
    var obstacle: Reason?
    /// What keeps the predictive law alone from commanding.
    var foresightObstacle: Reason?
    var plant: Plant?
    var conditions: OperatingPoints.Conditions
    /// The site's and the operator's.
    var supply: Temperature
    var law: Settings.RackFlow
    var measuredSupply: Temperature?
    var dpSetpoint: Pressure
    /// The pumps hold dP, not flow.
    var holdsDp: Bool
    /// Percent per second.
    var valveSlew: Double
    var measuredDpKpa: Double?
    /// Rack valves that a person holds.
    var isHeld: PerRack<Bool>
  }

  /// What the predictive law looks at beyond that.
  struct Plant {
    var flow: LoopFlow
    var supplyC: Double
    var returnC: Double
    var actuator: Double
    var actuatorSlew: Double
  }

  mutating func observe(
    _ inputs: LoopObserver.Inputs, racks: Span<Measurements.Rack>, estimates: Span<RowEstimate.Rack>,
    soft: Span<SoftSensors.Rack>, as design: Settings.Model, dt: Double
  ) {
    observer.step(inputs, racks: racks, estimates: estimates, soft: soft, as: design, &model, dt: dt)
  }

  /// - Parameters:
  ///   - isolated: racks that are out of the row.
  ///   - running, available: pumps that share the flow, and that could.
  ///   - healthyCoils: share of the coils that take part.
  mutating func note(isolated: Span<Bool>, running: Int, available: Int, healthyCoils: Double) {
    for i in 0..<model.rackCount { model.racks[i].isServed = !isolated[i] }
    model.hydraulics.running = Double(max(running, 1))
    model.hydraulics.available = Double(max(available, 1))
    model.coil.healthy = healthyCoils.clamped(0.05, 1)
  }

  /// - Parameter memory: for the predictive law, `PredictiveLaw.workspaceDoubles`; less: it does not command.
  mutating func step(
    _ inputs: Inputs, estimates: Span<RowEstimate.Rack>, valves: Span<Double>, in memory: inout MutableSpan<Double>,
    dt: Double, events: inout EventLog
  ) {
    let obstacle = inputs.obstacle ?? (observer.health == .good ? nil : .modelPoor)
    healthyS = obstacle == nil ? min(healthyS + dt, SetpointGuide.healthyS) : 0
    if obstacle == nil && layers.areOptimised {
      search(inputs, estimates, dt)
    } else if optimiser.result != nil {
      optimiser.forget()
    }
    predict(inputs, obstacle, estimates, valves, &memory, dt)
    let before = commands
    settleLayer(obstacle, foresight: inputs.foresightObstacle)
    if commands != before { events.add(.layerChanged, index: Int(commands.rawValue), value: Double(reason.rawValue)) }
    move(inputs, dt)
    setFlows(inputs, estimates, valves, dt)
  }

  private mutating func search(_ inputs: Inputs, _ estimates: Span<RowEstimate.Rack>, _ dt: Double) {
    if optimiser.isDue {
      optimiser.start(
        model, heats: estimates, inputs.conditions, supplyC: inputs.supply.celsius,
        flowPerKw: inputs.law.flowPerKilowatt)
    }
    _ = optimiser.step(dt: dt)
    guard let result = optimiser.result else { return }
    let plannedKw = isPredicting ? predictive.plan.map { result.constants.powerKw - $0.restingKw } : nil
    savedKwh += (plannedKw ?? result.savedKw) * dt / 3600
  }

  private mutating func settleLayer(_ obstacle: Reason?, foresight: Reason?) {
    guard layers.commands != .pid else {
      if commands != .pid { isReturning = true }
      (commands, reason) = (.pid, .asked)
      return
    }
    if let obstacle {
      if commands != .pid { isReturning = true }
      (commands, reason) = (.pid, obstacle)
      return
    }
    if commands == .pid {
      guard optimiser.result != nil, healthyS >= SetpointGuide.healthyS else {
        reason = .preparing
        return
      }
      isReturning = false
    }
    (commands, reason) = (.optimiser, .asked)
    guard layers.commands == .mpc else { return }
    if let foresight {
      reason = foresight
    } else if predictive.plan == nil {
      reason = .notSolved
    } else {
      let isReady = foresightS >= SetpointGuide.foresightS
      (commands, reason) = isReady ? (.mpc, .asked) : (.optimiser, .preparing)
    }
  }

  /// The predictive law runs from the first sound cycle on, so that its estimates have settled when it takes over.
  private mutating func predict(
    _ inputs: Inputs, _ obstacle: Reason?, _ estimates: Span<RowEstimate.Rack>, _ valves: Span<Double>,
    _ memory: inout MutableSpan<Double>, _ dt: Double
  ) {
    guard isPredicting, obstacle == nil, let plant = inputs.plant, let result = optimiser.result else {
      predictive.forget()
      foresightS = 0
      return
    }
    let conditions = inputs.conditions
    // Towards the setpoints as they ramp; where the constants command to stay, towards the optimum they do not have.
    let isAside = commands == .pid && layers.commands != .mpc
    let supplyC = max(
      isAside ? result.best.supplyC : supply.celsius, min(conditions.dewLowC, conditions.supplyHighC))
    let target = RowTarget.Inputs(
      supplyC: supplyC, flowPerKw: isAside ? result.best.flowPerKw : flowPerKw,
      flowFloor: conditions.flowFloor, valveLeast: conditions.floorShare, valveMost: SetpointGuide.valveMost,
      reach: result.reach, flow: plant.flow)
    predictive.step(
      PredictiveLaw.Inputs(
        flow: plant.flow, measuredSupplyC: plant.supplyC, measuredReturnC: plant.returnC, target: target,
        supplyLowC: min(conditions.dewLowC, supplyC), supplyHighC: conditions.supplyHighC + SetpointGuide.supplyBand,
        dpKpa: inputs.dpSetpoint.kilopascals, actuator: plant.actuator, valveSlew: inputs.valveSlew,
        actuatorSlew: plant.actuatorSlew),
      model, heats: estimates, valves: valves, in: &memory, dt: dt)
    let isSound = predictive.plan != nil && inputs.foresightObstacle == nil && commands != .pid
    foresightS = isSound ? min(foresightS + dt, SetpointGuide.foresightS) : 0
  }

  /// Supply temperature and flow per kW, at their ramps; a person's setpoint at once where the constants command.
  private mutating func move(_ inputs: Inputs, _ dt: Double) {
    var target = (supply: inputs.supply.celsius, flow: inputs.law.flowPerKilowatt)
    if commands != .pid, let best = optimiser.result?.best { target = (best.supplyC, best.flowPerKw) }
    guard commands != .pid || isReturning else {
      (supply.celsius, flowPerKw) = (target.supply, target.flow)
      return
    }
    supply.celsius = target.supply.clamped(
      supply.celsius - SetpointGuide.supplyDown * dt, supply.celsius + SetpointGuide.supplyUp * dt)
    flowPerKw = slewed(target.flow, from: flowPerKw, rate: SetpointGuide.flowPerKwRate, dt: dt)
    if isReturning && supply.celsius == target.supply && flowPerKw == target.flow { isReturning = false }
  }

  /// What each rack gets at the least for its chips, now and at a step to rated power; and the pressure for it: for all
  /// setpoints with the most open valve where it should be, at once for chips with the valves where they are.
  private mutating func setFlows(
    _ inputs: Inputs, _ estimates: Span<RowEstimate.Rack>, _ valves: Span<Double>, _ dt: Double
  ) {
    let supplyC = warmest(inputs, dt)
    if commands == .mpc, let plan = predictive.plan, let plant = inputs.plant {
      follow(plan, inputs, plant, estimates, valves, dt)
      return
    }
    actuator = nil
    guard commands != .pid, let result = optimiser.result else {
      for i in 0..<model.rackCount where leastLpm[i] > 0 { letFall(i, to: 0, dt) }
      dp = nil
      return
    }
    var rootNeeded = 0.0
    var rootUrgent = 0.0
    for i in 0..<model.rackCount where model.racks[i].isServed {
      let rack = model.racks[i]
      let most = RackFlowLaw.most * rack.designLpm
      let heatKw = estimates[i].heat.kilowatts
      let isHeld = inputs.isHeld[i]
      let room = rack.chipLimitC - rack.marginK - supplyC
      let chip = min(rack.flow(forChipRise: room, powerKw: heatKw), most)
      let atStep = rack.flow(forChipRise: room + OperatingPoints.fullLoadAllowance, powerKw: rack.ratedKw)
      letFall(i, to: max(chip, min(atStep, most) / result.reach), dt)
      let setpoint = max(flowPerKw * heatKw, max(leastLpm[i], inputs.law.floor * rack.designLpm))
      rootNeeded = max(rootNeeded, min(setpoint, most) / (rack.conductance * inputs.conditions.openShare))
      let passing = rack.conductance * branchFlowShare(valvePercent: valves[i])
      guard isHeld else {
        rootUrgent = max(rootUrgent, SetpointGuide.urgentShare * chip / passing)
        continue
      }
      // It will not open: what it passes is what its meter says, and pressure is all that is left.
      var found = passing
      if let dp = inputs.measuredDpKpa, dp > 5, let flow = estimates[i].flow.value?.litresPerMinute {
        found = min(passing, max(flow / dp.squareRoot(), 0.1 * passing))
      }
      let least = SetpointGuide.heldFloorShare * inputs.law.floor * rack.designLpm
      rootUrgent = max(rootUrgent, max(chip, least) / found)
    }
    guard inputs.holdsDp else {
      dp = nil
      return
    }
    let (least, most) = (model.hydraulics.dpMinKpa, model.hydraulics.dpMaxKpa)
    let last = dp?.kilopascals ?? inputs.dpSetpoint.kilopascals
    let wanted = (rootNeeded * rootNeeded).clamped(least, most)
    let urgent = (rootUrgent * rootUrgent).clamped(least, most)
    let next = max(
      wanted.clamped(last - SetpointGuide.dpDown * dt, last + SetpointGuide.dpUp * dt),
      min(urgent, last + SetpointGuide.dpUrgent * dt))
    dp = Pressure(kilopascals: next)
  }

  /// What the chips see: the setpoint, or what is measured where that is warmer.
  @inline(__always)
  private mutating func warmest(_ inputs: Inputs, _ dt: Double) -> Double {
    guard let measured = inputs.measuredSupply else { return supply.celsius }
    return max(supply.celsius, slowSupply.step(measured.celsius, timeConstantS: 5, dt: dt))
  }

  /// The plan as it is; while it takes over, from where the loops stand. Valves open slower than pumps slow down:
  /// pressure falls no faster than they give every rack most of its flow.
  private mutating func follow(
    _ plan: PredictiveLaw.Plan, _ inputs: Inputs, _ plant: Plant, _ estimates: Span<RowEstimate.Rack>,
    _ valves: Span<Double>, _ dt: Double
  ) {
    if actuator == nil {
      boardingS = 0
      for i in 0..<model.rackCount {
        let floor = inputs.law.floor * model.racks[i].designLpm
        leastLpm[i] = max(leastLpm[i], max(flowPerKw * estimates[i].heat.kilowatts, floor))
      }
    }
    boardingS = min(boardingS + dt, SetpointGuide.boardingS)
    let isBoarding = boardingS < SetpointGuide.boardingS
    let pace = isBoarding ? SetpointGuide.boardingPace : 1000
    for i in 0..<model.rackCount {
      let flow = max(plan.flowsLpm[i], leastLpm[i] - 0.01 * pace * model.racks[i].designLpm * dt)
      hold(i, flow, within: isBoarding ? 0 : SetpointGuide.flowDeadband)
    }
    actuator = slewed(plan.actuator, from: actuator ?? plant.actuator, rate: pace, dt: dt)
    let last = dp?.kilopascals ?? inputs.dpSetpoint.kilopascals
    var root = 0.0
    for i in 0..<model.rackCount where model.racks[i].isServed && !inputs.isHeld[i] {
      let passing = model.racks[i].conductance * branchFlowShare(valvePercent: valves[i])
      root = max(root, SetpointGuide.fallingShare * leastLpm[i] / passing)
    }
    let lowest = max(last - pace * dt, min(root * root, last))
    dp = inputs.holdsDp ? Pressure(kilopascals: max(plan.dpKpa, lowest)) : nil
  }

  /// More flow at once, less once it is worth a valve's way.
  @inline(__always)
  private mutating func hold(_ i: Int, _ flow: Double, within deadband: Double) {
    let design = model.racks[i].designLpm
    guard flow > leastLpm[i] || flow < leastLpm[i] - deadband * design else { return }
    leastLpm[i] = flow
  }

  @inline(__always)
  private mutating func letFall(_ i: Int, to flow: Double, _ dt: Double) {
    leastLpm[i] = max(flow, leastLpm[i] - SetpointGuide.leastFall * model.racks[i].designLpm * dt)
  }

  /// The rack flow law's numbers with the guide's flow per kW.
  @inline(__always)
  func law(_ law: Settings.RackFlow) -> Settings.RackFlow {
    var law = law
    law.flowPerKilowatt = commands == .mpc ? 0 : flowPerKw
    return law
  }
}
