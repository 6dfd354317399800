import Testing

@testable import CoolingCore

/// CTL-020, CTL-021: what a signal is worth before anybody uses it.
struct ConditionerTests {
  private let limits = SignalLimits(low: 0, high: 95, slewMax: 5, frozenAfterS: 20)

  private func good(_ value: Double, ageS: Double = 0) -> Signal {
    Signal(value: value, ageS: ageS, outcome: .good)
  }

  /// Value and quality after each signal, at one a second.
  private func run(_ signals: [Signal], _ limits: SignalLimits? = nil) -> [ConditionedSignal] {
    var conditioner = SignalConditioner()
    return signals.map { conditioner.step($0, limits: limits ?? self.limits, dt: 1) }
  }

  // CTL-020
  @Test func signalInRangeIsGoodAndPassesUnchanged() {
    let out = run([good(0), good(0.1)])
    #expect(out.map(\.value) == [0, 0.1] && out.allSatisfy { $0.quality == .good })
    #expect(run([good(95)])[0].quality == .good)
  }

  // CTL-020
  @Test(arguments: [-0.001, 95.001, .nan, .infinity, -.infinity, 1e300, -1e300, .greatestFiniteMagnitude])
  func impossibleValueNeverEnters(value: Double) {
    #expect(run([good(value)])[0] == ConditionedSignal(value: nil, quality: .bad(.outOfRange)))
    let out = run([good(40)] + Array(repeating: good(value), count: 5))
    #expect(out.map(\.value) == [40, 40, 40, 40, nil, nil])
    #expect(out[3].quality == .uncertain(.outOfRange) && out[4].quality == .bad(.outOfRange))
  }

  // CTL-020
  @Test func doubtfulValueIsHeldForThreeSecondsThenMissingThenBackAtOnce() {
    let invalid = Signal(outcome: .invalidValue)
    let out = run([good(40), invalid, invalid, invalid, invalid, good(41)])
    #expect(out.map(\.value) == [40, 40, 40, 40, nil, 41])
    #expect(out[1].quality == .uncertain(.deviceInvalid))
    #expect(out[4].quality == .bad(.deviceInvalid))
    #expect(out[5].quality == .good)
  }

  // CTL-020
  @Test(arguments: [1.0, -1.0]) func fasterThanTheProcessCanIsDoubtedUntilItHasStood(side: Double) {
    #expect(run([good(40), good(40 + side * 5)])[1].quality == .good)
    let jump = 40 + side * 25
    let out = run([good(40), good(jump), good(jump), good(jump), good(jump)])
    #expect(out.map(\.value) == [40, 40, 40, 40, jump])
    #expect(out[1].quality == .uncertain(.rateOfChange) && out[4].quality == .good)
    // A lone spike never arrives.
    #expect(run([good(40), good(jump), good(40.1)]).map(\.value) == [40, 40, 40.1])
  }

