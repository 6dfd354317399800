import CoolingCore

/// An operator's command as four words: which, two small numbers, and a value. Codes are never given another meaning.
public enum CommandCode {
  static func word(_ instance: CauseInstance) -> UInt64 {
    UInt64(instance.cause.rawValue) << 32 | UInt64(UInt32(truncatingIfNeeded: instance.index)) | 1 << 63
  }

  static func instance(_ word: UInt64) -> CauseInstance? {
    guard word >> 63 == 1, let cause = Cause(rawValue: UInt8(truncatingIfNeeded: word >> 32)) else { return nil }
    return CauseInstance(cause: cause, index: Int(UInt32(truncatingIfNeeded: word)))
  }

  static func words(_ command: OperatorCommand) -> (UInt64, UInt64, UInt64, UInt64) {
    switch command {
    case .acknowledge(let instance): (1, instance.map(word) ?? 0, 0, 0)
    case .shelve(let instance, let seconds): (2, word(instance), 0, seconds.bitPattern)
    case .unshelve(let instance): (3, word(instance), 0, 0)
    case .setOutOfService(let instance, let isOut): (4, word(instance), isOut ? 1 : 0, 0)
    case .setMode(let mode): (5, UInt64(mode.rawValue), 0, 0)
    case .setSupplySetpoint(let setpoint): (6, 0, 0, setpoint.celsius.bitPattern)
    case .setDpSetpoint(let setpoint): (7, 0, 0, setpoint.kilopascals.bitPattern)
    case .override(let actuator, let value, let leaseS):
      (8, UInt64(actuator.index), leaseS.bitPattern, value.bitPattern)
    case .release(let actuator): (9, UInt64(actuator.index), 0, 0)
    case .reset(let instance): (10, instance.map(word) ?? 0, 0, 0)
    case .resetTrip: (10, 0, 0, 0)
    case .bypass(let instance, let leaseS): (11, word(instance), 0, leaseS.bitPattern)
    case .changeOver: (12, 0, 0, 0)
    case .setLayer(let layer): (13, UInt64(layer.rawValue), 0, 0)
    case .setShadow(let layer): (14, layer.map { UInt64($0.rawValue) + 1 } ?? 0, 0, 0)
    }
  }

  /// nil for what no command is written as.
  static func command(_ code: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> OperatorCommand? {
    let value = Double(bitPattern: c)
    let small = UInt8(truncatingIfNeeded: a)
    switch code {
    case 1: return .acknowledge(instance(a))
    case 2: return instance(a).map { .shelve($0, seconds: value) }
    case 3: return instance(a).map { .unshelve($0) }
    case 4: return instance(a).map { .setOutOfService($0, b == 1) }
    case 5: return RequestedMode(rawValue: small).map { .setMode($0) }
    case 6: return .setSupplySetpoint(Temperature(celsius: value))
    case 7: return .setDpSetpoint(Pressure(kilopascals: value))
    case 8: return Actuator(index: Int(small)).map { .override($0, value: value, leaseS: Double(bitPattern: b)) }
    case 9: return Actuator(index: Int(small)).map { .release($0) }
    case 10: return .reset(instance(a))
    case 11: return instance(a).map { .bypass($0, leaseS: value) }
    case 12: return .changeOver
    case 13: return ControlLayer(rawValue: small).map { .setLayer($0) }
    case 14: return .setShadow(a == 0 ? nil : ControlLayer(rawValue: small - 1))
    default: return nil
    }
  }
}
