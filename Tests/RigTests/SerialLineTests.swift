import FieldIO
import Foundation
import RowConfig
import RowTwin
import Synchronization
import Testing

extension RigTests {
  /// The production bus worker against the twin's devices over a pseudo-terminal.
  @Suite struct SerialLines {
    @Test func aDriveIsCommandedAndAMeterReadOverOneLine() throws {
      let rig = try LineRig()
      defer { rig.stop() }
      rig.command(["pump.2.run": 1, "pump.2.speed_demand": 70])
      try rig.eventually("the pump runs, and it is confirmed") {
        abs(($0["pump.2.speed"]?.value ?? 0) - 70) < 1 && $0["pump.2.running"]?.value == 1
      }
      let truthKw = try rig.truth().racks[0].powerKw
      try rig.eventually("the meter agrees with the plant") { values in
        let power = values["rack.1.power"]
        return power?.outcome == .good && abs((power?.value ?? 0) - truthKw) < 0.05 * truthKw
      }
      #expect(abs(try rig.truth().pumps[1].speedPercent - 70) < 2)
      #expect(rig.worker.statistics.timeouts + rig.worker.statistics.protocolFaults == 0)
    }

    @Test(
      arguments: [
        ("dead", .timeout), ("short", .timeout), ("exception", .exception), ("illegal", .exception),
        ("bad-crc", .protocolViolation), ("wrong-unit", .protocolViolation), ("garbage", .protocolViolation),
      ] as [(String, Outcome)])
    func aFaultOfOneDeviceIsToldForWhatItIsAndSparesItsNeighbours(_ kind: String, _ outcome: Outcome) throws {
      let rig = try LineRig()
      defer { rig.stop() }
      try rig.eventually("both answer") { $0["rack.1.power"]?.outcome == .good && $0["rack.2.power"]?.outcome == .good }
      try rig.inject("device R01-power \(kind)")
      try rig.eventually("the meter is \(outcome)") { $0["rack.1.power"]?.outcome == outcome }
      for _ in 0..<5 { #expect(rig.scan()["rack.2.power"]?.outcome == .good) }
      rig.clearFaults()
      try rig.eventually("it is back", within: 10) { $0["rack.1.power"]?.outcome == .good }
    }

    /// On one pair of wires a late reply falls into somebody else's turn.
    @Test func aLateReplyIsNeverTakenForANeighboursValue() throws {
      let rig = try LineRig()
      defer { rig.stop() }
      try rig.eventually("both answer") { $0["rack.1.power"]?.outcome == .good && $0["rack.2.power"]?.outcome == .good }
      let kw = try rig.truth().racks[1].powerKw
      try rig.inject("device R01-power slow")
      try rig.eventually("the meter is late") { $0["rack.1.power"]?.outcome == .timeout }
      for _ in 0..<20 {
        let neighbour = rig.scan()["rack.2.power"]
        #expect(abs((neighbour?.value ?? 0) - kw) < 0.1 * kw)
      }
      rig.clearFaults()
      try rig.eventually("both are back") {
        $0["rack.1.power"]?.outcome == .good && $0["rack.2.power"]?.outcome == .good
      }
    }

    @Test func whatADeviceSaysWrongIsReadAsItSaysIt() throws {
      let rig = try LineRig()
      defer { rig.stop() }
      rig.command(["pump.2.run": 1, "pump.2.speed_demand": 70])
      try rig.eventually("the pump runs") { $0["pump.2.speed"]?.value ?? 0 > 60 }
      // Acknowledged and not obeyed.
      try rig.inject("device P2-drive lying")
      rig.command(["pump.2.run": 1, "pump.2.speed_demand": 40])
      for _ in 0..<5 { #expect(rig.scan()["pump.2.speed"]?.value ?? 0 > 60) }
      // A transmitter that stands still is read like any other.
      try rig.inject("rack.1.power.stuck")
      let stuck = rig.scan()["rack.1.power"]
      for _ in 0..<5 { #expect(rig.scan()["rack.1.power"]?.value == stuck?.value) }
      #expect(stuck?.outcome == .good)
    }

    @Test func aScanFindsTheDevicesOfALine() throws {
      let rig = try LineRig()
      defer { rig.stop() }
      let units = rig.units
      let scan = try Program.built(
        "irhxd",
        [
          "scan", "--serial", rig.path, "--baud", "38400", "--parity", "even", "--timeout-ms", "100",
          "--units", "\(units["P2-drive"] ?? 0)-\(units["R02-power"] ?? 0)", "--profiles", Rig.profiles,
        ], in: rig.folder)
      #expect(try scan.end() == 0, "\(scan.errors)")
      for (name, profile) in [("P2-drive", "danfoss/vlt-fc"), ("R01-power", "eastron/sdm630")] {
        #expect(scan.output.contains("unit \(units[name] ?? 0): \(profile), "))
      }
      #expect(!scan.output.contains("unit \((units["P2-drive"] ?? 0) + 1): "))
    }

    @Test func aDriveThatRestartsIsTakenIntoCommandAgain() throws {
      let rig = try LineRig()
      defer { rig.stop() }
      rig.command(["pump.2.run": 1, "pump.2.speed_demand": 70])
      try rig.eventually("the pump runs") { $0["pump.2.speed"]?.value ?? 0 > 69 }
      // Nobody tells it anything until it has coasted down.
      rig.command(["pump.2.run": nil, "pump.2.speed_demand": nil])
      try rig.inject("device P2-drive reset")
      try rig.eventually("it forgot what it was told") { $0["pump.2.speed"]?.value ?? 100 < 50 }
      rig.command(["pump.2.run": 1, "pump.2.speed_demand": 70])
      try rig.eventually("it runs again", within: 20) { $0["pump.2.speed"]?.value ?? 0 > 69 }
    }

    /// The adapter is unplugged and comes back under the same name, as another terminal.
    @Test func devicesReturnToServiceWithALineThatReturns() throws {
      let rig = try LineRig()
      defer { rig.stop() }
      try rig.eventually("the meter answers") { $0["rack.1.power"]?.outcome == .good }
      rig.unplug()
      try rig.eventually("the line is gone") { $0["rack.1.power"]?.outcome == .transport }
      #expect(!rig.worker.statistics.isConnected)
      try rig.plug()
      let start = MonotonicClock.now()
      try rig.eventually("both are back", within: 10) {
        $0["rack.1.power"]?.outcome == .good && $0["pump.2.speed"]?.outcome == .good
      }
      #expect(MonotonicClock.now() - start < .seconds(10))
    }

    /// Both programs as `make run` starts them, at the row's own period: its lines are too slow for a shorter one.
    @Test func theLargeRowRunsOverItsLinesAndNetworks() throws {
      let rig = try Rig(site: "row.large.yaml")
      try rig.startToAuto(periodMs: 1000)
      let state = try rig.eventually("every rack is known") { $0.racks.allSatisfy { $0.powerKw ?? 0 > 30 } }
      #expect(state.racks.count == 24 && state.buses.filter(\.connected).count == 6)
      #expect(state.alarms.isEmpty && state.health.overruns == 0)
      #expect(state.buses.allSatisfy { $0.timeouts == 0 })
    }

    /// Something else writes on the line: requests are lost, none is answered wrong.
    @Test func garbageOnTheLineCostsRequestsAndNoValue() throws {
      let rig = try LineRig()
      defer { rig.stop() }
      try rig.eventually("the meter answers") { $0["rack.1.power"]?.outcome == .good }
      let kw = try rig.truth().racks[0].powerKw
      let line = unsafe open(rig.path, O_WRONLY | O_NOCTTY | O_NONBLOCK)
      defer { close(line) }
      var random = SystemRandomNumberGenerator()
      for _ in 0..<20 {
        let noise = (0..<Int.random(in: 1...40)).map { _ in UInt8.random(in: 0...255, using: &random) }
        _ = unsafe write(line, noise, noise.count)
        let power = rig.scan()["rack.1.power"]
        #expect(power?.outcome != .good || abs((power?.value ?? 0) - kw) < 0.2 * kw)
      }
      try rig.eventually("all is well again", within: 10) {
        $0["rack.1.power"]?.outcome == .good && $0["pump.2.speed"]?.outcome == .good
      }
    }
  }
}

/// Half of the demo row's pumps and rack meters on one serial line: one worker, orders as the loop gives them.
private final class LineRig {
  private static let bus = "line"
  /// Every serial line of a building has some of each.
  private static let devices = ["P2-drive", "R01-power", "R02-power", "R05-power"]

  let folder: URL
  private let site: Site
  private let inputs: [String]
  private let outputs: [String]
  private var server: TwinServer?
  let worker: BusWorker
  private let served = DispatchSemaphore(value: 0)
  private var cycle: UInt64 = 0
  private var demands: OutputDemands
  private var image: [FieldValue]
  private var states: [WriteState]

  /// Of the line's devices, by name.
  var units: [String: Int] {
    Dictionary(uniqueKeysWithValues: site.devices.filter { $0.bus == Self.bus }.map { ($0.name, $0.unit) })
  }
  var path: String { folder.appending(path: Self.bus).path }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "irhx-line-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let loaded = try SiteLoader.load(
      path: Rig.config.appending(path: "row.demo.yaml").path, profileDirectories: [Rig.profiles])
    var site = loaded.site
    var bus = Site.Bus(
      name: Self.bus,
      link: .serial(path: folder.appending(path: Self.bus).path, baud: 38_400, parity: .even, stopBits: 1))
    bus.timeoutMs = 100
    site.buses = [bus, Site.Bus(name: "elsewhere", link: .tcp(host: "127.0.0.1", port: 0))]
    for index in site.devices.indices {
      site.devices[index].bus = Self.devices.contains(site.devices[index].name) ? Self.bus : "elsewhere"
      site.devices[index].unit = index + 1
    }
    self.site = site
    server = try Self.serve(site, served)
    site.devices.removeAll { $0.bus != Self.bus }
    let roles = loaded.bindings.filter { Self.devices.contains(loaded.site.devices[$0.device].name) }
    let inputs = roles.filter { $0.role.direction == .input }.map(\.name)
    let outputs = roles.filter { $0.role.direction == .output }.map(\.name)
    (self.inputs, self.outputs) = (inputs, outputs)
    let plan = try FieldPlan(
      site: site, profiles: loaded.profiles,
      inputSlot: { role in inputs.firstIndex(of: role) }, outputSlot: { role in outputs.firstIndex(of: role) })
    guard let link = LibmodbusLink(bus) else { throw RigFailure("no link") }
    worker = BusWorker(
      BusMaster(plan: plan.buses[0], link: link), inputSlots: inputs.count, outputSlots: outputs.count)
    demands = OutputDemands(slots: outputs.count)
    image = Array(repeating: FieldValue(), count: inputs.count)
    states = Array(repeating: WriteState(), count: outputs.count)
  }

