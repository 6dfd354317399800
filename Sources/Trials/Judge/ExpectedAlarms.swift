import CoolingCore
import RowConfig
import RowTwin

/// Which alarms belong to a fault: one that matters must raise the first of them in time, and an alarm that belongs to
/// no fault is one without a cause. Written from the plant's view of a fault, not from the conditions in the core.
struct ExpectedAlarms: Sendable {
  /// A cause and the thing it is about, counted from 0; nil: whichever.
  struct Pattern: Sendable, Equatable {
    var cause: Cause
    var index: Int?
    init(_ cause: Cause, _ index: Int? = nil) {
      self.cause = cause
      self.index = index
    }
    func matches(_ instance: CauseInstance) -> Bool {
      cause == instance.cause && (index == nil || index == instance.index)
    }
    var isOfOutput: Bool {
      [.pumpOutputRefused, .fanOutputRefused, .facilityOutputRefused, .rackOutputRefused].contains(cause)
    }
  }

  /// Any of these comes before all others.
  var first: [Pattern] = []
  /// These may follow.
  var others: [Pattern] = []
  /// Within this many seconds one of `first` must be there; nil: the fault does not matter at every load or size.
  var withinS: Double?
  /// What it can lead to only together with another fault.
  var combined: [Pattern] = []
  /// What an earlier fault had racks lose is not theirs again when this one begins.
  var isOnTopOfOthers = false

  func allows(_ instance: CauseInstance, isAlone: Bool) -> Bool {
    let isAlone = isAlone && !isOnTopOfOthers
    return first.contains { $0.matches(instance) } || others.contains { $0.matches(instance) }
      || (!isAlone && combined.contains { $0.matches(instance) })
  }
}

extension ExpectedAlarms {
  /// Too little flow, too little heat given away, instruments that no longer back each other.
  private static let hydraulic: [Pattern] = [
    Pattern(.flowLoss), Pattern(.rackFlowLow), Pattern(.startIncomplete), Pattern(.pumpRedundancyLost),
    Pattern(.chipHigh), Pattern(.chipHighHigh), Pattern(.returnHighHigh), Pattern(.overPressure),
    Pattern(.manifoldDpLow), Pattern(.manifoldDpHigh), Pattern(.coolingLost), Pattern(.pumpCavitation),
  ]
  private static let thermal: [Pattern] = [
    Pattern(.supplyHigh), Pattern(.supplyHighHigh), Pattern(.returnHighHigh), Pattern(.chipHigh),
    Pattern(.chipHighHigh), Pattern(.fansFailed), Pattern(.coilFouling), Pattern(.overPressure),
  ]
  private static let blind: [Pattern] =
    thermal + hydraulic + [
      Pattern(.supplyTemperatureLost), Pattern(.hydraulicsLost), Pattern(.sensorRedundancyLost),
      Pattern(.protectionDegraded), Pattern(.dewPointLost), Pattern(.supplyNearDewPoint), Pattern(.supplyLow),
      Pattern(.modelDivergence),
    ]
  private static let leaking: [Pattern] = [
    Pattern(.leakDetected), Pattern(.leakConfirmed), Pattern(.levelLow), Pattern(.levelLowLow), Pattern(.suctionLost),
    Pattern(.levelFalling), Pattern(.pumpCavitation),
  ]

