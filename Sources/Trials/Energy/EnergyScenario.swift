import Glibc
import RowConfig
import RowTwin

/// One test: a row, what it is built like in truth, its load, its air, and how long.
struct EnergyScenario: Sendable {
  var name: String
  var title: String
  /// Index in the shipped rows: demonstration, facility water, sixteen mixed racks.
  var row = 0
  var load: VirtualRow.Load
  /// Also draws the true plant.
  var seed: UInt64
  var hours: Double
  var mismatch = PlantMismatch()
  /// Instead of the site file's.
  var chipLimitC: Double?
  /// Warmer than usual from and until when.
  var heatWaveS: Range<Double>?
  /// Only these controllers; nil: all.
  var only: [String]?

  /// The shipped row with this test's limit.
  func site(from loaded: LoadedSite) -> LoadedSite {
    var own = loaded
    guard let chipLimitC else { return own }
    for rack in own.site.racks.units.indices { own.site.racks.units[rack].chipLimitC = chipLimitC }
    return own
  }

  var isSweep: Bool { mismatch != PlantMismatch() }

  /// Before the test: the row comes to rest under its controller, valves are balanced.
  static let commissioningS = 1500.0
  /// Mean of the air that enters the coils, its swing over the day, and the heat wave on top, K.
  static let airC = 27.0
  static let airSwingK = 2.0
  static let heatWaveK = 5.0
  /// Heat carried by 1 L/min of the loop's coolant, kW per kelvin.
  static let kwPerKPerLpm = 4.0 / 60

  init(_ name: String, _ title: String, load: VirtualRow.Load, seed: UInt64, hours: Double) {
    self.name = name
    self.title = title
    self.load = load
    self.seed = seed
    self.hours = hours
  }

  /// Hall air, or facility water. Warmest at three in the afternoon; a test begins at midnight, or at ten where it is
  /// shorter than a day. Facility water is about what the plate exchanger is designed for.
  func sinkC(_ site: Site, atS seconds: Double) -> Double {
    let wave = heatWaveS.map { $0.contains(seconds) ? Self.heatWaveK : 0 } ?? 0
    let startS = hours < 24 ? 36_000.0 : 0
    let warmthK = Self.airSwingK * sin(2 * .pi * ((seconds + startS) / 86_400 - 0.375)) + wave
    guard let valve = site.facilityValve else { return Self.airC + warmthK }
    let riseK = valve.ratedKw / (valve.designLoopFlowLpm * Self.kwPerKPerLpm)
    return site.supply.setpointC + riseK - valve.designItdK + warmthK
  }
}

/// How the true plant departs from its name plates beyond what its seed draws (±8 % resistances, ±9 % coils, pumps worn
/// by up to 4 %): factors of the resistance of branches and pipes, the coils' conductance, the cold plates' thermal
/// resistance and the pumps' head.
struct PlantMismatch: Sendable, Equatable {
  var hydraulic = 1.0
  var coil = 1.0
  var plates = 1.0
  var head = 1.0
  init() {}

  func plant(_ site: Site, seed: UInt64) -> PlantParameters {
    var plant = PlantParameters(site: site, seed: seed)
    for i in plant.racks.indices {
      plant.racks[i].platesDpKpa *= hydraulic
      plant.racks[i].plateResistance *= plates
    }
    plant.loop.headerDpKpa *= hydraulic
    plant.loop.filterDpKpa *= hydraulic
    plant.loop.rejectionDpKpa *= hydraulic
    for i in plant.pumps.indices { plant.pumps[i].shutoffKpa *= head }
    switch plant.rejection {
    case .coils(var coils):
      for i in coils.indices {
        coils[i].airKwPerK *= coil
        coils[i].liquidKwPerK *= coil
      }
      plant.rejection = .coils(coils)
    case .plate(var plate):
      plate.sideKwPerK *= coil
      plant.rejection = .plate(plate)
    }
    return plant
  }
}

extension EnergyScenario {
  /// The day on which controllers are tuned: its seed draws another plant and other jobs than any test's.
  static let tuning = EnergyScenario("tuning", "tuning day", load: .aiMix, seed: 101, hours: 4)

