/// The Modbus master of one bus: once a cycle it reads what the plan asks for (`scan`) and writes what the row
/// demands (`write`). It keeps every fault where it belongs: a refused register does not take its neighbours along,
/// a dead device costs one short probe now and then, and a write that was not confirmed is written again. It checks
/// what each device is set up to do when the daemon falls silent (`BusStatistics.setUp`).
///
/// What every cycle needs of all devices comes first, then slow read groups, then probes. Time is bounded: a call
/// waits for at most `timeoutsPerCallMax` healthy devices that fall silent, and a scan for one more that is being
/// probed. What it then leaves out comes first in the next call.
///
/// Used from one thread. After the first scan and write no call allocates, unless
/// a device is asked who it is or how it is set up.
public final class BusMaster {
  /// Three of the default 100 ms fit the loop's default scan deadline.
  public static let timeoutsPerCallMax = 3
  /// Scans in a row in which the read-back must differ, as some devices take a write up a cycle late; and refusals in a
  /// row, as some are busy for a moment.
  public static let contradictionScans = 3
  /// A silent device is probed in the next scan, then after 1, 2, 4 and every 8 s, each up to a quarter earlier: one
  /// that returns is back within 10 s.
  static let probeIntervalMaxNs: Int64 = 8_000_000_000
  /// How often a refused register is asked for again, and how long its request stays cut.
  static let refusedIntervalNs: Int64 = 10_000_000_000
  static let wholeAgainNs: Int64 = 60_000_000_000
  /// Scans in a row without any answer after which the bus is lost: one may be a gateway that restarts its connection.
  public static let busLossScans = 3
  /// A bus is unreliable when more than this share of so many requests meet a device that falls silent, and it is not
  /// always the same. A healthy line loses one request in thousands.
  public static let dropoutMax = 0.1
  static let dropoutRequests = 64.0

  public let plan: BusPlan
  public var statistics: BusStatistics { engine.statistics }
  public var isFailing: Bool { engine.statistics.isFailing }
  private var engine: BusEngine

  /// A master that has not asked anything yet.
  public init(plan: BusPlan, link: any ModbusLink) {
    self.plan = plan
    engine = BusEngine(plan: plan, link: link)
  }

  /// Copies the state of each output this bus serves into its slot of the row's array.
  public func copyWriteStates(into states: inout [WriteState]) {
    for index in plan.commands.indices { states[plan.commands[index].slot] = engine.commands[index].state }
  }

  /// Reads everything that is due and brings this bus's slots of `image` up to date; touches no other slot.
  /// `now` must not go backwards.
  public func scan(now: Duration, into image: inout [FieldValue]) {
    var slots = image.mutableSpan
    engine.scan(nowNs: now.inNanoseconds, into: &slots)
  }

  /// The part of `scan` that every cycle needs. What is left is for `fill`.
  func readUrgent(now: Duration, into image: inout [FieldValue]) {
    var slots = image.mutableSpan
    engine.readUrgent(now.inNanoseconds, &slots)
    engine.judge()
  }

  /// One request of what is left of the cycle: a slow group, or, where it may, a probe of a silent device. Returns
  /// false when there is none.
  func fill(mayProbe: Bool, into image: inout [FieldValue]) -> Bool {
    var slots = image.mutableSpan
    return engine.fill(mayProbe: mayProbe, &slots)
  }

  /// A person's question to one device, ready to be taken step by step; it uses this bus's link between its requests.
  func begin(_ inquiry: DeviceInquiry) -> InquiryRun { InquiryRun(inquiry, link: engine.link) }

  /// Writes the outputs this bus serves as far as they changed, are due for renewal, or were not confirmed last time.
  /// An output whose demand is nil is left alone. `now` must not go backwards.
  public func write(_ demands: OutputDemands, now: Duration) {
    engine.write(demands, nowNs: now.inNanoseconds)
  }
}
