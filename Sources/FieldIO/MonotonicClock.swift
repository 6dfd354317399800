import Glibc

/// CLOCK_MONOTONIC as a `Duration` since boot: the one time base of the field side.
public enum MonotonicClock {
  public static func now() -> Duration {
    var time = timespec()
    // ignoring: clock_gettime(2) cannot fail for a clock that always exists and a valid address.
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
