import RowConfig

/// The part of a device's plan that is about being in control of it.
extension DevicePlanner {
  /// What the device has to say in the points from `first` on, in the entries' order, and of itself.
  func appendIdentity(from first: Int, _ plan: inout BusPlan) {
    for (offset, entry) in entries.enumerated() {
      guard let identity = entry.identity, let name = identity.point else { continue }
      let patterns = plan.patterns.append(all: identity.text == nil ? identity.rawIn : [1])
      plan.identity.append(
        IdentityPlan(device: device.name, name: name, source: .point(first + offset), patterns: patterns))
    }
    guard isIdentityAsked else { return }
    for identity in profile.identity {
      guard let object = identity.object, let text = identity.text else { continue }
      let patterns = plan.patterns.append(all: [1])
      let source = IdentityPlan.Source.object(object, text: text)
      plan.identity.append(IdentityPlan(device: device.name, name: object.rawValue, source: source, patterns: patterns))
    }
  }

  /// `indices`, `commands`: of the device's points and commands in the plan, by name.
  func controlPlan(
    _ indices: [String: Int], _ commands: [String: Int], _ plan: inout BusPlan
  ) throws(FieldPlanFault) -> ControlPlan {
    let sequences = profile.sequences
    var control = ControlPlan(fault: faultPoint.flatMap { indices[$0.name] })
    control.takeControl = try steps(sequences.takeControl, indices, commands, &plan)
    control.release = try steps(sequences.release, indices, commands, &plan)
    control.reset = try steps(sequences.reset, indices, commands, &plan)
    if let heartbeat = profile.heartbeat {
      var writes: [RawWrite] = []
      for raw in heartbeat.raws { writes.append(try write(raw, heartbeat.command)) }
      control.heartbeat = HeartbeatPlan(writes: writes, everyNs: nanoseconds(heartbeat.everyS))
    }
    return control
  }

  private func steps(
    _ steps: [DeviceProfile.Step], _ indices: [String: Int], _ commands: [String: Int], _ plan: inout BusPlan
  ) throws(FieldPlanFault) -> [SequenceStep] {
    var planned: [SequenceStep] = []
    for step in steps {
      switch step {
      case .write(let target):
        if let raw = target.raw {
          planned.append(.write(try write(raw, target.command)))
        } else if let command = commands[target.command] {
          planned.append(.demanded(command: command))
        }
      case .wait(let wait):
        guard let point = indices[wait.point] else { throw .unknownPoint(device: device.name, point: wait.point) }
        planned.append(
          .wait(
            point: point, patterns: plan.patterns.append(all: wait.rawIn), withinNs: nanoseconds(wait.withinS),
            onFail: wait.onFail))
      case .pause(let seconds): planned.append(.pause(ns: nanoseconds(seconds)))
      }
    }
    return planned
  }

  private func write(_ raw: UInt64, _ name: String) throws(FieldPlanFault) -> RawWrite {
    guard let command = profile.commands.first(where: { $0.name == name }) else {
      throw .unknownPoint(device: device.name, point: name)
    }
    return RawWrite(
      area: command.area, address: command.address,
      registers: RegisterBlock(
        pattern: raw, count: command.format.registers, wordOrder: command.wordOrder, byteOrder: command.byteOrder))
  }
}

extension DeviceProfile {
  /// What sequences wait for.
  var pointsToControl: [String] {
    SequenceKind.allCases.flatMap { kind in
      sequences[kind].compactMap { step in
        if case .wait(let wait) = step { wait.point } else { nil }
      }
    }
  }
}
