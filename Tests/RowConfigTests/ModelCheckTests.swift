/// CTL-115: what the row model can be computed to contradict is refused, with both numbers.

import RowConfig
import Testing

@Suite struct ModelCheckTests {
  @Test func aRowWithoutTheseSectionsRunsOnItsConstants() throws {
    let site = try SmallRow.load(SmallRow.document()).site
    #expect(site.control.mode == .pid && site.control.shadow == .none)
    #expect(site.economics.leakagePercentPerK == 0.15 && site.model.loopDpKpa == nil)
  }

  @Test func theSectionsAreTakenAsGiven() throws {
    var document = try SmallRow.document()
    document.set("control", ["mode": "pid+optimiser", "shadow": "none"])
    document.set("economics", ["leakage_percent_per_k": 0, "warmer_supply_saves_w_per_k": 120])
    document.set("model", ["loop_dp_kpa": 40, "coil_factor": 0.9])
    let site = try SmallRow.load(document).site
    #expect(site.control.mode == .optimiser && site.economics.warmerSupplySavesWPerK == 120)
    #expect(site.economics.leakagePercentPerK == 0 && site.model.loopDpKpa == 40 && site.model.coilFactor == 0.9)
  }

  // CTL-128
  @Test func predictionIsForRowsOfSixteenRacksAtMost() throws {
    var document = try SmallRow.document()
    document.set("control", ["mode": "mpc", "shadow": "none"])
    let site = try SmallRow.load(document).site
    #expect(site.control.mode == .mpc)
    let units = (1...17).map { ["name": "R\($0)"] }
    let faults = try SmallRow.faults([("control", ["mode": "mpc"]), ("racks.units", units)])
    #expect(
      faults.contains { $0.contains("control.mode") && $0.contains("at most 16 racks; this row has 17") }, "\(faults)")
    let held = try SmallRow.faults([("control", ["mode": "mpc"]), ("pumps.control", "flow")])
    #expect(held.contains { $0.contains("control.mode") && $0.contains("pumps hold flow") }, "\(held)")
  }

  @Test(arguments: [
    ("model.loop_dp_kpa", -5.0), ("model.coil_factor", 0), ("economics.leakage_percent_per_k", -0.1),
    ("racks.units[0].plate_factor", -1),
  ])
  func numbersThatNoPlantHasAreRefused(path: String, value: Double) throws {
    let faults = try SmallRow.faults([(path, value)])
    #expect(faults.contains { $0.hasPrefix(path) }, "\(faults)")
  }

  @Test func pumpsThatCannotMakeTheNameplateFlowAreRefused() throws {
    let faults = try SmallRow.faults([("model.loop_dp_kpa", 590)])
    #expect(faults.count == 1)
    let fault = try #require(faults.first)
    #expect(fault.hasPrefix("model.loop_dp_kpa"))
    #expect(fault.contains("the loop needs 590 kPa") && fault.contains("at full speed make"), "\(fault)")
  }

  @Test func chipsThatNoFlowKeepsBelowTheirLimitAreRefused() throws {
    let faults = try SmallRow.faults([("racks.units[0].plate_factor", 2), ("racks.units[0].chip_limit_c", 80)])
    #expect(
      faults == [
        "racks.units[0].chip_limit_c: at 80 kW and 42 °C supply rack R1 needs 240 L/min for 80 °C; "
          + "its valve fully open gives 147.1"
      ])
  }
}
