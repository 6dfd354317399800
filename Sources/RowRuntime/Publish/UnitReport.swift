import CoolingCore
import RowAPI

/// The cooling unit of a supervised row on the wire, and the words of alarms that are about it.
extension StateReport {
  /// nil: the row drives its pumps itself.
  var unit: CoolingUnitState? {
    guard let targets = roles.unit else { return nil }
    let measured = core.measurements.pumps[0]
    let demand = core.actuation.demand
    return CoolingUnitState(
      name: targets.name, running: measured.running.value?.isSet, fault: measured.fault.value?.isSet,
      remote: measured.remote.value?.isSet, stoppable: isUnitStoppable,
      flowTargetLpm: targets.flow.target(of: demand.pumps[0].run ? demand.pumps[0].speed : 0),
      flowLpm: measured.speed.value.map { targets.flow.value(of: $0.percent) },
      temperatureTargetC: targets.temperature.target(of: demand.facilityValve),
      heldTemperatureTargetC: core.measurements.facilityValvePosition.value.map {
        targets.temperature.value(of: $0.percent)
      },
      temperatureC: core.measurements.supplyTemperature.value?.celsius)
  }

  var unitWords: UnitWords? { roles.unit == nil ? nil : UnitWords(isStoppable: isUnitStoppable) }

  /// Its profile has a stop command.
  private var isUnitStoppable: Bool { writeStates[OutputSlot.pumpRun(0)].demand != nil }
}

/// To the interlocks the unit is a pump and a facility valve; to a person it is the unit.
struct UnitWords {
  let isStoppable: Bool

  func text(of definition: CauseDefinition, _ cause: Cause) -> (text: String, response: String) {
    var (text, response) = words(cause) ?? (definition.text.description, definition.response.description)
    let stops = definition.effect == .stopPumps || definition.effect == .isolateRow
    if stops, !isStoppable { response = "Stop the cooling unit by hand: it takes no stop command. " + response }
    return (text, response)
  }

  private func words(_ cause: Cause) -> (String, String)? {
    switch cause {
    case .pumpFault:
      ("The cooling unit reports a fault", "See its own panel; it is told the highest flow until the fault is gone")
    case .pumpNotRunning:
      ("The cooling unit says that it does not cool", "See its own panel; start it, then reset")
    case .pumpSilent:
      (
        "The cooling unit does not answer", "Check its power and bus; it goes on by itself with the targets it was told"
      )
    case .pumpNotRemote:
      ("The cooling unit does not follow its targets: it is in local", "Put it back to automatic, or watch it")
    case .pumpSpeedDeviation:
      (
        "The cooling unit's flow is off its target by more than 5 % of the highest",
        "See its own panel for a lost pump; check valves and filter"
      )
    case .pumpOutputRefused:
      ("The cooling unit does not take its flow target", "Check its mode and profile; it holds its last target")
    case .facilityValveDeviation:
      (
        "The cooling unit holds another temperature target than it was told",
        "See who else sets it: panel or another master"
      )
    case .facilityOutputRefused:
      ("The cooling unit does not take its temperature target", "Check its mode and profile; it holds its last target")
    case .coilFouling:
      (
        "The cooling unit gives less than three quarters of the cooling that its temperature target asks for",
        "Check its fans and coil, and the air that enters it"
      )
    case .hydraulicsLost:
      (
        "The flow that the cooling unit is judged by is not usable",
        "Repair the meter; the unit is told the highest flow"
      )
    case .supplyTemperatureLost:
      (
        "No supply temperature sensor is usable",
        "Repair the sensors; the unit is told the lowest setpoint of the supply"
      )
    default: nil
    }
  }
}
