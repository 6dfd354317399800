import ArgumentParser
import FoundationEssentials
import RowConfig

/// Where the buses really are, and how often they are used: for a simulator or a test bench.
struct BusOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "File of 'bus=host:port' and 'bus=/terminal' lines that replace the site file's endpoints (a simulator, a "
        + "test bench).",
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
      guard parts.count == 2, let bus = row.buses.firstIndex(where: { $0.name == parts[0] }),
        let link = link(parts[1], insteadOf: row.buses[bus].link)
      else {
        say("irhxd: \(file):\(number + 1): expected BUS=HOST:PORT or BUS=/TERMINAL with a bus of the site file")
        throw ExitStatus.configuration
      }
      row.buses[bus].link = link
    }
  }

  /// A line keeps its settings on another terminal.
  private func link(_ address: Substring, insteadOf link: Site.Bus.Link) -> Site.Bus.Link? {
    if address.hasPrefix("/"), case .serial(_, let baud, let parity, let stopBits) = link {
      return .serial(path: String(address), baud: baud, parity: parity, stopBits: stopBits)
    }
    let parts = address.split(separator: ":")
    guard parts.count == 2, let port = Int(parts[1]), (1...65_535).contains(port) else { return nil }
    return .tcp(host: String(parts[0]), port: port)
  }
}
