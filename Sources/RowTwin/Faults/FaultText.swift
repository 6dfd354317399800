/// Faults as text: `pump.1.trip`, `rack.3.leak=2.0`, `supply.temperature.1.drift=0.5`, `device MT-101 slow`.
/// Numbers count from 1, as in the site file; values are in the role's unit.
extension Fault {
  /// One line per form, for help texts and error messages.
  public static let forms: [String] =
    plantForms.map(\.usage) + sensorForms.map { "ROLE." + $0.usage }
    + ["device NAME " + LinkFault.allCases.map(\.rawValue).joined(separator: "|")]
    + namedForms.map { "\($0.kind) NAME \($0.word)" + usage($0.range) }

  /// Reads a fault from text. Whether the row has such a pump, role or device is checked when it is injected.
  public init(_ text: String) throws(FaultError) {
    let words = text.split(separator: " ").map(String.init)
    switch (words.first, words.count) {
    case ("device", 3), ("bus", 3): self = try Self.named(words, text)
    case (_, 1): self = try Self.plantOrSensor(words[0])
    default: throw Self.refusal(text, "no such form")
    }
  }

  /// A fault as it is written; `Fault(description)` gives it back.
  public var description: String {
    switch self {
    case .pumpTrip(let n): "pump.\(n).trip"
    case .pumpBroken(let n): "pump.\(n).broken"
    case .pumpLocal(let n): "pump.\(n).local"
    case .pumpWorn(let n, let share): "pump.\(n).worn=\(share)"
    case .pumpSlow(let n): "pump.\(n).slow"
    case .unitPumpLost: "cdu.pump-lost"
    case .air(let share): "air=\(share)"
    case .rackValve(let n, let fault): "rack.\(n).valve.\(fault.rawValue)"
    case .coilValve(let n, let fault): "fan.\(n).valve.\(fault.rawValue)"
    case .rackBlocked(let n, let share): "rack.\(n).blocked=\(share)"
    case .rackLeak(let n, let lpm): "rack.\(n).leak=\(lpm)"
    case .coilLeak(let n, let lpm): "fan.\(n).leak=\(lpm)"
    case .rowLeak(let lpm): "row.leak=\(lpm)"
    case .fanFailed(let n): "fan.\(n).fail"
    case .coilFouled(let n, let share): "coil.\(n).fouled=\(share)"
    case .filterClogged(let times): "filter.clogged=\(times)"
    case .hallTemperature(let celsius): "hall.temperature=\(celsius)"
    case .hallHumidity(let percent): "hall.humidity=\(percent)"
    case .facilityTemperature(let celsius): "facility.temperature=\(celsius)"
    case .facilityLost: "facility.lost"
    case .facilityValveStuck: "facility.valve.stuck"
    case .emergencyStop: "emergency-stop"
    case .permissiveLost: "permissive.lost"
    case .leakWet(let n): "leak.\(n).leak"
    case .leakCableBroken(let n): "leak.\(n).broken"
    case .sensor(let role, let fault): "\(role).\(fault.text)"
    case .device(let name, let link): "device \(name) \(link.rawValue)"
    case .deviceReset(let name): "device \(name) reset"
    case .deviceLosesWrites(let name, let share): "device \(name) lost-writes=\(share)"
    case .deviceSwappedWords(let name): "device \(name) swapped-words"
    case .busDead(let name): "bus \(name) dead"
    case .busFlaky(let name, let share): "bus \(name) flaky=\(share)"
    }
  }

  /// The fault without its magnitude: two faults with one key replace each other.
  public var key: String { Self.key(of: description) }
  static func key(of text: String) -> String { String(text.prefix { $0 != "=" }) }
}

extension Fault: CustomStringConvertible {}

extension Fault {
  private struct Form: Sendable {
    /// `#` stands for a number; a range means a value follows `=`.
    var pattern: String
    var range: ClosedRange<Double>?
    var make: @Sendable (Int, Double) -> Fault
    init(_ pattern: String, _ range: ClosedRange<Double>? = nil, _ make: @escaping @Sendable (Int, Double) -> Fault) {
      self.pattern = pattern
      self.range = range
      self.make = make
    }
    var usage: String { pattern + Fault.usage(range) }
  }
  private struct SensorForm: Sendable {
    var word: String
    var range: ClosedRange<Double>?
    var make: @Sendable (Double) -> SensorFault
    var usage: String { word + Fault.usage(range) }
  }

  /// What is said of a device or bus by its name, link faults aside.
  private struct NamedForm: Sendable {
    var kind: String
    var word: String
    var range: ClosedRange<Double>?
    var make: @Sendable (String, Double) -> Fault
  }

