import CoolingCore
import FieldIO
import RowConfig
import RowRuntime

/// Takes the row to its safe output, tests what is to be tested, and brings back what was before.
extension Walk {
  /// A rack valve that stands lower than this lets no flow worth the name through.
  static let openMin = 20.0

  /// A row that somebody has to see to first is not tested, nor, unless told so, one whose racks draw power.
  func refuse() throws(Ending) {
    if let danger = bench.danger { throw .refused("\(danger): nothing was moved") }
    powered = Set(site.racks.units.indices.filter(drawsPower))
    let touched = touchesRow ? powered : powered.intersection(touchedRacks)
    if !touched.isEmpty, !options.allowsPower {
      let names = touched.sorted().map { rack in
        let power = bench.reading(slot: InputSlot.rack(rack, .power))
        return "\(site.racks.units[rack].name) (\(power.map { "\(text($0)) kW" } ?? "not known"))"
      }
      throw .refused("racks draw power: \(names.joined(separator: ", ")): nothing was moved")
    }
    // A valve that shuts the only way would leave the pumps without flow.
    let onlyWay: Set<Int> = site.racks.units.count == 1 ? [0] : []
    bench.outputs.keepOpen(powered.union(onlyWay), site.racks.valveFloorPercent)
  }

  private func drawsPower(_ rack: Int) -> Bool {
    guard let power = bench.reading(slot: InputSlot.rack(rack, .power)) else { return true }
    return power > Self.powerShare * site.racks.units[rack].ratedKw
  }

  /// Whether a test of one of the chosen actuators is felt by every rack.
  private var touchesRow: Bool {
    actuators.contains { actuator in
      if case .rackValve = actuator { false } else { true }
    }
  }

  private var touchedRacks: Set<Int> {
    let valves = actuators.compactMap { actuator in
      if case .rackValve(let rack) = actuator { rack } else { nil }
    }
    return Set(permits + valves)
  }

  func testActuators() throws(Ending) {
    let pumps = "pumps run at \(text(site.pumps.safeSpeedPercent)) %, valves are moved"
    guard try confirms("Take row \(site.name) to its safe output and test it? \(pumps)") else {
      throw .refused("the operator declined: nothing was moved")
    }
    try takeOver()
    for actuator in actuators {
      switch actuator {
      case .pump(let pump): try testPump(pump)
      case .rackValve(let rack): try testRackValve(rack)
      case .fan(let fan): try testFan(fan)
      case .coilValve(let coil): try testCoilValve(coil)
      case .facilityValve: try testFacilityValve()
      }
    }
    comparePumps()
    for rack in permits { try testPermit(rack) }
    try testSilence()
    try release()
  }

  // MARK: - In and out

  /// Brings the row to its safe output: ways for the coolant first, then flow.
  private func takeOver() throws(Ending) {
    let places = bench.outputs.places.map(\.actuator)
    before = places.map { actuator in
      var stood = Before(actuator: actuator, percent: bench.stands(actuator))
      if case .pump(let pump) = actuator { stood.runs = bench.isOn("pump.\(pump + 1).running") }
      return stood
    }
    person.hear("taking the row to its safe output")
    bench.outputs.begin(at: bench.stands) { [bench] in bench.isOn("pump.\($0 + 1).running") }
    for place in bench.outputs.places { bench.outputs.set(place.actuator, place.safe) }
    _ = try arrive(places.filter { !$0.isPump })
    let ways = site.racks.units.indices.map { bench.stands(.rackValve($0)) ?? 100 }
    guard ways.contains(where: { $0 >= Self.openMin }) else {
      throw .danger("no rack valve opens: pumps would have no way for their flow")
    }
    for pump in site.pumps.units.indices { bench.outputs.start(pump: pump) }
    _ = try arrive(places.filter(\.isPump))
    proven = Set(site.pumps.units.indices.filter { isThere(.pump($0)) })
    guard !proven.isEmpty else { throw .danger("no pump runs") }
  }

