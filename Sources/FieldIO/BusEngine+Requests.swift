/// What becomes of requests that are refused, and of devices that fall silent and return.
extension BusEngine {
  mutating func answered(_ device: Int) {
    // While it was silent its slow requests were nobody's: when the next is due has to be found anew.
    if !devices[device].isAnswering { filling.whenDueNs = 0 }
    devices[device].answered()
    wasAnswered = true
  }

  /// Notes that a device did not answer: its outputs are unknown, and everything is due when it is next tried. A drive
  /// that was without power is then taken from its first step to running, and its set-up is read anew.
  mutating func lose(_ device: Int, _ fault: ModbusFault, _ nowNs: Int64) {
    if devices[device].isAnswering {
      dropoutShare += 1 / BusMaster.dropoutRequests
      devices[device].dropoutRequest = statistics.requests
    }
    if case .transport = fault {
      // The link is down, which says nothing about the device; the link itself keeps retries cheap.
      devices[device].isConnected = false
    } else {
      devices[device].missed(nowNs, jitter: jitter.next())
      timeoutsLeft -= 1
    }
    devices[device].control = ControlState()
    if selfNaming.contains(device) {
      devices[device].said = nil
      devices[device].identity = .unknown
      devices[device].identifyNs = 0
    }
    for index in devices[device].requests {
      requests[index].dueNs = 0
      requests[index].isMissing = true
    }
    filling.whenDueNs = 0
    for index in plan.devices[device].commands {
      commands[index].sent = nil
      commands[index].state.outcome = Outcome(fault)
    }
  }

  /// Cuts a refused request in two; false when it holds only one value. The cut is at the widest gap in the middle half
  /// of its values, as a register there may be one the device does not have, else nearest the middle.
  mutating func cut(_ index: Int, of device: Int) -> Bool {
    let request = requests[index]
    let middle = (request.points.lowerBound + request.points.upperBound + 1) / 2
    var at: Int?
    var best = (gap: -1, off: 0)
    var end = 0
    for point in request.points {
      defer { end = max(end, plan.points[point].address + plan.points[point].count) }
      guard point > request.points.lowerBound, plan.points[point].startsValue else { continue }
      let off = abs(point - middle)
      let gap = 4 * off <= request.points.count ? plan.points[point].address - end : 0
      if at == nil || gap > best.gap || gap == best.gap && off < best.off { (at, best) = (point, (gap, off)) }
    }
    guard let at else { return false }
    var low = request
    low.askedNs = nil
    low.points = request.points.lowerBound..<at
    end = 0
    for point in low.points { end = max(end, plan.points[point].address + plan.points[point].count) }
    low.count = end - request.address
    var high = request
    high.askedNs = nil
    high.points = at..<request.points.upperBound
    high.address = plan.points[at].address
    high.count = request.address + request.count - high.address
    requests[index] = low
    requests.insert(high, at: index + 1)
    grow(device, by: 1)
    filling.whenDueNs = 0
    return true
  }

  /// A single value was refused: the others go on without it, and in a while all are tried as planned again. What was
  /// cut without any value being refused stays cut: the device does not bear the gap.
  mutating func refused(_ index: Int, of device: Int, _ nowNs: Int64) {
    requests[index].dueNs = nowNs + max(BusMaster.refusedIntervalNs, requests[index].intervalNs)
    requests[index].isRefused = true
    devices[device].canRejoin = true
    if devices[device].wholeNs == .max { devices[device].wholeNs = nowNs + BusMaster.wholeAgainNs }
  }

  /// Before a device is read: what the last reading taught about its requests.
  mutating func repair(_ device: Int, _ nowNs: Int64) {
    if devices[device].wholeNs <= nowNs {
      makeWhole(device)
    } else if devices[device].canRejoin {
      rejoin(device)
    }
    devices[device].canRejoin = false
  }

  /// Joins the pieces of a search again, up to the values that it found to be refused. Where one of them is then
  /// refused after all, for a gap, it is cut once more and stays so.
  private mutating func rejoin(_ device: Int) {
    var index = devices[device].requests.lowerBound
    while index + 1 < devices[device].requests.upperBound {
      let next = requests[index + 1]
      guard requests[index].origin == next.origin, !requests[index].isRefused, !next.isRefused else {
        index += 1
        continue
      }
      let end = max(requests[index].address + requests[index].count, next.address + next.count)
      requests[index].count = end - requests[index].address
      requests[index].points = requests[index].points.lowerBound..<next.points.upperBound
      requests[index].dueNs = min(requests[index].dueNs, next.dueNs)
      requests[index].isMissing = requests[index].isMissing || next.isMissing
      requests[index].askedNs = nil
      requests.remove(at: index + 1)
      grow(device, by: -1)
    }
    filling.whenDueNs = 0
  }

  /// Puts a device's requests back as they were planned, all due: a register that was refused may be there again.
  mutating func makeWhole(_ device: Int) {
    let planned = plan.devices[device].requests
    let pieces = devices[device].requests
    requests.replaceSubrange(pieces, with: plan.requests[planned])
    grow(device, by: planned.count - pieces.count)
    devices[device].wholeNs = .max
    filling.whenDueNs = 0
  }

  private mutating func grow(_ device: Int, by count: Int) {
    let own = devices[device].requests
    devices[device].requests = own.lowerBound..<own.upperBound + count
    for later in devices.indices where later > device {
      let range = devices[later].requests
      devices[later].requests = range.lowerBound + count..<range.upperBound + count
    }
  }

  /// Notes which of a device's settings are not as its profile wants them. A silent device has said nothing new.
  mutating func compareSetUp(_ device: Int) {
    compareIdentity(device)
    var verdict: BusEngine.Identity? = .asExpected
    for index in plan.devices[device].setUp {
      let setting = plan.setUp[index]
      let state = points[setting.point]
      let finding: SetUpFinding?
      switch state.outcome {
      case .never, .timeout, .transport, .protocolViolation:
        if verdict == .asExpected { verdict = nil }
        continue
      case .good where setting.expected.contains(state.value): finding = nil
      case .good:
        finding = SetUpFinding(
          device: setting.device, point: setting.name, expected: setting.expected, found: state.value)
      case .exception, .invalidValue, .wireBreak, .shortCircuit, .overBudget:
        finding = SetUpFinding(device: setting.device, point: setting.name, expected: setting.expected, found: nil)
      }
      if finding != nil { verdict = .stranger }
      note(finding, device: setting.device, point: setting.name)
    }
    if let verdict { devices[device].setUp = verdict }
  }

  /// Keeps, renews or forgets what is known to be wrong about a device.
  mutating func note(_ finding: SetUpFinding?, device: String, point: String) {
    let known = statistics.setUp.firstIndex { $0.device == device && $0.point == point }
    switch (finding, known) {
    case (let finding?, let known?): statistics.setUp[known] = finding
    case (let finding?, nil): statistics.setUp.append(finding)
    case (nil, let known?): statistics.setUp.remove(at: known)
    case (nil, nil): break
    }
  }
}
