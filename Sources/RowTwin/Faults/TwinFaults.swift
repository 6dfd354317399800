/// Faults of a running twin: what a row can have, and how the active ones are laid over a healthy row. Every change
/// starts from health and applies the whole list again, so that ending one fault cannot leave a trace of it.
internal import RowConfig

extension Twin {
  /// Makes something go wrong from now on. One with the same key (the same fault of another size) is replaced.
  /// Throws, changing nothing, where the row has no such thing.
  public func inject(_ fault: Fault) throws(FaultError) {
    if let problem = problem(fault) { throw FaultError("fault '\(fault)': \(problem)") }
    switch fault {
    case .pumpTrip(let number):
      fixtures.drives[number - 1]?.trip()
      return
    case .deviceReset(let name):
      for (link, device) in zip(links, site.devices) where device.name == name { link.device.reset() }
      return
    default: break  // lasts
    }
    faults.removeAll { $0.key == fault.key }
    faults.append(fault)
    applyFaults()
  }

  /// Whether the row has what this fault is about.
  public func takes(_ fault: Fault) -> Bool { problem(fault) == nil }

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

  private func problem(_ fault: Fault) -> String? {
    let fans = site.fans?.units.count ?? 0
    return
      switch fault
    {
    case .pumpTrip(let n), .pumpBroken(let n), .pumpLocal(let n), .pumpSlow(let n):
      fixtures.drives[n - 1] == nil ? "no drive serves pump \(n)" : nil
    case .unitPumpLost: fixtures.unit == nil ? "the row has no cooling unit" : nil
    case .pumpWorn(let n, _): n > effective.pumpHead.count ? "the row has \(effective.pumpHead.count) pumps" : nil
    case .rackValve(let n, _): fixtures.rackValves[n - 1] == nil ? "no actuator serves rack \(n)" : nil
    case .coilValve(let n, _):
      fixtures.coilValves[n - 1] == nil ? "no actuator serves the valve of fan \(n)" : nil
    case .coilLeak(let n, _): n > fans ? "the row has \(fans) fan coils" : nil
    case .rackBlocked(let n, _), .rackLeak(let n, _):
      n > effective.rackConductance.count ? "the row has \(effective.rackConductance.count) racks" : nil
    case .fanFailed(let n): fixtures.fans[n - 1] == nil ? "no device serves fan \(n)" : nil
    case .coilFouled(let n, _):
      n > effective.coilConductance.count ? "the row has \(effective.coilConductance.count) coils" : nil
    case .facilityTemperature, .facilityLost:
      site.topology == .facilityWater ? nil : "the row has no facility water"
    case .facilityValveStuck: fixtures.facilityValve == nil ? "the row has no facility valve" : nil
    case .leakWet(let n), .leakCableBroken(let n):
      fixtures.leakCables[n - 1] == nil ? "no detector serves leak zone \(n)" : nil
    case .sensor(let role, let kind): sensorProblem(role, kind)
    case .device(let name, _), .deviceReset(let name), .deviceLosesWrites(let name, _):
      site.devices.contains { $0.name == name } ? nil : "no device has that name"
    case .deviceSwappedWords(let name):
      zip(site.devices, links).contains { $0.name == name && $1.device.sendsFloats }
        ? nil : "no device of that name sends 32-bit values only"
    case .busDead(let name), .busFlaky(let name, _):
      site.buses.contains { $0.name == name } ? nil : "no bus has that name"
    case .rowLeak, .filterClogged, .hallTemperature, .hallHumidity, .air, .emergencyStop, .permissiveLost: nil
    }
  }

  private func sensorProblem(_ role: String, _ kind: SensorFault) -> String? {
    if fixtures.contacts[role] != nil {
      return Contact.canHave(kind) ? nil : "'\(role)' is a contact: stuck, high, low or open"
    }
    if sensors.index(role: role) == nil {
      let roles = sensors.roles + fixtures.contacts.keys.sorted()
      return "nothing measures '\(role)'; there are \(roles.joined(separator: ", "))"
    }
    if kind == .open, !fixtures.wiredRoles.contains(role) {
      return "'\(role)' comes over the bus, it has no wire to break"
    }
    if kind == .notANumber, !fixtures.floatRoles.contains(role) {
      return "'\(role)' does not cross the bus as a float"
    }
    return nil
  }

