import Testing

@testable import LoopTuning

/// Noise of a known seed, about normal: mean 0, standard deviation 1.
struct Noise {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> Double {
    (0..<12).reduce(-6.0) { sum, _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return sum + Double(state >> 11) / 9_007_199_254_740_992
    }
  }
}

@Suite struct IdentificationTests {
  /// Euler's method in steps of a hundredth of a cycle: nothing in common with the fit's exact solution.
  static func record(
    _ model: ProcessModel, step: Double, holdS: Double, noise: Double, seed: UInt64, drift: Double = 0, every: Int = 1
  ) -> StepRecord {
    var record = StepRecord(periodS: 1)
    var random = Noise(seed: seed)
    var inputs: [Double] = []
    var (first, second) = (0.0, 0.0)
    let cycles = Int(holdS * 3.5)
    for cycle in 0..<cycles {
      let stage = Double(cycle) / holdS
      inputs.append(stage < 0.5 ? 0 : stage < 1.5 ? step : stage < 2.5 ? -step : 0)
      let measured = 100 + drift * Double(cycle) + model.gain * second + noise * random.next()
      if cycle % every == 0 {
        record.append(input: inputs[cycle], output: measured, missed: cycle == 0 ? 0 : every - 1)
      }
      for part in 0..<100 {
        let at = Double(cycle) + Double(part) / 100 - model.deadTimeS
        let input = at < 0 ? 0 : inputs[Int(at)]
        first += (input - first) / 100 / model.timeConstantS
        if model.secondTimeConstantS > 0 { second += (first - second) / 100 / model.secondTimeConstantS }
        if model.secondTimeConstantS == 0 { second = first }
      }
    }
    return record
  }

  @Test(
    arguments: [
      ProcessModel(gain: 3, timeConstantS: 4, deadTimeS: 2.3),
      ProcessModel(gain: -0.8, timeConstantS: 12, deadTimeS: 6),
      ProcessModel(gain: 1.5, timeConstantS: 2, deadTimeS: 5),
      ProcessModel(gain: 0.2, timeConstantS: 30, deadTimeS: 1.5),
    ], [1, 7, 42] as [UInt64])
  func aKnownProcessIsFoundAgainInNoise(_ truth: ProcessModel, _ seed: UInt64) throws {
    let noise = 0.03 * abs(truth.gain) * 10
    let record = Self.record(truth, step: 5, holdS: 4 * truth.residenceTimeS, noise: noise, seed: seed, drift: 0.002)
    let fit = try #require(StepFit.fit(record, order: 1, longestS: 4 * truth.residenceTimeS))
    #expect(abs(fit.model.gain / truth.gain - 1) < 0.1)
    #expect(abs(fit.model.timeConstantS / truth.timeConstantS - 1) < 0.1)
    #expect(abs(fit.model.deadTimeS - truth.deadTimeS) < 0.1 * truth.residenceTimeS)
    #expect(abs(fit.noise / noise - 1) < 0.25)
    #expect(fit.explained > 0.9 && !fit.isAtEdge)
  }

  @Test func cyclesThatWereNotSeenDoNotMoveTheModel() throws {
    let truth = ProcessModel(gain: 2, timeConstantS: 10, deadTimeS: 4)
    let whole = Self.record(truth, step: 5, holdS: 60, noise: 0, seed: 1)
    let holes = Self.record(truth, step: 5, holdS: 60, noise: 0, seed: 1, every: 3)
    #expect(holes.output.filter { $0 == nil }.count > 100)
    for record in [whole, holes] {
      let fit = try #require(StepFit.fit(record, order: 1, longestS: 60))
      #expect(abs(fit.model.gain - 2) < 0.04)
      #expect(abs(fit.model.timeConstantS - 10) < 0.3)
      #expect(abs(fit.model.deadTimeS - 4) < 0.3)
    }
  }

  @Test func twoLagsAreFoundAsTwo() throws {
    let truth = ProcessModel(gain: -1, timeConstantS: 20, secondTimeConstantS: 12, deadTimeS: 15)
    let record = Self.record(truth, step: 2, holdS: 200, noise: 0.03, seed: 3)
    let fit = try #require(StepFit.fit(record, order: 2, longestS: 200))
    #expect(abs(fit.model.gain + 1) < 0.03)
    #expect(abs(fit.model.residenceTimeS - 47) < 2)
    #expect(abs(fit.model.deadTimeS - 15) < 2)
  }

