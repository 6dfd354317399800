/// One field device, as the site file has it.
public struct DeviceInfo: Codable, Sendable, Equatable {
  public var name: String
  public var tag: String?
  public var profile: String
  /// What it is, in a few words.
  public var kind: String
  public var bus: String
  /// Modbus unit, 1 … 247.
  public var unit: Int
  /// What it serves as a whole, such as `pump.1`; nil for a module of channels.
  public var serves: String?

  public init(
    name: String, tag: String? = nil, profile: String, kind: String, bus: String, unit: Int, serves: String? = nil
  ) {
    self.name = name
    self.tag = tag
    self.profile = profile
    self.kind = kind
    self.bus = bus
    self.unit = unit
    self.serves = serves
  }
}

/// What a device says of itself, asked just now.
public struct DeviceReport: Codable, Sendable, Equatable {
  public var device: DeviceInfo
  /// By Modbus function 43/14; nil where the device does not say, or one point was asked for.
  public var vendor: String?
  public var product: String?
  public var revision: String?
  public var points: [PointReading]
  /// Empty where one point was asked for.
  public var commands: [PointCommand]

  public init(device: DeviceInfo, points: [PointReading], commands: [PointCommand]) {
    self.device = device
    self.points = points
    self.commands = commands
  }
}

/// How the last attempt to read a point ended.
public enum PointOutcome: String, Codable, Sendable, CaseIterable {
  case good
  /// Not asked in time.
  case never
  case timeout, transport, violation
  /// The device refused.
  case exception
  /// The device says that there is no value.
  case invalid
}

/// One point of a device.
public struct PointReading: Codable, Sendable, Equatable {
  public var name: String
  /// In `unit`.
  public var value: Double?
  public var text: String?
  public var unit: String
  public var outcome: PointOutcome
  /// Hexadecimal, most significant first; of a text its first register.
  public var raw: String?
  public var ageMs: Int?
  /// Role it feeds.
  public var role: String?
  /// Number and name that the vendor prints.
  public var doc: String?

  public init(
    name: String, value: Double? = nil, text: String? = nil, unit: String, outcome: PointOutcome, raw: String? = nil,
    ageMs: Int? = nil, role: String? = nil, doc: String? = nil
  ) {
    self.name = name
    self.value = value
    self.text = text
    self.unit = unit
    self.outcome = outcome
    self.raw = raw
    self.ageMs = ageMs
    self.role = role
    self.doc = doc
  }

  private enum CodingKeys: String, CodingKey {
    case name, value, text, unit, outcome, raw
    case ageMs = "age_ms"
    case role, doc
  }
}

/// One command of a device.
public struct PointCommand: Codable, Sendable, Equatable {
  public var name: String
  public var unit: String
  /// Role that drives it.
  public var role: String?
  /// Why `setPoint` refuses it; nil where a person may write it.
  public var refusal: String?

  public init(name: String, unit: String, role: String? = nil, refusal: String? = nil) {
    self.name = name
    self.unit = unit
    self.role = role
    self.refusal = refusal
  }
}

/// A command that the device has confirmed.
public struct PointWrite: Codable, Sendable, Equatable {
  /// Hexadecimal.
  public var raw: String
  /// The value `raw` stands for; nil for a control word.
  public var told: Double?
  /// What the device says it works to; nil where that is not known.
  public var accepted: Double?
  /// Within the profile's tolerance; nil without a read-back.
  public var agrees: Bool?
  public var unit: String

  public init(raw: String, told: Double? = nil, accepted: Double? = nil, agrees: Bool? = nil, unit: String) {
    self.raw = raw
    self.told = told
    self.accepted = accepted
    self.agrees = agrees
    self.unit = unit
  }
}
