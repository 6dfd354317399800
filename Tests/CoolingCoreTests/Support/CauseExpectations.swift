import Testing

@testable import CoolingCore

extension RowBench {
  /// The cause becomes active exactly when its on-delay has passed since `start`, and, once `stop` has ended the
  /// condition, clear exactly when its off-delay has. `lead` cycles pass before a lost signal counts as lost.
  mutating func expectTimeline(
    _ cause: Cause, _ index: Int = 0, lead: Int = 0, isLate: Bool = false,
    start: (inout RowBench) -> Void = { _ in }, stop: (inout RowBench) -> Void = { $0.heal() },
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let definition = CauseAndEffect.definition(of: cause)
    start(&self)
    step(lead + Int(definition.onDelayS), isLate: isLate)
    #expect(!isActive(cause, index), "\(cause) before its on-delay", sourceLocation: sourceLocation)
    step(isLate: isLate)
    #expect(isActive(cause, index), "\(cause) after its on-delay", sourceLocation: sourceLocation)
    #expect(core.interlocks.states[core.interlocks.slot(cause, index)].alarm.state == .unacknowledged)
    step(5, isLate: isLate)
    stop(&self)
    step(Int(definition.offDelayS))
    #expect(isActive(cause, index), "\(cause) before its off-delay", sourceLocation: sourceLocation)
    step()
    if definition.latches {
      #expect(isActive(cause, index), "\(cause) latches", sourceLocation: sourceLocation)
      #expect(core.apply(.resetTrip) == .accepted, sourceLocation: sourceLocation)
    }
    #expect(!isActive(cause, index), "\(cause) after its off-delay", sourceLocation: sourceLocation)
  }

  /// The cause stays inactive however long the row is left like this.
  mutating func expectQuiet(
    _ cause: Cause, _ index: Int = 0, for cycles: Int = 120, sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (inout RowBench) -> Void
  ) {
    change(&self)
    for _ in 0..<cycles {
      step()
      guard isActive(cause, index) else { continue }
      Issue.record("\(cause) tripped", sourceLocation: sourceLocation)
      return
    }
  }

  /// A cause on a limit: `inside` never trips, `outside` does, `hysteresis` keeps it, `clear` ends it.
  mutating func expectLimit(
    _ cause: Cause, _ index: Int = 0, inside: Double, outside: Double, hysteresis: Double? = nil, clear: Double,
    sourceLocation: SourceLocation = #_sourceLocation, set: (inout RowBench, Double) -> Void
  ) {
    let definition = CauseAndEffect.definition(of: cause)
    expectQuiet(cause, index, for: Int(definition.onDelayS) + 10, sourceLocation: sourceLocation) { set(&$0, inside) }
    expectTimeline(
      cause, index, start: { set(&$0, outside) },
      stop: {
        if let hysteresis {
          set(&$0, hysteresis)
          $0.step(Int(definition.offDelayS) + 10)
          #expect($0.isActive(cause, index), "\(cause) inside its hysteresis", sourceLocation: sourceLocation)
        }
        set(&$0, clear)
      }, sourceLocation: sourceLocation)
  }
}
