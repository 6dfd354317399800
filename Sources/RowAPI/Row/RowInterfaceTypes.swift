/// The types of `org.irhx.Row`: the row as a whole, what it is made of, what has been recorded of it.
extension RowInterfaceDefinition {
  static let stateTypes = """
    # One field bus. Counts are since the daemon started.
    type BusState (
      # Name of the bus.
      name: string,
      # Address or serial device.
      endpoint: string,
      # The bus has a connection.
      connected: bool,
      # Requests sent.
      requests: int,
      # Requests without an answer in time.
      timeouts: int,
      # Requests a device refused.
      exceptions: int,
      # Transport faults and protocol violations.
      faults: int,
      # Duration of the last scan, ms.
      scan_ms: float,
      # Settings of its devices that are not as they should be.
      set_up: []SetUpFinding
    )

    # A device that would not do what its profile says when the daemon falls silent, or is not the one it describes.
    type SetUpFinding (
      # The device, as the site file names it.
      device: string,
      # The point of its profile.
      point: string,
      # Least value that is right, in the point's unit.
      expected_low: float,
      # Highest value that is right.
      expected_high: float,
      # What the device holds; absent where it has no such register.
      found: ?float
    )

    # Timing of the control loop.
    type LoopHealth (
      # Cycles since the daemon started.
      cycle: int,
      # Period, ms.
      period_ms: int,
      # Cycles that ended after the next deadline.
      overruns: int,
      # Median lateness of the wake-up, µs.
      wakeup_p50_us: float,
      # 99th percentile lateness of the wake-up, µs.
      wakeup_p99_us: float,
      # Last scan, ms.
      scan_ms: float,
      # Last decision, µs.
      step_us: float,
      # Last writing of the outputs, ms.
      write_ms: float,
      # Published states that slow watchers lost.
      dropped_states: int,
      # Clients connected to the socket.
      clients: int
    )

    # What serves this socket.
    type RowInfo (
      # Always irhx.
      product: string,
      # Version of the daemon.
      version: string,
      # Name of the row.
      row: string,
      # Path of the site file.
      site_file: string,
      # Digest of the site file's text.
      site_digest: string,
      # How the row gives its heat away.
      topology: string,
      # Period of the control loop, ms.
      period_ms: int,
      # When the daemon started, RFC 3339, UTC.
      started: string,
      # Name of the Varlink interface.
      interface: string
    )

    # Why an actuator is where it is.
    type Explanation (
      # The actuator.
      actuator: ActuatorState,
      # Reasons, the deciding one first.
      because: []string
    )

    # Mode of the row.
    type Mode (off, standby, starting, auto, manual, shutdown, tripped)

    # Everything a client may know of one control cycle. Absent values were not measured or were not trustworthy; the
    # reason is with the signal.
    type RowState (
      # Name of the row, as the site file gives it.
      row: string,
      # Wall time of the cycle, RFC 3339, UTC.
      time: string,
      # Cycles since the daemon started.
      cycle: int,
      # Mode of the row.
      mode: Mode,
      # Why the row is in this mode.
      mode_reason: string,
      # How the row gives its heat away, as the site file names it.
      topology: string,
      # Supply temperature wanted by the operator, °C.
      setpoint_c: float,
      # Supply temperature in use after the dew-point margin, °C.
      effective_setpoint_c: float,
      # Coolant supplied to the racks, °C.
      supply_c: ?float,
      # Coolant returning from the racks, °C.
      return_c: ?float,
      # Total flow to the racks, L/min.
      flow_lpm: ?float,
      # Supply header minus return header, kPa.
      dp_kpa: ?float,
      # Heat carried by the coolant, kW.
      heat_kw: ?float,
      # Electrical power of all pumps, kW.
      pump_power_kw: ?float,
      # Electrical power of all fans, kW.
      fan_power_kw: ?float,
      # Dew point of the hall's air, °C.
      dew_point_c: ?float,
      # Hottest chip any rack reports, °C.
      chip_hottest_c: ?float,
      # Whether the row could lose a pump and keep its flow.
      redundancy: Redundancy,
      # A pump is on its way into the group or out of it.
      handing_over: bool,
      # The unit that supplies the row, where one controls itself; its pumps are then not listed.
      cooling_unit: ?CoolingUnitState,
      # Racks in site-file order.
      racks: []RackState,
      # Pumps in site-file order.
      pumps: []PumpState,
      # Coil fans in site-file order; empty with a plate heat exchanger.
      fans: []FanState,
      # Every measured role.
      signals: []SignalState,
      # Every driven role.
      actuators: []ActuatorState,
      # Every control loop with its working.
      loops: []ControlLoop,
      # Alarms that are not normal.
      alarms: []Alarm,
      # Causes that a person has put out of service for a time.
      bypasses: []BypassState,
      # How many alarms there were.
      alarm_load: AlarmLoad,
      # Field buses.
      buses: []BusState,
      # The daemon's own timing.
      health: LoopHealth,
      # Who gives the loops their setpoints.
      control: ControlState,
      # How the recording of the history goes.
      history: HistoryState,
      # How the recording of every cycle goes; its entries are cycles since the start. Not recording and without
      # trouble: it is switched off.
      recorder: HistoryState
    )

    # Whether the row could lose a pump and keep its flow: n_plus_one, it could; n, it would lose some; degraded, it
    # has too little already.
    type Redundancy (n_plus_one, n, degraded)
    """

