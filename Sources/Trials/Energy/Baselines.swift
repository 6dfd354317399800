import CoolingCore
import Glibc
import RowConfig

/// The baselines. Those that differ from our production core by constants only run in it: with its PI loops, its
/// feed-forward through the coils' map, its staging of pumps and fans, its safeguards. That makes them stronger than
/// what they stand for.
extension EnergyController {
  /// Flow per kW of nameplate that an as-shipped unit is set to: the middle of OCP's 1.25 … 2.0 L/min per kW.
  static let asShippedLpmPerKw = 1.5
  /// Branches are built within ±8 %: the designer gives the worst one its flow.
  static let branchTolerance = 1.08
  /// Below the highest setpoint allowed: the designer's reserve for the control band.
  static let designReserveK = 1.0

  static let asShipped = {
    var own = EnergyController(
      "B0", "as shipped: constant dP for 1.5 L/min per kW of nameplate, constant supply, valves balanced by hand"
    ) { site in
      site.holdDp(site.dpKpa(lpmPerKw: asShippedLpmPerKw))
      site.supply.setpointC = min(site.topology == .liquidToAir ? 40 : 32, site.supply.setpointMaxC)
    } companion: {
      HandBalance($0)
    }
    // All others are compared at its chip temperature.
    own.curve = []
    return own
  }()

  static let designed = EnergyController(
    "B1", "static by design calculation: dP for the racks' design flows, warmest supply less 1 K, balanced by hand"
  ) { site in
    site.holdDp(site.designDpKpa)
    site.supply.setpointC = site.supply.setpointMaxC - designReserveK
  } companion: {
    HandBalance($0)
  }

  static let flowPerKilowatt = {
    var own = EnergyController(
      "B2", "rack valves give 1.3 L/min per kW of present power, at constant dP"
    ) { site in
      site.holdDp(site.designDpKpa)
    }
    own.tuning = Variant.tuning
    return own
  }()

  static let trimAndRespond = {
    var own = EnergyController(
      "B3", "as B2, with dP by trim and respond on the most open valve (ASHRAE Guideline 36)"
    ) { _ in
    } companion: { _ in
      TrimAndRespond()
    }
    own.tuning = Variant.tuning
    return own
  }()

  /// Fixed constants, for the search with hindsight.
  static func fixed(dpKpa: Double, supplyC: Double) -> EnergyController {
    EnergyController(
      "B1h", "the best fixed dP and supply temperature, found with hindsight on the test itself"
    ) { site in
      site.holdDp(dpKpa)
      site.supply.setpointC = supplyC
    } companion: {
      HandBalance($0)
    }
  }
}

extension EnergyController.Variant {
  /// Supply below the highest allowed, and how long a peak of power is held: by irhx's own 90 s or hardly at all.
  static let tuning = [0.0, 1, 2].flatMap { below in
    [10.0, 90].map { holdS in
      EnergyController.Variant(name: "supply \(Int(below)) K below its highest, peaks held \(Int(holdS)) s") { site in
        site.supply.setpointC = site.supply.setpointMaxC - below
        site.racks.peakHoldS = holdS
      }
    }
  }
}

extension Site {
  /// Pins the manifold pressure.
  mutating func holdDp(_ kpa: Double) {
    let held = Swift.min(Swift.max(kpa, pumps.dpMinKpa), pumps.dpMaxKpa)
    pumps.dpSetpointKpa = held
    pumps.dpMinKpa = held
    pumps.dpMaxKpa = held
  }

  /// Manifold pressure that gives every rack this flow with its valve open, by the name plates; dP goes with flow².
  func dpKpa(lpmPerKw: Double) -> Double {
    racks.units.map { unit in
      let share = lpmPerKw * unit.ratedKw / unit.designFlowLpm
      return unit.designDpKpa * share * share
    }.max() ?? 0
  }

  var designDpKpa: Double { EnergyController.branchTolerance * (racks.units.map(\.designDpKpa).max() ?? 0) }

  /// The flow per kW of nameplate that all racks can have at this manifold pressure.
  func lpmPerKw(dpKpa: Double) -> Double {
    racks.units.map { unit in
      unit.designFlowLpm * (dpKpa / unit.designDpKpa).squareRoot() / unit.ratedKw
    }.min() ?? 0
  }
}

/// Valves balanced once by a person with the flow meters' help, until every rack has the same flow per kW of its
/// nameplate; then left alone.
struct HandBalance: Companion {
  /// Time between two looks at the meters, and how long the adjustment is left before the next renewal.
  static let everyS = 30.0
  private let wantedLpm: [Double]
  private var valves: [Double]
  private var nextS = 0.0

  init(_ site: Site) {
    let lpmPerKw = site.lpmPerKw(dpKpa: site.pumps.dpSetpointKpa)
    wantedLpm = site.racks.units.map { lpmPerKw * $0.ratedKw }
    valves = site.racks.units.map { _ in 100 }
  }

  mutating func step(_ row: VirtualRow, isCommissioning: Bool) {
    guard row.seconds >= nextS else { return }
    nextS = row.seconds + Self.everyS
    for rack in valves.indices {
      if isCommissioning, let flow = row.core.measurements.racks[rack].flow.value?.litresPerMinute {
        // Flow of an equal-percentage valve goes with 50^position.
        let step = 60 * log(wantedLpm[rack] / max(flow, 1)) / log(50.0)
        valves[rack] = min(max(valves[rack] + step, 50), 100)
      }
      _ = row.loop.apply(.override(.rackValve(rack), value: valves[rack], leaseS: 3600))
    }
  }
}

/// Guideline 36's trim and respond, with pressure for what it does to air: every two minutes the setpoint is trimmed,
/// unless more valves than are ignored ask for more.
struct TrimAndRespond: Companion {
  static let everyS = 120.0
  static let trimKpa = 3.0
  static let respondKpa = 5.0
  static let respondMaxKpa = 12.0
  /// A valve asks once it stands above this, until it is below the other.
  static let asksAbove = 95.0
  static let contentBelow = 85.0

  private var dpKpa: Double?
  private var nextS = 0.0
  private var asking: [Bool] = []

  mutating func step(_ row: VirtualRow, isCommissioning: Bool) {
    let site = row.site
    if asking.isEmpty { asking = site.racks.units.map { _ in false } }
    for rack in asking.indices {
      let valve = row.core.actuation.demand.rackValves[rack]
      asking[rack] = valve > Self.asksAbove || asking[rack] && valve >= Self.contentBelow
    }
    var present = dpKpa ?? site.pumps.dpSetpointKpa
    if row.seconds >= nextS {
      nextS = row.seconds + Self.everyS
      let requests = Double(asking.count { $0 })
      present += requests > 0 ? min(requests * Self.respondKpa, Self.respondMaxKpa) : -Self.trimKpa
      present = min(max(present, site.pumps.dpMinKpa), site.pumps.dpMaxKpa)
    }
    dpKpa = present
    // Every cycle, so that the core's own reset never gets further than a cycle.
    _ = row.loop.apply(.setDpSetpoint(Pressure(kilopascals: present)))
  }
}
