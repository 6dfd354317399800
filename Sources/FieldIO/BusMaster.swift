/// The Modbus master of one bus: once a cycle it reads what the plan asks for (`scan`) and writes what the row
/// demands (`write`). It keeps every fault where it belongs: a refused register does not take its neighbours along,
/// a dead device costs one short probe now and then, and a write that was not confirmed is written again.
///
/// Time is bounded: a call waits for at most `timeoutsPerCallMax` healthy devices that fall silent, and a scan for
/// one more that is being probed. What it then leaves out comes first in the next call.
///
/// Used from one thread. After the first scan and write no call allocates.
public final class BusMaster {
  /// Three of the default 100 ms fit the loop's default scan deadline.
  public static let timeoutsPerCallMax = 3
  /// Scans in a row in which the read-back must differ: some devices take a write up a cycle late.
  public static let contradictionScans = 3
  /// A silent device is probed in the next scan, then after 1, 2, 4, 8 s and every 10 s.
  static let probeIntervalMax = Duration.seconds(10)
  /// How often a refused register is asked for again.
  static let refusedInterval = Duration.seconds(10)

  public let plan: BusPlan
  public internal(set) var statistics = BusStatistics()

  let link: any ModbusLink
  var devices: [DeviceState]
  var points: [PointState]
  var commands: [CommandState]
  /// Grows from the plan's when a request has to be cut; each device knows its own range.
  var spans: [Span]
  var buffer: [UInt16]
  var timeoutsLeft = 0
  var firstToScan = 0
  var firstToWrite = 0
  var lastWrite: Duration?

  /// A master that has not asked anything yet.
  public init(plan: BusPlan, link: any ModbusLink) {
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

  /// Whether the device (index in `plan.deviceNames`) answered when last asked.
  public func isOnline(device: Int) -> Bool { devices[device].isOnline }

  /// Copies the state of each output this bus serves into its slot of the row's array.
  public func copyWriteStates(into states: inout [WriteState]) {
    for index in commands.indices { states[plan.commands[index].slot] = commands[index].state }
  }

  /// Reads everything that is due and brings this bus's slots of `image` up to date; touches no other slot.
  /// `now` must not go backwards.
  public func scan(now: Duration, into image: inout [FieldValue]) {
    timeoutsLeft = Self.timeoutsPerCallMax
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
  private func read(_ device: Int, _ now: Duration, _ image: inout [FieldValue]) {
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
            spans[index].dueAt = now + Self.refusedInterval
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

  /// Notes that a device did not answer: its outputs are unknown, its slow points are due on return.
  func lose(_ device: Int, _ fault: ModbusFault, _ now: Duration) {
    if case .transport = fault {
      // The link is down, which says nothing about the device; the link itself keeps retries cheap.
      devices[device].isConnected = false
    } else {
      devices[device].missed(now)
      timeoutsLeft -= 1
    }
    for index in devices[device].spans where spans[index].readAt != now { spans[index].dueAt = .zero }
    for index in plan.devices[device].commands {
      commands[index].sent = nil
      commands[index].state.outcome = Outcome(fault)
    }
  }

  /// Cuts a refused request in two at the value nearest its middle; false when it holds only one value.
  private func cut(_ index: Int, of device: Int) -> Bool {
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
  var hasAnswered = false

  init(spans: Range<Int>) {
    self.spans = spans
  }

  var isOnline: Bool { hasAnswered && failures == 0 && isConnected }

  mutating func answered() {
    failures = 0
    isConnected = true
    hasAnswered = true
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
  var mismatches = 0
}
