/// What a person may ask of the row. Applied between two cycles.
public enum OperatorCommand: Sendable {
  /// nil: every alarm.
  case acknowledge(CauseInstance?)
  /// Hides an alarm for a while; its interlock goes on acting.
  case shelve(CauseInstance, seconds: Double)
  case unshelve(CauseInstance)
  /// Hides an alarm until it is put back; not for critical ones.
  case setOutOfService(CauseInstance, Bool)
  case setMode(RequestedMode)
  case setSupplySetpoint(Temperature)
  case setDpSetpoint(Pressure)
  case override(Actuator, value: Double, leaseS: Double)
  case release(Actuator)
  /// Releases latches whose condition has gone: one cause's, which opens an isolated rack or coil again, or all (nil).
  case reset(CauseInstance?)
  /// The same as `reset(nil)`.
  case resetTrip
  /// Puts a cause out of service for 1 s to 8 h, where its effect allows; 0 s puts it back.
  case bypass(CauseInstance, leaseS: Double)
  /// The duty pump with the most run hours hands over to the resting one with the fewest.
  case changeOver
  /// Who is to give the setpoints, and who is to say beside it what it would do (nil: nobody), until the next restart.
  case setLayer(ControlLayer)
  case setShadow(ControlLayer?)
}

public enum RequestedMode: UInt8, Sendable {
  case off, standby, auto, shutdown
  /// Every actuator held where it stands, for ten minutes.
  case manual
}

public enum CommandOutcome: Sendable, Equatable {
  case accepted
  case acknowledged(Int)
  case outOfRange(low: Double, high: Double)
  case refused(Refusal)
}

public enum Refusal: UInt8, Sendable {
  /// The racks still draw power: order a shutdown instead.
  case racksAreHot
  /// A latched trip must be reset first.
  case isTripped
  /// The condition of a latched interlock still holds.
  case conditionPersists
  case nothingToReset
  case noSuchActuator
  case notOverridden
  /// Cooling of the row rests on the cause.
  case notBypassable
  /// The building does not let the row run.
  case permissiveMissing
  case notShelved
  case noSuchAlarm
  /// A critical alarm is shelved at most, never out of service.
  case isCritical
  /// The pumps hold row flow: there is no dP setpoint.
  case flowControlled
  /// No pump is at rest that could take over.
  case noSparePump
  /// A pump is coming or leaving already.
  case changeOverUnderWay
  /// Pumps change over in Auto, without an interlock, and with the row's flow known.
  case flowNotHeld
  /// The plant's state is not known yet.
  case notReady
}
