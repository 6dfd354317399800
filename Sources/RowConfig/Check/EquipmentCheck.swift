/// Checks of the row's equipment: what the leak detectors watch, limits that would act only beyond what the racks bear,
/// and what a single fault would take away.

extension SiteCheck {
  /// What a cold plate adds to the supply temperature at rated power, as the controller estimates it where no chip is
  /// telemetered (CTL-034 of docs/control-narrative.md): 16.2 + 8.4 / (L/min per kW) K.
  private static func chipRiseK(_ rack: Site.Racks.Unit, flowLpm: Double) -> Double {
    16.2 + 8.4 * rack.ratedKw / flowLpm
  }

  /// A cold plate under a 1.2 kW chip loses its margin 5 to 16 s after the flow has gone: a drive that only then falls
  /// back to its safe speed comes too late.
  private static let driveFallbackMaxS = 5.0

  mutating func checkLeakZones() {
    var first: [Int: String] = [:]
    for (index, zone) in site.leakZones.enumerated() {
      let path = "leak_zones[\(index)]"
      if reading.sound("\(path).zone") {
        if let earlier = first[zone.number] {
          reading.fault(
            at: "\(path).zone", .duplicate(what: "leak zone \(zone.number)", first: reading.line(of: earlier)))
        } else {
          first[zone.number] = "\(path).zone"
        }
      }
      guard reading.sound("\(path).watches") else { continue }
      switch zone.watches {
      case .row:
        guard zone.isCritical else { break }
        reading.fault(
          at: "\(path).critical", .contradiction("a detector that watches the row isolates nothing by its word alone"))
      case .rack(let number): _ = isWithinRow("rack", number, at: "\(path).watches")
      case .coil(let number): _ = isWithinRow("fan", number, at: "\(path).watches")
      }
    }
  }

  // MARK: Limits no looser than the equipment's

  /// A safeguard that acts only beyond what the equipment bears protects nothing. A fault names the row of the
  /// cause-and-effect table whose limit it is.
  mutating func checkEquipmentLimits() {
    let limits = site.limits
    expect(
      "SUPPLY_HIGH_HIGH", at: ("limits.supply_high_high_c", limits.supplyHighHighC), "°C",
      within: ["chip_limit_c", "rated_kw", "design_flow_lpm"]
    ) { $0.chipLimitC - Self.chipRiseK($0, flowLpm: $0.designFlowLpm) }
    expect(
      "RETURN_HIGH_HIGH", at: ("limits.return_high_high_c", limits.returnHighHighC), "°C", within: ["return_max_c"]
    ) { $0.returnMaxC }
    expect(
      "OVER_PRESSURE", at: ("limits.supply_pressure_high_kpa", limits.supplyPressureHighKpa), "kPa",
      within: ["pressure_max_kpa"]
    ) { $0.pressureMaxKpa }
  }

  /// Faults where the flow that is commanded would not keep a rack's chips below their limit at rated power: the flow
  /// that follows the power, with the supply as warm as it gets before an interlock opens the valves; and the floor
  /// that an idle rack has when a job starts, with the supply at its highest setpoint, while the valve still opens.
  mutating func checkCommandedFlow() {
    let (racks, highHigh) = (site.racks, ("limits.supply_high_high_c", site.limits.supplyHighHighC))
    let floor = ("racks.flow_floor_percent", racks.flowFloorPercent)
    expectFlow(at: "racks.flow_per_kw_lpm", suppliedAt: highHigh) {
      min(max(racks.flowPerKwLpm * $0.ratedKw, floor.1 / 100 * $0.designFlowLpm), 1.2 * $0.designFlowLpm)
    }
    let supply = ("supply.setpoint_max_c", site.supply.setpointMaxC)
    guard !expectFlow(at: floor.0, suppliedAt: supply, { floor.1 / 100 * $0.designFlowLpm }) else { return }
    // Where a loss of flow is seen first, a row at full load must still be cooled.
    let low = site.limits.rowFlowLowPercent / 100
    expectFlow(at: "limits.row_flow_low_percent", suppliedAt: supply, cause: "FLOW_LOSS") {
      low * floor.1 / 100 * $0.designFlowLpm
    }
  }

