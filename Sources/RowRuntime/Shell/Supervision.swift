import CSystemd
import FieldIO

/// What systemd is told: ready after the first good cycle, a status line, and the watchdog, which the loop itself feeds
/// after its outputs were written. Nothing here waits, and without a supervisor nothing happens.
struct Supervision {
  private var isReady = false
  private let watchdog: Duration?
  private var fedAt = Duration.zero

  init() {
    Self.status("starting")
    let interval = cs_watchdog_interval_us()
    watchdog = interval > 0 ? .microseconds(Int64(interval)) : nil
  }

  /// Called by the loop at the end of each cycle. Readiness is said until it is heard. Feeds at most four times per
  /// watchdog interval: each feed is a system call, and one that is not heard leaves time for the next.
  mutating func cycleEnded(isGood: Bool, now: Duration) {
    if isGood && !isReady { isReady = unsafe cs_notify("READY=1") >= 0 }
    guard let watchdog, now - fedAt >= watchdog / 4 else { return }
    fedAt = now
    _ = unsafe cs_notify("WATCHDOG=1")
  }

  static func status(_ text: String) { _ = unsafe cs_notify("STATUS=\(text)") }
  static func stopping() { _ = unsafe cs_notify("STOPPING=1") }
}
