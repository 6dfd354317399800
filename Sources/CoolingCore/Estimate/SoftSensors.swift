/// Ways to know a flow, a pressure or a temperature without its instrument, by physics: the pumps' curve against the
/// loop's resistance, a rack's valve against the manifold dP, the racks' heat against the coolant's rise. What the name
/// plates do not say (pipes, viscosity, wear, a valve's authority) is learnt while the instruments are good and agree;
/// until enough was learnt there is no soft value, and the interlock of the lost instrument acts.
///
/// The same relations contradict an instrument that is alive and lies: two of them against it, each through other
/// instruments, for a while.
public struct SoftSensors: Sendable {
  /// Memory of what is learnt, s: a loop's resistance moves with filter and viscosity, a meter's calibration does not.
  static let hydraulicHorizonS = 600.0
  static let balanceHorizonS = 3600.0
  static let heatHorizonS = 1800.0
  /// Two flow meters agree within this share; a rack's within this share of its design flow.
  static let agreement = 0.08
  static let rackAgreement = 0.10
  /// An instrument off by more than this is contradicted: shares of design flow, kPa, share of rated power.
  static let rowTolerance = 0.10
  static let rackTolerance = 0.15
  static let dpToleranceKpa = 20.0
  static let powerTolerance = 0.25
  /// Power is told from heat only after the rack's transport time, several times.
  static let powerDelayS = 60.0
  /// From power to return header at design flow, s: 34 L of coolant in a 120 kW rack, and the header.
  static let transportS = 15.0
  /// Share of design flow below which a balance means nothing.
  static let flowMin = 0.1
  /// Share of rated power below which heat and power are not compared, and how far apart they may be to teach.
  static let heatMin = 0.15
  static let heatSpread = 0.3
  /// A rack's valve that says less is taken as shut, percent.
  static let shutPercent = 2.0

  /// What is known of one rack beside its instruments.
  public struct Rack: Sendable {
    /// L/min at 1 kPa with an open valve.
    var conductance = Learnt(0)
    /// By valve and manifold dP.
    var flowLpm: Double?
    /// What valve and dP on the one hand, the row's meter and the other racks' on the other, both leave it at least.
    var leastLpm: Double?
    /// What its coolant brings back, by what its meter says.
    var heatShare = Learnt(1)
    var flowDoubt = Contradiction()
    var powerDoubt = Contradiction()
  }

  /// What is known of the row beside its instruments.
  struct Row {
    /// By speed, curve and dP.
    var pumpFlowLpm: Double?
    var dpKpa: Double?
    var supplyC: Double?
    var returnC: Double?
    /// Mean of the running pumps, percent.
    var speed = 0.0
    var isFlowDoubted = false
    var isDpDoubted = false
    /// It says less than both other ways: no reason to doubt it yet, nor to follow it.
    var isDpLow = false
  }

  private(set) var racks: PerRack<Rack> = .init(repeating: Rack())
  private(set) var row = Row()
  private var loopResistance = Learnt(0)
  private var meterRatio = Learnt(1)
  private var heatShare = Learnt(1)
  private var slowHeat = FirstOrderLag()
  private var flowDoubt = Contradiction()
  private var dpDoubt = Contradiction()

  public init() {}

  /// Loop without the manifold, kPa/(L/min)², and heat in the coolant by metered power; nil until enough was heard.
  @inline(__always)
  var learntLoopResistance: Double? { loopResistance.value }
  @inline(__always)
  var learntHeatShare: Double? { heatShare.value }

  /// The row's own instruments, and its size.
  struct Inputs {
    var supply: Reading<Temperature>
    var returned: Reading<Temperature>
    var manifoldDp: Reading<Pressure>
    var supplyPressure: Reading<Pressure>
    var returnPressure: Reading<Pressure>
    var rowFlow: Reading<Flow>
    var pumpCount: Int
    var rackCount: Int
    var ratedHeatKw: Double
    var designFlowLpm: Double
  }

  mutating func stepHydraulics(
    _ inputs: Inputs, racks: Span<Measurements.Rack>, pumps: Span<Measurements.Pump>, design: Span<Settings.Rack>,
    _ curve: PumpCurve, dt: Double
  ) {
    let drive = Drive(pumps, inputs.pumpCount, curve)
    row.speed = drive.speed
    let meters = Meters(inputs, racks)
    learnLoop(inputs, meters, drive, dt)

    let measuredDp = row.isDpDoubted ? nil : inputs.manifoldDp.credible?.kilopascals
    let dp = measuredDp ?? meters.pressureDifferenceKpa
    row.pumpFlowLpm = drive.flow(dp: dp, resistance: loopResistance.value)
    row.dpKpa = meters.pressureDifferenceKpa ?? pumpDp(drive, meters, racks, inputs.rackCount)
    stepRacks(inputs, racks, design, meters, root: (dp ?? row.dpKpa)?.squareRoot(), dt)
    contradictRow(inputs, meters, drive, dt)
  }

