/// How one kind of field device speaks Modbus: its register map, how it is commanded, and what it does when it
/// hears nothing. Read from `config/profiles/<vendor>/<device>.yaml`. Addresses are wire addresses (from 0); the
/// vendor's printed number is kept in `doc`.
public struct DeviceProfile: Sendable, Equatable {
  public enum Area: String, Sendable, CaseIterable { case coil, discrete, input, holding }
  public enum Format: String, Sendable, CaseIterable {
    case bool, int16, uint16, int32, uint32, int64, uint64, float32, float64, bits16, bits32, bcd16, bcd32, bcd64,
      string
    /// Registers a value of this format takes (1 for a coil or discrete input). A string's are its point's `length`.
    public var registers: Int {
      switch self {
      case .bool, .int16, .uint16, .bits16, .bcd16, .string: 1
      case .int32, .uint32, .float32, .bits32, .bcd32: 2
      case .int64, .uint64, .float64, .bcd64: 4
      }
    }
  }
  /// Of the words of a value, and of the bytes of a word.
  public enum Order: String, Sendable, CaseIterable {
    /// Most significant first.
    case big
    /// Least significant first.
    case little
  }
  public enum Status: String, Sendable, CaseIterable {
    case draft
    case simTested = "sim-tested"
    case hardwareVerified = "hw-verified"
  }

  /// How far the sources can be trusted.
  public enum Confidence: String, Sendable, CaseIterable {
    /// Read in the vendor's own document.
    case high
    /// From public code in use, or from several sources that agree.
    case medium
    /// From one third-hand source, or by analogy: check it on the device before relying on it.
    case low
  }

  /// `vendor/device`.
  public var name: String
  public var kind: String
  public var status: Status
  public var confidence: Confidence = .medium
  /// Documents the map was taken from.
  public var sources: [String]
  /// Most registers the device answers in one read.
  public var maxRead: Int = 60
  /// Most registers between two points that may be read for nothing; nil: as many as pay. 0 for a device that refuses
  /// whole requests over a register it does not have.
  public var maxGap: Int?
  public var points: [Point]
  public var commands: [Command]
  public var communicationLoss: CommunicationLoss?
  /// What the device must say of itself before it is commanded.
  public var identity: [Identity] = []
  public var sequences = Sequences()
  public var heartbeat: Heartbeat?

  /// A value that can be read.
  public struct Point: Sendable, Equatable {
    public var name: String
    public var area: Area
    public var address: Int
    public var doc: String?
    public var format: Format
    public var wordOrder: Order = .big
    /// Of the two bytes of each register.
    public var byteOrder: Order = .big
    /// value = raw · scale + offset, then · reference / referenceDivisor where `reference` names another point.
    public var scale: Double = 1
    public var offset: Double = 0
    public var reference: String?
    public var referenceDivisor: Double = 1
    /// Of a `bits16` or `bits32` point: its lowest bit, and how many make up the raw value.
    public var bit: Int?
    public var bitCount: Int = 1
    /// Of a string: the registers it takes, two characters each.
    public var length: Int?
    public var unit: Unit = .none
    /// Raw register patterns that mean "no value".
    public var invalidRaw: [UInt64] = []
    /// The value counts only while another point has one of these raw values.
    public var validWhen: Condition?
    /// The raw number counts only inside this range.
    public var validRaw: RawRange?
    /// Where another register says in which unit this one is.
    public var unitFrom: UnitFrom?
    /// Last word of the role this point feeds when the device `serves` something: `speed`, `flow`, `position` …
    public var signal: String?
    /// Slow points are read every so often instead of every cycle. nil: every cycle.
    public var intervalS: Double?
    /// Which of the profile's sources it is from, counted from 1; nil: from any or all.
    public var source: Int?
    /// nil: the profile's.
    public var confidence: Confidence?
    /// Registers it takes.
    public var registers: Int { length ?? format.registers }
    public init(name: String, area: Area, address: Int, format: Format) {
      self.name = name
      self.area = area
      self.address = address
      self.format = format
    }
  }

  public struct RawRange: Sendable, Equatable {
    public var min: Double
    public var max: Double
    public init(min: Double, max: Double) {
      self.min = min
      self.max = max
    }
  }

  /// Another point's raw value chooses the unit: value · scale + offset is then in the point's `unit`. A raw value that
  /// is not listed means no value.
  public struct UnitFrom: Sendable, Equatable {
    public struct Choice: Sendable, Equatable {
      public var raw: UInt64
      public var scale: Double = 1
      public var offset: Double = 0
      public init(raw: UInt64, scale: Double = 1, offset: Double = 0) {
        self.raw = raw
        self.scale = scale
        self.offset = offset
      }
    }
    public var point: String
    public var choices: [Choice]
    public init(point: String, choices: [Choice]) {
      self.point = point
      self.choices = choices
    }
  }

