import RowConfig
import Testing

@testable import FieldIO
@testable import RowTwin

/// Devices made from their profiles under the real master: taken into control, commanded, tripped, let go, and left
/// alone.
@Suite(.serialized) struct DeviceControlTests {
  /// Profiles with a command of this signal.
  static func commanded(by signal: String) throws -> [String] {
    try DeviceRig.names.get().filter { name in
      try DeviceRig.profile(name).commands.contains { $0.signal == signal }
    }
  }

  @Test(arguments: try commanded(by: "run"), Transport.allCases)
  func aDriveIsTakenObeysTripsAndIsLetGo(_ name: String, _ transport: Transport) throws {
    let row = try ControlledDevice(name, on: transport)
    row.demand("pump.1.run", 0)
    row.demand("pump.1.speed_demand", 60)
    try row.cycle(4)
    #expect(row["pump.1.running"] == 0 && row["pump.1.ready"] == 1 && row["pump.1.remote"] == 1)
    row.demand("pump.1.run", 1)
    try row.cycle(8)
    #expect(row["pump.1.running"] == 1 && row["pump.1.fault"] == 0 && row.reads("pump.1.speed", 60))
    #expect(row.isVerified("pump.1.speed_demand", 60))
    #expect(try row.isAt(60))
    try row.rig.inject("pump.1.trip")
    try row.cycle(14)
    #expect(row["pump.1.fault"] == 1 && row["pump.1.running"] == 0)
    #expect(try row.isAt(0))
    if row.canBeReset("run") {
      row.demands.resetRequested[0] = true
      try row.cycle(4)
      row.demands.resetRequested[0] = false
      try row.cycle(8)
      #expect(row["pump.1.fault"] == 0 && row.reads("pump.1.speed", 60))
      row.demand("pump.1.run", 0)
      try row.cycle(8)
      #expect(row["pump.1.running"] == 0 && row.reads("pump.1.speed", 0))
    }
    row.letGo()
    try row.cycle(4)
    if !row.profile.sequences.release.isEmpty { #expect(row["pump.1.remote"] == 0) }
  }

  @Test func aDriveTakesTheStepsOfItsControlWordInTheirOrder() throws {
    let rig = try DeviceRig(["siemens/sinamics-g120"])
    func send(_ word: Double) throws -> (ready: Double?, running: Double?) {
      _ = try rig.set("control_word", word)
      try rig.wait(seconds: 2)
      let readings = try rig.probe()
      return (readings["ready_to_switch_on"]?.value, readings["operating"]?.value)
    }
    _ = try rig.set("speed_demand", 50)
    #expect(try send(0x047F) == (0, 0), "not from inhibited")
    #expect(try send(0x047E) == (1, 0))
    #expect(try send(0x047F) == (1, 1))
    try rig.inject("pump.1.trip")
    #expect(try send(0x047F) == (0, 0), "a trip is not started over")
    #expect(try send(0x04FE) == (0, 0))
    #expect(try send(0x047F) == (0, 0), "and has to go through them again")
    #expect(try send(0x047E) == (1, 0))
    #expect(try send(0x047F) == (1, 1))
  }

  @Test func aDriveFollowsItsReferenceOnceItHasBeenPreparedForIt() throws {
    let rig = try DeviceRig(["xylem/hydrovar-hvl"])
    func speed(after command: String, _ value: Double) throws -> Double? {
      _ = try rig.set(command, value)
      try rig.wait(seconds: 10)
      return try rig.probe()["speed"]?.value
    }
    #expect(try speed(after: "frequency_demand", 50) == 0)
    #expect(try speed(after: "start", 1) == 0)
    for (command, raw) in [("setpoint_1", 1.0), ("setpoint_2", 0), ("setpoint_choice", 0)] {
      #expect(try speed(after: command, raw) == 0)
    }
    #expect(try speed(after: "set_mode", 3) == 50)
  }

  @Test func aTripIsAcknowledgedByTheProfilesResetSequence() throws {
    var profile = try DeviceRig.profile("xylem/hydrovar-hvl")
    profile.sequences.reset = [("set_mode", 2), ("setpoint_2", 3)].map { .write(.init(command: $0, raw: $1)) }
    let rig = try DeviceRig(profiles: [profile])
    try rig.inject("pump.1.trip")
    for (command, raw, fault) in [
      ("start", 1.0, 1.0), ("setpoint_2", 3, 1), ("set_mode", 2, 1), ("setpoint_2", 3, 0),
    ] {
      _ = try rig.set(command, raw)
      #expect(try rig.probe()["error"]?.value == fault, "after \(command)")
    }
  }

  @Test(arguments: try commanded(by: "run"))
  func aDriveInHandSaysSoAndIgnoresTheBus(_ name: String) throws {
    let row = try ControlledDevice(name, on: .tcp)
    row.demand("pump.1.run", 1)
    row.demand("pump.1.speed_demand", 50)
    try row.cycle(20)
    try row.rig.inject("pump.1.local")
    row.demand("pump.1.speed_demand", 90)
    try row.cycle(20)
    #expect(row["pump.1.remote"] == 0 && row.reads("pump.1.speed", 50))
  }

  @Test(arguments: try commanded(by: "run") + commanded(by: "speed_demand") + commanded(by: "demand"))
  func whatNobodySpeaksToDoesAsItsProfileSays(_ name: String) throws {
    let row = try ControlledDevice(name, on: .tcp)
    let output = try #require(row.outputs.first { $0.hasSuffix("demand") })
    if row.outputs.contains("pump.1.run") { row.demand("pump.1.run", 1) }
    row.demand(output, 20)
    try row.cycle(40)
    #expect(try row.isAt(20))
    let loss = row.profile.communicationLoss
    try row.rig.wait(seconds: (loss?.timeoutS ?? 600) - 1)
    #expect(try row.isAt(20))
    try row.rig.wait(seconds: 120)
    let expected = loss == nil ? 20 : loss?.action.contains("trips") == true ? 0 : row.safePercent
    #expect(try row.isAt(expected))
  }

  @Test(arguments: try commanded(by: "speed_demand") + commanded(by: "demand"), Transport.allCases)
  func aFanOrValveGoesWhereItIsTold(_ name: String, _ transport: Transport) throws {
    let row = try ControlledDevice(name, on: transport)
    guard let output = row.outputs.first, !row.outputs.contains("pump.1.run") else { return }
    row.demand(output, 40)
    try row.cycle(60)
    let feedback = try #require(row.inputs.first { $0.hasSuffix(".speed") || $0.hasSuffix(".position") })
    #expect(row.reads(feedback, 40) && row.isVerified(output, 40))
    #expect(try row.isAt(40))
  }

  @Test(arguments: try DeviceRig.names.get())
  func aDeviceThatCameBackAsFromTheFactoryIsFoundNotSetUp(_ name: String) throws {
    let rig = try DeviceRig([name])
    let settings = try DeviceRig.profile(name).communicationLoss?.setUp ?? []
    try rig.inject("device \(name) reset")
    let readings = try rig.probe()
    for setting in settings {
      let value = try #require(readings[setting.point]?.value)
      #expect(!(setting.min...setting.max).contains(value), "\(setting.point) is \(value)")
    }
  }

  @Test(arguments: ["moxa/iologik-e1211", "advantech/adam-6050", "wago/750-352"], Transport.allCases)
  func anOutputModuleGivesAndTakesAPermit(_ name: String, _ transport: Transport) throws {
    let channels = [0, 5].enumerated().map { rack, output in
      Site.Device.Channel(point: "do_\(output)", role: "rack.\(rack + 1).permit")
    }
    let row = try ControlledDevice(name, on: transport, channels: channels)
    for permit in [1.0, 0] {
      row.demand("rack.1.permit", 1)
      row.demand("rack.2.permit", permit)
      try row.cycle(5)
      #expect(try Array(row.positions.rackPermit.prefix(2)) == [true, permit == 1])
      #expect(row.isVerified("rack.2.permit", permit))
    }
    try row.rig.wait(seconds: 600)
    #expect(try row.positions.rackPermit[0], "a silent bus takes no permit")
  }

  @Test(arguments: try DeviceRig.names.get().filter { $0.hasPrefix("ocp/") }, Transport.allCases)
  func aSupervisedUnitTakesItsTargetsAndTellsWhatThePlantPutThere(_ name: String, _ transport: Transport) throws {
    let rig = try DeviceRig([name], on: transport)
    #expect(try rig.withDevice { $0.told("set_flow_target") } == nil)
    for (command, telemetry, value) in [
      ("set_flow_target", "flow", 82.5), ("set_temperature_target", "outlet_temperature", 31.4),
    ] {
      let answer = try rig.set(command, value)
      guard case .confirmed(_, let told?, let accepted?, agrees: true) = answer else {
        Issue.record("\(command) was not taken")
        continue
      }
      #expect(abs(told - value) < 0.05 && abs(accepted - value) < 0.05)
      let taken = try #require(try rig.withDevice { $0.told(command) })
      #expect(abs(taken - value) < 0.05)
      try rig.withDevice { $0.put(value - 1, at: telemetry) }
    }
    let readings = try rig.probe()
    #expect(readings["flow"]?.value.map { abs($0 - 81.5) < 0.05 } == true)
    #expect(readings["outlet_temperature"]?.value.map { abs($0 - 30.4) < 0.05 } == true)
  }
}

/// The row's side of one device: its roles, and the master that serves them once a second of simulated time.
private final class ControlledDevice {
  let rig: DeviceRig
  let profile: DeviceProfile
  let inputs: [String]
  let outputs: [String]
  var demands: OutputDemands
  private let master: BusMaster
  private var image: [FieldValue]
  private var states: [WriteState]
  private var now = Duration.seconds(1000)