  /// Brings back what was before: pumps first, so that none works against a valve that was shut.
  private func release() throws(Ending) {
    let places = bench.outputs.places.map(\.actuator)
    person.hear("bringing back what was before")
    guard powered.isEmpty || before.contains(where: { $0.actuator.isPump && $0.runs }) else {
      let why = "racks draw power and no pump ran: left at the safe output"
      note(.release, "all actuators", "as before", .notApplicable, why)
      return leave()
    }
    bench.outputs.restore(before.filter { $0.actuator.isPump })
    _ = try arrive(places.filter(\.isPump))
    bench.outputs.restore(before.filter { !$0.actuator.isPump })
    _ = try arrive(places)
    let astray = places.filter { !isThere($0) }
    let stand = astray.map { "\(name($0)) stands at \(bench.stands($0).map(text) ?? "?") %" }
    note(
      .release, "all actuators", "as before", astray.isEmpty,
      astray.isEmpty ? "\(places.count) actuators stand as they did" : stand.joined(separator: ", "))
    leave()
    // Devices that are let go in steps need cycles for them.
    try bench.cycle(seconds: Self.settleS)
  }

  private func leave() { bench.outputs.release() }

  // MARK: - Moving and looking

  /// How a movement went.
  struct Travel {
    var isThere: Bool
    var text: String
  }

  /// Moves one actuator and waits until it says that it is there, no longer than the site and its profile declare.
  func follow(_ actuator: Actuator, to percent: Double) throws(Ending) -> Travel {
    let from = bench.stands(actuator)
    let start = bench.now
    bench.outputs.set(actuator, percent)
    let isThere = try arrive([actuator])
    let seconds = (bench.now - start).inSeconds
    let target = bench.outputs[actuator]?.target ?? percent
    let way = "\(from.map(text) ?? "?") → \(text(target)) %"
    let stands = bench.stands(actuator).map { "stands at \(text($0)) %" } ?? "does not say where it stands"
    let time = "\(isThere ? "in" : "not within") \(text(seconds.rounded())) s"
    return Travel(isThere: isThere, text: "\(way) \(time), \(stands)")
  }

  /// Waits until all of these are where they are told to be; false when their time is over.
  func arrive(_ actuators: [Actuator]) throws(Ending) -> Bool {
    let start = bench.now
    let allowed = actuators.map(allowedS).max() ?? 0
    while (bench.now - start).inSeconds < allowed {
      try bench.cycle()
      if actuators.allSatisfy(isThere) { return true }
    }
    return false
  }

  func isThere(_ actuator: Actuator) -> Bool {
    guard let place = bench.outputs[actuator], place.value == place.target else { return false }
    if case .pump(let pump) = actuator {
      let runs = bench.isOn("pump.\(pump + 1).running")
      guard place.runs else { return !runs && (bench.stands(actuator) ?? 0) <= Self.tolerance }
      guard runs else { return false }
    }
    return bench.stands(actuator).map { abs($0 - place.target) <= Self.tolerance } ?? false
  }

  private func allowedS(_ actuator: Actuator) -> Double {
    guard let place = bench.outputs[actuator] else { return 0 }
    return abs(place.target - place.value) / place.slewPerS + settleS(actuator) + Self.marginS
  }

  /// What the profile allows its read-back.
  private func settleS(_ actuator: Actuator) -> Double {
    let role = bench.roles.outputs[actuator.outputSlot]
    guard let binding = loaded.bindings.first(where: { $0.name == role }) else { return 0 }
    let profile = loaded.profiles[site.devices[binding.device].profile]
    guard case .analog(let analog)? = profile?.commands.first(where: { $0.name == binding.point })?.form else {
      return 0
    }
    return analog.settleS
  }

  /// Lets the plant settle and averages these roles; a role without a value is left out.
  func measure(_ roles: [String]) throws(Ending) -> [String: Double] {
    try bench.cycle(seconds: Self.settleS)
    var sums: [String: (total: Double, count: Double)] = [:]
    let end = bench.now + .seconds(Self.settleS)
    repeat {
      try bench.cycle()
      for role in roles {
        guard let value = bench.reading(role) else { continue }
        let sum = sums[role] ?? (0, 0)
        sums[role] = (sum.total + value, sum.count + 1)
      }
    } while bench.now < end
    return sums.mapValues { $0.total / $0.count }
  }
}

extension Actuator {
  var isPump: Bool { if case .pump = self { true } else { false } }
}
