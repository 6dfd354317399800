import CoolingCore
import RowConfig

/// The published logic of Meta's air-assisted liquid cooling unit (facebook/OpenBIC, `meta-facebook/aalc-rpu`),
/// from its
/// facts: duty in whole percent; fans every second from a step table on the air, a step table on the coolant and a
/// PID
/// on the coolant; pumps every five seconds from a base and a PID on a 30-sample mean of the flow; and what of its
/// trip
/// table a sound row can meet. The flow setpoint is the specification's 1.5 L/min per kW of nameplate. Its pump gains
/// are percent per L/min of a unit of 150 L/min, and are scaled to this row's flow.
struct AalcLaw: Companion {
  /// First temperature of each step, °C, and the step's duty, percent.
  static let airTable: [(Double, Double)] = table(30...40, 5...19)
  static let coolantTable: [(Double, Double)] = table(33...42, 5...27)
  static let setpoint = 40.0
  static let unitFlowLpm = 150.0
  static let lowFlowRetries = 20

  private let flowSetpointLpm: Double
  private let unitShare: Double
  private let pumpCount: Int
  private let rackCount: Int
  private let fanCount: Int
  private var flows: [Double] = []
  private var flowIntegral = 0.0
  private var flowBefore: Double?
  private var fanIntegral = 0.0
  private var fanErrorBefore: Double?
  private var pumpDuty = 100.0
  private var seconds = 0
  private var lowFlows = 0

  var setpointC: Double? { Self.setpoint }

  init(_ site: Site) {
    let ratedKw = site.racks.units.reduce(0) { $0 + $1.ratedKw }
    flowSetpointLpm = EnergyController.asShippedLpmPerKw * ratedKw
    unitShare = Self.unitFlowLpm / flowSetpointLpm
    pumpCount = site.pumps.units.count
    rackCount = site.racks.units.count
    fanCount = site.fans?.units.count ?? 0
  }

  mutating func step(_ row: VirtualRow, isCommissioning: Bool) {
    let measured = row.core.measurements
    let supplyC = measured.supplyTemperature.value?.celsius
    let returnC = measured.returnTemperature.value?.celsius
    let airC = measured.hallTemperature.value?.celsius
    var fan = fanDuty(supplyC: supplyC, airC: airC)
    if seconds % 5 == 0 { pumpDuty = flowDuty(measured.rowFlow.value?.litresPerMinute) }
    seconds += 1
    var pump = pumpDuty
    if (supplyC ?? 0) > 55 || (returnC ?? 0) > 55 || (airC ?? 0) > 42 { (pump, fan) = (100, 100) }
    // Stopped on low flow, as published; the row's safeguards keep a pump.
    if lowFlows >= Self.lowFlowRetries { (pump, fan) = (0, 0) }
    for i in 0..<pumpCount { order(row, .pump(i), pump) }
    for i in 0..<fanCount { order(row, .fan(i), fan) }
    for i in 0..<rackCount { order(row, .rackValve(i), 100) }
  }

  private func order(_ row: VirtualRow, _ actuator: Actuator, _ percent: Double) {
    _ = row.loop.apply(.override(actuator, value: percent, leaseS: 60))
  }

  /// An outlet temperature that cannot be read means full fans.
  private mutating func fanDuty(supplyC: Double?, airC: Double?) -> Double {
    guard let supplyC else { return 100 }
    let error = Self.setpoint - supplyC
    fanIntegral = min(max(fanIntegral - 0.12 * error, 0), 90)
    let slope = fanErrorBefore.map { error - $0 } ?? 0
    fanErrorBefore = error
    let loop = -15 * error + fanIntegral - 0.01 * slope
    let sum = Self.step(Self.airTable, airC ?? 0) + Self.step(Self.coolantTable, supplyC) + loop
    return min(max(sum.rounded(.down), 10), 100)
  }

  /// A flow that cannot be read means full pumps.
  private mutating func flowDuty(_ flowLpm: Double?) -> Double {
    guard let flowLpm else { return 100 }
    flows.append(flowLpm)
    if flows.count > 30 { flows.removeFirst() }
    let mean = flows.reduce(0, +) / Double(flows.count) * unitShare
    lowFlows = mean < 10 && seconds > 60 ? lowFlows + 1 : 0
    var error = Self.unitFlowLpm + 1 - mean
    if abs(error) <= 1 { error = 0 }
    flowIntegral = min(max(flowIntegral + 0.03 * error, -5), 90)
    let slope = flowBefore.map { $0 - mean } ?? 0
    flowBefore = mean
    return min(max((10 + 0.5 * error + flowIntegral + 0.01 * slope).rounded(.down), 20), 100)
  }

  private static func step(_ table: [(Double, Double)], _ celsius: Double) -> Double {
    table.last { celsius >= $0.0 }?.1 ?? 0
  }

  /// One step a kelvin, duties evenly spread between the published ends.
  private static func table(_ celsius: ClosedRange<Double>, _ duty: ClosedRange<Double>) -> [(Double, Double)] {
    let steps = celsius.upperBound - celsius.lowerBound
    return stride(from: celsius.lowerBound, through: celsius.upperBound, by: 1).map { at in
      let share = (at - celsius.lowerBound) / steps
      return (at, (duty.lowerBound + share * (duty.upperBound - duty.lowerBound)).rounded())
    }
  }
}

extension EnergyController {
  static let aalc = {
    var own = EnergyController(
      "M", "Meta's published AALC logic: step tables and PID on fans, PID on nameplate flow, valves open",
      companion: { AalcLaw($0) })
    own.needsFans = true
    own.curve = []
    return own
  }()
}
