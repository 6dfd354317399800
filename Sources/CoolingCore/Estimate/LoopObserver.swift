/// Corrects the row model by what the instruments say, with fixed gains: a bias for every telemetered chip, a factor on
/// the coils' effectiveness, the branches' conductances and the loop's resistance as the soft sensors have learnt them,
/// heat that no meter sees, and what pumps and fans really draw. So what rests on the model has no steady offset.
///
/// Each correction is bounded. Where an instrument wants more than a plant can be off, it is not believed; where the
/// model as a whole stays off, its health is poor and nothing is to rest on it. What was learnt says, beside that, what
/// needs maintenance.
public struct LoopObserver: Sendable {
  /// Shares of an innovation that the chip's bias, the coils' factor and the powers take a second.
  static let chipGain = 0.01
  static let coilGain = 0.002
  static let powerGain = 1.0 / 600
  /// Below this share of rated heat nothing is learnt.
  static let loadMin = 0.2
  /// A plate may be this much better and worse than published before its sensor is doubted, K; a bias lowers a chip by
  /// at most 3 K: a sensor that reads low must not heat its chip.
  static let chipBiasLow = -3.0
  static let chipBiasHigh = 10.0
  static let chipDoubtLow = -8.0
  static let chipDoubtHigh = 14.0
  static let chipDoubtS = 30.0
  /// Margin without telemetry; the least and the most one earns: 1 K + 2σ.
  static let chipMarginUnknown = 4.0
  static let chipMarginMin = 1.0
  static let chipMarginMax = 6.0
  static let chipKnownAfterS = 60.0
  static let varianceS = 300.0
  static let coilFactorLow = 0.6
  static let coilFactorHigh = 1.4
  /// Supply off by this much from what return, sink and coils say, smoothed over a minute, for two: the model is poor.
  static let coilDoubtK = 3.0
  static let coilSmoothS = 60.0
  static let coilDoubtS = 120.0

  /// What is known of one chip sensor.
  public struct Chip: Sendable {
    /// By the model without bias, °C.
    var predicted = FirstOrderLag()
    public var innovationK = 0.0
    var variance = 1.0
    var heardS = 0.0
    var offS = 0.0
    /// Its sensor wants more than a plate can be off.
    public var isDoubted = false
  }

  public enum Health: UInt8, Sendable {
    case good
    /// The coils do not do what the model says.
    case coilsOff
    /// More than half of the telemetered chips do not.
    case chipsOff
  }

  public private(set) var chips: PerRack<Chip> = .init(repeating: Chip())
  public private(set) var health = Health.good
  /// Supply less what the model makes of return, sink and fans, smoothed, K.
  public private(set) var coilInnovationK = 0.0
  public private(set) var maintenance = Maintenance()
  private var coilOff = FirstOrderLag()
  private var coilOffS = 0.0

  public init() {}

  /// How far the plant has moved from its name plates: 1 is as built.
  public struct Maintenance: Sendable {
    /// Effectiveness of the coils: falls as they foul.
    public var coilFactor = 1.0
    /// Loop resistance by design's: rises as the filter clogs.
    public var loopFactor = 1.0
    /// The filter's drop at design flow as a share of its alarm limit; nil: not measured.
    public var filterShare: Double?
    /// Electrical power by the name plates' at the same duty: rises as pumps or fans wear.
    public var pumpPowerFactor = 1.0
    public var fanPowerFactor = 1.0
    /// Heat in the coolant by metered power.
    public var heatFactor = 1.0
  }

  /// What the row says beside its racks.
  struct Inputs {
    var supply: Reading<Temperature>
    var returned: Reading<Temperature>
    var sink: Reading<Temperature>
    var flow: Reading<Flow>
    /// Mean position of what moves the sink's medium, percent; nil where the units do not go alike.
    var actuator: Double?
    var heatShare: Double
    /// Safeguards or persons drive: what happens is not the model's to explain.
    var isFrozen: Bool
    var pumpSpeed: Double?
    var pumpPowerKw: Double?
    var fanPowerKw: Double?
    var filterDp: Reading<Pressure>
    var filterDpHigh: Double
    var designLpm: Double
    /// By the soft sensors; nil until enough was heard.
    var learntLoopResistance: Double?
    var learntHeatShare: Double?
  }

