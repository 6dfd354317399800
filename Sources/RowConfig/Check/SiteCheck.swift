/// What a site file must mean, beyond each value being right by itself. Every check looks only at values that were read
/// without fault, so that one mistake is reported once.

struct SiteCheck {
  let site: Site
  let profiles: [String: DeviceProfile]
  var reading: Reading
  private(set) var bindings: [RoleBinding] = []
  /// Where each role was bound, for pointing at the first of two.
  private var bound: [String: String] = [:]

  init(site: Site, profiles: [String: DeviceProfile], reading: Reading) {
    self.site = site
    self.profiles = profiles
    self.reading = reading
  }

  mutating func run() {
    checkSections()
    checkCycle()
    checkSupplyAndLimits()
    checkPumps()
    checkRacks()
    checkHeatRejection()
    checkSupervised()
    checkBuses()
    checkDevices()
    checkLeakZones()
    checkRolesServed()
    checkEquipmentLimits()
    checkModel()
    checkCommandedFlow()
    checkLimits()
    checkCapacity()
    checkLeases()
    checkSingleFaults()
  }

  mutating func bind(_ binding: RoleBinding, at path: String) {
    if let first = bound[binding.name] {
      return reading.fault(at: path, .duplicate(what: "role \(binding.name)", first: reading.line(of: first)))
    }
    bound[binding.name] = path
    bindings.append(binding)
  }

  func isBound(_ role: String) -> Bool { bound[role] != nil }

  // MARK: Sections

  private mutating func checkCycle() {
    let cycle = site.cycle
    if reading.sound("cycle.period_ms", "cycle.scan_deadline_ms", "cycle.write_deadline_ms"),
      cycle.scanDeadlineMs + cycle.writeDeadlineMs >= cycle.periodMs
    {
      reading.fault(
        at: "cycle",
        .contradiction(
          "scan_deadline_ms \(cycle.scanDeadlineMs) + write_deadline_ms \(cycle.writeDeadlineMs) leave nothing of "
            + "period_ms \(cycle.periodMs); expected their sum below it"))
    }
  }

  private mutating func checkSupplyAndLimits() {
    let supply = site.supply
    let limits = site.limits
    let lowest = ("supply.setpoint_min_c", supply.setpointMinC)
    let setpoint = ("supply.setpoint_c", supply.setpointC)
    let highest = ("supply.setpoint_max_c", supply.setpointMaxC)
    let high = ("limits.supply_high_c", limits.supplyHighC)
    let highHigh = ("limits.supply_high_high_c", limits.supplyHighHighC)
    inOrder(lowest, highest)
    inOrder(lowest, setpoint, orEqual: true)
    inOrder(setpoint, highest, orEqual: true)
    inOrder(highest, high)
    inOrder(high, highHigh)
    inOrder(highHigh, ("limits.return_high_high_c", limits.returnHighHighC))
    inOrder(
      ("limits.level_low_low_percent", limits.levelLowLowPercent), ("limits.level_low_percent", limits.levelLowPercent))
  }

  /// Exactly the sections that belong to the topology.
  private mutating func checkSections() {
    guard reading.sound("row.topology", "pumps", "fans", "facility_valve", "cooling_unit") else { return }
    let topology = site.topology
    for (section, wanted) in [
      ("pumps", topology != .supervisedCdu), ("fans", topology == .liquidToAir),
      ("facility_valve", topology == .facilityWater), ("cooling_unit", topology == .supervisedCdu),
    ] {
      if wanted, !reading.has(section) {
        reading.fault(at: section, .missing(expected: "this section in a \(topology.rawValue) row"))
      } else if !wanted, reading.has(section) {
        reading.fault(at: section, .contradiction("has no place in a \(topology.rawValue) row"))
      }
    }
  }

  private mutating func checkPumps() {
    guard site.topology != .supervisedCdu else { return }
    let pumps = site.pumps
    let setpoint = ("pumps.dp_setpoint_kpa", pumps.dpSetpointKpa)
    let speedMin = ("pumps.speed_min_percent", pumps.speedMinPercent)
    let speedMax = ("pumps.speed_max_percent", pumps.speedMaxPercent)
    let safe = ("pumps.safe_speed_percent", pumps.safeSpeedPercent)
    inOrder(("pumps.dp_min_kpa", pumps.dpMinKpa), ("pumps.dp_max_kpa", pumps.dpMaxKpa))
    inOrder(("pumps.dp_min_kpa", pumps.dpMinKpa), setpoint, orEqual: true)
    inOrder(setpoint, ("pumps.dp_max_kpa", pumps.dpMaxKpa), orEqual: true)
    inOrder(speedMin, speedMax)
    inOrder(speedMin, safe, orEqual: true)
    inOrder(safe, speedMax, orEqual: true)
    unique(pumps.units.map(\.name), "pumps.units")
    for (index, pump) in pumps.units.enumerated() {
      let rated = (unitPath("pumps", index, "rated_head_kpa"), pump.ratedHeadKpa)
      let shutoff = (unitPath("pumps", index, "shutoff_head_kpa"), pump.shutoffHeadKpa)
      inOrder(rated, shutoff)
      inOrder(setpoint, rated, orEqual: true)
    }
    let running = "pumps.minimum_running"
    if reading.sound(running, "pumps.units"), pumps.minimumRunning > pumps.units.count, !pumps.units.isEmpty {
      reading.fault(
        at: running, .contradiction("\(pumps.minimumRunning) pumps must run and there are \(pumps.units.count)"))
    }
  }

