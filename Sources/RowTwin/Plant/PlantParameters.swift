import Glibc
public import RowConfig

/// The true plant behind a site file: what its name plates promise, each number off by a little, as built plants are.
/// Flows in L/min, pressures in kPa, powers in kW, heat capacities in kJ/K, volumes in L.
public struct PlantParameters: Sendable, Equatable {
  public var pumps: [Pump]
  public var racks: [Rack]
  public var rejection: Rejection
  public var loop: Loop

  /// Head = `shutoffKpa`·n² − `curveKpa`·q² with n the speed as a share of rated and q in L/min.
  public struct Pump: Sendable, Equatable {
    public var shutoffKpa: Double
    public var curveKpa: Double
    /// Flow of best efficiency at rated speed, and the efficiency there.
    public var bestFlowLpm: Double
    public var efficiencyMax: Double
    public var ratedPowerKw: Double
  }

  /// One rack branch: valve, hoses, cold plates.
  public struct Rack: Sendable, Equatable {
    public var ratedKw: Double
    public var designFlowLpm: Double
    /// Pressure drop at design flow: of hoses and cold plates, and of the open valve.
    public var platesDpKpa: Double
    public var valveDpKpa: Double
    /// Share of the rack's power that its coolant takes; the rest warms the hall.
    public var liquidShare: Double
    /// Chip-to-coolant resistance as a multiple of the published one.
    public var plateResistance: Double
    /// Chips, lids and plates.
    public var metalKjPerK: Double
    public var inletVolumeL: Double
    public var plateVolumeL: Double
    public var outletVolumeL: Double
  }

  public enum Rejection: Sendable, Equatable {
    case coils([Coil])
    case plate(Plate)
  }

  /// One fan coil. Conductances (hA) are those at full fan speed and at the coil's own share of the design flow.
  public struct Coil: Sendable, Equatable {
    /// Share of the row's flow that passes this coil.
    public var flowShare: Double
    public var designFlowLpm: Double
    public var liquidKwPerK: Double
    public var airKwPerK: Double
    /// Heat carried by the air at full speed, per kelvin.
    public var airCapacityKwPerK: Double
    public var ratedPowerKw: Double
    /// Copper, fins and the liquid inside.
    public var thermalMassKjPerK: Double
  }

  /// The plate exchanger to facility water, counterflow.
  public struct Plate: Sendable, Equatable {
    public var designLoopFlowLpm: Double
    public var designFacilityFlowLpm: Double
    /// hA of each side at its design flow.
    public var sideKwPerK: Double
    public var thermalMassKjPerK: Double
    public var facilityVolumeL: Double
  }

  /// What all racks share.
  public struct Loop: Sendable, Equatable {
    /// Sum of the racks' design flows; the three drops below are at this flow.
    public var designFlowLpm: Double
    public var headerDpKpa: Double
    public var filterDpKpa: Double
    public var rejectionDpKpa: Double
    public var supplyPipeL: Double
    public var returnPipeL: Double
    /// One rack's piece of either header.
    public var headerSegmentL: Double
    public var reservoirL: Double
    /// Liquid inside the coils or the plate exchanger.
    public var rejectionL: Double
    /// Inertia of the liquid column: kPa to change the row's flow by 1 L/min within 1 s.
    public var inertanceKpaSPerLpm: Double
  }

  /// `spread` 0 is the plant of the name plates whatever the seed; 1 is a usual plant; 2 a poor one.
  public init(site: Site, seed: UInt64, spread: Double = 1) {
    var random = SeededRandom(seed: seed)
    pumps = site.pumps.units.map { Pump($0, &random, spread) }
    racks = site.racks.units.map { Rack($0, &random, spread) }
    loop = Loop(site, &random, spread)
    switch site.topology {
    case .liquidToAir:
      guard let fans = site.fans else { preconditionFailure("a liquid-to-air site has fans") }
      var coils = fans.units.map { Coil($0, &random, spread) }
      let shares = coils.reduce(0) { $0 + $1.flowShare }
      // What all coils have in common (air filter, mounting) beyond each one's own: a dozen of those average out.
      let common = random.factor(0.05 * spread)
      for index in coils.indices {
        coils[index].flowShare /= shares
        coils[index].airKwPerK *= common
        coils[index].liquidKwPerK *= common
      }
      rejection = .coils(coils)
    case .supervisedCdu:
      guard let unit = site.coolingUnit else { preconditionFailure("a supervised site has a cooling unit") }
      rejection = .coils([Coil(Site.Fans.Unit(unit), &random, spread)])
    case .facilityWater:
      guard let valve = site.facilityValve else { preconditionFailure("a facility-water site has a facility valve") }
      rejection = .plate(Plate(valve, &random, spread))
    }
    loop.headerSegmentL *= random.factor(0.10 * spread)
    loop.reservoirL *= random.factor(0.10 * spread)
    loop.rejectionL *= random.factor(0.10 * spread)
  }

  /// All the coolant but the reservoir's.
  public var coolantL: Double {
    let racksL = racks.reduce(0) { $0 + $1.inletVolumeL + $1.plateVolumeL + $1.outletVolumeL }
    let headersL = 2 * loop.headerSegmentL * Double(racks.count)
    return racksL + headersL + loop.supplyPipeL + loop.returnPipeL + loop.rejectionL
  }
}

extension PlantParameters.Pump {
  init(_ unit: Site.Pumps.Unit, _ random: inout SeededRandom, _ spread: Double) {
    let wear = 1 - 0.04 * spread * random.uniform()
    shutoffKpa = unit.shutoffHeadKpa * wear
    let fall = unit.shutoffHeadKpa - unit.ratedHeadKpa
    curveKpa = fall / (unit.ratedFlowLpm * unit.ratedFlowLpm) * random.factor(0.08 * spread)
    bestFlowLpm = unit.ratedFlowLpm * random.factor(0.06 * spread)
    efficiencyMax = 0.72 * (1 - 0.05 * spread * random.uniform())
    ratedPowerKw = unit.ratedPowerKw
  }
}

