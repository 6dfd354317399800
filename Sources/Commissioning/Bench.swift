import CoolingCore
import FieldIO
import RowConfig
import RowRuntime

/// The row's field under the walk's hands: once a period it reads everything, moves the outputs toward what the walk
/// wants, writes them, and looks whether the row may go on being tested. Reading and writing are the daemon's own.
final class Bench {
  /// A danger, or a lost bus, has to stand so long: one reading is none.
  static let dangerS = 3.0
  static let busLossS = 5.0
  /// After a device was made to fall silent its bus has so long to come back.
  static let returnS = 20.0
  /// How long the safe output is tried to be brought to every device.
  static let leavingS = 15.0

  let site: Site
  let roles: RoleMap
  let settings: Settings
  var outputs: Outputs
  let period: Duration
  private let field: DirectField
  private let muzzles: [Muzzle]
  private let pace: any Pace
  private var image: [FieldValue]
  private var states: [WriteState]
  private var demands: OutputDemands
  private var cycleNumber: UInt64 = 0
  private var due: Duration
  private var standing: [String: Double] = [:]
  /// Buses that have answered.
  private var known: Set<Int> = []
  private var quietUntil: [Int: Duration] = [:]

  init(_ site: Site, roles: RoleMap, plan: FieldPlan, muzzles: [Muzzle], outputs: Outputs, pace: any Pace) {
    self.site = site
    self.roles = roles
    self.muzzles = muzzles
    self.outputs = outputs
    self.pace = pace
    settings = Settings(site, roles: roles, plan: plan)
    field = DirectField(plan: plan, links: muzzles)
    image = Array(repeating: FieldValue(), count: InputSlot.count)
    states = Array(repeating: WriteState(), count: OutputSlot.count)
    demands = OutputDemands(slots: OutputSlot.count)
    period = .milliseconds(site.cycle.periodMs)
    due = pace.now
  }

  var now: Duration { pace.now }

  /// One period.
  func cycle() throws(Ending) {
    due = max(due + period, pace.now)
    pace.wait(until: due)
    if pace.isInterrupted { throw .interrupted }
    exchange(moving: true)
    try look()
  }

  func cycle(seconds: Double) throws(Ending) {
    let end = pace.now + .seconds(seconds)
    repeat { try cycle() } while pace.now < end
  }

  private func exchange(moving: Bool) {
    cycleNumber += 1
    let now = pace.now
    field.scan(cycle: cycleNumber, now: now, deadline: now, into: &image)
    if moving { outputs.move(seconds: period.inSeconds) }
    outputs.fill(&demands)
    field.actuate(demands, cycle: cycleNumber, now: now, deadline: now, into: &states)
  }

  /// Leaves what is driven at the site's safe output; may be called at any time, in any state.
  ///
  /// - Returns: roles whose device has not taken it. Empty where nothing was driven.
  func leaveSafe() -> [String] {
    guard outputs.isDriving else { return [] }
    for muzzle in muzzles { muzzle.end() }
    outputs.leaveSafe(stopsPumps: isOn("row.emergency_stop"))
    // To take a device into control may need several cycles, and to find one that was silent several seconds.
    let end = pace.now + .seconds(Self.leavingS)
    repeat {
      due = max(due + period, pace.now)
      pace.wait(until: due)
      exchange(moving: false)
    } while !unwritten.isEmpty && pace.now < end
    return unwritten
  }

  private var unwritten: [String] {
    states.indices.filter { states[$0].demand != nil && states[$0].outcome != .good }.compactMap { roles.outputs[$0] }
  }

  // MARK: - What the row says

  func value(_ slot: Int) -> FieldValue { image[slot] }
  func state(_ slot: Int) -> WriteState { states[slot] }
  func findings(bus: Int) -> [SetUpFinding] { field.statistics(ofBus: bus).setUp }

