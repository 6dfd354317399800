import FieldIO
import RowConfig
import Testing

/// Contacts and permits: channels of digital modules.
@Suite struct ContactTests {
  private static func contact(_ point: String, _ role: String, inverted: Bool = false) -> Site.Device.Channel {
    var channel = Site.Device.Channel(point: point, role: role)
    channel.isInverted = inverted
    return channel
  }

  private static let inputs = Fixture.profile(
    "test/di",
    (0..<2).map { number in
      var point = DeviceProfile.Point(name: "di_\(number)", area: .discrete, address: number, format: .bool)
      point.unit = .boolean
      return point
    })

  private static let outputs: DeviceProfile = {
    var analog = DeviceProfile.Command.Analog(rawMin: 0, rawMax: 1)
    analog.readBack = "state_0"
    return Fixture.profile(
      "test/do", [DeviceProfile.Point(name: "state_0", area: .coil, address: 0, format: .bool)],
      [DeviceProfile.Command(name: "do_0", area: .coil, address: 0, format: .bool, form: .analog(analog))], lossS: 60)
  }()

  private static func permit() throws -> Bench {
    try Bench(
      [Fixture.device("do", outputs, unit: 1, channels: [contact("do_0", "rack.1.permit")])], [outputs], inputs: [],
      outputs: ["rack.1.permit"])
  }

  /// OPS-043.
  @Test(arguments: [false, true]) func invertedContactReadsAsTrueWhileItsCircuitIsOpen(isInverted: Bool) throws {
    let bench = try Bench(
      [
        Fixture.device(
          "di", Self.inputs, unit: 1,
          channels: [
            Self.contact("di_0", "row.emergency_stop", inverted: isInverted), Self.contact("di_1", "row.permissive"),
          ])
      ], [Self.inputs], inputs: ["row.emergency_stop", "row.permissive"])
    for raw: UInt16 in [0, 1] {
      bench.link.set(1, 0, [raw, raw], area: .discrete)
      bench.cycle()
      #expect(bench.image.map(\.value) == [Double(isInverted ? 1 - raw : raw), Double(raw)])
    }
  }

  /// What a command reads back is the module's own word, however a channel turns it.
  @Test func invertedChannelLeavesTheReadBackOfACommandAlone() throws {
    let bench = try Bench(
      [
        Fixture.device(
          "do", Self.outputs, unit: 1,
          channels: [Self.contact("state_0", "leak.1.alarm", inverted: true), Self.contact("do_0", "rack.1.permit")])
      ], [Self.outputs], inputs: ["leak.1.alarm"], outputs: ["rack.1.permit"])
    bench.demands.values = [1]
    for _ in 0..<5 { bench.cycle() }
    #expect(bench.image[0].value == 0)
    #expect(bench.states[0].accepted == 1 && !bench.states[0].contradicted)
  }

  @Test func permitIsWrittenToItsChannelAndReadBack() throws {
    let bench = try Self.permit()
    for (demand, value) in [(1.0, 1), (0, 0)] as [(Double, UInt16)] {
      bench.demands.values = [demand]
      #expect(bench.cycle().contains(.write(unit: 1, address: 0, value: value)))
      bench.cycle()
      #expect(bench.states[0].accepted == demand && bench.states[0].outcome == .good)
    }
  }

  /// OPS-044. A module that has lost its power comes back with its outputs open.
  @Test func permitThatTheModuleHasForgottenIsWrittenAgain() throws {
    let bench = try Self.permit()
    bench.demands.values = [1]
    bench.cycle()
    bench.link.set(1, 0, [0], area: .coil)
    #expect(bench.cycle().contains(.write(unit: 1, address: 0, value: 1)))
  }

  @Test func unchangedPermitIsRenewedInsideAThirdOfTheModulesPatience() throws {
    let bench = try Self.permit()
    bench.demands.values = [1]
    var written: [Duration] = []
    for _ in 0..<60 { if bench.cycle().contains(.write(unit: 1, address: 0, value: 1)) { written.append(bench.now) } }
    #expect(written.count >= 3)
    for (earlier, later) in zip(written, written.dropFirst()) { #expect(later - earlier <= .seconds(20)) }
  }

  @Test func channelThatNamesNoCommandIsNamed() {
    #expect(throws: FieldPlanFault.unknownPoint(device: "do", point: "state_0")) {
      try Fixture.plan(
        [Fixture.device("do", Self.outputs, unit: 1, channels: [Self.contact("state_0", "rack.1.permit")])],
        [Self.outputs], inputs: [], outputs: ["rack.1.permit"])
    }
  }
}
