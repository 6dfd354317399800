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

extension Duration {
  /// The field side counts in whole nanoseconds: a comparison of two `Duration`s costs as much as decoding a register.
  var inNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
