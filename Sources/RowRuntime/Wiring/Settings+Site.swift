public import CoolingCore
public import FieldIO
public import RowConfig

extension Settings {
  /// The core's settings for a site and the devices that serve it.
  public init(_ site: Site, roles: RoleMap, plan: FieldPlan) {
    var intervals: [Int: Double] = [:]
    for bus in plan.buses {
      for slot in bus.inputSlots { intervals[slot] = bus.interval(ofInput: slot).inSeconds }
    }
    self.init(site, roles: roles) { intervals[$0] }
    busCount = plan.buses.count
    for (index, bus) in plan.buses.enumerated() {
      for slot in bus.inputSlots { signals[slot].bus = index }
    }
    let driven = Set(plan.buses.flatMap(\.outputSlots))
    for rack in 0..<rackCount { hasPermit[rack] = driven.contains(OutputSlot.permit(rack)) }
    for coil in 0..<fanCount { hasCoilValve[coil] = driven.contains(OutputSlot.coilValve(coil)) }
  }

  /// The core's settings for a site, without what only the devices know.
  ///
  /// - Parameter readInterval: how often the signal of an input slot is read, s (0: every cycle); nil where no device
  ///   provides it.
  public init(_ site: Site, roles: RoleMap, readInterval: (Int) -> Double?) {
    self.init()
    periodS = Double(site.cycle.periodMs) / 1000
    rackCount = site.racks.units.count
    pumpCount = site.pumps.units.count
    fanCount = site.fans?.units.count ?? 0
    heatRejection = site.topology == .liquidToAir ? .fanCoils : .facilityValve
    for slot in 0..<InputSlot.count {
      guard let interval = readInterval(slot) else { continue }
      let role = roles.inputs[slot] ?? ""
      let isScaled = roles.unit?.scale(ofInput: slot) != nil
      signals[slot] = SignalLimits(role: role, unit: isScaled ? .percent : roles.inputUnits[slot])
      signals[slot].module = site.module(of: role)
      signals[slot].staleAfterS = max(3, 3 * periodS, 2 * interval)
    }
    for zone in 0..<Capacity.leakZones where readInterval(InputSlot.leak(zone, .alarm)) != nil {
      leakZoneCount = zone + 1
    }
    for zone in site.leakZones { leakZones[zone.number - 1] = LeakZone(zone) }
    setSupply(site)
    setPumps(site.pumps)
    if roles.unit != nil { setTargets() }
    setRacks(site.racks)
    setRejection(site)
    setLimits(site.limits)
    setModel(site)
    setSpans(site)
  }

  /// Twice what a thing was built for is nonsense, whatever the format of its meter can say.
  private mutating func setSpans(_ site: Site) {
    for (i, unit) in site.racks.units.enumerated() {
      signals[InputSlot.rack(i, .power)].high = 2 * unit.ratedKw
      signals[InputSlot.rack(i, .flow)].high = 4 * unit.designFlowLpm
    }
    signals[InputSlot.rowFlow].high = 2 * site.pumps.units.reduce(0) { $0 + $1.ratedFlowLpm }
  }

  private mutating func setSupply(_ site: Site) {
    supply.setpoint = Temperature(celsius: site.supply.setpointC)
    supply.setpointMin = Temperature(celsius: site.supply.setpointMinC)
    supply.setpointMax = Temperature(celsius: site.supply.setpointMaxC)
    supply.dewPointMargin = TemperatureDifference(kelvin: site.supply.dewPointMarginK)
    let gains = site.fans?.gains ?? site.facilityValve?.gains
    guard let gains else { return }
    supply.trim = PID.Settings(gains, action: .direct)
    // 100 K of span on both sides: the gain reads as kelvin of coil outlet per kelvin of error.
    (supply.trim.outputLow, supply.trim.outputHigh) = (-50, 50)
    (supply.trim.limitLow, supply.trim.limitHigh) = (-15, 15)
  }

