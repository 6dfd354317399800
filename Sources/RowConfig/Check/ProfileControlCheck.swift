/// What must be right about a device that is commanded: that it can be seen to obey, is not written more often than it
/// bears, and that its sequences can come to an end.
extension ProfileCheck {
  /// A drive says whether it is ready and whether it obeys the bus; everything else at least what it works to.
  mutating func checkObedience() {
    guard reading.sound("points", "commands") else { return }
    let signals = Set(profile.points.compactMap(\.signal))
    if let run = profile.commands.first(where: { $0.signal == "run" }) {
      for signal in ["ready", "remote"] where !signals.contains(signal) {
        fault("commands.\(run.name).signal", "what runs a device needs a point with signal \(signal); there is none")
      }
    }
    for command in profile.commands where command.signal != nil && !signals.contains("remote") {
      guard case .analog(let analog) = command.form, analog.readBack == nil else { continue }
      fault(
        "commands.\(command.name).analog",
        "nothing says whether the device obeys; expected read_back, or a point with signal remote")
    }
  }

  mutating func checkLimits(_ analog: DeviceProfile.Command.Analog, _ path: String) {
    if analog.settleS > 0, analog.readBack == nil, reading.sound("\(path).settle_s", "\(path).read_back") {
      fault("\(path).settle_s", "there is no read_back that could settle")
    }
    guard let loss = profile.communicationLoss, reading.sound("communication_loss") else { return }
    if analog.minIntervalS > loss.timeoutS / 3, reading.sound("\(path).min_interval_s") {
      fault(
        "\(path).min_interval_s",
        "\(plain(analog.minIntervalS)) s is above a third of communication_loss.timeout_s, \(plain(loss.timeoutS)) s")
    }
    if analog.writesPerDay != nil, loss.feed == .write, reading.sound("\(path).writes_per_day") {
      fault("\(path).writes_per_day", "communication_loss wants writes, also of what has not changed")
    }
  }

  mutating func check(_ identity: DeviceProfile.Identity, _ path: String) {
    guard let name = identity.point else {
      guard reading.sound(path), identity.text == nil || !identity.rawIn.isEmpty else { return }
      return fault(path, "what a device says of itself is a text; expected text, and no raw_in")
    }
    refer(name, "\(path).point")
    standsAlone(name, "\(path).point")
    guard let point = points[name],
      reading.sound(path, "points.\(point.name).format", "points.\(point.name).length")
    else { return }
    if (point.format == .string) != (identity.text != nil) || (identity.text == nil) == identity.rawIn.isEmpty {
      fault(path, "\(point.name) is \(point.format.rawValue); a string has a text, everything else raw_in")
    } else if let text = identity.text, text.utf8.count > point.registers * 2 {
      fault("\(path).text", "\(point.name) holds \(point.registers * 2) characters")
    }
  }

  mutating func checkSequence(_ kind: DeviceProfile.SequenceKind) {
    let list = "sequences.\(kind.rawValue)"
    guard reading.sound(list) else { return }
    for (index, step) in profile.sequences[kind].enumerated() {
      let path = "\(list)[\(index)]"
      guard reading.sound(path) else { continue }
      switch step {
      case .write(let write):
        if write.raw == nil, profile.commands.contains(where: { $0.name == write.command && $0.signal == nil }) {
          fault("\(path).write", "nothing is demanded of \(write.command); expected raw")
        }
        checkWrite(write.command, write.raw.map { [$0] } ?? [], "\(path).write.command", "\(path).write.raw")
      case .wait(let wait): check(wait, of: kind, "\(path).wait")
      case .pause: break
      }
    }
  }

  mutating func checkHeartbeat() {
    guard let heartbeat = profile.heartbeat, reading.sound("heartbeat") else { return }
    checkWrite(heartbeat.command, heartbeat.raws, "heartbeat.command", "heartbeat.raws")
  }

  private mutating func check(
    _ wait: DeviceProfile.Step.Wait, of kind: DeviceProfile.SequenceKind, _ path: String
  ) {
    refer(wait.point, "\(path).point")
    if let interval = points[wait.point]?.intervalS, interval >= wait.withinS {
      fault("\(path).within_s", "\(wait.point) is read every \(plain(interval)) s only")
    }
    guard let branch = wait.onFail else { return }
    if branch == kind {
      fault("\(path).on_fail", "\(kind.rawValue) starts over by itself")
    } else if profile.sequences[branch].isEmpty {
      fault("\(path).on_fail", "there is no sequence \(branch.rawValue)")
    }
  }

  private mutating func checkWrite(_ name: String, _ raws: [UInt64], _ place: String, _ rawPlace: String) {
    guard let command = profile.commands.first(where: { $0.name == name }) else {
      let near = nearest(to: name, among: profile.commands.map(\.name))
      return reading.fault(at: place, .unknownReference(kind: "command", name: name, nearest: near))
    }
    let most = command.format == .bool ? 1 : UInt64.max >> UInt64(64 - 16 * command.format.registers)
    for raw in raws where raw > most { fault(rawPlace, "\(raw) does not fit \(command.format.rawValue) \(name)") }
  }
}
