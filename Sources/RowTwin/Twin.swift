/// The whole simulated row behind its Modbus registers: the plant, every field device of the site file, the faults they
/// have, and the load. Not thread-safe: one owner. Without sockets it runs on a virtual clock (`advance`, `read`,
/// `write`); `TwinServer` puts it on the network.
///
/// A new twin is cold and off: pumps stopped, rack valves shut, fans still, permits withheld, everything at 25 °C. The
/// same site, seed and calls give the same registers, bit for bit. After the first step neither a step nor a request
/// of a modelled device allocates.
public import RowConfig

public final class Twin {
  /// Longest step of the plant and its devices; `advance` splits longer times evenly.
  public static let stepS = 0.5
  /// Longest time between two looks of the transmitters at the plant.
  public static let measureS = 1.0
  /// How fast a fault warms or cools the hall.
  static let hallKPerMinute = 2.0
  /// Steps that bring the row into steady state, and their length: longer than the loop's slowest store of heat.
  static let settlingSteps = 800
  static let settlingStepS = 600.0
  /// How many bus timeouts a late answer takes.
  public static let lateByTimeouts = 3

  public let site: Site
  /// Simulated time since the start, s.
  public private(set) var timeS = 0.0
  /// What the world does to the plant, before faults. Rack power follows the load trace and is overwritten.
  public var conditions: PlantConditions { didSet { applyFaults() } }
  /// The faults that last, in order of injection.
  public internal(set) var faults: [Fault] = []

  private var world: World
  private var load: LoadTrace
  /// `conditions` with faults on top.
  var effective: PlantConditions {
    get { world.conditions }
    set { world.conditions = newValue }
  }
  let sensors: SensorBank
  let fixtures: Fixtures
  private let contacts: [Contact]
  /// In the order of the site's devices, and by bus · 256 + unit.
  let links: [Link]
  let routes: [Link?]
  /// The same devices again, and whether there is anything wrong with their links: what most requests need.
  let devices: [(any FieldDevice)?]
  var isFaulty: [Bool]
  /// Share of each bus's requests that get lost.
  var lostShare: [Double]
  var losesRequests = false
  var linkRandom: SeededRandom
  /// Where a fault drives the hall's air.
  var hallFaultC: Double?
  private var hallExcessK = 0.0

  /// Builds the plant and its devices. Throws where the site names a device this twin cannot play, or connects one to
  /// something the row does not have.
  ///
  /// - Parameters:
  ///   - profiles: by name; only devices that have no model of their own are made from them.
  ///   - plant: of this site; nil: drawn by the seed.
  public init(
    site: Site, profiles: [String: DeviceProfile] = [:], seed: UInt64, load: LoadTrace,
    plant parameters: PlantParameters? = nil
  ) throws(TwinError) {
    self.site = site
    self.load = load
    sensors = SensorBank(seed: seed ^ 0x5E45_0B5A_4B41_4E4B)
    linkRandom = SeededRandom(seed: seed ^ 0x4C49_4E4B)
    var factory = DeviceFactory(site: site, profiles: profiles, sensors: sensors)
    var links: [Link] = []
    var routes: [Link?] = Array(repeating: nil, count: site.buses.count * 256)
    for device in site.devices {
      guard let bus = site.buses.firstIndex(where: { $0.name == device.bus }), (0...255).contains(device.unit) else {
        throw TwinError("device \(device.name): no bus '\(device.bus)' or no unit \(device.unit)")
      }
      let link = Link(try factory.add(device))
      links.append(link)
      routes[bus * 256 + device.unit] = link
    }
    self.links = links
    self.routes = routes
    devices = routes.map { $0?.device }
    isFaulty = Array(repeating: false, count: routes.count)
    fixtures = factory.fixtures
    contacts = factory.fixtures.contacts.sorted { $0.key < $1.key }.map(\.value)
    world = World(
      plant: Plant(site: site, parameters: parameters ?? PlantParameters(site: site, seed: seed)),
      actuators: ActuatorPositions(site), leaks: LeakSpread(site: site, zones: fixtures.leakCables.keys),
      conditions: PlantConditions(site))
    if let valve = site.facilityValve {
      // Facility water at the plate exchanger's design point: loop return there, less its inlet difference.
      let riseK = valve.ratedKw / (valve.designLoopFlowLpm * KamstrupMultical603.kwPerLpmK)
      world.conditions.facilityTemperatureC = site.supply.setpointC + riseK - valve.designItdK
    }
    conditions = world.conditions
    lostShare = Array(repeating: 0, count: site.buses.count)
    sensors.start(world.plant.truth)
  }

