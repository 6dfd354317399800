import CPlatform
import Synchronization

/// Runs one `BusMaster` on a thread of its own, so that a slow or dead bus costs the control loop nothing but its
/// deadline. The loop gives orders (`beginScan`, `beginWrite`), which never wait, and picks results up (`collect`,
/// `awaitWrites`), which wait no longer than told. Late values arrive with the next `collect`, with their true age.
///
/// An ordered scan is done when what every cycle needs has been read. The thread then fills its time with slow read
/// groups and, once the cycle's outputs are written, with probes of silent devices; an order waits for one such request
/// at most. It keeps no time of its own: the loop orders at absolute deadlines, so neither the work nor a timeout adds
/// to a period.
///
/// Two locks: one is held by the thread for as long as it talks to the bus and by nobody else; the other guards the
/// orders and results and is held only while they are copied. What people ask of devices (`ask`) comes last of all, and
/// ends with the first silence in a cycle. Call `stop` before letting go: until then the thread
/// keeps the worker alive.
public final class BusWorker: Sendable {
  /// Real-time class: above every normal thread, so that a busy machine delays no bus, and below the control loop,
  /// which waits for no more than its deadline.
  public static let fifoPriority: Int32 = 49

  /// Slots of the row's image and outputs this worker serves.
  public let plan: BusPlan
  /// Whether the thread runs in the real-time class.
  public var isRealTime: Bool { isInRealTimeClass.load(ordering: .relaxed) }

  private let work: Mutex<Work>
  private let exchange: Mutex<Exchange>
  private let ordered = MonotonicSemaphore()
  private let finished = MonotonicSemaphore()
  private let stopped = MonotonicSemaphore()
  private let isInRealTimeClass = Atomic<Bool>(false)

