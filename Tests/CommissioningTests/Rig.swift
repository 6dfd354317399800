import Commissioning
import FieldIO
import Foundation
import RowConfig
import RowTwin

/// A small row on a virtual clock: two pumps, three racks, two coils. What the walk believes of it and what it is may
/// differ: that is what the walk has to find.
final class Rig {
  let loaded: LoadedSite
  let twin: Twin
  let pace: VirtualPace
  let person = Person()
  private let links: [any ModbusLink]

  static let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  /// - Parameters:
  ///   - site: text of the site file.
  ///   - wiring: texts of it that are otherwise in the real row.
  init(site: String = Rig.site, wiring: [String: String] = [:], load: Double = 0) throws {
    loaded = try Self.load(site)
    var text = site
    for (old, new) in wiring {
      guard text.contains(old) else { throw RigFault(old) }
      text = text.replacing(old, with: new)
    }
    let real = try Self.load(text).site
    let rated = real.racks.units.map(\.ratedKw)
    twin = try Twin(
      site: real, seed: 1, load: LoadTrace(.steady(percent: load), ratedKw: rated, seed: 1),
      plant: PlantParameters(site: real, seed: 1, spread: 0))
    links = loaded.site.buses.indices.map { [twin] in TwinWire(twin, bus: $0) }
    pace = VirtualPace(twin)
    twin.advance(seconds: 2)
  }

  /// A row that is shipped.
  convenience init(shipped name: String) throws {
    try self.init(site: String(contentsOfFile: "\(Self.folder)/config/row.\(name).yaml", encoding: .utf8))
  }

  struct RigFault: Error {
    var text: String
    init(_ text: String) { self.text = text }
  }

  private static func load(_ text: String) throws -> LoadedSite {
    try SiteLoader.load(text: text, profileDirectories: ["\(folder)/config/profiles"])
  }

  func walk(_ change: (inout Walk.Options) -> Void = { _ in }) throws -> Walk.Findings {
    var options = Walk.Options()
    change(&options)
    return try Walk(loaded, links: links, options: options, person: person, pace: pace).run()
  }

  static let site = """
    irhx: 1
    row: {name: small, topology: liquid-to-air}
    supply: {setpoint_c: 40, setpoint_min_c: 20, setpoint_max_c: 42}
    pumps:
      dp_setpoint_kpa: 100
      dp_min_kpa: 40
      dp_max_kpa: 160
      minimum_running: 1
      gains: {gain: 0.6, integral_time_s: 4}
      unit_defaults: {rated_flow_lpm: 480, rated_head_kpa: 250, shutoff_head_kpa: 320, rated_power_kw: 5.5}
      units: [{name: P1}, {name: P2}]
    racks:
      gains: {gain: 0.5, integral_time_s: 20, filter_time_s: 5}
      unit_defaults: {rated_kw: 120, design_flow_lpm: 156, design_dp_kpa: 80}
      units: [{name: R1}, {name: R2}, {name: R3}]
    fans:
      gains: {gain: 0.5, integral_time_s: 20}
      unit_defaults:
        {rated_kw: 200, rated_air_flow_m3_per_h: 40000, rated_power_kw: 3, design_flow_lpm: 234}
      units: [{name: C1}, {name: C2}]
    leak_zones: [{zone: 1, watches: row}]
    buses:
      - {name: pumps, tcp: {host: 127.0.0.1, port: 1}}
      - {name: field, tcp: {host: 127.0.0.1, port: 2}}
    devices:
      - {name: P1-drive, profile: danfoss/vlt-fc, bus: pumps, unit: 1, tag: P-101, serves: pump.1}
      - {name: P2-drive, profile: abb/acs580, bus: pumps, unit: 2, tag: P-102, serves: pump.2}
      - {name: C1-fan, profile: ebm-papst/ec-fan, bus: field, unit: 1, tag: E-201, serves: fan.1}
      - {name: C2-fan, profile: ebm-papst/ec-fan, bus: field, unit: 2, tag: E-202, serves: fan.2}
      - {name: R1-valve, profile: belimo/actuator-mod, bus: field, unit: 11, tag: FV-301, serves: rack.1.valve}
      - {name: R2-valve, profile: belimo/actuator-mod, bus: field, unit: 12, tag: FV-302, serves: rack.2.valve}
      - {name: R3-valve, profile: siemens/acvatix-mo, bus: field, unit: 13, tag: FV-303, serves: rack.3.valve}
      - {name: R1-flow, profile: siemens/sitrans-mag6000, bus: field, unit: 21, tag: FT-301, serves: rack.1}
      - {name: R2-flow, profile: siemens/sitrans-mag6000, bus: field, unit: 22, tag: FT-302, serves: rack.2}
      - {name: R3-flow, profile: siemens/sitrans-mag6000, bus: field, unit: 23, tag: FT-303, serves: rack.3}
      - {name: row-flow, profile: siemens/sitrans-mag6000, bus: field, unit: 20, tag: FT-300, serves: row}
      - {name: R1-power, profile: eastron/sdm630, bus: field, unit: 31, serves: rack.1}
      - {name: R2-power, profile: eastron/sdm630, bus: field, unit: 32, serves: rack.2}
      - {name: R3-power, profile: schneider/iem3000, bus: field, unit: 33, serves: rack.3}
      - name: RTD
        profile: moxa/iologik-e1260
        bus: field
        unit: 41
        channels:
          rtd_0: {role: supply.temperature.1, tag: TT-101A}
          rtd_1: {role: supply.temperature.2, tag: TT-101B}
          rtd_2: {role: return.temperature.1}
      - name: AI
        profile: advantech/adam-6017
        bus: field
        unit: 42
        channels:
          ai_0: {role: manifold.dp.1, tag: PDT-103A, at_4ma: 0, at_20ma: 400}
          ai_1: {role: manifold.dp.2, tag: PDT-103B, at_4ma: 0, at_20ma: 400}
          ai_5: {role: reservoir.level, at_4ma: 0, at_20ma: 100}
      - {name: leak, profile: rle/ld2100, bus: field, unit: 43, serves: leak.1}
      - name: DI
        profile: moxa/iologik-e1210
        bus: field
        unit: 44
        channels:
          di_0: {role: row.emergency_stop, inverted: true}
          di_1: {role: row.permissive}
      - name: DO
        profile: moxa/iologik-e1211
        bus: field
        unit: 45
        channels:
          do_0: {role: rack.1.permit}
          do_1: {role: rack.2.permit}
          do_2: {role: rack.3.permit}
    """
}

