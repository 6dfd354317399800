/// The plant at rest under constant load, solved backwards: from what its racks are to get to the least electrical
/// power
/// that gives it to them. Same equations and true parameters as `Plant`; only a bound on controllers may use it.
///
/// Kinder than any controller's world, so that what it finds is a bound: pumps are run each at its own best speed,
/// fans at
/// any speed down to nothing, and nothing is kept in reserve.
public struct SteadyPlant: Sendable {
  /// What is allowed.
  public struct Limits: Sendable {
    public var chipC: [Double]
    public var supplyC: ClosedRange<Double>
    public var returnC: Double
    /// Lowest position of a rack valve, least speed of a pump, 0 … 1, and pumps that run at the least.
    public var valveFloor: Double
    public var pumpSpeedMin: Double
    public var minimumRunning: Int
    public init(
      chipC: [Double], supplyC: ClosedRange<Double>, returnC: Double, valveFloor: Double, pumpSpeedMin: Double,
      minimumRunning: Int
    ) {
      self.chipC = chipC
      self.supplyC = supplyC
      self.returnC = returnC
      self.valveFloor = valveFloor
      self.pumpSpeedMin = pumpSpeedMin
      self.minimumRunning = minimumRunning
    }
  }

  /// A way to run it.
  public struct Point: Sendable {
    public var supplyC: Double
    public var pumpKw: Double
    public var fanKw: Double
    public var returnC: Double
    public var rackFlowLpm: [Double]
    public var chipC: [Double]
    public var coolingKw: Double { pumpKw + fanKw }
  }

  public let parameters: PlantParameters
  public let limits: Limits

  public init(_ parameters: PlantParameters, limits: Limits) {
    self.parameters = parameters
    self.limits = limits
  }

  /// The cheapest point for these loads, by pattern search over supply temperature and flow per kW.
  ///
  /// - Parameters:
  ///   - powerKw: of each rack.
  ///   - sinkC: hall air or facility water.
  ///   - leakagePerK: price of chip temperature, as a share of rack power per kelvin; 0: none.
  /// - Returns: nil where nothing meets the limits.
  public func best(powerKw: [Double], sinkC: Double, leakagePerK: Double = 0) -> Point? {
    var bestPoint: Point?
    var bestCost = Double.infinity
    func tryAt(_ supplyC: Double, _ lpmPerKw: Double) -> Bool {
      guard limits.supplyC.contains(supplyC), (0.2...3).contains(lpmPerKw),
        let point = point(supplyC: supplyC, lpmPerKw: lpmPerKw, powerKw: powerKw, sinkC: sinkC)
      else { return false }
      var cost = point.coolingKw
      for rack in powerKw.indices { cost += leakagePerK * powerKw[rack] * point.chipC[rack] }
      guard cost < bestCost else { return false }
      (bestCost, bestPoint) = (cost, point)
      return true
    }
    var supplyC = limits.supplyC.upperBound
    var lpmPerKw = 0.8
    for start in stride(from: limits.supplyC.upperBound, through: limits.supplyC.lowerBound, by: -3) {
      for flow in [0.4, 0.6, 0.8, 1.0, 1.3, 1.8] where tryAt(start, flow) { (supplyC, lpmPerKw) = (start, flow) }
    }
    var (stepK, factor) = (1.5, 1.2)
    while stepK > 0.05 {
      var isBetter = false
      for (k, f) in [(stepK, 1.0), (-stepK, 1.0), (0.0, factor), (0.0, 1 / factor)] {
        let next = (min(max(supplyC + k, limits.supplyC.lowerBound), limits.supplyC.upperBound), lpmPerKw * f)
        if tryAt(next.0, next.1) { ((supplyC, lpmPerKw), isBetter) = (next, true) }
      }
      if !isBetter { (stepK, factor) = (stepK / 2, factor.squareRoot()) }
    }
    return bestPoint
  }

  /// Every rack gets this flow per kW, or what its chip's limit asks for, or what its valve lets through at its
  /// floor.
  ///
  /// - Returns: nil where this cannot be.
  public func point(supplyC: Double, lpmPerKw: Double, powerKw: [Double], sinkC: Double) -> Point? {
    var flows: [Double] = []
    for (rack, power) in powerKw.enumerated() {
      guard let least = leastFlow(rack, supplyC: supplyC, powerKw: power) else { return nil }
      flows.append(max(least, lpmPerKw * power))
    }
    let heatKw = zip(powerKw, parameters.racks).reduce(0) { $0 + $1.0 * $1.1.liquidShare }
    let manifoldKpa = spread(&flows, viscous: Coolant.relativeResistance(supplyC + 5))
    let flow = flows.reduce(0, +)
    let carried = flow * Coolant.kwPerKPerLpm
    let returnC = supplyC + heatKw / carried
    guard returnC <= limits.returnC else { return nil }
    let share = flow / parameters.loop.designFlowLpm
    let pipes = parameters.loop.headerDpKpa + parameters.loop.filterDpKpa + parameters.loop.rejectionDpKpa
    let viscous = Coolant.relativeResistance(0.5 * (supplyC + returnC))
    let headKpa = manifoldKpa + pipes * viscous * share * share
    guard let pumps = pumpPower(flowLpm: flow, headKpa: headKpa),
      let fanKw = fanPower(
        flowLpm: flow, heatKw: heatKw + pumps.heatKw, inletC: returnC, sinkC: sinkC)
    else { return nil }
    let chipC = flows.indices.map { chip($0, supplyC: supplyC, powerKw: powerKw[$0], flowLpm: flows[$0]) }
    return Point(
      supplyC: supplyC, pumpKw: pumps.powerKw, fanKw: fanKw, returnC: returnC, rackFlowLpm: flows, chipC: chipC)
  }
}

