import CoolingCore
import RowConfig
import RowRuntime

/// Valves and fans: a full stroke each, and what it does to the row.
extension Walk {
  /// Share of its flow that a shut rack valve may let through, and one at its floor.
  static let shutShare = 0.1
  static let floorShare = 0.85
  /// A neighbour whose flow falls below this share is the one that the valve really moves.
  static let neighbourShare = 0.6
  /// Below this an open rack has no flow, L/min.
  static let flowMin = 2.0
  static let powerRise = 1.2

  /// Down to what is allowed and back.
  func testRackValve(_ rack: Int) throws(Ending) {
    let actuator = Actuator.rackValve(rack)
    let subject = name(actuator)
    guard let place = bench.outputs[actuator] else { return }
    let flows = rackFlows.filter(bench.has)
    let open = try measure(flows)
    let down = try follow(actuator, to: place.limits.lowerBound)
    note(.actuators, subject, "travels", down.isThere, down.text)
    let lowered = try measure(flows)
    if down.isThere { compare(rack, open, lowered, isShut: place.limits.lowerBound == 0) }
    let up = try follow(actuator, to: place.safe)
    note(.actuators, subject, "travels back", up.isThere, up.text)
  }

  /// Its own rack's flow falls, and no other's.
  private func compare(_ rack: Int, _ open: [String: Double], _ lowered: [String: Double], isShut: Bool) {
    let subject = name(.rackValve(rack))
    let own = "rack.\(rack + 1).flow"
    func note(_ verdict: Check.Verdict, _ seen: String) {
      self.note(.actuators, subject, "lower: \(own) falls", verdict, seen)
    }
    guard bench.has(own) else { return note(.notApplicable, "the rack has no flow meter") }
    guard let full = open[own], let less = lowered[own] else { return note(.failed, "the meter has no value") }
    let seen = "\(text(full)) → \(text(less)) L/min"
    let others = open.filter { entry in
      entry.key != own && entry.value > Self.flowMin
        && lowered[entry.key].map { $0 < Self.neighbourShare * entry.value } ?? false
    }
    let instead = others.keys.sorted().map { "\($0) fell instead, to \(text(lowered[$0] ?? 0))" }
    guard instead.isEmpty else { return note(.failed, ([seen] + instead).joined(separator: "; ")) }
    guard full > Self.flowMin else { return note(.failed, "\(seen): no flow while open") }
    note(less <= (isShut ? Self.shutShare : Self.floorShare) * full ? .passed : .failed, seen)
  }

  /// Lowest, highest, safe speed.
  func testFan(_ fan: Int) throws(Ending) {
    let actuator = Actuator.fan(fan)
    guard let place = bench.outputs[actuator] else { return }
    let power = "fan.\(fan + 1).power"
    let down = try follow(actuator, to: place.limits.lowerBound)
    note(.actuators, name(actuator), "slows down", down.isThere, down.text)
    let low = bench.has(power) ? try measure([power])[power] : nil
    let up = try follow(actuator, to: place.limits.upperBound)
    note(.actuators, name(actuator), "speeds up", up.isThere, up.text)
    if bench.has(power), up.isThere {
      let high = try measure([power])[power]
      let rises = (high ?? 0) > max(low ?? 0, 0.01) * Self.powerRise
      note(
        .actuators, name(actuator), "faster: power rises", rises,
        "\(low.map(text) ?? "nothing") → \(high.map(text) ?? "nothing") kW")
    }
    _ = try follow(actuator, to: place.safe)
  }

  func testCoilValve(_ coil: Int) throws(Ending) {
    let actuator = Actuator.coilValve(coil)
    guard (site.fans?.units.count ?? 0) > 1 else {
      return note(.actuators, name(actuator), "travels", .notApplicable, "the only coil is not shut")
    }
    let down = try follow(actuator, to: 0)
    note(.actuators, name(actuator), "travels", down.isThere, down.text)
    let up = try follow(actuator, to: 100)
    note(.actuators, name(actuator), "travels back", up.isThere, up.text)
  }

  /// Half way, or as far down as it may go where no rack needs it.
  func testFacilityValve() throws(Ending) {
    let actuator = Actuator.facilityValve
    guard let place = bench.outputs[actuator] else { return }
    let flow = "facility.flow"
    _ = try follow(actuator, to: 100)
    let open = try measure([flow])[flow]
    let down = try follow(actuator, to: powered.isEmpty ? place.limits.lowerBound : 50)
    note(.actuators, name(actuator), "travels", down.isThere, down.text)
    let low = try measure([flow])[flow]
    if bench.has(flow), down.isThere {
      let falls = (open ?? 0) > Self.flowMin && (low ?? .infinity) < Self.floorShare * (open ?? 0)
      note(
        .actuators, name(actuator), "lower: facility.flow falls", falls,
        "\(open.map(text) ?? "nothing") → \(low.map(text) ?? "nothing") L/min")
    }
    let up = try follow(actuator, to: place.safe)
    note(.actuators, name(actuator), "travels back", up.isThere, up.text)
  }

  /// Gives and withdraws a rack's permit, and puts it back. What the rack makes of it only a person can see.
  func testPermit(_ rack: Int) throws(Ending) {
    let subject = "rack.\(rack + 1).permit"
    guard !powered.contains(rack) else {
      return note(.actuators, subject, "given and withdrawn", .notApplicable, "the rack draws power")
    }
    let slot = OutputSlot.permit(rack)
    let before = (bench.state(slot).accepted ?? 0) >= 0.5
    var isObeyed = true
    for isGiven in [true, false] {
      bench.outputs.permit(rack: rack, isGiven, before: before)
      try bench.cycle(seconds: Self.settleS)
      let state = bench.state(slot)
      isObeyed = isObeyed && state.outcome == .good && state.accepted.map { ($0 >= 0.5) == isGiven } ?? true
    }
    note(.actuators, subject, "given and withdrawn", isObeyed, "the output \(isObeyed ? "follows" : "does not follow")")
    let hasSeen = try confirms("Did rack \(site.racks.units[rack].name) see its permit come and go?")
    note(.actuators, subject, "seen at the rack", hasSeen, "\(hasSeen ? "seen" : "not seen"), says the operator")
    bench.outputs.permit(rack: rack, before, before: before)
    try bench.cycle(seconds: Self.settleS)
    bench.outputs.leavePermit(rack: rack)
  }
}
