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
  case rackValveStuck(Int)
  /// Share of its clean conductance the rack still has, 0 … 1.
  case rackBlocked(Int, Double)
  /// Coolant lost at the rack, L/min.
  case rackLeak(Int, Double)
  /// Coolant lost at pump cabinet or coils, L/min.
  case rowLeak(Double)
  case fanFailed(Int)
  /// Share of its clean conductance the coil (or the plate exchanger, number 1) still has, 0 … 1.
  case coilFouled(Int, Double)
  /// Filter resistance as a multiple of the clean filter's.
  case filterClogged(Double)
  case hallTemperature(Double)
  case hallHumidity(Double)
  case facilityTemperature(Double)
  /// No facility water.
  case facilityLost
  case facilityValveStuck
  /// The detector's cable is wet, or cut.
  case leakWet(Int)
  case leakCableBroken(Int)
  /// A transmitter, by its role.
  case sensor(String, SensorFault)
  /// A device's communication, by its name in the site file.
  case device(String, LinkFault)
  /// Nothing on the bus answers.
  case busDead(String)
}

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
}

public enum LinkFault: String, Sendable, CaseIterable {
  /// Never answers, hears nothing.
  case dead
  /// Obeys, but every answer comes after the bus's timeout.
  case slow
  /// Answers everything with exception 4, obeys nothing.
  case exception
  /// Obeys, but its answers are no Modbus.
  case garbage
}

/// Why a fault was refused, in one line.
public struct FaultError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String
  init(_ description: String) { self.description = description }
}
