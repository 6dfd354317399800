/// What a site file says of the row's equipment: contacts and permits, leak zones, what the plates allow, and what one
/// fault would take away.

import Foundation
import RowConfig
import Testing

@Suite struct EquipmentTests {
  typealias Edit = MeaningTests.Edit

  /// The small row with a contact module, a permit module and two leak zones.
  private static func document() throws -> Document {
    var document = try SmallRow.document()
    let modules = """
      [{"name": "di", "profile": "moxa/iologik-e1210", "bus": "all", "unit": 9,
        "channels": {"di_0": {"role": "row.emergency_stop", "inverted": true}, "di_1": {"role": "leak.1.alarm"},
                     "di_2": {"role": "leak.2.alarm"}}},
       {"name": "do", "profile": "moxa/iologik-e1211", "bus": "all", "unit": 10,
        "channels": {"do_0": {"role": "rack.1.permit"}}}]
      """
    let devices = try JSONSerialization.jsonObject(with: Data(modules.utf8)) as? [Any] ?? []
    for (index, device) in devices.enumerated() { document.set("devices[\(8 + index)]", device) }
    document.set("leak_zones", [["zone": 1], ["zone": 2, "watches": "rack.1", "critical": true]])
    return document
  }

  private static func faults(_ edits: [Edit]) throws -> [String] {
    var document = try document()
    for edit in edits { document.set(edit.path, try edit.value()) }
    do {
      _ = try SmallRow.load(document)
      return []
    } catch let refusal as ConfigurationFaults {
      return refusal.faults.map { "\($0.keyPath): \($0.problem)" }
    }
  }

  @Test func rowWithContactsPermitsAndZonesIsSound() throws {
    let loaded = try SmallRow.load(Self.document())
    #expect(loaded.warnings == [])
    #expect(loaded.site.leakZones.map(\.watches) == [.row, .rack(1)])
    #expect(loaded.site.leakZones.map(\.isCritical) == [false, true])
    let permit = try #require(loaded.bindings.first { $0.name == "rack.1.permit" })
    #expect(permit.point == "do_0" && permit.role.direction == .output && !permit.isInverted)
    #expect(loaded.bindings.filter(\.isInverted).map(\.name) == ["row.emergency_stop"])
  }

