public import RowConfig

/// What a person asks of one device beside what the loop does with it: the values of its points, or that one of its
/// commands be written. The bus's worker takes it between the loop's orders, one request at a time, with a plan and a
/// memory of its own: what the loop knows of the device stays as it is.
public struct DeviceInquiry: Sendable {
  /// Beyond this an answer is no longer waited for; what has not been read by then has the outcome `.never`. A device
  /// with two hundred points on a busy line needs a second.
  public static let limit = Duration.seconds(3)

  let points: [DeviceProfile.Point]
  let plan: BusPlan
  let write: WriteOrder?
  /// What the device says of itself is asked too.
  var asksWho = false

  struct WriteOrder: Sendable {
    var command: DeviceProfile.Command
    var value: Double
    /// Of the command, among all of the bus.
    var key: String
  }

  /// Reads these points of the device's profile, and where `asksWho` also what the device says of itself.
  ///
  /// - Throws: where the device cannot be spoken to as its profile says.
  public init(
    reading points: [DeviceProfile.Point], of device: Site.Device, _ profile: DeviceProfile, on bus: Site.Bus,
    asksWho: Bool = false
  ) throws(FieldPlanFault) {
    self.asksWho = asksWho
    self.points = points
    plan = try Self.plan(points, nil, device, profile, bus)
    write = nil
  }

  /// Asks who the device is and reads all that its profile names.
  init(identifying device: Site.Device, _ profile: DeviceProfile, on bus: Site.Bus) throws(FieldPlanFault) {
    points = profile.points
    plan = try Self.plan(points, nil, device, profile, bus, isIdentityAsked: true)
    write = nil
  }

  /// Writes one of the profile's commands and reads back what the device made of it. `value` is in the command's unit;
  /// of a control word it is the word.
  public init(
    writing command: DeviceProfile.Command, value: Double, to device: Site.Device, _ profile: DeviceProfile,
    on bus: Site.Bus
  ) throws(FieldPlanFault) {
    points = []
    plan = try Self.plan([], command, device, profile, bus)
    write = WriteOrder(command: command, value: value, key: "\(device.name).\(command.name)")
  }

  private static func plan(
    _ points: [DeviceProfile.Point], _ command: DeviceProfile.Command?, _ device: Site.Device,
    _ profile: DeviceProfile, _ bus: Site.Bus, isIdentityAsked: Bool = false
  ) throws(FieldPlanFault) -> BusPlan {
    var plan = BusPlan(bus: bus)
    var planner = DevicePlanner(device: device, profile: profile)
    try planner.collect(asked: points, isIdentityAsked: isIdentityAsked, command: command)
    try planner.append(to: &plan)
    return plan
  }
}

/// What came of an inquiry.
public struct InquiryAnswer: Sendable, Equatable {
  /// One point, as the device gave it just now.
  public struct Reading: Sendable, Equatable {
    public var point: String
    /// In the point's unit; nil where there is none, and for a text.
    public var value: Double?
    public var text: String?
    /// Raw bits, most significant first whatever the wire order; of a text its first register. nil: never read.
    public var pattern: UInt64?
    public var outcome: Outcome
    /// When it was read (`MonotonicClock`).
    public var time: Duration?

    public init(
      point: String, value: Double?, text: String?, pattern: UInt64?, outcome: Outcome, time: Duration?
    ) {
      self.point = point
      self.value = value
      self.text = text
      self.pattern = pattern
      self.outcome = outcome
      self.time = time
    }
  }

  public enum Written: Sendable, Equatable {
    /// Nothing was written.
    case refused(WriteRefusal)
    /// The device confirmed `pattern`, which stands for `told` (nil: a control word). `accepted` is what it says it
    /// works to; nil where its profile has no read-back or that was not read.
    case confirmed(pattern: UInt64, told: Double?, accepted: Double?, agrees: Bool?)
  }

  public var readings: [Reading] = []
  /// nil: nothing was to be written.
  public var written: Written?
  /// What the device says of itself; nil where it was not asked or does not say.
  public var said: DeviceIdentification?

  public init(readings: [Reading] = [], written: Written? = nil, said: DeviceIdentification? = nil) {
    self.readings = readings
    self.written = written
    self.said = said
  }
}

/// Why a command was not written.
public enum WriteRefusal: Error, Sendable, Equatable {
  /// The device did not answer, or not in time.
  case silent(Outcome)
  /// It is not the one its profile describes.
  case stranger
  /// The device's own word, a Modbus exception.
  case exception
  /// Outside what the command can say, in its unit.
  case outOfRange(ClosedRange<Double>)
  /// A control word that the profile does not name; these are.
  case unknownWord([UInt16])
  /// A value that the command is relative to could not be read.
  case noReference
  /// At most this far from where it stands, in the command's unit.
  case tooFar(step: Double, from: Double)
  /// Written too recently; seconds to wait.
  case tooSoon(seconds: Double)
  /// The day's writes of a memory that wears are spent.
  case worn(perDay: Int)
}
