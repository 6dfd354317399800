/// The alarm that goes with a cause: the states of ANSI/ISA-18.2-2016, clause 5.4. An alarm asks for a person; hiding
/// it (shelving, suppression, out of service) never touches what the interlock of its cause does.
public struct CauseAlarm: Sendable {
  public enum State: UInt8, Sendable {
    case normal
    case unacknowledged
    case acknowledged
    /// The cause has gone; nobody has acknowledged it.
    case returnedUnacknowledged
    /// The condition has gone, the latch holds until a person resets it.
    case latchedUnacknowledged
    case latchedAcknowledged
    /// Hidden by a person until it expires.
    case shelved
    /// Hidden because another alarm or the row's state says it all.
    case suppressedByDesign
    /// Hidden by a person until put back.
    case outOfService

    /// It is in nobody's list.
    public var isHidden: Bool { self == .shelved || self == .suppressedByDesign || self == .outOfService }
  }

  /// Three alarms within a minute are chatter (ISA-18.2, 16.5); ten minutes without one, and it has ended.
  static let chatterS = 60.0
  static let chatterOverS = 600.0

  /// An alarm that was acknowledged before a restart has this long to come back as one that is known.
  static let knownForS = 120.0

  public private(set) var isOutOfService = false
  public private(set) var isSuppressed = false
  /// Seconds until a shelved alarm comes back; 0: not shelved.
  public private(set) var shelvedS = 0.0
  public private(set) var isChattering = false
  private var isRaised = false
  private var isLatchOnly = false
  private var isUnacknowledged = false
  /// It was acknowledged before a restart, and comes back so within this time.
  private var knownS = 0.0
  /// Seconds since the latest three raises, the latest first.
  private var raises: InlineArray<3, Double> = .init(repeating: .infinity)

  public init() {}

  public var state: State {
    if isOutOfService { return .outOfService }
    if shelvedS > 0 { return .shelved }
    if isSuppressed { return .suppressedByDesign }
    switch (isRaised, isLatchOnly) {
    case (true, true): return isUnacknowledged ? .latchedUnacknowledged : .latchedAcknowledged
    case (true, false): return isUnacknowledged ? .unacknowledged : .acknowledged
    case (false, _): return isUnacknowledged ? .returnedUnacknowledged : .normal
    }
  }

  /// Normal, and long enough since the last raise that time changes nothing.
  var isAtRest: Bool {
    !isRaised && !isUnacknowledged && !isSuppressed && !isOutOfService && !isChattering && shelvedS == 0
      && knownS == 0 && raises[0] > CauseAlarm.chatterS
  }

  enum Change { case none, chattering, shelfExpired }

  /// Lets time pass.
  ///
  /// - Parameters:
  ///   - isActive: the cause is active, by its condition or by its latch.
  ///   - isMet: its condition holds, or cannot be known.
  ///   - isSuppressed: another cause or the row's state says it all.
  mutating func step(isActive: Bool, isMet: Bool, isSuppressed: Bool, dt: Double) -> Change {
    var change = Change.none
    if shelvedS > 0 {
      shelvedS = max(0, shelvedS - dt)
      if shelvedS == 0 { change = .shelfExpired }
    }
    self.isSuppressed = isSuppressed
    for i in 0..<3 { raises[i] += dt }
    let isKnown = knownS > 0
    knownS = max(0, knownS - dt)
    if isActive && !isRaised {
      isUnacknowledged = !isKnown
      knownS = 0
      (raises[2], raises[1], raises[0]) = (raises[1], raises[0], 0)
      if raises[2] < CauseAlarm.chatterS && !isChattering {
        isChattering = true
        change = .chattering
      }
    }
    if isChattering && raises[0] > CauseAlarm.chatterOverS { isChattering = false }
    isRaised = isActive
    isLatchOnly = isActive && !isMet
    // What nobody could see, nobody has to acknowledge once it is over.
    if isUnacknowledged && !isRaised && state.isHidden { isUnacknowledged = false }
    return change
  }

  /// - Returns: false where there was nothing to acknowledge.
  mutating func acknowledge() -> Bool {
    guard isUnacknowledged, !state.isHidden else { return false }
    isUnacknowledged = false
    return true
  }

  mutating func shelve(forS seconds: Double) { shelvedS = seconds }
  mutating func unshelve() { shelvedS = 0 }
  mutating func setOutOfService(_ isOut: Bool) { isOutOfService = isOut }

  func retain(_ kept: inout RetainedCause) {
    kept.isUnacknowledged = isUnacknowledged
    kept.isAcknowledged = (isRaised && !isUnacknowledged) || knownS > 0
    kept.isOutOfService = isOutOfService
    kept.shelvedS = shelvedS
  }

  /// As it was before a restart.
  mutating func restore(_ kept: RetainedCause, isRaised: Bool) {
    self.isRaised = isRaised
    isUnacknowledged = kept.isUnacknowledged
    knownS = kept.isAcknowledged && !isRaised ? CauseAlarm.knownForS : 0
    shelvedS = kept.shelvedS
    isOutOfService = kept.isOutOfService
  }
}
