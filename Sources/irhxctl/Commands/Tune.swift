import ArgumentParser
import FoundationEssentials
import Glibc
import LoopTuning
import RowAPI
import RowConfig

/// Steps an actuator a little, sees what the loop's measurement makes of it, and says which gains that asks for.
struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Identify a control loop by small steps, and suggest gains with their margins.",
    discussion: """
      pump: manifold dP (or row flow) by pump speed. valve rack.3: flow of rack 3 by its valve. fans: supply \
      temperature by the fans, in the terms in which the site file has their gains.

      The row must be in auto under its PID loops, steady and without an alarm that matters. The actuators are held \
      where they stand by overrides of 10 s that are renewed as it goes on, and stepped up, down by twice as much, and \
      back. Everything is released at once when supply temperature, dP, a rack's flow, chips or load leave a band, on \
      any new alarm, and on Ctrl-C; if this program or its connection dies, the daemon takes back when the last lease \
      ends. Interlocks outrank it all the time.

      Gains are those of the SIMC rule (Skogestad 2003) for a model fitted by least squares. Nothing is suggested \
      where the step drowned in noise or the model explains too little. The line for the site file is \
      printed; --apply asks and writes it, and the daemon takes it at its next reload. Exit status 1 also when it \
      was aborted or nothing could be suggested.
      """)
  @OptionGroup var target: Target

  @Argument(help: "pump, fans or valve.", completion: .list(["pump", "fans", "valve"]))
  var loop: String
  @Argument(help: "Of a valve, whose: such as rack.3.")
  var rack: String?
  @Option(help: ArgumentHelp("Step each way, 1 to 15; default: pump 5, fans 4, valve 3.", valueName: "percent"))
  var step: Double?
  @Option(help: ArgumentHelp("Time of each stage; default: pump 12s, valve 30s, fans 150s.", valueName: "time"))
  var hold: Lease?
  @Option(
    help: ArgumentHelp(
      "Time constant wanted of the closed loop. Default: its dead time; of a valve a quarter of its stroke if longer.",
      valueName: "time"))
  var tauC: Lease?
  @Option(help: ArgumentHelp("The daemon's site file; default: where the daemon says it is.", valueName: "path"))
  var site: String?
  @Option(
    name: .customLong("profiles"),
    help: ArgumentHelp("Folder of device profiles; may be repeated.", valueName: "folder"))
  var profileFolders: [String] = []
  @Flag(help: "Do not ask before moving anything.")
  var yes = false
  @Flag(help: "Ask whether to write what is suggested into the site file; --yes is no answer to that.")
  var apply = false

  func validate() throws {
    _ = try kind()
    if let step, !(1...15).contains(step) { throw ValidationError("--step must be 1 … 15") }
    if let hold, !(2...1800).contains(hold.seconds) { throw ValidationError("--hold must be 2 s … 30 min") }
  }

  private func kind() throws -> TunedLoop.Kind {
    switch (loop, rack) {
    case ("pump", nil): return .pump
    case ("fans", nil): return .fans
    case ("valve", let rack?):
      let number = rack.hasPrefix("rack.") ? Int(rack.dropFirst("rack.".count)) : nil
      guard let number, number >= 1 else { throw ValidationError("a rack is named like rack.3") }
      return .valve(number - 1)
    default: throw ValidationError("give pump, fans, or valve with a rack such as rack.3")
    }
  }

  func run() throws {
    let info = try target.ask { client throws(RowClient.Failure) in try client.info() }
    let loaded = try loaded(info)
    var site = loaded.site
    site.cycle.periodMs = info.periodMs
    guard let loop = TunedLoop(try kind(), of: site) else { throw refused("the row has no such loop") }
    let plan = TuneSession.Plan(loop, step: step, holdS: hold?.seconds)
    let state = try target.ask { client throws(RowClient.Failure) in try client.state() }
    let session = TuneSession(loop, site: site, plan: plan)
    if let refusal = session.refusal(state) { throw refused("refused, nothing was moved: \(refusal)") }
    let words = TuneText(loop, plan, info)
    words.plan(state).forEach { Self.say($0) }
    guard yes || confirmed("Go on?") else { throw refused("nothing was moved") }

    var drive = TuneDrive(session, quiet: max(3, 5 * loop.periodS))
    let ending = try target.ask { client throws(RowClient.Failure) in drive.run(client) { Self.say($0) } }
    switch ending {
    case .refused(let why): throw refused("refused, nothing was moved: \(why)")
    case .aborted(let why): throw refused("aborted and released: \(why)")
    case .finished(let record):
      guard let found = Suggestion(record, loop, plan: plan, tauCS: tauC?.seconds) else {
        throw refused("nothing could be identified")
      }
      if target.json {
        try Target.printJSON(TuneReport(found, plan, info))
      } else {
        words.report(found).forEach { print($0) }
      }
      if found.suggested == nil { throw ExitCode(1) }
      if apply { try offer(found, info) }
    }
  }

  /// Only into the file that the daemon runs on, and only what amounts to the same site with these gains.
  private func offer(_ found: Suggestion, _ info: RowInfo) throws {
    let loaded = try loaded(info)
    let anew = found.edited(loaded.text).flatMap { text in
      // ignoring: what does not load is not what was meant, whatever is wrong with it.
      try? SiteLoader.load(text: text, path: loaded.path, profileDirectories: folders(loaded.path))
    }
    guard let anew, anew.site == found.applied(to: loaded.site) else {
      throw refused("nothing was written: \(loaded.path) is laid out in a way of its own, change the line by hand")
    }
    guard confirmed("Write that line into \(loaded.path)?") else { throw refused("nothing was written") }
    let files = FileManager.default
    let kept = try files.attributesOfItem(atPath: loaded.path)
      .filter { [.posixPermissions, .ownerAccountID, .groupOwnerAccountID].contains($0.key) }
    try RecordingOptions.put(anew.text, to: loaded.path)
    try files.setAttributes(kept, ofItemAtPath: loaded.path)
    Self.say("written; the daemon takes it at its next reload")
  }

  /// The site file that the daemon runs on, and no other version of it.
  private func loaded(_ info: RowInfo) throws -> LoadedSite {
    let path = site ?? info.siteFile
    let loaded: LoadedSite
    do throws(ConfigurationFaults) {
      loaded = try SiteLoader.load(path: path, profileDirectories: folders(path))
    } catch {
      throw refused("\(error)")
    }
    guard loaded.digest == info.siteDigest else {
      throw refused("\(path) is not what the daemon runs on: restart it, or name the file with --site")
    }
    return loaded
  }

  private func folders(_ path: String) -> [String] {
    profileFolders.isEmpty ? SiteLoader.profileFolders(beside: path) : profileFolders
  }

  private func confirmed(_ question: String) -> Bool {
    Self.say("\(question) y/n")
    return readLine()?.lowercased().hasPrefix("y") == true
  }

  private func refused(_ why: String) -> ExitCode {
    Target.complain(why)
    return ExitCode(1)
  }

  /// On standard error: standard output is the result's.
  static func say(_ text: String) {
    let line = Array("\(text)\n".utf8)
    // ignoring: where standard error is closed there is nobody to tell.
    _ = unsafe write(STDERR_FILENO, line, line.count)
  }
}
