/// The controller's own model of its row: what plates, pumps, coils and fans do at given flows, pressures and speeds.
/// Its numbers come from the site file (name plates, or measured ones), and the observer corrects what instruments
/// contradict (`LoopObserver.swift`).
///
/// Hydraulics are closed forms, the coils a table, the plates a hyperbola, so that the model is differentiable wherever
/// the plant is; for given actuator positions its dynamics are linear in the temperatures (`Times`).
public struct LoopModel: Sendable {
  public var rackCount = 0
  public var racks: PerRack<Rack> = .init(repeating: Rack())
  public var hydraulics = Hydraulics()
  public var coil = Coil()
  public var times = Times()

  public init() {}

  /// One rack: its branch and its plates.
  public struct Rack: Sendable, Equatable {
    public var ratedKw = 120.0
    public var designLpm = 156.0
    /// Flow at 1 kPa with an open valve, L/min.
    public var conductance = 17.4
    public var chipLimitC = 85.0
    /// Resistance of its plates as a multiple of the published one.
    public var plateFactor = 1.0
    /// Chip above what the plates' resistance says, K; learnt.
    public var chipBiasK = 0.0
    /// Kept below the limit for what is not known, K; earned.
    public var marginK = 4.0
    /// It is in the row: not isolated.
    public var isServed = true
    public init() {}

    /// Chip case less supply temperature in steady state, K.
    @inline(__always)
    public func chipRise(flowLpm: Double, powerKw: Double) -> Double {
      ColdPlate.rise(specificFlow: flowLpm / ratedKw, load: powerKw / ratedKw) * plateFactor + chipBiasK
    }

    /// Flow, L/min, at which the chip stands `riseK` above supply; infinite where no flow is enough.
    @inline(__always)
    public func flow(forChipRise riseK: Double, powerKw: Double) -> Double {
      let load = powerKw / ratedKw * plateFactor
      let left = riseK - chipBiasK - ColdPlate.fixedK * load
      return left > 0 ? ratedKw * ColdPlate.perFlowK * load / left : .infinity
    }
  }
}

/// A cold plate with PG25, case to inlet, the coolant's own rise included: R = 16.2 + 8.4/V K at rated power, V in
/// L/min per kW rated (OCP OAI liquid cooling guidelines 2023, figure 7; within 4.4 % of its table, 0.4 … 2.4 L/min).
enum ColdPlate {
  static let fixedK = 16.2
  static let perFlowK = 8.4

  /// - Parameter load: share of rated power.
  @inline(__always)
  static func rise(specificFlow: Double, load: Double) -> Double {
    load * (fixedK + perFlowK / specificFlow.clamped(0.001, 10))
  }
}

// MARK: - Hydraulics

extension LoopModel {
  /// Pumps in parallel on the loop's resistance and the manifold: H₀n² − (a/N²)·Q² = k·Q² + dP, dP = (Q/G)².
  public struct Hydraulics: Sendable {
    public var curve = PumpCurve()
    /// Pumps that share the flow.
    public var running = 2.0
    /// Pumps that could.
    public var available = 2.0
    /// Percent.
    public var speedMin = 30.0
    public var speedMax = 100.0
    /// Electrical power of one pump at its duty point, kW.
    public var ratedPowerKw = 5.5
    /// Electrical power as a multiple of the name plates'; learnt.
    public var powerFactor = 1.0
    /// Loop without the manifold: headers, filter, coils, kPa/(L/min)².
    public var resistance = 5.5e-5
    public var dpMinKpa = 40.0
    public var dpMaxKpa = 200.0
    public init() {}

    /// Row flow, L/min, at a speed in percent, with the manifold's conductance in L/min at 1 kPa.
    @inline(__always)
    public func flow(speed: Double, conductance: Double) -> Double {
      let own = curve.steepness / (running * running)
      let manifold = conductance > 0 ? 1 / (conductance * conductance) : Double.infinity
      return speed / 100 * (curve.shutoffHead.kilopascals / (own + resistance + manifold)).squareRoot()
    }

    /// Speed, percent, that makes `dpKpa` at the manifold while `flowLpm` runs. May exceed 100.
    @inline(__always)
    public func speed(flowLpm: Double, dpKpa: Double) -> Double {
      let head = Pressure(kilopascals: dpKpa + resistance * flowLpm * flowLpm)
      return curve.speed(head: head, flow: Flow(litresPerMinute: flowLpm / running))
    }

    /// Electrical power of all running pumps, kW: shaft power by the curve, and of each pump's rating 2 % with speed
    /// and 0.5 % whenever its drive is on.
    @inline(__always)
    public func powerKw(flowLpm: Double, speed: Double) -> Double {
      let each = Flow(litresPerMinute: flowLpm / running)
      let head = curve.head(speed: speed, flow: each)
      let shaft = curve.powerIndex(head: head, flow: each, speed: speed)
      let rated = curve.ratedHead.kilopascals * curve.ratedFlow.litresPerMinute
      let share = 0.975 * shaft / rated + 0.02 * speed / 100 + 0.005
      return powerFactor * running * ratedPowerKw * share
    }
  }

