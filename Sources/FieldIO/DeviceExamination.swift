public import RowConfig

/// Everything that one device says to the questions of its profile, on a bus that nobody else uses. It only reads.
public struct DeviceExamination: Sendable, Equatable {
  public enum Identity: Sendable, Equatable {
    /// Its profile does not say how to tell it.
    case notAsked
    case asExpected
    /// It says that it is something else.
    case stranger
    /// It does not offer what its profile would tell it by.
    case notOffered
    /// It did not say.
    case unknown
  }

  public var identity: Identity
  /// Every point of the profile, in the profile's order; what was not read has the outcome `.never` or why.
  public var readings: [InquiryAnswer.Reading]
  /// What it says of itself; nil where it does not.
  public var said: DeviceIdentification?

  /// Asks `device`. One that is silent costs one timeout.
  ///
  /// - Throws: where the device cannot be spoken to as its profile says.
  public init(
    of device: Site.Device, _ profile: DeviceProfile, on bus: Site.Bus, link: any ModbusLink
  ) throws(FieldPlanFault) {
    var inquiry = try DeviceInquiry(identifying: device, profile, on: bus)
    inquiry.asksWho = true
    var run = InquiryRun(inquiry, link: link)
    var guards = WriteGuards()
    while run.step(nowNs: MonotonicClock.now().inNanoseconds, &guards) == .goOn {}
    readings = run.answer.readings
    said = run.answer.said
    identity =
      switch run.identity {
      case _ where profile.identity.isEmpty: .notAsked
      // All it was to be told by is what it does not offer.
      case .asExpected where said == nil && profile.identity.allSatisfy { $0.object != nil }: .notOffered
      case .asExpected: .asExpected
      case .stranger: .stranger
      case .unknown: .unknown
      }
  }

  /// It answered something, be it with a refusal.
  public var isReached: Bool {
    readings.contains { $0.outcome == .good || $0.outcome == .invalidValue || $0.outcome == .exception }
  }
}
