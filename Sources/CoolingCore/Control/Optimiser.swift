/// Finds the supply temperature and the flow per kW at which the row needs least: pump and fan power, what hotter chips
/// leak, less what a warm supply saves further out. Manifold dP and every rack's flow follow in closed form.
///
/// A search is a coarse grid over both, then three finer ones around the best: 174 points, a few a cycle, always the
/// same number and order, so that its work and its result depend on nothing but its inputs. Prices and the comparison
/// with the site's constants end it. The next search starts with a new picture of the row.
public struct Optimiser: Sendable {
  static let supplyPoints = 11
  static let flowPoints = 9
  static let finerLevels = 3
  static let finerPoints = 5
  static let pointsPerCycle = 20
  static let searchPoints = supplyPoints * flowPoints + finerLevels * finerPoints * finerPoints
  /// A search starts no sooner than this after the last one started, s.
  static let periodS = 10.0
  /// Share of pump and fan power for which setpoints are not moved: actuators wear by travel.
  static let worthMoving = 0.005

  /// What ends the supply temperature.
  public enum SupplyBound: UInt8, Sendable { case none, setpointMin, setpointMax, dewPoint, fullLoad }

  public struct Result: Sendable, Equatable {
    public var best = OperatingPoint()
    /// With the site's constants, by the same model.
    public var constants = OperatingPoint()
    public var supplyBound = SupplyBound.none
    /// What supply one kelvin warmer would save, W: negative where colder is cheaper.
    public var supplyWPerK = 0.0
    /// What a limit of the tightest rack's chip one kelvin higher would save, W; 0 where it does not hold the flow.
    public var chipWPerK = 0.0
    /// By how much all flows could rise at once at the best point; see `OperatingPoints.reach`.
    public var reach = 1.0

    public var savedKw: Double { constants.powerKw - best.powerKw }
    public var savedCostKw: Double { constants.costKw - best.costKw }
  }

  /// nil until the first search has ended.
  public private(set) var result: Result?
  var points = OperatingPoints()
  private var done = Optimiser.searchPoints
  private var sinceStartS = Optimiser.periodS
  private var best = OperatingPoint()
  private var centre = OperatingPoint()
  private var low = (supply: 0.0, flow: 0.0)
  private var high = (supply: 0.0, flow: 0.0)
  private var bound = SupplyBound.none
  private var constants = (supply: 0.0, flow: 0.0)

  public init() {}

  /// The next search may start: it takes a new picture.
  @inline(__always)
  var isDue: Bool { done >= Optimiser.searchPoints && sinceStartS >= Optimiser.periodS }

  /// What was found is of a row that is no more.
  mutating func forget() {
    result = nil
    done = Optimiser.searchPoints
    sinceStartS = Optimiser.periodS
  }

  /// - Parameters:
  ///   - supplyC, flowPerKw: the site's constants, to compare with.
  mutating func start(
    _ model: borrowing LoopModel, heats: Span<RowEstimate.Rack>, _ conditions: OperatingPoints.Conditions,
    supplyC: Double, flowPerKw: Double
  ) {
    points.model = copy model
    points.conditions = conditions
    for i in 0..<points.model.rackCount { points.heats[i] = heats[i].heat.kilowatts }
    points.prepare()
    constants = (supplyC, flowPerKw)
    setBounds()
    done = 0
    sinceStartS = 0
  }

  /// Goes on with the search.
  ///
  /// - Returns: a search has ended, and `result` is new.
  mutating func step(dt: Double) -> Bool {
    sinceStartS += dt
    guard done < Optimiser.searchPoints else { return false }
    for _ in 0..<min(Optimiser.pointsPerCycle, Optimiser.searchPoints - done) {
      probe(done)
      done += 1
    }
    guard done == Optimiser.searchPoints else { return false }
    finish()
    return true
  }

  private mutating func setBounds() {
    let conditions = points.conditions
    (low.supply, high.supply) = (max(conditions.supplyLowC, conditions.dewLowC), conditions.supplyHighC)
    let fullLoad = points.fullLoadLimitC()
    bound = fullLoad < high.supply ? .fullLoad : .setpointMax
    high.supply = min(high.supply, fullLoad)
    // Chips outrank condensation, and the operator's bounds outrank both.
    low.supply = min(low.supply, max(high.supply, conditions.supplyLowC))
    high.supply = max(high.supply, low.supply)
    (low.flow, high.flow) = (.infinity, 0)
    for i in 0..<points.model.rackCount {
      let design = points.model.racks[i].designLpm / points.model.racks[i].ratedKw
      low.flow = min(low.flow, conditions.flowFloor * design)
      high.flow = max(high.flow, 2 * RackFlowLaw.most * design)
    }
  }

  private mutating func probe(_ index: Int) {
    let coarse = Optimiser.supplyPoints * Optimiser.flowPoints
    var step = (
      supply: (high.supply - low.supply) / Double(Optimiser.supplyPoints - 1),
      flow: (high.flow - low.flow) / Double(Optimiser.flowPoints - 1)
    )
    var supply: Double
    var flow: Double
    if index < coarse {
      supply = low.supply + Double(index / Optimiser.flowPoints) * step.supply
      flow = low.flow + Double(index % Optimiser.flowPoints) * step.flow
    } else {
      let finer = index - coarse
      let perLevel = Optimiser.finerPoints * Optimiser.finerPoints
      if finer % perLevel == 0 { centre = best }
      for _ in 0...(finer / perLevel) { step = (step.supply / 2, step.flow / 2) }
      let place = finer % perLevel
      supply = centre.supplyC + Double(place / Optimiser.finerPoints - 2) * step.supply
      flow = centre.flowPerKw + Double(place % Optimiser.finerPoints - 2) * step.flow
    }
    supply = supply.clamped(low.supply, high.supply)
    flow = flow.clamped(low.flow, high.flow)
    let point = points.point(supplyC: supply, flowPerKw: flow)
    if index == 0 || point.score < best.score { best = point }
  }

  /// Setpoints that are good enough stay.
  private mutating func finish() {
    if let last = result?.best, last.supplyC >= low.supply, last.supplyC <= high.supply {
      let stays = points.point(supplyC: last.supplyC, flowPerKw: last.flowPerKw)
      if stays.score - best.score < Optimiser.worthMoving * best.powerKw { best = stays }
    }
    var found = Result()
    found.best = best
    found.reach = points.reach(dpKpa: best.dpKpa, speed: best.speed)
    found.constants = points.point(supplyC: constants.supply, flowPerKw: constants.flow, isPlain: true)
    let near = 0.01
    if best.supplyC >= high.supply - near {
      found.supplyBound = bound
    } else if best.supplyC <= low.supply + near {
      found.supplyBound = points.conditions.dewLowC > points.conditions.supplyLowC ? .dewPoint : .setpointMin
    }
    let colder = points.point(supplyC: best.supplyC - 1, flowPerKw: best.flowPerKw)
    let warmer = points.point(supplyC: best.supplyC + 1, flowPerKw: best.flowPerKw)
    found.supplyWPerK = 500 * (colder.costKw - warmer.costKw)
    if best.reason == .chip || best.reason == .loadStep {
      points.model.racks[best.tightest].marginK -= 1
      let relaxed = points.point(supplyC: best.supplyC, flowPerKw: best.flowPerKw)
      points.model.racks[best.tightest].marginK += 1
      found.chipWPerK = max(0, 1000 * (best.costKw - relaxed.costKw))
    }
    result = found
  }
}
