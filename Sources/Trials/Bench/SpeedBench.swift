import CoolingCore
import FieldIO
import Glibc
import RowConfig
import RowRuntime
import RowTwin

/// How fast a virtual row lives: production loop, codec and core against the twin, on one thread.
extension Bench {
  static let speedTarget = 10_000.0

  func measureSpeed(into report: inout BenchReport) throws {
    progress("simulation speed")
    let hours = isQuick ? 2.0 : 24
    var speeds: [Double] = []
    var busySpeeds: [Double] = []
    for _ in 0..<3 {
      let row = try VirtualRow(loaded, seed: 1, load: .aiMix)
      let start = MonotonicClock.now()
      let busyStart = Self.busyS()
      row.run(seconds: hours * 3600)
      speeds.append(hours * 3600 / (MonotonicClock.now() - start).inSeconds)
      busySpeeds.append(hours * 3600 / (Self.busyS() - busyStart))
    }
    let speed = Samples(speeds)
    let isReached = speed.median >= Self.speedTarget
    report.add(
      BenchRow(
        "Virtual \(number(hours)) h of the row, AI mix, one core",
        "\(number(speed.median)) × real time (\(number(speed.least)) … \(number(speed.most)))",
        floor: "by the thread's processor time \(number(Samples(busySpeeds).median)) ×",
        target: "≥ \(number(Self.speedTarget)) ×",
        isReached
          ? .reached
          : .missed("24 h take \(number(86_400 / speed.median, 1)) s; processor time says whether others had the core"))
    )
    try measureSplit(cycleUs: Double(loaded.site.cycle.periodMs) * 1000 / speed.median, into: &report)
  }

  /// Processor time of the calling thread, s.
  static func busyS() -> Double {
    var time = timespec()
    // ignoring: clock_gettime(2) cannot fail for a clock that always exists.
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The twin and the core are timed alone; what is left of the whole cycle is the bus masters, the codec and the
  /// twin's registers.
  private func measureSplit(cycleUs: Double, into report: inout BenchReport) throws {
    let recording = try RecordedRow(loaded)
    let cycles = isQuick ? 2000 : 10_000
    let periodS = Double(loaded.site.cycle.periodMs) / 1000
    let row = try VirtualRow(loaded, seed: 1, load: .aiMix)
    row.run(seconds: 600)
    let start = MonotonicClock.now()
    for _ in 0..<cycles { row.twin.advance(seconds: periodS) }
    let twinUs = (MonotonicClock.now() - start).inSeconds * 1e6 / Double(cycles)
    var core = recording.core
    let coreUs = recording.stepNs(&core, batches: cycles / 100, of: 100).median / 1000
    report.add(
      BenchRow(
        "… of one virtual cycle",
        "\(number(cycleUs, 1)) µs: twin \(number(twinUs, 1)), core \(number(coreUs, 1)), "
          + "bus masters, codec and registers \(number(max(cycleUs - twinUs - coreUs, 0), 1))"))
  }

  func measureDecision(into report: inout BenchReport) throws {
    progress("decision cost")
    let batches = isQuick ? 100 : 1000
    for racks in [loaded.site.racks.units.count, Capacity.racks] {
      let recording = try RecordedRow(loaded, racks: racks)
      var core = recording.core
      let cost = recording.stepNs(&core, batches: batches, of: 100)
      heap.arm()
      for scan in recording.scans { core.step(scan, elapsedS: recording.periodS) }
      let requests = heap.disarm()
      report.add(
        BenchRow(
          "One core step, \(racks) racks",
          "median \(number(cost.median)) ns (99 % of batches below \(number(cost.percentile(99))))"))
      report.add(
        BenchRow(
          "Heap requests in \(recording.scans.count) core steps, \(racks) racks", number(Double(requests)),
          target: "0", requests == 0 ? .reached : .missed("the step allocates")))
    }
    let row = try VirtualRow(loaded, seed: 1, load: .aiMix)
    row.run(seconds: 600)
    heap.arm()
    for _ in 0..<100 { row.step() }
    let requests = heap.disarm()
    report.add(
      BenchRow(
        "Heap requests in 100 whole virtual cycles: twin, scan, step, actuate", number(Double(requests)), target: "0",
        requests == 0 ? .reached : .missed("something in the cycle allocates")))
  }
}

/// A core that has been in control for ten minutes, and the scans that came then: to be stepped without a plant.
struct RecordedRow: Sendable {
  let core: ControlCycle
  let scans: [Scan]
  let periodS: Double

  /// - Parameter racks: more than the site has are played by repeating the site's.
  init(_ loaded: LoadedSite, racks: Int? = nil) throws {
    let row = try VirtualRow(loaded, seed: 1, load: .aiMix)
    row.run(seconds: 600)
    var scans: [Scan] = []
    row.run(seconds: 16) { scans.append($0.loop.scan) }
    periodS = Double(loaded.site.cycle.periodMs) / 1000
    let own = loaded.site.racks.units.count
    guard let racks, racks > own else {
      core = row.core
      self.scans = scans
      return
    }
    core = Self.widened(row, &scans, from: own, to: racks, periodS: periodS)
    self.scans = scans
  }

  private static func widened(
    _ row: VirtualRow, _ scans: inout [Scan], from own: Int, to racks: Int, periodS: Double
  ) -> ControlCycle {
    var site = row.site
    site.racks.units = (0..<racks).map { row.site.racks.units[$0 % own] }
    var intervals: [Int: Double] = [:]
    for bus in row.loop.field.plan.buses {
      for slot in bus.inputSlots { intervals[slot] = bus.interval(ofInput: slot).inSeconds }
    }
    let signals = [RackSignal.flow, .power, .chipTemperature, .returnTemperature, .valvePosition, .valveFault]
    for rack in own..<racks {
      for signal in signals {
        let source = InputSlot.rack(rack % own, signal)
        let slot = InputSlot.rack(rack, signal)
        intervals[slot] = intervals[source]
        for index in scans.indices { scans[index].signals[slot] = scans[index].signals[source] }
      }
    }
    let wider = Double(racks) / Double(own)
    for index in scans.indices { scans[index].signals[InputSlot.rowFlow].value *= wider }
    var core = ControlCycle(settings: Settings(site, roles: RoleMap(site: site)) { intervals[$0] })
    for cycle in 0..<600 { core.step(scans[cycle % scans.count], elapsedS: periodS) }
    return core
  }

  /// Mean of each batch: one step is too short for the clock.
  func stepNs(_ core: inout ControlCycle, batches: Int, of steps: Int) -> Samples {
    var means: [Double] = []
    for _ in 0..<batches {
      let start = MonotonicClock.now()
      for step in 0..<steps { core.step(scans[step % scans.count], elapsedS: periodS) }
      means.append((MonotonicClock.now() - start).inSeconds * 1e9 / Double(steps))
    }
    return Samples(means)
  }
}
