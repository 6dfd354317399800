/// The state of one bus and the verbs on it. A struct inside `BusMaster` so that one call is one access to it.
///
/// This file reads what every cycle needs; `BusEngine+Fill` reads the rest in the time that is left and probes silent
/// devices, `BusEngine+Values` turns replies into values, `BusEngine+Requests` deals with what is refused or silent,
/// `BusEngine+Write` writes.
struct BusEngine {
  let plan: BusPlan
  let link: any ModbusLink
  var statistics = BusStatistics()
  var devices: [DeviceState]
  var points: [PointState]
  var commands: [CommandState]
  /// Devices that have to say of themselves who they are.
  let selfNaming: [Int]
  /// More than the plan's while one is cut; each device knows its own range.
  var requests: [ReadRequest]
  var buffer: [UInt16]
  /// Reads under way together, and whose they are.
  var orders: [ReadOrder] = []
  var ordered: [(device: Int, request: Int)] = []
  /// How many more devices may fall silent before this call ends early.
  var timeoutsLeft = 0
  /// How the rest of the current cycle is filled.
  var filling = Filling()
  var lastScanNs: Int64?
  var jitter = Jitter()
  /// Where a call that ended early goes on.
  var firstToScan = 0
  var firstToWrite = 0
  var lastWriteNs: Int64?
  /// Since the last scan ended: whether any device was asked, and whether any answered.
  var wasAsked = false
  var wasAnswered = false
  /// Scans in a row in which all that was asked was silent.
  var silentScans = 0
  /// Share of the latest `BusMaster.dropoutRequests` requests at which a device that answered until then fell silent.
  var dropoutShare = 0.0

  init(plan: BusPlan, link: any ModbusLink) {
    self.plan = plan
    self.link = link
    devices = plan.devices.map { DeviceState(requests: $0.requests) }
    points = Array(repeating: PointState(), count: plan.points.count)
    commands = Array(repeating: CommandState(), count: plan.commands.count)
    requests = plan.requests
    selfNaming = plan.selfNaming
    // No request can be cut into more pieces than it has points.
    requests.reserveCapacity(plan.points.count)
    let counts = plan.requests.map(\.count)
    let room = link.requestsInFlight > 1 ? counts.reduce(0, +) : counts.max() ?? 0
    buffer = Array(repeating: 0, count: max(room, 1))
  }

  /// One round: what every cycle needs, then what is due of the rest, then probes of silent devices.
  mutating func scan(nowNs: Int64, into image: inout MutableSpan<FieldValue>) {
    readUrgent(nowNs, &image)
    while fill(mayProbe: true, &image) {}
    judge()
  }

  /// Reads what every cycle needs of the devices that answered last time, then of those that were silent once: that
  /// may be chance, and costs at most one timeout more.
  mutating func readUrgent(_ nowNs: Int64, _ image: inout MutableSpan<FieldValue>) {
    timeoutsLeft = BusMaster.timeoutsPerCallMax
    let periodNs = lastScanNs.map { nowNs - $0 } ?? 0
    lastScanNs = nowNs
    filling = Filling(nowNs: nowNs, periodNs: periodNs, whenDueNs: filling.whenDueNs)
    let first = firstToScan
    firstToScan = 0
    if link.requestsInFlight > 1 {
      readTogether(from: first, nowNs, &image)
    } else {
      for offset in devices.indices {
        let device = (first + offset) % devices.count
        guard devices[device].failures == 0 else { continue }
        guard timeoutsLeft > 0 else {
          firstToScan = device
          break
        }
        read(device, nowNs, onlyUrgent: true, &image)
      }
    }
    while let device = nextProbe(nowNs, failures: 1...1) {
      read(device, nowNs, onlyUrgent: true, &image)
      if devices[device].failures > 0 { break }
    }
    filling.probesLeft = min(max(1, Int(periodNs / 4 / plan.timing.timeoutNs)), timeoutsLeft + 1)
  }

  mutating func judge() {
    statistics.isConnected = link.isConnected
    judgeBus()
  }

  /// The silent device whose probe has been due longest.
  mutating func nextProbe(_ nowNs: Int64, failures: ClosedRange<Int>) -> Int? {
    var found: Int?
    for device in devices.indices where failures.contains(devices[device].failures) {
      guard !plan.devices[device].points.isEmpty else { continue }
      guard devices[device].probeNs <= nowNs, devices[device].triedNs != nowNs else { continue }
      if found.map({ devices[device].probeNs < devices[$0].probeNs }) ?? true { found = device }
    }
    return found
  }

  /// Reads one device's requests that are due; stops at the first that shows it is not answering.
  mutating func read(_ device: Int, _ nowNs: Int64, onlyUrgent: Bool, _ image: inout MutableSpan<FieldValue>) {
    devices[device].triedNs = nowNs
    repair(device, nowNs)
    var index = devices[device].requests.lowerBound
    reading: while index < devices[device].requests.upperBound {
      if requests[index].isDue(nowNs, filling.slackNs), requests[index].isUrgent || !onlyUrgent {
        switch ask(index, of: device, nowNs, &image) {
        case .answered: break
        // Its first half is in its place.
        case .cut: continue
        case .silent: break reading
        }
      }
      index += 1
    }
    settleDependents(device, nowNs, &image)
    compareReadBacks(device, nowNs)
  }

  enum ReadReply { case answered, cut, silent }