  /// - Parameters:
  ///   - leastKw: heat of the racks whose power is known, filtered; nil where too few are.
  ///   - isComplete: all are known.
  mutating func stepHeat(_ inputs: Inputs, flow: Reading<Flow>, leastKw: Double?, isComplete: Bool, dt: Double) {
    (row.supplyC, row.returnC) = (nil, nil)
    let lpm = flow.value?.litresPerMinute ?? 0
    guard let leastKw, lpm > SoftSensors.flowMin * inputs.designFlowLpm else { return }
    let transport = (SoftSensors.transportS * inputs.designFlowLpm / lpm).clamped(5, 60)
    let slow = slowHeat.step(leastKw, timeConstantS: transport, dt: dt)
    let perKelvin = coolantHeatCapacityKjPerLitreKelvin * lpm / 60
    let change = leastKw - slow
    let steady = 0.03 * inputs.ratedHeatKw
    if isComplete, change < steady, change > -steady, slow > SoftSensors.heatMin * inputs.ratedHeatKw,
      inputs.supply.quality == .good, inputs.returned.quality == .good,
      let supply = inputs.supply.value, let returned = inputs.returned.value
    {
      heatShare.learnBalance(perKelvin * (returned - supply).kelvin / slow, dt: dt)
    }
    guard let share = heatShare.value else { return }
    // While the load moves both lean to the warm side: the heat has not reached the return yet, or not left it.
    if let returned = inputs.returned.credible {
      row.supplyC = returned.celsius - min(leastKw, slow) * share / perKelvin
    }
    if let supply = inputs.supply.credible { row.returnC = supply.celsius + max(leastKw, slow) * share / perKelvin }
  }

  /// - Parameters:
  ///   - heatKw: what the coolant brings back from this rack; nil where no return sensor says it.
  ///   - excessKw: all racks' power above what the row's return brings back.
  /// - Returns: the rack's power by its heat, in the measure of its meter while that was good.
  mutating func stepPower(
    rack i: Int, _ power: Reading<Power>, heatKw: Double?, excessKw: Double?, ratedKw: Double, dt: Double
  ) -> Double? {
    guard let heatKw else { return nil }
    if power.quality == .good, let metered = power.value?.kilowatts, metered > SoftSensors.heatMin * ratedKw {
      racks[i].heatShare.learnBalance(heatKw / metered, dt: dt)
    }
    guard let share = racks[i].heatShare.value else { return nil }
    let byHeat = heatKw / share
    racks[i].powerDoubt.step(
      power.value.map { $0.kilowatts - byHeat }, excessKw, tolerance: SoftSensors.powerTolerance * ratedKw,
      delayS: SoftSensors.powerDelayS, dt: dt)
    return byHeat
  }

  /// Heat that the row's return brings back, kW, in the measure of the racks' power meters.
  @inline(__always)
  func returnedKw(_ inputs: Inputs, flow: Reading<Flow>) -> Double? {
    guard let share = heatShare.value, let supply = inputs.supply.value, let returned = inputs.returned.value,
      let flow = flow.value
    else { return nil }
    return coolantHeatCapacityKjPerLitreKelvin * flow.litresPerMinute / 60 * (returned - supply).kelvin / share
  }
}

// MARK: - Hydraulics

extension SoftSensors {
  /// What the flow and pressure instruments say together.
  private struct Meters {
    var rowLpm: Double?
    /// Sum of the racks' own that say something, how many do not, and the sum of all; nil unless all do.
    var heardLpm = 0.0
    var silent = 0
    var racksLpm: Double? { silent == 0 ? heardLpm : nil }
    /// Flow that the row's meter and the racks' agree on, or the only one there is.
    var agreedLpm: Double?
    var pressureDifferenceKpa: Double?

    init(_ inputs: Inputs, _ racks: Span<Measurements.Rack>) {
      for i in 0..<inputs.rackCount {
        if let flow = racks[i].flow.credible { heardLpm += flow.litresPerMinute } else { silent += 1 }
      }
      rowLpm = inputs.rowFlow.value?.litresPerMinute
      if let row = rowLpm, let racks = racksLpm {
        let isAgreed = (row - racks).isWithin(SoftSensors.agreement * racks) && inputs.rowFlow.quality == .good
        agreedLpm = isAgreed ? (row + racks) / 2 : nil
      } else {
        agreedLpm = racksLpm ?? (inputs.rowFlow.quality == .good ? rowLpm : nil)
      }
      if inputs.supplyPressure.quality == .good, inputs.returnPressure.quality == .good,
        let supply = inputs.supplyPressure.value, let returned = inputs.returnPressure.value
      {
        pressureDifferenceKpa = max(0, supply.kilopascals - returned.kilopascals)
      }
    }

