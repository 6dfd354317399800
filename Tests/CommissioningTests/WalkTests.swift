import Commissioning
import RowTwin
import Testing

/// What a walk finds, and what it leaves behind.
@Suite struct WalkTests {
  @Test func aSoundRowPassesAndStandsAsItDidBefore() throws {
    let rig = try Rig()
    let found = try rig.walk()
    #expect(found.ending == nil)
    #expect(found.failed.isEmpty)
    for subject in ["pump.1", "pump.2", "rack.1.valve", "fan.2", "rack.3.permit", "C1-fan", "DO"] {
      #expect(found.checks.contains { $0.subject == subject && $0.verdict == .passed })
    }
    let meter = try #require(found.check("R3-power", "identity"))
    #expect(meter.seen.hasSuffix("says that it is Schneider Electric, A9MEM3255, V1.4.0"))
    #expect(rig.twin.positions.pumpSpeed.allSatisfy { $0 < 0.05 })
    #expect(rig.twin.positions.rackValve.allSatisfy { $0 < 0.05 })
    #expect(rig.twin.positions.rackPermit.allSatisfy { !$0 })
  }

  @Test func theDemonstrationRowPassesAsAWhole() throws {
    let rig = try Rig(shipped: "demo")
    let start = rig.pace.now
    let found = try rig.walk()
    #expect(found.ending == nil && found.checks.count > 400)
    // docs/commissioning.md states 80 minutes.
    #expect(abs((rig.pace.now - start) / .seconds(60) - 80) < 5)
    #expect(found.failed.isEmpty, "\(found.failed.map { "\($0.subject): \($0.what): \($0.seen)" })")
  }

  /// OPS-060.
  @Test func neverAreAllPumpsStoppedNorTwoRackValvesShut() throws {
    let rig = try Rig()
    rig.pace.watchesUntilReleased(rig.person)
    _ = try rig.walk()
    #expect(rig.pace.fewestPumps == 1)
    #expect(rig.pace.mostShutValves == 1)
  }

