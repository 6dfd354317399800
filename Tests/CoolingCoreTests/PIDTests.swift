import Testing

@testable import CoolingCore

/// CTL-001 … CTL-009: the loop algorithm.
struct PIDTests {
  private func settings(_ change: (inout PID.Settings) -> Void = { _ in }) -> PID.Settings {
    var settings = PID.Settings()
    settings.gain = 2
    settings.integralTimeS = 10
    change(&settings)
    return settings
  }

  /// One cycle of a controller whose output really goes out, no faster than `slew` percent per second.
  private func cycle(
    _ pid: inout PID, _ settings: PID.Settings, setpoint: Double, measurement: Double?, feedForward: Double = 0,
    last: Double, slew: Double = 1e9
  ) -> Double {
    let wanted = pid.step(
      settings, setpoint: setpoint, measurement: measurement, feedForward: feedForward, dt: 1)
    let sent = slewed(wanted, from: last, rate: slew, dt: 1)
    pid.track(settings, sent: sent, inCommand: true, dt: 1)
    return sent
  }

  // CTL-001
  @Test func zeroErrorWithFeedForwardAndSlewHoldsTheOutput() {
    var pid = PID()
    pid.reset(to: 40)
    var sent = 40.0
    for _ in 0..<200 {
      sent = cycle(&pid, settings(), setpoint: 50, measurement: 50, feedForward: 25, last: sent, slew: 3)
    }
    #expect(sent == 40)
    // The feed-forward rises by ten: the output follows by ten at its slew and stays there.
    for _ in 0..<200 {
      sent = cycle(&pid, settings(), setpoint: 50, measurement: 50, feedForward: 35, last: sent, slew: 3)
    }
    #expect(abs(sent - 50) < 1e-9)
  }

  // CTL-002
  @Test(arguments: [1.0, -1.0]) func longSaturationIsLeftInOneStepAfterTheErrorChangesSign(side: Double) {
    var pid = PID()
    pid.reset(to: 50)
    var sent = 50.0
    for _ in 0..<5000 {
      sent = cycle(&pid, settings(), setpoint: 50, measurement: 50 - side * 30, last: sent)
    }
    #expect(sent == (side > 0 ? 100 : 0))
    sent = cycle(&pid, settings(), setpoint: 50, measurement: 50 + side * 1, last: sent)
    #expect(side * (sent - 50) < 49.9)
  }

  // CTL-002
  @Test func aSlewLimitDoesNotWindTheIntegral() {
    var pid = PID()
    pid.reset(to: 0)
    var sent = 0.0
    for _ in 0...20 { sent = cycle(&pid, settings(), setpoint: 90, measurement: 10, last: sent, slew: 1) }
    #expect(abs(sent - 20) < 1e-9)
    // No more than the output that really went out, less what the error itself explains.
    #expect(pid.working.integral <= 20)
    sent = cycle(&pid, settings(), setpoint: 90, measurement: 105, last: sent, slew: 1)
    #expect(sent < 20)
  }

  // CTL-003
  @Test func setpointChangeDoesNotKickTheDerivative() {
    let tuned = settings { $0.derivativeTimeS = 20 }
    var pid = PID()
    pid.reset(to: 50)
    _ = cycle(&pid, tuned, setpoint: 40, measurement: 40, last: 50)
    _ = cycle(&pid, tuned, setpoint: 60, measurement: 40, last: 50)
    #expect(pid.working.derivative == 0)
    _ = cycle(&pid, tuned, setpoint: 60, measurement: 41, last: 50)
    #expect(pid.working.derivative == -40)
  }

  // CTL-003
  @Test(arguments: [0.0, 0.5, 1.0]) func setpointStepMovesTheOutputByItsWeightOnly(weight: Double) {
    let tuned = settings { $0.setpointWeight = weight }
    var pid = PID()
    pid.reset(to: 50)
    let before = cycle(&pid, tuned, setpoint: 40, measurement: 40, last: 50)
    let after = cycle(&pid, tuned, setpoint: 45, measurement: 40, last: before)
    #expect(abs(after - before - weight * 10) < 1e-9)
  }

  // CTL-004
  @Test(arguments: [0.0, 0.7, 1.0]) func gainChangeIsBumpless(weight: Double) {
    var pid = PID()
    pid.reset(to: 50)
    var tuned = settings { $0.setpointWeight = weight }
    let before = pid.step(tuned, setpoint: 40, measurement: 37, dt: 1)
    tuned.gain = 5
    let same = pid.step(tuned, setpoint: 40, measurement: 37, dt: 1)
    #expect(abs(same - before) < 1e-9)
    // From here on the new gain answers.
    let answer = pid.step(tuned, setpoint: 40, measurement: 36, dt: 1)
    #expect(abs(answer - before - 5) < 1e-9)
  }

  // CTL-004
  @Test func controlTakesOverFromWhateverSomebodyElseSent() {
    var pid = PID()
    pid.reset(to: 50)
    for manual in [50.0, 80, 10, 33] {
      for _ in 0..<10 {
        _ = pid.step(settings(), setpoint: 60, measurement: 40, dt: 1)
        pid.track(settings(), sent: manual, inCommand: false, dt: 1)
      }
      let back = pid.step(settings(), setpoint: 60, measurement: 40, dt: 1)
      #expect(abs(back - manual) < 1e-9)
    }
  }

