/// How a device is taken into control and let go: what it must say of itself, the steps that need waiting for, and what
/// it wants to hear in between.
extension DeviceProfile {
  /// A point that must have one of these raw values or hold this text, or a text that the device must say of itself,
  /// before it is commanded.
  public struct Identity: Sendable, Equatable {
    /// What a device says by Modbus function 43/14.
    public enum Object: String, Sendable, CaseIterable { case vendor, product, revision }
    /// Exactly one of these is there.
    public var point: String?
    public var object: Object?
    public var rawIn: [UInt64] = []
    /// Of an object or a string point, without what pads it.
    public var text: String?
    public init(point: String? = nil, rawIn: [UInt64] = [], text: String? = nil) {
      self.point = point
      self.rawIn = rawIn
      self.text = text
    }
    public init(object: Object, text: String) {
      self.object = object
      self.text = text
    }
  }

  /// Steps in order; empty: none are needed.
  public struct Sequences: Sendable, Equatable {
    /// Before the first command, and again whenever the device was lost. Must not stop a device that runs.
    public var takeControl: [Step] = []
    /// Once the device is no longer driven.
    public var release: [Step] = []
    /// While the device reports a fault and a reset is asked for.
    public var reset: [Step] = []
    public init() {}

    public subscript(kind: SequenceKind) -> [Step] {
      switch kind {
      case .takeControl: takeControl
      case .release: release
      case .reset: reset
      }
    }
  }

  public enum SequenceKind: String, Sendable, CaseIterable {
    case takeControl = "take_control"
    case release, reset
  }

  public enum Step: Sendable, Equatable {
    case write(Write)
    case wait(Wait)
    /// Seconds.
    case pause(Double)

    public struct Write: Sendable, Equatable {
      /// One of the profile's commands.
      public var command: String
      /// Written as it is; nil: what the row demands of the command now, so that a running device is not stopped.
      public var raw: UInt64?
      public init(command: String, raw: UInt64? = nil) {
        self.command = command
        self.raw = raw
      }
    }

    /// Until a point, read after the step began, has one of these raw values.
    public struct Wait: Sendable, Equatable {
      public var point: String
      public var rawIn: [UInt64]
      public var withinS: Double
      /// What is run when the time is over. In any case the sequence starts over ten seconds later.
      public var onFail: SequenceKind?
      public init(point: String, rawIn: [UInt64], withinS: Double, onFail: SequenceKind? = nil) {
        self.point = point
        self.rawIn = rawIn
        self.withinS = withinS
        self.onFail = onFail
      }
    }
  }

  /// A command that wants to hear these raw values in turn for as long as the device is driven.
  public struct Heartbeat: Sendable, Equatable {
    public var command: String
    public var raws: [UInt64]
    public var everyS: Double
    public init(command: String, raws: [UInt64], everyS: Double) {
      self.command = command
      self.raws = raws
      self.everyS = everyS
    }
  }
}