  @Test func withoutAStepThereIsNoModel() {
    var record = StepRecord(periodS: 1)
    for k in 0..<100 { record.append(input: 50, output: Double(k % 3)) }
    #expect(StepFit.fit(record, order: 1, longestS: 30) == nil)
  }

  // MARK: - SIMC

  /// By hand: K = 2, τ = 10, θ = 3, τ_c = 5: K_c = 10 / (2·8) = 0.625, T_i = min(10, 32) = 10.
  @Test func simcIsTheRuleOfThePaper() {
    let model = ProcessModel(gain: 2, timeConstantS: 10, deadTimeS: 3)
    #expect(SIMC.gains(model, tauCS: 5) == PIGains(gain: 0.625, integralTimeS: 10))
    // A slow lag: τ = 100: K_c = 100 / (2·8) = 6.25, T_i = 4·8 = 32.
    let slow = ProcessModel(gain: -2, timeConstantS: 100, deadTimeS: 3)
    #expect(SIMC.gains(slow, tauCS: 5) == PIGains(gain: 6.25, integralTimeS: 32))
    // Faster than the cycle: the integral gain 1 / (2·8) stays.
    let fast = SIMC.gains(ProcessModel(gain: 2, timeConstantS: 0.1, deadTimeS: 3), tauCS: 5, leastS: 1)
    #expect(fast == PIGains(gain: 0.0625, integralTimeS: 1))
  }

  /// Skogestad 2003, example E1 of its table: 1 / ((s + 1)(0.2 s + 1)) reduced: τ = 1.1, θ = 0.1.
  @Test func theHalfRuleGivesHalfToEach() {
    let reduced = ProcessModel(gain: 1, timeConstantS: 1, secondTimeConstantS: 0.2, deadTimeS: 0).reduced()
    #expect(abs(reduced.timeConstantS - 1.1) < 1e-12 && abs(reduced.deadTimeS - 0.1) < 1e-12)
    // A filter of 0.1 s is the next smaller lag: all of it is dead time.
    let filtered = ProcessModel(gain: 1, timeConstantS: 1, secondTimeConstantS: 0.2, deadTimeS: 0).reduced(filterS: 0.1)
    #expect(abs(filtered.timeConstantS - 1.1) < 1e-12 && abs(filtered.deadTimeS - 0.2) < 1e-12)
  }

  // MARK: - Margins

  /// Skogestad 2003, table 1: with τ_c = θ and T_i = τ every loop is e^(−θs) / (2θs): gain margin π = 3.14,
  /// phase margin 61.4°, M_s = 1.59.
  @Test(arguments: [0.5, 2, 30], [0.1, 1, 12])
  func tightSimcHasThePublishedMargins(_ gain: Double, _ deadTime: Double) {
    let model = ProcessModel(gain: gain, timeConstantS: 5 * deadTime, deadTimeS: deadTime)
    let simc = SIMC.gains(model, tauCS: deadTime)
    let margins = LoopMargins(model, .init(gain: simc.gain, integralTimeS: simc.integralTimeS))
    #expect(abs((margins.gainMargin ?? 0) - 3.14) < 0.01)
    #expect(abs((margins.phaseMarginDegrees ?? 0) - 61.4) < 0.1)
    #expect(abs(margins.sensitivityMax - 1.59) < 0.01)
    #expect(margins.isStable)
  }

  /// The same table: an integrating process, here τ = 1e5 θ, has gain margin 2.96, phase margin 46.9°, M_s = 1.70.
  @Test func anIntegratingProcessHasThePublishedMarginsToo() {
    let model = ProcessModel(gain: 1e5, timeConstantS: 1e5, deadTimeS: 1)
    let simc = SIMC.gains(model, tauCS: 1)
    let margins = LoopMargins(model, .init(gain: simc.gain, integralTimeS: simc.integralTimeS))
    #expect(abs((margins.gainMargin ?? 0) - 2.96) < 0.02)
    #expect(abs((margins.phaseMarginDegrees ?? 0) - 46.9) < 0.3)
    #expect(abs(margins.sensitivityMax - 1.70) < 0.01)
  }

  @Test func aLoopBeyondItsGainMarginIsUnstable() {
    let model = ProcessModel(gain: 2, timeConstantS: 5, deadTimeS: 1)
    let simc = SIMC.gains(model, tauCS: 1)
    func loop(_ factor: Double) -> LoopMargins {
      LoopMargins(model, .init(gain: factor * simc.gain, integralTimeS: simc.integralTimeS))
    }
    #expect(loop(3.0).isStable && !loop(3.3).isStable)
  }
}
