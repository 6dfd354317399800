import Foundation
import Glibc

/// A built program, or somebody else's, as a child process. Its outputs go to files. It never outlives this object.
final class Program {
  private let process = Process()
  private let outputFile: URL
  private let errorFile: URL

  /// Starts `path` with `arguments`; `extra` variables are added to our own environment.
  init(_ path: String, _ arguments: [String], in folder: URL, extra: [String: String] = [:]) throws {
    let name = "\(URL(filePath: path).lastPathComponent)-\(UUID().uuidString.prefix(8))"
    outputFile = folder.appending(path: name + ".out")
    errorFile = folder.appending(path: name + ".err")
    for file in [outputFile, errorFile] { try Data().write(to: file) }
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID"] {
      environment[name] = nil
    }
    process.environment = environment.merging(extra) { $1 }
    try process.run()
  }

  deinit {
    guard process.isRunning else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// One of ours, which the package build puts beside the test bundle.
  static func built(
    _ name: String, _ arguments: [String], in folder: URL, extra: [String: String] = [:]
  ) throws -> Program {
    try Program(builtPath(name), arguments, in: folder, extra: extra)
  }

  static func builtPath(_ name: String) throws -> String {
    let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let path = bundle.appending(path: name).path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw RigFailure("\(path) is not built: run 'swift build --build-tests'")
    }
    return path
  }

  /// Another project's program, found in PATH.
  static func outside(_ name: String, package: String) throws -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let found = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else { throw RigFailure("'\(name)' is not installed: it comes with \(package)") }
    return found
  }

  var identifier: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  var output: String { text(outputFile) }
  var errors: String { text(errorFile) }
  var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the end: its exit status.
  func end(within seconds: Double = 30) throws -> Int32 {
    try wait("the program ends", within: seconds) { !process.isRunning }
    return process.terminationStatus
  }

  private func text(_ file: URL) -> String {
    do { return try String(contentsOf: file, encoding: .utf8) } catch { return "" }
  }
}

struct RigFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Looks every hundredth of a second until the condition holds. The bound is for a machine under heavy load; a test
/// that passes does not come near it.
func wait(_ what: String, within seconds: Double = 30, until condition: () throws -> Bool) throws {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try !condition() {
    guard ContinuousClock.now < deadline else { throw RigFailure("waited \(seconds) s in vain: \(what)") }
    usleep(10_000)
  }
}
