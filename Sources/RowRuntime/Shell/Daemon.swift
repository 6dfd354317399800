import CoolingCore
import CPlatform
import Dispatch
public import FieldIO
import FlightRecorder
import Glibc
public import RowAPI
public import RowConfig
import RowHistory
import Synchronization

/// One row's daemon: loads nothing and decides nothing, but starts the parts in order, runs until told to end, and
/// leaves the plant running at a safe output, or as it stands to the next daemon.
public final class Daemon: Sendable {
  public static let version = "0.1.0"

  public enum Fault: Error, CustomStringConvertible {
    case plan(FieldPlanFault)
    /// Buses that cannot keep the row's period.
    case overload([BusLoad])
    case link(bus: String)
    case thread(ThreadFault)
    case server(SystemError)

    public var description: String {
      switch self {
      case .plan(let fault): "the site's devices cannot be planned: \(fault)"
      case .overload(let buses): buses.map(PlanText.overload).joined(separator: "; ")
      case .link(let bus): "the settings of bus \(bus) cannot be used"
      case .thread(let fault): "no thread for the control loop (errno \(fault.errno))"
      case .server(let fault): "the socket cannot be served: \(fault)"
      }
    }
  }

  private let loaded: LoadedSite
  private let journal: Journal
  private let isRealTimeWanted: Bool
  private let workers: [BusWorker]
  private let field: ThreadedField
  private let desk: CommandDesk
  private let server: RowServer
  private let publisher: Publisher
  private let history: History
  private let keeper: StateKeeper
  private let recorder: FlightRecorder?
  private let mailbox = SnapshotMailbox()
  private let loop: Mutex<LoopParts>
  private let overruns = Atomic<Int>(0)

  /// What only the loop's thread touches. The mutex is never contended: it says so to the compiler.
  private struct LoopParts {
    var loop: RowLoop
    var supervision = Supervision()
    var translator: CommandTranslator
  }

  /// - Parameters:
  ///   - stateDirectory: where the history and the state file live; may be missing or not writable.
  ///   - isRealTimeWanted: of the control loop and, below it, of the workers of the buses.
  public init(
    _ loaded: LoadedSite, listening: ListeningSocket, access: AccessRule, stateDirectory: String,
    isRealTimeWanted: Bool, journal: Journal
  ) throws(Fault) {
    self.loaded = loaded
    self.journal = journal
    self.isRealTimeWanted = isRealTimeWanted
    let site = loaded.site
    let roles = RoleMap(site: site)
    let plan = try Self.plan(loaded, roles)
    var workers: [BusWorker] = []
    for bus in plan.buses {
      guard let link = LibmodbusLink(bus.bus) else { throw .link(bus: bus.bus.name) }
      workers.append(
        BusWorker(
          BusMaster(plan: bus, link: link), inputSlots: InputSlot.count, outputSlots: OutputSlot.count,
          isRealTimeWanted: isRealTimeWanted))
    }
    self.workers = workers
    field = ThreadedField(plan: plan, workers: workers)
    recorder = FlightRecorder(loaded, roles, stateDirectory: stateDirectory, journal)
    let rowLoop = RowLoop(site: site, roles: roles, field: field, recorder: recorder?.mailbox)
    history = History(directory: stateDirectory) { journal.log($0, directory: stateDirectory) }
    let stateFile = StateFile(path: "\(stateDirectory)/state")
    let found = stateFile.read()
    RetainedState.read(found, journal)?.restore(rowLoop, journal)
    keeper = StateKeeper(stateFile, found: found.content) { journal.log($0, path: stateFile.path) }
    desk = CommandDesk(history: history, devices: DeviceDesk(loaded, workers: workers))
    let info = RowInfo(
      product: "irhx", version: Self.version, row: site.name, siteFile: loaded.path, siteDigest: loaded.digest,
      topology: site.topology.rawValue, periodMs: site.cycle.periodMs, started: timestamp(), interface: "org.irhx.Row")
    do throws(SystemError) {
      server = try RowServer(listening: listening, info: info, access: access, handler: desk)
    } catch {
      throw .server(error)
    }
    let statistics: @Sendable () -> [BusStatistics] = { [workers] in workers.map(\.statistics) }
    publisher = Publisher(
      site: site, roles: roles, mailbox: mailbox, journal: journal, server: server, history: history, keeper: keeper,
      recorder: recorder,
      field: statistics)
    let translator = CommandTranslator(roles: roles, settings: rowLoop.core.settings)
    loop = Mutex(LoopParts(loop: rowLoop, translator: translator))
  }

  /// What is read and written on the site's buses.
  ///
  /// - Throws: `.plan` where site and profiles contradict each other, `.overload` where a bus cannot keep the period.
  public static func plan(_ loaded: LoadedSite, _ roles: RoleMap) throws(Fault) -> FieldPlan {
    let plan = try draft(loaded, roles)
    let overloaded = plan.buses.map { BusLoad($0, periodMs: loaded.site.cycle.periodMs) }.filter { $0.excessNs != nil }
    guard overloaded.isEmpty else { throw .overload(overloaded) }
    return plan
  }

