public import ArgumentParser
import FieldIO
import FoundationEssentials
public import RowConfig

/// Who answers on a bus.
struct Scan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the devices on a bus and the profiles they fit; read only, control nothing.",
    discussion: """
      Give a TCP server or gateway with --tcp, or a serial line with --serial, --baud, --parity and --stop-bits. Each \
      unit is asked for its holding register 0; any answer, be it a refusal, means that somebody is there, and no \
      answer within --timeout-ms that nobody is. So 247 silent units take 50 s at the default; the longest time is \
      said first. A serial line adds the time that frames need.

      A unit that answers is compared with every profile: where one says how to tell the device (identity), by that; \
      else a profile fits when the unit answers every point that a row would use, which says that it may be this \
      device, and no more: a device that answers anything fits many. \
      What it says of itself by function 43/14 (vendor, product code, revision) is shown where it does. \
      Progress is on standard error, the result on standard output.

      A bus that a running daemon uses is refused; rows are looked for in /run/irhx and at --socket. For one of its \
      devices ask irhxctl probe.

      Exit status: 0 at least one unit answered, 1 none did, 64 wrong usage, 69 the bus cannot be opened or is in use.
      """)

  @Option(help: ArgumentHelp("TCP server or gateway.", valueName: "host:port"))
  var tcp: String?
  @Flag(help: "Of TCP: serial frames with their CRC, as a plain serial server passes them on.")
  var rtu = false
  @Option(help: ArgumentHelp("Serial line.", valueName: "path"), completion: .file())
  var serial: String?
  @Option(help: ArgumentHelp("Speed of the serial line.", valueName: "baud"))
  var baud = 19_200
  @Option(help: ArgumentHelp("Parity of the serial line: none, even or odd.", valueName: "parity"))
  var parity: Site.Bus.Parity = .even
  @Option(help: ArgumentHelp("Stop bits of the serial line, 1 or 2.", valueName: "n"))
  var stopBits = 1
  @Option(help: ArgumentHelp("Units to ask, such as 1-247 or 5.", valueName: "first-last"))
  var units = UnitRange.all
  @Option(help: ArgumentHelp("How long a reply may take, 10 … 5000 ms.", valueName: "ms"))
  var timeoutMs = 200
  @OptionGroup var options: SiteOptions
  @Option(help: ArgumentHelp("Socket of a daemon that may be using the bus.", valueName: "path"))
  var socket: String?
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if (tcp == nil) == (serial == nil) { throw ValidationError("give either --tcp or --serial") }
    if !(10...5000).contains(timeoutMs) { throw ValidationError("--timeout-ms must be 10 … 5000") }
    if tcp != nil, link == nil { throw ValidationError("--tcp is HOST:PORT") }
    if rtu, serial != nil { throw ValidationError("--rtu belongs to --tcp") }
  }

  func run() throws {
    guard let link else { return }
    var bus = Site.Bus(name: "scan", link: link)
    bus.timeoutMs = timeoutMs
    if rtu { bus.framing = .rtu }
    try BusUse.refuse(
      [bus], sockets: [socket].compactMap(\.self), instead: "stop it, or ask irhxctl probe")
    guard let opened = LibmodbusLink(bus) else {
      say("irhxd: the settings of the bus cannot be used")
      throw ExitStatus.unavailable
    }
    let profiles = SiteLoader.profiles(in: options.folders(beside: ""))
    say("\(units.range.count) units, \(profiles.count) profiles; silent units take at most \(longestS) s")
    var scan = BusScan(bus, link: opened, profiles: profiles)
    var found: [BusScan.Found] = []
    for unit in units.range {
      do throws(ModbusFault) {
        guard let answer = try scan.find(unit) else { continue }
        say("unit \(unit) answers")
        found.append(answer)
      } catch {
        say("irhxd: the bus cannot be used: \(error)")
        throw ExitStatus.unavailable
      }
    }
    try show(found)
    if found.isEmpty { throw ExitCode(1) }
  }

  private var link: Site.Bus.Link? {
    if let serial { return .serial(path: serial, baud: baud, parity: parity, stopBits: stopBits) }
    guard let tcp, let colon = tcp.lastIndex(of: ":"), colon != tcp.startIndex else { return nil }
    guard let port = Int(tcp[tcp.index(after: colon)...]), (1...65_535).contains(port) else { return nil }
    return .tcp(host: String(tcp[..<colon]), port: port)
  }

  private var longestS: Int { (units.range.count * timeoutMs + 999) / 1000 }

  private struct Answer: Encodable {
    struct Unit: Encodable {
      struct Match: Encodable {
        var profile: String
        var identified: Bool
        var answered: Int
        var points: Int
      }
      var unit: Int
      var vendor: String?
      var product: String?
      var revision: String?
      var matches: [Match]
    }
    var endpoint: String
    var units: [Unit]
  }

  private func show(_ found: [BusScan.Found]) throws {
    if json {
      let units = found.map { found in
        Answer.Unit(
          unit: found.unit, vendor: found.said?.vendor, product: found.said?.product,
          revision: found.said?.revision,
          matches: found.matches.map {
            Answer.Unit.Match(
              profile: $0.profile, identified: $0.isIdentified, answered: $0.answered, points: $0.points)
          })
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let answer = Answer(endpoint: tcp ?? serial ?? "", units: units)
      return print(String(decoding: try encoder.encode(answer), as: UTF8.self))
    }
    for unit in found {
      if let said = unit.said { print("unit \(unit.unit): says that it is \(said)") }
      if unit.matches.isEmpty { print("unit \(unit.unit): answers, and fits no profile") }
      for match in unit.matches {
        let how = match.isIdentified ? "says that it is this device" : "may be this device"
        print("unit \(unit.unit): \(match.profile), \(how); answers \(match.answered) of \(match.points) points")
      }
    }
  }
}

/// Units from the first to the last.
struct UnitRange: ExpressibleByArgument, CustomStringConvertible {
  static let all = UnitRange(1...247)

  let range: ClosedRange<Int>
  var description: String { "\(range.lowerBound)-\(range.upperBound)" }

  private init(_ range: ClosedRange<Int>) { self.range = range }

  init?(argument: String) {
    let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
    guard first <= last, Self.all.range.contains(first), Self.all.range.contains(last) else { return nil }
    range = first...last
  }
}

extension Site.Bus.Parity: ExpressibleByArgument {}
