import Foundation
import Glibc
import RowAPI
import RowTwin

/// A simulated row and the daemon that controls it, in a private folder. The loop runs ten times a second so that tests
/// need not wait for it; everything else is as shipped.
final class Rig {
  let folder: URL
  let client: RowClient
  let simulator: Program
  private(set) var daemon: Program?

  /// - Parameters:
  ///   - simulation: further options of `irhx-sim run`.
  ///   - site: a shipped site file.
  ///   - edits: texts replaced in it.
  init(
    _ simulation: [String] = ["--settled", "60", "--load", "steady=60"], site: String = "row.demo.yaml",
    edits: [String: String] = [:]
  ) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "irhx-rig-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let everybody = ["operator_groups: [irhx]": "operator_users: [\(NSUserName())]"]
    try Rig.site(edits.merging(everybody) { given, _ in given }, file: site).write(
      to: folder.appending(path: "row.yaml"), atomically: true, encoding: .utf8)
    client = RowClient(path: folder.appending(path: "row.sock").path)
    simulator = try Program.built(
      "irhx-sim",
      ["run", "row.yaml", "--profiles", Rig.profiles, "--any-port", "--endpoints", "endpoints", "--socket", "sim.sock"]
        + simulation, in: folder)
    let endpoints = folder.appending(path: "endpoints").path
    try wait("the simulator listens; it said: \(simulator.errors)") {
      FileManager.default.fileExists(atPath: endpoints)
    }
  }

  deinit {
    daemon = nil
    // ignoring: what cannot be removed from the folder for temporary files is removed by the system.
    try? FileManager.default.removeItem(at: folder)
  }

  static let config = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "config")
  static var profiles: String { config.appending(path: "profiles").path }

  /// A shipped site file with parts of its text replaced; each part must be there.
  static func site(_ edits: [String: String] = [:], file: String = "row.demo.yaml") throws -> String {
    var text = try String(contentsOf: config.appending(path: file), encoding: .utf8)
    for (old, new) in edits {
      guard text.contains(old) else { throw RigFailure("\(file) has no '\(old)'") }
      text = text.replacingOccurrences(of: old, with: new)
    }
    return text
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  // MARK: - The daemon

  static let daemonOptions = [
    "--profiles", profiles, "--endpoints", "endpoints", "--normal-priority", "--state-directory", "state",
    "--period-ms",
  ]

  /// Starts the daemon; `launcher` is a program that starts it in its own way.
  func start(
    periodMs: Int = 100, socket: [String] = ["--socket", "row.sock"], launcher: [String] = [],
    extra: [String: String] = [:]
  ) throws {
    let command =
      try launcher + Rig.withoutJournal + [Program.builtPath("irhxd"), "run", "row.yaml"] + Rig.daemonOptions
      + [String(periodMs)] + socket
    daemon = try Program(command[0], Array(command.dropFirst()), in: folder, extra: extra)
  }

  /// Starts the daemon and waits until the row is in Auto.
  func startToAuto(periodMs: Int = 100) throws {
    try start(periodMs: periodMs)
    _ = try eventually("Auto") { $0.mode == .auto }
  }

  /// Prefix that hides a journal from the daemon, so that its log is on standard error on every machine.
  static var withoutJournal: [String] {
    guard unsafe access("/run/systemd/journal/socket", F_OK) == 0 else { return [] }
    return [
      "/usr/bin/unshare", "--mount", "--map-current-user", "/bin/sh", "-c",
      "mount -t tmpfs none /run/systemd/journal && exec \"$@\"", "sh",
    ]
  }

  var log: [String] { daemon?.errorLines ?? [] }

  /// The first published state for which the condition holds.
  func eventually(_ what: String, within seconds: Double = 30, _ condition: (RowState) -> Bool) throws -> RowState {
    var found: RowState?
    var last: RowState?
    do {
      try wait(what, within: seconds) {
        do throws(RowClient.Failure) { last = try client.state() } catch { return false }
        if let last, condition(last) { found = last }
        return found != nil
      }
    } catch {
      throw RigFailure("\(error); the row: \(last.map { "\($0)" } ?? "silent"); the log: \(daemon?.errors ?? "none")")
    }
    guard let found else { throw RigFailure(what) }
    return found
  }

  /// The daemon's log has a line that contains all of these.
  func eventuallyLogs(_ parts: String...) throws {
    do {
      try wait("a line with \(parts)") { log.contains { line in parts.allSatisfy(line.contains) } }
    } catch {
      throw RigFailure("\(error); the log: \(daemon?.errors ?? "none")")
    }
  }

  /// Ends the daemon as systemd would: its exit status.
  func terminate() throws -> Int32 {
    guard let daemon else { throw RigFailure("no daemon was started") }
    daemon.send(SIGTERM)
    return try daemon.end()
  }

  // MARK: - The plant

  func inject(_ fault: String) throws { _ = try ask("inject \(fault)") }
  func clear(_ fault: String) throws { _ = try ask("clear \(fault)") }

  /// The plant as it truly stands.
  func truth() throws -> TwinState {
    guard let state = try ask("state").state else { throw RigFailure("the simulator told no state") }
    return state
  }

  func eventuallyTrue(_ what: String, _ condition: (TwinState) -> Bool) throws {
    try wait(what) { try condition(truth()) }
  }

  private struct Answer: Decodable {
    var error: String?
    var state: TwinState?
  }

  private func ask(_ request: String) throws -> Answer {
    let text = try ControlClient.ask(request, path: path("sim.sock"))
    let answer = try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
    if let error = answer.error { throw RigFailure(error) }
    return answer
  }

  /// Port on which a bus of the simulator listens.
  func port(ofBus name: String) throws -> Int {
    let lines = try String(contentsOfFile: path("endpoints"), encoding: .utf8).split(separator: "\n")
    let line = lines.first { $0.hasPrefix("\(name)=") }
    guard let port = line?.split(separator: ":").last.flatMap({ Int($0) }) else { throw RigFailure("no bus \(name)") }
    return port
  }
}

extension RowState {
  func actuator(_ name: String) -> ActuatorState? { actuators.first { $0.role == name } }
  func alarm(_ id: String, _ subject: String? = nil) -> Alarm? {
    alarms.first { $0.id == id && $0.subject == subject }
  }
}
