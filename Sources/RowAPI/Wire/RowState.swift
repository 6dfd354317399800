/// Everything a client may know of one control cycle. Absent values were not measured or were not trustworthy; the
/// reason is with the signal.
public struct RowState: Codable, Sendable, Equatable {
  /// Name of the row, as the site file gives it.
  public var row: String
  /// Wall time of the cycle, RFC 3339, UTC.
  public var time: String
  /// Cycles since the daemon started.
  public var cycle: Int
  /// Mode of the row.
  public var mode: Mode
  /// Why the row is in this mode.
  public var modeReason: String
  /// How the row gives its heat away, as the site file names it.
  public var topology: String
  /// Supply temperature wanted by the operator, °C.
  public var setpointC: Double
  /// Supply temperature in use after the dew-point margin, °C.
  public var effectiveSetpointC: Double
  /// Coolant supplied to the racks, °C.
  public var supplyC: Double?
  /// Coolant returning from the racks, °C.
  public var returnC: Double?
  /// Total flow to the racks, L/min.
  public var flowLpm: Double?
  /// Supply header minus return header, kPa.
  public var dpKpa: Double?
  /// Heat carried by the coolant, kW.
  public var heatKw: Double?
  /// Electrical power of all pumps, kW.
  public var pumpPowerKw: Double?
  /// Electrical power of all fans, kW.
  public var fanPowerKw: Double?
  /// Dew point of the hall's air, °C.
  public var dewPointC: Double?
  /// Hottest chip any rack reports, °C.
  public var chipHottestC: Double?
  /// Whether the row could lose a pump and keep its flow.
  public var redundancy: Redundancy
  /// A pump is on its way into the group or out of it.
  public var handingOver: Bool
  /// The unit that supplies the row, where one controls itself; its pumps are then not listed.
  public var coolingUnit: CoolingUnitState?
  /// Racks in site-file order.
  public var racks: [RackState]
  /// Pumps in site-file order.
  public var pumps: [PumpState]
  /// Coil fans in site-file order; empty with a plate heat exchanger.
  public var fans: [FanState]
  /// Every measured role.
  public var signals: [SignalState]
  /// Every driven role.
  public var actuators: [ActuatorState]
  /// Every control loop with its working.
  public var loops: [ControlLoop]
  /// Alarms that are not normal.
  public var alarms: [Alarm]
  /// Causes that a person has put out of service for a time.
  public var bypasses: [BypassState]
  /// How many alarms there were.
  public var alarmLoad: AlarmLoad
  /// Field buses.
  public var buses: [BusState]
  /// The daemon's own timing.
  public var health: LoopHealth
  /// Who gives the loops their setpoints.
  public var control: ControlState
  /// How the recording of the history goes.
  public var history: HistoryState
  /// How the recording of every cycle goes; its entries are cycles since the start. Not recording and without
  /// trouble: it is switched off.
  public var recorder: HistoryState

  public init(
    row: String, time: String, cycle: Int, mode: Mode, modeReason: String, topology: String, setpointC: Double,
    effectiveSetpointC: Double, supplyC: Double? = nil, returnC: Double? = nil, flowLpm: Double? = nil,
    dpKpa: Double? = nil, heatKw: Double? = nil, pumpPowerKw: Double? = nil, fanPowerKw: Double? = nil,
    dewPointC: Double? = nil, chipHottestC: Double? = nil, redundancy: Redundancy, handingOver: Bool,
    coolingUnit: CoolingUnitState? = nil, racks: [RackState], pumps: [PumpState], fans: [FanState],
    signals: [SignalState], actuators: [ActuatorState], loops: [ControlLoop], alarms: [Alarm], bypasses: [BypassState],
    alarmLoad: AlarmLoad, buses: [BusState], health: LoopHealth, control: ControlState, history: HistoryState,
    recorder: HistoryState = HistoryState()
  ) {
    self.row = row
    self.time = time
    self.cycle = cycle
    self.mode = mode
    self.modeReason = modeReason
    self.topology = topology
    self.setpointC = setpointC
    self.effectiveSetpointC = effectiveSetpointC
    self.supplyC = supplyC
    self.returnC = returnC
    self.flowLpm = flowLpm
    self.dpKpa = dpKpa
    self.heatKw = heatKw
    self.pumpPowerKw = pumpPowerKw
    self.fanPowerKw = fanPowerKw
    self.dewPointC = dewPointC
    self.chipHottestC = chipHottestC
    self.redundancy = redundancy
    self.handingOver = handingOver
    self.coolingUnit = coolingUnit
    self.racks = racks
    self.pumps = pumps
    self.fans = fans
    self.signals = signals
    self.actuators = actuators
    self.loops = loops
    self.alarms = alarms
    self.bypasses = bypasses
    self.alarmLoad = alarmLoad
    self.buses = buses
    self.health = health
    self.control = control
    self.history = history
    self.recorder = recorder
  }

  private enum CodingKeys: String, CodingKey {
    case row, time, cycle, mode
    case modeReason = "mode_reason"
    case topology
    case setpointC = "setpoint_c"
    case effectiveSetpointC = "effective_setpoint_c"
    case supplyC = "supply_c"
    case returnC = "return_c"
    case flowLpm = "flow_lpm"
    case dpKpa = "dp_kpa"
    case heatKw = "heat_kw"
    case pumpPowerKw = "pump_power_kw"
    case fanPowerKw = "fan_power_kw"
    case dewPointC = "dew_point_c"
    case chipHottestC = "chip_hottest_c"
    case redundancy
    case handingOver = "handing_over"
    case coolingUnit = "cooling_unit"
    case racks, pumps, fans, signals, actuators, loops, alarms, bypasses
    case alarmLoad = "alarm_load"
    case buses, health, control, history, recorder
  }
}

/// Mode of the row.
public enum Mode: String, Codable, Sendable, CaseIterable {
  case off, standby, starting, auto, manual, shutdown, tripped
}

/// Whether the row could lose a pump and keep its flow.
public enum Redundancy: String, Codable, Sendable, CaseIterable {
  /// It could.
  case nPlusOne = "n_plus_one"
  /// It would lose some.
  case n
  /// It has too little already.
  case degraded
}
