import RowAPI

@testable import irhxctl

/// States as the daemon publishes them, of any size.
enum SampleRow {
  static func state(
    racks: Int = 8, pumps: Int = 3, fans: Int = 12, alarms: [Alarm] = [], cycle: Int = 4711,
    time: String = "2026-03-01T12:34:56.000Z", supplyC: Double = 40.1, rackName: (Int) -> String = { "R\(two($0))" }
  ) -> RowState {
    let roles =
      (1...max(pumps, 1)).prefix(pumps).map { "pump.\($0)" } + (1...racks).map { "rack.\($0).valve" }
      + (1...max(fans, 1)).prefix(fans).map { "fan.\($0)" }
    return RowState(
      row: "row1", time: time, cycle: cycle, mode: .auto, modeReason: "took over the running plant",
      topology: "liquid-to-air", setpointC: 40, effectiveSetpointC: 40, supplyC: supplyC, returnC: 50.9,
      flowLpm: 806.4, dpKpa: 96.3, heatKw: 548.3, pumpPowerKw: 4.2, fanPowerKw: 7.9, dewPointC: 12.2,
      chipHottestC: 61.2, redundancy: .nPlusOne, handingOver: false,
      racks: (1...racks).map { rack(rackName($0), $0) },
      pumps: (0..<pumps).map { i in
        PumpState(
          name: "P\(i + 1)", running: i < 2, speedPercent: i < 2 ? 62 : nil, demandPercent: i < 2 ? 62.4 : 0,
          fault: false, remote: true, lead: i == 0, runHours: 800)
      },
      fans: (0..<fans).map { FanState(name: "C\(two($0 + 1))", speedPercent: 48, demandPercent: 48.2, fault: false) },
      signals: [], actuators: roles.map { actuator($0) }, loops: [], alarms: alarms, bypasses: [],
      alarmLoad: AlarmLoad(last10Min: alarms.count), buses: [bus("pumps"), bus("coils")], health: health(cycle),
      control: control, history: HistoryState(recording: true))
  }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  static func actuator(_ role: String, unit: String = "%") -> ActuatorState {
    ActuatorState(role: role, demand: 62.4, feedback: 62, unit: unit, owner: .control, reason: "holds rack flow")
  }

  static func alarm(
    _ id: String = "PUMP_FAULT", _ subject: String? = "pump.2", _ priority: AlarmPriority = .high,
    _ state: AlarmState = .unacknowledged, since: String = "2026-03-01T12:30:01.000Z"
  ) -> Alarm {
    Alarm(
      id: id, subject: subject, priority: priority, state: state, text: "The drive reports a trip",
      response: "Read the drive's fault code, repair, reset", since: since, value: 3, limit: 2, unit: "A",
      firstOut: false, shelfRemainingS: state == .shelved ? 1500 : nil)
  }

  static func bus(_ name: String, connected: Bool = true) -> BusState {
    BusState(
      name: name, endpoint: "10.20.0.5:502", connected: connected, requests: 9021, timeouts: 3, exceptions: 0,
      faults: 1, scanMs: 41.5)
  }

  /// A unit that controls itself supplies two racks.
  static func supervised() -> RowState {
    var state = state(racks: 2, pumps: 0, fans: 0)
    (state.topology, state.dpKpa, state.fanPowerKw) = ("supervised-cdu", nil, nil)
    state.actuators += [actuator("cdu.flow", unit: "L/min"), actuator("cdu.temperature", unit: "°C")]
    state.coolingUnit = CoolingUnitState(
      name: "CDU-1", running: true, fault: false, remote: true, flowTargetLpm: 26, flowLpm: 25.6,
      temperatureTargetC: 36, heldTemperatureTargetC: 36, temperatureC: 35.9)
    return state
  }

  static func facilityWater() -> RowState {
    var state = state(racks: 8, fans: 0)
    state.topology = "facility-water"
    state.actuators.append(actuator("facility.valve"))
    state.signals = [
      SignalState(role: "facility.temperature", value: 24, unit: "°C", quality: .good),
      SignalState(role: "facility.flow", value: 736.3, unit: "L/min", quality: .good),
    ]
    return state
  }

  private static func rack(_ name: String, _ number: Int) -> RackState {
    RackState(
      name: name, powerKw: 60 + Double(number), flowLpm: 100 + Double(number), flowSetpointLpm: 105.5,
      valvePercent: 60 + Double(number), valveDemandPercent: 61, chipC: 50 + Double(number), permit: true)
  }

  private static func health(_ cycle: Int) -> LoopHealth {
    LoopHealth(
      cycle: cycle, periodMs: 1000, overruns: 0, wakeupP50Us: 61, wakeupP99Us: 180, scanMs: 41.5, stepUs: 18.2,
      writeMs: 12.4, droppedStates: 0, clients: 2)
  }

  private static let control = ControlState(
    mode: "pid", layer: "pid", reason: "as the site file asks", shadow: "none", savedKwh: 0,
    model: ModelState(
      health: "good", coilInnovationK: 0, coilFactor: 1, loopFactor: 1, pumpPowerFactor: 1, fanPowerFactor: 1,
      heatFactor: 1, racks: []))
}

/// A model that is pressed keys and shown states, and what stands on its screen.
struct Desk {
  var model: TopModel
  var nowS = 0.0

  init(_ state: RowState = SampleRow.state()) {
    model = TopModel(state, nowS: 0)
  }

  @discardableResult
  mutating func press(_ keys: Key...) -> [TopModel.Effect] { keys.flatMap { model.handle(.key($0), nowS: nowS) } }

  @discardableResult
  mutating func type(_ text: String) -> [TopModel.Effect] {
    text.flatMap { model.handle(.key(.character($0)), nowS: nowS) }
  }

  func screen(_ width: Int = 80, _ height: Int = 24) -> [String] {
    TopScreen(model, nowS: nowS).canvas(width: width, height: height).lines
  }

  /// The line in which this stands, nil where none does.
  func line(_ part: String, _ width: Int = 80, _ height: Int = 24) -> String? {
    screen(width, height).first { $0.contains(part) }
  }

  var lastLine: String { screen().last ?? "" }
}
