import CoolingCore
import FieldIO
import RowConfig
import RowRuntime

/// What the walk demands of the row, and the only way from it to the bus. Whatever a test asks for, an actuator stays
/// inside its equipment's limits and moves no faster than the site allows; only one valve of a kind is lowered at a
/// time; and no pump is stopped unless another is known to run.
struct Outputs {
  /// One actuator. Speeds and positions in percent.
  struct Place {
    let actuator: Actuator
    fileprivate(set) var limits: ClosedRange<Double>
    /// Where the site wants it when nobody controls it.
    let safe: Double
    let slewPerS: Double
    /// Of a pump: it is told to run; and it has run since the walk began.
    var runs = true
    var hasRun = true
    var value: Double
    var target: Double
  }

  private(set) var places: [Place] = []
  /// Permits under test, and what they were; others are left alone.
  private var permits: [Int: (isGiven: Bool, before: Bool)] = [:]
  /// A pump whose drive has tripped on purpose.
  private var reset: Int?
  /// Until then nothing is demanded of anything.
  private(set) var isDriving = false
  /// What is left waits for no least interval and for no budget of writes.
  private var isLeaving = false

  init(_ site: Site, _ actuators: [Actuator]) {
    let fans = site.fans
    let facility = site.facilityValve
    for actuator in actuators {
      let (limits, safe, slew) =
        switch actuator {
        case .pump:
          (
            site.pumps.speedMinPercent...site.pumps.speedMaxPercent, site.pumps.safeSpeedPercent,
            site.pumps.slewPercentPerS
          )
        case .rackValve: (0...100, 100, 100 / site.racks.valveStrokeS)
        case .fan:
          (
            (fans?.speedMinPercent ?? 0)...(fans?.speedMaxPercent ?? 100), fans?.safeSpeedPercent ?? 100,
            fans?.slewPercentPerS ?? 5
          )
        case .coilValve: (0...100, 100, 100 / site.racks.valveStrokeS)
        case .facilityValve:
          (
            (facility?.positionMinPercent ?? 0)...100, facility?.safePositionPercent ?? 100,
            facility?.slewPercentPerS ?? 2
          )
        }
      places.append(Place(actuator: actuator, limits: limits, safe: safe, slewPerS: slew, value: safe, target: safe))
    }
  }

  subscript(_ actuator: Actuator) -> Place? { places.first { $0.actuator == actuator } }

  /// From now on these racks' valves do not go below `percent`.
  mutating func keepOpen(_ racks: Set<Int>, _ percent: Double) {
    for index in places.indices {
      if case .rackValve(let rack) = places[index].actuator, racks.contains(rack) {
        places[index].limits = percent...100
      }
    }
  }

  /// Begins to drive from where the actuators stand; pumps that stand still stay so until they are told to run.
  mutating func begin(at present: (Actuator) -> Double?, running: (Int) -> Bool) {
    isDriving = true
    for index in places.indices {
      let stands = present(places[index].actuator) ?? places[index].safe
      places[index].value = places[index].limits.clamp(stands)
      guard case .pump(let pump) = places[index].actuator else { continue }
      places[index].runs = running(pump)
      places[index].hasRun = places[index].runs
    }
  }

  /// Moves toward `percent`, inside the limits. A valve that is lowered raises the others of its kind.
  mutating func set(_ actuator: Actuator, _ percent: Double) {
    guard let index = places.firstIndex(where: { $0.actuator == actuator }) else { return }
    let target = places[index].limits.clamp(percent)
    places[index].target = target
    guard actuator.isValve, target < places[index].safe else { return }
    for other in places.indices where other != index && places[other].actuator.isOfKind(of: actuator) {
      places[other].target = max(places[other].target, places[other].safe)
    }
  }

  /// Tells a pump to run, from its lowest speed.
  mutating func start(pump: Int) {
    guard let index = places.firstIndex(where: { $0.actuator == .pump(pump) }), !places[index].runs else { return }
    places[index].runs = true
    places[index].hasRun = true
    places[index].value = places[index].limits.lowerBound
  }

  /// - Parameter running: pumps that are seen to run.
  mutating func stop(pump: Int, whileRunning running: Set<Int>) {
    let others = places.filter { place in
      guard case .pump(let other) = place.actuator else { return false }
      return other != pump && place.runs && running.contains(other)
    }
    precondition(!others.isEmpty, "The last pump that runs is never stopped.")
    guard let index = places.firstIndex(where: { $0.actuator == .pump(pump) }) else { return }
    places[index].runs = false
  }

