import CoolingCore
import FieldIO
import RowConfig
import RowRuntime

/// What devices do when the daemon falls silent: each is brought away from its safe output, is not refreshed for longer
/// than its profile says it waits, and must then be where the profile says; and obey again afterwards.
extension Walk {
  /// How far from its safe output a device is brought first, percentage points.
  static let awayBy = 30.0
  /// A device waits a little longer than it says.
  static let lateness = 1.2
  /// How long a device that was silent may take to be found again: the longest between two probes, and a bit.
  static let foundS = 12.0

  private struct Silent {
    var device: Site.Device
    var loss: DeviceProfile.CommunicationLoss
    /// nil: a module of outputs.
    var actuator: Actuator?
    var slots: [Int]
  }

  func testSilence() throws(Ending) {
    let devices = silents
    guard !devices.isEmpty else { return }
    func decline(_ why: String) {
      for silent in devices { note(.silence, silent.device.name, "falls back", .notApplicable, why) }
    }
    if options.skipsLoss { return decline("left out") }
    let seconds = devices.reduce(0) { $0 + $1.loss.timeoutS * Self.lateness + 60 }
    let count = devices.count == 1 ? "1 device" : "\(devices.count) devices"
    let minutes = text((seconds / 60).rounded(.up))
    guard try confirms("Let \(count) fall silent in turn, about \(minutes) min in all?") else {
      return decline("the operator declined")
    }
    for silent in devices {
      guard let actuator = silent.actuator else {
        try testOutputs(silent)
        continue
      }
      try test(silent, actuator)
    }
  }

  /// Chosen devices that are commanded and declare what they do.
  private var silents: [Silent] {
    selection.devices.sorted().compactMap { index in
      let device = site.devices[index]
      guard let loss = loaded.profiles[device.profile]?.communicationLoss else { return nil }
      let outputs = loaded.bindings.filter {
        $0.device == index && $0.role.direction == .output && selection.roles.contains($0.name)
      }
      let slots = outputs.compactMap { bench.roles.outputSlot($0.name) }
      guard !slots.isEmpty else { return nil }
      return Silent(
        device: device, loss: loss, actuator: actuators.first { slots.contains($0.outputSlot) }, slots: slots)
    }
  }

  private func test(_ silent: Silent, _ actuator: Actuator) throws(Ending) {
    let subject = silent.device.name
    guard let place = bench.outputs[actuator], let state = silent.loss.state else {
      return note(.silence, subject, "falls back", .notApplicable, "its profile does not say where it goes")
    }
    if case .pump(let pump) = actuator {
      guard proven.contains(pump) else {
        return note(.silence, subject, "falls back", .notApplicable, "the pump does not run")
      }
      guard state != .stop || proven.count > 1 else {
        return note(.silence, subject, "falls back", .notApplicable, "it would stop, and no other pump runs")
      }
    }
    let away = place.limits.clamp(place.safe >= 50 ? place.safe - Self.awayBy : place.safe + Self.awayBy)
    guard try follow(actuator, to: away).isThere else {
      return note(.silence, subject, "falls back", .failed, "cannot be brought to \(text(away)) % first")
    }
    let goal =
      switch state {
      case .safe: place.safe
      case .hold: away
      case .stop: 0.0
      }
    let travelS = abs(goal - away) / place.slewPerS + Self.marginS
    let longestS = silent.loss.timeoutS * Self.lateness + travelS
    let found = try silence(silent, actuator, goal, longestS)
    let seen = found.stands.map { "\(text($0)) %" } ?? "nothing"
    note(
      .silence, subject, "falls back", found.isThere,
      "from \(text(away)) to \(seen) within \(text(found.seconds.rounded())) s of silence; declared \(text(goal)) % "
        + "after \(text(silent.loss.timeoutS)) s")
    try comeBack(silent, actuator, place.safe)
  }

  /// Keeps silent and looks. A device that may be read is watched; another only afterwards, in the first answer.
  private func silence(
    _ silent: Silent, _ actuator: Actuator, _ goal: Double, _ longestS: Double
  ) throws(Ending) -> (isThere: Bool, stands: Double?, seconds: Double) {
    func isThere(_ stands: Double?) -> Bool { stands.map { abs($0 - goal) <= Self.tolerance } ?? false }
    let start = bench.now
    bench.silence(silent.device, silent.loss.feed)
    // What holds its output has to be watched for all the time.
    let isSeenEarly = silent.loss.feed == .write && silent.loss.state != .hold
    while (bench.now - start).inSeconds < longestS {
      try bench.cycle()
      let seconds = (bench.now - start).inSeconds
      if isSeenEarly, seconds > silent.loss.timeoutS / 2, isThere(bench.stands(actuator)) { break }
    }
    let end = bench.now
    bench.endSilence()
    while bench.value(actuator.feedbackSlot).time < end, bench.now < end + .seconds(Self.foundS) {
      try bench.cycle()
    }
    let isFresh = bench.value(actuator.feedbackSlot).time >= end
    let stands = isFresh ? bench.stands(actuator) : nil
    return (isThere(stands), stands, (end - start).inSeconds)
  }

  private func comeBack(_ silent: Silent, _ actuator: Actuator, _ safe: Double) throws(Ending) {
    if case .pump(let pump) = actuator, silent.loss.state == .stop {
      bench.outputs.resets(pump: pump)
      try bench.cycle(seconds: Self.settleS)
      bench.outputs.resets(pump: nil)
    }
    let isBack = try arrive([actuator])
    let stands = bench.stands(actuator).map { "stands at \(text($0)) %" } ?? "does not say where it stands"
    note(.silence, silent.device.name, "obeys again", isBack, stands)
    _ = try follow(actuator, to: safe)
  }

  /// A module of permits is not moved: it must hold what it has.
  private func testOutputs(_ silent: Silent) throws(Ending) {
    let subject = silent.device.name
    guard silent.loss.state == .hold else {
      return note(.silence, subject, "holds its outputs", .notApplicable, silent.loss.action)
    }
    let before = silent.slots.map { bench.state($0).accepted }
    bench.silence(silent.device, silent.loss.feed)
    try bench.cycle(seconds: silent.loss.timeoutS * Self.lateness)
    bench.endSilence()
    try bench.cycle(seconds: Self.foundS)
    let after = silent.slots.map { bench.state($0).accepted }
    let changed = silent.slots.indices.filter { before[$0] != after[$0] }
      .compactMap { bench.roles.outputs[silent.slots[$0]] }
    note(
      .silence, subject, "holds its outputs", changed.isEmpty,
      changed.isEmpty ? "\(before.count) unchanged" : "changed: \(changed.joined(separator: ", "))")
  }
}