  /// Takes the master over and starts the thread. `inputSlots` and `outputSlots` are the sizes of the row's arrays.
  public init(_ master: sending BusMaster, inputSlots: Int, outputSlots: Int, isRealTimeWanted: Bool = false) {
    plan = master.plan
    exchange = Mutex(Exchange(inputSlots, outputSlots))
    work = Mutex(Work(master, inputSlots, outputSlots))
    let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
      guard let context = unsafe context else { return }
      unsafe Unmanaged<BusWorker>.fromOpaque(context).takeRetainedValue().run()
    }
    var isGranted = false
    // The kernel cuts names at fifteen bytes by refusing them.
    let error = unsafe cp_thread_start(
      String("irhx-\(plan.bus.name)".prefix(15)), isRealTimeWanted ? Self.fifoPriority : 0, body,
      Unmanaged.passRetained(self).toOpaque(), &isGranted)
    guard error == 0 else { preconditionFailure("No thread for bus \(plan.bus.name).") }
    isInRealTimeClass.store(isGranted, ordering: .relaxed)
  }

  /// Orders a scan stamped `now`. If the last one is still under way, this one follows it; an order that has not been
  /// started is superseded. `cycle` must grow.
  public func beginScan(cycle: UInt64, now: Duration) {
    exchange.withLock { $0.scan.order(cycle, now) }
    ordered.signal()
  }

  /// Orders a write; an older one that has not been started is superseded.
  public func beginWrite(_ demands: OutputDemands, cycle: UInt64, now: Duration) {
    exchange.withLock {
      $0.demands.copy(from: demands)
      $0.write.order(cycle, now)
    }
    ordered.signal()
  }

  /// Waits until the last ordered scan is done or `deadline` (`MonotonicClock`) has passed, then copies what is there
  /// into this bus's slots of `image`. Returns whether that is the scan that was ordered.
  public func collect(until deadline: Duration, into image: inout [FieldValue]) -> Bool {
    let isComplete = wait(until: deadline) { $0.scan.isDone }
    exchange.withLock {
      for slot in plan.inputSlots { image[slot] = $0.image[slot] }
    }
    return isComplete
  }

  /// Waits until the last ordered write is done or `deadline` has passed, then copies what is known of this bus's
  /// outputs into their slots. Returns whether that write is done.
  public func awaitWrites(until deadline: Duration, into states: inout [WriteState]) -> Bool {
    let isComplete = wait(until: deadline) { $0.write.isDone }
    exchange.withLock {
      for slot in plan.outputSlots { states[slot] = $0.writeStates[slot] }
    }
    return isComplete
  }

  /// Inquiries that may wait: more than people ask at once.
  static let inquiriesMax = 8

  /// Has a device asked in the time that the loop leaves, and calls `reply` on the worker's thread. It is called once,
  /// unless the worker is stopped or gets no orders any more. Returns false, and does nothing, when too many wait.
  public func ask(_ inquiry: DeviceInquiry, reply: @escaping @Sendable (InquiryAnswer) -> Void) -> Bool {
    let isTaken = exchange.withLock { exchange in
      guard exchange.inquiries.count < Self.inquiriesMax else { return false }
      let deadline = MonotonicClock.now() + DeviceInquiry.limit
      exchange.inquiries.append(WaitingInquiry(inquiry: inquiry, deadline: deadline, reply: reply))
      return true
    }
    if isTaken { ordered.signal() }
    return isTaken
  }

  /// As of the last finished scan or write.
  public var statistics: BusStatistics { exchange.withLock { $0.statistics } }

  /// Ends the thread after what it is doing now and after the write ordered before this call, if that has not been
  /// started: it may be the plant's safe outputs. A scan not started is dropped. Returns false when the thread has not
  /// ended by `deadline`; it then ends as soon as the bus lets it. Call once, and order nothing afterwards.
  public func stop(until deadline: Duration) -> Bool {
    exchange.withLock { $0.isStopping = true }
    ordered.signal()
    return stopped.wait(until: deadline)
  }

  private func wait(until deadline: Duration, for isDone: (borrowing Exchange) -> Bool) -> Bool {
    // Signals of orders that were done before anybody waited for them.
    while finished.wait(until: .zero) {}
    while true {
      if exchange.withLock({ isDone($0) }) { return true }
      // May be the signal of an order that this one followed.
      if !finished.wait(until: deadline) { return exchange.withLock { isDone($0) } }
    }
  }

  private func run() {
    work.withLock { work in
      while true {
        ordered.wait()
        var filling = work.isFree ? Filling.inquiries : .none
        repeat {
          switch exchange.withLock({ $0.next(&work.demands) }) {
          case .stop:
            stopped.signal()
            return
          case .nothing:
            // The order this signal was for has been superseded, or the time is free.
            filling = fill(&work, filling)
          case .write(let cycle, let now):
            work.master.write(work.demands, now: now)
            publish(&work) { $0.write.done = cycle }
            finished.signal()
            work.isFree = true
            filling = .all
          case .scan(let cycle, let now):
            let start = MonotonicClock.now()
            work.master.readUrgent(now: now, into: &work.image)
            let duration = MonotonicClock.now() - start
            publish(&work) {
              $0.statistics.lastScan = duration
              $0.scan.done = cycle
            }
            finished.signal()
            work.isFree = plan.outputSlots.isEmpty
            filling = work.isFree ? .all : .slowGroups
          }
        } while filling != .none
      }
    }
  }

  /// What free time may be used for.
  private enum Filling { case none, slowGroups, all, inquiries }

  /// One request; what is then left to be done.
  private func fill(_ work: inout Work, _ filling: Filling) -> Filling {
    switch filling {
    case .none: return .none
    case .slowGroups, .all:
      if work.master.fill(mayProbe: filling == .all, into: &work.image) { return filling }
      publish(&work) { _ in }
      return filling == .all ? .inquiries : .none
    case .inquiries: return inquire(&work) ? .inquiries : .none
    }
  }

  /// One request of what people ask; false when there is nothing more to do in this cycle.
  private func inquire(_ work: inout Work) -> Bool {
    if work.inquiry == nil, let next = exchange.withLock({ $0.nextInquiry() }) {
      work.inquiry = (next, work.master.begin(next.inquiry))
    }
    guard let (waiting, _) = work.inquiry else { return false }
    let now = MonotonicClock.now()
    var step = InquiryRun.Step.done
    if now < waiting.deadline { step = work.step(now) }
    switch step {
    case .goOn: return true
    case .later: return false
    case .done:
      guard let (_, run) = work.inquiry else { return false }
      work.inquiry = nil
      // A silence has cost the bus a timeout: the next device's turn is in the next cycle.
      if run.wasSilent { work.isFree = false }
      waiting.reply(run.answer)
      return work.isFree
    }
  }

  private func publish(_ work: inout Work, _ complete: (inout Exchange) -> Void) {
    exchange.withLock {
      for slot in plan.inputSlots { $0.image[slot] = work.image[slot] }
      work.master.copyWriteStates(into: &$0.writeStates)
      let lastScan = $0.statistics.lastScan
      $0.statistics = work.master.statistics
      $0.statistics.lastScan = lastScan
      complete(&$0)
    }
  }
}