    /// What the row's meter leaves for one rack, `ratio` being that meter's by the racks'; nil unless all others speak.
    @inline(__always)
    func left(for flow: Reading<Flow>, ratio: Double) -> Double? {
      guard let rowLpm else { return nil }
      if let own = flow.credible { return silent == 0 ? rowLpm / ratio - (heardLpm - own.litresPerMinute) : nil }
      return silent == 1 ? rowLpm / ratio - heardLpm : nil
    }
  }

  /// The running pumps as one: head at no flow, and its fall with the square of the row's flow.
  private struct Drive {
    var headKpa = 0.0
    var steepness = 0.0
    /// Percent, the mean.
    var speed = 0.0
    /// All speeds are known, and nearly the same.
    var isAlike = false

    init(_ pumps: Span<Measurements.Pump>, _ count: Int, _ curve: PumpCurve) {
      var running = 0.0
      var low = Double.infinity
      var high = 0.0
      var isKnown = true
      for i in 0..<count where !pumps[i].running.isClear {
        guard pumps[i].running.isSet, let pump = pumps[i].speed.value?.percent else {
          isKnown = false
          continue
        }
        running += 1
        speed += pump
        low = min(low, pump)
        high = max(high, pump)
      }
      guard running > 0 else { return }
      speed /= running
      isAlike = isKnown && high - low < 3 && low > 10
      headKpa = curve.shutoffHead.kilopascals * speed * speed / 10_000
      steepness = curve.steepness / (running * running)
    }

    /// kPa/(L/min)² of pumps and loop together, all but the manifold; not below a fifth of the pumps' own.
    @inline(__always)
    func resistance(_ loop: Double) -> Double { max(steepness + loop, 0.2 * steepness) }

    /// q from H₀n² − dP = (a/N² + k)·q².
    @inline(__always)
    func flow(dp: Double?, resistance loop: Double?) -> Double? {
      guard isAlike, let dp, let loop else { return nil }
      return (max(0, headKpa - dp) / resistance(loop)).squareRoot()
    }
  }

  private mutating func learnLoop(_ inputs: Inputs, _ meters: Meters, _ drive: Drive, _ dt: Double) {
    if let row = meters.rowLpm, let racks = meters.racksLpm, racks > 0, meters.agreedLpm != nil {
      // Once, when the row is new to us: from then on a meter that drifts does not take the balance with it.
      if meterRatio.heardS < SoftSensors.balanceHorizonS {
        meterRatio.learn(row / racks, horizonS: SoftSensors.balanceHorizonS, dt: dt)
      }
    }
    guard drive.isAlike, let flow = meters.agreedLpm, flow > 0.2 * inputs.designFlowLpm,
      inputs.manifoldDp.quality == .good, let dp = inputs.manifoldDp.value?.kilopascals
    else { return }
    if let other = meters.pressureDifferenceKpa, !(dp - other).isWithin(Validator.pressureDisagreementKpa) { return }
    let sample = (drive.headKpa - dp) / (flow * flow) - drive.steepness
    loopResistance.learn(sample, horizonS: SoftSensors.hydraulicHorizonS, dt: dt)
  }

  /// dP = H₀n² − (a/N² + k)·q², with q measured, or by the conductance G of all racks together: q = G·√dP.
  private mutating func pumpDp(
    _ drive: Drive, _ meters: Meters, _ measured: Span<Measurements.Rack>, _ count: Int
  ) -> Double? {
    guard drive.isAlike, let loop = loopResistance.value else { return nil }
    let resistance = drive.resistance(loop)
    let row = row.isFlowDoubted ? nil : meters.rowLpm
    if let flow = meters.racksLpm ?? row { return max(0, drive.headKpa - resistance * flow * flow) }
    var conductance = 0.0
    for i in 0..<count {
      guard let own = racks[i].conductance.value, let valve = measured[i].valvePosition.value else { return nil }
      conductance += own * branchFlowShare(valvePercent: valve.percent)
    }
    return drive.headKpa / (1 + resistance * conductance * conductance)
  }

