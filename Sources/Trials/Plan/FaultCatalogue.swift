public import RowConfig
public import RowTwin

/// Every single thing that can go wrong in a row, at a size at which it matters.
public enum FaultCatalogue {
  /// Each fault kind × each device, sensor or unit of the site.
  public static func all(of site: Site, bindings: [RoleBinding]) -> [Fault] {
    units(of: site) + sensors(bindings) + communication(of: site)
  }

  /// The same faults by kind, each kind with everything it can happen to, in the catalogue's order.
  public static func byKind(of site: Site, bindings: [RoleBinding]) -> [(kind: String, faults: [Fault])] {
    var kinds: [(kind: String, faults: [Fault])] = []
    for fault in all(of: site, bindings: bindings) {
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
  public static func oneOfEach(of site: Site, bindings: [RoleBinding]) -> [Fault] {
    byKind(of: site, bindings: bindings).enumerated().map { $1.faults[$0 % $1.faults.count] }
  }

  /// A fault without what it happens to and how large it is: `pump.#.trip`, `sensor stuck`, `device dead`.
  public static func kind(of fault: Fault) -> String {
    let words = fault.key.split(separator: " ")
    switch fault {
    case .device, .busDead: return "\(words[0]) \(words[words.count - 1])"
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
    var faults: [Fault] = [.rowLeak(3), .filterClogged(3), .hallTemperature(33), .hallHumidity(75)]
    for n in 1...site.pumps.units.count {
      faults += [.pumpTrip(n), .pumpBroken(n), .pumpLocal(n), .pumpWorn(n, 0.8)]
    }
    for n in 1...site.racks.units.count {
      faults += [.rackValveStuck(n), .rackBlocked(n, 0.7), .rackLeak(n, 1)]
    }
    if let fans = site.fans {
      for n in 1...fans.units.count { faults += [.fanFailed(n), .coilFouled(n, 0.5)] }
    } else {
      faults += [.facilityValveStuck, .facilityTemperature(28), .coilFouled(1, 0.8)]
    }
    for device in site.devices {
      guard let serves = device.serves, serves.hasPrefix("leak."), let n = Int(serves.dropFirst(5)) else { continue }
      faults += [.leakWet(n), .leakCableBroken(n)]
    }
    return faults
  }

  /// Wire breaks where there is a wire; stuck, far out, drifting, noisy and spiking everywhere.
  private static func sensors(_ bindings: [RoleBinding]) -> [Fault] {
    var faults: [Fault] = []
    for binding in bindings where binding.role.direction == .input {
      guard let sizes = Sizes(binding.role.unit), !binding.name.contains(".valve.") else { continue }
      guard !binding.name.hasPrefix("pump.") && !binding.name.hasPrefix("fan.") else { continue }
      let kinds: [SensorFault] = [
        .stuck, .high, .low, .drift(sizes.driftPerMinute), .drift(-sizes.driftPerMinute), .noise(times: 10),
        .spike(sizes.spike), .offset(sizes.offset), .offset(-sizes.offset),
      ]
      faults += kinds.map { .sensor(binding.name, $0) }
      if binding.at4mA != nil { faults.append(.sensor(binding.name, .open)) }
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
    site.devices.flatMap { device in LinkFault.allCases.map { .device(device.name, $0) } }
      + site.buses.map { .busDead($0.name) }
  }
}