  init(_ name: String, on transport: Transport, channels: [Site.Device.Channel] = []) throws {
    rig = try DeviceRig([name], on: transport, channels: channels)
    profile = try DeviceRig.profile(name)
    let serves = rig.site.devices[0].serves
    func roles(_ signals: [String?]) -> [String] {
      serves.map { serves in signals.compactMap(\.self).map { "\(serves).\($0)" } } ?? []
    }
    let inputs = roles(profile.points.map(\.signal))
    let outputs = roles(profile.commands.map(\.signal)) + channels.map(\.role)
    (self.inputs, self.outputs) = (inputs, outputs)
    let plan = try FieldPlan(
      site: rig.site, profiles: rig.profiles, inputSlot: { role in inputs.firstIndex(of: role) },
      outputSlot: { role in outputs.firstIndex(of: role) })
    master = BusMaster(plan: plan.buses[0], link: try rig.link())
    image = Array(repeating: FieldValue(), count: inputs.count)
    demands = OutputDemands(slots: outputs.count)
    states = Array(repeating: WriteState(), count: outputs.count)
  }

  /// Seconds of simulated time, one cycle in each.
  func cycle(_ count: Int) throws {
    for _ in 0..<count {
      now += .seconds(1)
      try rig.wait(seconds: 1)
      master.scan(now: now, into: &image)
      master.write(demands, now: now)
      master.copyWriteStates(into: &states)
    }
  }

