/// Makes the simulated device behind each entry of the site file: the profile's *name* chooses the model, `serves` and
/// `channels` say what it is connected to. Models never read the register map of a profile; a device that has none is
/// made from its profile as a whole (`ProfileDevice`).
internal import RowConfig

/// Why a site cannot be simulated, in one line.
public struct TwinError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String
  init(_ description: String) { self.description = description }
}

/// The row's devices, and those that faults reach by number (key 0 is number 1).
struct Fixtures {
  /// The devices that go on between requests, in the order of the site's.
  var living: [any LivingDevice] = []
  var drives: [Int: any PumpDrive] = [:]
  var fans: [Int: any FanDevice] = [:]
  var rackValves: [Int: any ValveDevice] = [:]
  var coilValves: [Int: any ValveDevice] = [:]
  var facilityValve: (any ValveDevice)?
  /// The cooling unit of a supervised row; also the drive of its only pump.
  var unit: Orv3Rpu?
  var outputs: [any LivingDevice] = []
  var leakCables: [Int: LeakCable] = [:]
  /// Digital inputs by their role.
  var contacts: [String: Contact] = [:]
  /// Sensors wired to an input module: only these can have a broken wire.
  var wiredRoles: Set<String> = []
  /// Sensors whose value crosses the bus as a float: only these can be no number.
  var floatRoles: Set<String> = []

  /// Takes every lasting fault off the devices.
  func heal() {
    for drive in drives.values {
      drive.isBroken = false
      drive.isLocal = false
      drive.motor.isSlow = false
    }
    for valve in rackValves.values { valve.valve.fault = nil }
    for valve in coilValves.values { valve.valve.fault = nil }
    facilityValve?.valve.fault = nil
    unit?.isPumpLost = false
    for fan in fans.values { fan.isBroken = false }
    for cable in leakCables.values {
      cable.isWet = false
      cable.isBroken = false
    }
    for contact in contacts.values { contact.fault = nil }
  }
}

struct DeviceFactory {
  let site: Site
  let profiles: [String: DeviceProfile]
  let sensors: SensorBank
  var fixtures = Fixtures()

  /// `profiles`: by name, of the devices that have no model.
  init(site: Site, profiles: [String: DeviceProfile], sensors: SensorBank) {
    self.site = site
    self.profiles = profiles
    self.sensors = sensors
  }

  /// Every device that was modelled from its vendor's documents, by profile name.
  static let models = [
    "abb/acs580", "advantech/adam-6017", "belimo/actuator-mod", "danfoss/vlt-fc", "eastron/sdm630",
    "ebm-papst/ec-fan", "epluse/ee072", "kamstrup/multical-603", "moxa/iologik-e1210", "moxa/iologik-e1211",
    "moxa/iologik-e1260", "ocp/orv3-rpu", "rle/ld2100", "schneider/iem3000", "siemens/acvatix-mo",
    "siemens/sitrans-mag6000",
  ]

  mutating func add(_ device: Site.Device) throws(TwinError) -> any FieldDevice {
    let model: any FieldDevice =
      switch device.profile {
      case "danfoss/vlt-fc", "abb/acs580": try drive(device)
      case "ebm-papst/ec-fan": try fan(device)
      case "belimo/actuator-mod", "siemens/acvatix-mo": try valve(device)
      case "siemens/sitrans-mag6000": SitransMag6000(flow: try flow(device), sensors: sensors)
      case "kamstrup/multical-603": try heatMeter(device)
      case "eastron/sdm630": EastronSdm630(power: try rackPower(device), sensors: sensors)
      case "schneider/iem3000": SchneiderIem3000(power: try rackPower(device), sensors: sensors)
      case "moxa/iologik-e1260": try rtdModule(device)
      case "advantech/adam-6017": try currentModule(device)
      case "moxa/iologik-e1210": try inputModule(device)
      case "moxa/iologik-e1211": try outputModule(device)
      case "rle/ld2100": RleLd2100(cable: cable(try number(device, "leak", of: RoleCatalogue.leakZonesMax)))
      case "epluse/ee072": EplusEE072(sensors: sensors)
      case "ocp/orv3-rpu": try coolingUnit(device)
      default:
        if let profile = profiles[device.profile] {
          try emulated(device, profile)
        } else {
          throw TwinError(
            "device \(device.name): no profile '\(device.profile)' to emulate it by, and no simulated model; there are "
              + "\(Self.models.joined(separator: ", "))"
          )
        }
      }
    if let living = model as? any LivingDevice { fixtures.living.append(living) }
    return model
  }

