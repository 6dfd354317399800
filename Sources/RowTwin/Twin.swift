/// The whole simulated row behind its Modbus registers: the plant, every field device of the site file, the faults they
/// have, and the load. Not thread-safe: one owner. Without sockets it runs on a virtual clock (`advance`, `read`,
/// `write`); `TwinServer` puts it on the network.
///
/// A new twin is cold and off: pumps stopped, valves shut, fans still, everything at 25 °C. The same site, seed and
/// calls give the same registers, bit for bit. After the first step neither a step nor a request allocates.
public import RowConfig

public final class Twin {
  /// Longest step of the plant and its devices; `advance` splits longer times evenly.
  public static let stepS = 0.5
  /// Liquid that must be out before a leak detector's cable is wet, L.
  static let wettingL = 0.5
  /// How many bus timeouts a late answer takes.
  public static let lateByTimeouts = 3

  public let site: Site
  /// Simulated time since the start, s.
  public private(set) var timeS = 0.0
  /// What the world does to the plant, before faults. Rack power follows the load trace and is overwritten.
  public var conditions: PlantConditions { didSet { applyFaults() } }
  /// The faults that last, in order of injection.
  public internal(set) var faults: [Fault] = []

  private var plant: Plant
  private var load: LoadTrace
  private var actuators: ActuatorPositions
  /// `conditions` with faults on top.
  var effective: PlantConditions
  let sensors: SensorBank
  let fixtures: Fixtures
  /// Index of the device at bus · 256 + unit, or −1.
  private var routes: [Int]
  var links: [LinkFault?]
  var deadBuses: [Bool]
  private var rackLeakedL = 0.0
  private var rowLeakedL = 0.0

  /// Builds the plant and its devices. Throws where the site names a device this twin cannot play, or connects one to
  /// something the row does not have.
  public init(site: Site, seed: UInt64, load: LoadTrace) throws(TwinError) {
    self.site = site
    self.load = load
    let pumps = site.pumps.units.count
    let racks = site.racks.units.count
    let fans = site.fans?.units.count ?? 0
    plant = Plant(site: site, parameters: PlantParameters(site: site, seed: seed))
    actuators = ActuatorPositions(pumps: pumps, racks: racks, fans: fans)
    conditions = PlantConditions(pumps: pumps, racks: racks, coils: max(fans, 1))
    if let valve = site.facilityValve {
      // Facility water at the plate exchanger's design point: loop return there, less its inlet difference.
      let riseK = valve.ratedKw / (valve.designLoopFlowLpm * KamstrupMultical603.kwPerLpmK)
      conditions.facilityTemperatureC = site.supply.setpointC + riseK - valve.designItdK
    }
    effective = conditions
    sensors = SensorBank(seed: seed ^ 0x5E45_0B5A_4B41_4E4B)
    var factory = DeviceFactory(site: site, sensors: sensors)
    routes = Array(repeating: -1, count: site.buses.count * 256)
    for (index, device) in site.devices.enumerated() {
      guard let bus = site.buses.firstIndex(where: { $0.name == device.bus }), (0...255).contains(device.unit) else {
        throw TwinError("device \(device.name): no bus '\(device.bus)' or no unit \(device.unit)")
      }
      try factory.add(device)
      routes[bus * 256 + device.unit] = index
    }
    fixtures = factory.fixtures
    links = Array(repeating: nil, count: site.devices.count)
    deadBuses = Array(repeating: false, count: site.buses.count)
    sensors.start(plant.truth)
  }

  /// The plant as it truly is, for oracles. Do not hold a copy across `advance`.
  public var truth: PlantTruth { plant.truth }
  /// Where the actuators truly stand.
  public var positions: ActuatorPositions { actuators }

  /// Lets `seconds` of simulated time pass: load, devices, plant, transmitters, in steps of at most `stepS`.
  public func advance(seconds: Double) {
    let steps = max(1, Int((seconds / Self.stepS).rounded(.up)))
    for _ in 0..<steps { step(seconds: seconds / Double(steps)) }
  }

