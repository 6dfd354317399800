/// The types of `org.irhx.Row` that tell of single field devices, a cooling unit first.
extension RowInterfaceDefinition {
  static let deviceTypes = """
    # A cooling unit that controls itself, and what it is told.
    type CoolingUnitState (
      # Name of the unit.
      name: string,
      # It says that it cools.
      running: ?bool,
      # It reports a fault.
      fault: ?bool,
      # It follows its targets (it is not in local).
      remote: ?bool,
      # It can be stopped by command; else only by hand.
      stoppable: bool,
      # Flow target, L/min.
      flow_target_lpm: float,
      # Flow as it measures it, L/min.
      flow_lpm: ?float,
      # Supply temperature target, °C.
      temperature_target_c: float,
      # Supply temperature target as it holds it, °C.
      held_temperature_target_c: ?float,
      # Coolant that it supplies, °C.
      temperature_c: ?float
    )

    # One field device, as the site file has it.
    type DeviceInfo (
      # Name of the device.
      name: string,
      # P&ID tag.
      tag: ?string,
      # Profile that says how it speaks.
      profile: string,
      # What it is, in a few words.
      kind: string,
      # Bus it is on.
      bus: string,
      # Modbus unit.
      unit: int,
      # What it serves as a whole, such as pump.1; absent for a module of channels.
      serves: ?string
    )

    # What a device says of itself, asked just now.
    type DeviceReport (
      # The device.
      device: DeviceInfo,
      # Who made it, by Modbus function 43/14; absent where it does not say, or one point was asked for.
      vendor: ?string,
      # Its product code.
      product: ?string,
      # Its revision.
      revision: ?string,
      # Points of its profile.
      points: []PointReading,
      # Commands of its profile; empty where one point was asked for.
      commands: []PointCommand
    )

    # How the last attempt to read a point ended: never, it was not asked in time; timeout and transport, the device or
    # the connection is silent; violation, the reply was not one; exception, the device refused; invalid, it says that
    # there is no value.
    type PointOutcome (good, never, timeout, transport, violation, exception, invalid)

    # One point of a device.
    type PointReading (
      # Name in the profile.
      name: string,
      # Value in unit.
      value: ?float,
      # Of a text.
      text: ?string,
      # Unit of the value; empty where it has none.
      unit: string,
      # How the reading ended.
      outcome: PointOutcome,
      # The raw bits, hexadecimal, most significant first; of a text its first register.
      raw: ?string,
      # Time since it was read, ms.
      age_ms: ?int,
      # Role it feeds.
      role: ?string,
      # Number and name that the vendor prints.
      doc: ?string
    )

    # One command of a device.
    type PointCommand (
      # Name in the profile.
      name: string,
      # Unit of the value.
      unit: string,
      # Role that drives it.
      role: ?string,
      # Why SetPoint refuses it; absent where a person may write it.
      refusal: ?string
    )

    # A command that the device has confirmed.
    type PointWrite (
      # The raw bits it was sent, hexadecimal.
      raw: string,
      # The value those stand for, after rounding; absent for a control word.
      told: ?float,
      # What the device says it works to; absent where its profile has no read-back or that was not answered.
      accepted: ?float,
      # Both agree within the profile's tolerance; absent without a read-back.
      agrees: ?bool,
      # Unit of the values.
      unit: string
    )
    """
}
