public import RowConfig
import RowTwin
import Synchronization

/// Runs every controller through every scenario, on all cores: first the tuning day, then the tests, then what is
/// searched and traded off on the tests.
public struct EnergyBench: Sendable {
  let sites: [LoadedSite]
  let isQuick: Bool
  let dataFolder: String
  let threads: Int
  let progress: @Sendable (String) -> Void
  var controllers = EnergyController.all

  /// Only these scenarios and controllers, without hindsight and trade-off; empty: all.
  public var onlyScenarios: [String] = []
  public var onlyControllers: [String] = [] {
    didSet { controllers = EnergyController.all.filter { onlyControllers.contains($0.name) } }
  }

  /// The scenario on which energy is traded against chip temperature, and which is plotted.
  static let mainScenario = "mix-67"
  /// Manifold pressures above the least allowed, and supply temperatures below the highest, that hindsight tries.
  static let hindsightKpa = [0.0, 5, 10, 20, 40]
  static let hindsightK = [0.0, 1, 2, 4]
  /// Prices of chip temperature that draw the bound's curve.
  static let boundPrices = [0.001, 0.002, 0.004, 0.008, 0.016]

  /// - Parameter sites: the demonstration row, the one on facility water, the mixed one.
  public init(
    sites: [LoadedSite], isQuick: Bool, dataFolder: String, threads: Int, progress: @escaping @Sendable (String) -> Void
  ) {
    self.sites = sites
    self.isQuick = isQuick
    self.dataFolder = dataFolder
    self.threads = threads
    self.progress = progress
  }

  /// One thing to run.
  struct Job: Sendable {
    var scenario: EnergyScenario
    /// nil: the bound.
    var controller: EnergyController?
    var variant: EnergyController.Variant?
    var leakagePerK = 0.0
  }

  public func run() throws -> EnergyResults {
    let frontier = try FrontierRecord.load(folder: dataFolder, racks: sites[0].site.racks.units.count)
    if frontier == nil { progress("the Frontier day is left out: no \(FrontierRecord.fileName) in \(dataFolder)") }
    let isPart = !onlyScenarios.isEmpty || !onlyControllers.isEmpty
    let scenarios = EnergyScenario.all(isQuick: isQuick, frontier: frontier)
      .filter { onlyScenarios.isEmpty || onlyScenarios.contains($0.name) }
    progress("tuning")
    let chosen = try tune()
    progress("\(scenarios.count) scenarios")
    var results = EnergyResults(controllers: controllers, scenarios: scenarios, choices: choices(chosen))
    results.runs = try play(scenarios.flatMap { jobs($0, chosen) })
    guard !isPart else { return results }
    progress("the best constants, with hindsight")
    try addHindsight(&results)
    progress("trade-off curves")
    try addCurves(&results, chosen)
    return results
  }

  /// Results in the order of the jobs; the longest begin first.
  func play(_ jobs: [Job]) throws -> [EnergyRun] {
    let order = jobs.indices.sorted { jobs[$0].scenario.hours > jobs[$1].scenario.hours }
    let results = Mutex([EnergyRun?](repeating: nil, count: jobs.count))
    try Fleet.run(count: jobs.count, threads: threads) { number in
      let job = jobs[order[number]]
      let loaded = job.scenario.site(from: sites[job.scenario.row])
      guard let controller = job.controller else {
        return ClairvoyantBound.play(job.scenario, loaded, leakagePerK: job.leakagePerK)
      }
      return try EnergyRun.play(job.scenario, controller, loaded, variant: job.variant)
    } done: { number, run in
      results.withLock { $0[order[number]] = run }
    }
    return results.withLock { $0.compactMap { $0 } }
  }
}

// MARK: - Stages

extension EnergyBench {
  /// What the tuning day chose: by controller, for each row.
  typealias Chosen = [String: [EnergyController.Variant]]

  /// The variant that spends least on the tuning day without violation, on each row. The first where all violate.
  private func tune() throws -> Chosen {
    var chosen: Chosen = [:]
    for controller in controllers where !controller.tuning.isEmpty {
      for row in sites.indices {
        var day = EnergyScenario.tuning
        if isQuick { day.hours = 0.1 }
        day.row = row
        let runs = try play(controller.tuning.map { Job(scenario: day, controller: controller, variant: $0) })
        let fair = runs.indices.filter { !runs[$0].figures.hasFailed }
        let best = fair.min { runs[$0].figures.coolingKwh < runs[$1].figures.coolingKwh } ?? 0
        chosen[controller.name, default: []].append(controller.tuning[best])
      }
    }
    return chosen
  }

  private func choices(_ chosen: Chosen) -> [String] {
    controllers.flatMap { controller in
      (chosen[controller.name] ?? []).enumerated().map { "\(controller.name), \(sites[$0].site.name): \($1.name)" }
    }
  }

  private func jobs(_ scenario: EnergyScenario, _ chosen: Chosen) -> [Job] {
    let suiting = controllers.filter {
      $0.suits(sites[scenario.row].site) && scenario.only?.contains($0.name) ?? true
    }
    let bound = Job(scenario: scenario)
    return suiting.map { controller in
      Job(scenario: scenario, controller: controller, variant: chosen[controller.name]?[scenario.row])
    } + (scenario.only == nil ? [bound] : [])
  }

  /// B1h: of a grid of constants the cheapest that does not violate, on each test itself.
  private func addHindsight(_ results: inout EnergyResults) throws {
    for scenario in results.scenarios where scenario.only == nil && !scenario.isSweep {
      let supply = sites[scenario.row].site.supply
      let leastKpa = sites[scenario.row].site.pumps.dpMinKpa
      let grid = Self.hindsightKpa.flatMap { above in
        Self.hindsightK.map { (kpa: leastKpa + above, supplyC: supply.setpointMaxC - $0) }
      }
      let runs = try play(
        grid.map { Job(scenario: scenario, controller: .fixed(dpKpa: $0.kpa, supplyC: $0.supplyC)) })
      if scenario.name == Self.mainScenario { results.curves["B1h"] = runs.map(\.figures) }
      let fair = grid.indices.filter { !runs[$0].figures.hasFailed }
      guard let best = fair.min(by: { runs[$0].figures.coolingKwh < runs[$1].figures.coolingKwh }) else { continue }
      results.runs.append(runs[best])
      results.choices.append("B1h, \(scenario.name): \(Int(grid[best].kpa)) kPa, \(Int(grid[best].supplyC)) °C")
    }
  }

  /// Energy over chip temperature, on the main scenario.
  private func addCurves(_ results: inout EnergyResults, _ chosen: Chosen) throws {
    guard let main = results.scenarios.first(where: { $0.name == Self.mainScenario }) else { return }
    for controller in controllers where controller.suits(sites[main.row].site) && !controller.curve.isEmpty {
      let own = chosen[controller.name]?[main.row]
      let jobs = controller.curve.map { place in
        Job(
          scenario: main, controller: controller,
          variant: EnergyController.Variant(name: place.name) { site in
            own?.change(&site)
            place.change(&site)
          })
      }
      results.curves[controller.name] = try play(jobs).map(\.figures) + results.figures(main.name, controller.name)
    }
    let bound = try play(Self.boundPrices.map { Job(scenario: main, leakagePerK: $0) }).map(\.figures)
    results.curves[ClairvoyantBound.name] = bound + results.figures(main.name, ClairvoyantBound.name)
  }
}
