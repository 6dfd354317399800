import Foundation
import Testing

/// A program of this machine, run to its end.
struct Program {
  var status: Int32
  var output: String
  var errors: String

  /// `package` is what to install where the program is missing.
  static func run(
    _ name: String, _ arguments: [String], package: String, environment: [String: String] = [:]
  ) throws -> Program {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let paths = ["output", "errors"].map(directory.path)
    let handles = try paths.map { path in
      try Data().write(to: URL(filePath: path))
      return try FileHandle(forWritingTo: URL(filePath: path))
    }
    let process = Process()
    process.executableURL = URL(filePath: try find(name, package: package))
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    (process.standardOutput, process.standardError) = (handles[0], handles[1])
    let done = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in done.signal() }
    try process.run()
    if done.wait(timeout: .now() + 60) == .timedOut {
      process.terminate()
      Issue.record("\(name) did not end within a minute")
    }
    process.waitUntilExit()
    let texts = try paths.map { try String(contentsOfFile: $0, encoding: .utf8) }
    return Program(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }

  /// One of our own programs, which is built beside the tests.
  static func ours(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Program {
    let package = "(build all targets: swift build --build-tests)"
    return try run(try path(ofOurs: name), arguments, package: package, environment: environment)
  }

  static func path(ofOurs name: String) throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: tests).deletingLastPathComponent().appending(path: name).path
  }

  private static func find(_ name: String, package: String) throws -> String {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let places = name.hasPrefix("/") ? [name] : path.split(separator: ":").map { "\($0)/\(name)" }
    let found = places.first(where: FileManager.default.isExecutableFile(atPath:))
    return try #require(found, "\(name) is missing; install \(package)")
  }
}
