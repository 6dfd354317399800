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

  public private(set) var isOutOfService = false
  public private(set) var isSuppressed = false
  /// Seconds until a shelved alarm comes back; 0: not shelved.
  public private(set) var shelvedS = 0.0
  public private(set) var isChattering = false
  private var isRaised = false
  private var isLatchOnly = false
  private var isUnacknowledged = false
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
    if isActive && !isRaised {
      isUnacknowledged = true
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
    if !isRaised && state.isHidden { isUnacknowledged = false }
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

  /// As it was before a restart.
  mutating func restore(isAcknowledged: Bool, isActive: Bool, shelvedS: Double, isOutOfService: Bool) {
    isRaised = isActive
    isUnacknowledged = isActive && !isAcknowledged
    self.shelvedS = shelvedS
    self.isOutOfService = isOutOfService
  }
}