  /// - Parameters:
  ///   - isQuick: minutes instead of days, for a look.
  ///   - frontier: the recorded day; nil: not there.
  static func all(isQuick: Bool, frontier: RecordedLoad?) -> [EnergyScenario] {
    let day = isQuick ? 0.25 : 24.0
    let part = isQuick ? 0.25 : 8.0
    var all = [
      EnergyScenario("mix-67", "AI mix, 24 h", load: .aiMix, seed: 7, hours: day),
      EnergyScenario("mix-67b", "AI mix, another seed", load: .aiMix, seed: 8, hours: part),
      EnergyScenario("mix-45", "AI mix with long pauses", load: .jobs(.light), seed: 9, hours: part),
      EnergyScenario("mix-90", "AI mix without pauses", load: .jobs(.heavy), seed: 10, hours: part),
      EnergyScenario("steps", "one rack, then the row, up and down at once", load: .steps, seed: 11, hours: 2),
    ]
    if isQuick { all = Array(all.prefix(1)) }
    if let frontier {
      all.append(
        EnergyScenario("frontier", "Frontier, a recorded day", load: .recorded(frontier), seed: 12, hours: day))
    }
    guard !isQuick else { return all }
    var tight = EnergyScenario("tight", "AI mix, chips limited to 68 °C", load: .aiMix, seed: 7, hours: part)
    tight.chipLimitC = 68
    var facility = EnergyScenario("facility", "AI mix on facility water", load: .aiMix, seed: 13, hours: part)
    facility.row = 1
    var mixed = EnergyScenario("mixed-16", "AI mix, sixteen mixed racks", load: .aiMix, seed: 14, hours: part)
    mixed.row = 2
    return all + [tight, facility, mixed, week] + sweep(hours: 4)
  }

  /// Day 2 a two-hour outage, days 4 and 5 a heat wave.
  private static var week: EnergyScenario {
    var mix = JobMix()
    mix.outageS = (1.5 * 86_400)..<(1.5 * 86_400 + 7200)
    var week = EnergyScenario(
      "week", "AI mix, 7 days: an outage on day 2, +5 K on days 4 and 5", load: .jobs(mix), seed: 15, hours: 168)
    week.heatWaveS = (3 * 86_400.0)..<(5 * 86_400.0)
    week.only = ["B0", "B1", "pid", "pid+optimiser", "mpc"]
    return week
  }

  /// The same hours on plants that differ from their name plates by 30 %, one way at a time.
  static func sweep(hours: Double) -> [EnergyScenario] {
    let changes: [(String, WritableKeyPath<PlantMismatch, Double>, Double)] = [
      ("hydraulic-30", \.hydraulic, 0.7), ("hydraulic+30", \.hydraulic, 1.3), ("coil-30", \.coil, 0.7),
      ("coil+30", \.coil, 1.3), ("plates+30", \.plates, 1.3), ("head-15", \.head, 0.85),
    ]
    return changes.map { name, path, factor in
      var scenario = EnergyScenario(name, "AI mix, plant \(name) %", load: .aiMix, seed: 16, hours: hours)
      scenario.mismatch[keyPath: path] = factor
      return scenario
    }
  }
}

extension JobMix {
  /// About 45 % of the rating, and about 90 %.
  static let light = {
    var mix = JobMix()
    mix.pauses = 12
    mix.training = 0.4
    return mix
  }()
  static let heavy = {
    var mix = JobMix()
    mix.pauses = 0.05
    mix.training = 1
    mix.duty = 0.75...0.9
    mix.reducing = 0.7...0.8
    return mix
  }()
}

extension LoadTrace.Kind {
  /// All racks at 60 %; then rack 1 from 15 to 100 % and back; then the row from 18 to 100 % within 2 s and back.
  static let steps = {
    let stepS = 2.0
    func shares(_ seconds: Double) -> [Double] {
      var all = Array(repeating: 0.6, count: 8)
      switch seconds {
      case ..<1500: all[0] = 0.15
      case 1500..<3300: all[0] = 1
      case 3300..<5100: all = Array(repeating: 0.18, count: 8)
      case 5100..<6900: all = Array(repeating: 1, count: 8)
      default: all = Array(repeating: 0.18, count: 8)
      }
      return all
    }
    let instants = Int((EnergyScenario.commissioningS + 7200) / stepS)
    return LoadTrace.Kind.recorded(
      RecordedLoad(
        stepS: stepS, shares: (0...instants).map { shares(Double($0) * stepS - EnergyScenario.commissioningS + 600) }))
  }()
}
