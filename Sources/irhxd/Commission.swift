import ArgumentParser
import Commissioning
import FieldIO
import FoundationEssentials
import RowAPI
import RowConfig
import RowRuntime

/// Tries a row before the daemon gets it.
struct Commission: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try every sensor and actuator of a row with its operator, and write a signed report.",
    discussion: """
      The daemon must be stopped: this program speaks to the devices itself. It looks at every \
      device and sensor, takes the row to its safe output (valves open, pumps and fans at their safe speed), tests one \
      actuator after the other, lets devices fall silent that should fall back by themselves, and brings back what was \
      before. Never are all pumps stopped, nothing is driven beyond the site's limits, and one rack valve at a time is \
      shut. Whatever ends it early, Ctrl-C included, leaves the row at its safe output.

      A pump must raise flow and pressure, give what its like give, stop and start; a rack valve must take the flow of \
      its own rack and of no other; fans must follow; permits are given and withdrawn while somebody looks at the rack.

      A row in which a rack draws power is refused; with --powered it is tested inside narrower limits, and the \
      permits of such racks are left alone.

      The report is Markdown and ends with its SHA-256 digest, and with an SSH signature where there is a --key. \
      --verify checks both, and with --signers (an allowed-signers file, see ssh-keygen) who signed.

      Exit status: 0 all passed, or the report is as it was sealed; 1 something failed, or it was ended early; \
      64 wrong usage, 69 refused: the row or a bus is in use, or a program is missing; 78 the site file has faults.
      """)

  @Argument(help: "Site file.")
  var site: String?
  @OptionGroup var options: SiteOptions
  @OptionGroup var buses: BusOptions
  @Option(help: ArgumentHelp("Who answers for the result; stands in the report.", valueName: "name"))
  var `operator`: String?
  @Option(
    help: ArgumentHelp("File for the report, not there yet. Default: standard output.", valueName: "file"),
    completion: .file())
  var report: String?
  @Option(help: ArgumentHelp("SSH key to sign the report with; needs --operator.", valueName: "file"))
  var key: String?
  @Option(help: ArgumentHelp("A role, the beginning of one, or a device: rack.3, P1-drive.", valueName: "what"))
  var only: String?
  @Flag(help: "Leave the loss of communication out.")
  var skipLoss = false
  @Flag(help: "Test although racks draw power.")
  var powered = false
  @Flag(help: "Answer every question with yes; the report says so.")
  var yes = false
  @Option(help: ArgumentHelp("Socket of a daemon that may own the row.", valueName: "path"))
  var socket: String?
  @Option(help: ArgumentHelp("Check a report's seal instead.", valueName: "report"), completion: .file())
  var verify: String?
  @Option(help: ArgumentHelp("Of --verify: whose signatures count.", valueName: "file"))
  var signers: String?

  func validate() throws {
    if (site == nil) == (verify == nil) { throw ValidationError("give either a site file or --verify") }
    if key != nil, self.operator == nil { throw ValidationError("--key needs --operator: a signature is somebody's") }
    if signers != nil, verify == nil { throw ValidationError("--signers belongs to --verify") }
  }

  func run() throws {
    if let verify { return try check(verify) }
    guard let site else { return }
    var loaded = try options.load(site)
    try buses.apply(to: &loaded.site)
    if let report, FileManager.default.fileExists(atPath: report) {
      say("irhxd: \(report) is there already")
      throw ExitStatus.unavailable
    }
    // Before anything is moved: a program that is missing would be found out too late.
    let digest = try sealing { () throws(SealFault) in
      if key != nil { try Seal.needsSigning() }
      return try Seal.digest(of: site)
    }
    let row = loaded.site
    let own = [socket, row.access.socketPath].compactMap(\.self)
    try BusUse.refuse(
      row.buses, row: row.name, sockets: own,
      instead: "stop it first: systemctl stop irhxd@\(row.name)")
    var walked = Walk.Options()
    walked.only = only
    walked.skipsLoss = skipLoss
    walked.allowsPower = powered
    let began = WireTime.text(ms: WireTime.nowMs)
    let findings = try walk(loaded, walked)
    let profiles = loaded.profiles.values.map { (name: $0.name, status: $0.status.rawValue) }
      .sorted { $0.name < $1.name }
    let absent = yes ? " (not asked: every question was answered with yes)" : ""
    let heading = Report.Heading(
      operatorName: (self.operator ?? "not named") + absent,
      siteDigest: digest, profiles: profiles, began: began, ended: WireTime.text(ms: WireTime.nowMs))
    try finish(Report(heading, loaded, walked, findings))
  }

  private func walk(_ loaded: LoadedSite, _ walked: Walk.Options) throws -> Walk.Findings {
    var links: [any ModbusLink] = []
    for bus in loaded.site.buses {
      guard let link = LibmodbusLink(bus) else {
        say("irhxd: the settings of bus \(bus.name) cannot be used")
        throw ExitStatus.configuration
      }
      links.append(link)
    }
    do throws(Daemon.Fault) {
      let console = Console(answersYes: yes)
      let walk = try Walk(loaded, links: links, options: walked, person: console, pace: RealPace())
      return walk.run()
    } catch {
      say("irhxd: \(error)")
      throw ExitStatus.configuration
    }
  }

  private func finish(_ result: Report) throws {
    let sealed: String
    do throws(SealFault) {
      sealed = try Seal.close(result.markdown, key: key)
    } catch {
      // What was found is worth more than its seal.
      say("irhxd: the report could not be sealed: \(error)")
      try put(result.markdown)
      throw ExitStatus.unavailable
    }
    try put(sealed)
    say("\(result.isPassed ? "passed" : "NOT passed"): \(result.summary)\(report.map { "; report in \($0)" } ?? "")")
    if case .refused = result.findings.ending { throw ExitStatus.unavailable }
    if !result.isPassed { throw ExitCode(1) }
  }

  private func put(_ text: String) throws {
    guard let report else { return print(text, terminator: "") }
    do {
      try Data(text.utf8).write(to: URL(filePath: report), options: .withoutOverwriting)
    } catch {
      say("irhxd: \(report) cannot be written; the report follows")
      print(text, terminator: "")
      throw ExitStatus.unavailable
    }
  }

  private func check(_ file: String) throws {
    guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8) else {
      say("irhxd: \(file) cannot be read")
      throw ExitStatus.unavailable
    }
    let verdict = try sealing { () throws(SealFault) in try Seal.verify(text, signers: signers) }
    print(verdict.isDigestGood ? "digest: as it was sealed" : "digest: CHANGED since it was sealed")
    switch verdict.signature {
    case .none: print("signature: not signed; who can change the report can change its digest")
    case .good(let who):
      print("signature: \(who)\(signers == nil ? "; whose key that is was not asked (--signers)" : "")")
    case .bad(let why): print("signature: BAD: \(why)")
    }
    if !verdict.isGood(needsSigner: signers != nil) { throw ExitCode(1) }
  }

  private func sealing<Result>(_ body: () throws(SealFault) -> Result) throws -> Result {
    do throws(SealFault) { return try body() } catch {
      say("irhxd: \(error)")
      throw error == .notSealed ? ExitCode(1) : ExitStatus.unavailable
    }
  }
}
