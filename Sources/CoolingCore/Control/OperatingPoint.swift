/// A steady state of the row: what supply temperature and flow per kW make of the present heat and air, and its price.
public struct OperatingPoint: Sendable, Equatable {
  /// What gives the rack that needs most pressure its flow.
  public enum FlowReason: UInt8, Sendable {
    /// Flow per kW, a floor of the site's, or what its valve's floor lets through.
    case heat, floor, valveFloor
    /// Its chip's limit, now or when it goes to rated power.
    case chip, loadStep
  }

  public var supplyC = 0.0
  public var flowPerKw = 0.0
  public var flowLpm = 0.0
  public var dpKpa = 0.0
  /// Pumps and fans (or facility valve), percent.
  public var speed = 0.0
  public var actuator = 0.0
  public var pumpKw = 0.0
  public var fanKw = 0.0
  /// Rack power that hotter chips cost, counted from chips at supply temperature 0 °C.
  public var leakageKw = 0.0
  /// What is to be least: electrical power, leakage, less what a warm supply saves further out, kW.
  public var costKw = 0.0
  /// The rack that needs most pressure, and why.
  public var tightest = 0
  public var reason = FlowReason.heat
  /// What is missing of flow, pressure, speed or effectiveness, as a sum of shares; 0: everything holds.
  public var shortfall = 0.0
  public init() {}

  public var powerKw: Double { pumpKw + fanKw }
  /// For comparing points: nothing outweighs a limit.
  var score: Double { costKw + 1000 * shortfall }
}

/// Calculates operating points for one moment of the row.
public struct OperatingPoints: Sendable {
  /// What supply temperature may be above the one that carries full load.
  static let fullLoadAllowance = 0.5
  /// The row at that moment, what the laws keep, and prices.
  public struct Conditions: Sendable {
    public var sinkC = 27.0
    /// Heat in the coolant, kW, without peak hold.
    public var heatKw = 0.0
    /// Least flow of a rack, of its design flow.
    public var flowFloor = 0.5
    /// Shares of an open valve's flow at the valves' floor and where the most open one is to stand.
    public var floorShare = 0.25
    public var openShare = 0.9
    /// Bounds of the supply temperature: the operator's, and dew point with its margin.
    public var supplyLowC = 20.0
    public var supplyHighC = 42.0
    public var dewLowC = 17.0
    public var economics = Settings.Economics()
    public init() {}
  }

  public var model = LoopModel()
  public var conditions = Conditions()
  /// Heat of each rack, peak-held, kW.
  public var heats: PerRack<Double> = .init(repeating: 0)
  private var heldKw = 0.0

  public init() {}

  /// Sums up what all points have in common.
  mutating func prepare() {
    heldKw = 0
    for i in 0..<model.rackCount where model.racks[i].isServed { heldKw += heats[i] }
  }

  /// Warmest supply at which every chip would stay below its limit at rated power with all the flow its rack can get
  /// while all get theirs, and half a kelvin more: what the coolant's own heat capacity rides through.
  mutating func fullLoadLimitC() -> Double {
    var conductance = 0.0
    for i in 0..<model.rackCount where model.racks[i].isServed {
      conductance += model.racks[i].conductance * conditions.openShare
    }
    var hydraulics = model.hydraulics
    hydraulics.running = max(hydraulics.running, hydraulics.available)
    let byPumps = hydraulics.flow(speed: hydraulics.speedMax, conductance: conductance) / max(conductance, 1e-9)
    let root = min(byPumps, hydraulics.dpMaxKpa.squareRoot())
    var limit = Double.infinity
    for i in 0..<model.rackCount where model.racks[i].isServed {
      let rack = model.racks[i]
      let flow = min(RackFlowLaw.most * rack.designLpm, rack.conductance * conditions.openShare * root)
      limit = min(limit, rack.chipLimitC - rack.marginK - rack.chipRise(flowLpm: flow, powerKw: rack.ratedKw))
    }
    return limit + OperatingPoints.fullLoadAllowance
  }

  /// - Parameter isPlain: as the site's constants give it, without regard to chips.
  mutating func point(supplyC: Double, flowPerKw: Double, isPlain: Bool = false) -> OperatingPoint {
    var point = OperatingPoint()
    (point.supplyC, point.flowPerKw) = (supplyC, flowPerKw)
    setFlows(&point, reach: .infinity, dpKpa: 0, isPlain)
    // Floors that depend on the pressure: by the pressure that the rest needs.
    let reach = self.reach(dpKpa: point.dpKpa, speed: point.speed)
    setFlows(&point, reach: reach, dpKpa: point.dpKpa, isPlain)
    point.pumpKw = model.hydraulics.powerKw(flowLpm: point.flowLpm, speed: point.speed)
    setRejection(&point)
    let economics = conditions.economics
    point.leakageKw *= economics.leakagePercentPerK / 100
    point.costKw = point.powerKw + point.leakageKw - economics.warmerSupplySavesWPerK / 1000 * supplyC
    return point
  }

