import CoolingCore
import FieldIO
import RowConfig

/// What is looked at and not moved: devices, how they are set up, and what instruments say.
extension Walk {
  /// How far redundant instruments may be apart: twice the usual accuracy of a Pt100 in its pocket, and 1.5 % of a
  /// 400 kPa transmitter.
  static let apartMaxK = 1.0
  static let apartMaxKpa = 6.0

  /// Asks every device who it is and for every point of its profile.
  func examineDevices() {
    for index in selection.devices.sorted() {
      let device = site.devices[index]
      guard let bus = site.buses.firstIndex(where: { $0.name == device.bus }),
        let profile = loaded.profiles[device.profile]
      else { continue }
      do throws(FieldPlanFault) {
        let found = try DeviceExamination(of: device, profile, on: site.buses[bus], link: links[bus])
        report(found, index, profile)
      } catch {
        note(.devices, device.name, "can be asked", .failed, "\(error)")
      }
    }
  }

  private func report(_ found: DeviceExamination, _ index: Int, _ profile: DeviceProfile) {
    let device = site.devices[index]
    let place = "bus \(device.bus), unit \(device.unit)"
    note(.devices, device.name, "answers", found.isReached, found.isReached ? place : "silent on \(place)")
    guard found.isReached else { return }
    let says = found.said.map { "; says that it is \($0)" } ?? ""
    let (verdict, seen): (Check.Verdict, String) =
      switch found.identity {
      case .notAsked: (.notApplicable, "\(profile.name) does not say how to tell it")
      case .notOffered: (.notApplicable, "it does not offer what \(profile.name) tells it by")
      case .asExpected: (.passed, profile.name)
      case .stranger: (.failed, "it is not \(profile.name)")
      case .unknown: (.failed, "it did not say who it is")
      }
    note(.devices, device.name, "identity", verdict, seen + says)
    let needed = needed(index, profile)
    let missing = found.readings.filter { $0.outcome != .good }
    // A device may say that it has no value just now: what the row needs is judged by its role.
    let lost = missing.filter { needed.contains($0.point) && $0.outcome != .invalidValue }
    let good = "\(found.readings.count - missing.count) of \(found.readings.count) have a value"
    let rest = missing.map { "\($0.point): \(Self.words($0.outcome))" }.joined(separator: ", ")
    note(.devices, device.name, "points", lost.isEmpty, rest.isEmpty ? good : "\(good); \(rest)")
  }

  /// Points that the row reads of a device.
  private func needed(_ index: Int, _ profile: DeviceProfile) -> Set<String> {
    let bound = loaded.bindings.filter { $0.device == index && $0.role.direction == .input }
    return Set(bound.map(\.point))
  }

  /// What a device would do in silence, by its own word, as the daemon asks when it starts.
  func checkSetUp() {
    for index in selection.devices.sorted() {
      let device = site.devices[index]
      let isCommanded = loaded.bindings.contains { $0.device == index && $0.role.direction == .output }
      guard isCommanded, let loss = loaded.profiles[device.profile]?.communicationLoss, !loss.setUp.isEmpty,
        let bus = site.buses.firstIndex(where: { $0.name == device.bus })
      else { continue }
      let wrong = bench.findings(bus: bus).filter { $0.device == device.name && !$0.isIdentity }
      let seen = wrong.map { finding in
        let (low, high) = (finding.expected.lowerBound, finding.expected.upperBound)
        let wanted = low == high ? text(low) : "\(text(low)) … \(text(high))"
        return "\(finding.point) is \(finding.found.map(text) ?? "not there"), not \(wanted)"
      }
      let settings = loss.setUp.map(\.point).joined(separator: ", ")
      note(
        .devices, device.name, "set up for silence", wrong.isEmpty,
        wrong.isEmpty ? "\(settings) as the profile wants" : seen.joined(separator: "; "))
    }
  }

  /// Every role has a value, and one that an instrument of its kind can say.
  func checkSensors() {
    for binding in loaded.bindings where binding.role.direction == .input && selection.roles.contains(binding.name) {
      guard let slot = bench.roles.inputSlot(binding.name) else { continue }
      let found = bench.value(slot)
      let limits = bench.settings.signals[slot]
      let unit = binding.role.unit
      guard found.outcome == .good else {
        note(.sensors, binding.name, "value", .failed, Self.words(found.outcome))
        continue
      }
      let isPlausible = found.value >= limits.low && found.value <= limits.high
      let seen = unit == .boolean ? (found.value >= 0.5 ? "yes" : "no") : "\(text(found.value)) \(unit.rawValue)"
      let range = "outside \(text(limits.low)) … \(text(limits.high)) \(unit.rawValue)"
      note(.sensors, binding.name, "value", isPlausible, isPlausible ? seen : "\(seen), \(range)")
    }
    compare("supply.temperature", Self.apartMaxK, "K")
    compare("return.temperature", Self.apartMaxK, "K")
    compare("manifold.dp", Self.apartMaxKpa, "kPa")
  }

  /// Redundant instruments say the same.
  private func compare(_ role: String, _ apartMax: Double, _ unit: String) {
    let names = (1...InputSlot.redundant).map { "\(role).\($0)" }.filter(selection.roles.contains)
    let values = names.compactMap { bench.reading($0) }.sorted()
    guard values.count >= 2 else { return }
    let apart = values[values.count - 1] - values[0]
    note(.sensors, role, "agree", apart <= apartMax, "\(values.count) within \(text(apart)) \(unit)")
  }

  static func words(_ outcome: Outcome) -> String {
    switch outcome {
    case .never: "never read"
    case .good: "good"
    case .timeout: "no answer"
    case .transport: "no connection"
    case .protocolViolation: "garbled answer"
    case .exception: "refused"
    case .invalidValue: "device has no value"
    case .wireBreak: "broken wire"
    case .shortCircuit: "short circuit"
    case .overBudget: "writes of this hour are spent"
    }
  }
}