  private mutating func drive(_ device: Site.Device) throws(TwinError) -> any PumpDrive {
    let pump = try number(device, "pump", of: site.pumps.units.count)
    let safe = site.pumps.safeSpeedPercent / 100
    let drive: any PumpDrive =
      device.profile == "abb/acs580"
      ? AbbAcs580(pump: pump, safeSpeed: safe, sensors: sensors)
      : DanfossVltFc(pump: pump, safeSpeed: safe, sensors: sensors)
    fixtures.drives[pump] = drive
    return drive
  }

  private mutating func coolingUnit(_ device: Site.Device) throws(TwinError) -> Orv3Rpu {
    guard let unit = site.coolingUnit, device.serves == "cdu" else {
      throw TwinError("device \(device.name): a \(device.profile) serves cdu in a supervised-cdu row")
    }
    var leaks: [LeakCable?] = []
    for point in Orv3Rpu.leakPoints {
      let channel = device.channels.first { $0.point == point }
      let zone = channel.flatMap { Int($0.role.split(separator: ".").dropFirst().first ?? "") }
      leaks.append(zone.map { cable($0 - 1) })
    }
    let instruments = Orv3Rpu.Instruments(
      flow: instrument("flow", .unitFlow, device), outlet: instrument("outlet_temperature", .supplyTemperature, device),
      inlet: instrument("inlet_temperature", .returnTemperature, device),
      outletPressure: instrument("outlet_pressure", .supplyPressure, device),
      inletPressure: instrument("inlet_pressure", .returnPressure, device),
      air: instrument("air_inlet_temperature", .hallTemperature, device), power: sensors.add(.pumpPower(0)))
    let model = Orv3Rpu(
      flowMaxLpm: unit.flowMaxLpm, instruments: instruments, leaks: leaks, sensors: sensors)
    fixtures.drives[0] = model
    fixtures.unit = model
    return model
  }

  /// One of the unit's own, named for faults by the role that it feeds.
  private mutating func instrument(_ point: String, _ quantity: Quantity, _ device: Site.Device) -> Int {
    let role = device.channels.first { $0.point == point }?.role
    if let role { fixtures.wiredRoles.insert(role) }
    return sensors.add(quantity, role: role)
  }

  private mutating func fan(_ device: Site.Device) throws(TwinError) -> EbmPapstFan {
    guard let fans = site.fans else { throw TwinError("device \(device.name): this row has no fans") }
    let index = try number(device, "fan", of: fans.units.count)
    let fan = EbmPapstFan(fan: index, safeSpeed: fans.safeSpeedPercent / 100, sensors: sensors)
    fixtures.fans[index] = fan
    return fan
  }

  private mutating func valve(_ device: Site.Device) throws(TwinError) -> any ValveDevice {
    let isSiemens = device.profile == "siemens/acvatix-mo"
    let timeoutS = isSiemens ? SiemensAcvatix.timeoutS : BelimoActuator.timeoutS
    let actuator = try actuator(device, timeoutS: timeoutS)
    let valve: any ValveDevice =
      isSiemens ? SiemensAcvatix(valve: actuator) : BelimoActuator(valve: actuator)
    install(valve)
    return valve
  }

  /// The valve that the device moves.
  func actuator(_ device: Site.Device, timeoutS: Double) throws(TwinError) -> ValveActuator {
    if device.serves == "facility.valve", let settings = site.facilityValve {
      return ValveActuator(
        place: .facility, strokeS: settings.strokeS, timeoutS: timeoutS,
        backupPosition: settings.safePositionPercent / 100)
    }
    let place: ValveActuator.Place =
      device.serves?.hasPrefix("fan.") == true
      ? .coil(try number(device, "fan", suffix: "valve", of: site.fans?.units.count ?? 0))
      : .rack(try number(device, "rack", suffix: "valve", of: site.racks.units.count))
    return ValveActuator(place: place, strokeS: site.racks.valveStrokeS, timeoutS: timeoutS, backupPosition: 1)
  }