  /// OPS-060.
  @Test func aRunningRowRunsOnAsItDid() throws {
    let rig = try Rig()
    rig.twin.settle(loadPercent: 0)
    let before = rig.twin.positions
    let found = try rig.walk { $0.skipsLoss = true }
    #expect(found.failed.isEmpty)
    for (now, then) in zip(rig.twin.positions.pumpSpeed, before.pumpSpeed) { #expect(abs(now - then) < 0.06) }
    for (now, then) in zip(rig.twin.positions.rackValve, before.rackValve) { #expect(abs(now - then) < 0.06) }
    #expect(rig.twin.positions.rackPermit == before.rackPermit)
  }

  @Test func swappedFlowMetersAreFoundAndNamed() throws {
    let rig = try Rig(wiring: [
      "unit: 21, tag: FT-301, serves: rack.1": "unit: 21, tag: FT-301, serves: rack.2",
      "unit: 22, tag: FT-302, serves: rack.2": "unit: 22, tag: FT-302, serves: rack.1",
    ])
    let found = try rig.walk { $0.only = "rack" }
    let check = try #require(found.check("rack.1.valve", "lower: rack.1.flow falls"))
    #expect(check.verdict == .failed && check.seen.contains("rack.2.flow fell instead"))
    #expect(found.check("rack.3.valve", "lower: rack.3.flow falls")?.verdict == .passed)
  }

  @Test func aDeadMeterIsFoundByThePumps() throws {
    let rig = try Rig()
    try rig.twin.inject(Fault("manifold.dp.1.stuck"))
    try rig.twin.inject(Fault("rack.2.flow.stuck"))
    let found = try rig.walk { $0.only = "pump.1" }
    #expect(found.check("pump.1", "faster: manifold.dp.1 rises")?.verdict == .failed)
    #expect(found.check("pump.1", "faster: manifold.dp.2 rises")?.verdict == .passed)
    let flows = try #require(found.check("pump.1", "faster: rack flows rise"))
    #expect(flows.verdict == .failed && flows.seen.contains("rack.2.flow") && !flows.seen.contains("rack.1.flow"))
  }

  @Test func aPumpThatGivesLessThanItsLikeIsFound() throws {
    let rig = try Rig()
    try rig.twin.inject(Fault("pump.2.worn=0.5"))
    let found = try rig.walk { $0.only = "pump" }
    #expect(found.check("pump.1", "as strong as its like")?.verdict == .passed)
    #expect(found.check("pump.2", "as strong as its like")?.verdict == .failed)
  }

  @Test func aDriveInHandIsFoundAndTheOthersAreTested() throws {
    let rig = try Rig()
    try rig.twin.inject(Fault("pump.1.local"))
    let found = try rig.walk { $0.only = "pump" }
    #expect(found.check("pump.1", "obeys the bus")?.verdict == .failed)
    #expect(found.check("pump.1", "runs when told")?.verdict == .failed)
    #expect(found.check("pump.2", "speed follows")?.verdict == .passed)
    #expect(found.check("pump.2", "stops and starts")?.verdict == .notApplicable)
  }

  @Test func aStuckValveIsFound() throws {
    let rig = try Rig()
    rig.pace.passed = { twin in
      if twin.positions.rackValve[1] > 0.9 { try twin.inject(Fault("rack.2.valve.stuck")) }
    }
    let found = try rig.walk { $0.only = "rack.2" }
    #expect(found.check("rack.2.valve", "travels")?.verdict == .failed)
    #expect(found.check("rack.2.valve", "lower: rack.2.flow falls") == nil)
  }

  @Test func aFanThatWouldNotFallBackIsFoundByItsSetUpAndByItsSilence() throws {
    let rig = try Rig()
    try rig.twin.inject(Fault("device C1-fan reset"))
    let found = try rig.walk { $0.only = "fan" }
    let setUp = try #require(found.check("C1-fan", "set up for silence"))
    #expect(setUp.verdict == .failed && setUp.seen.contains("fail_safe is 0, not 1"))
    let silence = try #require(found.check("C1-fan", "falls back"))
    #expect(silence.verdict == .failed && silence.seen.contains("declared 90 %"))
    #expect(found.check("C1-fan", "obeys again")?.verdict == .passed)
    #expect(found.check("C2-fan", "falls back")?.verdict == .passed)
  }

  @Test func aModuleThatForgetsItsOutputsInSilenceIsFound() throws {
    let rig = try Rig()
    rig.twin.settle(loadPercent: 0)
    rig.pace.passed = { [person = rig.person] twin in
      if person.questions.contains(where: { $0.hasPrefix("Let") }) { try twin.inject(Fault("device DO reset")) }
    }
    let found = try rig.walk { $0.only = "rack.1.permit" }
    #expect(found.check("DO", "holds its outputs")?.verdict == .failed)
  }

  @Test func aSilentDeviceAndAnImpossibleValueAreFound() throws {
    let rig = try Rig()
    try rig.twin.inject(Fault("device R3-flow dead"))
    try rig.twin.inject(Fault("reservoir.level.open"))
    let found = try rig.walk { $0.only = "R3-flow" }
    #expect(found.check("R3-flow", "answers")?.verdict == .failed)
    #expect(found.check("rack.3.flow", "value")?.seen == "no answer")
    let module = try rig.walk { $0.only = "AI" }
    #expect(module.check("reservoir.level", "value")?.seen == "broken wire")
    #expect(module.ending == nil)
    #expect(module.answers.isEmpty)
  }

  @Test func instrumentsThatDisagreeAreFound() throws {
    let rig = try Rig()
    try rig.twin.inject(Fault("supply.temperature.2.offset=3"))
    #expect(try rig.walk { $0.only = "RTD" }.check("supply.temperature", "agree")?.verdict == .failed)
  }

  @Test func whatTheOperatorDoesNotSeeAtTheRackFails() throws {
    let rig = try Rig()
    rig.person.answers = { !$0.contains("permit") }
    let found = try rig.walk {
      $0.only = "rack.2.permit"; $0.skipsLoss = true
    }
    #expect(found.failed.map(\.what) == ["seen at the rack"])
    #expect(found.answers.count == 2)
  }

  @Test func partsThatTheRowDoesNotHaveAreRefused() throws {
    let found = try Rig().walk { $0.only = "rack.9" }
    #expect(found.ending == .refused("this row has nothing called rack.9"))
  }
}
