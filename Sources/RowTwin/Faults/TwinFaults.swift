/// Faults of a running twin: what a row can have, and how the active ones are laid over a healthy row. Every change
/// starts from health and applies the whole list again, so that ending one fault cannot leave a trace of it.
internal import RowConfig

extension Twin {
  /// Makes something go wrong from now on. One with the same key (the same fault of another size) is replaced.
  /// Throws, changing nothing, where the row has no such thing.
  public func inject(_ fault: Fault) throws(FaultError) {
    try check(fault)
    if case .pumpTrip(let number) = fault {
      fixtures.drives[number - 1]?.trip()
      return
    }
    faults.removeAll { $0.key == fault.key }
    faults.append(fault)
    applyFaults()
  }

  /// Ends a fault, whatever its magnitude. Throws where it was not active.
  public func clear(_ fault: Fault) throws(FaultError) { try clear(key: fault.key) }

  /// Ends the fault written as `text`; its value may be left out.
  public func clear(key text: String) throws(FaultError) {
    let key = Fault.key(of: text)
    guard faults.contains(where: { $0.key == key }) else {
      let active = faults.isEmpty ? "none" : faults.map(\.description).joined(separator: ", ")
      throw FaultError("fault '\(text)' is not active; active: \(active)")
    }
    faults.removeAll { $0.key == key }
    applyFaults()
  }

  public func clearAllFaults() {
    faults.removeAll()
    applyFaults()
  }

  private func check(_ fault: Fault) throws(FaultError) {
    let problem: String? =
      switch fault {
      case .pumpTrip(let n), .pumpBroken(let n), .pumpLocal(let n):
        fixtures.drives[n - 1] == nil ? "no drive serves pump \(n)" : nil
      case .pumpWorn(let n, _): n > effective.pumpHead.count ? "the row has \(effective.pumpHead.count) pumps" : nil
      case .rackValveStuck(let n): fixtures.rackValves[n - 1] == nil ? "no actuator serves rack \(n)" : nil
      case .rackBlocked(let n, _), .rackLeak(let n, _):
        n > effective.rackConductance.count ? "the row has \(effective.rackConductance.count) racks" : nil
      case .fanFailed(let n): fixtures.fans[n - 1] == nil ? "no device serves fan \(n)" : nil
      case .coilFouled(let n, _):
        n > effective.coilConductance.count ? "the row has \(effective.coilConductance.count) coils" : nil
      case .facilityTemperature, .facilityLost:
        site.topology == .facilityWater ? nil : "the row has no facility water"
      case .facilityValveStuck: fixtures.facilityValve == nil ? "the row has no facility valve" : nil
      case .leakWet(let n), .leakCableBroken(let n):
        fixtures.leakDetectors[n - 1] == nil ? "no detector serves leak zone \(n)" : nil
      case .sensor(let role, let kind):
        if sensors.index(role: role) == nil {
          "nothing measures '\(role)'; there are \(sensors.roles.joined(separator: ", "))"
        } else if kind == .open, !fixtures.wiredRoles.contains(role) {
          "'\(role)' comes over the bus, it has no wire to break"
        } else {
          nil
        }
      case .device(let name, _): site.devices.contains { $0.name == name } ? nil : "no device has that name"
      case .busDead(let name): site.buses.contains { $0.name == name } ? nil : "no bus has that name"
      case .rowLeak, .filterClogged, .hallTemperature, .hallHumidity: nil
      }
    if let problem { throw FaultError("fault '\(fault)': \(problem)") }
  }

  /// Starts from a healthy row and lays every active fault on it again.
  func applyFaults() {
    let power = effective.rackPowerKw
    effective = conditions
    effective.rackPowerKw = power
    for drive in fixtures.drives.values {
      drive.isBroken = false
      drive.isLocal = false
    }
    for valve in fixtures.rackValves.values { valve.valve.isStuck = false }
    fixtures.facilityValve?.valve.isStuck = false
    for fan in fixtures.fans.values { fan.isBroken = false }
    for detector in fixtures.leakDetectors.values {
      detector.isWet = false
      detector.isBroken = false
    }
    for index in links.indices { links[index] = nil }
    for index in deadBuses.indices { deadBuses[index] = false }
    var faultySensors: Set<Int> = []
    for fault in faults { apply(fault, &faultySensors) }
    sensors.clearFaults(except: faultySensors)
  }

  private func apply(_ fault: Fault, _ faultySensors: inout Set<Int>) {
    switch fault {
    case .pumpTrip: break  // happened at once
    case .pumpBroken(let n): fixtures.drives[n - 1]?.isBroken = true
    case .pumpLocal(let n): fixtures.drives[n - 1]?.isLocal = true
    case .pumpWorn(let n, let share): effective.pumpHead[n - 1] = share
    case .rackValveStuck(let n): fixtures.rackValves[n - 1]?.valve.isStuck = true
    case .rackBlocked(let n, let share): effective.rackConductance[n - 1] = share
    case .rackLeak(let n, let lpm): effective.leakRacksLpm[n - 1] = lpm
    case .rowLeak(let lpm): effective.leakRowLpm = lpm
    case .fanFailed(let n): fixtures.fans[n - 1]?.isBroken = true
    case .coilFouled(let n, let share): effective.coilConductance[n - 1] = share
    case .filterClogged(let times): effective.filterClogging = times
    case .hallTemperature(let celsius): effective.hallTemperatureC = celsius
    case .hallHumidity(let percent): effective.hallHumidityPercent = percent
    case .facilityTemperature(let celsius): effective.facilityTemperatureC = celsius
    case .facilityLost: effective.facilityPressure = 0
    case .facilityValveStuck: fixtures.facilityValve?.valve.isStuck = true
    case .leakWet(let n): fixtures.leakDetectors[n - 1]?.isWet = true
    case .leakCableBroken(let n): fixtures.leakDetectors[n - 1]?.isBroken = true
    case .sensor(let role, let kind):
      guard let index = sensors.index(role: role) else { return }
      faultySensors.insert(index)
      sensors.setFault(kind, at: index)
    case .device(let name, let link):
      for (index, device) in site.devices.enumerated() where device.name == name { links[index] = link }
    case .busDead(let name):
      for (index, bus) in site.buses.enumerated() where bus.name == name { deadBuses[index] = true }
    }
  }
}
