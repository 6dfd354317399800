/// Parallel pumps behind check valves, pushing against one quadratic resistance. Solves for the common head.
struct PumpGroup: Sendable {
  private let pumps: [PlantParameters.Pump]
  /// Head at zero flow now, 1 / curve constant now, flow at the last solution; per pump.
  private var deadHeadKpa: [Double]
  private var inverseCurve: [Double]
  private var solvedLpm: [Double]
  private var headKpa = 0.0
  /// Share of the row's flow each pump carries; kept while the last flow runs out after a stop.
  private(set) var flowShare: [Double]

  init(_ pumps: [PlantParameters.Pump]) {
    self.pumps = pumps
    deadHeadKpa = Array(repeating: 0, count: pumps.count)
    inverseCurve = Array(repeating: 0, count: pumps.count)
    solvedLpm = Array(repeating: 0, count: pumps.count)
    flowShare = Array(repeating: 1 / Double(pumps.count), count: pumps.count)
  }

  /// The flow at which the pumps' common head equals `resistance`·flow², L/min. `headShare` scales each pump's curve
  /// (wear, cavitation); `airShare` scales all of them (0: the suction draws air).
  mutating func steadyFlow(
    against resistance: Double, speeds: [Double], headShare: [Double], airShare: Double
  ) -> Double {
    var highest = 0.0
    for index in pumps.indices {
      let share = headShare[index] * airShare
      deadHeadKpa[index] = share * pumps[index].shutoffKpa * speeds[index] * speeds[index]
      inverseCurve[index] = share > 1e-6 ? 1 / (share * pumps[index].curveKpa) : 0
      highest = max(highest, deadHeadKpa[index])
    }
    guard highest > 1e-9 else { return 0 }
    let flow = solve(inverseResistance: 1 / resistance, highest: highest)
    guard flow > 1e-9 else { return 0 }
    for index in pumps.indices { flowShare[index] = solvedLpm[index] / flow }
    return flow
  }

  /// Newton on the head, kept inside a bracket: flow of the pumps falls and flow of the loop rises with head, so there
  /// is exactly one crossing. From the last step's head two or three rounds suffice; 60 halvings reach any head.
  private mutating func solve(inverseResistance: Double, highest: Double) -> Double {
    var low = 0.0
    var high = highest
    var head = headKpa > 0 && headKpa < highest ? headKpa : 0.5 * highest
    var flow = 0.0
    for _ in 0..<60 {
      flow = 0
      var slope = 0.0
      for index in pumps.indices {
        let excess = deadHeadKpa[index] - head
        let own = excess > 0 ? (excess * inverseCurve[index]).squareRoot() : 0
        solvedLpm[index] = own
        flow += own
        if own > 0 { slope += inverseCurve[index] / (2 * own) }
      }
      let drawn = (head * inverseResistance).squareRoot()
      let surplus = flow - drawn
      if abs(surplus) <= 1e-9 * (flow + drawn) { break }
      if surplus > 0 { low = head } else { high = head }
      slope += inverseResistance / (2 * drawn)
      let next = head + surplus / slope
      head = next > low && next < high ? next : 0.5 * (low + high)
    }
    headKpa = head
    return flow
  }

  /// Flow and electrical power of each pump while `rowFlowLpm` runs, and the heat they leave in the coolant, kW.
  ///
  /// η = η_max·(2φ − φ²) with φ the flow relative to the best one at this speed, so that shaft power
  /// H·q/η = H·q_best/(η_max·(2 − φ)) stays finite at zero flow.
  func work(
    rowFlowLpm: Double, speeds: [Double], airShare: Double, flows: inout [Double], powers: inout [Double]
  ) -> Double {
    var heat = 0.0
    for index in pumps.indices {
      let pump = pumps[index]
      let speed = speeds[index]
      let flow = rowFlowLpm * flowShare[index]
      flows[index] = flow
      guard speed > 0 else {
        powers[index] = 0
        continue
      }
      let best = pump.bestFlowLpm * speed
      let head = max(pump.shutoffKpa * speed * speed - pump.curveKpa * flow * flow, 0) * airShare
      let hydraulic = head * flow / 60_000
      let shaft = head * best / (60_000 * pump.efficiencyMax * (2 - min(flow / best, 1.7)))
      // Motor and drive: 7 % of the shaft power, 2 % of the rating with speed, 0.5 % of it whenever the drive runs.
      powers[index] = 1.07 * shaft + pump.ratedPowerKw * (0.02 * speed + 0.005)
      // What the shaft puts in stays in the coolant; at dead-head the casing gives it to the hall instead.
      heat += hydraulic + max(shaft - hydraulic, 0) * flow / (flow + 0.05 * best)
    }
    return heat
  }
}
