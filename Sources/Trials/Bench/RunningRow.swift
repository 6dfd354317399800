import Foundation
import RowConfig

/// The programs that simulate and control a row over real Modbus on loopback.
struct RunningRow {
  /// Why there is none.
  struct Missing: Error, CustomStringConvertible {
    var description: String
  }

  private(set) var simulator: ChildProgram
  private(set) var daemon: ChildProgram
  let socket: String
  /// Where the simulator takes its faults.
  let control: String
  var isWhole: Bool { simulator.isRunning && daemon.isRunning }

  /// - Parameters:
  ///   - programs: the folder of irhxd and irhx-sim.
  ///   - folder: for sockets; it must exist.
  ///   - environment: of the daemon, beside this program's own.
  /// - Throws: `Missing` where a program is not there or does not start within 20 s.
  init(
    _ loaded: LoadedSite, programs: String, folder: String, arguments: [String] = [],
    environment: [String: String] = [:]
  ) throws {
    for program in ["irhxd", "irhx-sim", "irhxctl"]
    where !FileManager.default.isExecutableFile(atPath: "\(programs)/\(program)") {
      throw Missing(description: "\(program) is not beside this program: build it")
    }
    let endpoints = "\(folder)/endpoints"
    control = "\(folder)/sim.sock"
    simulator = try ChildProgram(
      "\(programs)/irhx-sim",
      ["run", loaded.path, "--any-port", "--endpoints", endpoints, "--socket", control, "--settled", "60"])
    guard Self.wait(for: endpoints) else {
      simulator.stop()
      throw Missing(description: "the simulator did not start")
    }
    socket = "\(folder)/row.sock"
    daemon = try ChildProgram(
      "\(programs)/irhxd", ["run", loaded.path, "--endpoints", endpoints, "--socket", socket] + arguments,
      environment: environment)
    guard Self.wait(for: socket) else {
      stop()
      throw Missing(description: "the daemon did not start")
    }
  }

  func stop() {
    daemon.stop()
    simulator.stop()
  }

  /// Whether the file appeared within 20 s.
  private static func wait(for path: String) -> Bool {
    for _ in 0..<200 {
      if FileManager.default.fileExists(atPath: path) { return true }
      Thread.sleep(forTimeInterval: 0.1)
    }
    return false
  }
}
