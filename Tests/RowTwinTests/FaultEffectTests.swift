import RowConfig
import Testing

@testable import RowTwin

/// Every fault does what it says, and clearing it restores what it took.
@Suite struct FaultEffectTests {
  private func running() throws -> Twin {
    let twin = try DemoRow.twin()
    twin.settle(loadPercent: 60)
    twin.advance(seconds: 5)
    return twin
  }

  /// Lets seconds pass while the daemon keeps speaking to the two running pumps.
  private func wait(_ twin: Twin, seconds: Int, percent: Double = 80) {
    for _ in 0..<seconds {
      for pump in ["P1-drive", "P2-drive"] {
        twin.tell(pump, 50_009, UInt16(percent / 100 * 16_384))
        twin.tell(pump, 49_999, 0x047C)
      }
      twin.advance(seconds: 1)
    }
  }

  // Communication

  @Test(arguments: ["garbage", "bad-crc", "short", "wrong-unit"])
  func aDeviceThatAnswersNonsenseObeysAllTheSame(_ kind: String) throws {
    let twin = try running()
    try twin.inject(Fault("device R01-valve \(kind)"))
    #expect(twin.tell("R01-valve", 0, 4321) == .garbage && twin.ask("R01-valve", .holding, 0).0 == .garbage)
    try twin.clear(key: "device R01-valve \(kind)")
    #expect(twin.ask("R01-valve", .holding, 0) == (.ok, [4321]))
  }

  @Test func anIllegalRegisterFailsTheReadsThatTouchItAndNoOthers() throws {
    let twin = try running()
    try twin.inject(Fault("device R01-flow illegal"))
    #expect(twin.ask("R01-flow", .holding, 3002, count: 2).0 == .exception(2))
    #expect(twin.ask("R01-flow", .holding, 3003).0 == .exception(2))
    #expect(twin.ask("R01-flow", .holding, 3002).0 == .ok && twin.ask("R01-flow", .holding, 600).0 == .ok)
    twin.clearAllFaults()
    #expect(twin.ask("R01-flow", .holding, 3002, count: 2).0 == .ok)
  }

  @Test func aLyingDeviceAcknowledgesAndDoesNothing() throws {
    let twin = try running()
    let before = twin.ask("R01-valve", .holding, 0).1
    try twin.inject(Fault("device R01-valve lying"))
    #expect(twin.tell("R01-valve", 0, 1) == .ok)
    #expect(twin.ask("R01-valve", .holding, 0) == (.ok, before))
    twin.clearAllFaults()
    #expect(twin.tell("R01-valve", 0, 1) == .ok && twin.ask("R01-valve", .holding, 0).1 == [1])
  }

  @Test func aDeviceThatLosesWritesLosesAboutThatShare() throws {
    let twin = try running()
    try twin.inject(Fault("device R01-valve lost-writes=0.3"))
    var lost = 0
    for value in 1...1000 {
      #expect(twin.tell("R01-valve", 0, UInt16(value)) == .ok)
      if twin.ask("R01-valve", .holding, 0).1 != [UInt16(value)] { lost += 1 }
    }
    #expect((230...370).contains(lost))
  }

  @Test func swappedWordsTurnTheReadingOverUntilCleared() throws {
    let twin = try running()
    let right = twin.ask("R01-flow", .holding, 3002, count: 2).1
    try twin.inject(Fault("device R01-flow swapped-words"))
    #expect(twin.ask("R01-flow", .holding, 3002, count: 2) == (.ok, right.reversed()))
    twin.clearAllFaults()
    #expect(twin.ask("R01-flow", .holding, 3002, count: 2).1 == right)
  }

  @Test func aFlakyBusLosesItsShareOfRequestsOnlyOnItself() throws {
    let twin = try running()
    try twin.inject(Fault("bus distribution flaky=0.2"))
    let silent = (0..<1000).count { _ in twin.ask("R01-valve", .holding, 0).0 == .silent }
    #expect((140...260).contains(silent))
    #expect((0..<100).allSatisfy { _ in twin.ask("P1-drive", .holding, 50_199).0 == .ok })
    twin.clearAllFaults()
    #expect((0..<100).allSatisfy { _ in twin.ask("R01-valve", .holding, 0).0 == .ok })
  }

