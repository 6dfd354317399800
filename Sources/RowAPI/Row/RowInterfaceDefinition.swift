/// The interface `org.irhx.Row`, in Varlink's own language: the single source for clients in any language, for the
/// server's dispatch and for `docs/api.md`. Tests hold the Swift types of this module against it.
public enum RowInterfaceDefinition {
  public static let name = "org.irhx.Row"

  public static let text =
    [head, stateTypes, equipmentTypes, controlTypes, recordTypes, deviceTypes, methods].joined(separator: "\n\n") + "\n"

  private static let head = """
    # One row of liquid-cooled racks: its state, cycle by cycle, and the commands an operator may give it.
    #
    # Whoever may connect to the socket may read. Commands need root, or a user or group that the site file lists. They
    # are executed at the start of a control cycle and answered then. Names end with their unit: _c is °C, _kpa kPa,
    # _lpm litres per minute, _kw kW, _s seconds, _ms milliseconds, _us microseconds. Times are RFC 3339, UTC.
    interface org.irhx.Row
    """

  private static let methods = """
    # Names the daemon, the row and the site file.
    method GetInfo() -> (info: RowInfo)

    # The newest published state.
    method GetState() -> (state: RowState)

    # Every state as it is published, the newest one first; with "more" only. With interval_ms, at most one in that
    # time. A client that reads too slowly loses the oldest states.
    method WatchState(interval_ms: ?int) -> (state: RowState)

    # Alarms that are not normal, hidden ones too.
    method ListAlarms() -> (alarms: []Alarm)

    # Acknowledges the alarms of this id and subject; what is left out matches all. Returns how many there were.
    method AcknowledgeAlarm(id: ?string, subject: ?string) -> (acknowledged: int)

    # Hides an alarm from everybody for a time: at most 30 minutes if it is critical, 2 h high, 8 h medium, 24 h low.
    # What the row does by itself goes on. The reason is a line of 1 to 200 characters.
    method Shelve(id: string, subject: ?string, minutes: float, reason: string) -> ()

    # Shows a shelved alarm again.
    method Unshelve(id: string, subject: ?string) -> ()

    # Hides an alarm until it is put back; never a critical one.
    method SetOutOfService(id: string, subject: ?string, out: bool, reason: string) -> ()

    # Asks for a mode: off, standby, auto, manual or shutdown. Shutdown cools on until the racks' heat has gone, and
    # then goes off. The row comes to starting and tripped by itself.
    method SetMode(mode: Mode) -> ()

    # Changes a setpoint: supply_c, or dp_kpa.
    method SetSetpoint(name: string, value: float) -> ()

    # Takes an actuator, such as pump.1, by hand for lease_s seconds; then control takes it back. Safeguards still
    # outrank it. The reason, a line of 1 to 200 characters, is shown with the caller's name and kept in the history.
    method Override(actuator: string, value: float, lease_s: float, reason: string) -> ()

    # Gives an actuator back to control.
    method Release(actuator: string) -> ()

    # Releases latched causes that have gone: those of this id and subject, which opens an isolated rack or coil again;
    # with neither, all. A tripped row leaves that mode when nothing latched keeps its pumps stopped.
    method ResetTrip(id: ?string, subject: ?string) -> ()

    # Puts a cause out of service for lease_s seconds, 1 s to 8 h: neither its interlock nor its alarm acts. Only where
    # the cooling of the row does not rest on it. The reason is as for Override.
    method Bypass(id: string, subject: ?string, lease_s: float, reason: string) -> ()

    # Puts a bypassed cause back into service.
    method EndBypass(id: string, subject: ?string) -> ()

    # The running pump with the most hours hands over to the resting one with the fewest, while the flow is held.
    method ChangeOver() -> ()

    # Who gives the control loops their setpoints until the daemon's next start: mode pid, pid+optimiser or mpc; and who
    # says beside it what it would do: shadow none, pid+optimiser or mpc. What is left out stays.
    method SetControl(mode: ?string, shadow: ?string) -> ()

    # Why an actuator is where it is; also a rack's permit, such as rack.3.permit.
    method Explain(actuator: string) -> (explanation: Explanation)

    # What happened from since (included) to until (not), RFC 3339, the newest first, at most limit entries (1 to 500,
    # 100 if left out). With before, only entries older than that id: the last id of one answer asks for the next.
    method GetHistory(since: ?string, until: ?string, before: ?int, limit: ?int, cause: ?string, subject: ?string)
      -> (entries: []HistoryEntry)

    # The field devices, in the site file's order.
    method ListDevices() -> (devices: []DeviceInfo)

    # Asks a device, in the time that the control loop leaves, for every point of its profile, or for one. What was not
    # read within three seconds is said to be so.
    method Probe(device: string, point: ?string) -> (report: DeviceReport)

    # Writes a command that the device's profile declares and nothing in the row drives, and says what the device made
    # of it; value is in the command's unit, of a control word it is the word. Refused where a role drives the command
    # or one that shares its registers, where the device is not the one its profile describes, and beyond the profile's
    # limits on writes; never clamped. The reason is as for Override.
    method SetPoint(device: string, point: string, value: float, reason: string) -> (written: PointWrite)

    # The peer may read, not command; the reason says what it lacks.
    error NotPermitted (reason: string)

    # There is no such actuator, alarm, setpoint, device or point; nearest is the most similar name there is.
    error UnknownName (name: string, nearest: ?string)

    # The value is outside the allowed range, which is in unit.
    error OutOfRange (name: string, value: float, minimum: float, maximum: float, unit: string)

    # The row's present condition does not allow it.
    error Refused (reason: string)

    # No control cycle has been completed yet, or none took the command in time.
    error NotReady ()
    """
}