  static let equipmentTypes = """
    # One rack and its balancing valve.
    type RackState (
      # Name of the rack.
      name: string,
      # Electrical power, kW.
      power_kw: ?float,
      # Coolant flow, L/min.
      flow_lpm: ?float,
      # Flow wanted, L/min.
      flow_setpoint_lpm: float,
      # Valve as it stands, percent open.
      valve_percent: ?float,
      # Valve position demanded, percent open.
      valve_demand_percent: float,
      # Hottest chip the rack reports, °C.
      chip_c: ?float,
      # Out of the row because it leaks: its valve is shut until the leak is reset.
      isolated: bool,
      # It may draw power; absent where its power shelf obeys no permit of ours.
      permit: ?bool
    )

    # One pump and its drive.
    type PumpState (
      # Name of the pump.
      name: string,
      # The drive turns the motor.
      running: ?bool,
      # Speed as the drive measures it, percent.
      speed_percent: ?float,
      # Speed demanded, percent.
      demand_percent: float,
      # The drive has tripped.
      fault: ?bool,
      # The drive obeys the bus (it is not in Hand).
      remote: ?bool,
      # The pump leads the group.
      lead: bool,
      # How long it has run, h.
      run_hours: float
    )

    # One coil fan.
    type FanState (
      # Name of the fan.
      name: string,
      # Speed as the fan measures it, percent.
      speed_percent: ?float,
      # Speed demanded, percent.
      demand_percent: float,
      # The fan reports a fault.
      fault: ?bool,
      # Its coil is out of the row because it leaks.
      isolated: bool
    )

    # What an instrument with a doubtful value wants (NAMUR NE 107).
    type DeviceStatus (failure, function_check, out_of_specification, maintenance_required)

    # How far a measured value may be trusted.
    type Quality (good, uncertain, bad)

    # Who decides an actuator's demand.
    type ActuatorOwner (control, override, safeguard, start_up, shutdown, take_over)

    # One measured role.
    type SignalState (
      # Role, such as supply.temperature.1.
      role: string,
      # P&ID tag, such as TT-101.
      tag: ?string,
      # Value in unit; absent where nothing usable is known.
      value: ?float,
      # Unit of the value, such as °C.
      unit: string,
      # How far the value may be trusted.
      quality: Quality,
      # Why the quality is not good.
      reason: ?string,
      # What that asks of whoever keeps the instrument.
      status: ?DeviceStatus,
      # Time since the value was read, ms.
      age_ms: ?int
    )

    # One driven role: what is demanded, by whom and why.
    type ActuatorState (
      # Name of the actuator: pump.1, rack.3.valve, fan.2, facility.valve.
      role: string,
      # P&ID tag.
      tag: ?string,
      # Value last sent, in unit.
      demand: float,
      # Value the device reports, in unit.
      feedback: ?float,
      # Unit of both.
      unit: string,
      # Who decides the demand.
      owner: ActuatorOwner,
      # Why the demand is what it is.
      reason: string,
      # Time until an override expires, s.
      lease_remaining_s: ?float,
      # Who holds the override.
      override_owner: ?string,
      # Why, in the owner's words.
      override_reason: ?string
    )

    # One control loop with its working; terms are in percent of the output's span.
    type ControlLoop (
      # Name of the loop.
      name: string,
      # Unit of setpoint and measurement.
      unit: string,
      # Setpoint in use.
      setpoint: float,
      # Filtered measurement.
      measurement: ?float,
      # Output, percent.
      output: float,
      # Proportional term.
      p: float,
      # Integral term.
      i: float,
      # Derivative term.
      d: float,
      # Feed-forward term.
      feed_forward: float,
      # Limit that acted on the output.
      limit: ?string,
      # State of the loop: auto, or tracking while control does not decide.
      state: string
    )
    """

