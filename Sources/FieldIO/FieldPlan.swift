public import RowConfig

/// What is read and written on each bus, worked out once from the site file and the device profiles: every later
/// step is an index into these flat tables. `DevicePlanner` fills them.
public struct FieldPlan: Sendable {
  /// In the site file's order; a bus without devices has an empty plan.
  public let buses: [BusPlan]

  /// - Parameters:
  ///   - profiles: by name (`danfoss/vlt-fc`).
  ///   - inputSlot, outputSlot: dense slot of a role such as `rack.3.flow`. nil for a role the row does not use: a
  ///     profile's signal is then not read; a channel of the site file that names it is a fault.
  /// - Throws: the first contradiction between site and profiles.
  public init(
    site: Site, profiles: [String: DeviceProfile],
    inputSlot: (String) -> Int?, outputSlot: (String) -> Int?
  ) throws(FieldPlanFault) {
    var plans = site.buses.map { BusPlan(bus: $0, refusesWrongSetUp: site.wrongSetUp == .refuse) }
    var served = Set<String>()
    for device in site.devices {
      guard let bus = site.buses.firstIndex(where: { $0.name == device.bus }) else {
        throw .unknownBus(device: device.name, bus: device.bus)
      }
      guard let profile = profiles[device.profile] else {
        throw .unknownProfile(device: device.name, profile: device.profile)
      }
      var planner = DevicePlanner(device: device, profile: profile)
      try planner.collect(inputSlot: inputSlot, outputSlot: outputSlot)
      for role in planner.roles where !served.insert(role).inserted {
        throw .roleServedTwice(device: device.name, role: role)
      }
      try planner.append(to: &plans[bus])
    }
    buses = plans
  }
}

public enum FieldPlanFault: Error, Sendable, Equatable {
  case unknownBus(device: String, bus: String)
  case unknownProfile(device: String, profile: String)
  /// A channel, reference, condition, read-back or step names a point the profile does not have.
  case unknownPoint(device: String, point: String)
  case unknownRole(device: String, role: String)
  case roleServedTwice(device: String, role: String)
  /// References or conditions lead back to the point they start from.
  case circularReference(device: String, point: String)
  /// The unit identifier, an address or a value's length is outside what Modbus or the device allows.
  case outOfRange(device: String, point: String?)
}

/// Everything one `BusMaster` does, as flat tables of plain values.
public struct BusPlan: Sendable {
  public let bus: Site.Bus
  public let timing: BusTiming
  /// Slots of the row's image and of its outputs that this bus serves.
  public internal(set) var inputSlots: [Int] = []
  public internal(set) var outputSlots: [Int] = []

  /// How often the point that feeds an input slot is read; zero: every scan.
  public func interval(ofInput slot: Int) -> Duration {
    let point = points.firstIndex { $0.slot == slot }
    let request = requests.first { request in point.map(request.points.contains) ?? false }
    return .nanoseconds(request?.intervalNs ?? 0)
  }

  var devices: [DevicePlan] = []
  /// Per device in reading order: area, pace, address.
  var points: [PointPlan] = []
  var rules: [PointRules] = []
  var requests: [ReadRequest] = []
  /// Indices of points that depend on others, per device, each after those it depends on.
  var dependents: [Int] = []
  var commands: [CommandPlan] = []
  var steps: [WordPlan.Step] = []
  var setUp: [SetUpPlan] = []
  /// Raw patterns that points and steps refer to.
  var patterns: [UInt64] = []
  /// Units that points refer to.
  var units: [DeviceProfile.UnitFrom.Choice] = []
  /// What strings are compared with.
  var texts: [String] = []
  var identity: [IdentityPlan] = []
  /// By device.
  var control: [ControlPlan] = []
  /// A device that would not do what its profile says in silence is not taken into command.
  let refusesWrongSetUp: Bool

  init(bus: Site.Bus, refusesWrongSetUp: Bool = false) {
    self.bus = bus
    self.refusesWrongSetUp = refusesWrongSetUp
    timing = BusTiming(bus)
  }
}

struct DevicePlan: Sendable {
  var name: String
  var unit: UInt8
  var points: Range<Int>
  var requests: Range<Int>
  var dependents: Range<Int>
  var commands: Range<Int>
  var setUp: Range<Int>
  var identity: Range<Int>
}

