/// Every key of the file arrives in its own property of the model: files whose values all differ, against models
/// written out by hand.

import Foundation
import RowConfig
import Testing

@Suite struct PropertyTests {
  private func edited() throws -> Site {
    var document = try SmallRow.document()
    for (path, value) in Self.edits { document.set(path, value) }
    return try SmallRow.load(document).site
  }

  @Test func everyKeyOfThePlantArrivesInItsOwnProperty() throws {
    let site = try edited()
    var gains = Site.Gains(gain: 0.7, integralTimeS: 5)
    gains.derivativeTimeS = 1
    gains.filterTimeS = 2
    gains.setpointWeight = 0.4
    var pumps = Site.Pumps(
      dpSetpointKpa: 101, dpMinKpa: 51, dpMaxKpa: 161, gains: gains,
      units: [.init(name: "P1", ratedFlowLpm: 600, ratedHeadKpa: 240, shutoffHeadKpa: 310, ratedPowerKw: 5)])
    pumps.mostOpenValvePercent = 85
    pumps.speedMinPercent = 25
    pumps.speedMaxPercent = 95
    pumps.slewPercentPerS = 11
    pumps.safeSpeedPercent = 75
    pumps.minimumRunning = 1
    #expect(site.pumps == pumps)

    var rack = Site.Racks.Unit(name: "R1", ratedKw: 70, designFlowLpm: 90, designDpKpa: 60)
    rack.chipLimitC = 84
    rack.returnMaxC = 66
    rack.pressureMaxKpa = 600
    var racks = Site.Racks(gains: .init(gain: 0.5, integralTimeS: 20), units: [rack])
    racks.flowPerKwLpm = 1.2
    racks.powerFilterS = 8
    racks.peakHoldS = 91
    racks.flowFloorPercent = 51
    racks.valveFloorPercent = 22
    racks.valveStrokeS = 61
    #expect(site.racks == racks)

    var coil = Site.Fans.Unit(
      name: "C1", ratedKw: 95, ratedAirFlowM3PerH: 21_000, ratedPowerKw: 1.7, designFlowLpm: 105)
    coil.designItdK = 24
    var fans = Site.Fans(gains: .init(gain: 10, integralTimeS: 50), units: [coil])
    fans.speedMinPercent = 12
    fans.speedMaxPercent = 98
    fans.slewPercentPerS = 6
    fans.safeSpeedPercent = 88
    #expect(site.fans == fans)
  }

  @Test func everyOtherKeyArrivesInItsOwnProperty() throws {
    let site = try edited()
    var supply = Site.Supply(setpointC: 31, setpointMinC: 21, setpointMaxC: 41)
    supply.dewPointMarginK = 4
    #expect(site.supply == supply)
    var cycle = Site.Cycle()
    cycle.periodMs = 900
    cycle.scanDeadlineMs = 310
    cycle.writeDeadlineMs = 210
    #expect(site.cycle == cycle)
    #expect(site.access.socketPath == "/run/row.sock")
    #expect(site.access.operatorUsers == ["alice", "1001"] && site.access.operatorGroups == ["ops"])

    var limits = Site.Limits()
    limits.supplyHighC = 43.5
    limits.supplyHighHighC = 46.5
    limits.returnHighHighC = 64
    limits.rowFlowLowPercent = 61
    limits.supplyPressureHighKpa = 440
    limits.levelLowPercent = 41
    limits.levelLowLowPercent = 19
    limits.filterDpHighKpa = 59
    #expect(site.limits == limits)

    var serial = Site.Bus(
      name: "line", link: .serial(path: "/dev/ttyS1", baud: 9600, parity: .odd, stopBits: 2))
    serial.timeoutMs = 150
    serial.turnaroundMs = 7
    var gateway = Site.Bus(name: "all", link: .tcp(host: "127.0.0.1", port: 1502))
    gateway.framing = .rtu
    gateway.gatewayBaud = 38_400
    #expect(site.buses == [gateway, serial])
    var drive = Site.Device(name: "drive", profile: "danfoss/vlt-fc", bus: "line", unit: 9)
    drive.tag = "P-101"
    drive.serves = "pump.1"
    #expect(site.devices[0] == drive)
    var channel = Site.Device.Channel(point: "ai_0", role: "manifold.dp.1")
    channel.tag = "PDT-1"
    channel.at4mA = -5
    channel.at20mA = 395
    #expect(site.devices[6].channels == [channel])
    var contact = Site.Device.Channel(point: "di_3", role: "leak.7.alarm")
    contact.isInverted = true
    #expect(site.devices[8].channels == [contact])
    var zone = Site.LeakZone(number: 7)
    zone.watches = .coil(1)
    zone.isCritical = true
    #expect(site.leakZones == [zone])
  }

