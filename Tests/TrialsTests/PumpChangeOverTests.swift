import CoolingCore
import RowTwin
import Testing
import Trials

/// CTL-049: the row's true flow while pumps change, in per cent of what it was.
@Suite struct PumpChangeOverTests {
  private struct Excursion {
    var before: Double
    var lowest = 1.0
    var highest = 1.0
    init(_ row: VirtualRow) { before = row.truth.rowFlowLpm }
    mutating func look(_ row: VirtualRow) {
      let share = row.truth.rowFlowLpm / before
      lowest = min(lowest, share)
      highest = max(highest, share)
    }
    var text: String { "flow \(before), lowest \(100 * lowest - 100) %, highest \(100 * highest - 100) %" }
  }

  @Test(arguments: [UInt64(1), 2, 3, 4], [40.0, 70, 100])
  func flowStaysWithinThreePercentWhilePumpsChangeOver(seed: UInt64, load: Double) throws {
    let row = try Rows.row("demo", load: .steady(percent: load), seed: seed, settled: load)
    row.run(seconds: 3600)
    for _ in 0..<3 {
      let before = running(row)
      var excursion = Excursion(row)
      let trace = load == 100 && seed == 1
      let outcome = row.loop.apply(.changeOver)
      if outcome == .refused(.noSparePump) { print("load \(load) seed \(seed): no spare: \(before)"); return }
      #expect(outcome == .accepted)
      row.run(seconds: 120) {
        excursion.look($0)
        if trace {
          let d = $0.core.actuation.demand
          print(Int($0.seconds), (0..<3).map { "\(d.pumps[$0].run ? (d.pumps[$0].speed*10).rounded()/10 : 0)" }, $0.truth.pumpFlowLpm.map { $0.rounded() }, $0.truth.rowFlowLpm.rounded(), $0.core.pumpGroup.working.pid.output, $0.truth.manifoldDpKpa)
        }
      }
      print("load \(load) seed \(seed) \(before)>\(running(row)): \(excursion.text)")
      #expect(running(row) != before)
      #expect(excursion.lowest > 0.97 && excursion.highest < 1.03)
      #expect(!row.core.pumpGroup.working.isHandingOver)
      row.run(seconds: 300)
    }
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func flowStaysWithinThreePercentWhileAPumpComesAndGoes(seed: UInt64) throws {
    for load in [40.0, 70, 100] {
    let row = try Rows.row("demo", load: .steady(percent: load), seed: seed, settled: load)
    var excursion = Excursion(row)
    var count = -1
    var since = 0.0
    row.run(seconds: 4000) { row in
      let now = running(row).count
      if now != count { count = now; since = row.seconds; print("load \(load) \(row.seconds) pumps \(running(row)) \(excursion.text)"); excursion = Excursion(row) }
      if row.seconds - since < 100 { excursion.look(row) }
    }
      print("load \(load) last: \(running(row)) \(excursion.text)")
    }
  }

  private func running(_ row: VirtualRow) -> [Int] {
    (0..<3).filter { row.core.actuation.demand.pumps[$0].run }
  }
}