/// What only the thread touches.
private struct Work {
  var master: BusMaster
  var image: [FieldValue]
  var demands: OutputDemands
  /// From the cycle's writes until its next scan.
  var isFree = false
  var inquiry: (waiting: WaitingInquiry, run: InquiryRun)?
  var guards = WriteGuards()

  init(_ master: sending BusMaster, _ inputSlots: Int, _ outputSlots: Int) {
    self.master = master
    image = Array(repeating: FieldValue(), count: inputSlots)
    demands = OutputDemands(slots: outputSlots)
  }

  mutating func step(_ now: Duration) -> InquiryRun.Step {
    inquiry?.run.step(nowNs: now.inNanoseconds, &guards) ?? .done
  }
}

private struct WaitingInquiry: Sendable {
  var inquiry: DeviceInquiry
  var deadline: Duration
  var reply: @Sendable (InquiryAnswer) -> Void
}

/// What the loop and the thread hand each other.
private struct Exchange {
  struct Order {
    var ordered: UInt64?
    var started: UInt64?
    var done: UInt64?
    var now = Duration.zero

    var isOpen: Bool { ordered != started }
    var isDone: Bool { ordered == done }

    mutating func order(_ cycle: UInt64, _ now: Duration) {
      ordered = cycle
      self.now = now
    }

    mutating func start() -> (cycle: UInt64, now: Duration)? {
      guard let ordered, isOpen else { return nil }
      started = ordered
      return (ordered, now)
    }
  }
  enum Step {
    case stop, nothing
    case scan(UInt64, Duration)
    case write(UInt64, Duration)
  }

  var scan = Order()
  var write = Order()
  var isStopping = false
  var inquiries: [WaitingInquiry] = []
  var demands: OutputDemands
  var image: [FieldValue]
  var writeStates: [WriteState]
  var statistics = BusStatistics()

  init(_ inputSlots: Int, _ outputSlots: Int) {
    demands = OutputDemands(slots: outputSlots)
    image = Array(repeating: FieldValue(), count: inputSlots)
    writeStates = Array(repeating: WriteState(), count: outputSlots)
  }

  mutating func nextInquiry() -> WaitingInquiry? { inquiries.isEmpty ? nil : inquiries.removeFirst() }

  /// Outputs first: they are leases, and an ordered write goes out even when stopping.
  mutating func next(_ demands: inout OutputDemands) -> Step {
    if let write = write.start() {
      demands.copy(from: self.demands)
      return .write(write.cycle, write.now)
    }
    if isStopping { return .stop }
    if let scan = scan.start() { return .scan(scan.cycle, scan.now) }
    return .nothing
  }
}
