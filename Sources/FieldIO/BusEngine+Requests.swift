/// What becomes of requests that are refused, and of devices that fall silent and return.
extension BusEngine {
  mutating func answered(_ device: Int) {
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
      devices[device].missed(nowNs)
      timeoutsLeft -= 1
    }
    devices[device].control = ControlState()
    for index in devices[device].requests { requests[index].dueNs = 0 }
    for index in plan.devices[device].commands {
      commands[index].sent = nil
      commands[index].state.outcome = Outcome(fault)
    }
  }

  /// Cuts a refused request in two at the value nearest its middle; false when it holds only one value.
  mutating func cut(_ index: Int, of device: Int, _ nowNs: Int64) -> Bool {
    let request = requests[index]
    let middle = (request.points.lowerBound + request.points.upperBound + 1) / 2
    var at: Int?
    for point in request.points.dropFirst() where plan.points[point].startsValue {
      if at.map({ abs(point - middle) < abs($0 - middle) }) ?? true { at = point }
    }
    guard let at else { return false }
    var low = request
    low.points = request.points.lowerBound..<at
    var end = 0
    for point in low.points { end = max(end, plan.points[point].address + plan.points[point].count) }
    low.count = end - request.address
    var high = request
    high.points = at..<request.points.upperBound
    high.address = plan.points[at].address
    high.count = request.address + request.count - high.address
    requests[index] = low
    requests.insert(high, at: index + 1)
    grow(device, by: 1)
    if devices[device].wholeNs == .max { devices[device].wholeNs = nowNs + BusMaster.wholeAgainNs }
    return true
  }

  /// Puts a device's requests back as they were planned, all due: a register that was refused may be there again.
  mutating func makeWhole(_ device: Int) {
    let planned = plan.devices[device].requests
    let pieces = devices[device].requests
    requests.replaceSubrange(pieces, with: plan.requests[planned])
    grow(device, by: planned.count - pieces.count)
    devices[device].wholeNs = .max
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
    for index in plan.devices[device].setUp {
      let setting = plan.setUp[index]
      let state = points[setting.point]
      let finding: SetUpFinding?
      switch state.outcome {
      case .never, .timeout, .transport, .protocolViolation: continue
      case .good where setting.expected.contains(state.value): finding = nil
      case .good:
        finding = SetUpFinding(
          device: setting.device, point: setting.name, expected: setting.expected, found: state.value)
      case .exception, .invalidValue, .wireBreak, .shortCircuit:
        finding = SetUpFinding(device: setting.device, point: setting.name, expected: setting.expected, found: nil)
      }
      note(finding, device: setting.device, point: setting.name)
    }
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
