import RowAPI

/// A realistic state: eight racks, three pumps, six fans, one rack short of flow, one pump tripped.
enum Sample {
  static func state(cycle: Int = 4711) -> RowState {
    RowState(
      row: "row1", time: "2026-03-01T12:34:56Z", cycle: cycle, mode: .auto, modeReason: "all permissives are met",
      topology: "in_row_coils", setpointC: 24, effectiveSetpointC: 25, supplyC: 25.12, returnC: 35.4,
      flowLpm: 806.4, dpKpa: 84.96, heatKw: 548.3, pumpPowerKw: 4.21, fanPowerKw: 7.9, dewPointC: 13.05,
      chipHottestC: 71.3, redundancy: .n, handingOver: true, coolingUnit: unit, racks: racks, pumps: pumps, fans: fans,
      signals: signals, actuators: [actuator], loops: [loop], alarms: alarms, bypasses: [bypass], alarmLoad: load,
      buses: [bus], health: health, control: control, history: history
    )
  }

  static let info = RowInfo(
    product: "irhx", version: "0.1.0", row: "row1", siteFile: "/etc/irhx/row1.yaml", siteDigest: "sha256:9f2c",
    topology: "in_row_coils", periodMs: 1000, started: "2026-03-01T11:16:25Z", interface: "org.irhx.Row")

  static let actuator = ActuatorState(
    role: "pump.1", tag: "SC-101", demand: 62.4, feedback: 62.1, unit: "%", owner: .override,
    reason: "overridden by an operator", leaseRemainingS: 583, overrideOwner: "ada", overrideReason: "bearing check")

  static let explanation = Explanation(
    actuator: actuator, because: ["the operator holds it", "control would demand 58.0 %"])

  static let entry = HistoryEntry(
    id: 12, time: "2026-03-01T12:30:01.250Z", cycle: 4442, kind: .alarmRaised, cause: "SUPPLY_HIGH", subject: "row",
    value: 46.5, limit: 45, unit: "°C", priority: .high, who: "ada", reason: "coils fouled")

  static let report: DeviceReport = {
    var report = points
    (report.vendor, report.product, report.revision) = ("Danfoss A/S", "FC-202", "V4.20")
    return report
  }()

  private static let points = DeviceReport(
    device: DeviceInfo(
      name: "P1-drive", tag: "P-101", profile: "danfoss/vlt-fc", kind: "variable frequency drive", bus: "cabinet",
      unit: 1, serves: "pump.1"),
    points: [
      PointReading(
        name: "speed", value: 62.5, unit: "%", outcome: .good, raw: "0x2800", ageMs: 12, role: "pump.1.speed",
        doc: "50210 MAV"),
      PointReading(name: "model", text: "FC-202", unit: "", outcome: .good, raw: "0x4643", ageMs: 15),
      PointReading(name: "hours", unit: "h", outcome: .exception),
    ],
    commands: [
      PointCommand(
        name: "speed_demand", unit: "%", role: "pump.1.speed_demand", refusal: "pump.1.speed_demand drives it"),
      PointCommand(name: "ramp", unit: "%"),
    ])

  static let written = PointWrite(raw: "0x00C8", told: 20, accepted: 20, agrees: true, unit: "%")

  private static let bypass = BypassState(
    id: "PUMP_SILENT", subject: "pump.2", remainingS: 1700, owner: "ada", reason: "drive is being replaced")

  private static let load = AlarmLoad(last10Min: 2, last24H: 9, peak10Min: 4, chattering: ["RACK_FLOW_LOW rack.7"])

  static let control = ControlState(
    mode: "pid", layer: "pid", reason: "as the site file or a person asks", shadow: "pid+optimiser",
    optimum: OptimumState(
      supplyC: 26.5, flowPerKwLpm: 0.94, dpKpa: 52.3, flowLpm: 611, pumpPowerKw: 1.9, fanPowerKw: 4.4,
      constantsPowerKw: 11.9, supplyWPerK: 140, chipWPerK: 210, feasible: true),
    prediction: PredictionState(
      stepS: 4, supplyC: [39.5, 39.75], chipC: [64.5, 65], actuatorPercent: [48, 51], dpKpa: [44, 46],
      restingPowerKw: 6.25, chipWPerK: 140, supplyWPerK: 0),
    because: ["rack rack-03's chip limit holds the flow; one kelvin of that limit is worth 210 W now"],
    savedKwh: 31.4, chipMeanC: 64.8,
    model: ModelState(
      health: "good", coilInnovationK: -0.12, coilFactor: 0.93, loopFactor: 1.14, filterShare: 0.25,
      pumpPowerFactor: 1.04, fanPowerFactor: 0.98, heatFactor: 0.95,
      racks: [RackModelState(chipBiasK: 1.2, marginK: 2.1, doubted: false)]))

