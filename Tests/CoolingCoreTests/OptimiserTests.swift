import Testing

@testable import CoolingCore

/// CTL-105 … CTL-107, CTL-114: the optimum, what it keeps, and its work.
struct OptimiserTests {
  /// A random row at a random moment.
  struct Case {
    var optimiser = Optimiser()
    var conditions = OperatingPoints.Conditions()
    var heats: PerRack<RowEstimate.Rack> = .init(repeating: RowEstimate.Rack())
    var model = LoopModel()

    init(seed: UInt64) {
      var random = SeededGenerator(seed: seed)
      func draw(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
      model.rackCount = Int.random(in: 1...12, using: &random)
      model.coil.map = .saturating
      var design = 0.0
      for i in 0..<model.rackCount {
        let rated = draw(30...200)
        model.racks[i].ratedKw = rated
        model.racks[i].designLpm = rated * draw(1...1.6)
        model.racks[i].conductance = model.racks[i].designLpm / draw(50...110).squareRoot()
        model.racks[i].chipLimitC = draw(68...90)
        model.racks[i].marginK = draw(1...4)
        design += model.racks[i].designLpm
        let heat = rated * draw(0.1...1)
        heats[i].heat = Power(kilowatts: heat)
        conditions.heatKw += heat * draw(0.8...1)
      }
      model.coil.designLpm = design
      model.coil.ratedPowerKw = conditions.heatKw * draw(0.01...0.04)
      model.hydraulics.curve.ratedFlow = Flow(litresPerMinute: design / 2)
      model.hydraulics.resistance = draw(50...120) / (design * design)
      model.hydraulics.ratedPowerKw = 250 * design / 2 / 60_000 / 0.6
      conditions.sinkC = draw(18...32)
      conditions.flowFloor = draw(0.2...0.6)
      conditions.supplyHighC = draw(38...45)
      conditions.dewLowC = draw(5...25)
      conditions.economics.leakagePercentPerK = draw(0...1) < 0.5 ? 0 : draw(0.05...0.4)
      conditions.economics.warmerSupplySavesWPerK = draw(0...1) < 0.7 ? 0 : draw(0...300)
    }

    mutating func solve() throws -> Optimiser.Result {
      optimiser.start(model, heats: heats.span, conditions, supplyC: 40, flowPerKw: 1.3)
      for _ in 0..<20 where optimiser.step(dt: 1) { break }
      return try #require(optimiser.result)
    }
  }

  // CTL-105
  @Test(arguments: [1...60 as ClosedRange<UInt64>])
  func optimumIsTheBruteForceOneWithinOnePercentOfPower(seeds: ClosedRange<UInt64>) throws {
    var worst = 0.0
    for seed in seeds {
      var row = Case(seed: seed)
      let found = try row.solve().best
      let limit = row.optimiser.points.fullLoadLimitC()
      let high = max(min(row.conditions.supplyHighC, limit), 20)
      let low = min(max(20, row.conditions.dewLowC), high)
      var least = OperatingPoint()
      least.shortfall = .infinity
      for t in 0...120 {
        for f in 0...150 {
          let point = row.optimiser.points.point(
            supplyC: low + (high - low) * Double(t) / 120, flowPerKw: 0.15 + 3.7 * Double(f) / 150)
          if point.score < least.score { least = point }
        }
      }
      let excess = (found.score - least.score) / max(least.powerKw, 0.01)
      worst = max(worst, excess)
      #expect(excess < 0.01, "seed \(seed): \(found) against \(least)")
    }
    print("worst excess over brute force: \(worst)")
  }

  // CTL-106, CTL-107
  @Test func optimumKeepsEveryLimit() throws {
    var feasible = 0
    for seed in 1...300 as ClosedRange<UInt64> {
      var row = Case(seed: seed)
      let result = try row.solve()
      let best = result.best
      #expect(best.supplyC <= row.conditions.supplyHighC + 1e-9)
      guard best.shortfall == 0 else { continue }
      feasible += 1
      #expect(best.supplyC >= min(row.conditions.dewLowC, row.optimiser.points.fullLoadLimitC()) - 1e-9)
      #expect(best.supplyC <= row.optimiser.points.fullLoadLimitC() + 1e-9)
      #expect(best.speed >= 30 && best.speed <= 100 && best.dpKpa >= 40 && best.dpKpa <= 200)
      let root = best.dpKpa.squareRoot()
      for i in 0..<row.model.rackCount {
        let rack = row.model.racks[i]
        let heat = row.heats[i].heat.kilowatts
        // What its valve can pass is what it is given, or more.
        let open = rack.conductance * root
        #expect(open >= min(row.conditions.flowFloor, 1.2) * rack.designLpm * 0.999 * row.conditions.openShare)
        let most = min(open, 1.2 * rack.designLpm)
        #expect(
          best.supplyC + rack.chipRise(flowLpm: most, powerKw: heat) <= rack.chipLimitC - rack.marginK + 1e-6,
          "seed \(seed), rack \(i)")
      }
    }
    #expect(feasible > 150)
  }

