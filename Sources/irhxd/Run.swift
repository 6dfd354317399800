import ArgumentParser
import CPlatform
import FoundationEssentials
import RowAPI
import RowConfig
import RowRuntime

/// The daemon proper.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Control the row of a site file until SIGTERM or SIGINT; then leave the plant running at a safe output.",
    discussion: """
      On SIGUSR1 it hands over: if the site file, as it then is, has no fault, it leaves the plant running as it \
      stands and ends with status 75, to be started again at once; if not, it ends as on SIGTERM. systemd sends it for \
      a restart and for a reload.
      """)

  @Argument(help: "Site file.")
  var site: String
  @OptionGroup var options: SiteOptions
  @Option(
    help: ArgumentHelp(
      "Socket for clients. Default: the one systemd passes, else the site file's, else /run/irhx/ROW.sock.",
      valueName: "path"))
  var socket: String?
  @OptionGroup var buses: BusOptions
  @Option(
    help: ArgumentHelp(
      "Folder of the alarm history, of the flight recorder and of what a restart must not forget. Default: "
        + "$STATE_DIRECTORY, else /var/lib/irhx/ROW. Without one that can be written the row is controlled all the "
        + "same.",
      valueName: "folder"))
  var stateDirectory: String?
  @Flag(help: "Do not ask for the real-time class nor lock memory.")
  var normalPriority = false

  func run() throws {
    cp_block_signals()
    // Before anything is opened.
    let loaded = try soundSite()
    let journal = Journal(row: loaded.site.name)
    for warning in loaded.warnings {
      journal.log(.warning, .configuration, "The site file deserves a look", ["WARNING": warning.description])
    }
    let access = accessRule(loaded.site.access, journal)
    let listening = try listen(loaded.site)
    if !normalPriority, cp_lock_memory() != 0 {
      journal.log(.info, .configuration, "Memory could not be locked; a page fault may delay a cycle")
    }
    let ending: Daemon.Ending
    do throws(Daemon.Fault) {
      let daemon = try Daemon(
        loaded, listening: listening, access: access, stateDirectory: folder(of: loaded.site),
        isRealTimeWanted: !normalPriority, journal: journal)
      ending = try daemon.run { hasSuccessor(journal) }
    } catch {
      say("irhxd: \(error)")
      switch error {
      case .plan, .overload, .link: throw ExitStatus.configuration
      case .thread, .server: throw ExitStatus.systemError
      }
    }
    if ending == .handedOver { throw ExitStatus.handedOver }
  }

  /// The site file as it is now; every fault is said.
  private func soundSite() throws -> LoadedSite {
    var loaded = try options.load(site)
    try buses.apply(to: &loaded.site)
    do throws(Daemon.Fault) { _ = try Daemon.plan(loaded, RoleMap(site: loaded.site)) } catch {
      say("irhxd: \(error)")
      throw ExitStatus.configuration
    }
    return loaded
  }

  private func hasSuccessor(_ journal: Journal) -> Bool {
    do {
      _ = try soundSite()
      return true
    } catch {
      journal.log(.warning, .configuration, "The daemon stops and hands nothing over: the site file has faults")
      return false
    }
  }

  /// systemd passes the folder it has made; a list of them is separated by colons.
  private func folder(of row: Site) -> String {
    let passed = ProcessInfo.processInfo.environment["STATE_DIRECTORY"]?.split(separator: ":").first.map(String.init)
    return stateDirectory ?? passed ?? "/var/lib/irhx/\(row.name)"
  }

  /// An account that this machine does not have gives nobody rights; it is said, and no reason not to cool.
  private func accessRule(_ access: Site.Access, _ journal: Journal) -> AccessRule {
    let (rule, unknown) = AccessRule.resolve(users: access.operatorUsers, groups: access.operatorGroups)
    for account in unknown {
      journal.log(.warning, .configuration, "An operator's account does not exist", ["REASON": account.description])
    }
    return rule
  }

  private func listen(_ row: Site) throws -> ListeningSocket {
    do throws(ListeningSocket.Failure) {
      if socket == nil, let passed = try ListeningSocket.fromSystemd() { return passed }
      return try ListeningSocket.atPath(socket ?? row.access.socketPath ?? "/run/irhx/\(row.name).sock")
    } catch {
      say("irhxd: \(error)")
      throw ExitStatus.unavailable
    }
  }
}
