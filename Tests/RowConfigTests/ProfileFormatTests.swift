/// What the profile format says beyond plain registers: that every key arrives, and what a sound file must mean.

import Foundation
import RowConfig
import Testing

@Suite struct ProfileFormatTests {
  /// A sound profile with one of everything; a test replaces a part of it.
  private static let full = """
    irhx_profile: 1
    name: acme/pump
    kind: pump
    status: draft
    confidence: medium
    sources: [one, two]
    max_gap: 3
    identity: [{point: model, text: P-1}, {point: family, raw_in: [1, 2]}, {object: vendor, text: Acme}]
    points:
      status: {area: input, address: 0, format: bits16, bit: 8, bit_count: 8}
      ready: {area: input, address: 0, format: bits16, bit: 0, unit: 0/1, signal: ready}
      remote: {area: input, address: 0, format: bits16, bit: 1, unit: 0/1, signal: remote}
      fault: {area: input, address: 0, format: bits16, bit: 2, unit: 0/1, signal: fault}
      speed: {area: input, address: 1, format: bcd16, byte_order: little, scale: 0.1, unit: "%", signal: speed,
              valid_raw: {min: 0, max: 1200}, source: 2, confidence: high}
      flow: {area: input, address: 2, format: int32, unit: L/min,
             unit_from: {point: flow_unit, choices: [{raw: 4, scale: 0.016666666666666666}, {raw: 9, offset: 2}]}}
      flow_unit: {area: input, address: 4, format: uint16}
      family: {area: input, address: 5, format: uint16}
      model: {area: input, address: 6, format: string, length: 4}
      accepted: {area: holding, address: 11, format: uint16, scale: 0.01, unit: "%"}
    commands:
      run: {area: holding, address: 10, format: uint16, unit: 0/1, signal: run, word: {stop: 1, run: [{value: 3}]}}
      demand: {area: holding, address: 11, format: uint16, unit: "%", signal: speed_demand, source: 1, confidence: high,
               analog: {scale: 0.01, raw_min: 0, raw_max: 10000, read_back: accepted, settle_s: 5, min_interval_s: 0.5,
                        max_step: 20, writes_per_day: 500}}
      mode: {area: holding, address: 12, format: uint16, byte_order: little, analog: {raw_min: 0, raw_max: 9}}
      alive: {area: holding, address: 13, format: uint16, analog: {raw_min: 0, raw_max: 1}}
    communication_loss: {timeout_s: 30, feed: any-request, action: stops}
    sequences:
      take_control:
        - write: {command: mode, raw: 4}
        - wait: {point: remote, raw_in: [1], within_s: 5, on_fail: release}
        - pause_s: 0.5
      release:
        - write: {command: mode, raw: 0}
    heartbeat: {command: alive, raws: [0, 1], every_s: 2}
    """

  private static func load(_ text: String) throws -> DeviceProfile {
    let scratch = try Scratch()
    return try SiteLoader.loadProfile(path: scratch.write("profile.yaml", text))
  }