  private mutating func setPumps(_ site: Site.Pumps) {
    pumps.control = site.control == .flow ? .flow : .differentialPressure
    pumps.dpSetpoint = Pressure(kilopascals: site.dpSetpointKpa)
    pumps.dpMin = Pressure(kilopascals: site.dpMinKpa)
    pumps.dpMax = Pressure(kilopascals: site.dpMaxKpa)
    pumps.mostOpenValve = site.mostOpenValvePercent
    pumps.speedMin = site.speedMinPercent
    pumps.speedMax = site.speedMaxPercent
    pumps.slew = site.slewPercentPerS
    pumps.safeSpeed = site.safeSpeedPercent
    pumps.minimumRunning = min(site.minimumRunning, site.units.count)
    pumps.group = PID.Settings(site.gains, action: .reverse)
    pumps.group.inputHigh = site.control == .flow ? 2000 : 400
    (pumps.group.limitLow, pumps.group.limitHigh) = (site.speedMinPercent, site.speedMaxPercent)
    guard let unit = site.units.first else { return }
    pumps.curve.shutoffHead = Pressure(kilopascals: unit.shutoffHeadKpa)
    pumps.curve.ratedHead = Pressure(kilopascals: unit.ratedHeadKpa)
    pumps.curve.ratedFlow = Flow(litresPerMinute: unit.ratedFlowLpm)
  }

  /// A unit that follows targets; how fast it may be told of another temperature: 1 K/s.
  private mutating func setTargets() {
    pumps.control = .target
    rejection.takesTarget = true
    rejection.mayStop = false
    rejection.demandMin = 0
    rejection.safe = 100
    rejection.slew = 100 / (supply.setpointMax - supply.setpointMin).kelvin
  }

  private mutating func setRacks(_ site: Site.Racks) {
    rackFlow.flowPerKilowatt = site.flowPerKwLpm
    rackFlow.powerFilterS = site.powerFilterS
    rackFlow.peakHoldS = site.peakHoldS
    rackFlow.floor = site.flowFloorPercent / 100
    rackFlow.valveFloor = site.valveFloorPercent
    rackFlow.valveSlew = 100 / site.valveStrokeS
    for (i, unit) in site.units.enumerated() {
      racks[i].rated = Power(kilowatts: unit.ratedKw)
      racks[i].designFlow = Flow(litresPerMinute: unit.designFlowLpm)
      racks[i].chipLimit = Temperature(celsius: unit.chipLimitC)
      racks[i].valve = PID.Settings(site.gains, action: .reverse)
      // Twice the design flow: the span of a meter chosen for this rack.
      racks[i].valve.inputHigh = 2 * unit.designFlowLpm
      racks[i].valve.limitLow = site.valveFloorPercent
    }
  }

  private mutating func setRejection(_ site: Site) {
    rejection.designFlow = Flow(litresPerMinute: site.racks.units.reduce(0) { $0 + $1.designFlowLpm })
    if let fans = site.fans {
      rejection.demandMin = fans.speedMinPercent
      rejection.demandMax = fans.speedMaxPercent
      rejection.slew = fans.slewPercentPerS
      rejection.safe = fans.safeSpeedPercent
      rejection.map = HeatExchanger.map(for: fans)
      // The map is made for a coil's own design flow; the loop's share of flow is counted in the same measure.
      rejection.designFlow = Flow(litresPerMinute: fans.units.reduce(0) { $0 + $1.designFlowLpm })
    }
    if let valve = site.facilityValve {
      rejection.demandMin = valve.positionMinPercent
      rejection.slew = valve.slewPercentPerS
      rejection.safe = valve.safePositionPercent
      rejection.mayStop = false
      rejection.map = HeatExchanger.map(for: valve)
      rejection.designFlow = Flow(litresPerMinute: valve.designLoopFlowLpm)
    }
  }

