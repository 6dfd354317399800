import Foundation
import RowConfig
import Testing

@testable import FieldIO
@testable import RowTwin

/// How a device is reached.
enum Transport: String, CaseIterable, Sendable { case tcp, serial }

/// Devices made from their profiles, served on loopback or on a pseudo-terminal. Simulated time all but stands still
/// unless the test lets it pass.
final class DeviceRig: Sendable {
  static let names = Result {
    try FileManager.default.subpathsOfDirectory(atPath: "\(DemoRow.directory)/profiles")
      .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }
  static func profile(_ name: String) throws -> DeviceProfile {
    var profile = try SiteLoader.loadProfile(path: "\(DemoRow.directory)/profiles/\(name).yaml")
    // A name that no model goes by.
    profile.name = "emulated/\(name)"
    return profile
  }

  /// With its bus as a master has to open it.
  let site: Site
  let profiles: [String: DeviceProfile]
  private let server: TwinServer

  /// Units 1 … in the order of `names`, by which the devices go.
  convenience init(
    _ names: [String], on transport: Transport = .tcp, channels: [Site.Device.Channel] = [], timeoutMs: Int = 2000
  ) throws {
    try self.init(profiles: names.map(Self.profile), on: transport, channels: channels, timeoutMs: timeoutMs)
  }

  init(
    profiles given: [DeviceProfile], on transport: Transport = .tcp, channels: [Site.Device.Channel] = [],
    timeoutMs: Int = 2000
  ) throws {
    var site = PlantSite.liquidToAir()
    site.buses = [
      Site.Bus(
        name: "b",
        link: transport == .tcp
          ? .tcp(host: "127.0.0.1", port: 502)
          : .serial(path: "", baud: 115_200, parity: .none, stopBits: 1))
    ]
    site.buses[0].timeoutMs = timeoutMs
    // The fastest devices there are: the tests make thousands of requests.
    site.buses[0].turnaroundMs = 0
    var profiles: [String: DeviceProfile] = [:]
    for (index, profile) in given.enumerated() {
      let name = String(profile.name.dropFirst("emulated/".count))
      var device = Site.Device(name: name, profile: profile.name, bus: "b", unit: index + 1)
      device.serves = Self.serves(profile)
      device.channels = channels
      site.devices.append(device)
      profiles[profile.name] = profile
    }
    self.profiles = profiles
    let load = LoadTrace(.steady(percent: 50), ratedKw: site.racks.units.map(\.ratedKw), seed: 1)
    let twin = try Twin(site: site, profiles: profiles, seed: 1, load: load)
    server = try TwinServer(twin: twin, ports: .any)
    site.buses[0].link =
      switch server.endpoints[0].address {
      case .tcp(let host, let port): .tcp(host: host, port: port)
      case .terminal(let path): .serial(path: path, baud: 115_200, parity: .none, stopBits: 1)
      }
    self.site = site
    let server = self.server
    Thread { server.run(speed: 1e-6) }.start()
  }
  deinit { server.stop() }

  /// Something that a device of this profile can be connected to; nil: nothing.
  private static func serves(_ profile: DeviceProfile) -> String? {
    let signals = Set((profile.points.map(\.signal) + profile.commands.map(\.signal)).compactMap(\.self))
    if signals.contains("humidity") { return "hall" }
    if signals.contains("position") { return "rack.1.valve" }
    if signals.contains("alarm") { return "leak.1" }
    if signals.contains("running") { return "pump.1" }
    if signals.contains("speed_demand") { return "fan.1" }
    return signals.isEmpty ? nil : "rack.1"
  }

  var bus: Site.Bus { site.buses[0] }
  func link(timeoutMs: Int = 2000) throws -> LibmodbusLink {
    var bus = bus
    bus.timeoutMs = timeoutMs
    return try #require(LibmodbusLink(bus))
  }

  /// Plain requests to unit 1.
  func read(
    _ area: ModbusArea, _ address: Int, count: Int = 1, over link: LibmodbusLink
  ) throws(ModbusFault) -> [UInt16] {
    var buffer = [UInt16](repeating: 0xDEAD, count: count)
    try link.read(area, unit: 1, address: address, count: count, into: &buffer)
    return buffer
  }
  func write(_ area: ModbusArea, _ address: Int, over link: LibmodbusLink) throws(ModbusFault) {
    try link.write(area, unit: 1, address: address, registers: RegisterBlock(pattern: 1, count: 1))
  }

  func withTwin<Result: Sendable>(_ body: (Twin) throws -> Result) throws -> Result { try server.withTwin(body) }
  func withDevice<Result: Sendable>(_ index: Int = 0, _ body: (ProfileDevice) throws -> Result) throws -> Result {
    try withTwin { try body(try #require($0.links[index].device as? ProfileDevice)) }
  }
  func wait(seconds: Double) throws { try withTwin { $0.advance(seconds: seconds) } }
  func inject(_ fault: String) throws { try withTwin { try $0.inject(Fault(fault)) } }

  /// What `irhxctl probe` does.
  func probe() throws -> [String: InquiryAnswer.Reading] {
    let device = site.devices[0]
    let profile = try #require(profiles[device.profile])
    let inquiry = try DeviceInquiry(reading: profile.points, of: device, profile, on: bus)
    return Dictionary(uniqueKeysWithValues: try ask(inquiry).readings.map { ($0.point, $0) })
  }

  /// What `irhxctl point set` does.
  func set(_ command: String, _ value: Double) throws -> InquiryAnswer.Written? {
    let device = site.devices[0]
    let profile = try #require(profiles[device.profile])
    let command = try #require(profile.commands.first { $0.name == command })
    return try ask(DeviceInquiry(writing: command, value: value, to: device, profile, on: bus)).written
  }

  private func ask(_ inquiry: DeviceInquiry) throws -> InquiryAnswer {
    var run = InquiryRun(inquiry, link: try link())
    var guards = WriteGuards()
    while run.step(nowNs: MonotonicClock.now().inNanoseconds, &guards) == .goOn {}
    return run.answer
  }
}