  static let recordTypes = """
    # How soon a person must act.
    type AlarmPriority (low, medium, high, critical)

    # Where an alarm stands (ISA-18.2). Shelved: silenced by an operator for a time. Suppressed: silenced by design
    # while the row's state makes it meaningless.
    type AlarmState (
      normal, unacknowledged, acknowledged, returned_unacknowledged, latched_unacknowledged, latched, shelved,
      suppressed, out_of_service
    )

    # One alarm.
    type Alarm (
      # Kind of alarm, such as PUMP_FAULT.
      id: string,
      # What it is about, such as pump.2, where the kind alone does not say.
      subject: ?string,
      # Its name in the site file, such as P2; of a leak detector, that of what it watches.
      equipment: ?string,
      # How soon a person must act.
      priority: AlarmPriority,
      # Where the alarm stands.
      state: AlarmState,
      # What is wrong.
      text: string,
      # What the operator is to do.
      response: string,
      # When the alarm was raised, RFC 3339, UTC.
      since: string,
      # Value that raised it, in unit.
      value: ?float,
      # Limit it crossed, in unit.
      limit: ?float,
      # Unit of value and limit.
      unit: ?string,
      # First cause of the present trip.
      first_out: bool,
      # Time until a shelved alarm is shown again, s.
      shelf_remaining_s: ?float
    )

    # A cause out of service: neither its interlock nor its alarm acts.
    type BypassState (
      # Kind of alarm, such as PUMP_SILENT.
      id: string,
      # What it is about, such as pump.2.
      subject: ?string,
      # Time until it acts again, s.
      remaining_s: float,
      # Who did it.
      owner: ?string,
      # Why, in the owner's words.
      reason: ?string
    )

    # How many alarms an operator is given (ISA-18.2, EEMUA 191), since the daemon started.
    type AlarmLoad (
      # Alarms raised in the last ten minutes; more than ten are a flood.
      last_10_min: int,
      # Alarms raised in the last 24 hours.
      last_24_h: int,
      # Most alarms raised in any ten minutes of the last 24 hours.
      peak_10_min: int,
      # Alarms that came three times within a minute, until ten minutes pass without.
      chattering: []string
    )

    # What happened.
    type HistoryKind (
      daemon_started, daemon_stopped, mode_changed, alarm_raised, alarm_cleared, alarm_chattering, alarm_unshelved,
      layer_changed, pump_started, pump_stopped, override_taken, override_released, override_expired, command,
      command_refused
    )

    # One thing that happened in the row, now or before the daemon's last start.
    type HistoryEntry (
      # Rises by one from entry to entry.
      id: int,
      # Wall time, RFC 3339, UTC.
      time: string,
      # Control cycles since the daemon started.
      cycle: int,
      # What happened.
      kind: HistoryKind,
      # Kind of alarm, such as PUMP_FAULT.
      cause: ?string,
      # What it is about, such as pump.2.
      subject: ?string,
      # The evidence, or the value commanded, in unit.
      value: ?float,
      # Limit it crossed, in unit.
      limit: ?float,
      # Unit of value and limit.
      unit: ?string,
      # Of an alarm.
      priority: ?AlarmPriority,
      # The person.
      who: ?string,
      # The person's words, or the row's own.
      reason: ?string
    )

    # How a recording goes.
    type HistoryState (
      # Entries are being kept.
      recording: bool,
      # Entries kept.
      entries: int,
      # Size of the store, bytes.
      bytes: int,
      # Entries lost since the daemon started.
      lost: int,
      # Why nothing is being kept.
      trouble: ?string
    )
    """
}