  private mutating func setLimits(_ site: Site.Limits) {
    limits.supplyHigh = Temperature(celsius: site.supplyHighC)
    limits.supplyHighHigh = Temperature(celsius: site.supplyHighHighC)
    limits.returnHighHigh = Temperature(celsius: site.returnHighHighC)
    limits.rowFlowLow = site.rowFlowLowPercent / 100
    limits.supplyPressureHigh = Pressure(kilopascals: site.supplyPressureHighKpa)
    limits.levelLow = Percent(percent: site.levelLowPercent)
    limits.levelLowLow = Percent(percent: site.levelLowLowPercent)
    limits.filterDpHigh = Pressure(kilopascals: site.filterDpHighKpa)
  }
}

extension Settings.LeakZone {
  init(_ zone: Site.LeakZone) {
    self.init()
    watches =
      switch zone.watches {
      case .row: .row
      case .rack(let number): .rack(number - 1)
      case .coil(let number): .coil(number - 1)
      }
    isCritical = zone.isCritical
  }
}

extension PID.Settings {
  init(_ gains: Site.Gains, action: PID.Action) {
    self.init()
    gain = gains.gain
    integralTimeS = gains.integralTimeS
    derivativeTimeS = gains.derivativeTimeS
    filterTimeS = gains.filterTimeS
    setpointWeight = gains.setpointWeight
    self.action = action
  }
}

extension Site {
  /// Index of the device that an input role is wired to: the one with a channel for it, else the one that serves its
  /// part of the row, by the longest name.
  fileprivate func module(of role: String) -> Int? {
    if let owner = devices.firstIndex(where: { $0.channels.contains { $0.role == role } }) { return owner }
    let serving = devices.indices.filter { devices[$0].serves.map { role.hasPrefix($0 + ".") } ?? false }
    return serving.max { (devices[$0].serves ?? "").count < (devices[$1].serves ?? "").count }
  }
}

extension SignalLimits {
  /// What an instrument of a role can say, and how fast its process moves at most. Spans are those of the usual
  /// transmitters; a reading outside is a fault of the instrument, not of the plant.
  init(role: String, unit: Unit) {
    let unlimited = Double.greatestFiniteMagnitude
    switch unit {
    case .celsius where role.hasPrefix("hall"): self.init(low: -20, high: 70, slewMax: 5)
    case .celsius where role.contains("chip"): self.init(low: 0, high: 130, slewMax: 20)
    case .celsius: self.init(low: 0, high: 95, slewMax: 5, frozenAfterS: 900)
    case .kilopascal: self.init(low: -50, high: 1000, slewMax: 400, frozenAfterS: 900)
    case .litrePerMinute: self.init(low: -50, high: 6000, slewMax: 2000, frozenAfterS: 900)
    case .kilowatt: self.init(low: -1, high: 1000, slewMax: unlimited, frozenAfterS: role.isRackPower ? 900 : 0)
    case .percent: self.init(low: -5, high: 120, slewMax: unlimited)
    default: self.init(low: 0, high: 1, slewMax: unlimited)
    }
    (worst, worstSlew) = SignalLimits.worst(role)
  }

  /// Where a process goes unseen that needs more cooling, and how fast at most, per second. Coolant: all racks' heat
  /// into the loop's own content and no other (1 MW, 0.4 m³ of 4 MJ/m³K). A chip: a cold plate without flow. Flow and
  /// dP: what the slowest change of a pump or a valve that no drive reports can be; a pump that stops is reported.
  /// Pressures that could stop pumps go nowhere.
  private static func worst(_ role: String) -> (Worst, Double) {
    if role.contains("chip_temperature") { return (.high, 3) }
    if role.hasPrefix("hall") { return (.high, 0.1) }
    if role.contains("temperature") { return (.high, 0.6) }
    if role.isRackPower { return (.high, 5) }
    switch role {
    case "row.flow", "facility.flow": return (.low, 20)
    case _ where role.hasSuffix(".flow"): return (.low, 2)
    case _ where role.hasPrefix("manifold.dp"): return (.low, 5)
    case "reservoir.level": return (.low, 0.5)
    default: return (.none, 0)
    }
  }
}

extension String {
  fileprivate var isRackPower: Bool { hasPrefix("rack.") && hasSuffix(".power") }
}
