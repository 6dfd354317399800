import CoolingCore
import RowTwin
import Testing
import Trials

/// Starting, taking over, other topologies, and repeatability.
@Suite struct RowTests {
  /// CTL-001: a row at rest starts safe and reaches Auto by evidence.
  @Test func aRowAtRestReachesAutoByEvidence() throws {
    let row = try Rows.row("demo", load: .steady(percent: 15))
    row.step()
    #expect(row.core.mode == .starting)
    let took = row.run(until: { $0.core.mode == .auto }, timeout: 180)
    let seconds = try #require(took)
    print("cold start took \(seconds) s")
    row.run(seconds: 1800)
    #expect(abs(row.truth.supplyTemperatureC - 40) < 1)
    #expect(!anyInterlock(row))
  }

  /// CTL-002: a running plant is taken over without a bump: no actuator moves by more than 2 % in the first cycle
  /// driven.
  @Test(arguments: [20.0, 60, 100])
  func aRunningPlantIsTakenOverWithoutABump(load: Double) throws {
    let row = try Rows.row("demo", load: .steady(percent: load), settled: load)
    let before = row.twin.positions
    _ = row.run(until: { $0.core.actuation.isDriven }, timeout: 30)
    let demand = row.core.actuation.demand
    for i in 0..<3 where before.pumpSpeed[i] > 0 {
      #expect(abs(demand.pumps[i].speed - 100 * before.pumpSpeed[i]) <= 2, "pump \(i + 1)")
    }
    for i in 0..<8 { #expect(abs(demand.rackValves[i] - 100 * before.rackValve[i]) <= 2, "rack \(i + 1)") }
    for i in 0..<12 { #expect(abs(demand.fans[i] - 100 * before.fanSpeed[i]) <= 5, "fan \(i + 1)") }
    #expect(row.run(until: { $0.core.mode == .auto }, timeout: 30) != nil)
  }

  /// CTL-012: the other topologies hold their setpoint too.
  @Test(arguments: ["facility-water", "mixed-16"])
  func everyShippedRowHoldsItsSetpoint(name: String) throws {
    let row = try Rows.row(name, load: .aiMix, settled: 60)
    row.run(seconds: 3600)
    #expect(row.core.mode == .auto)
    var inside = 0
    var largest = 0.0
    row.run(seconds: 4 * 3600) { row in
      let deviation = abs(row.truth.supplyTemperatureC - row.site.supply.setpointC)
      largest = max(largest, deviation)
      if deviation <= 1 { inside += 1 }
    }
    print("\(name): within 1 K \(Double(inside) / 14400), largest \(largest)")
    #expect(Double(inside) >= 0.99 * 14400)
  }

  @Test func theSameSeedGivesTheSameRowBitForBit() throws {
    func history() throws -> [UInt64] {
      let row = try Rows.row("demo", load: .aiMix, seed: 7, settled: 60)
      var bits: [UInt64] = []
      row.run(seconds: 600) { row in
        bits.append(row.truth.supplyTemperatureC.bitPattern)
        bits.append(row.core.actuation.demand.pumps[0].speed.bitPattern)
        bits.append(row.core.actuation.demand.rackValves[3].bitPattern)
      }
      return bits
    }
    #expect(try history() == history())
  }

  /// SAF-006, SAF-018: without a supply sensor the law goes on by the heat balance, a little colder, and no pump stops.
  @Test func losingEverySupplySensorMeansMoreCooling() throws {
    let row = try Rows.row("demo", load: .steady(percent: 60), settled: 60)
    row.run(seconds: 600)
    for sensor in 1...3 { try row.twin.inject(Fault("supply.temperature.\(sensor).open")) }
    row.run(seconds: 600)
    #expect(row.core.interlocks.isActive(.protectionDegraded) && row.core.mode == .auto)
    #expect(row.truth.supplyTemperatureC < 40.5 && row.truth.supplyTemperatureC > 37)
    #expect(row.core.actuation.demand.pumps[0].run)
  }

  /// A dead bus costs only its own roles.
  @Test(arguments: ["pumps", "coils", "distribution", "racks", "instruments"])
  func aDeadBusStopsNothing(bus: String) throws {
    let row = try Rows.row("demo", load: .steady(percent: 70), settled: 70)
    row.run(seconds: 900)
    try row.twin.inject(Fault("bus \(bus) dead"))
    var hottest = 0.0
    row.run(seconds: 1800) { hottest = max(hottest, $0.truth.chipTemperatureC.max() ?? .infinity) }
    #expect(hottest < 85)
    #expect(row.truth.rowFlowLpm > 500)
    row.twin.clearAllFaults()
    row.run(seconds: 1200)
    #expect(row.core.mode == .auto)
    #expect(abs(row.truth.supplyTemperatureC - 40) < 1)
  }

  private func anyInterlock(_ row: VirtualRow) -> Bool {
    var any = false
    row.core.interlocks.forEach(row.core.settings) { cause, _, state in
      if state.isActive && CauseAndEffect.definition(of: cause).effect != .alarmOnly { any = true }
    }
    return any
  }
}
