/// One line of the report: what was looked at, what was seen, and whether that is right.
public struct Check: Sendable, Equatable {
  public enum Verdict: String, Sendable {
    case passed
    case failed
    case notApplicable = "not applicable"
  }
  public enum Part: String, Sendable, CaseIterable {
    case devices = "Devices"
    case sensors = "Sensors"
    case actuators = "Actuators"
    case silence = "Loss of communication"
    case release = "Release"
  }

  public var part: Part
  /// A device's name, or a role or the part of one, as `rack.3.valve`.
  public var subject: String
  /// P&ID tag, where there is one.
  public var tag: String?
  public var what: String
  public var verdict: Verdict
  /// The numbers.
  public var seen: String

  public init(_ part: Part, _ subject: String, tag: String? = nil, _ what: String, _ verdict: Verdict, _ seen: String) {
    self.part = part
    self.subject = subject
    self.tag = tag
    self.what = what
    self.verdict = verdict
    self.seen = seen
  }
}

/// Why the walk ended before its end.
public enum Ending: Error, Sendable, Equatable, CustomStringConvertible {
  case interrupted
  /// Something in the row that a person has to see to first, or that arose meanwhile.
  case danger(String)
  /// Nothing on the bus answers any more.
  case busLost(String)
  /// It was never begun.
  case refused(String)

  public var description: String {
    switch self {
    case .interrupted: "interrupted by the operator"
    case .danger(let what), .refused(let what): what
    case .busLost(let bus): "bus \(bus) does not answer any more"
    }
  }
}
