import ArgumentParser
import RowConfig
import RowRuntime

/// What the daemon would ask of each bus.
struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what is read and written on each bus and whether the cycle has time for it; start nothing.",
    discussion: """
      One line for each device: the requests, bytes (both ways) and milliseconds of a cycle's reads; of its slow \
      read groups, all of them once, and what falls on one cycle in the long run; of its writes, every output \
      changed at once. Below it the bus: its load in the long run; a cycle at its worst, with a slow request still \
      under way; and the same in the cycle in which the device that costs most falls silent. From the next but one \
      on such a device costs no cycle anything: it is probed in free time, for its first value only, after 1, 2, 4 \
      and every 8 s.

      Times follow from the bus. A character takes 10 to 12 bits at the line's speed, 3.5 characters of silence, at \
      least 1.75 ms, surround each frame, and a device begins its reply after turnaround_ms (5 where nothing is \
      said). Over TCP a request takes 1 ms and 0.01 ms a byte, stated rather than measured; where a serial line is \
      behind a gateway, say so with gateway_baud. Reads are merged across registers nobody needs wherever that takes \
      less time than another request.

      A site whose plan does not fit its period is refused, here, by check and at the start, with the bus named and by \
      how much. What helps: a faster line, another bus, interval_s for points that change slowly, a longer period.

      Exit status: 0 every plan fits, 78 one does not or the files have faults.
      """)

  @Argument(help: "Site file.")
  var site: String
  @OptionGroup var options: SiteOptions

  func run() throws {
    let loaded = try options.load(site)
    do throws(Daemon.Fault) {
      let roles = RoleMap(site: loaded.site)
      print(PlanText.table(try Daemon.draft(loaded, roles), loaded.site), terminator: "")
      _ = try Daemon.plan(loaded, roles)
    } catch {
      say("\(site): \(error)")
      throw ExitStatus.configuration
    }
  }
}