  public struct Condition: Sendable, Equatable {
    public var point: String
    public var rawIn: [UInt64]
    public init(point: String, rawIn: [UInt64]) {
      self.point = point
      self.rawIn = rawIn
    }
  }

  /// A value that can be written. Exactly one of the forms below.
  public struct Command: Sendable, Equatable {
    public enum Form: Sendable, Equatable {
      /// raw = (value − offset) / scale, divided by reference where there is one (the inverse of `Point`).
      case analog(Analog)
      /// A control word: a stop word, and the words that bring the device to run, each sent while its condition is
      /// unmet.
      case word(Word)
    }
    public struct Analog: Sendable, Equatable {
      public var scale: Double = 1
      public var offset: Double = 0
      public var reference: String?
      public var referenceDivisor: Double = 1
      public var rawMin: Double
      public var rawMax: Double
      /// Point that reads the accepted value back, and how far it may differ (in the command's unit).
      public var readBack: String?
      public var readBackTolerance: Double = 0.5
      /// How long after a change the read-back may still differ.
      public var settleS: Double = 0
      /// Least time between two changes.
      public var minIntervalS: Double = 0
      /// A change smaller than this is not worth a write, in the command's unit.
      public var deadband: Double = 0
      /// Most one write may change, in the command's unit; a larger change takes several.
      public var maxStep: Double?
      /// Most writes in a day, where the device stores each in a memory that wears; then it is written only on change.
      public var writesPerDay: Int?
      public init(rawMin: Double, rawMax: Double) {
        self.rawMin = rawMin
        self.rawMax = rawMax
      }
    }
    public struct Word: Sendable, Equatable {
      public var stop: UInt16
      /// Sent while the device reports a trip and a reset is asked for; followed by the stop word.
      public var reset: UInt16?
      /// In order: the first step whose `until` point is not yet true is sent; the last has no `until`.
      public var run: [Step]
      public struct Step: Sendable, Equatable {
        public var value: UInt16
        public var until: String?
        public init(value: UInt16, until: String?) {
          self.value = value
          self.until = until
        }
      }
      public init(stop: UInt16, reset: UInt16?, run: [Step]) {
        self.stop = stop
        self.reset = reset
        self.run = run
      }
    }
    public var name: String
    public var area: Area
    public var address: Int
    public var doc: String?
    public var format: Format
    public var wordOrder: Order = .big
    public var byteOrder: Order = .big
    public var unit: Unit = .none
    /// Last word of the output role: `run`, `speed_demand`, `demand`.
    public var signal: String?
    /// As of a point.
    public var source: Int?
    public var confidence: Confidence?
    public var form: Form
    public init(name: String, area: Area, address: Int, format: Format, form: Form) {
      self.name = name
      self.area = area
      self.address = address
      self.format = format
      self.form = form
    }
  }

  /// What the device does when the daemon falls silent, and how often it wants to be written to.
  public struct CommunicationLoss: Sendable, Equatable {
    public enum Feed: String, Sendable, CaseIterable {
      /// Any request keeps the timer from firing.
      case anyRequest = "any-request"
      /// Only a write of the command words does.
      case write
    }
    /// Where the device then goes.
    public enum State: String, Sendable, CaseIterable {
      /// The row's safe output, to which it has to be set up.
      case safe
      /// It keeps its output as last written.
      case hold
      /// It stops.
      case stop
    }
    public var timeoutS: Double
    public var feed: Feed
    public var action: String
    /// nil: not stated in a way that can be looked for.
    public var state: State?
    /// How the device has to be set up for that: read when it is first reached and whenever it may have been reset.
    public var setUp: [Setting] = []
    public init(timeoutS: Double, feed: Feed, action: String) {
      self.timeoutS = timeoutS
      self.feed = feed
      self.action = action
    }

    /// A point that has to read `min` … `max`, in its unit.
    public struct Setting: Sendable, Equatable {
      public var point: String
      public var min: Double
      public var max: Double
      public init(point: String, min: Double, max: Double) {
        self.point = point
        self.min = min
        self.max = max
      }
    }
  }

  public init(name: String, kind: String, status: Status, sources: [String], points: [Point], commands: [Command]) {
    self.name = name
    self.kind = kind
    self.status = status
    self.sources = sources
    self.points = points
    self.commands = commands
  }
}
