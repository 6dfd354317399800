/// Checks that every limit can do its work: that its cause acts before harm is done, inside its transmitter's span, and
/// that what is called safe is. Each fault names the row of the cause-and-effect table that would be defeated.

extension SiteCheck {
  /// HBM throttles at 95 °C; CHIP_HIGH_HIGH acts 3 K above a rack's limit.
  private static let chipLimitMaxC = 92.0
  /// After this long without its flow a chip under a cold plate has no margin left at best.
  private static let chipMarginS = 16.0
  /// The slowest valve that the delays of the causes and of a start are made for: a stroke, and half as much again.
  private static let strokeMaxS = 90.0

  mutating func checkLimits() {
    let limits = site.limits
    atLeast(
      20, "%", ("limits.level_low_percent", limits.levelLowPercent), "LEVEL_LOW",
      "leaves no time to look for the leak before the pumps lose suction")
    atLeast(
      10, "%", ("limits.level_low_low_percent", limits.levelLowLowPercent), "SUCTION_LOST",
      "comes after the pumps have drawn gas")
    atMost(
      100, "kPa", ("limits.filter_dp_high_kpa", limits.filterDpHighKpa), "FILTER_CLOGGED",
      "comes long after filters are to be cleaned, from 60 kPa on")
    atLeast(
      2, "K", ("supply.dew_point_margin_k", site.supply.dewPointMarginK), "SUPPLY_NEAR_DEW_POINT",
      "acts 1 K above the dew point, where control itself would hold the supply")
    for (index, rack) in site.racks.units.enumerated() {
      let path = unitPath("racks", index, "chip_limit_c")
      atMost(
        Self.chipLimitMaxC, "°C", (path, rack.chipLimitC), "CHIP_HIGH_HIGH",
        "acts 3 K above, and memory throttles at 95 °C")
      if !reading.has("racks.units[\(index)].chip_limit_c") { break }
    }
    checkSpeedsAndPositions()
    checkSpans()
    checkEquipmentIsStated()
  }

  private mutating func checkSpeedsAndPositions() {
    let pumps = site.pumps
    atLeast(
      50, "%", ("pumps.safe_speed_percent", pumps.safeSpeedPercent), "HYDRAULICS_LOST",
      "gives a quarter of the head at the most")
    if reading.sound("pumps.speed_min_percent", "pumps.speed_max_percent") {
      let least = (pumps.speedMaxPercent - pumps.speedMinPercent) / Self.chipMarginS
      atLeast(
        (least * 10).rounded(.up) / 10, "%/s", ("pumps.slew_percent_per_s", pumps.slewPercentPerS), "FLOW_LOSS",
        "raises the pumps later than the \(plain(Self.chipMarginS)) s that a chip has")
    }
    atMost(
      Self.strokeMaxS, "s", ("racks.valve_stroke_s", site.racks.valveStrokeS), "RACK_VALVE_DEVIATION",
      "acts, as a start and a rack's flow do, before such a valve is open")
    if let fans = site.fans {
      atLeast(
        50, "%", ("fans.safe_speed_percent", fans.safeSpeedPercent), "SUPPLY_TEMPERATURE_LOST",
        "gives less than the heat of a loaded row away")
    }
    if let valve = site.facilityValve {
      atLeast(
        50, "%", ("facility_valve.safe_position_percent", valve.safePositionPercent), "SUPPLY_TEMPERATURE_LOST",
        "gives less than the heat of a loaded row away")
      if valve.strokeS > Self.strokeMaxS, reading.sound("facility_valve.stroke_s") {
        reading.warn(
          at: "facility_valve.stroke_s",
          "FACILITY_VALVE_DEVIATION acts after \(plain(Self.strokeMaxS)) s; a stroke takes \(plain(valve.strokeS)) s")
      }
    }
  }