  private static func serve(_ site: Site, _ served: DispatchSemaphore) throws -> TwinServer {
    let load = LoadTrace(.steady(percent: 50), ratedKw: site.racks.units.map(\.ratedKw), seed: 1)
    let twin = try Twin(site: site, seed: 1, load: load)
    twin.settle(loadPercent: 50)
    let server = try TwinServer(twin: twin, ports: .site)
    Thread {
      server.run()
      served.signal()
    }.start()
    return server
  }

  /// The simulator ends, and with it the terminal and its name.
  func unplug() {
    guard let server else { return }
    server.stop()
    served.wait()
    self.server = nil
  }

  func plug() throws { server = try Self.serve(site, served) }

  func stop() {
    _ = worker.stop(until: MonotonicClock.now() + .seconds(5))
    unplug()
    // ignoring: what cannot be removed from the folder for temporary files is removed by the system.
    try? FileManager.default.removeItem(at: folder)
  }

  func inject(_ fault: String) throws { try server?.withTwin { twin in try twin.inject(Fault(fault)) } }
  func clearFaults() { server?.withTwin { $0.clearAllFaults() } }
  func truth() throws -> TwinState { try #require(server?.withTwin { TwinState(of: $0) }) }

  func command(_ values: [String: Double?]) {
    for (role, value) in values {
      guard let slot = outputs.firstIndex(of: role) else { preconditionFailure("The line has no \(role).") }
      demands.values[slot] = value
    }
  }

  /// One cycle as the loop orders it: by role, what is known after it.
  func scan() -> [String: FieldValue] {
    cycle += 1
    let now = MonotonicClock.now()
    worker.beginScan(cycle: cycle, now: now)
    _ = worker.collect(until: now + .seconds(1), into: &image)
    worker.beginWrite(demands, cycle: cycle, now: now)
    _ = worker.awaitWrites(until: now + .seconds(2), into: &states)
    return Dictionary(uniqueKeysWithValues: zip(inputs, image))
  }

  func eventually(
    _ what: String, within seconds: Double = 10, _ condition: ([String: FieldValue]) -> Bool
  ) throws {
    let end = MonotonicClock.now() + .seconds(seconds)
    var last: [String: FieldValue] = [:]
    while MonotonicClock.now() < end {
      last = scan()
      if condition(last) { return }
      usleep(50_000)
    }
    throw RigFailure("\(what); last: \(last)")
  }
}
