/// From the input image to measurements: every signal through its own checks, redundant ones through a vote.
public struct Validator: Sendable {
  /// How far two healthy instruments of one role may differ: the sum of two class-A Pt100 in sheath with lag, and 3 %
  /// of a 400 kPa transmitter.
  static let temperatureDisagreementK = 1.5
  static let pressureDisagreementKpa = 12.0
  /// What counts as a clear move of a companion, 5 in its measure: 2 K, 20 kPa.
  static let companionPerK = 2.5
  static let companionPerKpa = 0.25

  private var conditioners: PerInput<SignalConditioner> = .init(repeating: SignalConditioner())
  /// Every signal after its own checks; shown to the operator beside the voted measurements.
  public private(set) var conditioned: PerInput<ConditionedSignal> = .init(repeating: ConditionedSignal())

  public init() {}

  /// - Parameters:
  ///   - physics, racks: what the other instruments said of these a cycle ago.
  mutating func step(
    _ signals: Span<Signal>, _ limits: Span<SignalLimits>, _ size: RowSize, _ physics: SoftSensors.Row,
    racks: Span<SoftSensors.Rack>, design: Span<Settings.Rack>, into measurements: inout Measurements, dt: Double
  ) {
    conditionRow(signals, limits, physics, dt)
    condition(InputSlot.leak(0, .alarm)..<InputSlot.leak(size.leakZones, .alarm), signals, limits, dt)
    condition(InputSlot.pump(0, .speed)..<InputSlot.pump(size.pumps, .speed), signals, limits, dt)
    for i in 0..<size.racks {
      conditionRack(i, signals, limits, racks[i], designLpm: design[i].designFlow.litresPerMinute, dt)
    }
    condition(InputSlot.fan(0, .speed)..<InputSlot.fan(size.fans, .speed), signals, limits, dt)
    assembleRow(&measurements, limits, physics)
    assembleUnits(&measurements, size)
  }

  private mutating func condition(
    _ slots: Range<Int>, _ signals: Span<Signal>, _ limits: Span<SignalLimits>, _ dt: Double
  ) {
    for slot in slots {
      conditioned[slot] = conditioners[slot].step(signals[slot], limits: limits[slot], dt: dt)
    }
  }

  /// Redundant instruments witness each other's process, the pumps' speed that of the hydraulic ones.
  private mutating func conditionRow(
    _ signals: Span<Signal>, _ limits: Span<SignalLimits>, _ physics: SoftSensors.Row, _ dt: Double
  ) {
    for slot in 0..<InputSlot.leak(0, .alarm) {
      var companion = Double.nan
      switch slot {
      case ..<InputSlot.manifoldDp: companion = neighbour(slot) * Validator.companionPerK
      case ..<InputSlot.supplyPressure:
        companion = neighbour(slot) * Validator.companionPerKpa
        if companion.isNaN { companion = physics.speed }
      case ...InputSlot.filterDp: companion = physics.speed
      default: break
      }
      conditioned[slot] = conditioners[slot].step(signals[slot], limits: limits[slot], companion: companion, dt: dt)
    }
    if physics.isFlowDoubted { contradict(InputSlot.rowFlow) }
  }

  private mutating func conditionRack(
    _ i: Int, _ signals: Span<Signal>, _ limits: Span<SignalLimits>, _ rack: SoftSensors.Rack, designLpm: Double,
    _ dt: Double
  ) {
    condition(
      InputSlot.rack(i, .chipTemperature)..<InputSlot.rack(i, .valveFault) + 1, signals, limits, dt)
    let flow = InputSlot.rack(i, .flow)
    let power = InputSlot.rack(i, .power)
    let byValve = rack.flowLpm.map { 100 * $0 / designLpm } ?? .nan
    let byHeat = (conditioned[InputSlot.rack(i, .returnTemperature)].value ?? .nan) * Validator.companionPerK
    conditioned[flow] = conditioners[flow].step(signals[flow], limits: limits[flow], companion: byValve, dt: dt)
    conditioned[power] = conditioners[power].step(signals[power], limits: limits[power], companion: byHeat, dt: dt)
    if rack.flowDoubt.isActive { contradict(flow) }
    if rack.powerDoubt.isActive { contradict(power) }
  }

  /// Another instrument of the same role; NaN where none speaks.
  @inline(__always)
  private mutating func neighbour(_ slot: Int) -> Double {
    let first = slot - slot % InputSlot.redundant
    let next = first + (slot + 1 - first) % InputSlot.redundant
    let last = first + (slot + 2 - first) % InputSlot.redundant
    return conditioned[next].value ?? conditioned[last].value ?? .nan
  }

  private mutating func contradict(_ slot: Int) {
    if conditioned[slot].quality == .good { conditioned[slot].quality = .uncertain(.implausible) }
  }

