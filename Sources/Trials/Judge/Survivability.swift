import RowConfig
import RowTwin

/// Some combinations of faults are not survivable by anyone: then the best achievable is that the racks lose their
/// permit in time. Judged from the schedule and the name plates, not from what the controller thinks, and only asked
/// when a chip or a plate is already in trouble.
enum Survivability {
  /// Coolant at this temperature still keeps a chip at rated power below 85 °C: plates take some 20 K.
  static let supplyBearableC = 60.0
  /// With half of its flow a rack's chips run some 10 K hotter and still below their limit.
  static let flowShareBearable = 0.5
  /// A path with less of its conductance than this cannot carry that half, however far the valve opens.
  static let conductanceBearable = 0.45
  static let levelBearablePercent = 15.0

  /// Why nobody could have saved this rack; nil where somebody could.
  static func excuse(rack: Int, row: VirtualRow, faults: [PresentFaults.Entry]) -> String? {
    let site = row.site
    let truth = row.truth
    let heatKw = truth.rackPowerKw.reduce(0, +)
    if truth.levelPercent < levelBearablePercent { return "the coolant is gone" }
    var pumpsLost: Set<Int> = []
    var coilShare = [Double](repeating: 1, count: site.fans?.units.count ?? 1)
    var wetZones = 0
    for entry in faults {
      switch entry.fault {
      case .pumpTrip(let n), .pumpBroken(let n): pumpsLost.insert(n)
      case .pumpWorn(let n, let share) where share < 0.5: pumpsLost.insert(n)
      case .fanFailed(let n): coilShare[n - 1] = 0.1
      case .coilFouled(let n, let share): coilShare[n - 1] *= share
      case .rackBlocked(let n, let share) where n == rack + 1 && share < conductanceBearable:
        return "its path is blocked"
      case .rackLeak(let n, _) where n == rack + 1: return "it leaks"
      case .rackValve(let n, .closed) where n == rack + 1: return "its valve is shut"
      case .rowLeak, .coilLeak: return "the row leaks"
      case .emergencyStop, .permissiveLost: return "the row was told to stop"
      case .air(let share) where share > 0.5: return "air has taken the pumps' head"
      case .leakWet: wetZones += 1
      case .facilityLost: return "the facility water is gone"
      default: break
      }
    }
    if wetZones >= 2 { return "two detectors say that the row leaks" }
    let left = Double(site.pumps.units.count - pumpsLost.count)
    let flowLpm = left * (site.pumps.units.first?.ratedFlowLpm ?? 0)
    if flowLpm < flowShareBearable * site.racks.flowPerKwLpm * heatKw { return "too few pumps are left" }
    return carriedKw(site, truth, coilShare) < heatKw ? "too little heat can be rejected" : nil
  }

  /// Heat the coils or the exchanger give away at the bearable supply temperature, kW.
  private static func carriedKw(_ site: Site, _ truth: PlantTruth, _ coilShare: [Double]) -> Double {
    let inletC = supplyBearableC + 10
    if let fans = site.fans {
      return zip(fans.units, coilShare).reduce(0) { sum, coil in
        sum + coil.0.ratedKw * coil.1 * (inletC - truth.hallTemperatureC) / coil.0.designItdK
      }
    }
    guard let valve = site.facilityValve else { return 0 }
    return valve.ratedKw * coilShare[0] * (inletC - truth.facilityTemperatureC) / valve.designItdK
  }
}