/// One unit's registers, straight from the twin.
private final class TwinWire: ModbusLink {
  private let twin: Twin
  private let bus: Int
  private(set) var isConnected = true

  init(_ twin: Twin, bus: Int) {
    self.twin = twin
    self.bus = bus
  }

  func read(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, count: Int, into buffer: inout [UInt16]
  ) throws(ModbusFault) {
    var words: [UInt16] = []
    try check(twin.read(bus: bus, unit: unit, area: area, address: address, count: count, into: &words))
    for (index, word) in words.enumerated() { buffer[index] = word }
  }

  func write(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers: RegisterBlock
  ) throws(ModbusFault) {
    let words = (0..<registers.count).map { registers[$0] }
    try check(twin.write(bus: bus, unit: unit, area: area, address: address, values: words.span))
  }

  func identification(of unit: UInt8) throws(ModbusFault) -> DeviceIdentification {
    let (reply, texts) = twin.identification(bus: bus, unit: unit)
    try check(reply)
    return DeviceIdentification(vendor: texts[0], product: texts[1], revision: texts[2])
  }

  private func check(_ reply: TwinReply) throws(ModbusFault) {
    switch reply {
    case .ok: isConnected = true
    case .exception(let code): throw .exception(code)
    case .silent, .late:
      isConnected = false
      throw .timeout
    case .garbage: throw .protocolViolation
    }
  }
}

/// Time that passes in the row when the walk waits.
final class VirtualPace: Pace {
  private let twin: Twin
  private(set) var now = Duration.seconds(1000)
  /// Told after each wait.
  var passed: ((Twin) throws -> Void)?
  var isInterrupted = false
  /// Fewest pumps that turned at once since one did, and most rack valves that were shut at once since all were open.
  private(set) var fewestPumps = Int.max
  private(set) var mostShutValves = 0
  private var wasOpen = false
  private var person: Person?

  init(_ twin: Twin) { self.twin = twin }

  /// What stood before may well be standstill.
  func watchesUntilReleased(_ person: Person) { self.person = person }

  func wait(until deadline: Duration) {
    guard deadline > now else { return }
    let (seconds, attoseconds) = (deadline - now).components
    twin.advance(seconds: Double(seconds) + Double(attoseconds) * 1e-18)
    now = deadline
    try? passed?(twin)  // a fault that a test injects is spelled right, or its test fails
    let positions = twin.positions
    let turning = positions.pumpSpeed.filter { $0 > 0.2 }.count
    if person.map({ $0.heard.contains("bringing back what was before") }) ?? false { return }
    if fewestPumps != .max || turning > 0 { fewestPumps = min(fewestPumps, turning) }
    if positions.rackValve.allSatisfy({ $0 > 0.9 }) { wasOpen = true }
    if wasOpen { mostShutValves = max(mostShutValves, positions.rackValve.filter { $0 < 0.4 }.count) }
  }
}

/// Says yes, or what it is told to say, after a while.
final class Person: Operator {
  var answers: (String) -> Bool = { _ in true }
  private(set) var heard: [String] = []
  private(set) var questions: [String] = []
  /// Cycles it thinks for.
  var thinks = 0
  private var left = 0

  func hear(_ line: String) { heard.append(line) }
  func ask(_ question: String) {
    questions.append(question)
    left = thinks
  }
  func answer() -> Bool? {
    left -= 1
    return left < 0 ? answers(questions.last ?? "") : nil
  }
}

extension Walk.Findings {
  var failed: [Check] { checks.filter { $0.verdict == .failed } }
  func check(_ subject: String, _ what: String) -> Check? { checks.first { $0.subject == subject && $0.what == what } }
}
