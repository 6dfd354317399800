/// Checks of buses and devices: references, addresses, and which role each device serves.

extension SiteCheck {
  mutating func checkBuses() {
    unique(site.buses.map(\.name), "buses")
    var first: [String: String] = [:]
    for (index, bus) in site.buses.enumerated() {
      let path = "buses[\(index)]"
      guard reading.sound("\(path).tcp", "\(path).serial") else { continue }
      let endpoint =
        switch bus.link {
        case .tcp(let host, let port): "\(host):\(port)"
        case .serial(let device, _, _, _): device
        }
      if let earlier = first[endpoint] {
        reading.fault(at: path, .duplicate(what: "endpoint \(endpoint)", first: reading.line(of: earlier)))
      } else {
        first[endpoint] = path
      }
      if bus.framing == .rtu, bus.requestsInFlight > 1 {
        reading.fault(
          at: "\(path).tcp.in_flight",
          .contradiction("serial frames carry no transaction id: one request at a time with framing rtu"))
      }
      if reading.sound("\(path).timeout_ms", "cycle.scan_deadline_ms"), bus.timeoutMs > site.cycle.scanDeadlineMs {
        reading.warn(
          at: "\(path).timeout_ms",
          "one lost reply on bus \(bus.name) outlasts cycle.scan_deadline_ms \(site.cycle.scanDeadlineMs)")
      }
    }
  }

  mutating func checkDevices() {
    unique(site.devices.map(\.name), "devices")
    let buses = site.buses.map(\.name)
    var first: [String: String] = [:]
    for (index, device) in site.devices.enumerated() {
      let path = "devices[\(index)]"
      guard reading.sound(path) else { continue }
      if reading.has("\(path).bus"), reading.sound("\(path).bus", "buses"), !buses.contains(device.bus) {
        let near = nearest(to: device.bus, among: buses)
        reading.fault(at: "\(path).bus", .unknownReference(kind: "bus", name: device.bus, nearest: near))
      }
      if reading.sound("\(path).bus", "\(path).unit") {
        let address = "unit \(device.unit) on bus \(device.bus)"
        if let earlier = first[address] {
          reading.fault(at: "\(path).unit", .duplicate(what: address, first: reading.line(of: earlier)))
        } else {
          first[address] = "\(path).unit"
        }
      }
      if !reading.has("\(path).serves"), !reading.has("\(path).channels") {
        reading.fault(at: "\(path).serves", .missing(expected: "serves or channels: what the device is for"))
      }
      guard let profile = profiles[device.profile] else { continue }
      if device.serves != nil { bindSignals(of: device, profile, index) }
      for channel in device.channels { bindChannel(channel, of: device, profile, index) }
    }
  }

  // MARK: A device that serves one thing as a whole

  private mutating func bindSignals(of device: Site.Device, _ profile: DeviceProfile, _ index: Int) {
    let path = "devices[\(index)].serves"
    guard reading.sound(path), let serves = device.serves else { return }
    let signals =
      profile.points.compactMap { point in point.signal.map { (point.name, $0, point.unit, Role.Direction.input) } }
      + profile.commands.compactMap { command in
        command.signal.map { (command.name, $0, command.unit, Role.Direction.output) }
      }
    var found = false
    for (name, signal, unit, direction) in signals {
      guard let (role, number) = RoleCatalogue.find("\(serves).\(signal)"), role.direction == direction else {
        continue
      }
      if !found, !isWithinRow(role, number, at: path) { return }
      found = true
      guard unit == role.unit else {
        reading.fault(
          at: path,
          .contradiction(
            "\(profile.name) gives \(name) in \(unit.spoken); \(serves).\(signal) is in \(role.unit.spoken)"))
        continue
      }
      bind(
        RoleBinding(
          name: "\(serves).\(signal)", role: role, number: number, device: index, point: name, tag: device.tag),
        at: path)
    }
    guard !found else { return }
    let prefixes = Self.prefixes(serving: Set(signals.map(\.1)))
    let near = nearest(to: Self.pattern(serves), among: prefixes)
    reading.fault(
      at: path, .unknownReference(kind: "thing for \(profile.name) to serve", name: serves, nearest: near))
  }

