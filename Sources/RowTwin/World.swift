/// Everything that moves in a step of the twin but its devices' own memory: one value, so that one access to the twin
/// reaches all of it.
internal import RowConfig

struct World {
  var plant: Plant
  var actuators: ActuatorPositions
  var leaks: LeakSpread
  /// What the world does to the plant now, faults included.
  var conditions: PlantConditions

  mutating func move(seconds: Double, _ fixtures: borrowing Fixtures) {
    let living = fixtures.living.span
    for index in living.indices { living[index].advance(seconds: seconds, actuators: &actuators) }
    plant.step(seconds: seconds, actuators: actuators, conditions: conditions)
    if conditions.isLeaking || !leaks.isDry {
      leaks.step(seconds, conditions, plant.truth, fixtures.leakCables)
    }
  }

  /// Lets the transmitters and contacts show what has become of the row in `seconds`.
  mutating func measure(seconds: Double, _ sensors: SensorBank, _ contacts: [Contact]) {
    sensors.step(seconds: seconds, truth: plant.truth)
    let contacts = contacts.span
    for index in contacts.indices { contacts[index].follow(conditions) }
  }

  /// Lets the plant come to rest while its devices stand still.
  mutating func rest(seconds: Double, _ fixtures: borrowing Fixtures) {
    for device in fixtures.living { device.advance(seconds: 0, actuators: &actuators) }
    plant.step(seconds: seconds, actuators: actuators, conditions: conditions)
  }

  var hash: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ value: Double) { hash = (hash ^ value.bitPattern) &* 0x100_0000_01B3 }
    let truth = plant.truth
    for value in [
      truth.supplyTemperatureC, truth.returnTemperatureC, truth.manifoldDpKpa, truth.supplyPressureKpa,
      truth.returnPressureKpa, truth.filterDpKpa, truth.rowFlowLpm, truth.levelPercent, truth.hallTemperatureC,
      truth.hallHumidityPercent, truth.hallDewPointC, truth.coilAirOutC, truth.facilityTemperatureC,
      truth.facilityReturnTemperatureC, truth.facilityFlowLpm, truth.heatInKw, truth.heatOutKw, truth.leakRowLpm,
      actuators.facilityValve,
    ] { add(value) }
    for values in [
      truth.rackFlowLpm, truth.rackReturnTemperatureC, truth.chipTemperatureC, truth.rackPowerKw, truth.pumpFlowLpm,
      truth.pumpPowerKw, truth.fanPowerKw, truth.leakRacksLpm, truth.leakCoilsLpm, actuators.pumpSpeed,
      actuators.rackValve, actuators.fanSpeed, actuators.coilValve,
    ] {
      for value in values { add(value) }
    }
    for isPermitted in actuators.rackPermit { add(isPermitted ? 1 : 0) }
    return hash
  }
}

/// Where leaked coolant goes: to the cable of the zone that watches its place, and on to the floor.
struct LeakSpread {
  /// Liquid that wets a cable at the leak's own place, and one on the floor, L.
  static let nearL = 0.05
  static let floorL = 0.5

  /// Index of zone → index of what it watches.
  private var rackZones: [(zone: Int, rack: Int)] = []
  private var coilZones: [(zone: Int, coil: Int)] = []
  /// Of the zones that watch the row: the first gets what racks lose, the last what coils and pump cabinet lose.
  private let firstOnFloor: Int?
  private let lastOnFloor: Int?
  private var racksL: [Double]
  private var coilsL: [Double]
  private var rowL = 0.0
  private(set) var isDry = true

  /// `zones` are those that have a cable.
  init(site: Site, zones: some Collection<Int>) {
    for zone in site.leakZones {
      switch zone.watches {
      case .row: break
      case .rack(let number): rackZones.append((zone.number - 1, number - 1))
      case .coil(let number): coilZones.append((zone.number - 1, number - 1))
      }
    }
    let placed = Set(rackZones.map(\.zone) + coilZones.map(\.zone))
    firstOnFloor = zones.filter { !placed.contains($0) }.min()
    lastOnFloor = zones.filter { !placed.contains($0) }.max()
    racksL = Array(repeating: 0, count: site.racks.units.count)
    coilsL = Array(repeating: 0, count: site.fans?.units.count ?? 0)
  }

  /// Lets `seconds` of leaks run; not needed while it is dry and nothing leaks. What has leaked is wiped up when the
  /// leak's cause ends.
  mutating func step(
    _ seconds: Double, _ conditions: PlantConditions, _ truth: PlantTruth, _ cables: [Int: LeakCable]
  ) {
    isDry = !conditions.isLeaking
    let minutes = seconds / 60
    for rack in racksL.indices {
      racksL[rack] = conditions.leakRacksLpm[rack] > 0 ? racksL[rack] + truth.leakRacksLpm[rack] * minutes : 0
    }
    for coil in coilsL.indices {
      coilsL[coil] = conditions.leakCoilsLpm[coil] > 0 ? coilsL[coil] + truth.leakCoilsLpm[coil] * minutes : 0
    }
    rowL = conditions.leakRowLpm > 0 ? rowL + truth.leakRowLpm * minutes : 0
    for cable in cables.values { cable.isSoaked = false }
    for (zone, rack) in rackZones where racksL[rack] > Self.nearL { cables[zone]?.isSoaked = true }
    for (zone, coil) in coilZones where coilsL[coil] > Self.nearL { cables[zone]?.isSoaked = true }
    if let firstOnFloor, racksL.reduce(0, +) > Self.floorL { cables[firstOnFloor]?.isSoaked = true }
    if let lastOnFloor, rowL + coilsL.reduce(0, +) > Self.floorL { cables[lastOnFloor]?.isSoaked = true }
  }
}
