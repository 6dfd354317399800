import RowConfig

/// How a device is taken into control, let go and reset, where that takes several steps with waiting in between.
struct ControlPlan: Sendable {
  var takeControl: [SequenceStep] = []
  var release: [SequenceStep] = []
  var reset: [SequenceStep] = []
  /// The point with signal `fault`.
  var fault: Int?
  var heartbeat: HeartbeatPlan?

  var hasSequences: Bool { !(takeControl.isEmpty && release.isEmpty && reset.isEmpty) }

  subscript(kind: DeviceProfile.SequenceKind) -> [SequenceStep] {
    switch kind {
    case .takeControl: takeControl
    case .release: release
    case .reset: reset
    }
  }
}

enum SequenceStep: Sendable {
  case write(RawWrite)
  /// What the row demands of a command of the plan.
  case demanded(command: Int)
  /// `patterns` are of the plan.
  case wait(point: Int, patterns: Range<Int>, withinNs: Int64, onFail: DeviceProfile.SequenceKind?)
  case pause(ns: Int64)
}

/// A pattern for a register.
struct RawWrite: Sendable {
  var area: DeviceProfile.Area
  var address: Int
  /// In wire order.
  var registers: RegisterBlock
}

struct HeartbeatPlan: Sendable {
  var writes: [RawWrite]
  var everyNs: Int64
}

/// Whose the device is. The caller takes the steps and says how each went; only here does the phase change.
struct ControlState: Sendable, Equatable {
  enum Phase: Sendable, Equatable {
    /// Nobody has asked for it, or it was lost.
    case out
    case running(DeviceProfile.SequenceKind, step: Int, sinceNs: Int64, hasFailed: Bool)
    case inControl
    /// A sequence failed; the device is not commanded, and taken again at `untilNs`.
    case failed(untilNs: Int64)
  }
  static let againNs: Int64 = 10_000_000_000

  private(set) var phase = Phase.out

  /// Starts what the row's wishes call for.
  mutating func wish(isDriven: Bool, reset: Bool, nowNs: Int64) {
    switch phase {
    case .out where isDriven: begin(.takeControl, nowNs)
    case .failed(let untilNs) where isDriven && nowNs >= untilNs: begin(.takeControl, nowNs)
    case .failed where !isDriven: phase = .out
    case .inControl where !isDriven, .running(.takeControl, _, _, hasFailed: false) where !isDriven:
      begin(.release, nowNs)
    case .inControl where reset: begin(.reset, nowNs)
    case .out, .failed, .inControl, .running: break
    }
  }

  /// The step at hand is done.
  mutating func proceed(_ nowNs: Int64) {
    guard case .running(let kind, let step, _, let hasFailed) = phase else { return }
    phase = .running(kind, step: step + 1, sinceNs: nowNs, hasFailed: hasFailed)
  }

  /// The sequence is at its end.
  mutating func finish(_ nowNs: Int64) {
    guard case .running(let kind, _, _, let hasFailed) = phase else { return }
    phase = hasFailed ? .failed(untilNs: nowNs + Self.againNs) : kind == .release ? .out : .inControl
  }

  /// The step at hand came to nothing. A branch that fails has no branch of its own.
  mutating func fail(into branch: DeviceProfile.SequenceKind?, _ nowNs: Int64) {
    guard case .running(_, _, _, let hasFailed) = phase else { return }
    if let branch, !hasFailed {
      phase = .running(branch, step: 0, sinceNs: nowNs, hasFailed: true)
    } else {
      phase = .failed(untilNs: nowNs + Self.againNs)
    }
  }

  private mutating func begin(_ kind: DeviceProfile.SequenceKind, _ nowNs: Int64) {
    phase = .running(kind, step: 0, sinceNs: nowNs, hasFailed: false)
  }
}