  /// OPS-040.
  @Test(arguments: [
    Edit(
      "leak_zones[1].zone", "1",
      "leak_zones[1].zone: leak zone 1 is given twice; first at line 1"),
    Edit(
      "leak_zones[1].watches", #""rack.2""#,
      "leak_zones[1].watches: number 2; the row has 1"),
    Edit(
      "leak_zones[1].watches", #""rack.0""#,
      "leak_zones[1].watches: number 0; the row has 1"),
    Edit(
      "leak_zones[1].watches", #""fan.2""#,
      "leak_zones[1].watches: number 2; the row has 1"),
    Edit(
      "leak_zones[1].watches", #""rak.1""#,
      "leak_zones[1].watches: no place for a leak detector named rak.1; nearest known: rack.#"),
    Edit(
      "leak_zones[1].watches", #""row.1""#,
      "leak_zones[1].watches: no place for a leak detector named row.1; nearest known: row"),
    Edit(
      "leak_zones[1].critical", #""yes""#,
      #"leak_zones[1].critical: "yes" is not right here; expected true or false"#),
    Edit(
      "leak_zones[0].critical", "true",
      "leak_zones[0].critical: a detector that watches the row isolates nothing by its word alone"),
    Edit(
      "leak_zones[1].zone", "3",
      "leak_zones[1]: missing; expected a device that serves leak.3.alarm for leak zone 3"),
    Edit(
      "devices[9].channels.do_16", #"{"role": "rack.1.permit"}"#,
      "devices[9].channels.do_16: no point of moxa/iologik-e1211 named do_16; nearest known: do_1"),
    Edit(
      "devices[8].channels.di_9", #"{"role": "rack.1.permit"}"#,
      "devices[8].channels.di_9.role: rack.1.permit is an output; di_9 is an input"),
    Edit(
      "devices[9].channels.do_1", #"{"role": "leak.3.alarm"}"#,
      "devices[9].channels.do_1.role: leak.3.alarm is an input; do_1 is an output"),
    Edit(
      "devices[9].channels.do_1", #"{"role": "rack.2.permit"}"#,
      "devices[9].channels.do_1.role: number 2; the row has 1"),
    Edit(
      "devices[9].channels.do_1", #"{"role": "rack.1.permit"}"#,
      "devices[9].channels.do_1.role: role rack.1.permit is given twice; first at line 1"),
    Edit(
      "devices[9].channels.do_1", #"{"role": "pump.1.speed_demand"}"#,
      "devices[9].channels.do_1: do_1 is in 0/1; pump.1.speed_demand is in %"),
    Edit(
      "devices[9].channels.do_0.inverted", "true",
      "devices[9].channels.do_0.inverted: only a 0/1 input is inverted"),
    Edit(
      "devices[5].channels.rtd_0.inverted", "true",
      "devices[5].channels.rtd_0.inverted: only a 0/1 input is inverted"),
    Edit(
      "devices[9].channels.do_0.at_4ma", "0",
      "devices[9].channels.do_0.at_20ma: missing; expected at_4ma and at_20ma together"),
  ])
  func contradictionIsAFaultWithBothSides(edit: Edit) throws {
    #expect(try Self.faults([edit]) == edit.faults)
  }

  // MARK: Limits no looser than the equipment's

  /// OPS-041. The chips' rise at 1.3 L/min per kW is 16.2 + 8.4 / 1.3 = 22.7 K.
  @Test(arguments: [
    Edit(
      "racks.units[0].chip_limit_c", "68.6",
      "racks.units[0].chip_limit_c: SUPPLY_HIGH_HIGH acts at 46 °C; rack R1 bears 45.9 °C by its chip_limit_c"),
    Edit(
      "racks.units[0].return_max_c", "64.9",
      "racks.units[0].return_max_c: RETURN_HIGH_HIGH acts at 65 °C; rack R1 bears 64.9 °C by its return_max_c"),
    Edit(
      "racks.units[0].pressure_max_kpa", "449",
      "racks.units[0].pressure_max_kpa: OVER_PRESSURE acts at 450 kPa; rack R1 bears 449 kPa by its pressure_max_kpa"),
    Edit(
      "limits.supply_high_high_c", "62.4",
      "limits.supply_high_high_c: SUPPLY_HIGH_HIGH acts at 62.4 °C; rack R1 bears 62.3 °C by its chip_limit_c"),
  ])
  func limitLooserThanTheEquipmentIsRefusedWithTheNameOfItsCause(edit: Edit) throws {
    #expect(try Self.faults([edit]) == edit.faults)
  }

  @Test(arguments: [
    Edit("racks.units[0].chip_limit_c", "68.7"), Edit("racks.units[0].return_max_c", "65"),
    Edit("racks.units[0].pressure_max_kpa", "450"), Edit("limits.supply_high_high_c", "62.3"),
  ])
  func limitAsTightAsTheEquipmentLoads(edit: Edit) throws {
    #expect(
      try Self.faults([Edit("racks.flow_floor_percent", "100"), Edit("limits.row_flow_low_percent", "100"), edit]) == []
    )
  }

  /// OPS-045. At 46 °C a chip of 85 °C leaves 22.8 K for 8.4 / (L/min per kW): 0.368, at the setpoint's 42 °C 0.313;
  /// of the rack's 80 kW that is 29.5 and 25.1 L/min.
  @Test(arguments: [
    [
      Edit(
        "racks.flow_per_kw_lpm", "0.36",
        "racks.flow_per_kw_lpm: CHIP_HIGH acts at 85 °C; rack R1 at 80 kW with the 28.8 L/min that this leaves it "
          + "reaches 85.5 °C, supplied at 46 °C"),
      Edit(
        "racks.flow_floor_percent", "10",
        "racks.flow_floor_percent: CHIP_HIGH acts at 85 °C; rack R1 at 80 kW with the 10.4 L/min that this leaves it "
          + "reaches 122.8 °C, supplied at 42 °C"),
    ],
    [
      Edit(
        "racks.flow_floor_percent", "24",
        "racks.flow_floor_percent: CHIP_HIGH acts at 85 °C; rack R1 at 80 kW with the 25 L/min that this leaves it "
          + "reaches 85.1 °C, supplied at 42 °C")
    ],
  ])
  func flowTooSmallForTheChipsIsRefusedWithTheNameOfItsCause(edits: [Edit]) throws {
    #expect(try Self.faults(edits).sorted() == edits.flatMap(\.faults).sorted())
  }