  /// What a device with these signals can serve, as patterns: `pump.#`, `row` …
  private static func prefixes(serving signals: Set<String>) -> [String] {
    RoleCatalogue.all.compactMap { role in
      guard let dot = role.pattern.lastIndex(of: "."), signals.contains(String(role.pattern[dot...].dropFirst())) else {
        return nil
      }
      return String(role.pattern[..<dot])
    }
  }

  /// `pump.12` as `pump.#`.
  static func pattern(_ name: String) -> String {
    name.split(separator: ".").map { Int($0) == nil ? String($0) : "#" }.joined(separator: ".")
  }

  // MARK: A channel of a module

  private mutating func bindChannel(
    _ channel: Site.Device.Channel, of device: Site.Device, _ profile: DeviceProfile, _ index: Int
  ) {
    let path = "devices[\(index)].channels.\(channel.point)"
    guard reading.sound(path) else { return }
    let place = "\(path).role"
    guard reading.sound(place, "\(path).at_4ma", "\(path).at_20ma", "\(path).inverted") else { return }
    guard let (role, number) = RoleCatalogue.find(channel.role) else {
      let near = nearest(to: Self.pattern(channel.role), among: RoleCatalogue.all.map(\.pattern))
      return reading.fault(at: place, .unknownReference(kind: "role", name: channel.role, nearest: near))
    }
    // An input role is fed by a point, an output role drives a command.
    let point = profile.points.first { $0.name == channel.point }?.unit
    let command = profile.commands.first { $0.name == channel.point }?.unit
    guard let unit = role.direction == .input ? point : command else {
      guard point == nil, command == nil else {
        let own: Role.Direction = point == nil ? .output : .input
        return reading.fault(
          at: place,
          .contradiction("\(channel.role) is an \(role.direction.rawValue); \(channel.point) is an \(own.rawValue)"))
      }
      let near = nearest(to: channel.point, among: profile.points.map(\.name) + profile.commands.map(\.name))
      return reading.fault(
        at: path, .unknownReference(kind: "point of \(profile.name)", name: channel.point, nearest: near))
    }
    guard isWithinRow(role, number, at: place), hasRightUnit(channel, unit, role, path) else { return }
    if channel.isInverted, unit != .boolean || role.direction == .output {
      return reading.fault(at: "\(path).inverted", .contradiction("only a 0/1 input is inverted"))
    }
    bind(
      RoleBinding(
        name: channel.role, role: role, number: number, device: index, point: channel.point,
        tag: channel.tag ?? device.tag, at4mA: channel.at4mA, at20mA: channel.at20mA,
        isInverted: channel.isInverted),
      at: place)
  }

  private mutating func hasRightUnit(
    _ channel: Site.Device.Channel, _ unit: Unit, _ role: Role, _ path: String
  ) -> Bool {
    switch (channel.at4mA, channel.at20mA) {
    case (let low?, let high?):
      guard unit == .milliampere, role.direction == .input else {
        reading.fault(
          at: path, .contradiction("\(channel.point) is not a current input: at_4ma and at_20ma have no place here"))
        return false
      }
      guard low != high else {
        reading.fault(at: "\(path).at_20ma", .contradiction("\(plain(high)) is the same as at_4ma: no range"))
        return false
      }
      return true
    case (nil, nil):
      if unit == role.unit { return true }
      if unit == .milliampere, role.direction == .input {
        reading.fault(
          at: "\(path).at_4ma", .missing(expected: "at_4ma and at_20ma: the range in \(role.unit.spoken)"))
      } else {
        reading.fault(
          at: path,
          .contradiction("\(channel.point) is in \(unit.spoken); \(channel.role) is in \(role.unit.spoken)"))
      }
      return false
    default:
      let absent = channel.at4mA == nil ? "at_4ma" : "at_20ma"
      reading.fault(at: "\(path).\(absent)", .missing(expected: "at_4ma and at_20ma together"))
      return false
    }
  }

