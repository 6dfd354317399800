import Foundation
import RowConfig

/// What the release daemon takes of the machine while it controls a simulated row over real Modbus on loopback, and
/// what the simulator beside it takes, which is no part of a real row.
extension Bench {
  func measureDaemon(into report: inout BenchReport) throws {
    for periodMs in [1000, 100] {
      progress("the daemon at \(1000 / periodMs) Hz")
      let name = "irhxd at \(1000 / periodMs) Hz"
      try withRow(loaded, periodMs: periodMs, name, into: &report) { row in
        let alone = share(of: row)
        let client = try ChildProgram("\(programFolder)/irhxctl", ["watch", "--socket", row.socket, "--json"])
        defer { client.stop() }
        Thread.sleep(forTimeInterval: 1)
        let watched = share(of: row)
        let verdict = row.isWhole && client.isRunning ? BenchRow.Verdict.reported : Self.ended
        return [
          BenchRow(name, alone.daemon.text, floor: "the simulator beside it: \(alone.simulator.text)", verdict),
          BenchRow("\(name), one client watching", watched.daemon.text, verdict),
        ]
      }
    }
  }

  /// The whole daemon on the row with the most devices.
  ///
  /// - Parameter floor: what the field layer alone takes of as many devices.
  func measureLargeRow(floor: String, into report: inout BenchReport) throws {
    guard let large else { return }
    progress("the daemon on the large row")
    let site = large.site
    let points = large.bindings.filter { $0.role.direction == .input }.count
    let name =
      "irhxd, whole: \(site.devices.count) devices, the \(points) points that the row has roles for, on "
      + "\(site.buses.count) buses at 1 Hz"
    try withRow(large, periodMs: 1000, name, into: &report) { row in
      let (daemon, simulator) = share(of: row)
      let isReached = daemon.percent < Self.largeSitePercent && daemon.megabytes < Self.largeSiteMegabytes
      let verdict = isReached ? BenchRow.Verdict.reached : .missed("loop, workers, core, journal and publisher")
      return [
        BenchRow(
          name, daemon.text, floor: "the field layer alone: \(floor); the simulator: \(simulator.text)",
          target: Self.largeSiteTarget, row.isWhole ? verdict : Self.ended)
      ]
    }
  }

  private static let ended = BenchRow.Verdict.leftOut("a program ended during the measurement")

  /// Adds what `measure` makes of a row that has been taken over, or why there is nothing to measure.
  private func withRow(
    _ loaded: LoadedSite, periodMs: Int, _ name: String, into report: inout BenchReport,
    _ measure: (RunningRow) throws -> [BenchRow]
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "irhx-bench-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // ignoring: a folder left behind in the temporary directory does no harm.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let row: RunningRow
    do {
      row = try RunningRow(
        loaded, programs: programFolder, folder: folder, arguments: ["--period-ms", "\(periodMs)"])
    } catch let missing as RunningRow.Missing {
      report.add(BenchRow(name, "", .leftOut(missing.description)))
      return
    }
    defer { row.stop() }
    Thread.sleep(forTimeInterval: isQuick ? 3 : 10)
    for line in try measure(row) { report.add(line) }
  }

  private func share(of row: RunningRow) -> (daemon: MachineShare, simulator: MachineShare) {
    let seconds = isQuick ? 10.0 : 60
    let before = (ProcessUsage(of: row.daemon.id), ProcessUsage(of: row.simulator.id))
    Thread.sleep(forTimeInterval: seconds)
    let after = (ProcessUsage(of: row.daemon.id), ProcessUsage(of: row.simulator.id))
    return (
      MachineShare(before.0, after.0, seconds: seconds), MachineShare(before.1, after.1, seconds: seconds)
    )
  }
}
