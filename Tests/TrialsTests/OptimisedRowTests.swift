import CoolingCore
import RowConfig
import RowTwin
import Testing
import Trials

/// CTL-113: the optimiser on the production loop and the simulated plant, whose parameters are not the model's.
@Suite struct OptimisedRowTests {
  private struct Day {
    var meter = RunMeter()
    var layers = 0
    var row: VirtualRow
  }

  private static func run(
    _ commands: ControlLayer, seed: UInt64, hours: Double, load: LoadTrace.Kind = .aiMix,
    edit: (inout LoadedSite) -> Void = { _ in }
  ) throws -> Day {
    var loaded = try Rows.site("demo")
    loaded.site.control.mode = commands == .optimiser ? .optimiser : .pid
    edit(&loaded)
    let row = try VirtualRow(loaded, seed: seed, load: load)
    row.twin.settle(loadPercent: 60)
    var day = Day(row: row)
    row.run(seconds: 900)
    row.run(seconds: hours * 3600) { row in
      day.meter.add(row)
      if row.core.guide.commands == .optimiser { day.layers += 1 }
    }
    return day
  }

  /// Without leakage in the price the optimum takes the chips' warmth that it is allowed.
  @Test(arguments: [1, 2] as [UInt64])
  func optimumTakesHalfOfTheConstantsPowerAtMost(seed: UInt64) throws {
    let hours = 4.0
    let constants = try Self.run(.pid, seed: seed, hours: hours)
    let optimum = try Self.run(.optimiser, seed: seed, hours: hours) { $0.site.economics.leakagePercentPerK = 0 }
    print("seed \(seed): pid \(constants.meter.text)\n  pid+optimiser \(optimum.meter.text)")
    #expect(optimum.layers > Int(0.99 * hours * 3600))
    #expect(optimum.meter.totalKwh < 0.5 * constants.meter.totalKwh)
    #expect(optimum.meter.chipViolationKs <= 10 && optimum.meter.chipOverK <= 0.5)
  }

  /// With the default price of leakage it saves a tenth and more with chips as warm as before.
  @Test func optimumSavesAtEqualChipTemperature() throws {
    let constants = try Self.run(.pid, seed: 1, hours: 4)
    let optimum = try Self.run(.optimiser, seed: 1, hours: 4)
    print("pid \(constants.meter.text)\n  pid+optimiser \(optimum.meter.text)")
    #expect(abs(optimum.meter.chipMeanC - constants.meter.chipMeanC) < 1)
    #expect(optimum.meter.totalKwh < 0.9 * constants.meter.totalKwh)
  }

  /// Chips whose limit is near, and a job that starts in a second.
  @Test func aJobStartDoesNotOverheatARackThatWasThrottled() throws {
    let hot = try Self.run(
      .optimiser, seed: 1, hours: 2, load: .step(rack: 0, atSecond: 5400),
      edit: { loaded in
        loaded.site.economics.leakagePercentPerK = 0
        loaded.site.supply.setpointC = 38
        loaded.site.supply.setpointMaxC = 40
        loaded.site.limits.supplyHighC = 41
        loaded.site.limits.supplyHighHighC = 41.2
        for i in loaded.site.racks.units.indices { loaded.site.racks.units[i].chipLimitC = 64 }
      })
    print("job start: \(hot.meter.text)")
    #expect(hot.meter.chipOverK <= 0.5 && hot.meter.chipViolationKs <= 10)
    #expect(hot.layers > 7000)
  }

  /// CTL-110: a supply sensor that goes with its two fellows ends the optimum, and its return brings it back.
  @Test func theRowGoesOnByItsConstantsWhileASensorIsMissing() throws {
    let day = try Self.run(.optimiser, seed: 3, hours: 0.2)
    let row = day.row
    #expect(row.core.guide.commands == .optimiser)
    for sensor in 1...3 { try row.twin.inject(Fault("supply.temperature.\(sensor).open")) }
    row.run(seconds: 30)
    #expect(row.core.guide.commands == .pid && row.core.guide.reason == .measurementLost)
    row.run(seconds: 600)
    #expect(row.truth.supplyTemperatureC < 40.5)
    row.twin.clearAllFaults()
    #expect(row.run(until: { $0.core.guide.commands == .optimiser }, timeout: 600) != nil)
  }
}
