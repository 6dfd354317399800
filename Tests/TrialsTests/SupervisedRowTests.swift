import CoolingCore
import RowConfig
import RowTwin
import Testing
import Trials

/// The shipped row behind a cooling unit, on the virtual clock: production loop and codec, the unit's own registers.
@Suite struct SupervisedRowTests {
  private static func row(load: LoadTrace.Kind = .steady(percent: 60), settled: Double = 60) throws -> VirtualRow {
    let row = try Rows.row("supervised", load: load, settled: settled)
    _ = row.run(until: { $0.core.mode == .auto }, timeout: 60)
    row.run(seconds: 120)
    return row
  }

  private func register(_ row: VirtualRow, _ address: Int) throws -> Double {
    var words: [UInt16] = [0]
    var span = words.mutableSpan
    try #require(row.twin.read(bus: 0, unit: 12, area: .holding, address: address, count: 1, into: &span) == .ok)
    return Double(words[0]) / 10
  }
  private func flowTarget(_ row: VirtualRow) throws -> Double { try register(row, 0x9400) }
  private func temperatureTarget(_ row: VirtualRow) throws -> Double { try register(row, 0x9401) }

  private func active(_ row: VirtualRow) -> [Cause] {
    var found: [Cause] = []
    row.core.interlocks.forEach(row.core.settings) { cause, _, state in if state.isActive { found.append(cause) } }
    return found
  }

  /// CTL-155: neither the flow nor the temperature that it held is bumped.
  @Test func runningUnitIsTakenOverAsItStands() throws {
    let row = try Rows.row("supervised", load: .steady(percent: 60), settled: 60)
    let found = (flow: try flowTarget(row), temperature: try temperatureTarget(row))
    #expect(found.temperature == 36)
    _ = row.run(until: { $0.core.actuation.isDriven }, timeout: 30)
    #expect(abs(try flowTarget(row) - found.flow) <= 0.02 * 80 + 1)
    #expect(abs(try temperatureTarget(row) - found.temperature) <= 0.36)
    #expect(row.run(until: { $0.core.mode == .auto }, timeout: 30) != nil)
  }

  /// CTL-150: rack 1 goes from 15 to 100 %; peak-held 18 kW and 2.7 kW, floors of 13 L/min.
  @Test func flowTargetFollowsALoadStep() throws {
    let row = try Self.row(load: .step(rack: 0, atSecond: 200), settled: 15)
    #expect(abs(try flowTarget(row) - 26) <= 1)
    row.run(seconds: 200)
    #expect(row.core.mode == .auto)
    #expect(abs(try flowTarget(row) - (23.4 + 13)) <= 1.5)
    #expect(abs(row.truth.rowFlowLpm - (23.4 + 13)) <= 2)
    row.run(seconds: 300)
    #expect(abs(row.truth.supplyTemperatureC - 36) < 1)
    #expect(active(row).isEmpty, "\(active(row))")
  }

  /// CTL-151: no target is below the dew point of the air and 3 K.
  @Test func moreHumidAirLiftsTheTemperatureTarget() throws {
    let row = try Self.row()
    _ = row.loop.apply(.setSupplySetpoint(Temperature(celsius: 26)))
    row.run(seconds: 120)
    #expect(abs(try temperatureTarget(row) - 26) <= 0.3)
    // 27 °C at 95 %: a dew point of 26.1 °C.
    try row.twin.inject(.hallHumidity(95))
    row.run(seconds: 400)
    #expect(abs(try temperatureTarget(row) - 29.1) <= 0.8)
    try row.twin.clear(.hallHumidity(95))
    row.run(seconds: 400)
    #expect(abs(try temperatureTarget(row) - 26) <= 0.6)
  }

  /// CTL-152
  @Test func brokenFlowMeterSendsTheHighestFlow() throws {
    let row = try Self.row()
    try row.twin.inject(.sensor("row.flow", .open))
    row.run(seconds: 60)
    #expect(try flowTarget(row) == 80)
    #expect(active(row).contains(.hydraulicsLost))
    try row.twin.clear(.sensor("row.flow", .open))
    row.run(seconds: 120)
    #expect(try flowTarget(row) < 40)
    #expect(active(row).isEmpty, "\(active(row))")
  }

