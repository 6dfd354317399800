import Foundation
import Glibc
import RowAPI
import Testing

extension RigTests {
  /// The protocols of systemd, spoken without systemd.
  @Suite struct Systemd {
    @Test func readyIsSaidAfterTheFirstGoodCycleOnly() throws {
      let rig = try Rig()
      // Nothing can be known of a pump that does not answer: the daemon listens for a while before it drives anything.
      try rig.inject("bus pumps dead")
      let notify = try NotifySocket(rig.path("notify"))
      try rig.start(extra: ["NOTIFY_SOCKET": rig.path("notify")])
      _ = try rig.eventually("some cycles") { $0.cycle >= 5 }
      let heard = notify.heard()
      let state = try rig.client.state()
      try #require(state.actuators.allSatisfy { $0.owner == .takeOver }, "looked too late: cycle \(state.cycle)")
      #expect(!heard.contains("READY=1"))
      try rig.clear("bus pumps dead")
      _ = try rig.eventually("the row is driven") { $0.actuators.allSatisfy { $0.owner != .takeOver } }
      try wait("READY=1") { notify.heard().contains("READY=1") }
    }

    /// OPS-053.
    @Test func watchdogAndStatusAreFedAndStoppingIsSaid() throws {
      let rig = try Rig()
      let notify = try NotifySocket(rig.path("notify"))
      try rig.start(extra: ["NOTIFY_SOCKET": rig.path("notify"), "WATCHDOG_USEC": "800000"])
      try wait("the watchdog is fed") { notify.heard().filter { $0 == "WATCHDOG=1" }.count >= 3 }
      try wait("a status") { notify.heard().contains { $0.hasPrefix("STATUS=auto, supply ") } }
      #expect(notify.heard().filter { $0 == "READY=1" }.count == 1)
      #expect(!notify.heard().contains("STOPPING=1"))
      #expect(try rig.terminate() == 0)
      let heard = notify.heard()
      #expect(heard.contains("STOPPING=1"))
      // The loop feeds the watchdog, nothing else does: an ended loop feeds no more.
      #expect(heard.lastIndex(of: "WATCHDOG=1") ?? 0 < (heard.lastIndex(of: "STOPPING=1") ?? 0) + 3)
    }

    @Test func silentBusStopsNeitherLoopNorWatchdog() throws {
      let rig = try Rig()
      let notify = try NotifySocket(rig.path("notify"))
      try rig.start(extra: ["NOTIFY_SOCKET": rig.path("notify"), "WATCHDOG_USEC": "2000000"])
      _ = try rig.eventually("Auto") { $0.mode == .auto }
      for bus in ["pumps", "coils", "distribution", "racks", "instruments"] { try rig.inject("bus \(bus) dead") }
      let before = notify.heard().filter { $0 == "WATCHDOG=1" }.count
      try wait("the watchdog is fed") { notify.heard().filter { $0 == "WATCHDOG=1" }.count >= before + 3 }
    }

    @Test func socketIsTakenFromSystemd() throws {
      let rig = try Rig()
      let activate = try Program.outside("systemd-socket-activate", package: "Debian package systemd")
      try rig.start(socket: [], launcher: [activate, "--listen", rig.client.path])
      try wait("the socket") { FileManager.default.fileExists(atPath: rig.client.path) }
      #expect(try rig.client.info().row == "demo")
      _ = try rig.eventually("Auto") { $0.mode == .auto }
      #expect(try rig.terminate() == 0)
      #expect(FileManager.default.fileExists(atPath: rig.client.path), "the socket's file is systemd's to remove")
    }

    @Test func logWithoutAJournalIsOneLineAnEntryWithItsFields() throws {
      let rig = try Rig()
      try rig.startToAuto()
      #expect(try rig.terminate() == 0)
      let entry = try Regex("^<[2-6]>irhxd\\[demo\\]: [A-Z][^=]+( [a-z_]+=.*)+$")
      for line in rig.log { #expect(line.contains(entry), "\(line)") }
      let started = try #require(rig.log.first { $0.contains("The row's controller has started") })
      for field in ["site_file=row.yaml", "site_digest=", "period_ms=100", "real_time=no", "version="] {
        #expect(started.contains(" \(field)"))
      }
    }
  }
}
