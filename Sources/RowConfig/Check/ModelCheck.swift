/// Checks what the row model can be computed to contradict: flows that the pumps cannot make, chips that no flow keeps
/// below their limit. Each fault says the two numbers.

extension SiteCheck {
  /// Work grows with the cube of the racks: a larger row's problem would not be solved within its cycle.
  static let predictedRacksMax = 16

  mutating func checkModel() {
    checkPrediction()
    guard reading.sound("pumps.units", "pumps.unit_defaults", "pumps.dp_max_kpa", "racks.units", "racks.unit_defaults"),
      let pump = site.pumps.units.first, !site.racks.units.isEmpty, pump.ratedHeadKpa < pump.shutoffHeadKpa
    else { return }
    checkNameplateFlow(pump)
    guard reading.sound("supply.setpoint_max_c") else { return }
    for index in site.racks.units.indices { checkChip(index) }
  }

  private mutating func checkPrediction() {
    guard site.topology != .supervisedCdu else { return }
    let count = site.racks.units.count
    let why: String
    if count > Self.predictedRacksMax {
      why = "mpc plans for at most \(Self.predictedRacksMax) racks; this row has \(count)"
    } else if site.pumps.control == .flow {
      why = "mpc plans the manifold dP; this row's pumps hold flow (pumps.control)"
    } else {
      return
    }
    for (key, isAsked) in [
      ("control.mode", site.control.mode == .mpc), ("control.shadow", site.control.shadow == .mpc),
    ]
    where isAsked && reading.sound(key) {
      reading.fault(at: key, .contradiction(why))
    }
  }

  /// All pumps at full speed against the loop and the racks at their design flows.
  private mutating func checkNameplateFlow(_ pump: Site.Pumps.Unit) {
    let flow = site.racks.units.map(\.designFlowLpm).reduce(0, +)
    let rackKpa = site.racks.units.map(\.designDpKpa).max() ?? 0
    let loopKpa = site.model.loopDpKpa ?? pump.ratedHeadKpa / 3
    let each = flow / Double(site.pumps.units.count) / pump.ratedFlowLpm
    let made = pump.shutoffHeadKpa - (pump.shutoffHeadKpa - pump.ratedHeadKpa) * each * each
    guard made < rackKpa + loopKpa else { return }
    let equipment = site.coolingUnit == nil ? "pumps.units" : "cooling_unit.rated_head_kpa"
    reading.fault(
      at: reading.has("model.loop_dp_kpa") ? "model.loop_dp_kpa" : equipment,
      .contradiction(
        "at the racks' \(plain(flow)) L/min the loop needs \(tenths(loopKpa)) kPa and the racks \(tenths(rackKpa)); "
          + "\(site.pumps.units.count) pumps at full speed make \(tenths(max(made, 0)))"))
  }

  /// One rack at rated power and the warmest supply that anybody may ask for, with its valve open at the highest dP.
  private mutating func checkChip(_ index: Int) {
    let keys = ["rated_kw", "design_flow_lpm", "design_dp_kpa", "chip_limit_c", "plate_factor"]
    guard keys.allSatisfy({ reading.sound(unitPath("racks", index, $0)) }) else { return }
    let rack = site.racks.units[index]
    let supplyC = site.supply.setpointMaxC
    let left = rack.chipLimitC - supplyC - 16.2 * rack.plateFactor
    let given = rack.designFlowLpm * (site.pumps.dpMaxKpa / rack.designDpKpa).squareRoot()
    let needed = left > 0 ? 8.4 * rack.plateFactor * rack.ratedKw / left : .infinity
    guard needed > given else { return }
    let needs = needed.isFinite ? "\(tenths(needed)) L/min" : "more than any flow"
    reading.fault(
      at: unitPath("racks", index, "chip_limit_c"),
      .contradiction(
        "at \(plain(rack.ratedKw)) kW and \(plain(supplyC)) °C supply rack \(rack.name) needs \(needs) for "
          + "\(plain(rack.chipLimitC)) °C; its valve fully open gives \(tenths(given))"))
  }

  private func tenths(_ value: Double) -> String { plain((value * 10).rounded() / 10) }
}
