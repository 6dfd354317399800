import Foundation
import Glibc

/// The figures of one run, as a table for the terminal and as the whole of `docs/benchmarks.md`.
public struct BenchReport: Sendable {
  public private(set) var rows: [BenchRow] = []
  let command: String
  private let load = ProcessUsage.text("/proc/loadavg").prefix { $0 != " " }

  init(command: String) {
    self.command = command
  }

  mutating func add(_ row: BenchRow) { rows.append(row) }

  /// The bad figures first, then what could not be measured, then the rest in order of measurement.
  private var ordered: [BenchRow] {
    func rank(_ row: BenchRow) -> Int {
      switch row.verdict {
      case .missed: 0
      case .leftOut: 1
      case .reached, .reported: 2
      }
    }
    return (0...2).flatMap { wanted in rows.filter { rank($0) == wanted } }
  }

  /// One figure a paragraph.
  public var text: String {
    ordered.map { row in
      var lines = word(row.verdict) + String(repeating: " ", count: 10 - word(row.verdict).count) + row.what
      let target = row.target.isEmpty ? "" : "target \(row.target)"
      for part in [row.figure, row.floor, target, reason(row.verdict)] where !part.isEmpty {
        lines += "\n          \(part)"
      }
      return lines
    }.joined(separator: "\n")
  }

  public var markdown: String {
    let date = Date().formatted(.iso8601.year().month().day())
    let table = ordered.map { row in
      "| \(row.what) | \(row.figure.isEmpty ? "–" : row.figure) | \(row.floor.isEmpty ? "–" : row.floor) | "
        + "\(row.target.isEmpty ? "–" : row.target) | \(word(row.verdict)) |"
    }
    let misses = ordered.filter { !reason($0.verdict).isEmpty }.map { "- \($0.what): \(reason($0.verdict))." }
    return """
      # Benchmarks

      Written by `\(command)`; do not edit. Bad figures first. What depends on the machine is judged by its ratio to a
      floor measured in the same run.

      \(Machine.description), \(date); load average \(load) at the start.

      | what | figure | floor | target | |
      |---|---|---|---|---|
      \(table.joined(separator: "\n"))

      ## Missed or left out

      \(misses.isEmpty ? "Nothing." : misses.joined(separator: "\n"))

      \(Self.method)

      """
  }

  private func word(_ verdict: BenchRow.Verdict) -> String {
    switch verdict {
    case .reached: "reached"
    case .reported: "reported"
    case .missed: "missed"
    case .leftOut: "left out"
    }
  }

  private func reason(_ verdict: BenchRow.Verdict) -> String {
    switch verdict {
    case .reached, .reported: ""
    case .missed(let reason), .leftOut(let reason): reason
    }
  }

  private static let method = """
    ## Method

    - Release build. Medians; simulation speed is the median of three runs by the wall clock, with the slowest and the
      fastest beside it. Nothing is judged by a maximum: virtual machines stall.
    - The split of a virtual cycle times the twin and the core alone; the rest is the difference to the whole.
    - A core step is timed in batches of 100 on recorded scans of a row under load, ten minutes after its start. A row
      of 32 racks repeats the site's racks and their signals.
    - Heap requests are counted by replacing malloc and its kin in the benchmark's own process, on the measured thread.
    - Loop wake-up: the daemon's own thread and queue with the production step inside, in blocks alternating with
      `cyclictest --mlockall --default-system` of the same class (SCHED_FIFO 50 or SCHED_OTHER) and the same 100 ms.
      Late is what the cycle begins behind the ideal schedule, inside the control queue; cyclictest's is its bare
      sleep. Hogs: `stress-ng --cpu 4`.
    - The daemon runs against `irhx-sim` on loopback, both as released; processor time is the scheduler's account of
      every thread of the process, memory is what the kernel says at the end.
    - The field layer: bus workers, planner and codec of the daemon under the daemon's loop thread, against a server
      written in C that answers at once on loopback, all requests of a segment in one reply. Periods are between
      requests of the same device as that server saw them arrive, in the benchmark's own process; drift is the slope of
      their arrival times by least squares, over 60 s. Registers a second are of one client thread, by the wall clock
      (beside pymodbus by its processor time), in blocks alternating with those of the peers; ours decodes them and
      keeps outcome and age of each. The 120 devices are polled by a process of their own. Figures of rackmon and
      phosphor-modbus were read or measured elsewhere, on pseudo-terminals; the peers of this run are the C loop and
      pymodbus.
    - With few wake-ups a p99 rests on a handful of them, and a ratio of two such figures scatters: repeat before you
      believe either side of a limit.
    """
}

/// The machine in one line: processor, number, memory, kernel.
enum Machine {
  static var description: String {
    let cpu =
      ProcessUsage.text("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
      .flatMap { $0.split(separator: ":").last }.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
    let memory = number(ProcessUsage.field("MemTotal:", in: "/proc/meminfo") / 1_048_576)
    let isVirtual = ProcessUsage.text("/proc/cpuinfo").contains(" hypervisor")
    return "\(cpu), \(ProcessInfo.processInfo.processorCount) processors, \(memory) GB, "
      + "Linux \(kernel)\(isVirtual ? ", a virtual machine" : "")"
  }

  private static var kernel: String {
    let release = ProcessUsage.text("/proc/sys/kernel/osrelease")
    return String(release.prefix { $0.isNumber || $0 == "." })
  }
}
