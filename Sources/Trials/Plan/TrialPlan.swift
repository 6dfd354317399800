import CoolingCore
public import RowConfig
public import RowTwin

/// Everything a trial needs to be run, and run again: same plan, same bits.
public struct TrialPlan: Sendable {
  public var site: LoadedSite
  /// What the row was cut to; nil: as its file says.
  public var size: RowSize?
  /// Draws the plant, its noise and its load.
  public var seed: UInt64
  public var load: LoadTrace.Kind
  /// The twin already runs at this share of its rating; nil: it starts cold and at rest.
  public var settledPercent: Double?
  public var events: [TrialEvent]
  /// From here on nothing goes wrong any more and the row must come back.
  public var quietFromS: Int
  public var endS: Int

  public init(
    site: LoadedSite, size: RowSize? = nil, seed: UInt64, load: LoadTrace.Kind, settledPercent: Double?,
    events: [TrialEvent], quietFromS: Int, endS: Int
  ) {
    self.site = size.map { site.resized(to: $0) } ?? site
    self.size = size
    self.seed = seed
    self.load = load
    self.settledPercent = settledPercent
    self.events = events
    self.quietFromS = quietFromS
    self.endS = endS
  }

  /// The command that plays it again, then its schedule: a file that `irhx-trial run --schedule` takes.
  public var text: String {
    let rows = size.map { " --racks \($0.racks) --pumps \($0.pumps) --fans \($0.fans)" } ?? ""
    let start = settledPercent.map { " --settled \($0)" } ?? ""
    let command =
      "# irhx-trial run \(site.path)\(rows) --seed \(seed) --load \(Self.text(load))\(start) "
      + "--quiet-from \(quietFromS) --end \(endS) --schedule FILE"
    return ([command] + events.map(\.description)).joined(separator: "\n")
  }

  private static func text(_ load: LoadTrace.Kind) -> String {
    switch load {
    case .steady(let percent): "steady=\(percent)"
    case .step(let rack, let second, _): "step=\(rack + 1)@\(Int(second))"
    case .aiMix: "ai-mix"
    // No trial is drawn with one.
    case .jobs: "jobs"
    case .recorded: "recorded"
    }
  }
}

// MARK: - Drawing

extension TrialPlan {
  public static let faultsMax = 8
  /// Time to come back, and as long again to stay.
  public static let quietS = 2 * Int(Liveness.backWithinS)
  /// Shortest trial that has room for both phases, s.
  public static let shortestS = quietS + 1800

  /// Draws a trial: which row, its plant, its load, about half of the fault kinds, and what happens when.
  ///
  /// - Parameters:
  ///   - sites: rows to choose from. The first also serves for rows of other sizes, which are most of them.
  ///   - hours: simulated; at least `shortestS`.
  public static func drawn(seed: UInt64, from sites: [LoadedSite], hours: Double = 6) throws -> TrialPlan {
    var random = SeededRandom(seed: seed ^ 0x7472_6961_6C73)
    let endS = max(shortestS, Int(hours * 3600))
    var size: RowSize?
    var site = sites[0]
    if random.uniform() < 0.8 {
      let racks = random.whole(2, 8)
      size = RowSize(racks: racks, pumps: random.whole(2, 4), fans: max(3, (3 * racks + 1) / 2))
    } else {
      site = sites[random.whole(0, sites.count - 1)]
    }
    let (load, settled) = drawnLoad(racks: size?.racks ?? site.site.racks.units.count, &random)
    var plan = TrialPlan(
      site: site, size: size, seed: seed, load: load, settledPercent: settled, events: [],
      quietFromS: endS - quietS, endS: endS)
    try plan.drawFaults(&random)
    plan.drawRestarts(&random)
    plan.drawOperator(&random)
    plan.events.sort { $0.startS < $1.startS }
    return plan
  }

  private static func drawnLoad(racks: Int, _ random: inout SeededRandom) -> (LoadTrace.Kind, Double?) {
    switch random.uniform() {
    case ..<0.6: return (.aiMix, 60)
    case ..<0.85:
      let percent = random.uniform(15, 100).rounded()
      return (.steady(percent: percent), percent)
    case ..<0.93: return (.step(rack: random.whole(0, racks - 1), atSecond: random.uniform(600, 6000).rounded()), 60)
    // From rest racks may draw little: nobody lets them compute before coolant flows.
    default: return (.steady(percent: random.uniform(5, 15).rounded()), nil)
    }
  }