  /// The plant as it truly is, for oracles. Do not hold a copy across `advance`.
  public var truth: PlantTruth { world.plant.truth }
  public var parameters: PlantParameters { world.plant.parameters }
  /// Where the actuators truly stand.
  public var positions: ActuatorPositions { world.actuators }
  /// FNV-1a over the bits of truth and positions: two runs that agree here agree everywhere.
  public var stateHash: UInt64 { world.hash }

  /// Lets `seconds` of simulated time pass: load, devices and plant in steps of at most `stepS`, transmitters at the
  /// end and at least every `measureS`.
  public func advance(seconds: Double) {
    let steps = max(1, Int((seconds / Self.stepS).rounded(.up)))
    let step = seconds / Double(steps)
    var unmeasuredS = 0.0
    for index in 1...steps {
      timeS += step
      unmeasuredS += step
      load.power(at: timeS, into: &world.conditions.rackPowerKw)
      if hallFaultC != nil || hallExcessK != 0 { warmHall(seconds: step) }
      world.move(seconds: step, fixtures)
      if index == steps || unmeasuredS + step > Self.measureS {
        world.measure(seconds: unmeasuredS, sensors, contacts)
        unmeasuredS = 0
      }
    }
  }

  /// Moves the hall's air toward its fault, or back.
  func warmHall(seconds: Double) {
    let goalK = hallFaultC.map { $0 - conditions.hallTemperatureC } ?? 0
    let mostK = Self.hallKPerMinute / 60 * seconds
    hallExcessK += min(max(goalK - hallExcessK, -mostK), mostK)
    world.conditions.hallTemperatureC = conditions.hallTemperatureC + hallExcessK
  }

  /// Brings a cold twin to a running one at this share of the racks' rating: the pumps that must run at 80 %, every
  /// rack valve where its flow suits its power, heat rejection where the supply temperature meets its setpoint, every
  /// permit given. The clock stays at 0. The devices then stand as if long commanded so, and obey the next command.
  ///
  /// The plant's steps are implicit: long ones have the same steady state as short ones, and a few hundred reach it.
  public func settle(loadPercent: Double) {
    for (rack, unit) in site.racks.units.enumerated() {
      world.conditions.rackPowerKw[rack] = unit.ratedKw * loadPercent / 100
    }
    for (pump, drive) in fixtures.drives { drive.preset(percent: pump < site.pumps.minimumRunning ? 80 : 0) }
    for output in fixtures.outputs { output.preset(percent: 100) }
    var valves = site.racks.units.map { _ in 60.0 }
    var rejection = 50.0
    var unitPumps = 60.0
    for _ in 0..<Self.settlingSteps {
      let errorK = world.plant.truth.supplyTemperatureC - site.supply.setpointC
      rejection = min(max(rejection * (1 + min(max(0.006 * errorK, -0.1), 0.1)), 5), 100)
      for fan in fixtures.fans.values { fan.preset(percent: rejection) }
      fixtures.facilityValve?.preset(percent: rejection)
      fixtures.unit?.preset(fanPercent: rejection)
      var wantedRowLpm = 0.0
      for (rack, valve) in fixtures.rackValves {
        let wantedLpm = site.racks.flowPerKwLpm * world.conditions.rackPowerKw[rack]
        let setpointLpm = max(wantedLpm, site.racks.units[rack].designFlowLpm / 2)
        wantedRowLpm += setpointLpm
        let errorLpm = setpointLpm - world.plant.truth.rackFlowLpm[rack]
        valves[rack] = min(max(valves[rack] + 0.05 * errorLpm, 5), 100)
        valve.preset(percent: valves[rack])
      }
      if let unit = fixtures.unit {
        unitPumps = min(max(unitPumps + 10 * (1 - world.plant.truth.rowFlowLpm / wantedRowLpm), 20), 100)
        unit.preset(percent: unitPumps)
      }
      world.rest(seconds: Self.settlingStepS, fixtures)
    }
    fixtures.unit?.hold(flowLpm: world.plant.truth.rowFlowLpm, temperatureC: site.supply.setpointC)
    sensors.start(world.plant.truth)
  }
}
