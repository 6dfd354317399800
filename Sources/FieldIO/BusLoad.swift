/// What a bus plan costs in every cycle, from the bus's speed: whether the plan can be kept, and what a dead device
/// adds. Times are of `BusTiming`; what a real device takes longer than stated comes on top.
public struct BusLoad: Sendable {
  /// Requests of one kind, by their number, their bytes both ways, and the time they take.
  public struct Share: Sendable, Equatable {
    public var requests = 0
    public var bytes = 0
    public var ns: Int64 = 0

    mutating func add(bytes: Int, _ timing: BusTiming) {
      requests += 1
      self.bytes += bytes
      ns += timing.transactionNs(bytes: bytes)
    }

    static func + (a: Share, b: Share) -> Share {
      Share(requests: a.requests + b.requests, bytes: a.bytes + b.bytes, ns: a.ns + b.ns)
    }
  }

  public struct Device: Sendable {
    public var name: String
    public var unit: Int
    /// Read in every cycle.
    public var reads = Share()
    /// Slow groups, all of them once.
    public var slow = Share()
    /// Of the slow groups, what falls on one cycle in the long run.
    public var slowNsPerCycle: Int64 = 0
    /// Every output changed at once.
    public var writes = Share()
    /// The cycle in which it falls silent: what it costs instead of the above.
    public var deadNs: Int64 = 0
    /// Its longest slow request: an order of the loop may have to wait for it.
    var slowestNs: Int64 = 0
  }

  public let bus: String
  public let periodNs: Int64
  public let devices: [Device]
  /// Reads of a cycle: what has to be there by the scan's deadline. Pipelined requests share their turn-around.
  public let readNs: Int64
  public let writeNs: Int64
  /// What falls on one cycle in the long run.
  public let slowNs: Int64
  /// The longest slow request.
  private let slowestNs: Int64

  /// Reads and writes with a slow request still under way when the cycle begins.
  public var worstNs: Int64 { readNs + writeNs + slowestNs }
  /// The same in the cycle in which the device that costs most falls silent.
  public var worstWithOneDeadNs: Int64 {
    worstNs + (devices.map { $0.deadNs - $0.reads.ns - $0.writes.ns }.max().map { max($0, 0) } ?? 0)
  }
  /// Share of the time in the long run; 1 and the bus is full.
  public var utilisation: Double { Double(readNs + writeNs + slowNs) / Double(periodNs) }
  /// By how much the plan misses its period; nil when it is kept.
  public var excessNs: Int64? {
    let needed = readNs + writeNs + slowNs
    return needed > periodNs ? needed - periodNs : nil
  }

  public init(_ plan: BusPlan, periodMs: Int) {
    let timing = plan.timing
    let periodNs = Int64(periodMs) * 1_000_000
    devices = plan.devices.map { Device($0, plan, periodNs: periodNs) }
    bus = plan.bus.name
    self.periodNs = periodNs
    let reads = devices.reduce(Share()) { $0 + $1.reads }
    // Requests that are under way together wait together.
    let waits = (reads.requests + plan.bus.requestsInFlight - 1) / plan.bus.requestsInFlight
    readNs = reads.ns - Int64(reads.requests - waits) * timing.pauseNs
    writeNs = devices.reduce(0) { $0 + $1.writes.ns }
    slowNs = devices.reduce(0) { $0 + $1.slowNsPerCycle }
    slowestNs = devices.map(\.slowestNs).max() ?? 0
  }
}

extension BusLoad.Device {
  fileprivate init(_ device: DevicePlan, _ plan: BusPlan, periodNs: Int64) {
    let timing = plan.timing
    name = device.name
    unit = Int(device.unit)
    for request in plan.requests[device.requests] {
      let bytes = timing.readBytes(request.area, count: request.count)
      if request.intervalNs == 0 {
        reads.add(bytes: bytes, timing)
      } else {
        slow.add(bytes: bytes, timing)
        let ns = timing.transactionNs(bytes: bytes)
        slowestNs = max(slowestNs, ns)
        slowNsPerCycle += Int64(Double(ns) * min(Double(periodNs) / Double(request.intervalNs), 1))
      }
    }
    for command in plan.commands[device.commands] {
      writes.add(bytes: timing.writeBytes(count: command.format.registers), timing)
    }
    // The first read is in vain; silent once, the device is still told its first output.
    if let first = plan.requests[device.requests].first {
      deadNs += timing.transactionNs(bytes: timing.readBytes(first.area, count: first.count)) + timing.timeoutNs
    }
    if let first = plan.commands[device.commands].first {
      deadNs += timing.transactionNs(bytes: timing.writeBytes(count: first.format.registers)) + timing.timeoutNs
    }
  }
}