  mutating func permit(rack: Int, _ isGiven: Bool, before: Bool) { permits[rack] = (isGiven, before) }
  mutating func leavePermit(rack: Int) { permits[rack] = nil }

  mutating func resets(pump: Int?) { reset = pump }

  /// What stood before is demanded again, as far as it is known: the walk is over, and no rule of the walk applies.
  mutating func restore(_ before: [Before]) {
    for state in before {
      guard let index = places.firstIndex(where: { $0.actuator == state.actuator }), let percent = state.percent else {
        continue
      }
      places[index].runs = state.runs
      places[index].target = state.runs ? places[index].limits.clamp(percent) : places[index].limits.lowerBound
    }
  }

  /// Nothing is demanded any more: devices that want to be let go are let go.
  mutating func release() {
    isDriving = false
    permits = [:]
  }

  /// Leaves what is driven at its safe output at once. A pump that never ran is not started: it may have no way for its
  /// flow.
  /// - Parameter stopsPumps: somebody has pressed the emergency stop.
  mutating func leaveSafe(stopsPumps: Bool) {
    isLeaving = true
    for (rack, permit) in permits { permits[rack]?.isGiven = permit.before }
    for index in places.indices {
      places[index].target = places[index].safe
      places[index].value = places[index].safe
      places[index].runs = places[index].hasRun && !(stopsPumps && places[index].actuator.isPump)
    }
  }

  mutating func move(seconds: Double) {
    for index in places.indices {
      let most = places[index].slewPerS * seconds
      places[index].value += min(max(places[index].target - places[index].value, -most), most)
    }
  }

  func fill(_ demands: inout OutputDemands) {
    for slot in demands.values.indices {
      demands.values[slot] = nil
      demands.resetRequested[slot] = false
      demands.isUrgent[slot] = isLeaving
    }
    guard isDriving else { return }
    for place in places {
      switch place.actuator {
      case .pump(let pump):
        demands.values[OutputSlot.pumpRun(pump)] = place.runs ? 1 : 0
        demands.values[OutputSlot.pumpSpeed(pump)] = place.value
      default: demands.values[place.actuator.outputSlot] = place.value
      }
    }
    for (rack, permit) in permits { demands.values[OutputSlot.permit(rack)] = permit.isGiven ? 1 : 0 }
    if let reset { demands.resetRequested[OutputSlot.pumpRun(reset)] = true }
  }
}

/// How an actuator stood before the walk. nil: not known.
struct Before {
  var actuator: Actuator
  var percent: Double?
  /// Of a pump.
  var runs = true
}

extension Actuator {
  var isValve: Bool {
    switch self {
    case .rackValve, .coilValve: true
    case .pump, .fan, .facilityValve: false
    }
  }

  func isOfKind(of other: Actuator) -> Bool {
    switch (self, other) {
    case (.pump, .pump), (.rackValve, .rackValve), (.fan, .fan), (.coilValve, .coilValve): true
    case (.facilityValve, .facilityValve): true
    case (.pump, _), (.rackValve, _), (.fan, _), (.coilValve, _), (.facilityValve, _): false
    }
  }

  /// Of its speed or position.
  var outputSlot: Int {
    switch self {
    case .pump(let i): OutputSlot.pumpSpeed(i)
    case .rackValve(let i): OutputSlot.rackValve(i)
    case .fan(let i): OutputSlot.fan(i)
    case .coilValve(let i): OutputSlot.coilValve(i)
    case .facilityValve: OutputSlot.facilityValve
    }
  }

  /// Where it says how it stands.
  var feedbackSlot: Int {
    switch self {
    case .pump(let i): InputSlot.pump(i, .speed)
    case .rackValve(let i): InputSlot.rack(i, .valvePosition)
    case .fan(let i): InputSlot.fan(i, .speed)
    case .coilValve(let i): InputSlot.fan(i, .valvePosition)
    case .facilityValve: InputSlot.facilityValvePosition
    }
  }
}

extension ClosedRange<Double> {
  func clamp(_ value: Double) -> Double { Swift.min(Swift.max(value, lowerBound), upperBound) }
}
