/// What can go wrong in the simulated row, each named as an operator would write it. A fault is text at every edge
/// (command line, trial report) and a value inside; `FaultText.swift` holds the one table that joins the two.
public enum Fault: Sendable, Hashable {
  /// The drive trips once; a reset clears it. The only fault that does not last.
  case pumpTrip(Int)
  /// The drive trips and stays tripped, whatever is reset.
  case pumpBroken(Int)
  /// The drive is in Hand: it keeps its speed and ignores the bus.
  case pumpLocal(Int)
  /// Share of its head curve the pump still makes, 0 … 1.
  case pumpWorn(Int, Double)
  /// The drive's ramps are ten times as long.
  case pumpSlow(Int)
  /// The cooling unit loses one of its own pumps.
  case unitPumpLost
  /// Share of every pump's head that air in the loop takes, 0 … 1; flow meters become noisy.
  case air(Double)
  /// A valve of a rack or of a coil stands still, goes shut by itself and stays, or travels at a tenth of its speed.
  case rackValve(Int, ValveFault)
  case coilValve(Int, ValveFault)
  /// Share of its clean conductance the rack still has, 0 … 1.
  case rackBlocked(Int, Double)
  /// Coolant lost at the rack, at the coil, or at the pump cabinet, L/min at 200 kPa with the valve open.
  case rackLeak(Int, Double)
  case coilLeak(Int, Double)
  case rowLeak(Double)
  case fanFailed(Int)
  /// Share of its clean conductance the coil (or the plate exchanger, number 1) still has, 0 … 1.
  case coilFouled(Int, Double)
  /// Filter resistance as a multiple of the clean filter's.
  case filterClogged(Double)
  /// The hall's air goes there by 2 K a minute, as after the loss of an air handler.
  case hallTemperature(Double)
  case hallHumidity(Double)
  case facilityTemperature(Double)
  /// No facility water.
  case facilityLost
  case facilityValveStuck
  case emergencyStop
  /// The building takes its permissive away.
  case permissiveLost
  /// The detector's cable is wet, or cut.
  case leakWet(Int)
  case leakCableBroken(Int)
  /// A transmitter, by its role.
  case sensor(String, SensorFault)
  /// A device's communication, by its name in the site file.
  case device(String, LinkFault)
  /// The device restarts once, as it left the factory. Like a trip it does not last.
  case deviceReset(String)
  /// Share of its writes that the device acknowledges without obeying.
  case deviceLosesWrites(String, Double)
  /// The words of its 32-bit values come in the other order.
  case deviceSwappedWords(String)
  /// Nothing on the bus answers.
  case busDead(String)
  /// Share of the bus's requests that go unanswered and unheard.
  case busFlaky(String, Double)
}

public enum ValveFault: String, Sendable, CaseIterable { case stuck, closed, slow }

/// Values are in the unit of the role; `drift` is per minute.
public enum SensorFault: Sendable, Hashable {
  case stuck
  case drift(Double)
  case offset(Double)
  case noise(times: Double)
  case spike(Double)
  case high, low
  /// Broken wire; only on a channel of an input module.
  case open
  /// Set to °F, psi, US gallons, W, or a share instead of percent.
  case swappedUnits
  /// Not a number; only where the value crosses the bus as a float.
  case notANumber
}

public enum LinkFault: String, Sendable, CaseIterable {
  /// Never answers, hears nothing.
  case dead
  /// Obeys, but every answer comes after the bus's timeout.
  case slow
  /// Answers everything with exception 4, obeys nothing.
  case exception
  /// Obeys, but its answers are no Modbus, are damaged on the way, end too early, or bear another unit's number.
  case garbage
  case badCrc = "bad-crc"
  case short
  case wrongUnit = "wrong-unit"
  /// The middle register of its first read from now on is illegal: exception 2 to every read that touches it.
  case illegal
  /// Acknowledges every write and obeys none.
  case lying
}

extension Fault {
  /// The usual fault of a rack valve.
  public static func rackValveStuck(_ number: Int) -> Fault { .rackValve(number, .stuck) }
}

/// Why a fault was refused, in one line.
public struct FaultError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String
  init(_ description: String) { self.description = description }
}
