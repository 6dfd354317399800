import Foundation
import Glibc

/// A program run beside the measurement: the daemon, the simulator, a floor, a hog.
struct ChildProgram {
  struct Missing: Error {}

  private let process = Process()
  private let output: Pipe?
  var id: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }

  /// Starts it. Without `readsOutput` its output is dropped.
  ///
  /// - Throws: `Missing` where there is no such program.
  init(
    _ path: String, _ arguments: [String], environment: [String: String] = [:], readsOutput: Bool = false
  ) throws {
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    if !environment.isEmpty {
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    }
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    output = readsOutput ? Pipe() : nil
    process.standardOutput = output ?? FileHandle.nullDevice
    guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing() }
    try process.run()
  }

  /// Full path of a program of the system.
  static func find(_ name: String) -> String? {
    ["/usr/bin/", "/bin/", "/usr/local/bin/", "/usr/sbin/"].map { $0 + name }
      .first(where: FileManager.default.isExecutableFile)
  }

  /// Waits for its end; returns what it printed.
  func finish() -> String {
    let text = output.map { String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) } ?? ""
    process.waitUntilExit()
    return text
  }

  func stop() {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }
}

/// What the kernel knows of a running program.
struct ProcessUsage {
  /// Time its threads have spent on a processor, ns.
  var busyNs: Double
  var residentKb: Double
  /// Pages shared with others counted by share.
  var proportionalKb: Double
  /// Open descriptors.
  var descriptors: Int

  init(of id: Int32) {
    let tasks = "/proc/\(id)/task"
    // ignoring: a program that has ended uses nothing.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    busyNs = names.reduce(0) { sum, task in
      sum + (Double(Self.text("\(tasks)/\(task)/schedstat").prefix { $0 != " " }) ?? 0)
    }
    residentKb = Self.field("VmRSS:", in: "/proc/\(id)/status")
    proportionalKb = Self.field("Pss:", in: "/proc/\(id)/smaps_rollup")
    // ignoring: as above.
    descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd"))?.count ?? 0
  }

  /// The number behind a name in a file of lines "name: number unit".
  static func field(_ name: String, in path: String) -> Double {
    for line in text(path).split(separator: "\n") where line.hasPrefix(name) {
      return Double(line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first ?? "") ?? 0
    }
    return 0
  }

  static func text(_ path: String) -> String {
    // ignoring: a file that cannot be read says nothing.
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}

/// What a program took of the machine for a while.
struct MachineShare {
  /// Of one core.
  var percent: Double
  var megabytes: Double
  var text: String

  init(_ before: ProcessUsage, _ after: ProcessUsage, seconds: Double) {
    percent = (after.busyNs - before.busyNs) / seconds / 1e7
    megabytes = after.residentKb / 1024
    text =
      "\(number(percent, 2)) % of a core, RSS \(number(megabytes, 1)) MB "
      + "(PSS \(number(after.proportionalKb / 1024, 1)) MB)"
  }
}
