/// Whether a device may be commanded: it must be the one its profile describes, and be taken into control.
extension BusEngine {
  /// What is known of a device's identity, or of its set-up.
  enum Identity { case unknown, asExpected, stranger }
  /// What a device says of itself.
  enum Said: Equatable {
    case notOffered
    case offered(DeviceIdentification)
  }

  /// Compares what a device says of itself with its profile. A silent device has said nothing new.
  mutating func compareIdentity(_ device: Int) {
    let range = plan.devices[device].identity
    guard !range.isEmpty else { return }
    var verdict = Identity.asExpected
    for index in range {
      let expected = plan.identity[index]
      let allowed = plan.patterns[expected.patterns]
      let range = Double(allowed.min() ?? 0)...Double(allowed.max() ?? 0)
      var finding = SetUpFinding(
        device: expected.device, point: expected.name, expected: range, found: nil, isIdentity: true)
      var isMet = false
      switch expected.source {
      case .point(let point):
        let state = points[point]
        switch state.outcome {
        case .never, .timeout, .transport, .protocolViolation: return
        case .good:
          finding.found = Double(state.pattern)
          isMet = allowed.contains(state.pattern)
        case .exception, .invalidValue, .wireBreak, .shortCircuit, .overBudget: break
        }
      case .object(let object, let text):
        guard let said = devices[device].said else { return }
        switch said {
        // It has nothing to say: that makes it no stranger.
        case .notOffered: finding.isNotOffered = true
        case .offered(let identification):
          finding.found = 0
          finding.expectedText = text
          finding.foundText = identification[object]
          isMet = identification[object] == text
        }
      }
      if !isMet, !finding.isNotOffered { verdict = .stranger }
      note(isMet ? nil : finding, device: expected.device, point: expected.name)
    }
    devices[device].identity = verdict
  }

  /// Asks one device of those that are to say of themselves who they are, and are due; false when there is none. It
  /// is known to answer: what it makes of this question says nothing about its health.
  mutating func identifyNext(_ nowNs: Int64) -> Bool {
    for device in selfNaming where devices[device].isAnswering && devices[device].identifyNs <= nowNs {
      guard askWho(device) else { return false }
      devices[device].identifyNs = nowNs + nanoseconds(DevicePlanner.setUpIntervalS)
      return true
    }
    return false
  }

  /// Returns false where the connection is down, which says nothing about the device.
  mutating func askWho(_ device: Int) -> Bool {
    statistics.requests += 1
    do throws(ModbusFault) {
      devices[device].said = .offered(try link.identification(of: plan.devices[device].unit))
    } catch {
      if case .transport = error { return false }
      devices[device].said = .notOffered
    }
    compareIdentity(device)
    return true
  }

  /// Goes as far as it can with what has to be done before, or instead of, the device's commands. Returns whether they
  /// may be sent.
  mutating func takesCommands(_ device: Int, _ demands: OutputDemands, _ nowNs: Int64) -> Bool {
    let commanded = plan.devices[device].commands
    if !plan.devices[device].identity.isEmpty, devices[device].identity != .asExpected {
      if devices[device].identity == .stranger { refuse(device) }
      return false
    }
    if plan.refusesWrongSetUp, !devices[device].isInCommand, !plan.devices[device].setUp.isEmpty,
      devices[device].setUp != .asExpected
    {
      if devices[device].setUp == .stranger { refuse(device) }
      return false
    }
    guard plan.control[device].hasSequences else { return true }
    var isDriven = false
    var isResetRequested = false
    for index in commanded {
      let slot = plan.commands[index].slot
      if demands.values[slot] != nil { isDriven = true }
      if demands.resetRequested[slot] { isResetRequested = true }
    }
    var isTripped = false
    if let fault = plan.control[device].fault { isTripped = points[fault].outcome == .good && points[fault].value != 0 }
    let reset = isResetRequested && isTripped && !plan.control[device].reset.isEmpty
    devices[device].control.wish(isDriven: isDriven, reset: reset, nowNs: nowNs)
    while case .running(let kind, let step, let sinceNs, _) = devices[device].control.phase {
      let steps = plan.control[device][kind]
      guard step < steps.count else {
        devices[device].control.finish(nowNs)
        continue
      }
      guard go(steps[step], of: device, demands, sinceNs, nowNs) else { break }
    }
    switch devices[device].control.phase {
    case .inControl: return true
    case .failed: refuse(device)
    case .out, .running: break
    }
    return false
  }

  /// Takes one step; false when it has to be gone on with in a later cycle.
  private mutating func go(
    _ step: SequenceStep, of device: Int, _ demands: OutputDemands, _ sinceNs: Int64, _ nowNs: Int64
  ) -> Bool {
    switch step {
    case .demanded(let index):
      // Not driven just now: there is nothing to say.
      if let demand = demands.values[plan.commands[index].slot], let pattern = pattern(index, demand, reset: false) {
        guard send(index, pattern, to: device, nowNs) else { return false }
        guard commands[index].sent != nil else {
          devices[device].control.fail(into: nil, nowNs)
          return true
        }
      }
      devices[device].control.proceed(nowNs)
    case .write(let write):
      switch send(write, to: device, nowNs) {
      case .taken: devices[device].control.proceed(nowNs)
      case .refused: devices[device].control.fail(into: nil, nowNs)
      case .silent: return false
      }
    case .wait(let point, let patterns, let withinNs, let onFail):
      let state = points[point]
      let isFresh = state.outcome == .good && state.timeNs.map { $0 > sinceNs } ?? false
      if isFresh, plan.patterns[patterns].contains(state.pattern) {
        devices[device].control.proceed(nowNs)
      } else if nowNs - sinceNs >= withinNs {
        devices[device].control.fail(into: onFail, nowNs)
      } else {
        return false
      }
    case .pause(let ns):
      guard nowNs - sinceNs >= ns else { return false }
      devices[device].control.proceed(nowNs)
    }
    return true
  }

  /// Lets a driven device hear that the daemon is there.
  mutating func beat(_ device: Int, _ demands: OutputDemands, _ nowNs: Int64) {
    guard let heartbeat = plan.control[device].heartbeat, devices[device].beatNs <= nowNs else { return }
    var isDriven = false
    for index in plan.devices[device].commands {
      if demands.values[plan.commands[index].slot] != nil { isDriven = true }
    }
    guard isDriven else { return }
    let next = devices[device].beat % heartbeat.writes.count
    // Refused, it is tried again when the next is due; the device's own timer then acts.
    _ = send(heartbeat.writes[next], to: device, nowNs)
    devices[device].beat = next + 1
    devices[device].beatNs = nowNs + heartbeat.everyNs
  }

  private enum Reply { case taken, refused, silent }

  private mutating func send(_ write: RawWrite, to device: Int, _ nowNs: Int64) -> Reply {
    statistics.requests += 1
    wasAsked = true
    do throws(ModbusFault) {
      try link.write(
        write.area, unit: plan.devices[device].unit, address: write.address, registers: write.registers)
    } catch {
      statistics.count(error)
      guard case .exception = error, !error.isSilence else {
        lose(device, error, nowNs)
        return .silent
      }
      answered(device)
      return .refused
    }
    answered(device)
    return .taken
  }

  /// None of the device's outputs can be told what is demanded of it.
  private mutating func refuse(_ device: Int) {
    for index in plan.devices[device].commands where commands[index].state.demand != nil {
      commands[index].state.outcome = .invalidValue
      refused(index)
    }
  }
}
