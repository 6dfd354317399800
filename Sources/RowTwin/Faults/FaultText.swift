/// Faults as text: `pump.1.trip`, `rack.3.leak=2.0`, `supply.temperature.1.drift=0.5`, `device MT-101 slow`.
/// Numbers count from 1, as in the site file; values are in the role's unit.
extension Fault {
  /// One line per form, for help texts and error messages.
  public static let forms: [String] =
    plantForms.map(\.usage) + sensorForms.map { "ROLE." + $0.usage }
    + ["device NAME " + LinkFault.allCases.map(\.rawValue).joined(separator: "|"), "bus NAME dead"]

  /// Reads a fault from text. Whether the row has such a pump, role or device is checked when it is injected.
  public init(_ text: String) throws(FaultError) {
    let words = text.split(separator: " ").map(String.init)
    switch (words.first, words.count) {
    case ("device", 3):
      guard let link = LinkFault(rawValue: words[2]) else {
        throw Self.refusal(text, "a device can be " + LinkFault.allCases.map(\.rawValue).joined(separator: ", "))
      }
      self = .device(words[1], link)
    case ("bus", 3) where words[2] == "dead": self = .busDead(words[1])
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
    case .rackValveStuck(let n): "rack.\(n).valve.stuck"
    case .rackBlocked(let n, let share): "rack.\(n).blocked=\(share)"
    case .rackLeak(let n, let lpm): "rack.\(n).leak=\(lpm)"
    case .rowLeak(let lpm): "row.leak=\(lpm)"
    case .fanFailed(let n): "fan.\(n).fail"
    case .coilFouled(let n, let share): "coil.\(n).fouled=\(share)"
    case .filterClogged(let times): "filter.clogged=\(times)"
    case .hallTemperature(let celsius): "hall.temperature=\(celsius)"
    case .hallHumidity(let percent): "hall.humidity=\(percent)"
    case .facilityTemperature(let celsius): "facility.temperature=\(celsius)"
    case .facilityLost: "facility.lost"
    case .facilityValveStuck: "facility.valve.stuck"
    case .leakWet(let n): "leak.\(n).leak"
    case .leakCableBroken(let n): "leak.\(n).broken"
    case .sensor(let role, let fault): "\(role).\(fault.text)"
    case .device(let name, let link): "device \(name) \(link.rawValue)"
    case .busDead(let name): "bus \(name) dead"
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

  private static let plantForms: [Form] = [
    Form("pump.#.trip") { n, _ in .pumpTrip(n) },
    Form("pump.#.broken") { n, _ in .pumpBroken(n) },
    Form("pump.#.local") { n, _ in .pumpLocal(n) },
    Form("pump.#.worn", 0...1) { .pumpWorn($0, $1) },
    Form("rack.#.valve.stuck") { n, _ in .rackValveStuck(n) },
    Form("rack.#.blocked", 0...1) { .rackBlocked($0, $1) },
    Form("rack.#.leak", 0...100) { .rackLeak($0, $1) },
    Form("row.leak", 0...100) { .rowLeak($1) },
    Form("fan.#.fail") { n, _ in .fanFailed(n) },
    Form("coil.#.fouled", 0...1) { .coilFouled($0, $1) },
    Form("filter.clogged", 1...100) { .filterClogged($1) },
    Form("hall.temperature", 0...60) { .hallTemperature($1) },
    Form("hall.humidity", 1...100) { .hallHumidity($1) },
    Form("facility.temperature", 0...60) { .facilityTemperature($1) },
    Form("facility.lost") { _, _ in .facilityLost },
    Form("facility.valve.stuck") { _, _ in .facilityValveStuck },
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
  ]

  private static func usage(_ range: ClosedRange<Double>?) -> String {
    range.map { "=\(Int($0.lowerBound))…\(Int($0.upperBound))" } ?? ""
  }

  private static func plantOrSensor(_ text: String) throws(FaultError) -> Fault {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let valueText = sides.count == 2 ? sides[1] : nil
    let words = sides[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let numbers = words.compactMap { Int($0) }
    let pattern = words.map { Int($0) == nil ? $0 : "#" }.joined(separator: ".")
    if let form = plantForms.first(where: { $0.pattern == pattern }) {
      guard numbers.allSatisfy({ $0 >= 1 }) else { throw refusal(text, "numbers count from 1") }
      return form.make(numbers.first ?? 0, try value(valueText, form.range, in: text))
    }
    let role = words.dropLast().joined(separator: ".")
    if let form = sensorForms.first(where: { $0.word == words.last }), Quantity(role: role) != nil {
      return .sensor(role, form.make(try value(valueText, form.range, in: text)))
    }
    throw refusal(text, "no such form")
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
    }
  }
}
