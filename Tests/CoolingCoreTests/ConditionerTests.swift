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

  // CTL-020
  @Test func signalThatNeverMovesIsFrozenUntilItMoves() {
    let out = run(Array(repeating: good(40), count: 23) + [good(40.01)])
    #expect(out[20].quality == .good)
    #expect(out[21].quality == .uncertain(.frozen) && out[21].value == 40)
    #expect(out[23].quality == .good)
    var unchecked = limits
    unchecked.frozenAfterS = 0
    #expect(run(Array(repeating: good(40), count: 100), unchecked).allSatisfy { $0.quality == .good })
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