// MARK: - Racks

extension SteadyPlant {
  private func chip(_ rack: Int, supplyC: Double, powerKw: Double, flowLpm: Double) -> Double {
    let unit = parameters.racks[rack]
    let takenKw = powerKw * unit.liquidShare
    let (resistance, outletShare) = RackBank.plateResistance(flow: flowLpm / unit.ratedKw)
    let riseK = takenKw / (max(flowLpm, 1e-3) * Coolant.kwPerKPerLpm)
    return supplyC + outletShare * riseK + takenKw * 1000 * resistance * unit.plateResistance / unit.ratedKw
  }

  /// By halving; nil where no flow up to twice the design's is enough.
  private func leastFlow(_ rack: Int, supplyC: Double, powerKw: Double) -> Double? {
    var low = 0.05 * parameters.racks[rack].designFlowLpm
    var high = 2 * parameters.racks[rack].designFlowLpm
    if chip(rack, supplyC: supplyC, powerKw: powerKw, flowLpm: low) <= limits.chipC[rack] { return low }
    guard chip(rack, supplyC: supplyC, powerKw: powerKw, flowLpm: high) <= limits.chipC[rack] else { return nil }
    for _ in 0..<30 {
      let middle = 0.5 * (low + high)
      if chip(rack, supplyC: supplyC, powerKw: powerKw, flowLpm: middle) <= limits.chipC[rack] {
        high = middle
      } else {
        low = middle
      }
    }
    return high
  }

  /// Manifold pressure that the most demanding rack needs with its valve open, kPa; the others' valves take the
  /// rest, and
  /// a rack whose valve stands at its floor gets more than it needs.
  private func spread(_ flows: inout [Double], viscous: Double) -> Double {
    func plates(_ rack: Int, _ flow: Double) -> Double {
      let unit = parameters.racks[rack]
      let relative = max(flow / unit.designFlowLpm, 0.02)
      return unit.platesDpKpa * viscous / relative.squareRoot().squareRoot().squareRoot()
    }
    var manifoldKpa = 0.0
    for rack in flows.indices {
      let share = flows[rack] / parameters.racks[rack].designFlowLpm
      let open = plates(rack, flows[rack]) + parameters.racks[rack].valveDpKpa
      manifoldKpa = max(manifoldKpa, open * share * share)
    }
    let floor = Curve.equalPercentageValve(limits.valveFloor)
    for rack in flows.indices {
      let unit = parameters.racks[rack]
      var least = flows[rack]
      for _ in 0..<4 {
        let resistance = plates(rack, least) + unit.valveDpKpa / (floor * floor)
        least = unit.designFlowLpm * (manifoldKpa / resistance).squareRoot()
      }
      flows[rack] = max(flows[rack], least)
    }
    return manifoldKpa
  }
}

// MARK: - Pumps and fans

extension SteadyPlant {
  /// The best number of pumps, the best of them, each at its own speed.
  private func pumpPower(flowLpm: Double, headKpa: Double) -> (powerKw: Double, heatKw: Double)? {
    var best: (powerKw: Double, heatKw: Double)?
    for running in max(limits.minimumRunning, 1)...parameters.pumps.count {
      let each = flowLpm / Double(running)
      let candidates = parameters.pumps.compactMap { pump -> (powerKw: Double, heatKw: Double)? in
        let needed = ((headKpa + pump.curveKpa * each * each) / pump.shutoffKpa).squareRoot()
        guard needed <= 1 else { return nil }
        let speed = max(needed, limits.pumpSpeedMin)
        let head = pump.shutoffKpa * speed * speed - pump.curveKpa * each * each
        let bestFlow = pump.bestFlowLpm * speed
        let shaft = head * bestFlow / (60_000 * pump.efficiencyMax * (2 - min(each / bestFlow, 1.7)))
        return (1.07 * shaft + pump.ratedPowerKw * (0.02 * speed + 0.005), shaft)
      }.sorted { $0.powerKw < $1.powerKw }
      guard candidates.count >= running else { continue }
      let sum = candidates.prefix(running).reduce((0.0, 0.0)) { ($0.0 + $1.powerKw, $0.1 + $1.heatKw) }
      if sum.0 < best?.powerKw ?? .infinity { best = (sum.0, sum.1) }
    }
    return best
  }

  /// All fans at one speed, which is the cheapest for a cubic law. Facility water costs nothing here.
  private func fanPower(flowLpm: Double, heatKw: Double, inletC: Double, sinkC: Double) -> Double? {
    guard case .coils(let coils) = parameters.rejection else { return 0 }
    guard inletC > sinkC else { return nil }
    let needed = heatKw / (inletC - sinkC)
    func transfer(_ speed: Double) -> Double {
      coils.reduce(0) { $0 + CoilBank.transfer($1, flowLpm: flowLpm * $1.flowShare, speed: speed) }
    }
    guard transfer(1) >= needed else { return nil }
    guard transfer(0) < needed else { return 0 }
    var (low, high) = (0.0, 1.0)
    for _ in 0..<24 {
      let middle = 0.5 * (low + high)
      if transfer(middle) < needed { low = middle } else { high = middle }
    }
    return coils.reduce(0) { $0 + CoilBank.power($1, speed: high) }
  }
}