  static func of(_ fault: Fault, in loaded: LoadedSite) -> ExpectedAlarms {
    var expected = ExpectedAlarms()
    switch fault {
    case .pumpTrip(let n), .pumpBroken(let n):
      expected.first = [Pattern(.pumpFault, n - 1)]
      expected.others = [
        Pattern(.pumpRedundancyLost), Pattern(.pumpNotRunning, n - 1), Pattern(.pumpOutputRefused, n - 1),
      ]
      expected.withinS = 5
      expected.combined = hydraulic
    case .pumpLocal(let n):
      // A tripped drive is out of service already, and says that.
      expected.first = [Pattern(.pumpNotRemote, n - 1), Pattern(.pumpFault, n - 1)]
      expected.others = [
        Pattern(.pumpRedundancyLost), Pattern(.pumpNotRunning, n - 1), Pattern(.pumpOutputRefused, n - 1),
        Pattern(.pumpSpeedDeviation, n - 1),
      ]
      expected.withinS = 15
      expected.combined = hydraulic
    case .pumpSlow(let n):
      expected.first = [Pattern(.pumpSpeedDeviation, n - 1), Pattern(.rackFlowLow), Pattern(.pumpOutputRefused, n - 1)]
      expected.combined = hydraulic
    case .pumpWorn, .air:
      expected.first = [Pattern(.rackFlowLow), Pattern(.pumpCavitation), Pattern(.manifoldDpLow)]
      expected.others = [Pattern(.modelDivergence), Pattern(.protectionDegraded), Pattern(.levelFalling)]
      expected.combined = hydraulic
    case .rackValve(let n, let kind):
      expected.first = [Pattern(.rackValveDeviation, n - 1), Pattern(.rackFlowLow, n - 1)]
      expected.others = [
        Pattern(.chipHigh, n - 1), Pattern(.chipHighHigh, n - 1), Pattern(.rackOutputRefused, n - 1),
        Pattern(.overPressure), Pattern(.manifoldDpHigh),
      ]
      expected.combined = hydraulic
      // Where racks are few the row's flow goes with one of theirs.
      if loaded.site.racks.units.count <= 3 { expected.others.append(Pattern(.flowLoss)) }
      // Without flow a chip is hot before a valve's own time is over.
      if kind == .closed {
        expected.first += [Pattern(.chipHigh, n - 1), Pattern(.chipHighHigh, n - 1)]
        expected.withinS = 180
      }
    case .rackBlocked(let n, _):
      expected.first = [Pattern(.rackFlowLow, n - 1)]
      expected.others = [
        Pattern(.chipHigh, n - 1), Pattern(.chipHighHigh, n - 1), Pattern(.overPressure), Pattern(.manifoldDpHigh),
      ]
      // Where another meter lies at the same time, valve and balance both speak against this rack's.
      expected.combined = [Pattern(.rackFlowLost, n - 1)]
    case .rackLeak(_, let lpm), .coilLeak(_, let lpm), .rowLeak(let lpm):
      expected.first = [Pattern(.leakDetected), Pattern(.rackLeak), Pattern(.coilLeak), Pattern(.levelFalling)]
      expected.others = leaking + [Pattern(.isolationRefused)]
      // Half a litre wets a detector; what has leaked before has taken some of the pressure along.
      expected.withinS = 45 / max(lpm, 0.01) + 10
      expected.combined = hydraulic
    case .fanFailed(let n):
      expected.first = [Pattern(.fanFault, n - 1)]
      // Where coils are few the others cannot carry full load.
      if let fans = loaded.site.fans, fans.units.count <= 4 { expected.others = [Pattern(.supplyHigh)] }
      expected.withinS = 60
      expected.combined = thermal
    case .coilValve(let n, _):
      expected.first = [Pattern(.coilValveDeviation, n - 1)] + thermal
      expected.others = [Pattern(.fanOutputRefused, n - 1)]
    case .facilityValveStuck:
      expected.first =
        [Pattern(.facilityValveDeviation), Pattern(.facilityOutputRefused), Pattern(.supplyLow)] + thermal
      expected.others = [Pattern(.supplyNearDewPoint)]
    case .unitPumpLost: expected.first = [Pattern(.pumpFault, 0)]
    case .coilFouled, .hallTemperature, .facilityTemperature: expected.first = thermal
    case .facilityLost:
      expected.first = [Pattern(.supplyHigh), Pattern(.supplyHighHigh)]
      // Coolant may leave what the instruments can read.
      expected.others = blind
      expected.withinS = 300
    case .filterClogged: expected.first = [Pattern(.filterClogged)]
    case .hallHumidity: expected.first = [Pattern(.supplyNearDewPoint)]
    case .emergencyStop:
      expected.first = [Pattern(.emergencyStop)]
      expected.others = hydraulic + thermal
      expected.withinS = 10
    case .permissiveLost:
      expected.first = [Pattern(.permissiveLost)]
      expected.others = hydraulic + thermal
      expected.withinS = 60
    case .leakWet(let n):
      expected.first = [Pattern(.leakDetected, n - 1), Pattern(.rackLeak), Pattern(.coilLeak)]
      expected.others = [Pattern(.isolationRefused)]
      expected.withinS = 10
      expected.combined = leaking
    case .leakCableBroken(let n):
      expected.first = [Pattern(.leakDetectorFault, n - 1)]
      expected.withinS = 30
    case .sensor(let role, let kind):
      expected = sensor(role, racks: loaded.site.racks.units.count)
      switch kind {
      case .open, .notANumber: expected.withinS = expected.first.isEmpty ? nil : 60
      // The end of its range is a value like any other, unless another instrument says otherwise.
      case .high, .low: expected.withinS = expected.first == [Pattern(.sensorRedundancyLost)] ? 60 : nil
      case .stuck, .drift, .offset, .noise, .spike, .swappedUnits: break
      }
    case .device(let name, let link):
      expected = communication(loaded) { $0.name == name }
      // What still answers most of its registers may have nothing to say that is missed.
      if link == .illegal || link == .lying { expected.withinS = nil }
      // It answers, and does not do as it is told.
      if link == .exception || link == .lying { expected.first += expected.others.filter(\.isOfOutput) }
      // A drive that is told to start and does not; and one that obeys again takes the flow along that it had made.
      if link == .lying {
        expected.first += expected.others.filter { $0.cause == .pumpNotRunning }
        // Maximum cooling for want of flow makes pressure.
        if expected.others.contains(where: { $0.cause == .pumpFault }) {
          expected.others += [Pattern(.flowLoss), Pattern(.overPressure)]
        }
      }
    case .deviceReset(let name), .deviceLosesWrites(let name, _), .deviceSwappedWords(let name):
      expected = communication(loaded) { $0.name == name }
      expected.withinS = nil
    case .busDead(let name): expected = communication(loaded) { $0.bus == name }
    case .busFlaky(let name, _):
      expected = communication(loaded) { $0.bus == name }
      expected.withinS = nil
    }
    return expected
  }

