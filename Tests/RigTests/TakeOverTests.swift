import Glibc
import RowAPI
import RowTwin
import Testing

extension RigTests {
  /// Getting into Auto, and keeping the plant unshaken when daemons come and go.
  @Suite struct TakeOver {
    @Test func rowHoldsItsSetpointInAutoOverModbus() throws {
      let rig = try Rig()
      try rig.startToAuto()
      for _ in 0..<20 {
        let state = try rig.client.state()
        #expect(state.mode == .auto)
        #expect(abs((state.supplyC ?? 0) - state.effectiveSetpointC) < 1)
        usleep(100_000)
      }
      let truth = try rig.truth()
      #expect(abs(truth.supplyTemperatureC - 40) < 1)
      #expect(truth.racks.allSatisfy { $0.chipTemperatureC < 85 })
    }

    @Test func runningPlantIsTakenOverWithoutABump() throws {
      let rig = try Rig()
      let before = Outputs(try rig.truth())
      try rig.start()
      try expectNoBump(rig, from: before)
    }

    /// OPS-054: at full load, two seconds after a kill -9.
    @Test func daemonThatWasKilledTakesOverAgainWithoutABump() throws {
      let rig = try Rig(["--settled", "100", "--load", "steady=100"])
      try rig.startToAuto()
      rig.daemon?.send(SIGKILL)
      _ = try rig.daemon?.end()
      var hottest = 0.0
      for _ in 0..<20 {
        hottest = max(hottest, try rig.truth().racks.map(\.chipTemperatureC).max() ?? .infinity)
        usleep(100_000)
      }
      let before = Outputs(try rig.truth())
      try rig.start()
      let step = try expectNoBump(rig, from: before)
      hottest = max(hottest, try rig.truth().racks.map(\.chipTemperatureC).max() ?? .infinity)
      print("killed at full load: hottest chip \(hottest), largest step \(step) %")
      #expect(hottest < 85)
      let state = try rig.eventually("Auto again") { $0.mode == .auto }
      #expect(state.modeReason == "took over the running plant")
    }

    /// OPS-058.
    @Test func daemonThatHandsOverMovesNothingAndTheNextTakesOverWithoutABump() throws {
      let rig = try Rig()
      try rig.startToAuto()
      // Far below the safe outputs of a stop.
      let before = Outputs(try rig.truth())
      #expect(before.percent["fan.1"] ?? 100 < 80)
      rig.daemon?.send(SIGUSR1)
      #expect(try rig.daemon?.end() == 75)
      #expect(rig.log.contains { $0.contains("hands over") })
      usleep(500_000)
      let left = Outputs(try rig.truth())
      for (name, value) in before.percent { #expect(abs((left.percent[name] ?? 0) - value) <= 2, "\(name)") }
      try rig.start()
      try expectNoBump(rig, from: left)
    }

    /// OPS-058.
    @Test func nothingIsHandedOverToASiteFileWithAFault() throws {
      let rig = try Rig()
      try rig.startToAuto()
      try Rig.site(["setpoint_c: 40": "setpoint_c: 400"]).write(
        toFile: rig.path("row.yaml"), atomically: true, encoding: .utf8)
      rig.daemon?.send(SIGUSR1)
      #expect(try rig.daemon?.end() == 0)
      #expect(rig.log.contains { $0.contains("row.yaml:") && $0.contains("supply.setpoint_c") })
      try wait("the fans go to their safe speed") {
        Outputs(try rig.truth()).percent["fan.1"] ?? 0 > 85
      }
    }

    @Test func coldPlantReachesAutoByEvidence() throws {
      // Valves that are quicker than any real one: their stroke is what a start waits for.
      let rig = try Rig(["--load", "steady=5"], edits: ["valve_stroke_s: 60": "valve_stroke_s: 5"])
      #expect(try rig.truth().pumps.allSatisfy { $0.speedPercent == 0 })
      try rig.start()
      let first = try rig.eventually("any state") { _ in true }
      #expect(first.mode == .starting)
      let state = try rig.eventually("Auto", within: 60) { $0.mode == .auto }
      #expect(state.modeReason == "flow and supply temperature are proven")
      #expect(state.pumps.filter { $0.running == true }.count >= 2)
      #expect((state.flowLpm ?? 0) > 300)
    }
  }
}

/// What is first written differs from where the plant stands by at most 2 %, and pumps that run are not stopped.
///
/// - Returns: the largest difference, percent.
@discardableResult func expectNoBump(_ rig: Rig, from before: Outputs) throws -> Double {
  let state = try rig.eventually("the row is driven") { $0.actuators.allSatisfy { $0.owner != .takeOver } }
  #expect(state.cycle < 100)
  let after = Outputs(state)
  var largest = 0.0
  for (name, value) in before.percent {
    let demand = try #require(after.percent[name])
    largest = max(largest, abs(demand - value))
    #expect(abs(demand - value) <= 2, "\(name) stood at \(value) %, was told \(demand) %, cycle \(state.cycle)")
  }
  return largest
}

/// Positions of every actuator by role, percent.
struct Outputs {
  var percent: [String: Double] = [:]

  init(_ truth: TwinState) {
    for (i, pump) in truth.pumps.enumerated() { percent["pump.\(i + 1)"] = pump.speedPercent }
    for (i, rack) in truth.racks.enumerated() { percent["rack.\(i + 1).valve"] = rack.valvePercent }
    for (i, fan) in truth.fans.enumerated() { percent["fan.\(i + 1)"] = fan.speedPercent }
  }

  init(_ state: RowState) {
    for actuator in state.actuators { percent[actuator.role] = actuator.demand }
  }
}
