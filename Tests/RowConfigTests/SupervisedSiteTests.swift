/// OPS-047. What a row whose cooling unit controls itself may be, each refusal with its words.

import Foundation
import RowConfig
import Testing

@Suite struct SupervisedSiteTests {
  private static func text() throws -> String {
    try String(contentsOfFile: "\(Shipped.config)/row.supervised.yaml", encoding: .utf8)
  }

  private func load(_ text: String) throws -> LoadedSite {
    try SiteLoader.load(text: text, profileDirectories: [Shipped.profiles])
  }

  private func faults(_ edit: (inout String) -> Void) throws -> [String] {
    var text = try Self.text()
    edit(&text)
    let refusal = #expect(throws: ConfigurationFaults.self) { try load(text) }
    return refusal?.faults.map(\.description) ?? []
  }

  @Test func unitIsTheRowsOnlyPumpAndNeverToldLessThanARacksFloor() throws {
    let site = try load(Self.text()).site
    #expect(site.topology == .supervisedCdu && site.fans == nil && site.facilityValve == nil)
    #expect(site.pumps.units.map(\.name) == ["CDU-1"])
    // Half of 26 L/min, of 80.
    #expect(abs(site.pumps.speedMinPercent - 16.25) < 1e-9)
    #expect(site.pumps.safeSpeedPercent == 100 && site.pumps.control == .flow)
  }

  @Test func unitServesFlowStateTargetsAndTheRowsInstruments() throws {
    let bindings = try load(Self.text()).bindings
    let unit = Set(bindings.filter { $0.device == 0 }.map(\.name))
    #expect(
      unit == [
        "cdu.flow", "cdu.power", "cdu.fault", "cdu.running", "cdu.remote", "cdu.temperature_target",
        "cdu.flow_demand", "cdu.temperature_demand", "row.flow", "supply.temperature.1", "return.temperature.1",
        "supply.pressure", "return.pressure", "leak.1.alarm", "leak.2.alarm",
      ])
  }

  @Test(arguments: ["control: {mode: pid+optimiser}", "control: {mode: mpc}", "control: {shadow: mpc}"])
  func whateverPlansIsRefused(section: String) throws {
    let found = try faults { $0 += "\n" + section + "\n" }
    #expect(found.count == 1)
    #expect(found.first?.contains("a supervised-cdu row has no loops to optimise or plan for") == true, "\(found)")
  }

  @Test(arguments: [
    ("economics: {}", "economics"), ("model: {loop_dp_kpa: 40}", "model"),
    (
      "fans: {gains: {gain: 1, integral_time_s: 1}, units: [{name: F1, rated_kw: 9, rated_air_flow_m3_per_h: 900, "
        + "rated_power_kw: 1, design_flow_lpm: 9}]}", "fans"
    ),
  ])
  func sectionsOfOtherRowsHaveNoPlace(section: String, key: String) throws {
    let found = try faults { $0 += "\n" + section + "\n" }
    #expect(found.contains { $0.contains(key) && $0.contains("has no place in a supervised-cdu row") }, "\(found)")
  }

  @Test func unitThatCannotGiveTheDesignFlowsIsRefused() throws {
    let found = try faults { $0 = $0.replacing("flow_max_lpm: 80", with: "flow_max_lpm: 50") }
    #expect(found.contains { $0.contains("add up to 52 L/min; the unit gives 50") }, "\(found)")
  }

  @Test func flowThatTheProfileDoesNotTakeIsRefused() throws {
    let found = try faults { $0 = $0.replacing("flow_max_lpm: 80", with: "flow_max_lpm: 201") }
    #expect(found.contains { $0.contains("ocp/orv3-rpu takes at most 200 L/min as its target") }, "\(found)")
  }

  @Test func rackWithoutAValveIsRefusedAsInAnyRow() throws {
    let found = try faults { text in
      text = text.split(separator: "\n").filter { !$0.contains("R02-valve") }.joined(separator: "\n")
    }
    #expect(found.contains { $0.contains("rack.2.valve.demand") }, "\(found)")
  }

  @Test func unitThatNobodyServesIsRefused() throws {
    let found = try faults { $0 = $0.replacing("    serves: cdu\n", with: "") }
    #expect(found.contains { $0.contains("cdu.flow") && $0.contains("cdu.temperature_demand") }, "\(found)")
  }

  @Test(arguments: [
    ("serves: cdu\n", "serves: pump.1\n", "the row has none"),
    ("role: return.pressure", "role: manifold.dp.1", "has no use for the manifold dP"),
    ("role: return.pressure", "role: facility.valve.position", "has no facility valve"),
  ])
  func rolesOfOtherRowsAreRefused(given: String, wrong: String, why: String) throws {
    let found = try faults { $0 = $0.replacing(given, with: wrong) }
    #expect(found.contains { $0.contains(why) }, "\(found)")
  }

  @Test func otherRowsHaveNoCoolingUnit() throws {
    var document = try SmallRow.document()
    document.set("devices[0].profile", "ocp/orv3-rpu")
    document.set("devices[0].serves", "cdu")
    let text = try document.text
    let refusal = #expect(throws: ConfigurationFaults.self) { try load(text) }
    #expect(refusal?.description.contains("only a supervised-cdu row has a cooling unit") == true)
  }

  @Test func sectionThatATopologyNeedsIsNamed() throws {
    var document = try SmallRow.document()
    document.set("pumps", nil)
    let text = try document.text
    let refusal = #expect(throws: ConfigurationFaults.self) { try load(text) }
    #expect(refusal?.faults.map(\.keyPath).contains("pumps") == true)
    #expect(
      refusal?.description.contains("this section in a liquid-to-air row") == true, "\(refusal?.description ?? "")")
    let found = try faults { text in
      text = text.replacing(#/cooling_unit:\n(  .*\n)+/#, with: "")
    }
    #expect(found.contains { $0.contains("this section in a supervised-cdu row") }, "\(found)")
  }

  @Test func coldestTargetBelowTheAssumedDewPointIsWarnedOf() throws {
    let text = try Self.text().replacing("setpoint_min_c: 22", with: "setpoint_min_c: 19")
    #expect(try load(text).warnings.contains { $0.description.contains("whatever the dew point is") })
  }
}
