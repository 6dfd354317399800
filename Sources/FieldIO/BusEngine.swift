/// The state of one bus and the verbs on it. A struct inside `BusMaster` so that one call is one access to it.
///
/// This file reads; `BusEngine+Values` turns replies into values, `BusEngine+Write` writes.
struct BusEngine {
  let plan: BusPlan
  let link: any ModbusLink
  var statistics = BusStatistics()
  var devices: [DeviceState]
  var points: [PointState]
  var commands: [CommandState]
  /// Grows from the plan's when a request has to be cut; each device knows its own range.
  var spans: [Span]
  var buffer: [UInt16]
  /// How many more devices may fall silent before this call ends early.
  var timeoutsLeft = 0
  /// Where a call that ended early goes on.
  var firstToScan = 0
  var firstToWrite = 0
  var lastWrite: Duration?

  init(plan: BusPlan, link: any ModbusLink) {
    self.plan = plan
    self.link = link
    devices = plan.devices.map { DeviceState(spans: $0.spans) }
    points = Array(repeating: PointState(), count: plan.points.count)
    commands = Array(repeating: CommandState(), count: plan.commands.count)
    spans = plan.spans
    // No request can be cut into more pieces than it has points.
    spans.reserveCapacity(plan.points.count)
    buffer = Array(repeating: 0, count: max(plan.spans.map(\.count).max() ?? 1, 1))
  }

  /// One round: the devices that answered last time first, then probes of the silent ones until one stays silent.
  mutating func scan(now: Duration, into image: inout [FieldValue]) {
    timeoutsLeft = BusMaster.timeoutsPerCallMax
    let first = firstToScan
    firstToScan = 0
    for offset in devices.indices {
      let device = (first + offset) % devices.count
      guard devices[device].failures == 0 else { continue }
      guard timeoutsLeft > 0 else {
        firstToScan = device
        break
      }
      read(device, now, &image)
    }
    while let device = nextProbe(now) {
      read(device, now, &image)
      if devices[device].failures > 0 { break }
    }
    statistics.isConnected = link.isConnected
  }

  /// The silent device whose probe has been due longest.
  private func nextProbe(_ now: Duration) -> Int? {
    var found: Int?
    for device in devices.indices where devices[device].failures > 0 && !plan.devices[device].points.isEmpty {
      guard devices[device].probeAt <= now, devices[device].lastTried != now else { continue }
      if found.map({ devices[device].probeAt < devices[$0].probeAt }) ?? true { found = device }
    }
    return found
  }

  /// Reads one device's requests that are due; stops at the first that shows it is not answering.
  private mutating func read(_ device: Int, _ now: Duration, _ image: inout [FieldValue]) {
    devices[device].lastTried = now
    var index = devices[device].spans.lowerBound
    while index < devices[device].spans.upperBound {
      defer { index += 1 }
      guard spans[index].dueAt <= now else { continue }
      let span = spans[index]
      statistics.requests += 1
      do throws(ModbusFault) {
        try link.read(
          span.area, unit: plan.devices[device].unit, address: span.address, count: span.count, into: &buffer)
        spans[index].readAt = now
        spans[index].dueAt = now + span.interval
        devices[device].answered()
        take(span, now, &image)
      } catch {
        statistics.count(error)
        if isRefused(error) {
          devices[device].answered()
          if cut(index, of: device) {
            index -= 1
          } else {
            spans[index].dueAt = now + BusMaster.refusedInterval
            mark(span, .exception, &image)
          }
        } else if case .exception = error, !isSilence(error) {
          devices[device].answered()
          mark(span, .exception, &image)
        } else {
          lose(device, error, now)
          markUnread(device, Outcome(error), now, &image)
          break
        }
      }
    }
    settleDependents(device, now, &image)
    compareReadBacks(device, now)
  }

  /// Illegal address, or a value refused because of it: the request, not the device, is at fault.
  private func isRefused(_ fault: ModbusFault) -> Bool { fault == .exception(2) || fault == .exception(3) }

  /// A gateway's word that the device behind it does not answer (path unavailable, target failed to respond).
  func isSilence(_ fault: ModbusFault) -> Bool { fault == .exception(10) || fault == .exception(11) }

  /// Notes that a device did not answer: its outputs are unknown, and everything is due when it is next tried.
  mutating func lose(_ device: Int, _ fault: ModbusFault, _ now: Duration) {
    if case .transport = fault {
      // The link is down, which says nothing about the device; the link itself keeps retries cheap.
      devices[device].isConnected = false
    } else {
      devices[device].missed(now)
      timeoutsLeft -= 1
    }
    for index in devices[device].spans { spans[index].dueAt = .zero }
    for index in plan.devices[device].commands {
      commands[index].sent = nil
      commands[index].state.outcome = Outcome(fault)
    }
  }

  /// Cuts a refused request in two at the value nearest its middle; false when it holds only one value.
  private mutating func cut(_ index: Int, of device: Int) -> Bool {
    let span = spans[index]
    let middle = (span.points.lowerBound + span.points.upperBound + 1) / 2
    var at: Int?
    for point in span.points.dropFirst() where plan.points[point].startsValue {
      if at.map({ abs(point - middle) < abs($0 - middle) }) ?? true { at = point }
    }
    guard let at else { return false }
    var low = span
    low.points = span.points.lowerBound..<at
    var end = 0
    for point in low.points { end = max(end, plan.points[point].address + plan.points[point].format.registers) }
    low.count = end - span.address
    var high = span
    high.points = at..<span.points.upperBound
    high.address = plan.points[at].address
    high.count = span.address + span.count - high.address
    spans[index] = low
    spans.insert(high, at: index + 1)
    let own = devices[device].spans
    devices[device].spans = own.lowerBound..<own.upperBound + 1
    for later in devices.indices where later > device {
      let range = devices[later].spans
      devices[later].spans = range.lowerBound + 1..<range.upperBound + 1
    }
    return true
  }
}

struct DeviceState {
  var spans: Range<Int>
  /// Requests in a row without an answer.
  var failures = 0
  var probeAt = Duration.zero
  var lastTried: Duration?
  /// False after a transport fault until the next answer.
  var isConnected = true

  init(spans: Range<Int>) {
    self.spans = spans
  }

  mutating func answered() {
    failures = 0
    isConnected = true
  }

  mutating func missed(_ now: Duration) {
    failures = min(failures + 1, 8)
    let wait = failures == 1 ? Duration.zero : .seconds(1 << (failures - 2))
    probeAt = now + min(wait, BusMaster.probeIntervalMax)
  }
}

/// What is known of one point.
struct PointState {
  /// Raw value: of a bits16 point with a bit, that bit.
  var pattern: UInt64 = 0
  var value = 0.0
  /// Of `value`; nil until the first good one.
  var time: Duration?
  var outcome = Outcome.never
  /// A new pattern waits for the points it depends on.
  var isPending = false
}

struct CommandState {
  var state = WriteState()
  /// The pattern the device last confirmed; nil when that is not known.
  var sent: UInt64?
  /// The value that pattern stands for.
  var sentValue: Double?
  var sentAtLastScan: Double?
  var mismatches = 0 { didSet { judge() } }
  /// Attempts in a row that the device refused or that it cannot be told.
  var refusals = 0 { didSet { judge() } }

  private mutating func judge() {
    state.contradicted = max(mismatches, refusals) >= BusMaster.contradictionScans
  }
}
