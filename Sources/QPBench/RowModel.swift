import Glibc

/// A liquid-to-air row as an MPC sees it: hydraulics in closed form, a counterflow coil, four nodes of liquid and a
/// chip node per rack. Parameters are those of the prototype study (eight or sixteen racks of 120 kW on PG25, 1.5 L/min
/// per kW, 200 kPa at design flow, a fan coil of 6 m³/s per rack and one more).
///
/// States, °C: coil outlet, supply header near and far, return, then each rack's chips. Inputs, shares of full: pump
/// speed, fan speed, then each rack's valve opening (or one bypass valve).
struct RowModel {
  let racks: Int
  let hasRackValves: Bool
  /// Shares of nominal, for a plant that is not what the model says.
  var coilShare = 1.0
  var resistanceShare = 1.0
  var airC = 27.0

  static let nodes = 4
  static let stepS = 2.0
  var states: Int { Self.nodes + racks }
  var inputs: Int { hasRackValves ? 2 + racks : 3 }

  /// kW per (L/s · K), PG25.
  private static let heatCapacity = 3.896
  private static let designLps = 3.0
  private var designTotalLps: Double { Double(racks) * Self.designLps }

  /// Flows of the racks and of the pumps together, L/s.
  func flows(_ u: [Double]) -> (racks: [Double], total: Double) {
    let conductances = (0..<racks).map { rack in
      let opening = hasRackValves ? u[2 + rack] : 1
      let branch = 10 * (1 + 0.08 * sin(Double(rack))) + 1.67 / (opening * opening)
      return 1 / (resistanceShare * branch).squareRoot()
    }
    let sum = conductances.reduce(0, +)
    let bypass = hasRackValves ? 0 : 0.25 * sum * u[2]
    let common = (60 + 95) / (designTotalLps * designTotalLps)
    let total = u[0] * (260 / (common + 1 / ((sum + bypass) * (sum + bypass)))).squareRoot()
    return (conductances.map { total * $0 / (sum + bypass) }, total)
  }

  /// Electrical power of pumps and fans, kW, by the cube law.
  var pumpKw: Double { 0.96 * Double(racks) }
  var fanKw: Double { 2.8 * Double(racks + 1) }

  /// Heat the coils take per kelvin between liquid inlet and air inlet, kW/K.
  private func coilKwPerK(_ total: Double, fan: Double) -> Double {
    let units = Double(racks + 1)
    let air = 1.155 * 6 * units * max(fan, 0.05)
    let liquid = Self.heatCapacity * total
    let resistance =
      0.75 / pow(max(fan, 0.05), 0.65) + 0.25 / pow(max(total, 0.1) / designTotalLps, 0.8)
    let ua = coilShare * 13.9 * units / resistance
    let d = ua * (1 / air - 1 / liquid)
    let effective = abs(d) < 1e-6 ? ua : ua * (1 - exp(-d)) / d
    return effective / (1 + effective / liquid)
  }

  /// The state two seconds on, by eight explicit steps.
  func advance(_ x: [Double], _ u: [Double], powerKw: [Double]) -> [Double] {
    let flow = flows(u)
    let coil = coilKwPerK(flow.total, fan: u[1])
    let liquid = Self.heatCapacity * flow.total
    let scale = Double(racks) / 8
    let volumes = [60 * scale, 120 * scale, 120 * scale, 250 * scale]
    let bypassed = flow.total - flow.racks.reduce(0, +)
    let rises = (0..<racks).map { powerKw[$0] / (Self.heatCapacity * flow.racks[$0]) }
    let mixedRise = powerKw.reduce(0, +) / (Self.heatCapacity * (flow.total - bypassed))
    let chipRises = (0..<racks).map { rack in
      let plate = 20 + 14 * pow(flow.racks[rack] / Self.designLps, -0.6)
      return powerKw[rack] * plate / 120 + rises[rack] / 2
    }
    let steps = 8
    let dt = Self.stepS / Double(steps)
    var now = x
    for _ in 0..<steps {
      let cooled = now[3] - coil / liquid * (now[3] - airC)
      let returned = now[2] + mixedRise * (1 - bypassed / flow.total)
      var next = now
      next[0] += dt * flow.total / volumes[0] * (cooled - now[0])
      next[1] += dt * flow.total / volumes[1] * (now[0] - now[1])
      next[2] += dt * flow.total / volumes[2] * (now[1] - now[2])
      next[3] += dt * flow.total / volumes[3] * (returned - now[3])
      for rack in 0..<racks {
        let chip = Self.nodes + rack
        next[chip] += dt / 8 * (now[2] + chipRises[rack] - now[chip])
      }
      now = next
    }
    return now
  }

  /// Derivatives of the two-second step at (x, u) by central differences, rows of A and of B.
  func linearised(_ x: [Double], _ u: [Double], powerKw: [Double]) -> (a: [Double], b: [Double]) {
    var a = [Double](repeating: 0, count: states * states)
    var b = [Double](repeating: 0, count: states * inputs)
    for column in 0..<states {
      // Linear in x: an exact difference over one kelvin.
      let base = advance([Double](repeating: 0, count: states), u, powerKw: powerKw)
      var unit = [Double](repeating: 0, count: states)
      unit[column] = 1
      let moved = advance(unit, u, powerKw: powerKw)
      for row in 0..<states where moved[row] != base[row] { a[row * states + column] = moved[row] - base[row] }
    }
    for input in 0..<inputs {
      let h = 1e-4
      var (up, down) = (u, u)
      up[input] += h
      down[input] -= h
      let (above, below) = (advance(x, up, powerKw: powerKw), advance(x, down, powerKw: powerKw))
      for row in 0..<states { b[row * inputs + input] = (above[row] - below[row]) / (2 * h) }
    }
    return (a, b)
  }
}