  @Test func everyKeyOfAFullProfileArrivesInItsOwnProperty() throws {
    let profile = try Self.load(Self.full)
    #expect(profile.confidence == .medium && profile.maxGap == 3)
    #expect(
      profile.identity == [
        .init(point: "model", text: "P-1"), .init(point: "family", rawIn: [1, 2]),
        .init(object: .vendor, text: "Acme"),
      ])
    let points = Dictionary(uniqueKeysWithValues: profile.points.map { ($0.name, $0) })
    #expect(points["status"]?.bit == 8 && points["status"]?.bitCount == 8)
    let speed = try #require(points["speed"])
    #expect(speed.format == .bcd16 && speed.byteOrder == .little && speed.validRaw == .init(min: 0, max: 1200))
    #expect(speed.source == 2 && speed.confidence == .high)
    let units = [DeviceProfile.UnitFrom.Choice(raw: 4, scale: 1 / 60.0), .init(raw: 9, offset: 2)]
    #expect(points["flow"]?.unitFrom == .init(point: "flow_unit", choices: units))
    #expect(points["model"]?.length == 4 && points["model"]?.registers == 4)
    let demand = try #require(profile.commands.first { $0.name == "demand" })
    guard case .analog(let analog) = demand.form else {
      Issue.record("demand is no quantity")
      return
    }
    #expect(demand.source == 1 && demand.confidence == .high)
    #expect(analog.settleS == 5 && analog.minIntervalS == 0.5 && analog.maxStep == 20 && analog.writesPerDay == 500)
    #expect(profile.commands.first { $0.name == "mode" }?.byteOrder == .little)
    let wait = DeviceProfile.Step.Wait(point: "remote", rawIn: [1], withinS: 5, onFail: .release)
    #expect(profile.sequences.takeControl == [.write(.init(command: "mode", raw: 4)), .wait(wait), .pause(0.5)])
    #expect(profile.sequences.release == [.write(.init(command: "mode", raw: 0))] && profile.sequences.reset.isEmpty)
    #expect(profile.heartbeat == .init(command: "alive", raws: [0, 1], everyS: 2))
  }

  struct Edit: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let faults: [String]
    init(_ old: String, _ new: String, _ faults: String...) {
      self.old = old
      self.new = new
      self.faults = faults
    }
    var testDescription: String { new }
  }

  @Test(arguments: [
    Edit("bit: 8, bit_count: 8", "bit: 9, bit_count: 8", "points.status.bit: 8 from bit 9 on reach beyond bit 15"),
    Edit("bit: 8, bit_count: 8", "bit_count: 8", "points.status.bit_count: counts from bit, which is not given"),
    Edit(
      "format: string, length: 4", "format: string",
      "points.model.length: a string has a length, and nothing else has; format is string"),
    Edit(
      "address: 5, format: uint16", "address: 5, format: uint16, length: 1",
      "points.family.length: a string has a length, and nothing else has; format is uint16"),
    Edit(
      "address: 4, format", "address: 3, format",
      "points.flow_unit.address: overlaps flow, int32 at 2, with another format or start"),
    Edit(
      "format: bits16, bit: 0", "format: bits16, byte_order: little, bit: 0",
      "points.ready.address: overlaps status, bits16 at 0, with another format or start"),
    Edit(
      "address: 12, format", "address: 11, format",
      "commands.mode.address: overlaps demand, uint16 at 11, with another format or start"),
    Edit(
      "address: 11, format: uint16, scale", "address: 11, format: uint32, scale",
      "commands.demand.address: writes part of what accepted reads, uint32 at 11",
      "commands.mode.address: writes part of what accepted reads, uint32 at 11"),
    Edit(
      "valid_raw: {min: 0, max: 1200}", "valid_raw: {min: 0, max: -1}",
      "points.speed.valid_raw.max: -1 must not be below min, which is 0"),
    Edit(
      "valid_raw: {min: 0, max: 1200}", "valid_raw: {min: 0, max: 999}",
      "points.speed.scale: bcd16 can then show no more than 99.9 %; expected it to reach 100"),
    Edit(
      "raw_max: 10000", "raw_max: 9949",
      "commands.demand.analog.scale: raw 0 … 9949 is then at most 99.49 %; "
        + "expected 100 … 200 %"),
    Edit(
      "raw_max: 10000", "raw_max: 20001",
      "commands.demand.analog.scale: raw 0 … 20001 is then at most 200.01 %; "
        + "expected 100 … 200 %"),
    Edit(
      "{raw: 9, offset: 2}", "{raw: 4}",
      "points.flow.unit_from.choices[1].raw: raw 4 is given twice; first at "
        + "line 17"),
    Edit(
      "point: flow_unit,", "point: flow_units,",
      "points.flow.unit_from.point: no point named flow_units; nearest "
        + "known: flow_unit"),
    Edit("source: 2", "source: 3", "points.speed.source: there are 2 sources"),
    Edit(
      "signal: remote}", "}",
      "commands.run.signal: what runs a device needs a point with signal remote; there is none"),
    Edit(
      "signal: ready}", "}",
      "commands.run.signal: what runs a device needs a point with signal ready; there is none"),
    Edit("text: P-1}", "raw_in: [1]}", "identity[0]: model is string; a string has a text, everything else raw_in"),
    Edit("text: P-1}", "text: P-1 of 2000}", "identity[0].text: model holds 8 characters"),
    Edit("text: P-1}", "text: P-1, object: vendor}", "identity[0]: expected exactly one of point and object"),
    Edit(
      "point: model, text: P-1}", "object: vendor, raw_in: [1]}",
      "identity[0]: what a device says of itself is a text; expected text, and no raw_in"),
    Edit(
      "min_interval_s: 0.5", "min_interval_s: 11",
      "commands.demand.analog.min_interval_s: 11 s is above a third of "
        + "communication_loss.timeout_s, 30 s"),
    Edit(
      "feed: any-request", "feed: write",
      "commands.demand.analog.writes_per_day: communication_loss wants writes, "
        + "also of what has not changed"),
    Edit("read_back: accepted, ", "", "commands.demand.analog.settle_s: there is no read_back that could settle"),
    Edit(
      "command: mode, raw: 4", "command: node, raw: 4",
      "sequences.take_control[0].write.command: no command named "
        + "node; nearest known: mode"),
    Edit(
      "command: mode, raw: 4", "command: mode, raw: 65536",
      "sequences.take_control[0].write.raw: 65536 does not fit "
        + "uint16 mode"),
    Edit(
      "{command: mode, raw: 4}", "{command: mode}",
      "sequences.take_control[0].write: nothing is demanded of mode; "
        + "expected raw"),
    Edit("on_fail: release", "on_fail: reset", "sequences.take_control[1].wait.on_fail: there is no sequence reset"),
    Edit(
      "on_fail: release", "on_fail: take_control",
      "sequences.take_control[1].wait.on_fail: take_control starts "
        + "over by itself"),
    Edit(
      "unit: 0/1, signal: remote", "unit: 0/1, signal: remote, interval_s: 5",
      "sequences.take_control[1].wait"
        + ".within_s: remote is read every 5 s only"),
    Edit("raws: [0, 1]", "raws: [0, 65536]", "heartbeat.raws: 65536 does not fit uint16 alive"),
  ])
  func contradictionInAProfileIsOneFault(_ edit: Edit) throws {
    #expect(Self.full.contains(edit.old))
    let refusal = #expect(throws: ConfigurationFaults.self) {
      try Self.load(Self.full.replacing(edit.old, with: edit.new, maxReplacements: 1))
    }
    #expect(refusal?.faults.map { "\($0.keyPath): \($0.problem)" } == edit.faults)
  }

  @Test func aValveThatCannotBeSeenToObeyIsRefused() throws {
    let valve = try String(contentsOfFile: "\(Shipped.profiles)/belimo/actuator-mod.yaml", encoding: .utf8)
    let refusal = #expect(throws: ConfigurationFaults.self) {
      try Self.load(valve.replacing(", read_back: setpoint, read_back_tolerance: 0.1", with: ""))
    }
    #expect(refusal?.faults.map(\.keyPath) == ["commands.demand.analog"])
  }

  // MARK: Worth a look

  private static func warnings(_ edits: [(String, String)]) throws -> [String] {
    let scratch = try Scratch()
    var text = try String(contentsOfFile: "\(Shipped.profiles)/danfoss/vlt-fc.yaml", encoding: .utf8)
    for (old, new) in edits {
      #expect(text.contains(old))
      text = text.replacing(old, with: new)
    }
    _ = try scratch.write("danfoss/vlt-fc.yaml", text)
    let document = try SmallRow.document()
    let loaded = try SiteLoader.load(text: document.text, profileDirectories: [scratch.path, Shipped.profiles])
    return loaded.warnings.map { "\($0.keyPath): \($0.problem)" }
  }

  @Test func aDriveThatCostsThreeRequestsIsWorthNoWarning() throws {
    #expect(try Self.warnings([]) == [])
  }

  @Test func aCounterReadInEveryCycleIsWorthAWarning() throws {
    #expect(
      try Self.warnings([("unit: h, interval_s: 60", "unit: h")])
        == ["points.running_hours: counts h, which change slowly: give it an interval_s"])
  }

  @Test func aDeviceThatTakesManyRequestsACycleIsWorthAWarning() throws {
    let scattered = (0..<2).map { "  s\($0): {area: holding, address: \(100 * $0), format: uint16, signal: s\($0)}\n" }
    let edits = [("points:\n", "points:\n" + scattered.joined())]
    #expect(
      try Self.warnings(edits)
        == ["points: the roles of one device take 5 requests in every cycle; interval_s saves some of them"])
  }

  @Test func aCommandOfWeakSourcesIsWorthAWarningAndPowerIsNot() throws {
    let weak = "rests on a weak source: check it on the device before the row relies on it"
    #expect(
      try Self.warnings([("    signal: speed_demand\n", "    signal: speed_demand\n    confidence: low\n")])
        == ["commands.speed_demand: \(weak)"])
    #expect(try Self.warnings([("signal: power,", "signal: power, confidence: low,")]) == [])
  }
}