extension PlantParameters.Rack {
  /// 34 L for 120 kW and its split: an NVL72's trays and manifolds. 0.25 kJ/K of metal per kW gives the 2 … 5 s that
  /// published cold plates need at design flow. The open valve takes 30 % of the branch: its authority.
  init(_ unit: Site.Racks.Unit, _ random: inout SeededRandom, _ spread: Double) {
    ratedKw = unit.ratedKw
    designFlowLpm = unit.designFlowLpm
    platesDpKpa = 0.70 * unit.designDpKpa * random.factor(0.08 * spread)
    valveDpKpa = 0.30 * unit.designDpKpa * random.factor(0.08 * spread)
    liquidShare = 0.95 + 0.01 * spread * random.uniform(-1, 1)
    plateResistance = random.factor(0.06 * spread)
    metalKjPerK = 0.25 * unit.ratedKw * random.factor(0.10 * spread)
    let volumeL = 34 * unit.ratedKw / 120 * random.factor(0.05 * spread)
    inletVolumeL = 0.35 * volumeL
    plateVolumeL = 0.25 * volumeL
    outletVolumeL = 0.40 * volumeL
  }
}

extension PlantParameters.Coil {
  /// The coil's conductance from its rating: crossflow, liquid mixed, air unmixed; hA of the air is half that of the
  /// liquid.
  init(_ unit: Site.Fans.Unit, _ random: inout SeededRandom, _ spread: Double) {
    flowShare = unit.designFlowLpm * random.factor(0.05 * spread)
    designFlowLpm = unit.designFlowLpm
    airCapacityKwPerK = unit.ratedAirFlowM3PerH / 3600 * Air.heatCapacityKjPerM3K * random.factor(0.05 * spread)
    let liquid = unit.designFlowLpm * Coolant.kwPerKPerLpm
    let air = unit.ratedAirFlowM3PerH / 3600 * Air.heatCapacityKjPerM3K
    let share = min(unit.ratedKw / unit.designItdK / liquid, 0.98)
    let airEffect = min(-log(1 - share) * liquid / air, 0.98)
    let overall = -air * log(1 - airEffect) * random.factor(0.04 * spread)
    airKwPerK = 1.5 * overall
    liquidKwPerK = 3 * overall
    ratedPowerKw = unit.ratedPowerKw
    thermalMassKjPerK = 0.35 * unit.ratedKw * random.factor(0.10 * spread)
  }
}

extension Site.Fans.Unit {
  /// The coil inside a cooling unit: 250 m³/h of air for each kW it gives away, 30 W of fans for each.
  init(_ unit: Site.CoolingUnit) {
    self.init(
      name: unit.name, ratedKw: unit.ratedKw, ratedAirFlowM3PerH: 250 * unit.ratedKw, ratedPowerKw: 0.03 * unit.ratedKw,
      designFlowLpm: unit.flowMaxLpm)
    designItdK = unit.designItdK
  }
}

extension PlantParameters.Plate {
  init(_ valve: Site.FacilityValve, _ random: inout SeededRandom, _ spread: Double) {
    designLoopFlowLpm = valve.designLoopFlowLpm
    designFacilityFlowLpm = valve.designFacilityFlowLpm * random.factor(0.05 * spread)
    let loop = valve.designLoopFlowLpm * Coolant.kwPerKPerLpm
    let facility = valve.designFacilityFlowLpm * PlateExchanger.waterKwPerKPerLpm
    let least = min(loop, facility)
    let ratio = min(least / max(loop, facility), 0.9999)
    let effect = min(valve.ratedKw / (least * valve.designItdK), 0.97)
    let units = log((1 - effect * ratio) / (1 - effect)) / (1 - ratio)
    sideKwPerK = 2 * units * least * random.factor(0.06 * spread)
    thermalMassKjPerK = 0.15 * valve.ratedKw * random.factor(0.10 * spread)
    facilityVolumeL = 0.03 * valve.ratedKw
  }
}

extension PlantParameters.Loop {
  /// Pipes of 3 s at design flow each way, headers of 3 s; drops as shares of the pumps' rated head.
  init(_ site: Site, _ random: inout SeededRandom, _ spread: Double) {
    let designLpm = site.racks.units.reduce(0) { $0 + $1.designFlowLpm }
    let headKpa = site.pumps.units.reduce(0) { $0 + $1.ratedHeadKpa } / Double(site.pumps.units.count)
    designFlowLpm = designLpm
    headerDpKpa = 0.12 * headKpa * random.factor(0.08 * spread)
    filterDpKpa = 0.06 * headKpa * random.factor(0.08 * spread)
    rejectionDpKpa = 0.18 * headKpa * random.factor(0.08 * spread)
    supplyPipeL = 3 * designLpm / 60 * random.factor(0.10 * spread)
    returnPipeL = 3 * designLpm / 60 * random.factor(0.10 * spread)
    headerSegmentL = 3 * designLpm / 60 / Double(site.racks.units.count)
    reservoirL = 3 * designLpm / 60
    rejectionL = 3 * designLpm / 60
    // At design flow and pressure the column would stop within 0.6 s: L = τ·dP/q.
    let drop = site.racks.units.reduce(0) { $0 + $1.designDpKpa } / Double(site.racks.units.count) + 0.36 * headKpa
    inertanceKpaSPerLpm = 0.6 * drop / designLpm * random.factor(0.20 * spread)
  }
}