  /// Flow of each rack at given shares of its open valve's flow, L/min, and their sum; closed form.
  ///
  /// - Parameter valveShares: by rack, as `branchFlowShare` gives them.
  public mutating func flows(speed: Double, valveShares: Span<Double>, into flows: inout PerRack<Double>) -> Double {
    var conductance = 0.0
    for i in 0..<rackCount {
      flows[i] = racks[i].isServed ? racks[i].conductance * valveShares[i] : 0
      conductance += flows[i]
    }
    guard conductance > 0 else { return 0 }
    let total = hydraulics.flow(speed: speed, conductance: conductance)
    for i in 0..<rackCount { flows[i] *= total / conductance }
    return total
  }
}

// MARK: - Coils and times

extension LoopModel {
  /// Coils with fans, or a plate exchanger with its valve.
  public struct Coil: Sendable {
    public var map = EffectivenessMap()
    public var designLpm = 1248.0
    /// Effectiveness as a multiple of the map's; learnt: fouling, mounting.
    public var factor = 1.0
    /// Share of the coils that take part.
    public var healthy = 1.0
    /// Percent.
    public var least = 10.0
    public var most = 100.0
    public var mayStop = true
    /// Electrical power of all fans (or of what moves the facility's water) at 100 %, kW.
    public var ratedPowerKw = 19.2
    public var powerFactor = 1.0
    public init() {}

    public func effectiveness(actuator: Double, flowLpm: Double) -> Double {
      factor * healthy * map.effectiveness(actuator: actuator, flowShare: flowLpm / designLpm)
    }

    /// Position, percent, for an effectiveness; 100 where it is out of reach.
    public func actuator(effectiveness: Double, flowLpm: Double) -> Double {
      map.actuator(effectiveness: effectiveness / (factor * healthy), flowShare: flowLpm / designLpm)
    }

    /// kW at a mean position: cubic; below the least speed fewer fans turn, each at that speed.
    @inline(__always)
    public func powerKw(actuator: Double) -> Double {
      let position = actuator / 100
      let low = least / 100
      let turning = !mayStop || position >= low ? 1 : position / low
      let each = max(position, mayStop ? low : 0)
      return powerFactor * healthy * ratedPowerKw * turning * (0.995 * each * each * each + 0.005)
    }
  }

  /// What makes the row's answer slow.
  public struct Times: Sendable {
    /// Coolant from coils to racks and back, and inside the coils, L.
    public var supplyL = 135.0
    public var returnL = 200.0
    public var coilL = 62.0
    /// Warming of a chip on a plate without flow at rated power, K/s.
    public var chipKps = RowEstimator.heatingKps
    public init() {}

    /// Seconds that a volume takes at a flow.
    @inline(__always)
    public func transit(_ volumeL: Double, flowLpm: Double) -> Double { 60 * volumeL / max(flowLpm, 1) }

    @inline(__always)
    public func chipLag(specificFlow: Double) -> Double {
      (ColdPlate.fixedK + ColdPlate.perFlowK / specificFlow.clamped(0.05, 10)) / chipKps
    }
  }

  /// Supply temperature behind the coils in steady state, °C.
  @inline(__always)
  public mutating func coilOutlet(inletC: Double, sinkC: Double, flowLpm: Double, actuator: Double) -> Double {
    inletC - coil.effectiveness(actuator: actuator, flowLpm: flowLpm) * (inletC - sinkC)
  }

  /// The row as designed.
  public init(_ settings: borrowing Settings) {
    rackCount = settings.rackCount
    for i in 0..<rackCount {
      racks[i].ratedKw = settings.racks[i].rated.kilowatts
      racks[i].designLpm = settings.racks[i].designFlow.litresPerMinute
      racks[i].conductance = settings.model.conductance[i]
      racks[i].plateFactor = settings.model.plateFactor[i]
      racks[i].chipLimitC = settings.racks[i].chipLimit.celsius
    }
    let pumps = settings.pumps
    hydraulics.curve = pumps.curve
    hydraulics.running = Double(max(pumps.minimumRunning, 1))
    (hydraulics.speedMin, hydraulics.speedMax) = (pumps.speedMin, pumps.speedMax)
    hydraulics.ratedPowerKw = settings.model.pumpRatedKw
    hydraulics.resistance = settings.model.loopResistance
    (hydraulics.dpMinKpa, hydraulics.dpMaxKpa) = (pumps.dpMin.kilopascals, pumps.dpMax.kilopascals)
    coil.map = settings.rejection.map
    coil.designLpm = settings.rejection.designFlow.litresPerMinute
    coil.factor = settings.model.coilFactor
    (coil.least, coil.most) = (settings.rejection.demandMin, settings.rejection.demandMax)
    coil.mayStop = settings.rejection.mayStop
    coil.ratedPowerKw = settings.model.rejectionRatedKw
    let loopL = settings.model.loopVolumeL
    (times.supplyL, times.returnL, times.coilL) = (0.3 * loopL, 0.5 * loopL, 0.2 * loopL)
  }
}
