import ArgumentParser
import Trials

/// The process whose share of the machine the field benchmark measures; run by the benchmark.
struct RunFieldLoad: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "field-load", abstract: "Poll 20 devices on each of these ports at 1 Hz.", shouldDisplay: false)

  @Option(help: "Ports on loopback, separated by commas.")
  var ports: String
  @Option(help: "How long.")
  var seconds: Double

  func run() throws {
    try Bench.pollLargeSite(ports: ports.split(separator: ",").compactMap { Int($0) }, seconds: seconds)
  }
}