  private static var edits: [(String, Any)] {
    [
      ("supply", ["setpoint_c": 31, "setpoint_min_c": 21, "setpoint_max_c": 41, "dew_point_margin_k": 4]),
      ("cycle", ["period_ms": 900, "scan_deadline_ms": 310, "write_deadline_ms": 210]),
      ("access.socket_path", "/run/row.sock"), ("access.operator_users", ["alice", "1001"]),
      ("access.operator_groups", ["ops"]),
      ("pumps.dp_setpoint_kpa", 101), ("pumps.dp_min_kpa", 51), ("pumps.dp_max_kpa", 161),
      ("pumps.most_open_valve_percent", 85), ("pumps.speed_min_percent", 25), ("pumps.speed_max_percent", 95),
      ("pumps.slew_percent_per_s", 11), ("pumps.safe_speed_percent", 75),
      (
        "pumps.gains",
        ["gain": 0.7, "integral_time_s": 5, "derivative_time_s": 1, "filter_time_s": 2, "setpoint_weight": 0.4]
      ),
      ("pumps.units[0].rated_flow_lpm", 600), ("pumps.units[0].rated_head_kpa", 240),
      ("pumps.units[0].shutoff_head_kpa", 310), ("pumps.units[0].rated_power_kw", 5),
      ("racks.flow_per_kw_lpm", 1.2), ("racks.power_filter_s", 8), ("racks.peak_hold_s", 91),
      ("racks.flow_floor_percent", 51), ("racks.valve_floor_percent", 22), ("racks.valve_stroke_s", 61),
      ("racks.units[0].rated_kw", 70), ("racks.units[0].design_flow_lpm", 90), ("racks.units[0].design_dp_kpa", 60),
      ("racks.units[0].chip_limit_c", 84), ("racks.units[0].return_max_c", 66),
      ("racks.units[0].pressure_max_kpa", 600),
      ("fans.speed_min_percent", 12), ("fans.speed_max_percent", 98), ("fans.slew_percent_per_s", 6),
      ("fans.safe_speed_percent", 88), ("fans.units[0].rated_kw", 95),
      ("fans.units[0].rated_air_flow_m3_per_h", 21_000), ("fans.units[0].rated_power_kw", 1.7),
      ("fans.units[0].design_itd_k", 24), ("fans.units[0].design_flow_lpm", 105),
      ("limits.supply_high_c", 43.5), ("limits.supply_high_high_c", 46.5), ("limits.return_high_high_c", 64),
      ("limits.row_flow_low_percent", 61), ("limits.supply_pressure_high_kpa", 440), ("limits.level_low_percent", 41),
      ("limits.level_low_low_percent", 19), ("limits.filter_dp_high_kpa", 59),
      ("buses[1].name", "line"), ("buses[1].timeout_ms", 150), ("buses[1].turnaround_ms", 7),
      ("buses[0].tcp.framing", "rtu"), ("buses[0].tcp.gateway_baud", 38_400),
      ("buses[1].serial", ["path": "/dev/ttyS1", "baud": 9600, "parity": "odd", "stop_bits": 2]),
      ("devices[0].bus", "line"), ("devices[0].unit", 9), ("devices[0].tag", "P-101"),
      ("devices[6].channels.ai_0", ["role": "manifold.dp.1", "tag": "PDT-1", "at_4ma": -5, "at_20ma": 395]),
      (
        "devices[8]",
        [
          "name": "di", "profile": "moxa/iologik-e1210", "bus": "line", "unit": 10,
          "channels": ["di_3": ["role": "leak.7.alarm", "inverted": true]],
        ]
      ),
      ("leak_zones", [["zone": 7, "watches": "fan.1", "critical": true]]),
    ]
  }

  @Test func everyKeyOfTheFacilityValveArrivesInItsOwnProperty() throws {
    let text = try String(contentsOfFile: "\(Shipped.config)/row.facility-water.yaml", encoding: .utf8)
    let site = try SiteLoader.load(
      text: text.replacing("position_min_percent: 5", with: "position_min_percent: 6")
        .replacing("slew_percent_per_s: 2", with: "slew_percent_per_s: 3")
        .replacing("safe_position_percent: 100", with: "safe_position_percent: 99")
        .replacing("stroke_s: 60", with: "stroke_s: 62").replacing("design_itd_k: 20", with: "design_itd_k: 21"),
      profileDirectories: [Shipped.profiles]
    ).site
    var valve = Site.FacilityValve(
      ratedKw: 1000, designLoopFlowLpm: 1248, designFacilityFlowLpm: 1400, gains: .init(gain: 0.5, integralTimeS: 20))
    valve.positionMinPercent = 6
    valve.slewPercentPerS = 3
    valve.safePositionPercent = 99
    valve.strokeS = 62
    valve.designItdK = 21
    #expect(site.facilityValve == valve)
    #expect(site.fans == nil && site.topology == .facilityWater)
  }