  mutating func step(
    _ inputs: Inputs, racks: Span<Measurements.Rack>, estimates: Span<RowEstimate.Rack>,
    soft: Span<SoftSensors.Rack>, as design: Settings.Model, _ model: inout LoopModel, dt: Double
  ) {
    let isLearning = !inputs.isFrozen && inputs.heatShare > LoopObserver.loadMin
    var doubted = 0
    var telemetered = 0
    for i in 0..<model.rackCount {
      if let conductance = soft[i].conductance.value { model.racks[i].conductance = conductance }
      let supply = inputs.supply.quality == .good ? inputs.supply.value : nil
      stepChip(
        i, racks[i].chipTemperature, supply: supply, estimates[i], isLearning: isLearning, &model.racks[i], model.times,
        dt)
      guard racks[i].chipTemperature.isConfigured else { continue }
      telemetered += 1
      if chips[i].isDoubted { doubted += 1 }
    }
    let designResistance = design.loopResistance
    if let resistance = inputs.learntLoopResistance {
      model.hydraulics.resistance = resistance.clamped(0.3 * designResistance, 4 * designResistance)
    }
    stepCoil(inputs, isLearning: isLearning, &model, dt)
    stepPower(inputs, isLearning: isLearning, &model, dt)
    note(inputs, &model, designResistance)
    if coilOffS > LoopObserver.coilDoubtS {
      health = .coilsOff
    } else {
      health = 2 * doubted > telemetered ? .chipsOff : .good
    }
  }

  /// The prediction is not corrected by what is measured, so that its innovation is the error of the model and earns
  /// the margin that the model deserves.
  @inline(__always)
  private mutating func stepChip(
    _ i: Int, _ telemetered: Reading<Temperature>, supply: Temperature?, _ estimate: RowEstimate.Rack,
    isLearning: Bool, _ rack: inout LoopModel.Rack, _ times: LoopModel.Times, _ dt: Double
  ) {
    guard let supply, let flow = estimate.flow.value, let power = estimate.power.value else { return }
    let specific = flow.litresPerMinute / rack.ratedKw
    let rise = ColdPlate.rise(specificFlow: specific.clamped(0.05, 10), load: power.kilowatts / rack.ratedKw)
    let predicted = chips[i].predicted.step(
      supply.celsius + rise * rack.plateFactor, timeConstantS: times.chipLag(specificFlow: specific), dt: dt)
    guard telemetered.quality == .good, let measured = telemetered.value else {
      // A sensor that has gone says nothing about its chip any more.
      if telemetered.value == nil { forget(i, &rack) }
      return
    }
    guard isLearning else { return }
    let raw = measured.celsius - predicted
    let isOff = raw < LoopObserver.chipDoubtLow || raw > LoopObserver.chipDoubtHigh
    chips[i].offS = isOff == chips[i].isDoubted ? 0 : chips[i].offS + dt
    if chips[i].offS > LoopObserver.chipDoubtS {
      chips[i].isDoubted = isOff
      chips[i].offS = 0
      forget(i, &rack)
    }
    guard !isOff, !chips[i].isDoubted else { return }
    let innovation = raw - rack.chipBiasK
    chips[i].innovationK = innovation
    rack.chipBiasK = (rack.chipBiasK + LoopObserver.chipGain * innovation * dt)
      .clamped(LoopObserver.chipBiasLow, LoopObserver.chipBiasHigh)
    let counted = innovation.clamped(-5, 5)
    chips[i].variance += (counted * counted - chips[i].variance) * dt / (LoopObserver.varianceS + dt)
    chips[i].heardS += dt
    guard chips[i].heardS > LoopObserver.chipKnownAfterS else { return }
    rack.marginK = (LoopObserver.chipMarginMin + 2 * chips[i].variance.squareRoot())
      .clamped(LoopObserver.chipMarginMin, LoopObserver.chipMarginMax)
  }

