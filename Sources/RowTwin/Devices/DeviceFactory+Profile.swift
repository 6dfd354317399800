/// Devices made from their profiles. `serves` chooses what moves; every point with a signal, and every channel, is
/// connected to what its role measures.
internal import RowConfig

extension DeviceFactory {
  mutating func emulated(_ device: Site.Device, _ profile: DeviceProfile) throws(TwinError) -> ProfileDevice {
    var wiring = ProfileWiring()
    for point in profile.points {
      guard let serves = device.serves, let signal = point.signal else { continue }
      let role = "\(serves).\(signal)"
      wiring.points[point.name] = source(role)
      if case .sensor(let sensor) = wiring.points[point.name] {
        if signal == "power" { wiring.power = sensor }
        if point.format == .float32 || point.format == .float64 { fixtures.floatRoles.insert(role) }
      }
    }
    for channel in device.channels { try connect(channel, of: device, profile, &wiring) }
    if let mover = try mover(device, profile, &wiring) { return mover }
    let module = ProfileDevice(profile, wiring, sensors: sensors)
    if !wiring.permits.isEmpty { fixtures.outputs.append(module) }
    return module
  }

  /// The drive, fan or valve that it is; nil where its profile cannot command one.
  private mutating func mover(
    _ device: Site.Device, _ profile: DeviceProfile, _ wiring: inout ProfileWiring
  ) throws(TwinError) -> ProfileDevice? {
    let words = (device.serves ?? "").split(separator: ".").map(String.init)
    let commanded = Set(profile.commands.compactMap(\.signal))
    if words.first == "pump", commanded.contains("run") {
      let pump = try number(device, "pump", of: site.pumps.units.count)
      wiring.safePercent = site.pumps.safeSpeedPercent
      wiring.power = sensors.add(.pumpPower(pump))
      let drive = ProfileDrive(profile, wiring, pump: pump, sensors: sensors)
      fixtures.drives[pump] = drive
      return drive
    }
    if words.last == "valve", commanded.contains("demand") {
      let actuator = try actuator(device, timeoutS: profile.communicationLoss?.timeoutS ?? .infinity)
      wiring.safePercent = actuator.backupPosition * 100
      let valve = ProfileValve(profile, wiring, valve: actuator, sensors: sensors)
      install(valve)
      return valve
    }
    if words.first == "fan", words.count == 2, let fans = site.fans, commanded.contains("speed_demand") {
      let index = try number(device, "fan", of: fans.units.count)
      wiring.safePercent = fans.safeSpeedPercent
      wiring.power = sensors.add(.fanPower(index))
      let fan = ProfileFan(profile, wiring, fan: index, sensors: sensors)
      fixtures.fans[index] = fan
      return fan
    }
    return nil
  }

  private mutating func connect(
    _ channel: Site.Device.Channel, of device: Site.Device, _ profile: DeviceProfile, _ wiring: inout ProfileWiring
  ) throws(TwinError) {
    if profile.commands.contains(where: { $0.name == channel.point }) {
      guard let rack = permittedRack(channel.role) else {
        throw TwinError("device \(device.name): \(channel.point): nothing in this row obeys '\(channel.role)'")
      }
      wiring.permits[channel.point] = rack
      return
    }
    guard let source = source(channel.role, isInverted: channel.isInverted) else {
      throw TwinError("device \(device.name): \(channel.point): nothing in this row measures '\(channel.role)'")
    }
    wiring.points[channel.point] = source
    guard case .sensor(let sensor) = source else { return }
    fixtures.wiredRoles.insert(channel.role)
    if let at4mA = channel.at4mA, let at20mA = channel.at20mA {
      wiring.points[channel.point] = .loop(sensor, at4mA: at4mA, at20mA: at20mA)
    }
  }

  /// What a role shows; nil for one that nothing in this row measures.
  private mutating func source(_ role: String, isInverted: Bool = false) -> PointSource? {
    if role == "row.emergency_stop" { return .contact(contact(.emergencyStop, role, isInverted: isInverted)) }
    if role == "row.permissive" { return .contact(contact(.permissive, role, isInverted: isInverted)) }
    if let zone = leakZone(role, "alarm") {
      return .contact(contact(.leak(cable(zone)), role, isInverted: isInverted))
    }
    if let zone = leakZone(role, "fault") { return .cut(cable(zone)) }
    guard let quantity = Quantity(role: role), quantity.exists(in: site) else { return nil }
    return .sensor(sensors.add(quantity, role: role))
  }
}
