import FieldIO
import RowAPI
import RowConfig

/// Answers questions about single devices: reads any point of their profiles and writes the commands that nothing in
/// the row drives, on the worker of the device's bus.
public final class DeviceDesk: Sendable {
  typealias Reply = @Sendable (Result<RowReply, RowError>) -> Void
  /// Hands an inquiry to the bus at this index of the site's buses; false when that has too many already.
  typealias Ask = @Sendable (Int, DeviceInquiry, @escaping @Sendable (InquiryAnswer) -> Void) -> Bool

  private let loaded: LoadedSite
  private let ask: Ask

  /// `workers`: in the order of the site's buses.
  convenience init(_ loaded: LoadedSite, workers: [BusWorker]) {
    self.init(loaded) { bus, inquiry, reply in workers[bus].ask(inquiry, reply: reply) }
  }

  init(_ loaded: LoadedSite, ask: @escaping Ask) {
    self.loaded = loaded
    self.ask = ask
  }

  var infos: [DeviceInfo] { loaded.site.devices.indices.map(info) }

  /// Replies with a `DeviceReport`.
  func probe(_ name: String, _ point: String?, _ reply: @escaping Reply) {
    do throws(RowError) {
      let subject = try subject(name)
      var points = subject.profile.points
      if let point { points = [try find(point, among: points.map(\.name)) { points[$0] }] }
      let report = DeviceReport(
        device: info(subject.index), points: [], commands: point == nil ? commands(of: subject) : [])
      let roles = roles(of: subject)
      let asked = points
      let inquiry = try planned { () throws(FieldPlanFault) in
        try DeviceInquiry(
          reading: asked, of: subject.device, subject.profile, on: loaded.site.buses[subject.bus],
          asksWho: point == nil)
      }
      try hand(inquiry, to: subject) { answer in
        let now = MonotonicClock.now()
        var full = report
        (full.vendor, full.product, full.revision) = (answer.said?.vendor, answer.said?.product, answer.said?.revision)
        full.points = zip(asked, answer.readings).map { PointReading($0, $1, role: roles[$0.name], now: now) }
        reply(.success(.probed(full)))
      }
    } catch {
      reply(.failure(error))
    }
  }

  /// Replies with a `PointWrite`.
  func set(_ name: String, _ point: String, to value: Double, _ reply: @escaping Reply) {
    do throws(RowError) {
      let subject = try subject(name)
      let command = try command(point, of: subject)
      if let refusal = refusal(of: command, subject) { throw .refused(reason: refusal) }
      let inquiry = try planned { () throws(FieldPlanFault) in
        try DeviceInquiry(
          writing: command, value: value, to: subject.device, subject.profile, on: loaded.site.buses[subject.bus])
      }
      try hand(inquiry, to: subject) { answer in
        switch answer.written {
        case .confirmed(let pattern, let told, let accepted, let agrees)?:
          let written = PointWrite(
            raw: hexadecimal(pattern, command.format), told: told, accepted: accepted, agrees: agrees,
            unit: command.unit.rawValue)
          reply(.success(.written(written)))
        case .refused(let refusal)?: reply(.failure(refusal.error(of: "\(name).\(point)", value, command.unit)))
        case nil: reply(.failure(.notReady))
        }
      }
    } catch {
      reply(.failure(error))
    }
  }

  /// A device with what belongs to it.
  private struct Subject {
    var index: Int
    var device: Site.Device
    var profile: DeviceProfile
    var bus: Int
  }

  private func subject(_ name: String) throws(RowError) -> Subject {
    let devices = loaded.site.devices
    let index = try find(name, among: devices.map(\.name)) { $0 }
    guard let profile = loaded.profiles[devices[index].profile],
      let bus = loaded.site.buses.firstIndex(where: { $0.name == devices[index].bus })
    else { throw .refused(reason: "the device has no profile or no bus") }
    return Subject(index: index, device: devices[index], profile: profile, bus: bus)
  }

  private func command(_ name: String, of subject: Subject) throws(RowError) -> DeviceProfile.Command {
    let commands = subject.profile.commands
    if let found = commands.first(where: { $0.name == name }) { return found }
    if subject.profile.points.contains(where: { $0.name == name }) {
      throw .refused(reason: "the profile \(subject.profile.name) declares \(name) as read only")
    }
    return try find(name, among: commands.map(\.name)) { commands[$0] }
  }

  private func find<Found>(
    _ name: String, among names: [String], _ found: (Int) -> Found
  ) throws(RowError) -> Found {
    if let index = names.firstIndex(of: name) { return found(index) }
    throw .unknownName(name, nearest: nearest(to: name, among: names))
  }

  private func planned(_ make: () throws(FieldPlanFault) -> DeviceInquiry) throws(RowError) -> DeviceInquiry {
    do throws(FieldPlanFault) {
      return try make()
    } catch {
      throw .refused(reason: "the device cannot be asked as its profile says: \(error)")
    }
  }