  private static let plantForms: [Form] = [
    Form("pump.#.trip") { n, _ in .pumpTrip(n) },
    Form("pump.#.broken") { n, _ in .pumpBroken(n) },
    Form("pump.#.local") { n, _ in .pumpLocal(n) },
    Form("pump.#.worn", 0...1) { .pumpWorn($0, $1) },
    Form("pump.#.slow") { n, _ in .pumpSlow(n) },
    Form("air", 0...1) { .air($1) },
    Form("rack.#.valve.stuck") { n, _ in .rackValve(n, .stuck) },
    Form("rack.#.valve.closed") { n, _ in .rackValve(n, .closed) },
    Form("rack.#.valve.slow") { n, _ in .rackValve(n, .slow) },
    Form("fan.#.valve.stuck") { n, _ in .coilValve(n, .stuck) },
    Form("fan.#.valve.closed") { n, _ in .coilValve(n, .closed) },
    Form("fan.#.valve.slow") { n, _ in .coilValve(n, .slow) },
    Form("rack.#.blocked", 0...1) { .rackBlocked($0, $1) },
    Form("rack.#.leak", 0...100) { .rackLeak($0, $1) },
    Form("fan.#.leak", 0...100) { .coilLeak($0, $1) },
    Form("row.leak", 0...100) { .rowLeak($1) },
    Form("fan.#.fail") { n, _ in .fanFailed(n) },
    Form("coil.#.fouled", 0...1) { .coilFouled($0, $1) },
    Form("filter.clogged", 1...100) { .filterClogged($1) },
    Form("hall.temperature", 0...60) { .hallTemperature($1) },
    Form("hall.humidity", 1...100) { .hallHumidity($1) },
    Form("facility.temperature", 0...60) { .facilityTemperature($1) },
    Form("cdu.pump-lost") { _, _ in .unitPumpLost },
    Form("facility.lost") { _, _ in .facilityLost },
    Form("facility.valve.stuck") { _, _ in .facilityValveStuck },
    Form("emergency-stop") { _, _ in .emergencyStop },
    Form("permissive.lost") { _, _ in .permissiveLost },
    Form("leak.#.leak") { n, _ in .leakWet(n) },
    Form("leak.#.broken") { n, _ in .leakCableBroken(n) },
  ]
  private static let sensorForms: [SensorForm] = [
    SensorForm(word: "stuck") { _ in .stuck },
    SensorForm(word: "drift", range: -1000...1000) { .drift($0) },
    SensorForm(word: "offset", range: -1000...1000) { .offset($0) },
    SensorForm(word: "noise", range: 0...1000) { .noise(times: $0) },
    SensorForm(word: "spike", range: -1000...1000) { .spike($0) },
    SensorForm(word: "high") { _ in .high },
    SensorForm(word: "low") { _ in .low },
    SensorForm(word: "open") { _ in .open },
    SensorForm(word: "swapped-units") { _ in .swappedUnits },
    SensorForm(word: "nan") { _ in .notANumber },
  ]
  private static let namedForms: [NamedForm] = [
    NamedForm(kind: "device", word: "reset") { name, _ in .deviceReset(name) },
    NamedForm(kind: "device", word: "lost-writes", range: 0...1) { .deviceLosesWrites($0, $1) },
    NamedForm(kind: "device", word: "swapped-words") { name, _ in .deviceSwappedWords(name) },
    NamedForm(kind: "bus", word: "dead") { name, _ in .busDead(name) },
    NamedForm(kind: "bus", word: "flaky", range: 0...1) { .busFlaky($0, $1) },
  ]

  private static func usage(_ range: ClosedRange<Double>?) -> String {
    range.map { "=\(Int($0.lowerBound))…\(Int($0.upperBound))" } ?? ""
  }

  /// The text before `=`, and that after it.
  private static func sides(_ text: String) -> (String, String?) {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return (sides[0], sides.count == 2 ? sides[1] : nil)
  }

  private static func named(_ words: [String], _ text: String) throws(FaultError) -> Fault {
    if words[0] == "device", let link = LinkFault(rawValue: words[2]) { return .device(words[1], link) }
    let (word, valueText) = sides(words[2])
    guard let form = namedForms.first(where: { $0.kind == words[0] && $0.word == word }) else {
      let known = namedForms.filter { $0.kind == words[0] }.map(\.word)
      let links = words[0] == "device" ? LinkFault.allCases.map(\.rawValue) : []
      throw refusal(text, "a \(words[0]) can be " + (links + known).joined(separator: ", "))
    }
    return form.make(words[1], try value(valueText, form.range, in: text))
  }

  private static func plantOrSensor(_ text: String) throws(FaultError) -> Fault {
    let (name, valueText) = sides(text)
    let words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let numbers = words.compactMap { Int($0) }
    let pattern = words.map { Int($0) == nil ? $0 : "#" }.joined(separator: ".")
    if let form = plantForms.first(where: { $0.pattern == pattern }) {
      guard numbers.allSatisfy({ $0 >= 1 }) else { throw refusal(text, "numbers count from 1") }
      return form.make(numbers.first ?? 0, try value(valueText, form.range, in: text))
    }
    let role = words.dropLast().joined(separator: ".")
    if let form = sensorForms.first(where: { $0.word == words.last }), isSensor(role: role) {
      return .sensor(role, form.make(try value(valueText, form.range, in: text)))
    }
    throw refusal(text, "no such form")
  }

  private static func isSensor(role: String) -> Bool {
    if Quantity(role: role) != nil || role == "row.emergency_stop" || role == "row.permissive" { return true }
    return role.hasPrefix("leak.") && role.hasSuffix(".alarm")
  }

  private static func value(
    _ text: String?, _ range: ClosedRange<Double>?, in whole: String
  ) throws(FaultError) -> Double {
    switch (text, range) {
    case (nil, nil): return 0
    case (_?, nil): throw refusal(whole, "it takes no value")
    case (nil, let range?): throw refusal(whole, "it needs a value\(usage(range))")
    case (let text?, let range?):
      guard let value = Double(text), range.contains(value) else {
        throw refusal(whole, "its value must be a number\(usage(range))")
      }
      return value
    }
  }

  private static func refusal(_ text: String, _ why: String) -> FaultError {
    FaultError("fault '\(text)': \(why); known forms: \(forms.joined(separator: ", "))")
  }
}

extension SensorFault {
  fileprivate var text: String {
    switch self {
    case .stuck: "stuck"
    case .drift(let perMinute): "drift=\(perMinute)"
    case .offset(let error): "offset=\(error)"
    case .noise(let times): "noise=\(times)"
    case .spike(let height): "spike=\(height)"
    case .high: "high"
    case .low: "low"
    case .open: "open"
    case .swappedUnits: "swapped-units"
    case .notANumber: "nan"
    }
  }
}