  @Test func aDriveThatRestartsStopsAndNoLongerMindsSilence() throws {
    for (pump, device) in [(0, "P1-drive"), (2, "P3-drive")] {
      let twin = try running()
      wait(twin, seconds: 5)
      if pump == 2 {
        for word: UInt16 in [0x047E, 0x047F] { twin.tell(device, 0, word, 16_000) }
        twin.advance(seconds: 6)
      }
      #expect(twin.positions.pumpSpeed[pump] > 0.5)
      try twin.inject(Fault("device \(device) reset"))
      twin.advance(seconds: 60)
      #expect(twin.positions.pumpSpeed[pump] == 0 && twin.faults.isEmpty)
    }
    let twin = try running()
    #expect(twin.ask("P3-drive", .holding, 5813).1 == [3])
    try twin.inject(Fault("device P3-drive reset"))
    #expect(twin.ask("P3-drive", .holding, 5813).1 == [0])
  }

  @Test func aFanThatRestartsStopsAndHasNoFailSafe() throws {
    let twin = try running()
    #expect(twin.positions.fanSpeed[0] > 0.05)
    try twin.inject(Fault("device C01-fan reset"))
    twin.advance(seconds: 60)
    #expect(twin.positions.fanSpeed[0] == 0 && twin.ask("C01-fan", .holding, 0xD15C).1 == [0])
    twin.tell("C01-fan", 0xD001, 64_000)
    twin.advance(seconds: 5)
    #expect(twin.positions.fanSpeed[0] > 0.5)
  }

  @Test(arguments: [("R01-valve", 0, 109, UInt16(120)), ("R05-valve", 4, 514, UInt16(900))])
  func aValveThatRestartsGoesToItsFallbackWithItsFactoryWatchdog(
    _ device: String, _ rack: Int, _ timeout: Int, _ factoryS: UInt16
  ) throws {
    let twin = try running()
    twin.tell(device, 0, 5000)
    try twin.inject(Fault("device \(device) reset"))
    twin.advance(seconds: 60)
    #expect(twin.positions.rackValve[rack] > 0.99 && twin.ask(device, .holding, timeout).1 == [factoryS])
  }

  // Sensors

  @Test(arguments: [("swapped-units", 0.264_172), ("nan", Double.nan)])
  func aMeterWithWrongUnitsOrNoNumberShowsItAndRecovers(_ kind: String, _ factor: Double) throws {
    let twin = try running()
    func flow() -> Double {
      twin.advance(seconds: 1)
      return Double(float(twin.ask("row-flow", .holding, 3002, count: 2).1.reversed())) * 60_000
    }
    try twin.inject(Fault("row.flow.\(kind)"))
    let shown = flow()
    #expect(factor.isNaN ? shown.isNaN : abs(shown / twin.truth.rowFlowLpm / factor - 1) < 0.04)
    try twin.clear(key: "row.flow.\(kind)")
    #expect(abs(flow() / twin.truth.rowFlowLpm - 1) < 0.04)
    #expect(Double(float(twin.ask("row-flow", .holding, 3022, count: 2).1.reversed())) > 0)
  }

  @Test func anotherUnitIsAnotherNumberForEveryQuantity() {
    #expect(Quantity.supplyTemperature.inAnotherUnit(40) == 104)
    #expect(abs(Quantity.manifoldDp.inAnotherUnit(100) - 14.5) < 0.01)
    #expect(Quantity.rackPower(0).inAnotherUnit(2) == 2000 && Quantity.level.inAnotherUnit(50) == 0.5)
  }

  // Plant