  @inline(__always)
  private mutating func forget(_ i: Int, _ rack: inout LoopModel.Rack) {
    (chips[i].heardS, chips[i].variance, chips[i].innovationK) = (0, 1, 0)
    rack.chipBiasK = max(0, rack.chipBiasK)
    rack.marginK = LoopObserver.chipMarginUnknown
  }

  private mutating func stepCoil(_ inputs: Inputs, isLearning: Bool, _ model: inout LoopModel, _ dt: Double) {
    guard isLearning, let actuator = inputs.actuator, inputs.supply.quality == .good, inputs.returned.quality == .good,
      inputs.sink.quality == .good, let supply = inputs.supply.value, let returned = inputs.returned.value,
      let sink = inputs.sink.value, let flow = inputs.flow.value, flow.litresPerMinute > 0.1 * inputs.designLpm
    else { return }
    let drive = (returned - sink).kelvin
    guard drive > 5, actuator >= model.coil.least, actuator < model.coil.most - 1 else { return }
    let expected = model.coil.effectiveness(actuator: actuator, flowLpm: flow.litresPerMinute)
    guard expected > 0.02 else { return }
    let found = (returned - supply).kelvin / drive
    model.coil.factor = (model.coil.factor * (1 + LoopObserver.coilGain * dt * (found / expected - 1)))
      .clamped(LoopObserver.coilFactorLow, LoopObserver.coilFactorHigh)
    coilInnovationK = coilOff.step((expected - found) * drive, timeConstantS: LoopObserver.coilSmoothS, dt: dt)
    let limit = coilOffS > LoopObserver.coilDoubtS ? LoopObserver.coilDoubtK / 2 : LoopObserver.coilDoubtK
    let isOff = coilInnovationK > limit || coilInnovationK < -limit
    coilOffS = isOff ? min(coilOffS + dt, 2 * LoopObserver.coilDoubtS) : max(0, coilOffS - 2 * dt)
  }

  private mutating func stepPower(_ inputs: Inputs, isLearning: Bool, _ model: inout LoopModel, _ dt: Double) {
    guard isLearning else { return }
    if let drawn = inputs.pumpPowerKw, let speed = inputs.pumpSpeed, let flow = inputs.flow.value {
      LoopObserver.learn(
        &model.hydraulics.powerFactor, drawn,
        model.hydraulics.powerKw(flowLpm: flow.litresPerMinute, speed: speed), dt)
    }
    if let drawn = inputs.fanPowerKw, let actuator = inputs.actuator, actuator >= model.coil.least {
      LoopObserver.learn(&model.coil.powerFactor, drawn, model.coil.powerKw(actuator: actuator), dt)
    }
  }

  private static func learn(_ factor: inout Double, _ found: Double, _ expected: Double, _ dt: Double) {
    guard expected > 0 else { return }
    factor = (factor * (1 + powerGain * dt * (found / expected - 1).clamped(-1, 1))).clamped(0.4, 2)
  }

  private mutating func note(
    _ inputs: Inputs, _ model: inout LoopModel, _ designResistance: Double
  ) {
    maintenance.coilFactor = model.coil.factor
    maintenance.loopFactor = model.hydraulics.resistance / designResistance
    maintenance.pumpPowerFactor = model.hydraulics.powerFactor
    maintenance.fanPowerFactor = model.coil.powerFactor
    maintenance.heatFactor = inputs.learntHeatShare ?? 1
    maintenance.filterShare = nil
    guard let dp = inputs.filterDp.credible?.kilopascals, let flow = inputs.flow.value?.litresPerMinute,
      flow > 0.2 * inputs.designLpm
    else { return }
    let toDesign = inputs.designLpm / flow
    maintenance.filterShare = (dp * toDesign * toDesign / inputs.filterDpHigh).clamped(0, 10)
  }
}
