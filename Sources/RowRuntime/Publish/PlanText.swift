public import FieldIO
public import RowConfig

/// The plan of the row's buses for people: `irhxd plan`, and why a site is refused.
public enum PlanText {
  private static let columns = [22, 5, 7, 7, 8, 7, 8, 7, 8]

  public static func table(_ plan: FieldPlan, _ site: Site) -> String {
    let cycle = site.cycle
    var text =
      "\(site.name): a cycle every \(cycle.periodMs) ms, reads within \(cycle.scanDeadlineMs) ms, "
      + "writes within \(cycle.writeDeadlineMs) ms\n"
    for bus in plan.buses {
      let load = BusLoad(bus, periodMs: cycle.periodMs)
      text += "\nbus \(bus.bus.name): \(endpoint(bus.bus)), a reply may take \(bus.bus.timeoutMs) ms\n"
      guard !load.devices.isEmpty else {
        text += "  no devices\n"
        continue
      }
      text += row(["", "", "reads", "", "", "slow", "", "writes", ""])
      text += row(["device", "unit", "number", "bytes", "ms", "number", "ms/cycle", "number", "ms"])
      for device in load.devices {
        text += row([
          device.name, "\(device.unit)", "\(device.reads.requests)", "\(device.reads.bytes)", ms(device.reads.ns),
          "\(device.slow.requests)", ms(device.slowNsPerCycle), "\(device.writes.requests)", ms(device.writes.ns),
        ])
      }
      let reads = load.devices.reduce((0, 0)) { ($0.0 + $1.reads.requests, $0.1 + $1.reads.bytes) }
      let slow = load.devices.reduce(0) { $0 + $1.slow.requests }
      let writes = load.devices.reduce(0) { $0 + $1.writes.requests }
      text += row([
        "all", "", "\(reads.0)", "\(reads.1)", ms(load.readNs), "\(slow)", ms(load.slowNs), "\(writes)",
        ms(load.writeNs),
      ])
      text +=
        "  load \(tenths(Int64((load.utilisation * 1000).rounded()))) %, a cycle at worst \(ms(load.worstNs)) ms, "
        + "with one device dead \(ms(load.worstWithOneDeadNs)) ms\n"
    }
    let warnings = warnings(plan, cycle)
    if !warnings.isEmpty { text += "\n" + warnings.map { $0 + "\n" }.joined() }
    return text
  }

  /// What a plan that fits its period still deserves a look for.
  public static func warnings(_ plan: FieldPlan, _ cycle: Site.Cycle) -> [String] {
    plan.buses.flatMap { bus -> [String] in
      let load = BusLoad(bus, periodMs: cycle.periodMs)
      guard load.excessNs == nil else { return [] }
      var lines: [String] = []
      let deadlineNs = Int64(cycle.scanDeadlineMs) * 1_000_000
      if load.readNs > deadlineNs {
        lines.append(
          "bus \(load.bus): the reads of a cycle take \(ms(load.readNs)) ms, more than cycle.scan_deadline_ms "
            + "\(cycle.scanDeadlineMs): decisions rest on values one cycle old")
      }
      if load.worstWithOneDeadNs > load.periodNs {
        lines.append(
          "bus \(load.bus): the cycle in which a device falls silent takes up to \(ms(load.worstWithOneDeadNs)) ms: "
            + "its neighbours miss one")
      }
      return lines
    }
  }

  static func overload(_ load: BusLoad) -> String {
    "bus \(load.bus) needs \(ms(load.periodNs + (load.excessNs ?? 0))) ms for a cycle of \(ms(load.periodNs)) ms, "
      + "\(ms(load.excessNs ?? 0)) ms too much: reads \(ms(load.readNs)), slow groups \(ms(load.slowNs)), "
      + "writes \(ms(load.writeNs)) ms; irhxd plan shows by which devices"
  }

  private static func endpoint(_ bus: Site.Bus) -> String {
    switch bus.link {
    case .tcp(let host, let port):
      "tcp \(host):\(port)" + (bus.framing == .rtu ? ", serial frames" : "")
        + (bus.gatewayBaud.map { ", a gateway to a line of \($0) Bd" } ?? "")
        + (bus.requestsInFlight > 1 ? ", \(bus.requestsInFlight) requests under way at once" : "")
    case .serial(let path, let baud, let parity, let stopBits):
      "\(path), \(baud) Bd, parity \(parity.rawValue), \(stopBits) stop bit\(stopBits == 1 ? "" : "s")"
    }
  }

  /// The first column to the left, the others to the right.
  private static func row(_ cells: [String]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      let space = String(repeating: " ", count: max(columns[index] - cell.count, 1))
      line += index == 0 ? "  " + cell + space : space + cell
    }
    return line + "\n"
  }

  private static func ms(_ ns: Int64) -> String { tenths((ns + 50_000) / 100_000) }
  private static func tenths(_ value: Int64) -> String { "\(value / 10).\(value % 10)" }
}
