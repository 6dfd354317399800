import FieldIO
import RowConfig

/// Small rows for the tests: a site with one bus, hand-written profiles, and a master with its image.
enum Fixture {
  static func point(
    _ name: String, _ address: Int, _ format: DeviceProfile.Format = .uint16, signal: String? = nil,
    _ adjust: (inout DeviceProfile.Point) -> Void = { _ in }
  ) -> DeviceProfile.Point {
    var point = DeviceProfile.Point(name: name, area: .holding, address: address, format: format)
    point.signal = signal
    adjust(&point)
    return point
  }

  static func bit(_ name: String, _ address: Int, _ bit: Int, signal: String? = nil) -> DeviceProfile.Point {
    point(name, address, .bits16, signal: signal) { $0.bit = bit }
  }

  static func profile(
    _ name: String, _ points: [DeviceProfile.Point], _ commands: [DeviceProfile.Command] = [],
    maxRead: Int = 60, lossS: Double? = nil
  ) -> DeviceProfile {
    var profile = DeviceProfile(
      name: name, kind: "test", status: .draft, sources: [], points: points, commands: commands)
    profile.maxRead = maxRead
    profile.communicationLoss = lossS.map { .init(timeoutS: $0, feed: .write, action: "safe speed") }
    return profile
  }

  static func analog(
    _ name: String, _ address: Int, scale: Double, rawMin: Double, rawMax: Double, readBack: String? = nil
  ) -> DeviceProfile.Command {
    var form = DeviceProfile.Command.Analog(rawMin: rawMin, rawMax: rawMax)
    form.scale = scale
    form.readBack = readBack
    var command = DeviceProfile.Command(
      name: name, area: .holding, address: address, format: .int16, form: .analog(form))
    command.signal = name
    return command
  }

  static func word(
    _ address: Int, stop: UInt16, reset: UInt16, _ steps: [DeviceProfile.Command.Word.Step]
  ) -> DeviceProfile.Command {
    var command = DeviceProfile.Command(
      name: "control", area: .holding, address: address, format: .uint16,
      form: .word(.init(stop: stop, reset: reset, run: steps)))
    command.signal = "run"
    return command
  }

  /// Danfoss FC profile: control word 49999, reference 50009, status word 50199, main actual value 50209.
  static let danfoss = profile(
    "danfoss/vlt-fc",
    [
      bit("trip", 50199, 3, signal: "fault"), bit("ready", 50199, 1, signal: "ready"),
      bit("auto", 50199, 9, signal: "remote"), bit("running", 50199, 11, signal: "running"),
      point("main_actual", 50209, .int16, signal: "speed") { $0.scale = 100.0 / 0x4000 },
      point("reference", 50009, .int16) { $0.scale = 100.0 / 0x4000 },
    ],
    [
      word(49999, stop: 0x043C, reset: 0x04BC, [.init(value: 0x047C, until: nil)]),
      analog(
        "speed_demand", 50009, scale: 100.0 / 0x4000, rawMin: 0, rawMax: 0x4000, readBack: "reference"),
    ], lossS: 10)

  /// ABB Drives profile: control word 0, REF1 1, status word 3, ACT1 4.
  static let abb = profile(
    "abb/ach580",
    [
      bit("rdy_on", 3, 0), bit("rdy_ref", 3, 2, signal: "running"), bit("tripped", 3, 3, signal: "fault"),
      bit("remote", 3, 9, signal: "remote"),
      point("act1", 4, .int16, signal: "speed") { $0.scale = 100.0 / 20000 },
    ],
    [
      word(
        0, stop: 0x047E, reset: 0x04FE,
        [.init(value: 0x047E, until: "rdy_on"), .init(value: 0x047F, until: nil)]),
      analog("speed_demand", 1, scale: 100.0 / 20000, rawMin: 0, rawMax: 20000),
    ], lossS: 3)

  /// One value at holding register 0, in tenths.
  static let meter = profile("test/meter", [point("flow", 0, signal: "flow") { $0.scale = 0.1 }])

