import RowTwin
import Testing

@testable import Trials

/// What is worked out from the figures: equal chip temperature, the gate, plots and the recorded day.
@Suite struct EnergyResultTests {
  private func point(_ chipC: Double, _ kwh: Double, violation: Double = 0) -> EnergyFigures {
    var figures = EnergyFigures()
    (figures.hours, figures.chipMeanC, figures.pumpKwh, figures.violationKSPerDay) = (1, chipC, kwh, violation)
    return figures
  }

  @Test func equalChipTemperatureIsInterpolatedBetweenSettings() {
    let curve = [point(58, 6), point(54, 10), point(56, 7)]
    #expect(EnergyResults.kwh(of: curve, atChipC: 57) == 6.5)
    #expect(EnergyResults.kwh(of: curve, atChipC: 55) == 8.5)
  }

  @Test func settingsThatAnotherBettersInBothAreDropped() {
    let curve = [point(54, 10), point(55, 12), point(56, 8)]
    #expect(EnergyResults.kwh(of: curve, atChipC: 55) == 9)
  }

  @Test func settingsThatViolateDoNotCount() {
    #expect(EnergyResults.kwh(of: [point(54, 10), point(58, 2, violation: 11)], atChipC: 56) == nil)
  }

  @Test func noSettingIsStretchedToACoolerChip() {
    #expect(EnergyResults.kwh(of: [point(57, 8), point(58, 6)], atChipC: 56) == nil)
    #expect(EnergyResults.kwh(of: [point(55.6, 8)], atChipC: 56) == 8)
    #expect(EnergyResults.kwh(of: [point(55.4, 8)], atChipC: 56) == nil)
  }

  private func record(_ ours: Double, _ baseline: Double, violation: Double = 0) -> EnergyRecord {
    var record = EnergyRecord()
    record.figures = ["day/pid": point(57, ours, violation: violation), "day/B0": point(56, baseline)]
    return record
  }

  @Test func gateLetsTheSameFiguresPass() {
    #expect(record(8, 14).regressions(from: record(8, 14), ours: ["pid"]).isEmpty)
    #expect(record(8.07, 14).regressions(from: record(8, 14), ours: ["pid"]).isEmpty)
  }

  @Test func gateFailsWhereIrhxSpendsMore() {
    #expect(record(8.09, 14).regressions(from: record(8, 14), ours: ["pid"]).count == 1)
    #expect(record(7, 14).regressions(from: record(8, 14), ours: ["pid"]).isEmpty)
  }

  @Test func gateFailsWhereABaselineChangesEitherWay() {
    #expect(record(8, 14.2).regressions(from: record(8, 14), ours: ["pid"]).count == 1)
    #expect(record(8, 13.8).regressions(from: record(8, 14), ours: ["pid"]).count == 1)
  }

  @Test func gateFailsWhereViolationsGrow() {
    #expect(record(8, 14, violation: 2).regressions(from: record(8, 14), ours: ["pid"]).count == 1)
  }

  @Test func whatWasLeftOutTodayStaysAsCommitted() {
    var today = record(7, 14)
    today.figures["day/B0"] = nil
    let merged = today.merged(over: record(8, 14))
    #expect(merged.figures["day/pid"]?.coolingKwh == 7)
    #expect(merged.figures["day/B0"]?.coolingKwh == 14)
  }

  @Test func plotHasALineForEverySeries() {
    let plot = SvgPlot(
      title: "a < b", xTitle: "hour", yTitle: "kW",
      series: [.init(name: "one", values: [1, 2, 3]), .init(name: "two", values: [3, 2, 1])])
    #expect(plot.text.split(separator: "<polyline").count == 3)
    #expect(plot.text.contains("a &lt; b"))
    #expect(SvgPlot.step(14) == 2)
    #expect(SvgPlot.step(0.5) == 0.1)
  }

  @Test func recordedDayIsShareOfTheHighestUnit() throws {
    let text = "time,power[1],power[2],wet\n0.0,500,1000,4\n15.0,1000,250,4\n30.0,0,0,4\n"
    let load = try FrontierRecord.parse(text, racks: 3)
    #expect(load.stepS == 15)
    #expect(load.shares == [[0.5, 1, 0.5], [1, 0.25, 1], [0, 0, 0]])
  }

  @Test func damagedRecordIsRefused() {
    #expect(throws: FrontierRecord.Malformed.self) { try FrontierRecord.parse("time,wet\n0,1\n1,2\n", racks: 1) }
    #expect(throws: FrontierRecord.Malformed.self) {
      try FrontierRecord.parse("time,power[1]\n0,1\n15,many\n", racks: 1)
    }
  }

  @Test func absentRecordIsLeftOut() throws {
    #expect(try FrontierRecord.load(folder: "/nowhere", racks: 8) == nil)
  }
}
