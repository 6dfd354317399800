import Testing

@testable import RowTwin

/// The cooling unit: registers, its own control, and what its faults do.
@Suite struct Orv3RpuTests {
  private static func truth(flowLpm: Double = 40, supplyC: Double = 32) -> PlantTruth {
    var truth = PlantTruth(pumps: 1, racks: 1, fans: 1)
    truth.rowFlowLpm = flowLpm
    truth.supplyTemperatureC = supplyC
    truth.returnTemperatureC = 44.5
    truth.supplyPressureKpa = 210
    truth.returnPressureKpa = 150
    return truth
  }

  private func bench(_ truth: PlantTruth = truth(), leaks: [LeakCable?] = []) -> Bench {
    Bench(truth: truth) { sensors in
      Orv3Rpu(
        flowMaxLpm: 80,
        instruments: .init(
          flow: sensors.add(.unitFlow, role: "row.flow"), outlet: sensors.add(.supplyTemperature),
          inlet: sensors.add(.returnTemperature), outletPressure: sensors.add(.supplyPressure),
          inletPressure: sensors.add(.returnPressure), air: sensors.add(.hallTemperature),
          power: sensors.add(.pumpPower(0))),
        leaks: leaks, sensors: sensors)
    }
  }

  private func unit(_ bench: Bench) throws -> Orv3Rpu { try #require(bench.device as? Orv3Rpu) }

  @Test func telemetryIsInTenths() {
    let bench = bench()
    #expect(bench.holding(0x9000) == 400)
    #expect(bench.holding(0x9001) == 320 && bench.holding(0x9002) == 445)
    #expect(bench.holding(0x9003) == 2100 && bench.holding(0x9004) == 1500)
  }

  @Test func modelIsReadAsText() {
    let words = bench().read(.holding, 0x19CC, count: 8)
    let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }.prefix { $0 != 0 }
    #expect(String(decoding: bytes, as: UTF8.self) == "RDF040DSS5193E0")
  }

  @Test func onlyItsTargetsCanBeWritten() {
    let bench = bench()
    #expect(bench.write(0x9400, 550) == .ok && bench.holding(0x9400) == 550)
    #expect(bench.write(0x9401, 305) == .ok && bench.holding(0x9401) == 305)
    #expect(bench.write(0x9410, 1 << 5) == .exception(2))
  }

  @Test func pumpsRiseWhileTheFlowIsBelowItsTarget() {
    var bench = bench()
    bench.write(0x9400, 600)
    bench.wait(seconds: 2)
    let early = bench.positions.pumpSpeed[0]
    bench.wait(seconds: 10)
    #expect(bench.positions.pumpSpeed[0] > early)
    bench.write(0x9400, 200)
    let high = bench.positions.pumpSpeed[0]
    bench.wait(seconds: 10)
    #expect(bench.positions.pumpSpeed[0] < high)
  }

  @Test func fansRiseWhileTheOutletIsAboveItsTarget() {
    var bench = bench()
    bench.write(0x9401, 270)
    bench.wait(seconds: 60)
    #expect(bench.positions.fanSpeed[0] > 0.3)
    bench.write(0x9401, 400)
    bench.wait(seconds: 200)
    #expect(bench.positions.fanSpeed[0] == Orv3Rpu.fanMin)
  }

  @Test func itGoesOnByItselfWhenNobodySpeaksToIt() {
    var bench = bench(Self.truth(flowLpm: 20))
    bench.wait(seconds: 120)
    #expect(bench.positions.pumpSpeed[0] > 0.5, "its own first target is half of its flow")
  }

  @Test func trippedUnitStandsAndSaysThatItIsNotReady() throws {
    var bench = bench()
    bench.wait(seconds: 5)
    #expect(bench.holding(0x9201) == 0)
    try unit(bench).trip()
    bench.wait(seconds: 30)
    #expect(bench.bit(9, of: 0x9201))
    #expect(bench.positions.pumpSpeed[0] < 0.01 && bench.positions.fanSpeed[0] == 0)
    bench.device.reset()
    #expect(!bench.bit(9, of: 0x9201))
  }

  @Test func unitInLocalIgnoresItsTargetsAndSaysSo() throws {
    var bench = bench()
    bench.wait(seconds: 10)
    try unit(bench).isLocal = true
    let speed = bench.positions.pumpSpeed[0]
    bench.write(0x9400, 800)
    bench.wait(seconds: 20)
    #expect(bench.positions.pumpSpeed[0] == speed)
    #expect(bench.bit(1, of: 0x9410) && !bench.bit(3, of: 0x9410))
  }

  @Test func lostPumpIsAnAlarmAndCostsSpeed() throws {
    var bench = bench(Self.truth(flowLpm: 10))
    try unit(bench).isPumpLost = true
    bench.wait(seconds: 120)
    #expect(bench.bit(6, of: 0x9201) && bench.holding(0x900D) == 0)
    #expect(bench.positions.pumpSpeed[0] == Orv3Rpu.speedWithoutOne)
  }

  @Test func brokenFlowMeterIsSaidAndLeavesThePumps() throws {
    var bench = bench()
    bench.wait(seconds: 10)
    let speed = bench.positions.pumpSpeed[0]
    bench.sensors.setFault(.open, at: try #require(bench.sensors.index(role: "row.flow")))
    bench.write(0x9400, 800)
    bench.wait(seconds: 20)
    #expect(bench.holding(0x9200) == 1 << 4)
    #expect(bench.positions.pumpSpeed[0] == speed)
  }

  @Test func wetCableSetsItsOwnBit() {
    let cable = LeakCable()
    let bench = bench(leaks: [nil, nil, cable])
    #expect(bench.holding(0x9202) == 0)
    cable.isWet = true
    #expect(bench.holding(0x9202) == 1 << 8)
  }
}