  // CTL-004
  @Test func firstStepStartsFromTheActuatorAsItStands() {
    var pid = PID()
    pid.reset(to: 72)
    let first = pid.step(settings(), setpoint: 10, measurement: 90, feedForward: 17, dt: 1)
    #expect(abs(first - 72) < 1e-9)
  }

  // CTL-005
  @Test func withoutMeasurementTheOutputHolds() {
    var pid = PID()
    pid.reset(to: 50)
    let before = cycle(&pid, settings(), setpoint: 45, measurement: 40, last: 50)
    for _ in 0..<50 {
      let sent = cycle(&pid, settings(), setpoint: 45, measurement: nil, last: before)
      #expect(sent == before)
    }
  }

  // CTL-005
  @Test func aReturningMeasurementFindsTheOutputWhereItIsNow() {
    let tuned = settings { $0.derivativeTimeS = 5 }
    var pid = PID()
    pid.reset(to: 50)
    _ = cycle(&pid, tuned, setpoint: 45, measurement: 40, last: 50)
    _ = pid.step(tuned, setpoint: 45, measurement: nil, dt: 1)
    pid.track(tuned, sent: 85, inCommand: false, dt: 1)
    let back = pid.step(tuned, setpoint: 45, measurement: 60, dt: 1)
    #expect(abs(back - 85) < 1e-9)
    #expect(pid.working.derivative == 0)
  }

  // CTL-006
  @Test func feedForwardAndDerivativeNeverEnterTheIntegral() {
    let tuned = settings { $0.derivativeTimeS = 4 }
    var pid = PID()
    pid.reset(to: 50)
    var sent = cycle(&pid, tuned, setpoint: 40, measurement: 40, last: 50)
    let integral = pid.working.integral
    // Around the setpoint and back, with a swinging feed-forward: the error's sum is zero.
    for round in 0..<100 {
      for measurement in [40.0, 41, 40, 39] {
        sent = cycle(
          &pid, tuned, setpoint: 40, measurement: measurement, feedForward: round.isMultiple(of: 2) ? 12 : -7,
          last: sent)
      }
    }
    _ = pid.step(tuned, setpoint: 40, measurement: 40, dt: 1)
    #expect(abs(pid.working.integral - integral) < 1e-9)
  }

  // CTL-007
  @Test func theIntegralMovesByTheErrorOverTheIntegralTime() {
    var pid = PID()
    pid.reset(to: 50)
    var sent = cycle(&pid, settings(), setpoint: 40, measurement: 40, last: 50)
    for _ in 0..<5 { sent = cycle(&pid, settings(), setpoint: 41, measurement: 40, last: sent) }
    // Five seconds of 1 % error, gain 2, 10 s: 2 at once, 5 · 2/10 more, the last second's share comes with the next.
    #expect(abs(sent - (50 + 2 + 0.8)) < 1e-9)
  }

  // CTL-008
  @Test func directActionRisesAndReverseActionFallsWithTheMeasurement() {
    for (action, sign) in [(PID.Action.direct, 1.0), (.reverse, -1.0)] {
      let tuned = settings { $0.action = action }
      var pid = PID()
      pid.reset(to: 50)
      let before = cycle(&pid, tuned, setpoint: 40, measurement: 40, last: 50)
      let risen = cycle(&pid, tuned, setpoint: 40, measurement: 43, last: before)
      #expect(abs(risen - before - sign * 6) < 1e-9)
    }
  }

  // CTL-008
  @Test func gainIsInPercentOfSpan() {
    let tuned = settings { ($0.inputHigh, $0.outputLow, $0.outputHigh) = (400, -50, 50) }
    var pid = PID()
    pid.reset(to: 0)
    _ = cycle(&pid, tuned, setpoint: 100, measurement: 100, last: 0)
    // 40 of 400 is 10 %; twice that of a span of 100 is 20.
    let answer = pid.step(tuned, setpoint: 100, measurement: 60, dt: 1)
    #expect(abs(answer - 20) < 1e-9)
  }

  // CTL-009
  @Test func workingSaysWhichLimitHolds() {
    let tuned = settings { ($0.limitLow, $0.limitHigh) = (30, 70) }
    for (measurement, output, limit) in [
      (40.0, 50.0, PID.Working.Limit.none), (20, 70, .high), (60, 30, .low), (30.1, 69.8, .none), (49.9, 30.2, .none),
    ] {
      var pid = PID()
      pid.reset(to: 50)
      _ = pid.step(tuned, setpoint: 40, measurement: 40, dt: 1)
      let answer = pid.step(tuned, setpoint: 40, measurement: measurement, dt: 1)
      #expect(abs(answer - output) < 1e-9)
      #expect(pid.working.limit == limit)
      let w = pid.working
      let sum = w.proportional + w.integral + w.derivative + w.feedForward
      #expect(limit != .none || abs(sum - w.output) < 1e-9)
    }
  }

  // CTL-009
  @Test func theMeasurementFilterIsAFirstOrderLag() {
    let tuned = settings { $0.filterTimeS = 4 }
    var pid = PID()
    pid.reset(to: 50)
    _ = pid.step(tuned, setpoint: 40, measurement: 40, dt: 1)
    // One step of 5 through 4 s: 5 · 1/(4 + 1) = 1, times the gain of 2.
    let answer = pid.step(tuned, setpoint: 40, measurement: 45, dt: 1)
    #expect(abs(answer - 48) < 1e-9)
  }
}