  func demand(_ role: String, _ value: Double) {
    if let slot = outputs.firstIndex(of: role) { demands.values[slot] = value }
  }
  func letGo() {
    for slot in outputs.indices { demands.values[slot] = nil }
  }

  subscript(_ role: String) -> Double? {
    guard let slot = inputs.firstIndex(of: role), image[slot].outcome == .good else { return nil }
    return image[slot].value
  }
  func reads(_ role: String, _ value: Double) -> Bool { self[role].map { abs($0 - value) < 0.1 } ?? false }
  /// The device was told so, and says that it works to it.
  func isVerified(_ role: String, _ value: Double) -> Bool {
    guard let slot = outputs.firstIndex(of: role), states[slot].outcome == .good else { return false }
    return states[slot].accepted.map { abs($0 - value) < 0.5 } ?? false
  }
  func canBeReset(_ signal: String) -> Bool {
    profile.commands.contains { command in
      if command.signal == signal, case .word(let word) = command.form { word.reset != nil } else { false }
    } || !profile.sequences.reset.isEmpty
  }
  var positions: ActuatorPositions { get throws { try rig.withTwin { $0.positions } } }
  /// Whether what it moves stands there.
  func isAt(_ percent: Double) throws -> Bool {
    let positions = try positions
    let place =
      isPump ? positions.pumpSpeed[0] : isValve ? positions.rackValve[0] : positions.fanSpeed[0]
    return abs(place * 100 - percent) < 0.1
  }
  /// Where it was set up to go when nobody speaks to it.
  var safePercent: Double {
    isPump ? rig.site.pumps.safeSpeedPercent : isValve ? 100 : rig.site.fans?.safeSpeedPercent ?? .nan
  }
  private var isPump: Bool { outputs.contains("pump.1.run") }
  private var isValve: Bool { outputs.contains("rack.1.valve.demand") }
}