  /// The same without asking whether it can be kept.
  public static func draft(_ loaded: LoadedSite, _ roles: RoleMap) throws(Fault) -> FieldPlan {
    do throws(FieldPlanFault) {
      return try FieldPlan(
        site: loaded.site, profiles: loaded.profiles, inputSlot: roles.inputSlot, outputSlot: roles.outputSlot)
    } catch {
      throw .plan(error)
    }
  }

  /// How the daemon has ended.
  public enum Ending: Sendable {
    /// The plant runs on at a safe output.
    case stopped
    /// The plant runs on as it stands, for the next daemon to take over before the devices' patience ends.
    case handedOver
  }

  /// Runs until a signal (blocked before, see `cp_block_signals`): SIGTERM and SIGINT stop it, SIGUSR1 asks it to hand
  /// over.
  ///
  /// - Parameter hasSuccessor: asked before handing over, while control goes on: whether a next daemon would start. If
  ///   not, the daemon stops.
  public func run(hasSuccessor: () -> Bool) throws(Fault) -> Ending {
    server.start()
    note(.daemonStarted, cycle: 0)
    let thread = LoopThread(period: .milliseconds(loaded.site.cycle.periodMs)) { due, missed in
      self.cycle(due: due, missed: missed)
    }
    do throws(ThreadFault) {
      try publisher.start()
      recorder?.start()
      let isLoopRealTime = try thread.start(isRealTimeWanted: isRealTimeWanted)
      let isRealTime = isLoopRealTime && workers.allSatisfy(\.isRealTime)
      journal.log(
        .notice, .started, "The row's controller has started",
        [
          "SITE_FILE": loaded.path, "SITE_DIGEST": loaded.digest, "PERIOD_MS": String(loaded.site.cycle.periodMs),
          "REAL_TIME": isRealTime ? "yes" : "no", "VERSION": Self.version,
        ])
    } catch {
      throw .thread(error)
    }
    let ending: Ending = cp_wait_signal() == SIGUSR1 && hasSuccessor() ? .handedOver : .stopped
    end(thread, ending)
    return ending
  }

  private func cycle(due: Duration, missed: Int) {
    overruns.add(missed, ordering: .relaxed)
    loop.withLock { parts in
      let answered = (desk.take() ?? []).map { parts.translator.answer($0, from: parts.loop) }
      parts.loop.runCycle(due: due, isLate: missed > 0)
      parts.supervision.cycleEnded(isGood: parts.loop.core.actuation.isDriven, now: MonotonicClock.now())
      mailbox.put(
        Snapshot(
          core: parts.loop.core, timing: parts.loop.timing, overruns: overruns.load(ordering: .relaxed),
          writeStates: parts.loop.writeStates),
        answered: answered)
    }
    publisher.wake()
  }

  private func note(_ kind: RowHistory.HistoryEntry.Kind, cycle: UInt64) {
    history.record([RowHistory.HistoryEntry(timeMs: WireTime.nowMs, cycle: cycle, kind: kind, reason: Self.version)])
  }

  private func end(_ thread: LoopThread, _ ending: Ending) {
    Supervision.stopping()
    thread.stop()
    let (left, unwritten, cycle) = loop.withLock { parts in
      let unwritten = ending == .stopped ? parts.loop.leaveSafe() : []
      return (parts.loop.core.actuation, unwritten, parts.loop.core.cycle)
    }
    publisher.drain()
    server.stop()
    note(.daemonStopped, cycle: cycle)
    history.close(withinS: 1)
    keeper.close(withinS: 1)
    recorder?.close(withinS: 1)
    field.stop(until: MonotonicClock.now() + .seconds(1))
    guard ending == .stopped else {
      journal.log(.notice, .handedOver, "The row's controller hands over; the plant runs on as it stands")
      return
    }
    guard left.isDriven else {
      journal.log(.notice, .stopped, "The row's controller has ended before it drove anything")
      return
    }
    let site = loaded.site
    let pumps = site.pumps.units.indices.filter { left.demand.pumps[$0].run }
      .map { "\(site.pumps.units[$0].name)=\(number(left.demand.pumps[$0].speed))" }
    func least(_ values: some Sequence<Double>) -> String { values.min().map(number) ?? "" }
    journal.log(
      unwritten.isEmpty ? .notice : .warning, .stopped,
      unwritten.isEmpty
        ? "The row's controller has ended; the plant runs on at a safe output"
        : "The row's controller has ended; some devices did not take their safe output",
      [
        "PUMPS_PERCENT": pumps.joined(separator: " "),
        "FANS_MIN_PERCENT": least((site.fans?.units ?? []).indices.map { left.demand.fans[$0] }),
        "RACK_VALVES_MIN_PERCENT": least(site.racks.units.indices.map { left.demand.rackValves[$0] }),
        "FACILITY_VALVE_PERCENT": site.facilityValve == nil ? "" : number(left.demand.facilityValve),
        "UNWRITTEN": unwritten.joined(separator: " "),
      ])
  }
}
