/// What a person reads after a mistake: every fault, in the order of the file, each with its place and its cure.

import Foundation
import RowConfig
import Testing

@Suite struct FaultTextTests {
  /// OPS-055.
  @Test func everyFaultOfASiteFileIsReportedInOneRun() throws {
    let refusal = #expect(throws: ConfigurationFaults.self) {
      try SiteLoader.load(text: Self.brokenSite, path: "row.yaml", profileDirectories: [Shipped.profiles])
    }
    #expect(refusal?.description == Self.brokenSiteFaults)
  }

  @Test func everyFaultOfAProfileIsReportedInOneRun() throws {
    let scratch = try Scratch()
    let path = try scratch.write("profile.yaml", Self.brokenProfile)
    let refusal = #expect(throws: ConfigurationFaults.self) { try SiteLoader.loadProfile(path: path) }
    #expect(refusal?.description.replacing(scratch.path + "/", with: "") == Self.brokenProfileFaults)
  }

  @Test func faultOfAProfileIsReportedWithTheSitesOwn() throws {
    let scratch = try Scratch()
    let good = try String(contentsOfFile: "\(Shipped.profiles)/belimo/actuator-mod.yaml", encoding: .utf8)
    _ = try scratch.write("belimo/actuator-mod.yaml", good.replacing("scale: 0.01, raw_min", with: "scale: 0, raw_min"))
    var document = try SmallRow.document()
    document.set("supply.setpoint_c", 61)
    let refusal = #expect(throws: ConfigurationFaults.self) {
      try SiteLoader.load(text: document.text, profileDirectories: [scratch.path, Shipped.profiles])
    }
    #expect(refusal?.faults.map(\.keyPath) == ["commands.demand.analog.scale", "supply.setpoint_c"])
    #expect(refusal?.faults.first?.file == "\(scratch.path)/belimo/actuator-mod.yaml")
  }

  @Test(
    arguments: [
      ("setpont_c", "setpoint_c"), ("stepoint_c", "setpoint_c"), ("setpoint", "setpoint_c"),
      ("setpoint_minimum_c", "setpoint_min_c"), ("dewpoint_margin_k", "dew_point_margin_k"), ("x", nil),
    ] as [(String, String?)])
  func unknownKeyIsAnsweredWithTheNearestKnownOne(word: String, known: String?) throws {
    var document = try SmallRow.document()
    document.set("supply.\(word)", 40)
    let refusal = #expect(throws: ConfigurationFaults.self) { try SmallRow.load(document) }
    guard case .unknownKey(let nearest, _) = try #require(refusal?.faults.first).problem else {
      Issue.record("not an unknown key")
      return
    }
    #expect(nearest == known)
  }

  private static let brokenSite = """
    irhx: 2
    colour: blue
    row: {name: my row, topology: liquid-to-water}
    cycle: {period_ms: 500, scan_deadline_ms: 400, write_deadline_ms: 200}
    access: [alice]
    supply:
      setpoint_c: 75
      setpont_min_c: 20
      setpoint_max_c: "45"
    pumps:
      control: differential-presure
      dp_setpoint_kpa: 100
      dp_min_kpa: 120
      dp_max_kpa: 160
      safe_speed_percent: 20
      minimum_running: 2
      gains: {gain: -1, integral_time_s: fast}
      unit_defaults: {rated_flow_lpm: 624, rated_head_kpa: 250, shutoff_head_kpa: 240}
      units: [{name: P1}, {name: P1, rated_power_kw: 5.5}]
    racks:
      gains: {gain: 0.5, integral_time_s: 20}
      units: []
    limits: {supply_high_c: 47}
    buses:
      - {name: field, tcp: {host: 10.0.0.1}, serial: {path: /dev/ttyS0}}
      - {name: spare}
    devices:
      - {name: D1, profile: danfos/vlt-fc, bus: field, unit: 0, serves: pump.1}
      - {name: D2, profile: abb/acs580, bus: feild, unit: 2, serves: pump.3}
      - {name: D3, profile: abb/acs580, bus: field, unit: 2, serves: pumps.1}
      - {name: D4, profile: abb/acs580, bus: field, unit: 2}
      - name: M1
        profile: advantech/adam-6017
        bus: field
        unit: 5
        channels:
          ai_0: {role: manifold.pressure.1, at_4ma: 0, at_20ma: 400}
          ai_1: {role: manifold.dp.1}
          ai_9: {role: manifold.dp.2}
          ai_2: {role: fan.1.speed_demand, at_4ma: 0, at_20ma: 100}
    """

  private static let brokenSiteFaults = """
    row.yaml:1:7: irhx: 2 is out of range; expected 1
    row.yaml:2:1: colour: unknown key; known keys: irhx, row, cycle, access, recorder, supply, pumps, racks, fans, \
    facility_valve, cooling_unit, control, economics, model, limits, leak_zones, wrong_set_up, buses, devices
    row.yaml:3:13: row.name: my row is not right here; expected a name of 1 … 32 characters: letters, digits, _ -
    row.yaml:3:31: row.topology: liquid-to-water is not right here; expected one of liquid-to-air, \
    facility-water, supervised-cdu
    row.yaml:4:8: cycle: scan_deadline_ms 400 + write_deadline_ms 200 leave nothing of period_ms 500; \
    expected their sum below it
    row.yaml:5:9: access: a list is not right here; expected a mapping with the keys socket_path, operator_users, \
    operator_groups
    row.yaml:7:15: supply.setpoint_c: 75 is out of range; expected 10 … 60 °C
    row.yaml:8:3: supply.setpont_min_c: unknown key; nearest known key: setpoint_min_c
    row.yaml:9:19: supply.setpoint_max_c: "45" is not right here; expected a number 10 … 60 °C
    row.yaml:11:12: pumps.control: differential-presure is not right here; expected one of differential-pressure, flow
    row.yaml:12:20: pumps.dp_setpoint_kpa: 100 must be above or equal to pumps.dp_min_kpa, which is 120
    row.yaml:15:23: pumps.safe_speed_percent: 20 must be above or equal to pumps.speed_min_percent, which is 30
    row.yaml:17:17: pumps.gains.gain: -1 is out of range; expected 0.01 … 100 %/%
    row.yaml:17:38: pumps.gains.integral_time_s: fast is not right here; expected a number 0.1 … 3600 s
    row.yaml:18:79: pumps.unit_defaults.shutoff_head_kpa: 240 must be above pumps.unit_defaults.rated_head_kpa, \
    which is 250
    row.yaml:19:11: pumps.units[0].rated_power_kw: missing; expected a number 0.1 … 200 kW
    row.yaml:19:30: pumps.units[1].name: name P1 is given twice; first at line 19
    row.yaml:22:10: racks.units: 0 racks are given; expected 1 … 32
    row.yaml:23:25: limits.supply_high_c: 47 must be below limits.supply_high_high_c, which is 46
    row.yaml:25:5: buses[0]: expected exactly one of tcp and serial
    row.yaml:26:5: buses[1]: expected exactly one of tcp and serial
    row.yaml:28:25: devices[0].profile: no profile named danfos/vlt-fc; nearest known: danfoss/vlt-fc
    row.yaml:28:58: devices[0].unit: 0 is out of range; expected 1 … 247
    row.yaml:29:42: devices[1].bus: no bus named feild; nearest known: field
    row.yaml:30:66: devices[2].serves: no thing for abb/acs580 to serve named pumps.1; nearest known: pump.#
    row.yaml:31:5: devices[3].serves: missing; expected serves or channels: what the device is for
    row.yaml:31:55: devices[3].unit: unit 2 on bus field is given twice; first at line 30
    row.yaml:37:20: devices[4].channels.ai_0.role: no role named manifold.pressure.1
    row.yaml:38:13: devices[4].channels.ai_1.at_4ma: missing; expected at_4ma and at_20ma: the range in kPa
    row.yaml:39:13: devices[4].channels.ai_9: no point of advantech/adam-6017 named ai_9; nearest known: ai_0
    row.yaml:40:20: devices[4].channels.ai_2.role: fan.1.speed_demand is an output; ai_2 is an input
    """

  private static let brokenProfile = """
    irhx_profile: 1
    name: acme/pump
    kind: pump
    status: tested
    confidence: sure
    sources: []
    max_read: 2
    points:
      ready:   {area: holding, address: 10, format: bits16, bit: 16, unit: 0/1}
      speed:   {area: holding, address: 12, format: int32, scale: 0, unit: "%", signal: speed}
      power:   {area: holding, address: 13, format: uint16, unit: kW, signal: speed}
      flow:    {area: coil, address: 14, format: uint16, unit: l/min}
      total:   {area: input, address: 65534, format: float64}
      torque:  {area: input, address: 20, format: int16, bit: 3, reference: torqe}
      current: {area: input, address: 21, format: int16, reference: current, invalid_raw: [-1]}
      level:   {area: input, address: 22, format: int16, valid_when: {point: sped, raw_in: [1]}}
    commands:
      run:    {area: input, address: 0, format: int16, word: {stop: 1, run: [{value: 2}, {value: 3, until: speed}]}}
      demand: {area: holding, address: 1, format: int16, analog: {raw_min: 0, raw_max: 40000, read_back: speeed}}
      both:   {area: holding, address: 2, format: int16}
    communication_loss: {timeout_s: 0, feed: writes, action: stop}
    """

  private static let brokenProfileFaults = """
    profile.yaml:4:9: status: tested is not right here; expected one of draft, sim-tested, hw-verified
    profile.yaml:5:13: confidence: sure is not right here; expected one of high, medium, low
    profile.yaml:6:10: sources: 0 documents are given; expected 1 … 16
    profile.yaml:9:62: points.ready.bit: 1 from bit 16 on reach beyond bit 15
    profile.yaml:10:63: points.speed.scale: 0 makes every value the same; expected any other number
    profile.yaml:11:37: points.power.address: overlaps speed, int32 at 12, with another format or start
    profile.yaml:11:75: points.power.signal: signal speed is given twice; first at line 10
    profile.yaml:12:46: points.flow.format: uint16 does not go with area coil; bool goes with coil and \
    discrete
    profile.yaml:12:60: points.flow.unit: l/min is not right here; expected one of °C, K, kPa, L/min, \
    %, kW, Hz, rpm, mA, h, kWh, 0/1, ""
    profile.yaml:13:35: points.total.address: float64 at 65534 reaches beyond the last register, 65535
    profile.yaml:13:50: points.total.format: takes 4 registers; max_read is 2
    profile.yaml:14:59: points.torque.bit: only bits16 and bits32 have bits; format is int16
    profile.yaml:14:73: points.torque.reference: no point named torqe; nearest known: torque
    profile.yaml:15:65: points.current.reference: current cannot depend on itself
    profile.yaml:15:88: points.current.invalid_raw[0]: -1 is not right here; expected a whole number \
    from 0, decimal or 0x…
    profile.yaml:16:74: points.level.valid_when.point: no point named sped; nearest known: speed
    profile.yaml:18:18: commands.run.area: input cannot be written; expected coil or holding
    profile.yaml:18:45: commands.run.format: a control word is uint16 or bits16
    profile.yaml:18:74: commands.run.word.run[0]: missing; expected until: what ends this step
    profile.yaml:18:104: commands.run.word.run[1].until: the last step is sent for as long as the \
    device is to run; it has no until
    profile.yaml:19:84: commands.demand.analog.raw_max: 0 … 40000 does not fit int16, which holds \
    -32768 … 32767
    profile.yaml:19:102: commands.demand.analog.read_back: no point named speeed; nearest known: speed
    profile.yaml:20:11: commands.both: expected exactly one of analog and word
    profile.yaml:21:33: communication_loss.timeout_s: 0 is out of range; expected 0.1 … 3600 s
    profile.yaml:21:42: communication_loss.feed: writes is not right here; expected one of any-request, write
    """
}
