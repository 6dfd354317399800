import CFieldPeer
import CoolingCore

/// What one step of one loop costs, beside a plain PID in C of the kind that fan daemons run.
extension Bench {
  /// What phosphor-pid-control's `ec::pid` takes on two such processors.
  static let pidTargetNs = 27.0

  func measurePID(into report: inout BenchReport) {
    progress("PID step")
    let steps = isQuick ? 100_000 : 1_000_000
    let inputs = (0..<64).map { 40 + Double($0 * 37 % 64) / 16 }
    var own: [Double] = []
    var plain: [Double] = []
    for _ in 0..<9 {
      own.append(Self.ownStepNs(steps, inputs.span))
      plain.append(Self.plainStepNs(steps, inputs.span))
    }
    let (ours, floor) = (Samples(own), Samples(plain))
    report.add(
      BenchRow(
        "One PID step, told afterwards what was sent",
        "median \(number(ours.median, 1)) ns: \(number(ours.median / floor.median, 2)) × the floor",
        floor: "plain C, clamped and slewed: median \(number(floor.median, 1)) ns",
        target: "≤ \(number(Self.pidTargetNs)) ns",
        ours.median <= Self.pidTargetNs ? .reached : .missed("external reset and filter divide once more each")))
  }

  private static func ownStepNs(_ steps: Int, _ inputs: Span<Double>) -> Double {
    var settings = PID.Settings()
    settings.derivativeTimeS = 2
    settings.filterTimeS = 3
    var pid = PID()
    let start = busyS()
    for step in 0..<steps {
      let output = pid.step(settings, setpoint: 42, measurement: inputs[step % 64], feedForward: 5, dt: 1)
      pid.track(settings, sent: output, inCommand: true, dt: 1)
    }
    return (busyS() - start) * 1e9 / Double(steps)
  }

  private static func plainStepNs(_ steps: Int, _ inputs: Span<Double>) -> Double {
    var pid = fp_pid()
    pid.dt = 1
    (pid.gain, pid.integral_gain, pid.derivative_gain, pid.ff_gain) = (1, 1.0 / 30, 2, 0.1)
    (pid.integral_max, pid.out_max, pid.slew_up, pid.slew_down) = (100, 100, 5, -5)
    let start = busyS()
    for step in 0..<steps { _ = unsafe fp_pid_step(&pid, 42, inputs[step % 64]) }
    return (busyS() - start) * 1e9 / Double(steps)
  }
}
