/// Checks of a row whose cooling unit regulates itself: what has no place in it, and what it cannot do.

extension SiteCheck {
  /// Dew point that the controller assumes while none is known: the highest of the ASHRAE A1 allowable envelope.
  private static let dewPointAssumedC = 17.0

  mutating func checkSupervised() {
    guard site.topology == .supervisedCdu, reading.sound("row.topology") else { return }
    checkLayers()
    for section in ["economics", "model"] where reading.has(section) {
      reading.fault(at: section, .contradiction("has no place in a supervised-cdu row: nothing optimises its unit"))
    }
    guard let unit = site.coolingUnit, reading.sound("cooling_unit", "racks") else { return }
    let flow = site.racks.units.map(\.designFlowLpm).reduce(0, +)
    if flow > unit.flowMaxLpm {
      reading.fault(
        at: "cooling_unit.flow_max_lpm",
        .contradiction(
          "the racks' design flows add up to \(plain(flow)) L/min; the unit gives \(plain(unit.flowMaxLpm))"))
    }
    checkReach(unit)
    let coldest = Self.dewPointAssumedC + site.supply.dewPointMarginK
    if reading.sound("supply"), site.supply.setpointMinC < coldest {
      reading.warn(
        at: "supply.setpoint_min_c",
        "an interlock asks the unit for \(plain(site.supply.setpointMinC)) °C whatever the dew point is; expected "
          + "\(plain(coldest)) °C or more")
    }
  }

  private mutating func checkLayers() {
    for (key, isAsked) in [
      ("control.mode", site.control.mode != .pid), ("control.shadow", site.control.shadow != .none),
    ]
    where isAsked && reading.sound(key) {
      reading.fault(
        at: key, .contradiction("a supervised-cdu row has no loops to optimise or plan for; expected pid, shadow none"))
    }
  }

  /// A highest target that its command clamps would be asked for and never held.
  private mutating func checkReach(_ unit: Site.CoolingUnit) {
    for device in site.devices where device.serves == "cdu" {
      let commands = profiles[device.profile]?.commands ?? []
      for command in commands where command.signal == "flow_demand" {
        guard case .analog(let analog) = command.form else { continue }
        let most = analog.rawMax * analog.scale + analog.offset
        guard unit.flowMaxLpm > most else { continue }
        reading.fault(
          at: "cooling_unit.flow_max_lpm",
          .contradiction("\(device.profile) takes at most \(plain(most)) L/min as its target"))
      }
    }
  }

  /// Why this topology has no such role; nil: it may.
  func refusal(of role: Role) -> String? {
    let isSupervised = site.topology == .supervisedCdu
    if role.pattern.hasPrefix("cdu.") {
      return isSupervised ? nil : "only a supervised-cdu row has a cooling unit (row.topology)"
    }
    guard isSupervised else { return nil }
    if role.pattern.hasPrefix("facility.valve") { return "a supervised-cdu row has no facility valve" }
    if role.pattern.hasPrefix("manifold.dp") {
      return "a supervised-cdu row has no use for the manifold dP: its unit holds flow; connect the headers' pressures"
    }
    return nil
  }
}