  /// Starts from a healthy row and lays every active fault on it again.
  func applyFaults() {
    let power = effective.rackPowerKw
    effective = conditions
    effective.rackPowerKw = power
    fixtures.heal()
    hallFaultC = nil
    for link in links { link.heal() }
    for index in lostShare.indices { lostShare[index] = 0 }
    losesRequests = false
    var faultySensors: Set<Int> = []
    for fault in faults { apply(fault, &faultySensors) }
    for place in routes.indices { isFaulty[place] = routes[place]?.isFaulty ?? false }
    sensors.clearFaults(except: faultySensors)
    // Bubbles through an electromagnetic or ultrasonic meter: a tenth of gas makes it three times as noisy.
    sensors.setFlowNoise(times: 1 + 20 * effective.airShare)
    warmHall(seconds: 0)
  }

  private func apply(_ fault: Fault, _ faultySensors: inout Set<Int>) {
    switch fault {
    case .pumpTrip: break  // happened at once
    case .pumpBroken(let n): fixtures.drives[n - 1]?.isBroken = true
    case .pumpLocal(let n): fixtures.drives[n - 1]?.isLocal = true
    case .unitPumpLost: fixtures.unit?.isPumpLost = true
    case .pumpWorn(let n, let share): effective.pumpHead[n - 1] = share
    case .pumpSlow(let n): fixtures.drives[n - 1]?.motor.isSlow = true
    case .air(let share): effective.airShare = share
    case .rackValve(let n, let fault): fixtures.rackValves[n - 1]?.valve.fault = fault
    case .coilValve(let n, let fault): fixtures.coilValves[n - 1]?.valve.fault = fault
    case .rackBlocked(let n, let share): effective.rackConductance[n - 1] = share
    case .rackLeak(let n, let lpm): effective.leakRacksLpm[n - 1] = lpm
    case .coilLeak(let n, let lpm): effective.leakCoilsLpm[n - 1] = lpm
    case .rowLeak(let lpm): effective.leakRowLpm = lpm
    case .fanFailed(let n): fixtures.fans[n - 1]?.isBroken = true
    case .coilFouled(let n, let share): effective.coilConductance[n - 1] = share
    case .filterClogged(let times): effective.filterClogging = times
    case .hallTemperature(let celsius): hallFaultC = celsius
    case .hallHumidity(let percent): effective.hallHumidityPercent = percent
    case .facilityTemperature(let celsius): effective.facilityTemperatureC = celsius
    case .facilityLost: effective.facilityPressure = 0
    case .facilityValveStuck: fixtures.facilityValve?.valve.fault = .stuck
    case .emergencyStop: effective.isEmergencyStopped = true
    case .permissiveLost: effective.isPermitted = false
    case .leakWet(let n): fixtures.leakCables[n - 1]?.isWet = true
    case .leakCableBroken(let n): fixtures.leakCables[n - 1]?.isBroken = true
    case .sensor(let role, let kind):
      fixtures.contacts[role]?.fault = kind
      guard let index = sensors.index(role: role) else { return }
      faultySensors.insert(index)
      sensors.setFault(kind, at: index)
    case .device(let name, let fault): change(name) { $0.fault = fault }
    case .deviceReset: break  // happened at once
    case .deviceLosesWrites(let name, let share): change(name) { $0.lostWrites = share }
    case .deviceSwappedWords(let name): change(name) { $0.swapsWords = true }
    case .busDead(let name): lose(1, of: name)
    case .busFlaky(let name, let share): lose(share, of: name)
    }
  }

  private func change(_ device: String, _ change: (Link) -> Void) {
    for (link, known) in zip(links, site.devices) where known.name == device { change(link) }
  }
  private func lose(_ share: Double, of bus: String) {
    losesRequests = true
    for index in site.buses.indices where site.buses[index].name == bus {
      lostShare[index] = max(lostShare[index], share)
    }
  }
}
