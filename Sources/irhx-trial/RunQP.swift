import ArgumentParser
import CAllocationProbe
import FoundationEssentials
import QPBench

/// Runs the MPC's solver on many problems, and writes problems and answers for other solvers to check.
struct RunQP: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qp",
    abstract: "Solve problems of a row's MPC in closed loop, or random ones, and say how that went.",
    discussion: """
      The file holds doubles in the order that SolverRecord says; scripts/qp-peers.py solves its problems again with \
      other solvers. Times are processor time of the solving thread.
      """)

  @Option(
    help: ArgumentHelp("S (8 racks, 3 inputs, 30 stages), M (8, 10, 40), L (16, 18, 60) or random.", valueName: "size"))
  var size = "M"
  @Option(help: ArgumentHelp("How rack power is fed forward: filtered or raw.", valueName: "feed"))
  var feed = "filtered"
  @Option(help: ArgumentHelp("How many problems.", valueName: "n"))
  var count = 240
  @Option(help: ArgumentHelp("Seed of the noise and the loads, or the first random problem.", valueName: "n"))
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Write problems and answers to this file.", valueName: "file"))
  var write: String?

  func validate() throws {
    guard size == "random" || SolverSize(rawValue: size) != nil else {
      throw ValidationError("--size is S, M, L or random")
    }
    guard FeedForward(rawValue: feed) != nil else { throw ValidationError("--feed is filtered or raw") }
    guard (1...100_000).contains(count) else { throw ValidationError("--count is 1 to 100000") }
  }

  func run() throws {
    #if DEBUG
      say("irhx-trial: this is a debug build: its times mean nothing")
    #endif
    var requests: UInt64 = 0
    var solver = SolverRun()
    solver.beforeSolve = { ap_arm() }
    solver.afterSolve = { requests += ap_disarm() }
    let feedForward = FeedForward(rawValue: feed) ?? .filtered
    let problems = SolverSize(rawValue: size).map { SolverProblems.row($0, feedForward, seed: seed) }
    let records = solver.run(problems ?? .random(firstSeed: seed), count: count)
    let summary = SolverSummary(records)
    print("\(size) \(problems == nil ? "" : feed + " ")\(summary.text), \(requests) heap requests")
    if let write { try Self.write(SolverRecord.file(records), to: write) }
    if summary.failed > 0 || requests > 0 { throw ExitCode(1) }
  }

  private static func write(_ numbers: [Double], to path: String) throws {
    var bytes = Data(capacity: numbers.count * 8)
    for number in numbers {
      unsafe withUnsafeBytes(of: number.bitPattern.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    do {
      try bytes.write(to: URL(filePath: path), options: .atomic)
    } catch {
      say("irhx-trial: \(path): cannot be written")
      throw ExitStatus.cannotCreate
    }
  }
}