  private mutating func checkRacks() {
    unique(site.racks.units.map(\.name), "racks.units")
    guard site.coolingUnit == nil, reading.sound("pumps.dp_setpoint_kpa") else { return }
    for (index, rack) in site.racks.units.enumerated() {
      let path = unitPath("racks", index, "design_dp_kpa")
      guard reading.sound(path), rack.designDpKpa > site.pumps.dpSetpointKpa else { continue }
      reading.warn(
        at: path,
        "rack \(rack.name) needs \(plain(rack.designDpKpa)) kPa for its design flow; "
          + "pumps.dp_setpoint_kpa is \(plain(site.pumps.dpSetpointKpa))")
    }
  }

  private mutating func checkHeatRejection() {
    if let fans = site.fans {
      let speedMin = ("fans.speed_min_percent", fans.speedMinPercent)
      let speedMax = ("fans.speed_max_percent", fans.speedMaxPercent)
      let safe = ("fans.safe_speed_percent", fans.safeSpeedPercent)
      inOrder(speedMin, speedMax)
      inOrder(speedMin, safe, orEqual: true)
      inOrder(safe, speedMax, orEqual: true)
      unique(fans.units.map(\.name), "fans.units")
    }
    if let valve = site.facilityValve {
      inOrder(
        ("facility_valve.position_min_percent", valve.positionMinPercent),
        ("facility_valve.safe_position_percent", valve.safePositionPercent), orEqual: true)
    }
  }

  /// What the racks need together against what pumps and coils give: worth a look, not a refusal.
  private mutating func checkCapacity() {
    guard reading.faults.isEmpty else { return }
    let flow = site.racks.units.map(\.designFlowLpm).reduce(0, +)
    let weakest = site.pumps.units.map(\.ratedFlowLpm).sorted().dropLast(site.pumps.units.count > 1 ? 1 : 0)
    let left = weakest.reduce(0, +)
    if flow > left {
      reading.warn(
        at: "pumps.units",
        "the racks' design flows add up to \(plain(flow)) L/min; "
          + "with the largest pump out the others give \(plain(left))"
      )
    }
    let heat = site.racks.units.map(\.ratedKw).reduce(0, +)
    let coils = site.fans.map { $0.units.map(\.ratedKw).reduce(0, +) }
    let given = coils ?? site.facilityValve?.ratedKw ?? site.coolingUnit?.ratedKw ?? heat
    if heat > given {
      let single = site.coolingUnit == nil ? "facility_valve.rated_kw" : "cooling_unit.rated_kw"
      reading.warn(
        at: site.fans == nil ? single : "fans.units",
        "the racks make \(plain(heat)) kW at full load; this gives away \(plain(given)) kW at its design point")
    }
    if site.pumps.minimumRunning == 1, site.pumps.units.count > 1 {
      reading.warn(at: "pumps.minimum_running", "with one pump running, its loss is a loss of flow")
    }
  }

  /// A device that falls back in silence must be written to three times within its patience: one lost write is usual.
  private mutating func checkLeases() {
    guard reading.sound("cycle.period_ms") else { return }
    for profile in profiles.values.sorted(by: { $0.name < $1.name }) {
      guard let loss = profile.communicationLoss, Double(site.cycle.periodMs) * 3 > loss.timeoutS * 1000 else {
        continue
      }
      reading.warn(
        at: "cycle.period_ms",
        "\(profile.name) falls back after \(plain(loss.timeoutS)) s of silence, less than three cycles")
    }
  }

  // MARK: Helpers

  /// Where a unit's value was given: by the unit itself, else by what all units share.
  func unitPath(_ section: String, _ index: Int, _ key: String) -> String {
    let own = "\(section).units[\(index)].\(key)"
    let shared = "\(section).unit_defaults.\(key)"
    return !reading.has(own) && (reading.has(shared) || !reading.sound(shared)) ? shared : own
  }

  /// Faults unless the first value is below the second (or equal, where that is right).
  private mutating func inOrder(
    _ low: (path: String, value: Double), _ high: (path: String, value: Double), orEqual: Bool = false
  ) {
    guard reading.sound(low.path, high.path) else { return }
    guard !(orEqual ? low.value <= high.value : low.value < high.value) else { return }
    let place = reading.has(high.path) ? high : low
    let other = reading.has(high.path) ? low : high
    let word = (reading.has(high.path) ? "above" : "below") + (orEqual ? " or equal to" : "")
    reading.fault(
      at: place.path,
      .contradiction("\(plain(place.value)) must be \(word) \(other.path), which is \(plain(other.value))"))
  }

  mutating func unique(_ names: [String], _ path: String) {
    var first: [String: String] = [:]
    for (index, name) in names.enumerated() where !name.isEmpty {
      let place = "\(path)[\(index)].name"
      guard let earlier = first[name] else {
        first[name] = place
        continue
      }
      reading.fault(at: place, .duplicate(what: "name \(name)", first: reading.line(of: earlier)))
    }
  }
}
