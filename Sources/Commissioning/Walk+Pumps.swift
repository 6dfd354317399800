import CoolingCore
import RowConfig
import RowRuntime

/// Pumps: each by itself in front of the others, so that what is seen is its own doing.
extension Walk {
  /// Flow and dP must rise at least so much from lowest to safe speed; where the others have to keep the racks' flow,
  /// less.
  static let riseMin = 1.15
  static let riseMinPowered = 1.03
  /// Below this share of the best of its rating a pump turns the wrong way, is worn, or its valve is shut.
  static let strengthMin = 0.85

  func testPump(_ pump: Int) throws(Ending) {
    let subject = name(.pump(pump))
    let role = "pump.\(pump + 1)"
    if bench.has("\(role).remote") {
      let isRemote = bench.isOn("\(role).remote")
      note(.actuators, subject, "obeys the bus", isRemote, isRemote ? "in remote" : "in local (Hand)")
    }
    let runs = proven.contains(pump)
    let speed = bench.stands(.pump(pump)).map { "\(text($0)) %" } ?? "no speed"
    let trouble = bench.isOn("\(role).fault") ? ", reports a trip" : ""
    note(.actuators, subject, "runs when told", runs, "\(speed)\(trouble)")
    guard runs, let place = bench.outputs[.pump(pump)] else { return }

    let others = proven.subtracting([pump])
    if powered.isEmpty {
      for other in others { bench.outputs.set(.pump(other), site.pumps.speedMinPercent) }
    }
    _ = try follow(.pump(pump), to: place.limits.lowerBound)
    _ = try arrive(others.map { .pump($0) })
    let slow = try measure(hydraulics)
    let travel = try follow(.pump(pump), to: powered.isEmpty ? place.safe : place.limits.upperBound)
    note(.actuators, subject, "speed follows", travel.isThere, travel.text)
    let fast = try measure(hydraulics)
    if travel.isThere {
      compare(slow, fast, subject)
      strengths[pump] = fast["row.flow"] ?? rackSum(fast)
    }
    for other in others { bench.outputs.set(.pump(other), place.safe) }
    bench.outputs.set(.pump(pump), place.safe)
    _ = try arrive(proven.map { .pump($0) })
    try stopAndStart(pump, others)
  }

  private var hydraulics: [String] {
    let dp = (1...InputSlot.redundant).map { "manifold.dp.\($0)" }
    return (["row.flow"] + dp + rackFlows).filter(bench.has)
  }
  var rackFlows: [String] { site.racks.units.indices.map { "rack.\($0 + 1).flow" } }
  private func rackSum(_ values: [String: Double]) -> Double? {
    let flows = rackFlows.compactMap { values[$0] }
    return flows.isEmpty ? nil : flows.reduce(0, +)
  }

  /// A pump that turns faster gives more flow and more pressure, through every rack.
  private func compare(_ slow: [String: Double], _ fast: [String: Double], _ subject: String) {
    let least = powered.isEmpty ? Self.riseMin : Self.riseMinPowered
    func rises(_ role: String) -> Bool {
      guard let low = slow[role], let high = fast[role] else { return false }
      return high >= max(low, 1) * least
    }
    func seen(_ role: String) -> String {
      "\(role) \(slow[role].map(text) ?? "nothing") → \(fast[role].map(text) ?? "nothing")"
    }
    for role in hydraulics where !role.hasPrefix("rack.") {
      note(.actuators, subject, "faster: \(role) rises", rises(role), seen(role))
    }
    let flows = rackFlows.filter(bench.has)
    let still = flows.filter { !rises($0) }
    let sums = [slow, fast].map { rackSum($0).map(text) ?? "?" }
    note(
      .actuators, subject, "faster: rack flows rise", still.isEmpty,
      still.isEmpty ? "\(flows.count) together \(sums[0]) → \(sums[1]) L/min" : still.map(seen).joined(separator: ", "))
  }

  private func stopAndStart(_ pump: Int, _ others: Set<Int>) throws(Ending) {
    let subject = name(.pump(pump))
    guard !others.isEmpty else {
      return note(.actuators, subject, "stops and starts", .notApplicable, "no other pump runs")
    }
    var seconds: [Double] = []
    for stops in [true, false] {
      let start = bench.now
      if stops { bench.outputs.stop(pump: pump, whileRunning: proven) } else { bench.outputs.start(pump: pump) }
      guard try arrive([.pump(pump)]) else {
        let state = bench.isOn("pump.\(pump + 1).running") ? "still runs" : "does not run"
        bench.outputs.start(pump: pump)
        return note(.actuators, subject, "stops and starts", .failed, "told to \(stops ? "stop" : "start") it \(state)")
      }
      seconds.append((bench.now - start).inSeconds.rounded())
    }
    note(
      .actuators, subject, "stops and starts", .passed,
      "stopped in \(text(seconds[0])) s, back in \(text(seconds[1])) s")
  }

  /// Pumps of one rating that were tested alike give alike.
  func comparePumps() {
    guard powered.isEmpty, strengths.count >= 2 else { return }
    for (pump, flow) in strengths.sorted(by: { $0.key < $1.key }) {
      let like = strengths.filter { site.pumps.units[$0.key].hasRating(of: site.pumps.units[pump]) }
      guard like.count >= 2, let best = like.values.max(), best > 0 else { continue }
      note(
        .actuators, name(.pump(pump)), "as strong as its like", flow >= Self.strengthMin * best,
        "\(text(flow)) L/min, the best gives \(text(best))")
    }
  }
}

extension Site.Pumps.Unit {
  fileprivate func hasRating(of other: Site.Pumps.Unit) -> Bool {
    ratedFlowLpm == other.ratedFlowLpm && ratedHeadKpa == other.ratedHeadKpa
  }
}
