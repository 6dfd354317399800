public import RowConfig
import RowTwin
import Synchronization

/// Runs every controller through every scenario, on all cores.
public struct EnergyBench: Sendable {
  let sites: [LoadedSite]
  let isQuick: Bool
  let dataFolder: String
  let threads: Int
  let progress: @Sendable (String) -> Void
  /// Only scenarios whose name begins so.
  public var only: String?

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

  public func run() throws -> [EnergyRun] {
    let frontier = try FrontierRecord.load(folder: dataFolder, racks: sites[0].site.racks.units.count)
    if frontier == nil { progress("the Frontier day is left out: no \(FrontierRecord.fileName) in \(dataFolder)") }
    var jobs: [Job] = []
    for scenario in EnergyScenario.all(isQuick: isQuick, frontier: frontier) {
      if let only, !scenario.name.hasPrefix(only) { continue }
      for controller in EnergyController.all where controller.suits(sites[scenario.row].site) {
        guard scenario.only?.contains(controller.name) ?? true else { continue }
        jobs.append(Job(scenario: scenario, controller: controller))
      }
    }
    return try play(jobs)
  }

  struct Job: Sendable {
    var scenario: EnergyScenario
    var controller: EnergyController
    var variant: EnergyController.Variant?
  }

  /// Results in the order of the jobs; the longest begin first.
  func play(_ jobs: [Job]) throws -> [EnergyRun] {
    let order = jobs.indices.sorted { jobs[$0].scenario.hours > jobs[$1].scenario.hours }
    let results = Mutex([EnergyRun?](repeating: nil, count: jobs.count))
    try Fleet.run(count: jobs.count, threads: threads) { number in
      let job = jobs[order[number]]
      return try EnergyRun.play(job.scenario, job.controller, sites[job.scenario.row], variant: job.variant)
    } done: { number, run in
      results.withLock { $0[order[number]] = run }
    }
    return results.withLock { $0.compactMap { $0 } }
  }
}
