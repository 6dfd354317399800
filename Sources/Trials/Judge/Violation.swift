/// A rule that did not hold.
public struct Violation: Sendable, Equatable, CustomStringConvertible {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case chipLimit = "chip above its limit"
    case notFinite = "plant is not finite"
    case deadHeaded = "pumps dead-headed"
    case plateDry = "heated plate without flow"
    case lastPumpStopped = "the last pump was stopped"
    case pumpSpan = "pump speed out of span"
    case pumpSlew = "pump speed slewed too fast"
    case valveSpan = "rack valve out of span"
    case valveFloor = "rack valve closed below its floor"
    case fanSpan = "fan speed out of span"
    case deviceSlew = "actuator faster than its device"
    case takeOverStep = "take-over moved an actuator"
    case tripWithoutEvidence = "tripped without evidence of a leak or lost suction"
    case tripWithoutCause = "tripped without a first-out cause"
    case permitKept = "permit kept where nothing could save the chips"
    case alarmWithoutCause = "alarm without a cause"
    case alarmMissing = "fault raised no alarm in its time"
    case wrongAlarmFirst = "another alarm came first"
    case alarmFlood = "too many alarms for one fault"
    case notBack = "row did not come back"
  }
  public var kind: Kind
  public var seconds: Double
  public var detail: String
  public var description: String { "\(Int(seconds)) s: \(kind.rawValue): \(detail)" }
}