  private mutating func drawFaults(_ random: inout SeededRandom) throws {
    let kinds = try FaultCatalogue.byKind(of: site).filter { _ in random.uniform() < 0.5 }
    guard !kinds.isEmpty else { return }
    var keys: Set<String> = []
    let isBurst = random.uniform() < 0.3
    let burstS = random.whole(300, quietFromS - 600)
    for _ in 0..<random.whole(0, Self.faultsMax) {
      let kind = kinds[random.whole(0, kinds.count - 1)]
      let fault = FaultCatalogue.scaled(
        kind.faults[random.whole(0, kind.faults.count - 1)], by: random.uniform(0.5, 1.2))
      guard keys.insert(fault.key).inserted else { continue }
      let startS = isBurst ? burstS + random.whole(0, 5) : random.whole(300, quietFromS - 60)
      // As many short ones as long ones: 10 s … 2 h.
      var lastsS = 10.0
      for _ in 0..<random.whole(0, 9) { lastsS *= 2 }
      let endS = min(quietFromS, startS + Int(lastsS * random.uniform(1, 1.5)))
      events.append(TrialEvent(startS, until: endS, .fault(fault)))
    }
  }

  /// The wall clock is not among these: the loop never reads it, and there is none on the virtual clock.
  private mutating func drawRestarts(_ random: inout SeededRandom) {
    guard random.uniform() < 0.5 else { return }
    for _ in 0..<random.whole(1, 3) {
      let startS = random.whole(60, quietFromS - 60)
      events.append(TrialEvent(startS, until: startS + random.whole(1, 3), .restart))
    }
  }

  private mutating func drawOperator(_ random: inout SeededRandom) {
    let supply = site.site.supply
    for _ in 0..<random.whole(0, 4) {
      let startS = random.whole(120, quietFromS - 60)
      switch random.uniform() {
      case ..<0.3: events.append(TrialEvent(startS, .acknowledge))
      case ..<0.5: events.append(TrialEvent(startS, .reset))
      case ..<0.75:
        let low = max(supply.setpointMinC, supply.setpointC - 4)
        let celsius = random.uniform(low, min(supply.setpointMaxC, supply.setpointC + 2)).rounded()
        events.append(TrialEvent(startS, .setpoint(celsius: celsius)))
      default:
        let actuator: Actuator =
          switch random.whole(0, 2) {
          case 0: .pump(random.whole(0, site.site.pumps.units.count - 1))
          case 1: .rackValve(random.whole(0, site.site.racks.units.count - 1))
          default: site.site.fans.map { .fan(random.whole(0, $0.units.count - 1)) } ?? .facilityValve
          }
        let endS = min(quietFromS, startS + random.whole(30, 900))
        let percent = random.uniform(0, 100).rounded()
        events.append(TrialEvent(startS, until: endS, .override(actuator: actuator.index, percent: percent)))
      }
    }
  }
}

extension SeededRandom {
  /// A whole number from `low` through `high`.
  mutating func whole(_ low: Int, _ high: Int) -> Int {
    low + Int(uniform(0, Double(high - low + 1)))
  }
}

// MARK: - Matrices

extension TrialPlan {
  /// When the faults of a matrix begin and end, and when the trial does.
  static let matrixStartS = 300
  static let matrixEndS = 1800
  static let matrixQuietS = 1800

  /// These faults at once in a steady row.
  public static func steady(
    _ site: LoadedSite, faults: [Fault], loadPercent: Double, seed: UInt64 = 11
  ) -> TrialPlan {
    TrialPlan(
      site: site, seed: seed, load: .steady(percent: loadPercent), settledPercent: loadPercent,
      events: faults.map { TrialEvent(matrixStartS, until: matrixEndS, .fault($0)) },
      quietFromS: matrixEndS, endS: matrixEndS + matrixQuietS)
  }

  /// A day of AI-mix load in which nothing goes wrong.
  public static func uneventful(_ site: LoadedSite, seed: UInt64, hours: Int = 24) -> TrialPlan {
    TrialPlan(
      site: site, seed: seed, load: .aiMix, settledPercent: 60, events: [], quietFromS: 0, endS: hours * 3600)
  }

  /// A sampled pair of different faults, at a sampled load, the second up to five minutes after the first.
  ///
  /// - Parameter kinds: `FaultCatalogue.byKind`, two faults at least.
  public static func pair(
    _ site: LoadedSite, of kinds: [(kind: String, faults: [Fault])], seed: UInt64
  ) -> TrialPlan {
    var random = SeededRandom(seed: seed ^ 0x7061_6972)
    var faults: [Fault] = []
    while faults.count < 2 {
      let kind = kinds[random.whole(0, kinds.count - 1)]
      let fault = kind.faults[random.whole(0, kind.faults.count - 1)]
      if !faults.contains(where: { $0.key == fault.key }) { faults.append(fault) }
    }
    let loads = [30.0, 65, 100]
    var plan = steady(site, faults: faults, loadPercent: loads[random.whole(0, 2)], seed: seed)
    plan.events[1].startS += random.whole(0, 300)
    return plan
  }
}
