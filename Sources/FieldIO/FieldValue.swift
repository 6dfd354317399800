/// What the field side hands to the row and takes from it: one `FieldValue` per input slot, one `WriteState` per
/// output slot, and `OutputDemands` in the other direction. Slots are dense indices chosen by the runtime.

/// How the last attempt to obtain or write a value ended.
public enum Outcome: UInt8, Sendable, Equatable {
  /// Not attempted yet.
  case never
  case good
  /// The device did not answer in time, by the clock or by its gateway's word, or is left alone because it did not.
  case timeout
  /// The connection is down.
  case transport
  /// The reply did not belong to the request.
  case protocolViolation
  /// The device refused.
  case exception
  /// The device answered, but says or implies that there is no value: its own marker, a condition unmet, a number
  /// that is not finite; for a write, a demand that cannot be expressed.
  case invalidValue
  /// NAMUR NE 43: the loop current is below 3.6 mA.
  case wireBreak
  /// NAMUR NE 43: the loop current is above 21 mA.
  case shortCircuit
  /// For a write: the device's writes of this hour are spent.
  case overBudget

  init(_ fault: ModbusFault) {
    switch fault {
    case .transport: self = .transport
    case .timeout: self = .timeout
    case .protocolViolation: self = .protocolViolation
    case .exception: self = fault.isSilence ? .timeout : .exception
    }
  }
}

/// A value with its age and how the last attempt went. After a failed attempt `value` and `time` are still those of
/// the last good one.
public struct FieldValue: Sendable, Equatable {
  /// In the role's unit; 0 until the first good reading.
  public var value: Double
  /// `now` of the scan that read it (monotonic, ns): the value may be younger than that, never older.
  public var timeNs: Int64
  public var outcome: Outcome

  public var time: Duration { .nanoseconds(timeNs) }

  public init(value: Double = 0, time: Duration = .zero, outcome: Outcome = .never) {
    self.init(value: value, timeNs: time.inNanoseconds, outcome: outcome)
  }

  init(value: Double, timeNs: Int64, outcome: Outcome) {
    self.value = value
    self.timeNs = timeNs
    self.outcome = outcome
  }
}

/// What the row wants written, by output slot.
public struct OutputDemands: Sendable, Equatable {
  /// In the role's unit. nil: not driven, the device is left alone.
  public var values: [Double?]
  /// For the slot of a control word (`pump.1.run`): acknowledge the device's trip.
  public var resetRequested: [Bool]
  /// An interlock wants it, or the row is left: a new value waits for no least interval and for no budget of writes.
  public var isUrgent: [Bool]

  public init(slots: Int) {
    values = Array(repeating: nil, count: slots)
    resetRequested = Array(repeating: false, count: slots)
    isUrgent = Array(repeating: false, count: slots)
  }

  /// Takes over another's content without allocating. Both have the same number of slots.
  public mutating func copy(from other: OutputDemands) {
    precondition(values.count == other.values.count, "Demands have different numbers of slots.")
    for slot in values.indices {
      values[slot] = other.values[slot]
      resetRequested[slot] = other.resetRequested[slot]
      isUrgent[slot] = other.isUrgent[slot]
    }
  }
}

/// How far an output has got.
public struct WriteState: Sendable, Equatable {
  /// What was last asked for; nil: not driven.
  public var demand: Double?
  /// What the device says it works to, in the demand's unit; nil when it has no read-back or none was read yet.
  public var accepted: Double?
  /// `now` of the last write the device confirmed.
  public var lastSuccess: Duration { .nanoseconds(lastSuccessNs) }
  public var outcome: Outcome = .never
  /// The device does not do what it is told: it works to something else than it confirmed, in
  /// `BusMaster.contradictionScans` scans in a row, or as many writes in a row failed with `.exception` from the device
  /// itself, `.invalidValue` or `.overBudget`. False again once neither is so.
  public var contradicted = false
  var lastSuccessNs: Int64 = 0

  public init() {}
}

/// Counters since start.
public struct BusStatistics: Sendable, Equatable {
  /// Whether the last transaction left an open connection.
  public var isConnected = false
  /// Nothing on the bus answers: every request of `BusMaster.busLossScans` scans in a row was in vain, and no device
  /// that answered last time is left.
  public var isLost = false
  /// Devices fall silent and return, more than one and often: see `BusMaster.dropoutMax`.
  public var isUnreliable = false
  /// What is behind the bus counts as lost with it.
  public var isFailing: Bool { isLost || isUnreliable }
  public var requests: UInt64 = 0
  public var timeouts: UInt64 = 0
  public var exceptions: UInt64 = 0
  public var transportFaults: UInt64 = 0
  public var protocolFaults: UInt64 = 0
  /// How long the last scan took; zero where no `BusWorker` measures it.
  public var lastScan: Duration = .zero
  /// Settings of the bus's devices that are not as their profiles want them. Changes only when a device does.
  public var setUp: [SetUpFinding] = []

  public init() {}

  mutating func count(_ fault: ModbusFault) {
    switch fault {
    case .transport: transportFaults += 1
    case .timeout: timeouts += 1
    case .protocolViolation: protocolFaults += 1
    case .exception: exceptions += 1
    }
  }
}

/// A device that would not do what its profile says when the daemon falls silent, or is not the one it describes.
public struct SetUpFinding: Sendable, Equatable {
  /// The device's name in the site file, and the point of its profile.
  public var device: String
  public var point: String
  /// In the point's unit; of its identity, raw (a text: whether it is the one expected, 1 or 0).
  public var expected: ClosedRange<Double>
  /// nil: the device has no such register.
  public var found: Double?
  /// It is not the device its profile describes, and is not commanded.
  public var isIdentity = false
  /// Of what it says of itself: what it is to say, and what it says.
  public var expectedText: String?
  public var foundText: String?
  /// Of its identity: it does not say what it was to be told by, which makes it no stranger.
  public var isNotOffered = false
}
