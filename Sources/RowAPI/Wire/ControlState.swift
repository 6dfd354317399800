/// Who gives the control loops their setpoints, and what the row's model knows.
public struct ControlState: Codable, Sendable, Equatable {
  /// Layer that is asked for: pid, pid+optimiser or mpc.
  public var mode: String
  /// Layer that gives the setpoints now.
  public var layer: String
  /// Why it does.
  public var reason: String
  /// Layer that runs beside it and changes nothing, or none.
  public var shadow: String
  /// The economic optimum; absent while none is worked out.
  public var optimum: OptimumState?
  /// The next minute as mpc has planned it; absent while it has no plan.
  public var prediction: PredictionState?
  /// What holds the optimum and what a kelvin is worth, in words.
  public var because: [String]
  /// Pump and fan energy saved against the site's constants since the daemon started, by the model, kWh; in shadow,
  /// what would have been saved.
  public var savedKwh: Double
  /// Mean of the racks' chip temperatures, °C.
  public var chipMeanC: Double?
  /// What the observer has learnt.
  public var model: ModelState

  public init(
    mode: String, layer: String, reason: String, shadow: String, optimum: OptimumState? = nil,
    prediction: PredictionState? = nil, because: [String] = [], savedKwh: Double, chipMeanC: Double? = nil,
    model: ModelState
  ) {
    self.mode = mode
    self.layer = layer
    self.reason = reason
    self.shadow = shadow
    self.optimum = optimum
    self.prediction = prediction
    self.because = because
    self.savedKwh = savedKwh
    self.chipMeanC = chipMeanC
    self.model = model
  }

  private enum CodingKeys: String, CodingKey {
    case mode, layer, reason, shadow, optimum, prediction, because
    case savedKwh = "saved_kwh"
    case chipMeanC = "chip_mean_c"
    case model
  }
}

/// The setpoints that cost least now, by the row's model.
public struct OptimumState: Codable, Sendable, Equatable {
  /// Supply temperature, °C.
  public var supplyC: Double
  /// Rack flow per kW of rack heat, L/min.
  public var flowPerKwLpm: Double
  /// Manifold dP, kPa.
  public var dpKpa: Double
  /// Row flow, L/min.
  public var flowLpm: Double
  /// Electrical power of pumps and fans there, kW.
  public var pumpPowerKw: Double
  public var fanPowerKw: Double
  /// Electrical power of pumps and fans with the site's constants, kW.
  public var constantsPowerKw: Double
  /// What supply one kelvin warmer would save, W; negative where colder is cheaper.
  public var supplyWPerK: Double
  /// What a chip limit of the tightest rack one kelvin higher would save, W.
  public var chipWPerK: Double
  /// Every limit can be kept.
  public var feasible: Bool

  public init(
    supplyC: Double, flowPerKwLpm: Double, dpKpa: Double, flowLpm: Double, pumpPowerKw: Double, fanPowerKw: Double,
    constantsPowerKw: Double, supplyWPerK: Double, chipWPerK: Double, feasible: Bool
  ) {
    self.supplyC = supplyC
    self.flowPerKwLpm = flowPerKwLpm
    self.dpKpa = dpKpa
    self.flowLpm = flowLpm
    self.pumpPowerKw = pumpPowerKw
    self.fanPowerKw = fanPowerKw
    self.constantsPowerKw = constantsPowerKw
    self.supplyWPerK = supplyWPerK
    self.chipWPerK = chipWPerK
    self.feasible = feasible
  }

  private enum CodingKeys: String, CodingKey {
    case supplyC = "supply_c"
    case flowPerKwLpm = "flow_per_kw_lpm"
    case dpKpa = "dp_kpa"
    case flowLpm = "flow_lpm"
    case pumpPowerKw = "pump_power_kw"
    case fanPowerKw = "fan_power_kw"
    case constantsPowerKw = "constants_power_kw"
    case supplyWPerK = "supply_w_per_k"
    case chipWPerK = "chip_w_per_k"
    case feasible
  }
}