  private func hand(
    _ inquiry: DeviceInquiry, to subject: Subject, _ reply: @escaping @Sendable (InquiryAnswer) -> Void
  ) throws(RowError) {
    guard ask(subject.bus, inquiry, reply) else {
      throw .refused(reason: "too many questions wait for bus \(subject.device.bus)")
    }
  }

  private func info(_ index: Int) -> DeviceInfo {
    let device = loaded.site.devices[index]
    return DeviceInfo(
      name: device.name, tag: device.tag, profile: device.profile, kind: loaded.profiles[device.profile]?.kind ?? "",
      bus: device.bus, unit: device.unit, serves: device.serves)
  }

  /// By point and command.
  private func roles(of subject: Subject) -> [String: String] {
    let own = loaded.bindings.filter { $0.device == subject.index }
    return Dictionary(own.map { ($0.point, $0.name) }, uniquingKeysWith: { first, _ in first })
  }

  private func commands(of subject: Subject) -> [PointCommand] {
    let roles = roles(of: subject)
    return subject.profile.commands.map {
      PointCommand(
        name: $0.name, unit: $0.unit.rawValue, role: roles[$0.name], refusal: refusal(of: $0, subject))
    }
  }

  /// Why a person may not write a command; nil: they may.
  private func refusal(of command: DeviceProfile.Command, _ subject: Subject) -> String? {
    let roles = roles(of: subject)
    if let role = roles[command.name] {
      return "\(role) drives it, and the control loop owns that; see irhxctl override"
    }
    let driven = subject.profile.commands.filter { roles[$0.name] != nil }
    if let other = driven.first(where: { $0.sharesRegisters(with: command) }) {
      return "it shares registers with \(other.name), which \(roles[other.name] ?? "") drives"
    }
    if !driven.isEmpty, subject.profile.commandsOfControl.contains(command.name) {
      return "the daemon writes it to stay in control of the device"
    }
    return nil
  }
}

extension DeviceProfile {
  /// What sequences and the heartbeat write.
  fileprivate var commandsOfControl: [String] {
    let written = SequenceKind.allCases.flatMap { sequences[$0] }.compactMap { step -> String? in
      if case .write(let write) = step { write.command } else { nil }
    }
    return written + [heartbeat?.command].compactMap(\.self)
  }
}

extension DeviceProfile.Command {
  fileprivate func sharesRegisters(with other: DeviceProfile.Command) -> Bool {
    area == other.area && address < other.address + other.format.registers
      && other.address < address + format.registers
  }
}

extension PointReading {
  fileprivate init(
    _ point: DeviceProfile.Point, _ reading: InquiryAnswer.Reading, role: String?, now: Duration
  ) {
    self.init(
      name: point.name, value: reading.value, text: reading.text, unit: point.unit.rawValue,
      outcome: PointOutcome(reading.outcome), raw: reading.pattern.map { hexadecimal($0, point.format) },
      ageMs: reading.time.map { max(0, Int((now - $0).inSeconds * 1000)) }, role: role, doc: point.doc)
  }
}

extension PointOutcome {
  fileprivate init(_ outcome: Outcome) {
    switch outcome {
    case .good: self = .good
    case .never: self = .never
    case .timeout: self = .timeout
    case .transport: self = .transport
    case .protocolViolation: self = .violation
    case .exception: self = .exception
    case .invalidValue, .wireBreak, .shortCircuit, .overBudget: self = .invalid
    }
  }
}

extension WriteRefusal {
  fileprivate func error(of name: String, _ value: Double, _ unit: Unit) -> RowError {
    switch self {
    case .outOfRange(let range):
      .outOfRange(
        name: name, value: value, minimum: range.lowerBound, maximum: range.upperBound, unit: unit.rawValue)
    case .silent(.never): .refused(reason: "the bus had no time to ask the device; nothing was confirmed")
    case .silent: .refused(reason: "the device does not answer; it is not known to have taken anything")
    case .stranger: .refused(reason: "the device is not the one its profile describes")
    case .exception: .refused(reason: "the device refused the write")
    case .unknownWord(let words):
      .refused(
        reason: "the profile names these words: "
          + words.map { "\($0) (\(hexadecimal(UInt64($0), .uint16)))" }.joined(separator: ", "))
    case .noReference: .refused(reason: "a value that the command is relative to could not be read")
    case .tooFar(let step, let from):
      .refused(
        reason: "one write moves it by at most \(number(step)) \(unit.rawValue), and it stands at \(number(from))")
    case .tooSoon(let seconds): .refused(reason: "it may be written again in \(number(seconds.rounded(.up))) s")
    case .worn(let perDay): .refused(reason: "its memory bears \(perDay) writes a day, and those are spent for now")
    }
  }
}

private func hexadecimal(_ pattern: UInt64, _ format: DeviceProfile.Format) -> String {
  let digits = String(pattern, radix: 16, uppercase: true)
  let width = format == .bool ? 1 : 4 * format.registers
  return "0x" + String(repeating: "0", count: max(0, width - digits.count)) + digits
}
