/// `irhx-sim`: a row of racks with its pumps, valves, coils and field devices, simulated behind real Modbus.
internal import ArgumentParser
internal import Glibc

@main
struct Simulator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "irhx-sim",
    abstract: "Simulates a liquid-cooled row behind Modbus TCP and RTU.",
    subcommands: [Run.self, Inject.self, Clear.self, State.self])

  /// Says what is wrong in one line (or one line per fault) and leaves with a code of sysexits.h.
  static func fail(_ message: String, code: Int32) -> Never {
    for line in message.split(separator: "\n") { put("irhx-sim: \(line)", on: STDERR_FILENO) }
    Glibc.exit(code)
  }
  static func say(_ line: String) { put(line, on: STDOUT_FILENO) }

  private static func put(_ line: String, on descriptor: Int32) {
    let bytes = [UInt8]((line + "\n").utf8)
    // ignoring: nobody reads our output any more; the row goes on
    _ = unsafe write(descriptor, bytes, bytes.count)
  }
}

/// Where the control socket is unless the user says otherwise.
struct ControlPath: ParsableArguments {
  @Option(
    name: .customLong("socket"),
    help: ArgumentHelp(
      "Path of the control socket. Default: irhx-sim.sock in $XDG_RUNTIME_DIR, else /tmp/irhx-sim-UID.sock.",
      valueName: "path"))
  var chosen: String?

  var socket: String { chosen ?? Self.standard }

  private static var standard: String {
    if let directory = unsafe getenv("XDG_RUNTIME_DIR").map({ unsafe String(cString: $0) }), !directory.isEmpty {
      return directory + "/irhx-sim.sock"
    }
    return "/tmp/irhx-sim-\(getuid()).sock"
  }
}

/// Exit codes of sysexits.h that this program uses.
enum ExitStatus {
  static let usage: Int32 = 64
  static let dataError: Int32 = 65
  static let unavailable: Int32 = 69
  static let cannotCreate: Int32 = 73
  static let configuration: Int32 = 78
}
