import CoolingCore
import RowConfig

/// What a core step with a plan costs at the size where it costs most: sixteen racks whose chip limits bind.
extension Bench {
  static let planMedianTargetMs = 5.0
  static let planWorstTargetMs = 20.0
  /// About what binds on the shipped rows' plates.
  static let boundChipC = 68.0

  func measurePrediction(into report: inout BenchReport) throws {
    guard let largest else { return }
    progress("core step with a plan")
    var own = largest
    own.site.control.mode = .mpc
    own.site.economics.leakagePercentPerK = 0
    for rack in own.site.racks.units.indices { own.site.racks.units[rack].chipLimitC = Self.boundChipC }
    let row = try VirtualRow(own, seed: 14, load: .aiMix)
    row.twin.settle(loadPercent: 60)
    row.run(seconds: 900)
    var memory = [Double](repeating: 0, count: PredictiveLaw.workspaceDoubles(racks: own.site.racks.units.count))
    var stepsMs: [Double] = []
    var plans = 0
    row.run(seconds: isQuick ? 1200 : 7200) { row in
      // A copy of the core, so that the row goes on as it would; every other step holds a solve.
      var core = row.core
      let before = Self.busyS()
      var lent = memory.mutableSpan
      core.step(row.loop.scan, elapsedS: 1, lent: &lent)
      stepsMs.append((Self.busyS() - before) * 1000)
      if row.core.guide.commands == .mpc { plans += 1 }
    }
    let solving = Samples(Array(stepsMs.sorted().suffix(stepsMs.count / 2)))
    let isReached = solving.median <= Self.planMedianTargetMs && solving.percentile(99) <= Self.planWorstTargetMs
    report.add(
      BenchRow(
        "One core step with a plan, \(own.site.racks.units.count) racks at their chip limits",
        "median \(number(solving.median, 2)) ms, 99 % below \(number(solving.percentile(99), 2)) ms, most "
          + "\(number(solving.most, 2)) ms, of \(solving.count) that solve; in command "
          + "\(number(100 * Double(plans) / Double(stepsMs.count))) % of the time",
        floor: "processor time of the thread",
        target: "median ≤ \(number(Self.planMedianTargetMs)) ms, 99 % ≤ \(number(Self.planWorstTargetMs)) ms",
        isReached ? .reached : .missed("the row is large for its horizon")))
  }
}