  private mutating func stepRacks(
    _ inputs: Inputs, _ measured: Span<Measurements.Rack>, _ design: Span<Settings.Rack>, _ meters: Meters,
    root: Double?, _ dt: Double
  ) {
    let isDpGood = inputs.manifoldDp.quality == .good && !row.isDpDoubted
    let isRowGood = inputs.rowFlow.quality == .good
    for i in 0..<inputs.rackCount {
      let designLpm = design[i].designFlow.litresPerMinute
      let metered = measured[i].flow.value?.litresPerMinute
      racks[i].flowLpm = nil
      racks[i].leastLpm = nil
      let left = isRowGood ? meters.left(for: measured[i].flow, ratio: meterRatio.mean) : nil
      guard let root, root > 1, let valve = measured[i].valvePosition.value else { continue }
      let share = branchFlowShare(valvePercent: valve.percent)
      let isAgreed = left.map { ($0 - (metered ?? 0)).isWithin(SoftSensors.rackAgreement * designLpm) } ?? true
      if isDpGood, isAgreed, measured[i].flow.quality == .good, let metered,
        metered > SoftSensors.flowMin * designLpm
      {
        racks[i].conductance.learn(metered / (share * root), horizonS: SoftSensors.hydraulicHorizonS, dt: dt)
      }
      guard let conductance = racks[i].conductance.value else { continue }
      let flow = conductance * share * root
      racks[i].flowLpm = flow
      // A valve that says it is shut passes what it leaks, and nobody knows how much that is.
      racks[i].leastLpm = valve.percent > SoftSensors.shutPercent ? left.map { min($0, flow) } : nil
      racks[i].flowDoubt.step(
        metered.map { $0 - flow }, left.flatMap { left in metered.map { $0 - left } },
        tolerance: SoftSensors.rackTolerance * designLpm,
        delayS: Contradiction.delayS, dt: dt)
    }
  }

  private mutating func contradictRow(_ inputs: Inputs, _ meters: Meters, _ drive: Drive, _ dt: Double) {
    func off(_ value: Double?, _ other: Double?) -> Double? {
      if let value, let other { value - other } else { nil }
    }
    flowDoubt.step(
      off(meters.rowLpm, meters.racksLpm), off(meters.rowLpm, row.pumpFlowLpm),
      tolerance: SoftSensors.rowTolerance * inputs.designFlowLpm, delayS: Contradiction.delayS, dt: dt)
    row.isFlowDoubted = flowDoubt.isActive
    let dp = inputs.manifoldDp.value?.kilopascals
    var byPumps: Double?
    if drive.isAlike, let loop = loopResistance.value, let flow = meters.agreedLpm {
      byPumps = drive.headKpa - drive.resistance(loop) * flow * flow
    }
    dpDoubt.step(
      off(dp, meters.pressureDifferenceKpa), off(dp, byPumps), tolerance: SoftSensors.dpToleranceKpa,
      delayS: Contradiction.delayS, dt: dt)
    row.isDpDoubted = dpDoubt.isActive
    row.isDpLow = dpDoubt.isLow
  }
}

/// Flow through a rack's branch at a given dP by valve position, as a share of that with an open valve: an
/// equal-percentage valve of rangeability 50 that takes 30 % of the branch's dP when open, φ = 1/√(0.7 + 0.3·2500^u), u
/// the share by which it is closed. The power is that of a Taylor sum, eight times over: within 0.1 % down to half
/// open, 6 % when shut.
@inline(__always)
func branchFlowShare(valvePercent: Double) -> Double {
  // ln 2500 / 8
  let a = 0.978 * (1 - valvePercent / 100).clamped(0, 1)
  let root8 = 1 + a * (1 + a / 2 * (1 + a / 3 * (1 + a / 4)))
  let root4 = root8 * root8
  let root2 = root4 * root4
  return 1 / (0.7 + 0.3 * root2 * root2).squareRoot()
}

/// The other way round; 100 where the share is out of reach.
func valvePercent(branchFlowShare share: Double) -> Double {
  let valve = (1 / (share * share) - 0.7) / 0.3
  // 2500 to the power of what is shut; ln 2500 = 7.824.
  return valve > 1 ? (100 * (1 - naturalLogarithm(valve) / 7.824)).clamped(0, 100) : 100
}

extension Learnt {
  /// Heat by power: near 1, whatever warms the hall beside the coolant. A meter or a moment that says otherwise teaches
  /// nothing.
  fileprivate mutating func learnBalance(_ sample: Double, dt: Double) {
    guard (sample - 1).isWithin(SoftSensors.heatSpread) else { return }
    learn(sample, horizonS: SoftSensors.heatHorizonS, dt: dt)
  }
}

extension Double {
  @inline(__always)
  fileprivate func isWithin(_ tolerance: Double) -> Bool { self <= tolerance && self >= -tolerance }
}
