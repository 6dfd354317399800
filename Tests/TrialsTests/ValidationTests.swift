import CoolingCore
import RowTwin
import Testing
import Trials

/// Doubts about instruments on the production cycle: none while they are well, the right one when they lie.
@Suite struct ValidationTests {
  /// Every doubt that arises, by role and reason.
  private struct Doubts {
    var seen: [String: Int] = [:]

    mutating func look(_ row: VirtualRow, _ roles: [String?]) {
      for slot in 0..<InputSlot.count where row.core.settings.signals[slot].isConfigured {
        let quality = row.core.validator.conditioned[slot].quality
        if quality != .good { seen["\(roles[slot] ?? "") \(quality)", default: 0] += 1 }
      }
      for quality in [
        row.core.measurements.supplyTemperature.quality, row.core.measurements.returnTemperature.quality,
        row.core.measurements.manifoldDp.quality,
      ] where quality != .good { seen["voted \(quality)", default: 0] += 1 }
    }
  }

  /// CTL-028: a healthy plant with its noise, spread and load steps raises no doubt.
  @Test(arguments: ["demo", "facility-water", "mixed-16"], [UInt64(1), 2])
  func healthyInstrumentsAreNeverDoubted(name: String, seed: UInt64) throws {
    let row = try Rows.row(name, load: .aiMix, seed: seed, settled: 60)
    let roles = row.loop.roles.inputs
    row.run(seconds: 120)
    var doubts = Doubts()
    row.run(seconds: 12 * 3600) { doubts.look($0, roles) }
    #expect(doubts.seen.isEmpty, "\(doubts.seen)")
  }

  /// CTL-028
  @Test func loadStepsPumpTripsAndStartsRaiseNoDoubt() throws {
    let row = try Rows.row("demo", load: .step(rack: 2, atSecond: 3600), settled: 60)
    let roles = row.loop.roles.inputs
    row.run(seconds: 120)
    var doubts = Doubts()
    row.run(seconds: 3900) { doubts.look($0, roles) }
    try row.twin.inject(Fault("pump.1.trip"))
    row.run(seconds: 300) { doubts.look($0, roles) }
    row.twin.clearAllFaults()
    row.run(seconds: 900) { doubts.look($0, roles) }
    #expect(doubts.seen.isEmpty, "\(doubts.seen)")
  }
}
