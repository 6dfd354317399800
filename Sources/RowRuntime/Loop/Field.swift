public import FieldIO

/// The plant's buses as the loop sees them: an input image that is filled and an output image that is sent. The
/// daemon talks to worker threads, a trial calls the same bus masters directly on its virtual clock.
public protocol Field: AnyObject {
  var plan: FieldPlan { get }
  /// What is known of the bus at this index of the site's buses.
  func statistics(ofBus index: Int) -> BusStatistics
  /// What is lost or unreliable on this bus the row does without.
  func isFailing(bus index: Int) -> Bool
  /// Fills the image with what there is by `deadline`.
  func scan(cycle: UInt64, now: Duration, deadline: Duration, into image: inout [FieldValue])
  /// Sends the demands; by `deadline` the states say what is known of them.
  func actuate(
    _ demands: OutputDemands, cycle: UInt64, now: Duration, deadline: Duration, into states: inout [WriteState])
}

extension Field {
  /// A field that has no buses of its own loses none.
  public func statistics(ofBus index: Int) -> BusStatistics { BusStatistics() }
  public func isFailing(bus index: Int) -> Bool { statistics(ofBus: index).isFailing }
}

/// One worker thread per bus: the daemon's.
public final class ThreadedField: Field, Sendable {
  public let plan: FieldPlan
  private let workers: [BusWorker]

  public init(plan: FieldPlan, workers: [BusWorker]) {
    self.plan = plan
    self.workers = workers
  }

  public func scan(cycle: UInt64, now: Duration, deadline: Duration, into image: inout [FieldValue]) {
    for worker in workers { worker.beginScan(cycle: cycle, now: now) }
    for worker in workers { _ = worker.collect(until: deadline, into: &image) }
  }

  public func actuate(
    _ demands: OutputDemands, cycle: UInt64, now: Duration, deadline: Duration, into states: inout [WriteState]
  ) {
    for worker in workers { worker.beginWrite(demands, cycle: cycle, now: now) }
    for worker in workers { _ = worker.awaitWrites(until: deadline, into: &states) }
  }

  public func statistics(ofBus index: Int) -> BusStatistics { workers[index].statistics }

  /// Ends the workers; what they are doing and the writes ordered are finished first, but not waited for beyond
  /// `deadline`.
  public func stop(until deadline: Duration) {
    for worker in workers { _ = worker.stop(until: deadline) }
  }
}

/// Bus masters called one after the other on the caller's thread: for trials.
public final class DirectField: Field {
  public let plan: FieldPlan
  private let masters: [BusMaster]

  public init(plan: FieldPlan, links: [any ModbusLink]) {
    self.plan = plan
    masters = zip(plan.buses, links).map { BusMaster(plan: $0, link: $1) }
  }

  public func scan(cycle: UInt64, now: Duration, deadline: Duration, into image: inout [FieldValue]) {
    for master in masters { master.scan(now: now, into: &image) }
  }

  public func actuate(
    _ demands: OutputDemands, cycle: UInt64, now: Duration, deadline: Duration, into states: inout [WriteState]
  ) {
    for master in masters {
      master.write(demands, now: now)
      master.copyWriteStates(into: &states)
    }
  }

  public func statistics(ofBus index: Int) -> BusStatistics { masters[index].statistics }
  public func isFailing(bus index: Int) -> Bool { masters[index].isFailing }
}
