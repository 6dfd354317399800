import Foundation
import RowConfig
import Synchronization
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
  private let line: TwinLine?

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
    site.buses = [Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: 502))]
    site.buses[0].timeoutMs = timeoutMs
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
    site.buses[0].link = .tcp(host: "127.0.0.1", port: server.endpoints[0].port)
    line = transport == .tcp ? nil : try TwinLine(server, lateMs: timeoutMs * Twin.lateByTimeouts)
    if let line { site.buses[0].link = .serial(path: line.path, baud: 115_200, parity: .none, stopBits: 1) }
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

/// A serial line with the twin's first bus behind it: Modbus over Serial Line V1.02, RTU.
final class TwinLine: Sendable {
  let path: String
  private let end: Int32
  private let isOpen = Atomic(true)

  struct NoTerminal: Error {}

  init(_ server: TwinServer, lateMs: Int) throws {
    end = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
    // ioctl_tty(2): TIOCSPTLCK unlocks the other end, TIOCGPTN tells its number.
    var lock: CInt = 0
    var number: CInt = 0
    guard unsafe ioctl(end, 0x4004_5431, &lock) == 0, unsafe ioctl(end, 0x8004_5430, &number) == 0 else {
      throw NoTerminal()
    }
    path = "/dev/pts/\(number)"
    Thread { [weak self, end] in
      var input: [UInt8] = []
      while let self, self.isOpen.load(ordering: .relaxed) { self.serve(end, &input, server, lateMs) }
      close(end)
    }.start()
  }
  deinit { isOpen.store(false, ordering: .relaxed) }

  private func serve(_ end: Int32, _ input: inout [UInt8], _ server: TwinServer, _ lateMs: Int) {
    var ready = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
    var bytes = [UInt8](repeating: 0, count: 256)
    guard unsafe poll(&ready, 1, 20) > 0 else { return input.removeAll() }
    let count = unsafe Glibc.read(end, &bytes, bytes.count)
    guard count > 0 else {
      // Nobody has the other end open.
      usleep(1000)
      return input.removeAll()
    }
    input += bytes[..<count]
    guard input.count >= 8 else { return }
    let length = input[1] >= 15 ? 9 + Int(input[6]) : 8
    guard input.count >= length, Self.checkSum(input[..<(length - 2)]) == Array(input[(length - 2)..<length]) else {
      return
    }
    let request = Array(input[..<(length - 2)])
    input.removeAll()
    let header: [UInt8] = [0, 1, 0, 0, 0, UInt8(request.count)]
    let (delivery, reply, isSpoilt) = server.withTwin { twin in
      var answerer = ModbusAnswerer()
      let delivery = answerer.answer((header + request)[...], bus: 0, twin: twin)
      return (delivery, answerer.reply, twin.linkFault(bus: 0, unit: request[0]) == .badCrc)
    }
    if delivery == .never { return }
    if delivery == .late { usleep(UInt32(lateMs) * 1000) }
    var frame = Array(reply[6...])
    frame += Self.checkSum(frame[...])
    if isSpoilt { frame[frame.count - 1] ^= 0xFF }
    _ = unsafe Glibc.write(end, frame, frame.count)
  }

  /// Polynomial 0xA001, sent low byte first (6.2.2).
  private static func checkSum(_ frame: ArraySlice<UInt8>) -> [UInt8] {
    var sum: UInt16 = 0xFFFF
    for byte in frame {
      sum ^= UInt16(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xA001 : sum >> 1 }
    }
    return [UInt8(sum & 0xFF), UInt8(sum >> 8)]
  }
}
