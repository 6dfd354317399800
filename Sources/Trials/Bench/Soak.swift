import Foundation
import RowAPI
public import RowConfig
import RowTwin

/// Daemons and simulators on real Modbus for hours, one fault after the other: memory and descriptors must stay flat,
/// no cycle may be late, and the watchdog must never go hungry.
public struct Soak {
  public struct Finding: Sendable {
    public var what: String
    public var figure: String
    /// nil: only said.
    public var holds: Bool?
  }

  /// systemd's WatchdogSec= of the shipped unit.
  static let watchdogS = 10.0
  /// Memory may grow by this between the first and the last quarter, after the start.
  static let growthMb = 2.0
  static let sampleS = 10.0

  private let loaded: LoadedSite
  private let programFolder: String
  private let rows: Int
  private let seconds: Double
  private let injectsFaults: Bool
  private let progress: (String) -> Void
  private var random: SeededRandom

  /// - Parameters:
  ///   - rows: daemons, each with a simulator of its own.
  ///   - seconds: how long they run once all of them do.
  public init(
    _ loaded: LoadedSite, programFolder: String, rows: Int, seconds: Double, seed: UInt64, injectsFaults: Bool,
    progress: @escaping (String) -> Void
  ) {
    (self.loaded, self.programFolder, self.rows, self.seconds) = (loaded, programFolder, rows, seconds)
    (self.injectsFaults, self.progress) = (injectsFaults, progress)
    random = SeededRandom(seed: seed)
  }

  /// One row under test.
  private struct Subject {
    var row: RunningRow
    var ear: WatchdogEar
    var residentMb: [Double] = []
    var descriptors: [Int] = []
    var busyNs = 0.0
    var health: LoopHealth?
  }

