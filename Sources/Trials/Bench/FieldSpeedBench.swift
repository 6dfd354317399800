import CFieldPeer
import FieldIO
import Foundation
import Glibc
import RowConfig

/// The field layer at its limits: as fast as it goes beside a plain C loop, many devices on many buses, and how soon an
/// output follows an input.
extension Bench {
  static let plainShare = 0.9
  static let pymodbusRatio = 5.0
  static let pipelineRatio = 1.5
  static let pipelined = 8
  static let actuationMs = 20.0
  static let largeSitePercent = 2.0
  static let largeSiteMegabytes = 40.0
  static let largeSiteTarget = "< 2 % of a core, < 40 MB"

  func measureSaturation(into report: inout BenchReport) throws {
    progress("saturated polling")
    let server = try FieldServer(ports: 1)
    let port = server.ports[0]
    let rounds = isQuick ? 3 : 10
    let blockS = isQuick ? 0.5 : 1.0
    let one = try Saturated(FieldRig(ports: [port], unitsPerBus: 10, map: .init()))
    let many = try Saturated(FieldRig(ports: [port], unitsPerBus: 10, map: .init(), inFlight: Self.pipelined))
    var plain: [Double] = []
    var ours: [Double] = []
    var pipelined: [Double] = []
    // By processor time of the client: what is waited for differs with the machine's load.
    var oursPerCore: [Double] = []
    var theirs: [Double] = []
    // Alternating blocks: the machine's drift hits all.
    for _ in 0..<rounds {
      plain.append(Double(fp_plain_loop(Int32(port), 10, 100, Int64(blockS * 1e9))) / blockS)
      ours.append(one.run(seconds: blockS))
      pipelined.append(many.run(seconds: blockS))
      let busyS = Self.busyS()
      let registers = one.run(seconds: blockS) * blockS
      oursPerCore.append(registers / (Self.busyS() - busyS))
      theirs += pymodbus(port, seconds: blockS).map { [$0] } ?? []
    }
    let floor = Samples(plain).median
    let ratio = Samples(ours).median / floor
    let pipelineRatio = Samples(pipelined).median / floor
    let floorText = "plain C + libmodbus: \(number(floor)) registers/s"
    let isWhole = one.isGood && many.isGood && floor > 0
    report.add(
      BenchRow(
        "Saturated polling over loopback, 10 devices of 100 registers",
        "\(number(Samples(ours).median)) registers/s, decoded: \(number(ratio, 2)) × plain C", floor: floorText,
        target: "≥ \(number(Self.plainShare, 1)) × plain C",
        isWhole && ratio >= Self.plainShare ? .reached : .missed("median of \(rounds) alternating blocks")))
    report.add(
      BenchRow(
        "… with \(Self.pipelined) requests under way at once",
        "\(number(Samples(pipelined).median)) registers/s: \(number(pipelineRatio, 2)) × plain C", floor: floorText,
        target: "≥ \(number(Self.pipelineRatio, 1)) × plain C",
        isWhole && pipelineRatio >= Self.pipelineRatio ? .reached : .missed("median of \(rounds) alternating blocks")))
    let pymodbus = Samples(theirs).median
    let what = "… beside pymodbus"
    let target = "≥ \(number(Self.pymodbusRatio)) × pymodbus"
    guard pymodbus > 0 else {
      report.add(
        BenchRow(what, "", target: target, .leftOut("pymodbus is not in .build-python: scripts/setup.sh bench")))
      return
    }
    let times = Samples(oursPerCore).median / pymodbus
    report.add(
      BenchRow(
        what, "\(number(Samples(oursPerCore).median)) registers per second of processor time: \(number(times, 1)) ×",
        floor: "pymodbus, synchronous: \(number(pymodbus))", target: target,
        times >= Self.pymodbusRatio ? .reached : .missed("same server, same requests, alternating blocks")))
  }

  /// Registers per second of processor time; nil where there is no pymodbus.
  private func pymodbus(_ port: Int, seconds: Double) -> Double? {
    let script = """
      import sys, time
      from pymodbus.client import ModbusTcpClient
      client = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]))
      client.connect()
      end, registers, busy = time.monotonic() + float(sys.argv[2]), 0, time.process_time()
      while time.monotonic() < end:
          for unit in range(1, 11):
              registers += len(client.read_holding_registers(0, count=100, device_id=unit).registers)
      print(registers / (time.process_time() - busy))
      """
    // ignoring: a program that is missing has measured nothing.
    let program = try? ChildProgram(
      ".build-python/bin/python3", ["-c", script, "\(port)", "\(seconds)"], readsOutput: true)
    let text = program?.finish().trimmingCharacters(in: .whitespacesAndNewlines)
    return text.flatMap(Double.init)
  }