  // OPS-046
  @Test(arguments: [
    Edit(
      "limits.row_flow_low_percent", "48",
      "limits.row_flow_low_percent: FLOW_LOSS acts too late; rack R1 at 80 kW with the 25 L/min that this leaves it "
        + "reaches 85.1 °C, supplied at 42 °C"),
    Edit(
      "limits", #"{"level_low_percent": 19, "level_low_low_percent": 18}"#,
      "limits.level_low_percent: 19 defeats LEVEL_LOW: it leaves no time to look for the leak before the pumps lose "
        + "suction; expected at least 20 %"),
    Edit(
      "pumps.safe_speed_percent", "49",
      "pumps.safe_speed_percent: 49 defeats HYDRAULICS_LOST: it gives a quarter of the head at the most; expected at "
        + "least 50 %"),
    Edit(
      "fans.safe_speed_percent", "49",
      "fans.safe_speed_percent: 49 defeats SUPPLY_TEMPERATURE_LOST: it gives less than the heat of a loaded row away; "
        + "expected at least 50 %"),
    Edit(
      "limits.level_low_low_percent", "9",
      "limits.level_low_low_percent: 9 defeats SUCTION_LOST: it comes after the pumps have drawn gas; expected at "
        + "least 10 %"),
    Edit(
      "limits.filter_dp_high_kpa", "101",
      "limits.filter_dp_high_kpa: 101 defeats FILTER_CLOGGED: it comes long after filters are to be cleaned, from "
        + "60 kPa on; expected at most 100 kPa"),
    Edit(
      "racks.units[0].chip_limit_c", "93",
      "racks.units[0].chip_limit_c: 93 defeats CHIP_HIGH_HIGH: it acts 3 K above, and memory throttles at 95 °C; "
        + "expected at most 92 °C"),
    Edit(
      "supply.dew_point_margin_k", "1.9",
      "supply.dew_point_margin_k: 1.9 defeats SUPPLY_NEAR_DEW_POINT: it acts 1 K above the dew point, where control "
        + "itself would hold the supply; expected at least 2 K"),
    Edit(
      "pumps.slew_percent_per_s", "4.3",
      "pumps.slew_percent_per_s: 4.3 defeats FLOW_LOSS: it raises the pumps later than the 16 s that a chip has; "
        + "expected at least 4.4 %/s"),
    Edit(
      "racks.valve_stroke_s", "91",
      "racks.valve_stroke_s: 91 defeats RACK_VALVE_DEVIATION: it acts, as a start and a rack's flow do, before such a "
        + "valve is open; expected at most 90 s"),
    Edit(
      "devices[6].channels.ai_1", #"{"role": "supply.pressure", "at_4ma": 0, "at_20ma": 450}"#,
      "devices[6].channels.ai_1: OVER_PRESSURE acts at 450 kPa; supply.pressure is measured from 0 to 450 kPa"),
    Edit(
      "devices[6].channels.ai_1", #"{"role": "filter.dp", "at_4ma": 0, "at_20ma": 60}"#,
      "devices[6].channels.ai_1: FILTER_CLOGGED acts at 60 kPa; filter.dp is measured from 0 to 60 kPa"),
    Edit(
      "devices[6].channels.ai_1", #"{"role": "reservoir.level", "at_4ma": 100, "at_20ma": 20}"#,
      "devices[6].channels.ai_1: SUCTION_LOST acts at 20 %; reservoir.level is measured from 20 to 100 %"),
    Edit(
      "devices[6].channels.ai_0.at_20ma", "192",
      "pumps.dp_max_kpa: MANIFOLD_DP_HIGH acts at 192 kPa; manifold.dp.1 is measured from 0 to 192 kPa"),
  ])
  func limitThatDefeatsItsCauseIsRefusedByTheCausesName(edit: Edit) throws {
    #expect(try Self.faults([edit]) == edit.faults)
  }