  /// A reading that lies or is gone: what says so, and what a lie alone can set off.
  private static func sensor(_ role: String, racks: Int) -> ExpectedAlarms {
    var expected = ExpectedAlarms()
    let words = role.split(separator: ".")
    let index = words.lazy.compactMap { Int($0) }.first.map { $0 - 1 }
    expected.combined = blind
    switch (words[0], words.last) {
    case ("supply", _) where words[1] == "temperature": expected.first = [Pattern(.sensorRedundancyLost)]
    case ("return", _) where words[1] == "temperature":
      expected.first = [Pattern(.sensorRedundancyLost)]
      // Of two that differ the warmer one counts.
      expected.others = [Pattern(.returnHighHigh)]
    case ("manifold", _): expected.first = [Pattern(.sensorRedundancyLost), Pattern(.protectionDegraded)]
    case ("supply", _):
      expected.first = [Pattern(.overPressure), Pattern(.protectionDegraded), Pattern(.pumpCavitation)]
    case ("return", _): expected.first = [Pattern(.protectionDegraded), Pattern(.pumpCavitation)]
    case ("filter", _): expected.first = [Pattern(.filterClogged), Pattern(.protectionDegraded)]
    case ("reservoir", _):
      expected.first = [
        Pattern(.levelLow), Pattern(.levelLowLow), Pattern(.protectionDegraded), Pattern(.levelFalling),
      ]
      expected.combined += leaking
    case ("row", "emergency_stop"):
      expected.first = [Pattern(.emergencyStop), Pattern(.protectionDegraded)]
      expected.others = hydraulic + thermal
    case ("row", "permissive"):
      expected.first = [Pattern(.permissiveLost), Pattern(.protectionDegraded)]
      expected.others = hydraulic + thermal
    case ("leak", _):
      expected.first = [
        Pattern(.leakDetected, index), Pattern(.leakDetectorFault, index), Pattern(.rackLeak), Pattern(.coilLeak),
      ]
      expected.others = [Pattern(.isolationRefused), Pattern(.protectionDegraded)]
      expected.combined += leaking
    case ("row", _):
      expected.first = [Pattern(.protectionDegraded), Pattern(.flowLoss), Pattern(.modelDivergence)]
      // Maximum cooling for want of flow makes pressure.
      expected.others = [Pattern(.overPressure)]
    case ("hall", _):
      expected.first = [Pattern(.sensorRedundancyLost), Pattern(.dewPointLost), Pattern(.protectionDegraded)]
      // To a hall that reads too cold the coils seem to do too little.
      expected.others = [Pattern(.supplyNearDewPoint), Pattern(.coilFouling)]
    case ("rack", "flow"):
      expected.first = [Pattern(.rackFlowLow, index), Pattern(.rackFlowLost, index), Pattern(.modelDivergence)]
      expected.others = [Pattern(.chipHigh, index), Pattern(.chipHighHigh, index)]
      // Where racks are few a meter that lies is half of the row's flow.
      if racks <= 3 { expected.others.append(Pattern(.flowLoss)) }
      // A rack that seems short of flow near full load asks the pumps for all they have.
      expected.others.append(Pattern(.overPressure))
    case ("facility", "flow"): break  // for display only
    case ("rack", "power"):
      expected.first = [Pattern(.rackPowerLost, index), Pattern(.modelDivergence)]
      expected.others = [Pattern(.chipHigh, index)]
      // It says that a rack draws power which has lost its permit by another fault.
      expected.combined += [Pattern(.rackIgnoresPermit, index)]
    default: expected.first = [Pattern(.protectionDegraded)]
    }
    return expected
  }

