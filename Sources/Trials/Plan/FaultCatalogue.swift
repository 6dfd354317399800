public import RowConfig
public import RowTwin

/// Every single thing that can go wrong in a row, at a size at which it matters.
public enum FaultCatalogue {
  /// Each fault kind × each device, sensor or unit of the site, as far as its twin has it.
  public static func all(of loaded: LoadedSite) throws -> [Fault] {
    let site = loaded.site
    let load = LoadTrace(.steady(percent: 0), ratedKw: site.racks.units.map(\.ratedKw), seed: 0)
    let twin = try Twin(site: site, profiles: loaded.profiles, seed: 0, load: load)
    return (units(of: site) + contacts(loaded.bindings) + sensors(loaded.bindings) + communication(of: site))
      .filter(twin.takes)
  }

  /// The same faults by kind, each kind with everything it can happen to, in the catalogue's order.
  public static func byKind(of loaded: LoadedSite) throws -> [(kind: String, faults: [Fault])] {
    var kinds: [(kind: String, faults: [Fault])] = []
    for fault in try all(of: loaded) {
      let kind = kind(of: fault)
      if let index = kinds.firstIndex(where: { $0.kind == kind }) {
        kinds[index].faults.append(fault)
      } else {
        kinds.append((kind, [fault]))
      }
    }
    return kinds
  }

  /// One of each kind, not always of the first thing it can happen to.
  public static func oneOfEach(of loaded: LoadedSite) throws -> [Fault] {
    try byKind(of: loaded).enumerated().map { $1.faults[$0 % $1.faults.count] }
  }

  /// A fault without what it happens to and how large it is: `pump.#.trip`, `sensor stuck`, `device dead`.
  public static func kind(of fault: Fault) -> String {
    let words = fault.key.split(separator: " ")
    switch fault {
    case .device, .deviceReset, .deviceLosesWrites, .deviceSwappedWords, .busDead, .busFlaky:
      return "\(words[0]) \(words[words.count - 1])"
    case .sensor: return "sensor \(fault.key.split(separator: ".").last ?? "")"
    default: return fault.key.split(separator: ".").map { Int($0) == nil ? String($0) : "#" }.joined(separator: ".")
    }
  }

  /// The same fault at another size; the fault itself where it has none, or takes no such size.
  public static func scaled(_ fault: Fault, by factor: Double) -> Fault {
    let sides = fault.description.split(separator: "=")
    guard sides.count == 2, let size = Double(sides[1]) else { return fault }
    let rounded = (size * factor * 100).rounded() / 100
    do throws(FaultError) { return try Fault("\(sides[0])=\(rounded)") } catch { return fault }
  }

  private static func units(of site: Site) -> [Fault] {
    var faults: [Fault] = [.rowLeak(3), .filterClogged(3), .hallTemperature(33), .hallHumidity(75), .air(0.2)]
    for n in 1...site.pumps.units.count {
      faults += [.pumpTrip(n), .pumpBroken(n), .pumpLocal(n), .pumpWorn(n, 0.8), .pumpSlow(n)]
    }
    for n in 1...site.racks.units.count {
      faults += ValveFault.allCases.map { .rackValve(n, $0) } + [.rackBlocked(n, 0.7), .rackLeak(n, 1)]
    }
    if let fans = site.fans {
      for n in 1...fans.units.count {
        faults += [.fanFailed(n), .coilFouled(n, 0.5), .coilLeak(n, 1)] + ValveFault.allCases.map { .coilValve(n, $0) }
      }
    } else {
      faults += [.facilityValveStuck, .facilityTemperature(28), .facilityLost, .coilFouled(1, 0.8)]
    }
    for device in site.devices {
      guard let serves = device.serves, serves.hasPrefix("leak."), let n = Int(serves.dropFirst(5)) else { continue }
      faults += [.leakWet(n), .leakCableBroken(n)]
    }
    return faults
  }

  /// What people press, where it is wired.
  private static func contacts(_ bindings: [RoleBinding]) -> [Fault] {
    bindings.compactMap { binding in
      switch binding.name {
      case "row.emergency_stop": .emergencyStop
      case "row.permissive": .permissiveLost
      default: nil
      }
    }
  }

  /// Stuck, far out, drifting, noisy, spiking, set up wrongly, and broken.
  private static func sensors(_ bindings: [RoleBinding]) -> [Fault] {
    var faults: [Fault] = []
    for binding in bindings where binding.role.direction == .input {
      guard let sizes = Sizes(binding.role.unit), !binding.name.contains(".valve.") else { continue }
      guard !binding.name.hasPrefix("pump.") && !binding.name.hasPrefix("fan.") else { continue }
      let kinds: [SensorFault] = [
        .stuck, .high, .low, .drift(sizes.driftPerMinute), .drift(-sizes.driftPerMinute), .noise(times: 10),
        .spike(sizes.spike), .offset(sizes.offset), .offset(-sizes.offset),
        .swappedUnits, .notANumber, .open,
      ]
      faults += kinds.map { .sensor(binding.name, $0) }
    }
    return faults
  }

  private struct Sizes {
    var driftPerMinute: Double
    var spike: Double
    var offset: Double
    init?(_ unit: Unit) {
      switch unit {
      case .celsius: (driftPerMinute, spike, offset) = (0.5, 15, 4)
      case .kilopascal: (driftPerMinute, spike, offset) = (5, 100, 30)
      case .litrePerMinute: (driftPerMinute, spike, offset) = (5, 100, 30)
      case .kilowatt: (driftPerMinute, spike, offset) = (5, 60, 40)
      case .percent: (driftPerMinute, spike, offset) = (2, 30, 20)
      default: return nil
      }
    }
  }

  private static func communication(of site: Site) -> [Fault] {
    site.devices.flatMap { device in
      LinkFault.allCases.map { .device(device.name, $0) }
        + [.deviceReset(device.name), .deviceLosesWrites(device.name, 0.5), .deviceSwappedWords(device.name)]
    } + site.buses.flatMap { [.busDead($0.name), .busFlaky($0.name, 0.3)] }
  }
}
