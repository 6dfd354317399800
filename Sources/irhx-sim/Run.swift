internal import ArgumentParser
internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import RowConfig
internal import RowTwin

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Simulates the row of a site file until SIGINT or SIGTERM.",
    discussion: """
      Each TCP bus is a listening port. Each serial line is a pseudo-terminal that the site file's path becomes a \
      link to, until the end. What is there already is never replaced.
      """)

  @Argument(help: "Site file.")
  var site: String
  @Option(
    help: ArgumentHelp("Directory of device profiles; default: 'profiles' beside the site file.", valueName: "dir"))
  var profiles: String?
  @Option(
    help: ArgumentHelp("ai-mix, steady=PERCENT, or step (rack 1 from 15 to 100 % after 5 min).", valueName: "load"),
    transform: Run.load)
  var load: LoadTrace.Kind = .aiMix
  @Option(help: "The same seed gives the same plant, noise and load.")
  var seed: UInt64 = 1
  @Option(help: "Simulated seconds per second, 0.1 … 1000.")
  var speed: Double = 1
  @Option(
    help: ArgumentHelp("Start from a running row at this share of full load instead of cold.", valueName: "percent"))
  var settled: Double?
  @Option(
    help: ArgumentHelp(
      "Listen on loopback from this port on, one per bus; serial lines are pseudo-terminals by their own names.",
      valueName: "port"))
  var portBase: Int?
  @Flag(help: "Listen on free loopback ports; serial lines are pseudo-terminals by their own names.")
  var anyPort = false
  @Option(
    help: ArgumentHelp("Write 'bus=host:port' and 'bus=/terminal' lines here once all listen.", valueName: "file"))
  var endpoints: String?
  @OptionGroup var control: ControlPath

  func validate() throws {
    guard (0.1...1000).contains(speed) else { throw ValidationError("--speed must be 0.1 … 1000") }
    guard !anyPort || portBase == nil else { throw ValidationError("--any-port and --port-base exclude each other") }
    if let portBase, !(1...65_000).contains(portBase) { throw ValidationError("--port-base must be 1 … 65000") }
    if let settled, !(0...100).contains(settled) { throw ValidationError("--settled must be 0 … 100") }
  }

  func run() throws {
    let server = listen()
    let signals = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { server.stop() }
      source.resume()
      return source
    }
    for endpoint in server.endpoints {
      Simulator.say("irhx-sim: bus \(endpoint.bus) on \(endpoint.address)")
    }
    Simulator.say("irhx-sim: control socket \(control.socket)")
    if let endpoints { write(server.endpoints, to: endpoints) }
    withExtendedLifetime(signals) { server.run(speed: speed) }
    Simulator.say("irhx-sim: stopped")
  }

  private func listen() -> TwinServer {
    let directory = URL(filePath: site).deletingLastPathComponent().appending(path: "profiles").path
    let row: Site
    do throws(ConfigurationFaults) {
      row = try SiteLoader.load(path: site, profileDirectories: [profiles ?? directory]).site
    } catch {
      Simulator.fail("\(error)", code: ExitStatus.configuration)
    }
    let trace = LoadTrace(load, ratedKw: row.racks.units.map(\.ratedKw), seed: seed)
    let ports: TwinServer.Ports = anyPort ? .any : portBase.map { .base($0) } ?? .site
    do {
      let twin = try Twin(site: row, seed: seed, load: trace)
      if let settled { twin.settle(loadPercent: settled) }
      return try TwinServer(twin: twin, ports: ports, controlPath: control.socket)
    } catch let error as TwinError {
      Simulator.fail(error.description, code: ExitStatus.configuration)
    } catch {
      Simulator.fail("\(error)", code: ExitStatus.unavailable)
    }
  }

  private func write(_ endpoints: [TwinServer.Endpoint], to path: String) {
    let text = endpoints.map { "\($0.bus)=\($0.address)\n" }.joined()
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      Simulator.fail("cannot write \(path): \(error)", code: ExitStatus.cannotCreate)
    }
  }

  @Sendable private static func load(_ text: String) throws -> LoadTrace.Kind {
    switch text {
    case "ai-mix": return .aiMix
    case "step": return .step(rack: 0, atSecond: 300)
    default:
      guard text.hasPrefix("steady="), let percent = Double(text.dropFirst(7)), (0...100).contains(percent) else {
        throw ValidationError("--load is ai-mix, step, or steady=0…100")
      }
      return .steady(percent: percent)
    }
  }
}