  /// A limit at the end of its transmitter's span or beyond is never passed.
  private mutating func checkSpans() {
    let limits = site.limits
    let pumps = site.pumps
    isInside("supply.pressure", ("limits.supply_pressure_high_kpa", limits.supplyPressureHighKpa), "OVER_PRESSURE")
    isInside("filter.dp", ("limits.filter_dp_high_kpa", limits.filterDpHighKpa), "FILTER_CLOGGED")
    isInside("reservoir.level", ("limits.level_low_percent", limits.levelLowPercent), "LEVEL_LOW")
    isInside("reservoir.level", ("limits.level_low_low_percent", limits.levelLowLowPercent), "SUCTION_LOST")
    guard pumps.control == .differentialPressure, let shutoff = pumps.units.map(\.shutoffHeadKpa).min(),
      pumps.units.indices.allSatisfy({ reading.sound(unitPath("pumps", $0, "shutoff_head_kpa")) })
    else { return }
    let high = ("pumps.dp_max_kpa", min(1.2 * pumps.dpMaxKpa, 0.95 * shutoff))
    for number in 1...3 { isInside("manifold.dp.\(number)", high, "MANIFOLD_DP_HIGH") }
  }

  private mutating func isInside(_ role: String, _ limit: (path: String, value: Double), _ cause: String) {
    guard reading.sound(limit.path), let binding = bindings.first(where: { $0.name == role }),
      let at4mA = binding.at4mA, let at20mA = binding.at20mA
    else { return }
    let (low, high) = (min(at4mA, at20mA), max(at4mA, at20mA))
    guard limit.value <= low || limit.value >= high else { return }
    reading.fault(
      at: reading.has(limit.path) ? limit.path : "devices[\(binding.device)].channels.\(binding.point)",
      .contradiction(
        "\(cause) acts at \(plain(limit.value)) \(binding.role.unit.rawValue); "
          + "\(role) is measured from \(plain(low)) to \(plain(high)) \(binding.role.unit.rawValue)"))
  }

  /// A limit that has nothing to be compared with: worth a look.
  private mutating func checkEquipmentIsStated() {
    guard reading.faults.isEmpty else { return }
    if site.racks.units.allSatisfy({ $0.returnMaxC == nil }) {
      reading.warn(
        at: "limits.return_high_high_c",
        "RETURN_HIGH_HIGH acts at \(plain(site.limits.returnHighHighC)) °C; no rack states its return_max_c")
    }
    if site.racks.units.allSatisfy({ $0.pressureMaxKpa == nil }) {
      reading.warn(
        at: "limits.supply_pressure_high_kpa",
        "OVER_PRESSURE acts at \(plain(site.limits.supplyPressureHighKpa)) kPa; no rack states its pressure_max_kpa")
    }
    if site.racks.valveFloorPercent < 50 {
      reading.warn(
        at: "racks.valve_floor_percent",
        "a flow meter that sticks high shuts a valve to \(plain(site.racks.valveFloorPercent)) %; "
          + "below 50 % a rack at rated power comes to CHIP_HIGH")
    }
  }

  private mutating func atLeast(
    _ bound: Double, _ unit: String, _ limit: (path: String, value: Double), _ cause: String, _ why: String
  ) {
    guard limit.value < bound, reading.sound(limit.path) else { return }
    refuse(limit, "at least \(plain(bound)) \(unit)", cause, why)
  }

  private mutating func atMost(
    _ bound: Double, _ unit: String, _ limit: (path: String, value: Double), _ cause: String, _ why: String
  ) {
    guard limit.value > bound, reading.sound(limit.path) else { return }
    refuse(limit, "at most \(plain(bound)) \(unit)", cause, why)
  }

  /// One fault a place: what contradicts another value has been refused already.
  private mutating func refuse(
    _ limit: (path: String, value: Double), _ expected: String, _ cause: String, _ why: String
  ) {
    guard !reading.faults.contains(where: { $0.keyPath == limit.path }) else { return }
    reading.fault(
      at: limit.path,
      .contradiction("\(plain(limit.value)) defeats \(cause): it \(why); expected \(expected)"))
  }
}