  static func device(
    _ name: String, _ profile: DeviceProfile, unit: Int, serves: String? = nil, channels: [Site.Device.Channel] = []
  ) -> Site.Device {
    var device = Site.Device(name: name, profile: profile.name, bus: "b1", unit: unit)
    device.serves = serves
    device.channels = channels
    return device
  }

  static func site(_ devices: [Site.Device]) -> Site {
    let gains = Site.Gains(gain: 1, integralTimeS: 10)
    return Site(
      name: "test", topology: .liquidToAir,
      supply: Site.Supply(setpointC: 35, setpointMinC: 20, setpointMaxC: 40),
      pumps: Site.Pumps(dpSetpointKpa: 100, dpMinKpa: 50, dpMaxKpa: 200, gains: gains, units: []),
      racks: Site.Racks(gains: gains, units: []),
      buses: [Site.Bus(name: "b1", link: .tcp(host: "127.0.0.1", port: 1))], devices: devices)
  }

  /// A plan in which the slot of a role is its index in `inputs` or `outputs`; nil entries are roles not used.
  static func plan(
    _ devices: [Site.Device], _ profiles: [DeviceProfile], inputs: [String], outputs: [String] = [],
    wrongSetUp: Site.WrongSetUp = .warn
  ) throws -> BusPlan {
    var site = site(devices)
    site.wrongSetUp = wrongSetUp
    let named = Dictionary(profiles.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return try FieldPlan(
      site: site, profiles: named,
      inputSlot: { role in inputs.firstIndex(of: role) }, outputSlot: { role in outputs.firstIndex(of: role) }
    ).buses[0]
  }
}

/// A master over a field in memory, with the row's arrays and a clock that the test advances.
final class Bench {
  let link: MemoryLink
  let master: BusMaster
  var image: [FieldValue]
  var demands: OutputDemands
  var states: [WriteState]
  var now = Duration.seconds(1000)

  init(
    _ devices: [Site.Device], _ profiles: [DeviceProfile], inputs: [String], outputs: [String] = [],
    wrongSetUp: Site.WrongSetUp = .warn, link: MemoryLink = MemoryLink()
  ) throws {
    self.link = link
    let plan = try Fixture.plan(devices, profiles, inputs: inputs, outputs: outputs, wrongSetUp: wrongSetUp)
    master = BusMaster(plan: plan, link: link)
    image = Array(repeating: FieldValue(), count: inputs.count)
    demands = OutputDemands(slots: outputs.count)
    states = Array(repeating: WriteState(), count: outputs.count)
  }

  /// `count` meters `m1` …, units 1 …, roles `rack.#.flow`, each reading 10 · its number.
  static func meters(_ count: Int) throws -> Bench {
    let numbers = 1...count
    let bench = try Bench(
      numbers.map { Fixture.device("m\($0)", Fixture.meter, unit: $0, serves: "rack.\($0)") },
      [Fixture.meter], inputs: numbers.map { "rack.\($0).flow" })
    for number in numbers { bench.link.set(UInt8(number), 0, [UInt16(100 * number)]) }
    return bench
  }

  /// One drive at unit 1 as pump 1.
  static func drive(_ profile: DeviceProfile) throws -> Bench {
    try Bench(
      [Fixture.device("P-101", profile, unit: 1, serves: "pump.1")], [profile],
      inputs: ["pump.1.speed", "pump.1.running", "pump.1.fault"], outputs: ["pump.1.run", "pump.1.speed_demand"])
  }

  /// Advances by `period`, then scans and writes. Returns the requests this cost.
  @discardableResult
  func cycle(_ period: Duration = .seconds(1)) -> [MemoryLink.Request] {
    let first = link.requests.count
    now += period
    master.scan(now: now, into: &image)
    master.write(demands, now: now)
    master.copyWriteStates(into: &states)
    return Array(link.requests[first...])
  }
}