  mutating func ask(
    _ index: Int, of device: Int, _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>
  ) -> ReadReply {
    let request = requests[index]
    requests[index].askedNs = nowNs
    countRequest()
    do throws(ModbusFault) {
      try link.read(
        request.area, unit: plan.devices[device].unit, address: request.address, count: request.count, into: &buffer)
    } catch {
      statistics.count(error)
      guard case .exception(let code) = error, !error.isSilence else {
        lose(device, error, nowNs)
        markUnread(device, Outcome(error), nowNs, &image)
        return .silent
      }
      return wasRefused(index, of: device, code, nowNs, &image) ? .cut : .answered
    }
    took(index, of: device, at: 0, nowNs, &image)
    return .answered
  }

  mutating func countRequest() {
    statistics.requests += 1
    dropoutShare -= dropoutShare / BusMaster.dropoutRequests
    wasAsked = true
  }

  /// The reply to a request is in the buffer from `offset` on.
  mutating func took(
    _ index: Int, of device: Int, at offset: Int, _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>
  ) {
    let request = requests[index]
    requests[index].answered(nowNs, filling.slackNs)
    answered(device)
    take(request, at: offset, nowNs, &image)
    if request.isSetUp { compareSetUp(device) }
  }

  /// The device answered with an exception. Returns whether the request was cut for it.
  mutating func wasRefused(
    _ index: Int, of device: Int, _ code: UInt8, _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>
  ) -> Bool {
    answered(device)
    // Illegal address, or a value refused because of it: the request, not the device, is at fault.
    if code == 2 || code == 3 {
      if cut(index, of: device) { return true }
      refused(index, of: device, nowNs)
    }
    mark(requests[index], .exception, &image)
    if requests[index].isSetUp { compareSetUp(device) }
    return false
  }

  private mutating func judgeBus() {
    if wasAnswered {
      silentScans = 0
    } else if wasAsked {
      silentScans = min(silentScans + 1, BusMaster.busLossScans)
    }
    wasAsked = false
    wasAnswered = false
    // One device of several that comes and goes is the device's trouble, not the bus's.
    var polled = 0
    var dropped = 0
    var isAnyAnswering = false
    for device in devices.indices where !plan.devices[device].points.isEmpty {
      polled += 1
      if devices[device].isAnswering { isAnyAnswering = true }
      if let request = devices[device].dropoutRequest, statistics.requests - request < 256 { dropped += 1 }
    }
    statistics.isLost = silentScans == BusMaster.busLossScans && !isAnyAnswering
    if dropoutShare > BusMaster.dropoutMax && dropped >= min(2, polled) { statistics.isUnreliable = true }
    if dropoutShare < BusMaster.dropoutMax / 5 { statistics.isUnreliable = false }
  }
}

struct DeviceState {
  var requests: Range<Int>
  /// Requests in a row without an answer.
  var failures = 0
  /// The bus's request at which it fell silent last.
  var dropoutRequest: UInt64?
  var probeNs: Int64 = 0
  var triedNs: Int64?
  /// On a link with several requests under way: the scan in which it answered any of them.
  var answeredNs: Int64?
  /// When requests that were cut are tried as planned again.
  var wholeNs = Int64.max
  /// A value has been found that is refused: the others can be read together again.
  var canRejoin = false
  /// False after a transport fault until the next answer.
  var isConnected = true
  var identity = BusEngine.Identity.unknown
  /// nil: it has not been asked since it was reached; and when it is asked next.
  var said: BusEngine.Said?
  var identifyNs: Int64 = 0
  /// What it is set up to do in silence, compared with its profile.
  var setUp = BusEngine.Identity.unknown
  /// It has taken a command since the daemon started.
  var isInCommand = false
  var control = ControlState()
  /// Which value of the heartbeat is next, and when.
  var beat = 0
  var beatNs: Int64 = 0

  init(requests: Range<Int>) {
    self.requests = requests
  }

  var isAnswering: Bool { failures == 0 && isConnected }

  mutating func answered() {
    failures = 0
    isConnected = true
  }

  /// - Parameter jitter: 0 ..< 256; so many 1024ths of the wait are left out, up to a quarter.
  mutating func missed(_ nowNs: Int64, jitter: Int64) {
    failures = min(failures + 1, 8)
    let waitNs: Int64 = failures == 1 ? 0 : min(1_000_000_000 << Int64(failures - 2), BusMaster.probeIntervalMaxNs)
    probeNs = nowNs + waitNs - waitNs / 1024 * jitter
  }
}

/// What is known of one point.
struct PointState {
  /// Raw value: of a point that is some bits of a register, those; of a text, whether it is the one expected.
  var pattern: UInt64 = 0
  var value = 0.0
  /// Of `value`; nil until the first good one.
  var timeNs: Int64?
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
  /// When what the device was told last changed.
  var changedNs = Int64.min / 2
  var budget = WriteBudget()
  /// Scan in which the read-back was last compared.
  var comparedNs: Int64?
  var mismatches = 0 { didSet { judge() } }
  /// Attempts in a row that the device refused or that it cannot be told.
  var refusals = 0 { didSet { judge() } }

  /// The device took the pattern.
  mutating func confirmed(_ pattern: UInt64, _ value: Double?, _ nowNs: Int64) {
    if sentValue != value { changedNs = nowNs }
    sent = pattern
    sentValue = value
    refusals = 0
    state.lastSuccessNs = nowNs
    state.outcome = .good
  }

  /// The output is not driven: nothing is known of the device's obedience.
  mutating func withdrawn() {
    sent = nil
    sentValue = nil
    sentAtLastScan = nil
    mismatches = 0
    refusals = 0
  }

  private mutating func judge() {
    state.contradicted = max(mismatches, refusals) >= BusMaster.contradictionScans
  }
}
