import Glibc

@testable import CoolingCore

/// A bench whose instruments obey physics: pumps, loop resistance, valves and heat answer what the core sends, at once;
/// every instrument has noise. A test makes single instruments lie.
struct LivingRow: Sendable {
  /// What an instrument says instead of the truth; nil: nothing.
  typealias Lie = @Sendable (Double) -> Double?

  private(set) var bench: RowBench
  var lies: [Int: Lie] = [:]
  var supplyC = 40.0
  var powerKw: [Double] = .init(repeating: 80, count: RowBench.racks)
  /// L/min at 1 kPa with an open valve; one rack unlike the next.
  private static let conductance = [17.0, 18, 16.5, 17.5]
  private(set) var truth: [Int: Double] = [:]
  private var generator = SeededGenerator(seed: 5)

  private static let settled = LivingRow(.bench)
  init() { self = LivingRow.settled }

  init(_ settings: Settings) {
    bench = RowBench(settings)
    bench.takeOver(pumps: [0, 1], speed: 60)
    step(900)
  }

  var core: ControlCycle { bench.core }

  mutating func step(_ seconds: Int = 1) {
    for _ in 0..<seconds {
      flow()
      for (slot, value) in truth { say(slot, value) }
      bench.step()
    }
  }

  private mutating func say(_ slot: Int, _ value: Double) {
    guard let lie = lies[slot] else {
      bench[slot] = value
      return
    }
    if let said = lie(value) { bench[slot] = said } else { bench.lose(slot) }
  }

  private mutating func noisy(_ value: Double, _ amplitude: Double) -> Double {
    value + Double.random(in: -amplitude...amplitude, using: &generator)
  }

  /// The racks' coolant brings their heat back with a lag of 12 s, the row's header with 3 s more.
  private var carriedKw: [Double] = .init(repeating: 80, count: RowBench.racks)
  private var returnedKw = 320.0

  /// H₀n² − a(q/N)² = k·q² + dP, q = √dP·ΣC·φ(valve), T return = T supply + 0.95·Q/(ρc·q), late.
  private mutating func flow() {
    let curve = bench.core.settings.pumps.curve
    let running = Double(bench.runningPumps.count)
    let speed = bench.runningPumps.map { bench.sent.pumps[$0].speed }.max() ?? 0
    let openings = (0..<RowBench.racks).map { rack in
      let opening = pow(50, bench.sent.rackValves[rack] / 100 - 1)
      return LivingRow.conductance[rack] / (0.7 + 0.3 / (opening * opening)).squareRoot()
    }
    let sum = openings.reduce(0, +)
    let resistance = curve.steepness / max(1, running * running) + 5e-5
    let dp = curve.shutoffHead.kilopascals * speed * speed / 10_000 / (1 + resistance * sum * sum)
    let total = sum * dp.squareRoot()
    for i in 0..<RowBench.racks { carriedKw[i] += (powerKw[i] - carriedKw[i]) / 13 }
    returnedKw += (carriedKw.reduce(0, +) - returnedKw) / 4
    for i in 0..<3 {
      truth[InputSlot.supplyTemperature + i] = noisy(supplyC, 0.05)
      truth[InputSlot.returnTemperature + i] = noisy(supplyC + 0.95 * returnedKw / (4 * max(total, 1) / 60), 0.05)
      truth[InputSlot.manifoldDp + i] = noisy(dp, 0.3)
    }
    truth[InputSlot.supplyPressure] = noisy(150 + dp, 0.5)
    truth[InputSlot.returnPressure] = noisy(150, 0.5)
    truth[InputSlot.rowFlow] = noisy(total, 3)
    for i in 0..<RowBench.racks {
      let own = openings[i] * dp.squareRoot()
      truth[.rack(i, .flow)] = noisy(own, 0.5)
      truth[.rack(i, .power)] = noisy(powerKw[i], 0.1)
      truth[.rack(i, .returnTemperature)] = noisy(supplyC + 0.95 * carriedKw[i] / (4 * max(own, 1) / 60), 0.05)
    }
  }
}