  // OPS-046
  @Test(arguments: [
    Edit("limits.row_flow_low_percent", "49"), Edit("limits.level_low_low_percent", "10"),
    Edit("limits.filter_dp_high_kpa", "100"), Edit("racks.units[0].chip_limit_c", "92"),
    Edit("supply.dew_point_margin_k", "2"), Edit("pumps.slew_percent_per_s", "4.4"),
    Edit("pumps.slew_percent_per_s", "100"), Edit("racks.valve_stroke_s", "90"),
    Edit("devices[6].channels.ai_1", #"{"role": "supply.pressure", "at_4ma": 0, "at_20ma": 451}"#),
    Edit("devices[6].channels.ai_1", #"{"role": "reservoir.level", "at_4ma": 100, "at_20ma": 0}"#),
    Edit("devices[6].channels.ai_0.at_20ma", "193"),
  ])
  func limitThatCanDoItsWorkLoads(edit: Edit) throws { #expect(try Self.faults([edit]) == []) }

  // OPS-046
  @Test func facilityValveThatIsNotSafeIsRefusedAndASlowOneWarnedOf() throws {
    let row = try String(contentsOfFile: "\(Shipped.config)/row.facility-water.yaml", encoding: .utf8)
    func load(_ edit: String) throws -> LoadedSite {
      try SiteLoader.load(
        text: row.replacing(/\n  (safe_position_percent|stroke_s): \d+/, with: "")
          .replacing("facility_valve:\n", with: "facility_valve:\n  \(edit)\n"),
        profileDirectories: [Shipped.profiles])
    }
    let refusal = #expect(throws: ConfigurationFaults.self) { try load("safe_position_percent: 49") }
    #expect(refusal?.description.contains("49 defeats SUPPLY_TEMPERATURE_LOST") == true)
    #expect(try load("safe_position_percent: 50").warnings.isEmpty)
    #expect(
      try load("stroke_s: 120").warnings.map { "\($0.problem)" } == [
        "FACILITY_VALVE_DEVIATION acts after 90 s; a stroke takes 120 s"
      ])
  }

  // OPS-046
  @Test(arguments: [
    Edit(
      "racks.units[0].return_max_c", "",
      "limits.return_high_high_c: RETURN_HIGH_HIGH acts at 65 °C; no rack states its return_max_c"),
    Edit(
      "racks.units[0].pressure_max_kpa", "",
      "limits.supply_pressure_high_kpa: OVER_PRESSURE acts at 450 kPa; no rack states its pressure_max_kpa"),
    Edit(
      "racks.valve_floor_percent", "49",
      "racks.valve_floor_percent: a flow meter that sticks high shuts a valve to 49 %; below 50 % a rack at rated "
        + "power comes to CHIP_HIGH"),
  ])
  func limitThatIsComparedWithNothingIsWarnedOfByTheNameOfItsCause(edit: Edit) throws {
    var document = try Self.document()
    document.set(edit.path, try edit.value())
    #expect(try SmallRow.load(document).warnings.map { "\($0.keyPath): \($0.problem)" } == edit.faults)
  }

  @Test func flowThatJustCoolsTheChipsLoads() throws {
    #expect(
      try Self.faults([
        Edit("racks.flow_floor_percent", "24.2"), Edit("racks.flow_per_kw_lpm", "0.37"),
        Edit("limits.row_flow_low_percent", "100"),
      ]) == [])
    // The floor carries what the power does not ask for.
    #expect(try Self.faults([Edit("racks.flow_per_kw_lpm", "0.3")]) == [])
  }

  @Test func weakestRackIsTheOneNamed() throws {
    let demo = try String(contentsOfFile: "\(Shipped.config)/row.demo.yaml", encoding: .utf8)
    let refusal = #expect(throws: ConfigurationFaults.self) {
      try SiteLoader.load(
        text: demo.replacing("{name: R02}", with: "{name: R02, return_max_c: 62}")
          .replacing("{name: R05}", with: "{name: R05, return_max_c: 60}"),
        profileDirectories: [Shipped.profiles])
    }
    #expect(
      refusal?.faults.map { "\($0.keyPath): \($0.problem)" } == [
        "limits.return_high_high_c: RETURN_HIGH_HIGH acts at 65 °C; rack R05 bears 60 °C by its return_max_c"
      ])
  }

  // MARK: What one fault takes away

  /// The demo row after a change to its text.
  private func warnings(_ change: (String) -> String, profiles: [String] = [Shipped.profiles]) throws -> [String] {
    let demo = try String(contentsOfFile: "\(Shipped.config)/row.demo.yaml", encoding: .utf8)
    let changed = change(demo)
    #expect(changed != demo || profiles.count > 1)
    return try SiteLoader.load(text: changed, profileDirectories: profiles).warnings
      .map { "\($0.keyPath): \($0.problem)" }
  }

  /// OPS-042.
  @Test func instrumentsOfOneQuantityOnOneModuleAreWarnedOf() throws {
    // Supply pressure and the second manifold dP change places.
    let found = try warnings {
      $0.replacing("role: supply.pressure, tag: PT-104", with: "role: manifold.dp.2, tag: PDT-103C")
        .replacing(
          "role: manifold.dp.2, tag: PDT-103B, at_4ma: 0, at_20ma: 400",
          with: "role: supply.pressure, tag: PT-104, at_4ma: 0, at_20ma: 600")
    }
    #expect(found == ["devices[42]: all 2 instruments of manifold.dp are on AI-A: it takes them all with it"])
  }

  @Test func instrumentsOfOneQuantityBehindOneBusAreWarnedOf() throws {
    let found = try warnings { text in
      text.replacing("bus: instruments-b\n    unit: 2", with: "bus: instruments\n    unit: 2")
    }
    #expect(
      found
        == ["supply", "return"].map {
          "buses: all 3 instruments of \($0).temperature are behind bus instruments: it takes them all with it"
        })
  }

  @Test func oneOfThreeInstrumentsElsewhereIsEnough() throws {
    let found = try warnings {
      $0.replacing(
        "role: filter.dp, tag: PDT-106, at_4ma: 0, at_20ma: 100",
        with: "role: manifold.dp.3, tag: PDT-103C, at_4ma: 0, at_20ma: 400")
    }
    #expect(found == [])
  }

  @Test func pumpDrivesBehindOneBusAreWarnedOf() throws {
    let found = try warnings { $0.replacing("bus: pumps-b", with: "bus: pumps") }
    #expect(found == ["buses: all 3 pump drives are behind bus pumps: it takes them all with it"])
  }

  @Test func criticalDetectorOfACoilThatCannotBeShutOffIsWarnedOf() throws {
    let found = try warnings { $0.replacing("watches: rack.1, critical: true", with: "watches: fan.1, critical: true") }
    #expect(found == ["leak_zones[2].critical: no device serves fan.1.valve: the coil cannot be shut off"])
    #expect(try warnings { $0.replacing("watches: rack.1, critical: true", with: "watches: fan.1") } == [])
  }

  @Test(arguments: [
    ("timeout_s: 5", "timeout_s: 5.1", "only after 5.1 s of silence"), ("communication_loss", "", "never"),
  ])
  func driveThatFallsBackTooLateIsWarnedOf(found: String, replacement: String, when: String) throws {
    let shipped = try String(contentsOfFile: "\(Shipped.profiles)/danfoss/vlt-fc.yaml", encoding: .utf8)
    let parts = shipped.split(separator: "\ncommunication_loss:", maxSplits: 1).map(String.init)
    let scratch = try Scratch()
    _ = try scratch.write(
      "danfoss/vlt-fc.yaml",
      replacement.isEmpty ? parts[0] + "\n" : shipped.replacing(found, with: replacement))
    let warned = try warnings({ $0 }, profiles: [scratch.path, Shipped.profiles])
    #expect(
      warned
        == (1...2).map {
          "devices[\($0 - 1)].profile: P\($0)-drive falls back to its safe speed \(when); "
            + "chips lose their margin in 5 s"
        })
  }
}