  // CTL-107
  @Test func supplyStaysWhereFullLoadCouldBeCarriedAtOnce() throws {
    var row = Case(seed: 3)
    for i in 0..<row.model.rackCount {
      row.model.racks[i].chipLimitC = 68
      row.heats[i].heat = Power(kilowatts: 0.2 * row.model.racks[i].ratedKw)
    }
    row.conditions.heatKw *= 0.2
    row.conditions.economics = Settings.Economics()
    row.conditions.economics.leakagePercentPerK = 0
    row.conditions.economics.warmerSupplySavesWPerK = 2000
    row.conditions.supplyHighC = 50
    let result = try row.solve()
    #expect(result.supplyBound == .fullLoad)
    #expect(result.best.supplyC < 50)
    // At rated power, with valves as they stand and the pumps raised by the reach, every chip keeps its margin but for
    // half a kelvin.
    let best = result.best
    for i in 0..<row.model.rackCount {
      let rack = row.model.racks[i]
      let step = rack.flow(forChipRise: rack.chipLimitC - rack.marginK - best.supplyC + 0.5, powerKw: rack.ratedKw)
      #expect(step <= 1.2 * rack.designLpm * 1.0001)
    }
  }

  // CTL-105: what a price says is what a search with it finds.
  @Test func leakageMakesTheSupplyColderAndAPriceFurtherOutWarmer() throws {
    var row = Case(seed: 11)
    row.conditions.economics.leakagePercentPerK = 0
    row.conditions.economics.warmerSupplySavesWPerK = 0
    let plain = try row.solve().best
    row.conditions.economics.leakagePercentPerK = 0.4
    row.optimiser.forget()
    let leaking = try row.solve().best
    row.conditions.economics.leakagePercentPerK = 0
    row.conditions.economics.warmerSupplySavesWPerK = 1000
    row.optimiser.forget()
    let credited = try row.solve().best
    #expect(leaking.supplyC < plain.supplyC)
    #expect(credited.supplyC >= plain.supplyC)
  }

  // CTL-116
  @Test func priceOfAKelvinIsTheSlopeOfTheCost() throws {
    for seed in 1...40 as ClosedRange<UInt64> {
      var row = Case(seed: seed)
      let result = try row.solve()
      let best = result.best
      let colder = row.optimiser.points.point(supplyC: best.supplyC - 1, flowPerKw: best.flowPerKw).costKw
      let warmer = row.optimiser.points.point(supplyC: best.supplyC + 1, flowPerKw: best.flowPerKw).costKw
      #expect(abs(result.supplyWPerK - 500 * (colder - warmer)) < 1e-6)
      if best.reason == .chip { #expect(result.chipWPerK >= 0) }
    }
  }

  // CTL-114
  @Test func searchTakesTheSameWorkEveryTimeAndTheSameResult() throws {
    var first = Case(seed: 5)
    var second = Case(seed: 5)
    let (one, other) = (try first.solve(), try second.solve())
    #expect(one == other)
    var third = Case(seed: 5)
    third.optimiser.start(third.model, heats: third.heats.span, third.conditions, supplyC: 40, flowPerKw: 1.3)
    var cycles = 1
    while !third.optimiser.step(dt: 1) { cycles += 1 }
    #expect(cycles == (Optimiser.searchPoints + Optimiser.pointsPerCycle - 1) / Optimiser.pointsPerCycle)
    #expect(!third.optimiser.isDue)
    _ = third.optimiser.step(dt: 1)
    #expect(third.optimiser.isDue)
  }

  // CTL-105: what is hardly better does not move actuators.
  @Test func setpointsStayWhereMovingIsNotWorthIt() throws {
    var row = Case(seed: 7)
    let first = try row.solve()
    row.conditions.sinkC += 0.01
    let second = try row.solve()
    #expect(first.best.supplyC == second.best.supplyC && first.best.flowPerKw == second.best.flowPerKw)
  }
}
