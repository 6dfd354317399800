/// The types of `org.irhx.Row` that tell of the layers above the control loops.
extension RowInterfaceDefinition {
  static let controlTypes = """
    # Who gives the control loops their setpoints, and what the row's model knows.
    type ControlState (
      # Layer that is asked for: pid, pid+optimiser or mpc.
      mode: string,
      # Layer that gives the setpoints now.
      layer: string,
      # Why it does.
      reason: string,
      # Layer that runs beside it and changes nothing, or none.
      shadow: string,
      # The economic optimum; absent while none is worked out.
      optimum: ?OptimumState,
      # The next minute as mpc has planned it; absent while it has no plan.
      prediction: ?PredictionState,
      # What holds the optimum and what a kelvin is worth, in words.
      because: []string,
      # Pump and fan energy saved against the site's constants since the daemon started, by the model, kWh; in shadow,
      # what would have been saved.
      saved_kwh: float,
      # Mean of the racks' chip temperatures, °C.
      chip_mean_c: ?float,
      # What the observer has learnt.
      model: ModelState
    )

    # The setpoints that cost least now, by the row's model.
    type OptimumState (
      # Supply temperature, °C.
      supply_c: float,
      # Rack flow per kW of rack heat, L/min.
      flow_per_kw_lpm: float,
      # Manifold dP, kPa.
      dp_kpa: float,
      # Row flow, L/min.
      flow_lpm: float,
      # Electrical power of the pumps there, kW.
      pump_power_kw: float,
      # Electrical power of the fans there, kW.
      fan_power_kw: float,
      # Electrical power of pumps and fans with the site's constants, kW.
      constants_power_kw: float,
      # What supply one kelvin warmer would save, W; negative where colder is cheaper.
      supply_w_per_k: float,
      # What a chip limit of the tightest rack one kelvin higher would save, W.
      chip_w_per_k: float,
      # Every limit can be kept.
      feasible: bool
    )

    # A plan: values at even steps, the first one step from now.
    type PredictionState (
      # Seconds between two values.
      step_s: float,
      # Supply temperature, °C.
      supply_c: []float,
      # Hottest chip of the row at its peak-held heat, °C.
      chip_c: []float,
      # Fans or facility valve, percent: the demand from this step on.
      actuator_percent: []float,
      # Manifold dP, kPa: the demand from this step on.
      dp_kpa: []float,
      # Electrical power of pumps and fans where the plan comes to rest, kW.
      resting_power_kw: float,
      # What one kelvin more of the dearest chip's limit would save, W.
      chip_w_per_k: float,
      # The same of the supply temperature's bounds: above 0 of the highest, below 0 of the lowest.
      supply_w_per_k: float
    )

    # How far the plant is from its name plates: 1 is as built. What rises or falls over weeks needs maintenance.
    type ModelState (
      # Good, or what does not do what the model says.
      health: string,
      # Supply less what the model makes of return, sink and fans, K.
      coil_innovation_k: float,
      # Effectiveness of the coils: falls as they foul.
      coil_factor: float,
      # Resistance of the loop: rises as its filter clogs.
      loop_factor: float,
      # The filter's drop at design flow as a share of its alarm limit.
      filter_share: ?float,
      # Power of the pumps at the same duty: rises with wear.
      pump_power_factor: float,
      # Power of the fans at the same duty.
      fan_power_factor: float,
      # Heat in the coolant by metered power.
      heat_factor: float,
      # Per rack, in site-file order.
      racks: []RackModelState
    )

    # What is known of one rack's chips beyond its plates' data.
    type RackModelState (
      # Chip above what its plates' resistance says, K.
      chip_bias_k: float,
      # Kept below the chip's limit, K.
      margin_k: float,
      # Its chip sensor wants more than a plate can be off, and is not believed.
      doubted: bool
    )
    """
}