  mutating func install(_ valve: any ValveDevice) {
    switch valve.valve.place {
    case .rack(let index): fixtures.rackValves[index] = valve
    case .coil(let index):
      // An isolating valve stands open from the day it was built in.
      valve.preset(percent: 100)
      fixtures.coilValves[index] = valve
    case .facility: fixtures.facilityValve = valve
    }
  }

  private mutating func flow(_ device: Site.Device) throws(TwinError) -> Int {
    switch device.serves {
    case "row": float(.rowFlow, "row.flow")
    case "facility": float(.facilityFlow, "facility.flow")
    default: try rackSensor(device, "flow")
    }
  }

  private mutating func float(_ quantity: Quantity, _ role: String) -> Int {
    fixtures.floatRoles.insert(role)
    return sensors.add(quantity, role: role)
  }

  private mutating func rackPower(_ device: Site.Device) throws(TwinError) -> Int { try rackSensor(device, "power") }

  private mutating func rackSensor(_ device: Site.Device, _ signal: String) throws(TwinError) -> Int {
    let rack = try number(device, "rack", of: site.racks.units.count)
    return float(signal == "flow" ? .rackFlow(rack) : .rackPower(rack), "rack.\(rack + 1).\(signal)")
  }

  private mutating func heatMeter(_ device: Site.Device) throws(TwinError) -> KamstrupMultical603 {
    if device.serves == "facility" {
      return KamstrupMultical603(
        flow: try flow(device), entering: float(.facilityTemperature, "facility.temperature"),
        leaving: sensors.add(.facilityReturnTemperature), sensors: sensors)
    }
    let rack = try number(device, "rack", of: site.racks.units.count)
    return KamstrupMultical603(
      flow: try flow(device), entering: sensors.add(.supplyTemperature),
      leaving: float(.rackReturnTemperature(rack), "rack.\(rack + 1).return_temperature"),
      sensors: sensors)
  }

  mutating func cable(_ zone: Int) -> LeakCable {
    if let known = fixtures.leakCables[zone] { return known }
    let cable = LeakCable()
    fixtures.leakCables[zone] = cable
    return cable
  }

  private mutating func inputModule(_ device: Site.Device) throws(TwinError) -> MoxaE1210 {
    var wired = [Contact?](repeating: nil, count: MoxaE1210.channels)
    for channel in device.channels {
      let index = try channelIndex(channel, of: device, prefix: "di_", count: wired.count)
      let source: Contact.Source
      switch channel.role {
      case "row.emergency_stop": source = .emergencyStop
      case "row.permissive": source = .permissive
      default:
        guard let zone = leakZone(channel.role, "alarm") else {
          throw TwinError("device \(device.name): \(channel.point): '\(channel.role)' is no contact of this row")
        }
        source = .leak(cable(zone))
      }
      wired[index] = contact(source, channel.role, isInverted: channel.isInverted)
    }
    return MoxaE1210(wired: wired)
  }

  private mutating func outputModule(_ device: Site.Device) throws(TwinError) -> MoxaE1211 {
    var wired = [Int?](repeating: nil, count: MoxaE1211.channels)
    for channel in device.channels {
      let index = try channelIndex(channel, of: device, prefix: "do_", count: wired.count)
      guard let rack = permittedRack(channel.role) else {
        throw TwinError("device \(device.name): \(channel.point): nothing in this row obeys '\(channel.role)'")
      }
      wired[index] = rack
    }
    let module = MoxaE1211(wired: wired)
    fixtures.outputs.append(module)
    return module
  }

  mutating func contact(_ source: Contact.Source, _ role: String, isInverted: Bool) -> Contact {
    let contact = Contact(source, isInverted: isInverted)
    fixtures.contacts[role] = contact
    return contact
  }

  /// The zone behind `leak.3.alarm`, as an index.
  func leakZone(_ role: String, _ signal: String) -> Int? {
    index(in: role, "leak", signal, of: RoleCatalogue.leakZonesMax)
  }
  /// The rack behind `rack.3.permit`, as an index.
  func permittedRack(_ role: String) -> Int? { index(in: role, "rack", "permit", of: site.racks.units.count) }