/// What every point needs, kept short: all of them are gone through in every scan.
struct PointPlan: Sendable {
  var scaling: Codec.Scaling
  var address: Int
  var slot: Int?
  /// Index of what else there is to it; nil for most.
  var rules: Int?
  var area: DeviceProfile.Area
  var format: DeviceProfile.Format
  var wordOrder: DeviceProfile.Order
  var byteOrder: DeviceProfile.Order
  var bits: Codec.BitField?
  /// Registers it takes.
  var count: Int
  /// No earlier point shares registers with this one: a request may be cut here.
  var startsValue = true
}

struct PointRules: Sendable {
  var loop: CurrentLoop?
  /// Patterns that mean "no value".
  var invalid: Range<Int>
  var reference: Int?
  var condition: Int?
  /// Patterns of the condition point under which this point counts.
  var conditionPatterns: Range<Int>
  /// The point that says the unit, and what its patterns mean.
  var unit: Int?
  var units: Range<Int>
  /// The raw number counts only inside.
  var validRaw: ClosedRange<Double>?
  /// Of a string: the text it is compared with; its pattern is then 1 or 0.
  var text: Int?

  var isDependent: Bool { reference != nil || condition != nil || unit != nil }
}

/// Consecutive registers of one device that are read at once, and the points in them.
struct ReadRequest: Sendable {
  var area: DeviceProfile.Area
  /// At least one of its points has rules.
  var hasRules: Bool
  /// Its points say how the device is set up.
  var isSetUp: Bool
  var address: Int
  var count: Int
  var points: Range<Int>
  /// Zero: every scan.
  var intervalNs: Int64
  var dueNs: Int64 = 0
  /// Where it stands in the plan; pieces of a cut request have it in common.
  var origin = 0
  /// A single value that the device refuses.
  var isRefused = false
  /// Last asked for, and last answered.
  var askedNs: Int64?
  var readNs: Int64?

  /// Not read since the device was first reached or returned.
  var isMissing = true

  /// Every cycle's, and what the row cannot be judged without.
  var isUrgent: Bool { intervalNs == 0 || isMissing }

  func isDue(_ nowNs: Int64, _ slackNs: Int64) -> Bool {
    dueNs <= nowNs + slackNs && askedNs != nowNs
  }

  /// The next is due an interval after this one was, not after it was read: intervals do not drift.
  mutating func answered(_ nowNs: Int64, _ slackNs: Int64) {
    readNs = nowNs
    isMissing = false
    isRefused = false
    let isPunctual = dueNs > nowNs - intervalNs && dueNs <= nowNs + slackNs
    dueNs = (isPunctual ? dueNs : nowNs) + intervalNs
  }
}

/// A setting that the device's profile wants to find.
struct SetUpPlan: Sendable {
  var device: String
  var name: String
  var point: Int
  var expected: ClosedRange<Double>
}

/// What a point has to say before its device is commanded.
struct IdentityPlan: Sendable {
  var device: String
  var name: String
  var point: Int
  var patterns: Range<Int>
}

struct CommandPlan: Sendable {
  enum Form: Sendable {
    case analog(AnalogPlan)
    case word(WordPlan)
  }
  var area: DeviceProfile.Area
  var address: Int
  var format: DeviceProfile.Format
  var wordOrder: DeviceProfile.Order
  var byteOrder: DeviceProfile.Order
  var slot: Int
  /// Longest time between two writes of an unchanged value. Zero: every cycle.
  var refreshNs: Int64
  var form: Form
  var readBack: ReadBackPlan?
}

/// The point that says what an analog output works to.
struct ReadBackPlan: Sendable {
  var point: Int
  var tolerance: Double
  /// A device that ramps or rounds may need this long to say so.
  var settleNs: Int64
}

struct AnalogPlan: Sendable {
  var scaling: Codec.Scaling
  var reference: Int?
  var rawMin: Double
  var rawMax: Double
  var limits: WriteLimits
}

struct WordPlan: Sendable {
  struct Step: Sendable {
    var value: UInt16
    var until: Int?
  }
  var stop: UInt16
  var reset: UInt16?
  var steps: Range<Int>
  /// The point with signal `fault`.
  var fault: Int?
}
