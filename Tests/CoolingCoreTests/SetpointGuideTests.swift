import Testing

@testable import CoolingCore

/// CTL-108 … CTL-112: how the optimum comes to the loops, and how it leaves them.
struct SetpointGuideTests {
  private static func settings(_ commands: ControlLayer, shadow: ControlLayer? = nil) -> Settings {
    var settings = Settings.bench
    settings.layers.commands = commands
    settings.layers.shadow = shadow
    settings.economics.leakagePercentPerK = 0
    return settings
  }

  /// In Auto, the optimiser in command for a while.
  private static let optimised = {
    var bench = RowBench.inAuto(settings(.optimiser))
    bench.step(120)
    return bench
  }()

  // CTL-109
  @Test func optimiserTakesOverAfterAMinuteOfHealthWithoutABump() {
    var bench = RowBench(Self.settings(.optimiser))
    bench.takeOver(pumps: [0, 1], speed: 60)
    var before = bench.sent
    var tookOverAt: Int?
    for cycle in 1...300 {
      bench.step()
      if bench.core.guide.commands == .optimiser, tookOverAt == nil {
        tookOverAt = cycle
        #expect(abs(bench.sent.pumps[0].speed - before.pumps[0].speed) < 2)
        #expect(abs(bench.sent.fans[0] - before.fans[0]) < 2)
        for i in 0..<RowBench.racks { #expect(abs(bench.sent.rackValves[i] - before.rackValves[i]) < 2) }
      }
      before = bench.sent
    }
    #expect(tookOverAt != nil)
    #expect(bench.core.guide.supply.celsius != 40)
    #expect(bench.events.count { $0.kind == .layerChanged } == 1)
  }

  // CTL-109
  @Test func setpointsMoveAtTheirRamps() {
    var bench = RowBench(Self.settings(.optimiser))
    bench.takeOver(pumps: [0, 1], speed: 60)
    var last = (bench.core.guide.supply.celsius, bench.core.guide.flowPerKw, bench.core.pumpGroup.working.dpSetpoint)
    for _ in 0..<300 {
      bench.step()
      let guide = bench.core.guide
      let dp = bench.core.pumpGroup.working.dpSetpoint
      #expect(guide.supply.celsius - last.0 <= 0.0200001 && guide.supply.celsius - last.0 >= -0.0500001)
      #expect(abs(guide.flowPerKw - last.1) <= 0.0200001)
      #expect(dp.kilopascals - last.2.kilopascals <= 20.0001 && dp.kilopascals - last.2.kilopascals >= -0.201)
      last = (guide.supply.celsius, guide.flowPerKw, dp)
    }
  }

  // CTL-110
  @Test(arguments: [
    InputSlot.supplyTemperature, InputSlot.returnTemperature, InputSlot.hallTemperature, InputSlot.manifoldDp,
  ])
  func lostMeasurementGivesTheConstantsTheCommandInTheSameCycle(slot: Int) {
    var bench = Self.optimised
    #expect(bench.core.guide.commands == .optimiser)
    let events = bench.events.count { $0.kind == .layerChanged }
    if slot == InputSlot.hallTemperature { bench.lose(slot) } else { bench.lose(redundant: slot) }
    var before = bench.sent
    // The conditioner bridges three seconds; the first cycle that is not sound is the last of the optimum.
    for _ in 0..<10 {
      bench.step()
      let isSound = Self.isSound(bench, slot)
      #expect((bench.core.guide.commands == .optimiser) == isSound)
      #expect(abs(bench.sent.pumps[0].speed - before.pumps[0].speed) < 5)
      before = bench.sent
    }
    #expect(bench.core.guide.commands == .pid && bench.core.guide.reason == .measurementLost)
    bench.step(100)
    #expect(bench.events.count { $0.kind == .layerChanged } == events + 1)
    bench.heal()
    #expect(bench.step(until: { $0.core.guide.commands == .optimiser }, atMost: 200) ?? 0 >= 55)
  }

  private static func isSound(_ bench: RowBench, _ slot: Int) -> Bool {
    switch slot {
    case InputSlot.supplyTemperature: bench.core.measurements.supplyTemperature.isSound
    case InputSlot.returnTemperature: bench.core.measurements.returnTemperature.isSound
    case InputSlot.hallTemperature: bench.core.measurements.hallTemperature.isSound
    default: bench.core.measurements.manifoldDp.isSound
    }
  }

  // CTL-110
  @Test func anInterlockGivesTheConstantsTheCommand() {
    var bench = Self.optimised
    for i in 0..<RowBench.racks { bench[.rack(i, .chipTemperature)] = 95 }
    #expect(bench.step(until: { $0.core.interlocks.effects.isInterlocked }, atMost: 60) != nil)
    #expect(bench.core.guide.commands == .pid && bench.core.guide.reason == .interlocked)
  }

  // CTL-109
  @Test func setpointsGoBackToTheConstantsAtTheirRamps() {
    var bench = Self.optimised
    #expect(bench.core.apply(.setLayer(.pid)) == .accepted)
    let start = bench.core.guide.supply.celsius
    bench.step()
    #expect(bench.core.guide.commands == .pid)
    #expect(abs(bench.core.guide.supply.celsius - start) <= 0.0501)
    bench.step(600)
    #expect(bench.core.guide.supply.celsius == 40 && bench.core.guide.flowPerKw == 1.3)
    // And a person's setpoint counts at once again.
    #expect(bench.core.apply(.setSupplySetpoint(Temperature(celsius: 35))) == .accepted)
    bench.step()
    #expect(bench.core.guide.supply.celsius == 35)
  }

  // CTL-108
  @Test func aJobStartIsGivenItsFlowAtOnce() {
    var settings = Self.settings(.optimiser)
    for i in 0..<RowBench.racks { settings.racks[i].chipLimit = Temperature(celsius: 70) }
    var bench = RowBench(settings)
    bench.takeOver(pumps: [0, 1], speed: 60)
    for i in 0..<RowBench.racks { bench[.rack(i, .power)] = 30 }
    for i in 0..<RowBench.racks { bench[.rack(i, .chipTemperature)] = 50 }
    #expect(bench.step(until: { $0.core.guide.commands == .optimiser }, atMost: 400) != nil)
    bench.step(600)
    let before = bench.core.guide
    bench[.rack(0, .power)] = 120
    bench.step(8)
    let guide = bench.core.guide
    #expect(guide.leastLpm[0] > before.leastLpm[0])
    let rack = guide.model.racks[0]
    let heat = bench.core.estimate.racks[0].heat.kilowatts
    let needed = rack.flow(forChipRise: 70 - rack.marginK - guide.supply.celsius, powerKw: heat)
    #expect(guide.leastLpm[0] >= min(needed, 1.2 * rack.designLpm) - 1e-6)
    #expect(bench.core.rackFlow.setpoints[0].litresPerMinute >= guide.leastLpm[0] - 1e-6)
    // The valve is behind: pressure makes up for it.
    let passed = rack.conductance * branchFlowShare(valvePercent: bench.sent.rackValves[0])
    let dp = (guide.dp?.kilopascals ?? 0).squareRoot()
    #expect(passed * dp >= min(needed, 1.2 * rack.designLpm) * 0.9 || guide.dp?.kilopascals == 200)
  }

  // CTL-111
  @Test func shadowSaysWhatItWouldDoAndDoesNothing() throws {
    var plain = RowBench.inAuto(Self.settings(.pid))
    var shadowed = RowBench.inAuto(Self.settings(.pid, shadow: .optimiser))
    for _ in 0..<300 {
      plain.step()
      shadowed.step()
      #expect(plain.sent.pumps[0] == shadowed.sent.pumps[0])
      #expect(plain.sent.fans[0] == shadowed.sent.fans[0])
      #expect(plain.sent.rackValves[0] == shadowed.sent.rackValves[0])
    }
    let guide = shadowed.core.guide
    let result = try #require(guide.optimiser.result)
    #expect(guide.commands == .pid && plain.core.guide.optimiser.result == nil)
    #expect(result.savedKw > 0)
    #expect(guide.savedKwh > 0 && guide.savedKwh <= result.constants.powerKw * 300 / 3600)
  }

  // CTL-112
  @Test func layersAreSwitchedByCommand() {
    var bench = RowBench.inAuto(Self.settings(.pid))
    bench.step(100)
    #expect(bench.core.guide.optimiser.result == nil)
    #expect(bench.core.apply(.setShadow(.optimiser)) == .accepted)
    bench.step(30)
    #expect(bench.core.guide.optimiser.result != nil && bench.core.guide.commands == .pid)
    #expect(bench.core.apply(.setLayer(.optimiser)) == .accepted)
    #expect(bench.step(until: { $0.core.guide.commands == .optimiser }, atMost: 20) != nil)
    #expect(bench.core.apply(.setShadow(nil)) == .accepted)
    bench.step()
    #expect(bench.core.guide.commands == .optimiser)
  }

  // CTL-110: what was found for another row is not used.
  @Test func outsideAutoTheOptimumIsForgotten() {
    var bench = Self.optimised
    #expect(bench.core.apply(.setMode(.shutdown)) == .accepted)
    bench.step()
    #expect(bench.core.guide.commands == .pid && bench.core.guide.reason == .notInAuto)
    #expect(bench.core.guide.optimiser.result == nil)
  }
}
