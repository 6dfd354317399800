import ArgumentParser
import FoundationEssentials
import RowConfig

/// Where the buses really are, and how often they are used: for a simulator or a test bench.
struct BusOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "File of 'bus=host:port' lines that replace the site file's TCP endpoints (a simulator, a test bench).",
      valueName: "file"))
  var endpoints: String?
  @Option(
    help: ArgumentHelp("Period of the control cycle instead of the site file's, 100 … 5000 ms.", valueName: "ms"))
  var periodMs: Int?

  func validate() throws {
    if let periodMs, !(100...5000).contains(periodMs) { throw ValidationError("--period-ms must be 100 … 5000") }
  }

  /// Ends the program where the file does not hold.
  func apply(to site: inout Site) throws {
    if let endpoints { try redirect(&site, endpoints) }
    if let periodMs { setPeriod(&site, periodMs) }
  }

  /// Deadlines keep their share of the period.
  private func setPeriod(_ site: inout Site, _ periodMs: Int) {
    let before = site.cycle.periodMs
    site.cycle.periodMs = periodMs
    site.cycle.scanDeadlineMs = site.cycle.scanDeadlineMs * periodMs / before
    site.cycle.writeDeadlineMs = site.cycle.writeDeadlineMs * periodMs / before
  }

  private func redirect(_ row: inout Site, _ file: String) throws {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {  // the reason is the same for the user
      say("irhxd: \(file): cannot be read")
      throw ExitStatus.unavailable
    }
    for (number, line) in text.split(separator: "\n").enumerated() {
      let parts = line.split(separator: "=", maxSplits: 1)
      let address = parts.last?.split(separator: ":") ?? []
      guard parts.count == 2, address.count == 2, let port = Int(address[1]),
        (1...65_535).contains(port),
        let bus = row.buses.firstIndex(where: { $0.name == parts[0] })
      else {
        say("irhxd: \(file):\(number + 1): expected BUS=HOST:PORT with a bus of the site file")
        throw ExitStatus.configuration
      }
      row.buses[bus].link = .tcp(host: String(address[0]), port: port)
    }
  }
}