  @Test func aSlowDriveTakesTenTimesAsLong() throws {
    let twin = try running()
    wait(twin, seconds: 6)
    try twin.inject(Fault("pump.1.slow"))
    wait(twin, seconds: 5, percent: 40)
    #expect(twin.positions.pumpSpeed[1] < 0.41 && abs(twin.positions.pumpSpeed[0] - 0.7) < 0.02)
    twin.clearAllFaults()
    wait(twin, seconds: 5, percent: 40)
    #expect(twin.positions.pumpSpeed[0] < 0.41)
  }

  @Test func airTakesHeadAndMakesTheFlowSignalsNoisy() throws {
    let twin = try running()
    func scatter() -> Double {
      let shown = (0..<60).map { _ in
        wait(twin, seconds: 1)
        return Double(float(twin.ask("row-flow", .holding, 3002, count: 2).1.reversed())) * 60_000
      }
      let mean = shown.reduce(0, +) / 60
      return (shown.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 60).squareRoot()
    }
    let sound = scatter()
    let flow = twin.truth.rowFlowLpm
    try twin.inject(Fault("air=0.3"))
    wait(twin, seconds: 10)
    #expect(abs(twin.truth.rowFlowLpm / flow - 0.7.squareRoot()) < 0.02)
    #expect(scatter() > 3 * sound)
    twin.clearAllFaults()
    wait(twin, seconds: 10)
    #expect(abs(twin.truth.rowFlowLpm / flow - 1) < 0.005 && scatter() < 2 * sound)
  }

  @Test func aSlowValveTravelsAtATenthAndAClosedOneGoesShutAndStays() throws {
    let twin = try running()
    for (rack, kind, expected) in [(1, "stuck", 0.0), (2, "slow", -0.05), (3, "closed", -0.5)] {
      let before = twin.positions.rackValve[rack - 1]
      try twin.inject(Fault("rack.\(rack).valve.\(kind)"))
      twin.tell("R0\(rack)-valve", 0, kind == "closed" ? 10_000 : 0)
      twin.advance(seconds: 30)
      #expect(abs(twin.positions.rackValve[rack - 1] - before - expected) < 0.01, "\(kind)")
    }
    #expect(twin.ask("R03-valve", .holding, 104).1 == [1 << 2])
    twin.clearAllFaults()
    for rack in 1...3 { twin.tell("R0\(rack)-valve", 0, 10_000) }
    twin.advance(seconds: 70)
    #expect(twin.positions.rackValve.prefix(3).allSatisfy { $0 > 0.99 })
  }

  @Test func theHallWarmsByTwoKelvinAMinuteAndCoolsAgain() throws {
    let twin = try running()
    try twin.inject(Fault("hall.temperature=33"))
    twin.advance(seconds: 60)
    #expect(abs(twin.truth.hallTemperatureC - 29) < 0.05)
    twin.advance(seconds: 180)
    #expect(twin.truth.hallTemperatureC == 33)
    twin.clearAllFaults()
    twin.advance(seconds: 60)
    #expect(abs(twin.truth.hallTemperatureC - 31) < 0.05)
    twin.advance(seconds: 180)
    #expect(twin.truth.hallTemperatureC == 27)
  }

  @Test func aWornPumpAndACloggedFilterCostFlowAndAFailedFanCostsCooling() throws {
    for (text, share) in [("pump.1.worn=0.5", 0.97), ("filter.clogged=6", 0.97)] {
      let twin = try running()
      wait(twin, seconds: 5)
      let flow = twin.truth.rowFlowLpm
      try twin.inject(Fault(text))
      wait(twin, seconds: 20)
      #expect(twin.truth.rowFlowLpm < share * flow, "\(text)")
      twin.clearAllFaults()
      wait(twin, seconds: 20)
      #expect(abs(twin.truth.rowFlowLpm / flow - 1) < 0.005, "\(text)")
    }
    for text in ["fan.1.fail", "coil.1.fouled=0.2"] {
      let twin = try running()
      let heat = twin.truth.heatOutKw
      try twin.inject(Fault(text))
      wait(twin, seconds: 12)
      #expect(twin.truth.heatOutKw < 0.98 * heat, "\(text)")
    }
  }
}