/// A plan: values at even steps, the first one step from now.
public struct PredictionState: Codable, Sendable, Equatable {
  /// Seconds between two values.
  public var stepS: Double
  /// Supply temperature, °C.
  public var supplyC: [Double]
  /// Hottest chip of the row at its peak-held heat, °C.
  public var chipC: [Double]
  /// Fans or facility valve, percent, and manifold dP, kPa: demands from this step on.
  public var actuatorPercent: [Double]
  public var dpKpa: [Double]
  /// Electrical power of pumps and fans where the plan comes to rest, kW.
  public var restingPowerKw: Double
  /// What one kelvin more of the dearest chip's limit, and of the supply's bounds, would save, W.
  public var chipWPerK: Double
  public var supplyWPerK: Double

  public init(
    stepS: Double, supplyC: [Double], chipC: [Double], actuatorPercent: [Double], dpKpa: [Double],
    restingPowerKw: Double, chipWPerK: Double, supplyWPerK: Double
  ) {
    self.stepS = stepS
    self.supplyC = supplyC
    self.chipC = chipC
    self.actuatorPercent = actuatorPercent
    self.dpKpa = dpKpa
    self.restingPowerKw = restingPowerKw
    self.chipWPerK = chipWPerK
    self.supplyWPerK = supplyWPerK
  }

  private enum CodingKeys: String, CodingKey {
    case stepS = "step_s"
    case supplyC = "supply_c"
    case chipC = "chip_c"
    case actuatorPercent = "actuator_percent"
    case dpKpa = "dp_kpa"
    case restingPowerKw = "resting_power_kw"
    case chipWPerK = "chip_w_per_k"
    case supplyWPerK = "supply_w_per_k"
  }
}

/// How far the plant is from its name plates: 1 is as built. What rises or falls over weeks needs maintenance.
public struct ModelState: Codable, Sendable, Equatable {
  /// Good, or what does not do what the model says.
  public var health: String
  /// Supply less what the model makes of return, sink and fans, K.
  public var coilInnovationK: Double
  /// Effectiveness of the coils: falls as they foul.
  public var coilFactor: Double
  /// Resistance of the loop: rises as its filter clogs.
  public var loopFactor: Double
  /// The filter's drop at design flow as a share of its alarm limit.
  public var filterShare: Double?
  /// Power of the pumps and of the fans at the same duty: rises with wear.
  public var pumpPowerFactor: Double
  public var fanPowerFactor: Double
  /// Heat in the coolant by metered power.
  public var heatFactor: Double
  /// Per rack, in site-file order.
  public var racks: [RackModelState]

  public init(
    health: String, coilInnovationK: Double, coilFactor: Double, loopFactor: Double, filterShare: Double? = nil,
    pumpPowerFactor: Double, fanPowerFactor: Double, heatFactor: Double, racks: [RackModelState]
  ) {
    self.health = health
    self.coilInnovationK = coilInnovationK
    self.coilFactor = coilFactor
    self.loopFactor = loopFactor
    self.filterShare = filterShare
    self.pumpPowerFactor = pumpPowerFactor
    self.fanPowerFactor = fanPowerFactor
    self.heatFactor = heatFactor
    self.racks = racks
  }

  private enum CodingKeys: String, CodingKey {
    case health
    case coilInnovationK = "coil_innovation_k"
    case coilFactor = "coil_factor"
    case loopFactor = "loop_factor"
    case filterShare = "filter_share"
    case pumpPowerFactor = "pump_power_factor"
    case fanPowerFactor = "fan_power_factor"
    case heatFactor = "heat_factor"
    case racks
  }
}

/// What is known of one rack's chips beyond its plates' data.
public struct RackModelState: Codable, Sendable, Equatable {
  /// Chip above what its plates' resistance says, K.
  public var chipBiasK: Double
  /// Kept below the chip's limit, K.
  public var marginK: Double
  /// Its chip sensor wants more than a plate can be off, and is not believed.
  public var doubted: Bool

  public init(chipBiasK: Double, marginK: Double, doubted: Bool) {
    self.chipBiasK = chipBiasK
    self.marginK = marginK
    self.doubted = doubted
  }

  private enum CodingKeys: String, CodingKey {
    case chipBiasK = "chip_bias_k"
    case marginK = "margin_k"
    case doubted
  }
}
