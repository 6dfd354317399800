import Foundation

/// What the release daemon takes of the machine while it controls the simulated row over real Modbus TCP on loopback,
/// and what the simulator beside it takes, which is no part of a real row.
extension Bench {
  func measureDaemon(into report: inout BenchReport) throws {
    for name in ["irhxd", "irhx-sim", "irhxctl"] {
      guard FileManager.default.isExecutableFile(atPath: "\(programFolder)/\(name)") else {
        report.add(BenchRow("The daemon on the row", "", .leftOut("\(name) is not beside this program: build it")))
        return
      }
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "irhx-bench-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // ignoring: a folder left behind in the temporary directory does no harm.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for periodMs in [1000, 100] {
      progress("the daemon at \(1000 / periodMs) Hz")
      try measureDaemon(periodMs: periodMs, folder, into: &report)
    }
  }

  private func measureDaemon(periodMs: Int, _ folder: String, into report: inout BenchReport) throws {
    let endpoints = "\(folder)/endpoints"
    let socket = "\(folder)/row.sock"
    // ignoring: the first time there is none.
    try? FileManager.default.removeItem(atPath: endpoints)
    let simulator = try ChildProgram(
      "\(programFolder)/irhx-sim",
      ["run", loaded.path, "--any-port", "--endpoints", endpoints, "--socket", "\(folder)/sim.sock", "--settled", "60"])
    defer { simulator.stop() }
    let name = "irhxd at \(1000 / periodMs) Hz"
    guard wait(for: endpoints) else {
      report.add(BenchRow(name, "", .leftOut("the simulator did not start")))
      return
    }
    let daemon = try ChildProgram(
      "\(programFolder)/irhxd",
      ["run", loaded.path, "--endpoints", endpoints, "--socket", socket, "--period-ms", "\(periodMs)"])
    defer { daemon.stop() }
    guard wait(for: socket) else {
      report.add(BenchRow(name, "", .leftOut("the daemon did not start")))
      return
    }
    Thread.sleep(forTimeInterval: isQuick ? 3 : 10)
    let (alone, twin) = share(of: daemon, and: simulator)
    let client = try ChildProgram("\(programFolder)/irhxctl", ["watch", "--socket", socket, "--json"])
    defer { client.stop() }
    Thread.sleep(forTimeInterval: 1)
    let (watched, _) = share(of: daemon, and: simulator)
    let isWhole = daemon.isRunning && simulator.isRunning && client.isRunning
    let verdict = isWhole ? BenchRow.Verdict.reported : .leftOut("a program ended during the measurement")
    report.add(BenchRow(name, alone, floor: "the simulator beside it: \(twin)", verdict))
    report.add(BenchRow("\(name), one client watching", watched, verdict))
  }

  private func share(of daemon: ChildProgram, and simulator: ChildProgram) -> (String, String) {
    let seconds = isQuick ? 10.0 : 60
    let before = (ProcessUsage(of: daemon.id), ProcessUsage(of: simulator.id))
    Thread.sleep(forTimeInterval: seconds)
    let after = (ProcessUsage(of: daemon.id), ProcessUsage(of: simulator.id))
    return (text(before.0, after.0, seconds), text(before.1, after.1, seconds))
  }

  private func text(_ before: ProcessUsage, _ after: ProcessUsage, _ seconds: Double) -> String {
    "\(number((after.busyNs - before.busyNs) / seconds / 1e7, 2)) % of a core, "
      + "RSS \(number(after.residentKb / 1024, 1)) MB (PSS \(number(after.proportionalKb / 1024, 1)) MB)"
  }

  /// Whether the file appeared within 20 s.
  private func wait(for path: String) -> Bool {
    for _ in 0..<200 {
      if FileManager.default.fileExists(atPath: path) { return true }
      Thread.sleep(forTimeInterval: 0.1)
    }
    return false
  }
}
