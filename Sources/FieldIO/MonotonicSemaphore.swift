import CPlatform

/// A counting semaphore whose deadlines are on `MonotonicClock`: setting the wall clock neither shortens nor stretches
/// a wait, as it would with a `DispatchSemaphore`, which waits on CLOCK_REALTIME on Linux.
@safe final class MonotonicSemaphore: Sendable {
  private nonisolated(unsafe) let handle: OpaquePointer
  // Proof: never changed after init, and sem_overview(7) lets any thread call its functions.

  /// A semaphore at zero.
  init() {
    guard let made = unsafe cplatform_semaphore_new() else { preconditionFailure("No memory for a semaphore.") }
    unsafe handle = made
  }

  deinit { unsafe cplatform_semaphore_free(handle) }

  func signal() { unsafe cplatform_semaphore_post(handle) }

  func wait() { unsafe cplatform_semaphore_wait(handle) }

  /// Returns false when there was no signal by `deadline`; one in the past only asks.
  func wait(until deadline: Duration) -> Bool {
    unsafe cplatform_semaphore_wait_until(handle, deadline.inNanoseconds)
  }
}
