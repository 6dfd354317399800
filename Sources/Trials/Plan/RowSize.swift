public import RowConfig

/// How many racks, pumps and fan coils a row has: trials try rows of many sizes, small ones being cheap.
public struct RowSize: Sendable, Equatable {
  public var racks: Int
  public var pumps: Int
  public var fans: Int
  public init(racks: Int, pumps: Int, fans: Int) {
    self.racks = racks
    self.pumps = pumps
    self.fans = fans
  }
}

extension LoadedSite {
  /// This row with fewer racks and coils and another number of pumps, each pump rated so that one of them may fail.
  /// What serves a thing that is gone goes with it; a fourth pump is a copy of the last.
  public func resized(to size: RowSize) -> LoadedSite {
    var sized = self
    sized.site.racks.units = Array(site.racks.units.prefix(size.racks))
    sized.site.fans?.units = Array((site.fans?.units ?? []).prefix(size.fans))
    let designLpm = sized.site.racks.units.reduce(0) { $0 + $1.designFlowLpm }
    sized.site.pumps.units = (0..<size.pumps).map { index in
      var unit = site.pumps.units[min(index, site.pumps.units.count - 1)]
      unit.name = "P\(index + 1)"
      let share = designLpm / Double(max(size.pumps - 1, 1)) / unit.ratedFlowLpm
      unit.ratedFlowLpm *= share
      unit.ratedPowerKw *= share
      return unit
    }
    sized.site.pumps.minimumRunning = min(site.pumps.minimumRunning, size.pumps)
    sized.keepServed(by: size)
    for pump in site.pumps.units.count..<max(size.pumps, site.pumps.units.count) { sized.copyLastDrive(to: pump + 1) }
    return sized
  }

  private mutating func keepServed(by size: RowSize) {
    func isKept(_ role: String) -> Bool {
      let words = role.split(separator: ".")
      guard words.count >= 2, let number = Int(words[1]) else { return true }
      switch words[0] {
      case "rack": return number <= size.racks
      case "pump": return number <= size.pumps
      case "fan": return number <= size.fans
      default: return true
      }
    }
    var indices: [Int: Int] = [:]
    var devices: [Site.Device] = []
    for (index, device) in site.devices.enumerated() where isKept(device.serves ?? "") {
      indices[index] = devices.count
      var device = device
      device.channels.removeAll { !isKept($0.role) }
      devices.append(device)
    }
    site.devices = devices
    bindings = bindings.compactMap { binding in
      guard let device = indices[binding.device], isKept(binding.name) else { return nil }
      var binding = binding
      binding.device = device
      return binding
    }
    site.leakZones.removeAll { zone in
      switch zone.watches {
      case .row: false
      case .rack(let number): number > size.racks
      case .coil(let number): number > size.fans
      }
    }
  }

  private mutating func copyLastDrive(to pump: Int) {
    guard let last = site.devices.lastIndex(where: { $0.serves?.hasPrefix("pump.") == true }) else { return }
    var device = site.devices[last]
    let old = device.serves ?? ""
    device.name = "P\(pump)-drive"
    device.serves = "pump.\(pump)"
    device.unit = 1 + (site.devices.filter { $0.bus == device.bus }.map(\.unit).max() ?? 0)
    site.devices.append(device)
    for var binding in bindings where binding.device == last {
      binding.device = site.devices.count - 1
      binding.number = pump
      binding.name = "pump.\(pump)" + binding.name.dropFirst(old.count)
      bindings.append(binding)
    }
  }
}