  /// By how much all flows can rise at once, valves as they stand: pumps are raised in seconds, valves in a minute. A
  /// tenth is kept for those seconds.
  @inline(__always)
  mutating func reach(dpKpa: Double, speed: Double) -> Double {
    let byPressure = (model.hydraulics.dpMaxKpa / max(dpKpa, 1)).squareRoot()
    return max(1, 0.9 * min(byPressure, model.hydraulics.speedMax / max(speed, 1)))
  }

  private mutating func setFlows(_ point: inout OperatingPoint, reach: Double, dpKpa: Double, _ isPlain: Bool) {
    let root = dpKpa.squareRoot()
    var need = 0.0
    (point.flowLpm, point.leakageKw, point.shortfall) = (0, 0, 0)
    let share = heldKw > 0 ? conditions.heatKw / heldKw : 1
    for i in 0..<model.rackCount where model.racks[i].isServed {
      let rack = model.racks[i]
      var (flow, reason) = (point.flowPerKw * heats[i], OperatingPoint.FlowReason.heat)
      let floor = conditions.flowFloor * rack.designLpm
      if floor > flow { (flow, reason) = (floor, .floor) }
      if !isPlain {
        let room = rack.chipLimitC - rack.marginK - point.supplyC
        let chip = rack.flow(forChipRise: room, powerKw: heats[i])
        if chip > flow { (flow, reason) = (chip, .chip) }
        let step = rack.flow(forChipRise: room + OperatingPoints.fullLoadAllowance, powerKw: rack.ratedKw)
        let most = RackFlowLaw.most * rack.designLpm
        if step > most { point.shortfall += min(step / most - 1, 1) }
        if min(step, most) / reach > flow { (flow, reason) = (min(step, most) / reach, .loadStep) }
      }
      let least = rack.conductance * conditions.floorShare * root
      if least > flow { (flow, reason) = (least, .valveFloor) }
      let most = RackFlowLaw.most * rack.designLpm
      if flow > most {
        if !isPlain { point.shortfall += min(flow / most - 1, 1) }
        flow = most
      }
      point.flowLpm += flow
      point.leakageKw += heats[i] * share * (point.supplyC + rack.chipRise(flowLpm: flow, powerKw: heats[i] * share))
      let rootNeeded = flow / (rack.conductance * conditions.openShare)
      if rootNeeded > need { (need, point.tightest, point.reason) = (rootNeeded, i, reason) }
    }
    setPressure(&point, rootNeeded: need)
  }

  /// Where the most open valve is short of pressure it may open in full.
  @inline(__always)
  private mutating func setPressure(_ point: inout OperatingPoint, rootNeeded: Double) {
    let hydraulics = model.hydraulics
    point.dpKpa = (rootNeeded * rootNeeded).clamped(hydraulics.dpMinKpa, hydraulics.dpMaxKpa)
    let open = rootNeeded * conditions.openShare
    if open * open > hydraulics.dpMaxKpa { point.shortfall += min(open * open / hydraulics.dpMaxKpa - 1, 1) }
    let speed = hydraulics.speed(flowLpm: point.flowLpm, dpKpa: point.dpKpa)
    if speed > hydraulics.speedMax { point.shortfall += min(speed / hydraulics.speedMax - 1, 1) }
    point.speed = speed.clamped(hydraulics.speedMin, hydraulics.speedMax)
  }

  /// Beyond what the coils can do the actuator stands at its end, and what is missing counts.
  @inline(__always)
  private mutating func setRejection(_ point: inout OperatingPoint) {
    let rise = conditions.heatKw / (coolantHeatCapacityKjPerLitreKelvin * max(point.flowLpm, 1) / 60)
    let drive = point.supplyC + rise - conditions.sinkC
    let needed = drive > rise ? rise / drive : 1
    let best = model.coil.effectiveness(actuator: model.coil.most, flowLpm: point.flowLpm)
    if needed > best {
      point.shortfall += min(needed / max(best, 0.01) - 1, 1)
      point.actuator = model.coil.most
    } else {
      let position = model.coil.actuator(effectiveness: needed, flowLpm: point.flowLpm)
      point.actuator = position.clamped(model.coil.mayStop ? 0 : model.coil.least, model.coil.most)
    }
    point.fanKw = model.coil.powerKw(actuator: point.actuator)
  }
}
