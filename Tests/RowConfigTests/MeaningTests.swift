/// What a site file must mean beyond each value being right by itself: one edit of a sound row, one fault.

import Foundation
import RowConfig
import Testing

@Suite struct MeaningTests {
  struct Edit: Sendable, CustomTestStringConvertible {
    let path: String
    /// As JSON; empty: the key is removed.
    let json: String
    let faults: [String]
    init(_ path: String, _ json: String, _ faults: String...) {
      self.path = path
      self.json = json
      self.faults = faults
    }
    var testDescription: String { "\(path) = \(json)" }

    /// The value to set; nil removes the key.
    func value() throws -> Any? {
      if json.isEmpty { return nil }
      return try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
    }
  }

  @Test func smallRowIsSound() throws {
    #expect(try SmallRow.faults([]) == [])
    #expect(try SmallRow.load(SmallRow.document()).warnings == [])
  }

  @Test(arguments: [
    Edit(
      "supply.setpoint_c", "46",
      "supply.setpoint_max_c: 42 must be above or equal to supply.setpoint_c, which is 46"),
    Edit(
      "supply.setpoint_c", "19",
      "supply.setpoint_c: 19 must be above or equal to supply.setpoint_min_c, which is 20"),
    Edit(
      "supply.setpoint_min_c", "42",
      "supply.setpoint_c: 40 must be above or equal to supply.setpoint_min_c, which is 42",
      "supply.setpoint_max_c: 42 must be above supply.setpoint_min_c, which is 42"),
    Edit(
      "limits.supply_high_c", "42",
      "limits.supply_high_c: 42 must be above supply.setpoint_max_c, which is 42"),
    Edit(
      "limits.supply_high_high_c", "43",
      "limits.supply_high_high_c: 43 must be above limits.supply_high_c, which is 43"),
    Edit(
      "limits.return_high_high_c", "46",
      "limits.return_high_high_c: 46 must be above limits.supply_high_high_c, which is 46"),
    Edit(
      "limits.level_low_low_percent", "40",
      "limits.level_low_low_percent: 40 must be below limits.level_low_percent, which is 40"),
    Edit(
      "cycle.period_ms", "500",
      "cycle: scan_deadline_ms 300 + write_deadline_ms 200 leave nothing of period_ms 500; expected "
        + "their sum below it"),
    Edit(
      "pumps.dp_min_kpa", "160",
      "pumps.dp_max_kpa: 160 must be above pumps.dp_min_kpa, which is 160",
      "pumps.dp_setpoint_kpa: 100 must be above or equal to pumps.dp_min_kpa, which is 160"),
    Edit(
      "pumps.dp_setpoint_kpa", "161",
      "pumps.dp_max_kpa: 160 must be above or equal to pumps.dp_setpoint_kpa, which is 161"),
    Edit(
      "pumps.speed_min_percent", "100",
      "pumps.speed_min_percent: 100 must be below pumps.speed_max_percent, which is 100"),
    Edit(
      "pumps.safe_speed_percent", "29",
      "pumps.safe_speed_percent: 29 must be above or equal to pumps.speed_min_percent, which is 30"),
    Edit(
      "pumps.speed_max_percent", "79",
      "pumps.speed_max_percent: 79 must be above or equal to pumps.safe_speed_percent, which is 80"),
    Edit(
      "pumps.units[0].shutoff_head_kpa", "250",
      "pumps.units[0].shutoff_head_kpa: 250 must be above pumps.units[0].rated_head_kpa, which is 250"),
    Edit(
      "pumps.units[0].rated_head_kpa", "99",
      "pumps.units[0].rated_head_kpa: 99 must be above or equal to pumps.dp_setpoint_kpa, which is 100"),
    Edit(
      "pumps.minimum_running", "2",
      "pumps.minimum_running: 2 pumps must run and there are 1"),
    Edit(
      "fans.safe_speed_percent", "9",
      "fans.safe_speed_percent: 9 must be above or equal to fans.speed_min_percent, which is 10"),
    Edit(
      "fans.speed_max_percent", "10",
      "fans.speed_max_percent: 10 must be above fans.speed_min_percent, which is 10"),
    Edit(
      "fans", "",
      "fans: missing; expected this section in a liquid-to-air row"),
    Edit(
      "row.topology", #""facility-water""#,
      "facility_valve: missing; expected this section in a facility-water row",
      "fans: has no place in a facility-water row"),
    Edit(
      "facility_valve",
      #"""
      {"rated_kw": 100, "design_loop_flow_lpm": 100, "design_facility_flow_lpm": 100,
       "gains": {"gain": 1, "integral_time_s": 1}}
      """#,
      "facility_valve: has no place in a liquid-to-air row"),
    Edit(
      "buses[1]", #"{"name": "all", "tcp": {"host": "127.0.0.2"}}"#,
      "buses[1].name: name all is given twice; first at line 1"),
    Edit(
      "buses[1]", #"{"name": "two", "tcp": {"host": "127.0.0.1", "port": 1502}}"#,
      "buses[1]: endpoint 127.0.0.1:1502 is given twice; first at line 1"),
    Edit(
      "buses[0].tcp", #"{"host": "127.0.0.1", "port": 1502, "framing": "rtu", "in_flight": 4}"#,
      "buses[0].tcp.in_flight: serial frames carry no transaction id: one request at a time with framing rtu"),
    Edit(
      "devices[1].unit", "1",
      "devices[1].unit: unit 1 on bus all is given twice; first at line 1"),
    Edit(
      "devices[1].name", #""drive""#,
      "devices[1].name: name drive is given twice; first at line 1"),
    Edit(
      "devices[1].bus", #""al""#,
      "devices[1].bus: no bus named al; nearest known: all"),
    Edit(
      "devices[1].serves", #""fan.2""#,
      "devices[1].serves: number 2; the row has 1"),
    Edit(
      "devices[1].serves", #""pump.2""#,
      "devices[1].serves: number 2; the row has 1"),
    Edit(
      "devices[0].serves", #""pump.0""#,
      "devices[0].serves: number 0; the row has 1"),
    Edit(
      "devices[2].serves", #""rack.1""#,
      "devices[2].serves: no thing for belimo/actuator-mod to serve named rack.1"),
    Edit(
      "devices[4].serves", #""row""#,
      "devices[4].serves: no thing for eastron/sdm630 to serve named row"),
    Edit(
      "devices[5].channels.rtd_1", #"{"role": "supply.temperature.1"}"#,
      "devices[5].channels.rtd_1.role: role supply.temperature.1 is given twice; first at line 1"),
    Edit(
      "devices[5].channels.rtd_1", #"{"role": "supply.temperature.4"}"#,
      "devices[5].channels.rtd_1.role: number 4; the row has 3"),
    Edit(
      "devices[5].channels.rtd_1", #"{"role": "supply.temprature.2"}"#,
      "devices[5].channels.rtd_1.role: no role named supply.temprature.2; nearest known: supply.temperature.#"),
    Edit(
      "devices[5].channels.rtd_1", #"{"role": "rack.2.return_temperature"}"#,
      "devices[5].channels.rtd_1.role: number 2; the row has 1"),
    Edit(
      "devices[5].channels.rtd_1", #"{"role": "row.flow"}"#,
      "devices[5].channels.rtd_1: rtd_1 is in °C; row.flow is in L/min"),
    Edit(
      "devices[5].channels.rtd_1", #"{"role": "return.temperature.1", "at_4ma": 0, "at_20ma": 100}"#,
      "devices[5].channels.rtd_1: rtd_1 is not a current input: at_4ma and at_20ma have no place here"),
    Edit(
      "devices[5].channels.rtd_6", #"{"role": "return.temperature.1"}"#,
      "devices[5].channels.rtd_6: no point of moxa/iologik-e1260 named rtd_6; nearest known: rtd_0"),
    Edit(
      "devices[6].channels.ai_1", #"{"role": "row.flow", "at_4ma": 0}"#,
      "devices[6].channels.ai_1.at_20ma: missing; expected at_4ma and at_20ma together"),
    Edit(
      "devices[6].channels.ai_1", #"{"role": "row.flow", "at_4ma": 5, "at_20ma": 5}"#,
      "devices[6].channels.ai_1.at_20ma: 5 is the same as at_4ma: no range"),
    Edit(
      "devices[6].channels.ai_1", #"{"role": "hall.temperature", "at_4ma": 0, "at_20ma": 50}"#,
      "devices[7].serves: role hall.temperature is given twice; first at line 1"),
    Edit(
      "devices[0]", "",
      "pumps.units[0]: missing; expected a device that serves pump.1.run, pump.1.speed_demand for P1"),
    Edit(
      "devices[2]", "",
      "racks.units[0]: missing; expected a device that serves rack.1.valve.demand for R1"),
    Edit(
      "devices[3]", "",
      "racks.units[0]: missing; expected a device that serves rack.1.flow for R1"),
    Edit(
      "devices[4]", "",
      "racks.units[0]: missing; expected a device that serves rack.1.power for R1"),
    Edit(
      "devices[5]", "",
      "supply: missing; expected a device that serves supply.temperature.1 for supply temperature"),
    Edit(
      "devices[6]", "",
      "pumps: missing; expected a device that serves manifold.dp.1 for control by differential pressure"),
    Edit(
      "devices[1]", "",
      "fans.units[0]: missing; expected a device that serves fan.1.speed_demand for C1"),
    Edit(
      "pumps.control", #""flow""#,
      "pumps: missing; expected a device that serves row.flow for control by flow"),
    Edit(
      "devices[0].serves", "",
      "devices[0].serves: missing; expected serves or channels: what the device is for"),
  ])
  func contradictionIsAFaultWithBothSides(edit: Edit) throws {
    #expect(try SmallRow.faults([(edit.path, edit.value())]) == edit.faults)
  }

  @Test(arguments: [
    Edit("supply.setpoint_c", "20"), Edit("supply.setpoint_c", "42"), Edit("supply.setpoint_max_c", "40"),
    Edit("limits.supply_high_c", "42.1"), Edit("limits.supply_high_high_c", "43.1"),
    Edit("limits.return_high_high_c", "46.1"), Edit("limits.level_low_low_percent", "39.9"),
    Edit("cycle.period_ms", "501"), Edit("cycle.period_ms", "1666"),
    Edit("pumps.dp_setpoint_kpa", "160"), Edit("pumps.dp_setpoint_kpa", "80"),
    Edit("pumps.safe_speed_percent", "50"), Edit("pumps.safe_speed_percent", "100"),
    Edit("pumps.speed_min_percent", "80"), Edit("pumps.units[0].rated_head_kpa", "100"),
    Edit("pumps.units[0].shutoff_head_kpa", "250.1"), Edit("fans.safe_speed_percent", "50"),
    Edit("buses[0].timeout_ms", "300"), Edit("racks.units[0].design_flow_lpm", "624"),
    Edit("racks.units[0].rated_kw", "90"), Edit("racks.units[0].design_dp_kpa", "100"),
    Edit("devices[5].channels.rtd_1", #"{"role": "return.temperature.3"}"#),
    Edit("devices[6].channels.ai_1", #"{"role": "row.flow", "at_4ma": 500, "at_20ma": 0}"#),
  ])
  func theOtherSideOfEveryLimitLoadsSilently(edit: Edit) throws {
    var document = try SmallRow.document()
    document.set(edit.path, try edit.value())
    #expect(try SmallRow.load(document).warnings.map(\.description) == [])
  }

  @Test(arguments: [
    Edit(
      "devices[7]", "",
      "supply.dew_point_margin_k: no device measures hall.dew_point, nor hall.temperature and "
        + "hall.humidity: condensation is not guarded against"
    ),
    Edit(
      "racks.units[0].design_dp_kpa", "101",
      "racks.units[0].design_dp_kpa: rack R1 needs 101 kPa for its design flow; pumps.dp_setpoint_kpa is 100"),
    Edit(
      "racks.units[0].design_flow_lpm", "625",
      "pumps.units: the racks' design flows add up to 625 L/min; with the largest pump out the others give 624"),
    Edit(
      "racks.units[0].rated_kw", "91",
      "fans.units: the racks make 91 kW at full load; this gives away 90 kW at its design point"),
    Edit(
      "buses[0].timeout_ms", "301",
      "buses[0].timeout_ms: one lost reply on bus all outlasts cycle.scan_deadline_ms 300"),
    Edit(
      "cycle.period_ms", "1667",
      "cycle.period_ms: danfoss/vlt-fc falls back after 5 s of silence, less than three cycles"),
  ])
  func doubtfulButRunnableRowLoadsWithAWarning(edit: Edit) throws {
    var document = try SmallRow.document()
    document.set(edit.path, try edit.value())
    let warnings = try SmallRow.load(document).warnings.map { "\($0.keyPath): \($0.problem)" }
    #expect(warnings == edit.faults)
  }
}