  /// Brings a cold twin to a running one at this share of the racks' rating: the pumps that must run at 80 %, every
  /// rack valve where its flow suits its power, heat rejection where the supply temperature meets its setpoint. Runs
  /// two simulated hours and sets the clock back to 0. The devices then stand as if long commanded so, and obey the
  /// next command.
  public func settle(loadPercent: Double) {
    for (rack, unit) in site.racks.units.enumerated() {
      effective.rackPowerKw[rack] = unit.ratedKw * loadPercent / 100
    }
    for (pump, drive) in fixtures.drives { drive.preset(percent: pump < site.pumps.minimumRunning ? 80 : 0) }
    var valves = site.racks.units.map { _ in 60.0 }
    var rejection = 50.0
    for _ in 0..<7200 {
      rejection = settled(rejection, by: 0.005 * (plant.truth.supplyTemperatureC - site.supply.setpointC))
      for fan in fixtures.fans.values { fan.preset(percent: rejection) }
      fixtures.facilityValve?.preset(percent: rejection)
      for (rack, valve) in fixtures.rackValves {
        let wantedLpm = site.racks.flowPerKwLpm * effective.rackPowerKw[rack]
        let errorLpm = max(wantedLpm, site.racks.units[rack].designFlowLpm / 2) - plant.truth.rackFlowLpm[rack]
        valves[rack] = settled(valves[rack], by: 0.05 * errorLpm)
        valve.preset(percent: valves[rack])
      }
      move(seconds: Self.stepS)
      move(seconds: Self.stepS)
    }
    timeS = 0
    sensors.start(plant.truth)
  }
  private func settled(_ percent: Double, by change: Double) -> Double { min(max(percent + change, 5), 100) }

  private func step(seconds: Double) {
    timeS += seconds
    load.power(at: timeS, into: &effective.rackPowerKw)
    move(seconds: seconds)
  }

  private func move(seconds: Double) {
    for device in fixtures.devices { device.advance(seconds: seconds, actuators: &actuators) }
    plant.step(seconds: seconds, actuators: actuators, conditions: effective)
    sensors.step(seconds: seconds, truth: plant.truth)
    spreadLeaks(seconds: seconds)
  }

  /// Leaked coolant wets the first leak zone from a rack and the last one from the row, once half a litre is out.
  private func spreadLeaks(seconds: Double) {
    let racksLpm = effective.leakRacksLpm.reduce(0, +)
    rackLeakedL = racksLpm > 0 ? rackLeakedL + racksLpm * seconds / 60 : 0
    rowLeakedL = effective.leakRowLpm > 0 ? rowLeakedL + effective.leakRowLpm * seconds / 60 : 0
    let zones = fixtures.leakDetectors
    for (zone, detector) in zones {
      detector.isSoaked =
        (zone == 0 && rackLeakedL > Self.wettingL) || (zone == zones.count - 1 && rowLeakedL > Self.wettingL)
    }
  }

  /// Reads `count` registers or bits of a unit on the bus at this index of `site.buses`. `words` is valid after `.ok`
  /// and `.late`.
  public func read(
    bus: Int, unit: UInt8, area: ModbusArea, address: Int, count: Int, into words: inout [UInt16]
  ) -> TwinReply {
    let index = routes[bus * 256 + Int(unit)]
    if deadBuses[bus] { return .silent }
    guard index >= 0 else { return .exception(0x0B) }
    if let refusal = refusal(of: index) { return refusal }
    return disturbed(fixtures.devices[index].read(area, address, count: count, into: &words), of: index)
  }

  /// Writes registers or bits (0 or 1). Only a reply of `.ok`, `.late` or `.garbage` means the device obeyed.
  public func write(
    bus: Int, unit: UInt8, area: ModbusArea, address: Int, values: ArraySlice<UInt16>
  ) -> TwinReply {
    let index = routes[bus * 256 + Int(unit)]
    if deadBuses[bus] { return .silent }
    guard index >= 0 else { return .exception(0x0B) }
    if let refusal = refusal(of: index) { return refusal }
    return disturbed(fixtures.devices[index].write(area, address, values), of: index)
  }

  private func refusal(of index: Int) -> TwinReply? {
    switch links[index] {
    case .dead: .silent
    case .exception: .exception(4)
    case .slow, .garbage, nil: nil
    }
  }
  private func disturbed(_ reply: TwinReply, of index: Int) -> TwinReply {
    switch links[index] {
    case .slow where reply == .ok: .late
    case .garbage: .garbage
    default: reply
    }
  }
}
