import CoolingCore
import RowConfig
import RowTwin
import Testing
import Trials

/// CTL-123, CTL-125 … CTL-128: the predictive law on the production loop and the simulated plant, whose parameters are
/// not the model's.
@Suite struct PredictiveRowTests {
  private static func row(
    seed: UInt64 = 1, mode: Site.Control.Mode = .mpc, load: LoadTrace.Kind = .aiMix,
    edit: (inout LoadedSite) -> Void = { _ in }
  ) throws -> VirtualRow {
    var loaded = try Rows.site("demo")
    loaded.site.control.mode = mode
    loaded.site.economics.leakagePercentPerK = 0
    edit(&loaded)
    let row = try VirtualRow(loaded, seed: seed, load: load)
    row.twin.settle(loadPercent: 60)
    return row
  }

  private static func meter(_ row: VirtualRow, hours: Double) -> RunMeter {
    row.run(seconds: 1200)
    var meter = RunMeter()
    row.run(seconds: hours * 3600) { meter.add($0) }
    return meter
  }

  /// Chips whose limit is near: 68 °C.
  private static func tighten(_ loaded: inout LoadedSite) {
    for i in loaded.site.racks.units.indices { loaded.site.racks.units[i].chipLimitC = 68 }
  }

  /// Largest step of any actuator from one cycle to the next, percent; what pumps come and go with is theirs.
  private static func largestStep(_ before: Demand, _ after: Demand, _ site: Site) -> Double {
    var most = 0.0
    for i in site.pumps.units.indices where before.pumps[i].run && after.pumps[i].run {
      most = max(most, abs(after.pumps[i].speed - before.pumps[i].speed))
    }
    for i in site.racks.units.indices { most = max(most, abs(after.rackValves[i] - before.rackValves[i])) }
    for i in (site.fans?.units ?? []).indices { most = max(most, abs(after.fans[i] - before.fans[i])) }
    return most
  }

  /// CTL-123
  @Test func itTakesOverWithoutABump() throws {
    let row = try Self.row(load: .steady(percent: 60))
    row.run(seconds: 30)
    var before = row.core.actuation.demand
    var most = 0.0
    var layers: [ControlLayer] = [row.core.guide.commands]
    row.run(seconds: 300) { row in
      if row.core.guide.commands != layers.last {
        layers.append(row.core.guide.commands)
        most = max(most, Self.largestStep(before, row.core.actuation.demand, row.site))
      }
      before = row.core.actuation.demand
    }
    #expect(layers == [.pid, .optimiser, .mpc])
    #expect(most <= 2, "\(most) %")
  }