  /// What a device that does not take its demands is said to do.
  private static func outputs(_ loaded: LoadedSite, _ device: Int) -> [Pattern] {
    loaded.bindings.filter { $0.device == device && $0.role.direction == .output }.map { binding in
      let index = binding.number - 1
      return switch binding.name.split(separator: ".").first {
      case "pump": Pattern(.pumpOutputRefused, index)
      case "fan": Pattern(.fanOutputRefused, index)
      case "facility": Pattern(.facilityOutputRefused)
      default: binding.name.hasSuffix("permit") ? Pattern(.protectionDegraded) : Pattern(.rackOutputRefused, index)
      }
    }
  }

  /// Devices that fall silent: what each of their roles' loss is called.
  private static func communication(_ loaded: LoadedSite, _ isMeant: (Site.Device) -> Bool) -> ExpectedAlarms {
    var expected = ExpectedAlarms()
    expected.combined = blind + leaking
    for device in loaded.site.devices.indices where isMeant(loaded.site.devices[device]) {
      let bus = loaded.site.devices[device].bus
      expected.first.append(Pattern(.busLost, loaded.site.buses.firstIndex { $0.name == bus }))
      expected.others += outputs(loaded, device)
      // A permit that another fault withdraws does not reach its rack.
      expected.combined += loaded.bindings.filter { $0.device == device && $0.name.hasSuffix(".permit") }
        .map { Pattern(.rackIgnoresPermit, $0.number - 1) }
      for binding in loaded.bindings where binding.device == device && binding.role.direction == .input {
        let index = binding.number - 1
        switch binding.name.split(separator: ".").first {
        case "pump":
          expected.first.append(Pattern(.pumpSilent, index))
          expected.others += [
            Pattern(.pumpRedundancyLost), Pattern(.pumpNotRunning, index), Pattern(.pumpSpeedDeviation, index),
            Pattern(.pumpFault, index), Pattern(.pumpNotRemote, index),
          ]
        case "fan" where binding.name.contains(".valve"): expected.first.append(Pattern(.coilValveDeviation, index))
        case "fan":
          expected.first.append(Pattern(.fanSilent, index))
          // It comes back at a speed of its own.
          expected.others += [Pattern(.fanFault, index), Pattern(.fansFailed), Pattern(.supplyHigh)]
        case "facility" where binding.name.contains(".valve"):
          expected.first.append(Pattern(.facilityValveDeviation))
        case "leak":
          expected.first.append(Pattern(.leakDetectorFault, index))
          expected.others.append(Pattern(.protectionDegraded))
        case "rack" where binding.name.contains(".valve"):
          expected.first.append(Pattern(.rackValveDeviation, index))
          expected.others.append(Pattern(.rackFlowLow, index))
        case "rack" where binding.name.hasSuffix("flow"):
          expected.first += [Pattern(.rackFlowLost, index), Pattern(.rackFlowLow, index)]
          if loaded.site.racks.units.count <= 3 { expected.others.append(Pattern(.flowLoss)) }
        case "rack" where binding.name.hasSuffix("power"):
          expected.first.append(Pattern(.rackPowerLost, index))
          expected.others.append(Pattern(.modelDivergence))
        default:
          let sensor = sensor(binding.name, racks: loaded.site.racks.units.count)
          expected.first += sensor.first
          // A whole module or bus takes all instruments of a role along.
          expected.others +=
            sensor.others + [
              Pattern(.supplyTemperatureLost), Pattern(.hydraulicsLost), Pattern(.protectionDegraded),
              Pattern(.dewPointLost), Pattern(.sensorRedundancyLost),
            ]
        }
      }
    }
    // What only takes orders shows by them alone.
    if expected.first.allSatisfy({ $0.cause == .busLost }) { expected.first += expected.others }
    // A valve's own timeout and stroke come first; everything else is silent within the conditioning's hold.
    expected.withinS = expected.first.isEmpty ? nil : 180
    return expected
  }
}