  private static let history = HistoryState(
    recording: false, entries: 812, bytes: 106_496, lost: 3, trouble: "disk I/O error")

  private static let racks: [RackState] = (1...8).map { number in
    let isShut = number == 7
    return RackState(
      name: "rack-0\(number)", powerKw: isShut ? nil : 60 + Double(number) * 2.5,
      flowLpm: isShut ? 0 : 90 + Double(number), flowSetpointLpm: 92.5 + Double(number),
      valvePercent: isShut ? 0 : 55.25, valveDemandPercent: isShut ? 0 : 56,
      chipC: isShut ? nil : 60.3 + Double(number), isolated: isShut, permit: !isShut)
  }

  /// No row has both pumps and a unit; a sample has every field.
  private static let unit = CoolingUnitState(
    name: "CDU-1", running: true, fault: false, remote: true, stoppable: false, flowTargetLpm: 62, flowLpm: 61.4,
    temperatureTargetC: 36, heldTemperatureTargetC: 36, temperatureC: 36.1)

  private static let pumps = [
    PumpState(
      name: "pump-1", running: true, speedPercent: 62.1, demandPercent: 62.4, fault: false, remote: true, lead: true,
      runHours: 812),
    PumpState(
      name: "pump-2", running: true, speedPercent: 62, demandPercent: 62.4, fault: false, remote: true, lead: false,
      runHours: 790.5),
    PumpState(name: "pump-3", running: false, demandPercent: 0, fault: true, remote: false, lead: false, runHours: 801),
  ]

  private static let fans = (1...6).map { number in
    FanState(name: "fan-\(number)", speedPercent: number == 4 ? nil : 48.4, demandPercent: 48, fault: number == 4)
  }

  private static let signals = [
    SignalState(role: "supply.temperature.1", tag: "TT-101", value: 25.12, unit: "°C", quality: .good, ageMs: 140),
    SignalState(
      role: "rack.7.power", unit: "kW", quality: .bad, reason: "no answer for 5 s", status: .failure, ageMs: 5040),
  ]

  private static let loop = ControlLoop(
    name: "supply temperature", unit: "°C", setpoint: 25, measurement: 25.12, output: 48, p: 1.2, i: 44.1, d: -0.3,
    feedForward: 3, limit: "minimum speed", state: "auto")

  private static let alarms = [
    Alarm(
      id: "RACK_FLOW_LOW", subject: "rack.7", priority: .medium, state: .acknowledged, text: "rack 7 has no flow",
      response: "Open the rack's valve when the leak is mended.", since: "2026-03-01T11:02:10Z", value: 0,
      limit: 40, unit: "L/min", firstOut: false),
    Alarm(
      id: "PUMP_FAULT", subject: "pump.3", equipment: "P3", priority: .high, state: .unacknowledged,
      text: "the drive of pump 3 has tripped and does not say it is ready",
      response: "Read the fault on the drive's panel, mend its cause, reset the drive, and return it to Remote.",
      since: "2026-03-01T12:30:01Z", firstOut: true),
    Alarm(
      id: "FILTER_CLOGGED", priority: .low, state: .shelved, text: "the filter is clogged",
      response: "Change the filter.", since: "2026-03-01T10:00:00Z", firstOut: false, shelfRemainingS: 1500),
  ]

  private static let bus = BusState(
    name: "cabinet", endpoint: "127.0.0.1:1502", connected: true, requests: 90210, timeouts: 3, exceptions: 0,
    faults: 1, scanMs: 41.5,
    setUp: [SetUpFinding(device: "P2-drive", point: "loss_timeout", expectedLow: 1, expectedHigh: 5, found: 30)])

  private static let health = LoopHealth(
    cycle: 4711, periodMs: 1000, overruns: 0, wakeupP50Us: 61, wakeupP99Us: 180, scanMs: 41.5, stepUs: 18.2,
    writeMs: 12.4, droppedStates: 0, clients: 2)
}