  /// CTL-153: the racks' own meters prove their coolant.
  @Test func lostUnitIsAnAlarmAndCostsNoPermitWhileTheRacksAreCooled() throws {
    let row = try Self.row()
    try row.twin.inject(.device("CDU-1", .dead))
    row.run(seconds: 120)
    #expect(active(row).contains(.pumpSilent) || active(row).contains(.busLost))
    #expect(row.twin.positions.rackPermit == [true, true])
    #expect(abs(row.truth.supplyTemperatureC - 36) < 1.5, "it goes on by itself")
    try row.twin.clear(.device("CDU-1", .dead))
    row.run(seconds: 240)
    #expect(row.core.mode == .auto)
    #expect(active(row).isEmpty, "\(active(row))")
  }

  /// CTL-153: it trips, and nothing moves any more.
  @Test func trippedUnitTakesThePermitsBeforeAChipIsTooHot() throws {
    let row = try Self.row(load: .steady(percent: 100), settled: 100)
    var hottest = 0.0
    try row.twin.inject(.pumpBroken(1))
    row.run(seconds: 120) { hottest = max(hottest, $0.truth.chipTemperatureC.max() ?? 0) }
    #expect(active(row).contains(.coolingLost))
    #expect(row.twin.positions.rackPermit == [false, false])
    print("tripped unit: hottest chip \(hottest) °C")
    #expect(hottest < 95)
  }

  /// CTL-153
  @Test func unitInLocalAndUnitWithoutAPumpAreAlarms() throws {
    let row = try Self.row()
    for (fault, cause) in [(Fault.pumpLocal(1), Cause.pumpNotRemote), (.unitPumpLost, .pumpFault)] {
      try row.twin.inject(fault)
      row.run(seconds: 60)
      #expect(active(row) == [cause], "\(active(row))")
      #expect(try flowTarget(row) == 80)
      try row.twin.clear(fault)
      row.run(seconds: 120)
      #expect(active(row).isEmpty, "\(active(row))")
    }
  }

  /// CTL-156: nothing can stop the unit; the racks may draw nothing, and it is told its least flow.
  @Test func emergencyStopTakesThePermitsAndAsksForTheLeastFlow() throws {
    let row = try Self.row()
    try row.twin.inject(.emergencyStop)
    row.run(seconds: 30)
    #expect(row.core.mode == .tripped)
    #expect(row.twin.positions.rackPermit == [false, false])
    #expect(try flowTarget(row) == 13)
    #expect(row.truth.rowFlowLpm > 12, "people have to stop it")
  }

  /// OPS-072: the unit bears a change of its flow target every ten seconds; an interlock does not wait for the next.
  @Test func anInterlocksTargetIsWrittenRightAfterAnother() throws {
    let row = try Self.row(load: .step(rack: 0, atSecond: 200), settled: 15)
    let found = try flowTarget(row)
    let hasChanged = row.run(until: { (try? flowTarget($0)) != found }, timeout: 200)
    try #require(hasChanged != nil)
    try row.twin.inject(.emergencyStop)
    row.run(seconds: 3)
    #expect(row.core.mode == .tripped)
    #expect(try flowTarget(row) == 13)
  }

  /// OPS-072: nor does a daemon that leaves.
  @Test func theSafeTargetIsWrittenRightAfterAnother() throws {
    let row = try Self.row(load: .step(rack: 0, atSecond: 200), settled: 15)
    let found = try flowTarget(row)
    let hasChanged = row.run(until: { (try? flowTarget($0)) != found }, timeout: 200)
    try #require(hasChanged != nil)
    #expect(row.loop.leaveSafe().isEmpty)
    #expect(try flowTarget(row) == 80)
  }

  /// OPS-072: a memory that wears sees few writes in an hour of changing load.
  @Test func targetsAreWrittenSeldom() throws {
    let row = try Rows.row("supervised", load: .aiMix, settled: 60)
    var writes = 0
    var last = (0.0, 0.0)
    var refused = false
    row.run(seconds: 3600) { row in
      let now = (try? flowTarget(row), try? temperatureTarget(row))
      if let flow = now.0, let temperature = now.1, (flow, temperature) != last {
        writes += 1
        last = (flow, temperature)
      }
      if active(row).contains(.pumpOutputRefused) { refused = true }
    }
    print("an hour of AI mix: \(writes) targets")
    #expect(writes < 60 && !refused)
  }
}
