import CoolingCore
import FieldIO
import Synchronization

/// What the loop hands to the publisher at the end of a cycle: values only.
struct Snapshot: Sendable {
  var core: ControlCycle
  var timing: CycleTiming
  var overruns: Int
  var writeStates: [WriteState]
}

/// An event and the cycle it belongs to.
struct DatedEvent: Sendable {
  var cycle: UInt64
  var event: CycleEvent
}

/// The newest snapshot, and every event since the last one taken. The loop never waits here: it swaps values under a
/// lock that is held only for swaps (priority-inheriting on Linux), and a publisher that falls behind loses
/// snapshots, which are counted, but no events short of the bound.
final class SnapshotMailbox: Sendable {
  /// Events kept for a publisher that is behind; a disturbance makes some tens.
  static let eventCapacity = 512

  fileprivate struct Contents {
    var newest: Snapshot?
    var events: [DatedEvent] = []
    var answered: [AnsweredCommand] = []
    var droppedStates = 0
    var droppedEvents = 0
    var latenessUs = Percentiles()

    mutating func add(_ event: DatedEvent) {
      if events.count < SnapshotMailbox.eventCapacity { events.append(event) } else { droppedEvents += 1 }
    }
  }
  private let contents = Mutex(Contents())

  init() {
    contents.withLock { $0.events.reserveCapacity(Self.eventCapacity) }
  }

  func put(_ snapshot: Snapshot, answered: [AnsweredCommand] = []) {
    contents.withLock { contents in
      if contents.newest != nil { contents.droppedStates += 1 }
      contents.newest = snapshot
      contents.latenessUs.add(snapshot.timing.lateness.inSeconds * 1e6)
      let log = snapshot.core.events
      for i in 0..<log.count { contents.add(DatedEvent(cycle: snapshot.core.cycle, event: log[i])) }
      contents.droppedEvents += log.dropped
      // A publisher stuck in the journal answers late, but does not gather answers for ever.
      if contents.answered.count < Self.eventCapacity { contents.answered += answered }
    }
  }

  /// A class, since a core is large: whoever hands it on hands on a reference.
  final class Delivery {
    let snapshot: Snapshot
    let events: [DatedEvent]
    let answered: [AnsweredCommand]
    let droppedStates: Int
    let droppedEvents: Int
    let latenessP50Us: Double
    let latenessP99Us: Double

    fileprivate init(_ snapshot: Snapshot, _ contents: borrowing Contents) {
      self.snapshot = snapshot
      events = contents.events
      answered = contents.answered
      droppedStates = contents.droppedStates
      droppedEvents = contents.droppedEvents
      latenessP50Us = contents.latenessUs.value(0.50)
      latenessP99Us = contents.latenessUs.value(0.99)
    }
  }

  func take() -> Delivery? {
    contents.withLock { contents in
      guard let snapshot = contents.newest else { return nil }
      let delivery = Delivery(snapshot, contents)
      contents.newest = nil
      contents.events.removeAll(keepingCapacity: true)
      contents.answered = []
      return delivery
    }
  }
}

/// Percentiles of a positive quantity from a histogram whose bins are 8 % wide: constant memory, no allocation.
struct Percentiles: Sendable {
  private var bins: InlineArray<256, UInt64> = .init(repeating: 0)
  private var total: UInt64 = 0
  private static let ratio = 1.08

  mutating func add(_ value: Double) {
    var bin = 0
    var edge = 1.0
    while edge < value && bin < 255 {
      edge *= Self.ratio
      bin += 1
    }
    bins[bin] += 1
    total += 1
  }

  /// Upper edge of the bin that holds the given share of all values; 0 where there are none.
  func value(_ share: Double) -> Double {
    var left = UInt64((Double(total) * share).rounded(.up))
    guard left > 0 else { return 0 }
    var edge = 1.0
    for bin in 0..<256 {
      if bins[bin] >= left { return edge }
      left -= bins[bin]
      edge *= Self.ratio
    }
    return edge
  }
}
