import Foundation
import Glibc
import RowAPI
import Testing

extension RigTests {
  /// Hostile, broken and silent clients: the loop does not notice, others are served.
  @Suite struct SocketAbuse {
    /// OPS-057.
    @Test func hostileClientsDisturbNeitherTheLoopNorOthers() throws {
      let rig = try Rig()
      // Half a second a cycle: a machine that stands still for less is not the clients' doing.
      try rig.startToAuto(periodMs: 500)
      let before = try rig.client.state().health
      let residentKb = try rig.daemonResidentKb()

      let garbage = try RawConnection(rig.client.path)
      garbage.send("GET / HTTP/1.1\r\n\r\n\u{7F}\u{1}\0")
      _ = try garbage.receive()
      let nonsense = try RawConnection(rig.client.path)
      nonsense.send("{\"method\":\"org.irhx.Row.Explode\"}\0")
      #expect(try nonsense.receive(until: 0).contains("org.varlink.service.MethodNotFound"))
      let half = try RawConnection(rig.client.path)
      half.send("{\"method\":\"org.irhx.Row.GetSt")
      let endless = try RawConnection(rig.client.path)
      let filling = String(repeating: "[", count: 64 * 1024)
      var sent = 0
      // A gigabyte is announced by nothing but its bytes; the daemon must hang up long before.
      while sent < 1 << 30, endless.send(filling) { sent += filling.utf8.count }
      #expect(sent < 1 << 22, "the daemon took \(sent) bytes of one frame")

      try expectService(rig, since: before)
      #expect(rig.daemon?.isRunning == true)
      let grownKb = try rig.daemonResidentKb() - residentKb
      print("a frame of a gigabyte: \(sent) bytes taken, grown by \(grownKb) kB")
      #expect(grownKb < 32 * 1024, "the daemon has grown by \(grownKb) kB")
    }

    @Test func thousandConnectionsDelayNobodyAndCostLittleMemory() throws {
      let rig = try Rig()
      try rig.startToAuto(periodMs: 500)
      let before = try rig.client.state().health
      let residentKb = try rig.daemonResidentKb()
      let watcher = try RawConnection(rig.client.path)
      watcher.send("{\"method\":\"org.irhx.Row.WatchState\",\"more\":true}\0")
      _ = try watcher.receive(until: 0)
      // Asks for everything and reads nothing.
      let slow = try RawConnection(rig.client.path)
      for _ in 0..<50 { slow.send("{\"method\":\"org.irhx.Row.WatchState\",\"more\":true}\0") }

      for _ in 0..<5 {
        var silent: [RawConnection] = []
        for number in 0..<200 {
          let connection = try RawConnection(rig.client.path)
          if number % 2 == 0 { connection.send("{\"method\":") }
          silent.append(connection)
        }
        #expect(try watcher.receive(until: 0).contains("\"cycle\""))
      }
      try expectService(rig, since: before)
      let grownKb = try rig.daemonResidentKb() - residentKb
      print("a thousand connections: grown by \(grownKb) kB")
      #expect(grownKb < 32 * 1024, "the daemon has grown by \(grownKb) kB")
    }

    /// Clients are answered, cycles are counted, none was skipped.
    private func expectService(_ rig: Rig, since before: LoopHealth) throws {
      let state = try rig.eventually("further cycles") { $0.health.cycle >= before.cycle + 4 }
      #expect(state.health.overruns == before.overruns)
      #expect(state.mode == .auto)
      #expect(try rig.client.info().row == "demo")
    }
  }
}

extension Rig {
  /// Memory that the daemon holds, kB.
  fileprivate func daemonResidentKb() throws -> Int {
    guard let daemon else { throw RigFailure("no daemon was started") }
    let status = try String(contentsOfFile: "/proc/\(daemon.identifier)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    guard let kb = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw RigFailure("the daemon's memory is not known")
    }
    return kb
  }
}