  /// Whether the row has a pump, rack, fan … of that number.
  private mutating func isWithinRow(_ role: Role, _ number: Int, at path: String) -> Bool {
    if let refusal = refusal(of: role) {
      reading.fault(at: path, .contradiction(refusal))
      return false
    }
    guard role.pattern.contains("#") else { return true }
    return isWithinRow(role.pattern.prefix { $0 != "." }, number, of: role.count, at: path)
  }

  mutating func isWithinRow(_ thing: Substring, _ number: Int, of most: Int = 0, at path: String) -> Bool {
    let count =
      switch thing {
      case "pump": site.topology == .supervisedCdu ? 0 : site.pumps.units.count
      case "rack": site.racks.units.count
      case "fan": site.fans?.units.count ?? 0
      default: most
      }
    if (1...max(1, count)).contains(number), count > 0 { return true }
    // With the units themselves in doubt, their number is no measure.
    guard reading.sound("pumps.units", "racks.units", "fans.units") else { return false }
    reading.fault(at: path, .contradiction("number \(number); the row has \(count == 0 ? "none" : String(count))"))
    return false
  }

  // MARK: What must be served

  mutating func checkRolesServed() {
    // What is wrong with a device may be why a role is not served; only a wrong address never is.
    let doubtful = reading.faults.contains { fault in
      fault.keyPath.hasPrefix("devices")
        && ![".name", ".bus", ".unit", ".tag"].contains { fault.keyPath.hasSuffix($0) }
    }
    guard !doubtful, site.devices.allSatisfy({ profiles[$0.profile] != nil }) else { return }
    for (index, rack) in site.racks.units.enumerated() {
      let roles = ["flow", "power", "valve.demand"].map { "rack.\(index + 1).\($0)" }
      require(roles, at: "racks.units[\(index)]", of: rack.name)
    }
    if site.topology == .supervisedCdu {
      let roles = ["flow", "running", "temperature_target", "flow_demand", "temperature_demand"].map { "cdu.\($0)" }
      require(roles + ["row.flow"], at: "cooling_unit", of: "the cooling unit")
    }
    for (index, pump) in site.pumps.units.enumerated() where site.topology != .supervisedCdu {
      let roles = ["run", "speed_demand"].map { "pump.\(index + 1).\($0)" }
      require(roles, at: "pumps.units[\(index)]", of: pump.name)
    }
    for (index, fan) in (site.fans?.units ?? []).enumerated() {
      require(["fan.\(index + 1).speed_demand"], at: "fans.units[\(index)]", of: fan.name)
    }
    for (index, zone) in site.leakZones.enumerated() where reading.sound("leak_zones[\(index)].zone") {
      require(["leak.\(zone.number).alarm"], at: "leak_zones[\(index)]", of: "leak zone \(zone.number)")
    }
    if site.facilityValve != nil, site.topology == .facilityWater {
      require(["facility.valve.demand"], at: "facility_valve", of: "the facility valve")
    }
    requireAny(of: "supply.temperature", at: "supply", for: "supply temperature")
    switch site.pumps.control {
    case _ where site.topology == .supervisedCdu: break
    case .differentialPressure: requireAny(of: "manifold.dp", at: "pumps", for: "control by differential pressure")
    case .flow: require(["row.flow"], at: "pumps", of: "control by flow")
    }
    if !isBound("hall.dew_point"), !(isBound("hall.temperature") && isBound("hall.humidity")) {
      reading.warn(
        at: "supply.dew_point_margin_k",
        "no device measures hall.dew_point, nor hall.temperature and hall.humidity: condensation is not guarded against"
      )
    }
  }

  private mutating func require(_ roles: [String], at path: String, of what: String) {
    let lacking = roles.filter { !isBound($0) }
    guard !lacking.isEmpty else { return }
    reading.fault(at: path, .missing(expected: "a device that serves \(lacking.joined(separator: ", ")) for \(what)"))
  }

  private mutating func requireAny(of role: String, at path: String, for what: String) {
    guard !(1...3).contains(where: { isBound("\(role).\($0)") }) else { return }
    reading.fault(at: path, .missing(expected: "a device that serves \(role).1 for \(what)"))
  }
}

extension Unit {
  /// The unit's symbol, or words where it has none.
  fileprivate var spoken: String { self == .none ? "no unit" : rawValue }
}