  /// A role's value; nil unless it is good.
  func reading(_ role: String) -> Double? { roles.inputSlot(role).flatMap(reading(slot:)) }
  func reading(slot: Int) -> Double? { image[slot].outcome == .good ? image[slot].value : nil }
  func isOn(_ role: String) -> Bool { (reading(role) ?? 0) >= 0.5 }
  /// Whether a device provides the role.
  func has(_ role: String) -> Bool { roles.inputSlot(role).map { settings.signals[$0].isConfigured } ?? false }

  /// Where an actuator stands by its own word: its feedback, else what its device says it was told.
  func stands(_ actuator: Actuator) -> Double? {
    let slot = actuator.feedbackSlot
    return settings.signals[slot].isConfigured ? reading(slot: slot) : states[actuator.outputSlot].accepted
  }

  // MARK: - Silence

  func silence(_ device: Site.Device, _ feed: DeviceProfile.CommunicationLoss.Feed) {
    guard let bus = site.buses.firstIndex(where: { $0.name == device.bus }) else { return }
    muzzles[bus].silence(device.unit, feed)
  }

  func endSilence() {
    for (bus, muzzle) in muzzles.enumerated() where muzzle.isOn {
      muzzle.end()
      quietUntil[bus] = pace.now + .seconds(Self.returnS)
    }
  }

  // MARK: - Whether the row may be tested

  /// What a person has to see to first; nil: nothing. It is looked for in every cycle once something is driven.
  var danger: String? {
    if isOn("row.emergency_stop") { return "the emergency stop is pressed" }
    if has("row.permissive"), reading("row.permissive") == 0 { return "the building does not let the row run" }
    for zone in 1...RoleCatalogue.leakZonesMax where isOn("leak.\(zone).alarm") {
      return "leak detector leak.\(zone) finds liquid"
    }
    let limits = site.limits
    let supply = (1...InputSlot.redundant).compactMap { reading("supply.temperature.\($0)") }.sorted()
    if !supply.isEmpty, supply[supply.count / 2] > limits.supplyHighHighC {
      return "supply temperature is \(text(supply[supply.count / 2])) °C, above \(text(limits.supplyHighHighC)) °C"
    }
    if let pressure = reading("supply.pressure"), pressure > limits.supplyPressureHighKpa {
      return "supply pressure is \(text(pressure)) kPa, above \(text(limits.supplyPressureHighKpa)) kPa"
    }
    if let level = reading("reservoir.level"), level < limits.levelLowLowPercent {
      return "reservoir level is \(text(level)) %, below \(text(limits.levelLowLowPercent)) %"
    }
    return nil
  }

  private func look() throws(Ending) {
    for bus in site.buses.indices {
      let statistics = field.statistics(ofBus: bus)
      if statistics.isConnected, !statistics.isLost { known.insert(bus) }
      let isQuiet = muzzles[bus].isOn || quietUntil[bus].map { pace.now < $0 } ?? false
      let isLost = known.contains(bus) && statistics.isLost && !isQuiet
      if stands(isLost, "bus \(bus)", for: Self.busLossS) { throw .busLost(site.buses[bus].name) }
    }
    guard outputs.isDriving else { return }
    let danger = danger
    if isOn("row.emergency_stop") || stands(danger != nil, "danger", for: Self.dangerS) {
      throw .danger(danger ?? "the emergency stop is pressed")
    }
  }

  private func stands(_ isSo: Bool, _ what: String, for seconds: Double) -> Bool {
    standing[what] = isSo ? (standing[what] ?? 0) + period.inSeconds : nil
    return (standing[what] ?? 0) >= seconds
  }
}

/// As a person reads it: three places of what is small, none of what is large.
func text(_ value: Double) -> String {
  let places = abs(value) < 10 ? 100.0 : abs(value) < 100 ? 10 : 1
  let rounded = (value * places).rounded() / places
  return rounded == rounded.rounded() && abs(rounded) < 1e9 ? String(Int(rounded)) : String(rounded)
}
