import FieldIO
import Foundation
import Glibc
import RowConfig
import RowTwin

/// What a Modbus transaction costs over loopback, through the C shim against the simulator's server, beside a bare TCP
/// round trip of the same sizes.
extension Bench {
  /// Of a read of holding or input registers over Modbus TCP: request, and reply before its registers.
  static let requestBytes = 12
  static let replyHeaderBytes = 9

  func measureBus(into report: inout BenchReport) throws {
    progress("bus transaction")
    let load = LoadTrace(.steady(percent: 50), ratedKw: loaded.site.racks.units.map(\.ratedKw), seed: 1)
    let twin = try Twin(site: loaded.site, seed: 1, load: load)
    guard let question = BusQuestion(twin) else {
      report.add(BenchRow("Modbus transaction over loopback", "", .leftOut("no device with registers to read")))
      return
    }
    let server = try TwinServer(twin: twin, ports: .any)
    let serving = Thread { server.run() }
    serving.start()
    defer { server.stop() }
    guard case .tcp(let host, let port) = server.endpoints[question.bus].address else { return }
    let bus = Site.Bus(name: "bench", link: .tcp(host: host, port: port))
    let echo = try EchoPeer(replyBytes: Self.replyHeaderBytes + 2 * question.count)
    defer { echo.close() }
    guard let link = LibmodbusLink(bus) else { throw EchoPeer.Fault(errno: EINVAL) }
    var words = [UInt16](repeating: 0, count: question.count)
    var modbus: [Double] = []
    var bare: [Double] = []
    // Alternating blocks: the machine's drift hits both.
    for _ in 0..<(isQuick ? 10 : 50) {
      for _ in 0..<100 {
        let start = MonotonicClock.now()
        try link.read(
          question.area, unit: question.unit, address: question.address, count: question.count, into: &words)
        modbus.append((MonotonicClock.now() - start).inSeconds * 1e6)
      }
      for _ in 0..<100 {
        let start = MonotonicClock.now()
        try echo.ask(bytes: Self.requestBytes)
        bare.append((MonotonicClock.now() - start).inSeconds * 1e6)
      }
    }
    let ours = Samples(modbus)
    let floor = Samples(bare)
    report.add(
      BenchRow(
        "Modbus read of \(question.count) registers over loopback",
        "median \(number(ours.median, 1)) µs: \(number(ours.median / floor.median, 2)) × the floor; "
          + "p99 \(number(ours.percentile(99))) µs",
        floor: "bare TCP round trip of the same sizes: median \(number(floor.median, 1)) µs, "
          + "p99 \(number(floor.percentile(99))) µs"))
  }
}

/// The longest run of registers, up to ten, that some device of the row answers.
private struct BusQuestion {
  var bus: Int
  var unit: UInt8
  var area: DeviceProfile.Area
  var address: Int
  var count: Int

  init?(_ twin: Twin) {
    var found: (bus: Int, unit: UInt8, area: DeviceProfile.Area, address: Int, count: Int)?
    var words = [UInt16](repeating: 0, count: 16)
    for device in twin.site.devices {
      guard let bus = twin.site.buses.firstIndex(where: { $0.name == device.bus }) else { continue }
      let unit = UInt8(clamping: device.unit)
      for (area, address) in [(DeviceProfile.Area.holding, 0), (.input, 0), (.holding, 100), (.input, 100)] {
        var count = 0
        while count < 10,
          twin.read(bus: bus, unit: unit, area: area, address: address, count: count + 1, into: &words) == .ok
        { count += 1 }
        if count > found?.count ?? 0 { found = (bus, unit, area, address, count) }
      }
    }
    guard let found else { return nil }
    (bus, unit, area, address, count) = found
  }
}

/// A thread that answers every request with a reply of fixed size over TCP on loopback.
private final class EchoPeer: Sendable {
  struct Fault: Error { var errno: Int32 }

  private let client: Int32
  private let replyBytes: Int

  init(replyBytes: Int) throws {
    self.replyBytes = replyBytes
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let isOpen = unsafe withUnsafeMutablePointer(to: &address) { typed in
      unsafe typed.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(listener, generic, size) == 0 && listen(listener, 1) == 0
          && getsockname(listener, generic, &size) == 0 && connect(client, generic, size) == 0
      }
    }
    guard isOpen else { throw Fault(errno: errno) }
    let peer = accept(listener, nil, nil)
    Glibc.close(listener)
    for end in [client, peer] {
      var on: Int32 = 1
      unsafe setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    Thread {
      var request = [UInt8](repeating: 0, count: 64)
      let reply = [UInt8](repeating: 0, count: replyBytes)
      while unsafe recv(peer, &request, request.count, 0) > 0 { _ = unsafe send(peer, reply, reply.count, 0) }
      Glibc.close(peer)
    }.start()
  }

  func ask(bytes: Int) throws {
    var buffer = [UInt8](repeating: 0, count: 512)
    guard unsafe send(client, buffer, bytes, 0) == bytes,
      unsafe recv(client, &buffer, replyBytes, Int32(MSG_WAITALL)) == replyBytes
    else { throw Fault(errno: errno) }
  }

  func close() { Glibc.close(client) }
}
