import CoolingCore
import RowConfig

extension Settings {
  /// The row model's numbers: what was measured, else by design data.
  mutating func setModel(_ site: Site) {
    let designLpm = site.racks.units.reduce(0) { $0 + $1.designFlowLpm }
    let ratedKw = site.racks.units.reduce(0) { $0 + $1.ratedKw }
    for (i, unit) in site.racks.units.enumerated() {
      model.conductance[i] = unit.designFlowLpm / unit.designDpKpa.squareRoot()
      model.plateFactor[i] = unit.plateFactor
    }
    let pump = site.pumps.units.first
    let loopKpa = site.model.loopDpKpa ?? (pump?.ratedHeadKpa ?? 0) / 3
    model.loopResistance = loopKpa / (designLpm * designLpm)
    model.loopVolumeL = site.model.loopVolumeL ?? 0.28 * ratedKw + 15 * designLpm / 60
    model.coilFactor = site.model.coilFactor
    model.pumpRatedKw = pump?.ratedPowerKw ?? 0
    let facilityKw = site.facilityValve.map { site.economics.facilityPowerKw ?? 0.005 * $0.ratedKw }
    model.rejectionRatedKw = facilityKw ?? site.fans.map { $0.units.reduce(0) { $0 + $1.ratedPowerKw } } ?? 0
    economics.leakagePercentPerK = site.economics.leakagePercentPerK
    economics.warmerSupplySavesWPerK = site.economics.warmerSupplySavesWPerK
    layers.commands = ControlLayer(site.control.mode)
    layers.shadow = ControlLayer(site.control.shadow)
  }
}

extension ControlLayer {
  init(_ mode: Site.Control.Mode) {
    switch mode {
    case .pid: self = .pid
    case .optimiser: self = .optimiser
    case .mpc: self = .mpc
    }
  }

  init?(_ shadow: Site.Control.Shadow) {
    switch shadow {
    case .none: return nil
    case .optimiser: self = .optimiser
    case .mpc: self = .mpc
    }
  }
}
