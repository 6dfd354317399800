/// Coolant temperatures around the loop, °C, as four mixed volumes in the order of flow: behind the coils, at the
/// supply header (where it is measured), at the racks' plates, and at the return (measured again).
public typealias LoopNodes = SIMD4<Double>

extension LoopNodes {
  static let coil = 0
  static let supply = 1
  static let plates = 2
  static let returned = 3
}

/// What moves the nodes while flow and actuators stay: linear in the nodes.
///
///     coil:    V·T′ = Q·(T return − ε·(T return − T sink) + coil offset − T)
///     others:  V·T′ = Q·(T before − T), the return's warmed by the racks' heat and the heat offset
struct LoopFlow {
  /// Shares of the loop's content: pipe, coils and their metal (which stands for liquid); pipe and header; hoses and
  /// plates; hoses, headers and reservoir.
  static let shares = LoopNodes(0.26, 0.11, 0.25, 0.38)
  /// No longer than this at once, s: a part of what the smallest node holds at design flow.
  static let stepMaxS = 2.0

  var flowLpm: Double
  var effectiveness: Double
  var sinkC: Double
  var heatKw: Double
  var volumeL: Double
  /// What coils and racks do beside the model, K.
  var coilOffsetK: Double
  var heatOffsetK: Double

  /// Rise over the racks, K.
  @inline(__always)
  var riseK: Double { heatKw / (coolantHeatCapacityKjPerLitreKelvin * max(flowLpm, 1) / 60) + heatOffsetK }

  /// The nodes after `dt` s, implicit along the flow: stable at any step.
  func advance(_ nodes: LoopNodes, dt: Double) -> LoopNodes {
    let steps = max(1, Int(dt / LoopFlow.stepMaxS + 0.999))
    let share = dt / Double(steps) * max(flowLpm, 1) / (60 * volumeL) / LoopFlow.shares
    let keep = LoopNodes(repeating: 1) / (1 + share)
    var next = nodes
    for _ in 0..<steps {
      let inlet = next[3]
      let cooled = inlet - effectiveness * (inlet - sinkC) + coilOffsetK
      next[0] = (next[0] + share[0] * cooled) * keep[0]
      next[1] = (next[1] + share[1] * next[0]) * keep[1]
      next[2] = (next[2] + share[2] * next[1]) * keep[2]
      next[3] = (next[3] + share[3] * (next[2] + riseK)) * keep[3]
    }
    return next
  }

  /// Effectiveness at which supply stays at `supplyC` in steady state; above 1 where no coil can.
  @inline(__always)
  func effectiveness(forSupplyC supplyC: Double) -> Double {
    let inlet = supplyC + riseK
    let drive = inlet - sinkC
    let needed = riseK + coilOffsetK
    return drive > 0.1 ? max(0, needed) / drive : (needed > 0 ? 2 : 0)
  }
}

/// Estimates the nodes and the chips from what is measured, with fixed gains, and keeps what the model does not explain
/// as two offsets, at the coils and in the racks' heat: predictions that start from here have no steady error.
public struct LoopStates: Sendable {
  /// Shares of an innovation that the measured node, the one behind the coils and the offsets take a second.
  static let measuredGain = 0.25
  static let coilGain = 0.1
  static let offsetGain = 0.02
  /// More than this is no plant that the model knows, K.
  static let offsetMax = 6.0

  /// nil: nothing known.
  public private(set) var nodes: LoopNodes?
  public private(set) var coilOffsetK = 0.0
  public private(set) var heatOffsetK = 0.0
  /// Hottest chip of each rack at its peak-held heat, °C.
  public private(set) var chips: PerRack<Double> = .init(repeating: 0)

  public init() {}

  /// The offsets are inside what a plant can be off.
  var isSound: Bool {
    nodes != nil && coilOffsetK.magnitude < LoopStates.offsetMax && heatOffsetK.magnitude < LoopStates.offsetMax
  }

  mutating func forget() { self = LoopStates() }

  /// - Parameters:
  ///   - flow: without its offsets, which are added here.
  ///   - heats: peak-held; `flowsLpm`: of each rack.
  mutating func step(
    _ flow: LoopFlow, supplyC: Double, returnC: Double, estimates: Span<RowEstimate.Rack>, _ model: borrowing LoopModel,
    dt: Double
  ) {
    guard let last = nodes else {
      nodes = LoopNodes(supplyC, supplyC, supplyC, returnC)
      for i in 0..<model.rackCount { chips[i] = settledChip(i, estimates[i], model, supplyC: supplyC) ?? supplyC }
      return
    }
    var flow = flow
    (flow.coilOffsetK, flow.heatOffsetK) = (coilOffsetK, heatOffsetK)
    var next = flow.advance(last, dt: dt)
    let supplyOff = supplyC - next[LoopNodes.supply]
    let returnOff = returnC - next[LoopNodes.returned]
    next[LoopNodes.coil] += LoopStates.coilGain * dt * supplyOff
    next[LoopNodes.supply] += LoopStates.measuredGain * dt * supplyOff
    next[LoopNodes.returned] += LoopStates.measuredGain * dt * returnOff
    nodes = next
    let most = LoopStates.offsetMax
    coilOffsetK = (coilOffsetK + LoopStates.offsetGain * dt * supplyOff).clamped(-most, most)
    heatOffsetK = (heatOffsetK + LoopStates.offsetGain * dt * returnOff).clamped(-most, most)
    for i in 0..<model.rackCount {
      guard let settled = settledChip(i, estimates[i], model, supplyC: next[LoopNodes.plates]) else { continue }
      let specific = (estimates[i].flow.value?.litresPerMinute ?? 0) / model.racks[i].ratedKw
      chips[i] += (settled - chips[i]) * dt / (dt + model.times.chipLag(specificFlow: specific))
    }
  }

  @inline(__always)
  private func settledChip(
    _ i: Int, _ estimate: RowEstimate.Rack, _ model: borrowing LoopModel, supplyC: Double
  ) -> Double? {
    guard let flow = estimate.flow.value?.litresPerMinute else { return nil }
    return supplyC + model.racks[i].chipRise(flowLpm: max(flow, 1), powerKw: estimate.heat.kilowatts)
  }
}
