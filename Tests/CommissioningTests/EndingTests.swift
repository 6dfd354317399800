import Commissioning
import RowTwin
import Testing

/// What ends a walk early, or does not let it begin; and that the row is then at its safe output.
@Suite struct EndingTests {
  private func expectSafe(_ rig: Rig) {
    let before = rig.pace.now
    rig.pace.passed = nil
    rig.pace.wait(until: before + .seconds(2))
    // Nobody drives any more: what was sent last has to bring it there.
    for _ in 0..<60 { rig.pace.wait(until: rig.pace.now + .seconds(1)) }
    #expect(rig.twin.positions.pumpSpeed.allSatisfy { $0 > 0.75 && $0 < 0.85 })
    #expect(rig.twin.positions.rackValve.allSatisfy { $0 > 0.95 })
    #expect(rig.twin.positions.fanSpeed.allSatisfy { $0 > 0.85 })
  }

  /// OPS-061. Ctrl-C in whatever is just being done.
  @Test(arguments: Array(stride(from: 100, to: 1700, by: 80)))
  func whereverItIsInterruptedTheRowIsLeftAtItsSafeOutput(second: Int) throws {
    let rig = try Rig()
    let end = rig.pace.now + .seconds(second)
    rig.pace.passed = { [pace = rig.pace] _ in if pace.now >= end { pace.isInterrupted = true } }
    let found = try rig.walk()
    #expect(found.ending == .interrupted)
    #expect(found.notSafe.isEmpty)
    expectSafe(rig)
  }

  @Test func interruptedBeforeAnythingIsDrivenNothingIsDriven() throws {
    let rig = try Rig()
    rig.pace.isInterrupted = true
    #expect(try rig.walk().ending == .interrupted)
    #expect(rig.twin.positions.pumpSpeed.allSatisfy { $0 == 0 })
    #expect(rig.twin.positions.rackValve.allSatisfy { $0 == 0 })
  }

  @Test func aLostBusEndsItAndTheOthersAreLeftSafe() throws {
    let rig = try Rig()
    rig.pace.passed = { [person = rig.person] twin in
      guard person.heard.contains(where: { $0.contains("rack.1.valve: travels:") }) else { return }
      try twin.inject(Fault("bus pumps dead"))
    }
    let found = try rig.walk()
    #expect(found.ending == .busLost("pumps"))
    #expect(Set(found.notSafe) == ["pump.1.run", "pump.1.speed_demand", "pump.2.run", "pump.2.speed_demand"])
    // The drives fall back by themselves.
    expectSafe(rig)
  }

  @Test func liquidEndsItAndLeavesTheRowSafe() throws {
    let rig = try Rig()
    rig.pace.passed = { [person = rig.person] twin in
      if person.heard.contains(where: { $0.contains("pump.1: stops") }) { try twin.inject(Fault("leak.1.leak")) }
    }
    #expect(try rig.walk().ending == .danger("leak detector leak.1 finds liquid"))
    expectSafe(rig)
  }

  /// OPS-061.
  @Test func theEmergencyStopStopsThePumps() throws {
    let rig = try Rig()
    rig.pace.passed = { [person = rig.person] twin in
      if person.heard.contains(where: { $0.contains("pump.1: stops") }) { try twin.inject(Fault("emergency-stop")) }
    }
    #expect(try rig.walk().ending == .danger("the emergency stop is pressed"))
    for _ in 0..<20 { rig.pace.wait(until: rig.pace.now + .seconds(1)) }
    #expect(rig.twin.positions.pumpSpeed.allSatisfy { $0 < 0.05 })
    #expect(rig.twin.positions.rackValve.allSatisfy { $0 > 0.95 })
  }

  /// OPS-061.
  @Test(arguments: ["emergency-stop", "permissive.lost", "leak.1.leak"])
  func aRowThatSomebodyHasToSeeToFirstIsNotMoved(fault: String) throws {
    let rig = try Rig()
    try rig.twin.inject(Fault(fault))
    guard case .refused = try rig.walk().ending else {
      Issue.record("it was walked")
      return
    }
    #expect(rig.twin.positions.pumpSpeed.allSatisfy { $0 == 0 })
  }

  @Test func withoutAWayForTheCoolantNoPumpIsStarted() throws {
    let rig = try Rig()
    for rack in 1...3 { try rig.twin.inject(Fault("rack.\(rack).valve.stuck")) }
    #expect(try rig.walk().ending == .danger("no rack valve opens: pumps would have no way for their flow"))
    #expect(rig.pace.fewestPumps == .max)
  }

  @Test func whenTheOperatorDeclinesNothingIsMoved() throws {
    let rig = try Rig()
    rig.person.answers = { _ in false }
    #expect(try rig.walk().ending == .refused("the operator declined: nothing was moved"))
    #expect(rig.twin.positions.rackValve.allSatisfy { $0 == 0 })
  }

  /// OPS-060. Leases of three seconds.
  @Test func outputsAreRenewedWhileTheOperatorThinks() throws {
    let rig = try Rig()
    rig.person.thinks = 60
    let found = try rig.walk {
      $0.only = "rack.1.permit"; $0.skipsLoss = true
    }
    #expect(found.failed.isEmpty && found.ending == nil)
  }

  @Test func aUnitThatControlsItselfIsLeftToItsMaker() throws {
    guard case .refused(let why) = try Rig(shipped: "supervised").walk().ending else {
      Issue.record("it was walked")
      return
    }
    #expect(why.contains("maker"))
  }

  /// OPS-061.
  @Test func aRackThatDrawsPowerIsRefusedByName() throws {
    let rig = try Rig(load: 50)
    rig.twin.settle(loadPercent: 50)
    rig.twin.advance(seconds: 2)
    guard case .refused(let why) = try rig.walk().ending else {
      Issue.record("it was walked")
      return
    }
    #expect(why.contains("R1 (6") && why.contains("nothing was moved"))
  }

  @Test func withPowerTheRacksKeepPermitsFlowAndTheFloorOfTheirValves() throws {
    let rig = try Rig(load: 50)
    rig.twin.settle(loadPercent: 50)
    rig.twin.advance(seconds: 2)
    var leastFlow = Double.infinity
    var leastValve = 1.0
    rig.pace.passed = { twin in
      leastFlow = min(leastFlow, twin.truth.rackFlowLpm.min() ?? 0)
      leastValve = min(leastValve, twin.positions.rackValve.min() ?? 0)
      #expect(!twin.positions.rackPermit.contains(false))
      #expect(twin.truth.chipTemperatureC.allSatisfy { $0 < 85 })
    }
    let found = try rig.walk { $0.allowsPower = true }
    #expect(found.ending == nil)
    #expect(found.failed.isEmpty)
    #expect(found.check("rack.1.permit", "given and withdrawn")?.verdict == .notApplicable)
    #expect(leastValve > 0.44)
    #expect(leastFlow > 20)
  }
}