  /// - Returns: whether there was a fault.
  @discardableResult
  private mutating func expectFlow(
    at path: String, suppliedAt supply: (path: String, celsius: Double), cause: String? = nil,
    _ flowLpm: (Site.Racks.Unit) -> Double
  ) -> Bool {
    guard reading.sound(path, supply.path, "racks.flow_floor_percent", "limits.supply_high_high_c") else {
      return false
    }
    var worst: (index: Int, flow: Double, chipC: Double)?
    for (index, rack) in site.racks.units.enumerated() {
      guard ["chip_limit_c", "rated_kw", "design_flow_lpm"].allSatisfy({ reading.sound(unitPath("racks", index, $0)) })
      else { continue }
      // What design flow does not cool either has been refused already.
      guard site.limits.supplyHighHighC + Self.chipRiseK(rack, flowLpm: rack.designFlowLpm) <= rack.chipLimitC else {
        continue
      }
      let flow = flowLpm(rack)
      let chipC = supply.celsius + Self.chipRiseK(rack, flowLpm: flow)
      if chipC > rack.chipLimitC, chipC > worst?.chipC ?? 0 { worst = (index, flow, chipC) }
    }
    guard let worst else { return false }
    let rack = site.racks.units[worst.index]
    let acts = cause.map { "\($0) acts too late" } ?? "CHIP_HIGH acts at \(plain(rack.chipLimitC)) °C"
    reading.fault(
      at: reading.has(path) ? path : unitPath("racks", worst.index, "chip_limit_c"),
      .contradiction(
        "\(acts); rack \(rack.name) at \(plain(rack.ratedKw)) kW with the "
          + "\(rounded(worst.flow)) L/min that this leaves it reaches \(rounded(worst.chipC)) °C, supplied at "
          + "\(plain(supply.celsius)) °C"))
    return true
  }

  private func rounded(_ value: Double) -> String { plain((value * 10).rounded() / 10) }

  /// Faults where a cause acts only above what the least of the racks bears; `keys` are what that comes from.
  private mutating func expect(
    _ cause: String, at limit: (path: String, value: Double), _ unit: String, within keys: [String],
    _ bears: (Site.Racks.Unit) -> Double?
  ) {
    guard reading.sound(limit.path) else { return }
    var least: (index: Int, value: Double)?
    for (index, rack) in site.racks.units.enumerated() {
      guard keys.allSatisfy({ reading.sound(unitPath("racks", index, $0)) }), let value = bears(rack) else { continue }
      if value < least?.value ?? limit.value { least = (index, value) }
    }
    guard let least else { return }
    let rack = site.racks.units[least.index].name
    reading.fault(
      at: reading.has(limit.path) ? limit.path : unitPath("racks", least.index, keys[0]),
      .contradiction(
        "\(cause) acts at \(plain(limit.value)) \(unit); rack \(rack) bears "
          + "\(rounded(least.value)) \(unit) by its \(keys[0])"))
  }

  // MARK: What one fault takes away

  /// Redundancy that one module or one bus takes away, drives that would not fall back in time, leaks that nothing can
  /// shut off: worth a look.
  mutating func checkSingleFaults() {
    guard reading.faults.isEmpty else { return }
    for quantity in ["supply.temperature", "return.temperature", "manifold.dp"] {
      let devices = Set(bindings.filter { $0.role.pattern == "\(quantity).#" }.map(\.device))
      let count = bindings.count { $0.role.pattern == "\(quantity).#" }
      guard count > 1, let device = devices.min() else { continue }
      if devices.count == 1 {
        reading.warn(
          at: "devices[\(device)]",
          "all \(count) instruments of \(quantity) are on \(site.devices[device].name): it takes them all with it")
      } else if let bus = commonBus(of: devices) {
        reading.warn(
          at: "buses", "all \(count) instruments of \(quantity) are behind bus \(bus): it takes them all with it")
      }
    }
    checkDrives()
    for (index, zone) in site.leakZones.enumerated() {
      guard case .coil(let number) = zone.watches, zone.isCritical, !isBound("fan.\(number).valve.demand") else {
        continue
      }
      reading.warn(
        at: "leak_zones[\(index)].critical", "no device serves fan.\(number).valve: the coil cannot be shut off")
    }
  }

  private mutating func checkDrives() {
    let drives = Set(bindings.filter { $0.role.pattern == "pump.#.run" }.map(\.device))
    if drives.count > 1, let bus = commonBus(of: drives) {
      reading.warn(at: "buses", "all \(drives.count) pump drives are behind bus \(bus): it takes them all with it")
    }
    for device in drives.sorted() {
      let (name, loss) = (site.devices[device].name, profiles[site.devices[device].profile]?.communicationLoss)
      if let loss, loss.timeoutS <= Self.driveFallbackMaxS { continue }
      let when = loss.map { "only after \(plain($0.timeoutS)) s of silence" } ?? "never"
      reading.warn(
        at: "devices[\(device)].profile",
        "\(name) falls back to its safe speed \(when); chips lose their margin in \(plain(Self.driveFallbackMaxS)) s")
    }
  }

  /// The bus that all of these devices are on; nil where there are several.
  private func commonBus(of devices: Set<Int>) -> String? {
    let buses = Set(devices.map { site.devices[$0].bus })
    return buses.count == 1 ? buses.first : nil
  }
}
