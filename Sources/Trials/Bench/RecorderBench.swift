import CoolingCore
import FieldIO
import FlightRecorder
import Glibc
import RowConfig
import RowRuntime
import RowTwin

/// What it costs to keep every cycle, and how fast it is decided again. The largest row there can be: all 414 signals,
/// each with noise, an age and an outcome, and the core of 32 racks; with the demands and the working 1,777 words.
extension Bench {
  static let recorderShareTarget = 3.0
  static let dayTargetMb = 200.0
  static let replayTarget = 10_000.0

  func measureRecorder(into report: inout BenchReport) throws {
    progress("flight recorder")
    let folder = "/tmp/irhx-recorder-bench-\(getpid())"
    defer { Self.remove(folder) }
    let cycles = isQuick ? 1200 : 7200
    let noisy = try NoisyRow(loaded)
    let recorder = FlightRecorder(folder: folder, bytesMax: 1 << 30, header: RecordingHeader())
    var (putS, drainS) = (0.0, 0.0)
    var row = noisy
    for cycle in 0..<cycles {
      row.step()
      let before = Self.busyS()
      recorder.mailbox.put(&row.core, &row.scan, startNs: row.startNs, elapsedS: row.elapsedS, isLate: false)
      let between = Self.busyS()
      // Twice a second at 10 Hz.
      if cycle % 5 == 4 { recorder.drain() }
      putS += between - before
      drainS += Self.busyS() - between
    }
    recorder.drain()
    let share = (putS + drainS) / Double(cycles) * 10 * 100
    report.add(
      BenchRow(
        "Flight recorder at 10 Hz, \(number(Double(CycleLayout.count))) words of the largest row, all with noise",
        "\(number(share, 2)) % of a core: \(number(putS / Double(cycles) * 1e6, 1)) µs a cycle in the loop, "
          + "\(number(drainS / Double(cycles) * 1e6, 1)) µs in its own thread",
        floor: "processor time of both", target: "≤ \(number(Self.recorderShareTarget)) %",
        share <= Self.recorderShareTarget ? .reached : .missed("the machine is slow or busy")))
    let state = recorder.state
    let dayMb = Double(state.bytes) / Double(state.cycles) * 86_400 / 1e6
    report.add(
      BenchRow(
        "… of it on the disk",
        "24 h at 1 Hz \(number(dayMb, 1)) MB (\(number(dayMb * 1e6 / 86_400)) bytes a cycle, states included), "
          + "\(state.lost) cycles lost", target: "≤ \(number(Self.dayTargetMb)) MB",
        dayMb <= Self.dayTargetMb && state.lost == 0
          ? .reached : .missed("the disk is slow, or the row noisier than thought")))
    try measureReplay(folder, into: &report)
  }

  private func measureReplay(_ wide: String, into report: inout BenchReport) throws {
    let folder = "/tmp/irhx-replay-bench-\(getpid())"
    defer { Self.remove(folder) }
    let header = RecordingHeader(loaded, roles: RoleMap(site: loaded.site))
    let recorder = FlightRecorder(folder: folder, bytesMax: 1 << 30, header: header)
    let row = try VirtualRow(loaded, seed: 1, load: .aiMix, recorder: recorder.mailbox)
    for _ in 0..<(isQuick ? 100 : 600) {
      for _ in 0..<32 { row.step() }
      recorder.drain()
    }
    let bytes = Double(recorder.state.bytes) / Double(recorder.state.cycles)
    report.add(
      BenchRow("… of the demonstration row (virtual)", "24 h at 1 Hz \(number(bytes * 86_400 / 1e6, 1)) MB"))
    for (what, path) in [("the demonstration row", folder), ("the largest row", wide)] {
      let replay = Replay()
      let start = MonotonicClock.now()
      try Recording(path: path).read(replay.take)
      let speed = Double(replay.result.replayed) / (MonotonicClock.now() - start).inSeconds
      let isSame = replay.result.first == nil
      let isJudged = path == folder
      report.add(
        BenchRow(
          "Replay of \(what)",
          "\(number(speed)) cycles/s, \(number(Double(replay.result.replayed))) cycles"
            + (isSame ? ", every bit the same" : ", NOT the same"),
          target: isJudged ? "≥ \(number(Self.replayTarget)) cycles/s, bit-identical" : "bit-identical",
          isSame && (!isJudged || speed >= Self.replayTarget) ? .reached : .missed(isSame ? "it is slow" : "it differs")
        ))
    }
  }

  private static func remove(_ folder: String) {
    guard let directory = unsafe opendir(folder) else { return }
    defer { unsafe closedir(directory) }
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      // ignoring: what is left lies in the folder for temporary files.
      _ = unsafe unlink("\(folder)/\(name)")
    }
    _ = unsafe rmdir(folder)
  }
}

/// A core of 32 racks, and scans in which every signal there can be has noise of some steps of its resolution, and
/// every seven signals one age, as those of one reply have.
private struct NoisyRow {
  var core: ControlCycle
  var scan = Scan()
  var startNs: Int64 = 0
  var elapsedS = 1.0
  private let scans: [Scan]
  private var random = SeededRandom(seed: 7)

  init(_ loaded: LoadedSite) throws {
    let recording = try RecordedRow(loaded, racks: Capacity.racks)
    core = recording.core
    scans = recording.scans
  }

  mutating func step() {
    scan = scans[Int(startNs / 1_000_000_000) % scans.count]
    startNs += 1_000_000_000
    var ageNs = 0.0
    for slot in 0..<InputSlot.count {
      if slot % 7 == 0 { ageNs = Double(2_000_000 + random.next() % 250_000_000) }
      scan.signals[slot].value += 0.1 * Double(random.next() % 9)
      scan.signals[slot].ageS = ageNs / 1e9
    }
    elapsedS = 1 + Double(random.next() % 1000) / 1e6
    core.step(scan, elapsedS: elapsedS)
  }
}