  private func index(in role: String, _ kind: String, _ signal: String, of count: Int) -> Int? {
    let words = role.split(separator: ".").map(String.init)
    guard words.count == 3, words[0] == kind, words[2] == signal, let number = Int(words[1]) else { return nil }
    return (1...max(count, 1)).contains(number) ? number - 1 : nil
  }

  private mutating func rtdModule(_ device: Site.Device) throws(TwinError) -> MoxaE1260 {
    var wired = [Int?](repeating: nil, count: MoxaE1260.channels)
    for channel in device.channels {
      let index = try channelIndex(channel, of: device, prefix: "rtd_", count: wired.count)
      wired[index] = try transmitter(channel, of: device)
    }
    return MoxaE1260(wired: wired, sensors: sensors)
  }

  private mutating func currentModule(_ device: Site.Device) throws(TwinError) -> Adam6017 {
    var wired = [Adam6017.Wired?](repeating: nil, count: Adam6017.channels)
    for channel in device.channels {
      let index = try channelIndex(channel, of: device, prefix: "ai_", count: wired.count)
      guard let at4mA = channel.at4mA, let at20mA = channel.at20mA, at4mA != at20mA else {
        throw TwinError("device \(device.name): \(channel.point) needs its values at 4 and at 20 mA")
      }
      wired[index] = .init(sensor: try transmitter(channel, of: device), at4mA: at4mA, at20mA: at20mA)
    }
    return Adam6017(wired: wired, sensors: sensors)
  }

  mutating func transmitter(_ channel: Site.Device.Channel, of device: Site.Device) throws(TwinError) -> Int {
    guard let quantity = Quantity(role: channel.role), quantity.exists(in: site) else {
      throw TwinError("device \(device.name): \(channel.point): nothing in this row measures '\(channel.role)'")
    }
    fixtures.wiredRoles.insert(channel.role)
    return sensors.add(quantity, role: channel.role)
  }

  private func channelIndex(
    _ channel: Site.Device.Channel, of device: Site.Device, prefix: String, count: Int
  ) throws(TwinError) -> Int {
    guard channel.point.hasPrefix(prefix), let index = Int(channel.point.dropFirst(prefix.count)),
      (0..<count).contains(index)
    else {
      throw TwinError(
        "device \(device.name): no channel '\(channel.point)', there are \(prefix)0 … \(prefix)\(count - 1)")
    }
    return index
  }

  /// The index behind `serves`, such as 2 for `rack.3` or `rack.3.valve`.
  func number(
    _ device: Site.Device, _ kind: String, suffix: String? = nil, of count: Int
  ) throws(TwinError) -> Int {
    let words = (device.serves ?? "").split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let expected = kind + ".1 … " + kind + ".\(count)" + (suffix.map { ", each with .\($0)" } ?? "")
    guard words.count == (suffix == nil ? 2 : 3), words[0] == kind, suffix == nil || words[2] == suffix,
      let number = Int(words[1]), (1...max(count, 1)).contains(number)
    else {
      throw TwinError(
        "device \(device.name): a \(device.profile) cannot serve '\(device.serves ?? "nothing")', but \(expected)")
    }
    return number - 1
  }
}

extension Quantity {
  /// Whether the site has what this measures.
  func exists(in site: Site) -> Bool {
    switch self {
    case .rackFlow(let rack), .rackPower(let rack), .rackReturnTemperature(let rack), .chipTemperature(let rack):
      site.racks.units.indices.contains(rack)
    case .pumpPower(let pump): site.pumps.units.indices.contains(pump)
    case .fanPower(let fan): site.fans?.units.indices.contains(fan) ?? false
    case .facilityTemperature, .facilityReturnTemperature, .facilityFlow: site.topology == .facilityWater
    case .supplyTemperature, .returnTemperature, .manifoldDp, .supplyPressure, .returnPressure, .rowFlow, .unitFlow,
      .filterDp, .level, .hallTemperature, .hallHumidity, .hallDewPoint, .coilAirOut:
      true
    }
  }
}