  // CTL-025
  @Test func noisyInstrumentThatStopsIsFrozenAsSoonAsSomethingElseMoves() {
    var conditioner = SignalConditioner()
    var slow = limits
    slow.frozenAfterS = 900
    func say(_ value: Double, _ companion: Double) -> Quality {
      conditioner.step(good(value), limits: slow, companion: companion, dt: 1).quality
    }
    for i in 0..<30 { #expect(say(40 + Double(i % 2) / 10, 50) == .good) }
    for _ in 0..<100 { #expect(say(40.1, 50) == .good) }
    for _ in 0..<10 { #expect(say(40.1, 54.9) == .good) }
    for _ in 0..<5 { #expect(say(40.1, 55.1) == .good) }
    #expect(say(40.1, 55.1) == .uncertain(.frozen))
    // The companion's return is no sign of life, a move is.
    #expect(say(40.1, 50) == .uncertain(.frozen))
    #expect(say(40.2, 50) == .good)
  }

  // CTL-025
  @Test func noisyInstrumentNeedsNoWitnessAfterItsTime() {
    let noise = (0..<30).map { good(40 + Double($0 % 2) / 10) }
    let out = run(noise + Array(repeating: good(42), count: 23))
    #expect(out[50].quality == .good && out[51].quality == .uncertain(.frozen))
    // A flow meter below its cut-off rests at 0.
    let stopped = run((0..<30).map { good(1 + Double($0 % 2) / 10) } + Array(repeating: good(0), count: 100))
    #expect(stopped.allSatisfy { $0.quality == .good })
    var unchecked = limits
    unchecked.frozenAfterS = 0
    #expect(run(noise + Array(repeating: good(40), count: 100), unchecked).allSatisfy { $0.quality == .good })
  }

  // CTL-025
  @Test func coarseAndQuietInstrumentsAreNotCalledFrozen() {
    // Coarse: moves once in two minutes at most; then rests for ten, while its companion wanders.
    var conditioner = SignalConditioner()
    func say(_ value: Double, _ companion: Double) -> Quality {
      conditioner.step(good(value), limits: limits, companion: companion, dt: 1).quality
    }
    for i in 0..<25 { for _ in 0..<120 { #expect(say(Double(40 + i % 2), Double(i)) == .good) } }
    for i in 0..<600 { #expect(say(42, Double(i % 40)) == .good) }
    for _ in 0..<500 { _ = say(42, 90) }
    #expect(say(42, 90) == .uncertain(.frozen))
    // Quiet: never moved, and nothing says that it should have.
    #expect(run(Array(repeating: good(40), count: 3000)).allSatisfy { $0.quality == .good })
  }

  // CTL-026
  @Test(arguments: [
    (SignalLimits.Worst.high, 3.0, 40.0), (.high, 5, 41.2), (.high, 9, 43.6), (.low, 5, 38.8), (.none, 9, 40),
  ])
  func agedValueGoesToTheSideThatNeedsMoreCooling(worst: SignalLimits.Worst, ageS: Double, expected: Double) {
    var limits = limits
    (limits.worst, limits.worstSlew) = (worst, 0.6)
    let out = run([good(40, ageS: ageS)], limits)[0]
    #expect(abs((out.value ?? 0) - expected) < 1e-9)
    #expect(out.quality == (ageS > 3 ? .uncertain(.stale) : .good))
    limits.worstSlew = 1000
    let bounded = run([good(40, ageS: ageS)], limits)[0].value ?? -1
    #expect(bounded >= limits.low && bounded <= limits.high)
  }

  // CTL-029
  @Test func everyDoubtHasItsStatus() {
    for raw in UInt8(0)...13 {
      guard let doubt = Doubt(rawValue: raw) else { continue }
      #expect((doubt.status == nil) == (doubt == .notConfigured || doubt == .estimated), "\(doubt)")
    }
    #expect(Doubt.frozen.status == .failure && Doubt.stale.status == .functionCheck)
    #expect(Doubt.implausible.status == .outOfSpecification && Doubt.lostRedundancy.status == .maintenanceRequired)
  }

  // CTL-021
  @Test(arguments: [
    (3.0, Signal.Outcome.good, Quality.good), (3.1, .good, .uncertain(.stale)),
    (3, .timeout, .good), (3.1, .timeout, .bad(.communication)), (3.1, .transport, .bad(.communication)),
    (9, .good, .uncertain(.stale)), (9.1, .good, .bad(.stale)), (2, .timeout, .good),
  ])
  func valueGetsWorseWithAge(ageS: Double, outcome: Signal.Outcome, expected: Quality) {
    let out = run([Signal(value: 40, ageS: ageS, outcome: outcome)])[0]
    #expect(out.quality == expected && out.ageS == ageS)
    var isBad = false
    if case .bad = expected { isBad = true }
    #expect(out.value == (isBad ? nil : 40))
  }

  // CTL-021
  @Test func signalThatWasNeverReceivedOrIsNotThereSaysSo() {
    #expect(run([Signal()])[0].quality == .bad(.neverReceived))
    #expect(run([good(40)], SignalLimits())[0].quality == .bad(.notConfigured))
    #expect(Reading<Temperature>.absent.isLost == false)
    #expect(Reading<Temperature>(run([Signal()])[0]).isLost)
  }

  // CTL-022
  @Test func dewPointComesFromHumidityWhereItIsNotMeasured() {
    var bench = RowBench.inAuto()
    #expect(bench.core.measurements.dewPoint.value?.celsius == 14)
    bench.lose(InputSlot.hallDewPoint)
    bench.step(4)
    let dew = bench.core.measurements.dewPoint
    #expect(dew.quality == .uncertain(.estimated))
    #expect(abs((dew.value?.celsius ?? 0) - 14.06) < 0.1)
  }
}