  private mutating func assembleRow(
    _ measurements: inout Measurements, _ limits: Span<SignalLimits>, _ physics: SoftSensors.Row
  ) {
    measurements.supplyTemperature = voted(
      InputSlot.supplyTemperature, Validator.temperatureDisagreementK, safeSide: .high, limits, physics.supplyC)
    measurements.returnTemperature = voted(
      InputSlot.returnTemperature, Validator.temperatureDisagreementK, safeSide: .high, limits, physics.returnC)
    measurements.manifoldDp = voted(
      InputSlot.manifoldDp, Validator.pressureDisagreementKpa, safeSide: .low, limits, physics.dpKpa)
    if physics.isDpDoubted, measurements.manifoldDp.quality == .good {
      measurements.manifoldDp.quality = .uncertain(.implausible)
    }
    measurements.supplyPressure = Reading(conditioned[InputSlot.supplyPressure])
    measurements.returnPressure = Reading(conditioned[InputSlot.returnPressure])
    measurements.rowFlow = Reading(conditioned[InputSlot.rowFlow])
    measurements.filterDp = Reading(conditioned[InputSlot.filterDp])
    measurements.reservoirLevel = Reading(conditioned[InputSlot.reservoirLevel])
    measurements.hallTemperature = Reading(conditioned[InputSlot.hallTemperature])
    measurements.dewPoint = hallDewPoint(air: measurements.hallTemperature)
    measurements.facilityTemperature = Reading(conditioned[InputSlot.facilityTemperature])
    measurements.facilityFlow = Reading(conditioned[InputSlot.facilityFlow])
    measurements.facilityValvePosition = Reading(conditioned[InputSlot.facilityValvePosition])
    measurements.emergencyStop = Reading(conditioned[InputSlot.emergencyStop])
    measurements.permissive = Reading(conditioned[InputSlot.permissive])
  }

  @inline(__always)
  private func voted<Q: Quantity>(
    _ slot: Int, _ disagreement: Double, safeSide: SafeSide, _ limits: Span<SignalLimits>, _ expected: Double?
  ) -> Reading<Q> {
    vote(
      conditioned[slot], conditioned[slot + 1], conditioned[slot + 2], disagreement: disagreement, safeSide: safeSide,
      odd: oddOneOut(limits[slot].module, limits[slot + 1].module, limits[slot + 2].module), expected: expected)
  }

  /// As measured, but never above the air it is the dew point of; else from air temperature and humidity.
  @inline(__always)
  private func hallDewPoint(air: Reading<Temperature>) -> Reading<Temperature> {
    let measured = Reading<Temperature>(conditioned[InputSlot.hallDewPoint])
    let humidity = Reading<Percent>(conditioned[InputSlot.hallHumidity])
    if let dewPoint = measured.value, let air = air.value, dewPoint > air {
      return Reading(air, .uncertain(.disagreement), ageS: measured.ageS)
    }
    guard measured.value == nil, let air = air.value, let rh = humidity.value else {
      return measured
    }
    return Reading(CoolingCore.dewPoint(air: air, relativeHumidity: rh), .uncertain(.estimated), ageS: humidity.ageS)
  }

  private mutating func assembleUnits(_ measurements: inout Measurements, _ size: RowSize) {
    for i in 0..<size.pumps {
      measurements.pumps[i].speed = Reading(conditioned[InputSlot.pump(i, .speed)])
      measurements.pumps[i].running = Reading(conditioned[InputSlot.pump(i, .running)])
      measurements.pumps[i].fault = Reading(conditioned[InputSlot.pump(i, .fault)])
      measurements.pumps[i].ready = Reading(conditioned[InputSlot.pump(i, .ready)])
      measurements.pumps[i].remote = Reading(conditioned[InputSlot.pump(i, .remote)])
      measurements.pumps[i].power = Reading(conditioned[InputSlot.pump(i, .power)])
    }
    for i in 0..<size.racks {
      measurements.racks[i].flow = Reading(conditioned[InputSlot.rack(i, .flow)])
      measurements.racks[i].power = Reading(conditioned[InputSlot.rack(i, .power)])
      measurements.racks[i].chipTemperature = Reading(conditioned[InputSlot.rack(i, .chipTemperature)])
      measurements.racks[i].returnTemperature = Reading(conditioned[InputSlot.rack(i, .returnTemperature)])
      measurements.racks[i].valvePosition = Reading(conditioned[InputSlot.rack(i, .valvePosition)])
      measurements.racks[i].valveFault = Reading(conditioned[InputSlot.rack(i, .valveFault)])
    }
    for i in 0..<size.fans {
      measurements.fans[i].speed = Reading(conditioned[InputSlot.fan(i, .speed)])
      measurements.fans[i].fault = Reading(conditioned[InputSlot.fan(i, .fault)])
      measurements.fans[i].power = Reading(conditioned[InputSlot.fan(i, .power)])
      measurements.fans[i].valvePosition = Reading(conditioned[InputSlot.fan(i, .valvePosition)])
    }
    for i in 0..<size.leakZones {
      measurements.leaks[i].alarm = Reading(conditioned[InputSlot.leak(i, .alarm)])
      measurements.leaks[i].fault = Reading(conditioned[InputSlot.leak(i, .fault)])
    }
  }
}
