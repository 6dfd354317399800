/// A measured value with what is known about its worth. There are no sentinels: a value that is missing is `nil`, and
/// the quality says why.
public struct Reading<Q: Quantity>: Sendable, Equatable {
  /// Usable value: fresh when `good`, held or degraded when `uncertain`, absent when `bad`.
  public var value: Q?
  public var quality: Quality
  /// Seconds since the device said so.
  public var ageS: Double

  public init(_ value: Q?, _ quality: Quality, ageS: Double = 0) {
    self.value = value
    self.quality = quality
    self.ageS = ageS
  }

  public init(_ conditioned: ConditionedSignal) {
    self.init(conditioned.value.map { Q(canonical: $0) }, conditioned.quality, ageS: conditioned.ageS)
  }

  /// Nothing in the row measures this.
  public static var absent: Reading { Reading(nil, .bad(.notConfigured)) }

  /// Configured, but without a usable value.
  public var isLost: Bool { value == nil && quality != .bad(.notConfigured) }
  public var isConfigured: Bool { quality != .bad(.notConfigured) }

  /// The value, unless the instrument stands still or is contradicted: then it says nothing about the process.
  @inline(__always)
  public var credible: Q? {
    quality == .uncertain(.frozen) || quality == .uncertain(.implausible) ? nil : value
  }
}

extension Reading where Q == Flag {
  /// Known to be set. Unknown is not set.
  public var isSet: Bool { value?.isSet ?? false }
  /// Known to be clear. Unknown is not clear.
  public var isClear: Bool { value.map { !$0.isSet } ?? false }
}

public enum Quality: Sendable, Equatable {
  case good
  case uncertain(Doubt)
  case bad(Doubt)
}

/// Why a value is not simply good, in the sense of NAMUR NE 107.
public enum Doubt: UInt8, Sendable {
  case notConfigured
  /// No answer since the daemon started.
  case neverReceived
  /// The device does not answer.
  case communication
  /// The device answers that it has no value.
  case deviceInvalid
  /// Not a number, or outside what the instrument can measure.
  case outOfRange
  /// Moved faster than the process can.
  case rateOfChange
  /// Has not moved at all for longer than a live instrument would.
  case frozen
  /// Too old.
  case stale
  /// Redundant instruments disagree.
  case disagreement
  /// Two instruments on one module disagree with the third on another.
  case commonCause
  /// Contradicted by two other ways to know the same.
  case implausible
  /// Fewer instruments than installed agree on this.
  case lostRedundancy
  /// Calculated from other measurements.
  case estimated
}

/// What to do about an instrument, in the words of NAMUR NE 107.
public enum DeviceStatus: UInt8, Sendable {
  case failure, functionCheck, outOfSpecification, maintenanceRequired
}

extension Doubt {
  /// nil: nothing is wrong with an instrument; none is installed, or a calculation speaks.
  public var status: DeviceStatus? {
    switch self {
    case .notConfigured, .estimated: nil
    case .neverReceived, .communication, .deviceInvalid, .frozen: .failure
    case .rateOfChange, .stale: .functionCheck
    case .outOfRange, .disagreement, .commonCause, .implausible: .outOfSpecification
    case .lostRedundancy: .maintenanceRequired
    }
  }
}

/// One value as the field layer delivers it, in canonical units.
public struct Signal: Sendable, Equatable {
  public enum Outcome: UInt8, Sendable {
    case never, good, timeout, transport, protocolViolation, exception, invalidValue
  }
  /// Last value received.
  public var value: Double
  /// Seconds since it was received.
  public var ageS: Double
  /// Outcome of the latest attempt to read it.
  public var outcome: Outcome
  public init(value: Double = 0, ageS: Double = 0, outcome: Outcome = .never) {
    self.value = value
    self.ageS = ageS
    self.outcome = outcome
  }
}

/// A signal after its own checks, before voting.
public struct ConditionedSignal: Sendable, Equatable {
  public var value: Double?
  public var quality: Quality
  public var ageS: Double
  public init(value: Double? = nil, quality: Quality = .bad(.notConfigured), ageS: Double = 0) {
    self.value = value
    self.quality = quality
    self.ageS = ageS
  }
}
