import CoolingCore
import RowTwin
import Testing
import Trials

/// CTL-049: the row's true flow while pumps change, as a share of what it was.
@Suite struct PumpChangeOverTests {
  private struct Excursion {
    let before: Double
    var lowest = 1.0
    var highest = 1.0
    init(_ row: VirtualRow) { before = row.truth.rowFlowLpm }
    mutating func look(_ row: VirtualRow) {
      let share = row.truth.rowFlowLpm / before
      lowest = min(lowest, share)
      highest = max(highest, share)
    }
    var isHeld: Bool { lowest > 0.97 && highest < 1.03 }
  }

  /// Each pump of the three hands over once, whatever its wear and make of drive.
  @Test(arguments: [UInt64(1), 2, 3, 4])
  func flowStaysWithinThreePercentWhilePumpsChangeOver(seed: UInt64) throws {
    let row = try Rows.row("demo", load: .steady(percent: 40), seed: seed, settled: 40)
    row.run(seconds: 3600)
    for _ in 0..<3 {
      let before = running(row)
      var excursion = Excursion(row)
      #expect(row.loop.apply(.changeOver) == .accepted)
      row.run(seconds: 120) { excursion.look($0) }
      print("seed \(seed), \(before) to \(running(row)): \(excursion)")
      #expect(running(row) != before && !row.core.pumpGroup.working.isHandingOver)
      #expect(excursion.isHeld, "\(excursion)")
      row.run(seconds: 300)
    }
  }

  /// At 70 % the third pump comes for the sake of ride-through, about a minute after the start.
  @Test(arguments: [UInt64(1), 2, 3])
  func flowStaysWithinThreePercentWhileAPumpComes(seed: UInt64) throws {
    let row = try Rows.row("demo", load: .steady(percent: 70), seed: seed, settled: 70)
    let came = row.run(until: { running($0).count == 3 }, timeout: 600)
    #expect(came != nil)
    var excursion = Excursion(row)
    row.run(seconds: 60) { excursion.look($0) }
    print("seed \(seed), to \(running(row)): \(excursion)")
    #expect(excursion.isHeld, "\(excursion)")
  }

  private func running(_ row: VirtualRow) -> [Int] {
    (0..<3).filter { row.core.actuation.demand.pumps[$0].run }
  }
}
