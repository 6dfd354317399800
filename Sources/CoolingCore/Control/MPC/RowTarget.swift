/// Where the row would come to rest: the flows, pressure and fan position that keep a supply temperature at the present
/// heat with what the observer knows beside the model. The predictive law is drawn towards it, so that it rests there
/// without offset and need not see further ahead than a minute.
struct RowTarget: Sendable {
  /// What is asked for and what is kept.
  struct Inputs {
    var supplyC: Double
    var flowPerKw: Double
    /// Least flow of a rack, of its design flow.
    var flowFloor: Double
    /// Shares of an open valve's flow at the valves' floor, and at most.
    var valveLeast: Double
    var valveMost: Double
    /// By how much all flows can rise at once (`OperatingPoints.reach`).
    var reach: Double
    var flow: LoopFlow
  }

  var rootDp = 0.0
  /// Least of it that lets every rack have its floor.
  var rootDpLeast = 0.0
  /// Percent.
  var actuator = 0.0
  var flowLpm = 0.0
  var shares: PerRack<Double> = .init(repeating: 0)
  /// Flow that each rack keeps whatever its chips say: its floor, what its heat is worth, and its reserve for a step to
  /// rated power, L/min.
  var floors: PerRack<Double> = .init(repeating: 0)
  var pumpKw = 0.0
  var fanKw = 0.0

  init(_ inputs: Inputs, _ model: borrowing LoopModel, heats: Span<RowEstimate.Rack>) {
    let (least, most) = (model.hydraulics.dpMinKpa.squareRoot(), model.hydraulics.dpMaxKpa.squareRoot())
    var need = 0.0
    var wanted: PerRack<Double> = .init(repeating: 0)
    for i in 0..<model.rackCount where model.racks[i].isServed {
      let rack = model.racks[i]
      let full = RackFlowLaw.most * rack.designLpm
      let heatKw = heats[i].heat.kilowatts
      let room = rack.chipLimitC - rack.marginK - inputs.supplyC
      let step = rack.flow(forChipRise: room + OperatingPoints.fullLoadAllowance, powerKw: rack.ratedKw)
      let share = max(inputs.flowFloor * rack.designLpm, inputs.flowPerKw * heatKw)
      floors[i] = min(max(share, min(step, full) / inputs.reach), full)
      wanted[i] = min(max(rack.flow(forChipRise: room, powerKw: heatKw), floors[i]), full)
      let open = rack.conductance * inputs.valveMost
      need = max(need, wanted[i] / open)
      rootDpLeast = max(rootDpLeast, floors[i] / open)
    }
    rootDp = need.clamped(least, most)
    rootDpLeast = rootDpLeast.clamped(least, most)
    for i in 0..<model.rackCount where model.racks[i].isServed {
      let rack = model.racks[i]
      shares[i] = (wanted[i] / (rack.conductance * rootDp)).clamped(inputs.valveLeast, inputs.valveMost)
      flowLpm += rack.conductance * shares[i] * rootDp
    }
    var flow = inputs.flow
    flow.flowLpm = flowLpm
    let position = model.coil.actuator(
      effectiveness: flow.effectiveness(forSupplyC: inputs.supplyC), flowLpm: flowLpm)
    actuator = position.clamped(model.coil.mayStop ? 0 : model.coil.least, model.coil.most)
    let speed = model.hydraulics.speed(flowLpm: flowLpm, dpKpa: rootDp * rootDp)
      .clamped(model.hydraulics.speedMin, model.hydraulics.speedMax)
    pumpKw = model.hydraulics.powerKw(flowLpm: flowLpm, speed: speed)
    fanKw = model.coil.powerKw(actuator: actuator)
  }
}