  /// - Throws: where a program is missing or does not start.
  public mutating func run() throws -> [Finding] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "irhx-soak-\(getpid())").path
    // ignoring: a folder left behind in the temporary directory does no harm.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var subjects: [Subject] = []
    defer { for subject in subjects { subject.row.stop() } }
    for index in 0..<rows {
      let own = "\(folder)/\(index)"
      try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
      let ear = try WatchdogEar("\(own)/notify")
      let row = try RunningRow(
        loaded, programs: programFolder, folder: own,
        environment: [
          "NOTIFY_SOCKET": "\(own)/notify", "WATCHDOG_USEC": "\(Int(Self.watchdogS * 1e6))", "STATE_DIRECTORY": own,
        ])
      subjects.append(Subject(row: row, ear: ear))
      if rows > 1 { progress("\(index + 1) of \(rows) rows") }
    }
    let faults = injectsFaults ? try FaultCatalogue.all(of: loaded) : []
    var injected = 0
    watch(&subjects, faults, &injected)
    return findings(subjects, injected)
  }

  private mutating func watch(_ subjects: inout [Subject], _ faults: [Fault], _ injected: inout Int) {
    let clock = ContinuousClock()
    let start = clock.now
    var nextSampleS = 0.0
    var nextFaultS = 60.0
    var present: (fault: Fault, row: Int)?
    for i in subjects.indices { subjects[i].busyNs = -ProcessUsage(of: subjects[i].row.daemon.id).busyNs }
    while true {
      let nowS = (clock.now - start) / .seconds(1)
      for i in subjects.indices { subjects[i].ear.listen(nowS: nowS) }
      if nowS >= nextSampleS {
        nextSampleS += Self.sampleS
        sample(&subjects, nowS)
      }
      if nowS >= nextFaultS, !faults.isEmpty {
        if let (fault, row) = present {
          ask(subjects[row].row, "clear", fault.key)
          restore(subjects[row].row)
          present = nil
          nextFaultS = nowS + random.uniform(20, 60)
        } else {
          let fault = faults[Int(random.next() % UInt64(faults.count))]
          let row = Int(random.next() % UInt64(subjects.count))
          progress("\(Int(nowS)) s: \(fault)")
          ask(subjects[row].row, "inject", fault.description)
          present = (fault, row)
          injected += 1
          nextFaultS = nowS + random.uniform(20, 90)
        }
      }
      guard nowS < seconds, subjects.allSatisfy(\.row.isWhole) else { break }
      Thread.sleep(forTimeInterval: 0.5)
    }
    for i in subjects.indices { subjects[i].busyNs += ProcessUsage(of: subjects[i].row.daemon.id).busyNs }
  }

  private func sample(_ subjects: inout [Subject], _ nowS: Double) {
    for i in subjects.indices {
      let usage = ProcessUsage(of: subjects[i].row.daemon.id)
      subjects[i].residentMb.append(usage.residentKb / 1024)
      subjects[i].descriptors.append(usage.descriptors)
      // ignoring: a daemon that does not answer shows by its watchdog, and by `isWhole`.
      if let state = try? RowClient(path: subjects[i].row.socket).state() { subjects[i].health = state.health }
    }
  }

  private func ask(_ row: RunningRow, _ verb: String, _ fault: String) {
    // ignoring: a simulator that is gone ends the soak by `isWhole`.
    _ = try? ChildProgram("\(programFolder)/irhx-sim", [verb, fault, "--socket", row.control]).finish()
  }

  /// What an operator does after a fault.
  private func restore(_ row: RunningRow) {
    let client = RowClient(path: row.socket)
    for command in [RowCommand.acknowledgeAlarm(id: nil, subject: nil), .resetTrip(), .setMode(.auto)] {
      // ignoring: a reset is refused while its cause still holds; the next fault's end asks again.
      _ = try? client.send(command)
    }
  }

  private func findings(_ subjects: [Subject], _ injected: Int) -> [Finding] {
    func all<T>(_ value: (Subject) -> T) -> [T] { subjects.map(value) }
    let isWhole = subjects.allSatisfy { $0.row.isWhole && $0.ear.isReady }
    let growth = all { subject in
      let samples = subject.residentMb.dropFirst(subject.residentMb.count / 10)
      let quarter = max(1, samples.count / 4)
      return median(samples.suffix(quarter)) - median(samples.prefix(quarter))
    }.max() ?? 0
    let opened = all { subject in
      let samples = subject.descriptors.dropFirst(subject.descriptors.count / 10)
      return (samples.last ?? 0) - (samples.first ?? 0)
    }.max() ?? 0
    let health = subjects.compactMap(\.health)
    let overruns = health.reduce(0) { $0 + $1.overruns }
    let cycles = health.reduce(0) { $0 + $1.cycle }
    let gap = all(\.ear.longestGapS).max() ?? 0
    let percent = all { $0.busyNs / seconds / 1e7 }.reduce(0, +)
    let resident = all { $0.residentMb.last ?? 0 }.reduce(0, +)
    return [
      Finding(what: "all programs ran to the end", figure: "\(subjects.count) rows", holds: isWhole),
      Finding(what: "cycles that were late", figure: "\(overruns) of \(cycles)", holds: overruns == 0),
      Finding(
        what: "longest hunger of a watchdog of \(number(Self.watchdogS)) s", figure: "\(number(gap, 1)) s",
        holds: gap < Self.watchdogS),
      Finding(
        what: "memory gained, last quarter against first", figure: "\(number(growth, 2)) MB",
        holds: growth <= Self.growthMb),
      Finding(what: "descriptors gained", figure: "\(opened)", holds: opened <= 1),
      Finding(
        what: "wake-up p99, the worst row", figure: "\(number(health.map(\.wakeupP99Us).max() ?? 0)) µs", holds: nil),
      Finding(
        what: "the daemons together",
        figure: "\(number(percent, 1)) % of a core, RSS \(number(resident, 0)) MB", holds: nil),
      Finding(what: "faults injected", figure: "\(injected)", holds: nil),
    ]
  }

  private func median(_ values: some Collection<Double>) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }
}
