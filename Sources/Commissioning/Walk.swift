import CoolingCore
public import FieldIO
public import RowConfig
public import RowRuntime

/// Commissions a row: looks at every device and sensor, then moves every actuator, one at a time, and looks whether
/// the row does what it should; lets devices fall silent that should fall back by themselves; and leaves everything
/// as it found it. Whatever ends it early leaves the actuators at the site's safe output.
///
/// Sensors first, because the rest is judged by them; then valves open and fans and pumps go to their safe speed, since
/// without flow no valve can be judged; then pumps, because the others need them.
public final class Walk {
  public struct Options: Sendable {
    /// A role, the beginning of one, or a device: what is tested. nil: everything.
    public var only: String?
    public var skipsLoss = false
    /// Go on with racks that draw power: their permits and the floor of their valves are kept.
    public var allowsPower = false
    public init() {}
  }

  public struct Findings: Sendable {
    public var checks: [Check]
    /// Why it ended early; nil: it was walked to its end.
    public var ending: Ending?
    /// After an early end: roles whose device did not take its safe output.
    public var notSafe: [String]
    /// Questions, and whether they were answered with yes.
    public var answers: [(question: String, isYes: Bool)]
  }

  /// How far a speed or position may be from what was asked for, percentage points: as the alarms have it.
  static let tolerance = 5.0
  /// What ramps of drives, handshakes and the inertia of fans take beyond the site's slew, s.
  static let marginS = 15.0
  /// Flow and pressure have settled so long after an actuator has, and are then averaged for as long again, s.
  static let settleS = 5.0
  /// Share of its rating above which a rack draws power: the daemon's own.
  static let powerShare = 0.03

  let loaded: LoadedSite
  let site: Site
  let options: Options
  let person: any Operator
  let bench: Bench
  let links: [Muzzle]
  let selection: Selection
  /// Those that are tested.
  let actuators: [Actuator]
  /// Racks that draw power, or may do so.
  var powered: Set<Int> = []
  var checks: [Check] = []
  var answers: [(question: String, isYes: Bool)] = []
  /// Pumps that were seen to run when told.
  var proven: Set<Int> = []
  /// What each gave by itself, L/min.
  var strengths: [Int: Double] = [:]
  var before: [Before] = []

  /// - Parameter links: by the index of the site's buses; nobody else uses them.
  /// - Throws: where the site's devices cannot be planned.
  public init(
    _ loaded: LoadedSite, links: [any ModbusLink], options: Options, person: any Operator, pace: any Pace
  ) throws(Daemon.Fault) {
    self.loaded = loaded
    self.options = options
    self.person = person
    site = loaded.site
    let roles = RoleMap(site: site)
    let plan = try Daemon.draft(loaded, roles)
    self.links = links.map(Muzzle.init)
    let all = RoleMap.actuators(of: Settings(site, roles: roles, plan: plan))
    let outputs = Outputs(site, all)
    bench = Bench(site, roles: roles, plan: plan, muzzles: self.links, outputs: outputs, pace: pace)
    let selection = Selection(options.only, loaded)
    self.selection = selection
    actuators = all.filter { roles.outputs[$0.outputSlot].map(selection.roles.contains) ?? false }
  }

  /// Walks through the row. Call once.
  public func run() -> Findings {
    var ending: Ending?
    var notSafe: [String] = []
    do throws(Ending) {
      guard site.topology != .supervisedCdu else {
        throw .refused(
          "a cooling unit that controls itself is tried by its maker's procedure: see docs/commissioning.md")
      }
      guard !selection.roles.isEmpty else { throw .refused("this row has nothing called \(options.only ?? "")") }
      examineDevices()
      // The first cycles find the slow points too; the others show that values go on coming.
      try bench.cycle(seconds: Self.settleS)
      checkSetUp()
      checkSensors()
      if !actuators.isEmpty || !permits.isEmpty {
        try refuse()
        try testActuators()
      }
    } catch {
      notSafe = bench.leaveSafe()
      ending = error
    }
    return Findings(checks: checks, ending: ending, notSafe: notSafe, answers: answers)
  }

  /// Racks whose permit is tested.
  var permits: [Int] {
    site.racks.units.indices.filter { selection.roles.contains("rack.\($0 + 1).permit") }
  }

  // MARK: - Notes

  func note(_ part: Check.Part, _ subject: String, _ what: String, _ verdict: Check.Verdict, _ seen: String) {
    let check = Check(part, subject, tag: selection.tags[subject], what, verdict, seen)
    checks.append(check)
    let mark =
      switch verdict {
      case .passed: "ok    "
      case .failed: "FAILED"
      case .notApplicable: "-     "
      }
    person.hear("\(mark)  \(subject): \(what): \(seen)")
  }

  func note(_ part: Check.Part, _ subject: String, _ what: String, _ isGood: Bool, _ seen: String) {
    note(part, subject, what, isGood ? .passed : .failed, seen)
  }

  func name(_ actuator: Actuator) -> String { bench.roles.name(of: actuator) }

  /// Goes on renewing outputs until the person has answered.
  func confirms(_ question: String) throws(Ending) -> Bool {
    person.ask(question)
    while true {
      if let isYes = person.answer() {
        answers.append((question, isYes))
        return isYes
      }
      try bench.cycle()
    }
  }
}

/// What is tested: the roles that a word of the operator's names.
struct Selection {
  /// All that a device provides or takes.
  let roles: Set<String>
  /// Devices that serve one of them, by index.
  let devices: Set<Int>
  /// P&ID tags by role, by the part of the row a device serves, and by device.
  let tags: [String: String]

  init(_ only: String?, _ loaded: LoadedSite) {
    let chosen = loaded.bindings.filter { binding in
      guard let only else { return true }
      return loaded.site.devices[binding.device].name == only || binding.name == only
        || binding.name.hasPrefix(only + ".")
    }
    roles = Set(chosen.map(\.name))
    devices = Set(chosen.map(\.device))
    var tags: [String: String] = [:]
    for device in loaded.site.devices {
      tags[device.name] = device.tag
      if let prefix = device.serves { tags[prefix] = device.tag }
    }
    for binding in loaded.bindings { tags[binding.name] = binding.tag }
    self.tags = tags
  }
}