  /// Returns what the field layer took.
  func measureLargeSite(into report: inout BenchReport) throws -> String {
    progress("120 devices on 6 buses")
    let server = try FieldServer(ports: 6)
    let what = "120 devices, 1,500 points on 6 buses at 1 Hz, the field layer alone"
    let seconds = isQuick ? 10.0 : 60
    let poller = try ChildProgram(
      "\(programFolder)/irhx-trial",
      ["field-load", "--ports", server.ports.map(String.init).joined(separator: ","), "--seconds", "\(seconds + 8)"])
    defer { poller.stop() }
    Thread.sleep(forTimeInterval: 4)
    _ = server.takeArrivals()
    let before = ProcessUsage(of: poller.id)
    Thread.sleep(forTimeInterval: seconds)
    let after = ProcessUsage(of: poller.id)
    let arrivals = server.takeArrivals()
    let share = MachineShare(before, after, seconds: seconds)
    let isReached = share.percent < Self.largeSitePercent && share.megabytes < Self.largeSiteMegabytes
    let isWhole = poller.isRunning && Set(arrivals.map { Int($0.port) * 256 + Int($0.unit) }).count == 120
    report.add(
      BenchRow(
        what, "\(share.text); \(number(Double(arrivals.count) / seconds, 1)) requests/s",
        floor: "rackmon, 10 devices, 1,000 points: 0.07 %, 5.1 MB", target: Self.largeSiteTarget,
        !isWhole
          ? .leftOut("not all devices were asked")
          : isReached ? .reached : .missed("loop, workers and field layer, without the core")))
    return share.text
  }

  /// What `irhx-trial field-load` does: the large site's field, until the time is over.
  public static func pollLargeSite(ports: [Int], seconds: Double) throws {
    let rig = try FieldRig(ports: ports, unitsPerBus: 20, map: .init(points: 13))
    let loop = try FieldLoop(rig, period: fieldPeriod)
    try loop.run { Thread.sleep(forTimeInterval: seconds) }
  }

  func measureActuation(into report: inout BenchReport) throws {
    progress("scan to actuate at 10 Hz")
    let server = try FieldServer(ports: 8)
    let rig = try FieldRig(ports: server.ports, unitsPerBus: 1, map: .init(points: 20, isCommanded: true))
    let loop = try FieldLoop(rig, period: .milliseconds(100))
    try loop.run { Thread.sleep(forTimeInterval: isQuick ? 10 : 60) }
    let cycles = loop.cycles.dropFirst(5)
    let latency = Samples(cycles.map { $0.latency.inSeconds * 1000 })
    let whole = cycles.filter(\.isComplete).count
    let isReached = latency.percentile(99) < Self.actuationMs && whole * 1000 >= cycles.count * 999
    report.add(
      BenchRow(
        "Scan to actuate at 10 Hz, 8 TCP devices",
        "p50 \(number(latency.median, 2)) ms, p99 \(number(latency.percentile(99), 2)) ms; all outputs confirmed in "
          + "\(whole) of \(cycles.count) cycles",
        target: "p99 < \(number(Self.actuationMs)) ms",
        isReached ? .reached : .missed("from when the cycle was due to the last confirmation")))
  }
}

/// A bus master without a pause between scans.
private final class Saturated {
  private let master: BusMaster
  private var image: [FieldValue]
  var isGood: Bool { image.allSatisfy { $0.outcome == .good } }

  init(_ rig: FieldRig) throws {
    master = try rig.master(of: rig.plan.buses[0])
    image = Array(repeating: FieldValue(), count: rig.inputs)
  }

  /// Registers a second.
  func run(seconds: Double) -> Double {
    let start = MonotonicClock.now()
    let end = start + .seconds(seconds)
    var scans = 0
    var now = start
    while now < end {
      master.scan(now: now, into: &image)
      scans += 1
      now = MonotonicClock.now()
    }
    return Double(scans * image.count) / (now - start).inSeconds
  }
}