  @Test func everyKeyOfAProfileArrivesInItsOwnProperty() throws {
    let scratch = try Scratch()
    let path = try scratch.write(
      "profile.yaml",
      """
      irhx_profile: 1
      name: acme/drive
      kind: drive
      status: hw-verified
      confidence: high
      sources: [one, two]
      max_read: 33
      points:
        ready: {area: holding, address: 1, doc: d, format: bits16, bit: 3, unit: 0/1, signal: ready, interval_s: 7}
        local: {area: holding, address: 1, format: bits16, bit: 4, unit: 0/1, signal: remote}
        speed: {area: input, address: 2, format: int32, word_order: little, scale: 2, offset: 3, reference: top,
                reference_divisor: 4, unit: "%", invalid_raw: [0xFFFF, 5], valid_when: {point: top, raw_in: [6]}}
        top:   {area: input, address: 0x10, format: uint16}
      commands:
        run: {area: holding, address: 3, doc: e, format: uint16, unit: 0/1, signal: run,
              word: {stop: 10, reset: 11, run: [{value: 12, until: ready}, {value: 13}]}}
        demand: {area: holding, address: 4, format: uint32, word_order: little, unit: "%", signal: speed_demand,
                 analog: {scale: 5, offset: 6, reference: top, reference_divisor: 7, raw_min: 8, raw_max: 19,
                          read_back: speed, read_back_tolerance: 0.25}}
      communication_loss: {timeout_s: 14, feed: write, action: stops}
      """)
    #expect(try SiteLoader.loadProfile(path: path) == Self.expectedProfile)
  }

  private static var expectedProfile: DeviceProfile {
    var ready = DeviceProfile.Point(name: "ready", area: .holding, address: 1, format: .bits16)
    ready.doc = "d"
    ready.bit = 3
    ready.unit = .boolean
    ready.signal = "ready"
    ready.intervalS = 7
    var local = DeviceProfile.Point(name: "local", area: .holding, address: 1, format: .bits16)
    local.bit = 4
    local.unit = .boolean
    local.signal = "remote"
    var speed = DeviceProfile.Point(name: "speed", area: .input, address: 2, format: .int32)
    speed.wordOrder = .little
    speed.scale = 2
    speed.offset = 3
    speed.reference = "top"
    speed.referenceDivisor = 4
    speed.unit = .percent
    speed.invalidRaw = [0xFFFF, 5]
    speed.validWhen = .init(point: "top", rawIn: [6])
    let top = DeviceProfile.Point(name: "top", area: .input, address: 16, format: .uint16)
    let steps = [
      DeviceProfile.Command.Word.Step(value: 12, until: "ready"), .init(value: 13, until: nil),
    ]
    var run = DeviceProfile.Command(
      name: "run", area: .holding, address: 3, format: .uint16, form: .word(.init(stop: 10, reset: 11, run: steps)))
    run.doc = "e"
    run.unit = .boolean
    run.signal = "run"
    var analog = DeviceProfile.Command.Analog(rawMin: 8, rawMax: 19)
    analog.scale = 5
    analog.offset = 6
    analog.reference = "top"
    analog.referenceDivisor = 7
    analog.readBack = "speed"
    analog.readBackTolerance = 0.25
    var demand = DeviceProfile.Command(
      name: "demand", area: .holding, address: 4, format: .uint32, form: .analog(analog))
    demand.wordOrder = .little
    demand.unit = .percent
    demand.signal = "speed_demand"
    var expected = DeviceProfile(
      name: "acme/drive", kind: "drive", status: .hardwareVerified, sources: ["one", "two"],
      points: [ready, local, speed, top], commands: [run, demand])
    expected.maxRead = 33
    expected.confidence = .high
    expected.communicationLoss = .init(timeoutS: 14, feed: .write, action: "stops")
    return expected
  }

  @Test func unitsOwnKeyWinsOverWhatAllShare() throws {
    let mixed = try SiteLoader.load(path: "\(Shipped.config)/row.mixed-16.yaml", profileDirectories: [Shipped.profiles])
    let racks = mixed.site.racks.units
    #expect(
      racks.map(\.ratedKw) == [40, 40, 40, 40] + Array(repeating: 80, count: 6) + Array(repeating: 140, count: 6))
    #expect(racks[15].designFlowLpm == 182)
  }

  @Test func nameCannotBeShared() throws {
    #expect(
      try SmallRow.faults([("racks.unit_defaults.name", "R")]) == [
        "racks.unit_defaults.name: a name cannot be shared"
      ])
  }

  @Test func misspeltSharedKeyIsOneFaultHoweverManyUnitsShareIt() throws {
    let demo = try String(contentsOfFile: "\(Shipped.config)/row.demo.yaml", encoding: .utf8)
    let refusal = #expect(throws: ConfigurationFaults.self) {
      try SiteLoader.load(
        text: demo.replacing("rated_head_kpa:", with: "rated_haed_kpa:"), profileDirectories: [Shipped.profiles])
    }
    #expect(refusal?.faults.map(\.keyPath) == ["pumps.unit_defaults.rated_haed_kpa"])
  }

  @Test func refusedSharedValueIsOneFaultHoweverManyUnitsShareIt() throws {
    let demo = try String(contentsOfFile: "\(Shipped.config)/row.demo.yaml", encoding: .utf8)
    let refusal = #expect(throws: ConfigurationFaults.self) {
      try SiteLoader.load(
        text: demo.replacing("shutoff_head_kpa: 320", with: "shutoff_head_kpa: high"),
        profileDirectories: [Shipped.profiles])
    }
    #expect(refusal?.faults.map(\.keyPath) == ["pumps.unit_defaults.shutoff_head_kpa"])
  }
}