  /// CTL-123
  @Test func aProblemWithoutAnAnswerGivesTheLoopsTheCommandInTheSameCycle() throws {
    let row = try Self.row(edit: Self.tighten)
    try #require(row.run(until: { $0.core.guide.commands == .mpc }, timeout: 900) != nil)
    row.run(seconds: 600)
    try #require(row.core.guide.commands == .mpc)
    // The same row, in a cycle that is lent no room to solve in.
    var core = row.core
    var most = 0.0
    var said = 0
    for cycle in 1...60 {
      let before = core.actuation.demand
      core.step(row.loop.scan, elapsedS: 1)
      most = max(most, cycle <= 3 ? Self.largestStep(before, core.actuation.demand, row.site) : 0)
      for i in 0..<core.events.count where core.events[i].kind == .layerChanged { said += 1 }
      if cycle == 2 { #expect(core.guide.commands == .optimiser && core.guide.reason == .notSolved) }
    }
    #expect(most <= 2, "\(most) %")
    #expect(said == 1)
  }

  /// CTL-123: what the plan rests on is gone.
  @Test func aLostSensorGivesTheConstantsTheCommandAndItsReturnThePlan() throws {
    let row = try Self.row(load: .steady(percent: 70))
    try #require(row.run(until: { $0.core.guide.commands == .mpc }, timeout: 900) != nil)
    row.run(seconds: 300)
    for sensor in 1...3 { try row.twin.inject(Fault("supply.temperature.\(sensor).open")) }
    var before = row.core.actuation.demand
    var most = 0.0
    // What the loops then make of a supply that is no more measured is theirs.
    row.run(seconds: 3) { row in
      most = max(most, Self.largestStep(before, row.core.actuation.demand, row.site))
      before = row.core.actuation.demand
    }
    #expect(row.core.guide.commands == .pid && row.core.guide.reason == .measurementLost)
    #expect(most <= 2, "\(most) %")
    row.twin.clearAllFaults()
    #expect(row.run(until: { $0.core.guide.commands == .mpc }, timeout: 900) != nil)
  }

  /// CTL-123
  @Test func aPersonsHandOnAnActuatorGivesTheLoopsTheCommand() throws {
    let row = try Self.row(load: .steady(percent: 60))
    try #require(row.run(until: { $0.core.guide.commands == .mpc }, timeout: 900) != nil)
    _ = row.loop.apply(.override(.rackValve(2), value: 80, leaseS: 60))
    row.run(seconds: 2)
    #expect(row.core.guide.commands == .optimiser && row.core.guide.reason == .overridden)
    #expect(row.run(until: { $0.core.guide.commands == .mpc }, timeout: 200) != nil)
  }

  /// CTL-108: the valve stands at its floor, the pumps at their least, until the pressure makes up for it.
  @Test func aRackWhoseValveAPersonThrottlesGetsItsChipsFlowByPressure() throws {
    let row = try Self.row(load: .steady(percent: 95))
    try #require(row.run(until: { $0.core.guide.commands == .mpc }, timeout: 900) != nil)
    row.run(seconds: 300)
    _ = row.loop.apply(.override(.rackValve(2), value: 5, leaseS: 120))
    var hottest = 0.0
    row.run(seconds: 55) { hottest = max(hottest, $0.truth.chipTemperatureC[2]) }
    #expect(hottest < 85, "\(hottest)")
  }

  /// CTL-125
  @Test func inShadowItPlansAndChangesNothing() throws {
    let plain = try Self.row(mode: .pid)
    let shadowed = try Self.row(mode: .pid) { $0.site.control.shadow = .mpc }
    plain.run(seconds: 400)
    shadowed.run(seconds: 400)
    #expect(shadowed.core.guide.commands == .pid && shadowed.core.guide.savedKwh > 0)
    let plan = try #require(shadowed.core.guide.predictive.plan)
    let result = try #require(shadowed.core.guide.optimiser.result)
    #expect(plan.restingKw > 0 && plan.restingKw < result.constants.powerKw)
    #expect(Self.largestStep(plain.core.actuation.demand, shadowed.core.actuation.demand, plain.site) == 0)
  }

  #if !DEBUG
    /// CTL-126
    @Test func whereChipLimitsBindItTakesNoMoreThanTheLoops() throws {
      let loops = Self.meter(try Self.row(seed: 7, mode: .optimiser, edit: Self.tighten), hours: 4)
      let plan = Self.meter(try Self.row(seed: 7, edit: Self.tighten), hours: 4)
      print("pid+optimiser \(loops.text)\n  mpc \(plan.text)")
      #expect(plan.totalKwh < 1.01 * loops.totalKwh)
      #expect(plan.chipViolationKs <= 1 && plan.chipOverK <= 0.5)
    }

    /// CTL-126: nobody announces a job; what is kept for it must do under a plan too.
    @Test(arguments: [30.0, 60, 90])
    func aStepThatNobodyForesawRaisesNoChipHighThatTheLoopsWouldNot(othersPercent: Double) throws {
      func alarms(_ mode: Site.Control.Mode) throws -> Int {
        let load = LoadTrace.Kind.step(rack: 0, atSecond: 2400, othersPercent: othersPercent)
        let row = try Self.row(mode: mode, load: load, edit: Self.tighten)
        row.run(seconds: 2390)
        var heard = 0
        row.run(seconds: 300) { row in
          for i in 0..<row.core.events.count where row.core.events[i].kind == .causeActivated {
            if row.core.events[i].instance?.cause == .chipHigh { heard += 1 }
          }
        }
        return heard
      }
      #expect(try alarms(.mpc) <= alarms(.optimiser))
    }

    /// CTL-127: the supply in steady load and at a rack's step.
    @Test func supplyStaysNearItsTarget() throws {
      let steady = try Self.row(load: .steady(percent: 70))
      steady.run(seconds: 1800)
      var off = 0.0
      steady.run(seconds: 1800) { off = max(off, abs($0.truth.supplyTemperatureC - $0.core.guide.supply.celsius)) }
      #expect(off <= 0.5, "steady \(off)")
      let step = try Self.row(load: .step(rack: 0, atSecond: 2400))
      step.run(seconds: 2390)
      off = 0
      step.run(seconds: 600) { off = max(off, abs($0.truth.supplyTemperatureC - $0.core.guide.supply.celsius)) }
      #expect(off <= 1, "one rack \(off)")
    }
  #endif
}
